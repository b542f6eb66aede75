# SPDX-License-Identifier: Apache-2.0
load helpers

pty() { timeout -k 2 90 "$BATS_TEST_DIRNAME/pty" "$@"; }
terminal() { bundle ".process.terminal = true | .process.args = [\"sh\", \"-c\", $(jq -Rs . <<<"$1")] | ${2:-.}"; }
talk() { # SIZE [EXPECT SEND]...: with `tare run` of the bundle
	run pty talk "$@" -- "$TARE" --root "$STATE" run -b "$B" "$ID"
}

@test "terminal: a pty of the container's own devpts, and its controlling terminal" {
	terminal 'tty; ls -l /dev/console | cut -c1; stty size; echo $(cut -d" " -f7 /proc/self/stat); cat /proc/mounts | grep -c "/dev/console devpts"'
	talk 40x120
	echo "$output"; [ "${lines[0]}" = /dev/pts/0 ]
	[ "${lines[1]}" = c ]
	[ "${lines[2]}" = "40 120" ]
	[ "${lines[3]}" = 34816 ] # 136:0
	[ "${lines[4]}" = 1 ]
	has 'status 0'
	has restored
}

@test "terminal: keys go to the container: ^C interrupts, ^D ends the input" {
	terminal 'trap "echo interrupted" INT; echo ready; read x; echo "got $x"; cat; echo "end of input"'
	talk 24x80 ready '\x03' interrupted 'word\r' 'got ' '\x04'
	has interrupted
	has 'end of input'
	has 'status 0'
	has restored
}

@test "terminal: a resize reaches the container as SIGWINCH" {
	terminal 'trap "stty size; exit 3" WINCH; echo ready; while :; do sleep 0.05; done'
	talk 24x80 ready '@resize 50x132'
	has '50 132'
	has 'status 3'
	has restored
}

@test "terminal: stopped and continued, the caller's terminal is its own meanwhile" {
	terminal 'echo ready; read x; echo "got $x"'
	talk 24x80 ready '@signal TSTP' '' 'word\r'
	has 'stopped, restored'
	has 'status 0'
	has restored
}

@test "terminal: restored after a crash" {
	terminal 'echo ready; sleep 1000'
	talk 24x80 ready '@signal SEGV'
	has 'status -11'
	has restored
	tare delete --force "$ID"
}

@test "terminal: signals go to the container's process, and its status comes back" {
	terminal 'trap "echo stopping; exit 5" TERM; echo ready; while :; do sleep 0.05; done'
	talk 24x80 ready '@signal TERM'
	has stopping
	has 'status 5'
	terminal 'kill -9 $$'
	talk 24x80
	has restored
}

# Blocks of 64 KiB: 100 MB, or a tenth in a machine that is emulated.
burst() { if [ "${LIMIT:-30}" -lt 100 ]; then echo 1600; else echo 160; fi; }

@test "terminal: a burst of 100 MB out is whole, to a fast and to a slow reader" {
	terminal "dd if=/dev/zero bs=65536 count=$(burst) 2>/dev/null | tr '\\0' x; echo end"
	[ "$(LIMIT=90 tare run -b "$B" "$ID" </dev/null | tr -d x | od -An -c -v | tr -d ' ')" = 'end\n' ]
	[ "$(LIMIT=90 tare run -b "$B" "$ID" </dev/null | { sleep 1; wc -c; })" = $(($(burst) * 65536 + 4)) ]
}

@test "terminal: what is said last reaches a caller who is slow to read it" {
	terminal 'dd if=/dev/zero bs=1024 count=190 2>/dev/null | tr "\0" x; exit 3'
	[ "$(tare run -b "$B" "$ID" </dev/null | { sleep 2; wc -c; })" = $((190 * 1024)) ]
}

@test "terminal: a burst of 100 MB in is whole" {
	local bytes=$(($(burst) * 65536))
	terminal "stty raw -echo; echo ready; head -c $bytes | tr -d x | wc -c; echo counted"
	talk 24x80 ready "@burst $bytes"
	[ "${lines[1]}" = 0 ]
	has counted
	has 'status 0'
}

