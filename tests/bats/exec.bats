# SPDX-License-Identifier: Apache-2.0
# One more process in a container.
load helpers

ex() { run tare exec "$@" </dev/null; }
process() { jq -n "{args: [\"true\"], cwd: \"/\", user: {uid: 0, gid: 0}} | $1" >"$BATS_TEST_TMPDIR/process.json"; }

# bats test_tags=cgroup
@test "exec: in the container's namespaces, its root and its cgroups" {
	start_container
	ex "$ID" sh -c 'cat /proc/self/cgroup; hostname; pwd; ls -d /bin/busybox'
	succeeds
	has tare
	local kind pid
	pid=$(pid_of "$ID")
	tare exec -d --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1
	diff "/proc/$(cat "$BATS_TEST_TMPDIR/pid")/cgroup" "/proc/$pid/cgroup"
	for kind in mnt pid net ipc uts cgroup user time; do
		[ "$(tare exec "$ID" readlink /proc/self/ns/$kind)" = "$(ns_of "$pid" $kind)" ]
	done
	ex "$ID" sh -c 'echo $$ $PPID'
	[[ $output =~ ^[0-9]+\ 0$ ]]
}

@test "exec: its status is the command's; 128 and more for a signal; standard input, output and error are the caller's" {
	start_container
	ex "$ID" sh -c 'exit 42'
	fails 42
	ex "$ID" sh -c 'kill -9 $$'
	fails 137
	[ "$(echo word | tare exec "$ID" cat)" = word ]
	[ "$(tare exec "$ID" sh -c 'echo out; echo err >&2' 2>/dev/null)" = out ]
	[ "$(tare exec "$ID" sh -c 'echo out; echo err >&2' 2>&1 >/dev/null)" = err ]
	ex "$ID" -- echo words
	[ "$output" = words ]
	ex "$ID" echo -d --tty
	[ "$output" = "-d --tty" ]
}

@test "exec: what goes wrong is 255, says why in the words that engines know, and leaves nothing" {
	start_container
	mkdir "$B/rootfs/directory"
	echo text >"$B/rootfs/plain"
	printf '#!/nowhere\n' >"$B/rootfs/script"
	chmod +x "$B/rootfs/script"
	ex "$ID" nothing-like-it
	fails 255
	has 'exec: "nothing-like-it": executable file not found in $PATH'
	ex "$ID" /nothing
	fails 255
	has 'exec: "/nothing": stat /nothing: no such file or directory'
	ex "$ID" /plain
	fails 255
	has 'exec: "/plain": permission denied'
	ex "$ID" /directory
	fails 255
	has 'is a directory'
	ex "$ID" /script
	fails 255
	has 'no such file or directory'
	ex --pid-file /nowhere/pid "$ID" sleep 1000
	fails 255
	has 'no such file or directory'
	ex --cwd /nothing "$ID" true
	fails 255
	[ ! -e "$B/rootfs/nothing" ]
	ex "no-$ID" true
	fails 255
	has 'does not exist'
	ex "$ID"
	fails 255
	has 'no program'
	ex --no-such-option "$ID" true
	fails 255
	ex --process /nothing "$ID"
	fails 255
	[ "$(tare ps -f json "$ID")" = "[$(pid_of "$ID")]" ]
}

@test "exec: the environment is the config's, -e lays over it; the last of a name counts" {
	start_container '.process.env += ["A=1", "B=2"]'
	ex -e B=3 -e C=4 --env C=5 "$ID" sh -c 'echo $A $B $C; env | grep -c ^C='
	[ "${lines[0]}" = "1 3 5" ]
	[ "${lines[1]}" = 1 ]
	process '.args = ["/bin/env"] | .env = ["D=6"]'
	ex --process "$BATS_TEST_TMPDIR/process.json" "$ID"
	succeeds
	has D=6
	lacks A=1
}

