/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup and its limits: which directory in which hierarchy, which value in which file. A
 * step per file, so that an error names the member of the config that asked for it. */
#include "mounts.h"

#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

/* --- where --- */

bool listed(const char *list, const char *word, char separator)
{
	size_t length = strlen(word);

	for (const char *at = list; at && *at; at = strchr(at, separator), at += at ? 1 : 0)
		if (!strncmp(at, word, length) && (!at[length] || at[length] == separator))
			return true;
	return false;
}

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

static bool pure_v2(const struct planner *p)
{
	return p->host->cgroups.count == 1 && p->host->cgroups.item[0].unified.value;
}

static const char *joined(struct planner *p, const char *parent, const char *path)
{
	path += strspn(path, "/");
	return pool_text(p->pool, "%s%s%s", parent, parent[strlen(parent) - 1] == '/' ? "" : "/",
			 path);
}

/* A directory's name has 255 bytes at most, and so has an id. */
static const char *usual_name(struct planner *p)
{
	const char *id = p->options->id;

	return strlen(id) > NAME_MAX - strlen("tare-") ? id : pool_text(p->pool, "tare-%s", id);
}

/* cgroupsPath from the root of the hierarchy where it is absolute; else, and by default, from the caller's
 * own cgroup, so that a runtime in a delegated or limited place stays in it. In pure v2 that is the parent
 * of the caller's cgroup: one with processes can't have cgroups with controllers below it. */
static const char *place(struct planner *p, const struct hierarchy *h)
{
	const char *path = linux_of(p)->cgroups_path, *own = h->own;

	if (by_systemd(p))
		return scope_place(p, h);
	if (path && *path == '/')
		return normal_path(p, path);
	if (pure_v2(p) && strcmp(own, "/")) {
		const char *slash = strrchr(own, '/');
		own = slash == own ? "/" : pool_copy(p->pool, own, (size_t)(slash - own));
	}
	return joined(p, own, path && *path ? normal_path(p, path) : usual_name(p));
}

bool has_parent_reference(const char *path)
{
	for (const char *at = path; (at = strstr(at, "..")); at += 2)
		if ((at == path || at[-1] == '/') && (!at[2] || at[2] == '/'))
			return true;
	return false;
}

static bool wants_limits(const struct resources *r)
{
	return r && (r->memory || r->cpu || r->pids || r->block_io || r->hugepage_limits.count ||
		     r->network || r->rdma.count || r->unified.count);
}

static void place_cgroups(struct planner *p)
{
	const char *manager = p->options->cgroup_manager;
	bool disabled = manager && !strcmp(manager, "disabled"), writable = false;
	const char *path = linux_of(p)->cgroups_path;

	for (size_t i = 0; i < p->host->cgroups.count; i++)
		writable |= p->host->cgroups.item[i].writable.value;
	p->has_cgroup = !disabled && p->host->cgroups.count && (writable || by_systemd(p));
	for (size_t i = 0; p->has_cgroup && i < p->host->cgroups.count && i < CGROUP_MAX; i++) {
		const struct hierarchy *h = &p->host->cgroups.item[i];
		p->cgroup[i].used = by_systemd(p) ? in_scope(p, h) : h->writable.value;
		p->cgroup[i].path = place(p, h);
	}
	if (p->has_cgroup)
		return;
	if (wants_limits(linux_of(p)->resources))
		refuse(p, "/linux/resources",
		       disabled ? "limits can't be set with --cgroup-manager disabled"
		       : !p->host->cgroups.count ? "no cgroup hierarchy is mounted on this machine"
		       : !p->host->uid.value && !p->host->user_namespace.value
			       ? "the cgroup hierarchies are mounted read-only here: limits "
				 "need to be written to them"
			       : "no cgroup of yours is delegated to you: limits need one "
				 "(systemd-run --user --scope -p Delegate=yes)");
	else if (path && *path && !disabled)
		refuse(p, "/linux/cgroupsPath",
		       "no cgroup of yours is delegated to you, and so it can't be had "
		       "(systemd-run --user --scope -p Delegate=yes)");
	if (!ns_new(p, OCI_NS_PID))
		warn(p, "/linux/namespaces",
		     "without a cgroup and a pid namespace of its own, what outlives the "
		     "container's first "
		     "process is not found again, and stays");
}