@test "terminal: a reader that does not read holds up nothing but the output" {
	terminal 'trap "touch /noticed; exit 4" USR1; while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx & wait $!; touch /going; done' \
		'.root.readonly = false'
	mkfifo "$B/out"
	sleep 1000 <"$B/out" &
	local reader=$!
	"$TARE" --root "$STATE" run -b "$B" "$ID" </dev/null >"$B/out" &
	local tare=$!
	eventually test -e "$B/rootfs/going"
	[ "$(state_of "$ID")" = running ]
	full() { rm -f "$B/rootfs/going" && sleep 0.3 && [ ! -e "$B/rootfs/going" ]; }
	eventually full # the container's process waits for its terminal
	kill -USR1 $tare
	eventually test -e "$B/rootfs/noticed"
	kill $reader
	local status=0
	wait $tare || status=$?
	[ $status = 4 ]
}

@test "terminal: without a terminal of the caller, lines end as they were written" {
	terminal 'echo one; echo two'
	[ "$(tare run -b "$B" "$ID" </dev/null | od -An -c | tr -d ' \n')" = 'one\ntwo\n' ]
}

@test "--console-socket: the master arrives, with the size of consoleSize" {
	local verb
	terminal 'tty; stty size; echo done' '.process.consoleSize = {height: 33, width: 77}'
	for verb in create 'run -d' run; do
		pty receive "$B/sock" >"$B/got" &
		local receiver=$!
		eventually test -S "$B/sock"
		tare $verb -b "$B" --console-socket "$B/sock" "$ID" >"$B/out" 2>&1 </dev/null || { cat "$B/out"; false; }
		[ "$verb" != create ] || tare start "$ID"
		wait $receiver
		[ "$(tr -d '\r' <"$B/got")" = $'/dev/ptmx 33x77\n/dev/pts/0\n33 77\ndone' ]
		tare delete --force "$ID"
		rm "$B/sock"
	done
}

@test "--console-socket: a path of any length" {
	terminal 'echo done'
	local long=$B/$(printf 'd%.0s' {1..120})
	mkdir "$long"
	(cd "$long" && exec "$BATS_TEST_DIRNAME/pty" receive sock) >"$B/got" &
	local receiver=$!
	eventually test -S "$long/sock"
	tare run -d -b "$B" --console-socket "$long/sock" "$ID" >"$B/out" 2>&1 </dev/null
	wait $receiver
	grep -q 'done' "$B/got"
}

@test "--pidfd-socket and run.oci.pidfd_receiver: the pidfd of init arrives" {
	needs pidfd_open
	local option annotation
	for option in "--pidfd-socket $B/sock" ""; do
		annotation=.
		[ -n "$option" ] || annotation=".annotations[\"run.oci.pidfd_receiver\"] = \"$B/sock\""
		bundle ".process.args = [\"sleep\", \"1000\"] | $annotation"
		pty receive-fd "$B/sock" >"$B/got" &
		local receiver=$!
		eventually test -S "$B/sock"
		tare create -b "$B" $option "$ID" >"$B/out" 2>&1 </dev/null
		wait $receiver
		grep -q 'pidfd' "$B/got"
		tare delete --force "$ID"
		rm "$B/sock"
	done
}

@test "terminal: its owner is the container's user" {
	terminal 'ls -ln /dev/pts/0 | tr -s " " | cut -d" " -f3; echo ok >/dev/tty' '.process.user = {uid: 1000, gid: 1000}'
	talk 24x80
	[ "${lines[0]}" = 1000 ]
	[ "${lines[1]}" = ok ]
}

@test "terminal: in a user namespace" {
	chmod -R a+rX "$B"
	terminal 'tty; ls -ln /dev/console | tr -s " " | cut -d" " -f3' '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings |
		.process.user = {uid: 7, gid: 7}'
	talk 24x80
	[ "${lines[0]}" = /dev/pts/0 ]
	[ "${lines[1]}" = 7 ]
	has 'status 0'
}

@test "terminal: without a devpts it is refused, with a hint" {
	terminal 'echo no' 'del(.mounts[] | select(.destination == "/dev/pts"))'
	run tare run -b "$B" "$ID" </dev/null
	fails
	has 'config.json#/process/terminal'
	has 'devpts'
}

