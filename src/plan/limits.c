/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of linux.resources: which value is written to which file on v1 and v2, with
 * runc's conversions from v1 to v2 values. */
#include "planner.h"

#include "libocispec/json.h"

#include <inttypes.h>
#include <string.h>

#define MEMORY "/linux/resources/memory/"
#define CPU "/linux/resources/cpu/"
#define BLOCK "/linux/resources/blockIO/"

/* --- checks --- */

static void check_device_number(struct planner *p, int64_t major, int64_t minor,
				const char *pointer)
{
	if (major < 0 || minor < 0 || major > UINT32_MAX || minor > UINT32_MAX)
		refuse(p, CODE_VALUE, pointer, "%lld:%lld is not the number of a device",
		       (long long)major, (long long)minor);
}

static void check_throttles(struct planner *p, const struct throttle_devices *list,
			    const char *member)
{
	for (size_t i = 0; i < list->count; i++)
		check_device_number(p, list->item[i].major.value, list->item[i].minor.value,
				    pool_text(p->pool, BLOCK "%s/%zu", member, i));
}

static void check_block_io(struct planner *p, const struct block_io *b)
{
	check_throttles(p, &b->throttle_read_bps_device, "throttleReadBpsDevice");
	check_throttles(p, &b->throttle_write_bps_device, "throttleWriteBpsDevice");
	check_throttles(p, &b->throttle_read_iops_device, "throttleReadIOPSDevice");
	check_throttles(p, &b->throttle_write_iops_device, "throttleWriteIOPSDevice");
	if (b->weight.value && (b->weight.value < 10 || b->weight.value > 1000))
		refuse(p, CODE_VALUE, BLOCK "weight", "%u is not from 10 to 1000", b->weight.value);
	if (b->leaf_weight.value && (b->leaf_weight.value < 10 || b->leaf_weight.value > 1000))
		refuse(p, CODE_VALUE, BLOCK "leafWeight", "%u is not from 10 to 1000",
		       b->leaf_weight.value);
	for (size_t i = 0; i < b->weight_device.count; i++) {
		const struct weight_device *d = &b->weight_device.item[i];
		const char *pointer = pool_text(p->pool, BLOCK "weightDevice/%zu", i);
		if (!d->weight.set && !d->leaf_weight.set)
			refuse(p, CODE_CONFLICT, pointer, "neither weight nor leafWeight is given");
		if (d->weight.set && (d->weight.value < 10 || d->weight.value > 1000))
			refuse(p, CODE_VALUE, pointer, "%u is not from 10 to 1000",
			       d->weight.value);
		if (d->leaf_weight.value &&
		    (d->leaf_weight.value < 10 || d->leaf_weight.value > 1000))
			refuse(p, CODE_VALUE, pointer, "leafWeight %u is not from 10 to 1000",
			       d->leaf_weight.value);
		check_device_number(p, d->major.value, d->minor.value, pointer);
	}
}

/* "2MB", as in the names of the kernel's files. */
static bool is_page_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && *text != '0' && strchr("KMG", text[digits]) && text[digits] &&
	       !strcmp(text + digits + 1, "B");
}

static void check_unified(struct planner *p, const struct string_map *unified)
{
	for (size_t i = 0; i < unified->count; i++) {
		const char *key = unified->item[i].key;
		const char *pointer = json_pointer(p->pool, "/linux/resources/unified", key);
		if (!*key || strchr(key, '/') || !strchr(key, '.') || *key == '.')
			refuse(p, CODE_VALUE, pointer, "it is not the name of a cgroup v2 file");
		else if (!strncmp(key, "cgroup.", 7))
			refuse(p, CODE_VALUE, pointer,
			       "the core files of a cgroup can't be set by the config");
	}
}

/* The memory limit that will apply: an update that does not set one keeps the current limit.
 * 0: none. */
static int64_t memory_of(const struct planner *p, const struct memory *m)
{
	int64_t limit = m->limit.value || !p->current ? m->limit.value : p->current->memory;

	return limit > 0 ? limit : 0;
}

