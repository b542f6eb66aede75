/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root: paths below an untrusted root. Any component of such a path may be a symbolic link that
 * comes from the image, a volume or a process of the container, and it may change while the path
 * is resolved. So a path is resolved once, as if the process had called chroot(2) (openat2 with
 * RESOLVE_IN_ROOT, Linux 5.6; before that, a walk that opens one component at a time with
 * O_NOFOLLOW), and from then on only the resulting descriptor is used.
 *
 * root is a descriptor of the root directory. Paths may start with '/' or not. Descriptors are
 * O_PATH unless stated otherwise. On failure: a negative errno, with the error filled.
 */
#ifndef TARE_BASE_ROOT_H
#define TARE_BASE_ROOT_H

#include <stdbool.h>
#include <sys/types.h>

enum root_trait {
	ROOT_DIRECTORY = 1,   /* the last component must be, or is created as, a directory */
	ROOT_FILE = 2,	      /* if missing, it is created as an empty file (0644), not a directory
			       * (0755) */
	ROOT_NO_SYMLINKS = 4, /* a symbolic link anywhere in the path is an error (ELOOP) */
	ROOT_NOFOLLOW = 16,   /* a symbolic link as the last component is not followed */
	ROOT_FOUND = 8,	      /* root_make: create nothing; ENOENT if a component is missing */
};

/* Opens an existing file. flags: those of open(2), such as O_PATH or O_RDONLY; O_CLOEXEC is
 * added. */
int root_open(int root, const char *path, int flags, unsigned traits);

/* Opens a path (O_PATH), and creates what is missing: parent directories, and a directory or a
 * file as the last component. *made: whether the last component was created; made may be NULL. */
int root_make(int root, const char *path, unsigned traits, bool *made);

/* Opens the parent directory of the last component of path, and creates it if it is missing;
 * *leaf points to that last component, within path. -EINVAL for a path that has none ("/", "..",
 * "."). */
int root_parent(int root, const char *path, unsigned traits, const char **leaf);

#endif
