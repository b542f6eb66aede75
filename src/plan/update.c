/* SPDX-License-Identifier: Apache-2.0 */
/* New limits for a container that exists. */
#include "planner.h"

static void check_memory_update(struct planner *p, const struct memory *m)
{
	if (m->check_before_update.value && m->limit.value > 0 &&
	    p->current->usage > m->limit.value)
		refuse(p, CODE_MEMORY_IN_USE, "/linux/resources/memory/limit",
		       "%lld is less than the %lld bytes that are in use",
		       (long long)m->limit.value, (long long)p->current->usage);
}

bool plan_changes_devices(const struct resources *r)
{
	/* podman 5 sends such a rule with every update, without meaning to change the devices. */
	bool denies_all = r->devices.count == 1 && !r->devices.item[0].allow.value &&
			  !r->devices.item[0].major.set && !r->devices.item[0].minor.set;

	return r->devices.count && !denies_all;
}

static void add_new_limits(struct planner *p, const struct resources *r)
{
	place_cgroups(p);
	if (!p->has_cgroup)
		refuse(p, CODE_CGROUP, "/linux/resources",
		       "the container has no cgroup of its own");
	check_limits(p, r);
	if (r->memory)
		check_memory_update(p, r->memory);
	add_limits(p, r);
	int devices = device_hierarchy(p);
	if (plan_changes_devices(r) && devices >= 0)
		add_new_device_rules(p, devices, r);
	add_new_properties(p);
}

int plan_make_update(struct plan *plan, const struct inputs *inputs)
{
	struct planner p;

	begin_plan(&p, plan, inputs);
	p.current = inputs->current;
	add_new_limits(&p, inputs->resources);
	if (p.refused)
		return end_planning(&p);
	plan->sealed = true;
	return 0;
}
