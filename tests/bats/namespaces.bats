# SPDX-License-Identifier: Apache-2.0
load helpers

teardown_test() {
	[ -z "$HOLDER" ] || pkill -9 -P "$HOLDER" || :
}

# A process that holds namespaces of its own, for others to join: in $HOLDER. The process is the first in its
# pid namespace.
hold() {
	unshare "$@" sh -c 'echo $$ >'"$BATS_TEST_TMPDIR/holder"'; exec sleep 1000' 3>&- >/dev/null 2>&1 &
	HOLDER=$!
	eventually test -s "$BATS_TEST_TMPDIR/holder"
	eventually pgrep -P "$HOLDER" -x sleep >/dev/null
}
holder_pid() { pgrep -P "$HOLDER" -x sleep; }

@test "new namespaces: each that is listed is new, each that is not is the caller's" {
	start_container '.linux.namespaces += [{type: "cgroup"}, {type: "time"}] | .linux.namespaces |= unique_by(.type)'
	local pid=$(pid_of "$ID") type
	for type in pid net ipc uts mnt cgroup time; do
		[ "$(ns_of "$pid" $type)" != "$(ns_of self $type)" ]
	done
	[ "$(ns_of "$pid" user)" = "$(ns_of self user)" ]
	tare delete --force "$ID"
	start_container '.linux.namespaces = [{type: "mount"}] | del(.hostname)'
	pid=$(pid_of "$ID")
	for type in pid net ipc uts cgroup time user; do
		[ "$(ns_of "$pid" $type)" = "$(ns_of self $type)" ]
	done
	[ "$(ns_of "$pid" mnt)" != "$(ns_of self mnt)" ]
}

