# SPDX-License-Identifier: Apache-2.0
# The experiments of docs/walkthrough.md, in its order.
load helpers

teardown_test() {
	[ -z "$HOLDER" ] || { pkill -9 -P "$HOLDER"; kill -9 "$HOLDER"; } 2>/dev/null || :
	local name
	for name in $(ip netns 2>/dev/null | grep -oE "^($ID|(switch|web)$$[-0-9]*)"); do ip netns del "$name"; done
}

@test "pid: the process is PID 1, and /proc shows only the container's processes" {
	in_container 'echo $$; for p in /proc/[0-9]*; do cat $p/comm; done'
	[ "$output" = $'1\nsh' ]
}

@test "pid: NSpid has one number per nested namespace" {
	start_container
	run grep NSpid "/proc/$(pid_of "$ID")/status"
	[ "$(wc -w <<<"$output")" -eq 3 ]
	[[ $output =~ [[:space:]]1$ ]]
	# And one more, for a container in a pid namespace that is itself not the machine's.
	bundle '.process.args = ["sleep", "1000"]'
	run unshare --pid --fork --mount-proc bash -c "'$TARE' --root '$STATE' run -d -b '$B' '$ID-n' </dev/null >/dev/null 2>&1; grep -h NSpid /proc/[0-9]*/status; '$TARE' --root '$STATE' delete -f '$ID-n'"
	has $'NSpid:\t'
	[[ $output =~ NSpid:[[:space:]]+[0-9]+[[:space:]]+1 ]]
}

@test "pid: every process dies with its PID 1" {
	start_container '.process.args = ["sh", "-c", "sleep 1001 & sleep 1002 & (sleep 1003 &) ; touch /ready; exec sleep 1000"]'
	eventually test -e "$B/rootfs/ready"
	local pids
	pids=$(cat "/sys/fs/cgroup/pids/tare-$ID/cgroup.procs")
	[ "$(wc -l <<<"$pids")" -eq 4 ]
	kill -9 "$(pid_of "$ID")"
	local pid
	for pid in $pids; do eventually gone "$pid"; done
}

@test "pid: in a joined pid namespace forks do not fail with ENOMEM" {
	unshare --pid --fork --kill-child sleep 1000 3>&- &
	HOLDER=$!
	eventually pgrep -P "$HOLDER" -x sleep
	in_container 'for i in 1 2 3 4 5; do (true) || echo failed; done; echo $$; ps | wc -l' \
		".linux.namespaces |= map(select(.type != \"pid\")) + [{type: \"pid\", path: \"/proc/$(pgrep -P "$HOLDER" -x sleep)/ns/pid\"}]"
	succeeds
	lacks 'failed'
	lacks 'allocate memory'
	[ "${lines[0]}" -gt 1 ]
}

@test "network: a joined namespace (ip netns) is the same, and survives delete" {
	ip netns add "$ID"
	ip netns exec "$ID" ip link add dummy7 type dummy 2>/dev/null || ip netns exec "$ID" ip link set lo up
	start_container ".linux.namespaces[1].path = \"/run/netns/$ID\""
	[ "$(stat -Lc %i "/proc/$(pid_of "$ID")/ns/net")" = "$(stat -c %i "/run/netns/$ID")" ]
	tare delete --force "$ID"
	ip netns exec "$ID" true
}

@test "network: a new one has a loopback of its own; both can serve the same port" {
	start_container '.process.args = ["nc", "-l", "-p", "8080"]'
	eventually grep -q ':1F90 ' "/proc/$(pid_of "$ID")"/net/tcp{,6}
	tare run -d -b "$B" "$ID-2" </dev/null >/dev/null 2>&1
	eventually grep -q ':1F90 ' "/proc/$(pid_of "$ID-2")"/net/tcp{,6}
	[ "$(state_of "$ID")" = running ]
	! grep -q ':1F90 ' /proc/self/net/tcp{,6}
}

