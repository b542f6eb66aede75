# SPDX-License-Identifier: Apache-2.0
# What a container, its image, its neighbours or its config must not get at: one test for each way that was found open once.
load helpers

USERNS='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'
rootless_config() { as_user "$TARE" spec --rootless -f - | jq ".process.terminal = false | .root.readonly = false | ${1:-.}" >"$B/config.json"; }
user_tare() { as_user timeout 30 "$TARE" --root "$STATE" "$@"; }
be_user() { mkdir -p "$STATE"; chown 12345:12345 "$STATE"; chown -R 12345:12345 "$B"; }

teardown_test() {
	if [ -d "$STATE" ] && [ "$(stat -c %u "$STATE")" = 12345 ]; then
		for id in $(user_tare list -q 2>/dev/null); do user_tare delete --force "$id"; done
	fi
	umount -l "$B/vol" 2>/dev/null || :
	# What a tare with a hole has changed on the host.
	[ "$(id -u)" != 0 ] || { chown 0:0 /dev/null && chmod 666 /dev/null; }
}

# --- /proc and /sys ---

REVEAL='.process.args = ["unshare", "-mrpf", "sh", "-c", "mount -t proc none /proc && test -w /proc/sys/kernel/core_pattern && echo REVEALED"] |
	.process.noNewPrivileges = false | .process.capabilities.bounding += ["CAP_SETFCAP"] | .process.capabilities.permitted += ["CAP_SETFCAP"] |
	.process.capabilities.effective += ["CAP_SETFCAP"]'

@test "an unmasked procfs can't be mounted in a new user namespace, in whichever way the root was changed" {
	root_only
	bundle "$REVEAL"
	run tare run -b "$B" "$ID"
	lacks REVEALED
	run tare run --no-pivot -b "$B" "$ID"
	lacks REVEALED
	bundle "$REVEAL | .linux.namespaces |= map(select(.type != \"mount\"))"
	run tare run -b "$B" "$ID"
	lacks REVEALED
	# With the container's own /proc as it is, it may be mounted again, and that is all the same.
	bundle "$REVEAL | .linux.maskedPaths = [] | .linux.readonlyPaths = []"
	run tare run --no-pivot -b "$B" "$ID"
	has REVEALED
}

@test "rootless: with --no-pivot, too, what can't be unmounted of the host's /proc is covered" {
	be_user
	rootless_config "$REVEAL"
	run user_tare run --no-pivot -b "$B" "$ID"
	lacks REVEALED
	run user_tare run -b "$B" "$ID"
	lacks REVEALED
	rootless_config '.process.args = ["sh", "-c", "mount -t proc none /tmp && echo mounted; ls /proc/self/status"]'
	run user_tare run --no-pivot -b "$B" "$ID"
	has /proc/self/status
}

@test "--no-pivot: a procfs below the bundle's rootfs is not left mounted underneath either" {
	root_only
	# Nor that below the bundle's rootfs, which the container's root covers.
	mkdir -p "$BATS_TEST_TMPDIR/root"
	mount --bind "$B/rootfs" "$BATS_TEST_TMPDIR/root"
	mount -t proc proc "$BATS_TEST_TMPDIR/root/proc"
	bundle "$REVEAL | .root.path = \"$BATS_TEST_TMPDIR/root\""
	run tare run --no-pivot -b "$B" "$ID"
	umount "$BATS_TEST_TMPDIR/root/proc" "$BATS_TEST_TMPDIR/root"
	lacks REVEALED
	has 'ermission denied'
}

@test "a masked file's cover is read-only, and not the host's null device" {
	root_only
	local before
	before=$(stat -c %a:%u:%g:%Y /dev/null)
	in_container 'chmod 600 /proc/keys; chown 5:5 /proc/keys; touch -d @0 /proc/keys; cat /proc/keys; echo x >/proc/keys; stat -c %a:%u /dev/null' \
		'.process.capabilities.bounding = ["CAP_CHOWN", "CAP_FOWNER", "CAP_DAC_OVERRIDE"] | .process.capabilities.permitted = .process.capabilities.bounding |
		.process.capabilities.effective = .process.capabilities.bounding'
	has 'Read-only file system'
	[ "${lines[-1]}" = 666:0 ]
	[ "$(stat -c %a:%u:%g:%Y /dev/null)" = "$before" ]
	# Where the image has none, the host's is looked through, and is read-only all the same.
	in_container 'chmod 600 /proc/keys; echo done' '.mounts |= map(select(.destination | startswith("/dev") | not)) | .root.readonly = true |
		.process.capabilities.bounding = ["CAP_FOWNER"] | .process.capabilities.permitted = ["CAP_FOWNER"] | .process.capabilities.effective = ["CAP_FOWNER"]'
	[ "$(stat -c %a:%u:%g:%Y /dev/null)" = "$before" ]
}