@test "exec: HOME is that of the container's passwd, whatever the config's process has" {
	root_only
	start_container
	ex "$ID" sh -c 'echo $HOME'
	[ "$output" = /root ]
	ex -u 1000 "$ID" sh -c 'echo $HOME'
	[ "$output" = /home/user ]
	ex -u 31337 "$ID" sh -c 'echo $HOME $(id -u)' # there is a user of this name
	[ "$output" = "/ 31337" ]
	ex -e HOME= -u 1000 "$ID" sh -c 'echo $HOME'
	[ "$output" = /home/user ]
	ex -e HOME=/mine "$ID" sh -c 'echo $HOME'
	[ "$output" = /mine ]
}

@test "exec: what the user alone may search is found, also where root has no rights" {
	root_only
	mkdir -p "$B/rootfs/home/user/bin"
	cp /bin/busybox "$B/rootfs/home/user/bin/pwd"
	chown -R 1000:1000 "$B/rootfs/home/user"
	chmod -R 700 "$B/rootfs/home/user"
	start_container '.process.capabilities = {}'
	ex -u 1000:1000 --cwd /home/user "$ID" /home/user/bin/pwd
	succeeds
	[ "$output" = /home/user ]
	ex -u 1000:1000 -e PATH=/home/user/bin --cwd /home/user "$ID" pwd
	[ "$output" = /home/user ]
	ex -u 1001 "$ID" /home/user/bin/pwd
	fails 255
	has 'permission denied'
}

@test "exec: -u takes a uid and a gid, -g more groups; what is no number is refused" {
	root_only
	start_container '.process.user = {uid: 7, gid: 8, additionalGids: [9]}'
	ex "$ID" id
	[ "$output" = "uid=7 gid=8 groups=9" ]
	ex -u 1 "$ID" id
	[ "$output" = "uid=1 gid=8 groups=9" ]
	ex --user 1:2 -g 3 --additional-gids 4 "$ID" id
	[ "$output" = "uid=1 gid=2 groups=3,4,9" ] || [ "$output" = "uid=1 gid=2 groups=9,3,4" ]
	local bad
	for bad in -1 1: : root 4294967295 4294967296 18446744073709551616 1:-1 "1 " 0x1 +1 1:2:3; do
		ex --user="$bad" "$ID" id
		fails 255
		has '--user takes numbers'
	done
}

@test "exec: --cwd, and the config's" {
	start_container '.process.cwd = "/tmp"'
	ex "$ID" pwd
	[ "$output" = /tmp ]
	ex --cwd /etc "$ID" pwd
	[ "$output" = /etc ]
	ex --cwd etc "$ID" pwd
	fails 255
	has 'not an absolute path'
}

@test "exec: capabilities are the config's; --cap adds one, but to the inheritable set" {
	root_only
	start_container '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
	ex "$ID" grep ^Cap /proc/self/status
	has "CapBnd:	0000000000000021"
	has "CapEff:	0000000000000020"
	ex --cap CAP_SYS_TIME "$ID" grep ^Cap /proc/self/status
	has "CapInh:	0000000000000000"
	has "CapPrm:	0000000002000020"
	has "CapEff:	0000000002000020"
	has "CapBnd:	0000000002000021"
	has "CapAmb:	0000000000000000"
	ex -u 1000 "$ID" grep CapEff /proc/self/status # a process with another uid loses them at the exec
	has "CapEff:	0000000000000000"
}

@test "exec: --cap is ambient where the config has it inheritable" {
	root_only
	start_container '.process.capabilities = {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"], inheritable: ["CAP_KILL"]}'
	ex -u 1000 --cap CAP_KILL "$ID" grep ^Cap /proc/self/status
	has "CapEff:	0000000000000020"
	has "CapAmb:	0000000000000020"
}

@test "exec: a document: what it does not say is as the container's process has it" {
	root_only
	start_container '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 88}] | .process.user.umask = 27 | .process.oomScoreAdj = 321 |
		.process.scheduler = {policy: "SCHED_BATCH", nice: 5} | .process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
	process '.args = ["/bin/sh", "-c", "ulimit -n; umask; cat /proc/self/oom_score_adj; cut -d\" \" -f19,41 /proc/self/stat; grep CapBnd /proc/self/status"]'
	ex --process "$BATS_TEST_TMPDIR/process.json" "$ID"
	succeeds
	[ "${lines[0]}" = 77 ]
	[ "${lines[1]}" = 0033 ]
	[ "${lines[2]}" = 321 ]
	[ "${lines[3]}" = "5 3" ]
	[ "${lines[4]}" = "$(tare exec "$ID" grep CapBnd /proc/1/status)" ]
	# As a pipe, too.
	run tare exec -p /dev/fd/3 "$ID" 3< <(jq '.args = ["/bin/echo", "piped"]' "$BATS_TEST_TMPDIR/process.json")
	succeeds
	[ "$output" = piped ]
}

