/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what create and start would do, without doing it. Does not need root. */
#include "cmd.h"

#include "base/error.h"
#include "libocispec/json.h"
#include "plan/record.h"
#include "seccomp/filter.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const char *bundle_path, *host_file, *process_file;
static bool json, print_host;

static const struct option options[] = {
	TEXT("bundle", 'b', bundle_path, "DIR", "the bundle (default: the current directory)"),
	FLAG("json", 0, json, "print the plan as a JSON list"),
	TEXT("host", 0, host_file, "FILE",
	     "use the facts of another machine, as printed by --print-host"),
	TEXT("exec", 0, process_file, "FILE",
	     "plan an exec of the process in FILE into the container"),
	FLAG("print-host", 0, print_host,
	     "print the facts about this machine that plans depend on"),
	END_OF_OPTIONS,
};

/* Plans an exec into the cgroups that the plan of the container names. */
static int plan_exec(struct plan *plan, struct bundle *bundle, struct inputs *inputs)
{
	auto_plan made = { 0 };
	struct joining joining = { 0 };
	struct process *process = pool_alloc(&bundle->pool, sizeof *process);
	int err = plan_make(&made, inputs);

	for (size_t i = 0; !err && i < made.record->cgroups.count; i++) {
		const struct recorded_cgroup *c = &made.record->cgroups.item[i];
		joining.cgroup[joining.cgroups++] =
			(struct joined_cgroup){ c->mount, pool_text(&bundle->pool, "%s", c->path),
						host_controllers(inputs->host, c->mount),
						c->unified.value };
	}
	if (!err)
		err = process_read(&bundle->pool, "--exec", process_file, process);
	if (err)
		return err;
	bundle->config.process = process;
	inputs->joining = &joining;
	return plan_make_exec(plan, inputs);
}

static int run(int argc, char **argv)
{
	auto_bundle bundle = { 0 };
	auto_plan plan = { 0 };
	auto_pool pool = { 0 };
	struct host host;

	int err = read_host(&pool, host_file, &host);
	if (err)
		return err;
	if (print_host)
		return print("%s", json_print(&pool, &shape_host, &host, JSON_PRETTY));
	err = bundle_open(&bundle, argc ? argv[0] : bundle_path ? bundle_path : ".", NULL);
	if (err)
		return err;
	struct request request = plan_request(&pool, &bundle);
	struct filter filter;
	filter_make(&pool, &bundle.config, &filter);
	struct inputs inputs = {
		.config = &bundle.config, .request = &request, .host = &host, .filter = &filter
	};
	err = process_file ? plan_exec(&plan, &bundle, &inputs) : plan_make(&plan, &inputs);
	say_warnings(&plan);
	return err ? err : print("%s", plan_print(&plan, json));
}

const struct verb verb_plan = {
	.name = "plan",
	.arguments = "[OPTION...] [BUNDLE]",
	.summary = "print what create and start would do, step by step",
	.options = options,
	.least = 0,
	.most = 1,
	.run = run,
};