@test "rootless: the nodes of the host that are bound can't be changed, and can be used" {
	be_user
	local before
	before=$(stat -c %Y /dev/null)
	rootless_config '.process.args = ["sh", "-c", "touch -d @0 /dev/null; chmod 600 /dev/null; echo x >/dev/null && head -c 3 /dev/zero | wc -c"]'
	run user_tare run -b "$B" "$ID"
	[ "${lines[-1]}" = 3 ]
	[ "$(stat -c %Y /dev/null)" = "$before" ]
}

# --- cgroups ---

@test "rootless: a cgroup of the host that its owner may write to is not writable in the container" {
	be_user
	local h own=() config
	for h in memory pids unified; do
		[ ! -d /sys/fs/cgroup/$h ] || own+=("/sys/fs/cgroup/$h/$ID")
	done
	[ -d /sys/fs/cgroup/pids ] || own+=("/sys/fs/cgroup/$ID")
	mkdir "${own[@]}"
	chown 12345 "${own[@]}"
	for config in . '(.mounts[] | select(.destination == "/sys") | .options) = ["rbind", "nosuid", "noexec", "nodev", "ro"]' \
		'.mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"]}]' \
		'.mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup"}]' \
		'.mounts += [{destination: "/sys/fs/cgroup", type: "cgroup2", source: "cgroup"}]' \
		'.mounts |= map(if .destination == "/sys" then {destination: "/sys", type: "sysfs", source: "sysfs"} else . end)'; do
		rootless_config "$config | .linux.namespaces |= map(select(.type != \"cgroup\")) | .process.args = [\"sh\", \"-c\",
			\"for d in ${own[*]} /sys/fs/cgroup/$ID; do mkdir \$d/made && echo WRITABLE \$d; done; echo done\"]"
		run user_tare run -b "$B" "$ID"
		echo "$config: $output"
		has done
		lacks WRITABLE
	done
	rmdir "${own[@]}"
}

@test "rootless: a cgroup mount shows the hierarchies, read-only, where no fresh one can be had" {
	be_user
	rootless_config '.mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"]}] |
		.linux.namespaces |= map(select(.type != "cgroup")) | .process.args = ["sh", "-c", "find /sys/fs/cgroup -name cgroup.procs -maxdepth 2 | grep -c ."]'
	ln -sf busybox "$B/rootfs/bin/find"
	run user_tare run -b "$B" "$ID"
	succeeds
	[ "$output" -ge 1 ]
}

# --- who can trace whom ---

@test "rootless: in a pod that shares user and pid namespaces nothing of the host can be opened, in 300 creates" {
	be_user
	RUNNER=user_tare race_for_root 300 '.linux.namespaces |= map(if .type == "pid" then .path = "/proc/PID/ns/pid" elif .type == "user" then .path = "/proc/PID/ns/user" else . end) |
		del(.linux.uidMappings, .linux.gidMappings)'
}

