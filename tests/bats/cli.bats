# SPDX-License-Identifier: Apache-2.0
load helpers

@test "--config: another file than the bundle's config.json, relative to the caller's directory" {
	bundle '.process.args = ["echo", "other"]'
	mv "$B/config.json" "$BATS_TEST_TMPDIR/other.json"
	cd "$BATS_TEST_TMPDIR"
	run tare run -b "$B" --config other.json "$ID"
	succeeds
	[ "$output" = other ]
	tare create -b "$B" -f other.json "$ID" </dev/null >/dev/null 2>&1
	rm other.json
	tare start "$ID"
	run tare run -b "$B" --config other.json "$ID-2"
	fails
	has 'other.json: no such file or directory'
}

@test "--help and -h, globally and for each verb, with status 0" {
	run tare --help
	succeeds
	has 'usage: tare'
	local verb
	for verb in $(sed -n 's/^  \([a-z]*\) .*/\1/p' <<<"$output" | head -11); do
		run tare "$verb" --help
		succeeds
		has "usage: tare $verb"
		run tare "$verb" -h
		succeeds
	done
}

@test "every verb, and each of its options, is in the manual and in the completions" {
	local verb option escaped manual completions
	manual=$(cat "$BATS_TEST_DIRNAME"/../../docs/man/*.1)
	completions=$(cat "$BATS_TEST_DIRNAME/../../contrib/completions/tare")
	for verb in $("$TARE" --help | sed -n '/^verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
		[ -f "$BATS_TEST_DIRNAME/../../docs/man/tare-$verb.1" ] || { echo "$verb is not in the manual"; return 1; }
		grep -q "verbs=.*\b$verb\b" <<<"$completions" || { echo "$verb is not completed"; return 1; }
		for option in $("$TARE" --help | sed -n '/^options:/,$p' | grep -oE -- '^ +(-., )?--[a-z0-9-]+' | grep -oE -- '--.*') $("$TARE" "$verb" --help | grep '^  ' | grep -oE -- ' --[a-z0-9-]+' | sort -u); do
			escaped=${option//-/\\-}
			[[ $manual == *"$escaped"* ]] || { echo "$verb $option is not in the manual"; return 1; }
			[[ $completions == *"$option"* ]] || { echo "$verb $option is not completed"; return 1; }
		done
	done
}

@test "--version and version" {
	run tare --version
	succeeds
	[[ ${lines[0]} =~ ^tare\ version\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	has 'spec: 1.3.0'
	run tare version
	succeeds
	run tare -v
	succeeds
}

@test "unknown verbs, options and missing arguments: one line and status 1" {
	local line
	for line in nonsense '--nonsense' 'run' 'run --nonsense x' 'create' 'start' 'state' 'kill' 'delete' 'state a b' 'list x' 'run --bundle'; do
		run tare $line
		fails
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == tare:* ]]
	done
}

@test "--console-socket: without a terminal, or with nobody who listens, it is refused before anything is touched" {
	bundle
	run tare create --console-socket /tmp/s -b "$B" "$ID"
	fails
	has 'config.json#/process/terminal: --console-socket without a terminal'
	bundle '.process.terminal = true'
	run tare create --console-socket "$B/nobody" -b "$B" "$ID"
	fails
	has "config.json#/process/terminal: connect $B/nobody: no such file or directory"
	run tare run --pidfd-socket="$B/nobody" -b "$B" "$ID"
	fails
	has "connect $B/nobody"
	[ ! -e "$STATE/$ID" ]
}

@test "options as engines write them: before and after the id, with = and with one dash" {
	bundle '.process.args = ["true"]'
	tare run -no-subreaper --bundle="$B" "$ID"
	tare run "$ID" -b "$B"
	tare create --pid-file="$BATS_TEST_TMPDIR/p" "$ID" --bundle "$B" --no-pivot --no-new-keyring
	tare delete "$ID" --force
}

@test "--pid-file is relative to the caller's directory, with -b too" {
	bundle '.process.args = ["sleep", "100"]'
	cd "$BATS_TEST_TMPDIR"
	tare run -d --pid-file pid -b "$B" "$ID" </dev/null >/dev/null 2>&1
	[ "$(cat pid)" = "$(pid_of "$ID")" ]
}

@test "--log: the error is a whole line in the file and on stderr, as text and as JSON" {
	run tare --log "$BATS_TEST_TMPDIR/log" --log-format json state nobody
	fails
	has 'container "nobody" does not exist'
	jq -e '.level == "error" and (.msg | contains("\"nobody\" does not exist")) and (.time | test("^20.*Z$"))' "$BATS_TEST_TMPDIR/log"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -eq 1 ]
	run tare --log "$BATS_TEST_TMPDIR/log2" state nobody
	grep -q 'level=error msg="state nobody: container' "$BATS_TEST_TMPDIR/log2"
	run tare --log "file:$BATS_TEST_TMPDIR/log3" state nobody
	[ -s "$BATS_TEST_TMPDIR/log3" ]
	run tare --log /no/such/dir/log state nobody
	fails
	run tare --log-format xml state nobody
	fails
	has 'text or json'
}

@test "--debug tells each step; with --log it leaves stderr alone" {
	bundle '.process.args = ["true"]'
	run tare --debug --log "$BATS_TEST_TMPDIR/log" --log-format json run -b "$B" "$ID"
	succeeds
	[ -z "$output" ]
	jq -se 'map(select(.level == "debug" and (.msg | contains("pivot")))) | length == 1' "$BATS_TEST_TMPDIR/log"
	run tare --debug run -b "$B" "$ID"
	has 'step 0'
}

@test "warnings go to stderr, and to the log when there is one" {
	local label=apparmorProfile # of the module that is not there
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] || label=selinuxLabel
	bundle ".process.args = [\"true\"] | .process.$label = \"x\""
	run tare run -b "$B" "$ID"
	succeeds
	has "tare: warning: config.json#/process/$label"
	run tare --log "$BATS_TEST_TMPDIR/log" run -b "$B" "$ID"
	[ -z "$output" ]
	grep -q 'level=warning' "$BATS_TEST_TMPDIR/log"
}

@test "an escape sequence in the config does not reach the terminal" {
	bundle ".process.args = [\"/\\u001b[31mred\"]"
	run tare run -b "$B" "$ID"
	fails
	[[ $output != *$'\e'* ]]
}

@test "state under /run/tare, or XDG_RUNTIME_DIR for others than root; empty counts as unset" {
	run env XDG_RUNTIME_DIR= "$TARE" state nobody
	has 'does not exist'
	run as_user "$TARE" list
	succeeds
	mkdir -m 777 "$BATS_TEST_TMPDIR/xdg"
	bundle
	run as_user env XDG_RUNTIME_DIR="$BATS_TEST_TMPDIR/xdg" strace -f -e trace=/^open "$TARE" state nobody
	has "$BATS_TEST_TMPDIR/xdg/tare"
}

@test "list: a missing --root is an error, a missing default an empty list" {
	run tare list
	fails
	run as_user "$TARE" list
	succeeds
	[ "${#lines[@]}" -eq 1 ]
}

@test "spec: what its users know; never over a file" {
	cd "$BATS_TEST_TMPDIR"
	tare spec
	jq -e '.process.terminal == true and .process.args == ["sh"] and .process.cwd == "/" and .root == {path: "rootfs", readonly: true}
		and .process.noNewPrivileges == true and (.mounts | map(.destination)) ==
		["/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup"] and
		(.process.capabilities | has("inheritable") or has("ambient") | not) and
		.linux.resources.devices == [{"allow": false, "access": "rwm"}] and (.linux.maskedPaths | length) > 8' config.json
	run tare spec
	fails
	has 'file exists'
	mkdir d
	tare spec -b d -f other.json
	[ -s d/other.json ]
	run tare spec --rootless -f -
	jq -e '(.linux.namespaces | map(.type) | index("user") != null and index("network") == null) and .linux.uidMappings[0].size == 1' <<<"$output"
}

@test "features: truthful" {
	run tare features
	jq -e --arg version "$(tare --version | sed -n 's/^tare version //p')" '.annotations["tare.version"] == $version and .potentiallyUnsafeConfigAnnotations == ["org.systemd.property.", "run.oci."]' <<<"$output"
	jq -e '.ociVersionMin == "1.0.0" and .ociVersionMax == "1.3.0" and (.hooks | length == 6) and
		(.mountOptions | index("rro") != null and index("idmap") != null) and (.linux.namespaces | length == 8) and
		.linux.seccomp.enabled == true and (.linux.seccomp.actions | length == 9) and (.linux.seccomp.supportedFlags | length == 4) and
		(.linux.capabilities | index("CAP_CHECKPOINT_RESTORE") != null) and
		.linux.cgroup.systemd == true and .linux.mountExtensions.idmap.enabled == true and
		([.linux.apparmor, .linux.selinux, .linux.intelRdt, .linux.netDevices] | all(.enabled))' <<<"$output"
}

@test "plan: without root, without effect, as a table and as JSON" {
	bundle '.process.args = ["true"]'
	chmod 755 "$B" "$B/rootfs"
	chmod 644 "$B/config.json"
	tare plan --print-host >"$B/host"
	run as_user "$TARE" plan --host "$B/host" "$B"
	succeeds
	has 'pivot        @root'
	run tare plan --json "$B"
	jq -e 'length > 50 and (map(.op) | index("exec") != null) and .[0].who == "parent"' <<<"$output"
	[ ! -e "$STATE" ]
}

@test "ids outside the alphabet are refused by every verb, and nothing is touched" {
	bundle
	local id verb
	for id in .. . a/b '' "$(printf 'a%.0s' {1..256})" $'a\nb' 'a b' '*'; do
		for verb in state start kill delete 'delete --force'; do
			run tare $verb "$id"
			fails
		done
		run tare create -b "$B" "$id"
		fails
	done
	tare create -b "$B" -- -x </dev/null >/dev/null 2>&1
	tare delete -- -x
	[ "$(ls -A "$STATE")" = '' ]
}

@test "--log: a link of another user's is not followed, one of one's own is" {
	root_only
	mkdir -p "$BATS_TEST_TMPDIR/public"
	chmod 777 "$BATS_TEST_TMPDIR/public"
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
	echo precious >"$BATS_TEST_TMPDIR/victim"
	as_user ln -s "$BATS_TEST_TMPDIR/victim" "$BATS_TEST_TMPDIR/public/log"
	run tare --log "$BATS_TEST_TMPDIR/public/log" state nobody
	fails
	has 'a symbolic link of another user is not followed'
	[ "$(cat "$BATS_TEST_TMPDIR/victim")" = precious ]
	ln -s victim "$BATS_TEST_TMPDIR/own"
	ln -s "$BATS_TEST_TMPDIR/own" "$BATS_TEST_TMPDIR/public/own"
	run tare --log "$BATS_TEST_TMPDIR/public/own" state nobody
	grep -q 'does not exist' "$BATS_TEST_TMPDIR/victim"
	run bash -c "'$TARE' --log /dev/stderr --debug state nobody 2>&1 >/dev/null | grep -c nobody"
	[ "$output" -ge 1 ]
}
