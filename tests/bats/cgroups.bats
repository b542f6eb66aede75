# SPDX-License-Identifier: Apache-2.0
# On every layout: v1, hybrid, v2 (tests/vm/), with either driver (MANAGER). Where the layouts differ, the test says so.
load helpers
# bats file_tags=cgroup

[ "${MANAGER:-}" != systemd ] || SCOPE=.scope
by_path() { [ -z "${SCOPE:-}" ] || skip "a scope has no path of its own choice: tests/vm/scope.bats"; }
privileged() { [ "$(id -u)" = 0 ] || skip "devices need root"; }
on_v2() { [ -e /sys/fs/cgroup/cgroup.controllers ]; } # alone, not beside v1
MOUNT='.mounts |= map(select(.destination != "/sys/fs/cgroup")) + [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "relatime"'
WRITABLE="$MOUNT]}]" READONLY="$MOUNT, \"ro\"]}]"
# The cgroup below which the caller may make some, and its directory in one hierarchy.
base() { [ "$(id -u)" = 0 ] || sed -n 's|^0::\(.*\)/[^/]*$|\1|p' /proc/self/cgroup; }
top() { if on_v2; then echo "/sys/fs/cgroup$(base)"; else echo /sys/fs/cgroup/pids; fi; }

@test "a container is in a cgroup of its own in every hierarchy, below the caller's; delete removes them" {
	start_container
	run cat "/proc/$(pid_of "$ID")/cgroup"
	[ "$(grep -c "/tare-$ID${SCOPE:-}\$" <<<"$output")" -eq "$(awk '{ sub(/.* - /, "") } /^cgroup/ { print $NF }' /proc/self/mountinfo | sort -u | wc -l)" ]
	tare delete --force "$ID"
	[ -z "$(find /sys/fs/cgroup -name "tare-$ID${SCOPE:-}")" ]
}

@test "cgroupsPath: absolute from the root, relative from the caller's; what was made above goes too" {
	by_path
	start_container ".linux.cgroupsPath = \"$(base)/$ID-top/mid/leaf\""
	grep -q ":$(base)/$ID-top/mid/leaf$" "/proc/$(pid_of "$ID")/cgroup"
	tare delete --force "$ID"
	[ -z "$(find /sys/fs/cgroup -name "$ID-top")" ]
	mkdir "$(top)/$ID-top"
	start_container ".linux.cgroupsPath = \"$(base)/$ID-top/leaf\""
	tare delete --force "$ID"
	rmdir "$(top)/$ID-top"
	start_container ".linux.cgroupsPath = \"$ID-rel\""
	# v2: beside the caller's, since one with processes has no controllers below it.
	local own
	own=$(if on_v2; then sed -n 's|^0::\(.*\)/[^/]*$|\1|p' /proc/self/cgroup; else sed -n 's/^[0-9]*:pids://p' /proc/self/cgroup; fi)
	grep -q "\(:pids:\|^0::\)${own%/}/$ID-rel$" "/proc/$(pid_of "$ID")/cgroup"
}

@test "limits for memory, pids and cpu" {
	controllers memory
	start_container '.linux.resources += {memory: {limit: 33554432, reservation: 16777216},
		pids: {limit: 17}, cpu: {shares: 512, quota: 20000, period: 50000}}'
	[ "$(value memory.max)" = 33554432 ]
	[ "$(value memory.low)" = 16777216 ]
	[ "$(value pids.max)" = 17 ]
	[ "$(value cpu.weight)" = 512/59 ]
	[ "$(value cpu.max)" = "20000 50000" ]
}

@test "limits: processors and memory nodes" {
	controllers cpuset
	start_container '.linux.resources.cpu = {cpus: "0", mems: "0"}'
	[ "$(content cpuset.cpus)" = 0 ]
	[ "$(content cpuset.mems)" = 0 ]
	[ "$(grep Cpus_allowed_list "/proc/$(pid_of "$ID")/status" | cut -f2)" = 0 ]
}

@test "limits: what only v1 has is refused on v2, by its name" {
	controllers memory
	local memory='{swappiness: 10, disableOOMKiller: true}'
	if on_v2; then
		bundle ".linux.resources.memory = $memory"
		run tare create -b "$B" "$ID"
		fails
		has "config.json#/linux/resources/memory/swappiness: it can't be expressed on cgroup v2"
		return
	fi
	start_container ".linux.resources.memory = $memory"
	[ "$(content memory.swappiness)" = 10 ]
	content memory.oom_control | grep -q 'oom_kill_disable 1'
}

