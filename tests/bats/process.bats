# SPDX-License-Identifier: Apache-2.0
load helpers

caps_of() { grep "^Cap$1" <<<"$output" | cut -f2; }

@test "args, env, cwd" {
	mkdir -p "$B/rootfs/work/here"
	in_container 'pwd; echo "$A-$0-$1"; env | grep -c ^A=' \
		'.process.args += ["zero", "one two"] | .process.env += ["A=1", "A=2"] | .process.cwd = "/work/here"'
	[ "${lines[0]}" = /work/here ]
	[ "${lines[1]}" = "2-zero-one two" ]
	[ "${lines[2]}" = 1 ]
}

@test "env: values keep newlines, equal signs and spaces; a text without = passes as it is" {
	bundle '.process.args = ["env"] | .process.env = ["PATH=/bin", "X=a\nb=c d", "plain", "HOME=/h"]'
	run tare run -b "$B" "$ID"
	[ "$output" = $'PATH=/bin\nX=a\nb=c d\nplain\nHOME=/h' ]
}

@test "cwd that is missing is made; one that is a file is refused" {
	in_container pwd '.process.cwd = "/new/dir"'
	[ "$output" = /new/dir ]
	touch "$B/rootfs/file"
	in_container pwd '.process.cwd = "/file"'
	fails
	has 'config.json#/process/cwd'
	has 'not a directory'
}

