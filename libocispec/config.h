/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: config.json of runtime-spec v1.3.0, for Linux, as C structs, in the specification's
 * order. The members are the specification's under C names; their meaning is documented there and
 * not repeated here. Absent objects and strings are NULL, absent scalars {value, set} have set
 * false, absent lists have a NULL item. Never modified after parsing.
 *
 * vm, windows, solaris, freebsd and zos are skipped, as unknown members are.
 */
/* clang-format off */
#ifndef LIBOCISPEC_CONFIG_H
#define LIBOCISPEC_CONFIG_H

#include "names.h"
#include "shape.h"

struct id_mapping {
	struct opt_u32 container_id, host_id, size;
};
struct id_mappings {
	struct id_mapping *item;
	size_t count;
};

/* config.md, "Root" and "Mounts" */
struct root {
	const char *path;
	struct opt_bool readonly;
};

struct mount {
	const char *destination, *type, *source;
	struct strings options;
	struct id_mappings uid_mappings, gid_mappings;
};

/* config.md, "Process" */
struct console_size {
	struct opt_u64 height, width;
};

struct user {
	struct opt_u32 uid, gid, umask;
	struct numbers additional_gids;
	const char *username;
};

struct capabilities {
	struct strings bounding, permitted, effective, inheritable, ambient;
};

struct rlimit_entry {
	struct opt_name type;
	struct opt_u64 soft, hard;
};

struct io_priority {
	struct opt_name class;
	struct opt_i32 priority;
};

struct scheduler {
	struct opt_name policy;
	struct opt_i32 nice, priority;
	struct name_list flags;
	struct opt_u64 runtime, deadline, period;
};

struct cpu_affinity {
	const char *initial, *final;
};

struct process {
	struct opt_bool terminal;
	struct console_size *console_size;
	const char *cwd;
	struct strings env, args;
	const char *command_line; /* Windows only: accepted and ignored */
	struct user *user;
	struct {
		struct rlimit_entry *item;
		size_t count;
	} rlimits;
	const char *apparmor_profile;
	struct capabilities *capabilities;
	struct opt_bool no_new_privileges;
	struct opt_i64 oom_score_adj;
	struct scheduler *scheduler;
	const char *selinux_label;
	struct io_priority *io_priority;
	struct cpu_affinity *exec_cpu_affinity;
};

/* config.md, "POSIX-platform Hooks" */
struct hook {
	const char *path;
	struct strings args, env;
	struct opt_i64 timeout; /* seconds */
};
struct hook_list {
	struct hook *item;
	size_t count;
};

struct hooks {
	struct hook_list list[OCI_HOOK_COUNT]; /* by enum oci_hook */
};

/* config-linux.md */
struct namespace
{
	struct opt_name type;
	const char *path;
};

struct time_offset {
	struct opt_i64 secs;
	struct opt_u32 nanosecs;
};

struct time_offsets {
	struct time_offset *boottime, *monotonic;
};

struct device {
	struct opt_name type;
	const char *path;
	struct opt_i64 major, minor;
	struct opt_u32 file_mode, uid, gid;
};

struct net_device {
	const char *name;
};

struct device_rule {
	struct opt_bool allow;
	const char *type;
	struct opt_i64 major, minor;
	const char *access;
};

struct memory {
	struct opt_i64 limit, reservation, swap, kernel, kernel_tcp;
	struct opt_u64 swappiness;
	struct opt_bool disable_oom_killer, use_hierarchy, check_before_update;
};

struct cpu {
	struct opt_u64 shares;
	struct opt_i64 quota;
	struct opt_u64 burst, period;
	struct opt_i64 realtime_runtime;
	struct opt_u64 realtime_period;
	const char *cpus, *mems;
	struct opt_i64 idle;
};

struct pids {
	struct opt_i64 limit;
};

struct weight_device {
	struct opt_i64 major, minor;
	struct opt_u16 weight, leaf_weight;
};

struct throttle_device {
	struct opt_i64 major, minor;
	struct opt_u64 rate;
};
struct throttle_devices {
	struct throttle_device *item;
	size_t count;
};

struct block_io {
	struct opt_u16 weight, leaf_weight;
	struct {
		struct weight_device *item;
		size_t count;
	} weight_device;
	struct throttle_devices throttle_read_bps_device, throttle_write_bps_device,
		throttle_read_iops_device, throttle_write_iops_device;
};

struct hugepage_limit {
	const char *page_size;
	struct opt_u64 limit;
};

struct interface_priority {
	const char *name;
	struct opt_u32 priority;
};

struct network {
	struct opt_u32 class_id;
	struct {
		struct interface_priority *item;
		size_t count;
	} priorities;
};

struct rdma {
	struct opt_u32 hca_handles, hca_objects;
};

struct resources {
	struct {
		struct device_rule *item;
		size_t count;
	} devices;
	struct memory *memory;
	struct cpu *cpu;
	struct pids *pids;
	struct block_io *block_io;
	struct {
		struct hugepage_limit *item;
		size_t count;
	} hugepage_limits;
	struct network *network;
	struct {
		struct {
			const char *key;
			struct rdma value;
		} * item;
		size_t count;
	} rdma;
	struct string_map unified;
};

struct intel_rdt {
	const char *clos_id;
	struct strings schemata;
	const char *l3_cache_schema, *mem_bw_schema;
	struct opt_bool enable_monitoring;
};

struct syscall_argument {
	struct opt_u32 index;
	struct opt_u64 value, value_two;
	struct opt_name op;
};

struct syscall_rule {
	struct strings names;
	struct opt_name action;
	struct opt_u32 errno_ret;
	struct {
		struct syscall_argument *item;
		size_t count;
	} args;
};

struct seccomp {
	struct opt_name default_action;
	struct opt_u32 default_errno_ret;
	struct name_list architectures, flags;
	const char *listener_path, *listener_metadata;
	struct {
		struct syscall_rule *item;
		size_t count;
	} syscalls;
};

struct memory_policy {
	struct opt_name mode;
	const char *nodes;
	struct name_list flags;
};

struct personality {
	struct opt_name domain;
	struct strings flags;
};

struct config_linux {
	struct {
		struct namespace *item;
		size_t count;
	} namespaces;
	struct id_mappings uid_mappings, gid_mappings;
	struct time_offsets *time_offsets;
	struct {
		struct device *item;
		size_t count;
	} devices;
	struct {
		struct {
			const char *key;
			struct net_device value;
		} * item;
		size_t count;
	} net_devices;
	const char *cgroups_path;
	struct resources *resources;
	struct intel_rdt *intel_rdt;
	struct memory_policy *memory_policy;
	struct string_map sysctl;
	struct seccomp *seccomp;
	struct opt_name rootfs_propagation;
	struct strings masked_paths, readonly_paths;
	const char *mount_label;
	struct personality *personality;
};

struct config {
	const char *oci_version;
	struct root *root;
	struct {
		struct mount *item;
		size_t count;
	} mounts;
	struct process *process;
	const char *hostname, *domainname;
	struct hooks *hooks;
	struct string_map annotations;
	struct config_linux *linux_;
};

/* The directories in which the program of a process is looked for. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
const char *process_search_path(const struct process *process);

/* The annotation's value, or NULL if the config does not have it. */
const char *config_annotation(const struct config *config, const char *key);

extern const struct shape shape_config, shape_device, shape_device_rule, shape_mount, shape_process,
	shape_resources, shape_seccomp;

#endif