@test "limits: unified, by the files' own names" {
	controllers memory
	if ! on_v2; then
		bundle '.linux.resources.unified = {"memory.high": "1000000"}'
		run tare create -b "$B" "$ID"
		fails
		has "config.json#/linux/resources/unified/memory.high: it can't be expressed on cgroup v1"
		return
	fi
	start_container '.linux.resources.unified = {"memory.high": "16777216", "pids.max": "33"}'
	[ "$(content memory.high)" = 16777216 ]
	[ "$(content pids.max)" = 33 ]
}

@test "limits for block devices: bytes and operations, read and written" {
	local number
	number=$(lsblk -dnro MAJ:MIN | head -1)
	[ -n "$number" ] || skip "there is no block device"
	local device="major: ${number%:*}, minor: ${number#*:}"
	start_container ".linux.resources.blockIO = {throttleReadBpsDevice: [{$device, rate: 1048576}], throttleWriteBpsDevice: [{$device, rate: 2097152}],
		throttleReadIOPSDevice: [{$device, rate: 100}], throttleWriteIOPSDevice: [{$device, rate: 200}]}"
	if on_v2; then
		[ "$(content io.max)" = "$number rbps=1048576 wbps=2097152 riops=100 wiops=200" ]
		return
	fi
	[ "$(content blkio.throttle.read_bps_device)" = "$number 1048576" ]
	[ "$(content blkio.throttle.write_bps_device)" = "$number 2097152" ]
	[ "$(content blkio.throttle.read_iops_device)" = "$number 100" ]
	[ "$(content blkio.throttle.write_iops_device)" = "$number 200" ]
}

@test "limits: a file that the kernel does not have, in either of its names, is told" {
	bundle '.linux.resources.blockIO = {leafWeight: 10}'
	run tare create -b "$B" "$ID"
	fails
	has 'config.json#/linux/resources/blockIO/leafWeight:'
	if on_v2; then has "it can't be expressed on cgroup v2"; else has 'open blkio.leaf_weight' && has kernel; fi
}

@test "limits: pids 0 is a limit: the process runs, and can't fork" {
	in_container 'echo alone; (echo child)' '.linux.resources.pids.limit = 0'
	[ "${lines[0]}" = alone ]
	lacks child
}

@test "limits: -1 is none, and the process feels the others" {
	start_container '.linux.resources += {pids: {limit: -1}}'
	[ "$(value pids.max)" = max ]
	tare delete --force "$ID"
	in_container 'for i in 1 2 3 4 5 6; do sleep 1 & done; wait' '.linux.resources.pids.limit = 3'
	has "can't fork"
	in_container 'dd if=/dev/zero of=/dev/null bs=64M count=1' '.linux.resources.memory.limit = 16777216'
	[ "$status" -ne 0 ]
}

@test "a limit that the kernel refuses is named, with its file, and all is undone" {
	local before
	before=$(snapshot)
	bundle '.linux.resources.cpu = {quota: 20000, period: 99999999}'
	run tare create -b "$B" "$ID"
	fails
	has 'config.json#/linux/resources/cpu/'
	has 'to cpu.'
	rmdir "$STATE"
	diff <(echo "$before") <(snapshot)
}

@test "device rules: in the config's order, then those that every container needs" {
	privileged
	may() { [[ $(in_its_cgroup sh -c ": <$B/$1" 2>&1) != *'not permitted'* ]]; } # which need not mean that it exists
	mknod "$B/tun" c 10 200
	mknod "$B/loop" b 7 3
	mknod "$B/null" c 1 3
	mknod "$B/pts" c 136 9
	mknod "$B/kmsg" c 1 11
	start_container '.linux.resources.devices = [{allow: false, access: "rwm"},
		{allow: true, type: "c", major: 10, minor: 200, access: "rw"}, {allow: true, type: "b", major: 7, minor: -1, access: "r"},
		{allow: true, type: "c", major: 1, minor: 11, access: "rwm"}, {allow: false, type: "c", major: 1, minor: 11, access: "r"}]'
	may tun
	may loop
	may null
	may pts
	! may kmsg
	in_its_cgroup mknod "$B/made" c 1 11
	! in_its_cgroup mknod "$B/more" b 7 4
	tare delete --force "$ID"
	start_container '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	may kmsg
	tare delete --force "$ID"
	start_container '.linux.resources.devices = [{allow: true, access: "rwm"}, {allow: false, type: "c", major: 1, minor: 11, access: "rwm"}, {allow: false, type: "c", major: 1, minor: 3, access: "rwm"}]'
	may null
	! may kmsg
}

