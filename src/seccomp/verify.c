/* SPDX-License-Identifier: Apache-2.0 */
/* libseccomp 2.5.4 may compile rules of one system call that compare 64-bit arguments into a filter
 * that does not do what they say: of a1 < 0x37, a1 < 0, (a1 & 0xe37) == 0x37, a1 < 0x370e37374141
 * the last one does not match 0xffffff. So the program is run with values around those that rules
 * compare with. */
#include "evaluate.h"
#include "internal.h"

#ifdef HAVE_SECCOMP

#include <limits.h>
#include <string.h>

/* A profile that has hundreds of rules for one call is tried in part. */
enum { EVALUATIONS = 50000 };

struct trial {
	const struct seccomp *profile;
	const struct filter *filter;
	const char *call; /* the rules of this system call are tried */
	struct seccomp_data data;
	int left; /* evaluations */
};

static bool comparison_holds(const struct syscall_argument *a, uint64_t x)
{
	switch ((enum oci_seccomp_operator)a->op.value) {
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
	case OCI_CMP_MASKED_EQ:
		break;
	}
	return (x & a->value.value) == a->value_two.value;
}

static bool rule_holds(const struct syscall_rule *rule, const struct seccomp_data *data)
{
	bool any = filter_repeats_index(rule), holds = !any;

	for (size_t i = 0; i < rule->args.count; i++) {
		const struct syscall_argument *a = &rule->args.item[i];
		bool one = comparison_holds(a, data->args[a->index.value]);
		holds = any ? holds || one : holds && one;
	}
	return holds || !rule->args.count;
}

static bool names(const struct syscall_rule *rule, const char *call)
{
	for (size_t i = 0; i < rule->names.count; i++)
		if (!strcmp(rule->names.item[i], call))
			return true;
	return false;
}

/* False where rules with several actions hold: libseccomp's order decides. */
static bool expected(const struct trial *t, uint32_t *action)
{
	bool found = false;

	*action = filter_action(t->profile->default_action.value, &t->profile->default_errno_ret);
	for (size_t i = 0; i < t->profile->syscalls.count; i++) {
		const struct syscall_rule *rule = &t->profile->syscalls.item[i];
		uint32_t its = filter_action(rule->action.value, &rule->errno_ret);
		if (!names(rule, t->call) || !rule_holds(rule, &t->data))
			continue;
		if (found && its != *action)
			return false;
		*action = its;
		found = true;
	}
	return true;
}

static bool agrees(struct trial *t)
{
	uint32_t action;

	return t->left-- <= 0 || !expected(t, &action) ||
	       filter_evaluate(t->filter, &t->data) == action;
}

/* A value that makes the comparison hold, if there is one. */
static uint64_t satisfying(const struct syscall_argument *a)
{
	uint64_t value = a->value.value;

	switch ((enum oci_seccomp_operator)a->op.value) {
	case OCI_CMP_NE:
	case OCI_CMP_GT:
		return value + 1;
	case OCI_CMP_LT:
		return value - 1;
	case OCI_CMP_MASKED_EQ:
		return a->value_two.value;
	case OCI_CMP_LE:
	case OCI_CMP_EQ:
	case OCI_CMP_GE:
		break;
	}
	return value;
}

/* Puts values around that of a comparison into its argument. */
static bool agrees_around(struct trial *t, const struct syscall_argument *a)
{
	const uint64_t high = 1ULL << 32, v = a->value.value, w = a->value_two.value;
	const uint64_t value[] = { v,	 v - 1,	   v + 1,   v + high, v - high, ~v,
				   w,	 w | ~v,   w ^ 1,   w + high, 0,	~0ULL,
				   high, high - 1, v & ~0U, v | ~0U };
	__u64 *argument = &t->data.args[a->index.value], before = *argument;
	bool agree = true;

	for (size_t i = 0; agree && i < sizeof value / sizeof *value; i++) {
		*argument = value[i];
		agree = agrees(t);
	}
	*argument = agree ? before : *argument;
	return agree;
}

static bool agrees_near(struct trial *t, const struct syscall_rule *rule)
{
	bool agree = true;

	t->data.args[0] = t->data.args[1] = t->data.args[2] = 0;
	t->data.args[3] = t->data.args[4] = t->data.args[5] = 0;
	for (size_t i = 0; i < rule->args.count; i++)
		t->data.args[rule->args.item[i].index.value] = satisfying(&rule->args.item[i]);
	for (size_t i = 0; agree && i < t->profile->syscalls.count; i++) {
		const struct syscall_rule *other = &t->profile->syscalls.item[i];
		if (!names(other, t->call))
			continue;
		for (size_t k = 0; agree && k < other->args.count; k++)
			agree = agrees_around(t, &other->args.item[k]);
	}
	return agree;
}

/* Rules that have no effect were not compiled, and may name an argument that no call has. */
static bool arguments_exist(const struct seccomp *s)
{
	for (size_t i = 0; i < s->syscalls.count; i++)
		for (size_t k = 0; k < s->syscalls.item[i].args.count; k++)
			if (s->syscalls.item[i].args.item[k].index.value >= FILTER_ARGUMENTS)
				return false;
	return true;
}

static const char *differs(struct pool *pool, const struct trial *t)
{
	unsigned long long a[FILTER_ARGUMENTS];

	for (int i = 0; i < FILTER_ARGUMENTS; i++)
		a[i] = t->data.args[i];
	return pool_text(
		pool,
		"libseccomp %s compiles the rules of %s into a filter that does not do what "
		"they say: %s(%#llx, %#llx, %#llx, %#llx, %#llx, %#llx) has another answer; "
		"write fewer comparisons of its arguments",
		filter_library(pool), t->call, t->call, a[0], a[1], a[2], a[3], a[4], a[5]);
}

const char *filter_contradiction(struct pool *pool, const struct seccomp *s,
				 const struct filter *filter)
{
	struct trial t = { .profile = s, .filter = filter, .left = EVALUATIONS };
	enum oci_architecture native = filter_native();

	t.data.arch = filter_audit_architecture(native);
	if (ULONG_MAX != UINT64_MAX || native == OCI_ARCH_COUNT || !arguments_exist(s))
		return NULL; /* arguments of 32 bits are compared as such */
	for (size_t i = 0; i < s->syscalls.count; i++) {
		const struct syscall_rule *rule = &s->syscalls.item[i];
		for (size_t k = 0; rule->args.count && k < rule->names.count; k++) {
			t.call = rule->names.item[k];
			t.data.nr = filter_call_number(native, t.call);
			if (t.data.nr >= 0 && !agrees_near(&t, rule))
				return differs(pool, &t);
		}
	}
	return NULL;
}

#endif
