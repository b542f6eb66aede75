# SPDX-License-Identifier: Apache-2.0
# How a container has ended: wait and state; and what nobody comes back for: gc.
load helpers

# Waits in the background, with its output in $B/waited.
begin_wait() { # [OPTION...]: its pid in $waiter
	"$TARE" --root "$STATE" wait "$@" "$ID" >"$B/waited" 2>&1 3>&- &
	waiter=$!
}
create() {
	bundle "$1"
	tare create -b "$B" "$ID" </dev/null >"$B/out" 2>&1
}
value_of() { tare state "$ID" | jq -r ".$1"; }

@test "wait prints the exit status of a container, created or running; state tells it until delete" {
	create '.process.args = ["sh", "-c", "exit 7"]'
	begin_wait
	tare start "$ID"
	wait $waiter
	[ "$(cat "$B/waited")" = 7 ]
	run tare wait "$ID"
	[ "$output" = 7 ]
	[ "$(value_of exitStatus) $(value_of signal) $(value_of oomKilled)" = '7 null false' ]
	[[ $(value_of finished) == 20*T*Z ]]
	tare list -f json | jq -e ".[] | select(.id == \"$ID\") | .exitStatus == 7"
	tare delete "$ID"
	run tare wait "$ID"
	fails
	has 'does not exist'
}

