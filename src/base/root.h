/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root: paths below an untrusted root. The image, a volume or the container's own processes may
 * have made any component of such a path a symbolic link, and may change it while we look. So a
 * path is resolved once, as if the process had called chroot() (openat2 with RESOLVE_IN_ROOT,
 * Linux 5.6; before, a walk that opens one component at a time and never follows), and what was
 * found is used by its descriptor.
 *
 * root is a descriptor of the root directory. Paths may start with '/' or not. Descriptors are
 * O_PATH unless said otherwise. On failure: a negative errno, with the error filled.
 */
#ifndef TARE_BASE_ROOT_H
#define TARE_BASE_ROOT_H

#include <stdbool.h>
#include <sys/types.h>

enum root_trait {
	ROOT_DIRECTORY = 1, /* it is, or becomes, a directory */
	ROOT_FILE = 2, /* what is missing becomes an empty file (0644), not a directory (0755) */
	ROOT_NO_SYMLINKS = 4, /* a symbolic link anywhere in the path is an error (ELOOP) */
	ROOT_NOFOLLOW = 16,   /* a symbolic link as the last component is what is meant */
	ROOT_FOUND = 8,	      /* root_make: nothing may be missing; it is an error (ENOENT) */
};

/* Opens what is there. flags: those of open(2) besides O_CLOEXEC, such as O_PATH or O_RDONLY. */
int root_open(int root, const char *path, int flags, unsigned traits);

/* Opens what is there (O_PATH), or makes it: missing directories on the way, and at the end a
 * directory or a file. *made tells whether the last component was missing; may be NULL. */
int root_make(int root, const char *path, unsigned traits, bool *made);

/* Opens the directory in which the last component of path is to be made, and makes it where it is
 * missing; *leaf is that last component, within path. -EINVAL for a path that has none ("/", "..",
 * "."). */
int root_parent(int root, const char *path, unsigned traits, const char **leaf);

#endif
