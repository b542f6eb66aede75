# SPDX-License-Identifier: Apache-2.0
# When something of the machine is used up, or taken away: the message names it, nothing hangs, and nothing is left.
load helpers

setup_test() { PARENT=; }
teardown_test() {
	if [ -n "$PARENT" ]; then
		[ ! -e "$PARENT/freezer.state" ] || echo THAWED >"$PARENT/freezer.state"
		[ ! -e "$PARENT/cgroup.freeze" ] || echo 0 >"$PARENT/cgroup.freeze"
		tare delete --force "$ID" 2>/dev/null || :
		find "${PARENT:?}" -depth -type d -delete 2>/dev/null || :
	fi
	for dir in "$BATS_TEST_TMPDIR"/mounted*; do ! mountpoint -q "$dir" || umount -l "$dir"; done
}
without() { "$BATS_TEST_DIRNAME/../fault/without" "$@"; }
nothing_left() {
	[ -z "$(ls "$STATE" 2>/dev/null)" ]
	[ -z "$(find /sys/fs/cgroup -maxdepth 8 -type d -name "tare-$ID*")" ]
}
@test "the caller's limit of processes is reached: create says so" {
	root_only
	[ -d /sys/fs/cgroup/pids ] || skip "pids is a v2 controller here"
	bundle .
	PARENT=/sys/fs/cgroup/pids/$ID-above
	mkdir "$PARENT"
	echo 1 >"$PARENT/pids.max"
	run timeout -k 2 20 sh -c "echo \$\$ >$PARENT/cgroup.procs; exec '$TARE' --root '$STATE' create -b '$B' '$ID'" </dev/null
	fails
	has 'resource temporarily unavailable'
	has 'limit of processes'
	nothing_left
}

@test "a memory limit that is too small for the first process is named" {
	root_only
	local bytes
	for bytes in 4096 100000; do
		bundle ".linux.resources.memory = {limit: $bytes}"
		run tare create -b "$B" "$ID" </dev/null
		fails
		has memory
		nothing_left
	done
}

@test "a full state directory: start leaves the container created; kill and delete work" {
	root_only
	mkdir -p "$STATE"
	mkdir "$BATS_TEST_TMPDIR/mounted"
	mount -t tmpfs -o size=128k,mode=755 tmpfs "$BATS_TEST_TMPDIR/mounted"
	STATE=$BATS_TEST_TMPDIR/mounted/state
	bundle '.process.args = ["sleep", "1000"]'
	tare create -b "$B" "$ID" </dev/null >"$B/out" 2>&1
	dd if=/dev/zero of="$BATS_TEST_TMPDIR/mounted/fill" bs=1k 2>/dev/null || :
	run tare start "$ID"
	fails
	has 'no space left'
	is_status "$ID" created
	rm "$BATS_TEST_TMPDIR/mounted/fill"
	tare start "$ID"
	is_status "$ID" running
	dd if=/dev/zero of="$BATS_TEST_TMPDIR/mounted/fill" bs=1k 2>/dev/null || :
	tare exec "$ID" true
	tare pause "$ID"
	is_status "$ID" paused
	tare resume "$ID"
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	tare delete "$ID"
	rm "$BATS_TEST_TMPDIR/mounted/fill"
	[ -z "$(ls "$STATE")" ]
}

@test "a state directory that is read-only, has no inodes, no locks, or no rename, is named" {
	root_only
	local how
	bundle .
	mkdir "$BATS_TEST_TMPDIR/mounted"
	mount -t tmpfs -o ro,mode=755 tmpfs "$BATS_TEST_TMPDIR/mounted"
	run "$TARE" --root "$BATS_TEST_TMPDIR/mounted" create -b "$B" "$ID" </dev/null
	fails
	has "$BATS_TEST_TMPDIR/mounted"
	has 'read-only'
	umount "$BATS_TEST_TMPDIR/mounted"
	mount -t tmpfs -o nr_inodes=4,mode=755 tmpfs "$BATS_TEST_TMPDIR/mounted"
	run "$TARE" --root "$BATS_TEST_TMPDIR/mounted" create -b "$B" "$ID" </dev/null
	fails
	has 'no space left'
	[ -z "$(ls "$BATS_TEST_TMPDIR/mounted")" ]
	for how in flock=ENOLCK flock=EOPNOTSUPP; do
		run without $how "$TARE" --root "$STATE" create -b "$B" "$ID" </dev/null
		fails
		has 'no file locks'
		nothing_left
	done
	run without renameat=EPERM "$TARE" --root "$STATE" create -b "$B" "$ID" </dev/null
	fails
	has '.json'
	nothing_left
}