static void check_values(struct planner *p, const struct resources *r)
{
	const struct memory *m = r->memory;
	const struct cpu *c = r->cpu;

	const struct {
		const char *pointer;
		int64_t value;
	} limits[] = {
		{ MEMORY "limit", m ? m->limit.value : 0 },
		{ MEMORY "reservation", m ? m->reservation.value : 0 },
		{ MEMORY "swap", m ? m->swap.value : 0 },
		{ "/linux/resources/pids/limit", r->pids ? r->pids->limit.value : 0 },
	};

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (limits[i].value < -1) {
			refuse(p, CODE_VALUE, limits[i].pointer, "%lld is neither a limit nor -1",
			       (long long)limits[i].value);
			cure(p, "give a positive number, or -1 for no limit");
		}
	if (m && m->swap.value > 0 && memory_of(p, m) > m->swap.value) {
		refuse(p, CODE_CONFLICT, "/linux/resources/memory/swap",
		       "%lld is the limit of memory and swap together, and less than that of "
		       "memory "
		       "alone, %lld",
		       (long long)m->swap.value, (long long)memory_of(p, m));
		cure(p, "for that much swap write %lld, or remove swap",
		     (long long)m->swap.value + (long long)memory_of(p, m));
	}
	if (m && m->swap.value > 0 && !m->limit.value && !memory_of(p, m))
		refuse(p, CODE_CONFLICT, "/linux/resources/memory/swap",
		       "a limit for memory plus swap needs a memory limit");
	if (m && m->swappiness.value > 100)
		refuse(p, CODE_VALUE, "/linux/resources/memory/swappiness",
		       "%llu is not from 0 to 100", (unsigned long long)m->swappiness.value);
	if (c && c->idle.set && (c->idle.value < 0 || c->idle.value > 1))
		refuse(p, CODE_VALUE, "/linux/resources/cpu/idle", "%lld is neither 0 nor 1",
		       (long long)c->idle.value);
	if (m && m->kernel.set)
		warn(p, CODE_IGNORED, "/linux/resources/memory/kernel",
		     "Linux has no such limit since "
		     "5.16: ignored");
}

void check_limits(struct planner *p, const struct resources *r)
{
	check_values(p, r);
	if (r->block_io)
		check_block_io(p, r->block_io);
	for (size_t i = 0; i < r->hugepage_limits.count; i++)
		if (!is_page_size(r->hugepage_limits.item[i].page_size))
			refuse(p, CODE_VALUE,
			       pool_text(p->pool, "/linux/resources/hugepageLimits/%zu/pageSize",
					 i),
			       "\"%s\" is not a page size such as 2MB",
			       r->hugepage_limits.item[i].page_size);
	for (size_t i = 0; i < r->rdma.count; i++)
		if (!r->rdma.item[i].value.hca_handles.set &&
		    !r->rdma.item[i].value.hca_objects.set)
			refuse(p, CODE_CONFLICT,
			       json_pointer(p->pool, "/linux/resources/rdma", r->rdma.item[i].key),
			       "neither hcaHandles nor hcaObjects is given");
	check_unified(p, &r->unified);
}

/* --- files --- */

int find_controller(const struct planner *p, const char *controller)
{
	for (size_t i = 0; i < p->host->cgroups.count; i++) {
		const struct hierarchy *h = &p->host->cgroups.item[i];
		if (p->cgroup[i].used &&
		    listed(h->controllers, controller, h->unified.value ? ' ' : ','))
			return (int)i;
	}
	return -1;
}

bool on_v2(const struct planner *p, const char *controller)
{
	int i = find_controller(p, controller);

	return i >= 0 && p->host->cgroups.item[i].unified.value;
}

struct step_limit *set_limit(struct planner *p, const char *controller, const char *v1_file,
			     const char *v2_file, const char *value, const char *pointer)
{
	int i = find_controller(p, controller);
	const char *file = i >= 0 && p->host->cgroups.item[i].unified.value ? v2_file : v1_file;

	if (i < 0)
		refuse(p, CODE_CONTROLLER, pointer,
		       "the cgroup controller %s is not available here", controller);
	else if (!file)
		refuse(p, CODE_CONTROLLER, pointer, "it can't be expressed on cgroup %s",
		       v2_file ? "v1" : "v2");
	struct step_limit *limit = &add(p, OP_LIMIT, WHO_PARENT, "%s", pointer)->limit;
	*limit = (struct step_limit){ .cgroup = SLOT_CGROUP + (i < 0 ? 0 : i),
				      .file = file ? file : "",
				      .value = value };
	return limit;
}

static void set(struct planner *p, const char *controller, const char *v1_file, const char *v2_file,
		const char *value, const char *pointer)
{
	(void)set_limit(p, controller, v1_file, v2_file, value, pointer);
}

static const char *number(struct planner *p, int64_t value)
{
	return pool_text(p->pool, "%" PRId64, value);
}

static const char *or_max(struct planner *p, int64_t value)
{
	return value < 0 ? "max" : number(p, value);
}

/* --- memory and processors --- */

