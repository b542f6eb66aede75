# SPDX-License-Identifier: Apache-2.0
# AppArmor for real: a kernel that has it (Debian's, in QEMU), and profiles of the test's own.
load ../bats/helpers

setup_file() {
	mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
	# A name is enough to be found; what it forbids shows that it is enforced.
	apparmor_parser -r <<-'END'
		abi <abi/3.0>,
		profile tare-one flags=(attach_disconnected,mediate_deleted) {
		  file, capability, network, signal, ptrace, umount, mount,
		  deny /forbidden rw,
		}
		profile tare-two flags=(attach_disconnected,mediate_deleted) {
		  file, capability, network, signal, ptrace,
		  deny /etc/two rw,
		}
		profile tare-outer flags=(attach_disconnected,mediate_deleted) {
		  file, capability, network, signal, ptrace, umount, mount, remount, pivot_root, unix, change_profile,
		}
		profile tare-complains flags=(attach_disconnected,complain) {
		}
	END
}

mapping='[{containerID: 0, hostID: 100000, size: 65536}]'
user_namespace='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = '$mapping' | .linux.gidMappings = .linux.uidMappings'

inside() { # CONFIG-FILTER WORD...: runs a shell line under the profile tare-one
	bundle ".process.args = [\"sh\", \"-c\", \"$2\"] | .process.apparmorProfile = \"tare-one\" | $1"
	echo secret >"$B/rootfs/forbidden"
	chmod 644 "$B/rootfs/forbidden"
	run tare run -b "$B" "$ID"
}

@test "apparmor: the machine has it, as doctor and features say" {
	[ "$(cat /sys/module/apparmor/parameters/enabled)" = Y ]
	run tare doctor
	has 'lsm'
	has 'AppArmor'
	tare features | jq -e '.linux.apparmor.enabled'
}

@test "apparmor: the profile is that of the program, and is enforced" {
	inside . 'cat /proc/self/attr/current; cat /forbidden'
	fails
	has 'tare-one (enforce)'
	has 'Permission denied'
	lacks secret
}

@test "apparmor: with no_new_privs, and as another user" {
	inside '.process.noNewPrivileges = true | .process.user = {uid: 1000, gid: 1000}' 'cat /proc/self/attr/current; cat /forbidden'
	has 'tare-one (enforce)'
	lacks secret
}

@test "apparmor: in a user namespace" {
	inside "$user_namespace" 'cat /proc/self/attr/current; cat /forbidden'
	has 'tare-one (enforce)'
	lacks secret
}

@test "apparmor: exec has the container's profile, or that of --apparmor" {
	start_container '.process.apparmorProfile = "tare-one"'
	grep -q '^tare-one (enforce)' "/proc/$(pid_of "$ID")/attr/current"
	run tare exec "$ID" cat /proc/self/attr/current
	has 'tare-one (enforce)'
	run tare exec --apparmor tare-two "$ID" cat /proc/self/attr/current
	has 'tare-two (enforce)'
	run tare exec --apparmor unconfined "$ID" cat /proc/self/attr/current
	has unconfined
	run tare exec --apparmor nosuch "$ID" true
	fails 255
	has nosuch
	has '--apparmor'
	[ "$(state_of "$ID")" = running ]
}

@test "apparmor: without a profile the program is unconfined; a profile that complains is one" {
	bundle '.process.args = ["cat", "/proc/self/attr/current"]'
	run tare run -b "$B" "$ID"
	succeeds
	has unconfined
	bundle '.process.args = ["cat", "/proc/self/attr/current"] | .process.apparmorProfile = "tare-complains"'
	run tare run -b "$B" "$ID"
	succeeds
	has 'tare-complains (complain)'
}

@test "apparmor: a profile that is not loaded is named, and nothing is left" {
	mkdir -m 700 "$STATE"
	snapshot >"$BATS_TEST_TMPDIR/before"
	bundle '.process.args = ["true"] | .process.apparmorProfile = "nosuch"'
	run tare create -b "$B" "$ID" </dev/null
	fails
	snapshot | diff "$BATS_TEST_TMPDIR/before" -
	has 'config.json#/process/apparmorProfile'
	has nosuch
	[ ! -e "$STATE/$ID" ]
}

@test "apparmor: hooks of the container's are not under it, the program is" {
	bundle '.process.args = ["cat", "/proc/self/attr/current"] | .process.apparmorProfile = "tare-one" |
		.hooks = {createContainer: [{path: "/bin/sh", args: ["sh", "-c", "cat /proc/self/attr/current >&2"]}]}'
	run tare run -b "$B" "$ID"
	succeeds
	has 'tare-one (enforce)'
}

@test "apparmor: a stack of profiles, in the config and for exec, is all of them" {
	inside '.process.apparmorProfile = "tare-one//&tare-two"' 'cat /proc/self/attr/current; cat /forbidden; echo x >/etc/two'
	has 'tare-one//&tare-two (enforce)'
	[ "$(grep -c 'Permission denied' <<<"$output")" = 2 ]
	lacks secret
	start_container '.process.apparmorProfile = "tare-one"'
	run tare exec --apparmor 'tare-one//&tare-two' "$ID" cat /proc/self/attr/current
	has 'tare-one//&tare-two (enforce)'
}

# under PROFILE ARGUMENT...: tare as it is in a container of another runtime, which has a profile
under() {
	local profile=$1
	shift
	run aa-exec -p "$profile" -- "$TARE" --root "$STATE" "$@"
}

