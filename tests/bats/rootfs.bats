# SPDX-License-Identifier: Apache-2.0
# The root filesystem is where hooks and configs expect it: at its own path, with the container's mounts in it.
load helpers

USERNS='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'

# A hook of each kind that enters init's mount namespace by its pid, or is in it, and lists, mounts and creates below the root's path.
gpu_hook() {
	cat >"$B/hook" <<-EOF
		#!/bin/bash
		kind=\$1
		pid=\$(jq .pid)
		case \$kind in
		prestart | createRuntime)
			nsenter -t \$pid -m sh -c 'ls "$B/rootfs/data" >"$B/\$0.list"; mkdir "$B/rootfs/data/\$0" && mount -t tmpfs hook-\$0 "$B/rootfs/data/\$0" && touch "$B/rootfs/data/\$0/made"' \$kind
			;;
		createContainer)
			pwd >"$B/\$kind.pwd"
			ls "$B/rootfs/data" >"$B/\$kind.list"
			mkdir "$B/rootfs/data/\$kind" && mount -t tmpfs hook-\$kind "$B/rootfs/data/\$kind" && touch "$B/rootfs/data/\$kind/made"
			;;
		esac
	EOF
	chmod +x "$B/hook"
}
HOOKS='.hooks = ([("prestart", "createRuntime", "createContainer") | {key: ., value: [{path: "HOOK", args: ["hook", .]}]}] | from_entries)'