@test "wait: a signal is 128 and its number; of two that wait both are told; delete does not disturb them" {
	needs pidfd_open
	start_container
	"$TARE" --root "$STATE" wait --json "$ID" >"$B/second" 2>&1 3>&- &
	local second=$!
	begin_wait
	# Both have a pidfd: the kernel keeps the status for them, even after a delete.
	holds() { [ -n "$(find "/proc/$1/fd" -lname '*pidfd*' 2>/dev/null)" ] || grep -qs pidfd /proc/"$1"/fdinfo/*; }
	eventually holds $second
	eventually holds $waiter
	tare delete --force "$ID"
	wait $second $waiter
	[ "$(cat "$B/waited")" = 137 ]
	jq -e '.exitStatus == 137 and .signal == "SIGKILL" and .status == "stopped" and .pid == 0' "$B/second"
}

@test "wait: what nobody has waited for is not known, and that is said" {
	# The parent of init waits for it at once.
	create '.process.args = ["true"]'
	local pid
	pid=$(pid_of "$ID")
	tare start "$ID"
	away() { [ ! -e "/proc/$pid" ]; }
	eventually away
	run tare wait "$ID"
	fails
	has 'nobody was waiting'
	run tare wait --json "$ID"
	succeeds
	[ "$(jq .exitStatus <<<"$output")" = null ]
	[ "$(value_of exitStatus)" = null ]
}

@test "wait: of a process that has ended, and that nobody has waited for yet, /proc tells it" {
	bundle '.process.args = ["sh", "-c", "exit 9"]'
	# A parent that never waits, and adopts init.
	cat >"$B/parent" <<END
#!/usr/bin/env python3
import ctypes, json, subprocess, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: it adopts init, and does not wait for it
tare = ["$TARE", "--root", "$STATE"]
null = subprocess.DEVNULL
subprocess.run(tare + ["create", "-b", "$B", "$ID"], stdin=null, stdout=null, stderr=null, check=True)
subprocess.run(tare + ["start", "$ID"], check=True)
while json.loads(subprocess.run(tare + ["state", "$ID"], capture_output=True, check=True).stdout)["status"] != "stopped":
    time.sleep(0.01)
print(json.loads(subprocess.run(tare + ["state", "$ID"], capture_output=True, check=True).stdout)["exitStatus"])
print(subprocess.run(tare + ["wait", "$ID"], capture_output=True, text=True).stdout, end="")
END
	run timeout 30 python3 "$B/parent"
	[ "$output" = $'9\n9' ]
	[ "$(value_of exitStatus)" = 9 ] # wait has kept it
}

@test "run --keep: state has the status, the signal, and whether memory was short" {
	bundle '.process.args = ["sh", "-c", "exit 3"]'
	run tare run --keep -b "$B" "$ID"
	[ "$status" = 3 ]
	[ "$(value_of exitStatus)" = 3 ]
	tare delete "$ID"
	[ "$(id -u)" = 0 ] || return 0
	bundle '.process.args = ["sh", "-c", "dd if=/dev/zero of=/dev/shm/x bs=1M count=64; tail /dev/zero"] | .linux.resources.memory = {limit: 33554432, swap: 33554432}'
	run tare run --keep -b "$B" "$ID"
	[ "$status" = 137 ]
	[ "$(value_of oomKilled) $(value_of exitStatus)" = 'true 137' ]
}

@test "--ready-fd: one byte when the container is made, none if that fails, and the container does not get it" {
	bundle '.process.args = ["sh", "-c", "ls /proc/self/fd >/said; sleep 1000"]'
	mkfifo "$B/ready"
	cat "$B/ready" >"$B/read" 3>&- &
	local reader=$!
	tare create --ready-fd 9 -b "$B" "$ID" </dev/null >"$B/out" 2>&1 9>"$B/ready"
	wait $reader
	[ "$(stat -c %s "$B/read")" = 1 ]
	tare start "$ID"
	eventually test -s "$B/rootfs/said"
	! grep -qx 9 "$B/rootfs/said"
	tare delete --force "$ID"
	cat "$B/ready" >"$B/read" 3>&- &
	reader=$!
	run tare create --ready-fd 9 -b "$B/nowhere" "$ID" 9>"$B/ready"
	fails
	wait $reader
	[ ! -s "$B/read" ]
	cat "$B/ready" >"$B/read" 3>&- &
	reader=$!
	tare run -d --ready-fd 9 -b "$B" "$ID" </dev/null >"$B/out" 2>&1 9>"$B/ready"
	wait $reader
	[ -s "$B/read" ]
	run tare create --ready-fd 99 -b "$B" "$ID-2"
	fails
	has "--ready-fd 99 can't be written to"
	run tare create --ready-fd 1 -b "$B" "$ID-2"
	fails
	run tare create --ready-fd 9 --preserve-fds 7 -b "$B" "$ID-2" 9>"$B/out"
	fails
	has 'is passed to the container'
	[ ! -e "$STATE/$ID-2" ]
}

@test "gc: what a killed create, a boot, and a removed bundle or cgroup have left; nothing that lives or has only stopped" {
	root_only
	local faulty=${TARE_FAULTY:-$(command -v "$TARE")-faults} kind
	[ -x "$faulty" ] || skip "no tare-faults beside $TARE"
	bundle '.process.args = ["sleep", "1000"]'
	tare run -d -b "$B" "$ID-lives" </dev/null >/dev/null 2>&1
	tare create -b "$B" "$ID-created" </dev/null >/dev/null 2>&1
	bundle '.process.args = ["true"]'
	for kind in stopped boot bundle cgroups; do
		cp -a "$B" "$B-$kind"
		tare create -b "$B-$kind" "$ID-$kind" </dev/null >/dev/null 2>&1
		tare start "$ID-$kind"
		eventually is_status "$ID-$kind" stopped
	done
	TARE_KILL=publish "$faulty" --root "$STATE" create -b "$B" "$ID-killed" </dev/null >/dev/null 2>&1 || :
	mkdir -m 700 "$STATE/$ID-begun"
	sed -i 's/"created":"20../"created":"2001/' "$STATE/$ID-boot/status.json"
	rm -rf "$B-bundle"
	for dir in $(find /sys/fs/cgroup -depth -maxdepth 8 -type d -path "*tare-$ID-cgroups*"); do rmdir "$dir"; done
	run tare gc --dry-run
	succeeds
	for kind in boot bundle cgroups killed begun; do has "$ID-$kind: "; done
	[ "$(grep -c "^$ID" <<<"$output")" = 5 ]
	[ "$(tare list -q | wc -l)" = 8 ]
	# Another command is at work on this one.
	flock "$STATE/$ID-bundle" "$TARE" --root "$STATE" gc >"$B/said" 2>&1
	grep -q "$ID-boot: the machine has been booted since" "$B/said"
	grep -q "$ID-cgroups: its cgroups are gone" "$B/said"
	grep -q "$ID-killed: its create was killed" "$B/said"
	! grep -q "$ID-bundle" "$B/said"
	run tare gc
	[[ $output == "$ID-bundle: its bundle is gone"* ]]
	[ "$(tare list -q | tr '\n' ' ')" = "$ID-created $ID-lives $ID-stopped " ]
	[ "$(state_of "$ID-lives") $(state_of "$ID-created")" = 'running created' ]
	[ -z "$(find /sys/fs/cgroup -maxdepth 8 -type d -name "tare-$ID-killed")" ]
	run tare gc
	lacks "$ID"
}

@test "gc: what a killed command has left in the cache of filters; a damaged state is named and left" {
	root_only
	export XDG_RUNTIME_DIR=$B
	local dead
	dead=$(sh -c 'echo $$')
	mkdir -p -m 700 /run/tare-seccomp
	echo half >"/run/tare-seccomp/0123456789abcdef.$dead"
	run tare gc --dry-run
	has 'of the seccomp cache'
	[ -e "/run/tare-seccomp/0123456789abcdef.$dead" ]
	tare gc
	[ ! -e "/run/tare-seccomp/0123456789abcdef.$dead" ]
	start_container
	cp "$STATE/$ID/status.json" "$B/kept"
	echo '{' >"$STATE/$ID/status.json"
	run tare gc
	fails
	has "$ID"
	cp "$B/kept" "$STATE/$ID/status.json"
	is_status "$ID" running
}

@test "state directories that each version has written can be listed and deleted" {
	root_only
	local version id
	for version in "$BATS_TEST_DIRNAME"/../state/*/; do
		rm -rf "$STATE"
		cp -r "$version" "$STATE"
		chmod 700 "$STATE"/* "$STATE"
		chown -R 0:0 "$STATE"
		run tare list -f json
		succeeds
		[ "$(jq -r '[.[] | select(.status == "stopped")] | length' <<<"$output")" = "$(ls "$STATE" | wc -l)" ]
		for id in $(ls "$STATE"); do
			tare state "$id"
			tare delete "$id"
		done
		[ -z "$(ls "$STATE")" ]
	done
}
