/* SPDX-License-Identifier: Apache-2.0 */
/* The planner as a function: a config and facts in, steps out; and the lint, rule by rule. What whole plans
 * look like is shown by tests/plan/. */
#include "base/report.h"
#include "cmd/cmd.h"
#include "libocispec/json.h"
#include "plan/host.h"
#include "plan/options.h"
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <cmocka.h>

struct globals globals;
const char *state_root(void)
{
	return "/nowhere";
}

static struct pool pool;

static struct host host_of_test(void)
{
	static struct hierarchy v1[] = {
		{ .mount = "/sys/fs/cgroup/memory",
		  .controllers = "memory",
		  .own = "/",
		  .writable = { true, true } },
		{ .mount = "/sys/fs/cgroup/devices",
		  .controllers = "devices",
		  .own = "/",
		  .writable = { true, true } },
	};

	return (struct host){ .uid = { 1000,
				       true }, /* with all rights, but hidden by the plan only */
			      .gid = { 0, true },
			      .capabilities = { UINT64_MAX, true },
			      .bounding = { UINT64_MAX, true },
			      .kernel = { 618, true },
			      .resctrl = "/sys/fs/resctrl",
			      .cgroups = { v1, 2 } };
}

static int make(struct plan *plan, const char *text)
{
	static struct config config;
	static struct host host;
	const struct options options = { .id = "box",
					 .bundle = "/b",
					 .state = "/run/tare/box",
					 .create = { true, true },
					 .relay = { true, true },
					 .dry = true };
	struct json_error error;

	host = host_of_test();
	if (json_parse(&pool, &shape_config, text, strlen(text), &config, &error))
		fail_msg("%s: %s", error.pointer, error.text);
	return plan_make(plan, &config, &options, &host);
}

#define BASE                                                                                       \
	"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"/r\"},\"process\":{\"terminal\":true,"     \
	"\"cwd\":\"/\",\"args\":[\"a\"],\"noNewPrivileges\":true,\"oomScoreAdj\":1},"              \
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"},"                      \
	"{\"type\":\"cgroup\"},{\"type\":\"user\"},{\"type\":\"time\"},"                           \
	"{\"type\":\"network\",\"path\":\"/n\"}],\"timeOffsets\":{},"                              \
	"\"netDevices\":{\"e\":{}},\"intelRdt\":{},"                                               \
	"\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}],"                       \
	"\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}],"                       \
	"\"maskedPaths\":[\"/m\"],\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\","              \
	"\"listenerPath\":\"/a\",\"syscalls\":[{\"names\":[\"mkdir\"],"                            \
	"\"action\":\"SCMP_ACT_NOTIFY\"}]}},"                                                      \
	"\"mounts\":[{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"ro\"]},"            \
	"{\"destination\":\"/d\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap\"]}]}"

static size_t at(const struct plan *plan, enum op_kind op)
{
	for (size_t i = 0; i < plan->steps; i++)
		if (plan->step[i].op == op)
			return i;
	fail_msg("no step %s", op_name(op));
	return 0;
}

/* Moves step `from` before step `to`. */
static void move(struct plan *plan, size_t from, size_t to)
{
	struct step step = plan->step[from];

	if (from > to)
		memmove(&plan->step[to + 1], &plan->step[to], (from - to) * sizeof step);
	else
		memmove(&plan->step[from], &plan->step[from + 1], (to-- - from - 1) * sizeof step);
	plan->step[to] = step;
}