/* --- checks --- */

/* The limit of memory that will be: of an update that does not say, as it is. 0: none. */
static int64_t memory_of(const struct planner *p, const struct memory *m)
{
	int64_t limit = m->limit.value || !p->current ? m->limit.value : p->current->memory;

	return limit > 0 ? limit : 0;
}

static void check_values(struct planner *p, const struct resources *r)
{
	const struct memory *m = r->memory;
	const struct cpu *c = r->cpu;

	if (m && m->limit.value < -1)
		refuse(p, "/linux/resources/memory/limit", "%lld is neither a limit nor -1",
		       (long long)m->limit.value);
	if (m && m->swap.value > 0 && memory_of(p, m) > m->swap.value)
		refuse(p, "/linux/resources/memory/swap",
		       "memory and swap together are less than memory alone");
	if (m && m->swap.value > 0 && !m->limit.value && !memory_of(p, m))
		refuse(p, "/linux/resources/memory/swap",
		       "a limit of memory and swap needs a limit of memory");
	if (m && m->swappiness.value > 100)
		refuse(p, "/linux/resources/memory/swappiness", "%llu is not from 0 to 100",
		       (unsigned long long)m->swappiness.value);
	if (c && c->idle.set && (c->idle.value < 0 || c->idle.value > 1))
		refuse(p, "/linux/resources/cpu/idle", "%lld is neither 0 nor 1",
		       (long long)c->idle.value);
	if (r->pids && r->pids->limit.value < -1)
		refuse(p, "/linux/resources/pids/limit", "%lld is neither a limit nor -1",
		       (long long)r->pids->limit.value);
	if (m && m->kernel.set)
		warn(p, "/linux/resources/memory/kernel",
		     "Linux has no such limit since "
		     "5.16: ignored");
}

void check_resources(struct planner *p)
{
	const struct resources *r = linux_of(p)->resources;
	const char *path = linux_of(p)->cgroups_path, *manager = p->options->cgroup_manager;

	if (path && *path && !path[strspn(path, "/.")])
		refuse(p, "/linux/cgroupsPath", "\"%s\" is the root, which is no container's",
		       path);
	if (path && has_parent_reference(path))
		refuse(p, "/linux/cgroupsPath", "\"%s\" has a component \"..\"", path);
	if (manager && strcmp(manager, "cgroupfs") && strcmp(manager, "disabled") && !by_systemd(p))
		refuse(p, "/linux/cgroupsPath",
		       "\"%s\" is not a cgroup manager: cgroupfs, systemd or disabled is", manager);
	check_scope(p);
	if (p->host->cgroups.count > CGROUP_MAX)
		refuse(p, "/linux/cgroupsPath",
		       "%zu cgroup hierarchies are mounted; tare knows of %d",
		       p->host->cgroups.count, CGROUP_MAX);
	place_cgroups(p);
	if (!r)
		return;
	check_values(p, r);
	check_more_limits(p, r);
}

/* --- limits --- */

struct step_limit *set_limit(struct planner *p, const char *controller, const char *v1_file,
			     const char *v2_file, const char *value, const char *pointer)
{
	int i = find_controller(p, controller);
	const char *file = i >= 0 && p->host->cgroups.item[i].unified.value ? v2_file : v1_file;

	if (i < 0)
		refuse(p, pointer, "the cgroup controller %s is not available here", controller);
	else if (!file)
		refuse(p, pointer, "it can't be expressed on cgroup %s", v2_file ? "v1" : "v2");
	struct step_limit *limit = &add(p, OP_LIMIT, WHO_PARENT, "%s", pointer)->limit;
	*limit = (struct step_limit){ i < 0 ? 0 : i, file ? file : "", value, NULL, NULL };
	return limit;
}

static void set(struct planner *p, const char *controller, const char *v1_file, const char *v2_file,
		const char *value, const char *pointer)
{
	(void)set_limit(p, controller, v1_file, v2_file, value, pointer);
}