@test "exec: no_new_privs is the container's, unless a document says otherwise" {
	start_container '.process.noNewPrivileges = true'
	process '.args = ["/bin/grep", "NoNewPrivs", "/proc/self/status"]'
	ex -p "$BATS_TEST_TMPDIR/process.json" "$ID"
	[ "$output" = "NoNewPrivs:	1" ]
	process '.args = ["/bin/grep", "NoNewPrivs", "/proc/self/status"] | .noNewPrivileges = false'
	ex -p "$BATS_TEST_TMPDIR/process.json" "$ID"
	[ "$output" = "NoNewPrivs:	0" ]
}

@test "exec: what is wrong is named where it was said" {
	start_container
	local call=openat2
	! hides openat2 || call=openat
	ex --cwd /nothing "$ID" true
	has "exec $ID: --cwd: $call: /nothing: no such file"
	process '.cwd = "/nothing"'
	ex -p "$BATS_TEST_TMPDIR/process.json" "$ID"
	has "process.json#/cwd: $call: /nothing: no such file"
	ex "$ID" /nothing
	has 'exec '"$ID"': exec: "/nothing": stat /nothing: no such file or directory'
}

two_processes() { [ "$(tare ps -f json "$1" | tr ',' '\n' | wc -l)" = 2 ]; }

# bats test_tags=cgroup
@test "exec: one free place below the limit of processes is enough" {
	root_only
	since 5.16 || skip "before Linux 5.16 an exec takes two places"
	start_container '.linux.resources.pids.limit = 2'
	ex "$ID" true # one free place is enough
	succeeds
	bundle '.process.args = ["sh", "-c", "sleep 1000 & sleep 1000"] | .linux.resources.pids.limit = 2'
	tare run -d -b "$B" "$ID-full" </dev/null >/dev/null 2>&1
	eventually two_processes "$ID-full"
	ex "$ID-full" sh -c 'true & wait'
	[ "$status" -ne 0 ] # it is in there, and can't fork
}

@test "exec: into the container's class of service" {
	root_only
	test_build
	export TARE_RESCTRL=$BATS_TEST_TMPDIR/resctrl
	mkdir -p "$TARE_RESCTRL/mon_groups"
	start_container '.linux.intelRdt = {schemata: ["MB:0=10"]}'
	local init
	init=$(cat "$TARE_RESCTRL/$ID/tasks")
	ex "$ID" true
	succeeds
	[ "$(cat "$TARE_RESCTRL/$ID/tasks")" != "$init" ] # a directory of the test's: the last one who came is in the file
}

@test "exec: a document that is none is refused with its place" {
	start_container
	local program
	for program in '.args = 5' 'del(.cwd)' '.cwd = "tmp"' '.args = []' '.rlimits = [{type: "RLIMIT_X", soft: 1, hard: 1}]' '.user.uid = -1'; do
		process "$program"
		ex -p "$BATS_TEST_TMPDIR/process.json" "$ID"
		fails 255
	done
	process '.args = [5]'
	ex -p "$BATS_TEST_TMPDIR/process.json" "$ID"
	has '/args/0'
	has 'line'
}

@test "exec: --detach returns when the program runs; the pid file is complete, and relative to the caller" {
	start_container
	cd "$BATS_TEST_TMPDIR"
	tare exec --detach --pid-file pid "$ID" sleep 1000 </dev/null >/dev/null 2>&1
	[ "$(tr -d '\0' <"/proc/$(cat pid)/cmdline")" = sleep1000 ]
	[ "$(wc -l <pid)" = 0 ]
	[ "$(ns_of "$(cat pid)" pid)" = "$(ns_of "$(pid_of "$ID")" pid)" ]
	[ "$(tare ps -f json "$ID" | jq length)" = 2 ]
	tare delete --force "$ID"
	eventually gone "$(cat pid)"
}

