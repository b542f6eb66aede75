/* SPDX-License-Identifier: Apache-2.0 */
#include "self.h"

#include "error.h"
#include "io.h"
#include "proc.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static bool is_read_only(int self)
{
	struct statvfs fs;

	return !fstatvfs(self, &fs) && fs.f_flag & ST_RDONLY;
}

static bool seals_programs(void)
{
	bool sealable;
	auto_fd int fd = io_anonymous(true, &sealable);

	return fd >= 0 && sealable;
}

/* Or, where nothing can be sealed, is it a copy without a name, which nobody else executes? */
static bool is_sealed(int self)
{
	int seals = fcntl(self, F_GET_SEALS);
	struct stat st;

	return (seals >= 0 && (seals & SEALS) == SEALS) ||
	       (!fstat(self, &st) && !st.st_nlink && !seals_programs());
}

static void take_name(void)
{
	(void)prctl(PR_SET_NAME, "tare"); /* before Linux 6.14, execveat(2) sets it to the
					   * descriptor number */
}

/* Linux 5.12 for the attribute, and CAP_SYS_ADMIN. */
static int read_only_mount(int self)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	auto_fd int tree = open_tree(self, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr))
		return -errno;
	return take(&tree);
}

/* A descriptor by which the copy can be executed and not be written. */
static int sealed(int copy, bool sealable)
{
	if (sealable)
		return fcntl(copy, F_ADD_SEALS, SEALS) ? -errno : fcntl(copy, F_DUPFD_CLOEXEC, 3);
	/* A program that is open for writing can't be executed. */
	int reader = proc_reopen(copy, O_RDONLY);
	return reader < 0 ? -error_last()->err : reader;
}

static int sealed_copy(int self)
{
	struct stat st;
	bool sealable;
	auto_fd int copy = io_anonymous(true, &sealable);

	if (copy < 0 || fstat(self, &st))
		return -errno;
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(copy, self, NULL, (size_t)left);
		if (n <= 0)
			return n ? -errno : -EIO;
		left -= n;
	}
	return sealed(copy, sealable);
}

int self_program(const void *bytes, size_t size)
{
	bool sealable;
	auto_fd int copy = io_anonymous(true, &sealable);
	int err = copy < 0 ? -errno : io_write(copy, bytes, size);

	err = err ? err : sealed(copy, sealable);
	return err < 0 ? fail(-err, "memfd_create", "a program in memory") : err;
}

/* Where a filter denies execveat(2), by the name of the descriptor. */
static int execute_by_name(int view, char *const *argv)
{
	struct stat st, named;
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", view);
	if (fstat(view, &st) || stat(path, &named))
		return -errno;
	if (st.st_dev != named.st_dev || st.st_ino != named.st_ino)
		return -EXDEV; /* it is not a procfs */
	(void)execve(path, argv, environ);
	return -errno;
}

int self_execute(int fd, char *const *argv)
{
	(void)sys_execveat(fd, argv);
	return sys_is_missing(errno) ? execute_by_name(fd, argv) : -errno;
}

int self_protect(char *const *argv)
{
	auto_fd int self = proc_executable(O_RDONLY);

	if (self < 0)
		return self;
	if (is_read_only(self) || is_sealed(self)) {
		take_name();
		return 0;
	}
	auto_fd int view = read_only_mount(self);
	if (view < 0)
		view = sealed_copy(self);
	if (view < 0)
		return fail(-view, "memfd_create", "a read-only copy of tare");
	return fail(-self_execute(view, argv), "execveat", "a read-only copy of tare");
}
