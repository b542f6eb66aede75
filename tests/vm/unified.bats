# SPDX-License-Identifier: Apache-2.0
# On a machine with cgroup v2 only, without systemd.
load ../bats/helpers
# bats file_tags=cgroup

@test "a controller that can't be enabled is named, with what is in its way" {
	local busy=/sys/fs/cgroup/$ID-busy
	mkdir "$busy"
	sleep 1000 3>&- &
	SLEEPER=$!
	echo "$SLEEPER" >"$busy/cgroup.procs"
	local controller
	for controller in pids memory; do # of threads, and of domains only
		bundle ".linux.cgroupsPath = \"/$ID-busy/box\" | .linux.resources.$controller.limit = 10000000"
		run tare run -b "$B" "$ID"
		fails
		has "the controller $controller is not in the parent's cgroup.subtree_control: the parent has processes of its own"
		has 'TARE-CONTROLLER'
	done
	# And it is as it was: with a controller of threads it would have become threaded.
	[ "$(cat "$busy/cgroup.type")" = domain ]
	[ -z "$(cat "$busy/cgroup.subtree_control")" ]
	# Without a limit the container needs no controller there.
	bundle ".linux.cgroupsPath = \"/$ID-busy/box\" | .process.args = [\"true\"] | del(.linux.resources.pids, .linux.resources.memory)"
	run tare run -b "$B" "$ID"
	succeeds
	kill "$SLEEPER"
	wait "$SLEEPER" || :
	rmdir "$busy"
}