@test "exec: signals go to the process" {
	start_container
	"$TARE" --root "$STATE" exec "$ID" sh -c 'trap "echo stopping; exit 5" TERM; echo ready; while :; do sleep 0.05; done' </dev/null >"$BATS_TEST_TMPDIR/out" 3>&- &
	local pid=$!
	eventually grep -q ready "$BATS_TEST_TMPDIR/out"
	kill -TERM "$pid"
	local code=0
	wait "$pid" || code=$?
	[ "$code" = 5 ]
	grep -q stopping "$BATS_TEST_TMPDIR/out"
}

@test "exec: --preserve-fds hands on so many, and nothing else" {
	start_container
	run tare exec --preserve-fds 2 "$ID" sh -c 'cat <&3; cat <&4; ls /proc/self/fd' 3< <(echo three) 4< <(echo four) 5</dev/null
	succeeds
	[ "${lines[0]}" = three ]
	[ "${lines[1]}" = four ]
	[ "$(tr '\n' ' ' <<<"${lines[*]:2}")" = "0 1 2 3 4 5 " ] # 5: ls's own
	run tare exec --preserve-fds 3 "$ID" sh -c 'cat <&5; ls /proc/self/fd' 3>&- 4>&- 5< <(echo five)
	succeeds # gaps are normal, and nothing falls into them
	[ "$(tr '\n' ' ' <<<"$output")" = "five 0 1 2 3 5 " ] # 3: ls's own
}

