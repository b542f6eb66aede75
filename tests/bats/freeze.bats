# SPDX-License-Identifier: Apache-2.0
load helpers
# bats file_tags=cgroup

# The container's directory in the hierarchy that has the freezer.
freezer() {
	local d
	for d in /sys/fs/cgroup/freezer /sys/fs/cgroup /sys/fs/cgroup/unified; do
		d=$d$(sed -n -e 's/^[0-9]*:freezer://p' -e 's/^0:://p' "/proc/$(pid_of "$ID")/cgroup" | head -1)
		[ ! -e "$d/freezer.state" ] && [ ! -e "$d/cgroup.freeze" ] || { echo "$d"; return; }
	done
}
counts() { local a; a=$(cat "$B/rootfs/count" 2>/dev/null); read -rt 0.2 <> <(:) || :; [ "$(cat "$B/rootfs/count" 2>/dev/null)" != "$a" ]; }

@test "a process of an exec that is frozen when init is killed does not outlive the delete (v1)" {
	local freezer=/sys/fs/cgroup/freezer cgroup
	[ -e "$freezer/tasks" ] || skip "the freezer is not v1's"
	root_only
	start_container
	"$TARE" --root "$STATE" exec "$ID" sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
	local exec=$!
	cgroup=$freezer$(sed -n 's/^[0-9]*:freezer://p' "/proc/$(pid_of "$ID")/cgroup")
	eventually eval '[ "$(wc -l <"$cgroup/cgroup.procs")" = 2 ]'
	mkdir "$cgroup/below"
	grep -vx "$(pid_of "$ID")" "$cgroup/cgroup.procs" >"$cgroup/below/cgroup.procs"
	echo FROZEN >"$cgroup/below/freezer.state"
	eventually grep -q FROZEN "$cgroup/below/freezer.state"
	kill -KILL "$(pid_of "$ID")"
	eventually is_status "$ID" stopped
	tare delete "$ID"
	[ ! -e "$cgroup" ]
	wait $exec || :
}

@test "pause and resume: nothing runs meanwhile, state and list say so, and only what can be done is" {
	bundle '.process.args = ["sh", "-c", "i=0; while :; do i=$((i + 1)); echo $i >/count; done"] | .root.readonly = false'
	tare run -d -b "$B" "$ID" >/dev/null 2>&1 </dev/null
	eventually counts
	tare pause "$ID"
	[ "$(state_of "$ID")" = paused ]
	[ "$(tare list -f json | jq -r '.[0].status')" = paused ]
	! counts
	run tare pause "$ID"
	fails
	has 'paused'
	run tare start "$ID"
	fails
	run tare delete "$ID"
	fails
	has 'paused'
	tare resume "$ID"
	[ "$(state_of "$ID")" = running ]
	eventually counts
	run tare resume "$ID"
	fails
	has 'not paused'
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	run tare pause "$ID"
	fails
	has 'stopped'
}

@test "a paused container can be killed, with all its processes, and deleted" {
	start_container
	tare pause "$ID"
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	tare delete "$ID"
	start_container
	tare pause "$ID"
	tare kill --all "$ID" 9
	eventually is_status "$ID" stopped
	tare delete "$ID"
	start_container
	tare pause "$ID"
	local d
	d=$(freezer)
	tare delete --force "$ID"
	[ ! -e "$d" ]
}

@test "pause: a created container, too; without a cgroup it is refused" {
	bundle '.process.args = ["sleep", "1000"]'
	tare create -b "$B" "$ID" >/dev/null 2>&1 </dev/null
	tare pause "$ID"
	[ "$(state_of "$ID")" = paused ]
	tare resume "$ID"
	[ "$(state_of "$ID")" = created ]
	tare start "$ID"
	tare delete --force "$ID"
	bundle '.process.args = ["sleep", "1000"]'
	tare --cgroup-manager disabled run -d -b "$B" "$ID" >/dev/null 2>&1 </dev/null
	run tare pause "$ID"
	fails
	has 'no cgroup'
}

@test "ps: what ps says of the container's processes, with its options, and their numbers" {
	bundle '.process.args = ["sh", "-c", "sleep 1000 & sleep 1000 & wait"]'
	tare run -d -b "$B" "$ID" >/dev/null 2>&1 </dev/null
	three() { [ "$(tare ps -f json "$ID" | jq length)" = 3 ]; }
	eventually three
	ps -ef >/dev/null 2>&1 || skip "ps(1) itself does not work on this machine"
	run tare ps "$ID"
	[[ ${lines[0]} == UID*PID*CMD* ]]
	[ "${#lines[@]}" = 4 ]
	run tare ps "$ID" -e -o pid,comm
	[ "$(tr -s ' ' <<<"${lines[0]}" | sed 's/^ //')" = "PID COMMAND" ]
	[ "${#lines[@]}" = 4 ]
	run tare ps "$ID" -e -o comm
	fails
	has 'no PID column'
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	[ "$(tare ps -f json "$ID")" = '[]' ]
	run tare ps "$ID"
	[ "${#lines[@]}" = 1 ]
}

# Without a pid namespace of its own: what it has started outlives its first process.
orphans() {
	bundle '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(select(.destination != "/proc")) |
		.process.args = ["sh", "-c", "(setsid sleep 1000 &) ; (setsid sleep 1000 &); touch /tmp/ready; exec sleep 1000"] | '"${1:-.}"
	tare run -d -b "$B" "$ID" >/dev/null 2>&1 </dev/null
	eventually test -e "$B/rootfs/tmp/ready"
}
left() { tare ps -f json "$ID" | jq length; }
none_left() { [ "$(left)" = 0 ]; }

@test "kill: without a pid namespace of its own, KILL is for all, also when the first process is gone" {
	orphans
	local pid
	pid=$(pid_of "$ID")
	[ "$(left)" = 3 ]
	tare kill "$ID" KILL
	eventually none_left
	eventually gone "$pid"
	run tare kill "$ID" KILL
	fails
	has 'container not running'
	tare delete "$ID"
	rm "$B/rootfs/tmp/ready"
	orphans
	pid=$(pid_of "$ID")
	kill -KILL "$pid"
	eventually is_status "$ID" stopped
	[ "$(left)" = 2 ]
	tare kill --all "$ID" KILL
	eventually none_left
}

@test "kill --all: any signal reaches all, and a paused container stays paused" {
	orphans
	tare kill --all "$ID" TERM
	eventually none_left
	eventually is_status "$ID" stopped
	tare kill --all "$ID" TERM
	tare delete "$ID"
	rm "$B/rootfs/tmp/ready"
	orphans
	tare pause "$ID"
	tare kill --all "$ID" TERM
	# v2 lets the frozen die of a signal; v1's get it when they go on.
	[ "$(state_of "$ID")" != running ]
	[ "$(state_of "$ID")" = stopped ] || tare resume "$ID"
	eventually none_left
}

@test "kill --all and delete: with cgroups below that are frozen" {
	orphans
	local file
	file=$(cgroup_file "$ID" freezer.state || cgroup_file "$ID" cgroup.freeze)
	local directory=${file%/*}
	mkdir "$directory/sub"
	tare ps -f json "$ID" | jq -r '.[1]' >"$directory/sub/cgroup.procs"
	if [ "${file##*/}" = cgroup.freeze ]; then echo 1 >"$directory/sub/cgroup.freeze"; else echo FROZEN >"$directory/sub/freezer.state"; fi
	[ "$(left)" = 3 ]
	tare kill --all "$ID" KILL
	eventually none_left
	tare delete --force "$ID"
	[ ! -e "$directory" ]
}
