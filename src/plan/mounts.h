/* SPDX-License-Identifier: Apache-2.0 */
/* mounts: what the parts of the planner share that deal with mounts: mounts.c, cgroup_mounts.c, remap.c, paths.c. */
#ifndef TARE_PLAN_MOUNTS_H
#define TARE_PLAN_MOUNTS_H

#include "options.h"
#include "planner.h"

/* A mount that becomes read-only when devices and later mounts have found their places in it. */
struct deferred {
	int slot;
	const char *pointer; /* NULL: it is none */
};

/* mounts.c */
bool is_bind(const struct mount *m);
bool is_remount(const struct mount *m);
bool has_type(const struct mount *m, const char *type);
/* Nothing can be there yet: it is a name directly in a tmpfs that a step shortly before has mounted. */
bool is_fresh(const struct planner *p, const char *target);
void add_option(struct planner *p, struct step_mount *mount, const char *key, const char *value);

/* cgroup_mounts.c */
bool is_cgroup(const struct mount *m);
void add_cgroup_mount(struct planner *p, const struct mount *m, const struct mount_options *options,
		      struct deferred *deferred, const char *pointer);

/* remap.c */
bool is_remapped(const struct mount *m, const struct mount_options *options);
void check_remap(struct planner *p, const struct mount *m, const struct mount_options *options,
		 const char *pointer);
struct step_remap remap_of(struct planner *p, const struct mount *m,
			   const struct mount_options *options);

/* paths.c: a path without what means nothing in it: repeated and trailing slashes, and "." */
const char *normal_path(struct planner *p, const char *path);
/* From "/", without "..": where it leads if no link of the image leads it elsewhere. */
const char *absolute_path(struct planner *p, const char *path);
/* The rest of a path below a directory, "" for the directory itself; NULL: it is not below it. Both in normal form. */
const char *path_below(const char *path, const char *directory);

#endif
