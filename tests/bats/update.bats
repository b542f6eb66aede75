# SPDX-License-Identifier: Apache-2.0
# update: on every layout. `value WHAT` reads a limit as its file says it, whatever the file's name.
load helpers
# bats file_tags=cgroup

update() { tare update "$@"; }

@test "update: by options, sizes with units, before and after the id" {
	controllers memory
	start_container '.linux.resources += {memory: {limit: 67108864}, pids: {limit: 100}}'
	update --memory 128M "$ID" --pids-limit 50
	[ "$(value memory.max)" = 134217728 ]
	[ "$(value pids.max)" = 50 ]
	update "$ID" --pids-limit -1
	[ "$(value pids.max)" = max ]
	[ "$(value memory.max)" = 134217728 ] # only what is given changes
	run update --memory 12x "$ID"
	fails
	has '--memory takes a number'
}

@test "update: quota and period, each alone" {
	start_container '.linux.resources.cpu = {quota: 20000, period: 50000}'
	update --cpu-quota 10000 "$ID"
	[ "$(value cpu.max)" = "10000 50000" ]
	update --cpu-period 40000 "$ID"
	[ "$(value cpu.max)" = "10000 40000" ]
	update --cpu-quota -1 "$ID"
	[[ $(value cpu.max) == "max "* ]] # without a quota systemd forgets the period
	update --cpu-share 512 "$ID"
	[ "$(value cpu.weight)" = 512/59 ]
}

@test "update: memory and swap, up and down in either order" {
	controllers memory
	start_container '.linux.resources.memory = {limit: 67108864}'
	has_swap_limit || skip "this kernel does not count swap"
	update --memory-swap 128M "$ID"
	update --memory 256M --memory-swap 512M "$ID"
	[ "$(value memory.max)" = 268435456 ]
	[ "$(value swap.total)" = 536870912 ]
	update --memory 32M --memory-swap 64M "$ID"
	[ "$(value memory.max)" = 33554432 ]
	[ "$(value swap.total)" = 67108864 ]
	update --memory-swap 128M "$ID"
	[ "$(value memory.max)" = 33554432 ]
	[ "$(value swap.total)" = 134217728 ]
	update --memory-swap -1 "$ID"
	[ "$(value swap.total)" = max ]
	run update --memory 64M --memory-swap 32M "$ID"
	fails
	has 'memory/swap'
}

@test "update: a document, from a file and from stdin; zeros and podman's rule for devices are no changes" {
	controllers memory
	start_container '.linux.resources += {memory: {limit: 67108864}, pids: {limit: 100}}'
	echo '{"pids": {"limit": 40}}' >"$B/r.json"
	update --resources "$B/r.json" "$ID"
	[ "$(value pids.max)" = 40 ]
	update --resources=- "$ID" <<<'{"memory": {"limit": 134217728, "swap": 0, "reservation": 0}, "cpu": {"shares": 0, "quota": 0, "period": 0, "cpus": ""},
		"pids": {"limit": 0}, "blockIO": {"weight": 0}, "devices": [{"allow": false, "access": "rwm"}]}'
	[ "$(value memory.max)" = 134217728 ]
	[ "$(value pids.max)" = 40 ]
	in_its_cgroup head -c 1 /dev/zero
	run update -r - "$ID" <<<'{"memory": {"limit": "much"}}'
	fails
	has '/memory/limit'
	run update -r "$B/none.json" "$ID"
	fails
	has 'no such file'
}

@test "update: when a limit is refused, the earlier ones are put back, and the error says which file it was" {
	controllers memory
	start_container '.linux.resources += {memory: {limit: 67108864}, pids: {limit: 100}, cpu: {quota: 20000, period: 50000}}'
	run update "$ID" --memory 128M --cpu-quota 30000 --cpu-period 99999999
	fails
	has 'cpu/'
	has 'write'
	[ "$(value memory.max)" = 67108864 ]
	[ "$(value cpu.max)" = "20000 50000" ]
}