static void lint_keeps_each_rule(void **state)
{
	/* Which step goes before which (or after: to the end of the plan's init), and what the lint says. */
	static const struct {
		enum op_kind what, before;
		const char *says;
	} swaps[] = {
		{ OP_CGROUP, OP_RECORD, "only looking before the record" },
		{ OP_LIMIT, OP_CGROUP, "a slot is filled" },
		{ OP_JOIN, OP_OPEN, "a slot is filled" },
		{ OP_SESSION, OP_CLONE, "nobody acts before he is cloned" },
		{ OP_BECOME, OP_IDMAP, "ids are mapped" },
		{ OP_PIVOT, OP_MOUNT, "no path of the host after the pivot" },
		{ OP_PIVOT, OP_MASK, "no path of the host after the pivot" },
		{ OP_BECOME, OP_OOM, "writes to its own /proc files before" },
		{ OP_BECOME, OP_ENTER, "a cgroup is entered before" },
		{ OP_UNSHARE, OP_ENTER, "before the cgroup namespace" },
		{ OP_HIDE, OP_IDMAP, "a process is hidden after its ids" },
		{ OP_HIDE, OP_OOM, "a process is hidden after it wrote" },
		{ OP_USER, OP_BOUNDING, "the bounding set is dropped" },
		{ OP_CAPS, OP_USER, "the effective set comes after" },
		{ OP_SECCOMP, OP_NNP, "a filter is loaded with no_new_privs" },
		{ OP_SECCOMP, OP_USER, "a filter" },
		{ OP_EXEC, OP_NNP, "exec is init's last step" },
		{ OP_SEAL, OP_MOUNT, "a slot is filled" },
		{ OP_MASK, OP_OPEN, "a slot is filled" },
		{ OP_TTY, OP_SESSION, "only the leader of a session" },
		{ OP_PIVOT, OP_TTY, "the terminal is opened below the root" },
		{ OP_BECOME, OP_TIME, "writes to its own /proc files before" },
		{ OP_REMAP, OP_IDMAP, "other owners while nobody sees it" },
		{ OP_ATTRIBUTE, OP_ENTER, "judged by the cgroup" },
		{ OP_ATTRIBUTE, OP_EXEC, "while there are capabilities" },
		{ OP_NETDEV, OP_CLONE, "init is there before" },
		{ OP_RDT, OP_CLONE, "init is there before" },
		{ OP_LISTENER, OP_NNP, "as soon as it exists" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++) {
		struct plan plan;
		if (make(&plan, BASE))
			fail_msg("%s %s", error_last()->pointer, error_last()->text);
		size_t from = at(&plan, swaps[i].what);
		move(&plan, from, at(&plan, swaps[i].before));
		if (!plan_lint(&plan))
			fail_msg("%s before %s passes", op_name(swaps[i].what),
				 op_name(swaps[i].before));
		if (!strstr(error_last()->text, swaps[i].says))
			fail_msg("%s before %s: %s", op_name(swaps[i].what),
				 op_name(swaps[i].before), error_last()->text);
		plan_free(&plan);
	}
}

static void lint_wants_a_whole_plan(void **state)
{
	static const enum op_kind needed[] = { OP_EXEC, OP_RECORD, OP_PIVOT };
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(make(&plan, BASE), 0);
		size_t index = at(&plan, needed[i]);
		move(&plan, index, plan.steps);
		plan.steps--;
		assert_int_not_equal(plan_lint(&plan), 0);
		plan_free(&plan);
	}
	assert_int_equal(make(&plan, BASE), 0);
	plan.step[at(&plan, OP_MOUNT)].who = WHO_PARENT;
	assert_int_not_equal(plan_lint(&plan), 0);
	assert_non_null(strstr(error_last()->text, "the parent does nothing inside"));
	plan_free(&plan);
	assert_int_equal(make(&plan, BASE), 0);
	plan.step[at(&plan, OP_BECOME)].who = WHO_STAGER;
	assert_int_not_equal(plan_lint(&plan), 0);
	assert_non_null(strstr(error_last()->text, "a stager's last step"));
	plan_free(&plan);
	assert_int_equal(make(&plan, BASE), 0);
	plan.step[at(&plan, OP_JOIN)].who = WHO_INIT;
	move(&plan, at(&plan, OP_JOIN), at(&plan, OP_HIDE));
	assert_int_not_equal(plan_lint(&plan), 0);
	assert_non_null(strstr(error_last()->text, "what outsiders own is joined before"));
	plan_free(&plan);
}

static void the_digest_is_of_the_whole_plan(void **state)
{
	struct plan a, b;

	(void)state;
	assert_int_equal(make(&a, BASE), 0);
	assert_int_equal(make(&b, BASE), 0);
	assert_true(plan_digest(&a) == plan_digest(&b));
	b.step[at(&b, OP_OOM)].text.text = "2";
	assert_true(plan_digest(&a) != plan_digest(&b));
	plan_free(&a);
	plan_free(&b);
}

static void mount_options_are_sorted(void **state)
{
	const char *words[] = { "ro",	       "nosuid",   "rro",	 "rnoatime", "rw",
				"strictatime", "rprivate", "size=1k",	 "sync",     "rbind",
				"mode=700",    "silent",   "nosymfollow" };
	const struct strings list = { words, sizeof words / sizeof *words };
	struct mount_options o;

	(void)state;
	options_read(&pool, &list, &o);
	assert_int_equal(o.attributes.set, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME | 0x200000);
	assert_int_equal(o.attributes.clear, MOUNT_ATTR_RDONLY | 0x70);
	assert_int_equal(o.below.set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME);
	assert_int_equal(o.propagation.count, 1);
	assert_int_equal(o.propagation.item[0], MS_PRIVATE | MS_REC);
	assert_true(o.behaviour == OPTION_RBIND && o.has_mode);
	assert_int_equal(o.data.count, 3);
	assert_string_equal(o.data.item[0].key, "size");
	assert_string_equal(o.data.item[0].value, "1k");
	assert_null(o.data.item[1].value);
}

static void every_op_has_a_name(void **state)
{
	(void)state;
	for (int op = 0; op < OP_COUNT; op++) {
		assert_non_null(op_name((enum op_kind)op));
		for (int other = 0; other < op; other++)
			assert_string_not_equal(op_name((enum op_kind)op),
						op_name((enum op_kind)other));
	}
}

static int end(void **state)
{
	(void)state;
	pool_free(&pool);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lint_keeps_each_rule),
		cmocka_unit_test(lint_wants_a_whole_plan),
		cmocka_unit_test(the_digest_is_of_the_whole_plan),
		cmocka_unit_test(mount_options_are_sorted),
		cmocka_unit_test(every_op_has_a_name),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, end);
}
