/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md, "IntelRdt": a class of service (a directory of the resctrl filesystem) with its
 * schemata, and a group that monitors the container. */
#include "planner.h"

#include "libocispec/text.h"

#include <string.h>

static bool has_schemata(const struct intel_rdt *rdt)
{
	return rdt->schemata.count || (rdt->l3_cache_schema && *rdt->l3_cache_schema) ||
	       (rdt->mem_bw_schema && *rdt->mem_bw_schema);
}

void check_rdt(struct planner *p)
{
	const struct intel_rdt *rdt = linux_of(p)->intel_rdt;
	const char *id = rdt && rdt->clos_id && *rdt->clos_id ? rdt->clos_id : NULL;

	if (!rdt)
		return;
	if (!p->host->resctrl)
		refuse(p, CODE_RDT, "/linux/intelRdt",
		       "no resctrl filesystem is mounted on this machine");
	if (id && (strchr(id, '/') || !strcmp(id, ".") || !strcmp(id, "..") ||
		   !strcmp(id, "info") || !strcmp(id, "mon_groups") || !strcmp(id, "mon_data")))
		refuse(p, CODE_RDT, "/linux/intelRdt/closID", "\"%s\" is not a valid class name",
		       id);
	for (size_t i = 0; i < rdt->schemata.count; i++)
		if (strchr(rdt->schemata.item[i], '\n'))
			refuse(p, CODE_RDT, pool_text(p->pool, "/linux/intelRdt/schemata/%zu", i),
			       "an entry must be a single line");
}

/* One per line. The entries of schemata come last, and so take precedence. */
static const char *all_schemata(struct planner *p, const struct intel_rdt *rdt)
{
	const char *first[] = { rdt->l3_cache_schema, rdt->mem_bw_schema };
	struct text text = { .pool = p->pool };

	for (size_t i = 0; i < 2; i++)
		if (first[i] && *first[i])
			text_add(&text, "%s\n", first[i]);
	for (size_t i = 0; i < rdt->schemata.count; i++)
		text_add(&text, "%s\n", rdt->schemata.item[i]);
	return text_of(&text);
}

static bool has_class(const struct planner *p)
{
	return linux_of(p)->intel_rdt && p->host->resctrl;
}

static struct step_rdt class_step(struct planner *p)
{
	const struct intel_rdt *rdt = linux_of(p)->intel_rdt;
	const char *id = rdt->clos_id && *rdt->clos_id ? rdt->clos_id : NULL;
	const char *path = pool_text(p->pool, "%s/%s", p->host->resctrl, id ? id : p->request->id);

	return (struct step_rdt){
		.path = path,
		.schemata = all_schemata(p, rdt),
		.monitor = rdt->enable_monitoring.value
				   ? pool_text(p->pool, "%s/mon_groups/%s", path, p->request->id)
				   : NULL,
		.existing = id && !has_schemata(rdt),
		.join = p->plan->exec,
	};
}

void add_rdt_look(struct planner *p)
{
	if (!has_class(p))
		return;
	struct step_rdt step = class_step(p);
	add(p, OP_FIND_RDT, WHO_PARENT, "/linux/intelRdt")->rdt = step;
	struct recorded_class *class = p->plan->record->class = pool_alloc(p->pool, sizeof *class);
	class->path = step.path;
	class->monitor = step.monitor;
}

void add_rdt(struct planner *p)
{
	if (has_class(p)) {
		struct step_rdt step = class_step(p);
		add(p, OP_RDT, p->plan->exec ? WHO_STAGER : WHO_PARENT, "/linux/intelRdt")->rdt =
			step;
	}
}
