# SPDX-License-Identifier: Apache-2.0
# Names in the image that lead elsewhere: mount targets, /proc, /sys, /dev.

# link_to KIND TARGET NAME: makes the image's NAME a symbolic link that leads to the host's TARGET.
link_to() {
	local up=../../../../../../../../../..
	case $1 in
	absolute) ln -s "$2" "$R/$3" ;;
	dotdot) ln -s "$up$2" "$R/$3" ;;
	chained) ln -s chain/of/links "$R/$3" && mkdir -p "$R/chain/of" && ln -s "$up$2" "$R/chain/of/links" ;;
	middle) ln -s "$up$(dirname "$2")" "$R/$3" ;;
	esac
}
# mount_through KIND TYPE WHAT: mounts something on a name that leads to $W/host/WHAT, and then looks at what the host's directory has.
mount_through() {
	local target=$W/host/$3 destination=/dst source=$W/source mounts
	mkdir -p "$source"
	echo COVER >"$source/cover"
	echo COVER >"$W/file"
	link_to "$1" "$target" dst
	[ "$1" != middle ] || destination=/dst/$3
	remember
	case $2 in
	bind) mounts='{type: "bind", source: "'$source'", options: ["bind"]}' ;;
	file) mounts='{type: "bind", source: "'$W/file'", options: ["bind"]}' ;;
	tmpfs) mounts='{type: "tmpfs", source: "tmpfs"}' ;;
	proc) mounts='{type: "proc", source: "proc"}' ;;
	esac
	# The second mount shows whether the first has covered the host's directory in the namespace in which the runtime mounts.
	in_container 'find /seen; cat /seen/mark /seen/old/deep /seen/*/cover /seen/file; true' ".mounts += [$mounts + {destination: \"$destination\"},
		{destination: \"/seen\", type: \"bind\", source: \"$W/host\", options: [\"rbind\", \"ro\"]}]"
	unchanged "$2 on a link ($1) changed the host"
	! in_output COVER || vulnerable "$2 on a link ($1) was mounted on the host's"
	[ "$CODE" != 0 ] || { in_output MARK && in_output DEEP; } || vulnerable "$2 on a link ($1) covered the host's directory"
	[ "$CODE" != 0 ] || ! in_output /seen/new/ || vulnerable "$2 on a link ($1) was mounted in the host's directory"
}
for kind in absolute dotdot chained middle; do
	for type in bind file tmpfs proc; do
		probe "target_${kind}_$type" "CVE-2015-3629, CVE-2019-18837"
		eval "probe_target_${kind}_$type() { mkdir \"\$W/host/old\"; echo DEEP >\"\$W/host/old/deep\"; mount_through $kind $type old; rm \"\$R/dst\"; rm -rf \"\$R/chain\"; mount_through $kind $type new; }"
	done
done

probe proc_is_a_link "CVE-2019-16884, CVE-2019-19921"
probe_proc_is_a_link() { fake_proc 'rmdir "$R/proc"; ln -s /fake "$R/proc"; F=$R/fake' .; }
probe proc_is_a_link_to_the_host "CVE-2019-19921"
probe_proc_is_a_link_to_the_host() { fake_proc 'rmdir "$R/proc"; ln -s ../../../../../../../..$W/host/fake "$R/proc"; F=$W/host/fake' '.mounts += [{destination: "/seen", type: "bind", source: "$F", options: ["rbind"]}]'; }
probe proc_is_a_volume "CVE-2019-16884, CVE-2023-27561"
probe_proc_is_a_volume() { fake_proc 'F=$W/fake' '.mounts += [{destination: "/proc", type: "bind", source: "$F", options: ["bind"]}]'; }
probe proc_is_only_a_volume "CVE-2023-28642"
probe_proc_is_only_a_volume() { fake_proc 'F=$W/fake' '.mounts |= map(if .type == "proc" then {destination: "/proc", type: "bind", source: "$F", options: ["bind"]} else . end)'; }
probe proc_is_a_volume_by_dotdot "CVE-2023-28642, CVE-2025-54867"
probe_proc_is_a_volume_by_dotdot() { fake_proc 'F=$W/fake' '.mounts += [{destination: "/tmp/../proc", type: "bind", source: "$F", options: ["bind"]}]'; }
probe proc_is_a_volume_by_a_link "CVE-2023-28642"
probe_proc_is_a_volume_by_a_link() { fake_proc 'F=$W/fake; ln -s proc "$R/other"' '.mounts += [{destination: "/other", type: "bind", source: "$F", options: ["bind"]}]'; }
probe proc_part_is_a_volume "CVE-2025-52881"
probe_proc_part_is_a_volume() { fake_proc 'F=$W/fake' '.mounts += [{destination: "/proc/sys/kernel", type: "bind", source: "$F/sys/kernel", options: ["bind"]}]'; }
probe proc_self_is_a_volume "CVE-2025-52881"
probe_proc_self_is_a_volume() { fake_proc 'F=$W/fake; ln -s proc/self "$R/other"' '.process.oomScoreAdj = 777 | .mounts += [{destination: "/other", type: "bind", source: "$F/self", options: ["bind"]}]'; }