# race_for_root TIMES CONFIG [host]: beside a process that is root, without capabilities, in the container that is joined (or with the
# host's pid namespace): it opens /proc/N/root/PROBE of each new process.
race_for_root() {
	local times=$1 config=$2 where=${3:-} probe=$BATS_TEST_TMPDIR/probe i pid runner=${RUNNER:-tare}
	cc -O2 -static -o "$B/rootfs/bin/racer" "$BATS_TEST_DIRNAME/racer.c"
	echo secret >"$probe"
	chmod 644 "$probe"
	chmod a+rx "$BATS_TEST_TMPDIR"
	local base='.process.args = ["racer", "'"$probe"'"] | .process.capabilities = {} | .process.noNewPrivileges = true | .linux.maskedPaths = []'
	if [ "$runner" = user_tare ]; then rootless_config "$base"; else bundle "$base${where:+ | .linux.namespaces |= map(select(.type != \"pid\"))}"; fi
	$runner run -d -b "$B" "$ID" </dev/null >"$B/racer.out" 2>&1
	pid=$($runner state "$ID" | jq .pid)
	eventually grep -q ready "$B/racer.out"
	if [ "$runner" = user_tare ]; then
		rootless_config '.process.args = ["true"]'
		mv "$B/config.json" "$B/base"
	else
		base_config | jq '.process.args = ["true"]' >"$B/base"
	fi
	jq "${config//PID/$pid}${where:+ | .linux.namespaces |= map(select(.type != \"pid\"))}" "$B/base" >"$B/config.json"
	chmod a+r "$B/config.json"
	for ((i = 0; i < times; i++)); do
		$runner run -b "$B" "$ID-$i" </dev/null >"$B/out" 2>&1 || { cat "$B/out"; return 1; }
	done
	$runner kill "$ID" KILL
	eventually is_racer_gone "$runner"
	grep -q denied "$B/racer.out" # it has met some
	! grep OPENED "$B/racer.out"
}
is_racer_gone() { [ "$($1 state "$ID" | jq -r .status)" = stopped ]; }

# --- namespaces that are the host's own, by a path ---

