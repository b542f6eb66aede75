/* SPDX-License-Identifier: Apache-2.0 */
/* mount_setattr(2) needs Linux 5.12. On older kernels attributes are set with mount(2), through
 * the mount's own descriptor. */
#include "mount.h"

#include "error.h"
#include "io.h"
#include "mountinfo.h"
#include "proc.h"
#include "staged.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { BELOW = 512 }; /* at most so many mounts are remounted one by one */

/* --- detached mounts --- */

int mount_copy(int fd, bool recursive)
{
	int copy = open_tree(fd, "",
			     AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
				     (recursive ? AT_RECURSIVE : 0u));

	return copy < 0 && sys_is_missing(errno) ? staged_copy(fd, recursive) : copy;
}

int mount_copy_at(int directory, const char *name)
{
	int copy = open_tree(directory, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return copy < 0 ? fail(errno, "open_tree", "%s", name) : copy;
}

/* Attaches it on top of "/": the root and the working directory of this process stay on the mount
 * underneath, so no path leads to it. */
int mount_attach_aside(int mount)
{
	if (move_mount(mount, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH))
		return fail(errno, "move_mount", "a temporary mount");
	return 0;
}

int mount_take_off(int mount)
{
	char path[32];

	snprintf(path, sizeof path, "self/fd/%d", mount);
	if (proc_chdir())
		return -error_last()->err;
	return umount2(path, MNT_DETACH) ? fail(errno, "umount2", "a temporary mount") : 0;
}

int mount_take_off_after(int mount, int err)
{
	struct error first = *error_last();
	int taken = mount_take_off(mount);

	if (err)
		*error_last() = first;
	return err ? err : taken;
}

int mount_attach(int mount, int target, const char *leaf, const char *path)
{
	int err = move_mount(mount, "", target, leaf,
			     MOVE_MOUNT_F_EMPTY_PATH | (*leaf ? 0 : MOVE_MOUNT_T_EMPTY_PATH));

	if (err && sys_is_missing(errno))
		err = staged_attach(mount, target, leaf);
	if (!err)
		return 0;
	err = fail(errno, "move_mount", "%s", path);
	return err == -ENOSPC ? hint("the limit of mounts is reached: see fs.mount-max") : err;
}

static int set_attr(int mount, struct mount_attr *attr, bool below)
{
	return mount_setattr(mount, "", AT_EMPTY_PATH | (below ? AT_RECURSIVE : 0), attr,
			     sizeof *attr);
}

static int locked(void)
{
	return hint("in a user namespace these flags of the mount are locked: ro, nosuid, nodev, "
		    "noexec and the atime flags");
}

int mount_attributes(int mount, const struct attributes *a, unsigned long propagation, bool below)
{
	struct mount_attr attr = { .attr_set = a->set,
				   .attr_clr = a->clear,
				   .propagation = propagation };

	if ((!a->set && !a->clear && !propagation) || !set_attr(mount, &attr, below))
		return 0;
	/* Linux 5.12 and 5.13 have the call without this attribute. */
	bool unknown = errno == EINVAL && (a->set | a->clear) & MOUNT_ATTR_NOSYMFOLLOW;
	(void)fail(unknown ? ENOSYS : errno, "mount_setattr", "mount attributes");
	return error_last()->err == EPERM && a->clear ? locked() : -error_last()->err;
}

/* ENOSYS: Linux before 5.12. EPERM: a seccomp filter that does not know the call, or the change
 * is not permitted; then mount(2) fails as well. */
bool mount_can_fall_back(int err)
{
	return sys_is_missing(-err);
}

int mount_idmap(int mount, int user_namespace, bool below)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP,
				   .userns_fd = (uint64_t)user_namespace };

	if (!set_attr(mount, &attr, below))
		return 0;
	(void)fail(errno, "mount_setattr", "an idmapped mount");
	return error_last()->err == EINVAL
		       ? hint("the filesystem, or one below it, does not support idmapped mounts")
		       : -error_last()->err;
}

enum { NOSYMFOLLOW = 256 }; /* MS_NOSYMFOLLOW, Linux 5.10 */

/* The current flags of the mount, as flags of mount(2): a remount replaces all of them. */
static int flags_of(int mount, unsigned long *flags)
{
	static const struct {
		unsigned long vfs, flag;
	} table[] = {
		{ ST_RDONLY, MS_RDONLY },     { ST_NOSUID, MS_NOSUID },
		{ ST_NODEV, MS_NODEV },	      { ST_NOEXEC, MS_NOEXEC },
		{ ST_NOATIME, MS_NOATIME },   { ST_NODIRATIME, MS_NODIRATIME },
		{ ST_RELATIME, MS_RELATIME }, { 0x2000 /* ST_NOSYMFOLLOW */, NOSYMFOLLOW },
	};
	struct statvfs vfs;

	if (fstatvfs(mount, &vfs))
		return fail(errno, "fstatvfs", "the mount's flags");
	*flags = 0;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (vfs.f_flag & table[i].vfs)
			*flags |= table[i].flag;
	return 0;
}

