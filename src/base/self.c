/* SPDX-License-Identifier: Apache-2.0 */
#include "self.h"

#include "error.h"
#include "io.h"
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

static bool is_read_only(void)
{
	struct statvfs fs;

	return !statvfs("/proc/self/exe", &fs) && fs.f_flag & ST_RDONLY;
}

/* Or, where nothing can be sealed, is it a copy without a name, which nobody else executes? */
static bool is_sealed(int self)
{
	int seals = fcntl(self, F_GET_SEALS);
	struct stat st;

	return (seals >= 0 && (seals & SEALS) == SEALS) ||
	       (!fstat(self, &st) && !st.st_nlink && !sys_permits(SYS_memfd_create));
}

static void take_name(void)
{
	(void)prctl(PR_SET_NAME, "tare"); /* before Linux 6.14, execveat(2) sets it to the
					   * descriptor number */
}

/* Linux 5.12 for the attribute, and CAP_SYS_ADMIN. */
static int read_only_mount(void)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	auto_fd int tree = open_tree(AT_FDCWD, "/proc/self/exe",
				     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr))
		return -errno;
	return take(&tree);
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
	if (sealable)
		return fcntl(copy, F_ADD_SEALS, SEALS) ? -errno : take(&copy);
	/* A program that is open for writing can't be executed. */
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", copy);
	int reader = open(path, O_RDONLY | O_CLOEXEC);
	return reader < 0 ? -errno : reader;
}

int self_protect(char *const *argv)
{
	if (is_read_only()) {
		take_name();
		return 0;
	}
	auto_fd int view = read_only_mount();
	if (view < 0) {
		auto_fd int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
		if (self < 0)
			return fail(errno, "open", "/proc/self/exe");
		if (is_sealed(self)) {
			take_name();
			return 0;
		}
		view = sealed_copy(self);
	}
	if (view < 0)
		return fail(-view, "memfd_create", "a read-only copy of tare");
	(void)sys_execveat(view, argv);
	/* Where a filter denies it, by the name of the descriptor. What else /proc could lead to
	 * has to be a read-only copy as well, since the program asks again. */
	if (sys_is_missing(errno)) {
		char path[32];
		snprintf(path, sizeof path, "/proc/self/fd/%d", view);
		(void)execve(path, argv, environ);
	}
	return fail(errno, "execveat", "a read-only copy of tare");
}
