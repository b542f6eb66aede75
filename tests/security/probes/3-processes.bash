# SPDX-License-Identifier: Apache-2.0
# What the container's process gets: descriptors, capabilities, ids, devices, a terminal.

probe leaked_descriptor_as_cwd "CVE-2024-21626"
probe_leaked_descriptor_as_cwd() {
	local n
	exec 8<"$W/host" 9</ # as an engine may leave them open
	for n in {3..24} {30..64..6}; do
		in_container "pwd; cat mark; ls ../../../../../../../..$W/host 2>/dev/null" ".process.cwd = \"/proc/self/fd/$n\""
		! in_output MARK && ! in_output $'\nmark' || vulnerable "run: cwd /proc/self/fd/$n is a directory of the host"
	done
	alive 'sleep 1000'
	for n in {3..24}; do
		attempt exec --cwd "/proc/self/fd/$n" "$ID" sh -c "cat mark; ls ../../../../../../../..$W/host"
		! in_output MARK && ! in_output $'\nmark' || vulnerable "exec: --cwd /proc/self/fd/$n is a directory of the host"
	done
}
probe leaked_descriptors "CVE-2016-9962, CVE-2024-21626"
probe_leaked_descriptors() {
	exec 8<"$W/host" 9<"$W/host/mark"
	in_container 'ls -l /proc/self/fd; for fd in 3 4 5 6 7 8 9 10 11 12 13; do cat /proc/self/fd/$fd/mark; cat <&$fd; done'
	! in_output MARK || vulnerable "a descriptor that the caller has open is open in the container"
	alive 'sleep 1000'
	attempt exec "$ID" sh -c 'for fd in 3 4 5 6 7 8 9 10 11 12 13; do cat /proc/self/fd/$fd/mark 2>/dev/null; cat <&$fd; ls -d /proc/self/fd/$fd/[a-z]* 2>/dev/null; done'
	! in_output MARK || vulnerable "a descriptor that the caller has open is open for an exec"
	! in_output '/proc/self/fd/' || vulnerable "a directory of the host is open for an exec"
}
probe ignored_failure_of_a_protection "found in tare 2026-11"
probe_ignored_failure_of_a_protection() {
	local how
	exec 8<"$W/host"
	for how in close_range=EPERM close_range close_range=EACCES openat2=EPERM openat2 prctl=EPERM close_range=EPERM,openat2=EPERM,pidfd_open=EPERM; do
		AROUND="$TOP/image/bin/attacker without $how"
		in_container 'cat /proc/self/fd/8/mark; for fd in 3 4 5 6 7 8 9; do cat /proc/self/fd/$fd/mark; done; true'
		! in_output MARK || vulnerable "with $how an inherited directory is open in the container"
	done
}

# The capability sets of a process, as "Inh Prm Eff Bnd Amb".
SETS='sed -n "s/^Cap[A-Z][a-z]*:.//p" /proc/self/status | tr "\n" " "'
probe capabilities_of_a_user "CVE-2022-24769, CVE-2022-29162"
probe_capabilities_of_a_user() {
	in_container "$SETS" '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {bounding: ["CAP_CHOWN", "CAP_NET_RAW"]}'
	[[ $OUT = "0000000000000000 0000000000000000 0000000000000000 0000000000002001 0000000000000000"* ]] || vulnerable "uid 1000 with a bounding set has: $OUT"
	in_container "$SETS" '.process.capabilities = {bounding: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"], effective: ["CAP_CHOWN"]}'
	[[ $OUT = "0000000000000000 0000000000000001 0000000000000001 0000000000000001 0000000000000000"* ]] || vulnerable "root has: $OUT"
}
probe capabilities_of_exec "CVE-2016-8867, CVE-2022-27650"
probe_capabilities_of_exec() {
	alive 'sleep 1000' '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"]}'
	attempt exec --cap CAP_CHOWN "$ID" sh -c "$SETS"
	[ "$CODE" != 0 ] || [[ $OUT = 0000000000000000* && $OUT = *0000000000000000* ]] || vulnerable "exec --cap: inheritable or ambient: $OUT"
	[ "$CODE" != 0 ] || [ "$(cut -d' ' -f5 <<<"$OUT")" = 0000000000000000 ] || vulnerable "exec --cap: ambient: $OUT"
	jq '.process | .args = ["sh", "-c", $sets] | .user = {uid: 1000, gid: 1000} | .capabilities = {bounding: ["CAP_CHOWN"]}' --arg sets "$SETS" "$B/config.json" >"$W/process.json"
	attempt exec -p "$W/process.json" "$ID"
	[ "$CODE" != 0 ] || [[ $OUT = "0000000000000000 0000000000000000 0000000000000000 "*" 0000000000000000"* ]] || vulnerable "exec --process of uid 1000: $OUT"
}

