/* SPDX-License-Identifier: Apache-2.0 */
/* For a C library whose <sys/mount.h> ends with mount(2) (musl): the mount API of Linux 5.2 and
 * mount_setattr(2). */
#ifndef TARE_COMPAT_MOUNT_H
#define TARE_COMPAT_MOUNT_H

#include_next <sys/mount.h>

#undef MS_RMT_MASK
#include <linux/mount.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int fsopen(const char *type, unsigned flags)
{
	return (int)syscall(SYS_fsopen, type, flags);
}

static inline int fsconfig(int fd, unsigned command, const char *key, const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fd, command, key, value, aux);
}

static inline int fsmount(int fd, unsigned flags, unsigned attributes)
{
	return (int)syscall(SYS_fsmount, fd, flags, attributes);
}

static inline int fspick(int fd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_fspick, fd, path, flags);
}

static inline int open_tree(int fd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, fd, path, flags);
}

static inline int move_mount(int from, const char *from_path, int to, const char *to_path,
			     unsigned flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

static inline int mount_setattr(int fd, const char *path, unsigned flags, struct mount_attr *attr,
				size_t size)
{
	return (int)syscall(SYS_mount_setattr, fd, path, flags, attr, size);
}

#endif
