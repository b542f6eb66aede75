# SPDX-License-Identifier: Apache-2.0
# What a user is told: codes, why a program died, damaged containers, and the command line.
load helpers

@test "a log record in JSON has code, pointer, step, errno and hint beside level, msg and time" {
	root_only
	bundle '.process.args = ["true"] | .mounts += [{type: "tmpfs", source: "x", destination: "/etc/passwd/x"}]'
	run tare --log "$BATS_TEST_TMPDIR/log" --log-format json create -b "$B" "$ID"
	fails
	[ "$(jq -r '[.level, .code, .pointer, (.step | type), .errno, (.hint | length > 5), (.time | length > 20)] | @csv' "$BATS_TEST_TMPDIR/log" | tr -d '"')" = \
		"error,TARE-MOUNT-TARGET,/mounts/$(jq '.mounts | length - 1' "$B/config.json"),number,20,true,true" ]
	[[ $(jq -r .msg "$BATS_TEST_TMPDIR/log") != *TARE-* ]]
}

@test "--debug tells every step up to the exec, with its number and its time" {
	root_only
	bundle '.process.args = ["true"]'
	run tare --debug run -b "$B" "$ID"
	succeeds
	local step
	for step in pivot close lookup caps exec; do
		grep -qE "^tare: +[0-9]+\.[0-9]{6} init: step [0-9]+: $step " <<<"$output"
	done
	tare --debug --log "$BATS_TEST_TMPDIR/log" --log-format json run -b "$B" "$ID" </dev/null
	[ "$(jq -s '[.[].step | numbers] | unique | length' "$BATS_TEST_TMPDIR/log")" -ge "$(grep -c ': step ' <<<"$output")" ]
}

@test "why a program died: its memory limit, its filter, a signal; an exit of its own is not explained" {
	root_only
	bundle '.linux.resources = {memory: {limit: 33554432}} | .process.args = ["sh", "-c", "dd if=/dev/zero of=/dev/null bs=100M count=1"]'
	run tare run -b "$B" "$ID"
	[ "$status" = 137 ]
	has 'TARE-ENDED-OOM'
	has 'memory limit of 33554432 bytes'
	bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_KILL_PROCESS"}]} | .process.args = ["mkdir", "/tmp/x"]'
	run tare run -b "$B" "$ID"
	[ "$status" = 159 ]
	has 'killed by its seccomp filter (SIGSYS)'
	start_container
	run tare exec "$ID" sh -c 'kill -SEGV $$'
	[ "$status" = 139 ]
	has 'killed by SIGSEGV'
	run tare exec "$ID" sh -c 'exit 137'
	[ "$status" = 137 ]
	lacks 'TARE-'
}

@test "check: everything at once, with places; statuses 0, 1 and 2; a pipe-friendly JSON" {
	bundle '.process.args = ["true"]'
	run tare check "$B"
	has '0 errors'
	bundle '.process.args = ["nope"] | .process.oomScoreAdj = 5000 | .linux.seccmp = {} | .hostname = 5'
	run tare check "$B"
	[ "$status" = 1 ]
	has "$B/config.json:"
	has '/process/args/0: "nope" is in no directory of PATH'
	has '/process/oomScoreAdj: 5000 is not from -1000 to 1000'
	has '/hostname: expected a string, found 5'
	has 'did you mean "seccomp"?'
	[ "$(tare check --json "$B" | jq 'length')" -ge 4 ]
	# A value that is missing where there has to be one hides nothing but what follows from it.
	bundle '.process.args = ["nope"] | .process.oomScoreAdj = 5000 | .process.rlimits[0].hard = "1k" | .mounts[1] = 5 | .process.capabilities.bounding[0] = "CAP_KIL" |
		.mounts[2].options[0] = "nosiud"'
	run tare check "$B"
	[ "$status" = 1 ]
	has '/process/rlimits/0/hard: expected an integer, found the string "1k"'
	has '/mounts/1: expected an object, found 5'
	has '/process/oomScoreAdj: 5000'
	has '/process/args/0: "nope"'
	has 'did you mean CAP_KILL?'
	has 'did you mean "nosuid"?'
	has '4 errors'
	bundle 'del(.ociVersion) | .process.args = ["nope"] | .process.oomScoreAdj = 5000'
	run tare check "$B"
	has 'add "ociVersion": "1.3.0"'
	has '/process/args/0: "nope"'
	has '3 errors'
	bundle '.process.args = ["true"] | .linux.seccmp = {}'
	[ "$(tare check --json "$B" | jq -r '.[] | select(.code == "TARE-MEMBER-MISSPELT").severity')" = warning ]
	run tare check --strict "$B"
	[ "$status" = 1 ]
	run tare check "$BATS_TEST_TMPDIR/nowhere"
	[ "$status" = 2 ]
	[ ! -e "$STATE" ]
}

@test "a misspelt member is a warning of plan, create and run" {
	root_only
	bundle '.process.args = ["true"] | .linux.seccmp = {}'
	run tare run -b "$B" "$ID"
	succeeds
	has 'config.json#/linux/seccmp: unknown member "seccmp": it has no effect (did you mean "seccomp"?)'
	run tare plan "$B"
	has 'did you mean "seccomp"?'
}

@test "seccomp explain: the verdict, and the rule that decides" {
	bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 13},
		{names: ["personality"], action: "SCMP_ACT_KILL_PROCESS", args: [{index: 0, value: 8, op: "SCMP_CMP_EQ"}]}]}'
	run tare seccomp explain -b "$B" mkdir
	succeeds
	has 'mkdir fails with errno 13 (EACCES)'
	has '/linux/seccomp/syscalls/0 says SCMP_ACT_ERRNO'
	run tare seccomp explain -b "$B" personality 8
	has 'personality kills the process'
	run tare seccomp explain -b "$B" personality 0
	has 'personality is allowed'
	run tare seccomp explain -b "$B" nosuchcall
	fails
}

