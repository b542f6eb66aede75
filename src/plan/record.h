/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record: what delete, and a create that fails, have to undo (undo.json). The planner fills in what
 * it knows; what only the looking steps find out they fill in, before the record is written, once,
 * and before the first effect. Strings are any bytes: it is written in JSON_OWN style.
 */
#ifndef TARE_PLAN_RECORD_H
#define TARE_PLAN_RECORD_H

#include "libocispec/shape.h"

struct recorded_cgroup {
	const char *mount, *path;
	struct opt_bool unified;
	struct opt_bool shared; /* what is above is systemd's */
	struct opt_u64 keep;	/* found out: how much of the path, in bytes, was there before */
};

struct recorded_scope { /* systemd's, which is the cgroup */
	const char *unit, *description;
	struct opt_bool user;
};

struct recorded_mount { /* the root, where others see it */
	const char *path, *namespace;
	/* Found out: the mount's number, which another may get when it has ended; that which no
	 * other gets (Linux 6.8; 0: unknown); and the directory that is mounted. */
	struct opt_u64 id, unique, device, inode;
};

struct recorded_class { /* of service: resctrl */
	const char *path, *monitor;
	struct opt_bool foreign; /* found out: it was there before */
};

struct recorded_device {
	const char *name, *new_name;
	const char *hardware; /* found out: its address */
};
struct recorded_devices { /* in a network namespace that outlives the container */
	const char *namespace;
	struct {
		struct recorded_device *item;
		size_t count;
	} device;
};

struct record {
	struct opt_u32 version; /* container/container.h; 0: of a tare before versions */
	struct {
		struct recorded_cgroup *item;
		size_t count;
	} cgroups;
	struct recorded_scope *scope;
	struct recorded_mount *mount;
	struct recorded_devices *net_devices;
	struct recorded_class *class;
	struct opt_bool others_pids; /* no pid namespace of its own: its processes outlive init */
	struct opt_bool poststop;    /* the config has hooks for the end */
};
extern const struct shape shape_record;

#endif
