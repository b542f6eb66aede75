# SPDX-License-Identifier: Apache-2.0
# What a seccomp profile answers to system calls, which calls.c makes in a container.

# verdicts PROFILE [PROGRAM] < "NUMBER,ARGUMENT... -> VERDICT" lines: all in one container
verdicts() {
	local line calls=() want=()
	while read -r line; do
		line=${line%%#*}
		[ -n "${line// /}" ] || continue
		calls+=("$(echo "${line%%->*}" | tr -d ' ')")
		want+=("$(echo "${line##*->}" | sed 's/^ *//; s/ *$//')")
	done
	bundle ".process.args = [\"${2:-calls}\"] + $(printf '%s\n' "${calls[@]}" | jq -R . | jq -s .) | .linux.seccomp = $1"
	run tare run -b "$B" "$ID"
	succeeds
	local i
	for i in "${!want[@]}"; do
		[ "${lines[i]}" = "${want[i]}" ] || { echo "${calls[i]}: ${lines[i]}, not ${want[i]}"; return 1; }
	done
	[ "${#lines[@]}" = "${#want[@]}" ]
	echo "${#want[@]} rows"
}
