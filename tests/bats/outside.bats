# SPDX-License-Identifier: Apache-2.0
# What of the machine is given to a container and comes back: network devices, classes of service.
load helpers

device() { ip link add "$1" type veth peer name "$1p" 2>/dev/null || skip "this kernel has no veth devices"; }
name() { echo "t$(($$ % 10000))$1"; }

teardown_test() {
	local n
	for n in a b c; do ip link del "$(name $n)" 2>/dev/null || :; done
	ip netns del "$(name n)" 2>/dev/null || :
}

@test "netDevices: a device moves in, with its global addresses, up, and under another name" {
	local a b
	a=$(name a) b=$(name b)
	device "$a"
	device "$b"
	ip addr add 192.0.2.7/24 dev "$a"
	ip addr add 2001:db8::7/64 dev "$a" nodad 2>/dev/null || :
	in_container "ip addr show dev eth7; ip link show dev $b" ".linux.netDevices = {\"$a\": {name: \"eth7\"}, \"$b\": {}}"
	succeeds
	has '192.0.2.7/24'
	! ip addr show dev lo | grep -q inet6 || has '2001:db8::7/64'
	[[ $output =~ eth7@[^:]*:\ \<[^\>]*UP ]]
	[[ $output =~ $b@[^:]*:\ \<[^\>]*UP ]]
	! ip link show "$a" 2>/dev/null
}

