# SPDX-License-Identifier: Apache-2.0
# SELinux for real: a kernel that has it (Debian's, in QEMU), Debian's policy, and types of the test's own (selinux.cil).
load ../bats/helpers

setup_file() { setenforce 1; }
ONE=system_u:system_r:tare_one_t:s0:c1,c2
TWO=system_u:system_r:tare_two_t:s0

inside() { # CONFIG-FILTER SCRIPT: a shell under the label ONE
	bundle ".process.args = [\"sh\", \"-c\", \"$2\"] | .process.selinuxLabel = \"$ONE\" | $1"
	echo secret >"$B/rootfs/forbidden"
	chmod 644 "$B/rootfs/forbidden"
	chcon -t tare_secret_t "$B/rootfs/forbidden"
	run tare run -b "$B" "$ID"
}
label_of() { tr -d '\0' <"/proc/$(pid_of "$ID")/attr/current"; }

@test "selinux: the machine has it, as doctor and features say" {
	[ "$(getenforce)" = Enforcing ]
	run tare doctor
	has SELinux
	tare features | jq -e .linux.selinux.enabled
}

@test "selinux: the label is that of the program, and is enforced" {
	inside . 'cat /proc/self/attr/current; echo; cat /forbidden'
	fails
	has "$ONE"
	has 'Permission denied'
	lacks secret
	bundle '.process.args = ["cat", "/forbidden"]'
	run tare run -b "$B" "$ID-2"
	has secret
}

@test "selinux: with no_new_privs, as another user, and in a user namespace" {
	local more
	for more in '.process.noNewPrivileges = true | .process.user = {uid: 1000, gid: 1000}' '.process.noNewPrivileges = false' \
		'.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'; do
		inside "$more" 'cat /proc/self/attr/current; echo; cat /forbidden'
		has "$ONE"
		lacks secret
	done
}

@test "selinux: exec has the container's label, or that of --process-label" {
	start_container ".process.selinuxLabel = \"$ONE\""
	[ "$(label_of)" = "$ONE" ]
	run tare exec "$ID" cat /proc/self/attr/current
	has "$ONE"
	run tare exec --process-label "$TWO" "$ID" cat /proc/self/attr/current
	has "$TWO"
	run tare exec --process-label system_u:system_r:nosuch_t:s0 "$ID" true
	fails 255
	has nosuch_t
	has '--process-label'
}

@test "selinux: what is mounted has the mount label" {
	start_container ".process.selinuxLabel = \"$ONE\" | .linux.mountLabel = \"system_u:object_r:tare_mount_t:s0:c1,c2\" |
		.mounts += [{destination: \"/own\", type: \"tmpfs\", source: \"tmpfs\"}, {destination: \"/bound\", type: \"bind\", source: \"$B\", options: [\"bind\"]}]"
	local root=/proc/$(pid_of "$ID")/root path
	for path in /own /dev /dev/shm /dev/null; do
		[[ $(stat -c %C "$root$path") == system_u:object_r:tare_mount_t:s0:c1,c2 ]] || { stat -c '%n %C' "$root$path"; false; }
	done
	[[ $(stat -c %C "$root/bound") != *tare_mount_t* ]]
	run tare exec "$ID" sh -c 'echo x >/own/file && cat /own/file'
	has x
}

@test "selinux: a label that the policy does not know is refused by name, and nothing is left" {
	mkdir -m 700 "$STATE"
	snapshot >"$BATS_TEST_TMPDIR/before"
	bundle '.process.selinuxLabel = "system_u:system_r:nosuch_t:s0"'
	run tare create -b "$B" "$ID" </dev/null
	fails
	has '/process/selinuxLabel'
	has nosuch_t
	snapshot | diff "$BATS_TEST_TMPDIR/before" -
	bundle '.linux.mountLabel = "system_u:object_r:nosuch_t:s0"'
	run tare create -b "$B" "$ID"
	fails
	has '/linux/mountLabel'
	has nosuch_t
	snapshot | diff "$BATS_TEST_TMPDIR/before" -
}

@test "selinux: permissive, the label is the same and forbids nothing" {
	setenforce 0
	inside . 'cat /proc/self/attr/current; echo; cat /forbidden'
	setenforce 1
	succeeds
	has "$ONE"
	has secret
}

@test "Yama at its strictest, lockdown: create, start, exec, limits, device rules, kill, delete" {
	[ "$(cat /proc/sys/kernel/yama/ptrace_scope)" = 3 ]
	grep -q '\[confidentiality\]' /sys/kernel/security/lockdown
	start_container '.linux.resources.memory.limit = 67108864 | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO"}]}'
	[ "$(value memory.max)" = 67108864 ]
	run tare exec "$ID" sh -c 'echo through >/dev/null && id -u'
	succeeds
	[ "$output" = 0 ]
	mknod "$B/rootfs/tmp/kmsg" c 1 11
	run tare exec "$ID" sh -c 'echo x >/tmp/kmsg'
	has 'Operation not permitted'
	tare pause "$ID"
	tare resume "$ID"
	tare update --memory 33554432 "$ID"
	tare kill "$ID" KILL
	tare delete --force "$ID"
}