damaged() { # COMMAND: start a container, damage its state; it is shown as broken, and delete --force removes all
	local pid
	bundle '.process.args = ["sleep", "1000"] | .root.readonly = false'
	tare run -d -b "$B" "$ID" </dev/null >/dev/null 2>&1
	pid=$(pid_of "$ID")
	(cd "$STATE/$ID" && eval "$1")
	run tare list
	[ "$status" = 1 ]
	has broken
	has TARE-CONTAINER-BROKEN
	[ "$(tare list -f json 2>/dev/null | jq -r '.[0].status')" = broken ]
	run tare delete "$ID"
	fails
	run tare delete --force "$ID"
	succeeds
	[ ! -e "$STATE/$ID" ]
	eventually gone "$pid"
	[ -z "$(find /sys/fs/cgroup -name "tare-$ID" 2>/dev/null)" ]
	run tare list
	succeeds
}

@test "a damaged status, record, or all files: list says broken, delete --force removes all" {
	root_only
	damaged 'echo "{" >status.json'
	damaged 'echo "{" >undo.json'
	damaged 'rm status.json'
	damaged 'rm undo.json'
	damaged 'for f in *.json; do : >"$f"; done'
}

@test "the nearest verb, option and value is suggested" {
	run tare strat
	has 'did you mean "start"?'
	run tare run --bundel x
	has 'did you mean --bundle?'
	run tare list -f yson
	has 'did you mean "json"?'
	run tare --cgroup-manager foo list
	fails
	mkdir -p "$STATE"
	run tare list -f=json
	succeeds
	run tare -V
	succeeds
	run tare list --usage
	succeeds
	run tare help kill
	has 'usage: tare kill'
}

@test "help fits into 80 columns" {
	local verb
	[ -z "$("$TARE" help | awk 'length > 80')" ]
	for verb in $("$TARE" help | sed -n '/^verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
		[ -z "$("$TARE" help "$verb" | awk 'length > 80')" ] || { echo "$verb"; false; }
	done
}

@test "--regex searches, and says so when nothing matches" {
	root_only
	bundle '.process.args = ["true"]'
	tare create -b "$B" "$ID-some" </dev/null >/dev/null 2>&1
	run tare delete --regex 'nothing$'
	fails
	has 'no container has a name that matches'
	run tare delete --regex 'som'
	succeeds
	[ ! -e "$STATE/$ID-some" ]
}

@test "list: columns are as wide as the ids of engines" {
	root_only
	local long=$ID-0123456789012345678901234567890123456789012345678901234567890123
	bundle '.process.args = ["true"]'
	tare create -b "$B" "$long" </dev/null >/dev/null 2>&1
	run tare list
	[ "$(awk 'NR == 1 {print index($0, "PID")}' <<<"$output")" = "$(awk 'NR == 2 {match($0, / [0-9]+ +created/); print RSTART + 1}' <<<"$output")" ]
	tare delete "$long"
}

@test "the completions of bash know verbs, options, values and ids" {
	source <(tare completion bash)
	complete_() { COMP_WORDS=(tare "$@") COMP_CWORD=$#; _tare; echo "${COMPREPLY[*]}"; }
	[ "$(complete_ sta)" = "start state" ]
	[ "$(complete_ --cgroup-manager sys)" = systemd ]
	[ "$(complete_ list --format js)" = json ]
	[[ $(complete_ run --pid) == *--pid-file* ]]
	tare completion zsh | grep -q "'--pid-file"
	tare completion fish | grep -q 'pid-file'
	run tare completion tcsh
	fails
}
