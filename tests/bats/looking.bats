# SPDX-License-Identifier: Apache-2.0
# What a user can look at: plans, configs, times and containers.
load helpers

# Runs a command in a terminal of that many columns.
in_terminal() { # COLUMNS COMMAND
	run script -qec "stty cols $1 rows 50; $2" /dev/null </dev/null
	output=${output//$'\r'/}
}

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