/* 0 means "not set" here, since Docker writes it that way. */
static void add_memory(struct planner *p, const struct memory *m)
{
	bool v2 = on_v2(p, "memory");

	if (m->limit.value)
		set(p, "memory", "memory.limit_in_bytes", "memory.max",
		    v2 ? or_max(p, m->limit.value) : number(p, m->limit.value), MEMORY "limit");
	if (m->reservation.value)
		set(p, "memory", "memory.soft_limit_in_bytes", "memory.low",
		    v2 ? or_max(p, m->reservation.value) : number(p, m->reservation.value),
		    MEMORY "reservation");
	if (m->swap.value && v2) /* v1 counts memory plus swap, v2 only swap */
		set(p, "memory", NULL, "memory.swap.max",
		    m->swap.value < 0 ? "max" : number(p, m->swap.value - memory_of(p, m)),
		    MEMORY "swap");
	else if (m->swap.value)
		set(p, "memory", "memory.memsw.limit_in_bytes", NULL, number(p, m->swap.value),
		    MEMORY "swap");
	else if (m->limit.value < 0 && !v2 && p->current && p->current->swap > 0)
		/* v1: memory can't be unlimited while memory plus swap has a limit. */
		set(p, "memory", "memory.memsw.limit_in_bytes", NULL, "-1", MEMORY "limit");
	if (m->swappiness.set)
		set(p, "memory", "memory.swappiness", NULL, number(p, (int64_t)m->swappiness.value),
		    MEMORY "swappiness");
	if (m->kernel_tcp.value)
		set(p, "memory", "memory.kmem.tcp.limit_in_bytes", NULL,
		    number(p, m->kernel_tcp.value), MEMORY "kernelTCP");
	if (m->disable_oom_killer.value)
		set(p, "memory", "memory.oom_control", NULL, "1", MEMORY "disableOOMKiller");
	if (m->use_hierarchy.value && !v2)
		set(p, "memory", "memory.use_hierarchy", NULL, "1", MEMORY "useHierarchy");
}

/* Natural logarithm and exponential function, far more precise than the rounding below
 * requires. Those of libm are better, but loading it would take longer at each start of tare
 * than all of the planning. */
static double logarithm(double x)
{
	double sum = 0, power, y;

	for (; x > 1.5; x /= 2)
		sum += 0.69314718055994530942;
	y = (x - 1) / (x + 1);
	power = y;
	for (int i = 1; i < 60; i += 2, power *= y * y)
		sum += 2 * power / i;
	return sum;
}

static double exponential(double x)
{
	double sum = 1, term = 1;

	for (int i = 1; i < 120; i++)
		sum += term *= x / i;
	return sum;
}

/* The curve of runc 1.3.2: it maps 2 to 1, 1024 to 100 and 262144 to 10000, and is smooth in
 * between. */
static const char *weight_of_shares(struct planner *p, uint64_t shares)
{
	const double ln2 = 0.69314718055994530942, ln10 = 2.30258509299404568402;

	if (shares <= 2)
		return "1";
	if (shares >= 262144)
		return "10000";
	double l = logarithm((double)shares) / ln2;
	double weight = exponential(ln10 * ((l * l + 125 * l) / 612.0 - 7.0 / 34.0));
	int64_t whole = (int64_t)weight;
	return number(p, whole + (weight - (double)whole > 1e-9));
}

static void add_cpu(struct planner *p, const struct cpu *c)
{
	if (c->shares.value)
		set(p, "cpu", "cpu.shares", "cpu.weight",
		    on_v2(p, "cpu") ? weight_of_shares(p, c->shares.value)
				    : number(p, (int64_t)c->shares.value),
		    CPU "shares");
	int64_t quota = c->quota.value || !p->current ? c->quota.value : p->current->quota;
	if (on_v2(p, "cpu") && p->current && c->quota.value && !c->period.value) {
		const char *period = p->current->period > 0
					     ? pool_text(p->pool, " %lld",
							 (long long)p->current->period)
					     : "";
		set(p, "cpu", NULL, "cpu.max",
		    pool_text(p->pool, "%s%s", or_max(p, c->quota.value), period), CPU "quota");
	} else if (on_v2(p, "cpu") && (c->quota.value || c->period.value)) {
		set(p, "cpu", NULL, "cpu.max",
		    pool_text(p->pool, "%s %" PRIu64, quota > 0 ? number(p, quota) : "max",
			      c->period.value ? c->period.value : 100000),
		    c->quota.value ? CPU "quota" : CPU "period");
	} else {
		if (c->period.value)
			set(p, "cpu", "cpu.cfs_period_us", NULL,
			    number(p, (int64_t)c->period.value), CPU "period");
		if (c->quota.value)
			set(p, "cpu", "cpu.cfs_quota_us", NULL, number(p, c->quota.value),
			    CPU "quota");
	}
	if (c->burst.set)
		set(p, "cpu", "cpu.cfs_burst_us", "cpu.max.burst",
		    number(p, (int64_t)c->burst.value), CPU "burst");
	if (c->realtime_period.value)
		set(p, "cpu", "cpu.rt_period_us", NULL,
		    number(p, (int64_t)c->realtime_period.value), CPU "realtimePeriod");
	if (c->realtime_runtime.value)
		set(p, "cpu", "cpu.rt_runtime_us", NULL, number(p, c->realtime_runtime.value),
		    CPU "realtimeRuntime");
	if (c->idle.set)
		set(p, "cpu", "cpu.idle", "cpu.idle", number(p, c->idle.value), CPU "idle");
	if (c->cpus && *c->cpus)
		set(p, "cpuset", "cpuset.cpus", "cpuset.cpus", c->cpus, CPU "cpus");
	if (c->mems && *c->mems)
		set(p, "cpuset", "cpuset.mems", "cpuset.mems", c->mems, CPU "mems");
}

