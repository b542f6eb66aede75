/* SPDX-License-Identifier: Apache-2.0 */
/* tmpcopyup: what a tmpfs will cover is copied into it. The source is the image's: every name is opened in a directory
 * that is held, never through a link, and only files and directories are opened at all. */
#include "op.h"

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

static int copy_directory(int from, int to);

static int copy_bytes(int from, int to, const char *name)
{
	for (;;) {
		ssize_t n = sendfile(to, from, NULL, 1 << 20);
		if (n <= 0)
			return n ? fail(errno, "sendfile", "%s", name) : 0;
	}
}

static int copy_file(int from, int to, const char *name)
{
	auto_fd int in = openat(from, name,
				O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	auto_fd int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				 0600);

	if (in < 0 || out < 0)
		return fail(errno, "openat", "%s", name);
	return copy_bytes(in, out, name);
}

static int copy_subdirectory(int from, int to, const char *name)
{
	auto_fd int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (in < 0 || mkdirat(to, name, 0700))
		return fail(errno, "mkdirat", "%s", name);
	auto_fd int out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return out < 0 ? fail(errno, "openat", "%s", name) : copy_directory(in, out);
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

static int copy_one(int from, int to, const char *name)
{
	struct stat st;
	int err = 0;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
		return fail(errno, "fstatat", "%s", name);
	const struct timespec times[2] = { st.st_atim, st.st_mtim };
	if (S_ISREG(st.st_mode))
		err = copy_file(from, to, name);
	else if (S_ISDIR(st.st_mode))
		err = copy_subdirectory(from, to, name);
	else if (S_ISLNK(st.st_mode))
		err = copy_link(from, to, name);
	else if (mknodat(to, name, st.st_mode, st.st_rdev)) /* a user namespace's root may not */
		return errno == EPERM ? 0 : fail(errno, "mknodat", "%s", name);
	if (err)
		return err;
	/* An id that is not mapped can't be given away; the mode after the owner, who takes set-id bits along. */
	if (fchownat(to, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) && errno != EINVAL &&
	    errno != EPERM)
		return fail(errno, "fchownat", "%s", name);
	if (!S_ISLNK(st.st_mode) && fchmodat(to, name, st.st_mode & 07777, 0))
		return fail(errno, "fchmodat", "%s", name);
	(void)utimensat(to, name, times, AT_SYMLINK_NOFOLLOW);
	return 0;
}

static int copy_directory(int from, int to)
{
	int copy = fcntl(from, F_DUPFD_CLOEXEC, 0), err = 0;
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	if (!dir)
		return fail(errno, "fdopendir", "a directory");
	for (struct dirent *e; !err && (e = readdir(dir));)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			err = copy_one(from, to, e->d_name);
	closedir(dir);
	return err;
}

int copy_up(int from, int to)
{
	auto_fd int source = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd int target = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (source < 0 || target < 0)
		return fail(errno, "openat", "what is to be copied");
	return copy_directory(source, target);
}
