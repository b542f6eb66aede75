/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* The shapes of config.json: one row per member, in the specification's order. */
#include "config.h"

#include <string.h>

SHAPE(id_mapping, ROW_REQUIRED(id_mapping, "containerID", container_id),
      ROW_REQUIRED(id_mapping, "hostID", host_id), ROW_REQUIRED(id_mapping, "size", size));

SHAPE(root, ROW_REQUIRED(root, "path", path), ROW(root, "readonly", readonly));

SHAPE(mount, ROW_REQUIRED(mount, "destination", destination), ROW(mount, "type", type),
      ROW(mount, "source", source), ROW(mount, "options", options),
      ROW_OBJECTS(mount, "uidMappings", uid_mappings, id_mapping),
      ROW_OBJECTS(mount, "gidMappings", gid_mappings, id_mapping));

SHAPE(console_size, ROW_REQUIRED(console_size, "height", height),
      ROW_REQUIRED(console_size, "width", width));

SHAPE(user, ROW(user, "uid", uid), ROW(user, "gid", gid), ROW(user, "umask", umask),
      ROW(user, "additionalGids", additional_gids), ROW(user, "username", username));

SHAPE(capabilities, ROW(capabilities, "bounding", bounding),
      ROW(capabilities, "permitted", permitted), ROW(capabilities, "effective", effective),
      ROW(capabilities, "inheritable", inheritable), ROW(capabilities, "ambient", ambient));

SHAPE(rlimit_entry, ROW_NAME_REQUIRED(rlimit_entry, "type", type, rlimit_names),
      ROW_REQUIRED(rlimit_entry, "soft", soft), ROW_REQUIRED(rlimit_entry, "hard", hard));

SHAPE(io_priority, ROW_NAME_REQUIRED(io_priority, "class", class, io_class_names),
      ROW(io_priority, "priority", priority));

SHAPE(scheduler, ROW_NAME_REQUIRED(scheduler, "policy", policy, sched_policy_names),
      ROW(scheduler, "nice", nice), ROW(scheduler, "priority", priority),
      ROW_NAME(scheduler, "flags", flags, sched_flag_names), ROW(scheduler, "runtime", runtime),
      ROW(scheduler, "deadline", deadline), ROW(scheduler, "period", period));

SHAPE(cpu_affinity, ROW(cpu_affinity, "initial", initial), ROW(cpu_affinity, "final", final));

SHAPE(process, ROW(process, "terminal", terminal),
      ROW_OBJECT(process, "consoleSize", console_size, console_size),
      ROW_REQUIRED(process, "cwd", cwd), ROW(process, "env", env), ROW(process, "args", args),
      ROW(process, "commandLine", command_line), ROW_OBJECT(process, "user", user, user),
      ROW_OBJECTS(process, "rlimits", rlimits, rlimit_entry),
      ROW(process, "apparmorProfile", apparmor_profile),
      ROW_OBJECT(process, "capabilities", capabilities, capabilities),
      ROW(process, "noNewPrivileges", no_new_privileges),
      ROW(process, "oomScoreAdj", oom_score_adj),
      ROW_OBJECT(process, "scheduler", scheduler, scheduler),
      ROW(process, "selinuxLabel", selinux_label),
      ROW_OBJECT(process, "ioPriority", io_priority, io_priority),
      ROW_OBJECT(process, "execCPUAffinity", exec_cpu_affinity, cpu_affinity));

SHAPE(hook, ROW_REQUIRED(hook, "path", path), ROW(hook, "args", args), ROW(hook, "env", env),
      ROW(hook, "timeout", timeout));

SHAPE(hooks, ROW_OBJECTS(hooks, "prestart", list[OCI_HOOK_PRESTART], hook),
      ROW_OBJECTS(hooks, "createRuntime", list[OCI_HOOK_CREATE_RUNTIME], hook),
      ROW_OBJECTS(hooks, "createContainer", list[OCI_HOOK_CREATE_CONTAINER], hook),
      ROW_OBJECTS(hooks, "startContainer", list[OCI_HOOK_START_CONTAINER], hook),
      ROW_OBJECTS(hooks, "poststart", list[OCI_HOOK_POSTSTART], hook),
      ROW_OBJECTS(hooks, "poststop", list[OCI_HOOK_POSTSTOP], hook));

SHAPE(namespace, ROW_NAME_REQUIRED(namespace, "type", type, namespace_names),
      ROW(namespace, "path", path));

