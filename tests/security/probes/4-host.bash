# SPDX-License-Identifier: Apache-2.0
# What must stay the host's: cgroups, state directories, files by name, sockets; and configs that explode.

probe cgroups_above "CVE-2023-25809"
probe_cgroups_above() {
	local above mount script="for d in \$(find /sys/fs/cgroup -maxdepth 3 -type d | head -60) \$(find /sys/fs/cgroup -type d -name '*$ID*'); do mkdir \$d/made-$ID 2>/dev/null && echo \"WROTE \$d\"; done; true"
	for mount in '{type: "cgroup", source: "cgroup", options: ["ro"]}' '{type: "cgroup", source: "cgroup"}' '{type: "cgroup2", source: "cgroup"}' \
		'{type: "bind", source: "/sys", options: ["bind", "ro"]}'; do
		in_container "$script" ".mounts += [$mount + {destination: \"/sys/fs/cgroup\"}]"
		# Its own cgroup is its own, if it has asked for a writable mount; and so is a tmpfs of its own.
		above=$(find /sys/fs/cgroup -type d -name "made-$ID" | grep -v "[^/]*$ID[^/]*/made-$ID" || :)
		find /sys/fs/cgroup -depth -type d -name "made-$ID" -exec rmdir {} + 2>/dev/null || :
		[ -z "$above" ] || vulnerable "a cgroup above the container's can be written to: $(head -1 <<<"$above")"
	done
}
probe cgroups_above_as_user "CVE-2023-25809"
probe_cgroups_above_as_user() {
	local h own=()
	for h in /sys/fs/cgroup/memory /sys/fs/cgroup/pids /sys/fs/cgroup/unified; do [ ! -d $h ] || own+=("$h/$ID-own"); done
	[ ${#own[@]} != 0 ] || own=("/sys/fs/cgroup/$ID-own")
	mkdir "${own[@]}"
	chown 12345 "${own[@]}"
	chown -R 12345:12345 "$W"
	chmod 755 "$TOP"
	config ".process.args = $(script "for d in ${own[*]}; do mkdir \$d/made && echo WROTE \$d; done; ls /sys/fs/cgroup | head -3; echo RAN") | .linux.namespaces += [{type: \"user\"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 12345, size: 1}] | .linux.gidMappings = .linux.uidMappings | del(.process.capabilities) |
		.mounts |= map(if .type == \"sysfs\" then {destination: \"/sys\", type: \"bind\", source: \"/sys\", options: [\"rbind\", \"nosuid\", \"noexec\", \"nodev\", \"ro\"]} else . end | if .type == \"devpts\" then .options |= map(select(startswith(\"gid\") | not)) else . end)"
	CODE=0
	OUT=$(timeout 30 setpriv --reuid 12345 --regid 12345 --clear-groups env HOME="$W" ${AROUND:-} "$RUNTIME" --root "$STATE" run -b "$B" "$ID" </dev/null 2>&1) || CODE=$?
	echo "$OUT"
	rmdir "${own[@]/%//made}" "${own[@]}" 2>/dev/null || :
	! in_output WROTE || vulnerable "a cgroup of the host that the user may write to is writable in the container"
	in_output RAN || not_applicable "it does not run without privileges here: $(tail -1 <<<"$OUT" | head -c 100)"
}
control_cgroups_above_as_user() {
	local d=/sys/fs/cgroup/pids
	[ -d $d ] || d=/sys/fs/cgroup
	mkdir "$d/$ID-own" && chown 12345 "$d/$ID-own"
	OUT=$(setpriv --reuid 12345 --regid 12345 --clear-groups mkdir "$d/$ID-own/made" && echo WROTE) || :
	rmdir "$d/$ID-own/made" "$d/$ID-own"
	! in_output WROTE || vulnerable noticed
}
probe cgroups_path_escapes "fixed in peers 2026"
probe_cgroups_path_escapes() {
	local path
	for path in "../../x$ID" "/../x$ID" "/a$ID/../../x$ID" "a$ID/../../x$ID" "/./../x$ID"; do
		in_container 'cat /proc/self/cgroup' ".linux.cgroupsPath = \"$path\" | .linux.resources.pids.limit = 100"
		attempt delete -f "$ID"
		# A path is taken below the root of the hierarchies, or below the caller's own cgroup; none may climb above that.
		! in_output '/..' || vulnerable "cgroupsPath $path: $(grep -m1 '/\.\.' <<<"$OUT")"
		[ -z "$(find /sys/fs/cgroup -maxdepth 1 -name "x$ID")" ] || vulnerable "cgroupsPath $path made a directory in /sys/fs/cgroup"
		find /sys/fs/cgroup -depth -type d -name "[ax]$ID" -exec rmdir {} + 2>/dev/null || :
	done
}
control_cgroups_path_escapes() {
	OUT="0::/../x$ID"
	! in_output '/..' || vulnerable noticed
}
probe exec_cgroup_escapes "fixed in peers 2026"
probe_exec_cgroup_escapes() {
	local path
	alive 'sleep 1000' ".linux.cgroupsPath = \"/$ID\" | .linux.resources.pids.limit = 100"
	for path in .. ../ ../.. "../x$ID" "a/../../x$ID" pids:.. pids:../.. "pids:../x$ID"; do
		attempt exec --cgroup "$path" "$ID" cat /proc/self/cgroup
		[ "$CODE" != 0 ] || [ -z "$(grep pids <<<"$OUT" | grep -v "/$ID")" ] || vulnerable "exec --cgroup $path enters $(grep -m1 pids <<<"$OUT")"
		[ -z "$(find /sys/fs/cgroup -maxdepth 2 -type d -name "x$ID")" ] || { find /sys/fs/cgroup -maxdepth 2 -type d -name "x$ID" -exec rmdir {} +; vulnerable "exec --cgroup $path made a cgroup outside"; }
	done
}
control_exec_cgroup_escapes() {
	CODE=0 OUT="5:pids:/x$ID"
	[ -z "$(grep pids <<<"$OUT" | grep -v "/$ID")" ] || vulnerable noticed
}

probe ids_escape "ids"
probe_ids_escape() {
	local id verb long
	long=$(printf 'x%.0s' {1..256})
	config '.process.args = ["true"]'
	mkdir -p "$STATE" "$W/precious"
	echo keep >"$W/precious/file"
	echo '{}' >"$W/precious/state.json"
	for id in .. . ../precious a/../../precious "" "$long" $'a\nb' $'a\e[31m' "a b" "a'b" '$(touch precious)' "a;b" precious/. ./../precious /etc -x --force; do
		for verb in state kill pause resume start ps delete 'delete -f' exec update create run; do
			case $verb in
			create | run) quick $verb -b "$B" "$id" ;;
			exec) quick exec "$id" true ;;
			*) quick $verb "$id" ;;
			esac
			[ "$(cat "$W/precious/file" 2>/dev/null)" = keep ] || vulnerable "$verb '$id' touches files outside of the state directory"
			[ "$(ls "$W" | tr '\n' ' ')" = "$(tr ' ' '\n' <<<'b host precious quick state' | tr '\n' ' ')" ] || vulnerable "$verb '$id' makes files outside of the state directory: $(ls "$W" | tr '\n' ' ')"
			[ ! -d /precious ] || vulnerable "$verb '$id'"
		done
		case $id in a[\ \;\']b | -x | --force | '$('* | "$long") ;; *)
			[ "$CODE" != 0 ] || vulnerable "run accepts the id '$(printf %q "$id")'"
			;;
		esac
	done
}

probe foreign_state_directory "found in tare 2026-11"
probe_foreign_state_directory() {
	config ".process.args = [\"sleep\", \"100\"] | .hooks.poststop = [{path: \"/bin/touch\", args: [\"touch\", \"$W/hooked\"]}]"
	rt run -d -b "$B" "$ID" </dev/null >"$W/said" 2>&1
	PID=$(rt state "$ID" | jq .pid)
	chown -R 12345 "$STATE/$ID"
	quick delete -f "$ID"
	kill -9 "$PID" 2>/dev/null || :
	[ ! -d "$STATE/$ID" ] || chown -R 0 "$STATE/$ID" # so that its cgroups are removed in the end
	[ ! -e "$W/hooked" ] || vulnerable "the hook of a record that belongs to another user ran as root"
}
probe planted_links "the state directory, logs and caches"
probe_planted_links() {
	local victim=$W/host/victim
	mkdir -p "$W/public/root"
	chmod 1777 "$W/public"
	echo precious >"$victim"
	config '.process.args = ["sleep", "100"]'
	# Another user plants them where root writes; fs.protected_symlinks protects only sticky directories, and only from followers.
	as_other() { setpriv --reuid 12345 --regid 12345 --clear-groups "$@"; }
	as_other ln -s "$victim" "$W/public/pid"
	quick run -d --pid-file "$W/public/pid" -b "$B" "$ID"
	quick delete -f "$ID"
	[ "$(cat "$victim")" = precious ] || vulnerable "--pid-file writes through a link of somebody else's"
	chmod 777 "$W/public"
	rm -f "$W/public/pid"
	as_other ln -s "$victim" "$W/public/pid"
	quick run -d --pid-file "$W/public/pid" -b "$B" "$ID"
	quick delete -f "$ID"
	[ "$(cat "$victim")" = precious ] || vulnerable "--pid-file writes through a link of somebody else's"
	as_other ln -s "$victim" "$W/public/log"
	quick --log "$W/public/log" --log-format json state nobody
	[ "$(cat "$victim")" = precious ] || vulnerable "--log writes through a link of somebody else's"
	# A state directory by such a link: what it leads to is somebody else's choice.
	mkdir -p "$W/public/theirs"
	chown 12345 "$W/public/theirs"
	as_other ln -s "$W/public/theirs" "$W/public/state"
	timeout 20 ${AROUND:-} "$RUNTIME" --root "$W/public/state" run -d -b "$B" "$ID" </dev/null >"$W/quick" 2>&1 && CODE=0 || CODE=$?
	[ "$CODE" != 0 ] || { timeout 20 "$RUNTIME" --root "$W/public/theirs" delete -f "$ID" || :; vulnerable "--root that belongs to another user is used"; }
}
probe public_state_directory "the state directory, logs and caches"
probe_public_state_directory() {
	mkdir -p "$STATE"
	chmod 777 "$STATE"
	config '.process.args = ["true"]'
	quick run -b "$B" "$ID"
	[ "$CODE" != 0 ] || vulnerable "a state directory that everybody may write to is used"
}

probe notify_socket "found in tare 2026-11"
probe_notify_socket() {
	local socket=$W/notify/socket
	mkdir -p "$W/notify"
	python3 - "$socket" >"$W/heard" 2>&1 <<-'EOF_' &
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		while True:
		    print(repr(s.recv(65536)), flush=True)
	EOF_
	ATTACKERS+=($!)
	eventually test -S "$socket"
	chmod 777 "$socket"
	export NOTIFY_SOCKET=$socket
	in_container 'for t in MAINPID=1 STOPPING=1 FDSTORE=1 WATCHDOG=trigger EXTEND_TIMEOUT_USEC=9999999 "READY=1
MAINPID=1" "STATUS=x
FDSTORE=1"; do attacker send $NOTIFY_SOCKET "$t"; done; d=$(dirname $NOTIFY_SOCKET); mkdir $d/made; echo x >$d/file; ln -s /etc/passwd $d/link; mv $d/notify $d/other; sleep 0.3'
	unset NOTIFY_SOCKET
	cat "$W/heard"
	! grep -qE 'MAINPID=1\b|STOPPING|FDSTORE|WATCHDOG|EXTEND' "$W/heard" || vulnerable "the manager hears from the container: $(grep -m1 -E 'MAINPID=1\b|STOPPING|FDSTORE|WATCHDOG|EXTEND' "$W/heard")"
	[ "$(ls "$W/notify")" = socket ] || vulnerable "the container made files in the host's directory: $(ls "$W/notify")"
	[ ! -e "$STATE/$ID" ] || vulnerable "its state directory can't be deleted"
}

probe memory_and_pids_pressure "host memory pressure"
probe_memory_and_pids_pressure() {
	local limits left
	for limits in '.linux.resources.memory.limit = 524288' '.linux.resources.pids.limit = 1' '.linux.resources = {memory: {limit: 524288}, pids: {limit: 1}}'; do
		config ".process.args = [\"true\"] | .linux.cgroupsPath = \"/$ID\" | $limits"
		attempt run -b "$B" "$ID"
		[ "$CODE" != 0 ] || { [[ $limits = *memory* ]] || [ -z "$OUT" ] || vulnerable "$limits: success, and $OUT"; }
		[ "$CODE" = 0 ] || [ -n "$OUT" ] || vulnerable "$limits: failed without a word"
		[ "$CODE" = 0 ] || [[ ! $OUT =~ ([Nn]o such file|[Ii]nvalid argument|[Bb]ad file) ]] || vulnerable "$limits: an unrelated error: $OUT"
		quick delete -f "$ID"
		left=$(find /sys/fs/cgroup -maxdepth 3 -type d -name "*$ID*"; ls -A "$STATE")
		[ -z "$left" ] || { find /sys/fs/cgroup -maxdepth 3 -type d -name "*$ID*" -exec rmdir {} + || :; vulnerable "$limits: left $left"; }
	done
}

# --- hostile configs ---

# bounded VERB...: with little memory and time. Sets CODE.
bounded() {
	CODE=0
	local seconds=${BOUND:-20} # seconds, on a machine that is not emulated
	[ -z "${AROUND:-}" ] || seconds=$((seconds * 3)) # the older calls take longer for 100,000 mounts
	(ulimit -v 3000000; ulimit -t $((seconds * 3 / 4)); exec timeout -k 1 $seconds ${AROUND:-} "$RUNTIME" --root "$STATE" "$@") </dev/null >"$W/quick" 2>&1 || CODE=$?
	[ "$CODE" -lt 124 ] || { head -c 300 "$W/quick"; vulnerable "$HOSTILE: status $CODE, a crash, a hang or too much memory"; }
}
probe hostile_configs "CVE-2021-43784"
probe_hostile_configs() {
	hostile '64 MiB of spaces' 'import sys; c=c[:-1]+" "*(64<<20)+"}"' any
	hostile '64 MiB string' 'c=c.replace("probe","x"*(64<<20))' no
	hostile 'depth 10000' 'c=c[:-1]+",\"x\":"+"["*10000+"]"*10000+"}"' any
	hostile 'depth 10000 of objects' 'c=c[:-1]+",\"x\":"+"{\"a\":"*10000+"1"+"}"*10000+"}"' any
	hostile 'duplicate args' 'c=c.replace("\"args\"","\"args\":[\"false\"],\"args\"",1)' no
	hostile 'duplicate process' 'c=c[:-1]+",\"process\":{\"cwd\":\"/\",\"args\":[\"true\"],\"user\":{\"uid\":0,\"gid\":0}}}"' no
	hostile 'NUL in a string' 'c=c.replace("\"probe\"","\"pro\\u0000be\"")' no
	hostile 'NUL in the program' 'c=c.replace("\"true\"","\"true\\u0000x\"")' no
	hostile 'a raw NUL' 'c=c.replace("\"probe\"","\"pro\0be\"")' no
	hostile 'uid out of range' 'c=c.replace("\"uid\": 0","\"uid\": 4294967296")' no
	hostile 'uid negative' 'c=c.replace("\"uid\": 0","\"uid\": -1")' no
	hostile 'uid fraction' 'c=c.replace("\"uid\": 0","\"uid\": 0.5")' no
	hostile 'uid huge' 'c=c.replace("\"uid\": 0","\"uid\": 1e400")' no
	hostile 'invalid UTF-8' 'c=c.replace("probe","pro\udcffbe")' no
	hostile 'lone surrogate' 'c=c.replace("probe","pro\\ud800be")' no
	hostile 'text after the end' 'c=c+"{}"' no
	hostile 'a comment' 'c="/* x */"+c' no
	hostile 'args as a text' 'c=c.replace("[\n      \"true\"\n    ]","\"true\"")' no
	hostile 'a number as a text' 'c=c.replace("\"uid\": 0","\"uid\": \"0\"")' no
	hostile '100000 mounts' 'c=c.replace("\"mounts\": [","\"mounts\": ["+",".join("{\"destination\":\"/m%d\",\"type\":\"tmpfs\",\"source\":\"x\"}"%i for i in range(100000))+",",1)' any
	hostile '20000 repetitions of a capability' 'c=c.replace("\"bounding\": [","\"bounding\": ["+"\"CAP_CHOWN\","*20000,1)' any
	hostile '20000 masked paths' 'c=c.replace("\"maskedPaths\": [","\"maskedPaths\": ["+"\"/m\","*20000,1)' any
}
control_hostile_configs() {
	RUNTIME=$here/naive
	hostile 'duplicate args' 'c=c.replace("\"args\"","\"args\":[\"false\"],\"args\"",1)' no
}
hostile() { # NAME PYTHON accepted?
	HOSTILE=$1
	config .
	python3 - "$B/config.json" "$2" <<-'EOF_'
		import sys
		c = open(sys.argv[1]).read().strip()
		before = c
		exec(sys.argv[2])
		assert c != before
		open(sys.argv[1], "w", errors="surrogateescape").write(c)
	EOF_
	bounded run -b "$B" "$ID"
	[ "$3" != no ] || [ "$CODE" != 0 ] || vulnerable "$1: accepted"
	quick delete -f "$ID"
}
probe truncated_config "CVE-2021-43784"
probe_truncated_config() {
	local n size
	config .
	jq -c . "$B/config.json" | tr -d '\n' >"$W/whole"
	size=$(stat -c %s "$W/whole")
	for ((n = 0; n < size; n += size / (TIMES / 4 + 1) + 1)); do
		head -c "$n" "$W/whole" >"$B/config.json"
		HOSTILE="truncated after $n bytes"
		bounded create -b "$B" "$ID"
		[ "$CODE" != 0 ] || vulnerable "$HOSTILE: accepted"
	done
}
control_truncated_config() { HOSTILE=control; RUNTIME=/bin/sh STATE=-c; CODE=0; (exec sh -c 'kill -SEGV $$') || CODE=$?; [ "$CODE" -lt 124 ] || vulnerable noticed; }

probe restore_keys "CVE-2026-115520, CVE-2026-119101"
probe_restore_keys() { # criu puts mount points and sources into one text, "mnt[POINT]:SOURCE"
	local key
	rt checkpoint --help >/dev/null 2>&1 && rt restore --help >/dev/null 2>&1 || not_applicable "it has no checkpoint and restore"
	mkdir -p "$W/fake" "$W/volume"
	ln -sf "$here/../bats/criu" "$W/fake/criu"
	export FAKE='' FAKE_OUT=$W/requests PATH=$W/fake:$PATH
	config '.mounts += [{destination: "/plain", type: "bind", source: "'"$W/volume"'", options: ["bind"]}] | .process.args = ["sleep", "1000"]'
	asks
	grep -q '"DUMP"' "$FAKE_OUT" || not_applicable "it does not ask this probe's criu"
	ln -s 'x]:y' "$B/rootfs/link"
	config '.mounts += [{destination: "/link", type: "bind", source: "'"$W/volume"'", options: ["bind"]}] | .process.args = ["sleep", "1000"]'
	asks
	config '.mounts += [{destination: "/a]:b", type: "bind", source: "'"$W/volume"'", options: ["bind"]}] | .process.args = ["sleep", "1000"]'
	asks
	! forges || vulnerable "a mount point that an image chose reaches criu as a key: $(grep -o '"key": "[^"]*]:[^"]*"' "$FAKE_OUT" | head -n 1)"
}
asks() { # for a checkpoint, and for a restore
	quick run -d -b "$B" "$ID"
	quick checkpoint --leave-running --image-path "$W/images" "$ID"
	quick delete -f "$ID"
	mkdir -p "$W/images"
	quick restore -d --image-path "$W/images" -b "$B" "$ID"
	quick delete -f "$ID"
}
forges() { grep -qE '"(key|external)": "[^"]*\]:' "$FAKE_OUT"; }
control_restore_keys() {
	FAKE_OUT=$W/requests
	echo '{"opts": {"ext_mnt": [{"key": "/x]:y", "val": "/etc"}]}, "type": "DUMP"}' >"$FAKE_OUT"
	! forges || vulnerable noticed
}
