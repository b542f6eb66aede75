/* SPDX-License-Identifier: Apache-2.0 */
/* New limits for a container: from options, or from a JSON document like linux.resources. */
#include "cmd.h"

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/io.h"
#include "libocispec/json.h"
#include "plan/record.h"
#include "stage/change.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	const char *resources;
	const char *memory, *reservation, *swap, *kernel, *kernel_tcp, *pids;
	const char *shares, *quota, *burst, *period, *rt_runtime, *rt_period, *idle;
	const char *cpus, *mems, *weight;
	const char *l3, *bandwidth;
	const char *add_devices, *remove_devices;
} given;

static const struct option options[] = {
	TEXT("resources", 'r', given.resources, "FILE",
	     "read FILE, a JSON object like linux.resources of config.json; -: stdin"),
	TEXT("memory", 0, given.memory, "BYTES", "limit of memory, such as 64M; -1: no limit"),
	TEXT("memory-reservation", 0, given.reservation, "BYTES", "reserved memory (soft limit)"),
	TEXT("memory-swap", 0, given.swap, "BYTES", "limit of memory and swap together"),
	TEXT("pids-limit", 0, given.pids, "NUMBER", "limit of processes and threads"),
	TEXT("cpu-share", 0, given.shares, "NUMBER", "CPU shares, relative to other cgroups"),
	TEXT("cpu-quota", 0, given.quota, "MICROSECONDS", "CPU time in each period"),
	TEXT("cpu-period", 0, given.period, "MICROSECONDS", "length of a CPU period"),
	TEXT("cpu-burst", 0, given.burst, "MICROSECONDS",
	     "unused CPU time that may be kept for later periods"),
	TEXT("cpu-idle", 0, given.idle, "0|1", "1: run only when nothing else does"),
	TEXT("cpu-rt-runtime", 0, given.rt_runtime, "MICROSECONDS",
	     "CPU time of real-time tasks in each period"),
	TEXT("cpu-rt-period", 0, given.rt_period, "MICROSECONDS", "length of a real-time period"),
	TEXT("cpuset-cpus", 0, given.cpus, "LIST", "CPUs to run on, such as 0-3,7"),
	TEXT("cpuset-mems", 0, given.mems, "LIST", "memory nodes"),
	TEXT("blkio-weight", 0, given.weight, "WEIGHT",
	     "weight for block devices, from 10 to 1000"),
	TEXT("l3-cache-schema", 0, given.l3, "TEXT",
	     "L3 schema of the Intel RDT class, such as L3:0=f"),
	TEXT("mem-bw-schema", 0, given.bandwidth, "TEXT",
	     "MB schema of the Intel RDT class, such as MB:0=20"),
	TEXT("add-devices", 0, given.add_devices, "FILE",
	     "add the devices of FILE, an array like linux.devices of config.json: node and rule"),
	TEXT("remove-devices", 0, given.remove_devices, "FILE",
	     "take away devices that were added"),
	TEXT("kernel-memory", 0, given.kernel, "BYTES", "ignored: removed from Linux in 5.16"),
	TEXT("kernel-memory-tcp", 0, given.kernel_tcp, "BYTES",
	     "limit of TCP buffers (cgroup v1 only)"),
	END_OF_OPTIONS,
};

/* "64M", "1g", "-1": bytes. K, M, G and T are powers of 1024; "b" and "iB" may follow. */
static int parse_size(const char *text, int64_t *size)
{
	char *end;
	int shift = 0;

	errno = 0;
	long long number = strtoll(text, &end, 10);
	const char *unit = end != text ? strchr("kmgt", tolower((unsigned char)*end)) : NULL;
	if (unit && *end) {
		static const int shifts[] = { 10, 20, 30, 40 };
		shift = shifts[strchr("kmgt", *unit) - "kmgt"];
		end++;
	}
	end += *end == 'i' && tolower((unsigned char)end[1]) == 'b' ? 2
	       : tolower((unsigned char)*end) == 'b'		    ? 1
								    : 0;
	if (end == text || *end || errno || number < -1 || number > INT64_MAX >> shift)
		return -1;
	*size = number < 0 ? -1 : number << shift;
	return 0;
}

