/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record: what delete and a failed create must undo (undo.json). The planner fills in what it
 * knows, and the looking steps add what they find. The record is then written, once, before
 * the first effect. Its strings may contain any bytes, so it is written in JSON_OWN style.
 */
#ifndef TARE_PLAN_RECORD_H
#define TARE_PLAN_RECORD_H

#include "libocispec/config.h"
#include "libocispec/shape.h"

struct recorded_cgroup {
	const char *mount, *path;
	struct opt_bool unified;
	const char *controllers; /* of v1: "cpu,cpuacct"; NULL: not known (older records) */
	struct opt_bool shared;	 /* its ancestors belong to systemd */
	struct opt_u64 keep;	 /* found by a look: how many bytes of the path existed before */
};

struct recorded_scope { /* the systemd scope of the container's cgroup */
	const char *unit, *description;
	struct opt_bool user;
};

struct recorded_mount { /* the root, in a mount namespace that is shared; or what was added */
	const char *path, *namespace;
	/* Found by a look: the mount's ID, which may be reused; its unique ID (Linux 6.8; 0:
	 * unknown); and the directory that is mounted. */
	struct opt_u64 id, unique, device, inode;
};

/* What was added to the container since (added.json). */
struct added_mount {
	struct mount *entry; /* as in the config */
	struct recorded_mount *mount;
	struct opt_bool begun; /* written before it is attached, and taken back afterwards: it is
				  to be taken off if the command did not come to its end */
};
struct added_device {
	struct device *entry;
	struct recorded_mount *mount; /* of the host's node; NULL: the node was made */
	struct opt_bool begun;
};
struct added {
	struct opt_u32 version; /* as in the record */
	struct {
		struct added_mount *item;
		size_t count;
	} mounts;
	struct {
		struct added_device *item;
		size_t count;
	} devices;
	struct opt_bool ruled; /* an update has replaced the device rules of the config by these */
	struct {
		struct device_rule *item;
		size_t count;
	} rules;
};
extern const struct shape shape_added;

struct recorded_class { /* a resctrl class of service */
	const char *path, *monitor;
	struct opt_bool foreign; /* found by a look: it existed before */
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
	struct opt_u32 version; /* container/container.h; 0: written before records had
				   versions */
	struct {
		struct recorded_cgroup *item;
		size_t count;
	} cgroups;
	struct recorded_scope *scope;
	struct recorded_mount *mount;
	struct recorded_devices *net_devices;
	struct recorded_class *class;
	struct opt_bool others_pids; /* no pid namespace of its own: its processes outlive init */
	struct opt_bool poststop;    /* the config has poststop hooks */
};
extern const struct shape shape_record;

#endif
