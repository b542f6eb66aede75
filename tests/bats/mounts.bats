# SPDX-License-Identifier: Apache-2.0
load helpers

USERNS='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'

@test "the rootfs is the root, and nothing of the host is to be seen" {
	in_container 'ls /; cat /proc/self/mountinfo | wc -l; ls /etc'
	has bin
	lacks passwd-
	lacks boot
	in_container 'ls -di /; cd /..; ls -di .; cd /../../..; pwd'
	[ "${lines[0]}" = "${lines[1]/./\/}" ]
	[ "${lines[2]}" = / ]
}

@test "root.readonly: the root is, mounts below it are not" {
	in_container 'touch /x; echo $?; touch /tmp2/y && echo ok' \
		'.root.readonly = true | .mounts += [{destination: "/tmp2", type: "tmpfs", source: "tmpfs"}]'
	has 'Read-only file system'
	has ok
	in_container 'touch /x && echo ok'
	has ok
}

@test "a relative and an absolute root.path" {
	in_container 'echo relative' '.root.path = "rootfs"'
	has relative
	in_container 'echo absolute' ".root.path = \"$B/rootfs\""
	has absolute
}

@test "mounts are made in their order" {
	in_container 'cat /d/f /d/sub/g' ".mounts += [
		{destination: \"/d\", type: \"tmpfs\", source: \"tmpfs\"},
		{destination: \"/d/sub\", type: \"tmpfs\", source: \"tmpfs\"},
		{destination: \"/d/f\", source: \"$BATS_TEST_TMPDIR/f\", options: [\"bind\"]},
		{destination: \"/d/sub/g\", source: \"$BATS_TEST_TMPDIR/f\", options: [\"bind\"]}]"
	fails # the source is not there
	has 'config.json#/mounts/9'
	echo here >"$BATS_TEST_TMPDIR/f"
	run tare run -b "$B" "$ID"
	[ "$output" = $'here\nhere' ]
}

@test "mount flags: ro, nosuid, nodev, noexec, noatime and their opposites" {
	in_container 'grep " /m[0-9] " /proc/self/mountinfo | cut -d" " -f5,6' '.mounts += [
		{destination: "/m1", type: "tmpfs", source: "t", options: ["ro", "nosuid", "nodev", "noexec"]},
		{destination: "/m2", type: "tmpfs", source: "t", options: ["ro", "rw", "noexec", "exec", "noatime"]},
		{destination: "/m3", type: "tmpfs", source: "t", options: ["strictatime", "nodiratime"]}]'
	[ "${lines[0]}" = "/m1 ro,nosuid,nodev,noexec,relatime" ]
	[ "${lines[1]}" = "/m2 rw,noatime" ]
	[ "${lines[2]}" = "/m3 rw,nodiratime" ]
}

@test "data of a filesystem reaches it; what it does not know is told in its words" {
	in_container 'df -k /m | tail -1; stat -c %a /m' \
		'.mounts += [{destination: "/m", type: "tmpfs", source: "t", options: ["size=1m", "mode=751"]}]'
	has 1024
	has 751
	in_container 'true' '.mounts += [{destination: "/m", type: "tmpfs", source: "t", options: ["nonsense=1"]}]'
	fails
	has 'config.json#/mounts/7'
	has "Unknown parameter 'nonsense'"
	in_container 'true' '.mounts += [{destination: "/m", type: "nofs", source: "t"}]'
	has 'no filesystem of the type "nofs": no such device'
}

@test "tmpfs takes the mode of what it covers, and 1777 where nothing was" {
	mkdir -m 711 "$B/rootfs/covered"
	in_container 'stat -c %a /covered /fresh' '.mounts += [
		{destination: "/covered", type: "tmpfs", source: "t"}, {destination: "/fresh", type: "tmpfs", source: "t"}]'
	[ "$output" = $'711\n1777' ]
}

@test "bind: directory, file, recursive, read-only, relative to the bundle" {
	mkdir -p "$B/data/sub"
	echo content >"$B/data/file"
	in_container 'cat /dir/file /file; touch /ro/x; touch /dir/new && echo made' ".mounts += [
		{destination: \"/dir\", source: \"$B/data\", options: [\"rbind\"]},
		{destination: \"/ro\", source: \"data\", options: [\"bind\", \"ro\"]},
		{destination: \"/file\", type: \"bind\", source: \"$B/data/file\"}]"
	[ "${lines[0]}" = content ]
	[ "${lines[1]}" = content ]
	has 'Read-only file system'
	has made
	[ -e "$B/data/new" ]
}

@test "bind without recursion leaves out what is mounted below; rro makes all below read-only" {
	mkdir -p "$B/data/sub"
	bundle ".process.args = [\"sh\", \"-c\", \"ls /plain/sub; echo -; ls /rec/sub; touch /rec/sub/x; touch /rro/sub/x\"] | .mounts += [
		{destination: \"/plain\", source: \"$B/data\", options: [\"bind\"]},
		{destination: \"/rec\", source: \"$B/data\", options: [\"rbind\", \"ro\"]},
		{destination: \"/rro\", source: \"$B/data\", options: [\"rbind\", \"rro\"]}]"
	run unshare -m bash -c "mount -t tmpfs t '$B/data/sub'; touch '$B/data/sub/inner'; exec '$TARE' --root '$STATE' run -b '$B' '$ID'"
	[ "${lines[0]}" = - ]
	[ "${lines[1]}" = inner ]
	[ "$(grep -c 'Read-only file system' <<<"$output")" -eq 1 ]
}

@test "propagation: private keeps mounts inside, shared makes a peer group, the host sees nothing" {
	local before=$(wc -l </proc/self/mountinfo)
	in_container 'mount -t tmpfs t /tmp; mount -t tmpfs t /p; mount -t tmpfs t /s; grep -E " /(p2|s2) " /proc/self/mountinfo' \
		".process.capabilities.bounding += [\"CAP_SYS_ADMIN\"] | .process.capabilities.permitted += [\"CAP_SYS_ADMIN\"] |
		.process.capabilities.effective += [\"CAP_SYS_ADMIN\"] | .mounts += [
		{destination: \"/p\", source: \"$B\", options: [\"bind\"]}, {destination: \"/s\", source: \"$B\", options: [\"bind\", \"rslave\"]},
		{destination: \"/p2\", type: \"tmpfs\", source: \"t\", options: [\"private\"]},
		{destination: \"/s2\", type: \"tmpfs\", source: \"t\", options: [\"shared\"]}]"
	succeeds
	[[ ${lines[0]} != *shared:* ]]
	[[ ${lines[1]} == *shared:* ]]
	[ "$(wc -l </proc/self/mountinfo)" = "$before" ]
}

@test "a bind with rshared is a peer of the host's mount: what the host mounts there is seen, and the other way round" {
	bundle ".process.args = [\"sh\", \"-c\", \"mkdir /vol/in; mount -t tmpfs t /vol/in; touch /vol/in/x; touch /vol/ready; while [ ! -e /vol/host/y ]; do sleep 0.05; done; echo seen\"] |
		.process.capabilities = {bounding: [\"CAP_SYS_ADMIN\"], permitted: [\"CAP_SYS_ADMIN\"], effective: [\"CAP_SYS_ADMIN\"]} |
		.mounts += [{destination: \"/vol\", source: \"$B/vol\", options: [\"rbind\", \"rshared\"]}]"
	mkdir -p "$B/vol/host"
	run timeout 20 unshare -m bash -c "mount -t tmpfs t '$B/vol' && mount --make-shared '$B/vol' && mkdir '$B/vol/host'
		'$TARE' --root '$STATE' run -b '$B' '$ID' & for i in \$(seq 100); do [ -e '$B/vol/ready' ] && break; sleep 0.05; done
		[ -e '$B/vol/in/x' ] && echo outside; mount -t tmpfs t '$B/vol/host'; touch '$B/vol/host/y'; wait"
	has outside
	has seen
}

@test "rootfsPropagation: private by default, shared and unbindable where asked for" {
	in_container 'grep " / / " /proc/self/mountinfo; sed -n "/ \/ /p" /proc/self/mountinfo | head -1'
	lacks shared:
	in_container 'grep -m1 " / " /proc/self/mountinfo' '.linux.rootfsPropagation = "shared"'
	has shared:
	in_container 'grep -m1 " / " /proc/self/mountinfo' '.linux.rootfsPropagation = "unbindable"'
	has unbindable
}

@test "proc shows the container's processes, sysfs is read-only, devpts is a new one" {
	in_container 'ls -d /proc/[0-9]*; touch /sys/x; ls /dev/pts; mount | grep -E " /(proc|sys|dev/pts|dev/mqueue) "'
	has /proc/1
	lacks /proc/2000
	has 'Read-only file system'
	has ptmx
	has 'devpts on /dev/pts'
	has 'mqueue on /dev/mqueue'
}

@test "in a user namespace without a network namespace sysfs is the host's, bound" {
	in_container 'mount | grep " /sys "; ls /sys/kernel | head -1; touch /sys/x' \
		'.linux.namespaces |= map(select(.type != "network")) + [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	has 'sysfs on /sys type sysfs (ro'
	has 'Read-only file system'
}

@test "default devices and links" {
	in_container 'stat -c "%n %F %t:%T %a" /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty
		for i in fd stdin stdout stderr ptmx; do readlink /dev/$i; done; echo x >/dev/null; head -c 2 /dev/urandom | wc -c'
	has '/dev/null character special file 1:3 666'
	has '/dev/zero character special file 1:5 666'
	has '/dev/full character special file 1:7 666'
	has '/dev/random character special file 1:8 666'
	has '/dev/urandom character special file 1:9 666'
	has '/dev/tty character special file 5:0 666'
	has /proc/self/fd/2
	has pts/ptmx
	[ "${lines[-1]}" = 2 ]
}

@test "linux.devices: types, mode, owner; a file that is something else is refused" {
	in_container 'stat -c "%n %F %t:%T %a %u:%g" /dev/c /dev/b /dev/p /dev/deep/u' '.linux.devices = [
		{type: "c", path: "/dev/c", major: 10, minor: 229, fileMode: 432, uid: 7, gid: 8},
		{type: "b", path: "/dev/b", major: 7, minor: 0}, {type: "p", path: "/dev/p"},
		{type: "u", path: "/dev/deep/u", major: 1, minor: 3}]'
	has '/dev/c character special file a:e5 660 7:8'
	has '/dev/b block special file 7:0 666 0:0'
	has '/dev/p fifo 0:0 666 0:0'
	has '/dev/deep/u character special file 1:3 666 0:0'
	mkdir -p "$B/rootfs/d"
	touch "$B/rootfs/d/x"
	in_container true '.linux.devices = [{type: "c", path: "/d/x", major: 1, minor: 3}]'
	fails
	has 'config.json#/linux/devices/0'
	has 'is something else'
}

@test "a /dev that is bound from the host gets no devices" {
	mkdir "$B/mydev"
	in_container 'ls /mydev /dev | wc -l' ".mounts |= map(select(.destination | startswith(\"/dev\") | not)) +
		[{destination: \"/dev\", source: \"$B/mydev\", options: [\"bind\"]}]"
	[ -z "$(ls "$B/mydev")" ]
}

@test "maskedPaths: files are empty, directories too, and can't be written; what is missing does not matter" {
	mkdir -p "$B/rootfs/secret" "$B/rootfs/secret2"
	echo top >"$B/rootfs/secret/file"
	echo top >"$B/rootfs/secretfile"
	in_container 'cat /secretfile; ls -A /secret /secret2; touch /secret/x; cat /proc/keys | wc -c; grep -c " /secret" /proc/self/mountinfo' \
		'.linux.maskedPaths += ["/secretfile", "/secret", "/secret", "/secret2", "/not/there"]'
	lacks top
	has 'Read-only file system'
	[ "${lines[-2]}" = 0 ]
	[ "${lines[-1]}" = 3 ]
	[ "$(cat "$B/rootfs/secretfile")" = top ]
}

@test "readonlyPaths: they are; what is missing does not matter" {
	mkdir -p "$B/rootfs/rodir"
	in_container 'touch /rodir/x; echo 1 >/proc/sys/kernel/panic; touch /ok && echo fine' \
		'.linux.readonlyPaths += ["/rodir", "/rodir", "/not/there"]'
	[ "$(grep -c 'Read-only file system' <<<"$output")" -eq 2 ]
	has fine
}

@test "the cgroup mount: read-only and writable, with and without a cgroup namespace" {
	local filter pids=/sys/fs/cgroup/pids
	[ -d "$pids" ] || pids=/sys/fs/cgroup # v2
	for filter in '.' "$OWN_CGROUPS"; do
		in_container "ls /sys/fs/cgroup; cat $pids/cgroup.procs | head -1; mkdir $pids/sub" "$filter"
		has memory
		[ ! -d /sys/fs/cgroup/unified ] || has unified
		[[ $output == *$'\n1\n'* ]]
		has 'Read-only file system'
		in_container "mkdir $pids/sub && rmdir $pids/sub && echo made" \
			"$filter | .mounts[6].options -= [\"ro\"]"
		has made
	done
}

@test "missing targets are made below the root, through links that lead out of it too" {
	mkdir -p "$BATS_TEST_TMPDIR/outside"
	ln -s "$BATS_TEST_TMPDIR/outside" "$B/rootfs/link"
	ln -s ../../../../../../../../../..$BATS_TEST_TMPDIR/outside "$B/rootfs/up"
	ln -s /nowhere/deep "$B/rootfs/dangling"
	echo bound >"$B/file"
	in_container 'ls -d /nowhere/deep; cat /link/f /up/f' ".mounts += [
		{destination: \"/link/d\", type: \"tmpfs\", source: \"t\"}, {destination: \"/dangling\", type: \"tmpfs\", source: \"t\"},
		{destination: \"/link/f\", source: \"$B/file\", options: [\"bind\"]},
		{destination: \"/up/f\", source: \"$B/file\", options: [\"bind\"]}]"
	succeeds
	[ "${lines[0]}" = /nowhere/deep ]
	[ "${lines[1]}" = bound ]
	[ -z "$(ls -A "$BATS_TEST_TMPDIR/outside")" ]
}

@test "/proc and /sys that are symbolic links are refused, and so is a /dev for devices" {
	local name
	for name in proc sys; do
		rmdir "$B/rootfs/$name"
		ln -s /tmp "$B/rootfs/$name"
		in_container true
		fails
		has 'too many levels of symbolic links'
		rm "$B/rootfs/$name"
		mkdir "$B/rootfs/$name"
	done
	rm -r "$B/rootfs/dev"
	mkdir "$B/rootfs/decoy"
	ln -s /decoy "$B/rootfs/dev"
	in_container true '.mounts |= map(select(.destination | startswith("/dev") | not))'
	fails
	[ -z "$(ls -A "$B/rootfs/decoy")" ]
}

@test "--no-pivot works too" {
	bundle '.process.args = ["sh", "-c", "ls /; cat /proc/1/comm"]'
	run tare run --no-pivot -b "$B" "$ID"
	succeeds
	has bin
	lacks boot
}

@test "more binds than the parent may hold open" {
	mkdir "$B/data"
	in_container 'grep -c " /many/" /proc/self/mountinfo' \
		".mounts += [range(300) | {destination: \"/many/\\(.)\", source: \"$B/data\", options: [\"bind\"]}]"
	[ "$output" = 300 ]
}

@test "idmap: the container's mapping, a mapping of the mount's own, and in an option; ridmap below too" {
	needs mount_setattr
	idmappable
	mkdir -p "$B/vol/below" "$B/rootfs/v"
	touch "$B/vol/root" "$B/vol/user"
	chown 7:8 "$B/vol/user"
	in_container 'stat -c %u:%g /v/root /v/user' ".linux.namespaces += [{type: \"user\"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings |
		.mounts += [{destination: \"/v\", type: \"bind\", source: \"$B/vol\", options: [\"bind\", \"idmap\"]}]"
	[ "$output" = $'0:0\n7:8' ]
	in_container 'stat -c %u:%g /v/root /v/user; touch /v/new' ".mounts += [{destination: \"/v\", type: \"bind\", source: \"$B/vol\", options: [\"bind\"],
		uidMappings: [{containerID: 0, hostID: 1000, size: 10}], gidMappings: [{containerID: 0, hostID: 2000, size: 10}]}]"
	[ "${lines[0]}" = 1000:2000 ]
	[ "${lines[1]}" = 1007:2008 ]
	[[ ${lines[2]} == touch:* ]] # root is not in the mapping
	in_container 'stat -c %u:%g /v/root /v/user' ".mounts += [{destination: \"/v\", type: \"bind\", source: \"$B/vol\",
		options: [\"bind\", \"idmap=uids=0-5-1#7-6-1;gids=0-5-1#8-9-1\"]}]"
	[ "$output" = $'5:5\n6:9' ]

	mount -t tmpfs tmpfs "$B/vol/below"
	touch "$B/vol/below/file"
	local option
	for option in idmap ridmap; do
		in_container 'stat -c %u /v/root /v/below/file' ".mounts += [{destination: \"/v\", type: \"bind\", source: \"$B/vol\", options: [\"rbind\", \"$option\"],
			uidMappings: [{containerID: 0, hostID: 1000, size: 10}], gidMappings: [{containerID: 0, hostID: 2000, size: 10}]}]"
		[ "${lines[0]}" = 1000 ]
		[ "${lines[1]}" = $([ $option = idmap ] && echo 0 || echo 1000) ]
	done
	umount "$B/vol/below"
}

@test "idmap: that of a user namespace that is joined" {
	needs mount_setattr
	idmappable
	mkdir "$B/vol" "$B/rootfs/v"
	touch "$B/vol/user"
	chown 7:8 "$B/vol/user"
	unshare -U sleep 1000 &
	local pid=$!
	different() { [ "$(ns_of $pid user)" != "$(ns_of self user)" ]; }
	eventually different
	echo 0 100000 65536 >/proc/$pid/uid_map
	echo 0 100000 65536 >/proc/$pid/gid_map
	in_container 'stat -c %u:%g /v/user' ".linux.namespaces += [{type: \"user\", path: \"/proc/$pid/ns/user\"}] |
		.mounts += [{destination: \"/v\", type: \"bind\", source: \"$B/vol\", options: [\"bind\", \"idmap\"]}]"
	kill $pid
	[ "$output" = 7:8 ]
}

@test "tmpcopyup: the tmpfs begins with what it covers" {
	mkdir -p "$B/rootfs/data/sub" "$B/rootfs/empty"
	echo text >"$B/rootfs/data/sub/file"
	chmod 4750 "$B/rootfs/data/sub/file"
	chown 5:6 "$B/rootfs/data/sub"
	touch -d @1000000000 "$B/rootfs/data/sub/file"
	ln -s /etc/passwd "$B/rootfs/data/link"
	mkfifo "$B/rootfs/data/fifo"
	chmod 700 "$B/rootfs/data"
	in_container 'cd /data; stat -c %a . sub/file; stat -c %u:%g sub; stat -c %Y sub/file; cat sub/file; readlink link; test -p fifo && echo fifo; echo new >new; ls /missing' \
		'.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}, {destination: "/missing", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	succeeds
	[ "$output" = $'700\n4750\n5:6\n1000000000\ntext\n/etc/passwd\nfifo' ]
	[ ! -e "$B/rootfs/data/new" ]
	chown 9:9 "$B/rootfs/data"
	chmod 755 "$B/rootfs/data"
	! has_holes "$B" || truncate -s 3G "$B/rootfs/data/sparse"
	echo end >>"$B/rootfs/data/sparse"
	in_container 'stat -c %u:%g:%a /data; tail -c 4 /data/sparse; du -k /data/sparse | cut -f1' '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	[ "${lines[0]}" = 9:9:755 ]
	[ "${lines[1]}" = end ]
	[ "${lines[2]}" -lt 1000 ]
	rm "$B/rootfs/data/sparse"
	chown 0:0 "$B/rootfs/data"
	in_container 'cat /data/sub/file; touch /data/x' '.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["ro", "tmpcopyup"]}]'
	[ "${lines[0]}" = text ]
	has 'Read-only'
}

@test "sizes above 4 GiB and times after 2038: of what is mounted and copied, of a log, of the root and its passwd" {
	mkdir "$B/rootfs/data"
	has_holes "$B" || skip "without holes, a copy would take 5 GiB"
	printf data >"$B/rootfs/data/large"
	truncate -s 5G "$B/rootfs/data/large" "$B/large" "$B/log"
	echo end | tee -a "$B/rootfs/data/large" "$B/large" "$B/log" >/dev/null
	: >"$B/rootfs/file"
	touch -d 2106-03-01 "$B/large" "$B/rootfs/etc/passwd" "$B/rootfs/data" "$B/rootfs"
	bundle '.process.args = ["sh", "-c", "tail -c 4 /file; tail -c 4 /data/large; stat -c %s /data/large; echo $HOME"] | .process.user.uid = 1000 |
		.mounts += [{destination: "/file", type: "bind", source: "large", options: ["bind", "ro"]}, {destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	run timeout 60 "$TARE" --log "$B/log" --log-format json --debug --root "$STATE" run -b "$B" "$ID"
	[ "$output" = $'end\nend\n5368709124\n/home/user' ]
	[ "$(stat -c %s "$B/log")" -gt 5368709124 ]
	# As many bytes as the config has, where 32 bits are all that is looked at.
	truncate -s $((4294967296 + $(stat -c %s "$B/config.json"))) "$B/config.json"
	run timeout 60 "$TARE" --root "$STATE" run -b "$B" "$ID"
	fails
	has 'file too large'
}

@test "src-nofollow mounts a link itself, dest-nofollow covers one, copy-symlink makes it again" {
	echo text >"$B/file"
	ln -s ../target "$B/link"
	echo in >"$B/rootfs/target"
	in_container 'readlink /a; cat /a 2>/dev/null' ".mounts += [{destination: \"/a\", type: \"bind\", source: \"$B/link\", options: [\"bind\", \"src-nofollow\"]}]"
	[ "${lines[0]}" = ../target ]
	in_container 'readlink /b; cat /b; ls -l /b' ".mounts += [{destination: \"/b\", type: \"bind\", source: \"$B/link\", options: [\"bind\", \"copy-symlink\"]}]"
	[ "${lines[0]}" = ../target ]
	[ "${lines[1]}" = in ]
	[ -L "$B/rootfs/b" ]
	ln -s target "$B/rootfs/c"
	in_container 'cat /c /target' ".mounts += [{destination: \"/c\", type: \"bind\", source: \"$B/file\", options: [\"bind\"]}]"
	[ "$output" = $'text\ntext' ]
	in_container 'cat /c /target' ".mounts += [{destination: \"/c\", type: \"bind\", source: \"$B/file\", options: [\"bind\", \"dest-nofollow\"]}]"
	[ "$output" = $'text\nin' ]
	in_container 'cat /d' ".mounts += [{destination: \"/d\", type: \"bind\", source: \"$B/file\", options: [\"bind\", \"copy-symlink\"]}]"
	[ "$output" = text ]
	in_container true ".mounts += [{destination: \"/target\", type: \"bind\", source: \"$B/link\", options: [\"bind\", \"copy-symlink\"]}]"
	fails
	has 'file exists'
}

@test "remount: what is named changes, the rest stays" {
	in_container 'grep " /t " /proc/mounts' '.mounts += [{destination: "/t", type: "tmpfs", source: "tmpfs", options: ["nosuid"]},
		{destination: "/t", options: ["remount", "ro", "noexec"]}, {destination: "/t", options: ["remount", "size=128k"]}]'
	has 'ro,nosuid,noexec'
	has 'size=128k'
	in_container true '.mounts += [{destination: "/bin", options: ["remount", "ro"]}]'
	fails
	has 'config.json#/mounts/7'
	has 'mount point'
}

@test "options for the filesystem: sync, dirsync, lazytime, mand, iversion; silent and loud" {
	in_container 'grep " /t " /proc/mounts' '.mounts += [{destination: "/t", type: "tmpfs", source: "tmpfs",
		options: ["sync", "dirsync", "lazytime", "silent", "loud", "iversion", "nosymfollow"]}]'
	has 'sync,dirsync,lazytime'
	has 'nosymfollow'
	in_container 'grep " /t " /proc/mounts' '.mounts += [{destination: "/t", type: "tmpfs", source: "tmpfs", options: ["sync", "async", "noiversion", "nolazytime"]}]'
	lacks sync
}

@test "nosymfollow before Linux 5.14: mount(2) sets it" {
	needs fsopen
	needs mount_setattr
	mkdir -p "$B/vol" "$B/rootfs/v"
	bundle ".process.args = [\"cat\", \"/proc/mounts\"] | .mounts += [{destination: \"/t\", type: \"tmpfs\", source: \"tmpfs\", options: [\"nosymfollow\", \"noexec\"]},
		{destination: \"/v\", type: \"bind\", source: \"$B/vol\", options: [\"bind\", \"nosymfollow\", \"nodev\"]}]"
	# Which of a process's calls have the attribute (0x200000); they fail as they do there.
	run tare run -b "$B" "$ID"
	succeeds
	local trace=$BATS_TEST_TMPDIR/trace call injections=() number
	timeout 30 strace -f -e trace=fsmount,mount_setattr -e raw=fsmount -o "$trace" "$TARE" --root "$STATE" run -b "$B" "$ID" >/dev/null
	for call in fsmount mount_setattr; do
		number=$(awk -v call=" $call\\\\(" '$0 ~ call { n[$1]++ } $0 ~ call && /0x20000[0-9a-f]|NOSYMFOLLOW/ { first = first ? first : n[$1]; last = n[$1] } END { if (first) print first ".." last }' "$trace")
		[ -n "$number" ]
		injections+=(-e "inject=$call:error=EINVAL:when=$number")
	done
	run timeout 30 strace -f -e trace=fsmount,mount_setattr "${injections[@]}" -o "$trace" "$TARE" --root "$STATE" run -b "$B" "$ID"
	succeeds
	grep -q ' /t tmpfs .*noexec.*nosymfollow' <<<"$output"
	grep -q ' /v .*nodev.*nosymfollow' <<<"$output"
	[ "$(grep -c INJECTED "$trace")" = 3 ]
}

@test "iversion is set by mount(2): the mount API has no word for it" {
	command -v strace >/dev/null || skip "no strace"
	bundle '.process.args = ["true"] | .mounts += [{destination: "/t", type: "tmpfs", source: "tmpfs", options: ["iversion"]}]'
	strace -f -e trace=mount -o "$B/trace" "$TARE" --root "$STATE" run -b "$B" "$ID"
	grep -q 'MS_REMOUNT.*MS_I_VERSION' "$B/trace"
}

@test "the recursive family: each word changes all below, and its opposite back" {
	local word shown
	mkdir -p "$B/vol/below"
	mount -t tmpfs tmpfs "$B/vol/below"
	while read -r word shown; do
		in_container 'grep " /v/below " /proc/mounts' ".mounts += [{destination: \"/v\", type: \"bind\", source: \"$B/vol\", options: [\"rbind\", \"$word\"]}]"
		[[ $output =~ [\ ,]$shown[\ ,] ]] || { echo "$word: $output"; umount "$B/vol/below"; false; }
	done <<-'EOF'
		rro ro
		rrw rw
		rnosuid nosuid
		rnodev nodev
		rnoexec noexec
		rnoatime noatime
		rnodiratime nodiratime
		rrelatime relatime
		rnosymfollow nosymfollow
	EOF
	umount "$B/vol/below"
	mount -t tmpfs -o nosuid,nodev,noexec,noatime tmpfs "$B/vol/below"
	mount -o remount,bind,ro,nosuid,nodev,noexec,noatime "$B/vol/below"
	in_container 'grep " /v/below " /proc/mounts' ".mounts += [{destination: \"/v\", type: \"bind\", source: \"$B/vol\", options: [\"rbind\", \"rrw\", \"rsuid\", \"rdev\", \"rexec\", \"ratime\", \"rsymfollow\", \"rdiratime\"]}]"
	umount "$B/vol/below"
	grep -Eq ' /v/below tmpfs rw,relatime(,inode64)? ' <<<"$output"
}

@test "locked in a user namespace: what the mount has outside is kept, and to take it off is refused with the reason" {
	mkdir -p "$B/vol"
	chmod -R a+rX "$B"
	mount -t tmpfs -o nosuid,nodev,noexec,ro tmpfs "$B/vol"
	as_user "$TARE" spec --rootless -f - | jq ".process.terminal = false | .root.readonly = false | .process.args = [\"grep\", \" /v \", \"/proc/mounts\"] |
		.mounts += [{destination: \"/v\", type: \"bind\", source: \"$B/vol\", options: [\"rbind\"]}]" >"$B/config.json"
	mkdir -p "$STATE" && chown 12345:12345 "$STATE" && chown -R 12345:12345 "$B/rootfs"
	run as_user "$TARE" --root "$STATE" run -b "$B" "$ID"
	[[ $output == *"ro,nosuid,nodev,noexec"* ]] || { echo "$output"; umount "$B/vol"; false; }
	jq '.mounts[-1].options = ["rbind", "rw"]' "$B/config.json" >"$B/new" && mv "$B/new" "$B/config.json"
	chmod a+r "$B/config.json"
	run as_user "$TARE" --root "$STATE" run -b "$B" "$ID"
	umount "$B/vol"
	fails
	has 'is mounted ro'
	has "can't be cleared"
	[ ! -e "$STATE/$ID" ]
}

@test "two names of one place, by a link of the image, are no stumbling block" {
	mkdir -p "$B/rootfs/run" "$B/rootfs/var" "$B/vol/kubernetes.io"
	ln -s /run "$B/rootfs/var/run"
	in_container 'ls /run/secrets' ".mounts += [{destination: \"/run\", type: \"tmpfs\", source: \"tmpfs\"},
		{destination: \"/var/run/secrets/kubernetes.io\", type: \"bind\", source: \"$B/vol\", options: [\"bind\"]},
		{destination: \"/run/secrets\", type: \"tmpfs\", source: \"tmpfs\"}]"
	succeeds
}

@test "options above 255 bytes, and a page of them altogether" {
	root_only
	has_overlay || skip "this kernel has no overlay"
	local name lower= i
	mkdir -p "$B/tmp"
	mount -t tmpfs tmpfs "$B/tmp"
	for i in 1 2 3; do
		name=$B/tmp/$(printf "layer$i-%0100d" $i)
		mkdir "$name"
		touch "$name/file$i"
		lower=$lower${lower:+:}$name
	done
	mkdir "$B/tmp/up" "$B/tmp/work"
	[ "${#lower}" -gt 255 ]
	in_container 'ls /o | tr "\n" " "; touch /o/new' ".mounts += [{destination: \"/o\", type: \"overlay\", source: \"overlay\",
		options: [\"lowerdir=$lower\", \"upperdir=$B/tmp/up\", \"workdir=$B/tmp/work\"]}]"
	[ "$output" = "file1 file2 file3 " ] || { echo "$output"; umount "$B/tmp"; false; }
	[ -e "$B/tmp/up/new" ] || { umount "$B/tmp"; false; }
	# A long value of another kind takes mount(2): here a single layer, with an upper directory of a long name.
	local long
	long=$B/tmp/$(printf '%0120d' 0)/$(printf '%0120d' 0)
	mkdir -p "$long/up" "$long/work"
	in_container 'ls /o | tr "\n" " "; touch /o/new2; grep -c " /o overlay" /proc/mounts; grep -c aside /proc/mounts' ".mounts += [{destination: \"/o\", type: \"overlay\", source: \"overlay\",
		options: [\"lowerdir=$B/tmp/$(printf "layer1-%0100d" 1)\", \"upperdir=$long/up\", \"workdir=$long/work\", \"noexec\"]}]"
	[ "${lines[0]}" = "file1 1" ] || { echo "$output"; umount "$B/tmp"; false; }
	[ "${lines[1]}" = 0 ] || { umount "$B/tmp"; false; }
	[ -e "$long/up/new2" ] || { umount "$B/tmp"; false; }
	umount "$B/tmp"
}

@test "several words in one option string, and words with an r for the filesystem's own" {
	in_container 'grep " /t " /proc/mounts' '.mounts += [{destination: "/t", type: "tmpfs", source: "tmpfs", options: ["nosuid,noexec,size=64k", "ro", "rsync,rnomand"]}]'
	succeeds
	has 'ro,sync,nosuid,noexec'
	has 'size=64k'
	in_container 'grep -o " /proc proc [^ ]*" /proc/mounts' '.mounts[0].options = ["nosuid,nodev", "noexec"]'
	has 'nosuid,nodev,noexec'
}

@test "idmap: root without CAP_SYS_PTRACE has them, too" {
	needs mount_setattr
	root_only
	idmappable
	mkdir -p "$B/vol"
	bundle ".process.args = [\"stat\", \"-c\", \"%u\", \"/v\"] | .mounts += [{destination: \"/v\", source: \"$B/vol\", type: \"bind\", options: [\"bind\"],
		uidMappings: [{containerID: 0, hostID: 1000, size: 1}], gidMappings: [{containerID: 0, hostID: 1000, size: 1}]}]"
	run timeout 30 setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace "$TARE" --root "$STATE" run -b "$B" "$ID"
	succeeds
	[ "$output" = 1000 ]
}

@test "idmap: mounts that share a mapping, with others between them, with and without a user namespace" {
	needs mount_setattr
	root_only
	idmappable
	local name maps='[{containerID: 0, hostID: 1000, size: 1}]' others='[{containerID: 0, hostID: 2000, size: 1}]' user
	for name in a b c d e; do mkdir -p "$B/$name"; done
	for user in '' '| .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 5000}] | .linux.gidMappings = .linux.uidMappings'; do
		bundle ".process.args = [\"stat\", \"-c\", \"%u\", \"/a\", \"/b\", \"/c\", \"/d\", \"/e\"] | .mounts += [\"a\", \"b\", \"c\", \"d\", \"e\" |
			{destination: \"/\(.)\", source: \"$B/\(.)\", type: \"bind\", options: [\"bind\"]} +
			(if . == \"c\" then {} elif . == \"e\" then {uidMappings: $others, gidMappings: $others} else {uidMappings: $maps, gidMappings: $maps} end)] $user"
		run tare run -b "$B" "$ID"
		succeeds
		[ "$(tr '\n' ' ' <<<"$output")" = '1000 1000 0 1000 2000 ' ]
	done
}

@test "idmap with @ is relative to the user namespace" {
	needs mount_setattr
	root_only
	idmappable tmpfs
	mkdir -p "$B/tmp"
	mount -t tmpfs tmpfs "$B/tmp"
	mkdir "$B/rootfs/v"
	touch "$B/tmp/f"
	chown 5:6 "$B/tmp/f"
	in_container 'stat -c %u:%g /v/f' "$USERNS | .mounts += [{destination: \"/v\", type: \"bind\", source: \"$B/tmp\", options: [\"idmap=uids=@5-7-1;gids=@6-8-1\"]}]"
	umount "$B/tmp"
	succeeds
	[ "$output" = 7:8 ]
}

@test "in a user namespace what the source forbids is refused before anything is done, for root too" {
	root_only
	local word
	mkdir -p "$B/vol"
	mount -t tmpfs -o nosuid,nodev,noexec,ro tmpfs "$B/vol"
	for word in rw suid dev exec; do
		bundle "$USERNS | .process.args = [\"true\"] | .mounts += [{destination: \"/v\", type: \"bind\", source: \"$B/vol\", options: [\"rbind\", \"$word\"]}]"
		run tare create -b "$B" "$ID"
		[ "$status" = 1 ] || { umount "$B/vol"; false; }
		[[ $output == *"is mounted "*"can't be cleared"* ]] || { echo "$output"; umount "$B/vol"; false; }
		[ ! -e "$STATE/$ID" ] || { umount "$B/vol"; false; }
	done
	# Without one the config's word counts, and what it does not name stays forbidden.
	in_container 'grep -o " /v tmpfs [^ ]*" /proc/mounts' ".mounts += [{destination: \"/v\", type: \"bind\", source: \"$B/vol\", options: [\"rbind\", \"exec\"]}]"
	umount "$B/vol"
	has 'ro,nosuid,nodev,'
	lacks noexec
}

@test "nothing is mounted inside /proc, whichever way the destination leads there; what lxcfs does may be" {
	root_only
	local link
	mkdir -p "$B/vol"
	touch "$B/file"
	ln -s proc/self "$B/rootfs/link"
	bundle ".process.args = [\"true\"] | .mounts += [{destination: \"/link/attr\", type: \"bind\", source: \"$B/vol\", options: [\"bind\"]}]"
	run tare run -b "$B" "$ID"
	fails
	has 'is inside /proc'
	bundle '.process.args = ["true"] | .mounts += [{destination: "/link", type: "tmpfs", source: "x"}]'
	run tare run -b "$B" "$ID"
	fails
	has 'is inside /proc'
	echo mine >"$B/file"
	in_container 'cat /proc/meminfo /proc/uptime' ".mounts += [(\"/proc/meminfo\", \"/proc/uptime\") | {destination: ., type: \"bind\", source: \"$B/file\", options: [\"bind\"]}]"
	[ "$output" = $'mine\nmine' ]
	in_container 'ls /proc/self/status' '.mounts += [{destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]}]'
	succeeds
}

@test "linux.devices in a user namespace: numbers, mode and owner count, whatever the host has at that path" {
	root_only
	in_container 'stat -c "%t:%T %a %u:%g" /dev/own /dev/null; stat -c %F /dev/ptmx; readlink /dev/ptmx; stat -c "%F %a %u:%g" /dev/p' "$USERNS | .linux.devices = [{type: \"p\", path: \"/dev/p\", fileMode: 384, uid: 7, gid: 8},
		{type: \"c\", path: \"/dev/own/\", major: 1, minor: 3, fileMode: 432, uid: 7, gid: 8}, {type: \"c\", path: \"/dev/null\", major: 1, minor: 5, fileMode: 384},
		{type: \"c\", path: \"/dev/ptmx\", major: 5, minor: 2}]"
	succeeds
	[ "${lines[0]}" = "1:3 660 7:8" ]
	[ "${lines[1]}" = "1:5 600 0:0" ]
	[ "${lines[3]}" = pts/ptmx ]
	[ "${lines[4]}" = "fifo 600 7:8" ]
	! grep -q ' tmpfs nodes ' /proc/self/mountinfo
}

@test "rootless: a device is found by its numbers, under another name; one that the host lacks is refused" {
	mkdir -p "$STATE"
	chown 12345 "$STATE"
	chown -R 12345 "$B"
	as_user "$TARE" spec --rootless -f - | jq '.process.terminal = false | .root.readonly = false | .process.args = ["sh", "-c", "stat -c %t:%T /dev/other; head -c 2 /dev/other | wc -c"] |
		.linux.devices = [{type: "c", path: "/dev/other", major: 1, minor: 5}]' >"$B/config.json"
	run as_user "$TARE" --root "$STATE" run -b "$B" "$ID"
	[ "$output" = $'1:5\n2' ]
	jq '.linux.devices[0].minor = 77' "$B/config.json" >"$B/new"
	cat "$B/new" >"$B/config.json"
	run as_user "$TARE" --root "$STATE" run -b "$B" "$ID"
	fails
	has "config.json#/linux/devices/0: /dev/other: the host's /dev has no character device 1:77"
	[ -z "$(ls -A "$STATE")" ]
}

@test "type cgroup2 is cgroup2 on every machine that has it, and its own words reach the kernel" {
	root_only
	grep -q cgroup2 /proc/self/mountinfo || skip "no cgroup2 is mounted on this machine"
	in_container 'grep " /cg " /proc/mounts; ls /cg/cgroup.procs' '.mounts += [{destination: "/cg", type: "cgroup2", source: "cgroup", options: ["ro"]}]'
	succeeds
	has 'cgroup2 '
	has /cg/cgroup.procs
	in_container 'true' '.mounts += [{destination: "/cg", type: "cgroup2", source: "cgroup", options: ["ro", "no_such_word"]}] | '"$OWN_CGROUPS"' |
		.linux.namespaces |= unique_by(.type)'
	fails
	has no_such_word
}

@test "bind sources that the first look mounts, and those that differ between processes, are mounted" {
	root_only
	bundle ".process.args = [\"sh\", \"-c\", \"ls /ns && [ -e /ns ] && echo there\"] | .mounts += [{destination: \"/ns\", source: \"/proc/self/ns/net\", options: [\"bind\"]}]"
	run tare run -b "$B" "$ID"
	succeeds
	has there
	mkdir "$BATS_TEST_TMPDIR/debug"
	if mount -t debugfs debugfs "$BATS_TEST_TMPDIR/debug" 2>/dev/null; then
		# tracing below debugfs is mounted automatically.
		bundle ".process.args = [\"ls\", \"/t\"] | .mounts += [{destination: \"/t\", source: \"$BATS_TEST_TMPDIR/debug/tracing\", options: [\"bind\"]}, {destination: \"/e\", source: \"$BATS_TEST_TMPDIR/debug/tracing/events\", options: [\"bind\"]}]"
		run tare run -b "$B" "$ID"
		umount -R "$BATS_TEST_TMPDIR/debug" || umount -l "$BATS_TEST_TMPDIR/debug"
		succeeds
	fi
}

@test "without the mount API: what can't be had is refused with the reason, and nothing is left" {
	root_only
	hiding=$("$BATS_TEST_DIRNAME/../retreats/wrapper" "$BATS_TEST_TMPDIR/hiding" fsopen,open_tree,move_mount "$TARE")
	mkdir "$B/vol"
	bundle '.process.args = ["sleep", "100"]'
	tare run -d -b "$B" "$ID-first" </dev/null >/dev/null 2>&1
	local pid change
	pid=$(pid_of "$ID-first")
	for change in "(.linux.namespaces[] | select(.type == \"pid\")).path = \"/proc/$pid/ns/pid\"" \
		'.linux.namespaces |= map(select(.type != "mount"))' \
		'.mounts += [{destination: "/v", type: "bind", source: "vol", options: ["bind", "idmap"], uidMappings: [{containerID: 0, hostID: 5, size: 1}], gidMappings: [{containerID: 0, hostID: 5, size: 1}]}]'; do
		bundle ".process.args = [\"true\"] | $change"
		snapshot >"$B/before"
		run timeout 30 "$hiding" --root "$STATE" run -b "$B" "$ID"
		fails
		has 'this needs fsopen, open_tree and move_mount: Linux 5.2'
		snapshot >"$B/after"
		diff "$B/before" "$B/after"
	done
	bundle '.process.args = ["cat", "/v/below/file"] | .mounts += [{destination: "/v", type: "bind", source: "vol", options: ["rbind", "ro"]}]'
	mkdir "$B/vol/below" && echo told >"$B/vol/below/file"
	run timeout 30 "$hiding" --root "$STATE" run -b "$B" "$ID"
	succeeds
	[ "$output" = told ]
}