@test "cwd through /proc/self/fd leads nowhere" {
	local n
	for n in 3 4 5 6 7 8 9 10 11 12 20; do
		in_container 'ls ../../../../../.. . ; pwd' ".process.cwd = \"/proc/self/fd/$n\""
		lacks boot
		[ "$status" -ne 0 ] || [[ ${lines[-1]} == /proc/* ]] || { hides openat2 && [ "${lines[-1]}" = / ]; } # the container's own
	done
}

@test "the program is looked up in the container's PATH" {
	mkdir "$B/rootfs/opt"
	printf '#!/bin/sh\necho found\n' >"$B/rootfs/opt/tool"
	chmod +x "$B/rootfs/opt/tool"
	bundle '.process.args = ["tool"] | .process.env = ["PATH=/nowhere:/opt:/bin"]'
	run tare run -b "$B" "$ID"
	[ "$output" = found ]
	bundle '.process.args = ["./tool"] | .process.cwd = "/opt"'
	run tare run -b "$B" "$ID"
	[ "$output" = found ]
}

@test "a program that can't be run: the words that engines look for, at create" {
	touch "$B/rootfs/plain"
	local program says
	while IFS='|' read -r program says; do
		bundle ".process.args = [\"$program\"]"
		run tare create -b "$B" "$ID"
		fails
		has "$says"
		has 'config.json#/process/args/0'
		[ ! -e "$STATE/$ID" ]
	done <<-'EOF'
		nonesuch|exec: "nonesuch": executable file not found in $PATH
		/no/such|exec: "/no/such": stat /no/such: no such file or directory
		/etc|exec: "/etc": is a directory
		/plain|exec: "/plain": permission denied
	EOF
}

@test "HOME from the container's passwd, and / for a uid that is not in it" {
	local uid home
	while read -r uid home; do
		in_container 'echo $HOME' ".process.user.uid = $uid"
		[ "$output" = "$home" ]
		in_container 'echo $HOME' ".process.user.uid = $uid | .process.env += [\"HOME=\"]"
		[ "$output" = "$home" ]
	done <<-'EOF'
		0 /root
		1000 /home/user
		5 /five
		31337 /
		4242 /
	EOF
	in_container 'echo $HOME' '.process.env += ["HOME=/given"]'
	[ "$output" = /given ]
}

@test "HOME: a passwd that is a fifo or endless does not stop the start" {
	rm "$B/rootfs/etc/passwd"
	mkfifo "$B/rootfs/etc/passwd"
	in_container 'echo $HOME'
	[ "$output" = / ]
	rm "$B/rootfs/etc/passwd"
	ln -s /dev/zero "$B/rootfs/etc/passwd"
	in_container 'echo $HOME'
	[ "$output" = / ]
}

@test "user: uid, gid, additional groups, umask" {
	in_container 'id -u; id -g; id -G; umask; touch /tmp/x; stat -c %a /tmp' \
		'.process.user = {uid: 1000, gid: 100, additionalGids: [5, 6], umask: 63}'
	[ "${lines[0]}" = 1000 ]
	[ "${lines[1]}" = 100 ]
	[ "${lines[2]}" = "100 5 6" ]
	[ "${lines[3]}" = 0077 ]
	in_container 'umask; id -G'
	[ "${lines[0]}" = 0022 ]
	[ "${lines[1]}" = 0 ]
}

@test "ids above 2^31: of the user, exec, mappings, a mount and a device" {
	root_only
	local ids='{uid: 4294967294, gid: 3000000000, additionalGids: [65536, 2147483648]}'
	in_container 'id -u; id -g; id -G' ".process.user = $ids"
	[ "$output" = $'4294967294\n3000000000\n3000000000 65536 2147483648' ]
	in_container 'stat -c %u:%g /data /dev/own' '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["uid=4294967294", "gid=3000000000"]}] |
		.linux.devices = [{path: "/dev/own", type: "c", major: 1, minor: 3, uid: 3000000000, gid: 4294967294}]'
	[ "$output" = $'4294967294:3000000000\n3000000000:4294967294' ]
	start_container '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 3000000000, size: 65536}, {containerID: 4000000000, hostID: 4000000000, size: 10}] |
		.linux.gidMappings = .linux.uidMappings'
	[ "$(stat -c %u:%g "/proc/$(pid_of "$ID")/environ")" = 3000000000:3000000000 ]
	run tare exec -u 4000000001:4000000002 "$ID" sh -c 'id -u; id -g'
	[ "$output" = $'4000000001\n4000000002' ]
}

@test "capabilities: exactly the five sets that are given" {
	in_container 'grep ^Cap /proc/self/status' '.process.capabilities = {
		bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"], permitted: ["CAP_CHOWN", "CAP_KILL"],
		effective: ["CAP_KILL"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]} | .process.noNewPrivileges = true |
		.process.user.uid = 1000'
	[ "$(caps_of Bnd)" = 00000000000000a1 ]
	[ "$(caps_of Inh)" = 0000000000000020 ]
	[ "$(caps_of Amb)" = 0000000000000020 ]
	[ "$(caps_of Eff)" = 0000000000000020 ]
	in_container 'grep ^Cap /proc/self/status' 'del(.process.capabilities)'
	[ "$(caps_of Bnd)" = 0000000000000000 ]
	[ "$(caps_of Eff)" = 0000000000000000 ]
}

@test "capabilities: uid 1000 with a bounding set only has no effective ones" {
	in_container 'grep ^Cap /proc/self/status' '.process.capabilities = {bounding: ["CAP_CHOWN"]} | .process.user.uid = 1000'
	[ "$(caps_of Bnd)" = 0000000000000001 ]
	[ "$(caps_of Prm)$(caps_of Eff)$(caps_of Amb)$(caps_of Inh)" = "$(printf '0%.0s' {1..64})" ]
}

without_sys_resource() { # from here on, also on a machine that has it
	printf '#!/bin/sh\nexec setpriv --bounding-set=-sys_resource "%s" "$@"\n' "$TARE" >"$B/tare"
	chmod +x "$B/tare"
	TARE=$B/tare
}

@test "capabilities: unknown ones, and those that the bounding set lacks, are dropped with a warning" {
	[ $EUID != 0 ] || without_sys_resource
	in_container 'grep ^CapBnd /proc/self/status' \
		'.process.capabilities.bounding += ["CAP_NONSENSE", "CAP_SYS_RESOURCE"] | .process.capabilities.permitted += ["CAP_CHOWN"]'
	succeeds
	has 'unknown capability "CAP_NONSENSE"'
	has "not in the runtime's bounding set, so dropped: CAP_SYS_RESOURCE"
	has 'permitted: not in the bounding set, so dropped: CAP_CHOWN'
	[ "$(caps_of Bnd)" = 0000000020000420 ]
}

@test "noNewPrivileges" {
	in_container 'grep NoNewPrivs /proc/self/status'
	has $'\t1'
	in_container 'grep NoNewPrivs /proc/self/status' '.process.noNewPrivileges = false'
	has $'\t0'
}

@test "rlimits: set, and refused above the hard limit with the reason" {
	in_container 'ulimit -Sn; ulimit -Hn; ulimit -Sc' '.process.rlimits = [
		{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0}]'
	[ "$output" = $'100\n200\n0' ]
	[ $EUID != 0 ] || without_sys_resource
	in_container true '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 2000000000}]'
	fails
	has 'config.json#/process/rlimits/0: the hard limit of RLIMIT_NOFILE here is'
	has 'CAP_SYS_RESOURCE'
	[ ! -e "$STATE/$ID" ]
	run tare create -b "$B" "$ID" # by create, not by start
	fails
	[ ! -e "$STATE/$ID" ]
}

@test "oomScoreAdj" {
	in_container 'cat /proc/self/oom_score_adj' '.process.oomScoreAdj = 321'
	[ "$output" = 321 ]
}

@test "signals: no mask, no ignored ones, whatever the caller has" {
	bundle '.process.args = ["grep", "^Sig[BI]", "/proc/self/status"]'
	run bash -c "trap '' INT USR1 PIPE; '$TARE' --root '$STATE' run -b '$B' '$ID'"
	[ "$(grep -c 0000000000000000 <<<"$output")" -eq 2 ]
}

@test "a session of its own: the caller's terminal can't be reached" {
	bundle '.process.args = ["sh", "-c", "cut -d\" \" -f6,7 /proc/self/stat"]'
	run tare run -b "$B" "$ID"
	[ "$output" = "1 0" ]
}

@test "stdio belongs to the container's user" {
	bundle '.process.args = ["sh", "-c", "echo again >/dev/stdout"] | .process.user.uid = 1000'
	run bash -c "'$TARE' --root '$STATE' run -b '$B' '$ID' | cat"
	[ "$output" = again ]
}

@test "a session keyring of its own, unless --no-new-keyring" {
	cc -O1 -static -xc -o "$B/rootfs/bin/keyring" - <<-'EOF'
		#include <stdio.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		int main(void)
		{
			printf("%ld\n", syscall(SYS_keyctl, 0 /* GET_KEYRING_ID */, -3 /* session */, 0));
		}
	EOF
	local ours
	ours=$("$B/rootfs/bin/keyring")
	bundle '.process.args = ["keyring"]'
	run tare run --no-new-keyring -b "$B" "$ID"
	[ "$output" = "$ours" ]
	run tare run -b "$B" "$ID"
	[ "$output" -gt 0 ]
	[ "$output" != "$ours" ]
	# It has no name that another could have taken before.
	bundle '.process.args = ["cat", "/proc/keys"] | .linux.maskedPaths = []'
	run tare run -b "$B" "$ID"
	lacks "_ses.$ID"
}