static int store(const char *option, const char *text, struct opt_i64 *number)
{
	if (text && parse_size(text, &number->value))
		return fail_as(CODE_OPTION, 0, NULL, "--%s takes a number, not \"%s\"", option,
			       text);
	number->set |= text != NULL;
	return 0;
}

/* For unsigned members. */
static int store_natural(const char *option, const char *text, struct opt_u64 *number)
{
	struct opt_i64 value = { 0 };
	int err = store(option, text, &value);

	if (!err && text && value.value < 0)
		err = fail_as(CODE_OPTION, 0, NULL,
			      "--%s takes a number that is not negative, not \"%s\"", option, text);
	if (!err && text)
		*number = (struct opt_u64){ (uint64_t)value.value, true };
	return err;
}

/* The options override the document. */
static int merge_options(struct pool *pool, struct resources *r)
{
	struct opt_u64 weight = { 0 };

	r->memory = r->memory ? r->memory : pool_alloc(pool, sizeof *r->memory);
	r->cpu = r->cpu ? r->cpu : pool_alloc(pool, sizeof *r->cpu);
	r->pids = r->pids ? r->pids : pool_alloc(pool, sizeof *r->pids);
	int err = store("memory", given.memory, &r->memory->limit);
	err = err ? err : store("memory-reservation", given.reservation, &r->memory->reservation);
	err = err ? err : store("memory-swap", given.swap, &r->memory->swap);
	err = err ? err : store("kernel-memory", given.kernel, &r->memory->kernel);
	err = err ? err : store("kernel-memory-tcp", given.kernel_tcp, &r->memory->kernel_tcp);
	err = err ? err : store("pids-limit", given.pids, &r->pids->limit);
	err = err ? err : store_natural("cpu-share", given.shares, &r->cpu->shares);
	err = err ? err : store("cpu-quota", given.quota, &r->cpu->quota);
	err = err ? err : store_natural("cpu-burst", given.burst, &r->cpu->burst);
	err = err ? err : store_natural("cpu-period", given.period, &r->cpu->period);
	err = err ? err : store("cpu-rt-runtime", given.rt_runtime, &r->cpu->realtime_runtime);
	err = err ? err : store_natural("cpu-rt-period", given.rt_period, &r->cpu->realtime_period);
	err = err ? err : store("cpu-idle", given.idle, &r->cpu->idle);
	err = err ? err : store_natural("blkio-weight", given.weight, &weight);
	if (err)
		return err;
	r->cpu->cpus = given.cpus ? given.cpus : r->cpu->cpus;
	r->cpu->mems = given.mems ? given.mems : r->cpu->mems;
	if (weight.value > UINT16_MAX)
		return fail_as(CODE_OPTION, 0, NULL, "--blkio-weight: %s is not from 10 to 1000",
			       given.weight);
	if (weight.value && !r->block_io)
		r->block_io = pool_alloc(pool, sizeof *r->block_io);
	if (weight.value)
		r->block_io->weight = (struct opt_u16){ (uint16_t)weight.value, true };
	return 0;
}

static int read_document(struct pool *pool, struct resources *r)
{
	auto_free char *text = NULL;
	struct json_error error;
	size_t length;
	int err = read_document_text(given.resources, &text, &length);

	if (err)
		return also("--resources");
	if (json_parse(pool, &shape_resources, text, length, r, &error))
		return json_fail(pool_text(pool, "--resources %s", given.resources), &error);
	/* Zeros in Docker's document mean "unchanged"; on the command line, 0 means 0. */
	if (r->pids && !r->pids->limit.value)
		r->pids = NULL;
	return 0;
}

/* The limits do not come from config.json, so the error names only the member: "memory/limit:
 * ...". */
static int name_the_limit(int err)
{
	static const char common[] = "/linux/resources/";
	char pointer[sizeof error_last()->pointer];

	if (!err || strncmp(error_last()->pointer, common, sizeof common - 1))
		return err;
	memcpy(pointer, error_last()->pointer, sizeof pointer);
	(void)from_elsewhere(pointer + sizeof common - 1);
	return err;
}