probe user_of_exec "CVE-2016-3697, CVE-2026-30892"
probe_user_of_exec() {
	local user found
	alive 'sleep 1000'
	# A number is a number, whatever /etc/passwd calls so; what is no id is refused.
	for user in 31337 31337:5 1 1:1; do
		attempt exec -u "$user" "$ID" id -u
		[ "$CODE" != 0 ] || [ "$OUT" = "${user%%:*}" ] || vulnerable "-u $user runs as $OUT"
	done
	for user in -1 4294967295 4294967296 4294967297 18446744073709551616 0x0 1e3 ' 0' '+0' '' : 1: :0 1:-1 1000x nobody-there; do
		attempt exec -u "$user" "$ID" id -u
		found=$OUT
		[ "$CODE" != 0 ] || [[ $user = '' || $user = : ]] || [ "$found" = "${user%%:*}" ] || { [ "$user" = +0 ] && [ "$found" = 0 ]; } || { [ "$user" = :0 ] && [ "$found" = 0 ]; } ||
			vulnerable "-u '$user' runs as $found"
	done
	# The config, too.
	for user in -1 4294967295 4294967296 18446744073709551616 0.5 '"0"'; do
		config ".process.args = [\"id\", \"-u\"] | .process.user.uid = 7777777"
		sed -i "s/7777777/$user/" "$B/config.json"
		attempt run -b "$B" "$ID-2"
		[ "$CODE" != 0 ] || [ "$OUT" = "$user" ] || vulnerable "uid $user of the config runs as $OUT"
	done
}

probe device_without_rules "GO-2022-0396"
probe_device_without_rules() {
	local device
	device=$(stat -c '%t %T' "$(findmnt -n -o SOURCE -T / | sed 's/\[.*//')" 2>/dev/null) || device='8 0'
	[ "$device" != '0 0' ] || device='8 0'
	in_container "cd /tmp; mknod disk b 0x${device/ / 0x}; head -c 1 disk >/dev/null && echo READ; mknod kmsg c 1 11; head -c 1 kmsg >/dev/null && echo READ; mknod mem c 1 1; head -c 1 mem >/dev/null && echo READ; true" \
		'.process.capabilities = {bounding: ["CAP_MKNOD", "CAP_SYS_RAWIO", "CAP_SYSLOG"], permitted: ["CAP_MKNOD", "CAP_SYS_RAWIO", "CAP_SYSLOG"], effective: ["CAP_MKNOD", "CAP_SYS_RAWIO", "CAP_SYSLOG"]}'
	! in_output READ || vulnerable "a device that the config does not name can be read"
}

probe terminal_injection "CVE-2016-10124"
probe_terminal_injection() {
	config '.process.args = ["attacker", "type", "reboot"]'
	# script(1) gives it a terminal, whose master it reads.
	timeout 20 script -qec "timeout --foreground 10 $RUNTIME --root $STATE run -b $B $ID" /dev/null </dev/null >"$W/said" 2>&1 || :
	cat "$W/said"
	! said FOUND || vulnerable "the container has the caller's terminal as its controlling terminal, or can type into it"
}

probe mask_of_the_hosts_null "found in tare 2026-11"
probe_mask_of_the_hosts_null() {
	local before caps='["CAP_CHOWN", "CAP_FOWNER", "CAP_DAC_OVERRIDE"]' jq
	before=$(stat -c %a:%u:%g:%Y /dev/null)
	for jq in . '.mounts |= map(select(.destination | startswith("/dev") | not)) | .root.readonly = true'; do
		in_container 'for f in /proc/keys /proc/kcore /proc/timer_list /dev/null; do chmod 600 $f; chown 5:5 $f; touch -d @0 $f; done; true' \
			".process.capabilities = {bounding: $caps, permitted: $caps, effective: $caps} | $jq"
		[ "$(stat -c %a:%u:%g:%Y /dev/null)" = "$before" ] || { chmod 666 /dev/null && chown 0:0 /dev/null; vulnerable "the host's /dev/null was changed"; }
	done
}
control_mask_of_the_hosts_null() {
	local before
	before=$(stat -c %Y /dev/null)
	touch -d @0 /dev/null
	[ "$(stat -c %Y /dev/null)" = "$before" ] || { touch /dev/null && vulnerable noticed; }
}

