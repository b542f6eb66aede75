#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Checkpoint and restore: with criu itself where it works ($CRIU, contrib/criu), and with one of the test's own (tests/bats/criu).
bats_require_minimum_version 1.5.0
load helpers

setup_test() {
	IMAGES=$BATS_TEST_TMPDIR/images
	export FAKE_OUT=$BATS_TEST_TMPDIR/requests
	COUNT='i=0; while :; do i=$((i+1)); echo $i >/tmp/new; mv /tmp/new /tmp/count; sleep 0.02; done'
}

real() { # the rest of the test has the real criu
	root_only
	CRIU=${CRIU:-$(command -v criu)} || skip "no criu: contrib/criu makes one"
	"$CRIU" check >"$BATS_TEST_TMPDIR/check" 2>&1 || skip "criu does not work here: $(tail -n 1 "$BATS_TEST_TMPDIR/check")"
}
fake() { # [WORDS]: the rest of the test has the fake one
	root_only
	CRIU=$BATS_TEST_DIRNAME/criu
	export FAKE=${1:-}
}
# The machine may have no iptables, and connections are not what these tests are about.
checkpoint() { run tare --criu "$CRIU" checkpoint --network-lock skip --image-path "$IMAGES" "$@" "$ID"; }
restore() { # OPTION...: detached
	tare --log "$B/err" --criu "$CRIU" restore --detach --image-path "$IMAGES" -b "$B" "$@" "$ID" </dev/null >/dev/null 2>/dev/null || { cat "$B/err"; return 1; }
}
restore_fails() {
	run tare --criu "$CRIU" restore --detach --image-path "$IMAGES" -b "$B" "$@" "$ID" </dev/null
	fails
}
counting() { # [JQ]
	bundle ".process.args = [\"sh\", \"-c\", $(jq -Rs . <<<"$COUNT")] | ${1:-.}"
	tare run -d -b "$B" "$ID" </dev/null >/dev/null 2>/dev/null || return 1
	eventually test -s "$B/rootfs/tmp/count"
}
count() { cat "$B/rootfs/tmp/count"; }
goes_on() { # FROM
	eventually eval '[ "$(count)" -gt '"$(($1 + 2))"' ]'
}
view() { # of the container, from outside and inside
	local pid
	pid=$(pid_of "$ID")
	sed -E 's/^[0-9]+ [0-9]+ [0-9:]+ //' "/proc/$pid/mountinfo" | sort
	cat "/proc/$pid/cgroup" "/proc/$pid/limits" "/proc/$pid/uid_map" "/proc/$pid/oom_score_adj"
	grep -E '^(Cap|Uid|Gid|Groups|NoNewPrivs|Seccomp)' "/proc/$pid/status"
	value memory.max
	value pids.max
	tare exec "$ID" sh -c 'hostname; ls -l /dev | cut -c1-30; for fd in 0 1 2; do readlink /proc/1/fd/$fd; done'
}

@test "checkpoint: a counter goes on counting, three times around; the container is the same, and all verbs work on it" {
	real
	mkdir "$B/volume"
	echo data >"$B/volume/file"
	counting '.hostname = "counter" | .process.noNewPrivileges = true | .process.oomScoreAdj = 7 |
		.linux.resources = {memory: {limit: 104857600}, pids: {limit: 50}} | .process.rlimits = [{type: "RLIMIT_CORE", soft: 100, hard: 200}] |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO"}]} |
		.mounts += [{destination: "/volume", type: "bind", source: "'"$B/volume"'", options: ["rbind", "ro"]},
			{destination: "/file", type: "bind", source: "'"$B/volume/file"'", options: ["bind", "ro", "nosuid"]}]'
	view >"$B/before"
	local round last
	for round in 1 2 3; do
		checkpoint
		succeeds
		last=$(count)
		run ! tare state "$ID"
		snapshot >"$B/gone"
		[ -z "$(grep -E "cgroup|$STATE/." "$B/gone")" ]
		restore --pid-file "$B/pid"
		goes_on "$last"
		[ "$(count)" -ge "$last" ] && [ "$(count)" -lt $((last + 1000)) ]
		[ "$(cat "$B/pid")" = "$(pid_of "$ID")" ]
	done
	view | diff "$B/before" -
	[ "$(state_of "$ID")" = running ]
	run tare exec "$ID" sh -c 'cat /volume/file; echo x >/volume/file; echo x >/file'
	has data
	[ "$(grep -c 'Read-only file system' <<<"$output")" = 2 ]
	tare pause "$ID"
	[ "$(state_of "$ID")" = paused ]
	tare resume "$ID"
	tare update --pids-limit 60 "$ID"
	[ "$(value pids.max)" = 60 ]
	tare events --stats "$ID" | jq -e .data.pids
	tare kill "$ID" KILL
	tare delete "$ID"
}

