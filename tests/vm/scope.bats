# SPDX-License-Identifier: Apache-2.0
# The systemd cgroup manager, on a machine with systemd: as root, and as a user with a manager of his own.
load ../bats/helpers
# bats file_tags=cgroup

MANAGER=systemd
USER_OPTION=$([ "$(id -u)" = 0 ] || echo --user)
ctl() { systemctl $USER_OPTION "$@"; }
property() { ctl show -P "$2" "$1"; }
scope_is_gone() { [ "$(property "$1" LoadState)" = not-found ]; }

@test "scope: a container is in one of its own, delegated, with its limits as files and as properties; delete ends it" {
	start_container '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 55}}'
	grep -q "/tare-$ID.scope$" "/proc/$(pid_of "$ID")/cgroup"
	[ "$(property "tare-$ID.scope" Delegate)" = yes ]
	[ "$(property "tare-$ID.scope" MemoryMax)" = 67108864 ]
	[ "$(property "tare-$ID.scope" TasksMax)" = 55 ]
	[ "$(value memory.max)" = 67108864 ]
	[ "$(value pids.max)" = 55 ]
	tare delete --force "$ID"
	scope_is_gone "tare-$ID.scope"
	[ -z "$(find /sys/fs/cgroup -name "tare-$ID.scope")" ]
}

@test "scope: slice:prefix:name, with slices within slices" {
	start_container ".linux.cgroupsPath = \"tare-inner.slice:box:$ID\""
	grep -q "/tare.slice/tare-inner.slice/box-$ID.scope$" "/proc/$(pid_of "$ID")/cgroup"
	tare delete --force "$ID"
	scope_is_gone "box-$ID.scope"
	bundle '.linux.cgroupsPath = "/plain/path"'
	run tare create -b "$B" "$ID"
	fails
	has 'config.json#/linux/cgroupsPath'
	has 'slice:prefix:name'
}

@test "scope: properties by annotation, in GVariant's text format" {
	start_container '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 5000000", "org.systemd.property.RuntimeMaxSec": "900",
		"org.systemd.property.After": "['"'basic.target'"']", "org.systemd.property.SendSIGHUP": "true"}'
	[ "$(property "tare-$ID.scope" TimeoutStopUSec)" = 5s ]
	[ "$(property "tare-$ID.scope" RuntimeMaxUSec)" = 15min ]
	[ "$(property "tare-$ID.scope" SendSIGHUP)" = yes ]
	[[ $(property "tare-$ID.scope" After) == *basic.target* ]]
	tare delete --force "$ID"
	bundle '.annotations["org.systemd.property.TimeoutStopUSec"] = "soon"'
	run tare create -b "$B" "$ID"
	fails
	has 'GVariant'
	bundle '.annotations["org.systemd.property.NoSuchThing"] = "true"'
	run tare create -b "$B" "$ID"
	fails
	has NoSuchThing
	scope_is_gone "tare-$ID.scope"
}

@test "scope: a cgroup below it, by annotation" {
	start_container '.annotations["run.oci.systemd.subgroup"] = "inside" | .linux.resources = {pids: {limit: 44}}'
	grep -q "/tare-$ID.scope/inside$" "/proc/$(pid_of "$ID")/cgroup"
	[ "$(value pids.max)" = 44 ]
	tare delete --force "$ID"
	scope_is_gone "tare-$ID.scope"
}

@test "scope: update and device rules survive systemctl daemon-reload" {
	start_container '.linux.resources = {memory: {limit: 67108864}} + {devices: [{allow: false, access: "rwm"}]}'
	tare update --memory 128M --pids-limit 77 "$ID"
	ctl daemon-reload
	[ "$(value memory.max)" = 134217728 ]
	[ "$(value pids.max)" = 77 ]
	[ "$(property "tare-$ID.scope" MemoryMax)" = 134217728 ]
	[ -z "$USER_OPTION" ] || return 0
	mknod "$B/kmsg" c 1 11
	mknod "$B/null" c 1 3
	[[ $(in_its_cgroup sh -c ": <$B/kmsg" 2>&1) == *'not permitted'* ]]
	in_its_cgroup sh -c ": <$B/null"
}

@test "scope: one of that name which is another's is left alone" {
	systemd-run $USER_OPTION --scope -q --unit="tare-$ID.scope" sleep 100 >/dev/null 2>&1 3>&- &
	eventually sh -c "[ \"\$(systemctl $USER_OPTION show -P ActiveState tare-$ID.scope)\" = active ]"
	bundle
	run tare create -b "$B" "$ID"
	fails
	has "tare-$ID.scope"
	[ "$(property "tare-$ID.scope" ActiveState)" = active ]
	ctl stop "tare-$ID.scope"
	[ ! -e "$STATE/$ID" ]
}

@test "scope: a bus that never answers is an error within the deadline, and nothing is left" {
	socat UNIX-LISTEN:"$BATS_TEST_TMPDIR/bus",fork EXEC:"sleep 1000" >/dev/null 2>&1 3>&- &
	local listener=$! begin=$SECONDS
	eventually test -S "$BATS_TEST_TMPDIR/bus"
	bundle
	test_build
	export TARE_SYSTEMD_TIMEOUT=2 DBUS_SYSTEM_BUS_ADDRESS=unix:path=$BATS_TEST_TMPDIR/bus DBUS_SESSION_BUS_ADDRESS=unix:path=$BATS_TEST_TMPDIR/bus
	run tare create -b "$B" "$ID"
	fails
	has 'systemd does not answer'
	[ $((SECONDS - begin)) -lt 15 ]
	[ ! -e "$STATE/$ID" ]
	! pgrep -f "root $STATE "
	[ -z "$(find /sys/fs/cgroup -name "tare-$ID.scope")" ]
	kill $listener
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere
	run tare create -b "$B" "$ID"
	fails
	has 'bus'
	[ ! -e "$STATE/$ID" ]
}

@test "scope: a container that was killed for its memory leaves no failed unit" {
	start_container '.linux.resources = {memory: {limit: 33554432}} | .process.args = ["sh", "-c", "sleep 0.3; exec dd if=/dev/zero of=/dev/null bs=256M count=1"]'
	eventually is_status "$ID" stopped
	tare delete "$ID"
	eventually scope_is_gone "tare-$ID.scope"
}

@test "scope: whose name another container has taken meanwhile: delete leaves the other alone" {
	start_container ".linux.cgroupsPath = \":box:$ID\""
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	eventually scope_is_gone "box-$ID.scope"
	tare run -d -b "$B" "$ID-2" >/dev/null 2>&1 </dev/null
	tare delete "$ID"
	[ "$(state_of "$ID-2")" = running ]
	[ "$(property "box-$ID.scope" ActiveState)" = active ]
	tare delete --force "$ID-2"
	scope_is_gone "box-$ID.scope"
}

@test "in a user namespace without a cgroup namespace the scope's cgroup is where it is on the host" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	local access mapped='.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "user"}]) | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$B/rootfs"
	for access in ro rw; do
		start_container "$mapped | .mounts |= map(if .type == \"cgroup\" then .options |= map(if . == \"ro\" then \"$access\" else . end) else . end)"
		run tare exec "$ID" sh -c 'path=$(grep -m 1 -E "^0:|name=systemd" /proc/self/cgroup); ls -d "/sys/fs/cgroup${path##*:}" "/sys/fs/cgroup/systemd" 2>/dev/null | head -1'
		has /sys/fs/cgroup
		tare delete --force "$ID"
	done
}
