/* SPDX-License-Identifier: Apache-2.0 */
#include "socket.h"

#include "interrupt.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE = 10000 }; /* milliseconds to wait while the listener's backlog is full */
enum { DESCRIPTORS = 8 };  /* at most in one message */

int socket_send(int socket, const void *bytes, size_t length, const int *fd, size_t count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS)];
	} control = { 0 };
	struct iovec io = { (void *)(uintptr_t)bytes, length };
	struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1 };

	if (count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(header), fd, sizeof(int) * count);
	}
	while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int socket_tell(int socket, char byte, const int *fd, size_t count)
{
	return socket_send(socket, &byte, 1, fd, count);
}

int socket_receive(int socket, char *byte, int *fd, size_t count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * DESCRIPTORS)];
	} control;
	struct iovec io = { byte, 1 };
	struct msghdr message = { .msg_iov = &io,
				  .msg_iovlen = 1,
				  .msg_control = count ? &control : NULL,
				  .msg_controllen = count ? sizeof control : 0 };

	for (size_t i = 0; i < count; i++)
		fd[i] = -1;
	ssize_t n;
	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	if (n == 0)
		return 0;
	struct cmsghdr *header = count ? CMSG_FIRSTHDR(&message) : NULL;
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
		size_t got = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		int all[DESCRIPTORS];
		memcpy(all, CMSG_DATA(header), got * sizeof(int));
		for (size_t i = 0; i < got; i++) {
			if (i < count)
				fd[i] = all[i];
			else
				close(all[i]);
		}
	}
	return 1;
}

bool socket_has_ended(int socket)
{
	char byte;

	return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

int socket_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	auto_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), file = -1;

	if (fd < 0)
		return -errno;
	/* Room for 108 bytes: a longer path is named by a descriptor. */
	if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s", path) >=
	    sizeof address.sun_path) {
		file = open(path, O_PATH | O_CLOEXEC);
		if (file < 0)
			return -errno;
		snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", file);
	}
	/* A blocking connect(2) would not be interrupted, since the signals are blocked outside
	 * interrupt_poll(); and the listener may be slow or malicious. */
	for (int waited = 0; connect(fd, (struct sockaddr *)&address, sizeof address);
	     waited += 10) {
		if (errno != EAGAIN || waited >= PATIENCE)
			return -errno;
		int err = interrupt_poll(NULL, 0, 10);
		if (err < 0)
			return err;
	}
	return take(&fd);
}
