# SPDX-License-Identifier: Apache-2.0
# On a machine with cgroup v2 only, without systemd.
load ../bats/helpers

@test "a controller that can't be enabled is named, with what is in its way" {
	local busy=/sys/fs/cgroup/$ID-busy
	mkdir "$busy"
	sleep 1000 3>&- &
	SLEEPER=$!
	echo "$SLEEPER" >"$busy/cgroup.procs"
	bundle ".linux.cgroupsPath = \"/$ID-busy/box\" | .linux.resources.pids.limit = 10"
	run tare run -b "$B" "$ID"
	fails
	has "the cgroup above has processes of its own; move them to a cgroup beside" # pids is a threaded controller
	bundle ".linux.cgroupsPath = \"/$ID-busy/box\" | .linux.resources.memory.limit = 10000000"
	run tare run -b "$B" "$ID"
	kill "$SLEEPER"
	wait "$SLEEPER" || :
	rmdir "$busy"
	fails
	has "the controller memory can't be enabled in cgroup.subtree_control above: the cgroup above has processes of its own"
	has 'TARE-CONTROLLER'
}