bool on_v2(const struct planner *p, const char *controller)
{
	int i = find_controller(p, controller);

	return i >= 0 && p->host->cgroups.item[i].unified.value;
}

static const char *number(struct planner *p, int64_t value)
{
	return pool_text(p->pool, "%" PRId64, value);
}

static const char *or_max(struct planner *p, int64_t value)
{
	return value < 0 ? "max" : number(p, value);
}

#define MEMORY "/linux/resources/memory/"
#define CPU "/linux/resources/cpu/"

/* 0 is "not set" here, as Docker writes it. */
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
	if (m->swap.value && v2) /* v1 counts memory and swap together, v2 swap alone */
		set(p, "memory", NULL, "memory.swap.max",
		    m->swap.value < 0 ? "max" : number(p, m->swap.value - memory_of(p, m)),
		    MEMORY "swap");
	else if (m->swap.value)
		set(p, "memory", "memory.memsw.limit_in_bytes", NULL, number(p, m->swap.value),
		    MEMORY "swap");
	else if (m->limit.value < 0 && !v2 && p->current && p->current->swap > 0)
		/* v1 counts both together: there is no memory without a limit where both have one. */
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

/* Natural logarithm and exponential, to far more digits than the rounding below needs. libm has better ones,
 * but loading it would cost each start of tare more than all of its planning does. */
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

/* runc 1.3.2's curve: 2 is 1, 1024 is 100, 262144 is 10000, and smooth between. */
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

/* --- steps --- */

/* Does the config set a limit of this controller, of those that hybrid machines leave on the v2 side? */
static bool is_asked_for(const struct planner *p, const char *controller)
{
	const struct resources *r = linux_of(p)->resources;
	size_t length = strlen(controller);

	if (!r)
		return false;
	for (size_t i = 0; i < r->unified.count; i++)
		if (!strncmp(r->unified.item[i].key, controller, length) &&
		    r->unified.item[i].key[length] == '.')
			return true;
	return (r->hugepage_limits.count && !strcmp(controller, "hugetlb")) ||
	       (r->rdma.count && !strcmp(controller, "rdma"));
}

/* What the container's cgroup needs to have enabled above it: all that there is, so that engines can measure;
 * but where v1 has the controllers that matter (hybrid), only what a limit is for: the root is not ours to change. */
static const char *to_enable(struct planner *p, const struct hierarchy *h)
{
	const char *path = linux_of(p)->cgroups_path, *text = "";
	bool from_root = path && *path == '/';
	const char *list = from_root || !h->enabled ? h->controllers : h->enabled;
	bool all = listed(h->controllers, "memory", ' ') || listed(h->controllers, "pids", ' ');
	char *copy = pool_copy(p->pool, list, strlen(list)), *save;

	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (all || is_asked_for(p, word))
			text = pool_text(p->pool, "%s%s+%s", text, *text ? " " : "", word);
	return text;
}

static struct step_cgroup cgroup_step(struct planner *p, size_t i)
{
	const struct hierarchy *h = &p->host->cgroups.item[i];

	return (struct step_cgroup){
		.mount = h->mount,
		.path = p->cgroup[i].path,
		.hierarchy = (int)i,
		.unified = h->unified.value,
		.cpuset = !h->unified.value && listed(h->controllers, "cpuset", ','),
		.controllers = h->unified.value ? to_enable(p, h) : NULL,
	};
}

void add_cgroup_look(struct planner *p)
{
	for (size_t i = 0; i < p->host->cgroups.count; i++)
		if (p->cgroup[i].used)
			add(p, OP_VACANT, WHO_PARENT, "/linux/cgroupsPath")->cgroup =
				cgroup_step(p, i);
}

static void add_limits(struct planner *p, const struct resources *r)
{
	if (r->memory)
		add_memory(p, r->memory);
	if (r->cpu)
		add_cpu(p, r->cpu);
	if (r->pids && r->pids->limit.set)
		set(p, "pids", "pids.max", "pids.max", or_max(p, r->pids->limit.value),
		    "/linux/resources/pids/limit");
	add_more_limits(p, r);
}

