/* SPDX-License-Identifier: Apache-2.0 */
/* The planner as a function: a config and facts in, steps out; and the lint, rule by rule. What
 * whole plans look like is shown by tests/plan/. */
#include "base/error.h"
#include "cmd/cmd.h"
#include "libocispec/json.h"
#include "libocispec/text.h"
#include "plan/digest.h"
#include "plan/host.h"
#include "plan/listing.h"
#include "plan/options.h"
#include "plan/plan.h"
#include "seccomp/filter.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
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

/* Reads and compiles what plan_make() is given. */
static const struct inputs *inputs_of(const char *text)
{
	static struct config config;
	static struct host host;
	static struct filter filter;
	static struct request options;
	static struct inputs inputs;
	const struct request given = { .id = "box",
				       .bundle = "/b",
				       .state = "/run/tare/box",
				       .create = { true, true },
				       .relay = { true, true } };
	struct json_error error;

	host = host_of_test();
	if (json_parse(&pool, &shape_config, text, strlen(text), &config, &error))
		fail_msg("%s: %s", error.pointer, error.text);
	filter_make(&pool, &config, &filter);
	options = given;
	inputs = (struct inputs){
		.config = &config, .request = &options, .host = &host, .filter = &filter
	};
	return &inputs;
}

static int make(struct plan *plan, const char *text)
{
	return plan_make(plan, inputs_of(text));
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
	/* Which step goes before which (or after: to the end of the plan's init), and what the lint
	 * says. */
	static const struct {
		enum op_kind what, before;
		const char *says;
	} swaps[] = {
		{ OP_CGROUP, OP_RECORD, "a step before the record has no effect" },
		{ OP_LIMIT, OP_CGROUP, "a slot is filled" },
		{ OP_JOIN, OP_OPEN, "a slot is filled" },
		{ OP_SESSION, OP_CLONE, "a process performs no step before it is cloned" },
		{ OP_ROOT_IDS, OP_IDMAP, "ids are mapped" },
		{ OP_PIVOT, OP_MOUNT, "no host path is used after the pivot" },
		{ OP_PIVOT, OP_MASK, "no host path is used after the pivot" },
		{ OP_ROOT_IDS, OP_OOM, "writes to its own /proc files before" },
		{ OP_ROOT_IDS, OP_ENTER, "a cgroup is entered before" },
		{ OP_UNSHARE, OP_ENTER, "before the cgroup namespace" },
		{ OP_DUMPABLE, OP_IDMAP, "a process is hidden after its ids" },
		{ OP_DUMPABLE, OP_OOM, "a process is hidden after it wrote" },
		{ OP_USER, OP_BOUNDING, "the bounding set is dropped" },
		{ OP_CAPS, OP_USER, "the effective set comes after" },
		{ OP_SECCOMP, OP_NNP, "a filter is loaded with no_new_privs" },
		{ OP_SECCOMP, OP_USER, "a filter" },
		{ OP_EXEC, OP_NNP, "exec is init's last step" },
		{ OP_SETATTR, OP_MOUNT, "a slot is filled" },
		{ OP_MASK, OP_OPEN, "a slot is filled" },
		{ OP_TTY, OP_SESSION, "only the leader of a session" },
		{ OP_PIVOT, OP_TTY, "the terminal is opened below the root" },
		{ OP_ROOT_IDS, OP_TIME, "writes to its own /proc files before" },
		{ OP_IDMAP_MOUNT, OP_IDMAP, "other owners before it is attached" },
		{ OP_ATTRIBUTE, OP_ENTER,
		  "attributes are set after the process enters its cgroup" },
		{ OP_ATTRIBUTE, OP_EXEC, "attributes are set before capabilities are dropped" },
		{ OP_NETDEV, OP_CLONE, "a step that acts on init follows its clone" },
		{ OP_RDT, OP_CLONE, "a step that acts on init follows its clone" },
		{ OP_FETCH, OP_NNP, "as soon as it exists" },
		{ OP_LISTENER, OP_NNP, "a slot is filled" },
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
	plan.step[at(&plan, OP_ROOT_IDS)].who = WHO_STAGER;
	assert_int_not_equal(plan_lint(&plan), 0);
	assert_non_null(strstr(error_last()->text, "a stager's last step"));
	plan_free(&plan);
	assert_int_equal(make(&plan, BASE), 0);
	plan.step[at(&plan, OP_JOIN)].who = WHO_INIT;
	move(&plan, at(&plan, OP_JOIN), at(&plan, OP_DUMPABLE));
	assert_int_not_equal(plan_lint(&plan), 0);
	assert_non_null(
		strstr(error_last()->text, "namespaces that outsiders own are joined before"));
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

/* --- the digest, member by member --- */

enum { ROOM = 1024 };

/* A struct whose texts and lists are all there, and one of each kind. */
static void fill(char *data, const struct member *m, size_t members, size_t size)
{
	static char word[] = "a", *vector[] = { word, NULL };
	static const char *texts[] = { "a" };
	static struct fs_option option = { .key = "a", .value = "b" };
	static struct step_node node = { .path = "a" };
	static struct step_seccomp filter = { .flags = 1 };
	static uint64_t numbers[2] = { 0x0101010101010101,
				       0x0101010101010101 }; /* an item of any list */

	memset(data, 0, size);
	for (size_t i = 0; i < members; i++) {
		void *at = data + m[i].offset;
		size_t one = 1;
		if (m[i].kind == MEMBER_TEXT)
			*(const char **)at = "a";
		else if (m[i].kind == MEMBER_VECTOR)
			*(char *const **)at = vector;
		else if (m[i].kind == MEMBER_OPTIONS)
			*(struct fs_options *)at = (struct fs_options){ &option, 1 };
		else if (m[i].kind == MEMBER_STRINGS)
			*(struct strings *)at = (struct strings){ texts, 1 };
		else if (m[i].kind == MEMBER_FILTER)
			*(const struct step_seccomp **)at = &filter;
		else if (m[i].kind == MEMBER_LIST)
			*(const void **)at = numbers;
		else if (m[i].kind == MEMBER_NODES)
			*(const void **)at = &node;
		else if (m[i].kind == MEMBER_TEXTS)
			*(const void **)at = texts;
		if (m[i].kind == MEMBER_LIST || m[i].kind == MEMBER_NODES ||
		    m[i].kind == MEMBER_TEXTS)
			memcpy(data + m[i].count, &one, sizeof one);
	}
}

static void change(char *data, const struct member *m)
{
	static char word[] = "b", *vector[] = { word, NULL };
	static const char *texts[] = { "b" };
	static struct fs_option option = { .key = "a", .value = "c" };
	static struct step_node node = { .path = "b" };
	static struct sock_filter_of_test {
		uint64_t bytes;
	} program[] = { { 7 } };
	static struct step_seccomp filter = { .flags = 1, .program = program, .count = 1 };
	static uint64_t numbers[2] = { 0x0202020202020202, 0x0202020202020202 };
	void *at = data + m->offset;

	switch (m->kind) {
	case MEMBER_TEXT:
		*(const char **)at = "b";
		break;
	case MEMBER_VECTOR:
		*(char *const **)at = vector;
		break;
	case MEMBER_OPTIONS:
		((struct fs_options *)at)->item = &option;
		break;
	case MEMBER_STRINGS:
		((struct strings *)at)->item = texts;
		break;
	case MEMBER_FILTER:
		*(const struct step_seccomp **)at = &filter;
		break;
	case MEMBER_LIST:
		*(const void **)at = numbers;
		break;
	case MEMBER_NODES:
		*(const void **)at = &node;
		break;
	case MEMBER_TEXTS:
		*(const void **)at = texts;
		break;
	case MEMBER_RUNTIME:
		break;
	case MEMBER_BYTES:
	default: {
		/* The number of a list: none. */
		char *least = data + m->offset +
			      (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? m->size - 1 : 0);
		*least = *least == 0;
		break;
	}
	}
}

static void the_digest_is_of_every_member(void **state)
{
	(void)state;
	for (int op = 0; op < OP_COUNT; op++) {
		struct step step = { .op = (enum op_kind)op, .pointer = "/" };
		struct plan plan = { .step = &step, .steps = 1 };
		size_t members, size;
		const struct member *m = step_members(step.op, &members, &size);
		char *data = (char *)&step.open;
		for (size_t i = 0; i < members; i++) {
			if (m[i].kind == MEMBER_RUNTIME)
				continue;
			fill(data, m, members, size);
			uint64_t before = plan_digest(&plan);
			change(data, &m[i]);
			if (plan_digest(&plan) == before)
				fail_msg("%s: the digest does not see %s", op_name(step.op),
					 m[i].name);
		}
	}
}

/* Every byte of each struct belongs to a member of the table, or to none. */
static void the_digest_forgets_no_member(void **state)
{
	(void)state;
#if defined __has_builtin
#if __has_builtin(__builtin_clear_padding)
#define CHECK(symbol, name, data, ...)                                                             \
	{                                                                                          \
		struct step_##data whole;                                                          \
		char bytes[sizeof whole];                                                          \
		size_t members, size;                                                              \
		const struct member *m = step_members(OP_##symbol, &members, &size);               \
		memset(&whole, 0xff, sizeof whole);                                                \
		__builtin_clear_padding(&whole);                                                   \
		memcpy(bytes, &whole, sizeof whole);                                               \
		for (size_t i = 0; i < members; i++)                                               \
			memset(bytes + m[i].offset, 0, m[i].size);                                 \
		for (size_t i = 0; i < sizeof bytes; i++)                                          \
			if (bytes[i])                                                              \
				fail_msg("byte %zu of struct step_" #data " is in no member", i);  \
	}
	OPS(CHECK)
#undef CHECK
	return;
#endif
#endif
	skip();
}

/* Two plans that are made one after the other do not differ by an address. */
static void the_digest_is_of_no_address(void **state)
{
	struct plan a, b;

	(void)state;
	assert_int_equal(make(&a, BASE), 0);
	uint64_t digest = plan_digest(&a);
	plan_free(&a);
	pool_free(&pool);
	(void)pool_alloc(&pool, ROOM);
	assert_int_equal(make(&b, BASE), 0);
	assert_true(plan_digest(&b) == digest);
	plan_free(&b);
}

/* --- growth --- */

/* The linker puts these in the place of the library's (Makefile.am): how often is compared does not
 * depend on the machine. */
static size_t comparisons;
int __real_strcmp(const char *a, const char *b);
int __real_strncmp(const char *a, const char *b, size_t length);
int __wrap_strcmp(const char *a, const char *b);
int __wrap_strncmp(const char *a, const char *b, size_t length);

int __wrap_strcmp(const char *a, const char *b)
{
	comparisons++;
	return __real_strcmp(a, b);
}

int __wrap_strncmp(const char *a, const char *b, size_t length)
{
	comparisons++;
	return __real_strncmp(a, b, length);
}

/* A config with a list of so many items; each '#' of an item becomes its number. */
static const char *many(const char *before, const char *item, const char *after, unsigned count)
{
	struct text text = { .pool = &pool };

	text_add(&text, "%s", before);
	for (unsigned i = 0; i < count; i++) {
		text_add(&text, "%s", i ? "," : "");
		for (const char *c = item; *c; c++) {
			if (*c == '#')
				text_add(&text, "%u", i);
			else
				text_append(&text, c, 1);
		}
	}
	text_add(&text, "%s", after);
	return text_of(&text);
}

static void planning_grows_hardly_faster_than_the_config(void **state)
{
#define HEAD                                                                                       \
	"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"/r\"},\"process\":{\"cwd\":\"/\","         \
	"\"args\":[\"a\"]"
#define LINUX "\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"network\"}]"
	static const struct {
		const char *before, *item, *after;
	} lists[] = {
		{ HEAD ",\"env\":[", "\"V#=#\"", "]}," LINUX "}}" },
		{ HEAD "}," LINUX ",\"maskedPaths\":[", "\"/m#\"", "]}}" },
		{ HEAD "}," LINUX ",\"readonlyPaths\":[", "\"/m#\"", "]}}" },
		{ HEAD "}," LINUX "},\"mounts\":[", "{\"destination\":\"/m/#\",\"type\":\"tmpfs\"}",
		  "]}" },
		{ HEAD "}," LINUX "},\"mounts\":[",
		  "{\"destination\":\"/m/#\",\"source\":\"/s#\",\"options\":[\"bind\"]}", "]}" },
		{ HEAD "}," LINUX ",\"resources\":{\"devices\":[",
		  "{\"allow\":true,\"type\":\"c\",\"major\":#,\"access\":\"r\"}", "]}}}" },
		{ HEAD "}," LINUX ",\"devices\":[",
		  "{\"path\":\"/dev/x#\",\"type\":\"c\",\"major\":1,\"minor\":#}", "]}}" },
		{ HEAD "}," LINUX ",\"sysctl\":{", "\"net.x#\":\"#\"", "}}}" },
		{ HEAD "}," LINUX ",\"netDevices\":{", "\"e#\":{}", "}}}" },
		{ HEAD "}," LINUX "},\"annotations\":{", "\"run.oci.k#\":\"#\"", "}}" },
		{ HEAD "}," LINUX "},\"hooks\":{\"prestart\":[", "{\"path\":\"/h#\"}", "]}}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		size_t took[2];
		for (unsigned k = 0; k < 2; k++) {
			struct plan plan;
			const struct inputs *inputs = inputs_of(many(
				lists[i].before, lists[i].item, lists[i].after, k ? 8000 : 1000));
			comparisons = 0;
			if (plan_make(&plan, inputs))
				fail_msg("%s: %s", error_last()->pointer, error_last()->text);
			took[k] = comparisons + 1000;
			plan_free(&plan);
		}
		/* Eight times as much: 64 times would be quadratic; n log n is 11. */
		if (took[1] > 16 * took[0])
			fail_msg("%s...: %zu comparisons for 1000, %zu for 8000", lists[i].before,
				 took[0], took[1]);
	}
}

/* --- purity --- */

/* From here on: memory, and the end. */
static void forbid_system_calls(void)
{
#ifndef SYS_mmap
#define SYS_mmap SYS_mmap2 /* ARM */
#endif
	static const int allowed[] = { SYS_brk,	    SYS_mmap, SYS_munmap,    SYS_mremap,
				       SYS_madvise, SYS_exit, SYS_exit_group };
	enum { COUNT = sizeof allowed / sizeof *allowed };
	struct sock_filter program[COUNT + 3] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							   offsetof(struct seccomp_data, nr)) };

	for (unsigned i = 0; i < COUNT; i++)
		program[1 + i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[i], (uint8_t)(COUNT - i), 0);
	program[COUNT + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							  SECCOMP_RET_KILL_PROCESS);
	program[COUNT + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_fprog filter = { COUNT + 3, program };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		_exit(2);
}

static int plan_in_peace(const struct inputs *inputs, bool calls)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct plan plan, exec;
		struct joining joining = { .cgroups = 1, .cgroup = { { "/m", "/p", "", true } } };
		struct inputs joined = *inputs;
		joined.joining = &joining;
		forbid_system_calls();
		if (calls)
			(void)getppid();
		int err = plan_make(&plan, inputs);
		if (!err)
			err = plan_make_exec(&exec, &joined);
		if (!err) {
			struct listing listing = plan_listing(&plan.pool, &plan);
			(void)listing_json(&plan.pool, &listing);
			(void)listing_text(&plan.pool, &listing, &(struct layout){ .width = 80 });
		}
		_exit(err || !plan_digest(&plan));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void the_planner_makes_no_system_call(void **state)
{
	(void)state;
#if defined __SANITIZE_ADDRESS__
	skip(); /* the sanitizer makes calls of its own */
#endif
	int quiet = plan_in_peace(inputs_of(BASE), false);
	if (WIFEXITED(quiet) && WEXITSTATUS(quiet) == 2)
		skip(); /* qemu-user has no seccomp filters */
	assert_int_equal(quiet, 0);
	/* And the test would see one. */
	int status = plan_in_peace(inputs_of(BASE), true);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
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

static void the_rows_of_kinds_are_sane(void **state)
{
	bool undone[UNDO_NOTHING + 1] = { false };

	(void)state;
	for (int op = 0; op < OP_COUNT; op++) {
		const struct op_row *row = op_row((enum op_kind)op);
		undone[row->undo] = true;
		/* It is one of the three, or what it does is not ours: a hook. */
		unsigned ends = row->traits & (LOOKS | EFFECT | INSIDE);
		assert_true(op == OP_HOOK ? !ends : (ends & (ends - 1)) == 0 && ends);
		for (int other = 0; other < op; other++)
			assert_string_not_equal(row->name, op_row((enum op_kind)other)->name);
	}
	/* No part of undo() is without a step that it is for. */
	for (int part = 0; part < UNDO_NOTHING; part++)
		assert_true(undone[part]);
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
		cmocka_unit_test(the_digest_is_of_every_member),
		cmocka_unit_test(the_digest_forgets_no_member),
		cmocka_unit_test(the_digest_is_of_no_address),
		cmocka_unit_test(planning_grows_hardly_faster_than_the_config),
		cmocka_unit_test(the_planner_makes_no_system_call),
		cmocka_unit_test(lint_wants_a_whole_plan),
		cmocka_unit_test(the_digest_is_of_the_whole_plan),
		cmocka_unit_test(mount_options_are_sorted),
		cmocka_unit_test(the_rows_of_kinds_are_sane),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, end);
}
