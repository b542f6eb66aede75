/* SPDX-License-Identifier: Apache-2.0 */
/* tmpcopyup: the contents of the directory that a tmpfs will cover are copied into it. The
 * source belongs to the untrusted image, so every name is opened relative to an open directory
 * and without following symbolic links, and only regular files and directories are opened at
 * all. */
#include "op.h"

#include "base/error.h"
#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 256 }; /* levels, with two open descriptors each */

static int copy_directory(int from, int to, unsigned depth);

/* Copies at most `size` bytes, and skips holes. */
static int copy_bytes(int from, int to, off_t size, const char *name)
{
	const off_t piece = 1 << 30; /* what size_t can say where it has 32 bits */

	for (off_t at = 0; at < size;) {
		off_t data = lseek(from, at, SEEK_DATA);
		if (data < 0)
			break; /* only a hole up to the end */
		off_t hole = lseek(from, data, SEEK_HOLE);
		hole = hole < 0 || hole > size ? size : hole;
		if (lseek(to, data, SEEK_SET) < 0)
			return fail(errno, "lseek", "%s", name);
		for (at = data; at < hole;) {
			ssize_t n = sendfile(to, from, &at,
					     (size_t)(hole - at < piece ? hole - at : piece));
			if (n < 0)
				return fail(errno, "sendfile", "%s", name);
			if (!n)
				return 0; /* the file has been truncated */
		}
	}
	return ftruncate(to, size) ? fail(errno, "ftruncate", "%s", name) : 0;
}

/* st: updated from the opened file, which may have been replaced since its name was looked
 * up. */
static int copy_file(int from, int to, const char *name, struct stat *st)
{
	auto_fd int in = openat(from, name,
				O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (in < 0 || fstat(in, st))
		return fail(errno, "openat", "%s", name);
	if (!S_ISREG(st->st_mode))
		return fail(EAGAIN, "openat", "%s was replaced while it was copied", name);
	auto_fd int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				 0600);
	return out < 0 ? fail(errno, "openat", "%s", name) : copy_bytes(in, out, st->st_size, name);
}

static int copy_subdirectory(int from, int to, const char *name, unsigned depth, struct stat *st)
{
	if (depth > DEPTH)
		return fail(ELOOP, NULL, "%s is more than %d directories deep", name, DEPTH);
	auto_fd int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0 || fstat(in, st) || mkdirat(to, name, 0700))
		return fail(errno, "mkdirat", "%s", name);
	auto_fd int out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return out < 0 ? fail(errno, "openat", "%s", name) : copy_directory(take(&in), out, depth);
}

static int copy_link(int from, int to, const char *name)
{
	char text[PATH_MAX];
	ssize_t length = readlinkat(from, name, text, sizeof text - 1);

	if (length < 0)
		return fail(errno, "readlinkat", "%s", name);
	text[length] = '\0';
	return symlinkat(text, to, name) ? fail(errno, "symlinkat", "%s", name) : 0;
}

static int copy_one(int from, int to, const char *name, unsigned depth)
{
	struct stat st;
	int err = 0;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
		return fail(errno, "fstatat", "%s", name);
	if (S_ISREG(st.st_mode))
		err = copy_file(from, to, name, &st);
	else if (S_ISDIR(st.st_mode))
		err = copy_subdirectory(from, to, name, depth + 1, &st);
	else if (S_ISLNK(st.st_mode))
		err = copy_link(from, to, name);
	else if (mknodat(to, name, st.st_mode, st.st_rdev)) /* not allowed in user namespaces */
		return errno == EPERM ? 0 : fail(errno, "mknodat", "%s", name);
	if (err)
		return err;
	/* An owner that is not mapped can't be set, which is ignored. The mode is set after the
	 * owner, since chown(2) clears the set-user-ID and set-group-ID bits. */
	if (fchownat(to, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) && errno != EINVAL &&
	    errno != EPERM)
		return fail(errno, "fchownat", "%s", name);
	if (!S_ISLNK(st.st_mode) && fchmodat(to, name, st.st_mode & 07777, 0))
		return fail(errno, "fchmodat", "%s", name);
	const struct timespec times[2] = { st.st_atim, st.st_mtim };
	(void)utimensat(to, name, times, AT_SYMLINK_NOFOLLOW);
	return 0;
}

/* Takes ownership of `from`. */
static int copy_directory(int from, int to, unsigned depth)
{
	DIR *dir = fdopendir(from);
	int err = 0;

	if (!dir) {
		err = fail(errno, "fdopendir", "a directory");
		io_close(&from);
		return err;
	}
	for (struct dirent *e; !err && (e = readdir(dir));)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			err = copy_one(dirfd(dir), to, e->d_name, depth);
	closedir(dir);
	return err;
}

int copy_up(int from, int to, bool itself)
{
	struct stat st;
	auto_fd int source = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd int target = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (source < 0 || target < 0 || fstat(source, &st))
		return fail(errno, "openat", "the directory to be copied");
	int err = copy_directory(take(&source), target, 0);
	if (err || !itself)
		return err;
	/* An owner that is not mapped can't be set, which is ignored. */
	if (fchown(target, st.st_uid, st.st_gid) && errno != EPERM && errno != EINVAL)
		return fail(errno, "fchown", "the copy");
	return fchmod(target, st.st_mode & 07777) ? fail(errno, "fchmod", "the copy") : 0;
}
