# SPDX-License-Identifier: Apache-2.0
# Volumes in which another process exchanges names while the runtime works, and processes in a shared pid namespace.

# racing: a volume, $V, at /vol, in which /vol/a is in turn a directory and a link to LINK.
racing() { # LINK
	V=$W/vol
	mkdir -p "$V/a" "$W/outside"
	echo MARK >"$W/outside/mark"
	ln -s "$1" "$V/b"
	flip "$V/a" "$V/b"
	VOLUME='{destination: "/vol", type: "bind", source: "'$V'", options: ["bind"]}'
}
nothing_outside() { # CREATE
	[ "$(ls "$W/outside")" = mark ] || vulnerable "in create $1 something was made outside: $(ls "$W/outside")"
}
UP=../../../../../../../../../..

probe created_in_a_raced_parent "CVE-2024-45310"
probe_created_in_a_raced_parent() {
	racing "$UP$W/outside"
	config ".mounts += [$VOLUME, {destination: \"/vol/a/new\", type: \"tmpfs\", source: \"tmpfs\"}, {destination: \"/vol/a/deep/new\", type: \"tmpfs\", source: \"tmpfs\"}]"
	round() {
		quick run -b "$B" "$ID-$1"
		nothing_outside "$1"
		rm -rf "$V"/[ab]/new "$V"/[ab]/deep 2>/dev/null || :
	}
	times round
}
probe file_created_in_a_raced_parent "CVE-2024-45310"
probe_file_created_in_a_raced_parent() {
	racing "$W/outside"
	config ".mounts += [$VOLUME, {destination: \"/vol/a/new\", type: \"bind\", source: \"/etc/hostname\", options: [\"bind\"]}]"
	round() {
		quick run -b "$B" "$ID-$1"
		nothing_outside "$1"
		rm -f "$V"/[ab]/new 2>/dev/null || :
	}
	times round
}
probe directory_of_the_config_in_a_raced_parent "CVE-2024-45310"
probe_directory_of_the_config_in_a_raced_parent() {
	racing "$UP$W/outside"
	# The working directory is made, and so are devices.
	config ".mounts += [$VOLUME] | .process.cwd = \"/vol/a/cwd\" | .linux.devices = [{type: \"c\", path: \"/vol/a/device\", major: 1, minor: 3}]"
	round() {
		quick run -b "$B" "$ID-$1"
		nothing_outside "$1"
		rm -rf "$V"/[ab]/cwd "$V"/[ab]/device 2>/dev/null || :
	}
	times round
}
control_directory_of_the_config_in_a_raced_parent() {
	racing "$UP$W/outside"
	round() {
		mkdir "$V/a/cwd" 2>/dev/null || :
		nothing_outside "$1"
		rm -rf "$V"/[ab]/cwd || :
	}
	times round
}

