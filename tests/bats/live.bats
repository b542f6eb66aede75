#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Mounts that are added to a container that runs.
bats_require_minimum_version 1.5.0
load helpers

setup_test() {
	mkdir -p "$BATS_TEST_TMPDIR/volume/below" "$BATS_TEST_TMPDIR/second"
	echo one >"$BATS_TEST_TMPDIR/volume/one"
	echo two >"$BATS_TEST_TMPDIR/second/two"
	chmod -R a+rX "$BATS_TEST_TMPDIR/volume" "$BATS_TEST_TMPDIR/second"
}
V() { echo "$BATS_TEST_TMPDIR/volume"; }
add() { tare mounts add "$ID" - <<<"$1"; }
inside() { run tare exec "$ID" "$@"; }
mounts_of() { cut -d' ' -f4- "/proc/$(pid_of "$ID")/mountinfo" | sort; }
unchanged() { mounts_of | diff "$BATS_TEST_TMPDIR/before" -; }

# bats test_tags=cgroup
@test "mounts: added while it runs, with the options of bind mounts; listed; removed by what list says" {
	root_only
	start_container
	mounts_of >"$BATS_TEST_TMPDIR/before"
	mount -t tmpfs tmpfs "$(V)/below"
	touch "$(V)/below/deep"
	local failed=
	{
		add '[{"source": "'"$(V)"'", "destination": "/mnt/new/dir", "options": ["rbind", "rro", "nosuid"]},
			{"source": "'"$(V)/one"'", "destination": "/mnt/file", "options": ["bind"]}]'
		inside sh -c 'cat /mnt/new/dir/one /mnt/file; ls /mnt/new/dir/below; touch /mnt/new/dir/below/x; echo more >>/mnt/file'
	} || failed=1
	umount "$(V)/below"
	[ -z "$failed" ]
	has one
	has deep
	has 'Read-only file system'
	[ "$(cat "$(V)/one")" = $'one\nmore' ]
	[ "$(tare mounts list "$ID" | jq -c '[.mounts[] | .destination]')" = '["/mnt/new/dir","/mnt/file"]' ]
	tare mounts list "$ID" >"$B/list"
	tare mounts remove "$ID" "$B/list"
	unchanged
	[ "$(tare mounts list "$ID" | jq -c .mounts)" = '[]' ]
}

@test "mounts: into a container that is created, and one that is paused" {
	root_only
	bundle '.process.args = ["sh", "-c", "cat /late/one; sleep 1000"]'
	tare create -b "$B" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
	add '[{"source": "'"$(V)"'", "destination": "/late", "options": ["bind"]}]'
	tare start "$ID"
	eventually grep -q one "$BATS_TEST_TMPDIR/out"
	tare pause "$ID"
	add '[{"source": "'"$(V)"'", "destination": "/later", "options": ["bind"]}]'
	tare resume "$ID"
	inside cat /later/one
	has one
}

@test "mounts: in a user namespace, with ids mapped" {
	root_only
	local mapped='.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "user"}]) | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$B/rootfs"
	start_container "$mapped"
	add '[{"source": "'"$(V)"'", "destination": "/mnt/mapped", "options": ["bind", "idmap"]}, {"source": "'"$(V)"'", "destination": "/mnt/plain", "options": ["bind", "ro"]}]'
	inside sh -c 'stat -c %u /mnt/mapped /mnt/plain /mnt; touch /mnt/mapped/from'
	[ "$output" = $'0\n65534\n0' ]
	[ "$(stat -c %u "$(V)/from")" = 0 ]
	tare mounts list "$ID" | tare mounts remove "$ID" -
	inside sh -c 'grep -c /mnt/ /proc/self/mountinfo'
	[ "$output" = 0 ]
}