# fake_proc PREPARE JQ: a procfs of the image or of a volume must not be taken for one.
fake_proc() {
	local F name
	eval "$1"
	for name in sys/kernel/msgmax self/oom_score_adj self/attr/exec self/attr/current; do
		mkdir -p "$F/${name%/*}"
		echo fake >"$F/$name"
	done
	mkdir -p "$F/1"
	config ".linux.sysctl[\"kernel.msgmax\"] = \"4321\" | .process.args = [\"sleep\", \"100\"] | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | ${2//\$F/$F}"
	attempt run -d -b "$B" "$ID"
	for name in $(cd "$F" && find . -type f); do
		[ "$(cat "$F/$name")" = fake ] || vulnerable "what was meant for /proc/$name was written into a file of the image's"
	done
	[ "$CODE" = 0 ] || return 0
	PID=$(rt state "$ID" | jq .pid)
	[ ! -L "/proc/$PID/root/proc" ] || vulnerable "it started with a symbolic link for /proc"
	[[ $2 != */seen* ]] || [ "$(cat "/proc/$PID/root/seen/self/attr/exec")" = fake ] || vulnerable "procfs was mounted on the host's directory"
	[ "$(nsenter -i -t "$PID" cat /proc/sys/kernel/msgmax)" = 4321 ] || vulnerable "it started without its sysctl"
	[[ $2 != *oomScoreAdj* ]] || [ "$(cat "/proc/$PID/oom_score_adj")" = 777 ] || vulnerable "it started without its oom_score_adj"
}

probe sys_is_a_link "CVE-2019-19921"
probe_sys_is_a_link() {
	rmdir "$R/sys"
	mkdir "$W/host/old"
	ln -s "../../../../../../../..$W/host/old" "$R/sys"
	remember
	in_container 'find /seen/old | head -3' ".mounts += [{destination: \"/seen\", type: \"bind\", source: \"$W/host\", options: [\"rbind\", \"ro\"]}]"
	unchanged "the host changed"
	! in_output /seen/old/ || vulnerable "sysfs was mounted on the host's directory"
}

probe dev_is_a_link "CVE-2026-41579, CVE-2026-47766"
probe_dev_is_a_link() {
	local link
	for link in "$W/host" "../../../../../../../..$W/host"; do
		rm -rf "$R/dev" "$R/tmp/w"
		ln -s "$link" "$R/dev"
		remember
		in_container 'true' '.mounts |= map(select(.destination | startswith("/dev") | not)) | .linux.devices = [{type: "c", path: "/dev/mine", major: 1, minor: 3}]'
		unchanged "devices were made in a directory of the host"
	done
	# In the image itself it is a link, too, and the devices of the container are not where its owner thinks.
	rm "$R/dev"
	ln -s /tmp/decoy "$R/dev"
	mkdir -p "$R/tmp/decoy"
	echo keep >"$R/tmp/decoy/null"
	in_container 'cat /tmp/decoy/null' '.mounts |= map(select(.destination | startswith("/dev") | not))'
	[ "$(cat "$R/tmp/decoy/null" 2>/dev/null)" = keep ] || vulnerable "a file that /dev led to was replaced"
}

