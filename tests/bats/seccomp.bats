# SPDX-License-Identifier: Apache-2.0
load helpers
load verdicts

setup_test() {
	[[ $(cc -dumpmachine) == x86_64-* ]] || skip "the numbers below are x86_64's"
	"$TARE" features | jq -e .linux.seccomp.enabled >/dev/null || skip "this tare was built without seccomp"
	cc -O1 -static -o "$B/rootfs/bin/calls" "$BATS_TEST_DIRNAME/calls.c"
}

@test "every action: allow, errno, errno with a value, trap, kill, kill of the process, log, trace" {
	verdicts '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [
		{names: ["getppid"], action: "SCMP_ACT_ERRNO"},
		{names: ["getuid"], action: "SCMP_ACT_ERRNO", errnoRet: 38},
		{names: ["geteuid"], action: "SCMP_ACT_ERRNO", errnoRet: 0},
		{names: ["getgid"], action: "SCMP_ACT_TRAP"},
		{names: ["getegid"], action: "SCMP_ACT_KILL"},
		{names: ["getpgrp"], action: "SCMP_ACT_KILL_THREAD"},
		{names: ["setsid"], action: "SCMP_ACT_KILL_PROCESS"},
		{names: ["sync"], action: "SCMP_ACT_LOG"},
		{names: ["sched_yield"], action: "SCMP_ACT_TRACE", errnoRet: 7},
		{names: ["getpid"], action: "SCMP_ACT_ALLOW"}]}' <<-'EOF'
		39   -> value     # getpid
		110  -> errno 1   # getppid
		102  -> errno 38  # getuid
		107  -> value     # geteuid: an errno of 0 is success
		104  -> signal 31 # getgid
		108  -> signal 31 # getegid
		111  -> signal 31 # getpgrp
		112  -> signal 31 # setsid
		162  -> value     # sync: logged
		24   -> errno 38  # sched_yield: traced by nobody
		186  -> value     # gettid: not named
	EOF
}

@test "every operator, on a high argument and on 64 bits; several arguments must all hold" {
	verdicts '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [
		{names: ["personality"], action: "SCMP_ACT_ERRNO", errnoRet: 100, args: [{index: 0, value: 8, op: "SCMP_CMP_EQ"}]},
		{names: ["getpriority"], action: "SCMP_ACT_ERRNO", errnoRet: 101, args: [{index: 0, value: 0, op: "SCMP_CMP_NE"}]},
		{names: ["setpriority"], action: "SCMP_ACT_ERRNO", errnoRet: 102, args: [{index: 0, value: 5, op: "SCMP_CMP_LT"}]},
		{names: ["getpgid"], action: "SCMP_ACT_ERRNO", errnoRet: 103, args: [{index: 0, value: 5, op: "SCMP_CMP_LE"}]},
		{names: ["getsid"], action: "SCMP_ACT_ERRNO", errnoRet: 104, args: [{index: 0, value: 5, op: "SCMP_CMP_GE"}]},
		{names: ["alarm"], action: "SCMP_ACT_ERRNO", errnoRet: 105, args: [{index: 0, value: 5, op: "SCMP_CMP_GT"}]},
		{names: ["umask"], action: "SCMP_ACT_ERRNO", errnoRet: 106, args: [{index: 0, value: 240, valueTwo: 16, op: "SCMP_CMP_MASKED_EQ"}]},
		{names: ["dup3"], action: "SCMP_ACT_ERRNO", errnoRet: 107, args: [{index: 0, value: 1, op: "SCMP_CMP_EQ"}, {index: 2, value: 3, op: "SCMP_CMP_EQ"}]},
		{names: ["mmap"], action: "SCMP_ACT_ERRNO", errnoRet: 108, args: [{index: 5, value: 4294967296, op: "SCMP_CMP_EQ"}]},
		{names: ["fcntl"], action: "SCMP_ACT_ERRNO", errnoRet: 109, args: [{index: 1, value: 1, op: "SCMP_CMP_EQ"}, {index: 1, value: 2, op: "SCMP_CMP_EQ"}]}]}' <<-'EOF'
		135,8  -> errno 100
		135,0xffffffff -> value
		140,0,0 -> value
		140,1,0 -> errno 101
		141,4 -> errno 102
		141,5 -> errno 22
		121,5 -> errno 103
		121,4 -> errno 103
		121,99999 -> errno 3
		124,4 -> errno 3
		124,5 -> errno 104
		124,6 -> errno 104
		37,5 -> value
		37,6 -> errno 105
		95,0x10 -> errno 106
		95,0x1f -> errno 106
		95,0x20 -> value
		292,1,9,3 -> errno 107
		292,1,9,4 -> errno 22
		292,2,2,3 -> errno 22
		9,0,4096,0,0x22,0xffffffffffffffff,0x100000000 -> errno 108
		9,0,4096,0,0x22,0xffffffffffffffff,0 -> value
		72,1,1 -> errno 109
		72,1,2 -> errno 109
		72,1,3 -> value
	EOF
}

