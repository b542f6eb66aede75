# SPDX-License-Identifier: Apache-2.0
# On this machine's layout: v1 or hybrid, with the cgroupfs driver.
load helpers

own() { sed -n "s/^[0-9]*:\(.*,\)\?$1\(,.*\)\?:\(.*\)/\3/p" /proc/self/cgroup | sed 's|^/$||'; }
dir() { echo "/sys/fs/cgroup/$1$(own "$1")/tare-$ID"; }

@test "a container is in a cgroup of its own in every hierarchy, below the caller's; delete removes them" {
	start_container
	run cat "/proc/$(pid_of "$ID")/cgroup"
	[ "$(grep -c "/tare-$ID\$" <<<"$output")" -eq "$(wc -l </proc/self/cgroup)" ]
	tare delete --force "$ID"
	[ -z "$(find /sys/fs/cgroup -name "tare-$ID")" ]
}

@test "cgroupsPath: absolute from the root, relative from the caller's; what was made above goes too" {
	start_container ".linux.cgroupsPath = \"/$ID-top/mid/leaf\""
	grep -q ":/$ID-top/mid/leaf$" "/proc/$(pid_of "$ID")/cgroup"
	tare delete --force "$ID"
	[ -z "$(find /sys/fs/cgroup -name "$ID-top")" ]
	mkdir "/sys/fs/cgroup/pids/$ID-top"
	start_container ".linux.cgroupsPath = \"/$ID-top/leaf\""
	tare delete --force "$ID"
	rmdir "/sys/fs/cgroup/pids/$ID-top"
	start_container ".linux.cgroupsPath = \"$ID-rel\""
	grep -q ":memory:$(own memory)/$ID-rel$" "/proc/$(pid_of "$ID")/cgroup"
}

@test "limits for memory, pids and cpu" {
	start_container '.linux.resources += {memory: {limit: 33554432, reservation: 16777216, swappiness: 10, disableOOMKiller: true},
		pids: {limit: 17}, cpu: {shares: 512, quota: 20000, period: 50000, cpus: "0", mems: "0"}}'
	[ "$(cat "$(dir memory)/memory.limit_in_bytes")" = 33554432 ]
	[ "$(cat "$(dir memory)/memory.soft_limit_in_bytes")" = 16777216 ]
	[ "$(cat "$(dir memory)/memory.swappiness")" = 10 ]
	grep -q 'oom_kill_disable 1' "$(dir memory)/memory.oom_control"
	[ "$(cat "$(dir pids)/pids.max")" = 17 ]
	[ "$(cat "$(dir cpu)/cpu.shares")" = 512 ]
	[ "$(cat "$(dir cpu)/cpu.cfs_quota_us")" = 20000 ]
	[ "$(cat "$(dir cpu)/cpu.cfs_period_us")" = 50000 ]
	[ "$(cat "$(dir cpuset)/cpuset.cpus")" = 0 ]
}

@test "limits for block devices: bytes and operations, read and written" {
	local number
	number=$(lsblk -dnro MAJ:MIN | head -1)
	[ -n "$number" ] && [ -e /sys/fs/cgroup/blkio/blkio.throttle.read_bps_device ] || skip "no block device, or no blkio controller"
	local device="major: ${number%:*}, minor: ${number#*:}"
	start_container ".linux.resources.blockIO = {throttleReadBpsDevice: [{$device, rate: 1048576}], throttleWriteBpsDevice: [{$device, rate: 2097152}],
		throttleReadIOPSDevice: [{$device, rate: 100}], throttleWriteIOPSDevice: [{$device, rate: 200}]}"
	[ "$(cat "$(dir blkio)/blkio.throttle.read_bps_device")" = "$number 1048576" ]
	[ "$(cat "$(dir blkio)/blkio.throttle.write_bps_device")" = "$number 2097152" ]
	[ "$(cat "$(dir blkio)/blkio.throttle.read_iops_device")" = "$number 100" ]
	[ "$(cat "$(dir blkio)/blkio.throttle.write_iops_device")" = "$number 200" ]
}

@test "limits: a file that the kernel does not have, in either of its names, is told" {
	bundle '.linux.resources.blockIO = {leafWeight: 10}'
	run tare create -b "$B" "$ID"
	fails
	has 'config.json#/linux/resources/blockIO/leafWeight: open blkio.leaf_weight'
	has 'kernel'
}

@test "limits: pids 0 is a limit: the process runs, and can't fork" {
	in_container 'echo alone; (echo child)' '.linux.resources.pids.limit = 0'
	[ "${lines[0]}" = alone ]
	lacks child
}