probe dev_null_is_a_link "CVE-2025-31133"
probe_dev_null_is_a_link() {
	echo SECRET >"$W/host/victim"
	cp "$W/host/victim" "$R/victim"
	ln -s "../../../../../../../..$W/host/victim" "$R/dev/null"
	chmod 600 "$W/host/victim"
	remember
	masks_by_null
	rm "$R/dev/null"
	ln -s /victim "$R/dev/null"
	masks_by_null
}
probe dev_null_is_a_file "CVE-2025-31133, CVE-2026-88265"
probe_dev_null_is_a_file() {
	echo SECRET >"$R/dev/null"
	remember
	masks_by_null
	# In a volume, which the runtime may not change either.
	mkdir -p "$W/host/dev"
	echo SECRET >"$W/host/dev/null"
	chmod 600 "$W/host/dev/null"
	remember
	masks_by_null '.mounts += [{destination: "/dev", type: "bind", source: "'"$W/host/dev"'", options: ["bind"]}]'
}
masks_by_null() { # [JQ]
	in_container 'cat /proc/keys /proc/timer_list /proc/kallsyms-covered; echo x >/proc/keys; stat -c %t:%T /proc/keys' \
		".mounts |= map(select(.destination | startswith(\"/dev\") | not)) | .linux.maskedPaths = [\"/proc/keys\", \"/proc/timer_list\"] | ${1:-.}"
	! in_output SECRET || vulnerable "a masked path shows a file of the image's"
	unchanged "a file of the host changed"
	[ "$CODE" != 0 ] || in_output 1:3 || vulnerable "/proc/keys is covered by something else than a null device"
}

probe dev_console_is_a_link "CVE-2025-52565, CVE-2026-88264"
probe_dev_console_is_a_link() {
	local link target
	for target in "$W/host/new" "$W/host/mark"; do
		for link in "$target" "../../../../../../../..$target"; do
			rm -f "$R/dev/console"
			ln -s "$link" "$R/dev/console"
			remember
			console_at ''
			console_at "| .mounts |= map(select(.destination | startswith(\"/dev\") | not)) | .mounts += [{destination: \"/dev/pts\", type: \"devpts\", source: \"devpts\", options: [\"newinstance\", \"ptmxmode=0666\"]}]"
		done
	done
}
console_at() { # JQ
	config ".process.terminal = true | .process.args = $(script 'ls -l /dev/console; cat /seen/mark /seen/new; test -c /seen/mark && echo ELSEWHERE; test -c /seen/new && echo ELSEWHERE') $1 |
		.mounts += [{destination: \"/seen\", type: \"bind\", source: \"$W/host\", options: [\"rbind\", \"ro\"]}]"
	listen console "$W/console"
	attempt create --console-socket "$W/console" -b "$B" "$ID"
	[ "$CODE" != 0 ] || { attempt start "$ID"; eventually said END; }
	cat "$W/said"
	attempt delete -f "$ID"
	unchanged "a file of the host was made or covered"
	! said ELSEWHERE || vulnerable "the console is mounted on a file of the host"
}

probe deferred_remount "CVE-2026-115521"
probe_deferred_remount() {
	local fd
	# No procfs, but what looks like the descriptors of one.
	rm -rf "$R/proc"
	mkdir -p "$R/proc/self/fd" "$R/elsewhere" "$W/host/volume"
	for fd in {0..40}; do ln -s /elsewhere "$R/proc/self/fd/$fd"; done
	ln -s self "$R/proc/thread-self"
	in_container 'touch /x && echo ROOT; touch /v/x && echo VOLUME; echo END' '.mounts |= map(select(.type != "proc")) | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .root.readonly = true |
		.mounts += [{destination: "/v", type: "bind", source: "'"$W/host/volume"'", options: ["bind", "ro"]}]'
	! in_output ROOT || vulnerable "a read-only root can be written to"
	! in_output VOLUME || vulnerable "a read-only mount can be written to"
}
