/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what create and start would do, without doing it. Does not need root. */
#include "cmd.h"

#include "base/error.h"
#include "base/io.h"
#include "libocispec/json.h"
#include "plan/listing.h"
#include "plan/record.h"
#include "seccomp/filter.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *bundle_path, *host_file, *process_file, *mounts_file, *images;
static const char *other;
static bool json, print_host, as_root, full;

static const struct option options[] = {
	TEXT("bundle", 'b', bundle_path, "DIR", "the bundle (default: the current directory)"),
	FLAG("json", 0, json, "print the plan as a JSON list"),
	FLAG("full", 0, full, "a line for each step, whatever the width of the terminal"),
	FLAG("as-root", 0, as_root, "the plan that root of this machine would have"),
	TEXT("diff", 0, other, "OTHER",
	     "print what differs from the plan of OTHER: a bundle, or the output of --json"),
	TEXT("host", 0, host_file, "FILE",
	     "use the facts of another machine, as printed by --print-host"),
	TEXT("exec", 0, process_file, "FILE",
	     "plan an exec of the process in FILE into the container"),
	TEXT("mounts", 0, mounts_file, "FILE", "plan to add the mounts in FILE to the container"),
	TEXT("restore", 0, images, "DIR", "plan to restore the container from the images in DIR"),
	FLAG("print-host", 0, print_host,
	     "print the facts about this machine that plans depend on"),
	END_OF_OPTIONS,
};

/* Plans an exec into the cgroups that the plan of the container names. */
static int plan_exec(struct plan *plan, struct bundle *bundle, struct inputs *inputs)
{
	auto_plan made = { 0 };
	struct joining *joining = pool_alloc(&bundle->pool, sizeof *joining);
	struct process *process = pool_alloc(&bundle->pool, sizeof *process);
	int err = plan_make(&made, inputs);

	for (size_t i = 0; !err && i < made.record->cgroups.count; i++) {
		const struct recorded_cgroup *c = &made.record->cgroups.item[i];
		joining->cgroup[joining->cgroups++] =
			(struct joined_cgroup){ c->mount, pool_text(&bundle->pool, "%s", c->path),
						host_controllers(inputs->host, c->mount),
						c->unified.value };
	}
	if (!err)
		err = process_read(&bundle->pool, "--exec", process_file, process);
	if (err)
		return err;
	bundle->config.process = process;
	inputs->joining = joining;
	return plan_make_exec(plan, inputs);
}

static int plan_mounts(struct plan *plan, struct bundle *bundle, struct inputs *inputs)
{
	auto_plan made = { 0 };
	int err = plan_make(&made, inputs);

	if (!err)
		err = mounts_read(&bundle->pool, mounts_file, &bundle->config);
	return err ? err : plan_make_mounts(plan, inputs);
}

static int plan_restore(struct plan *plan, struct bundle *bundle, struct inputs *inputs)
{
	const char *path = absolute(&bundle->pool, images);
	const struct criu_options criu = { .program = globals.criu ? globals.criu : "criu",
					   .images = path,
					   .work = path,
					   .status_fd = -1 };

	inputs->criu = pool_copy_of(&bundle->pool, &criu, sizeof criu);
	return plan_make_restore(plan, inputs);
}

/* Makes the plan of a bundle, with its warnings. */
static int make(struct plan *plan, struct bundle *bundle, struct host *host, const char *path)
{
	int err = bundle_open(bundle, path, NULL);

	if (err)
		return err;
	struct request request = plan_request(&bundle->pool, bundle);
	struct filter filter;
	filter_make(&bundle->pool, &bundle->config, &filter);
	struct inputs inputs = {
		.config = &bundle->config, .request = &request, .host = host, .filter = &filter
	};
	request.create.value = !images;
	err = images	     ? plan_restore(plan, bundle, &inputs)
	      : mounts_file  ? plan_mounts(plan, bundle, &inputs)
	      : process_file ? plan_exec(plan, bundle, &inputs)
			     : plan_make(plan, &inputs);
	say_warnings(plan);
	if (err && host->uid.value && error_last()->code == CODE_NAMESPACE_USER)
		(void)hint("--as-root plans for root, `tare spec --rootless` writes a config for "
			   "this user");
	return err;
}

