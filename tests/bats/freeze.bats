# SPDX-License-Identifier: Apache-2.0
load helpers

# The container's directory in the hierarchy that has the freezer.
freezer() {
	local d
	for d in /sys/fs/cgroup/freezer /sys/fs/cgroup /sys/fs/cgroup/unified; do
		d=$d$(sed -n -e 's/^[0-9]*:freezer://p' -e 's/^0:://p' "/proc/$(pid_of "$ID")/cgroup" | head -1)
		[ ! -e "$d/freezer.state" ] && [ ! -e "$d/cgroup.freeze" ] || { echo "$d"; return; }
	done
}
counts() { local a; a=$(cat "$B/rootfs/count" 2>/dev/null); read -rt 0.2 <> <(:) || :; [ "$(cat "$B/rootfs/count" 2>/dev/null)" != "$a" ]; }

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
	has 'no column PID'
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	[ "$(tare ps -f json "$ID")" = '[]' ]
	run tare ps "$ID"
	[ "${#lines[@]}" = 1 ]
}
