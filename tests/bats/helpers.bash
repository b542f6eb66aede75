# SPDX-License-Identifier: Apache-2.0
# Helpers of all bats files. TARE is the program under test (default: the one in PATH).
#
#	bundle '.process.args = ["id"]'      a bundle in $B: the default config, changed by a jq program
#	tare VERB...                         the program, with a separate state directory for the test, and with $MANAGER
#	state_of ID, pid_of ID, init_file ID PATH
#	snapshot                             prints what a failed command must not change

TARE=${TARE:-tare}
APPLETS="sh tty stty setsid du ls cat id mount umount ps echo true false sleep hostname env pwd stat touch mkdir rm wc readlink grep
ip ifconfig nc date dd head tail kill mknod mkfifo chmod unshare ipcs nproc cut tr sort seq test df dmesg uname trap"

OWN_CGROUPS='.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}])' # as jq: a cgroup namespace of its own

# With a time limit, so that a test that hangs fails.
tare() { timeout -k 2 "${LIMIT:-30}" "$TARE" ${MANAGER:+--cgroup-manager "$MANAGER"} --root "$STATE" "$@"; }

# The template is made once per run and then copied, since starting fifty programs for each test takes seconds in a
# virtual machine.
make_rootfs() {
	local template=$BATS_RUN_TMPDIR/rootfs
	[ -d "$template" ] || make_template "$template"
	[ -d "${1%/*}" ] || mkdir -p "${1%/*}"
	cp -aT "$template" "$1"
}

make_template() {
	mkdir -p "$1"/{bin,etc,proc,sys,dev,tmp,root,home/user}
	cp "${BUSYBOX:-/bin/busybox}" "$1/bin/busybox"
	local applet
	for applet in $APPLETS; do ln -sf busybox "$1/bin/$applet"; done
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n31337:x:5:5::/five:/bin/sh\n' >"$1/etc/passwd"
}

setup() {
	export LC_ALL=C
	STATE=$BATS_TEST_TMPDIR/state
	B=$BATS_TEST_TMPDIR/bundle
	ID=bats-$$-$BATS_TEST_NUMBER
	mkdir -p "$B"
	chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR" "$B" # for other users
	make_rootfs "$B/rootfs"
	if declare -F setup_test >/dev/null; then setup_test; fi
}

teardown() {
	local id
	if declare -F teardown_test >/dev/null; then teardown_test; fi
	[ -d "$STATE" ] || return 0
	! mountpoint -q "$STATE" || umount "$STATE" # a test that has failed
	for id in $(tare list -q 2>/dev/null); do "$TARE" --root "$STATE" delete --force "$id"; done
}

# The default config, which is made once per run, too.
base_config() {
	local base=$BATS_RUN_TMPDIR/base.json rootless=--rootless
	[ $EUID != 0 ] || rootless=
	[ -s "$base" ] || "$TARE" spec $rootless -f - | jq '.process.terminal = false | .root.readonly = false' >"$base"
	if [ $# = 0 ]; then cat "$base"; else jq "$1" "$base"; fi
}

bundle() { base_config "${1:-.}" >"$B/config.json"; }

# Runs a shell script in a new container and deletes the container; sets output and status as `run` does.
in_container() {
	local text=$1
	shift
	bundle ".process.args = [\"sh\", \"-c\", $(jq -Rs . <<<"$text")] | ${1:-.}"
	run tare run -b "$B" "$ID"
}

start_container() { # [JQ]: one that sleeps
	bundle ".process.args = [\"sleep\", \"1000\"] | ${1:-.}"
	tare run -d -b "$B" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out"; return 1; }
}

state_of() { tare state "$1" | jq -r .status; }
pid_of() { tare state "$1" | jq -r .pid; }
ns_of() { readlink "/proc/$1/ns/$2"; } # PID TYPE

. "${BASH_SOURCE[0]%/*}/../eventually.bash"
is_status() { [ "$(state_of "$1")" = "$2" ]; }
gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }

snapshot() {
	echo "what $ID has:"
	# Only mounts, cgroups and namespaces of the test: the machine has others, too.
	grep -F "$BATS_TEST_TMPDIR" /proc/self/mountinfo | cut -d' ' -f4- | sort
	find /sys/fs/cgroup -type d -name "*$ID*" 2>/dev/null | sort
	pgrep -f "root $STATE " || :
	find "$STATE" 2>/dev/null | sort || :
	ip netns 2>/dev/null | grep -F "$ID" || :
}

# has TEXT: the output of the last `run` contains it.
has() { [[ $output == *"$1"* ]] || { printf 'expected: %s\nfound: %s\n' "$1" "$output" >&2; return 1; }; }
lacks() { [[ $output != *"$1"* ]] || { printf 'not expected: %s\nfound: %s\n' "$1" "$output" >&2; return 1; }; }
succeeds() { [ "$status" -eq 0 ] || { printf 'status %s: %s\n' "$status" "$output" >&2; return 1; }; }
fails() { [ "$status" -eq "${1:-1}" ] || { printf 'status %s: %s\n' "$status" "$output" >&2; return 1; }; }

