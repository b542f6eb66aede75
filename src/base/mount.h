/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount: mounts as descriptors, with the mount API of Linux 5.2. A mount is made or copied
 * detached, given its attributes while nobody can see it, and attached to a descriptor.
 *
 * Functions return 0 or a descriptor, or a negative errno with the error filled, unless it says
 * otherwise.
 */
#ifndef TARE_BASE_MOUNT_H
#define TARE_BASE_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

/* mount_setattr(2): what to set and what to clear, on the mount and on all below it. */
struct attributes {
	uint64_t set, clear;
};

/* Attributes of a mount by its descriptor, attached or not. below: of all
 * mounts below it too. -ENOSYS with the error filled where the kernel has no mount_setattr
 * (before 5.12). */
int mount_attributes(int mount, const struct attributes *attributes, unsigned long propagation,
		     bool below);
/* The same for an attached mount, with mount(2) where that is all there is. */
int mount_attributes_attached(int mount, const struct attributes *attributes,
			      unsigned long propagation, bool below);
/* Whether mount_attributes() has failed in a way that may be the call's, and not that of what was
 * asked for. */
bool mount_has_retreat(int err);
/* The files of a detached mount get the owners that a user namespace gives them. */
int mount_remap(int mount, int user_namespace, bool below);
/* A detached copy of what a descriptor stands for. */
int mount_copy(int fd, bool recursive);
/* To the file that target is; or to the one with a name in the directory that target is, never
 * through a link. */
int mount_attach(int mount, int target, const char *leaf, const char *path);
/* A detached copy of what has a name in a directory. */
int mount_copy_at(int directory, const char *name);
/* A detached mount is attached for a while, in a new mount namespace, in a place where no path
 * leads to; and taken off. */
int mount_aside(int mount);
int mount_take_off(int mount);
int mount_take_off_after(
	int mount, int err); /* and keeps the error of what was done meanwhile, if it is one */
/* The number of the mount that a descriptor is on: no other has it while there is this one; 0:
 * unknown. */
uint64_t mount_id(int mount);
/* MOUNT_ATTR_... as MS_... */
unsigned long mount_flags(uint64_t attributes);

/* Flags of the superblock that mount(2) alone can set, besides those that the mount has. */
int mount_set_super(int mount, unsigned long flags, const char *what);

#endif