@test "mounts: all or none, whichever step fails, and the message names the entry" {
	root_only
	test_build
	start_container
	mounts_of >"$BATS_TEST_TMPDIR/before"
	run add '[{"source": "'"$(V)"'", "destination": "/mnt/a", "options": ["bind"]}, {"source": "'"$(V)/one"'", "destination": "/mnt/a", "options": ["bind"]}]'
	fails
	has "mounts $ID: standard input#/mounts/1: $(V)/one is a file"
	unchanged
	echo '[{"source": "'"$(V)"'", "destination": "/mnt/a", "options": ["bind"]}, {"source": "'"$(V)"'", "destination": "/mnt/b", "options": ["bind"]}]' >"$B/two.json"
	local step
	for step in $(seq 0 8); do
		TARE_FAULT=$step run tare mounts add "$ID" "$B/two.json"
		fails
		has injected
		unchanged
		[ "$(tare mounts list "$ID" | jq -c .mounts)" = '[]' ]
	done
	TARE_FAULT=9 run tare mounts add "$ID" "$B/two.json"
	succeeds # there are nine steps
}

@test "mounts: what a killed command has left is taken off by the next" {
	root_only
	test_build
	start_container
	mounts_of >"$BATS_TEST_TMPDIR/before"
	echo '[{"source": "'"$(V)"'", "destination": "/mnt/a", "options": ["bind"]}, {"source": "'"$(V)"'", "destination": "/mnt/b", "options": ["bind"]}]' >"$B/two.json"
	local step
	for step in $(seq 0 8); do
		TARE_KILL=$step run tare mounts add "$ID" "$B/two.json"
		[ "$status" -ne 0 ]
		[ "$(tare mounts list "$ID" | jq -c .mounts)" = '[]' ]
		run tare mounts remove "$ID" "$B/two.json" # there is nothing, after it has looked after that
		fails
		has 'nothing was added at /mnt/a'
		unchanged
	done
}

@test "mounts: a filesystem in the container that never answers makes add fail, and nothing is left" {
	root_only
	[ -w /dev/fuse ] || skip "no FUSE here"
	mkdir -p "$B/rootfs/deaf"
	start_container
	coproc "$BATS_TEST_DIRNAME/deaf" "$(pid_of "$ID")" /deaf 3>&-
	local said= server=$COPROC_PID
	read -r said <&"${COPROC[0]}" || true
	[ "$said" = mounted ]
	mounts_of >"$BATS_TEST_TMPDIR/before"
	run add '[{"source": "'"$(V)"'", "destination": "/mnt/a", "options": ["bind"]}, {"source": "'"$(V)"'", "destination": "/deaf/b", "options": ["bind"]}]'
	kill "$server"
	fails
	has '#/mounts/1: '
	has '-> /deaf/b'
	has 'timed out'
	unchanged
}

@test "mounts: refused before anything is touched" {
	root_only
	start_container
	mounts_of >"$BATS_TEST_TMPDIR/before"
	local entry
	while IFS='|' read -r entry message; do
		run add "$entry"
		fails
		has "$message"
	done <<-END
		[{"source": "tmpfs", "type": "tmpfs", "destination": "/mnt/a"}]|only bind mounts can be added
		[{"source": "/", "destination": "/", "options": ["bind"]}]|root of a container can't be covered
		[{"source": "/", "destination": "/proc/sys", "options": ["bind"]}]|inside /proc
		[{"source": "/", "destination": "/mnt/a", "options": ["bind", "copy-symlink"]}]|makes a link
		[{"destination": "/mnt/a", "options": ["bind"]}]|needs a source
		[{"source": "/nowhere", "destination": "/mnt/a", "options": ["bind"]}]|/nowhere: no such file
		[{"source": "/srv", "options": ["bind"]}]|destination
		[{"source": "/srv", "destination": 5}]|line 1
		[]|has no mounts
		{"mount": []}|has no mounts
		nonsense|standard input
	END
	unchanged
	run tare mounts move "$ID"
	fails
	has 'add, remove or list'
	run tare mounts remove "$ID" - <<<'[{"destination": "/proc"}]'
	fails
	has 'nothing was added at /proc'
	has "tare mounts list $ID"
	tare kill "$ID" KILL
	eventually stopped "$ID"
	run add '[{"source": "/srv", "destination": "/mnt/a", "options": ["bind"]}]'
	fails
	has 'it is stopped'
	run tare mounts list nobody
	fails
	has 'does not exist'
}
stopped() { [ "$(state_of "$1")" = stopped ]; }