# Uses the program with the hooks that tests need (tare-faults) instead of the program under test.
test_build() {
	TARE=${TARE_FAULTY:-$(command -v "$TARE")-faults}
	[ -x "$TARE" ] || skip "no $TARE: it is built by make check"
}

# hides CALL, needs CALL: contrib/test --long runs all files with newer system calls hidden from tare, whose names are in HIDDEN; tests/vm/kernel names
# there what a kernel does not have.
hides() { [[ ",${HIDDEN:-}," == *",$1,"* ]]; }
needs() { ! hides "$1" || skip "$1 is hidden or missing"; }
# Whether TARE is the script of tests/retreats/wrapper, which hides them.
wrapped() { [ "$(head -c 2 "$TARE")" = '#!' ]; }
has_overlay() { modprobe -q overlay 2>/dev/null || grep -qw overlay /proc/filesystems; }
since() { printf '%s\n' "$1" "$(uname -r)" | sort -CV; } # RELEASE: Linux is that, or newer
idmappable() { # [TYPE]: that filesystem, or that of the test's files, has idmapped mounts
	case ${1:-$(stat -f -c %T "$B")} in
	overlayfs | fuse*) skip "no idmapped mounts on this filesystem" ;;
	tmpfs) since 6.3 || skip "tmpfs has idmapped mounts since Linux 6.3" ;;
	esac
}
controllers() { # NAME...: or the test is skipped: Debian 13 has no memory and cpuset on v1
	local name
	for name; do
		grep -qsw "$name" /sys/fs/cgroup/cgroup.controllers || mountpoint -q "/sys/fs/cgroup/$name" || skip "the controller $name is not here"
	done
}
has_holes() { # FILE: a copy of it that skips holes is small
	[[ $(stat -f -c %T "$1") != fuse* ]]
}
is_i386() { [[ $(cc -dumpmachine) == i686-* ]]; } # the programs under test (tests/cross/i386)
root_only() { [ $EUID = 0 ] || skip "needs root"; }
# as_user COMMAND...: runs it as an unprivileged user without XDG_RUNTIME_DIR.
as_user() { setpriv --reuid 12345 --regid 12345 --clear-groups env -u XDG_RUNTIME_DIR HOME=/tmp "$@"; }

# --- cgroups, on every layout ---

# cgroup_file ID NAME: a file of that name in one of the container's cgroups.
cgroup_file() {
	local line dir pid
	pid=$(pid_of "$1")
	while IFS=: read -r _ line dir; do
		line=${line#name=}
		for line in "/sys/fs/cgroup/$line" "/sys/fs/cgroup/${line%%,*}" "/sys/fs/cgroup/${line##*,}" /sys/fs/cgroup/unified /sys/fs/cgroup; do
			[ ! -e "$line$dir/$2" ] || { echo "$line$dir/$2"; return; }
		done
	done <"/proc/$pid/cgroup"
	return 1
}
content() { local file; file=$(cgroup_file "${2:-$ID}" "$1") && cat "$file"; } # FILE [ID]

# value WHAT: prints a limit in the format of v2, from the file that exists. For CPU shares of 512, it prints 512/59.
value() {
	local a
	case $1 in
	memory.max) a=$(content memory.max || content memory.limit_in_bytes) ;;
	memory.low) a=$(content memory.low || content memory.soft_limit_in_bytes) ;;
	swap.total)
		if a=$(content memory.memsw.limit_in_bytes); then :; else
			a=$(content memory.swap.max)
			[ "$a" = max ] || a=$((a + $(content memory.max)))
		fi
		;;
	cpu.max) a=$(content cpu.max || echo "$(content cpu.cfs_quota_us) $(content cpu.cfs_period_us)"); a=${a/#-1 /max } ;;
	cpu.weight) # the conversion of runc
		a=$(content cpu.weight) || a=$(content cpu.shares)
		[ "$a" != 512 ] && [ "$a" != 59 ] || a=512/59
		;;
	*) a=$(content "$1") ;;
	esac
	[[ $a != 9223372036854771712 ]] || a=max
	echo "$a"
}
has_swap_limit() { cgroup_file "$ID" memory.memsw.limit_in_bytes >/dev/null || cgroup_file "$ID" memory.swap.max >/dev/null; }

# Runs a command of the host in the container's cgroups.
in_its_cgroup() {
	local pid
	pid=$(pid_of "$ID")
	(
		while IFS=: read -r _ line dir; do
			line=${line#name=}
			for line in "/sys/fs/cgroup/$line" /sys/fs/cgroup/unified /sys/fs/cgroup; do
				[ ! -e "$line$dir/cgroup.procs" ] || { echo $BASHPID >"$line$dir/cgroup.procs"; break; }
			done
		done <"/proc/$pid/cgroup"
		exec "$@"
	)
}
