/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

SHAPE(recorded_cgroup, ROW_REQUIRED(recorded_cgroup, "mount", mount),
      ROW_REQUIRED(recorded_cgroup, "path", path), ROW(recorded_cgroup, "unified", unified),
      ROW(recorded_cgroup, "controllers", controllers), ROW(recorded_cgroup, "shared", shared),
      ROW(recorded_cgroup, "keep", keep));

SHAPE(recorded_scope, ROW_REQUIRED(recorded_scope, "unit", unit),
      ROW_REQUIRED(recorded_scope, "description", description), ROW(recorded_scope, "user", user));

SHAPE(recorded_mount, ROW_REQUIRED(recorded_mount, "path", path),
      ROW(recorded_mount, "namespace", namespace), ROW(recorded_mount, "id", id),
      ROW(recorded_mount, "unique", unique), ROW(recorded_mount, "device", device),
      ROW(recorded_mount, "inode", inode));

SHAPE(added_mount, ROW_OBJECT(added_mount, "entry", entry, mount),
      ROW_OBJECT(added_mount, "mount", mount, recorded_mount), ROW(added_mount, "begun", begun));

SHAPE(added_device, ROW_OBJECT(added_device, "entry", entry, device),
      ROW_OBJECT(added_device, "mount", mount, recorded_mount), ROW(added_device, "begun", begun));

SHAPE(added, ROW(added, "version", version), ROW_OBJECTS(added, "mounts", mounts, added_mount),
      ROW_OBJECTS(added, "devices", devices, added_device), ROW(added, "ruled", ruled),
      ROW_OBJECTS(added, "rules", rules, device_rule));

SHAPE(recorded_class, ROW_REQUIRED(recorded_class, "path", path),
      ROW(recorded_class, "monitor", monitor), ROW(recorded_class, "foreign", foreign));

SHAPE(recorded_device, ROW_REQUIRED(recorded_device, "name", name),
      ROW_REQUIRED(recorded_device, "newName", new_name),
      ROW(recorded_device, "hardware", hardware));

SHAPE(recorded_devices, ROW_REQUIRED(recorded_devices, "namespace", namespace),
      ROW_OBJECTS(recorded_devices, "device", device, recorded_device));

SHAPE(record, ROW(record, "version", version),
      ROW_OBJECTS(record, "cgroups", cgroups, recorded_cgroup),
      ROW_OBJECT(record, "scope", scope, recorded_scope),
      ROW_OBJECT(record, "mount", mount, recorded_mount),
      ROW_OBJECT(record, "netDevices", net_devices, recorded_devices),
      ROW_OBJECT(record, "class", class, recorded_class), ROW(record, "othersPids", others_pids),
      ROW(record, "poststop", poststop));