@test "terminal: /dev/console that leads elsewhere is refused, and nothing there changes" {
	terminal 'echo no' 'del(.mounts[] | select(.destination == "/dev")) | .mounts |= map(select(.destination | startswith("/dev/") | not)) |
		.mounts += [{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"]}]'
	mkdir -p "$B/rootfs/dev"
	touch "$B/victim"
	ln -s "$B/victim" "$B/rootfs/dev/console"
	run tare run -b "$B" "$ID" </dev/null
	fails
	has 'config.json#/process/terminal'
	[ ! -s "$B/victim" ]
}

@test "terminal: a program that closes it and opens /dev/console later is not hung up" {
	terminal 'trap "echo hangup >/dev/console; exit 9" HUP; echo first; exec </dev/null >/dev/null 2>&1; sleep 0.3; echo second >/dev/console; exit 7'
	run tare run -b "$B" "$ID" </dev/null
	[ "$output" = $'first\nsecond' ]
	[ "$status" = 7 ]
}

@test "terminal: a process that outlives the container's and keeps writing does not hold us" {
	terminal 'setsid sh -c "while :; do echo x; done" & sleep 0.1; exit 3' '.linux.namespaces |= map(select(.type != "pid"))'
	LIMIT=10 run tare run -b "$B" "$ID" </dev/null
	[ "$status" = 3 ]
}

@test "terminal: --debug writes to the caller's stderr, not into the terminal" {
	terminal 'echo only'
	output=$(tare --debug run -b "$B" "$ID" </dev/null 2>"$B/err")
	echo "$output"; tail -3 "$B/err"
	[ "$output" = only ]
	grep -q 'init: step' "$B/err"
}

@test "a socket that nobody accepts from does not make us deaf to signals" {
	terminal 'true'
	python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(0)
c = [socket.socket(socket.AF_UNIX) for i in range(3)]
for x in c: x.setblocking(False); x.connect_ex(sys.argv[1])
open(sys.argv[1] + ".full", "w"); time.sleep(60)' "$B/sock" &
	local holder=$!
	eventually test -e "$B/sock.full"
	"$TARE" --root "$STATE" create -b "$B" --console-socket "$B/sock" "$ID" >"$B/out" 2>&1 </dev/null &
	local tare=$! status=0
	in_ppoll() { grep -q -e ppoll -e poll "/proc/$tare/wchan" || grep -qE '^(271|414) ' "/proc/$tare/syscall"; } # x86_64, and with 32 bits
	eventually in_ppoll
	kill -TERM $tare
	wait $tare || status=$?
	kill $holder
	[ "$status" = 143 ]
}

@test "terminal: --escape-keys ends a program that ignores ^C; without a terminal they are refused" {
	terminal 'trap "" INT TERM; echo ready; while :; do sleep 0.05; done'
	run pty talk 24x80 ready '\x03\x1d' -- "$TARE" --root "$STATE" run --escape-keys 'ctrl-c,ctrl-]' -b "$B" "$ID"
	has 'status 137'
	has 'killed by the keys of --escape-keys'
	has restored
	# Other keys, and the same in another order, do nothing.
	terminal 'trap "echo int" INT; echo ready; read x; echo "got $x"'
	run pty talk 24x80 ready '\x1d\x03word\r' -- "$TARE" --root "$STATE" run --escape-keys 'ctrl-c,ctrl-]' -b "$B" "$ID"
	has 'status 0'
	start_container
	run pty talk 24x80 '#' 'trap "" INT; \x10\x11' -- "$TARE" --root "$STATE" exec -t --escape-keys ctrl-p,ctrl-q "$ID" sh
	has 'status 137'
	local wrong
	for wrong in ctrl-1 ctrl- 'ctrl-{' a, ab 'a,,b' 'a,b,c,d,e,f,g,h,i'; do
		run tare exec -t --escape-keys "$wrong" "$ID" true
		fails 255
		has "not \"$wrong\""
	done
	run tare exec --escape-keys a "$ID" true
	fails 255
	has 'needs a terminal'
	bundle '.process.args = ["true"]'
	run tare run --escape-keys ctrl-c -b "$B" "$ID-2"
	fails
	has 'needs a terminal'
	[ ! -e "$STATE/$ID-2" ]
}

@test "terminal: the end of an input that is no terminal is an end for the program" {
	terminal 'cat; echo "end of input"'
	run bash -c "printf 'a line\\nhalf' | '$TARE' --root '$STATE' run -b '$B' '$ID'"
	succeeds
	has 'end of input'
	has half
	run tare run -b "$B" "$ID" </dev/null
	succeeds
	has 'end of input'
}