@test "sub-architectures: 32-bit calls are judged by their own numbers, and end a process whose profile does not list them" {
	local rules='syscalls: [{names: ["getppid", "socket"], action: "SCMP_ACT_ERRNO", errnoRet: 100},
		{names: ["personality"], action: "SCMP_ACT_ERRNO", errnoRet: 101, args: [{index: 0, value: 8, op: "SCMP_CMP_EQ"}]}]'
	"$B/rootfs/bin/calls" i386:20 | grep -q value || skip "this kernel has no 32-bit entry"
	verdicts "{defaultAction: \"SCMP_ACT_ALLOW\", architectures: [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\"], $rules}" <<-'EOF'
		110          -> errno 100 # getppid
		i386:64      -> errno 100 # getppid of i386, of which 110 is iopl
		i386:359,1,1 -> errno 100 # socket
		i386:102,1,0 -> errno 100 # socketcall(SYS_SOCKET)
		i386:102,2,0 -> errno 14  # socketcall(SYS_BIND): EFAULT
		i386:136,8   -> errno 101 # personality
		i386:136,9   -> value
		135,8        -> errno 101
		i386:20      -> value     # getpid
	EOF
	verdicts "{defaultAction: \"SCMP_ACT_ALLOW\", architectures: [\"SCMP_ARCH_X86_64\"], $rules}" <<-'EOF'
		110     -> errno 100
		39      -> value
		i386:20 -> signal 31
		i386:64 -> signal 31
	EOF
	# No list: those of this machine's own architecture alone.
	verdicts "{defaultAction: \"SCMP_ACT_ALLOW\", $rules}" <<-'EOF'
		110     -> errno 100
		i386:20 -> signal 31
	EOF
	# What a list of what is allowed leaves out is left out of both.
	verdicts '{defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], syscalls: [{action: "SCMP_ACT_ALLOW", names: ["execve", "brk", "arch_prctl", "set_tid_address",
		"set_robust_list", "rseq", "prlimit64", "readlink", "readlinkat", "getrandom", "mprotect", "newfstatat", "fstat", "write", "exit_group", "pipe", "pipe2", "clone", "close", "read", "wait4", "getpid",
		"fcntl", "rt_sigprocmask", "gettid", "mmap", "munmap"]}]}' <<-'EOF'
		39         -> value   # getpid
		i386:20    -> value
		i386:64    -> errno 1 # getppid
		0x40000027 -> errno 38 # getpid of x32, which this kernel lacks
		0x4000006e -> errno 1  # getppid of x32
	EOF
}