@test "apparmor: a runtime that is under a profile gives another, and with no_new_privs both" {
	bundle '.process.args = ["cat", "/proc/self/attr/current"] | .process.apparmorProfile = "tare-one" | .process.noNewPrivileges = false'
	under tare-outer run -b "$B" "$ID"
	succeeds
	[ "$output" = 'tare-one (enforce)' ]
	bundle '.process.args = ["cat", "/proc/self/attr/current"] | .process.apparmorProfile = "tare-one" | .process.noNewPrivileges = true'
	under tare-outer run -b "$B" "$ID"
	succeeds
	has 'tare-one'
	has '//&'
	has 'tare-outer'
}

@test "apparmor: no_new_privs that the runtime was started with counts as the container's" {
	bundle '.process.args = ["cat", "/proc/self/attr/current"] | .process.apparmorProfile = "tare-one" | .process.noNewPrivileges = false'
	run setpriv --no-new-privs aa-exec -p tare-outer -- "$TARE" --root "$STATE" run -b "$B" "$ID"
	succeeds
	has 'tare-one'
	has '//&'
	has 'tare-outer'
}

load_profile() { # NAME ABI RULE: replaces a profile
	apparmor_parser -r <<-END
		abi <abi/$2>,
		profile $1 flags=(attach_disconnected,mediate_deleted) {
		  file, capability, network, signal, ptrace, umount, mount, remount, pivot_root, unix, $3
		}
	END
}

@test "apparmor: the profile that the runtime is under may forbid another one, and the error has the rule that permits it" {
	local privileges rule
	for privileges in false true; do
		load_profile tare-narrow 3.0 ''
		bundle ".process.args = [\"true\"] | .process.apparmorProfile = \"tare-one\" | .process.noNewPrivileges = $privileges"
		under tare-narrow run -b "$B" "$ID"
		fails
		has 'config.json#/process/apparmorProfile'
		has 'permission denied'
		[ ! -e "$STATE/$ID" ]
		rule=$(grep -o 'change_profile -> [^"]*,' <<<"$output")
		load_profile tare-narrow 3.0 "$rule"
		under tare-narrow run -b "$B" "$ID"
		succeeds
	done
}

@test "apparmor: where Debian has user namespaces for root only, a user is told the name of the setting" {
	bundle .
	chmod 755 "$BATS_TEST_TMPDIR" "$B"
	as_user "$TARE" spec --rootless -f - | jq '.process.terminal = false | .process.args = ["true"]' >"$B/config.json"
	STATE=/tmp/$ID
	as_user mkdir -p "$STATE"
	sysctl -q kernel.unprivileged_userns_clone=0
	run as_user "$TARE" --root "$STATE" run -b "$B" "$ID"
	sysctl -q kernel.unprivileged_userns_clone=1
	fails
	has 'operation not permitted'
	has 'kernel.unprivileged_userns_clone'
	run as_user "$TARE" --root "$STATE" run -b "$B" "$ID"
	succeeds
}

since_apparmor_4() {
	[ "$(. /etc/os-release && echo "$VERSION_ID")" -ge 13 ] || skip "AppArmor 3 does not mediate user namespaces"
	grep -qx userns_create /sys/kernel/security/apparmor/features/namespaces/mask
}

@test "apparmor: a profile without the rule for user namespaces keeps the container from them, one with it does not" {
	since_apparmor_4
	load_profile tare-three 4.0 ''
	bundle '.process.args = ["unshare", "-U", "echo", "made"] | .process.apparmorProfile = "tare-three"'
	run tare run -b "$B" "$ID"
	fails
	has 'Permission denied'
	lacks made
	load_profile tare-three 4.0 userns,
	run tare run -b "$B" "$ID"
	succeeds
	[ "$output" = made ]
}

@test "apparmor: a runtime whose profile denies it a user namespace says which rule is missing, and leaves nothing" {
	since_apparmor_4
	start_container
	local filter message joined
	joined="(.linux.namespaces[] | select(.type == \"pid\")).path = \"/proc/$(pid_of "$ID")/ns/pid\""
	mkdir "$BATS_TEST_TMPDIR/data"
	while IFS='@' read -r message filter; do
		load_profile tare-narrow 4.0 ''
		bundle ".process.args = [\"true\"] | $filter"
		under tare-narrow run -b "$B" "$ID-2"
		fails
		has "$message"
		has 'AppArmor'
		[ ! -e "$STATE/$ID-2" ]
		load_profile tare-narrow 4.0 userns,
		under tare-narrow run -b "$B" "$ID-2"
		succeeds
	done <<-END
		config.json#/linux/namespaces: clone new namespaces: permission denied (a security module seems to deny user namespaces: add "userns," to the@$user_namespace
		unshare new namespaces: permission denied (a security module seems to deny user namespaces: add "userns," to the@$user_namespace | $joined | del(.mounts[] | select(.type == "proc"))
		opening a procfs in the joined pid namespace@$user_namespace | $joined
		clone a user namespace for the mapping: permission denied (a security module seems to deny user namespaces: add "userns," to the@.mounts += [{destination: "/data", type: "bind", source: "$BATS_TEST_TMPDIR/data", options: ["bind"], uidMappings: $mapping, gidMappings: $mapping}]
	END
}