@test "no device rules: no devices" {
	privileged
	in_container 'head -c 1 /dev/kmsg; echo $?; head -c 1 /dev/zero | wc -c' 'del(.linux.resources) |
		.linux.devices = [{type: "c", path: "/dev/kmsg", major: 1, minor: 11}] |
		.process.capabilities.bounding += ["CAP_MKNOD"]'
	has 'Operation not permitted'
	[ "${lines[-1]}" = 1 ]
}

@test "a cgroup that has processes is refused with its path" {
	by_path
	mkdir "$(top)/$ID-busy"
	sleep 100 >/dev/null 2>&1 3>&- &
	local pid=$!
	echo $pid >"$(top)/$ID-busy/cgroup.procs"
	bundle ".linux.cgroupsPath = \"$(base)/$ID-busy\""
	run tare create -b "$B" "$ID"
	fails
	has "$(top)/$ID-busy has processes"
	[ -d "$(top)/$ID-busy" ]
	kill $pid
	wait $pid || :
	rmdir "$(top)/$ID-busy"
}

@test "a cgroup with processes below it is refused: delete would kill them" {
	by_path
	mkdir -p "$(top)/$ID-top/sub"
	sleep 100 >/dev/null 2>&1 3>&- &
	local pid=$!
	echo $pid >"$(top)/$ID-top/sub/cgroup.procs"
	bundle ".linux.cgroupsPath = \"$(base)/$ID-top\""
	run tare create -b "$B" "$ID"
	fails
	has "$(top)/$ID-top has processes"
	kill -0 $pid
	kill $pid
	wait $pid || :
	rmdir "$(top)/$ID-top/sub" "$(top)/$ID-top"
}

@test "nested: a container in a container has its limits in a part of the outer one's cgroup, and leaves nothing there" {
	controllers memory
	! wrapped || skip "the program that hides calls is not in the outer container"
	root_only
	local caps='["CAP_SYS_ADMIN","CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FOWNER","CAP_MKNOD","CAP_SETUID","CAP_SETGID","CAP_SYS_CHROOT","CAP_SETPCAP","CAP_SYS_PTRACE","CAP_NET_ADMIN","CAP_KILL"]'
	mkdir -p "$B/rootfs"/{lib,lib64,usr,run,inner/state,inner/rootfs,tare}
	make_rootfs "$B/rootfs/inner/rootfs"
	base_config | jq '.root.path = "rootfs" | .process.args = ["cat", "/proc/self/cgroup"] | .linux.resources += {memory: {limit: 33554432}, pids: {limit: 20}}' >"$B/rootfs/inner/config.json"
	# v2: one that has processes hands no controllers on, so they go into one below first.
	cat >"$B/rootfs/inner/sh" <<-'EOF'
		[ ! -e /sys/fs/cgroup/cgroup.procs ] || { mkdir /sys/fs/cgroup/init && echo 0 >/sys/fs/cgroup/init/cgroup.procs; }
		/tare/tare --root /inner/state run -b /inner in || exit
		sed -i 's/"cat"/"sleep"/; s|"/proc/self/cgroup"|"1000"|' /inner/config.json
		/tare/tare --root /inner/state run -d -b /inner in </dev/null >/dev/null || exit
		cat /sys/fs/cgroup/tare-in/memory.max /sys/fs/cgroup/memory/tare-in/memory.limit_in_bytes 2>/dev/null
		/tare/tare --root /inner/state exec in echo entered
		/tare/tare --root /inner/state delete --force in
		ls -d /sys/fs/cgroup/tare-in /sys/fs/cgroup/*/tare-in 2>/dev/null
		exit 0
	EOF
	bundle "$WRITABLE | .process.args = [\"sh\", \"/inner/sh\"] | .linux.namespaces |= map(select(.type != \"cgroup\")) + [{type: \"cgroup\"}] | .linux.maskedPaths = [] | .linux.readonlyPaths = [] |
		.linux.resources.devices = [{allow: true, access: \"rwm\"}] | .process.capabilities = {bounding: $caps, effective: $caps, permitted: $caps} |
		.mounts += [{destination: \"/tare\", source: \"$(dirname "$(realpath "$(command -v "$TARE")")")\", type: \"bind\", options: [\"rbind\", \"ro\"]}] +
			[\"/lib\", \"/lib64\", \"/usr\" | {destination: ., source: ., type: \"bind\", options: [\"rbind\", \"ro\"]}]"
	run tare run -b "$B" "$ID"
	succeeds
	has 33554432
	has entered
	lacks /sys/fs/cgroup
}

@test "cgroups that are mounted read-only are none: limits are refused, and none means no fuss" {
	root_only
	local mounts
	mounts=$(awk '{ sub(/ - .*/, " " $0) } $0 ~ / - cgroup2? / { print $5 }' /proc/self/mountinfo | sort -u)
	bundle '.process.args = ["true"]'
	unshare -m --propagation private sh -c "for m in $(tr '\n' ' ' <<<"$mounts"); do mount -o remount,bind,ro \$m || exit; done; exec \"\$@\"" sh \
		"$TARE" --root "$STATE" run -b "$B" "$ID"
	bundle '.process.args = ["true"] | .linux.resources.pids.limit = 5'
	run unshare -m --propagation private sh -c "for m in $(tr '\n' ' ' <<<"$mounts"); do mount -o remount,bind,ro \$m || exit; done; exec \"\$@\"" sh \
		"$TARE" --root "$STATE" run -b "$B" "$ID"
	fails
	has 'config.json#/linux/resources: the cgroup hierarchies are mounted read-only here'
}