/* Where device rules go: the hierarchy with v1's controller, or cgroup2; -1: nowhere. */
static int device_hierarchy(const struct planner *p)
{
	int devices = find_controller(p, "devices");

	for (size_t i = 0; devices < 0 && i < p->host->cgroups.count; i++)
		if (p->cgroup[i].used && p->host->cgroups.item[i].unified.value)
			devices = (int)i;
	return devices;
}

/* config-linux.md, "Cgroup ownership": the container's user may make cgroups below its own, where the container has a
 * cgroup namespace and a writable mount; never on v1. */
static void add_owner(struct planner *p)
{
	const struct process *process = p->config->process;
	uint32_t uid = process && process->user ? process->user->uid.value : 0;

	if (!pure_v2(p) || !p->cgroup[0].used || !ns_new(p, OCI_NS_CGROUP) ||
	    !has_writable_cgroups(p) || !host_can(p->host, CAP_CHOWN) || ns_joined(p, OCI_NS_USER))
		return;
	if (ns_new(p, OCI_NS_USER))
		(void)id_outside(&linux_of(p)->uid_mappings,
				 &uid); /* it is mapped: check_process() */
	if (uid != p->host->uid.value)
		add(p, OP_OWNER, WHO_PARENT, "/linux/cgroupsPath")->owner =
			(struct step_owner){ 0, uid };
}

void add_cgroup(struct planner *p)
{
	const struct resources *r = linux_of(p)->resources;
	int scope = p->has_cgroup && by_systemd(p) ? scope_hierarchy(p) : -1;

	if (scope >= 0) {
		struct step_cgroup step = cgroup_step(p, (size_t)scope);
		add_scope(p, &step);
	}
	for (size_t i = 0; i < p->host->cgroups.count; i++) {
		struct step_cgroup step = cgroup_step(p, i);
		step.adopt = by_systemd(p);
		if (p->cgroup[i].used && (int)i != scope)
			add(p, OP_CGROUP, WHO_PARENT, "/linux/cgroupsPath")->cgroup = step;
	}
	if (!p->has_cgroup) {
		if (p->privileged && !p->user_namespace)
			warn(p, "/linux/resources/devices",
			     "without a cgroup no rule is enforced: the container may use every "
			     "device");
		return;
	}
	if (r)
		add_limits(p, r);
	add_owner(p);

	/* A container in a user namespace can't make device nodes, and may not be able to set rules. */
	if (!host_can(p->host, CAP_SYS_ADMIN) || p->host->user_namespace.value)
		return;
	int devices = device_hierarchy(p);
	if (devices >= 0)
		add_device_rules(p, devices);
	else
		warn(p, "/linux/resources/devices",
		     "no cgroup hierarchy here can "
		     "enforce device rules");
}

void add_cgroup_entry(struct planner *p)
{
	for (size_t i = 0; i < p->host->cgroups.count; i++)
		if (p->cgroup[i].used && !by_systemd(p))
			add(p, OP_ENTER, WHO_INIT, "/linux/cgroupsPath")->cgroup = cgroup_step(p,
											       i);
}

static void check_memory_update(struct planner *p, const struct memory *m)
{
	if (m->check_before_update.value && m->limit.value > 0 &&
	    p->current->usage > m->limit.value)
		refuse(p, MEMORY "limit", "%lld is less than the %lld bytes that are in use",
		       (long long)m->limit.value, (long long)p->current->usage);
}

/* What podman 5 sends along with every update, and does not mean. */
static bool denies_all(const struct resources *r)
{
	return r->devices.count == 1 && !r->devices.item[0].allow.value &&
	       !r->devices.item[0].major.set && !r->devices.item[0].minor.set;
}

void add_new_limits(struct planner *p, const struct resources *r)
{
	place_cgroups(p);
	if (!p->has_cgroup)
		refuse(p, "/linux/resources", "the container has no cgroup of its own");
	check_values(p, r);
	check_more_limits(p, r);
	if (r->memory)
		check_memory_update(p, r->memory);
	add_limits(p, r);
	int devices = device_hierarchy(p);
	if (r->devices.count && !denies_all(r) && devices >= 0)
		add_new_device_rules(p, devices, r);
	add_new_properties(p);
}
