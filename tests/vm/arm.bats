# SPDX-License-Identifier: Apache-2.0
# A seccomp profile for arm64 with its sub-architecture arm. CALLS_ARM: tests/bats/calls.c for armhf, static.
load ../bats/helpers
load ../bats/verdicts

setup_test() {
	[ "$(uname -m)" = aarch64 ] || skip "the numbers below are arm64's and arm's"
	cc -O1 -static -o "$B/rootfs/bin/calls" "$BATS_TEST_DIRNAME/../bats/calls.c"
	cp "$CALLS_ARM" "$B/rootfs/bin/calls-arm"
	"$B/rootfs/bin/calls-arm" 20 | grep -q value || skip "this kernel has no 32-bit calls"
}
RULES='syscalls: [{names: ["getppid", "socket"], action: "SCMP_ACT_ERRNO", errnoRet: 100},
	{names: ["personality"], action: "SCMP_ACT_ERRNO", errnoRet: 101, args: [{index: 0, value: 8, op: "SCMP_CMP_EQ"}]}]'

@test "sub-architectures: calls of arm are judged by their own numbers" {
	local both="{defaultAction: \"SCMP_ACT_ALLOW\", architectures: [\"SCMP_ARCH_AARCH64\", \"SCMP_ARCH_ARM\"], $RULES}"
	verdicts "$both" <<-'EOF'
		173     -> errno 100 # getppid
		198,1,1 -> errno 100 # socket
		92,8    -> errno 101 # personality
		92,9    -> value
		172     -> value     # getpid
	EOF
	verdicts "$both" calls-arm <<-'EOF'
		64      -> errno 100 # getppid
		281,1,1 -> errno 100 # socket
		136,8   -> errno 101 # personality
		136,9   -> value
		20      -> value     # getpid
	EOF
}

@test "sub-architectures: a profile that does not list arm ends its programs" {
	bundle ".process.args = [\"calls-arm\", \"20\"] | .linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", architectures: [\"SCMP_ARCH_AARCH64\"], $RULES}"
	run tare run -b "$B" "$ID"
	[ "$status" = $((128 + 31)) ]
}