probe raced_mount_target "CVE-2021-30465"
probe_raced_mount_target() {
	racing "$UP$W/outside"
	mkdir "$W/cover"
	config ".process.args = [\"cat\", \"/seen/mark\"] | .mounts += [$VOLUME, {destination: \"/vol/a\", type: \"bind\", source: \"$W/cover\", options: [\"bind\"]},
		{destination: \"/seen\", type: \"bind\", source: \"$W/outside\", options: [\"rbind\", \"ro\"]}]"
	round() {
		quick run -b "$B" "$ID-$1"
		! grep -q "can't open" "$W/quick" || vulnerable "in create $1 a volume was mounted on a directory of the host"
	}
	times round
}

probe live_mount_target "not tried before"
flipped_place() {
	mkdir -p "$R/place/deep" "$R/box" "$W/host/deep" "$W/cover"
	ln -s "$W/host" "$R/box/place"
	remember
	alive 'sleep 1000'
	flip "$R/place" "$R/box/place"
}
probe_live_mount_target() {
	quick mounts --help
	[ "$CODE" = 0 ] || not_applicable "it adds no mounts to a running container"
	flipped_place
	jq -n "[{destination: \"/place/deep\", type: \"bind\", source: \"$W/cover\", options: [\"bind\"]}]" >"$W/add.json"
	round() {
		quick mounts add "$ID" "$W/add.json"
		unchanged "what was to be mounted in the container is on the host's directory"
		quick mounts remove "$ID" "$W/add.json"
	}
	times round
}
control_live_mount_target() {
	flipped_place
	round() {
		mount --bind "$W/cover" "/proc/$PID/root/place/deep" 2>/dev/null || return 0
		unchanged noticed
	}
	times round
}

probe raced_proc_write "CVE-2025-52881"
probe_raced_proc_write() {
	racing ../proc/sys/kernel
	mkdir "$W/fake"
	local key
	for key in msgmax msgmnb; do echo fake >"$W/fake/$key"; done
	config ".linux.sysctl = {\"kernel.msgmax\": \"4321\", \"kernel.msgmnb\": \"4321\"} | .process.args = [\"true\"] |
		.mounts += [$VOLUME, {destination: \"/vol/a\", type: \"bind\", source: \"$W/fake\", options: [\"bind\"]}]"
	round() {
		quick run -b "$B" "$ID-$1"
		[ "$(cat "$W"/fake/*)" = $'fake\nfake' ] || vulnerable "in create $1 a sysctl was written into a file of a volume"
	}
	times round
}

probe raced_read_only_path "GHSA-3q8j-pf29-vwv8"
probe_raced_read_only_path() {
	export NAIVE_PAUSE=0.005
	V=$W/vol
	mkdir -p "$V/a/b" "$V/c/b"
	flip "$V/a" "$V/c"
	# A mount that was made for a read-only path, and that is not read-only, is the flaw: its remount has hit something else.
	config ".process.args = [\"grep\", \" /vol/[ac]/b \", \"/proc/self/mountinfo\"] | .linux.readonlyPaths += [\"/vol/a/b\"] |
		.mounts += [{destination: \"/vol\", type: \"bind\", source: \"$V\", options: [\"bind\"]}]"
	round() {
		quick run -b "$B" "$ID-$1"
		! grep -E '/vol/[ac]/b rw' "$W/quick" || vulnerable "in create $1 a path that is to be read-only stayed writable"
	}
	times round
}
probe raced_masked_path "GHSA-3q8j-pf29-vwv8"
probe_raced_masked_path() {
	V=$W/vol
	mkdir -p "$V/a" "$V/c" "$W/outside"
	echo data >"$V/a/s"
	ln -s "$UP$W/outside/mark" "$V/c/s"
	echo MARK >"$W/outside/mark"
	flip "$V/a" "$V/c"
	config ".process.args = [\"cat\", \"/seen/mark\"] | .linux.maskedPaths += [\"/vol/a/s\"] | .mounts += [{destination: \"/vol\", type: \"bind\", source: \"$V\", options: [\"bind\"]},
		{destination: \"/seen\", type: \"bind\", source: \"$W/outside\", options: [\"rbind\", \"ro\"]}]"
	round() {
		quick run -b "$B" "$ID-$1"
		[ "$CODE" != 0 ] || grep -q MARK "$W/quick" || vulnerable "in create $1 a file outside was masked"
	}
	times round
}
control_raced_masked_path() {
	V=$W/vol
	mkdir -p "$V/a" "$V/c" "$W/outside"
	echo MARK >"$W/outside/mark"
	touch "$V/a/s"
	ln -s "$UP$W/outside/mark" "$V/c/s"
	flip "$V/a" "$V/c"
	round() {
		mount --bind /dev/null "$V/a/s" 2>/dev/null || :
		grep -q MARK "$W/outside/mark" || { umount "$W/outside/mark"; vulnerable "noticed"; }
		umount "$V/a/s" "$V/c/s" 2>/dev/null || :
	}
	times round
}

# --- neighbours in a pid namespace ---

USERNS='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
TRACER='.process.capabilities = {bounding: ["CAP_SYS_PTRACE", "CAP_KILL"], permitted: ["CAP_SYS_PTRACE", "CAP_KILL"], effective: ["CAP_SYS_PTRACE", "CAP_KILL"]}'

# neighbour WORDS [JQ]: a container with a hostile process; JOINED is what another config needs in order to share its pid namespace.
neighbour() {
	alive "exec attacker $1" ".process.noNewPrivileges = true | .linux.maskedPaths = [] | ${2:-.process.capabilities = {\}}"
	eventually said ready
	NEIGHBOUR=$ID
	JOINED="(.linux.namespaces[] | select(.type == \"pid\")).path = \"/proc/$PID/ns/pid\""
}
# found HOW: what the neighbour has got is the flaw; it must have met somebody.
found() {
	! said FOUND || { grep -m 3 FOUND "$W/said"; vulnerable "$1: $(grep -m 1 FOUND "$W/said")"; }
}
has_met() { said '^met' || { [ "$CODE" != 0 ] && not_applicable "it does not run: $(head -c 100 "$W/quick")"; echo "it has met nobody"; return 1; }; }

# On a busy machine it may take more rounds until the neighbour has seen one.
meet() {
	local n
	for ((n = 0; n < 200; n++)); do
		! said '^met' || return 0
		round "more-$n"
	done
}

beside() { # JQ HOW: TIMES creates beside the neighbour
	config ".process.args = [\"true\"] | ${3:-$JOINED} | $1"
	round() {
		quick run -b "$B" "$ID-$1"
		found "in create $1"
	}
	times round
	meet
	found "$2"
	has_met
}

execs_beside() { # [OPTION...]: TIMES execs into the neighbour
	local options=("$@")
	round() {
		quick exec "${options[@]}" "$NEIGHBOUR" true
		found "in exec $1"
	}
	times round
	meet
	has_met
}

probe exec_is_visible "CVE-2016-9962, CVE-2016-8649"
probe_exec_is_visible() {
	export NAIVE_PAUSE=0.02
	neighbour "look $W/host/mark" "$TRACER"
	execs_beside
}
probe exec_is_traceable "CVE-2016-9962"
probe_exec_is_traceable() {
	export NAIVE_PAUSE=0.02
	neighbour "seize 80020" "$TRACER"
	execs_beside
}
# With a user, groups and a filter to be set, which takes more rights than the process will have.
FILTERED='.process.noNewPrivileges = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO"}]}'
probe exec_under_a_filter_is_traceable "found in tare 2026-11"
probe_exec_under_a_filter_is_traceable() {
	export NAIVE_PAUSE=0.02
	neighbour "seize 80020" "$TRACER | $FILTERED"
	execs_beside -u 1000:1000
}
probe create_is_visible_in_a_pod "CVE-2016-9962"
probe_create_is_visible_in_a_pod() {
	export NAIVE_PAUSE=0.02
	neighbour "look $W/host/mark" "$TRACER"
	beside . "the host's files"
}
probe create_is_traceable_in_a_pod "found in tare 2026-11"
probe_create_is_traceable_in_a_pod() {
	export NAIVE_PAUSE=0.02
	neighbour "seize 80020" "$TRACER"
	beside "$TRACER" "rights"
}
probe filtered_create_is_traceable_in_a_pod "found in tare 2026-11"
probe_filtered_create_is_traceable_in_a_pod() {
	export NAIVE_PAUSE=0.02
	neighbour "seize 80020" "$TRACER"
	beside "$TRACER | $FILTERED | .process.user = {uid: 1000, gid: 1000} | .hooks.startContainer = [{path: \"/bin/true\"}]" "rights"
}
probe user_namespace_is_visible_in_a_pod "found in tare 2026-11, open in crun"
probe_user_namespace_is_visible_in_a_pod() {
	export NAIVE_PAUSE=0.02
	neighbour "look $W/host/mark"
	chmod 755 "$TOP" "$W" "$B" "$R"
	beside "$USERNS" "the host's files"
}
probe user_namespace_is_visible_on_the_host "found in tare 2026-11"
probe_user_namespace_is_visible_on_the_host() {
	export NAIVE_PAUSE=0.02
	neighbour "look $W/host/mark" '.process.capabilities = {} | .linux.namespaces |= map(select(.type != "pid"))'
	beside "$USERNS" "the host's files" '.linux.namespaces |= map(select(.type != "pid"))'
}
probe idmap_helper_is_visible "found in tare 2026-11, open in crun"
probe_idmap_helper_is_visible() {
	neighbour "look $W/host/mark" '.process.capabilities = {} | .linux.namespaces |= map(select(.type != "pid"))'
	beside '.mounts += [{destination: "/v", type: "bind", source: "'"$W/host"'", options: ["bind"], uidMappings: [{containerID: 0, hostID: 1000, size: 1}],
		gidMappings: [{containerID: 0, hostID: 1000, size: 1}]}]' "the host's files" '.linux.namespaces |= map(select(.type != "pid"))'
}
control_idmap_helper_is_visible() {
	neighbour "look $W/host/mark" '.process.capabilities = {} | .linux.namespaces |= map(select(.type != "pid"))'
	round() { unshare -U --map-users=0,1000,1 true 2>/dev/null || unshare -U true || :; setpriv --bounding-set=-all --inh-caps=-all true || :; found "a process of the host"; }
	times round
}

probe killed_during_create "fork or ptrace during create"
probe_killed_during_create() {
	neighbour kill "$TRACER"
	config ".process.args = [\"sleep\", \"100\"] | $JOINED | .linux.cgroupsPath = \"/$ID-victim\""
	local left
	round() {
		quick run -d -b "$B" "$ID-victim"
		! grep -q 'this needs fsopen' "$W/quick" || not_applicable "it does not run: $(head -c 100 "$W/quick")"
		quick delete -f "$ID-victim"
		[ "$CODE" = 0 ] || [ ! -e "$STATE/$ID-victim" ] || vulnerable "create $1 left what can't be deleted: $(head -c 200 "$W/quick")"
		left=$(find /sys/fs/cgroup -maxdepth 2 -type d -name "$ID-victim" 2>/dev/null || :) # others' vanish meanwhile
		[ -z "$left" ] || vulnerable "create $1 left $left"
	}
	ROUNDS=$((TIMES / 5 + 1)) times round
	meet
	has_met
}
control_killed_during_create() { mkdir -p "$STATE/$ID" && touch "$STATE/$ID/pid" && vulnerable "noticed: a state directory that stays"; }
probe stopped_during_create "found in tare 2026-11"
probe_stopped_during_create() {
	neighbour stop "$TRACER"
	config ".process.args = [\"true\"] | $JOINED"
	round() {
		LIMIT=25 quick create -b "$B" "$ID-$1"
		[ "$CODE" != 124 ] && [ "$CODE" != 137 ] || vulnerable "create $1 waits for ever for a process that a neighbour has stopped"
		quick delete -f "$ID-$1"
	}
	ROUNDS=3 times round
}
control_stopped_during_create() {
	neighbour stop "$TRACER"
	# A process that waits for one in that namespace.
	cp /bin/sleep /usr/bin/nsenter "$W/host"
	RUNTIME=$W/waits
	printf '#!/bin/sh\nexec %s -t %s -p %s 0.5\n' "$W/host/nsenter" "$PID" "$W/host/sleep" >"$RUNTIME"
	chmod +x "$RUNTIME"
	round() {
		LIMIT=3 quick create
		[ "$CODE" != 124 ] && [ "$CODE" != 137 ] || vulnerable noticed
	}
	ROUNDS=5 times round
}
control_stopped_during_exec() { control_stopped_during_create; }
probe stopped_during_exec "found in tare 2026-11"
probe_stopped_during_exec() {
	neighbour stop "$TRACER"
	round() {
		# In the background: a program that is stopped once it runs is waited for, as any other.
		LIMIT=25 quick exec -d "$NEIGHBOUR" true
		[ "$CODE" != 124 ] && [ "$CODE" != 137 ] || vulnerable "exec $1 waits for ever for a process that a neighbour has stopped"
	}
	ROUNDS=3 times round
}
# The owner of the cgroup in which root makes containers renames, removes and makes cgroups below his, and moves his processes into them. What
# runs outside of his cgroup, and what is limited there, stays as it is; and no command hangs.
owned_cgroup() {
	local hierarchy
	OWNED=() BYSTANDER=$ID-bystander OWNER=$ID-owner LEAVE=leave_cgroups
	sleep 1000 &
	ATTACKERS+=($!) HOSTS=$!
	for hierarchy in /sys/fs/cgroup/pids /sys/fs/cgroup/unified /sys/fs/cgroup; do
		[ -e "$hierarchy/cgroup.procs" ] || continue
		# Below ours, where a container's are.
		local own
		own=$hierarchy$(sed -nE "s/^[0-9]+:(${hierarchy##*/}|)://p" /proc/self/cgroup | head -1)
		[ "${hierarchy##*/}" != pids ] || own=$hierarchy$(sed -n 's/^[0-9]*:pids://p' /proc/self/cgroup)
		[ -d "$own" ] || continue
		mkdir "$own/$BYSTANDER" "$own/$OWNER" && echo "$HOSTS" >"$own/$BYSTANDER/cgroup.procs" || continue
		chown 12345 "$own/$OWNER" "$own/$OWNER"/cgroup.*
		OWNED+=("$own")
	done
	[ ${#OWNED[@]} -gt 0 ] || not_applicable "there is no cgroup to give away"
	cat >"$W/owner" <<-'X'
		sleep 1000 &
		mine=$!
		echo ready
		while :; do
			for owner; do
				cd "$owner" || continue
				for name in *victim*; do
					mv "$name" away
					mkdir "$name" "$name/below"
					echo $mine >"$name/below/cgroup.procs"
					echo $mine >"$name/cgroup.procs"
					echo $mine >"$owner/cgroup.procs"
					rmdir "$name/below" "$name"
					mv away "$name"
				done
				mkdir "$VICTIM" "$VICTIM/trap"
			done
		done 2>/dev/null
	X
	setpriv --reuid 12345 --regid 12345 --clear-groups env VICTIM="$ID-victim" sh "$W/owner" "${OWNED[@]/%//$OWNER}" >"$W/owns" 2>&1 &
	ATTACKERS+=($!)
	eventually grep -q ready "$W/owns"
}
bystanders() {
	local own
	kill -0 "$HOSTS" 2>/dev/null || vulnerable "$1: a process of the host was killed"
	for own in "${OWNED[@]}"; do grep -qx "$HOSTS" "$own/$BYSTANDER/cgroup.procs" || vulnerable "$1: a process of the host was moved"; done
}
leave_cgroups() {
	local own
	pkill -KILL -U 12345 || :
	kill -KILL "$HOSTS" 2>/dev/null || :
	eventually eval '! kill -0 "$HOSTS" 2>/dev/null'
	for own in "${OWNED[@]}"; do eventually eval 'find "$own/$OWNER" "$own/$BYSTANDER" -depth -type d -exec rmdir {} + 2>/dev/null; [ ! -d "$own/$OWNER" ]'; done
}
probe cgroup_owner_races "not tried before"
probe_cgroup_owner_races() {
	owned_cgroup
	config ".process.args = [\"sleep\", \"100\"] | .linux.cgroupsPath = \"$OWNER/$ID-victim\" | .linux.resources.pids.limit = 20"
	round() {
		quick run -d -b "$B" "$ID-victim"
		echo "create $1 -> $CODE: $(head -c 150 "$W/quick")"
		[ "$CODE" -lt 124 ] || vulnerable "create $1 hangs or crashes: $CODE"
		quick delete -f "$ID-victim"
		echo "delete $1 -> $CODE: $(head -c 150 "$W/quick")"
		[ "$CODE" -lt 124 ] || vulnerable "delete $1 hangs or crashes: $CODE"
		[ "$CODE" = 0 ] || [ ! -e "$STATE/$ID-victim" ] || { pkill -KILL -U 12345; quick delete -f "$ID-victim"; [ "$CODE" = 0 ] || vulnerable "what round $1 left can't be deleted: $(head -c 200 "$W/quick")"; not_applicable "round $1: the owner keeps it from being deleted"; }
		bystanders "round $1"
	}
	ROUNDS=$((TIMES / 10 + 1)) times round
}
control_cgroup_owner_races() {
	owned_cgroup
	kill -KILL "$HOSTS"
	eventually eval '! kill -0 "$HOSTS" 2>/dev/null'
	bystanders noticed
}
probe shared_memory_is_scribbled "not tried before"
probe_shared_memory_is_scribbled() {
	neighbour forge "$TRACER"
	config ".process.args = [\"true\"] | $JOINED"
	round() {
		LIMIT=10 quick create -b "$B" "$ID-$1"
		[ "$CODE" -lt 124 ] || vulnerable "create $1 ended with status $CODE"
		LIMIT=10 quick start "$ID-$1"
		[ "$CODE" -lt 124 ] || vulnerable "start $1 ended with status $CODE"
		quick delete -f "$ID-$1"
		LIMIT=10 quick exec "$NEIGHBOUR" true
		[ "$CODE" -lt 124 ] || [ "$CODE" = 255 ] || vulnerable "exec $1 ended with status $CODE"
		! said 'shrunk: 1' || vulnerable "the memory that it shares with the runtime can be shrunk"
	}
	ROUNDS=$((TIMES / 5 + 1)) times round
	meet
	has_met
}
control_shared_memory_is_scribbled() {
	neighbour forge "$TRACER"
	round() {
		nsenter -t "$PID" -p python3 -c 'import mmap, os, time; fd = os.memfd_create("tare"); os.ftruncate(fd, 4096); m = mmap.mmap(fd, 4096); time.sleep(0.05)' || :
		! said 'shrunk: 1' || vulnerable noticed
	}
	ROUNDS=100 times round
}

probe own_executable "CVE-2019-5736"
probe_own_executable() {
	local copy=$W/runtime before
	cp "$RUNTIME" "$copy"
	RUNTIME=$copy
	before=$(sha256sum <"$copy")
	# What the runtime needs to be executed in the container, where it can be read and opened.
	(ldd "$copy" 2>/dev/null || :) | grep -o '/[^ ]*' | xargs -rI{} cp -L --parents {} "$R"
	printf '#!/proc/self/exe\n' >"$R/bin/self"
	cp "$R/bin/busybox" "$R/bin/other"
	chmod +x "$R/bin/self"
	alive 'exec attacker overwrite' "$TRACER | .root.readonly = true" # of the image's files, none is found
	eventually said ready
	round() {
		quick exec "$ID" /bin/self
		quick exec "$ID" /proc/self/exe
		[ "$(sha256sum <"$copy")" = "$before" ] || vulnerable "the runtime's executable has changed"
		! said FOUND || vulnerable "the runtime's executable could be opened for writing"
	}
	ROUNDS=$((TIMES / 10 + 1)) times round
	# A runtime that looks at the program before it executes it finds another one.
	flip "$R/bin/self" "$R/bin/other"
	ROUNDS=$((TIMES / 5 + 1)) times round
	config '.process.args = ["/bin/self"]'
	quick run -b "$B" "$ID-2"
	[ "$(sha256sum <"$copy")" = "$before" ] || vulnerable "the runtime's executable has changed"
	said '^met' || not_applicable "its processes could not be opened at all"
}
control_own_executable() {
	RUNTIME=$here/naive
	alive 'exec attacker overwrite' "$TRACER"
	eventually said ready
	# Copies, since whatever is met in its pid namespace is written to.
	cp /bin/sleep /usr/bin/nsenter "$W/host"
	round() {
		"$W/host/nsenter" -t "$PID" -p "$W/host/sleep" 0.01 || :
		! said FOUND || vulnerable noticed
	}
	ROUNDS=100 times round
}
