# SPDX-License-Identifier: Apache-2.0
# As an unprivileged user, in a user namespace of one's own.
load helpers

setup_test() {
	mkdir -p "$STATE"
	chown 12345:12345 "$STATE"
}

rootless_config() { as_user "$TARE" spec --rootless -f - | jq ".process.terminal = false | .root.readonly = false | ${1:-.}" >"$B/config.json"; }
user_tare() { as_user timeout 20 "$TARE" --root "$STATE" "$@"; }

setup_rootfs() { chown -R 12345:12345 "$B"; }

@test "spec --rootless makes a container without privileges: root inside, the user outside" {
	setup_rootfs
	rootless_config '.process.args = ["sh", "-c", "id -u; cat /proc/self/uid_map; echo x >/dev/null; ls /dev; hostname; ls -d /proc/[0-9]*; touch /new; mount | grep \" /sys \""]'
	run user_tare run -b "$B" "$ID"
	succeeds
	[ "${lines[0]}" = 0 ]
	[ "$(tr -s ' ' <<<"${lines[1]}")" = " 0 12345 1" ]
	has urandom
	has tare
	has '/proc/1'
	[ "$(stat -c %u "$B/rootfs/new")" = 12345 ]
}

@test "rootless: create, start, kill, delete" {
	setup_rootfs
	rootless_config '.process.args = ["sleep", "1000"]'
	user_tare create -b "$B" "$ID" </dev/null >/dev/null 2>&1
	[ "$(user_tare state "$ID" | jq -r .status)" = created ]
	[ "$(user_tare state "$ID" | jq -r .owner)" = 12345 ]
	[ "$(user_tare exec "$ID" id -u)" = 0 ]
	[ "$(user_tare state "$ID" | jq -r .status)" = created ]
	user_tare start "$ID"
	[ "$(user_tare exec "$ID" sh -c 'ps -o args | head -2')" = $'COMMAND\nsleep 1000' ]
	local pid=$(user_tare state "$ID" | jq -r .pid)
	[ "$(stat -c %u "/proc/$pid")" = 12345 ]
	user_tare delete --force "$ID"
	gone "$pid"
	[ -z "$(ls -A "$STATE")" ]
}

@test "rootless: limits name the missing delegation; none means no fuss" {
	setup_rootfs
	rootless_config '.linux.resources.memory.limit = 100000000'
	run user_tare create -b "$B" "$ID"
	fails
	has 'config.json#/linux/resources'
	has 'delegated'
	rootless_config '.process.args = ["true"]'
	run user_tare run -b "$B" "$ID"
	succeeds
	[ -z "$output" ]
}

@test "rootless: joining what belongs to the machine is refused with the pointer, before any effect" {
	setup_rootfs
	ip netns add "$ID"
	rootless_config ".linux.namespaces += [{type: \"network\", path: \"/run/netns/$ID\"}]"
	run user_tare create -b "$B" "$ID"
	ip netns delete "$ID"
	fails
	has 'config.json#/linux/namespaces/'
	has 'operation not permitted'
	[ -z "$(ls -A "$STATE")" ]
}

@test "rootless: a range of ids by newuidmap and newgidmap" {
	command -v newuidmap >/dev/null || skip "no newuidmap"
	setup_rootfs
	printf 'root:x:0:0::/:/bin/sh\nbats:x:12345:12345::/tmp:/bin/sh\n' >"$BATS_TEST_TMPDIR/passwd"
	printf '12345:500000:1000\n' >"$BATS_TEST_TMPDIR/sub"
	rootless_config '.linux.uidMappings += [{containerID: 1, hostID: 500000, size: 1000}] | .linux.gidMappings += [{containerID: 1, hostID: 500000, size: 1000}] |
		.process.user = {uid: 7, gid: 7, additionalGids: [9]} | .process.args = ["id"]'
	run unshare -m bash -c "for f in passwd; do mount --bind $BATS_TEST_TMPDIR/passwd /etc/passwd; done
		touch /etc/subuid /etc/subgid; mount --bind $BATS_TEST_TMPDIR/sub /etc/subuid; mount --bind $BATS_TEST_TMPDIR/sub /etc/subgid
		exec setpriv --reuid 12345 --regid 12345 --clear-groups env -u XDG_RUNTIME_DIR '$TARE' --root '$STATE' run -b '$B' '$ID'"
	succeeds
	has 'uid=7 gid=7 groups=9'
	rootless_config '.linux.uidMappings += [{containerID: 1, hostID: 600000, size: 1000}] | .process.args = ["id"]'
	run user_tare run -b "$B" "$ID"
	fails
	has 'config.json#/linux/uidMappings'
	has 'newuidmap'
}