@test "a namespace that is the runtime's own, by its path, is no other one: nothing is set in it" {
	root_only
	local before
	before=$(cat /proc/sys/net/ipv4/ip_default_ttl)
	bundle '.linux.sysctl["net.ipv4.ip_default_ttl"] = "77" | (.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/net"'
	run tare run -b "$B" "$ID"
	fails
	has "config.json#/linux/sysctl/net.ipv4.ip_default_ttl: /proc/self/ns/net is the host's own network namespace"
	[ "$(cat /proc/sys/net/ipv4/ip_default_ttl)" = "$before" ]
	# With nothing to be set it may be joined, and another one may be joined and set.
	in_container 'echo joined' '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/net"'
	[ "$output" = joined ]
	ip netns add "$ID"
	in_container 'cat /proc/sys/net/ipv4/ip_default_ttl' ".linux.sysctl[\"net.ipv4.ip_default_ttl\"] = \"77\" |
		(.linux.namespaces[] | select(.type == \"network\")).path = \"/run/netns/$ID\""
	ip netns delete "$ID"
	[ "$output" = 77 ]
}

# --- protections that a filter denies ---

without() { "$BATS_TEST_DIRNAME/../fault/without" "$@"; }

@test "a filter that answers EPERM keeps no descriptor open: /proc tells which there are, above the soft limit too" {
	local how
	bundle '.process.args = ["sh", "-c", "ls /proc/self/fd | sort -n | tr \"\\n\" \" \"; cat <&900"]'
	echo secret >"$BATS_TEST_TMPDIR/f"
	for how in close_range=EPERM close_range close_range=EACCES; do
		run bash -c "exec 900<'$BATS_TEST_TMPDIR/f' 8</; ulimit -Sn 64; exec '$BATS_TEST_DIRNAME/../fault/without' $how '$TARE' --root '$STATE' run -b '$B' '$ID'"
		has '0 1 2 3 '
		lacks secret
		lacks ' 8 '
	done
}

@test "hooks inherit no descriptor either where close_range is missing or denied" {
	local how
	printf '#!/bin/sh\nls /proc/self/fd | sort -n | tr "\\n" " " >"%s/seen"\n' "$B" >"$B/hook"
	chmod +x "$B/hook"
	bundle ".process.args = [\"true\"] | .hooks.createRuntime = [{path: \"$B/hook\"}]"
	for how in close_range=EPERM close_range; do
		run bash -c "exec 8</; exec '$BATS_TEST_DIRNAME/../fault/without' $how '$TARE' --root '$STATE' run -b '$B' '$ID'"
		succeeds
		[ "$(cat "$B/seen")" = "0 1 2 3 " ]
	done
}

@test "hooks end, and their deadline counts, where pidfd_open is denied; kill and delete do their work" {
	local how
	bundle '.process.args = ["sleep", "1000"] | .hooks.createRuntime = [{path: "/bin/true"}]'
	for how in pidfd_open=EPERM pidfd_open; do
		without "$how" "$TARE" --root "$STATE" run -d -b "$B" "$ID" </dev/null >"$B/out" 2>&1
		is_status "$ID" running
		local pid
		pid=$(pid_of "$ID")
		without "$how" "$TARE" --root "$STATE" kill "$ID" TERM
		without "$how" timeout 20 "$TARE" --root "$STATE" delete --force "$ID"
		gone "$pid"
	done
	bundle '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "1000"], timeout: 1}]'
	run without pidfd_open=EPERM timeout 20 "$TARE" --root "$STATE" run -b "$B" "$ID"
	fails
	has 'took more than 1000 ms'
}

@test "groups that can't be dropped because a filter denies it are no reason to keep them" {
	root_only
	bundle '.process.args = ["true"]'
	run without setgroups=EPERM "$TARE" --root "$STATE" run -b "$B" "$ID"
	fails
	has setgroups
}

# --- the notify socket ---

@test "NOTIFY_SOCKET: the container can't write into the host's directory, and delete --force always completes" {
	root_only
	export NOTIFY_SOCKET=$B/nobody
	in_container 'mkdir /run/notify/d; echo x >/run/notify/f; mv /run/notify/notify /run/notify/g; ls -A /run/notify'
	[ "${lines[-1]}" = notify ]
	has 'Read-only'
	[ ! -e "$STATE/$ID" ]
	unset NOTIFY_SOCKET
	# Whatever is in the state directory goes with it.
	start_container
	mkdir -p "$STATE/$ID/notify/a/b"
	touch "$STATE/$ID/notify/a/b/c"
	tare delete --force "$ID"
	[ ! -e "$STATE/$ID" ]
}

# --- small configs that explode ---

@test "20000 repetitions of anything are planned with little time and memory" {
	local name program
	while IFS='~' read -r name program; do
		base_config | jq -c "$program" >"$B/config.json"
		# Quadratic growth takes minutes and gigabytes here.
		run bash -c "ulimit -t 10; ulimit -v 1500000; '$TARE' --root '$STATE' plan --host <('$TARE' plan --print-host) '$B' >'$B/plan' 2>'$B/err'"
		echo "$name: $status $(head -c 300 "$B/err")"
		[ "$status" -le 1 ]
	done <<-'EOF'
		capabilities~.process.capabilities.bounding = [range(20000) | "CAP_SYS_ADMIN"] | .process.capabilities.ambient = .process.capabilities.bounding
		unknreading the runtime's capabilities~.process.capabilities.permitted = [range(20000) | "CAP_\(.)"]
		idmap~.mounts += [{destination: "/v", type: "bind", source: "/tmp", options: ["idmap=uids=" + ([range(20000) | "0-1-1"] | join("#")) + ";gids=0-0-1"]}]
		system calls~.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: [range(20000) | "unknown\(.)"], action: "SCMP_ACT_ALLOW"}]}
		the same system call~.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [range(20000) | {names: ["mkdir"], action: "SCMP_ACT_ALLOW"}]}
		compared arguments (libseccomp takes its time)~.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [range(5000) | {names: ["mkdir"], action: "SCMP_ACT_ALLOW", args: [{index: 0, value: ., op: "SCMP_CMP_EQ"}]}]}
		binds~.mounts += [range(20000) | {destination: "/v\(.)", type: "bind", source: "/tmp", options: ["rbind"]}]
		tmpfs~.mounts += [range(20000) | {destination: "/dev/v\(.)", type: "tmpfs"}]
		options~.mounts += [{destination: "/v", type: "devpts", options: [range(20000) | "gid=\(.)"]}]
		variables~.process.env += [range(60000) | "V\(.)=\(.)"]
		masked paths~.linux.maskedPaths += [range(60000) | "/m\(.)"]
		the same masked path~.linux.maskedPaths = [range(60000) | "/m"]
		read-only paths~.linux.readonlyPaths += [range(60000) | "/m\(.)"]
		devices~.linux.devices = [range(20000) | {type: "c", path: "/dev/d\(.)", major: 1, minor: 3}]
		devices in a user namespace~.linux.devices = [range(20000) | {type: "c", path: "/dev/d\(.)", major: 1, minor: 3}] | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
		sysctls~.linux.sysctl = ([range(20000) | {key: "net.ipv4.x\(.)", value: "1"}] | from_entries)
		device rules~.linux.resources.devices += [range(60000) | {allow: true, type: "c", major: (. % 4096), minor: (. / 4096 | floor), access: "rw"}]
		namespaces~.linux.namespaces += [range(20000) | {type: "pid"}]
		rlimits~.process.rlimits += [range(60000) | {type: "RLIMIT_CORE", soft: 0, hard: 0}]
		mappings~.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [range(20000) | {containerID: ., hostID: (. + 1), size: 1}] | .linux.gidMappings = .linux.uidMappings
		hooks~.hooks.prestart = [range(20000) | {path: "/h"}] | .annotations = ([range(1000) | {key: "k\(.)", value: ("x" * 100)}] | from_entries)
		groups~.process.user.additionalGids = [range(60000)]
		annotations~.annotations = ([range(60000) | {key: "run.oci.k\(.)", value: "x"}] | from_entries)
		network devices~.linux.netDevices = ([range(20000) | {key: "e\(.)", value: {}}] | from_entries)
		unified~.linux.resources.unified = ([range(20000) | {key: "memory.x\(.)", value: "1"}] | from_entries)
		schemata~.linux.intelRdt.schemata = [range(20000) | "L3:0=\(.)"]
		block devices~.linux.resources.blockIO.throttleReadBpsDevice = [range(20000) | {major: 8, minor: ., rate: 1}]
	EOF
}

