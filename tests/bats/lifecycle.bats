# SPDX-License-Identifier: Apache-2.0
load helpers

@test "run: output and status of the process are those of the container" {
	in_container 'echo out; echo err >&2; exit 7'
	fails 7
	has out
	has err
	[ ! -e "$STATE/$ID" ]
}

@test "run: 128 + signal when the process is killed" {
	# init of a pid namespace ignores its own signals: one from outside
	bundle '.process.args = ["sleep", "1000"]'
	"$TARE" --root "$STATE" run -b "$B" "$ID" 3>&- &
	local pid=$!
	eventually is_status "$ID" running 2>/dev/null
	tare kill "$ID" KILL
	status=0
	wait $pid || status=$?
	fails 137
	run tare state "$ID"
	fails
}

@test "run: forwards signals to the container" {
	bundle '.process.args = ["sh", "-c", "trap \"echo got; exit 3\" USR1 TERM; touch /ready; while :; do sleep 0.05; done"]'
	"$TARE" --root "$STATE" run -b "$B" "$ID" >"$BATS_TEST_TMPDIR/out" 3>&- &
	local pid=$!
	eventually test -e "$B/rootfs/ready"
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	fails 3
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = got ]
	[ ! -e "$STATE/$ID" ]
}

@test "run: a bundle with a slash gets an id of its own" {
	bundle '.process.args = ["echo", "hello"]'
	run tare run "$B/"
	succeeds
	[ "$output" = hello ]
	cd "$BATS_TEST_TMPDIR"
	run tare run ./bundle
	[ "$output" = hello ]
	[ -z "$(tare list -q)" ]
}

@test "run: the engines' form, an id in the bundle's directory" {
	bundle '.process.args = ["echo", "hello"]'
	cd "$B"
	run tare run "$ID"
	[ "$output" = hello ]
}

@test "run --detach returns while the container runs" {
	start_container
	[ "$(state_of "$ID")" = running ]
}

@test "run --keep leaves a stopped container" {
	bundle '.process.args = ["true"]'
	tare run --keep -b "$B" "$ID"
	[ "$(state_of "$ID")" = stopped ]
	tare delete "$ID"
	[ ! -e "$STATE/$ID" ]
}

@test "run: stdin, stdout and stderr pass through" {
	bundle '.process.args = ["cat"]'
	run bash -c "printf 'a\nb' | '$TARE' --root '$STATE' run -b '$B' '$ID'"
	[ "$output" = $'a\nb' ]
}

@test "run: stdio that is closed becomes the null device, and no descriptor of tare's" {
	bundle '.process.args = ["sh", "-c", "ls -l /proc/self/fd >/out"]'
	"$TARE" --root "$STATE" run -b "$B" "$ID" <&- >&- 2>&-
	run cat "$B/rootfs/out"
	has '0 -> /dev/null'
	has '2 -> /dev/null'
	lacks socket
	lacks memfd
}

@test "create, start, state, kill, delete: the way of an engine" {
	bundle '.process.args = ["sleep", "1000"]'
	tare create -b "$B" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" </dev/null >/dev/null 2>&1
	[ "$(state_of "$ID")" = created ]
	[ "$(cat "$BATS_TEST_TMPDIR/pid")" = "$(pid_of "$ID")" ]
	[[ $(tail -c 1 "$BATS_TEST_TMPDIR/pid") =~ [0-9] ]]
	[ "$(tr '\0' ' ' </proc/$(pid_of "$ID")/cmdline)" != "sleep 1000 " ]
	tare start "$ID"
	[ "$(state_of "$ID")" = running ]
	[ "$(tr '\0' ' ' </proc/$(pid_of "$ID")/cmdline)" = "sleep 1000 " ]
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	tare delete "$ID"
	run tare state "$ID"
	fails
	has 'does not exist'
}

