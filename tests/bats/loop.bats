# SPDX-License-Identifier: Apache-2.0
# Many at once, under either driver.
load helpers
# bats file_tags=cgroup

@test "hundreds of creates and deletes with limits, 8 at a time: no error, and no cgroup, scope, state or process is left" {
	bundle '.process.args = ["true"] | .linux.resources = {memory: {limit: 33554432}, pids: {limit: 20}}'
	one() {
		local k
		for k in $(seq "$2"); do
			LIMIT=120 tare create -b "$B" "$ID-$1-$k" </dev/null >/dev/null && LIMIT=120 tare delete --force "$ID-$1-$k" || echo "$1-$k failed"
		done 3>&- >>"$B/errors" 2>&1
	}
	local i
	for i in 1 2 3 4; do
		one "$i" $((${LOOPS:-500} / 8)) &
		one "1$i" $((${LOOPS:-500} / 8)) &
	done
	wait
	cat "$B/errors"
	[ ! -s "$B/errors" ]
	[ -z "$(find /sys/fs/cgroup -name "tare-$ID-*")" ]
	[ -z "$(ls "$STATE")" ]
	none() { ! pgrep -f "root $STATE " >/dev/null; }
	eventually none
	[ "${MANAGER:-}" != systemd ] || [ -z "$(systemctl $([ "$(id -u)" = 0 ] || echo --user) list-units --all --no-legend "tare-$ID-*")" ]
}
