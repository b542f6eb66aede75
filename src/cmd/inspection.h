/* SPDX-License-Identifier: Apache-2.0 */
/* inspection: a container as `tare inspect` found it, and how it is shown. Everything belongs to a
 * pool. Texts from /proc/PID may have been chosen by the container's processes. */
#ifndef TARE_CMD_INSPECTION_H
#define TARE_CMD_INSPECTION_H

#include "libocispec/config.h"
#include "libocispec/pool.h"

struct inspected_process {
	struct opt_i32 pid;
	const char *name; /* as its program calls itself */
	struct strings args;
	struct numbers uids, gids,
		groups;		       /* uids, gids: real, effective, saved, of the filesystem */
	const char *uid_map, *gid_map; /* "0 100000 65536, ..." */
	struct strings effective, permitted, inheritable, bounding, ambient; /* capabilities */
	struct opt_bool no_new_privileges;
	const char *seccomp;		/* "disabled", "strict", "filter" */
	struct opt_u32 seccomp_filters; /* Linux 5.9 */
	struct opt_i32 oom_score_adj;
};

struct inspected_namespace {
	const char *type;
	struct opt_u64 inode, caller; /* the caller's own */
	struct opt_bool shared;	      /* they are the same */
};

struct inspected_mount {
	struct opt_u64 id, parent;
	const char *destination, *type, *source, *options, *data;
	struct opt_bool shared;
};

struct inspected_cgroup {
	const char *path;
	struct strings values; /* "memory.max=67108864" */
};

struct inspected_hook {
	const char *kind, *path;
};

struct inspection {
	const char *id, *status, *bundle, *rootfs, *created, *owner, *ended;
	struct inspected_process *process; /* NULL: it has ended */
	struct {
		struct inspected_namespace *item;
		size_t count;
	} namespaces;
	struct {
		struct inspected_cgroup *item;
		size_t count;
	} cgroups;
	struct {
		struct inspected_mount *item;
		size_t count;
	} mounts;
	struct {
		struct inspected_hook *item;
		size_t count;
	} hooks;
	struct string_map annotations;
};
extern const struct shape shape_inspection;

/* For people, in lines. */
const char *inspection_text(struct pool *pool, const struct inspection *inspection);

#endif
