/* SPDX-License-Identifier: Apache-2.0 */
#include "change.h"

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "cgroup/fs.h"
#include "ops/op.h"
#include "walk.h"
#include "cgroup/members.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct change {
	const struct step *step;
	const char *file;	/* that was written */
	char old[CGROUP_VALUE]; /* "": unknown, and not restored */
	bool done;
};

/* The directories of the container's cgroups, by hierarchy. */
static void open_slots(struct walker *w, struct container *c, const struct host *host)
{
	for (size_t i = 0; i < host->cgroups.count && i < CGROUP_MAX; i++)
		w->slot[SLOT_CGROUP + i] = members_cgroup(container_record(c),
							  host->cgroups.item[i].mount);
}

static int apply(struct walker *w, struct change *change)
{
	const struct step_limit *l = &change->step->limit;
	int directory = w->slot[l->cgroup];

	if (change->step->op != OP_LIMIT)
		return ops[change->step->op](w, change->step);
	if (directory < 0)
		return fail(0, NULL, "the container has no cgroup for %s", l->file);
	bool other = l->other_file && !cgroup_has(directory, l->file);
	const char *value = other ? l->other_value : l->value;
	change->file = other ? l->other_file : l->file;
	cgroup_get(directory, change->file, value, change->old);
	int err = cgroup_set(directory, change->file, value);
	return err ? limit_explain(directory, change->file, err) : 0;
}

static void put_back(struct walker *w, struct change *const *order, size_t count)
{
	char line[2048];

	while (count-- > 0) {
		const struct change *c = order[count];
		if (*c->old && cgroup_set(w->slot[c->step->limit.cgroup], c->file, c->old))
			warning("restoring a limit: %s",
				error_line(error_last(), line, sizeof line));
	}
}

/* Some limits bound each other (v1's memory, and memory plus swap), and the kernel accepts them
 * in one order only. So a change that fails is retried as long as another one succeeds. */
static int apply_all(struct walker *w, struct change *change, size_t count, struct change **order)
{
	size_t done = 0;
	bool progress = true;

	while (done < count && progress) {
		progress = false;
		for (size_t i = 0; i < count; i++) {
			/* Device rules must be written in order, after all other limits; the
			 * properties for systemd come last. */
			bool devices = change[i].step->op != OP_LIMIT ||
				       !strncmp(change[i].step->limit.file, "devices.", 8);
			if (change[i].done || (devices && done < i))
				continue;
			if (apply(w, &change[i])) {
				walk_mark(change[i].step);
				continue;
			}
			change[i].done = progress = true;
			order[done++] = &change[i];
		}
	}
	if (done == count) {
		error_clear();
		return 0;
	}
	struct error first = *error_last();
	put_back(w, order, done);
	*error_last() = first;
	return first.err ? -first.err : -1;
}

int update(struct container *c, const struct host *host, const struct plan *plan)
{
	int slot[SLOT_TREE];
	struct walker w = { .plan = plan, .slot = slot };
	auto_free struct change *change = calloc(plan->steps + 1, sizeof *change);
	auto_free struct change **order = calloc(plan->steps + 1, sizeof *order);

	if (!change || !order)
		return fail(ENOMEM, NULL, "the limits");
	for (int i = 0; i < SLOT_TREE; i++)
		slot[i] = -1;
	open_slots(&w, c, host);
	for (size_t i = 0; i < plan->steps; i++)
		change[i].step = &plan->step[i];
	int err = apply_all(&w, change, plan->steps, order);
	for (int i = SLOT_DESCRIPTORS; i < SLOT_TREE; i++)
		io_close(&slot[i]);
	return err;
}

static int64_t read_number(struct container *c, const char *v2_file, const char *v1_file)
{
	char text[CGROUP_VALUE];
	auto_fd int directory = members_cgroup_with(container_record(c), v2_file);

	if (directory < 0)
		directory = members_cgroup_with(container_record(c), v1_file);
	if (directory < 0)
		return -1;
	cgroup_get(directory, cgroup_has(directory, v2_file) ? v2_file : v1_file, "", text);
	long long number = strncmp(text, "max", 3) ? strtoll(text, NULL, 10) : -1;
	/* In v1, no limit is shown as the largest multiple of the page size. */
	return number >= (1LL << 62) ? -1 : number;
}

static int64_t read_period(struct container *c)
{
	char text[CGROUP_VALUE];
	auto_fd int directory = members_cgroup_with(container_record(c), "cpu.max");

	if (directory < 0)
		return read_number(c, "cpu.cfs_period_us", "cpu.cfs_period_us");
	cgroup_get(directory, "cpu.max", "", text);
	const char *blank = strchr(text, ' ');
	return blank ? strtoll(blank, NULL, 10) : -1;
}

void update_read_current(struct container *c, struct current *current)
{
	current->memory = read_number(c, "memory.max", "memory.limit_in_bytes");
	current->swap = read_number(c, "memory.memsw.limit_in_bytes",
				    "memory.memsw.limit_in_bytes");
	current->usage = read_number(c, "memory.current", "memory.usage_in_bytes");
	current->quota = read_number(c, "cpu.max", "cpu.cfs_quota_us");
	current->period = read_period(c);
	error_clear();
}

int update_class(struct container *c, const char *schemata)
{
	const char *path = container_class(c);

	return path ? rdt_write(path, schemata)
		    : fail(0, NULL, "the container has no class of service of its own");
}