@test "a list of what is allowed: the rest gets the default errno, and what is newer than the list ENOSYS" {
	local allowed='["read", "write", "close", "fstat", "newfstatat", "mmap", "mprotect", "munmap", "brk", "rt_sigaction", "rt_sigprocmask", "pipe", "pipe2",
		"clone", "fork", "vfork", "execve", "exit", "exit_group", "wait4", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64",
		"readlink", "readlinkat", "getrandom", "access", "getpid", "ioctl", "prctl", "capset", "capget", "statx", "setresuid", "setresgid", "umask"]'
	verdicts "{defaultAction: \"SCMP_ACT_ERRNO\", architectures: [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"],
		syscalls: [{names: $allowed, action: \"SCMP_ACT_ALLOW\"}]}" <<-'EOF'
		39  -> value    # getpid
		102 -> errno 1  # getuid: known to the profile's time, and refused
		83  -> errno 1  # mkdir
		400 -> errno 38 # newer than rseq (334), the newest that is named
		437 -> errno 38 # openat2
		451 -> errno 38
		999 -> errno 38
	EOF
	verdicts "{defaultAction: \"SCMP_ACT_ERRNO\", defaultErrnoRet: 13, syscalls: [{names: $allowed, action: \"SCMP_ACT_ALLOW\"}]}" <<-'EOF'
		102 -> errno 13
		437 -> errno 38
	EOF
	verdicts "{defaultAction: \"SCMP_ACT_ERRNO\", defaultErrnoRet: 38, syscalls: [{names: $allowed, action: \"SCMP_ACT_ALLOW\"}]}" <<-'EOF'
		102 -> errno 38
		437 -> errno 38
	EOF
}

@test "a comparison that repeats one of a rule before does not hide the next one" {
	verdicts '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [
		{names: ["personality"], action: "SCMP_ACT_ERRNO", errnoRet: 6, args: [{index: 0, value: 511, op: "SCMP_CMP_EQ"}]},
		{names: ["personality"], action: "SCMP_ACT_ERRNO", errnoRet: 5, args: [{index: 0, value: 511, op: "SCMP_CMP_EQ"}, {index: 0, value: 448, op: "SCMP_CMP_EQ"}]}]}' <<-'EOF'
		135,511 -> errno 6
		135,448 -> errno 5
		135,0xffffffff -> value
	EOF
}

@test "rules that libseccomp compiles wrongly, or without an end, are refused; a newer one does what they say" {
	compare() { echo "{names: [\"mkdir\"], action: \"SCMP_ACT_ERRNO\", errnoRet: 7, args: [$1]}"; }
	argument() { echo "{index: $1, op: \"SCMP_CMP_$2\", value: $3, valueTwo: ${4:-0}}"; }
	local wrong endless
	wrong="$(compare "$(argument 1 LT 55)"), $(compare "$(argument 1 LT 0)"), $(compare "$(argument 1 MASKED_EQ 3639 55)"), $(compare "$(argument 1 LT 60517119992129)")"
	endless="$(compare "$(argument 0 GE 4294967296), $(argument 3 NE 0)"), $(compare "$(argument 0 GE 4294967296), $(argument 3 NE 4294967296)")"
	for profile in "$wrong" "$endless"; do
		bundle ".process.args = [\"calls\", \"83,0x100000000,0xffffff,0,1\"] | .linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [$profile]}"
		run tare run -b "$B" "$ID"
		if [ "$status" = 0 ]; then
			[ "$output" = "errno 7" ]
		else
			has "#/linux/seccomp: "
			[[ $output == *"compiles the rules of mkdir into a filter that does not do what they say: mkdir("* || $output == *"libseccomp has not ended after 10 seconds"* ]]
		fi
		[ -z "$(tare list -q)" ]
	done
}

@test "unknown system calls and architectures warn, and the others count" {
	bundle '.process.args = ["calls", "110"] | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_LOONGARCH64"],
		syscalls: [{names: ["no_such_call", "getppid"], action: "SCMP_ACT_ERRNO"}]}'
	local i
	for i in compiled cached; do
		run tare run -b "$B" "$ID"
		has 'seccomp/syscalls: unknown system calls are ignored: no_such_call'
		has 'errno 1'
	done
	bundle '.process.args = ["true"] | .annotations["run.oci.seccomp_fail_unknown_syscall"] = "1" | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["getppid", "no_such_call"], action: "SCMP_ACT_ERRNO"}]}'
	run tare run -b "$B" "$ID"
	fails
	has 'config.json#/linux/seccomp/syscalls/0/names/1: unknown system call "no_such_call"'
}

