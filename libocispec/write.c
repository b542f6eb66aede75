/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* The shapes of state and features: one row per member, in the specification's order. */
#include "write.h"

#include "names.h"

SHAPE(state, ROW_REQUIRED(state, "ociVersion", oci_version), ROW_REQUIRED(state, "id", id),
      ROW(state, "pid", pid), ROW_NAME_REQUIRED(state, "status", status, status_names),
      ROW_REQUIRED(state, "bundle", bundle), ROW(state, "rootfs", rootfs),
      ROW(state, "created", created), ROW(state, "annotations", annotations),
      ROW(state, "owner", owner), ROW(state, "ended", ended),
      ROW(state, "exitStatus", exit_status), ROW(state, "signal", signal),
      ROW(state, "oomKilled", oom_killed), ROW(state, "finished", finished));

SHAPE(enabled, ROW(enabled, "enabled", enabled));

SHAPE(features_cgroup, ROW(features_cgroup, "v1", v1), ROW(features_cgroup, "v2", v2),
      ROW(features_cgroup, "systemd", systemd), ROW(features_cgroup, "systemdUser", systemd_user),
      ROW(features_cgroup, "rdma", rdma));

SHAPE(features_seccomp, ROW(features_seccomp, "enabled", enabled),
      ROW_NAME(features_seccomp, "actions", actions, seccomp_action_names),
      ROW_NAME(features_seccomp, "operators", operators, seccomp_operator_names),
      ROW_NAME(features_seccomp, "archs", archs, architecture_names),
      ROW_NAME(features_seccomp, "knownFlags", known_flags, seccomp_flag_names),
      ROW_NAME(features_seccomp, "supportedFlags", supported_flags, seccomp_flag_names));

SHAPE(features_mounts, ROW_OBJECT(features_mounts, "idmap", idmap, enabled));

SHAPE(features_linux, ROW_NAME(features_linux, "namespaces", namespaces, namespace_names),
      ROW(features_linux, "capabilities", capabilities),
      ROW_OBJECT(features_linux, "cgroup", cgroup, features_cgroup),
      ROW_OBJECT(features_linux, "seccomp", seccomp, features_seccomp),
      ROW_OBJECT(features_linux, "apparmor", apparmor, enabled),
      ROW_OBJECT(features_linux, "selinux", selinux, enabled),
      ROW_OBJECT(features_linux, "intelRdt", intel_rdt, enabled),
      ROW_OBJECT(features_linux, "mountExtensions", mount_extensions, features_mounts),
      ROW_OBJECT(features_linux, "netDevices", net_devices, enabled));

SHAPE(features, ROW_REQUIRED(features, "ociVersionMin", oci_version_min),
      ROW_REQUIRED(features, "ociVersionMax", oci_version_max),
      ROW_NAME(features, "hooks", hooks, hook_names), ROW(features, "mountOptions", mount_options),
      ROW_OBJECT(features, "linux", linux_, features_linux),
      ROW(features, "annotations", annotations),
      ROW(features, "potentiallyUnsafeConfigAnnotations", potentially_unsafe_config_annotations));
