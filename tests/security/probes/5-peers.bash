# SPDX-License-Identifier: Apache-2.0
# Peers of the runtime that are hostile: the receiver of the terminal, a seccomp agent, hooks in a mount namespace of others.

probe hostile_console_peer "not tried before"
probe_hostile_console_peer() {
	local how
	config '.process.terminal = true | .process.args = ["true"]'
	for how in close deaf chatty garbage; do
		listen console "$W/console" $how
		LIMIT=25 quick create --console-socket "$W/console" -b "$B" "$ID"
		[ "$CODE" -lt 124 ] || vulnerable "a console socket whose peer is $how: status $CODE"
		LIMIT=25 quick delete -f "$ID"
		[ ! -e "$STATE/$ID" ] || vulnerable "a console socket whose peer is $how: the container can't be deleted"
	done
}
control_hostile_console_peer() {
	listen console "$W/console" deaf
	noticed_if_waiting "$W/console"
}

probe hostile_seccomp_agent "not tried before"
probe_hostile_seccomp_agent() {
	local how
	config ".process.args = [\"mkdir\", \"/tmp/x\"] | .linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$W/agent\", listenerMetadata: \"$(printf 'x%.0s' {1..3000})\",
		architectures: [\"SCMP_ARCH_X86_64\"], syscalls: [{names: [\"mkdir\"], action: \"SCMP_ACT_NOTIFY\"}]}"
	for how in absent close deaf garbage answers; do
		[ $how = absent ] || listen agent "$W/agent" $how
		# The program waits for its agent as long as that lives: what must end is the create.
		LIMIT=25 quick run -d -b "$B" "$ID"
		[ "$CODE" -lt 124 ] || vulnerable "a seccomp agent that is $how: status $CODE"
		[ "$CODE" = 0 ] || [ ! -e "$STATE/$ID" ] || [ "$(rt state "$ID" | jq -r .status)" != running ] || vulnerable "a seccomp agent that is $how: a failed container runs"
		[ $how != absent ] || [ "$CODE" != 0 ] || vulnerable "it runs without its seccomp agent"
		LIMIT=25 quick delete -f "$ID"
		[ ! -e "$STATE/$ID" ] || vulnerable "a seccomp agent that is $how: the container can't be deleted"
	done
}
control_hostile_seccomp_agent() {
	listen agent "$W/agent" deaf
	noticed_if_waiting "$W/agent"
}

probe hooks_in_a_hostile_mount_namespace "not tried before"
probe_hooks_in_a_hostile_mount_namespace() {
	# The hook's path is the host's; in the joined mount namespace somebody has put something else there.
	local space
	printf '#!/bin/sh\necho honest >%s\n' "$W/hooked" >"$W/host/hook"
	printf '#!/bin/sh\ncat %s >%s 2>/dev/null; echo hijacked >>%s\n' "/etc/shadow" "$W/stolen" "$W/hooked" >"$W/evil"
	chmod +x "$W/host/hook" "$W/evil"
	unshare -m --propagation private sh -c "mount --bind '$W/evil' '$W/host/hook' && exec sleep 1000" &
	space=$!
	ATTACKERS+=($space)
	eventually sh -c "grep -q '$W/host/hook' /proc/$space/mountinfo"
	config ".process.args = [\"true\"] | (.linux.namespaces[] | select(.type == \"mount\")).path = \"/proc/$space/ns/mnt\" | .hooks.createRuntime = [{path: \"$W/host/hook\"}]"
	quick run -b "$B" "$ID"
	cat "$W/quick"
	! grep -q hijacked "$W/hooked" 2>/dev/null || vulnerable "a createRuntime hook is that of a mount namespace of others"
}
control_hooks_in_a_hostile_mount_namespace() {
	echo hijacked >"$W/hooked"
	! grep -q hijacked "$W/hooked" || vulnerable noticed
}

probe read_only_paths_with_mounts_below "readonlyPaths below Linux 5.12"
probe_read_only_paths_with_mounts_below() {
	local how
	for how in '' mount_setattr mount_setattr,open_tree mount_setattr=EPERM; do
		AROUND=${how:+$TOP/image/bin/attacker without $how}
		in_container 'touch /t/x /t/below/x /t/below/deeper/x 2>/dev/null; for d in /t /t/below /t/below/deeper; do [ ! -e $d/x ] || echo "WROTE $d"; done; echo RAN' \
			".linux.readonlyPaths += [\"/t\"] | .mounts += [{destination: \"/t\", type: \"tmpfs\", source: \"tmpfs\"}, {destination: \"/t/below\", type: \"tmpfs\", source: \"tmpfs\"}, {destination: \"/t/below/deeper\", type: \"tmpfs\", source: \"tmpfs\"}]"
		! in_output "WROTE /t"$'\n' || vulnerable "without ${how:-anything hidden}: a read-only path can be written to"
		! in_output WROTE || vulnerable "without ${how:-anything hidden}: what is mounted below a read-only path can be written to: $(grep -m1 WROTE <<<"$OUT")"
		[ -n "$how" ] || in_output RAN || not_applicable "it does not run"
	done
}
probe labels_without_new_calls "/proc/self/attr with openat2 and fsopen denied"
probe_labels_without_new_calls() {
	local how
	mkdir -p "$W/fake/self/attr" "$W/fake/sys/kernel"
	echo fake | tee "$W/fake/self/oom_score_adj" "$W/fake/self/attr/exec" "$W/fake/sys/kernel/msgmax" >/dev/null
	ln -s "$RUNTIME" "$W/fake/self/exe"
	mkdir "$W/fake/self/fd" "$W/fake/self/ns"
	for how in "" openat2 fsopen openat2,fsopen openat2=EPERM,fsopen=EPERM openat2,fsopen,open_tree; do
		# In a mount namespace where the caller's own /proc is not one, or is covered in part.
		local cover
		for cover in "mount --bind $W/fake/sys/kernel /proc/sys/kernel" "mount --bind $W/fake/self/oom_score_adj /proc/self/oom_score_adj" "mount --rbind $W/fake /proc"; do
			config '.process.args = ["sleep", "50"] | .process.oomScoreAdj = 777 | .linux.sysctl["kernel.msgmax"] = "4321"'
			CODE=0
			timeout 30 unshare -m --propagation private sh -c "$cover; exec ${how:+$TOP/image/bin/attacker without $how} $RUNTIME --root $STATE run -d -b $B $ID" </dev/null >"$W/quick" 2>&1 || CODE=$?
			head -c 200 "$W/quick"
			[ "$CODE" -lt 124 ] || vulnerable "without $how: it did not end"
			[ "$(cat "$W/fake/self/oom_score_adj" "$W/fake/sys/kernel/msgmax" "$W/fake/self/attr/exec" | tr -d '\n')" = fakefakefake ] || vulnerable "without $how: what is meant for /proc is written into a file of somebody's"
			if [ "$CODE" = 0 ]; then
				PID=$(rt state "$ID" | jq .pid)
				[ "$(cat "/proc/$PID/oom_score_adj")" = 777 ] && [ "$(nsenter -i -t "$PID" cat /proc/sys/kernel/msgmax)" = 4321 ] || vulnerable "without $how: it started without what was asked for"
			fi
			quick delete -f "$ID"
		done
	done
}
control_labels_without_new_calls() { RUNTIME=$here/naive; probe_labels_without_new_calls; }
