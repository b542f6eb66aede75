/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host: the facts about this machine and this caller that the planner must know. Probed in one
 * place, printable as JSON and readable from JSON (`tare plan --host FILE`), so that a test can
 * fake a machine.
 */
#ifndef TARE_PLAN_HOST_H
#define TARE_PLAN_HOST_H

#include "libocispec/config.h"
#include "libocispec/pool.h"
#include "libocispec/shape.h"

/* One mounted cgroup hierarchy. */
struct hierarchy {
	const char *mount;	 /* mount point */
	const char *controllers; /* "cpu,cpuacct", "name=systemd"; of cgroup2: those available,
				    "hugetlb" */
	const char *own;	 /* the caller's own cgroup, below the mount: "/" or "/user/1000" */
	const char *enabled; /* of cgroup2: the controllers of the cgroup in which a container's is
				made */
	struct opt_bool unified;  /* cgroup2 */
	struct opt_bool writable; /* the caller may make cgroups in its own */
};

struct id_range {
	struct opt_u32 first, count;
};

/* What the runtime is bound by itself, of what the config limits: getrlimit(2). */
struct host_limit {
	struct opt_name type;
	struct opt_u64 hard;
};

struct process;
struct host {
	struct opt_u32 uid, gid;	/* effective */
	struct opt_bool user_namespace; /* not the initial one */
	struct opt_u64 capabilities;	/* effective, a bit each */
	struct opt_u64 bounding;
	struct opt_u32 kernel; /* 6.18 is 618: major * 100 + minor */
	struct opt_bool apparmor, selinux;
	const char *resctrl;		   /* where the resctrl filesystem is mounted, or NULL */
	const char *newuidmap, *newgidmap; /* paths of the helpers, NULL: not installed */
	struct {
		struct host_limit *item;
		size_t count;
	} limits;
	struct opt_u64 files; /* fs.nr_open, where it could matter */
	struct {
		struct hierarchy *item;
		size_t count;
	} cgroups;
};

extern const struct shape shape_host;

/* The facts as they are. 0, or a negative errno with the error filled. */
int host_probe(struct pool *pool, struct host *host);

/* The limits that a process asks for, as they are for us: of no others are they asked for. */
void host_probe_limits(struct pool *pool, struct host *host, const struct process *process);

/* The number that getrlimit(2) knows a limit by. */
int rlimit_resource(enum oci_rlimit type);

bool host_can(const struct host *host, int capability);

/* The controllers of the hierarchy that is mounted there; "": it is not known. */
const char *host_controllers(const struct host *host, const char *mount);

#endif