@test "list: with 3000 containers, in little memory" {
	local i
	start_container '.annotations = ([range(20) | {key: "k\(.)", value: "some words"}] | from_entries)'
	for ((i = 0; i < 3000; i++)); do cp -r "$STATE/$ID" "$STATE/copy$i"; done
	run bash -c "ulimit -v 60000; '$TARE' --root '$STATE' list -f json | jq length"
	[ "$output" = 3001 ]
	run bash -c "ulimit -v 60000; '$TARE' --root '$STATE' list | wc -l"
	[ "$output" = 3002 ]
	rm -rf "$STATE"/copy*
}

# --- odds and ends ---

@test "warnings and the journal's fields are one line of text, whatever the config says" {
	bundle '.process.args = ["true"] | .process.capabilities.bounding += ["CAP_\u001b[31mRED\nSECOND=line\u009b"] | .annotations["run.oci.\u001b]0;x"] = "y"'
	run tare run -b "$B" "$ID"
	succeeds
	lacks $'\e'
	lacks $'\u009b'
	[[ $output != *$'\n'SECOND* ]]
	tare --log "$B/log" run -b "$B" "$ID"
	! grep -q $'\e\|\u009b' "$B/log"
	tare --log "$B/log.json" --log-format json run -b "$B" "$ID"
	jq . "$B/log.json" >/dev/null
	# plan and list write to a terminal, too.
	bundle '.linux.sysctl["net.\u001b[31m\u009b"] = "1"'
	run tare plan "$B"
	lacks $'\e'
	lacks $'\u009b'
	python3 - "$B/journal" >"$B/heard" 3>&- <<-'EOF' &
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		print(s.recv(99999).count(b"\n"), flush=True)
	EOF
	eventually test -S "$B/journal"
	bundle '.process.args = ["true"] | .annotations["run.oci.a\nINJECTED=1"] = "y"'
	[ "$(id -u)" != 0 ] || unshare -m sh -c "mkdir -p /run/systemd/journal && mount -t tmpfs tmpfs /run/systemd/journal && mkdir -p /run/systemd/journal && ln -s '$B/journal' /run/systemd/journal/socket &&
		exec '$TARE' --root '$STATE' --log journald:x run -b '$B' '$ID'"
	[ "$(id -u)" != 0 ] || eventually grep -qx 3 "$B/heard" # MESSAGE, PRIORITY, SYSLOG_IDENTIFIER
}

@test "cgroups that are nested 700 times are deleted" {
	root_only
	start_container
	local file dir i deep
	file=$(cgroup_file "$ID" tasks || cgroup_file "$ID" cgroup.procs)
	dir=$(dirname "$file")
	python3 - "$dir" <<-'EOF'
		import os, sys
		os.chdir(sys.argv[1])
		for i in range(700):
		    os.mkdir("d")
		    os.chdir("d")
	EOF
	bash -c "ulimit -n 64; '$TARE' --root '$STATE' delete --force '$ID'"
	[ ! -e "$dir" ]
}