/* --- blockIO --- */

/* Converts a v1 weight, 10 to 1000, to a v2 weight, 1 to 10000. */
static const char *converted(struct planner *p, const char *device, unsigned weight)
{
	return pool_text(p->pool, "%s%u", device, 1 + (weight - 10) * 9999 / 990);
}

/* Of the two I/O schedulers that support weights, BFQ has its own files, which take v1 values
 * on v2 as well. */
static void add_weight(struct planner *p, const char *device, unsigned weight, const char *pointer)
{
	const char *plain = pool_text(p->pool, "%s%u", device, weight);
	bool v2 = on_v2(p, "io");
	struct step_limit *limit = v2 ? set_limit(p, "io", NULL, "io.bfq.weight", plain, pointer)
				      : set_limit(p, "blkio",
						  *device ? "blkio.weight_device" : "blkio.weight",
						  NULL, plain, pointer);

	limit->other_file = v2	      ? "io.weight"
			    : *device ? "blkio.bfq.weight_device"
				      : "blkio.bfq.weight";
	limit->other_value = v2 ? converted(p, device, weight) : plain;
}

static void add_throttles(struct planner *p, const struct throttle_devices *list,
			  const char *v1_file, const char *v2_word, const char *member)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct throttle_device *d = &list->item[i];
		const char *pointer = pool_text(p->pool, BLOCK "%s/%zu", member, i);
		const char *device = pool_text(p->pool, "%" PRId64 ":%" PRId64, d->major.value,
					       d->minor.value);
		if (on_v2(p, "io"))
			(void)set_limit(p, "io", NULL, "io.max",
					pool_text(p->pool, "%s %s=%" PRIu64, device, v2_word,
						  d->rate.value),
					pointer);
		else
			(void)set_limit(p, "blkio", v1_file, NULL,
					pool_text(p->pool, "%s %" PRIu64, device, d->rate.value),
					pointer);
	}
}

static void add_block_io(struct planner *p, const struct block_io *b)
{
	if (b->weight.value)
		add_weight(p, "", b->weight.value, BLOCK "weight");
	if (b->leaf_weight.value)
		(void)set_limit(p, on_v2(p, "io") ? "io" : "blkio", "blkio.leaf_weight", NULL,
				pool_text(p->pool, "%u", b->leaf_weight.value), BLOCK "leafWeight");
	for (size_t i = 0; i < b->weight_device.count; i++) {
		const struct weight_device *d = &b->weight_device.item[i];
		const char *pointer = pool_text(p->pool, BLOCK "weightDevice/%zu", i);
		const char *device = pool_text(p->pool, "%" PRId64 ":%" PRId64 " ", d->major.value,
					       d->minor.value);
		if (d->weight.value)
			add_weight(p, device, d->weight.value, pointer);
		if (d->leaf_weight.value)
			(void)set_limit(p, on_v2(p, "io") ? "io" : "blkio",
					"blkio.leaf_weight_device", NULL,
					pool_text(p->pool, "%s%u", device, d->leaf_weight.value),
					pointer);
	}
	add_throttles(p, &b->throttle_read_bps_device, "blkio.throttle.read_bps_device", "rbps",
		      "throttleReadBpsDevice");
	add_throttles(p, &b->throttle_write_bps_device, "blkio.throttle.write_bps_device", "wbps",
		      "throttleWriteBpsDevice");
	add_throttles(p, &b->throttle_read_iops_device, "blkio.throttle.read_iops_device", "riops",
		      "throttleReadIOPSDevice");
	add_throttles(p, &b->throttle_write_iops_device, "blkio.throttle.write_iops_device",
		      "wiops", "throttleWriteIOPSDevice");
}