@test "checkpoint: mounts of all kinds are there again: recursive ones, through symbolic links, with noatime, of the host's /proc; pids.max too" {
	real
	mkdir -p "$B/volume/below" "$B/rootfs/var" "$B/rootfs/run" "$B/rootfs/proc2"
	ln -s /run "$B/rootfs/var/run"
	ln -s rootfs "$B/linked"
	mount -t tmpfs tmpfs "$B/volume/below"
	echo deep >"$B/volume/below/file"
	counting '.root.path = "./linked/" | .linux.resources.pids.limit = 3 | .mounts += [{destination: "/volume", type: "bind", source: "'"$B/volume"'", options: ["rbind", "rro"]},
		{destination: "/var/run/x", type: "bind", source: "'"$B/volume"'", options: ["bind", "ro", "noatime"]},
		{destination: "/proc2", type: "bind", source: "/proc", options: ["bind", "ro", "nosuid"]}]' || { umount "$B/volume/below"; false; }
	local pid failed=
	pid=$(pid_of "$ID")
	sed -E 's/^[0-9]+ [0-9]+ [0-9:]+ //; s/master:[0-9]+/master/' "/proc/$pid/mountinfo" | sort >"$B/before"
	{
		checkpoint
		[ "$status" = 0 ] && restore && goes_on 1 &&
			pid=$(pid_of "$ID") &&
			sed -E 's/^[0-9]+ [0-9]+ [0-9:]+ //; s/master:[0-9]+/master/' "/proc/$pid/mountinfo" | sort | diff "$B/before" - &&
			[ "$(value pids.max)" = 3 ] &&
			[ "$(cat "/proc/$pid/root/volume/below/file")" = deep ] &&
			[ -d "/proc/$pid/root/proc2/$pid" ]
	} >"$B/what" 2>&1 || failed=1
	tare delete --force "$ID"
	umount "$B/volume/below"
	[ -z "$failed" ] || { cat "$B/what"; echo "$output"; false; }
}

@test "checkpoint: in a user namespace" {
	real
	chown -R 100000:100000 "$B/rootfs"
	counting '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	checkpoint
	succeeds
	[ "$(stat -c %a:%g "$IMAGES")" = 710:100000 ] # only the container's root may go through
	local last
	last=$(count)
	restore
	goes_on "$last"
	run tare exec "$ID" sh -c 'id -u; cat /proc/self/uid_map; echo x >/dev/null; grep /proc/keys /proc/mounts'
	has 100000
	has '/proc/keys devtmpfs ro'
}

@test "checkpoint --leave-running: the container goes on, and the images make another one" {
	real
	counting
	checkpoint --leave-running
	succeeds
	goes_on "$(count)"
	tare delete --force "$ID"
	local last
	last=$(count)
	restore
	goes_on 1
}

