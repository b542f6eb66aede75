# SPDX-License-Identifier: Apache-2.0
# The systemd cgroup manager where controllers are on v1, beside cgroup2 (systemd.unified_cgroup_hierarchy=0). As root.
load ../bats/helpers
# bats file_tags=cgroup

MANAGER=systemd
property() { systemctl show -P "$2" "$1"; }
everywhere() { find /sys/fs/cgroup -name "tare-$ID.scope"; }

setup_test() { [ -d /sys/fs/cgroup/systemd ] && [ -d /sys/fs/cgroup/pids ] || skip "this machine has cgroup v2 alone"; }

@test "hybrid scope: a place in every hierarchy, those that systemd does not know too; delete leaves none" {
	start_container
	[ "$(grep -c "/system.slice/tare-$ID.scope$" "/proc/$(pid_of "$ID")/cgroup")" = "$(wc -l <"/proc/$(pid_of "$ID")/cgroup")" ]
	[ "$(property "tare-$ID.scope" Delegate)" = yes ]
	tare delete --force "$ID"
	[ -z "$(everywhere)" ]
	[ ! -e /sys/fs/cgroup/freezer/system.slice ] # made for it alone
	[ "$(property "tare-$ID.scope" LoadState)" = not-found ]
}

@test "hybrid scope: limits as files and as properties; update; a daemon-reload changes nothing" {
	start_container '.linux.resources += {pids: {limit: 55}, cpu: {shares: 512, quota: 20000, period: 50000}}'
	[ "$(content pids.max)" = 55 ]
	[ "$(content cpu.shares)" = 512 ]
	[ "$(value cpu.max)" = "20000 50000" ]
	[ "$(property "tare-$ID.scope" TasksMax)" = 55 ]
	[ "$(property "tare-$ID.scope" CPUShares)" = 512 ]
	systemctl daemon-reload
	[ "$(content cpu.shares)" = 512 ]
	[ "$(value cpu.max)" = "20000 50000" ]
	tare update --pids-limit 44 --cpu-share 300 "$ID"
	tare update --cpu-quota 25000 "$ID"
	systemctl daemon-reload
	[ "$(content pids.max)" = 44 ]
	[ "$(content cpu.shares)" = 300 ]
	[ "$(value cpu.max)" = "25000 50000" ]
}

@test "hybrid scope: device rules survive a daemon-reload" {
	start_container '.process.capabilities.bounding += ["CAP_MKNOD"] | .process.capabilities |= (.effective = .bounding | .permitted = .bounding) |
		.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 200, access: "r"}]'
	local rules
	rules=$(content devices.list)
	[[ $rules == *'c 10:200 r'* ]]
	[[ $rules != 'a *:* rwm' ]]
	systemctl daemon-reload
	[ "$(content devices.list)" = "$rules" ]
	run tare exec "$ID" sh -c 'mknod /tmp/m b 8 0 && cat /tmp/m'
	fails
	has 'Operation not permitted'
}

@test "hybrid scope: pause, exec, ps, kill of all" {
	start_container '.linux.namespaces |= map(select(.type != "pid"))'
	tare pause "$ID"
	[ "$(state_of "$ID")" = paused ]
	tare resume "$ID"
	tare exec -d --pid-file "$B/pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1
	diff "/proc/$(cat "$B/pid")/cgroup" "/proc/$(pid_of "$ID")/cgroup"
	[ "$(tare ps -f json "$ID" | jq length)" = 2 ]
	tare kill --all "$ID" KILL
	eventually gone "$(cat "$B/pid")"
	eventually is_status "$ID" stopped
	tare delete "$ID"
	[ -z "$(everywhere)" ]
}