@test "user: root in a user namespace is nobody outside" {
	touch "$BATS_TEST_TMPDIR/secret" "$B/rootfs/secret"
	chmod 600 "$BATS_TEST_TMPDIR/secret"
	in_container 'id -u; cat /secret; touch /tmp/made; chmod 777 /secret' ".linux.namespaces += [{type: \"user\"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings |
		.mounts += [{destination: \"/secret\", source: \"$BATS_TEST_TMPDIR/secret\", options: [\"bind\"]},
		{destination: \"/tmp\", type: \"tmpfs\", source: \"t\"}]"
	[ "${lines[0]}" = 0 ]
	has "can't open '/secret': Permission denied"
	has 'Operation not permitted'
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/secret")" = 600 ]
}

@test "ipc: a queue of the host is not there, and one of the container's ends with it" {
	local queue
	queue=$(ipcmk -Q | grep -o '[0-9]*$')
	in_container 'wc -l </proc/sysvipc/msg'
	[ "${lines[0]}" = 1 ] # the headline
	in_container 'wc -l </proc/sysvipc/msg' '.linux.namespaces |= map(select(.type != "ipc")) | .mounts |= map(select(.type != "mqueue"))'
	ipcrm -q "$queue"
	[ "${lines[0]}" -ge 2 ]
}

@test "uts: a host name that is set inside stays inside" {
	local before=$(hostname)
	in_container 'hostname changed; hostname' '.process.capabilities.bounding += ["CAP_SYS_ADMIN"] |
		.process.capabilities.effective += ["CAP_SYS_ADMIN"] | .process.capabilities.permitted += ["CAP_SYS_ADMIN"]'
	[ "$output" = changed ]
	[ "$(hostname)" = "$before" ]
}

@test "cgroup: with a namespace the container sees itself at the root, without it does not" {
	in_container 'grep -c ":/$" /proc/self/cgroup; wc -l </proc/self/cgroup' "$OWN_CGROUPS"
	[ "${lines[0]}" = "${lines[1]}" ]
	in_container 'grep -c "tare-" /proc/self/cgroup'
	[ "${lines[0]}" -gt 1 ]
}

@test "time: a container with a time namespace is in another one than we are" {
	start_container '.linux.namespaces += [{type: "time"}]'
	[ "$(ns_of "$(pid_of "$ID")" time)" != "$(ns_of self time)" ]
	[ -e "/proc/$(pid_of "$ID")/timens_offsets" ]
}

@test "mount: what is mounted inside is not seen outside" {
	local before=$(wc -l </proc/self/mountinfo)
	start_container '.mounts += [{destination: "/inside", type: "tmpfs", source: "t"}]'
	grep -q ' /inside ' "/proc/$(pid_of "$ID")/mountinfo"
	[ "$(wc -l </proc/self/mountinfo)" = "$before" ]
	! grep -q ' /inside ' /proc/self/mountinfo
}

@test "masked /proc paths leak nothing, read-only ones can't be written" {
	in_container 'for f in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts; do [ ! -e $f ] || head -c 10 $f | wc -c; done
		ls /sys/firmware | wc -l; for f in /proc/sys/kernel/panic /proc/sys/kernel/core_pattern; do echo x >$f; done'
	local line
	[ "$(grep -c '^[1-9]' <<<"$output")" -eq 0 ]
		[ "$(grep -c 'Read-only file system' <<<"$output")" -eq 2 ]
}

@test "exec: the container's namespaces, as nsenter sees them, without the tools of the host" {
	local pid kind
	start_container "$OWN_CGROUPS"
	pid=$(pid_of "$ID")
	for kind in mnt pid net ipc uts cgroup; do
		[ "$(tare exec "$ID" readlink /proc/self/ns/$kind)" = "$(nsenter -t "$pid" -m -u -i -n -p -C readlink /proc/self/ns/$kind)" ]
	done
	# nsenter stays what it was in other respects; exec is as the config has it.
	[ "$(nsenter -t "$pid" -m -u -i -n -p -C grep CapBnd /proc/self/status)" != "$(grep CapBnd "/proc/$pid/status")" ]
	[ "$(tare exec "$ID" grep CapBnd /proc/self/status)" = "$(grep CapBnd "/proc/$pid/status")" ]
	[ "$(tare exec "$ID" cat /proc/self/cgroup)" = "$(sed 's|:/.*|:/|' "/proc/$pid/cgroup")" ]
}

@test "network: two containers in named namespaces, joined by veth and a bridge, both serve port 80 and see each other" {
	local n=$$ name
	ip netns add "switch$n" && ip netns exec "switch$n" ip link add br0 type bridge || skip "this kernel has no bridges"
	ip netns exec "switch$n" ip link set br0 up
	for name in 1 2; do
		ip netns add "web$n-$name"
		ip link add "v$n-$name" netns "switch$n" type veth peer name eth0 netns "web$n-$name"
		ip netns exec "switch$n" ip link set "v$n-$name" master br0 up
		ip netns exec "web$n-$name" ip addr add "10.9.8.$name/24" dev eth0
		ip netns exec "web$n-$name" ip link set eth0 up
		bundle ".process.args = [\"sh\", \"-c\", \"while :; do echo container $name | nc -l -p 80; done\"] | (.linux.namespaces[] | select(.type == \"network\")).path = \"/run/netns/web$n-$name\" |
			.process.capabilities.bounding += [\"CAP_NET_BIND_SERVICE\"]"
		tare run -d -b "$B" "$ID-$name" </dev/null >/dev/null 2>&1
	done
	says() { [ "$(timeout 5 "$TARE" --root "$STATE" exec "$ID-$1" nc -w 3 "$2" 80 </dev/null)" = "$3" ]; }
	eventually says 1 10.9.8.2 'container 2'
	eventually says 2 10.9.8.1 'container 1'
	for name in 1 2; do
		tare delete --force "$ID-$name"
		ip netns exec "web$n-$name" ip link show eth0 # the namespace is not ours, and stays
	done
}

@test "a container in a container in a container: to the kernel's last pid namespace, and each tells its status" {
	local static
	static=$(command -v "$TARE")
	! readelf -lW "$static" | grep -q INTERP || skip "this tare needs shared libraries"
	local caps='["CAP_SYS_ADMIN","CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_MKNOD","CAP_SETUID","CAP_SETGID","CAP_SYS_CHROOT","CAP_SETPCAP","CAP_SYS_PTRACE"]'
	mkdir -p "$B/rootfs/inner"
	cp "$static" "$B/rootfs/bin/tare"
	cat >"$B/rootfs/inner/sh" <<-'EOF2'
		depth=$(($(cat /inner/depth) + 1))
		echo $depth >/inner/depth
		tare --root /inner/state --cgroup-manager disabled run -b /inner level-$depth
		status=$?
		[ $status -ge 100 ] || status=$((99 + $status)) # the innermost could not: 100; then one more each
		exit $((status + 1))
	EOF2
	echo 0 >"$B/rootfs/inner/depth"
	base_config | jq "{ociVersion, root: {path: \"/\"}, hostname: \"inner\", process: (.process | .args = [\"sh\", \"/inner/sh\"] | .capabilities = {bounding: $caps, effective: $caps, permitted: $caps}),
		mounts: [.mounts[] | select(.destination == \"/proc\")], linux: {namespaces: [\"pid\", \"mount\", \"uts\", \"ipc\" | {type: .}]}}" >"$B/rootfs/inner/config.json"
	jq ".root.path = \"$B/rootfs\"" "$B/rootfs/inner/config.json" >"$B/config.json"
	LIMIT=120 run tare --cgroup-manager disabled run -b "$B" "$ID"
	local depth
	depth=$(cat "$B/rootfs/inner/depth")
	echo "depth $depth, status $status: $output"
	has "clone new namespaces: no space left on device (a limit in /proc/sys/user or the nesting of namespaces is exhausted)"
	[ "$depth" -ge 28 ] && [ "$depth" -le 32 ]
	[ "$status" -eq $((100 + depth)) ]
}