@test "seccomp: the filter is the process's, with and without noNewPrivileges" {
	local nnp
	for nnp in true false; do
		in_container 'mkdir /tmp/x; grep "^Seccomp:" /proc/self/status' ".process.noNewPrivileges = $nnp |
			.linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", architectures: [\"SCMP_ARCH_X86_64\"],
			syscalls: [{names: [\"mkdir\", \"mkdirat\", \"no_such_call\"], action: \"SCMP_ACT_ERRNO\", errnoRet: 28}]}"
		has 'No space left on device'
		has $'Seccomp:\t2'
		has 'unknown system calls are ignored: no_such_call'
	done
}

@test "seccomp: arguments decide" {
	in_container 'kill -0 1 && echo zero; kill -1 1 || echo denied' '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["kill"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: 1, op: "SCMP_CMP_EQ"}]}]}'
	has zero
	has denied
}

@test "tare's own executable can't be written to through /proc/PID/exe" {
	local before write=:
	# A sealed copy can be opened, and not written to.
	"$TARE" doctor | grep -q '^ok .*mount_setattr' || write=echo
	before=$(sha256sum "$(command -v "$TARE")")
	bundle '.process.args = ["sleep", "1000"]'
	tare create -b "$B" "$ID" </dev/null >/dev/null 2>&1
	run bash -c "$write >>/proc/$(pid_of "$ID")/exe"
	[ "$status" -ne 0 ]
	# Nor afterwards, when no process that executes it is in the way.
	exec 7<"/proc/$(pid_of "$ID")/exe"
	tare delete --force "$ID"
	run bash -c "$write >>/proc/self/fd/7"
	exec 7<&-
	[ "$status" -ne 0 ]
	# Busy: where another copy of this suite executes the same file.
	[[ $output == *'Read-only file system'* || $output == *'Operation not permitted'* || $output == *'Text file busy'* ]]
	[ "$(sha256sum "$(command -v "$TARE")")" = "$before" ]
}

@test "scheduler: every policy that the kernel grants" {
	local policy number more
	while read -r policy number more; do
		in_container 'exec cut -d" " -f41,19,18,40 /proc/self/stat' ".process.scheduler = {policy: \"$policy\"$more}"
		if [ "$status" -ne 0 ]; then # a cgroup without a share of real time; a machine without room
			[[ $output == *sched_setattr* && $output == *config.json#/process/scheduler* ]]
			[ "$policy" = SCHED_FIFO ] || [ "$policy" = SCHED_RR ] || [ "$policy" = SCHED_DEADLINE ]
			continue
		fi
		echo "$policy: $output"
		[ "${lines[0]##* }" = "$number" ]
	done <<-'EOF'
		SCHED_OTHER 0 , nice: 5
		SCHED_BATCH 3 , nice: -3
		SCHED_IDLE 5
		SCHED_FIFO 1 , priority: 7, flags: ["SCHED_FLAG_RESET_ON_FORK"]
		SCHED_RR 2 , priority: 99, flags: ["SCHED_FLAG_RESET_ON_FORK"]
		SCHED_DEADLINE 6 , runtime: 1000000, deadline: 10000000, period: 10000000, flags: ["SCHED_FLAG_RESET_ON_FORK"]
	EOF
	in_container 'cut -d" " -f19 /proc/self/stat' '.process.scheduler = {policy: "SCHED_OTHER", nice: 5}'
	[ "$output" = 5 ]
}

@test "ioPriority: class and level" {
	local class level word
	while read -r class level word; do
		start_container ".process.ioPriority = {class: \"$class\", priority: $level}"
		[ "$(ionice -p "$(pid_of "$ID")")" = "$word" ]
		tare delete --force "$ID"
	done <<-'EOF'
		IOPRIO_CLASS_BE 6 best-effort: prio 6
		IOPRIO_CLASS_RT 2 realtime: prio 2
		IOPRIO_CLASS_IDLE 0 idle
	EOF
}

@test "personality: LINUX32 is another machine, LINUX is this one" {
	[ "$(setarch linux32 cat /proc/self/personality)" = 00000008 ] || skip "an exec ends LINUX32 on this kernel, which has no 32-bit programs"
	in_container 'cat /proc/self/personality' '.linux.personality = {domain: "LINUX32"}'
	[ "$output" = 00000008 ]
	in_container 'cat /proc/self/personality' '.linux.personality = {domain: "LINUX"}'
	[ "$output" = 00000000 ]
}

@test "memoryPolicy: mode, nodes and flags" {
	[ -e /proc/self/numa_maps ] || skip "this kernel has no NUMA"
	in_container 'head -1 /proc/self/numa_maps | cut -d" " -f2' '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}'
	[ "$output" = bind:0 ]
	in_container 'head -1 /proc/self/numa_maps | cut -d" " -f2' '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
	[ "$output" = interleave=static:0 ]
	in_container 'head -1 /proc/self/numa_maps | cut -d" " -f2' '.linux.memoryPolicy = {mode: "MPOL_LOCAL"}'
	[ "$output" = local ]
	in_container true '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "900"}'
	fails
	has 'config.json#/linux/memoryPolicy: set_mempolicy'
}

@test "processors: those of the cpuset, not those of the caller" {
	bundle '.process.args = ["sh", "-c", "grep Cpus_allowed_list /proc/self/status"]'
	run taskset -c 0 "$TARE" --root "$STATE" run -b "$B" "$ID"
	[ "${output##*	}" = "$(cat /sys/fs/cgroup/cpuset/cpuset.cpus 2>/dev/null || cat /sys/devices/system/cpu/online)" ]
}

@test "execCPUAffinity concerns exec only" {
	in_container 'nproc' '.process.execCPUAffinity = {initial: "0", final: "0"}'
	[ "$output" = "$(nproc)" ]
}

@test "labels: a warning where the module is off, steps of the plan where it is on" {
	bundle '.process.args = ["echo", "ran"] | .process.apparmorProfile = "p" | .process.selinuxLabel = "l" | .linux.mountLabel = "m"'
	tare plan --print-host >"$BATS_TEST_TMPDIR/host"
	if jq -e '.apparmor or .selinux | not' "$BATS_TEST_TMPDIR/host"; then
		run tare run -b "$B" "$ID"
		succeeds
		has ran
		has 'process/apparmorProfile: AppArmor is off'
		has 'process/selinuxLabel: SELinux is off'
		lacks 'linux/mountLabel' # one warning for one module; check notes the other
		run tare check "$B"
		has 'note: /linux/mountLabel: SELinux is off'
	fi
	jq '.apparmor = true | .selinux = true' "$BATS_TEST_TMPDIR/host" >"$BATS_TEST_TMPDIR/on"
	run tare plan --host "$BATS_TEST_TMPDIR/on" --json "$B"
	succeeds
	jq -e 'map(select(.op == "attribute") | .detail) | index("AppArmor p") and index("SELinux l")' <<<"$output"
	jq -e 'map(select(.op == "mount" and (.detail | contains("context=m"))) | .detail | split(" ")[0]) == ["tmpfs", "devpts", "tmpfs"]' <<<"$output"
}

@test "members for other platforms are read, and have no effect" {
	in_container 'id -u' '.process.commandLine = "none" | .process.user.username = "nobody" | .windows = {layerFolders: ["x"]} | .solaris = {}'
	[ "$output" = 0 ]
}

@test "a limit of open files below what our own work needs, with and without a user namespace" {
	local userns='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	[ "$(id -u)" = 0 ] || userns=.
	for more in . "$userns"; do
		in_container 'ulimit -Sn' "$more | .process.rlimits = [{type: \"RLIMIT_NOFILE\", soft: 4, hard: 4}] | .process.cwd = \"/tmp\""
		succeeds
		[ "$output" = 4 ]
	done
}

@test "300 mounts under the caller's own small soft limit, which the process has again" {
	root_only
	local userns='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	mkdir -p "$B/vol"
	local i
	for ((i = 0; i < 300; i++)); do mkdir "$B/rootfs/v$i"; done
	for more in . "$userns"; do
		bundle ".process.args = [\"sh\", \"-c\", \"ulimit -Sn; grep -c ' /v' /proc/mounts\"] | .process.rlimits = [] | $more |
			.mounts += [range(300) | {destination: \"/v\\(.)\", type: \"bind\", source: \"$B/vol\", options: [\"rbind\"]}]"
		run bash -c "ulimit -Sn 40; exec '$TARE' --root '$STATE' run -b '$B' '$ID'"
		succeeds
		[ "$output" = $'40\n300' ]
	done
}

@test "the last line of /etc/passwd without a newline is a line" {
	printf 'root:x:0:0:root:/root:/bin/sh\nlast:x:77:77::/last:/bin/sh' >"$B/rootfs/etc/passwd"
	in_container 'echo $HOME' '.process.user.uid = 77'
	[ "$output" = /last ]
}

@test "what engines write as an empty string or list instead of leaving it out" {
	local n=0 program
	while read -r program; do
		in_container 'echo fine' "$program"
		echo "$program: $output"
		[ "$output" = fine ]
		n=$((n + 1))
	done <<-'EOF'
		.hostname = "" | .domainname = ""
		.hostname = "" | .linux.namespaces |= map(select(.type != "uts"))
		.linux.namespaces |= map(.path = "")
		.linux.cgroupsPath = ""
		.linux.mountLabel = "" | .process.selinuxLabel = "" | .process.apparmorProfile = ""
		.linux.maskedPaths += [""] | .linux.readonlyPaths += [""]
		.process.env += [""]
		.linux.rootfsPropagation = ""
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "", listenerMetadata: "", architectures: [], flags: [], syscalls: []}
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: null, architectures: null}
		.linux.resources = {devices: [], hugepageLimits: [], rdma: {}, unified: {}, memory: {}, cpu: {cpus: "", mems: ""}, pids: null, blockIO: {}, network: {}}
		.linux.sysctl = {} | .linux.uidMappings = [] | .linux.gidMappings = [] | .linux.devices = []
		.annotations = {"run.oci.handler": "", "run.oci.hooks.stdout": "", "run.oci.seccomp.receiver": ""}
		.process.capabilities = {bounding: [], effective: null} | .process.rlimits = [] | .process.user = {additionalGids: [], username: ""}
		.process.execCPUAffinity = {initial: "", final: ""}
		.process.consoleSize = {height: 0, width: 0}
		.mounts[0].options = [] | .mounts[1].options += [""]
		.mounts += [{destination: "/b", type: "", source: "/tmp", options: ["bind"]}]
		.hooks = {} | .linux.timeOffsets = null | .linux.intelRdt = null
		.hooks = {prestart: [], poststop: null}
		.linux.resources.devices = [{allow: false, type: "", access: ""}]
	EOF
	[ "$n" = 21 ]
}

@test "hostname and kernel.hostname may say the same" {
	in_container 'hostname' '.hostname = "same" | .linux.sysctl["kernel.hostname"] = "same"'
	[ "$output" = same ]
}

@test "a refusal after the filter was compiled without the cache is told" {
	root_only
	bundle '.process.args = ["true"] | .linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: ([{names: ["execve"], action: "SCMP_ACT_ALLOW"}] + [range(2000) | {names: ["mkdirat"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: (. * 7919), op: "SCMP_CMP_EQ"}, {index: 1, value: ., op: "SCMP_CMP_EQ"}]}])}'
	run tare create -b "$B" "$ID"
	fails
	has 'config.json#/linux/seccomp: the filter has '
}
