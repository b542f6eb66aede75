/* SPDX-License-Identifier: Apache-2.0 */
#include "staged.h"

#include "io.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static bool allowed;
static int stage = -1;
static unsigned places;

void staged_allow(void)
{
	allowed = true;
}

/* mount(2) takes paths: self/fd/N, relative to the verified procfs. The working directory stays: it
 * may be the place of the container's root. */
static int mount_in_proc(const char *source, const char *target, const char *type,
			 unsigned long flags, const char *data)
{
	auto_fd int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int err = here < 0 || proc_chdir() || mount(source, target, type, flags, data) ? errno : 0;

	if (here >= 0 && fchdir(here))
		err = errno;
	errno = err;
	return err ? -1 : 0;
}

static void name(char path[32], int fd)
{
	snprintf(path, 32, "self/fd/%d", fd);
}

/* ".." of the root is the root, and what is mounted on it. A recursive bind mount of "/" must not
 * have it. */
static int make_stage(void)
{
	if (stage >= 0)
		return 0;
	if (!allowed) {
		errno = ENOSYS;
		return -1;
	}
	if (mount("stage", "/", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700") ||
	    mount(NULL, "/..", NULL, MS_UNBINDABLE, NULL))
		return -1;
	stage = open("/..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return stage < 0 ? -1 : 0;
}

int staged_clear(void)
{
	char path[32];

	if (stage < 0)
		return 0;
	name(path, stage);
	auto_fd int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int failed = here < 0 || proc_chdir() || umount2(path, MNT_DETACH) || fchdir(here);
	io_close(&stage);
	return failed ? -1 : 0;
}

int staged_end(void)
{
	allowed = false;
	return staged_clear();
}

/* Makes a place of the same kind, a directory or a file, in the stage. */
static int make_place(bool directory, char leaf[16])
{
	if (make_stage())
		return -1;
	snprintf(leaf, 16, "%u", places++);
	return directory ? mkdirat(stage, leaf, 0700) : mknodat(stage, leaf, S_IFREG | 0600, 0);
}

/* Read-only is the mount, not the filesystem, as with fsmount(2). */
int staged_new(const char *type, const char *source, unsigned long flags, const char *data)
{
	const unsigned long remount = MS_REMOUNT | MS_BIND;
	char leaf[16], path[64];

	if (make_place(true, leaf))
		return -1;
	snprintf(path, sizeof path, "self/fd/%d/%s", stage, leaf);
	if (mount_in_proc(source ? source : type, path, type, flags & ~MS_RDONLY, data) ||
	    (flags & MS_RDONLY && mount_in_proc(NULL, path, NULL, remount | flags, NULL)))
		return -1;
	return openat(stage, leaf, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int staged_copy(int fd, bool recursive)
{
	char leaf[16], from[32], to[64];
	struct stat st;

	if (fstat(fd, &st) || make_place(S_ISDIR(st.st_mode), leaf))
		return -1;
	name(from, fd);
	snprintf(to, sizeof to, "self/fd/%d/%s", stage, leaf);
	return mount_in_proc(from, to, NULL, MS_BIND | (recursive ? MS_REC : 0u), NULL)
		       ? -1
		       : openat(stage, leaf, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

int staged_attach(int mounted, int target, const char *leaf)
{
	char from[32], to[32];
	auto_fd int at = *leaf ? openat(target, leaf, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;
	struct stat st;

	if (*leaf && (at < 0 || fstat(at, &st)))
		return -1;
	if (*leaf && S_ISLNK(st.st_mode)) {
		errno = ELOOP;
		return -1;
	}
	name(from, mounted);
	name(to, *leaf ? at : target);
	return mount_in_proc(from, to, NULL, MS_MOVE, NULL);
}