@test "without a mount namespace delete takes off the container's mount, however its place is flipped" {
	root_only
	local i flipper
	mkdir -p "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b/bundle/rootfs"
	mv "$B" "$BATS_TEST_TMPDIR/a/bundle"
	B=$BATS_TEST_TMPDIR/a/bundle
	mount -t tmpfs other "$BATS_TEST_TMPDIR/b/bundle/rootfs"
	cc -O1 -xc -o "$BATS_TEST_TMPDIR/flip" - <<-'EOF'
		#define _GNU_SOURCE
		#include <fcntl.h>
		#include <stdio.h>
		int main(int n, char **v) // two directories, and how often: for ever
		{
			do
				renameat2(AT_FDCWD, v[1], AT_FDCWD, v[2], RENAME_EXCHANGE);
			while (n == 3);
		}
	EOF
	base_config | jq '.root.path = "rootfs" | .process.args = ["true"] | .linux.namespaces |= map(select(.type != "mount"))' >"$B/config.json"
	for ((i = 0; i < 60; i++)); do
		tare create -b "$B" "$ID" </dev/null >/dev/null
		"$BATS_TEST_TMPDIR/flip" "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b" 3>&- &
		flipper=$!
		tare delete --force "$ID"
		kill -KILL $flipper
		wait $flipper 2>/dev/null || :
		[ "$(findmnt -rn -S other -o TARGET | grep -c "^$BATS_TEST_TMPDIR/")" = 1 ]
		[ "$(findmnt -rn -o TARGET | grep -c "^$BATS_TEST_TMPDIR/")" = 1 ]
		[ -e "$B/config.json" ] || "$BATS_TEST_TMPDIR/flip" "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b" once
	done
	B=$BATS_TEST_TMPDIR/a/bundle
	umount "$(findmnt -rn -S other -o TARGET | grep "^$BATS_TEST_TMPDIR/")"
}

