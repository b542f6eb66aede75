/* SPDX-License-Identifier: Apache-2.0 */
/* notify: tells the service manager at NOTIFY_SOCKET that a container is ready, sd_notify(3). */
#ifndef TARE_CMD_NOTIFY_H
#define TARE_CMD_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

/* Receives one message from the container's socket. If it says that the container is ready, that
 * is passed on to the service manager with the pid of init, and the result is true. A message
 * that cannot be delivered is lost, like any datagram. */
bool notify_pass(int socket, pid_t pid);

/* Waits until the container is ready or has ended. Without a socket (-1) it returns at once.
 * Without a pidfd (-1) it looks twice a second whether init lives. */
struct status;
void notify_await_ready(int socket, int pidfd, const struct status *status);

#endif
