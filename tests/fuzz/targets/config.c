/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes are parsed as a config.json; what is accepted must survive a print and a second parse,
 * and can be planned without a crash. */
#include "tests/fuzz/fuzz.h"
#include "libocispec/json.h"
#include "libocispec/position.h"
#include "base/error.h"
#include "plan/listing.h"
#include "seccomp/filter.h"

static void make_one(const struct inputs *inputs);

static const char *text; /* the config, for the places of what is found */
static size_t text_length;

static void make_plan(const struct config *config, size_t which)
{
	static struct hierarchy v1[] = {
		{ .mount = "/c/a", .controllers = "memory,pids,cpu,cpuset,devices,blkio,hugetlb,net_cls,net_prio,rdma", .own = "/" },
		{ .mount = "/c/u", .controllers = "hugetlb", .own = "/", .unified = { true, true } },
	};
	static struct hierarchy v2 = { .mount = "/c", .controllers = "memory pids cpu cpuset io hugetlb rdma", .own = "/user.slice/x", .unified = { true, true } };
	static const struct host hosts[] = {
		{ .uid = { 0, true }, .capabilities = { UINT64_MAX, true }, .bounding = { UINT64_MAX, true }, .kernel = { 618, true },
		  .cgroups = { v1, 2 }, .apparmor = { true, true }, .selinux = { true, true }, .resctrl = "/r", .files = { 5000, true } },
		{ .uid = { 0, true }, .capabilities = { UINT64_MAX, true }, .bounding = { UINT64_MAX, true }, .kernel = { 504, true },
		  .cgroups = { &v2, 1 } },
		{ .uid = { 1000, true }, .gid = { 1000, true }, .kernel = { 618, true }, .newuidmap = "/u", .newgidmap = "/g", .cgroups = { &v2, 1 } },
		{ .uid = { 0, true }, .capabilities = { UINT64_MAX, true }, .bounding = { UINT64_MAX, true }, .kernel = { 618, true },
		  .user_namespace = { true, true }, .cgroups = { &v2, 1 } },
		{ .uid = { 0, true }, .capabilities = { UINT64_MAX, true }, .bounding = { UINT64_MAX, true }, .kernel = { 419, true },
		  .cgroups = { &v2, 1 }, .mount_api = { false, true } },
		{ .uid = { 0, true }, .capabilities = { UINT64_MAX, true }, .bounding = { UINT64_MAX, true }, .kernel = { 618, true },
		  .cgroups = { &v2, 1 }, .resctrl = "/r" },
	};
	static const struct request requests[] = {
		{ .id = "x", .bundle = "/b", .state = "/s", .relay = { true, true } },
		{ .id = "x", .bundle = "/b", .state = "/s", .console_socket = "/k", .create = { true, true }, .pid_file = "/p",
		  .notify_socket = "/n", .cgroup_manager = "systemd", .listen_fds = { 2, true }, .preserve_fds = { 3, true } },
		{ .id = "x", .bundle = "/b", .state = "/s", .no_pivot = { true, true }, .no_new_keyring = { true, true },
		  .cgroup_manager = "disabled" },
	};
	auto_pool pool = { 0 };
	struct filter filter;

	filter_make(&pool, config, &filter);
	static struct host machine; /* this one, too */
	static struct pool probed;
	if (!machine.kernel.set && host_probe(&probed, &machine))
		abort();
	/* One of them for each input, since all would take long; but all to see what the corpus reaches. */
	size_t combinations = 3 * (sizeof hosts / sizeof *hosts + 1);
	bool all = getenv("FUZZ_ALL") != NULL;
	for (size_t i = all ? 0 : which % combinations; i < combinations; i = all ? i + 1 : combinations) {
		struct host its = i / 3 < sizeof hosts / sizeof *hosts ? hosts[i / 3] : machine;
		host_probe_limits(&pool, &its, config->process);
		const struct inputs inputs = { .config = config, .request = &requests[i % 3], .host = &its, .filter = &filter };
		make_one(&inputs);
	}
}

/* An exec's process, and an update's limits, are the config's. */
static void make_one(const struct inputs *inputs)
{
	static const struct current current = { .memory = -1, .swap = -1, .quota = -1, .period = -1 };
	static const struct joining joining = { .cgroup = { { "/c", "/x", "memory", false } }, .cgroups = 1 };
	struct inputs more = *inputs;
	auto_pool pool = { 0 };
	auto_plan plan = { 0 };

	more.joining = &joining;
	more.current = &current;
	more.resources = inputs->config->linux_ ? inputs->config->linux_->resources : NULL;
	if (inputs->config->process) {
		auto_plan exec = { 0 };
		if (!plan_make_exec(&exec, &more))
			(void)plan_digest(&exec);
	}
	if (more.resources) {
		auto_plan update = { 0 };
		(void)plan_make_update(&update, &more);
	}
	int refused = plan_make(&plan, inputs);
	for (size_t i = 0; text && i < plan.findings.count; i++) {
		unsigned line = 0, column = 0;
		position_of(text, text_length, plan.findings.item[i].pointer, &line, &column);
	}
	if (refused) {
		require(error_last()->code != CODE_INTERNAL);
		return;
	}
	(void)plan_digest(&plan);
	struct listing listing = plan_listing(&pool, &plan), again;
	struct json_error error;
	require(!listing_read(&pool, listing_json(&pool, &listing), &again, &error));
	(void)listing_text(&pool, &listing, &(struct layout){ .width = 80 });
	(void)listing_text(&pool, &listing, &(struct layout){ .full = true, .colour = true });
	require(!listing_difference(&pool, &listing, &again).count);
	if (again.count > 3) { /* without its third step */
		memmove(&again.item[2], &again.item[3], (--again.count - 2) * sizeof *again.item);
		require(listing_difference(&pool, &listing, &again).count);
	}
	int (*const live[])(struct plan *, const struct inputs *) = { plan_make_mounts, plan_make_devices };
	for (size_t i = 0; i < 2; i++) {
		auto_plan added = { 0 };
		if (!live[i](&added, &more))
			(void)plan_digest(&added);
		else
			require(error_last()->code != CODE_INTERNAL); /* the planner breaks no rule of its own */
	}
	auto_plan poststop = { 0 };
	(void)plan_make_poststop(&poststop, inputs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_pool pool = { 0 };
	struct config config, again;
	struct json_error error;
	struct json_problems problems;

	/* As check does: after errors too, with something neutral in their places. */
	(void)json_examine(&pool, &shape_config, (const char *)data, size, &config, &error, true, &problems);
	text = NULL;
	if (problems.usable)
		make_plan(&config, size + (size ? data[size / 2] : 0));
	if (json_parse(&pool, &shape_config, (const char *)data, size, &config, &error))
		return 0;
	text = json_print(&pool, &shape_config, &config, JSON_LINE);
	text_length = strlen(text);
	if (json_parse(&pool, &shape_config, text, text_length, &again, &error))
		abort();
	if (strcmp(text, json_print(&pool, &shape_config, &again, JSON_LINE)))
		abort();
	make_plan(&config, size + (size ? data[size / 2] : 0));
	return 0;
}
