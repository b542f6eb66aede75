# SPDX-License-Identifier: Apache-2.0
# events: on every layout.
load helpers
# bats file_tags=cgroup

stats() { tare events --stats "$ID"; }

@test "events --stats: what is used, with the limits" {
	start_container '.process.args = ["sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; touch /tmp/ready; exec sleep 1000"] |
		.linux.resources += {memory: {limit: 67108864}, pids: {limit: 33}}'
	eventually test -e "$B/rootfs/tmp/ready"
	run stats
	succeeds
	[ "${#lines[@]}" = 1 ]
	jq -e --arg id "$ID" '.type == "stats" and .id == $id' <<<"$output"
	jq -e '.data.cpu.usage | .total > 0 and .total >= .user and has("kernel")' <<<"$output"
	jq -e '.data.cpu.throttling | has("periods") and has("throttledPeriods") and has("throttledTime")' <<<"$output"
	jq -e '.data.memory.usage | .limit == 67108864 and .usage > 0 and .usage <= .limit and .failcnt == 0' <<<"$output"
	jq -e '.data.memory.raw | length > 10' <<<"$output"
	jq -e '.data.pids == {current: 1, limit: 33}' <<<"$output"
	jq -e '.data | has("blkio") and has("hugetlb")' <<<"$output"
	if [ -d /sys/fs/cgroup/cpuset ]; then # what only v1 counts
		jq -e '(.data.cpu.usage | (.percpu | length) > 0 and (.percpu_user | length) == (.percpu | length) and (.percpu_kernel | length) == (.percpu | length))' <<<"$output"
		jq -e '.data.cpuset | (.cpus | length) > 0 and (.mems | length) > 0 and has("sched_load_balance")' <<<"$output"
	fi
	[ ! -e "$(cgroup_file "$ID" memory.pressure)" ] || jq -e '.data.memory.psi.some | has("avg10") and has("total")' <<<"$output"
}

@test "events: every interval, until the container ends" {
	start_container
	tare events --interval 50ms "$ID" >"$B/events" 3>&- &
	local events=$!
	two() { [ "$(wc -l <"$B/events")" -ge 2 ]; }
	eventually two
	tare kill "$ID" KILL
	wait $events
	[ "$(jq -r .type "$B/events" | sort -u)" = stats ]
	run tare events --stats "$ID"
	fails
	has 'not running'
	run tare events --interval soon "$ID"
	fails
	has '--interval'
}

@test "events: that it is short of memory is told" {
	start_container '.process.args = ["sh", "-c", "while [ ! -e /tmp/go ]; do sleep 0.1; done; dd if=/dev/zero of=/dev/null bs=256M count=1; exec sleep 1000"] |
		.linux.resources.memory = {limit: 33554432}'
	tare events --interval 1h "$ID" >"$B/events" 3>&- &
	local events=$!
	watches() { ls -l /proc/*/fd 2>/dev/null | grep -q 'eventfd\|inotify' && pgrep -f "events --interval 1h $ID" >/dev/null; }
	eventually watches
	touch "$B/rootfs/tmp/go"
	told() { grep -q '"oom"' "$B/events"; }
	eventually told
	jq -e --arg id "$ID" '.type == "oom" and .id == $id' <(head -1 "$B/events")
	tare kill "$ID" KILL
	wait $events
}

@test "events: without a cgroup nothing is counted" {
	bundle '.process.args = ["sleep", "1000"] | del(.linux.resources)'
	tare --cgroup-manager disabled run -d -b "$B" "$ID" >/dev/null 2>&1 </dev/null
	run tare events --stats "$ID"
	fails
	has 'no cgroup'
}
