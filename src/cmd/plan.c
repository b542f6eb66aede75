/* SPDX-License-Identifier: Apache-2.0 */
/* What would happen, without doing it, and without root. */
#include "cmd.h"

#include "base/io.h"
#include "base/report.h"
#include "libocispec/json.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const char *bundle_path, *host_file;
static bool json, print_host;

static const struct option options[] = {
	TEXT("bundle", 'b', bundle_path, "DIR", "the bundle (default: the current directory)"),
	FLAG("json", 0, json, "as a JSON list"),
	TEXT("host", 0, host_file, "FILE",
	     "the facts of another machine, as --print-host prints them"),
	FLAG("print-host", 0, print_host,
	     "print the facts about this machine that plans depend on"),
	END_OF_OPTIONS,
};

static int read_host(struct pool *pool, struct host *host)
{
	struct json_error error;
	auto_free char *text = NULL;
	size_t length;

	if (!host_file)
		return host_probe(pool, host);
	int err = io_slurp(AT_FDCWD, host_file, JSON_SIZE, &text, &length);
	if (err)
		return err;
	if (json_parse(pool, &shape_host, text, length, host, &error))
		return fail(0, NULL, "%s%s: %s (line %u, column %u)", host_file, error.pointer,
			    error.text, error.line, error.column);
	return 0;
}

static int run(int argc, char **argv)
{
	auto_bundle bundle = { 0 };
	auto_plan plan = { 0 };
	auto_pool pool = { 0 };
	struct host host;

	int err = read_host(&pool, &host);
	if (err)
		return err;
	if (print_host)
		return print("%s", json_print(&pool, &shape_host, &host, JSON_PRETTY));
	err = bundle_open(&bundle, argc ? argv[0] : bundle_path ? bundle_path : ".");
	if (err)
		return err;
	struct options options_ = { .id = "ID",
				    .bundle = bundle.path,
				    .state = pool_text(&pool, "%s/ID", state_root()),
				    .cgroup_manager = globals.systemd_cgroup
							      ? "systemd"
							      : globals.cgroup_manager,
				    .relay = { true, true },
				    .dry = true,
				    .create = { true, true } };
	err = plan_make(&plan, &bundle.config, &options_, &host);
	for (size_t i = 0; i < plan.warnings.count; i++)
		warning("%s", plan.warnings.item[i]);
	return err ? err : print("%s", plan_print(&plan, json));
}

const struct verb verb_plan = {
	"plan",
	"[OPTION...] [BUNDLE]",
	"print what create and start would do, step by step",
	options,
	0,
	1,
	run,
	false,
};