@test "limits: -1 is none, and the process feels the others" {
	start_container '.linux.resources += {pids: {limit: -1}}'
	[ "$(cat "$(dir pids)/pids.max")" = max ]
	tare delete --force "$ID"
	in_container 'for i in 1 2 3 4 5 6; do sleep 1 & done; wait' '.linux.resources.pids.limit = 3'
	has "can't fork"
	in_container 'dd if=/dev/zero of=/dev/null bs=64M count=1' '.linux.resources.memory.limit = 16777216'
	[ "$status" -ne 0 ]
}

@test "a limit that the kernel refuses is named, with its file, and all is undone" {
	local before
	before=$(snapshot)
	bundle '.linux.resources.cpu.cpus = "999"'
	run tare create -b "$B" "$ID"
	fails
	has 'config.json#/linux/resources/cpu/cpus'
	has 'cpuset.cpus'
	rmdir "$STATE"
	diff <(echo "$before") <(snapshot)
}

@test "device rules: in the config's order, then those that every container needs" {
	start_container '.linux.resources.devices = [{allow: false, access: "rwm"},
		{allow: true, type: "c", major: 10, minor: 200, access: "rw"}, {allow: true, type: "b", major: 7, minor: -1, access: "r"}]'
	run cat "$(dir devices)/devices.list"
	has 'c 10:200 rw'
	has 'b 7:* r'
	has 'c 1:3 rwm'
	has 'c 136:* rwm'
	lacks 'a *:* rwm'
	tare delete --force "$ID"
	start_container '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	[ "$(cat "$(dir devices)/devices.list")" = 'a *:* rwm' ]
}

@test "no device rules: no devices" {
	in_container 'head -c 1 /dev/vda; echo $?; head -c 1 /dev/zero | wc -c' 'del(.linux.resources) |
		.linux.devices = [{type: "b", path: "/dev/vda", major: 254, minor: 0}] |
		.process.capabilities.bounding += ["CAP_MKNOD"]'
	has 'Operation not permitted'
	[ "${lines[-1]}" = 1 ]
}

@test "a cgroup that has processes is refused with its path" {
	mkdir "/sys/fs/cgroup/pids/$ID-busy"
	sleep 100 3>&- &
	local pid=$!
	echo $pid >"/sys/fs/cgroup/pids/$ID-busy/cgroup.procs"
	bundle ".linux.cgroupsPath = \"/$ID-busy\""
	run tare create -b "$B" "$ID"
	fails
	has "/sys/fs/cgroup/pids/$ID-busy has processes"
	[ -d "/sys/fs/cgroup/pids/$ID-busy" ]
	kill $pid
	wait $pid || :
	rmdir "/sys/fs/cgroup/pids/$ID-busy"
}

@test "a cgroup with processes below it is refused: delete would kill them" {
	mkdir -p "/sys/fs/cgroup/pids/$ID-top/sub"
	sleep 100 3>&- &
	local pid=$!
	echo $pid >"/sys/fs/cgroup/pids/$ID-top/sub/cgroup.procs"
	bundle ".linux.cgroupsPath = \"/$ID-top\""
	run tare create -b "$B" "$ID"
	fails
	has "/sys/fs/cgroup/pids/$ID-top has processes"
	kill -0 $pid
	kill $pid
	wait $pid || :
	rmdir "/sys/fs/cgroup/pids/$ID-top/sub" "/sys/fs/cgroup/pids/$ID-top"
}

@test "--cgroup-manager disabled: none, and limits are refused" {
	bundle '.process.args = ["cat", "/proc/self/cgroup"] | .linux.resources = {}'
	run tare --cgroup-manager disabled run -b "$B" "$ID"
	succeeds
	lacks "tare-$ID"
	bundle '.linux.resources.pids.limit = 3'
	run tare --cgroup-manager disabled run -b "$B" "$ID"
	fails
	has 'config.json#/linux/resources'
}

@test "delete removes cgroups that the container has made in its own, with what runs there" {
	start_container '.mounts[6].options -= ["ro"] | .linux.namespaces |= map(select(.type != "pid")) |
		.process.args = ["sh", "-c", "mkdir /sys/fs/cgroup/pids/sub; sleep 1000 & echo $! >/sys/fs/cgroup/pids/sub/cgroup.procs; touch /ready; exec sleep 1000"]'
	eventually test -e "$B/rootfs/ready"
	[ -d "$(dir pids)/sub" ]
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	tare delete "$ID"
	[ -z "$(find /sys/fs/cgroup -name "tare-$ID")" ]
}

@test "the host's own cgroups are as they were" {
	[ -z "$(cat /sys/fs/cgroup/unified/cgroup.subtree_control 2>/dev/null)" ]
}

@test "annotations that are not honoured yet are warned of" {
	in_container 'echo ran' '.annotations = {"run.oci.delegate-cgroup": "x", "run.oci.systemd.subgroup": "y"}'
	has 'annotations/run.oci.delegate-cgroup'
	has 'annotations/run.oci.systemd.subgroup'
	has ran
}