@test "checkpoint: without --image-path and --work-path the images are in ./checkpoint, and the logs with them" {
	real
	counting
	cd "$BATS_TEST_TMPDIR"
	tare --criu "$CRIU" checkpoint --network-lock skip "$ID"
	[ "$(stat -c %a checkpoint)" = 700 ]
	[ -s checkpoint/inventory.img ] && [ -s checkpoint/dump.log ]
	tare --criu "$CRIU" restore -d -b "$B" --work-path "$BATS_TEST_TMPDIR/work" "$ID" </dev/null >/dev/null 2>&1
	[ -s work/restore.log ] && [ ! -e checkpoint/restore.log ]
}

@test "restore: with a terminal; the caller of restore gets the new one" {
	real
	bundle '.process.terminal = true | .process.args = ["sh", "-c", "while read line; do echo got $line; done"]'
	"$BATS_TEST_DIRNAME/pty" receive "$B/sock" >"$B/first" &
	eventually test -S "$B/sock"
	tare run -d -b "$B" --console-socket "$B/sock" "$ID" </dev/null >"$B/out" 2>&1
	checkpoint
	succeeds
	"$BATS_TEST_DIRNAME/pty" receive-fd "$B/second" >"$B/got" &
	local receiver=$!
	eventually test -S "$B/second"
	restore --console-socket "$B/second"
	wait $receiver
	grep -q ptmx "$B/got"
}

@test "restore: in the foreground, the terminal is the caller's, and the status is the program's" {
	real
	bundle '.process.terminal = true | .process.args = ["sh", "-c", "read line; echo got $line; exit 7"]'
	"$BATS_TEST_DIRNAME/pty" receive "$B/sock" >"$B/first" &
	eventually test -S "$B/sock"
	tare run -d -b "$B" --console-socket "$B/sock" "$ID" </dev/null >"$B/out" 2>&1
	checkpoint
	succeeds
	run "$BATS_TEST_DIRNAME/pty" talk 24x80 '' 'hello\r' -- timeout 30 "$TARE" --root "$STATE" --criu "$CRIU" restore --image-path "$IMAGES" -b "$B" "$ID"
	has 'got hello'
	has 'status 7'
	run ! tare state "$ID"
}

@test "restore: standard streams that were pipes or files of the host are those of the command" {
	real
	mkfifo "$B/go"
	bundle '.process.args = ["sh", "-c", "echo before; read line </go; echo after; cat"] | .mounts += [{destination: "/go", type: "bind", source: "'"$B/go"'", options: ["bind"]}]'
	exec 5< <(exec sleep 1000 2>/dev/null 3>&-)
	local sleeper=$!
	tare run -d -b "$B" "$ID" <&5 > >(cat >"$B/first") 2>/dev/null
	eventually grep -q before "$B/first"
	checkpoint
	succeeds
	jq -e 'length == 3 and (.[0:2] | all(startswith("pipe:[")))' "$IMAGES/descriptors.json"
	tare --criu "$CRIU" restore -d --image-path "$IMAGES" -b "$B" "$ID" < <(echo typed) > >(cat >"$B/second") 2>/dev/null
	echo >"$B/go"
	kill $sleeper
	eventually grep -q typed "$B/second"
	[ "$(cat "$B/second")" = $'after\ntyped' ]
}

@test "checkpoint: in joined network and pid namespaces, which the images do not have" {
	real
	unshare -n -p -f --kill-child sleep 1000 >/dev/null 2>&1 3>&- &
	local holder=$!
	eventually grep -q . "/proc/$holder/task/$holder/children"
	local inside
	inside=$(tr -d ' ' <"/proc/$holder/task/$holder/children")
	counting '(.linux.namespaces[] | select(.type == "network")).path = "/proc/'"$inside"'/ns/net" | del(.linux.sysctl)'
	checkpoint
	succeeds
	local last
	last=$(count)
	restore
	goes_on "$last"
	[ "$(ns_of "$(pid_of "$ID")" net)" = "$(ns_of "$inside" net)" ]
	tare delete --force "$ID"
	kill -KILL $holder
}

