# SPDX-License-Identifier: Apache-2.0
# What vendors of devices (GPUs) put into containers, with stand-ins for their programs: the edits of a CDI specification, and legacy prestart hooks that enter
# the container's mount namespace and work below the root's path in it.
load helpers

# The hooks find the root as the vendors' do: from the state on stdin, and the config in the bundle.
setup_test() {
	mkdir -p "$B/vendor" "$B/rootfs"/{usr/lib,usr/bin,sbin,var}
	echo 'int stand_in(void) { return 0; }' | cc -shared -nostdlib -Wl,-soname,libstand-in.so.1 -xc -o "$B/vendor/libstand-in.so.470.1" -
	printf '#!/bin/sh\necho the tool of the vendor\n' >"$B/vendor/smi"
	chmod +x "$B/vendor/smi"
	cat >"$B/cdi-hook" <<-'EOF'
		#!/bin/bash
		set -e
		bundle=$(jq -r .bundle)
		root=$(jq -r .root.path "$bundle/config.json")
		[[ $root == /* ]] || root=$bundle/$root
		case $1 in
		create-symlinks) ln -s "$2" "$root/$3" ;;
		update-ldcache) ldconfig -r "$root" ;;
		chmod) chmod "$2" "$root/$3" ;;
		esac
	EOF
	cat >"$B/legacy-hook" <<-'EOF'
		#!/bin/bash
		set -e
		state=$(cat)
		pid=$(jq .pid <<<"$state") bundle=$(jq -r .bundle <<<"$state")
		root=$(jq -r .root.path "$bundle/config.json")
		[[ $root == /* ]] || root=$bundle/$root
		if [ -d /sys/fs/cgroup/devices ]; then
			echo 'c 1:11 rw' >"/sys/fs/cgroup/devices$(sed -n 's/^[0-9]*:devices://p' "/proc/$pid/cgroup")/devices.allow"
		fi
		nsenter -t "$pid" -m bash -c '
			set -e
			root=$1 bundle=$2
			mount -t tmpfs -o ro,mode=555 vendor "$root/proc/driver"
			for pair in libstand-in.so.470.1:usr/lib/libstand-in.so.1 smi:usr/bin/smi; do
				touch "$root/${pair#*:}"
				mount --bind "$bundle/vendor/${pair%:*}" "$root/${pair#*:}"
				mount -o remount,bind,ro,nosuid,nodev "$root/${pair#*:}"
			done
			for device in stand-in0:zero kmsg:kmsg; do
				touch "$root/dev/${device%:*}"
				mount --bind "/dev/${device#*:}" "$root/dev/${device%:*}"
			done
			ldconfig -r "$root"' bash "$root" "$bundle"
	EOF
	chmod +x "$B"/*-hook
}

@test "CDI: device nodes, mounts, groups, and createContainer hooks that link, run ldconfig and change modes, also in a read-only root" {
	root_only
	local root
	for root in false true; do
		rm -f "$B/rootfs/usr/lib/libstand-in.so" "$B/rootfs/etc/ld.so.cache"
		chmod 700 "$B/rootfs/var"
		in_container 'cat /proc/self/mountinfo | grep " /usr/lib/libstand" | cut -d" " -f6; readlink /usr/lib/libstand-in.so; grep -c libstand-in.so.1 /etc/ld.so.cache; head -c 3 /dev/stand-in0 | wc -c
			echo x >/dev/dri/card9 && stat -c "%a %u:%g" /dev/stand-in0 /var; id -G; echo $VENDOR_VISIBLE' \
			".root.readonly = $root | .process.env += [\"VENDOR_VISIBLE=all\"] | .process.user.additionalGids = [44, 109] |
			.linux.devices = [{path: \"/dev/stand-in0\", type: \"c\", major: 1, minor: 5, fileMode: 432, uid: 0, gid: 44}, {path: \"/dev/dri/card9\", type: \"c\", major: 1, minor: 3, fileMode: 438}] |
			.linux.resources.devices += [{allow: true, type: \"c\", major: 1, minor: 5, access: \"rwm\"}, {allow: true, type: \"c\", major: 1, minor: 3, access: \"rw\"}] |
			.mounts += [{destination: \"/usr/lib/libstand-in.so.1\", source: \"$B/vendor/libstand-in.so.470.1\", type: \"bind\", options: [\"ro\", \"nosuid\", \"nodev\", \"rbind\", \"rprivate\"]}] |
			.hooks.createContainer = [{path: \"$B/cdi-hook\", args: [\"cdi-hook\", \"create-symlinks\", \"libstand-in.so.1\", \"usr/lib/libstand-in.so\"]},
				{path: \"$B/cdi-hook\", args: [\"cdi-hook\", \"update-ldcache\"]}, {path: \"$B/cdi-hook\", args: [\"cdi-hook\", \"chmod\", \"755\", \"var\"]}]"
		succeeds
		[[ ${lines[0]} == ro,nosuid,nodev* ]]
		[ "${output#*$'\n'}" = $'libstand-in.so.1\n1\n3\n660 0:44\n755 0:0\n0 44 109\nall' ]
	done
}

@test "a legacy prestart hook in init's mount namespace: what it mounts below the root's path, and the devices it allows, are the container's" {
	root_only
	local root
	for root in false true; do
		rm -f "$B/rootfs/etc/ld.so.cache" "$B/rootfs/usr/lib/libstand-in.so.1" "$B/rootfs/usr/bin/smi"
		in_container 'ls /proc/driver | wc -l; /usr/bin/smi; grep -c libstand-in.so.1 /etc/ld.so.cache; head -c 3 /dev/stand-in0 | wc -c; touch /usr/bin/smi
			grep -q . /proc/self/cgroup && (exec 3>/dev/kmsg) && echo allowed; true' \
			".root.readonly = $root | .hooks.prestart = [{path: \"$B/legacy-hook\"}]"
		succeeds
		[[ $output == $'0\nthe tool of the vendor\n1\n3\ntouch: /usr/bin/smi: Read-only file system'* ]]
		[ ! -d /sys/fs/cgroup/devices ] || has allowed
		run ! grep -F "$B/rootfs" /proc/self/mountinfo
	done
}

@test "a vendor's hook that fails ends the create with its words, and nothing stays mounted" {
	root_only
	bundle ".hooks.prestart = [{path: \"$B/legacy-hook\"}]"
	mv "$B/vendor/smi" "$B/vendor/lost"
	mkdir -m 700 "$STATE"
	snapshot >"$BATS_TEST_TMPDIR/before"
	run tare create -b "$B" "$ID"
	fails
	has 'hooks/prestart/0'
	has 'smi'
	snapshot | diff "$BATS_TEST_TMPDIR/before" -
}
