/* SPDX-License-Identifier: Apache-2.0 */
/*
 * staged: mounts as descriptors, without the mount API of Linux 5.2 (fsopen, open_tree,
 * move_mount).
 *
 * A mount that this API would make detached is made in a tmpfs, the stage, which is mounted on the
 * "/" of a mount namespace of our own: the root and the working directory of the process stay on
 * the mount underneath, so no path leads to the stage. From there it is moved to its place by
 * mount(2), by descriptors. The stage is taken off before any other process may look into the
 * mount namespace.
 *
 * Functions return 0 or a descriptor, or -1 and errno; ENOSYS where nothing may be staged.
 */
#ifndef TARE_BASE_STAGED_H
#define TARE_BASE_STAGED_H

#include <stdbool.h>

/* From now on mounts may be staged: the process is in a mount namespace that it made, and nothing
 * that it mounts is seen outside. */
void staged_allow(void);
/* Takes the stage off, with what is left in it, until it is needed again: who enters the mount
 * namespace by setns(2), as hooks do, gets what is on top of "/". */
int staged_clear(void);
/* The same; from now on nothing may be staged. */
int staged_end(void);

/* mount(2) of a new filesystem; data: its options, separated by commas. */
int staged_new(const char *type, const char *source, unsigned long flags, const char *data);
/* A bind mount of the file that a descriptor refers to. */
int staged_copy(int fd, bool recursive);
/* Moves a mount from the stage to target; or, unless leaf is "", to the entry `leaf` of the
 * directory target, which must not be a symbolic link. */
int staged_attach(int mount, int target, const char *leaf);

#endif
