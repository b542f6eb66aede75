/* SPDX-License-Identifier: Apache-2.0 */
/* socket: messages and descriptors through Unix sockets. The error is not filled: callers know what
 * it was for. */
#ifndef TARE_BASE_SOCKET_H
#define TARE_BASE_SOCKET_H

#include <stddef.h>

/* One byte with descriptors through a Unix socket. socket_receive returns 1, 0 at the end of the
 * file, or a negative errno; missing descriptors are -1. The error is not filled. */
int socket_tell(int socket, char byte, const int *fd, size_t count);
int socket_send(int socket, const void *bytes, size_t length, const int *fd, size_t count);
int socket_receive(int socket, char *byte, int *fd, size_t count);

/* Connects to a Unix stream socket by a path of any length, for 10 s at most; the socket does not
 * block. A negative errno: the error is not filled. */
int socket_connect(const char *path);

#endif