@test "restore: hooks run as they do at create, and poststop when the checkpoint has deleted the container" {
	real
	printf '#!/bin/sh\ncat >"$2.$1"; echo "$1" >>"$2.order"\n' >"$B/hook"
	chmod +x "$B/hook"
	local hooks
	hooks=$(jq -nc --arg hook "$B/hook" --arg out "$B/ran" '[("prestart", "createRuntime", "poststart", "poststop") as $k | {key: $k, value: [{path: $hook, args: ["hook", $k, $out]}]}] | from_entries')
	counting ".hooks = $hooks"
	checkpoint
	succeeds
	[ "$(tail -n 1 "$B/ran.order")" = poststop ]
	rm "$B/ran.order"
	restore
	[ "$(cat "$B/ran.order")" = $'prestart\ncreateRuntime\npoststart' ]
	[ "$(jq .pid "$B/ran.createRuntime")" = "$(pid_of "$ID")" ]
	[ "$(jq -r .status "$B/ran.prestart $B/ran.poststart" 2>/dev/null || jq -r .status "$B/ran.poststart")" = running ]
}

@test "checkpoint: an open TCP connection is refused by criu, with its words, and saved with --tcp-established" {
	real
	bundle '.process.args = ["sh", "-c", "ip link set lo up; sleep 1000 | nc -l -p 999 >/tmp/heard & sleep 0.2; while :; do echo line; sleep 0.05; done | nc 127.0.0.1 999"] |
		.process.capabilities.bounding += ["CAP_NET_ADMIN"] | .process.capabilities.effective += ["CAP_NET_ADMIN"] | .process.capabilities.permitted += ["CAP_NET_ADMIN"]'
	tare run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1
	eventually test -s "$B/rootfs/tmp/heard"
	checkpoint
	fails
	has "tcp-established"
	has dump.log
	[ "$(state_of "$ID")" = running ]
	checkpoint --tcp-established
	[[ $output != *"opt: Operation not supported"* ]] || skip "this kernel lacks a socket option that criu needs"
	succeeds
	local size
	size=$(stat -c %s "$B/rootfs/tmp/heard")
	restore --tcp-established
	eventually eval '[ "$(stat -c %s "$B/rootfs/tmp/heard")" -gt '"$size"' ]'
}

@test "checkpoint --pre-dump: the memory is saved while the container runs, or the kernel can't and that is said" {
	real
	counting
	checkpoint --pre-dump
	if [ "$status" != 0 ]; then
		has "can't tell which memory has changed"
		goes_on "$(count)"
		return
	fi
	goes_on "$(count)"
	mv "$IMAGES" "$BATS_TEST_TMPDIR/first"
	checkpoint --parent-path ../first
	succeeds
	local last
	last=$(count)
	restore
	goes_on "$last"
}

# A port of this test, from its container's network: the suite runs beside itself.
port() { echo $((20000 + $$ % 12000)); }
teardown_test() { [ -z "${STARTED:-}" ] || kill $STARTED 2>/dev/null || :; }
listening() { grep -q "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$(port)") .* 0A " /proc/net/tcp; }

