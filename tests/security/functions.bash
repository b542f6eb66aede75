# SPDX-License-Identifier: Apache-2.0
# What the probes are made of. In each: W, a directory of its own; B, a bundle in it; R, its rootfs; STATE; ID; OUT, of the last command.

names=()
probe() { names+=("$1"); } # NAME HISTORY: the function probe_NAME follows

vulnerable() { echo "verdict: $*"; exit 10; }
not_applicable() { echo "verdict: $*"; exit 11; }

APPLETS="sh ls cat id mount umount ps echo true sleep hostname env pwd stat touch mkdir rm readlink grep dd head mknod chmod chown unshare test sed
find xargs timeout cut tr sort wc tty kill date dmesg rmdir ln mv"

make_image() {
	local applet
	mkdir -p "$1"/{bin,etc,proc,sys,dev,tmp,root,vol}
	cp "${BUSYBOX:-/bin/busybox}" "$1/bin/busybox"
	for applet in $APPLETS; do ln -s busybox "$1/bin/$applet"; done
	if [ -n "${ATTACKER:-}" ]; then cp "$ATTACKER" "$1/bin/attacker"; else cc -O2 -static -o "$1/bin/attacker" "$here/attacker.c" || exit 2; fi
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n31337:x:0:0::/:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\n' >"$1/etc/group"
}

set_up() {
	B=$W/b R=$W/b/rootfs
	mkdir -p "$B"
	cp -a "$TOP/image" "$R"
	# What an attacker wants: a directory of the host, which images and volumes name.
	mkdir -p "$W/host"
	echo MARK >"$W/host/mark"
	chmod 755 "$W" "$W/host"
	ATTACKERS=()
}

tidy() {
	local status=$? id
	[ ${#ATTACKERS[@]} = 0 ] || kill "${ATTACKERS[@]}" 2>/dev/null || :
	RUNTIME=$MAKER # a control may have taken another one
	if [ -d "$STATE" ]; then
		for id in $(ls -A "$STATE" 2>/dev/null); do LIMIT=20 rt delete -f "$id" >/dev/null 2>&1 || :; done
	fi
	${LEAVE:-:} # what the probe itself takes away
	grep -o " $W[^ ]*" /proc/self/mountinfo | sort -r | while read -r place; do umount -l "$place" 2>/dev/null || :; done
	[ "${RUNTIME##*/}" != naive ] || find /sys/fs/cgroup -depth -type d \( -name "*$ID*" -o -name "naive-*" \) -exec rmdir {} + 2>/dev/null || :
	exit $status
}

# config JQ: the config of the bundle.
config() { jq "${1:-.}" "$here/config.json" >"$B/config.json"; }
script() { jq -Rs '["sh", "-c", .]' <<<"$1"; } # TEXT: process.args

rt() { local arguments=$ARGUMENTS; [ "${RUNTIME##*/}" != naive ] || arguments=; timeout -k 2 "${LIMIT:-30}" ${AROUND:-} "$RUNTIME" $arguments --root "$STATE" "$@"; }

# attempt VERB...: never fails; OUT and CODE are what came of it.
attempt() {
	CODE=0
	rt "$@" </dev/null >"$W/out" 2>&1 || CODE=$? # a container may keep it open
	OUT=$(tr -d '\0' <"$W/out")
	echo "$* -> $CODE: $(head -c 1500 <<<"$OUT")"
}
# in_container SCRIPT [JQ]
in_container() {
	config ".process.args = $(script "$1") | ${2:-.}"
	attempt run -b "$B" "$ID"
}
# alive SCRIPT [JQ]: a container that runs in the background; what it says is in $W/said. Fails if there is none.
alive() {
	config ".process.args = $(script "$1") | ${2:-.}"
	rt run -d -b "$B" "$ID" </dev/null >"$W/said" 2>&1 || { cat "$W/said"; return 1; }
	PID=$(rt state "$ID" | jq .pid)
}
. "$here/../eventually.bash"
said() { grep -q "$1" "$W/said"; }
in_output() { [[ $OUT == *"$1"* ]]; }

# flip A B: a process exchanges the two names, from now on.
flip() {
	"$TOP/image/bin/attacker" flip "$1" "$2" &
	ATTACKERS+=($!)
}
# times FUNCTION: the rounds of a race. The function ends it with `vulnerable`.
times() {
	local n
	for ((n = 0; n < ${ROUNDS:-$TIMES}; n++)); do "$1" "$n"; done
}
# quick: what is done a thousand times says nothing.
quick() { CODE=0; rt "$@" </dev/null >"$W/quick" 2>&1 || CODE=$?; }

# The host's files of the probe, as they must stay.
remember() { (cd "$W" && find host -printf '%p %y %m %U %G %s %T@\n' | sort) >"$W/before"; }
unchanged() { # WHAT
	(cd "$W" && find host -printf '%p %y %m %U %G %s %T@\n' | sort) >"$W/after"
	cmp -s "$W/before" "$W/after" || { diff "$W/before" "$W/after" || :; vulnerable "$1"; }
	! grep -q " $W/host" /proc/self/mountinfo || vulnerable "something is mounted on the host's directory"
}

# listen SCRIPT SOCKET [HOW]: a peer of the runtime's, from now on; what it says is in $W/said.
listen() {
	rm -f "$2"
	python3 "$here/$1" "$2" ${3:-} >"$W/said" 2>&1 &
	ATTACKERS+=($!)
	eventually test -S "$2"
}
# noticed_if_waiting SOCKET: a control: a runtime that waits for ever for what its peer sends.
noticed_if_waiting() {
	RUNTIME=$W/waits
	printf '#!/bin/sh\nexec python3 -c "import socket; s = socket.socket(socket.AF_UNIX); s.connect(\\"%s\\"); s.recv(1)"\n' "$1" >"$RUNTIME"
	chmod +x "$RUNTIME"
	LIMIT=2 quick create
	[ "$CODE" -lt 124 ] || vulnerable noticed
}
