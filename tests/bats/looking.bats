# SPDX-License-Identifier: Apache-2.0
# What a user can look at: plans, configs, times and containers.
load helpers

# Runs a command in a terminal of that many columns.
in_terminal() { # COLUMNS COMMAND
	run script -qec "stty cols $1 rows 50; $2" /dev/null </dev/null
	output=${output//$'\r'/}
}

has_state() { [ "$(state_of "$1")" = "$2" ]; }

@test "plan: a heading for each phase, and one line for what is repeated; --full has a line for each step" {
	bundle '.process.args = ["true"] | .linux.maskedPaths = ["/proc/keys", "/proc/kcore", "/proc/asound"]'
	run tare plan "$B"
	succeeds
	local phase
	for phase in look prepare build inside start; do
		[ "$(grep -c "^$phase: " <<<"$output")" -eq 1 ]
	done
	grep -qE '^ +[0-9]+-[0-9]+  init +mask +/proc/\{keys,kcore,asound\} \(may miss\) +/linux/maskedPaths/\*$' <<<"$output"
	[ "$(tare plan --full "$B" | grep -c '^ *[0-9]* .* mask ')" -eq 3 ]
	[ "$(tare plan --full "$B" | grep -c '^ *[0-9]')" -eq "$(tare plan --json "$B" | jq length)" ]
	[ "$(tare plan --json "$B" | jq -c 'map(.phase) | unique')" = '["build","inside","look","prepare","start"]' ]
}

@test "plan on a terminal: no line is wider, and colours only where they are wanted" {
	bundle '.process.args = ["true"]'
	local columns
	for columns in 80 100; do
		NO_COLOR=1 in_terminal "$columns" "TERM=xterm '$TARE' plan '$B'"
		[ "$(wc -l <<<"$output")" -gt 20 ]
		[ "$(wc -L <<<"$output")" -le "$columns" ]
		lacks $'\e'
	done
	in_terminal 80 "TERM=xterm '$TARE' plan '$B'"
	has $'\e[32minit'
	in_terminal 80 "TERM=dumb '$TARE' plan '$B'"
	lacks $'\e'
	in_terminal 80 "TERM=xterm '$TARE' plan --full '$B'"
	[ "$(grep -c '\.\.\.' <<<"$output")" -eq 0 ]
}

@test "plan --diff: what another bundle or a saved plan has differently" {
	bundle '.process.args = ["true"]'
	tare plan --json "$B" >"$BATS_TEST_TMPDIR/saved"
	run tare plan --diff "$BATS_TEST_TMPDIR/saved" "$B"
	succeeds
	has 'have the same'
	bundle '.process.args = ["true"] | .hostname = "other" | .mounts += [{destination: "/new", type: "tmpfs", source: "tmpfs"}]'
	run tare plan --diff "$BATS_TEST_TMPDIR/saved" "$B"
	succeeds
	[ "$(grep -c '^[-+]' <<<"$output")" -eq 3 ]
	grep -qE '^- .* hostname +tare ' <<<"$output"
	grep -qE '^\+ .* hostname +other ' <<<"$output"
	grep -qE '^\+ .* mount +tmpfs -> /new ' <<<"$output"
	[ "$(tare plan --json --diff "$BATS_TEST_TMPDIR/saved" "$B" | jq -c 'map(.change)')" = '["removed","added","added"]' ]
	cp -r "$B" "$BATS_TEST_TMPDIR/other"
	jq '.hostname = "third"' "$B/config.json" >"$BATS_TEST_TMPDIR/other/config.json"
	run tare plan --diff "$BATS_TEST_TMPDIR/other" "$B"
	grep -qE '^- .* hostname +third ' <<<"$output"
	# A saved plan may come from anywhere.
	echo '[{"step": 1, "phase": "look", "who": "\u001b]0;x\u0007", "op": "x\",\"y", "detail": "\u001b[2J", "from": "/"}]' >"$BATS_TEST_TMPDIR/evil"
	run tare plan --diff "$BATS_TEST_TMPDIR/evil" "$B"
	lacks $'\e'
	tare plan --json --diff "$BATS_TEST_TMPDIR/evil" "$B" | jq -e '.[0].op == "x\",\"y"'
	echo '[{"step": 1}]' >"$BATS_TEST_TMPDIR/bad"
	run tare plan --diff "$BATS_TEST_TMPDIR/bad" "$B"
	fails
	has "--diff $BATS_TEST_TMPDIR/bad"
}

@test "plan --as-root: what root would have, for a user, who is told of it" {
	root_only
	"$TARE" spec -f - --rootfs "$B/rootfs" >"$B/config.json"
	chmod 644 "$B/config.json"
	run as_user "$TARE" plan "$B"
	fails
	has '--as-root plans for root'
	run as_user "$TARE" plan --as-root "$B"
	succeeds
	grep -qE 'user +0:0' <<<"$output"
}

@test "a reader that has seen enough is not an error" {
	bundle '.process.args = ["true"]'
	run bash -o pipefail -c "'$TARE' plan --full '$B' | sed 1q; exec 3>&1; ('$TARE' plan --full '$B'; echo status \$? >&3) | true"
	succeeds
	lacks 'TARE-'
	has 'status 0'
	run bash -c "'$TARE' plan '$B' >/dev/full"
	fails
	has 'TARE-STDOUT'
	[ "$(id -u)" = 0 ] || return 0
	start_container # what prints without end ends then
	run timeout 20 bash -o pipefail -c "'$TARE' --root '$STATE' events --interval 20ms '$ID' | head -n 1"
	succeeds
	lacks 'TARE-'
	# And the status of a verb is its own.
	bundle '.process.args = ["nope"]'
	run bash -c "('$TARE' check '$B'; echo status \$? >&2) | true"
	has 'status 1'
}

@test "spec: the options for people, and a program after --" {
	cd "$BATS_TEST_TMPDIR"
	mkdir box
	tare spec --bundle box --rootfs "$B/rootfs" --hostname boxy --env PATH=/bin --env GREETING="a b" --bind "$B:/data:ro" --bind box:/box \
		--user 7:8 --no-terminal -- sh -c 'echo "$GREETING"; hostname; id -u; id -g; touch /data/x || ls /data /box'
	[ "$(jq -c '[.process.env[] | select(startswith("PATH="))]' box/config.json)" = '["PATH=/bin"]' ]
	if [ "$(id -u)" = 0 ]; then
		run tare run -b box "$ID"
		succeeds
		[ "${lines[*]:0:4}" = 'a b boxy 7 8' ]
		has 'Read-only file system'
		has config.json
	fi
	run tare spec --bundle box
	fails
	has 'file exists (remove it first'
	run tare spec box
	fails
	has 'box is a directory'
	local wrong
	for wrong in '--user root' '--user 1:' '--bind /a' '--bind /a:b' '--bind /a:/b:x' '--env A' '--env =b'; do
		run tare spec -f - $wrong
		fails
		has "${wrong%% *} takes"
	done
}

@test "--timings: a row for each step of each process, and its sums; in a file it is a trace" {
	root_only
	bundle '.process.args = ["true"]'
	local steps op
	steps=$(tare plan --json "$B" | jq length)
	run tare --timings run -b "$B" "$ID"
	succeeds
	# await is not timed: init does nothing meanwhile.
	[ "$(grep -cE '^ +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9]+  (parent|init) ' <<<"$output")" -eq $((steps - 1)) ]
	has 'all steps of parent'
	has 'all steps of init'
	has 'from the start of tare'
	tare --timings="$BATS_TEST_TMPDIR/trace" run -b "$B" "$ID"
	# Times are of the steps, in their order, within the whole; the lanes have names.
	jq -e --argjson steps "$steps" '.traceEvents as $all | ($all | map(select(.ph == "X"))) as $x |
		($x | length) == $steps and ($x[1:] | map(.dur > 0) | all) and ($x[0].dur as $whole | $x | map(.ts >= 0 and .ts + .dur <= $whole + 0.01) | all) and
		([$x[] | select(.tid == 3) | .ts] | . == sort) and ([$all[] | select(.ph == "M") | .args.name] == ["parent", "stager", "init"])' "$BATS_TEST_TMPDIR/trace"
	# Under a filter that denies the clock, the time until the exec is that of the step that loads it.
	bundle '.process.args = ["true"] | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["clock_gettime"], action: "SCMP_ACT_KILL_PROCESS"}]}'
	run tare --timings run -b "$B" "$ID"
	succeeds
	grep -qE '^ +[0-9.]+ +[0-9.]*[1-9][0-9]* +0.000 +[0-9]+  init    seccomp' <<<"$output"
	lacks 'init    exec'
}

@test "--timings: create and start have a file each in a directory; TARE_TIMINGS is for engines; exec; a failure" {
	root_only
	bundle '.process.args = ["sleep", "1000"]'
	mkdir "$BATS_TEST_TMPDIR/times"
	export TARE_TIMINGS=$BATS_TEST_TMPDIR/times
	tare create -b "$B" "$ID" </dev/null >/dev/null 2>&1
	tare start "$ID"
	tare exec "$ID" true
	[ "$(ls "$TARE_TIMINGS" | sed "s/$ID-[0-9]*//" | tr '\n' ' ')" = 'create-.json exec-.json start-.json ' ]
	jq -e '[.traceEvents[] | select(.ph == "X") | .name] | index("pivot") and (index("exec") | not)' "$TARE_TIMINGS"/create-*
	jq -e '[.traceEvents[] | select(.ph == "X") | .name] | index("exec") and (index("pivot") | not)' "$TARE_TIMINGS"/start-*
	unset TARE_TIMINGS
	run tare --timings=/no/such/place exec "$ID" true
	succeeds
	has 'warning: open --timings /no/such/place: no such file or directory'
	bundle '.process.args = ["/nothing"]'
	run tare --timings run -b "$B" "$ID-2"
	fails
	has 'lookup'
	has 'TARE-EXEC-NOT-FOUND'
	run tare run --timings -b "$B" "$ID-2"
	fails
	has 'tare --timings ... VERB'
}

@test "inspect: what can't be read is not known; a status of any length is read" {
	root_only
	start_container '.process.args = ["sh", "-c", "sleep 1000; true"] | .process.user.additionalGids = [range(4000000000; 4000060000)]'
	run tare inspect "$ID"
	succeeds
	has 'effective     CAP_'
	has 'no_new_privs  yes'
	lacks 'not known'
}

@test "inspect: namespaces beside the caller's, mounts, capabilities, limits and use, hooks, seccomp" {
	root_only
	start_container '.mounts += [{destination: "/data", type: "bind", source: "/srv", options: ["bind", "ro"]}] | .linux.resources = {pids: {limit: 77}} |
		.hooks = {poststop: [{path: "/bin/true"}]} | .annotations = {"org.example.color": "re\u001bd"} |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO"}]}'
	run tare inspect "$ID"
	succeeds
	has 'status        running'
	has 'program       sleep 1000'
	grep -qE "^  pid +$(ns_of "$(pid_of "$ID")" pid | tr -dc 0-9) +$(ns_of self pid | tr -dc 0-9) +its own$" <<<"$output"
	grep -qE "^  user .* the caller's$" <<<"$output"
	grep -qE '^  /data .* ro,.*from .*srv$' <<<"$output"
	grep -qE '^  effective .*CAP_KILL' <<<"$output"
	has 'pids.max=77'
	grep -qE '^  seccomp +filter' <<<"$output"
	grep -qE '^  poststop +/bin/true' <<<"$output"
	lacks $'\e'
	tare inspect --json "$ID" | jq -e --arg pid "$(pid_of "$ID")" '.process.pid == ($pid | tonumber) and (.process.effective | index("CAP_KILL") != null) and
		(.namespaces | map(select(.type == "pid"))[0].shared == false) and (.mounts | map(.destination) | index("/data") != null) and
		.hooks == [{kind: "poststop", path: "/bin/true"}] and .annotations == {"org.example.color": "re\u001bd"}'
	kill -9 "$(pid_of "$ID")"
	eventually has_state "$ID" stopped
	run tare inspect "$ID"
	succeeds
	has stopped
	lacks namespaces
	run tare inspect nobody
	fails
}

@test "state keeps why the program died, where it is known" {
	root_only
	bundle '.process.args = ["mkdir", "/tmp/x"] | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_KILL_PROCESS"}]}'
	run tare run --keep -b "$B" "$ID"
	[ "$status" = 159 ]
	[[ $(tare state "$ID" | jq -r .ended) == *'killed by its seccomp filter (SIGSYS)'* ]]
	bundle '.process.args = ["sh", "-c", "dd if=/dev/zero of=/dev/null bs=100M count=1; exit 3"] | .linux.resources = {memory: {limit: 33554432}}'
	tare run -d -b "$B" "$ID-2" </dev/null >/dev/null 2>&1
	eventually has_state "$ID-2" stopped
	[[ $(tare state "$ID-2" | jq -r .ended) == *'memory limit of 33554432 bytes was reached'* ]]
	bundle '.process.args = ["false"]'
	run tare run --keep -b "$B" "$ID-3"
	[ "$(tare state "$ID-3" | jq -r .ended)" = null ]
}

@test "doctor tries idmapped mounts, and sees noexec, hidepid and a private root" {
	root_only
	mkdir "$BATS_TEST_TMPDIR/storage" "$BATS_TEST_TMPDIR/proc"
	run unshare -m bash -c "mount --make-rprivate /; mount -t tmpfs -o noexec,size=1m none '$BATS_TEST_TMPDIR/storage'; mount -t proc -o hidepid=2 none /proc; cd '$BATS_TEST_TMPDIR/storage'; '$TARE' doctor"
	grep -qE "^degraded +storage +$BATS_TEST_TMPDIR/storage is mounted noexec" <<<"$output"
	grep -qE "^ok +storage +$BATS_TEST_TMPDIR/storage supports idmapped mounts" <<<"$output"
	grep -qE '^degraded +mounts +/ is private' <<<"$output"
	grep -qE '^ok +mounts +/proc has hidepid' <<<"$output"
	# procfs is a filesystem that can't be idmapped.
	run bash -c "cd /proc && '$TARE' doctor"
	grep -qE '^degraded +storage +/proc does not support idmapped mounts' <<<"$output"
	run unshare -m bash -c "mount --make-rshared /; '$TARE' doctor --json"
	jq -e 'map(select(.area == "mounts" and .verdict == "ok")) | length >= 1' <<<"$output"
}

@test "check: a script for env, whose program is in no directory of PATH" {
	bundle '.process.args = ["script"] | .process.env = ["PATH=/bin"]'
	printf '#!/bin/env -S A=b pyton3 -u\n' >"$B/rootfs/bin/script"
	chmod +x "$B/rootfs/bin/script"
	run tare check "$B"
	fails
	has 'its first line runs "pyton3", which is in no directory of PATH [TARE-EXEC-INTERPRETER]'
	printf '#!/bin/env sh\n' >"$B/rootfs/bin/script"
	run tare check "$B"
	succeeds
}

@test "what a document's review found: bundles without config.json, newer containers in list, hooks that are not there" {
	root_only
	mkdir "$BATS_TEST_TMPDIR/empty"
	run tare run "$BATS_TEST_TMPDIR/empty/"
	fails
	has 'TARE-BUNDLE'
	bundle '.hooks = {createRuntime: [{path: "/no/such/hook"}], startContainer: [{path: "/in/the/container"}]} | .process.args = ["true"]'
	run tare check "$B"
	fails
	has '/hooks/createRuntime/0: /no/such/hook: no such file or directory [TARE-HOOK]'
	lacks startContainer
	bundle '.process.args = ["sleep", "1000"]'
	tare create -b "$B" "$ID" </dev/null >/dev/null 2>&1
	sed -i 's/"version": *[0-9]*/"version":99/' "$STATE/$ID/status.json"
	run tare list
	fails
	has 'made by a newer tare'
	grep -qE "^$ID +0? *broken" <<<"$output" || grep -q "$ID.*broken" <<<"$output"
	sed -i 's/"version": *99/"version":1/' "$STATE/$ID/status.json"
	run tare run --rootles "$ID-2"
	fails
	has 'did you mean --rootless, before the verb?'
}

@test "selftest: runs containers on this host and judges, as root and as a user; with --json a list" {
	run tare selftest --security
	succeeds
	has 'ok          a container runs'
	has 'safe        /proc is a link: refused'
	lacks FAILED
	lacks VULNERABLE
	run bash -c "'$TARE' selftest --json | jq -r '.[].verdict' | sort -u"
	[ "$output" = ok ] || [ "$output" = $'ok\nskipped' ]
	[ "$(id -u)" != 0 ] || { run as_user "$TARE" selftest; succeeds; lacks FAILED; }
	[ -z "$(find /tmp -maxdepth 1 -name 'tare-selftest-*' -newer "$BATS_TEST_TMPDIR")" ]
}
