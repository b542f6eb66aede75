/* SPDX-License-Identifier: Apache-2.0 */
#include "io.h"

#include "interrupt.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE = 10000 }; /* milliseconds for somebody to accept a connection */
enum { DESCRIPTORS = 8 };  /* at most in one message */

void io_close(int *fd)
{
	if (*fd < 0)
		return;
	int saved = errno;
	close(*fd);
	errno = saved;
	*fd = -1;
}

void io_free(void *pointer)
{
	void *memory;

	memcpy(&memory, pointer, sizeof memory);
	free(memory);
}

int take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

int io_write(int fd, const void *bytes, size_t length)
{
	for (const char *at = bytes; length;) {
		ssize_t n = write(fd, at, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		length -= (size_t)n;
	}
	return 0;
}

ssize_t io_read(int fd, char *buffer, size_t size)
{
	size_t used = 0;

	for (;;) {
		if (used == size)
			return -EFBIG;
		ssize_t n = read(fd, buffer + used, size - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	buffer[used] = '\0';
	return (ssize_t)used;
}

int io_slurp(int at, const char *path, size_t limit, char **bytes, size_t *length)
{
	struct stat st;
	auto_fd int fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return fail(errno, "open", "%s", path);
	if (fstat(fd, &st))
		return fail(errno, "fstat", "%s", path);
	if (S_ISDIR(st.st_mode))
		return fail(EISDIR, "read", "%s", path);
	/* A pipe or a /proc file does not tell its size: start small and double. */
	size_t size = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size + 1 : 4096;
	if (S_ISREG(st.st_mode) && (size_t)st.st_size > limit)
		return fail(EFBIG, "read", "%s", path);
	auto_free char *buffer = NULL;
	for (size_t used = 0;; size *= 2) {
		char *larger = realloc(buffer, size + 1);
		if (!larger)
			return fail(ENOMEM, "read", "%s", path);
		buffer = larger;
		ssize_t n = 0;
		while (used < size) {
			n = read(fd, buffer + used, size - used);
			if (n < 0 && errno == EINTR)
				continue;
			if (n <= 0)
				break;
			used += (size_t)n;
			if (S_ISREG(st.st_mode) && st.st_size && used == (size_t)st.st_size)
				break; /* as long as it said it is */
		}
		if (n < 0)
			return fail(errno, "read", "%s", path);
		if (used > limit)
			return fail(EFBIG, "read", "%s", path);
		if (used < size) {
			buffer[used] = '\0';
			*length = used;
			*bytes = buffer;
			buffer = NULL;
			return 0;
		}
	}
}

int io_replace(int directory, const char *name, const void *bytes, size_t length)
{
	char fresh[64];

	snprintf(fresh, sizeof fresh, ".%s.new", name);
	auto_fd int fd = openat(directory, fresh,
				O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(errno, "open", "%s", fresh);
	int err = io_write(fd, bytes, length);
	if (!err && renameat(directory, fresh, directory, name))
		err = -errno;
	if (err) {
		(void)unlinkat(directory, fresh, 0); /* the first error is the one to tell */
		return fail(-err, "write", "%s", name);
	}
	return 0;
}

int io_create(int directory, const char *name, const void *bytes, size_t length)
{
	auto_fd int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int err = fd < 0 ? -errno : io_write(fd, bytes, length);

	if (err && fd >= 0)
		(void)unlinkat(directory, name, 0); /* half a file is worse than none */
	return err ? fail(-err, "write", "%s", name) : 0;
}

int io_send_bytes(int socket, const void *bytes, size_t length, const int *fd, size_t count)
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
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int io_send(int socket, char byte, const int *fd, size_t count)
{
	return io_send_bytes(socket, &byte, 1, fd, count);
}

int io_receive(int socket, char *byte, int *fd, size_t count)
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
	ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
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

int io_connect(const char *path)
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
	/* Not to be waited for in the call, which nothing would interrupt: whoever listens may be slow, or hostile. */
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