@test "descriptors are used up: one line, and nothing is left, whatever the limit" {
	local n status output
	bundle 'del(.process.rlimits)'
	for n in 4 5 6 8 10 12 14 16 18 20 24; do
		status=0 # not `run`: 127 is the loader's status
		output=$(bash -c "ulimit -n $n; exec '$TARE' --root '$STATE' create -b '$B' '$ID'" 2>&1 </dev/null >"$B/out") || status=$?
		if [ "$status" = 0 ]; then
			tare delete --force "$ID"
		else
			[ "$status" != 124 ]
			[[ $output == *'too many open files'* || $output == *'error while loading'* || $output == *'Too many open'* ]] || { echo "$n: $output"; return 1; }
		fi
		nothing_left
	done
}

@test "no pseudoterminal is free: the limit is named" {
	root_only
	start_container '(.mounts[] | select(.type == "devpts")).options += ["max=1"]'
	timeout 30 "$BATS_TEST_DIRNAME/pty" talk 40x120 -- "$TARE" --root "$STATE" exec -t "$ID" sleep 1000 >/dev/null 2>&1 3>&- &
	local first=$!
	taken() { tare exec "$ID" ls /dev/pts | grep -qx 0; }
	eventually taken
	run timeout 20 "$BATS_TEST_DIRNAME/pty" talk 40x120 -- "$TARE" --root "$STATE" exec -t "$ID" true
	has 'no pseudoterminal is free'
	kill $first
}

@test "limits of namespaces, mounts and keys: each is named" {
	root_only
	local kind
	bundle '.process.args = ["true"]'
	for kind in mnt pid net ipc uts; do
		run unshare -U -r sh -c "echo 0 >/proc/sys/user/max_${kind}_namespaces && exec '$TARE' --root '$BATS_TEST_TMPDIR/u-$kind' --cgroup-manager disabled run -b '$B' '$ID'"
		fails
		has 'no space left on device'
		has '/proc/sys/user'
	done
	run without move_mount=ENOSPC "$TARE" --root "$STATE" create -b "$B" "$ID" </dev/null
	fails
	has 'no space left'
	has 'mount-max'
	nothing_left
	run without keyctl=EDQUOT "$TARE" --root "$STATE" create -b "$B" "$ID" </dev/null
	fails
	has 'kernel.keys'
	nothing_left
}

@test "a frozen cgroup above the container is named, rather than waited for" {
	root_only
	PARENT=/sys/fs/cgroup/$ID-above
	[ ! -d /sys/fs/cgroup/freezer ] || PARENT=/sys/fs/cgroup/freezer/$ID-above
	mkdir "$PARENT"
	echo FROZEN >"$PARENT/freezer.state" 2>/dev/null || echo 1 >"$PARENT/cgroup.freeze"
	bundle ".process.args = [\"true\"] | .linux.cgroupsPath = \"/${PARENT##*/}/box\""
	local status=0
	LIMIT=20 tare create -b "$B" "$ID" </dev/null >"$B/out" 2>&1 || status=$?
	[ "$status" = 1 ]
	grep -q 'is frozen' "$B/out"
	nothing_left
}

@test "a cgroup that somebody else has removed: the container can be looked at and deleted" {
	root_only
	bundle '.process.args = ["true"] | .linux.resources.pids = {limit: 10}'
	tare create -b "$B" "$ID" </dev/null >"$B/out" 2>&1
	tare start "$ID"
	eventually is_status "$ID" stopped
	for dir in $(find /sys/fs/cgroup -depth -maxdepth 8 -type d -name "tare-$ID"); do rmdir "$dir"; done
	tare state "$ID"
	tare list
	for verb in ps pause resume 'update --pids-limit 5' 'events --stats'; do
		run tare $verb "$ID"
		[ "$status" != 124 ]
		[[ $output == *tare:* || $status = 0 ]]
	done
	tare delete "$ID"
	nothing_left
}

@test "a bundle that is gone: start, exec and delete go on" {
	bundle '.process.args = ["sleep", "1000"]'
	tare create -b "$B" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
	mv "$B/config.json" "$BATS_TEST_TMPDIR/"
	tare start "$ID"
	tare exec "$ID" true
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	tare delete "$ID"
	nothing_left
}