@test "update: checkBeforeUpdate refuses less than what is in use" {
	controllers memory
	start_container '.linux.resources.memory = {limit: 67108864}'
	run update -r - "$ID" <<<'{"memory": {"limit": 4096, "checkBeforeUpdate": true}}'
	fails
	has 'memory/limit: 4096 is less than'
	[ "$(value memory.max)" = 67108864 ]
}

@test "update: device rules are replaced, and what every container needs stays" {
	[ "$(id -u)" = 0 ] || skip "device rules need root"
	start_container '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 11, access: "r"}] |
		.linux.devices = [{type: "c", path: "/dev/kmsg", major: 1, minor: 11}]'
	can() { [[ $(in_its_cgroup sh -c ": <$B/rootfs/dev-$1" 2>&1) != *'not permitted'* ]]; } # which need not mean that it exists
	mknod "$B/rootfs/dev-kmsg" c 1 11
	mknod "$B/rootfs/dev-port" c 1 4
	mknod "$B/rootfs/dev-zero" c 1 5
	can kmsg
	! can port
	update -r - "$ID" <<<'{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 4, "access": "r"}]}'
	! can kmsg
	can port
	can zero
}

@test "update: a paused container stays paused; a stopped one is refused" {
	start_container '.linux.resources.pids.limit = 100'
	tare pause "$ID"
	update --pids-limit 70 "$ID"
	[ "$(value pids.max)" = 70 ]
	[ "$(state_of "$ID")" = paused ]
	tare resume "$ID"
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	run update --pids-limit 60 "$ID"
	fails
	has 'not running'
	run update --pids-limit 60 nobody
	fails
	has 'does not exist'
}

@test "update: without a cgroup there is nothing to change" {
	bundle '.process.args = ["sleep", "1000"] | del(.linux.resources)'
	tare --cgroup-manager disabled run -d -b "$B" "$ID" >/dev/null 2>&1 </dev/null
	run update --pids-limit 60 "$ID"
	fails
	has 'no cgroup'
}

@test "update: the schemata of the class of service" {
	mkdir -p "$B/resctrl/info"
	test_build
	export TARE_RESCTRL=$B/resctrl
	start_container '.linux.intelRdt = {l3CacheSchema: "L3:0=f"}'
	update --l3-cache-schema L3:0=3 --mem-bw-schema MB:0=20 "$ID"
	grep -q 'L3:0=3' "$B/resctrl/$ID/schemata"
	grep -q 'MB:0=20' "$B/resctrl/$ID/schemata"
}

@test "update: no limit of memory takes that of memory and swap along, unless it is given" {
	controllers memory
	root_only
	start_container '.linux.resources.memory = {limit: 100000000, swap: 200000000}'
	has_swap_limit || skip "no limit of swap on this machine"
	run tare update --memory -1 "$ID"
	succeeds
	[ "$(value memory.max)" = max ]
	[ "$(cgroup_file "$ID" memory.swap.max >/dev/null || value swap.total)" = "$(cgroup_file "$ID" memory.swap.max >/dev/null || echo max)" ]
}

@test "update: a limit below what is in use is refused with both numbers" {
	controllers memory
	root_only
	start_container '.process.args = ["sh", "-c", "dd if=/dev/zero of=/dev/shm/f bs=1M count=30 2>/dev/null; echo ready; sleep 1000"] | .linux.resources.memory = {limit: 100000000, swap: 100000000}'
	eventually grep -q ready "$BATS_TEST_TMPDIR/out"
	if [ -e "$(cgroup_file "$ID" memory.max || echo /nowhere)" ]; then skip "cgroup v2 takes it, and reclaims or kills"; fi
	run tare update --memory 1M "$ID"
	fails
	has 'memory/limit'
	has 'the container uses '
	has 'its limit is 9'
}
