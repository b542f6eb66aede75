/* SPDX-License-Identifier: Apache-2.0 */
/* socket: messages and descriptors through UNIX domain sockets. The error is not filled, because
 * only the caller knows what the message was for. */
#ifndef TARE_BASE_SOCKET_H
#define TARE_BASE_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

/* Sends or receives one byte (socket_send: `length` bytes) with up to 8 descriptors (SCM_RIGHTS).
 * socket_receive() returns 1, 0 at end of file, or a negative errno; descriptors that were not
 * received are -1. */
int socket_tell(int socket, char byte, const int *fd, size_t count);
int socket_send(int socket, const void *bytes, size_t length, const int *fd, size_t count);
int socket_receive(int socket, char *byte, int *fd, size_t count);
/* Whether nobody holds the other end any more; nothing is received. */
bool socket_has_ended(int socket);

/* Connects to a stream socket by a path of any length, waiting 10 s at most. Returns a
 * non-blocking descriptor or a negative errno. */
int socket_connect(const char *path);

#endif
