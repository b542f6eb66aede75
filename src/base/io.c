/* SPDX-License-Identifier: Apache-2.0 */
#include "io.h"

#include "error.h"
#include "sys.h"

#include <sys/vfs.h>
#include <linux/magic.h>
#include <limits.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

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

bool io_is_there(int directory, const char *path, int access)
{
	if (!faccessat(directory, path, access, 0))
		return true;
	return errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != EPERM &&
	       errno != EROFS;
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
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > limit)
		return fail(EFBIG, "read", "%s", path);
	/* A pipe or a /proc file does not tell its size: start small and double. */
	size_t size = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size + 1 : 4096;
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
				break; /* the whole file: saves the read(2) that would return 0 */
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

enum { LINKS_MAX = 40 };

/* Reads a link at this path. The text of a relative one begins at the link's directory. */
static int read_link(int fd, const char *path, char target[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	char text[PATH_MAX];
	ssize_t length = readlinkat(fd, "", text, sizeof text - 1);

	if (length < 0)
		return -1;
	text[length] = '\0';
	int directory = *text != '/' && slash ? (int)(slash - path) + 1 : 0;
	if (snprintf(target, PATH_MAX, "%.*s%s", directory, path, text) < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int io_open_log(const char *path)
{
	enum { FLAGS = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY };
	char target[2][PATH_MAX];

	for (int i = 0; i < LINKS_MAX; i++) {
		struct statfs fs;
		struct stat st;
		auto_fd int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			return open(path, FLAGS | O_NOFOLLOW, 0644);
		if (fd < 0 || fstat(fd, &st) || fstatfs(fd, &fs))
			return -1;
		if (!S_ISLNK(st.st_mode))
			return open(path, FLAGS | O_NOFOLLOW, 0644);
		/* Links of procfs, as that of /dev/stderr, lead to open files, not to names. */
		if (fs.f_type == PROC_SUPER_MAGIC)
			return open(path, FLAGS, 0644);
		if (st.st_uid && st.st_uid != geteuid())
			break;
		if (read_link(fd, path, target[i % 2]))
			return -1;
		path = target[i % 2];
	}
	errno = ELOOP;
	return -1;
}

int io_anonymous(bool executable, bool *sealable)
{
	static const char *const directory[] = { "/dev/shm", "/run", "/tmp", "/var/tmp" };
	struct statvfs fs;
	/* Said explicitly, since vm.memfd_noexec may make the other case the default (Linux 6.3).
	 */
	int fd = memfd_create("tare",
			      MFD_CLOEXEC | MFD_ALLOW_SEALING | (executable ? MFD_EXEC : 0));

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("tare", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	*sealable = fd >= 0;
	/* EACCES: programs in memory are forbidden (vm.memfd_noexec 2). */
	if (fd >= 0 || !(sys_is_missing(errno) || (executable && errno == EACCES)))
		return fd;
	for (size_t i = 0; i < sizeof directory / sizeof *directory; i++) {
		fd = open(directory[i], O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0700);
		if (fd >= 0 && (!executable || (!fstatvfs(fd, &fs) && !(fs.f_flag & ST_NOEXEC))))
			return fd;
		io_close(&fd);
	}
	errno = ENOSYS;
	return -1;
}