@test "state: the members that engines read" {
	start_container '.annotations = {"a.b/c": "d"}'
	run tare state "$ID"
	jq -e --arg id "$ID" --arg b "$(realpath "$B")" '
		.ociVersion == "1.3.0" and .id == $id and .pid > 0 and .status == "running" and .bundle == $b and
		.rootfs == $b + "/rootfs" and .owner == "root" and .annotations["a.b/c"] == "d" and
		(.created | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{9}Z$"))' <<<"$output"
	tare kill "$ID" 9
	eventually is_status "$ID" stopped
	[ "$(pid_of "$ID")" = 0 ]
}

@test "start only from created" {
	start_container
	run tare start "$ID"
	fails
	has running
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	run tare start "$ID"
	fails
	has stopped
	run tare start nobody
	fails
	has 'does not exist'
}

@test "start returns after the exec, and reports its failure with the errno" {
	printf 'neither a script nor a program\n' >"$B/rootfs/bin/script"
	chmod +x "$B/rootfs/bin/script"
	bundle '.process.args = ["/bin/script"]'
	tare create -b "$B" "$ID"
	run tare start "$ID"
	fails
	has 'exec /bin/script: exec format error'
	[ "${#lines[@]}" -eq 1 ]
	eventually is_status "$ID" stopped
}

@test "changes of config.json after create have no effect" {
	bundle '.process.args = ["sh", "-c", "hostname; sleep 1000"] | .hostname = "before"'
	tare create -b "$B" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
	bundle '.process.args = ["sh", "-c", "echo changed"] | .hostname = "after"'
	tare start "$ID"
	eventually grep -q before "$BATS_TEST_TMPDIR/out"
	run cat "$BATS_TEST_TMPDIR/out"
	[ "$output" = before ]
}

@test "create without a process makes a container that can't be started" {
	bundle 'del(.process)'
	tare create -b "$B" "$ID"
	[ "$(state_of "$ID")" = created ]
	run tare start "$ID"
	fails
	has 'no process'
	run tare run -b "$B" other
	fails
	has 'no process'
}

@test "an id that exists is refused, and the container lives on" {
	start_container
	run tare run -b "$B" "$ID"
	fails
	has 'already exists'
	[ "$(state_of "$ID")" = running ]
}

@test "delete of a running container is refused; --force kills it" {
	start_container
	local pid=$(pid_of "$ID")
	run tare delete "$ID"
	fails
	has 'not stopped'
	[ "$(state_of "$ID")" = running ]
	tare delete --force "$ID"
	gone "$pid"
	[ ! -e "$STATE/$ID" ]
	[ -z "$(find /sys/fs/cgroup -name "*$ID*")" ]
}

@test "kill and then delete need no time between them" {
	local i
	bundle '.process.args = ["sleep", "1000"]'
	for i in {1..20}; do
		tare run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1
		tare kill "$ID" KILL
		tare delete "$ID"
	done
	# Another signal is no promise that it ends.
	bundle '.process.args = ["sh", "-c", "trap : TERM; while :; do sleep 1; done"]'
	tare run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1
	tare kill "$ID" TERM
	run tare delete "$ID"
	fails
}

@test "delete of a created container is allowed" {
	bundle
	tare create -b "$B" "$ID"
	tare delete "$ID"
	[ ! -e "$STATE/$ID" ]
}

@test "delete --force of an unknown id succeeds, twice" {
	tare delete --force nobody
	tare delete --force nobody
	run tare delete nobody
	fails
	has 'does not exist'
}

@test "delete --regex and kill --regex act on all that match" {
	bundle '.process.args = ["sleep", "1000"]'
	for i in a1 a2 b1; do tare run -d -b "$B" "$ID-$i" </dev/null >/dev/null 2>&1; done
	tare kill --regex "$ID-a." KILL
	eventually is_status "$ID-a2" stopped
	[ "$(state_of "$ID-b1")" = running ]
	tare delete --force --regex "$ID-a."
	[ "$(tare list -q)" = "$ID-b1" ]
}

@test "kill: names, numbers, and 0" {
	start_container '.process.args = ["sh", "-c", "trap \"echo usr1 >>/got\" USR1; trap \"echo term >>/got\" TERM; touch /ready; while :; do sleep 0.05; done"]'
	eventually test -e "$B/rootfs/ready"
	tare kill "$ID" 0
	local signal
	for signal in USR1 SIGUSR1 sigusr1 10; do
		: >"$B/rootfs/got"
		tare kill "$ID" $signal
		eventually grep -q usr1 "$B/rootfs/got"
	done
	tare kill "$ID"
	eventually grep -q term "$B/rootfs/got"
	run tare kill "$ID" NONSENSE
	fails
	has 'unknown signal'
}

@test "kill: a stopped container is not running" {
	bundle '.process.args = ["true"]'
	tare run --keep -b "$B" "$ID"
	run tare kill "$ID"
	fails
	has 'container not running'
	tare kill --all "$ID"
}

@test "kill --all reaches every process" {
	start_container '.process.args = ["sh", "-c", "trap : USR1; (trap \"touch /child; exit\" USR1; touch /ready; while :; do sleep 0.05; done) & while :; do sleep 0.05; done"]'
	eventually test -e "$B/rootfs/ready"
	tare kill --all "$ID" USR1
	eventually test -e "$B/rootfs/child"
}

@test "kill: a process that has the number of a dead init is left alone" {
	start_container
	tare kill "$ID" KILL
	eventually is_status "$ID" stopped
	sleep 1000 3>&- &
	local other=$!
	jq --argjson pid $other '.pid = $pid' "$STATE/$ID/status.json" >"$BATS_TEST_TMPDIR/s"
	cp "$BATS_TEST_TMPDIR/s" "$STATE/$ID/status.json"
	[ "$(state_of "$ID")" = stopped ]
	run tare kill "$ID" KILL
	fails
	kill -0 $other
	tare delete --force "$ID"
	kill -0 $other
	kill $other
}

@test "delete --force ends a start that hangs in a hook" {
	printf '#!/bin/sh\ntouch %s/in-hook\nexec sleep 1000\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/hook"
	printf '#!/bin/sh\ntouch /in-hook\nexec sleep 1000\n' >"$B/rootfs/bin/hang"
	chmod +x "$BATS_TEST_TMPDIR/hook" "$B/rootfs/bin/hang"
	bundle '.process.args = ["sleep", "1000"] | .hooks.startContainer = [{path: "/bin/hang"}]'
	tare create -b "$B" "$ID" </dev/null >/dev/null 2>&1
	"$TARE" --root "$STATE" start "$ID" >/dev/null 2>&1 3>&- &
	eventually test -e "$B/rootfs/in-hook"
	tare delete --force "$ID"
	[ ! -e "$STATE/$ID" ]
}

@test "--debug with --log does not come between create and start" {
	bundle '.process.args = ["sleep", "1000"]'
	"$TARE" --root "$STATE" --debug --log "$BATS_TEST_TMPDIR/log" create -b "$B" "$ID" </dev/null >/dev/null 2>&1
	tare start "$ID"
	[ "$(state_of "$ID")" = running ]
}

@test "list: table, json, ids, sorted" {
	run tare list
	fails
	mkdir -p "$STATE"
	run tare list
	succeeds
	[ "${#lines[@]}" -eq 1 ]
	bundle '.process.args = ["sleep", "1000"]'
	for i in z a m; do tare create -b "$B" "$ID-$i" </dev/null >/dev/null 2>&1; done
	run tare list -q
	[ "$output" = "$ID-a"$'\n'"$ID-m"$'\n'"$ID-z" ]
	run tare list
	[[ ${lines[0]} =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER ]]
	[ "${#lines[@]}" -eq 4 ]
	run tare list -f json
	[ "${#lines[@]}" -eq 1 ]
	jq -e 'length == 3 and .[0].status == "created"' <<<"$output"
}

@test "readers take no lock: state and list while a writer holds it" {
	start_container
	exec 9<"$STATE/$ID"
	flock 9
	[ "$(timeout 5 "$TARE" --root "$STATE" state "$ID" | jq -r .status)" = running ]
	[ "$(timeout 5 "$TARE" --root "$STATE" list -q)" = "$ID" ]
	exec 9<&-
}

@test "init in a created container holds its stdio, a socket and its page, nothing of the host" {
	bundle
	tare create -b "$B" "$ID" </dev/null >/dev/null 2>&1
	run bash -c "cd /proc/$(pid_of "$ID")/fd && for i in *; do readlink \$i; done | sort"
	[ "${#lines[@]}" -eq 5 ]
	[ "$(grep -c '^/dev/null$' <<<"$output")" -eq 3 ]
	has 'socket:'
	has '/memfd:tare'
}

@test "a descriptor of the engine reaches the container with --preserve-fds only" {
	bundle '.process.args = ["sh", "-c", "ls /proc/self/fd | wc -l; cat <&3"]'
	echo secret >"$BATS_TEST_TMPDIR/f"
	run bash -c "'$TARE' --root '$STATE' run -b '$B' '$ID' 3<'$BATS_TEST_TMPDIR/f' 4</"
	lacks secret
	[ "${lines[0]}" = 4 ] # 0, 1, 2 and the directory that ls reads
	run bash -c "'$TARE' --root '$STATE' run --preserve-fds 1 -b '$B' '$ID' 3<'$BATS_TEST_TMPDIR/f'"
	has secret
	# Gaps among them are normal, and nothing of ours falls into one.
	bundle '.process.args = ["sh", "-c", "cat <&5; ls /proc/self/fd"]'
	run bash -c "exec 3<&- 4<&-; '$TARE' --root '$STATE' run --preserve-fds 3 -b '$B' '$ID' 5<'$BATS_TEST_TMPDIR/f'"
	[ "$(tr '\n' ' ' <<<"$output")" = "secret 0 1 2 3 5 " ] # 3: ls's own
}

@test "hooks: prestart, createRuntime, createContainer, startContainer, poststart, poststop, in order" {
	cat >"$BATS_TEST_TMPDIR/hook" <<-EOF
		#!/bin/sh
		cat >"$BATS_TEST_TMPDIR/\$1.json"
		echo \$1 >>"$BATS_TEST_TMPDIR/order"
	EOF
	chmod +x "$BATS_TEST_TMPDIR/hook"
	printf '#!/bin/sh\ncat >/start.json\n' >"$B/rootfs/bin/inside"
	chmod +x "$B/rootfs/bin/inside"
	bundle "def h(n): {path: \"$BATS_TEST_TMPDIR/hook\", args: [\"hook\", n], env: [\"PATH=/bin:/usr/bin\"]};
		.annotations = {x: \"y\"} | .process.args = [\"sh\", \"-c\", \"sleep 1000\"] |
		.hooks = {prestart: [h(\"prestart\")], createRuntime: [h(\"createRuntime\")],
		createContainer: [h(\"createContainer\")], startContainer: [{path: \"/bin/inside\"}],
		poststart: [h(\"poststart\")], poststop: [h(\"poststop\")]}"
	tare create -b "$B" "$ID" </dev/null >/dev/null 2>&1
	run cat "$BATS_TEST_TMPDIR/order"
	[ "$output" = $'prestart\ncreateRuntime\ncreateContainer' ]
	local pid=$(pid_of "$ID")
	tare start "$ID"
	tare delete --force "$ID"
	run cat "$BATS_TEST_TMPDIR/order"
	[ "$output" = $'prestart\ncreateRuntime\ncreateContainer\npoststart\npoststop' ]
	local hook
	for hook in prestart createRuntime; do
		jq -e --arg id "$ID" --argjson pid "$pid" \
			'.id == $id and .pid == $pid and .status == "created" and .annotations.x == "y" and .ociVersion' \
			"$BATS_TEST_TMPDIR/$hook.json"
	done
	jq -e --argjson pid "$pid" '.status == "running" and .pid == $pid' "$BATS_TEST_TMPDIR/poststart.json"
	jq -e '.status == "stopped"' "$BATS_TEST_TMPDIR/poststop.json"
	jq -e --argjson pid "$pid" '.status == "created" and .pid == $pid' "$B/rootfs/start.json"
}

@test "hooks: a failing one undoes all, is named with its output, and poststop runs" {
	printf '#!/bin/sh\necho "it is broken" >&2\nexit 3\n' >"$BATS_TEST_TMPDIR/bad"
	printf '#!/bin/sh\ntouch %s/stopped\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/stop"
	chmod +x "$BATS_TEST_TMPDIR"/{bad,stop}
	snapshot >"$BATS_TEST_TMPDIR/before"
	bundle ".hooks = {createRuntime: [{path: \"$BATS_TEST_TMPDIR/bad\"}], poststop: [{path: \"$BATS_TEST_TMPDIR/stop\"}]}"
	run tare create -b "$B" "$ID"
	fails
	has 'config.json#/hooks/createRuntime/0'
	has 'exit status 3: it is broken'
	[ -e "$BATS_TEST_TMPDIR/stopped" ]
	rmdir "$STATE" 2>/dev/null || :
	snapshot | diff "$BATS_TEST_TMPDIR/before" -
	# One that init runs, too.
	rm "$BATS_TEST_TMPDIR/stopped"
	bundle ".hooks = {createContainer: [{path: \"$BATS_TEST_TMPDIR/bad\"}], poststop: [{path: \"$BATS_TEST_TMPDIR/stop\"}]}"
	run tare create -b "$B" "$ID"
	fails
	[ -e "$BATS_TEST_TMPDIR/stopped" ]
	# If none was reached, there is nothing to stop.
	rm "$BATS_TEST_TMPDIR/stopped"
	bundle ".root.path = \"nowhere\" | .hooks = {createContainer: [{path: \"$BATS_TEST_TMPDIR/bad\"}], poststop: [{path: \"$BATS_TEST_TMPDIR/stop\"}]}"
	run tare create -b "$B" "$ID"
	fails
	[ ! -e "$BATS_TEST_TMPDIR/stopped" ]
	bundle ".process.args = [\"sleep\", \"1000\"] | .hooks = {poststart: [{path: \"$BATS_TEST_TMPDIR/bad\"}]}"
	tare create -b "$B" "$ID" </dev/null >/dev/null 2>&1
	run tare start "$ID"
	fails
	has 'config.json#/hooks/poststart/0'
	run tare state "$ID"
	fails
}

@test "hooks: a timeout kills the hook and all that it has started" {
	printf '#!/bin/sh\nsleep 999 &\necho $! >%s/child\nwait\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/slow"
	chmod +x "$BATS_TEST_TMPDIR/slow"
	bundle ".hooks = {createRuntime: [{path: \"$BATS_TEST_TMPDIR/slow\", timeout: 1, env: [\"PATH=/bin:/usr/bin\"]}]}"
	run tare create -b "$B" "$ID"
	fails
	has 'took more than 1000 ms'
	eventually gone "$(cat "$BATS_TEST_TMPDIR/child")"
}

@test "hooks: tare state works in a hook, and one that leaves its stdin unread harms nobody" {
	printf '#!/bin/sh\nexec <&-\n%s --root %s state %s >%s/seen\n' "$(command -v "$TARE")" "$STATE" "$ID" "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/asks"
	chmod +x "$BATS_TEST_TMPDIR/asks"
	bundle ".process.args = [\"true\"] | .hooks = {createRuntime: [{path: \"$BATS_TEST_TMPDIR/asks\"}]}"
	run tare run -b "$B" "$ID"
	succeeds
	jq -e '.pid > 0 and .status == "creating"' "$BATS_TEST_TMPDIR/seen"
}

# --- bundles with names that few expect, and machines with many mounts ---

@test "a caller that ignores SIGCHLD: run, with a hook, a seccomp filter and exec, works and ends" {
	bundle ".process.args = [\"sh\", \"-c\", \"true & wait; exit 3\"] | .hooks.createRuntime = [{path: \"/bin/true\"}] |
		.linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"mkdir\"], action: \"SCMP_ACT_ERRNO\", errnoRet: $((RANDOM % 1000 + 1))}]}"
	ignoring() { timeout -k 2 30 perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV' "$TARE" --root "$STATE" "$@"; }
	run ignoring run -b "$B" "$ID"
	fails 3
	start_container
	run ignoring exec "$ID" sh -c 'true & wait; exit 4'
	fails 4
}

@test "a bundle whose path has a newline, blanks, quotes or bytes that are not UTF-8 is created, started, entered and deleted" {
	local odd state
	for odd in $'new\nline' ' blank  s' 'quo"te\\s' $'latin\xe9\xff' $'private\xf4\x8f\xbc\x80'; do
		mkdir -p "$BATS_TEST_TMPDIR/$odd"
		cp -r "$B/rootfs" "$BATS_TEST_TMPDIR/$odd"
		base_config | jq '.root.path = "rootfs" | .process.args = ["sleep", "1000"]' >"$BATS_TEST_TMPDIR/$odd/config.json"
		tare create -b "$BATS_TEST_TMPDIR/$odd" --pid-file "$BATS_TEST_TMPDIR/$odd/pid" "$ID" </dev/null >/dev/null 2>&1
		[ "$(cat "$BATS_TEST_TMPDIR/$odd/pid")" = "$(pid_of "$ID")" ]
		tare start "$ID"
		[ "$(tare exec "$ID" echo in)" = in ]
		tare state "$ID" | jq -e .bundle >/dev/null
		tare list >/dev/null
		tare delete --force "$ID"
		[ ! -e "$STATE/$ID" ]
	done
}

@test "without a mount namespace: a bundle whose path has a newline or other bytes leaves no mount behind" {
	root_only
	local odd
	for odd in $'new\nline' ' blank  s' $'latin\xe9\xff'; do
		mkdir -p "$BATS_TEST_TMPDIR/$odd"
		cp -r "$B/rootfs" "$BATS_TEST_TMPDIR/$odd"
		base_config | jq '.root.path = "rootfs" | .process.args = ["sleep", "1000"] | .linux.namespaces |= map(select(.type != "mount"))' >"$BATS_TEST_TMPDIR/$odd/config.json"
		tare create -b "$BATS_TEST_TMPDIR/$odd" "$ID" </dev/null >/dev/null 2>&1
		grep -q "$BATS_TEST_TMPDIR/.*/proc " /proc/self/mountinfo
		tare start "$ID"
		tare delete --force "$ID"
		! grep "$BATS_TEST_TMPDIR" /proc/self/mountinfo
	done
}

@test "delete takes its mounts off where mountinfo is far above 256 KiB, and finds its cgroups" {
	root_only
	base_config | jq '.process.args = ["sleep", "1000"] | .linux.namespaces |= map(select(.type != "mount"))' >"$B/config.json"
	run unshare -m --propagation private bash -c "
		mkdir -p '$B/many' && mount -t tmpfs tmpfs '$B/many'
		deep='$B/many'$(printf '/%.0s'"$(printf 'l%.0s' {1..200})" {1..17})
		mkdir -p \$deep
		for ((i = 0; i < 150; i++)); do mount -t tmpfs tmpfs \$deep || exit 2; done
		[ \$(wc -c </proc/self/mountinfo) -gt 400000 ] || exit 3
		'$TARE' --root '$STATE' create -b '$B' '$ID' </dev/null >/dev/null 2>&1 || exit 4
		grep -q '$B/rootfs/proc' /proc/self/mountinfo || exit 5
		'$TARE' --root '$STATE' delete --force '$ID' || exit 6
		! grep '$B/rootfs' /proc/self/mountinfo || exit 7"
	succeeds
}

@test "delete --force of a container in whose pid namespace a zombie stays, since its parent elsewhere does not reap" {
	root_only
	command -v python3 >/dev/null || skip "no python3 here to be a parent that does not reap"
	start_container
	cat >"$B/parent" <<-'EOF'
		import ctypes, os, sys, time
		ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: what is orphaned here is ours, and we reap nothing
		os.system(sys.argv[1])
		print("ready", flush=True)
		time.sleep(1000)
	EOF
	python3 "$B/parent" "'$TARE' --root '$STATE' exec -d --pid-file '$B/pid' '$ID' sleep 1000 </dev/null >/dev/null 2>&1" >"$B/out" 3>&- &
	local parent=$!
	eventually grep -q ready "$B/out"
	kill -9 "$(cat "$B/pid")"
	eventually grep -q '^State:.Z' "/proc/$(cat "$B/pid")/status"
	LIMIT=8 run tare delete --force "$ID"
	succeeds
	[ ! -e "$STATE/$ID" ]
	[ -z "$(find /sys/fs/cgroup -maxdepth 3 -name "tare-$ID" -path '*pids*')" ]
	kill $parent
}

@test "the pid is known to hooks in the container where clone3 is missing" {
	command -v python3 >/dev/null || skip "no python3 here to make the filter"
	[ "$(uname -m)" = x86_64 ] || skip "the filter has the numbers of x86_64"
	printf '#!/bin/sh\njq .pid >"%s/seen"\n' "$B" >"$B/hook"
	chmod +x "$B/hook"
	bundle ".process.args = [\"sleep\", \"1000\"] | .hooks.createContainer = [{path: \"$B/hook\"}]"
	"$BATS_TEST_DIRNAME/../fault/without" clone3 "$TARE" --root "$STATE" run -d -b "$B" "$ID" </dev/null >"$B/out" 2>&1
	[ "$(cat "$B/seen")" = "$(pid_of "$ID")" ]
}

@test "the state of a container that a newer tare has made is refused in a clear sentence; one of an older tare is read" {
	start_container
	local file verb
	for file in status undo made; do
		cp "$STATE/$ID/$file.json" "$BATS_TEST_TMPDIR/kept"
		jq -e '.version == 1' "$STATE/$ID/$file.json"
		jq -c '.version = 2' "$BATS_TEST_TMPDIR/kept" >"$STATE/$ID/$file.json"
		case $file in
		status) run tare state "$ID" ;;
		undo) for verb in "delete --force $ID" "kill $ID KILL" "ps $ID" "update --memory 100M $ID" "pause $ID" "exec $ID true" "events --stats $ID"; do
				run tare $verb
				[ "$status" -ne 0 ]
				has "was made by a newer tare"
			done ;;
		made) run tare exec "$ID" true ;;
		esac
		[ "$status" -ne 0 ]
		has "was made by a newer tare: its state has version 2, and this tare supports versions up to 1"
		jq -c 'del(.version)' "$BATS_TEST_TMPDIR/kept" >"$STATE/$ID/$file.json"
	done
	tare exec "$ID" true
	tare delete --force "$ID"
	[ ! -e "$STATE/$ID" ]
}

@test "create: a delete between the making of its directory and the lock takes nothing from it" {
	bundle '.process.args = ["sleep", "1000"]'
	mkdir -p "$STATE"
	# Stopped when it has made the directory. (Of its own mkdirat() it is the first.)
	strace -qq -o /dev/null -e trace=mkdirat -e inject=mkdirat:signal=SIGSTOP:when=1 "$TARE" --root "$STATE" create -b "$B" "$ID" </dev/null >"$B/out" 2>&1 3>&- &
	local tracer=$! creator
	eventually test -d "$STATE/$ID"
	creator=$(pgrep -P $tracer)
	eventually grep -q '^State:.[Tt]' "/proc/$creator/status"
	run tare delete "$ID"
	fails
	has 'does not exist'
	[ ! -e "$STATE/$ID" ]
	kill -CONT "$creator"
	wait $tracer || { cat "$B/out"; false; }
	[ "$(state_of "$ID")" = created ]
	tare start "$ID"
	tare delete --force "$ID"
}