/* OTHER of --diff: a bundle, or a file with a plan in JSON. */
static int list_other(struct pool *pool, struct host *host, struct listing *listing)
{
	auto_bundle bundle = { 0 };
	auto_plan plan = { 0 };
	auto_free char *text = NULL;
	size_t length;
	struct json_error error;
	struct stat status;

	if (!stat(other, &status) && S_ISDIR(status.st_mode)) {
		int err = make(&plan, &bundle, host, other);
		if (!err)
			*listing = plan_listing(pool, &plan);
		return err ? also("--diff %s", other) : 0;
	}
	int err = io_slurp(AT_FDCWD, other, JSON_SIZE, &text, &length);
	if (err)
		return also("--diff");
	return listing_read(pool, text, listing, &error)
		       ? json_fail(pool_text(pool, "--diff %s", other), &error)
		       : 0;
}

/* The facts as root would find them here. */
static void become_root(struct host *host)
{
	host->uid.value = host->gid.value = 0;
	host->user_namespace.value = false;
	host->capabilities.value = host->bounding.value = (1ULL << (CAP_LAST_CAP + 1)) - 1;
	for (size_t i = 0; i < host->cgroups.count; i++)
		host->cgroups.item[i].writable.value = true;
}

static int show(struct pool *pool, const struct listing *listing)
{
	const struct layout layout = { full, terminal_has_colours(),
				       full ? 0 : terminal_columns() };

	return print("%s",
		     json ? listing_json(pool, listing) : listing_text(pool, listing, &layout));
}

static int run(int argc, char **argv)
{
	auto_bundle bundle = { 0 };
	auto_plan plan = { 0 };
	auto_pool pool = { 0 };
	struct host host;
	struct listing old;

	int err = read_host(&pool, host_file, &host);
	if (err)
		return err;
	if (as_root)
		become_root(&host);
	if (print_host)
		return print("%s", json_print(&pool, &shape_host, &host, JSON_PRETTY));
	err = make(&plan, &bundle, &host, argc ? argv[0] : bundle_path ? bundle_path : ".");
	if (err)
		return err;
	struct listing listing = plan_listing(&pool, &plan);
	if (!other)
		return show(&pool, &listing);
	err = list_other(&pool, &host, &old);
	if (err)
		return err;
	struct listing difference = listing_difference(&pool, &old, &listing);
	if (!json && !difference.count)
		return print("The plans have the same %zu steps.\n", listing.count);
	return show(&pool, &difference);
}

const struct verb verb_plan = {
	.name = "plan",
	.arguments = "[OPTION...] [BUNDLE]",
	.summary = "print what create and start would do, step by step",
	.description =
		"Prints the steps that create and start would perform, in their order:\n"
		"which process performs each (parent, stager or init), what it does, and\n"
		"the JSON pointer of the member of config.json that asks for it. Nothing is\n"
		"carried out, and no privileges are needed. The plan is that of the calling\n"
		"user on this machine; --as-root, --host and --exec plan for others.\n"
		"\n"
		"On a terminal lines are cut to its width. Similar steps in a row share a\n"
		"line; --full gives each its own, and --json has all for programs. NO_COLOR\n"
		"turns colours off.",
	.examples = "  tare plan box/\n"
		    "  tare plan --full box/ | grep mount\n"
		    "  tare plan --json box/ >before.json; tare plan --diff before.json box/\n"
		    "  tare plan --diff other/ box/\n"
		    "  tare plan --as-root box/\n",
	.options = options,
	.least = 0,
	.most = 1,
	.run = run,
};