@test "a static program that does nothing runs within 512 KiB" {
	controllers memory
	local program
	program=$(dirname "$(realpath "$(command -v "$TARE")")")/tests/bats/nothing
	[ -x "$program" ] || skip "make check builds $program"
	cp "$program" "$B/rootfs/nothing"
	bundle '.process.args = ["/nothing"] | .linux.resources.memory = {limit: 524288}'
	run tare run -b "$B" "$ID"
	succeeds
}

@test "limits: rdma and misc: a device or a resource that the kernel does not have is named with its file" {
	privileged
	on_v2 || skip "neither controller is on this machine's hierarchies"
	[ "${MANAGER:-}" != systemd ] || skip "systemd hands neither controller on"
	grep -qw rdma /sys/fs/cgroup/cgroup.controllers || skip "this kernel has no rdma controller"
	grep -qw misc /sys/fs/cgroup/cgroup.controllers || skip "this kernel has no misc controller"
	bundle '.linux.resources.rdma = {mlx5_1: {hcaHandles: 3, hcaObjects: 10000}}'
	run tare run -b "$B" "$ID"
	fails
	has 'config.json#/linux/resources/rdma/mlx5_1: write mlx5_1 hca_handle=3 hca_object=10000 to rdma.max: '
	bundle '.linux.resources.unified = {"misc.max": "res_a 1"}'
	run tare run -b "$B" "$ID"
	fails
	has 'config.json#/linux/resources/unified/misc.max: write res_a 1 to misc.max: '
	start_container '.linux.resources.unified = {"misc.max": ""}'
	[ -e "$(cgroup_file "$ID" misc.max)" ]
	[ -e "$(cgroup_file "$ID" rdma.max)" ]
}

@test "limits: huge pages, also where their controller is cgroup2's beside v1" {
	privileged
	local size
	size=$(ls /sys/kernel/mm/hugepages 2>/dev/null | grep -x hugepages-2048kB) || skip "this kernel has no huge pages"
	if [ ! -e /sys/fs/cgroup/hugetlb ] && ! grep -qsw hugetlb /sys/fs/cgroup/{,unified/}cgroup.subtree_control; then
		skip "the root of cgroup2 does not hand hugetlb on, and is not ours to change: tests/vm/hugetlb"
	fi
	start_container '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]'
	[ "$(content hugetlb.2MB.max || content hugetlb.2MB.limit_in_bytes)" = 4194304 ]
}

