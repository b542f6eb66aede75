# SPDX-License-Identifier: Apache-2.0
# Podman on a machine with systemd and pure cgroup v2: with the systemd cgroup manager, as root.
load ../bats/helpers

setup_test() {
	P=$BATS_TEST_TMPDIR/podman
	mkdir -p "$P"
	export CONTAINERS_CONF=$P/containers.conf CONTAINERS_STORAGE_CONF=$P/storage.conf
	cat >"$CONTAINERS_CONF" <<-X
		[engine]
		cgroup_manager = "systemd"
		events_logger = "file"
		runtime = "tare"
		runtime_supports_json = ["tare"]
		runtime_supports_nocgroup = ["tare"]
		[engine.runtimes]
		tare = ["$(realpath "$TARE")"]
		[network]
		network_backend = "netavark"
	X
	printf '[storage]\ndriver = "vfs"\ngraphroot = "%s"\nrunroot = "%s"\n' "$P/graph" "$P/run" >"$CONTAINERS_STORAGE_CONF"
	tar -C "$B/rootfs" -cf "$P/image.tar" .
	pm import -q --change CMD=/bin/sh "$P/image.tar" box >/dev/null
}
teardown_test() { pm rm -fa -t0 >/dev/null 2>&1 || :; }
pm() { timeout 60 podman --tmpdir "$P/tmp" --network-config-dir "$P/net" "$@"; }
run_detached() { pm run -d --network none --name box "$@" box sleep 1000 >/dev/null; }
pid() { pm inspect -f '{{.State.Pid}}' box; }
box() { pm inspect -f '{{.Id}}' box; }
no_scope() { [ -z "$(find /sys/fs/cgroup -name 'libpod-*')" ]; }

@test "podman and systemd: a scope in machine.slice, with its limits; exec goes into it; rm ends it" {
	run_detached --memory 64m --cpus 0.5 --pids-limit 55
	local scope
	scope=machine.slice/libpod-$(box).scope
	grep -q "$scope" "/proc/$(pid)/cgroup"
	[ "$(systemctl show -P MemoryMax "libpod-$(box).scope")" = 67108864 ]
	[ "$(cat "$(find "/sys/fs/cgroup/$scope" -name memory.max | head -1)")" = 67108864 ]
	[ "$(pm exec box cat /proc/self/cgroup)" = "$(pm exec box cat /proc/1/cgroup)" ]
	pm exec -d box sleep 1000
	eventually eval '[ "$(cat $(find "/sys/fs/cgroup/'"$scope"'" -name cgroup.procs) | wc -l)" -ge 2 ]'
	pm update --memory 32m box >/dev/null
	[ "$(systemctl show -P MemoryMax "libpod-$(box).scope")" = 33554432 ]
	systemctl daemon-reload
	[ "$(cat "$(find "/sys/fs/cgroup/$scope" -name memory.max | head -1)")" = 33554432 ]
	pm rm -f -t0 box >/dev/null
	eventually no_scope
}

@test "podman and systemd: pause, unpause, stop, start, kill, stats" {
	run_detached
	pm pause box >/dev/null
	[ "$(pm inspect -f '{{.State.Status}}' box)" = paused ]
	pm unpause box >/dev/null
	run pm stats --no-stream box
	has box
	pm stop -t 0 box >/dev/null
	pm start box >/dev/null
	[ "$(pm inspect -f '{{.State.Status}}' box)" = running ]
	pm kill box >/dev/null
	[ "$(pm wait box)" = 137 ]
	pm rm box >/dev/null
	eventually no_scope
}

@test "podman and systemd: --cgroups=split, below the unit that started it" {
	run timeout 60 systemd-run --wait --pipe -q -p Delegate=yes --unit "split-$$" --setenv=CONTAINERS_CONF="$CONTAINERS_CONF" --setenv=CONTAINERS_STORAGE_CONF="$CONTAINERS_STORAGE_CONF" \
		podman --tmpdir "$P/tmp" --network-config-dir "$P/net" run --rm --cgroups=split --cgroupns=host --network none box cat /proc/self/cgroup
	succeeds
	has "split-$$.service/libpod-payload-"
}

@test "podman and systemd: short of memory is status 137, and no unit has failed" {
	run pm run --rm --network none --memory 20m --memory-swap 20m box dd if=/dev/zero of=/dev/null bs=100M count=1
	fails 137
	[ -z "$(systemctl --failed --plain --no-legend | grep libpod)" ]
}
