/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount: mounts as descriptors, with the mount API of Linux 5.2. A mount is created or copied
 * detached, given its attributes before any path leads to it, and then attached at a descriptor.
 * Where that API is missing, mounts are staged (staged.h).
 *
 * Functions return 0 or a descriptor, or a negative errno with the error filled, unless stated
 * otherwise.
 */
#ifndef TARE_BASE_MOUNT_H
#define TARE_BASE_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

/* mount_setattr(2): the attributes (MOUNT_ATTR_...) to set and to clear. */
struct attributes {
	uint64_t set, clear;
};

/* Changes the attributes and the propagation type of a mount, attached or not; below: of all
 * mounts below it too. -ENOSYS, with the error filled, before Linux 5.12, which has no
 * mount_setattr(2). */
int mount_attributes(int mount, const struct attributes *attributes, unsigned long propagation,
		     bool below);
/* The same for an attached mount; falls back to mount(2). */
int mount_attributes_attached(int mount, const struct attributes *attributes,
			      unsigned long propagation, bool below);
/* Whether this error of mount_attributes() may mean that mount_setattr(2) is not available, so
 * that mount(2) should be tried. */
bool mount_can_fall_back(int err);
/* Makes a detached mount an idmapped mount, with the ID mappings of a user namespace. */
int mount_idmap(int mount, int user_namespace, bool below);
/* A detached bind mount of the file that a descriptor refers to. On failure -1 and errno; the
 * error is not filled. */
int mount_copy(int fd, bool recursive);
/* Attaches a mount at target; or, unless leaf is "", at the entry `leaf` of the directory target,
 * without following a symbolic link. path is for messages. */
int mount_attach(int mount, int target, const char *leaf, const char *path);
/* A detached bind mount of the entry `name` of a directory. */
int mount_copy_at(int directory, const char *name);
/* Attaches a detached mount temporarily, in a new mount namespace, where no path leads to it; and
 * detaches it again. */
int mount_attach_aside(int mount);
int mount_take_off(int mount);
/* The same; `err`, with its error, takes precedence if it is not 0. */
int mount_take_off_after(int mount, int err);
/* The mount ID (STATX_MNT_ID) of the mount that a descriptor is on; it may be reused once the
 * mount is gone. 0: unknown. */
uint64_t mount_id(int mount);
/* MOUNT_ATTR_... as MS_... */
unsigned long mount_flags(uint64_t attributes);

/* Sets superblock flags that only mount(2) can set, in addition to the flags that the mount has,
 * and options of the filesystem, unless NULL. `what` is for messages. */
int mount_set_super(int mount, unsigned long flags, const char *data, const char *what);

#endif