unsigned long mount_flags(uint64_t attributes)
{
	static const struct {
		uint64_t attribute;
		unsigned long flag;
	} table[] = {
		{ MOUNT_ATTR_RDONLY, MS_RDONLY },
		{ MOUNT_ATTR_NOSUID, MS_NOSUID },
		{ MOUNT_ATTR_NODEV, MS_NODEV },
		{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },
		{ MOUNT_ATTR_NOATIME, MS_NOATIME },
		{ MOUNT_ATTR_STRICTATIME, MS_STRICTATIME },
		{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
		{ MOUNT_ATTR_NOSYMFOLLOW, NOSYMFOLLOW },
	};
	unsigned long flags = 0;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (attributes & table[i].attribute)
			flags |= table[i].flag;
	return flags;
}

/* mount(2) takes a path: self/fd/N, relative to the verified procfs, because a mount namespace
 * that was joined may have another /proc. */
static int mount_by_name(int fd, unsigned long flags, const char *data, const char *what)
{
	char path[32];

	snprintf(path, sizeof path, "self/fd/%d", fd);
	if (proc_chdir())
		return -error_last()->err;
	return mount(NULL, path, NULL, flags, data) ? fail(errno, "mount", "%s", what) : 0;
}

static int remount(int fd, const struct attributes *a)
{
	unsigned long flags;
	int err = flags_of(fd, &flags);

	if (err)
		return err;
	flags = (flags & ~mount_flags(a->clear)) | mount_flags(a->set);
	/* Without any of these flags a remount keeps what the mount has. */
	if (a->clear & MOUNT_ATTR__ATIME && !(flags & (MS_NOATIME | MS_STRICTATIME)))
		flags |= MS_RELATIME;
	err = mount_by_name(fd, MS_REMOUNT | MS_BIND | flags, NULL, "remounting with other flags");
	/* mount(2) ignores flags that it does not know. */
	if (!err && a->set & MOUNT_ATTR_NOSYMFOLLOW && !(err = flags_of(fd, &flags)) &&
	    !(flags & NOSYMFOLLOW))
		return fail(EOPNOTSUPP, "mount", "nosymfollow needs Linux 5.10");
	return err == -EPERM && a->clear ? locked() : err;
}

static int remount_one(const struct mountinfo_entry *e, const struct attributes *a)
{
	auto_fd int fd = open(e->point, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return fail(errno, "open", "%s", e->point);
	if (mount_id(fd) == e->id)
		return remount(fd, a);
	/* A mount that is covered by another one is not visible and is skipped. One that has been
	 * moved would keep its old flags: that is an error. */
	static struct mountinfo mounts;
	struct mountinfo_entry upon;
	int covered = mountinfo_find_stacked(&mounts, e->id, e->point, &upon);
	return covered ? covered < 0 ? covered : 0
		       : fail(EBUSY, "mount", "%s has been moved", e->point);
}

/* One mount after the other, as mount(8) does it: by its place, which has to be the one with the
 * number. */
static int remount_below(int top, const struct attributes *a)
{
	static struct mountinfo mounts;
	static struct mount_set tree;
	struct mountinfo_entry e;
	uint64_t id = mount_id(top);
	int err = remount(top, a);

	if (!err)
		err = mountinfo_find_tree(&mounts, id, &tree);
	if (!err && tree.count > BELOW)
		err = fail(ENOSYS, "mount_setattr",
			   "changing more than %d mounts below it needs Linux 5.12", BELOW);
	if (!err)
		err = mountinfo_open(&mounts);
	if (err)
		return err;
	while (!err && (err = mountinfo_next(&mounts, &e)) > 0)
		err = e.id != id && mount_set_has(&tree, e.id) ? remount_one(&e, a) : 0;
	mountinfo_close(&mounts);
	return err;
}

int mount_attributes_attached(int fd, const struct attributes *a, unsigned long propagation,
			      bool below)
{
	int err = mount_attributes(fd, a, propagation, below);

	if (!mount_can_fall_back(err))
		return err;
	err = propagation ? mount_by_name(fd, propagation | (below ? MS_REC : 0), NULL,
					  "mount propagation")
			  : 0;
	if (err || (!a->set && !a->clear))
		return err;
	error_clear();
	return below ? remount_below(fd, a) : remount(fd, a);
}

/* --- trees --- */

uint64_t mount_id(int mount)
{
	char path[48], text[512];
	struct statx stx;

	if (!statx(mount, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) && stx.stx_mask & STATX_MNT_ID)
		return stx.stx_mnt_id;
	/* Before Linux 5.8. */
	snprintf(path, sizeof path, "self/fdinfo/%d", mount);
	auto_fd int fd = proc_open(path, O_RDONLY);
	const char *line = fd >= 0 && io_read(fd, text, sizeof text) > 0 ? strstr(text, "mnt_id:")
									 : NULL;
	error_clear();
	return line ? strtoull(line + strlen("mnt_id:"), NULL, 10) : 0;
}

int mount_set_super(int mount, unsigned long flags, const char *data, const char *what)
{
	unsigned long now;
	int err = flags_of(mount, &now);

	if (!err)
		err = mount_by_name(mount, MS_REMOUNT | now | flags, data, what);
	return err ? also("remounting") : 0;
}