static int update_limits(struct container *c, struct pool *pool)
{
	auto_plan plan = { 0 };
	struct resources resources = { 0 };
	struct current current;
	struct added added;
	struct kept kept;
	struct config config;

	int err = given.resources ? read_document(pool, &resources) : 0;
	if (!err)
		err = merge_options(pool, &resources);
	if (!err)
		err = kept_read(c, &kept, &config);
	if (err)
		return err;
	err = rules_begin(c, pool, &config, &resources, &added);
	if (err)
		return err;
	update_read_current(c, &current);
	const struct inputs inputs = { .config = &config,
				       .request = kept.request,
				       .host = kept.host,
				       .resources = &resources,
				       .current = &current };
	err = plan_make_update(&plan, &inputs);
	say_warnings(&plan);
	if (!err) {
		/* From here on a signal does not end the command between two limits. */
		interrupt_begin();
		err = update(c, kept.host, &plan);
	}
	if (!err && plan_changes_devices(&resources))
		err = container_write_added(c, &added);
	if (err && error_last()->err == EBUSY &&
	    !strcmp(error_last()->pointer, "/linux/resources/memory/limit"))
		(void)hint("the container uses %lld bytes, and its limit is %s: give a limit above "
			   "what it "
			   "uses, or let it free memory first",
			   (long long)current.usage,
			   current.memory < 0
				   ? "none"
				   : pool_text(&c->pool, "%lld", (long long)current.memory));
	return name_the_limit(err);
}

static int update_schemata(struct container *c, struct pool *pool)
{
	if (!given.l3 && !given.bandwidth)
		return 0;
	return update_class(
		c, pool_text(pool, "%s%s%s%s", given.l3 ? given.l3 : "", given.l3 ? "\n" : "",
			     given.bandwidth ? given.bandwidth : "", given.bandwidth ? "\n" : ""));
}

static unsigned options_given(void)
{
	unsigned count = 0;

	for (const struct option *o = options; o->name; o++)
		count += o->kind == OPTION_TEXT && *(const char **)o->value;
	return count;
}

/* All or none: the nodes and rules of one list are, limits besides would not be. */
static bool only_devices(void)
{
	if (options_given() == 1)
		return true;
	(void)fail_as(
		CODE_OPTION, 0, NULL,
		"--add-devices and --remove-devices stand alone: give limits in another update");
	return false;
}

static int change_devices(struct container *c, struct pool *pool)
{
	bool adds = given.add_devices;
	const char *path = adds ? given.add_devices : given.remove_devices;
	int err = update_devices(c, pool, path, adds);

	if (err && !strncmp(error_last()->pointer, "/linux/devices", 14))
		(void)from_elsewhere(
			pool_text(pool, "%s#%s", document_name(path), error_last()->pointer + 6));
	return err;
}

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;
	auto_pool pool = { 0 };

	(void)argc;
	int err = open_locked(&c, argv[0]);
	if (!err)
		err = check_alive(&c);
	if (err)
		return err;
	if (!container_record(&c))
		return -EINVAL;
	if (!options_given())
		warning("no limit is given, so nothing changes");
	if (given.add_devices || given.remove_devices)
		return only_devices() ? change_devices(&c, &pool) : -EINVAL;
	err = update_limits(&c, &pool);
	return err ? err : update_schemata(&c, &pool);
}

const struct verb verb_update = {
	.name = "update",
	.arguments = "[OPTION...] ID",
	.summary = "change the limits of a container",
	.description =
		"Changes the limits of a container while it runs: to those of a JSON object\n"
		"like linux.resources, and to those of the options. Limits that are not\n"
		"given, and those that are 0 in the JSON object, stay. If the kernel\n"
		"refuses a limit, those already changed are restored, and the error names\n"
		"it. Sizes are bytes, with K, M, G or T; -1 is no limit.",
	.examples = "  tare update --memory 64M --pids-limit 100 mine\n"
		    "  echo '{\"pids\": {\"limit\": 100}}' | tare update --resources - mine\n",
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