/* --- the others --- */

static void add_hugepages(struct planner *p, const struct resources *r)
{
	for (size_t i = 0; i < r->hugepage_limits.count; i++) {
		const struct hugepage_limit *h = &r->hugepage_limits.item[i];
		const char *pointer = pool_text(p->pool, "/linux/resources/hugepageLimits/%zu", i);
		const char *value = pool_text(p->pool, "%" PRIu64, h->limit.value);
		const char *v1 = pool_text(p->pool, "hugetlb.%s.limit_in_bytes", h->page_size);
		const char *v2 = pool_text(p->pool, "hugetlb.%s.max", h->page_size);
		(void)set_limit(p, "hugetlb", v1, v2, value, pointer);
		/* Also limit reservations (Linux 5.7). Older kernels don't have that file:
		 * then the same limit is written again. */
		struct step_limit *limit = set_limit(
			p, "hugetlb",
			pool_text(p->pool, "hugetlb.%s.rsvd.limit_in_bytes", h->page_size),
			pool_text(p->pool, "hugetlb.%s.rsvd.max", h->page_size), value, pointer);
		limit->other_file = on_v2(p, "hugetlb") ? v2 : v1;
		limit->other_value = value;
	}
}

static void add_network(struct planner *p, const struct network *n)
{
	if (n->class_id.set)
		(void)set_limit(p, "net_cls", "net_cls.classid", NULL,
				pool_text(p->pool, "%u", n->class_id.value),
				"/linux/resources/network/classID");
	for (size_t i = 0; i < n->priorities.count; i++)
		(void)set_limit(p, "net_prio", "net_prio.ifpriomap", NULL,
				pool_text(p->pool, "%s %u", n->priorities.item[i].name,
					  n->priorities.item[i].priority.value),
				pool_text(p->pool, "/linux/resources/network/priorities/%zu", i));
}

static const char *or_all(struct planner *p, const struct opt_u32 *number)
{
	return number->set ? pool_text(p->pool, "%u", number->value) : "max";
}

static void add_rdma(struct planner *p, const struct resources *r)
{
	for (size_t i = 0; i < r->rdma.count; i++)
		(void)set_limit(
			p, "rdma", "rdma.max", "rdma.max",
			pool_text(p->pool, "%s hca_handle=%s hca_object=%s", r->rdma.item[i].key,
				  or_all(p, &r->rdma.item[i].value.hca_handles),
				  or_all(p, &r->rdma.item[i].value.hca_objects)),
			json_pointer(p->pool, "/linux/resources/rdma", r->rdma.item[i].key));
}

/* Files of v2 by name: the part before the first dot is the controller. */
static void add_unified(struct planner *p, const struct string_map *unified)
{
	for (size_t i = 0; i < unified->count; i++) {
		const char *key = unified->item[i].key;
		const char *controller = pool_copy(p->pool, key, strcspn(key, "."));
		(void)set_limit(p, controller, NULL, key, unified->item[i].value,
				json_pointer(p->pool, "/linux/resources/unified", key));
	}
}

/* --- all --- */

static void add_pids(struct planner *p, const struct resources *r)
{
	if (r->pids && r->pids->limit.set)
		set(p, "pids", "pids.max", "pids.max", or_max(p, r->pids->limit.value),
		    "/linux/resources/pids/limit");
}

/* Until init was cloned by a stager that builds there are two processes; and criu is in the cgroup
 * with all that it restores. */
static bool limits_pids_late(const struct planner *p, const struct resources *r)
{
	return p->plan->criu || (builds_apart(p) && r->pids && r->pids->limit.value == 1);
}

void add_limits(struct planner *p, const struct resources *r)
{
	if (r->memory)
		add_memory(p, r->memory);
	if (r->cpu)
		add_cpu(p, r->cpu);
	if (!limits_pids_late(p, r))
		add_pids(p, r);
	if (r->block_io)
		add_block_io(p, r->block_io);
	add_hugepages(p, r);
	if (r->network)
		add_network(p, r->network);
	add_rdma(p, r);
	add_unified(p, &r->unified);
}

bool has_late_limits(const struct planner *p)
{
	const struct resources *r = linux_of(p)->resources;

	return p->has_cgroup && r && r->pids && limits_pids_late(p, r);
}

void add_late_limits(struct planner *p)
{
	if (has_late_limits(p))
		add_pids(p, linux_of(p)->resources);
}