@test "mounts: what the container controls is not taken for its root, nor for the source" {
	root_only
	ln -s / "$B/rootfs/link"
	chown -Rh 100000:100000 "$B/rootfs"
	start_container '.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "user"}]) | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	mounts_of >"$BATS_TEST_TMPDIR/before"
	run add '[{"source": "'"$(V)"'", "destination": "/link", "options": ["bind"]}]'
	fails
	has '/link resolves to the root'
	run add '[{"source": "'"$(V)"'", "destination": "/mnt/a", "options": ["rbind", "rrw"]}]'
	fails
	has "can't be cleared for a user namespace"
	unchanged
	mv "$B/rootfs" "$B/moved"
	add '[{"source": "'"$(V)"'", "destination": "/mnt/a", "options": ["rbind"]}]'
	inside cat /mnt/a/one
	has one
}

@test "mounts: one that can't be reached stays in the list, and one that is gone is told" {
	root_only
	start_container '.process.capabilities.bounding += ["CAP_SYS_ADMIN"] | .process.capabilities.effective += ["CAP_SYS_ADMIN"] | .process.capabilities.permitted += ["CAP_SYS_ADMIN"]'
	echo '[{"source": "'"$(V)"'", "destination": "/mnt/in/a", "options": ["bind"]}]' >"$B/one.json"
	tare mounts add "$ID" "$B/one.json"
	inside mount -t tmpfs tmpfs /mnt/in
	run tare mounts remove "$ID" "$B/one.json"
	fails
	has "unmounting /mnt/in/a"
	inside umount /mnt/in
	inside umount /mnt/in/a
	run tare mounts remove "$ID" "$B/one.json"
	has "nothing was added at /mnt/in/a" # the command before has marked it, and this one took it off first
	tare mounts add "$ID" "$B/one.json"
	inside umount /mnt/in/a
	run --separate-stderr tare mounts remove "$ID" "$B/one.json"
	succeeds
	[[ $stderr = *"warning: /mnt/in/a is not in the container's mount namespace any more"* ]]
}

@test "mounts: a list that is damaged is named" {
	root_only
	start_container
	local text
	for text in '{"version":1,"mounts":[{}]}' '{"version":1,"devices":[{}]}' '{' '{"version":99,"mounts":[]}'; do
		echo "$text" >"$STATE/$ID/added.json"
		run tare mounts list "$ID"
		fails
		[[ $output = *added.json* || $output = *newer* ]]
	done
}

@test "mounts: a container without a mount namespace of its own gets none" {
	root_only
	start_container '.linux.namespaces |= map(select(.type != "mount")) | del(.linux.maskedPaths, .linux.readonlyPaths) | .mounts = []'
	run add '[{"source": "/srv", "destination": "/mnt/a", "options": ["bind"]}]'
	fails
	has 'no mount namespace of its own'
}

@test "mounts: a place that the container exchanges for a link to the host's is never left" {
	root_only
	command -v cc >/dev/null || skip "no compiler"
	cc -O2 -o "$BATS_TEST_TMPDIR/attacker" "$BATS_TEST_DIRNAME/../security/attacker.c"
	mkdir -p "$B/rootfs/place/deep" "$B/rootfs/box" "$BATS_TEST_TMPDIR/host/deep"
	ln -s "$BATS_TEST_TMPDIR/host" "$B/rootfs/box/place"
	start_container
	"$BATS_TEST_TMPDIR/attacker" flip "$B/rootfs/place" "$B/rootfs/box/place" &
	local flipper=$! n
	for n in $(seq 60); do
		add '[{"source": "'"$(V)"'", "destination": "/place/deep", "options": ["bind"]}]' || continue
		tare mounts remove "$ID" - <<<'[{"destination": "/place/deep"}]' || break
	done
	kill -KILL $flipper
	[ "$n" = 60 ]
	! grep "$BATS_TEST_TMPDIR/host" /proc/self/mountinfo
	[ -z "$(ls "$BATS_TEST_TMPDIR/host/deep")" ]
	[ "$(tare mounts list "$ID" | jq -c .mounts)" = '[]' ]
}

