/* SPDX-License-Identifier: Apache-2.0 */
#include "stats.h"

#include "base/error.h"
#include "base/io.h"
#include "cgroup/fs.h"
#include "cgroup/members.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_SIZE = 64 * 1024 };

struct view {
	struct container *c;
	struct pool *pool;
};

/* The content of a file in one of the cgroups; "" if none of them has it. Valid until the next
 * call. */
static char *text_of(struct container *c, const char *file)
{
	static char text[TEXT_SIZE];
	auto_fd int directory = members_cgroup_with(container_record(c), file);

	if (directory < 0 || cgroup_read(directory, file, text, sizeof text) < 0)
		*text = '\0';
	error_clear();
	return text;
}

/* "max" means no limit: it becomes the greatest number, as in runc. */
static uint64_t to_number(const char *text)
{
	return !strncmp(text, "max", 3) ? UINT64_MAX : strtoull(text, NULL, 10);
}

/* The number in a file, and the one for a key in it. */
static uint64_t number(const struct view *v, const char *file)
{
	return members_number(container_record(v->c), file, NULL);
}

static uint64_t number_of(const struct view *v, const char *file, const char *key)
{
	return members_number(container_record(v->c), file, key);
}

static bool there_is(const struct view *v, const char *file)
{
	return *text_of(v->c, file);
}