@test "the filter is cached by all that influences it; a cache that is damaged, foreign or absent does not matter" {
	local cache=$BATS_TEST_TMPDIR/run/tare-seccomp
	chmod -R a+rX "$B"
	mkdir "$BATS_TEST_TMPDIR/run"
	chown 12345:12345 "$BATS_TEST_TMPDIR/run" && chown -R 12345:12345 "$B"
	once() { # ERRNO
		as_user "$TARE" spec --rootless -f - | jq ".process.terminal = false | .process.args = [\"calls\", \"110\"] |
			.linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"getppid\"], action: \"SCMP_ACT_ERRNO\", errnoRet: $1}]}" >"$B/config.json"
		run as_user env XDG_RUNTIME_DIR="$BATS_TEST_TMPDIR/run" "$TARE" run -b "$B" "$ID"
		[ "$output" = "errno $1" ]
	}
	once 5
	[ "$(ls "$cache" | wc -l)" = 1 ]
	once 5
	[ "$(ls "$cache" | wc -l)" = 1 ]
	once 6
	[ "$(ls "$cache" | wc -l)" = 2 ]
	# Another's program under this one's name: the key in it says so.
	set -- "$cache"/*
	cp "$1" "$1.x"; cp "$2" "$1"; cp "$1.x" "$2"; rm "$1.x"
	once 5
	once 6
	local file
	for file in "$cache"/*; do : >"$file"; done
	once 5
	chmod 777 "$cache"
	for file in "$cache"/*; do echo wrong >"$file"; done
	once 5
	rm -r "$cache"; touch "$cache"
	once 5
}

@test "run.oci.seccomp_bpf_data: a program that comes ready-made" {
	# ld [0]; jeq 110 ? ret errno 77 : ret allow
	local program
	program=$(printf '\x20\0\0\0\0\0\0\0\x15\0\0\x01\x6e\0\0\0\x06\0\0\0\x4d\0\x05\0\x06\0\0\0\0\0\xff\x7f' | base64 -w0)
	bundle ".process.args = [\"calls\", \"110\", \"39\"] | .linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\"} |
		.annotations[\"run.oci.seccomp_bpf_data\"] = \"$program\""
	run tare run -b "$B" "$ID"
	[ "$output" = $'errno 77\nvalue' ]
	bundle ".process.args = [\"calls\", \"110\"] | .annotations[\"run.oci.seccomp_bpf_data\"] = \"$program\""
	run tare run -b "$B" "$ID"
	[ "$output" = 'errno 77' ]
}

@test "a startContainer hook is bound by the container's filter" {
	printf '#!/bin/sh\ncalls 110 39 >/said\n' >"$B/rootfs/hook"
	chmod +x "$B/rootfs/hook"
	in_container 'cat /said' '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getppid"], action: "SCMP_ACT_ERRNO", errnoRet: 7}]} |
		.hooks.startContainer = [{path: "/hook"}] | .root.readonly = false'
	[ "$output" = $'errno 7\nvalue' ]
}

listener() { # AGENT-ARGUMENTS...: starts an agent; its pid in $agent
	rm -f "$B/agent.sock" "$B/got"
	"$BATS_TEST_DIRNAME/agent" "$B/agent.sock" "$B/got" "$@" &
	agent=$!
	eventually test -S "$B/agent.sock"
}

@test "listener: the agent gets the descriptor and the state, and its answers count" {
	needs pidfd_getfd
	local verb
	for verb in run start; do
		listener 83=-42 110=4711
		bundle ".process.args = [\"sh\", \"-c\", \"calls 83,0 110 39; id -u\"] | .annotations.a = \"b\" |
			.linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$B/agent.sock\", listenerMetadata: \"about\",
			flags: [$(! since 5.19 || echo '"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"')],
			syscalls: [{names: [\"mkdir\", \"getppid\"], action: \"SCMP_ACT_NOTIFY\"}]}"
		if [ $verb = run ]; then
			run tare run -b "$B" "$ID"
			[ "$output" = $'errno 42\nvalue\nvalue\n0' ]
		else
			tare create -b "$B" "$ID" >"$B/out" 2>&1 </dev/null
			[ ! -e "$B/got" ]
			tare start "$ID"
			eventually is_status "$ID" stopped
			[ "$(cat "$B/out")" = $'errno 42\nvalue\nvalue\n0' ]
			tare delete "$ID"
		fi
		jq -e ".fds == [\"seccompFd\"] and .metadata == \"about\" and .ociVersion == \"1.3.0\" and .pid > 0 and .pid == .state.pid and
			.state.id == \"$ID\" and .state.bundle == \"$B\" and .state.annotations.a == \"b\" and .state.status == \"created\"" "$B/got"
		wait $agent
	done
}

@test "listener: in the pid namespace of others and for exec the filter is in force as soon as they see the process" {
	needs pidfd_getfd
	root_only
	local pid profile="{defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$B/agent.sock\", syscalls: [{names: [\"mkdir\"], action: \"SCMP_ACT_NOTIFY\"}]}"
	listener 83=-42
	start_container ".process.noNewPrivileges = false | .linux.seccomp = $profile"
	wait $agent
	listener 83=-42
	run tare exec "$ID" calls 83,0
	[ "$output" = 'errno 42' ]
	wait $agent
	listener 83=-42
	pid=$(pid_of "$ID")
	bundle ".process.args = [\"calls\", \"83,0\"] | (.linux.namespaces[] | select(.type == \"pid\")).path = \"/proc/$pid/ns/pid\" |
		.process.noNewPrivileges = false | .linux.seccomp = $profile"
	tare create -b "$B" "$ID-2" >"$B/out" 2>&1 </dev/null
	grep -q 'Seccomp:	2' "/proc/$(pid_of "$ID-2")/status"
	! grep -q 'CapEff:.*2.....$' "/proc/$(pid_of "$ID-2")/status"
	[ "$(jq .pid "$B/got")" = "$(pid_of "$ID-2")" ]
	[ -z "$(find "/proc/$(pid_of "$ID-2")/fd" -lname '*seccomp*')" ]
	tare start "$ID-2"
	eventually is_status "$ID-2" stopped
	[ "$(cat "$B/out")" = 'errno 42' ]
	wait $agent
}

@test "listener: no deadlock whichever system call is notified, with noNewPrivileges and without" {
	needs pidfd_getfd
	local nnp all
	all=$(jq -cn '["execve", "write", "read", "close", "capset", "prctl", "rt_sigaction", "rt_sigprocmask", "sendmsg", "futex", "sendto", "exit_group", "openat", "mmap", "brk"]')
	for nnp in true false; do
		listener
		bundle ".process.args = [\"calls\", \"39\"] | .process.noNewPrivileges = $nnp |
			.linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$B/agent.sock\", syscalls: [{names: $all, action: \"SCMP_ACT_NOTIFY\"}]}"
		run tare run -b "$B" "$ID"
		[ "$output" = value ]
		wait $agent
	done
}

@test "listener: run.oci.seccomp.receiver, and a user namespace of an ordinary user" {
	needs pidfd_getfd
	listener 110=-9
	bundle ".process.args = [\"calls\", \"110\"] | .annotations[\"run.oci.seccomp.receiver\"] = \"$B/agent.sock\" |
		.linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"getppid\"], action: \"SCMP_ACT_NOTIFY\"}]}"
	run tare run -b "$B" "$ID"
	[ "$output" = 'errno 9' ]
	wait $agent
	chmod -R a+rX "$B"
	listener 110=-9
	chmod 777 "$B/agent.sock"
	mkdir -p "$STATE" && chown 12345:12345 "$STATE" && chown -R 12345:12345 "$B/rootfs"
	as_user "$TARE" spec --rootless -f - | jq ".process.terminal = false | .process.args = [\"calls\", \"110\"] |
		.linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$B/agent.sock\", syscalls: [{names: [\"getppid\"], action: \"SCMP_ACT_NOTIFY\"}]}" >"$B/config.json"
	run as_user "$TARE" --root "$STATE" run -b "$B" "$ID"
	[ "$output" = 'errno 9' ]
}

@test "listener: an agent that is missing is an error before anything is touched; one that is gone at start ends the container" {
	needs pidfd_getfd
	bundle ".process.args = [\"true\"] | .linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$B/agent.sock\", syscalls: [{names: [\"getppid\"], action: \"SCMP_ACT_NOTIFY\"}]}"
	run tare create -b "$B" "$ID"
	fails
	has 'config.json#/linux/seccomp/listenerPath: stat'
	[ ! -e "$STATE/$ID" ]
	listener
	tare create -b "$B" "$ID" >"$B/out" 2>&1 </dev/null
	kill $agent
	run tare start "$ID"
	fails
	has 'config.json#/linux/seccomp/listenerPath: connect'
	eventually is_status "$ID" stopped
}
