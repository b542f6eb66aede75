/* SPDX-License-Identifier: Apache-2.0 */
/* Seccomp profiles: the compiled filter, run as the kernel would run it, answers to each system call what the rules say. What libseccomp
 * does not compile in time, or wrongly, is refused. */
#include "tests/fuzz/fuzz.h"

#include "libocispec/config.h"
#include "seccomp/evaluate.h"
#include "seccomp/filter.h"

#include <linux/audit.h>

enum { RULES = 12 };
static const char *const calls[] = { "read", "write", "mkdir", "openat", "socket", "clone", "personality", "ioctl" };
static const enum oci_seccomp_action actions[] = { OCI_ACT_ALLOW, OCI_ACT_ERRNO, OCI_ACT_KILL_PROCESS, OCI_ACT_TRAP, OCI_ACT_LOG };
static const uint32_t answers[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 1, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRAP, SECCOMP_RET_LOG };

static bool holds(const struct syscall_argument *a, const uint64_t *args)
{
	uint64_t x = args[a->index.value];

	switch (a->op.value) {
	case OCI_CMP_NE:
		return x != a->value.value;
	case OCI_CMP_LT:
		return x < a->value.value;
	case OCI_CMP_LE:
		return x <= a->value.value;
	case OCI_CMP_EQ:
		return x == a->value.value;
	case OCI_CMP_GE:
		return x >= a->value.value;
	case OCI_CMP_GT:
		return x > a->value.value;
	default:
		return (x & a->value.value) == a->value_two.value;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_pool pool = { 0 };
	struct input in = { data, size };
	struct syscall_rule rule[RULES] = { 0 };
	struct syscall_argument args[RULES][2] = { 0 };
	const char *names[RULES];
	struct config_linux linux_ = { 0 };
	struct config config = { .linux_ = &linux_ };
	struct seccomp seccomp = { .syscalls = { rule, take_byte(&in) % RULES } };
	struct filter filter;
	size_t default_ = take_byte(&in) % 5, of_call[8];

	seccomp.default_action = (struct opt_name){ (int)actions[default_], true };
	for (size_t i = 0; i < 8; i++) /* one action for each call: with several, libseccomp's order decides */
		of_call[i] = take_byte(&in) % 5;
	for (size_t i = 0; i < seccomp.syscalls.count; i++) {
		size_t call = take_byte(&in) % 8;
		names[i] = calls[call];
		rule[i].names.item = &names[i];
		rule[i].names.count = 1;
		rule[i].action = (struct opt_name){ (int)actions[of_call[call]], true };
		rule[i].args.item = args[i];
		rule[i].args.count = take_byte(&in) % 3;
		for (size_t k = 0; k < rule[i].args.count; k++)
			args[i][k] = (struct syscall_argument){
				.index = { (uint32_t)(k * 3 + take_byte(&in) % 3), true },
				.op = { (int)(take_byte(&in) % 7), true },
				.value = { take_number(&in), true },
				.value_two = { take_number(&in), true },
			};
	}
	linux_.seccomp = &seccomp;
	filter_make(&pool, &config, &filter);
	if (filter.failure || !filter.count)
		return 0;
	enum oci_architecture native = filter_native();
	for (int turn = 0; turn < 24; turn++) {
		size_t call = take_byte(&in) % 8;
		struct seccomp_data d = { .nr = filter_call_number(native, calls[call]), .arch = filter_audit_architecture(native) };
		for (int k = 0; k < 6; k++) {
			/* Values that rules compare with, and others. */
			const struct syscall_argument *near = &args[take_byte(&in) % RULES][take_byte(&in) % 2];
			d.args[k] = turn % 3 ? near->value.value + take_byte(&in) % 3 - 1 : take_number(&in);
		}
		uint32_t expected = answers[default_];
		bool newer = true;
		for (size_t i = 0; i < seccomp.syscalls.count; i++) {
			newer = newer && d.nr > filter_call_number(native, names[i]);
			bool matches = names[i] == calls[call];
			for (size_t k = 0; matches && k < rule[i].args.count; k++)
				matches = holds(&args[i][k], (const uint64_t *)d.args);
			if (matches)
				expected = answers[of_call[call]];
		}
		uint32_t answer = filter_evaluate(&filter, &d);
		/* A call that is newer than all that the profile names is unknown to it: ENOSYS. */
		require(answer == expected || (newer && default_ == 1 && answer == (SECCOMP_RET_ERRNO | 38)));
	}
	return 0;
}
