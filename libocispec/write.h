/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write: the documents that a runtime writes: the state (runtime.md, "State"), its list, and the
 * features (features.md). They are structs with shapes like those that it reads; json_print()
 * writes them.
 */
/* clang-format off */
#ifndef LIBOCISPEC_WRITE_H
#define LIBOCISPEC_WRITE_H

#include "shape.h"

/* The version of the specification that these documents, and config.h, are of. */
#define OCI_VERSION "1.3.0"

/* `rootfs`, `created` and `owner` are not in the specification, but engines know them from the
 * state of runc and crun. */
struct state {
	const char *oci_version, *id;
	struct opt_i32 pid;
	struct opt_name status;
	const char *bundle, *rootfs, *created;
	struct string_map annotations;
	const char *owner;
	/* Why its program died, where that is known and was not its own choice. */
	const char *ended;
	/* Of a stopped container, where known: the status (128 + the number of the signal that has
	 * killed it), that signal, whether the kernel has killed a process for lack of memory, and
	 * when it ended. */
	struct opt_i32 exit_status;
	const char *signal;
	struct opt_bool oom_killed;
	const char *finished;
};
struct state_list {
	struct state *item;
	size_t count;
};

struct enabled {
	struct opt_bool enabled;
};

struct features_cgroup {
	struct opt_bool v1, v2, systemd, systemd_user, rdma;
};

struct features_seccomp {
	struct opt_bool enabled;
	struct name_list actions, operators, archs, known_flags, supported_flags;
};

struct features_mounts {
	struct enabled *idmap;
};

struct features_linux {
	struct name_list namespaces;
	struct strings capabilities;
	struct features_cgroup *cgroup;
	struct features_seccomp *seccomp;
	struct enabled *apparmor, *selinux, *intel_rdt;
	struct features_mounts *mount_extensions;
	struct enabled *net_devices;
};

struct features {
	const char *oci_version_min, *oci_version_max;
	struct name_list hooks;
	struct strings mount_options;
	struct features_linux *linux_;
	struct string_map annotations;
	struct strings potentially_unsafe_config_annotations;
};

extern const struct shape shape_state, shape_features;

#endif