@test "checkpoint --page-server: the memory goes to criu's server, and with it the container goes on" {
	real
	counting
	mkdir "$BATS_TEST_TMPDIR/served"
	"$CRIU" page-server --images-dir "$BATS_TEST_TMPDIR/served" --port "$(port)" >"$BATS_TEST_TMPDIR/server" 2>&1 </dev/null 3>&- &
	local server=$!
	STARTED=$server
	eventually listening
	checkpoint --page-server "127.0.0.1:$(port)"
	succeeds
	wait "$server"
	[ -z "$(ls "$IMAGES" | grep ^pages)" ]
	cp "$BATS_TEST_TMPDIR"/served/*.img "$IMAGES/"
	local last
	last=$(count)
	restore
	goes_on "$last"
}

@test "checkpoint and restore --lazy-pages: the memory comes when it is used; a server that can't serve is said, and the container goes on" {
	real
	counting
	local status_pipe=$BATS_TEST_TMPDIR/dumped work=$BATS_TEST_TMPDIR/work
	mkdir "$work"
	: >"$status_pipe"
	tare --log "$BATS_TEST_TMPDIR/err" --criu "$CRIU" checkpoint --network-lock skip --image-path "$IMAGES" --lazy-pages --page-server "127.0.0.1:$(port)" --status-fd 9 "$ID" \
		9>"$status_pipe" >/dev/null 2>&1 </dev/null 3>&- &
	local checkpoint=$!
	STARTED=$checkpoint
	eventually test -s "$status_pipe" # what is restored meanwhile needs a name of its own
	local last
	last=$(count)
	"$CRIU" lazy-pages --page-server --address 127.0.0.1 --port "$(port)" --images-dir "$IMAGES" --work-dir "$work" >"$BATS_TEST_TMPDIR/lazy" 2>&1 </dev/null 3>&- &
	STARTED="$STARTED $!"
	eventually test -S "$work/lazy-pages.socket"
	if ! (((0x$(sed -n "s/^CapEff:\t//p" /proc/self/status) >> 24) & 1)); then # without it criu's server can't make its pipe large enough
		tare --criu "$CRIU" restore --detach --lazy-pages --image-path "$IMAGES" --work-path "$work" -b "$B" "$ID-2" </dev/null >/dev/null 2>&1 3>&- &
		local restore=$!
		local ended=0
		wait "$checkpoint" || ended=$?
		[ "$ended" = 1 ]
		kill "$restore" || true
		wait "$restore" || true
		grep -q 'criu: page-pipe: ' "$BATS_TEST_TMPDIR/err"
		goes_on "$last"
		return
	fi
	ID=$ID-2 restore --lazy-pages --work-path "$work"
	wait "$checkpoint"
	goes_on "$last"
	run ! tare state "$ID"
	tare delete --force "$ID-2"
}

# --- what is asked for, with a criu that only listens ---

@test "checkpoint: the request has all options" {
	fake
	mkdir "$BATS_TEST_TMPDIR/first"
	counting '.annotations = {"org.criu.config": "/etc/mine.conf"}'
	checkpoint --leave-running --tcp-established --tcp-skip-in-flight --tcp-close --ext-unix-sk --shell-job --file-locks --link-remap --auto-dedup \
		--empty-ns network --manage-cgroups-mode full --parent-path ../first --page-server 127.0.0.1:4711 --lazy-pages --status-fd 9 9>"$B/status"
	succeeds
	jq -s -e '[.[] | .type] == ["VERSION", "FEATURE_CHECK", "DUMP", "NOTIFY", "NOTIFY"]' "$FAKE_OUT"
	jq -s -e --arg pid "$(pid_of "$ID")" '.[2].opts | .leave_running and .tcp_established and .tcp_skip_in_flight and .tcp_close and .ext_unix_sk and .shell_job and
		.file_locks and .link_remap and .auto_dedup and .lazy_pages and .track_mem and .notify_scripts and .empty_ns == 1073741824 and .manage_cgroups_mode == 4 and
		.parent_img == "../first" and .ps == {address: "127.0.0.1", port: 4711} and .status_fd == 9 and .network_lock == 3 and .pid == ($pid | tonumber) and
		.config_file == "/etc/mine.conf" and .log_file == "dump.log" and (.root | endswith("/rootfs"))' "$FAKE_OUT"
	rm "$FAKE_OUT"
	checkpoint --pre-dump
	succeeds
	jq -s -e '.[2].type == "PRE_DUMP" and .[2].opts.track_mem and (.[2].opts.tcp_established | not)' "$FAKE_OUT"
	[ "$(state_of "$ID")" = running ]
	rm "$FAKE_OUT"
	checkpoint
	succeeds
	local mode=3 # soft; ignore where cgroup2 is mounted
	! grep -q ' - cgroup2 ' /proc/self/mountinfo || mode=0
	jq -s -e --argjson mode "$mode" '.[1].opts | (.leave_running or .shell_job or .lazy_pages or .track_mem | not) and .manage_cgroups_mode == $mode' "$FAKE_OUT"
	run ! tare state "$ID"
}

@test "restore: the request has all options, and what is in place of the host's mounts" {
	fake
	mkdir "$IMAGES" "$B/volume"
	touch "$B/file"
	ln -s volume "$B/rootfs/link"
	echo '["pipe:[12]", "file[1a:2b]", "/dev/null"]' >"$IMAGES/descriptors.json"
	bundle '.mounts += [{destination: "/new/dir", type: "bind", source: "'"$B/volume"'", options: ["rbind"]}, {destination: "/new/file", type: "bind", source: "'"$B/file"'", options: ["bind"]},
		{destination: "/link/below", type: "bind", source: "'"$B/volume"'", options: ["bind"]}]'
	restore --tcp-established --tcp-close --ext-unix-sk --shell-job --file-locks --link-remap --auto-dedup --lazy-pages --empty-ns network --manage-cgroups-mode ignore \
		--lsm-profile apparmor:other --lsm-mount-context "a:b:c" --no-pivot --no-subreaper --network-lock nftables
	jq -s -e --arg b "$B" '.[2] | .type == "RESTORE" and (.opts | .rst_sibling and .tcp_established and .tcp_close and .ext_unix_sk and .shell_job and .file_locks and .link_remap and
		.auto_dedup and .lazy_pages and .empty_ns == 1073741824 and (.manage_cgroups | not) and .manage_cgroups_mode == 0 and .lsm_profile == "apparmor:other" and
		.lsm_mount_context == "a:b:c" and .network_lock == 2 and .log_file == "restore.log" and .root == $b + "/rootfs" and
		([.inherit_fd[].key] == ["pipe:[12]", "file[1a:2b]"]) and
		(.ext_mnt | (map(select(.key == "/new/dir" and .val == $b + "/volume")) | length == 1) and (map(select(.key == "/new/file" and .val == $b + "/file")) | length == 1) and
			(map(select(.key == "/volume/below")) | length == 1)))' "$FAKE_OUT"
	[ -d "$B/rootfs/new/dir" ] && [ -f "$B/rootfs/new/file" ] && [ -d "$B/rootfs/volume/below" ]
	[ "$(state_of "$ID")" = running ]
}

@test "restore: a mount of the image is of the innermost mount of the config, and an error if criu does not make it" {
	fake
	mkdir "$IMAGES" "$B/outer" "$B/inner"
	echo '["/new/in/deep"]' >"$IMAGES/mounts.json"
	bundle '.mounts += [{destination: "/new", type: "bind", source: "'"$B/outer"'", options: ["rbind"]}, {destination: "/new/in", type: "bind", source: "'"$B/inner"'", options: ["rbind"]}]'
	restore_fails
	has 'criu has not restored the mount at /new/in/deep'
	jq -s -e --arg b "$B" '.[1].opts.ext_mnt | map(select(.key == "/new/in/deep") | .val) == [$b + "/inner/deep"]' "$FAKE_OUT"
	echo '["/elsewhere"]' >"$IMAGES/mounts.json"
	restore_fails
	has 'the image has a mount at /elsewhere, and the config none'
}

@test "checkpoint: what criu can't do is refused before anything is done, and the container goes on" {
	fake
	start_container '.mounts += [{destination: "/x]:y", type: "bind", source: "/etc", options: ["bind"]}]'
	checkpoint
	fails
	has '/mounts/'
	has ']:'
	tare delete --force "$ID"
	restore_fails
	has ']:'
	bundle '.process.args = ["sleep", "1000"] | .linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229}] | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	restore_fails
	has /linux/devices/0
	start_container
	echo '[{"source": "/etc", "destination": "/added", "options": ["bind"]}]' | tare mounts add "$ID" -
	checkpoint
	fails
	has 'tare mounts remove'
	tare mounts list "$ID" | tare mounts remove "$ID"
	checkpoint --parent-path /absolute
	fails
	has 'relative'
	[ "$(state_of "$ID")" = running ]
	tare delete --force "$ID"
	start_container 'del(.linux.namespaces[] | select(.type == "mount")) | del(.linux.maskedPaths, .linux.readonlyPaths)'
	checkpoint
	fails
	has 'mount namespace'
	[ "$(state_of "$ID")" = running ]
	tare delete --force "$ID"
	bundle '.process.args = ["sleep", "1000"]'
	tare create -b "$B" "$ID" </dev/null >/dev/null 2>&1
	checkpoint
	fails
	has 'has not been started'
	tare delete --force "$ID"
	mkdir "$BATS_TEST_TMPDIR/foreign"
	chown 12345 "$BATS_TEST_TMPDIR/foreign"
	start_container
	run tare --criu "$CRIU" checkpoint --image-path "$BATS_TEST_TMPDIR/foreign" "$ID"
	fails
	has 'belongs to another user'
	[ "$(state_of "$ID")" = running ]
	[ ! -e "$FAKE_OUT" ]
	run tare checkpoint --page-server nowhere "$ID"
	fails
	has 'ADDRESS:PORT'
	run tare checkpoint --manage-cgroups-mode odd "$ID"
	fails
	has 'odd'
	run tare checkpoint --status-fd x "$ID"
	fails
	run tare checkpoint --empty-ns pid "$ID"
	fails
	has 'only network'
	run tare checkpoint --network-lock x "$ID"
	fails
}

@test "checkpoint: a user is told in one sentence that it needs root" {
	root_only
	local state=$BATS_TEST_TMPDIR/user
	mkdir -m 755 "$state"
	chown 12345 "$state" "$B"
	"$TARE" spec --rootless -f - | jq '.process.terminal = false | .process.args = ["sleep", "1000"] |
		.linux.uidMappings[0].hostID = 12345 | .linux.gidMappings[0].hostID = 12345 | .linux.resources = {}' >"$B/config.json"
	as_user "$TARE" --root "$state" run -d -b "$B" "$ID" </dev/null >"$B/out" 2>&1 || { cat "$B/out"; false; }
	run as_user "$TARE" --root "$state" --criu /bin/true checkpoint --image-path "$state/images" "$ID"
	as_user "$TARE" --root "$state" delete --force "$ID"
	fails
	has 'checkpoint and restore need root'
}

@test "checkpoint: without criu, with one that is too old, that ends, talks nonsense or can't be executed, the message says so" {
	fake
	start_container
	PATH=/nowhere:$BATS_TEST_TMPDIR run "$TARE" --root "$STATE" checkpoint --image-path "$IMAGES" "$ID"
	fails
	has 'there is no criu in PATH'
	has 'install'
	FAKE=version=2.9 checkpoint
	fails
	has 'criu 2.9 is too old'
	FAKE=silent checkpoint
	fails
	has 'ended without an answer'
	FAKE=garbage checkpoint
	fails
	has "can't be understood"
	CRIU=/etc/hostname checkpoint
	fails
	has '/etc/hostname'
	FAKE=features= checkpoint --pre-dump
	fails
	has 'memory has changed'
	FAKE=features=mem_track checkpoint --lazy-pages
	fails
	has 'lazy-pages'
	[ "$(state_of "$ID")" = running ]
}

@test "checkpoint: a failure has criu's telling lines and the path of its log; the container goes on" {
	fake 'fail=mnt: the thing can not be dumped'
	start_container
	checkpoint
	fails
	has 'criu: mnt: the thing can not be dumped'
	lacks RLIMIT
	lacks FAILED
	has "$IMAGES/dump.log"
	has TARE-CRIU
	[ "$(state_of "$ID")" = running ]
	tare --log "$B/log" --log-format json --criu "$CRIU" checkpoint --image-path "$IMAGES" "$ID" 2>/dev/null || true
	jq -e 'select(.level == "error") | .msg' "$B/log"
}

@test "restore: a failure at any point leaves nothing, and the id can be used again" {
	fake
	mkdir "$IMAGES"
	bundle '.process.args = ["sleep", "1000"]'
	mkdir "$STATE"
	snapshot >"$B/before"
	local words
	for words in 'fail=no room for it' silent garbage ends=pre-restore ends=setup-namespaces ends=post-restore version=1.0 terminal; do
		FAKE=$words restore_fails
		snapshot | diff "$B/before" -
	done
	FAKE='fail=no room for it' restore_fails
	has 'no room for it'
	has "$IMAGES/restore.log"
	bundle '.process.args = ["sleep", "1000"] | .hooks = {createRuntime: [{path: "/bin/false"}]}'
	restore_fails
	has '/hooks/createRuntime/0'
	snapshot | diff "$B/before" -
	run tare --criu "$CRIU" restore -d --image-path /nowhere -b "$B" "$ID"
	fails
	has /nowhere
	bundle '.process.args = ["sleep", "1000"]'
	restore
	[ "$(state_of "$ID")" = running ]
}

@test "restore: a fault at, or after, each step leaves nothing; killed there, delete --force clears all" {
	fake
	test_build
	mkdir "$IMAGES"
	bundle '.process.args = ["sleep", "1000"] | .hooks = {createRuntime: [{path: "/bin/true"}], poststart: [{path: "/bin/true"}]} | .linux.resources = {pids: {limit: 60}}'
	local steps step how
	steps=$(tare plan --restore "$IMAGES" --json "$B" | jq length)
	[ "$steps" -gt 10 ]
	mkdir "$STATE"
	snapshot >"$B/before"
	for ((step = 0; step < steps; step++)); do
		for how in TARE_FAULT TARE_FAULT_AFTER TARE_KILL; do
			# Not by `run`, whose pipe what is left would hold open.
			status=0
			env $how=$step timeout 20 "$TARE" --root "$STATE" --criu "$CRIU" restore -d --image-path "$IMAGES" -b "$B" "$ID" </dev/null >"$B/out" 2>&1 3>&- || status=$?
			[ "$status" != 0 ] || { echo "$how at $step: success"; false; }
			[ "$how" = TARE_KILL ] || grep -q injected "$B/out"
			# After the publication the container is there, as for run.
			tare delete --force "$ID"
			snapshot | diff "$B/before" - || { echo "$how at $step"; false; }
		done
	done
}

@test "checkpoint: a fault at, or after, each step, a signal or the death of the command leave the container as it was" {
	fake
	test_build
	counting
	local steps=3 step how
	view >"$B/before"
	for ((step = 0; step < steps; step++)); do
		for how in TARE_FAULT TARE_KILL; do
			run env $how=$step timeout 20 "$TARE" --root "$STATE" --criu "$CRIU" checkpoint --image-path "$IMAGES" "$ID"
			[ "$status" != 0 ]
			[ "$(state_of "$ID")" = running ]
			goes_on "$(count)"
		done
	done
	mkfifo "$B/fifo"
	FAKE=hang=$B/fifo "$TARE" --root "$STATE" --criu "$CRIU" checkpoint --image-path "$IMAGES" "$ID" 2>"$B/err" &
	local command=$!
	: <"$B/fifo"
	kill -TERM $command
	local result=0
	wait $command || result=$?
	[ "$result" != 0 ]
	grep -q SIGTERM "$B/err"
	[ "$(state_of "$ID")" = running ]
	goes_on "$(count)"
	view | diff "$B/before" -
}

@test "plan --restore: the steps of a restore, without root" {
	bundle '.hooks = {createRuntime: [{path: "/bin/true"}]} | .process.args = ["true"]'
	mkdir "$IMAGES"
	run "$TARE" plan --as-root --restore "$IMAGES" "$B"
	succeeds
	has 'criu'
	has 'up to setup-namespaces'
	run "$TARE" plan --as-root --restore "$IMAGES" --json "$B"
	jq -e '[.[] | .op] | index("record") < index("criu") and index("criu") < index("restore") and (map(select(. == "restore")) | length) == 2 and last == "publish"' <<<"$output"
}