@test "netDevices: what a network namespace has got that outlives the container stays in it; a create that fails has it back" {
	local a
	a=$(name a)
	device "$a"
	ip addr add 192.0.2.7/24 dev "$a"
	ip netns add "$(name n)"
	start_container ".linux.netDevices = {\"$a\": {name: \"eth7\"}} | (.linux.namespaces[] | select(.type == \"network\")).path = \"/run/netns/$(name n)\""
	ip -n "$(name n)" addr show dev eth7 | grep -q 192.0.2.7/24
	! ip link show "$a" 2>/dev/null
	tare delete --force "$ID"
	ip -n "$(name n)" addr show dev eth7 | grep -q 192.0.2.7/24
	ip -n "$(name n)" link delete eth7
	device "$a"
	ip addr add 192.0.2.7/24 dev "$a"
	bundle ".linux.netDevices = {\"$a\": {name: \"eth7\"}} | (.linux.namespaces[] | select(.type == \"network\")).path = \"/run/netns/$(name n)\" |
		.hooks.createRuntime = [{path: \"/bin/false\"}]"
	run tare create -b "$B" "$ID"
	fails
	ip addr show dev "$a" | grep -q 192.0.2.7/24
	! ip -n "$(name n)" link show eth7 2>/dev/null
}

@test "netDevices: what fails leaves every device where it was" {
	local a b
	a=$(name a) b=$(name b)
	device "$a"
	device "$b"
	ip netns add "$(name n)"
	ip -n "$(name n)" link add eth7 type veth peer name eth8
	ip addr add 192.0.2.7/24 dev "$b"
	local join=".linux.netDevices = {\"$b\": {}, \"$a\": {name: \"eth7\"}} | (.linux.namespaces[] | select(.type == \"network\")).path = \"/run/netns/$(name n)\""
	bundle "$join"
	run tare create -b "$B" "$ID"
	fails
	has "config.json#/linux/netDevices/$a"
	has 'file exists'
	ip -n "$(name n)" link show eth7 | grep -q eth7 # another's
	ip link show "$a" >/dev/null
	ip addr show "$b" | grep -q 192.0.2.7/24
	bundle '.linux.netDevices = {"nosuch0": {}}'
	run tare create -b "$B" "$ID"
	fails
	has 'config.json#/linux/netDevices/nosuch0'
	has 'no such device'
	[ ! -e "$STATE/$ID" ]
}

resctrl() { test_build; export TARE_RESCTRL=$BATS_TEST_TMPDIR/resctrl; mkdir -p "$TARE_RESCTRL/mon_groups"; }

@test "intelRdt: a class of the container's own, with its schemata and its process; delete removes it" {
	resctrl
	start_container '.linux.intelRdt = {l3CacheSchema: "L3:0=f", memBwSchema: "MB:0=20", schemata: ["L2:0=3"]}'
	[ "$(cat "$TARE_RESCTRL/$ID/schemata")" = $'L3:0=f\nMB:0=20\nL2:0=3' ]
	[ "$(cat "$TARE_RESCTRL/$ID/tasks")" = "$(pid_of "$ID")" ]
	tare delete --force "$ID"
	[ ! -e "$TARE_RESCTRL/$ID" ]
}

@test "intelRdt: closID names a class that exists, is joined, compared, and stays" {
	resctrl
	mkdir -p "$TARE_RESCTRL/gold/mon_groups"
	printf '    MB:0=50\n    L3:0=ff\n' >"$TARE_RESCTRL/gold/schemata"
	start_container '.linux.intelRdt = {closID: "gold", enableMonitoring: true}'
	[ "$(cat "$TARE_RESCTRL/gold/tasks")" = "$(pid_of "$ID")" ]
	[ "$(cat "$TARE_RESCTRL/gold/mon_groups/$ID/tasks")" = "$(pid_of "$ID")" ]
	tare delete --force "$ID"
	[ -e "$TARE_RESCTRL/gold/schemata" ]
	[ ! -e "$TARE_RESCTRL/gold/mon_groups/$ID" ]

	start_container '.linux.intelRdt = {closID: "gold", l3CacheSchema: "L3:0=ff"}'
	tare delete --force "$ID"
	bundle '.linux.intelRdt = {closID: "gold", l3CacheSchema: "L3:0=f"}'
	run tare create -b "$B" "$ID"
	fails
	has 'config.json#/linux/intelRdt'
	has 'L3:0=f'
	bundle '.linux.intelRdt = {closID: "silver"}'
	run tare create -b "$B" "$ID"
	fails
	has 'silver'
	[ ! -e "$TARE_RESCTRL/silver" ]
	start_container '.linux.intelRdt = {closID: "silver", schemata: ["MB:0=10"]}'
	tare delete --force "$ID"
	[ ! -e "$TARE_RESCTRL/silver" ]
}

@test "run.oci.hooks.stdout and .stderr: what hooks say is in the files too" {
	local when
	printf '#!/bin/sh\necho "$1 out"\necho "$1 err" >&2\n' >"$B/hook"
	chmod +x "$B/hook"
	cp "$B/hook" "$B/rootfs/hook"
	bundle ".process.args = [\"true\"] | .hooks = {createRuntime: [{path: \"$B/hook\", args: [\"hook\", \"createRuntime\"]}],
		createContainer: [{path: \"$B/hook\", args: [\"hook\", \"createContainer\"]}], startContainer: [{path: \"/hook\", args: [\"hook\", \"startContainer\"]}],
		poststart: [{path: \"$B/hook\", args: [\"hook\", \"poststart\"]}], poststop: [{path: \"$B/hook\", args: [\"hook\", \"poststop\"]}]} |
		.annotations = {\"run.oci.hooks.stdout\": \"$B/out\", \"run.oci.hooks.stderr\": \"$B/err\"}"
	tare create -b "$B" "$ID" >"$B/own" 2>&1 </dev/null
	tare start "$ID"
	eventually is_status "$ID" stopped
	tare delete "$ID"
	for when in createRuntime createContainer startContainer poststart poststop; do
		grep -qx "$when out" "$B/out"
		grep -qx "$when err" "$B/err"
	done
	[ "$(wc -l <"$B/out")" = 5 ]
	printf '#!/bin/sh\necho "both"; echo "of them" >&2; exit 3\n' >"$B/hook"
	run tare create -b "$B" "$ID"
	fails
	has 'both'
	has 'of them'
	grep -qx both "$B/out"
}

@test "hooks: what a startContainer hook complains of reaches the container's stderr" {
	printf '#!/bin/sh\necho complaint >&2\n' >"$B/rootfs/hook"
	chmod +x "$B/rootfs/hook"
	in_container 'echo done' '.hooks.startContainer = [{path: "/hook"}]'
	[ "$output" = $'complaint\ndone' ]
}

@test "run.oci.keep_original_groups: the caller's groups stay" {
	bundle '.process.args = ["sh", "-c", "grep Groups /proc/self/status"] | .annotations["run.oci.keep_original_groups"] = "1"'
	run setpriv --groups 7,8 "$TARE" --root "$STATE" run -b "$B" "$ID"
	[ "$(tr -s ' \t' ' ' <<<"$output" | sed 's/ $//')" = 'Groups: 7 8' ]
	bundle '.process.args = ["sh", "-c", "grep Groups /proc/self/status"]'
	run setpriv --groups 7,8 "$TARE" --root "$STATE" run -b "$B" "$ID"
	[ "$(tr -s ' \t' ' ' <<<"$output" | sed 's/ $//')" = 'Groups:' ]
}

# As a service manager starts it: for this very process.
listening() { # NUMBER NAMES ARGUMENT...
	local n=$1 names=$2
	shift 2
	timeout 30 bash -c 'export LISTEN_PID=$$ LISTEN_FDS=$1 LISTEN_FDNAMES=$2; exec "$0" --root "$3" "${@:4}"' "$TARE" "$n" "$names" "$STATE" "$@"
}

@test "LISTEN_FDS: the caller's sockets are the container's, as sd_listen_fds(3) finds them" {
	bundle '.process.args = ["sh", "-c", "echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cat <&3; cat <&4; ls /proc/self/fd | wc -l"]'
	echo one >"$B/1"; echo two >"$B/2"
	run listening 2 a:b run -b "$B" "$ID" 3<"$B/1" 4<"$B/2"
	[ "${lines[0]}" = '2 1 a:b' ]
	[ "${lines[1]}" = one ]
	[ "${lines[2]}" = two ]
	[ "${lines[3]}" = 6 ] # with the directory that ls reads
	# Without a pid namespace the process is not number 1, and knows it.
	bundle '.process.args = ["sh", "-c", "[ $LISTEN_PID = $$ ] && echo same"] | .linux.namespaces |= map(select(.type != "pid"))'
	run listening 1 '' run -b "$B" "$ID" 3<"$B/1"
	[ "$output" = same ]
	start_container
	run listening 1 a exec "$ID" sh -c '[ $LISTEN_PID = $$ ] && echo $LISTEN_FDS $LISTEN_FDNAMES; cat <&3' 3<"$B/1"
	[ "${lines[*]}" = "1 a one" ]
	# What was for a parent of ours is nothing to us, and ends nothing.
	LISTEN_FDS=7 LISTEN_PID=$$ run tare exec "$ID" sh -c 'echo "$LISTEN_FDS$LISTEN_PID"; ls /proc/self/fd | wc -l'
	[ "${lines[*]}" = " 4" ] || [ "${lines[*]}" = "4" ]
	LISTEN_FDS=many LISTEN_PID=$$ run tare exec "$ID" true
	succeeds
	run listening 3 '' exec "$ID" true # none of them is open
	succeeds
}

@test "NOTIFY_SOCKET: start and run -d return when the container is ready, and the manager hears who it is" {
	local verb
	python3 - "$B/host.sock" >"$B/heard" <<-'EOF' &
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		while True:
		    print(s.recv(9999).decode().replace("\n", " "), flush=True)
	EOF
	local manager=$!
	eventually test -S "$B/host.sock"
	cc -O1 -static -xc -o "$B/rootfs/bin/ready" - <<-'EOF'
		#include <fcntl.h>
		#include <stdlib.h>
		#include <string.h>
		#include <sys/socket.h>
		#include <sys/un.h>
		#include <unistd.h>
		int main(void)
		{
			struct sockaddr_un a = { AF_UNIX };
			int s = socket(AF_UNIX, SOCK_DGRAM, 0);
			strcpy(a.sun_path, getenv("NOTIFY_SOCKET"));
			sendto(s, "MAINPID=1\nFDSTORE=1", 19, 0, (struct sockaddr *)&a, sizeof a);
			sendto(s, "STOPPING=1", 10, 0, (struct sockaddr *)&a, sizeof a);
			creat("/told", 0600);
			while (access("/go", F_OK))
				usleep(10000);
			sendto(s, "READY=1\nSTATUS=up", 17, 0, (struct sockaddr *)&a, sizeof a);
			pause();
		}
	EOF
	for verb in start 'run -d' run; do
		rm -f "$B/rootfs/go" "$B/rootfs/told"; : >"$B/heard"
		bundle '.process.args = ["ready"]'
		export NOTIFY_SOCKET=$B/host.sock
		if [ "$verb" = start ]; then
			tare create -b "$B" "$ID" >"$B/out" 2>&1 </dev/null
			tare start "$ID" &
		else
			tare $verb -b "$B" "$ID" >"$B/out" 2>&1 </dev/null &
		fi
		local tare=$!
		eventually test -e "$B/rootfs/told"
		[ -d "/proc/$tare" ] # it waits
		touch "$B/rootfs/go"
		[ "$verb" = run ] || wait $tare
		eventually grep -q "READY=1 MAINPID=$(pid_of "$ID")" "$B/heard"
		[ "$(wc -l <"$B/heard")" = 1 ] # nothing else was passed on
		unset NOTIFY_SOCKET
		tare delete --force "$ID"
		[ ! -e "$STATE/$ID" ]
	done
	kill $manager
}

@test "NOTIFY_SOCKET: a start that waits for a container that never says it is ready can be ended" {
	bundle '.process.args = ["sleep", "1000"]'
	export NOTIFY_SOCKET=$B/nobody
	tare create -b "$B" "$ID" >"$B/out" 2>&1 </dev/null
	"$TARE" --root "$STATE" start "$ID" 3>&- &
	local start=$!
	eventually is_status "$ID" running
	kill -TERM $start
	wait $start || :
	is_status "$ID" running
}

@test "systemd: what talks to it ends with tare, is executed where programs in memory are forbidden, and takes any number of properties" {
	root_only
	python3 - "$B/bus" 3>&- <<-'EOF' &
		import os, socket, sys, time
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1] + "~")
		s.listen(9)
		os.rename(sys.argv[1] + "~", sys.argv[1])
		time.sleep(1000)
	EOF
	local silent=$!
	eventually test -S "$B/bus"
	bundle
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$B/bus "$TARE" --systemd-cgroup --root "$STATE" create -b "$B" "$ID" </dev/null >"$B/out" 2>&1 3>&- &
	local tare=$!
	eventually eval 'pgrep -f "^tare-systemd.*$ID" || grep "needs libsystemd" "$B/out"'
	if grep -q 'needs libsystemd' "$B/out"; then
		kill $silent
		is_i386
		skip "libsystemd is not here for this architecture"
	fi
	kill -KILL $tare
	eventually eval '! pgrep -f "^tare-systemd.*$ID"'
	kill $silent
	tare delete --force "$ID" || : # it can't ask systemd, and says so
	rm -rf "$STATE/$ID"
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$B/nobody
	[ ! -e /proc/sys/vm/memfd_noexec ] || for value in 1 2; do
		run unshare -pf --mount-proc sh -c 'echo '$value' >/proc/sys/vm/memfd_noexec && exec "$@"' sh "$TARE" --systemd-cgroup --root "$STATE" create -b "$B" "$ID-$value"
		fails
		has 'sd_bus_open_system'
	done
	bundle '.linux.resources.devices = [range(8000) | {allow: true, type: "c", major: (. + 300), minor: 1, access: "rwm"}]'
	run tare --systemd-cgroup create -b "$B" "$ID"
	fails
	has 'sd_bus_open_system'
}

@test "NOTIFY_SOCKET: one in the config's env is an engine's own; a container that ends before it is ready ends the wait" {
	export NOTIFY_SOCKET=$B/nobody
	in_container 'echo $NOTIFY_SOCKET' '.process.env += ["NOTIFY_SOCKET=/mine"]'
	[ "$output" = /mine ]
	in_container 'echo $NOTIFY_SOCKET; grep -c /run/notify /proc/mounts'
	[ "$output" = $'/run/notify/notify\n1' ]
	bundle '.process.args = ["true"]'
	tare run -d -b "$B" "$ID" >"$B/out" 2>&1 </dev/null
	eventually is_status "$ID" stopped
}
