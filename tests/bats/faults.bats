# SPDX-License-Identifier: Apache-2.0
# A test build (tare-faults) fails, or dies, at a step that the environment names: at every step in turn. The
# step is named with its pointer, and nothing is left.
load helpers

setup_test() {
	FAULTY=${TARE_FAULTY:-$(command -v "$TARE")-faults}
	[ -x "$FAULTY" ] || skip "no tare-faults beside $TARE"
	mkdir -p "$STATE" "$B/data" "$B/rootfs/data"
	printf '#!/bin/sh\nexit 0\n' >"$BATS_TEST_TMPDIR/hook"
	chmod +x "$BATS_TEST_TMPDIR/hook"
}
teardown_test() {
	ip link del "t$$" 2>/dev/null || :
	[ -z "$HOLDER" ] || kill -9 "$HOLDER" 2>/dev/null || :
}

faulty() { timeout -k 2 20 "$FAULTY" --root "$STATE" "$@"; }

everything() {
	bundle ".process.args = [\"true\"] | .process.oomScoreAdj = 100 | .process.user = {uid: 1000, gid: 1000} | .linux.resources += {pids: {limit: 100}, memory: {limit: 100000000}} |
		.mounts += [{destination: \"/data\", source: \"$B/data\", options: [\"bind\", \"ro\"]}] | .linux.sysctl = {\"net.ipv4.ip_forward\": \"1\"} |
		.linux.namespaces |= (map(select(.type != \"cgroup\")) + [{type: \"cgroup\"}]) | .root.readonly = true | .domainname = \"d\" |
		.linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"mkdir\"], action: \"SCMP_ACT_ERRNO\"}]} |
		.hooks = {createRuntime: [{path: \"$BATS_TEST_TMPDIR/hook\"}], createContainer: [{path: \"$BATS_TEST_TMPDIR/hook\"}]} | ${1:-.}"
}

# As `run`, but into a file: init of a container that was created all the same would keep a pipe open.
create_with() {
	status=0
	env "$@" timeout -k 2 20 "$FAULTY" --root "$STATE" create -b "$B" $OPTIONS "$ID" </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 || status=$?
	output=$(cat "$BATS_TEST_TMPDIR/said")
}

# Fails at every step before `await` (create stops there), one after the other.
fail_everywhere() { # VARIABLE
	local before i pointer op detail last
	tare plan --json "$B" >"$BATS_TEST_TMPDIR/plan"
	last=$(jq 'map(.op) | index("await")' "$BATS_TEST_TMPDIR/plan")
	before=$(snapshot; outside)
	for ((i = 0; i < last; i++)); do
		IFS=$'\t' read -r pointer op detail < <(jq -r ".[$i] | [.from, .op, .detail] | @tsv" "$BATS_TEST_TMPDIR/plan")
		create_with "$1=$i"
		echo "step $i $op $detail $pointer: $output"
		if [[ $detail == *'(may fail)'* ]]; then
			tare delete --force "$ID"
			renew
		else
			[ "$status" -eq 1 ]
			[[ $output == *injected* ]]
			[ "$pointer" = / ] || [[ $output == *"config.json#$pointer: "* ]]
		fi
		diff <(echo "$before") <(snapshot; outside)
	done
	[ "$i" -gt 60 ]
}
outside() { :; }
renew() { :; }

# bats test_tags=each-step
@test "a failure at each step of create is named with its pointer, and leaves nothing" {
	everything
	fail_everywhere TARE_FAULT
}

# bats test_tags=each-step
@test "a failure right after each step of create leaves nothing either" {
	everything
	fail_everywhere TARE_FAULT_AFTER
}

# bats test_tags=each-step
@test "a failure at each step with a user namespace" {
	everything '.linux.namespaces += [{type: "user"}] | del(.linux.resources.devices) |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	fail_everywhere TARE_FAULT
}

# bats test_tags=each-step
@test "a failure at each step with a terminal, a device, a class of service, clocks, mapped and copied mounts, a listener" {
	needs mount_setattr
	needs pidfd_getfd
	# Virtual devices end with the namespace that they are in; this one is given away again and again.
	add() { ip link add "t$$" type veth peer name "p$$" 2>/dev/null && ip addr add 192.0.2.9/24 dev "t$$"; }
	renew() { eventually add; }
	add || skip "this kernel has no veth devices"
	test_build
	export TARE_RESCTRL=$BATS_TEST_TMPDIR/resctrl
	mkdir -p "$TARE_RESCTRL/mon_groups" "$B/rootfs/up/a"
	outside() { ip -o addr show dev "t$$" | grep -o '192.0.2.9/24'; find "$TARE_RESCTRL"; }
	python3 -c 'import os, socket, sys
s = [socket.socket(socket.AF_UNIX) for p in sys.argv[1:]]
for a, p in zip(s, sys.argv[1:]): a.bind(p + "~"); a.listen(1000); os.rename(p + "~", p)
__import__("signal").pause()' "$BATS_TEST_TMPDIR/sock" "$BATS_TEST_TMPDIR/agent" 3>&- &
	HOLDER=$!
	eventually test -S "$BATS_TEST_TMPDIR/agent"
	OPTIONS="--console-socket $BATS_TEST_TMPDIR/sock"
	everything ".process.terminal = true | .process.consoleSize = {height: 5, width: 6} | .linux.namespaces += [{type: \"time\"}] | .linux.timeOffsets = {boottime: {secs: 1}} |
		.linux.netDevices = {\"t$$\": {name: \"e0\"}} | .linux.intelRdt = {schemata: [\"MB:0=10\"]} |
		.process.scheduler = {policy: \"SCHED_BATCH\"} | .process.ioPriority = {class: \"IOPRIO_CLASS_BE\", priority: 1} | .linux.personality = {domain: \"LINUX\"} |
		.mounts += [{destination: \"/up\", type: \"tmpfs\", source: \"tmpfs\", options: [\"tmpcopyup\", \"iversion\"]}, {destination: \"/up\", options: [\"remount\", \"noexec\"]},
			{destination: \"/mapped\", type: \"bind\", source: \"$B/data\", options: [\"rbind\", \"ridmap\"],
			uidMappings: [{containerID: 0, hostID: 1000, size: 9}], gidMappings: [{containerID: 0, hostID: 1000, size: 9}]}] |
		.linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$BATS_TEST_TMPDIR/agent\", syscalls: [{names: [\"mkdir\"], action: \"SCMP_ACT_NOTIFY\"}]} |
		.annotations = {\"run.oci.hooks.stdout\": \"$BATS_TEST_TMPDIR/log\", \"run.oci.pidfd_receiver\": \"$BATS_TEST_TMPDIR/sock\"} | .hooks = {createContainer: [{path: \"$BATS_TEST_TMPDIR/hook\"}]}"
	tare plan --json "$B" | jq -e 'map(.op) | contains(["tty", "netdev", "rdt", "time", "idmap_mount", "remount", "attribute", "listener"])'
	fail_everywhere TARE_FAULT
	fail_everywhere TARE_FAULT_AFTER
	ip link del "t$$"
}

# bats test_tags=each-step
@test "a failure at each step without a mount namespace" {
	everything '.linux.namespaces |= map(select(.type != "mount"))'
	fail_everywhere TARE_FAULT
	fail_everywhere TARE_FAULT_AFTER
}

# bats test_tags=each-step
@test "a failure at each step with a stager" {
	unshare --pid --fork --kill-child sleep 1000 3>&- &
	HOLDER=$!
	eventually pgrep -P "$HOLDER" -x sleep
	everything ".linux.namespaces |= map(select(.type != \"pid\")) + [{type: \"pid\", path: \"/proc/$(pgrep -P "$HOLDER" -x sleep)/ns/pid\"}]"
	fail_everywhere TARE_FAULT
}

# bats test_tags=each-step
@test "a failure at each step after await: start reports it, and delete leaves nothing" {
	local before i await steps pointer
	everything 'del(.hooks)'
	tare plan --json "$B" >"$BATS_TEST_TMPDIR/plan"
	await=$(jq 'map(.op) | index("await")' "$BATS_TEST_TMPDIR/plan")
	steps=$(jq length "$BATS_TEST_TMPDIR/plan")
	before=$(snapshot)
	for ((i = await + 1; i < steps; i++)); do
		pointer=$(jq -r ".[$i].from" "$BATS_TEST_TMPDIR/plan")
		env TARE_FAULT=$i "$FAULTY" --root "$STATE" create -b "$B" "$ID" </dev/null >/dev/null 2>&1
		run faulty start "$ID"
		echo "step $i: $output"
		fails
		has injected
		has "config.json#$pointer: "
		eventually is_status "$ID" stopped
		tare delete "$ID"
		diff <(echo "$before") <(snapshot)
	done
}

# bats test_tags=each-step
@test "tare killed at each step of create: delete --force completes, and nothing is left" {
	local before i last who
	everything
	tare plan --json "$B" >"$BATS_TEST_TMPDIR/plan"
	last=$(jq 'map(.op) | index("await")' "$BATS_TEST_TMPDIR/plan")
	before=$(snapshot)
	for ((i = 0; i < last; i++)); do
		who=$(jq -r ".[$i].who" "$BATS_TEST_TMPDIR/plan")
		create_with TARE_KILL=$i
		echo "step $i ($who): $status $output"
		[ "$status" -ne 0 ]
		if [ "$who" = init ]; then
			# The parent lives, names the step, and undoes.
			has 'has ended with status 99'
			has "in $(jq -r ".[$i].op" "$BATS_TEST_TMPDIR/plan") "
		else
			tare delete --force "$ID"
		fi
		diff <(echo "$before") <(snapshot)
	done
}

@test "a bind source that is another file by the time init mounts it is refused" {
	mkdir "$B/source" "$B/secret"
	echo secret >"$B/secret/file"
	bundle ".process.args = [\"sh\", \"-c\", \"cat /data/file\"] | .mounts += [{destination: \"/data\", source: \"$B/source\", options: [\"bind\"]}]"
	local step
	step=$(tare plan --json "$B" | jq 'map(select(.op == "tree" and .who == "init" and (.detail | contains("/source")))) | .[0].step')
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	timeout -k 2 20 env "TARE_PAUSE=$step" "TARE_PAUSE_FIFO=$BATS_TEST_TMPDIR/fifo" "$FAULTY" --root "$STATE" run -b "$B" "$ID" </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	local command=$!
	timeout 10 sh -c ": >'$BATS_TEST_TMPDIR/fifo'" # init is at the step
	mv "$B/source" "$B/before"
	mv "$B/secret" "$B/source"
	timeout 10 sh -c ": <'$BATS_TEST_TMPDIR/fifo'" # and goes on
	status=0
	wait $command || status=$?
	output=$(cat "$BATS_TEST_TMPDIR/said")
	fails
	has "config.json#/mounts/"
	has "$B/source: the file was replaced after the check"
	lacks secret
}

# Starts the verb and returns while it waits for a hook. Sets pid, and before: what there was.
begin() { # VERB
	printf '#!/bin/sh\ntouch %s/in-hook\nsleep 1000\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/hook"
	everything
	before=$(snapshot)
	"$TARE" --root "$STATE" "$1" -b "$B" "$ID" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	pid=$!
	eventually test -e "$BATS_TEST_TMPDIR/in-hook"
}

@test "interrupted in the middle of create: everything is undone" {
	begin run
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 143 ]
	grep -q 'stopped by SIGTERM' "$BATS_TEST_TMPDIR/out"
	diff <(echo "$before") <(snapshot)
}

@test "signalled again and again while it undoes: everything is undone all the same" {
	begin run
	while kill -TERM $pid 2>/dev/null && kill -INT $pid 2>/dev/null; do :; done
	status=0
	wait $pid || status=$?
	[ "$status" -eq 143 ] || [ "$status" -eq 130 ]
	diff <(echo "$before") <(snapshot)
}

@test "delete --force of a container that is being created ends its creator" {
	begin create
	[ "$(state_of "$ID")" = creating ]
	run tare delete "$ID"
	fails
	tare delete --force "$ID"
	pkill -f "$BATS_TEST_TMPDIR/hook" || :
	diff <(echo "$before") <(snapshot)
}

@test "without mount_setattr, openat2, clone3 and close_range a container is the same" {
	command -v python3 >/dev/null || skip "needs python3 to load a filter"
	mkdir -p "$B/rootfs/covered"
	bundle ".process.args = [\"sh\", \"-c\", \"touch /ro/x; touch /proc/sys/kernel/panic; grep -E ' /(ro|dev) ' /proc/self/mountinfo | cut -d' ' -f5,6; ls /proc/self/fd | wc -l\"] |
		.mounts += [{destination: \"/ro\", source: \"$B/data\", options: [\"bind\", \"ro\", \"nosuid\"]}] | .process.noNewPrivileges = false"
	run tare run -b "$B" "$ID"
	local with=$output
	run "$BATS_TEST_DIRNAME/../fault/without" mount_setattr,openat2,clone3,close_range "$TARE" --root "$STATE" run -b "$B" "$ID"
	succeeds
	diff <(echo "$with") <(echo "$output")
	has 'Read-only file system'
}

# bats test_tags=each-step
@test "exec: a failure at each step, and right after it, is named, is 255, and leaves no process; a kill neither" {
	start_container '.process.oomScoreAdj = 100 | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 64}] | .linux.namespaces += [{type: "user"}] | del(.linux.resources.devices) |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	local i variable failed pid_file=$BATS_TEST_TMPDIR/exec.pid
	for variable in TARE_FAULT TARE_FAULT_AFTER TARE_KILL; do
		for ((i = 0, failed = 0; i < 60; i++)); do
			status=0
			env "$variable=$i" timeout -k 2 20 "$FAULTY" --root "$STATE" exec --pid-file "$pid_file" "$ID" true </dev/null >"$BATS_TEST_TMPDIR/said" 2>&1 || status=$?
			output=$(cat "$BATS_TEST_TMPDIR/said")
			echo "$variable $i: $status $output"
			[ "$status" -eq 0 ] || failed=$((failed + 1))
			if [ "$status" -ne 0 ] && [ "$variable" != TARE_KILL ]; then
				[ "$status" -eq 255 ]
				has injected
				[ ! -e "$pid_file" ]
			fi
			rm -f "$pid_file"
			eventually eval '[ "$(tare ps -f json "$ID")" = "[$(pid_of "$ID")]" ]'
		done
		[ "$failed" -gt $([ -f /sys/fs/cgroup/cgroup.controllers ] && echo 20 || echo 25) ] # each hierarchy of v1 has two steps more
	done
	[ "$(state_of "$ID")" = running ]
}
