/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host: the facts about this machine and the caller that the planner needs. They are probed in
 * one place, and can be printed as JSON and read from JSON (`tare plan --host FILE`), so that
 * a test can simulate a machine.
 */
#ifndef TARE_PLAN_HOST_H
#define TARE_PLAN_HOST_H

#include "libocispec/config.h"
#include "libocispec/pool.h"
#include "libocispec/shape.h"

#include <stdint.h>

/* One mounted cgroup hierarchy. */
struct hierarchy {
	const char *mount;	 /* mount point */
	const char *controllers; /* "cpu,cpuacct", "name=systemd"; cgroup2: those available,
				    e.g. "cpu memory hugetlb" */
	const char *own;	 /* the caller's own cgroup, below the mount: "/" or "/user/1000" */
	const char *enabled;	 /* cgroup2: the controllers available in the parent of the
				    container's cgroup */
	struct opt_bool unified; /* cgroup2 */
	struct opt_bool writable; /* the caller may create cgroups below its own */
	uint64_t id;		  /* while probing: that of the mount */
};

struct id_range {
	struct opt_u32 first, count;
};

/* The runtime's own hard limit for a resource that the config limits: getrlimit(2). */
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
	struct opt_u32 kernel;	   /* 6.18 is 618: major * 100 + minor */
	struct opt_bool mount_api; /* false: fsopen, open_tree or move_mount is missing or denied;
				      not set: they are there, or the caller may not use them */
	struct opt_bool apparmor, selinux;
	struct opt_bool apparmor_confined; /* this process is under a profile that is not in the
					      mode "unconfined" */
	struct opt_bool no_new_privs;	   /* this process has it, and so will all others */
	const char *resctrl;		   /* where the resctrl filesystem is mounted, or NULL */
	const char *newuidmap, *newgidmap; /* paths of the helpers, NULL: not installed */
	struct {
		struct host_limit *item;
		size_t count;
	} limits;
	struct opt_u64 files; /* fs.nr_open, if a limit may exceed it */
	struct {
		struct hierarchy *item;
		size_t count;
	} cgroups;
};

extern const struct shape shape_host;

/* Probes this machine. Returns 0, or a negative errno with the error set. */
int host_probe(struct pool *pool, struct host *host);

/* Adds the runtime's own values of the resource limits that the process sets; other limits are
 * not queried. */
void host_probe_limits(struct pool *pool, struct host *host, const struct process *process);

/* The first line of a file of the machine, in the pool; NULL: it is not there, or it can't be read,
 * and then the error is filled. */
const char *host_line(struct pool *pool, const char *path);

/* The RLIMIT_ constant of a limit. */
int rlimit_resource(enum oci_rlimit type);

bool host_can(const struct host *host, int capability);

/* The controllers of the hierarchy mounted at `mount`, or "" if it is unknown. */
const char *host_controllers(const struct host *host, const char *mount);

#endif