@test "--cgroup-manager disabled: none, and limits are refused" {
	bundle '.process.args = ["cat", "/proc/self/cgroup"] | .linux.resources = {}'
	run tare --cgroup-manager disabled run -b "$B" "$ID"
	succeeds
	lacks "tare-$ID${SCOPE:-}"
	bundle '.linux.resources.pids.limit = 3'
	run tare --cgroup-manager disabled run -b "$B" "$ID"
	fails
	has 'config.json#/linux/resources'
}

@test "delete removes cgroups that the container has made in its own, with what runs there" {
	local d=/sys/fs/cgroup
	on_v2 || d+=/pids
	start_container "$WRITABLE | .linux.namespaces |= map(select(.type != \"pid\")) |
		.process.args = [\"sh\", \"-c\", \"mkdir $d/sub; sleep 1000 & echo \$! >$d/sub/cgroup.procs; touch /ready; exec sleep 1000\"]"
	eventually test -e "$B/rootfs/ready"
	[ -n "$(find /sys/fs/cgroup -path "*/tare-$ID${SCOPE:-}/sub")" ]
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	tare delete "$ID"
	[ -z "$(find /sys/fs/cgroup -name "tare-$ID${SCOPE:-}")" ]
}

@test "the cgroup mount: read-only and writable, with and without a cgroup namespace" {
	local d=/sys/fs/cgroup namespaces
	on_v2 || d+=/pids
	for namespaces in '.linux.namespaces |= map(select(.type != "cgroup"))' "$OWN_CGROUPS"; do
		in_container "cat $d/cgroup.procs | grep -c . ; mkdir $d/sub && echo made" "$namespaces | $READONLY"
		has 'Read-only file system'
		[ "${lines[0]}" -ge 1 ]
		# Without a namespace /sys/fs/cgroup is the whole of v2, and the container's own cgroup is where it says.
		in_container "cat $d/cgroup.procs | grep -c . ; mkdir $d/sub || mkdir $d\$(sed -n s/^0:://p /proc/self/cgroup)/sub && echo made" "$namespaces | $WRITABLE"
		has made
	done
}

@test "the cgroup mount: rro, and several words in one option, are read-only too" {
	local d=/sys/fs/cgroup namespaces options
	on_v2 || d+=/pids
	for namespaces in '.linux.namespaces |= map(select(.type != "cgroup"))' "$OWN_CGROUPS"; do
		for options in '["rro", "nosuid"]' '["nosuid,ro"]' '["rw", "ro"]'; do
			in_container "mkdir $d/sub && echo made; mkdir $d\$(sed -n s/^0:://p /proc/self/cgroup)/sub && echo made" \
				"$namespaces | $READONLY | (.mounts[] | select(.destination == \"/sys/fs/cgroup\")).options = $options"
			lacks made
		done
	done
}

@test "ownership: the container's root may make cgroups where it has a cgroup namespace and a writable mount, on v2 only" {
	privileged
	local mapped='.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "user"}, {type: "cgroup"}]) | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | .process.args = ["sh", "-c", "mkdir /sys/fs/cgroup/sub && echo 0 >/sys/fs/cgroup/sub/cgroup.procs && echo made; sleep 1000"]'
	chown -R 100000:100000 "$B/rootfs"
	start_container "$mapped | $WRITABLE"
	local procs
	procs=$(cgroup_file "$ID" cgroup.procs)
	if on_v2; then
		eventually grep -q made "$BATS_TEST_TMPDIR/out"
		[ "$(stat -c %u "${procs%/sub/*}/cgroup.subtree_control")" = 100000 ]
		[ "$(stat -c %u "${procs%/sub/*}/memory.max")" = 0 ]
	else
		[ "$(stat -c %u "$procs")" = 0 ]
	fi
	tare delete --force "$ID"
	start_container "$mapped | $READONLY"
	[ "$(stat -c %u "$(cgroup_file "$ID" cgroup.procs)")" = 0 ]
}

@test "a second mount of a hierarchy is not looked at: it may be that of a container which is just ending" {
	root_only
	bundle
	mkdir "$B/first" "$B/second"
	# The first of these is for a machine that has v1 alone, whose first mount of cgroup2 this is.
	run env --chdir="$B" unshare -m --propagation private sh -c 'mount -t cgroup2 none first && mount -t cgroup2 none second && mount --bind /proc/self/mem second/cgroup.controllers && exec "$@"' sh "$TARE" --root "$STATE" plan "$B"
	succeeds
	lacks "$B/second"
}

@test "a hierarchy that something else is mounted over is none" {
	privileged
	unshare -m sh -c "mount -t tmpfs tmpfs /sys/fs/cgroup; $TARE plan --print-host" | jq -e '.cgroups == null or (.cgroups | length) == 0'
}

@test "a hierarchy is found, or is not, the same way beside a thousand mounts" {
	privileged
	mkdir -p "$B"
	# Each one doubles them.
	local many='mount -t tmpfs none "$0" && cd "$0" && mkdir 0 1 2 3 4 5 6 7 8 9 && for i in *; do mount --rbind "$0" "$0/$i" || exit; done'
	[ "$(unshare -m --propagation private sh -c "$many && grep -c ^ /proc/self/mountinfo" "$B")" -gt 1000 ]
	unshare -m --propagation private "$TARE" plan --print-host | jq .cgroups >"$BATS_TEST_TMPDIR/few"
	[ "$(jq length "$BATS_TEST_TMPDIR/few")" != 0 ]
	unshare -m --propagation private sh -c "$many && exec $TARE plan --print-host" "$B" | jq .cgroups | cmp - "$BATS_TEST_TMPDIR/few"
	# Behind those: hidden; hidden, and there again.
	unshare -m --propagation private sh -c "$many && mount -t tmpfs tmpfs /sys/fs/cgroup && exec $TARE plan --print-host" "$B" | jq -e '.cgroups == null or (.cgroups | length) == 0'
	if mountpoint -q /sys/fs/cgroup/memory; then # covered by a part of itself
		local part="mkdir -p /sys/fs/cgroup/memory/bats-$$ && mount --bind /sys/fs/cgroup/memory/bats-$$ /sys/fs/cgroup/memory"
		unshare -m --propagation private sh -c "$part && exec $TARE plan --print-host" | jq .cgroups >"$BATS_TEST_TMPDIR/part"
		unshare -m --propagation private sh -c "$many && $part && exec $TARE plan --print-host" "$B" | jq .cgroups | cmp - "$BATS_TEST_TMPDIR/part"
		rmdir "/sys/fs/cgroup/memory/bats-$$"
	fi
	unshare -m --propagation private sh -c "$many && mkdir kept && mount --rbind /sys/fs/cgroup kept && mount -t tmpfs tmpfs /sys/fs/cgroup && mount --rbind kept /sys/fs/cgroup && umount -l kept && exec $TARE plan --print-host" "$B" |
		jq .cgroups | cmp - "$BATS_TEST_TMPDIR/few"
}

@test "the host's own cgroups are as they were" {
	[ -z "$(cat /sys/fs/cgroup/unified/cgroup.subtree_control 2>/dev/null)" ]
}

@test "annotations that are not honoured yet, or not here, are warned of" {
	in_container 'echo ran' '.annotations = {"run.oci.delegate-cgroup": "x", "run.oci.systemd.subgroup": "y"}'
	has 'annotations/run.oci.delegate-cgroup'
	[ -n "${SCOPE:-}" ] || has 'annotations/run.oci.systemd.subgroup'
	has ran
}

@test "an explicit cgroupsPath that can't be had is refused" {
	root_only
	mkdir -p "$STATE"
	chown 12345 "$STATE"
	chown -R 12345 "$B"
	as_user "$TARE" spec --rootless -f - | jq ".process.terminal = false | .linux.cgroupsPath = \"/$ID\"" >"$B/config.json"
	run as_user "$TARE" --root "$STATE" create -b "$B" "$ID"
	fails
	has "config.json#/linux/cgroupsPath: no cgroup is delegated to you"
}

@test "rootless without a cgroup and a pid namespace: that processes stay is said at create and at delete" {
	root_only
	mkdir -p "$STATE"
	chown 12345 "$STATE"
	chown -R 12345 "$B"
	as_user "$TARE" spec --rootless -f - | jq '.process.terminal = false | .process.args = ["sleep", "1000"] | .linux.namespaces |= map(select(.type != "pid")) |
		.mounts |= map(select(.type != "proc"))' >"$B/config.json"
	as_user "$TARE" --root "$STATE" create -b "$B" "$ID" </dev/null >"$B/out" 2>&1
	grep -q "without a cgroup and a pid namespace of its own" "$B/out"
	run as_user "$TARE" --root "$STATE" delete --force "$ID"
	succeeds
	has 'may still run'
}

@test "an id of 255 characters, and nested cgroups whose path is longer than a page" {
	local long
	long=$(printf 'x%.0s' {1..255})
	bundle '.process.args = ["echo", "ran"]'
	run tare run -b "$B" "$long"
	succeeds
	[ "$output" = ran ]
	tare create -b "$B" --pid-file "$B/$(printf 'p%.0s' {1..250})" "$long" </dev/null >/dev/null 2>&1
	[ "$(tare exec "$long" echo in)" = in ]
	tare delete --force "$long"
	[ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "*$long*")" ]
}

@test "a relative --root is the same directory for every command" {
	bundle ".process.args = [\"sleep\", \"1000\"] | .hooks.createRuntime = [{path: \"/bin/true\"}]"
	(cd "$BATS_TEST_TMPDIR" && "$TARE" --root state create -b "$B" "$ID" </dev/null >/dev/null 2>&1)
	[ "$(tare state "$ID" | jq -r .status)" = created ]
	(cd "$BATS_TEST_TMPDIR" && "$TARE" --root ./state start "$ID" && "$TARE" --root state delete --force "$ID")
	[ ! -e "$STATE/$ID" ]
}

@test "a runtime that is nested deeper than a page of /proc/self/cgroup finds its cgroup" {
	root_only
	local dir i
	dir=$(dirname "$(find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs | head -1)")
	run bash -c "cd '$dir' && mkdir '$ID' && cd '$ID' && for ((i = 0; i < 20; i++)); do mkdir $(printf 'n%.0s' {1..220}) && cd $(printf 'n%.0s' {1..220}); done && echo \$\$ >cgroup.procs && { cat /proc/self/cgroup >/dev/null 2>&1 || exit 77; } && exec '$TARE' plan --print-host"
	[ "$status" -ne 77 ] || { find "$dir/$ID" -depth -type d -delete; skip "this kernel does not tell the name of such a cgroup"; }
	echo "$output" | jq -e '.cgroups | length > 0' >/dev/null
	find "$dir/$ID" -depth -type d -delete
}

@test "two limits in a row of one file, which the kernel has under its other name only: each has its own turn" {
	root_only
	bundle '.process.args = ["true"] | .linux.resources.blockIO = {weightDevice: [{major: 7, minor: 0, weight: 100}, {major: 7, minor: 1, weight: 200}]}'
	run tare run -b "$B" "$ID"
	# It depends on the scheduler of the device whether it can have a weight; an error says what was written to which file.
	[ "$status" -eq 0 ] || [[ $output =~ weight[a-z_]*:\ [a-z] ]]
}

@test "cgroups that were made above several containers go with the last of them, whichever that is; what was there stays" {
	root_only
	[ -z "${MANAGER:-}" ] || skip "systemd has slices of its own"
	local order first
	for order in '1 2 3' '3 1 2'; do
		for n in 1 2 3; do
			bundle ".process.args = [\"sleep\", \"1000\"] | .linux.cgroupsPath = \"/$ID-above/deep/$n\""
			tare create -b "$B" "$ID-$n" </dev/null >/dev/null 2>&1
		done
		for n in $order; do
			[ -n "$(find /sys/fs/cgroup -maxdepth 3 -type d -path "*/$ID-above/deep")" ]
			tare delete --force "$ID-$n"
		done
		[ -z "$(find /sys/fs/cgroup -maxdepth 2 -type d -name "$ID-above")" ]
	done
	for first in /sys/fs/cgroup/pids /sys/fs/cgroup; do [ ! -d "$first" ] || break; done
	mkdir "$first/$ID-above"
	bundle ".process.args = [\"true\"] | .linux.cgroupsPath = \"/$ID-above/deep/1\""
	tare run -b "$B" "$ID"
	[ "$(find /sys/fs/cgroup -maxdepth 3 -type d -path "*/$ID-above*")" = "$first/$ID-above" ]
	rmdir "$first/$ID-above"
}