@test "exec: no descriptor, no directory and no executable of the host's comes along" {
	start_container
	run tare exec "$ID" ls -l /proc/self/fd 7</etc 9</
	succeeds
	lacks /etc
	local n
	for n in 3 4 5 6 7 8 9 10 11 12 20 100 101; do
		run tare exec --cwd /proc/self/fd/$n "$ID" pwd 7</etc 9</
		# Without openat2 the path is walked with descriptors, which are the container's.
		{ hides openat2 && [[ $output == / || $output == /proc/* ]]; } || fails 255
	done
}

@test "exec: with a terminal: relayed, or its master sent to a socket; the size is the document's" {
	command -v python3 >/dev/null || skip "no python3 here to be the caller's terminal"
	start_container
	run timeout 30 "$BATS_TEST_DIRNAME/pty" talk 40x120 -- "$TARE" --root "$STATE" exec -t "$ID" sh -c 'tty; stty size'
	has /dev/pts/
	has '40 120'
	has 'status 0'
	has restored
	run tare exec -t "$ID" sh -c 'test -t 0 && test -t 1 && echo lines' </dev/null
	succeeds
	[ "$output" = lines ]
	ex -d -t "$ID" true
	fails 255
	has 'console-socket'
	process '.args = ["/bin/sh", "-c", "stty size; tty"] | .terminal = true | .consoleSize = {height: 33, width: 99}'
	timeout 30 "$BATS_TEST_DIRNAME/pty" receive "$B/sock" >"$B/got" 3>&- &
	local receiver=$!
	eventually [ -S "$B/sock" ]
	tare exec -d -t --console-socket "$B/sock" -p "$BATS_TEST_TMPDIR/process.json" "$ID" </dev/null
	wait "$receiver"
	grep -q '33 99' "$B/got"
}

# bats test_tags=cgroup
@test "exec: into a paused container is refused, but for --ignore-paused, which waits" {
	start_container
	tare pause "$ID"
	ex "$ID" true
	fails 255
	has 'cannot exec in a paused container'
	tare exec --ignore-paused "$ID" echo late </dev/null >"$BATS_TEST_TMPDIR/out" 3>&- &
	local pid=$!
	# It is there, and does not run.
	eventually eval '[ "$(tare ps -f json "$ID" | jq length)" = 2 ]'
	[ "$(state_of "$ID")" = paused ]
	[ ! -s "$BATS_TEST_TMPDIR/out" ]
	tare resume "$ID"
	wait "$pid"
	grep -q late "$BATS_TEST_TMPDIR/out"
}

# bats test_tags=cgroup
@test "exec: one that waits for a paused container can be given up, and leaves nothing when it is resumed" {
	start_container
	tare pause "$ID"
	"$TARE" --root "$STATE" exec --ignore-paused "$ID" touch /tmp/late </dev/null >/dev/null 2>&1 3>&- &
	local pid=$! code=0
	eventually eval '[ "$(tare ps -f json "$ID" | jq length)" = 2 ]'
	kill -INT "$pid"
	wait "$pid" || code=$?
	[ "$code" = 130 ]
	tare resume "$ID"
	eventually eval '[ "$(tare ps -f json "$ID")" = "[$(pid_of "$ID")]" ]'
	[ ! -e "$B/rootfs/tmp/late" ]
}

# bats test_tags=cgroup
@test "exec: into a created container, which stays created; into a stopped one it is refused" {
	bundle '.process.args = ["true"]'
	tare create -b "$B" "$ID" </dev/null >/dev/null 2>&1
	ex "$ID" sh -c 'echo > /made; ps -o pid,args'
	succeeds
	[ -e "$B/rootfs/made" ]
	[ "$(state_of "$ID")" = created ]
	tare start "$ID"
	eventually is_status "$ID" stopped
	ex "$ID" true
	fails 255
	has 'cannot exec in a stopped container'
}

@test "exec: the seccomp filter is the container's; --no-new-privs" {
	start_container '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]} | .process.noNewPrivileges = false'
	ex "$ID" mkdir /tmp/x
	fails
	ex "$ID" grep -E 'Seccomp:|NoNewPrivs' /proc/self/status
	has 'Seccomp:	2'
	has 'NoNewPrivs:	0'
	ex --no-new-privs "$ID" grep NoNewPrivs /proc/self/status
	has 'NoNewPrivs:	1'
}

@test "exec: processors, before and after it is in the cgroup: execCPUAffinity" {
	root_only
	start_container '.process.execCPUAffinity = {initial: "0", final: "1"}'
	ex "$ID" grep Cpus_allowed_list /proc/self/status
	[ "$output" = "Cpus_allowed_list:	1" ]
	[ "$(taskset -c 0 "$TARE" --root "$STATE" exec "$ID" grep Cpus_allowed_list /proc/self/status)" = "Cpus_allowed_list:	1" ]
	tare delete --force "$ID"
	start_container # the caller's are reset to the cpuset
	[ "$(taskset -c 0 "$TARE" --root "$STATE" exec "$ID" grep Cpus_allowed_list /proc/self/status)" = "$(grep Cpus_allowed_list /proc/self/status)" ]
}

# bats test_tags=cgroup
@test "exec: --cgroup names one below the container's; it must be there, and nowhere else" {
	root_only
	start_container
	local dir line controller file
	while IFS=: read -r _ controller dir; do
		for line in "/sys/fs/cgroup/${controller#name=}" "/sys/fs/cgroup/${controller%%,*}" /sys/fs/cgroup/unified /sys/fs/cgroup; do
			[ -e "$line$dir/cgroup.procs" ] || continue
			mkdir -p "$line$dir/below"
			for file in cpuset.cpus cpuset.mems; do [ ! -e "$line$dir/tasks" ] || [ ! -e "$line$dir/$file" ] || cat "$line$dir/$file" >"$line$dir/below/$file"; done
			break
		done
	done <"/proc/$(pid_of "$ID")/cgroup"
	# cgroup2's line is there also where it is mounted nowhere.
	local hidden='^$'
	[ -e /sys/fs/cgroup/unified/cgroup.procs ] || [ -e /sys/fs/cgroup/cgroup.procs ] || hidden=^0::
	ex --cgroup below "$ID" sh -c "grep -v '$hidden' /proc/self/cgroup | grep -vc /below$"
	[ "$output" = 0 ]
	ex --cgroup / "$ID" sh -c 'grep -c /below$ /proc/self/cgroup'
	[ "$output" = 0 ]
	ex --cgroup missing "$ID" true
	fails 255
	has 'no such file or directory'
	ex --cgroup ../.. "$ID" true
	fails 255
	has 'component ".."'
	ex --cgroup pids:.. "$ID" true
	fails 255
	has 'component ".."'
	ex --cgroup pids:../x "$ID" true
	fails 255
	has 'component ".."'
	ex --cgroup nosuchcontroller:below "$ID" true
	fails 255
	has 'no v1 controller of this name'
	if [ -d /sys/fs/cgroup/pids ]; then
		ex --cgroup pids:below "$ID" cat /proc/self/cgroup
		[ "$(grep -c /below$ <<<"$output")" = 1 ]
		has pids
		ex --cgroup pids,cpu:below --cgroup freezer:/below "$ID" cat /proc/self/cgroup
		[ "$(grep -c /below$ <<<"$output")" = 3 ]
	fi
}

# bats test_tags=cgroup
@test "exec: where the container's cgroup has handed its controllers on, the process goes where init is" {
	root_only
	[ -e /sys/fs/cgroup/cgroup.controllers ] || skip "cgroup v2 is not alone here: nothing hands controllers on"
	start_container
	local dir=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid_of "$ID")/cgroup")
	mkdir "$dir/init.scope"
	echo "$(pid_of "$ID")" >"$dir/init.scope/cgroup.procs"
	echo +memory >"$dir/cgroup.subtree_control"
	ex "$ID" cat /proc/self/cgroup
	succeeds
	has init.scope
	ex --cgroup / "$ID" true
	fails 255
}

@test "exec: in a user namespace: root there, nobody's here" {
	root_only
	start_container '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	ex "$ID" sh -c 'id; cat /proc/self/uid_map'
	succeeds
	has 'uid=0(root) gid=0'
	has 100000
	tare exec -d --pid-file "$BATS_TEST_TMPDIR/pid" -u 5:6 "$ID" sleep 1000 </dev/null >/dev/null 2>&1
	[ "$(stat -c %u:%g "/proc/$(cat "$BATS_TEST_TMPDIR/pid")")" = 100005:100006 ]
	process '.args = ["/bin/sh", "-c", "ulimit -n"] | .rlimits = [{type: "RLIMIT_NOFILE", soft: 70, hard: 80}]'
	ex -p "$BATS_TEST_TMPDIR/process.json" "$ID"
	[ "$output" = 70 ]
}

@test "exec: without pid, without any, and without a mount namespace" {
	root_only
	start_container '.linux.namespaces |= map(select(.type != "pid"))'
	ex "$ID" sh -c 'readlink /proc/self/ns/mnt'
	succeeds
	[ "$output" = "$(ns_of "$(pid_of "$ID")" mnt)" ]
	tare delete --force "$ID"
	start_container '.linux.namespaces = [] | .mounts = [] | del(.hostname) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	ex "$ID" ls /
	succeeds
	has bin
	lacks usr
}

hostile() { # ARGUMENT...: the tracer in the container, until it waits
	local program
	program=$(dirname "$(realpath "$(command -v "$TARE")")")/tests/bats/trace
	[ -x "$program" ] || skip "make check builds $program"
	cp "$program" "$B/rootfs/bin/trace"
	start_container '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"])'
	LIMIT=300 tare exec "$ID" trace "$@" </dev/null >"$BATS_TEST_TMPDIR/got" 2>&1 3>&- &
	TRACER=$!
	eventually [ -e "$B/rootfs/tmp/tracing" ]
	# It does not see each of them before its exec.
	traced() { tare exec "$ID" true </dev/null >/dev/null 2>&1 || :; [ -s "$BATS_TEST_TMPDIR/got" ]; }
	eventually traced
	wait "$TRACER"
	cat "$BATS_TEST_TMPDIR/got"
}

@test "exec: a neighbour that traces the process before its exec gets no rights but those that it has, and the two that are needed" {
	root_only
	hostile
	local own
	own=$(sed -n 's/^CapBnd:\t//p' "/proc/$(pid_of "$ID")/status")
	[ "$(sed -n 's/^CapBnd:\t//p' "$BATS_TEST_TMPDIR/got")" = "$own" ]
	# Beyond them: CAP_SETGID, for the groups, and CAP_SYS_RESOURCE, for the limits.
	[ $((0x$(sed -n 's/^CapPrm:\t//p' "$BATS_TEST_TMPDIR/got") & ~0x$own & ~0x1000040)) = 0 ]
}

@test "exec: a process that lies about its pid makes tare kill nobody" {
	root_only
	sleep 1000 3>&- &
	local victim=$!
	hostile "$victim"
	grep -q 'forged: 1' "$BATS_TEST_TMPDIR/got"
	kill -0 "$victim"
	! gone "$victim"
	kill "$victim"
	eventually eval '[ "$(tare ps -f json "$ID")" = "[$(pid_of "$ID")]" ]'
}

@test "exec: neighbours see nothing of the host in a process that comes in" {
	root_only
	[ "$(uname -m)" = x86_64 ] || skip "the watcher is for this machine"
	start_container '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "CAP_DAC_OVERRIDE"])'
	# Opens whatever root, directory and descriptors a new process has, as long as there are new ones; says what is not the container's.
	LIMIT=300 tare exec "$ID" sh -c 'echo mine > /tmp/mark; echo ready > /tmp/ready; while [ ! -e /tmp/stop ]; do
		for p in /proc/[0-9]*; do
			[ -e $p/root/tmp/mark ] || [ ! -d $p/root/ ] || echo "root of $p"
			for f in $p/fd/*; do [ ! -d $f/ ] || [ -e $f/tmp/mark ] || [ "$(readlink $f)" = / ] || case $(readlink $f) in /proc*|/tmp*) ;; "") ;; *) echo "$f $(readlink $f)" ;; esac; done
		done; done' </dev/null >"$BATS_TEST_TMPDIR/seen" 2>/dev/null 3>&- &
	local watcher=$! i
	eventually [ -e "$B/rootfs/tmp/ready" ]
	for ((i = 0; i < 100; i++)); do tare exec "$ID" true </dev/null; done
	touch "$B/rootfs/tmp/stop"
	wait "$watcher"
	run cat "$BATS_TEST_TMPDIR/seen"
	[ -z "$output" ]
}

@test "exec: 50 at once" {
	start_container
	local i pids=()
	for ((i = 0; i < 50; i++)); do
		tare exec "$ID" sh -c "echo $i" </dev/null >"$BATS_TEST_TMPDIR/out$i" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	for ((i = 0; i < 50; i++)); do [ "$(cat "$BATS_TEST_TMPDIR/out$i")" = "$i" ]; done
	[ "$(tare ps -f json "$ID")" = "[$(pid_of "$ID")]" ]
}

@test "exec: where setns knows one namespace at a time only, and clone3 and close_range are missing" {
	[ "$(uname -m)" = x86_64 ] || skip "the filter is for this machine"
	command -v python3 >/dev/null || skip "no python3 here to make the filter"
	local user='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings' config
	[ "$(id -u)" = 0 ] || user=.
	for config in . "$user"; do
		start_container "$config"
		run "$BATS_TEST_DIRNAME/../fault/without" setns-pidfd,clone3,close_range "$TARE" --root "$STATE" exec "$ID" sh -c 'for n in pid mnt user; do readlink /proc/self/ns/$n; done; id -u; ls /proc/self/fd'
		succeeds
		[ "${lines[0]}" = "$(ns_of "$(pid_of "$ID")" pid)" ]
		[ "${lines[1]}" = "$(ns_of "$(pid_of "$ID")" mnt)" ]
		[ "${lines[2]}" = "$(ns_of "$(pid_of "$ID")" user)" ]
		[ "${lines[*]:3}" = "0 0 1 2 3" ]
		tare delete --force "$ID"
	done
}

@test "exec: with a seccomp listener, and without a pid file" {
	needs pidfd_getfd
	root_only
	command -v python3 >/dev/null || skip "no python3 here to be the agent"
	"$BATS_TEST_DIRNAME/agent" "$B/agent.sock" "$B/got" >"$B/agent.out" 2>&1 3>&- &
	local agent=$!
	eventually test -S "$B/agent.sock"
	start_container
	# The agent takes one listener: that of the exec.
	jq ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$B/agent.sock\", syscalls: [{names: [\"mkdir\", \"mkdirat\"], action: \"SCMP_ACT_NOTIFY\"}]}" \
		"$STATE/$ID/config.json" >"$B/new" && cat "$B/new" >"$STATE/$ID/config.json"
	ex "$ID" echo done
	kill $agent 2>/dev/null || :
	succeeds
	[ "$output" = done ]
}

@test "exec: --pidfd-socket gets the pidfd of the process" {
	needs pidfd_open
	command -v python3 >/dev/null || skip "no python3 here to receive a descriptor"
	python3 - "$B/sock" >"$B/heard" 3>&- <<-'EOF' &
		import array, os, socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
		s.bind(sys.argv[1] + "~")
		s.listen(1)
		os.rename(sys.argv[1] + "~", sys.argv[1])
		c, _ = s.accept()
		_, anc, _, _ = c.recvmsg(99, socket.CMSG_SPACE(4))
		fd = array.array("i", anc[0][2])[0]
		print(open("/proc/self/fdinfo/%d" % fd).read(), flush=True)
	EOF
	eventually test -S "$B/sock"
	start_container
	tare exec -d --pidfd-socket "$B/sock" --pid-file "$B/pid" "$ID" sleep 1000 </dev/null >"$B/out" 2>&1 3>&-
	eventually grep -q "^Pid:[[:space:]]$(cat "$B/pid")$" "$B/heard"
}

@test "exec: a working directory that the user alone may enter, as root and as him; where run works, exec does" {
	root_only
	mkdir -p "$B/rootfs/private"
	chown 1000:1000 "$B/rootfs/private"
	chmod 700 "$B/rootfs/private"
	start_container '.process.cwd = "/private" | .process.capabilities = {}'
	ex "$ID" pwd
	succeeds
	[ "$output" = /private ]
	ex --cwd /private "$ID" pwd
	succeeds
	ex -u 1000:1000 --cwd /private "$ID" pwd
	succeeds
	ex -u 1000:1000 "$ID" pwd
	[ "$output" = /private ]
}

@test "executing a directory: the words of all engines, for run and exec" {
	start_container
	ex "$ID" /etc
	fails 255
	has 'is a directory'
	has 'permission denied'
	bundle '.process.args = ["/etc"]'
	run tare run -b "$B" "$ID-2"
	fails
	has 'is a directory: permission denied'
}

@test "exec: the cause stands within the first 80 characters, whatever the id" {
	local long
	long=$(printf 'a%.0s' {1..64})
	bundle '.process.args = ["sleep", "1000"]'
	tare run -d -b "$B" "$long" </dev/null >/dev/null 2>&1
	ex "$long" /nothing
	fails 255
	[[ ${output:0:80} == *"no such file or directory"* ]]
	has "[$long]"
	ex --cwd /nowhere "$long" true
	[[ ${output:0:80} == *"/nowhere: no such file or directory"* ]]
	ex --user x "$long" true
	[[ ${output:0:80} == *"--user takes numbers"* ]]
}

@test "exec: an error names the option that asked for it, and one cause is one warning" {
	start_container
	ex --cap CAP_NOPE "$ID" true
	succeeds
	[ "${#lines[@]}" = 1 ]
	has '--cap: unknown capability "CAP_NOPE" is ignored'
	process '.capabilities = {bounding: ["CAP_KILL", "CAP_X"], effective: ["CAP_KILL", "CAP_X"], permitted: ["CAP_KILL", "CAP_X"], ambient: ["CAP_KILL"]}'
	ex -p "$BATS_TEST_TMPDIR/process.json" "$ID"
	[ "$(grep -c warning <<<"$output")" = 2 ]
	has 'capabilities: unknown capability "CAP_X" is ignored'
	has 'capabilities/ambient: not in the permitted and the inheritable set, so dropped: CAP_KILL'
	# Of what is in config.json create has warned already.
	tare delete --force "$ID"
	start_container '.process.capabilities.bounding += ["CAP_OLD"]'
	grep -q CAP_OLD "$BATS_TEST_TMPDIR/out"
	ex "$ID" true
	[ -z "$output" ]
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	ex "$ID" true
	fails 255
	lacks '/linux/'
}