/* {"some":{"avg10":0.00,...},"full":...} with a comma before, or nothing. */
static const char *pressure(const struct view *v, const char *file)
{
	const char *json = "";
	char *save;

	for (char *line = strtok_r(text_of(v->c, file), "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char kind[8], avg10[16], avg60[16], avg300[16];
		uint64_t total;
		if (sscanf(line,
			   "%7s avg10=%15[0-9.] avg60=%15[0-9.] avg300=%15[0-9.] total=%" SCNu64,
			   kind, avg10, avg60, avg300, &total) != 5)
			continue;
		json = pool_text(
			v->pool,
			"%s%s\"%s\":{\"avg10\":%s,\"avg60\":%s,\"avg300\":%s,\"total\":%" PRIu64
			"}",
			json, *json ? "," : "", kind, avg10, avg60, avg300, total);
	}
	return *json ? pool_text(v->pool, ",\"psi\":{%s}", json) : "";
}

/* One column of cpuacct.usage_all (Linux 4.7), "cpu user system", as a member with a list; or
 * nothing. */
static const char *each_cpu(const struct view *v, const char *name, int column)
{
	const char *json = "";
	char *save;

	for (char *line = strtok_r(text_of(v->c, "cpuacct.usage_all"), "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		uint64_t value[3];
		if (sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64, value, value + 1, value + 2) ==
		    3)
			json = pool_text(v->pool, "%s%s%" PRIu64, json, *json ? "," : "",
					 value[column]);
	}
	return *json ? pool_text(v->pool, "\"%s\":[%s],", name, json) : "";
}

/* "0-2,7" as a list of numbers. */
static const char *numbers(const struct view *v, const char *file)
{
	const char *json = "";
	char *text = text_of(v->c, file);

	while (*text >= '0' && *text <= '9') {
		unsigned long first = strtoul(text, &text, 10), last = first;
		if (*text == '-')
			last = strtoul(text + 1, &text, 10);
		for (; first <= last && last < 100000; first++)
			json = pool_text(v->pool, "%s%s%lu", json, *json ? "," : "", first);
		text += *text == ',';
	}
	return json;
}

/* ,"cpuset":{...} as runc has it for v1; or nothing. */
static const char *cpuset(const struct view *v)
{
	static const char *const flag[] = { "cpu_exclusive",	       "mem_hardwall",
					    "mem_exclusive",	       "memory_migrate",
					    "memory_spread_page",      "memory_spread_slab",
					    "memory_pressure",	       "sched_load_balance",
					    "sched_relax_domain_level" };
	const char *json = "";

	if (!there_is(v, "cpuset.cpu_exclusive"))
		return json;
	for (size_t i = 0; i < sizeof flag / sizeof *flag; i++)
		json = pool_text(
			v->pool, "%s,\"%s\":%lld", json, flag[i],
			strtoll(text_of(v->c, pool_text(v->pool, "cpuset.%s", flag[i])), NULL, 10));
	const char *cpus = numbers(v, "cpuset.cpus"), *mems = numbers(v, "cpuset.mems");
	return pool_text(v->pool, ",\"cpuset\":{\"cpus\":[%s],\"mems\":[%s]%s}", cpus, mems, json);
}

static const char *cpu(const struct view *v)
{
	uint64_t total, kernel, user, throttled;
	const char *each = "";
	bool v2 = number_of(v, "cpu.stat", "usage_usec") || !there_is(v, "cpuacct.usage");

	if (v2) {
		total = number_of(v, "cpu.stat", "usage_usec") * 1000;
		kernel = number_of(v, "cpu.stat", "system_usec") * 1000;
		user = number_of(v, "cpu.stat", "user_usec") * 1000;
		throttled = number_of(v, "cpu.stat", "throttled_usec") * 1000;
	} else {
		uint64_t tick = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
		char *save;
		total = number(v, "cpuacct.usage");
		kernel = number_of(v, "cpuacct.stat", "system") * tick;
		user = number_of(v, "cpuacct.stat", "user") * tick;
		throttled = number_of(v, "cpu.stat", "throttled_time");
		for (char *word = strtok_r(text_of(v->c, "cpuacct.usage_percpu"), " \n", &save);
		     word; word = strtok_r(NULL, " \n", &save))
			each = pool_text(v->pool, "%s%s%" PRIu64, each, *each ? "," : "",
					 to_number(word));
		each = *each ? pool_text(v->pool, "\"percpu\":[%s],", each) : "";
		each = pool_text(v->pool, "%s%s%s", each, each_cpu(v, "percpu_kernel", 2),
				 each_cpu(v, "percpu_user", 1));
	}
	return pool_text(v->pool,
			 "{\"usage\":{\"total\":%" PRIu64 ",%s\"kernel\":%" PRIu64
			 ",\"user\":%" PRIu64 "},\"throttling\":{\"periods\":%" PRIu64
			 ",\"throttledPeriods\":%" PRIu64 ",\"throttledTime\":%" PRIu64 "}%s}",
			 total, each, kernel, user, number_of(v, "cpu.stat", "nr_periods"),
			 number_of(v, "cpu.stat", "nr_throttled"), throttled,
			 pressure(v, "cpu.pressure"));
}

static const char *amount(const struct view *v, uint64_t limit, uint64_t usage, uint64_t most,
			  uint64_t failed)
{
	return pool_text(v->pool,
			 "{\"limit\":%" PRIu64 ",\"usage\":%" PRIu64 ",\"max\":%" PRIu64
			 ",\"failcnt\":%" PRIu64 "}",
			 limit, usage, most, failed);
}

/* The four files of a v1 counter. */
static const char *v1_amount(const struct view *v, const char *prefix)
{
	static const char *const file[] = { "limit_in_bytes", "usage_in_bytes",
					    "max_usage_in_bytes", "failcnt" };
	uint64_t value[4];

	for (int i = 0; i < 4; i++)
		value[i] = number(v, pool_text(v->pool, "%s.%s", prefix, file[i]));
	return amount(v, value[0], value[1], value[2], value[3]);
}

static const char *raw(const struct view *v)
{
	const char *json = "";
	char *save;

	for (char *line = strtok_r(text_of(v->c, "memory.stat"), "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char key[64];
		uint64_t value;
		if (sscanf(line, "%63[a-z0-9_] %" SCNu64, key, &value) == 2)
			json = pool_text(v->pool, "%s%s\"%s\":%" PRIu64, json, *json ? "," : "",
					 key, value);
	}
	return json;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static const char *memory(const struct view *v)
{
	const char *usage, *swap, *kernel, *tcp;
	uint64_t cache;

	if (there_is(v, "memory.current")) {
		uint64_t used = number(v, "memory.current"), limit = number(v, "memory.max");
		cache = number_of(v, "memory.stat", "file");
		usage = amount(v, limit, used, number(v, "memory.peak"),
			       number_of(v, "memory.events", "max"));
		swap = amount(v, sum(number(v, "memory.swap.max"), limit),
			      sum(number(v, "memory.swap.current"), used),
			      number(v, "memory.swap.peak"),
			      number_of(v, "memory.swap.events", "fail"));
		kernel = tcp = amount(v, 0, 0, 0, 0);
	} else {
		cache = number_of(v, "memory.stat", "cache");
		usage = v1_amount(v, "memory");
		swap = v1_amount(v, "memory.memsw");
		kernel = v1_amount(v, "memory.kmem");
		tcp = v1_amount(v, "memory.kmem.tcp");
	}
	return pool_text(v->pool,
			 "{\"cache\":%" PRIu64 ",\"usage\":%s,\"swap\":%s,\"kernel\":%s,"
			 "\"kernelTCP\":%s,\"raw\":{%s}%s}",
			 cache, usage, swap, kernel, tcp, raw(v), pressure(v, "memory.pressure"));
}

static const char *block_entry(const struct view *v, const char *list, unsigned major,
			       unsigned minor, const char *what, uint64_t value)
{
	return pool_text(v->pool,
			 "%s%s{\"major\":%u,\"minor\":%u,\"op\":\"%s\",\"value\":%" PRIu64 "}",
			 list, *list ? "," : "", major, minor, what, value);
}

/* io.stat: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6" */
static void v2_block(const struct view *v, const char **bytes, const char **operations)
{
	char *save, *inner;

	for (char *line = strtok_r(text_of(v->c, "io.stat"), "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		unsigned major, minor;
		if (sscanf(line, "%u:%u", &major, &minor) != 2)
			continue;
		(void)strtok_r(line, " ", &inner);
		for (char *word; (word = strtok_r(NULL, " ", &inner));) {
			char *equals = strchr(word, '=');
			const char *what = *word == 'r'	  ? "Read"
					   : *word == 'w' ? "Write"
							  : "Discard";
			if (!equals)
				continue;
			const char **list = !strncmp(word + 1, "bytes=", 6) ? bytes
					    : !strncmp(word + 1, "ios=", 4) ? operations
									    : NULL;
			if (list)
				*list = block_entry(v, *list, major, minor, what,
						    to_number(equals + 1));
		}
	}
}

/* "8:0 Read 123", and "Total 123" at last */
static const char *v1_block(const struct view *v, const char *file)
{
	const char *list = "";
	char *save;

	for (char *line = strtok_r(text_of(v->c, file), "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		unsigned major, minor;
		char what[16];
		uint64_t value;
		if (sscanf(line, "%u:%u %15[A-Za-z] %" SCNu64, &major, &minor, what, &value) == 4)
			list = block_entry(v, list, major, minor, what, value);
	}
	return list;
}

static const char *block(const struct view *v)
{
	const char *bytes = v1_block(v, "blkio.throttle.io_service_bytes_recursive");
	const char *operations = v1_block(v, "blkio.throttle.io_serviced_recursive");
	const char *psi = pressure(v, "io.pressure");

	v2_block(v, &bytes, &operations);
	bytes = *bytes ? pool_text(v->pool, "\"ioServiceBytesRecursive\":[%s]", bytes) : "";
	operations = *operations ? pool_text(v->pool, "%s\"ioServicedRecursive\":[%s]",
					     *bytes ? "," : "", operations)
				 : "";
	return pool_text(v->pool, "{%s%s%s}", bytes, operations,
			 *bytes || *operations ? psi : psi + (*psi == ','));
}

static const char *huge_pages(const struct view *v)
{
	static const char *const size[] = { "64KB", "1MB",   "2MB", "16MB",
					    "32MB", "512MB", "1GB", "16GB" };
	const char *json = "";

	for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
		const char *v2 = pool_text(v->pool, "hugetlb.%s.current", size[i]);
		const char *v1 = pool_text(v->pool, "hugetlb.%s.usage_in_bytes", size[i]);
		uint64_t usage, most = 0, failed;
		if (there_is(v, v2)) {
			usage = number(v, v2);
			failed = number_of(v, pool_text(v->pool, "hugetlb.%s.events", size[i]),
					   "max");
		} else if (there_is(v, v1)) {
			usage = number(v, v1);
			most = number(v,
				      pool_text(v->pool, "hugetlb.%s.max_usage_in_bytes", size[i]));
			failed = number(v, pool_text(v->pool, "hugetlb.%s.failcnt", size[i]));
		} else {
			continue;
		}
		json = pool_text(v->pool,
				 "%s%s\"%s\":{\"usage\":%" PRIu64 ",\"max\":%" PRIu64
				 ",\"failcnt\":%" PRIu64 "}",
				 json, *json ? "," : "", size[i], usage, most, failed);
	}
	return json;
}

const char *stats_of(struct container *c, struct pool *pool)
{
	const struct view v = { c, pool };
	uint64_t limit = number(&v, "pids.max");

	return pool_text(pool,
			 "{\"cpu\":%s%s,\"memory\":%s,\"pids\":{\"current\":%" PRIu64
			 ",\"limit\":%" PRIu64 "},\"blkio\":%s,\"hugetlb\":{%s},\"intel_rdt\":{},"
			 "\"network_interfaces\":null}",
			 cpu(&v), cpuset(&v), memory(&v), number(&v, "pids.current"),
			 limit == UINT64_MAX ? 0 : limit, block(&v), huge_pages(&v));
}