SHAPE(time_offset, ROW(time_offset, "secs", secs), ROW(time_offset, "nanosecs", nanosecs));

SHAPE(time_offsets, ROW_OBJECT(time_offsets, "boottime", boottime, time_offset),
      ROW_OBJECT(time_offsets, "monotonic", monotonic, time_offset));

SHAPE(device, ROW_NAME_REQUIRED(device, "type", type, device_type_names),
      ROW_REQUIRED(device, "path", path), ROW(device, "major", major), ROW(device, "minor", minor),
      ROW(device, "fileMode", file_mode), ROW(device, "uid", uid), ROW(device, "gid", gid));

SHAPE(net_device, ROW(net_device, "name", name));

SHAPE(device_rule, ROW_REQUIRED(device_rule, "allow", allow), ROW(device_rule, "type", type),
      ROW(device_rule, "major", major), ROW(device_rule, "minor", minor),
      ROW(device_rule, "access", access));

SHAPE(memory, ROW(memory, "limit", limit), ROW(memory, "reservation", reservation),
      ROW(memory, "swap", swap), ROW(memory, "kernel", kernel),
      ROW(memory, "kernelTCP", kernel_tcp), ROW(memory, "swappiness", swappiness),
      ROW(memory, "disableOOMKiller", disable_oom_killer),
      ROW(memory, "useHierarchy", use_hierarchy),
      ROW(memory, "checkBeforeUpdate", check_before_update));

SHAPE(cpu, ROW(cpu, "shares", shares), ROW(cpu, "quota", quota), ROW(cpu, "burst", burst),
      ROW(cpu, "period", period), ROW(cpu, "realtimeRuntime", realtime_runtime),
      ROW(cpu, "realtimePeriod", realtime_period), ROW(cpu, "cpus", cpus), ROW(cpu, "mems", mems),
      ROW(cpu, "idle", idle));

SHAPE(pids, ROW_REQUIRED(pids, "limit", limit));

SHAPE(weight_device, ROW_REQUIRED(weight_device, "major", major),
      ROW_REQUIRED(weight_device, "minor", minor), ROW(weight_device, "weight", weight),
      ROW(weight_device, "leafWeight", leaf_weight));

SHAPE(throttle_device, ROW_REQUIRED(throttle_device, "major", major),
      ROW_REQUIRED(throttle_device, "minor", minor), ROW_REQUIRED(throttle_device, "rate", rate));

SHAPE(block_io, ROW(block_io, "weight", weight), ROW(block_io, "leafWeight", leaf_weight),
      ROW_OBJECTS(block_io, "weightDevice", weight_device, weight_device),
      ROW_OBJECTS(block_io, "throttleReadBpsDevice", throttle_read_bps_device, throttle_device),
      ROW_OBJECTS(block_io, "throttleWriteBpsDevice", throttle_write_bps_device, throttle_device),
      ROW_OBJECTS(block_io, "throttleReadIOPSDevice", throttle_read_iops_device, throttle_device),
      ROW_OBJECTS(block_io, "throttleWriteIOPSDevice", throttle_write_iops_device,
		  throttle_device));

SHAPE(hugepage_limit, ROW_REQUIRED(hugepage_limit, "pageSize", page_size),
      ROW_REQUIRED(hugepage_limit, "limit", limit));

SHAPE(interface_priority, ROW_REQUIRED(interface_priority, "name", name),
      ROW_REQUIRED(interface_priority, "priority", priority));

SHAPE(network, ROW(network, "classID", class_id),
      ROW_OBJECTS(network, "priorities", priorities, interface_priority));

SHAPE(rdma, ROW(rdma, "hcaHandles", hca_handles), ROW(rdma, "hcaObjects", hca_objects));

SHAPE(resources, ROW_OBJECTS(resources, "devices", devices, device_rule),
      ROW_OBJECT(resources, "memory", memory, memory), ROW_OBJECT(resources, "cpu", cpu, cpu),
      ROW_OBJECT(resources, "pids", pids, pids),
      ROW_OBJECT(resources, "blockIO", block_io, block_io),
      ROW_OBJECTS(resources, "hugepageLimits", hugepage_limits, hugepage_limit),
      ROW_OBJECT(resources, "network", network, network),
      ROW_OBJECT_MAP(resources, "rdma", rdma, rdma), ROW(resources, "unified", unified));

