/* SPDX-License-Identifier: Apache-2.0 */
/* notify: passes on what a container says to NOTIFY_SOCKET, sd_notify(3). */
#ifndef TARE_CMD_NOTIFY_H
#define TARE_CMD_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

/* One message from the container's socket to the service manager's, with the pid of init where it
 * says that it is ready. True: it has said so. What can't be delivered is lost, as datagrams are.
 */
bool notify_pass(int socket, pid_t pid);

/* Until the container is ready, or has ended. -1: there is no socket, and nothing to wait for. */
void notify_await_ready(int socket, int pidfd, pid_t pid);

#endif