MAY_MKNOD='.process.capabilities |= with_entries(if .key | IN("bounding", "effective", "permitted") then .value += ["CAP_MKNOD"] else . end)'
device() { echo '[{"path": "'"$1"'", "type": "c", "major": 1, "minor": '"${2:-8}"', "fileMode": 432}]'; }
change() { tare update "$1" - "$ID" <<<"$2"; }

# bats test_tags=cgroup
@test "update: a device is added to a container that runs, node and rule, and taken away" {
	root_only
	start_container "$MAY_MKNOD"
	# Nothing answers at 240:0, which is only found where it may be opened.
	inside sh -c 'mknod /tmp/mine c 240 0 && : </tmp/mine'
	has '/tmp/mine: Operation not permitted'
	change --add-devices '[{"path": "/dev/sub/none", "type": "c", "major": 240, "minor": 0, "fileMode": 420}]'
	inside sh -c 'stat -c "%a %t %T" /dev/sub/none; : </dev/sub/none'
	has '644 f0 0'
	has 'No such device'
	# An update of the rules keeps it.
	change --resources '{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rw"}]}'
	inside sh -c ': </dev/sub/none'
	has 'No such device'
	change --remove-devices '[{"path": "/dev/sub/none", "type": "c"}]'
	inside sh -c 'ls /dev/sub; mknod /tmp/again c 240 0 && : </tmp/again'
	has '/tmp/again: Operation not permitted'
	lacks none
	local v1
	v1=$(cgroup_file "$ID" devices.list) || :
	[ -z "$v1" ] || grep -q 'c 10:200 rw' "$v1"
}

# bats test_tags=cgroup
@test "update: a device for a container in a user namespace is the host's" {
	root_only
	chown -R 100000:100000 "$B/rootfs"
	start_container '.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "user"}]) | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	mounts_of >"$BATS_TEST_TMPDIR/before"
	change --add-devices "$(device /dev/chance)"
	inside sh -c 'head -c 3 </dev/chance | wc -c'
	[ "$output" = 3 ]
	change --remove-devices "$(device /dev/chance)"
	unchanged
}

@test "update: a device is there whole or not at all, whichever step fails or is killed" {
	root_only
	test_build
	start_container
	local step how
	device /dev/chance 9 >"$B/device.json"
	for how in TARE_FAULT TARE_KILL; do
		for step in $(seq 0 5); do
			run env "$how=$step" timeout 20 "$TARE" --root "$STATE" update --add-devices "$B/device.json" "$ID"
			[ "$status" -ne 0 ]
			run tare update --remove-devices "$B/device.json" "$ID"
			fails
			has '/dev/chance was not added'
			inside ls /dev
			lacks chance
		done
	done
	tare update --add-devices "$B/device.json" "$ID"
}

@test "update: devices that can't be added are refused" {
	root_only
	start_container "$MAY_MKNOD"' | .linux.devices = [{path: "/dev/given", type: "c", major: 1, minor: 8}]'
	local entry message
	while IFS='|' read -r entry message; do
		run change --add-devices "$entry"
		fails
		has "$message"
	done <<-'END'
		[{"path": "/dev/given", "type": "c", "major": 1, "minor": 8}]|standard input#/devices/0: the container has /dev/given already
		[{"path": "/dev/null", "type": "c", "major": 1, "minor": 3}]|every container has /dev/null
		[{"path": "/dev/a", "type": "c", "major": 1}]|standard input#/devices/0: a device of type c needs major and minor
		[{"path": "/dev/a", "type": "p"}]|a FIFO is no device
		[{"path": "dev/a", "type": "c", "major": 1, "minor": 3}]|not an absolute path
		[{"path": "/dev/ptmx", "type": "c", "major": 5, "minor": 2}]|the container's own
		[]|has no devices
	END
	# A node that is there already stays.
	inside mknod /dev/there c 1 8
	succeeds
	run change --add-devices "$(device /dev/there)"
	fails
	has '/dev/there: file exists'
	inside ls /dev/there
	succeeds
	run tare update --memory 64M --add-devices - "$ID" <<<"$(device /dev/b)"
	fails
	has 'stand alone'
}