SHAPE(intel_rdt, ROW(intel_rdt, "closID", clos_id), ROW(intel_rdt, "schemata", schemata),
      ROW(intel_rdt, "l3CacheSchema", l3_cache_schema),
      ROW(intel_rdt, "memBwSchema", mem_bw_schema),
      ROW(intel_rdt, "enableMonitoring", enable_monitoring));

SHAPE(syscall_argument, ROW_REQUIRED(syscall_argument, "index", index),
      ROW_REQUIRED(syscall_argument, "value", value), ROW(syscall_argument, "valueTwo", value_two),
      ROW_NAME_REQUIRED(syscall_argument, "op", op, seccomp_operator_names));

SHAPE(syscall_rule, ROW_REQUIRED(syscall_rule, "names", names),
      ROW_NAME_REQUIRED(syscall_rule, "action", action, seccomp_action_names),
      ROW(syscall_rule, "errnoRet", errno_ret),
      ROW_OBJECTS(syscall_rule, "args", args, syscall_argument));

SHAPE(seccomp, ROW_NAME_REQUIRED(seccomp, "defaultAction", default_action, seccomp_action_names),
      ROW(seccomp, "defaultErrnoRet", default_errno_ret),
      ROW_NAME(seccomp, "architectures", architectures, architecture_names),
      ROW_NAME(seccomp, "flags", flags, seccomp_flag_names),
      ROW(seccomp, "listenerPath", listener_path),
      ROW(seccomp, "listenerMetadata", listener_metadata),
      ROW_OBJECTS(seccomp, "syscalls", syscalls, syscall_rule));

SHAPE(memory_policy, ROW_NAME_REQUIRED(memory_policy, "mode", mode, memory_policy_names),
      ROW(memory_policy, "nodes", nodes),
      ROW_NAME(memory_policy, "flags", flags, memory_policy_flag_names));

SHAPE(personality, ROW_NAME_REQUIRED(personality, "domain", domain, personality_names),
      ROW(personality, "flags", flags));

SHAPE(config_linux, ROW_OBJECTS(config_linux, "namespaces", namespaces, namespace),
      ROW_OBJECTS(config_linux, "uidMappings", uid_mappings, id_mapping),
      ROW_OBJECTS(config_linux, "gidMappings", gid_mappings, id_mapping),
      ROW_OBJECT(config_linux, "timeOffsets", time_offsets, time_offsets),
      ROW_OBJECTS(config_linux, "devices", devices, device),
      ROW_OBJECT_MAP(config_linux, "netDevices", net_devices, net_device),
      ROW(config_linux, "cgroupsPath", cgroups_path),
      ROW_OBJECT(config_linux, "resources", resources, resources),
      ROW_OBJECT(config_linux, "intelRdt", intel_rdt, intel_rdt),
      ROW_OBJECT(config_linux, "memoryPolicy", memory_policy, memory_policy),
      ROW(config_linux, "sysctl", sysctl), ROW_OBJECT(config_linux, "seccomp", seccomp, seccomp),
      ROW_NAME(config_linux, "rootfsPropagation", rootfs_propagation, propagation_names),
      ROW(config_linux, "maskedPaths", masked_paths),
      ROW(config_linux, "readonlyPaths", readonly_paths),
      ROW(config_linux, "mountLabel", mount_label),
      ROW_OBJECT(config_linux, "personality", personality, personality));

SHAPE(config, ROW_REQUIRED(config, "ociVersion", oci_version),
      ROW_OBJECT(config, "root", root, root), ROW_OBJECTS(config, "mounts", mounts, mount),
      ROW_OBJECT(config, "process", process, process), ROW(config, "hostname", hostname),
      ROW(config, "domainname", domainname), ROW_OBJECT(config, "hooks", hooks, hooks),
      ROW(config, "annotations", annotations), ROW_OBJECT(config, "linux", linux_, config_linux));

const char *process_search_path(const struct process *process)
{
	for (size_t i = 0; i < process->env.count; i++)
		if (!strncmp(process->env.item[i], "PATH=", 5))
			return process->env.item[i] + 5;
	return DEFAULT_PATH;
}

const char *config_annotation(const struct config *config, const char *key)
{
	const struct string_map *map = &config->annotations;

	for (size_t i = 0; i < map->count; i++)
		if (!strcmp(map->item[i].key, key))
			return map->item[i].value;
	return NULL;
}