probe namespace_that_is_the_hosts "found in tare 2026-11, open in crun 1.8"
probe_namespace_that_is_the_hosts() {
	# "The host" is this script's own namespaces.
	hostname the-host
	sysctl -qw net.ipv4.ip_default_ttl=64
	local path
	for path in /proc/self/ns /proc/thread-self/ns "/proc/$$/ns"; do
		in_container true ".linux.sysctl[\"net.ipv4.ip_default_ttl\"] = \"77\" | (.linux.namespaces[] | select(.type == \"network\")).path = \"$path/net\""
		[ "$(cat /proc/sys/net/ipv4/ip_default_ttl)" = 64 ] || vulnerable "a sysctl of the host's network was set"
		in_container true "(.linux.namespaces[] | select(.type == \"uts\")).path = \"$path/uts\""
		[ "$(cat /proc/sys/kernel/hostname)" = the-host ] || vulnerable "the host's name was set"
		in_container true ".linux.sysctl[\"kernel.msgmax\"] = \"4444\" | (.linux.namespaces[] | select(.type == \"ipc\")).path = \"$path/ipc\""
		[ "$(cat /proc/sys/kernel/msgmax)" != 4444 ] || vulnerable "a sysctl of the host's ipc namespace was set"
	done
	in_container true '.linux.sysctl["kernel.domainname"] = "evil" | .linux.namespaces |= map(select(.type != "uts")) | del(.hostname)'
	[ "$(cat /proc/sys/kernel/domainname)" != evil ] || vulnerable "the host's domain name was set"
}

REVEAL='.process.args = ["unshare", "-mrpf", "sh", "-c", "mount -t proc none /proc && test -w /proc/sys/kernel/core_pattern && echo REVEALED"] |
	.process.noNewPrivileges = false | .process.capabilities.bounding += ["CAP_SETFCAP"] | .process.capabilities.permitted += ["CAP_SETFCAP"] | .process.capabilities.effective += ["CAP_SETFCAP"]'
probe unmasked_procfs "found in tare 2026-11"
probe_unmasked_procfs() {
	config "$REVEAL"
	attempt run -b "$B" "$ID"
	! in_output REVEALED || vulnerable "a new user namespace mounts a procfs without masks"
	attempt run --no-pivot -b "$B" "$ID-2"
	! in_output REVEALED || vulnerable "with --no-pivot a new user namespace mounts a procfs without masks"
}

# What a container of the default config can read of the host: names of files, and what they must not give away.
control_unmasked_procfs() {
	OUT=$(unshare -mrpf sh -c "mount -t proc none /proc && test -w /proc/sys/kernel/core_pattern && echo REVEALED" 2>&1) || :
	! in_output REVEALED || vulnerable noticed
}
probe secrets "masks"
probe_secrets() {
	local secret=secret-$$-of-the-host key
	key=$(keyctl add user "$secret" x @s 2>/dev/null || :)
	echo "<6>$secret" >/dev/kmsg 2>/dev/null || :
	# Where kernel.dmesg_restrict is 0 every process of the machine reads it, unless a filter denies syslog(2): no mask is in the way.
	local messages=dmesg
	[ "$(cat /proc/sys/kernel/dmesg_restrict)" = 1 ] || messages=true
	[ $messages = dmesg ] || grep -qs "$secret" /proc/keys || not_applicable "this kernel shows neither keys nor, to root only, its messages"
	in_container "$messages"' 2>/dev/null | tail -50; find /proc /sys -xdev -type f -perm -400 2>/dev/null | grep -vE "^/proc/([0-9]+|self|thread-self)/|/proc/(kmsg|sysrq-trigger)|/debug/|/trace_pipe" |
		timeout 20 xargs grep -sF "'$secret'"; true'
	! in_output "$secret" || vulnerable "a secret of the host can be read: $(grep -m1 -o "[^ ]*: .*$secret" <<<"$OUT" | head -c 100)"
	# The files as such: covered, absent, or without what they are about.
	in_container 'for f in /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/timer_stats /proc/sched_debug /proc/interrupts /proc/acpi /proc/scsi /proc/asound /sys/firmware /sys/devices/virtual/powercap \
		/sys/devices/system/cpu/cpu*/thermal_throttle; do
		if [ -d $f ]; then [ -z "$(ls -A $f)" ] || echo "OPEN $f"; elif [ -e $f ]; then [ -z "$(head -c 1 $f 2>/dev/null | tr -d "\\000")" ] || echo "OPEN $f"; fi; done;
		grep -c "ffffffff[0-9a-f]* " /proc/kallsyms 2>/dev/null | sed "s/^/symbols /"; grep -q -v " /" /proc/self/mountinfo; cat /proc/self/mountinfo | sed "s/^/mount /"; true'
	! in_output "OPEN /proc/k" && ! in_output "OPEN /proc/timer" && ! in_output "OPEN /proc/sched" && ! in_output "OPEN /sys/firmware" || vulnerable "not masked: $(grep -o 'OPEN .*' <<<"$OUT" | tr '\n' ' ')"
	! in_output "OPEN" || [[ ${RUNTIME##*/} != tare* ]] || vulnerable "not masked: $(grep -o 'OPEN .*' <<<"$OUT" | tr '\n' ' ')"
	! in_output "symbols" || in_output "symbols 0" || vulnerable "addresses of the kernel can be read"
	[[ ! $OUT =~ mount\ [^$'\n']*\ $W/host ]] || vulnerable "mounts of the host are seen"
}