@test "joined by path: network, ipc, uts, cgroup, time" {
	hold --net --ipc --uts --cgroup --time --fork
	local pid=$(holder_pid) type
	start_container ".linux.namespaces = [{type: \"mount\"}, {type: \"pid\"},
		{type: \"network\", path: \"/proc/$pid/ns/net\"}, {type: \"ipc\", path: \"/proc/$pid/ns/ipc\"},
		{type: \"uts\", path: \"/proc/$pid/ns/uts\"}, {type: \"cgroup\", path: \"/proc/$pid/ns/cgroup\"},
		{type: \"time\", path: \"/proc/$pid/ns/time\"}]"
	for type in net ipc uts cgroup time; do
		[ "$(ns_of "$(pid_of "$ID")" $type)" = "$(ns_of "$pid" $type)" ]
	done
}

@test "joined by path: pid, by way of a stager" {
	hold --pid --fork --kill-child
	local pid=$(holder_pid)
	start_container ".linux.namespaces |= map(select(.type != \"pid\")) + [{type: \"pid\", path: \"/proc/$pid/ns/pid\"}]"
	[ "$(ns_of "$(pid_of "$ID")" pid)" = "$(ns_of "$pid" pid)" ]
	[ "$(grep ^NSpid "/proc/$(pid_of "$ID")/status" | wc -w)" -eq 3 ]
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	tare delete "$ID"
	kill -0 "$pid"
}

@test "joined by path: user, and what it owns" {
	hold --user --map-root-user --net --ipc --fork
	local pid=$(holder_pid)
	chmod 755 "$B/rootfs"
	start_container ".linux.namespaces |= map(select(.type != \"network\" and .type != \"ipc\")) + [
		{type: \"user\", path: \"/proc/$pid/ns/user\"}, {type: \"network\", path: \"/proc/$pid/ns/net\"},
		{type: \"ipc\", path: \"/proc/$pid/ns/ipc\"}]"
	[ "$(ns_of "$(pid_of "$ID")" user)" = "$(ns_of "$pid" user)" ]
	[ "$(ns_of "$(pid_of "$ID")" net)" = "$(ns_of "$pid" net)" ]
}

@test "user: new, with maps; root in it is nobody outside" {
	start_container '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
	local pid=$(pid_of "$ID")
	[ "$(ns_of "$pid" user)" != "$(ns_of self user)" ]
	[ "$(tr -s ' ' <"/proc/$pid/uid_map")" = " 0 100000 65536" ]
	[ "$(tr -s ' ' <"/proc/$pid/gid_map")" = " 0 200000 65536" ]
	[ "$(stat -c %u:%g "/proc/$pid")" = 100000:200000 ]
}

@test "user: several maps, devices of its own, and /dev usable" {
	in_container 'id -u; cat /proc/self/uid_map; echo x >/dev/null && head -c 3 /dev/zero | wc -c; ls -l /dev/null; ! mount | grep devtmpfs' \
		'.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}, {containerID: 10, hostID: 300000, size: 100}] |
		.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 10}]'
	succeeds
	[ "${lines[0]}" = 0 ]
	has 300000
	has '1,   3'
}

@test "user: new, with a network namespace that outsiders own" {
	ip netns add "$ID"
	start_container ".linux.namespaces |= map(select(.type != \"network\")) + [{type: \"user\"},
		{type: \"network\", path: \"/run/netns/$ID\"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]"
	[ "$(stat -Lc %i "/proc/$(pid_of "$ID")/ns/net")" = "$(stat -c %i "/run/netns/$ID")" ]
	tare delete --force "$ID"
	ip netns delete "$ID"
}

@test "a namespace path of the wrong type, of no namespace, or missing is refused with its pointer" {
	local path says before
	before=$(snapshot)
	for path in /proc/self/ns/uts /etc/passwd /no/such/file; do
		bundle ".linux.namespaces[1].path = \"$path\""
		run tare create -b "$B" "$ID"
		fails
		has 'config.json#/linux/namespaces/1'
		[ ! -e "$STATE" ]
		diff <(echo "$before") <(snapshot)
	done
}

@test "loopback is up in a new network namespace, and the only interface" {
	in_container 'ip addr; ip link | grep -c mtu; nc -l -p 7 127.0.0.1 </dev/null & sleep 0.1; true'
	has 'LOOPBACK,UP'
	has '127.0.0.1/8'
}

@test "host name and domain name are the container's" {
	local before=$(hostname)
	in_container 'hostname; cat /proc/sys/kernel/domainname' '.hostname = "inside" | .domainname = "example.org"'
	[ "$output" = $'inside\nexample.org' ]
	[ "$(hostname)" = "$before" ]
}

@test "sysctls of the container's namespaces are set, in both spellings, and not the host's" {
	local before=$(cat /proc/sys/kernel/msgmax)
	in_container 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax' \
		'.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel/msgmax": "4242"}'
	[ "$output" = $'1\n4242' ]
	[ "$(cat /proc/sys/kernel/msgmax)" = "$before" ]
}

@test "no mount namespace: the container's mounts are below its root, and are gone with it" {
	local before
	bundle '.process.args = ["sh", "-c", "readlink /proc/self/ns/mnt; ls -d /bin; cat /proc/1/comm; grep -c . /proc/self/mountinfo; sleep 1000"] |
		.linux.namespaces |= map(select(.type != "mount"))'
	mkdir -p "$STATE"
	before=$(snapshot)
	tare create -b "$B" "$ID" >"$B/out" 2>"$B/err" </dev/null
	grep -q 'visible to other processes' "$B/err"
	grep -q " $B/rootfs/proc " /proc/self/mountinfo
	tare start "$ID"
	eventually grep -q '^mnt:' "$B/out"
	[ "$(head -1 "$B/out")" = "$(readlink /proc/self/ns/mnt)" ]
	[ "$(sed -n 2p "$B/out")" = /bin ]
	[ "$(readlink "/proc/$(pid_of "$ID")/root")" = "$B/rootfs" ]
	tare delete --force "$ID"
	diff <(echo "$before") <(snapshot)
}

@test "no mount namespace: a create that fails takes its mounts off" {
	local before
	bundle '.process.args = ["true"] | .linux.namespaces |= map(select(.type != "mount")) | .hooks.createRuntime = [{path: "/bin/false"}]'
	mkdir -p "$STATE"
	before=$(snapshot)
	run tare create -b "$B" "$ID"
	fails
	has /bin/false
	diff <(echo "$before") <(snapshot)
}

@test "no mount namespace: what is stacked on the root, and a root that is a link, do not keep delete from its work" {
	local before
	mv "$B/rootfs" "$B/real"
	ln -s real "$B/rootfs"
	mkdir -p "$STATE"
	bundle '.process.args = ["sleep", "1000"] | .linux.namespaces |= map(select(.type != "mount"))'
	before=$(snapshot)
	tare run -d -b "$B" "$ID" >/dev/null 2>&1 </dev/null
	mount -t tmpfs above "$B/real"
	run tare delete --force "$ID"
	if [ "$status" != 0 ]; then # a kernel without unique IDs of mounts
		has 'unmount what is stacked there'
		umount "$B/real"
		tare delete --force "$ID"
	fi
	diff <(echo "$before") <(snapshot)
	# The root is not ours any more: another's stays.
	tare run -d -b "$B" "$ID" >/dev/null 2>&1 </dev/null
	umount -R -l "$B/real"
	mount -t tmpfs another "$B/real"
	tare delete --force "$ID"
	grep -q " $B/real .* another " /proc/self/mountinfo
	umount "$B/real"
}

@test "no mount namespace: an image can't put a mount over the root, where it would stay" {
	local before
	ln -s / "$B/rootfs/hide"
	mkdir -p "$STATE"
	bundle '.process.args = ["true"] | .linux.namespaces |= map(select(.type != "mount")) | .mounts += [{destination: "/hide", type: "tmpfs", source: "tmpfs"}]'
	before=$(snapshot)
	run tare run -b "$B" "$ID"
	fails
	has 'config.json#/mounts/7: /hide resolves to the root'
	diff <(echo "$before") <(snapshot)
}

@test "mount namespace joined by path: its /proc is not trusted, and its file may be gone at delete" {
	mkdir "$B/victim" "$B/fake"
	mount -t tmpfs -o ro victim "$B/victim"
	unshare -m --propagation private sh -c "mount -t tmpfs fake /proc; mkdir -p /proc/self/fd; i=0; while [ \$i -lt 64 ]; do ln -s $B/victim /proc/self/fd/\$i; i=\$((i + 1)); done; touch $B/ready; exec sleep 1000" &
	local pid=$!
	eventually test -e "$B/ready"
	touch "$B/ns"
	mount --bind /proc/$pid/ns/mnt "$B/ns"
	bundle ".process.args = [\"sleep\", \"1000\"] | (.linux.namespaces[] | select(.type == \"mount\")).path = \"$B/ns\" |
		.mounts += [{destination: \"/t\", type: \"tmpfs\", source: \"tmpfs\", options: [\"iversion\"]}]"
	tare run -d -b "$B" "$ID" >/dev/null 2>&1 </dev/null
	local shown
	shown=$(nsenter -m/proc/$pid/ns/mnt cat /dev/null; grep " $B/victim " /proc/self/mountinfo)
	umount "$B/ns" "$B/victim"
	kill $pid
	[[ $shown == *" - tmpfs victim ro"* ]]
	tare delete --force "$ID"
}

@test "mount namespace joined by path: mounts are made in it, and taken off at delete" {
	unshare -m --propagation private sleep 1000 &
	local pid=$!
	different() { [ "$(ns_of $pid mnt)" != "$(ns_of self mnt)" ]; }
	eventually different
	bundle ".process.args = [\"sleep\", \"1000\"] | (.linux.namespaces[] | select(.type == \"mount\")).path = \"/proc/$pid/ns/mnt\" |
		.mounts += [{destination: \"/data\", type: \"bind\", source: \"$B\", options: [\"bind\", \"ro\"]}]"
	tare run -d -b "$B" "$ID" >/dev/null 2>&1 </dev/null
	[ "$(ns_of "$(pid_of "$ID")" mnt)" = "$(ns_of $pid mnt)" ]
	grep -q " $B/rootfs/data " /proc/$pid/mountinfo
	! grep -q " $B/rootfs" /proc/self/mountinfo
	[ "$(readlink "/proc/$pid/root")" = / ]
	tare delete --force "$ID"
	! grep -q " $B/rootfs" /proc/$pid/mountinfo
	kill $pid
}

@test "timeOffsets: the container's clocks are ahead, with and without a user namespace" {
	local more
	for more in . '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'; do
		in_container 'cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets' '.linux.namespaces += [{type: "time"}] |
			.linux.timeOffsets = {monotonic: {secs: 1000}, boottime: {secs: 7000000, nanosecs: 5}} | '"$more"
		succeeds
		[ "${lines[0]}" -ge 7000000 ]
		[ "$(tr -s ' ' <<<"${lines[1]}")" = "monotonic 1000 0" ]
		[ "$(tr -s ' ' <<<"${lines[2]}")" = "boottime 7000000 5" ]
	done
	in_container true '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: -100000000}}'
	fails
	has 'config.json#/linux/timeOffsets'
	has 'below 0'
}

@test "every combination of new namespaces, with and without a user namespace and a mount namespace" {
	local types=(pid network ipc uts cgroup time) mask i list user mount n=0
	local -A own
	for i in mnt pid net ipc uts cgroup time user; do own[$i]=$(ns_of self "$i"); done
	chmod -R a+rX "$B"
	for ((mask = 0; mask < 64; mask++)); do
		for user in '' user; do
			for mount in mount ''; do
				[ -z "$user" ] || [ -n "$mount" ] || continue # refused: nothing could be mounted
				list=$user\ $mount
				for i in "${!types[@]}"; do ((mask >> i & 1)) && list+=" ${types[i]}"; done
				bundle ".process.args = [\"sh\", \"-c\", \"for n in mnt pid net ipc uts cgroup time user; do readlink /proc/self/ns/\$n; done\"] |
					.linux.namespaces = (\"$list\" | split(\" \") | map(select(. != \"\") | {type: .})) | del(.hostname) |
					if \"$user\" != \"\" then .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings else . end |
					if [ \"$user\", $((mask >> 2 & 1)) ] == [\"user\", 0] then del(.mounts[] | select(.type == \"mqueue\")) else . end" # the ipc namespace's owner's, or the host's if it has one
				run tare run -b "$B" "$ID"
				output=$(grep -v '^tare: warning' <<<"$output")
				[ "$status" = 0 ] || { echo "$list: $output"; return 1; }
				for i in mount:mnt pid:pid network:net ipc:ipc uts:uts cgroup:cgroup time:time user:user; do
					case " $list " in
					*" ${i%:*} "*) [[ $output != *"${own[${i#*:}]}"* ]] || { echo "$list: ${i%:*} is the caller's"; return 1; } ;;
					*) [[ $output == *"${own[${i#*:}]}"* ]] || { echo "$list: ${i%:*} is not the caller's"; return 1; } ;;
					esac
				done
				n=$((n + 1))
			done
		done
	done
	echo "$n combinations"
	[ "$n" = 192 ]
}

# allow_only CALLS: as jq; any other call ends the process. On riscv64 it is not there (ENOSYS): libseccomp 2.5 has no name for riscv_hwprobe, which every
# program calls.
allow_only() {
	local other='{"defaultAction": "SCMP_ACT_KILL_PROCESS"}'
	[ "$(uname -m)" != riscv64 ] || other='{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38}'
	jq -rn --argjson other "$other" --arg calls "$1" '".linux.seccomp = \($other + {syscalls: [{names: ($calls | split(" ")), action: "SCMP_ACT_ALLOW"}]})"'
}
# What tare says that it calls after it has loaded a filter for a process that others could trace.
calls_of_tare() { sed -n '/^} later/,/^};/p' "$BATS_TEST_DIRNAME/../../src/plan/seccomp.c" | grep -o '"[a-z_0-9]*"' | tr -d '"' | tr '\n' ' '; }
calls_of_a_program() {
	local calls="execve brk arch_prctl set_tid_address set_robust_list rseq readlink getrandom mprotect getuid mmap munmap openat fstat newfstatat pread64 access faccessat readlinkat"
	! is_i386 || calls+=" set_thread_area getuid32 ugetrlimit"
	echo "$calls"
}

@test "a joined pid namespace: init has its ids, capabilities and filter as soon as others see it" {
	root_only
	start_container
	local pid
	pid=$(pid_of "$ID")
	bundle ".process.args = [\"sh\", \"-c\", \"ps; grep -E 'CapPrm|Seccomp:' /proc/self/status; true\"] | (.linux.namespaces[] | select(.type == \"pid\")).path = \"/proc/$pid/ns/pid\" |
		.process.user.uid = 1000 | .process.noNewPrivileges = false | .linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"mkdir\"], action: \"SCMP_ACT_ERRNO\"}]}"
	run tare plan --full "$B"
	# All but the session, the wait and the exec come before it is cloned.
	[[ $output == *"stager  caps"*"stager  clone"*"init    session"*"init    exec"* ]]
	[[ $output == *"stager  seccomp"*"stager  clone"* ]]
	run tare run -b "$B" "$ID-2"
	succeeds
	has 'sleep 1000'
	has 'CapPrm:	0000000000000000'
	has 'Seccomp:	2'
	# A limit of one process is enough.
	bundle ".process.args = [\"echo\", \"alone\"] | .linux.resources.pids.limit = 1 | (.linux.namespaces[] | select(.type == \"pid\")).path = \"/proc/$pid/ns/pid\""
	run tare run -b "$B" "$ID-3"
	[ "$output" = alone ]
	# A filter that could only be loaded later is refused.
	bundle ".process.args = [\"true\"] | .process.noNewPrivileges = false | (.linux.namespaces[] | select(.type == \"pid\")).path = \"/proc/$pid/ns/pid\" |
		.linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"setsid\"], action: \"SCMP_ACT_ERRNO\"}]}"
	run tare plan "$B"
	fails
	has 'could take CAP_SYS_ADMIN'
	run tare create -b "$B" "$ID-5"
	fails
	[ ! -e "$STATE/$ID-5" ]
	! wrapped || return 0 # tare makes other calls in place of hidden ones
	# One that denies what neither tare (with hooks and a terminal) nor the program calls.
	bundle ".process.args = [\"true\"] | .process.noNewPrivileges = false | .process.terminal = true | .hooks.startContainer = [{path: \"/bin/true\"}] |
		.process.rlimits += [{type: \"RLIMIT_NPROC\", soft: 1000, hard: 1000}] | $(allow_only "$(calls_of_tare) $(calls_of_a_program)") |
		(.linux.namespaces[] | select(.type == \"pid\")).path = \"/proc/$pid/ns/pid\""
	run timeout 30 "$BATS_TEST_DIRNAME/pty" talk 40x120 -- "$TARE" --root "$STATE" run -b "$B" "$ID-6"
	has 'status 0'
	run tare create --console-socket "$B/no" -b "$B" "$ID-6"
	lacks TARE-SECCOMP
	jq '.process.terminal = false' "$B/config.json" >"$B/config.new"
	mv "$B/config.new" "$B/config.json"
	tare create -b "$B" "$ID-6" >"$B/out" 2>&1 </dev/null
	tare start "$ID-6"
	eventually is_status "$ID-6" stopped
	[ ! -s "$B/out" ]
	bundle ".process.args = [\"sleep\", \"1000\"] | .process.noNewPrivileges = false | $(allow_only "$(calls_of_tare) $(calls_of_a_program) nanosleep clock_nanosleep") |
		(.linux.namespaces[] | select(.type == \"pid\")).path = \"/proc/$pid/ns/pid\""
	tare run -d -b "$B" "$ID-7" >/dev/null 2>&1 </dev/null
	run tare exec --pid-file "$B/pid" "$ID-7" true
	succeeds
	[ -s "$B/pid" ]
	# createContainer hooks and those of start run; the pid that they get is that of a process in the container.
	bundle ".process.args = [\"true\"] | (.linux.namespaces[] | select(.type == \"pid\")).path = \"/proc/$pid/ns/pid\" |
		.hooks.createContainer = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"jq .pid >$B/hooked; readlink /proc/self/ns/mnt >>$B/hooked\"]}]"
	run tare run -b "$B" "$ID-4"
	succeeds
	[ "$(sed -n 2p "$B/hooked")" != "$(readlink /proc/self/ns/mnt)" ]
}