@test "hooks find the root at its path with the container's mounts, and what they mount there arrives" {
	root_only
	local more
	mkdir -p "$B/vol"
	touch "$B/vol/in-volume"
	gpu_hook
	for more in . '.root.readonly = true'; do
		rm -f "$B"/*.list "$B"/*.pwd
		rmdir "$B"/vol/*/ 2>/dev/null || :
		in_container 'cat /proc/mounts | grep -c hook-; ls /data/*/made | wc -l' "${HOOKS/HOOK/$B/hook} | .mounts += [{destination: \"/data\", type: \"tmpfs\", source: \"x\"},
			{destination: \"/data/v\", type: \"bind\", source: \"$B/vol\", options: [\"bind\"]}] | $more"
		succeeds
		[ "${lines[0]}" = 3 ]
		[ "${lines[1]}" = 3 ]
		[ "$(cat "$B/prestart.list")" = v ]
		[ "$(cat "$B/createContainer.pwd")" = "$B/rootfs" ]
		grep -qx prestart "$B/createContainer.list"
	done
	! grep hook- /proc/self/mountinfo
}

@test "hooks find the root at its path with a user namespace, too" {
	root_only
	gpu_hook
	chmod a+rwx "$B"
	mkdir -m 777 "$B/rootfs/data" "$B/vol"
	in_container 'cat /proc/mounts | grep -c hook-; ls /data/*/made | wc -l' "$USERNS | ${HOOKS/HOOK/$B/hook} | .mounts += [{destination: \"/data\", type: \"bind\", source: \"$B/vol\", options: [\"bind\"]}]"
	succeeds
	[ "${lines[0]}" = 3 ]
	[ "${lines[1]}" = 3 ]
}

@test "a rootfs that is a mount of its own, and one below a directory that the container's root can't enter" {
	root_only
	local how
	mkdir -p "$B/closed"
	mv "$B/rootfs" "$B/closed/image"
	mkdir -p "$B/closed/rootfs"
	chmod 700 "$B/closed"
	for how in bind $(has_overlay && echo overlay); do
		if [ $how = bind ]; then
			mount --bind "$B/closed/image" "$B/closed/rootfs"
		else
			mkdir -p "$B/tmp" && mount -t tmpfs tmpfs "$B/tmp" && mkdir "$B/tmp/u" "$B/tmp/w"
			mount -t overlay overlay -o "lowerdir=$B/closed/image,upperdir=$B/tmp/u,workdir=$B/tmp/w" "$B/closed/rootfs"
		fi
		for more in . "$USERNS"; do
			in_container 'ls -d /bin; grep -c . /proc/mounts' ".root.path = \"$B/closed/rootfs\" | $more | .mounts += [{destination: \"/t\", type: \"tmpfs\", source: \"t\"},
				{destination: \"/bound\", type: \"bind\", source: \"$B/closed/rootfs/t\", options: [\"rbind\"]}]"
			[ "$status" = 0 ] || { echo "$how $more: $output"; umount -l "$B/closed/rootfs" "$B/tmp"; false; }
		done
		umount "$B/closed/rootfs"
		[ $how = bind ] || umount "$B/tmp"
	done
}

@test "a bind whose source is on a mount that an earlier entry has made below the root" {
	local more
	mkdir -p "$B/vol"
	echo content >"$B/vol/f"
	for more in . "$([ "$(id -u)" = 0 ] && echo "$USERNS" || echo .)"; do
		in_container 'cat /second/f; cat /third' ".mounts += [{destination: \"/first\", type: \"tmpfs\", source: \"x\"},
			{destination: \"/first/v\", type: \"bind\", source: \"$B/vol\", options: [\"bind\"]},
			{destination: \"/second\", type: \"bind\", source: \"$B/rootfs/first/v\", options: [\"bind\"]},
			{destination: \"/third\", type: \"bind\", source: \"$B/rootfs/first/v/f\", options: [\"bind\"]}] | $more"
		succeeds
		[ "$output" = $'content\ncontent' ]
	done
}

@test "an idmapped bind whose source is below the root: in the image, and on a mount that an earlier entry has made" {
	needs mount_setattr
	root_only
	idmappable
	mkdir -p "$B/rootfs/image"
	touch "$B/rootfs/image/file"
	local map='uidMappings: [{containerID: 0, hostID: 1000, size: 1}], gidMappings: [{containerID: 0, hostID: 1000, size: 1}]'
	in_container 'stat -c %u /a/file; touch /d/file; stat -c %u /b/file' ".mounts += [{destination: \"/d\", type: \"tmpfs\", source: \"x\"},
		{destination: \"/a\", source: \"$B/rootfs/image\", type: \"bind\", options: [\"bind\"], $map},
		{destination: \"/b\", source: \"$B/rootfs/d\", type: \"bind\", options: [\"bind\"], $map}]"
	[ "${lines[0]}" = 1000 ]
	[ "${lines[1]}" = 1000 ]
}

@test "a source below the root is looked for in the root: a link of the image leads nowhere else" {
	mkdir -p "$B/rootfs/etc"
	ln -s /etc "$B/rootfs/host"
	in_container 'ls /v | tr "\n" " "' ".mounts += [{destination: \"/v\", type: \"bind\", source: \"$B/rootfs/host\", options: [\"bind\"]}]"
	succeeds
	[ "$output" = "passwd " ]
}

@test "the bundle's parent is flipped during 60 creates: nothing of the other place is mounted or made" {
	root_only
	local i
	mkdir -p "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b/bundle/rootfs/dev"
	mv "$B" "$BATS_TEST_TMPDIR/a/bundle"
	B=$BATS_TEST_TMPDIR/a/bundle
	base_config | jq '.root.path = "rootfs" | .process.args = ["ls", "/bin/busybox"] | .mounts += [{destination: "/made-by-tare", type: "tmpfs", source: "x"}]' >"$B/config.json"
	cp "$B/config.json" "$BATS_TEST_TMPDIR/b/bundle"
	cc -O1 -xc -o "$BATS_TEST_TMPDIR/flip" - <<-'EOF'
		#define _GNU_SOURCE
		#include <fcntl.h>
		#include <stdio.h>
		int main(int n, char **v) { while (n) renameat2(AT_FDCWD, v[1], AT_FDCWD, v[2], RENAME_EXCHANGE); }
	EOF
	"$BATS_TEST_TMPDIR/flip" "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b" 3>&- &
	local flipper=$! ran=0
	for ((i = 0; i < 60; i++)); do
		run tare run -b "$BATS_TEST_TMPDIR/a/bundle" "$ID"
		[ "$status" != 0 ] || ran=$((ran + 1))
		# Whatever happens is consistent: the image that has a busybox ran, or none did.
		[ "$status" != 0 ] || [ "${lines[-1]}" = /bin/busybox ]
	done
	kill $flipper
	wait $flipper 2>/dev/null || :
	[ "$ran" -gt 0 ]
	! grep "$BATS_TEST_TMPDIR" /proc/self/mountinfo
}

# --- hooks' environment and time ---

@test "hooks without env have the runtime's environment, with an empty list none; startContainer has the process's" {
	printf '#!/bin/sh\nenv | grep -v "^\\(_\\|SHLVL\\|PWD\\)=" | sort >"%s/$1.env"\n' "$B" >"$B/hook"
	chmod +x "$B/hook"
	cp "$B/hook" "$B/rootfs/hook"
	sed -i "s|>\"$B/|>\"/|" "$B/rootfs/hook"
	ln -sf busybox "$B/rootfs/bin/sort"
	bundle ".process.args = [\"true\"] | .process.env += [\"OWN=process\"] | .hooks = {
		createRuntime: [{path: \"$B/hook\", args: [\"hook\", \"without\"]}, {path: \"$B/hook\", args: [\"hook\", \"empty\"], env: []}],
		createContainer: [{path: \"$B/hook\", args: [\"hook\", \"inside\"]}],
		startContainer: [{path: \"/hook\", args: [\"hook\", \"start\"]}],
		poststop: [{path: \"$B/hook\", args: [\"hook\", \"stop\"]}]}"
	MARK=here run tare run -b "$B" "$ID"
	succeeds
	for kind in without inside stop; do
		grep -qx MARK=here "$B/$kind.env"
		grep -qx "PATH=$PATH" "$B/$kind.env"
	done
	[ -z "$(cat "$B/empty.env")" ]
	grep -qx OWN=process "$B/rootfs/start.env"
	grep -qx HOME=/root "$B/rootfs/start.env"
	! grep -q MARK "$B/rootfs/start.env"
}

# Arrived is the signal when the first hook runs; the last has all its time.
slow_hooks() {
	printf '#!/bin/sh\ntouch "%s/begun"\nsleep 1000\n' "$B" >"$B/first"
	printf '#!/bin/sh\nsleep 0.3; touch "%s/taken-down"\n' "$B" >"$B/last"
	chmod +x "$B/first" "$B/last"
}

@test "after a signal the poststop hooks of a failed run, start and delete have all their time" {
	slow_hooks
	local pid
	bundle ".process.args = [\"sleep\", \"1000\"] | .hooks = {createRuntime: [{path: \"$B/first\"}], poststop: [{path: \"$B/last\"}]}"
	"$TARE" --root "$STATE" run -b "$B" "$ID" </dev/null >"$B/out" 2>&1 3>&- &
	pid=$!
	eventually test -e "$B/begun"
	kill -TERM $pid
	wait $pid && false || [ $? = 143 ]
	[ -e "$B/taken-down" ]
	rm -f "$B/begun" "$B/taken-down"
	bundle ".process.args = [\"sleep\", \"1000\"] | .hooks = {poststart: [{path: \"$B/first\"}], poststop: [{path: \"$B/last\"}]}"
	tare create -b "$B" "$ID" </dev/null >"$B/out" 2>&1
	"$TARE" --root "$STATE" start "$ID" 3>&- &
	pid=$!
	eventually test -e "$B/begun"
	kill -TERM $pid
	wait $pid && false || [ $? = 143 ]
	[ -e "$B/taken-down" ]
	[ ! -e "$STATE/$ID" ]
	rm -f "$B/taken-down"
	printf '#!/bin/sh\ntouch "%s/deleting"; sleep 0.3; touch "%s/taken-down"\n' "$B" "$B" >"$B/last"
	bundle ".process.args = [\"sleep\", \"1000\"] | .hooks = {poststop: [{path: \"$B/last\"}]}"
	tare run -d -b "$B" "$ID" </dev/null >"$B/out" 2>&1
	"$TARE" --root "$STATE" delete --force "$ID" 3>&- &
	pid=$!
	eventually test -e "$B/deleting"
	kill -TERM $pid
	wait $pid || :
	[ -e "$B/taken-down" ]
	[ ! -e "$STATE/$ID" ]
}

@test "annotations of two megabytes reach a hook's stdin" {
	printf '#!/bin/sh\njq -r ".annotations.big | length" >"%s/size"\n' "$B" >"$B/hook"
	chmod +x "$B/hook"
	base_config | jq -c ".process.args = [\"true\"] | .annotations.big = (\"x\" * 2000000) | .hooks.createRuntime = [{path: \"$B/hook\"}]" >"$B/config.json"
	run tare run -b "$B" "$ID"
	succeeds
	[ "$(cat "$B/size")" = 2000000 ]
}

# --- read-only roots ---

@test "root.readonly: a working directory that is not in the image is made while the root is writable" {
	in_container 'pwd; ls -d /srv/app; touch /srv/app/x' '.root.readonly = true | .process.cwd = "/srv/app"'
	[ "${lines[0]}" = /srv/app ]
	has 'Read-only'
	in_container 'pwd' '.root.readonly = true | .process.cwd = "/dev/shm/x/y" | .process.user.uid = 1000'
	[ "$output" = /dev/shm/x/y ]
}

# --- a mount over the root ---

@test "a bind or an overlay on / is the root" {
	root_only
	mkdir -p "$B/other" "$B/up" "$B/work"
	make_rootfs "$B/other"
	touch "$B/other/is-other"
	in_container 'ls /is-other; pwd; mount | grep -c " / "; touch /new; ls /proc/self/status' ".mounts = [{destination: \"/\", type: \"bind\", source: \"$B/other\", options: [\"rbind\"]}] + .mounts"
	succeeds
	[ "${lines[0]}" = /is-other ]
	[ -e "$B/other/new" ]
	[ ! -e "$B/rootfs/new" ]
	in_container 'touch /new2' ".root.readonly = true | .mounts = [{destination: \"/\", type: \"bind\", source: \"$B/other\", options: [\"rbind\"]}] + .mounts"
	has 'Read-only'
	has_overlay || skip "a bind is; this kernel has no overlay"
	mkdir -p "$B/tmp"
	mount -t tmpfs tmpfs "$B/tmp"
	mkdir "$B/tmp/up" "$B/tmp/work"
	in_container 'touch /new3; mount | grep -c "overlay on / "' ".mounts = [{destination: \"/\", type: \"overlay\", source: \"overlay\",
		options: [\"lowerdir=$B/other\", \"upperdir=$B/tmp/up\", \"workdir=$B/tmp/work\"]}] + .mounts"
	[ "$output" = 1 ] || { umount "$B/tmp"; echo "$output"; false; }
	[ -e "$B/tmp/up/new3" ] || { umount "$B/tmp"; false; }
	umount "$B/tmp"
	[ ! -e "$B/other/new3" ]
}