@test "without a mount namespace delete takes off no mount that has got the number of one that has ended" {
	root_only
	local i
	bundle '.process.args = ["true"] | .linux.namespaces |= map(select(.type != "mount"))'
	tare create -b "$B" "$ID" </dev/null >/dev/null
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	umount -R "$B/rootfs"
	for ((i = 0; i < 40; i++)); do
		mkdir -p "$BATS_TEST_TMPDIR/m/$i"
		mount -t tmpfs others "$BATS_TEST_TMPDIR/m/$i"
	done
	run tare delete "$ID"
	[ "$(grep -c " $BATS_TEST_TMPDIR/m/" /proc/self/mountinfo)" = 40 ]
	umount "$BATS_TEST_TMPDIR"/m/*
	succeeds
}

unmounted() { # the container's root, and all below it
	! grep -q " $B/rootfs" /proc/self/mountinfo
}

@test "without a mount namespace delete takes off no mount that has got the number of the one just taken off" {
	root_only
	local i tracer deleter when
	bundle '.process.args = ["true"] | .linux.namespaces |= map(select(.type != "mount"))'
	# Stopped when it has closed what it has unmounted, which keeps the number until then.
	tare create -b "$B" "$ID" </dev/null >/dev/null
	strace -qq -o "$B/calls" -e trace=close,umount2 "$TARE" --root "$STATE" delete --force "$ID"
	when=$(awk '/^umount2/ { seen = 1 } /^close/ { n++; if (seen) { print n; exit } }' "$B/calls")
	tare create -b "$B" "$ID" </dev/null >/dev/null
	strace -qq -o /dev/null -e trace=close -e "inject=close:signal=SIGSTOP:when=$when" "$TARE" --root "$STATE" delete --force "$ID" </dev/null >"$B/out" 2>&1 3>&- &
	tracer=$!
	eventually pgrep -P $tracer >/dev/null
	deleter=$(pgrep -P $tracer)
	eventually grep -q '^State:.[Tt].*stop' "/proc/$deleter/status"
	eventually unmounted
	for ((i = 0; i < 40; i++)); do
		mkdir -p "$BATS_TEST_TMPDIR/m/$i"
		mount -t tmpfs others "$BATS_TEST_TMPDIR/m/$i"
	done
	kill -CONT "$deleter"
	wait $tracer || { cat "$B/out"; false; }
	[ "$(grep -c " $BATS_TEST_TMPDIR/m/" /proc/self/mountinfo)" = 40 ]
	umount "$BATS_TEST_TMPDIR"/m/*
	[ ! -e "$STATE/$ID" ]
}

@test "cgroupsPath with . and // leaves nothing" {
	root_only
	bundle ".process.args = [\"true\"] | .linux.cgroupsPath = \"/$ID/.//./y/\""
	run tare run -b "$B" "$ID"
	succeeds
	[ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "$ID")" ]
}

@test "delete of a stopped container kills nothing that was started in its cgroup since" {
	root_only
	bundle ".process.args = [\"sleep\", \"1000\"] | .linux.cgroupsPath = \"/$ID\""
	tare run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1
	local dir
	dir=$(dirname "$(cgroup_file "$ID" pids.max)")
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	sleep 1000 3>&- &
	local other=$!
	echo $other >"$dir/cgroup.procs"
	run tare delete "$ID"
	succeeds
	has "its processes are not the container's"
	[ -d "/proc/$other" ]
	kill $other
	wait $other || :
	eventually rmdir "$dir"
	[ ! -e "$STATE/$ID" ]
}

@test "a state directory of somebody else, or that others can write to, is not used" {
	root_only
	start_container ".hooks.poststop = [{path: \"/bin/touch\", args: [\"touch\", \"$B/hooked\"]}]"
	chown -R 12345 "$STATE/$ID"
	run tare list
	succeeds
	has "/state/$ID belongs to uid 12345"
	local verb
	for verb in state 'delete -f' 'kill' 'exec' start pause update; do
		run tare $verb "$ID" $([ "$verb" != exec ] || echo true)
		[ "$status" -ne 0 ]
		has 'belongs to uid 12345'
	done
	[ ! -e "$B/hooked" ]
	chown -R 0 "$STATE/$ID"
	chmod 777 "$STATE"
	run tare state "$ID"
	fails
	has 'is writable by others'
	run tare list
	fails
	has 'is writable by others'
	run tare kill --regex .
	fails
	has 'is writable by others'
	chmod 755 "$STATE"
	chown 12345 "$STATE"
	run tare create -b "$B" "$ID-2"
	fails
	has 'belongs to uid 12345'
	chown 0 "$STATE"
	tare delete --force "$ID"
	[ -e "$B/hooked" ]
}

@test "an exec whose process is stopped by a neighbour ends with a reason" {
	root_only
	cc -O2 -static -xc -o "$B/rootfs/bin/stopper" - <<-'EOF'
		#include <signal.h>
		#include <stdio.h>
		#include <unistd.h>
		/* Stops whatever comes next. */
		int main(void)
		{
			puts("ready");
			fflush(stdout);
			for (;;)
				for (pid_t pid = getpid() + 1; pid < getpid() + 8; pid++)
					kill(pid, SIGSTOP);
		}
	EOF
	bundle '.process.args = ["stopper"]'
	tare run -d -b "$B" "$ID" </dev/null >"$B/out" 2>&1
	eventually grep -q ready "$B/out"
	# One that is stopped only after its program has begun is waited for, as any other.
	for _ in 1 2 3 4 5; do
		LIMIT=25 run tare exec "$ID" true
		[ "$status" = 124 ] || break
	done
	fails 255
	has 'has been stopped by another process'
}

@test "--cgroup-manager disabled: that all devices can be used is said" {
	root_only
	bundle '.process.args = ["true"]'
	MANAGER=disabled run tare run -b "$B" "$ID"
	succeeds
	has '/linux/resources/devices: without a cgroup no rule is enforced: the container may use every device'
}

@test "tmpcopyup: mode and owner are those of the file that was copied" {
	root_only
	mkdir -p "$B/rootfs/data/dir"
	echo x >"$B/rootfs/data/file"
	ln -s file "$B/rootfs/data/link"
	mkfifo "$B/rootfs/data/fifo"
	chown 7:8 "$B/rootfs/data/file" "$B/rootfs/data/dir" # before chmod: it clears the set-user-ID bit
	chmod 4751 "$B/rootfs/data/file"
	chmod 2710 "$B/rootfs/data/dir"
	chown -h 9:9 "$B/rootfs/data/link"
	in_container 'stat -c "%n %a %u:%g %F" /data/*' '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	[ "${lines[0]}" = "/data/dir 2710 7:8 directory" ]
	[ "${lines[1]}" = "/data/fifo 644 0:0 fifo" ]
	[ "${lines[2]}" = "/data/file 4751 7:8 regular file" ]
	[ "${lines[3]}" = "/data/link 777 9:9 symbolic link" ]
}
