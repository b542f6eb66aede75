/* SPDX-License-Identifier: Apache-2.0 */
/* maskedPaths and readonlyPaths, and the mounts that become read-only at this point. */
#include "paths.h"
#include "mount_entry.h"
#include "libocispec/text.h"

#include <string.h>
#include <sys/mount.h>

/* Removes duplicates and empty paths; the others keep their order. */
static struct entry *unique(struct planner *p, const struct strings *list, size_t *count)
{
	struct entry *e = pool_alloc(p->pool, (list->count + 1) * sizeof *e);
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		e[i] = (struct entry){ normal_path(p, list->item[i]), i };
	entries_sort(e, list->count);
	for (size_t i = 0; i < list->count; i++)
		if (*e[i].text && (!kept || strcmp(e[i].text, e[kept - 1].text)))
			e[kept++] = e[i];
	entries_restore_order(e, kept);
	*count = kept;
	return e;
}

static void add_readonly(struct planner *p, const struct strings *list)
{
	size_t count;
	const struct entry *e = unique(p, list, &count);

	for (size_t i = 0; i < count; i++) {
		struct step *step = add(p, OP_READONLY, WHO_INIT, "/linux/readonlyPaths/%zu",
					e[i].index);
		step->text.text = list->item[e[i].index];
		step->allow = MAY_MISS;
	}
}

static void add_masks(struct planner *p, const struct strings *list)
{
	size_t count;
	const struct entry *e = unique(p, list, &count);

	if (list->count)
		add(p, OP_OPEN, WHO_INIT, "/linux/maskedPaths")->open = (struct step_open){
			.kind = OPEN_NULL, .path = "/dev/null", .slot = SLOT_NULL
		};
	for (size_t i = 0; i < count; i++) {
		struct step *step = add(p, OP_MASK, WHO_INIT, "/linux/maskedPaths/%zu", e[i].index);
		step->mask = (struct step_mask){ list->item[e[i].index], SLOT_NULL, SLOT_EMPTY };
		step->allow = MAY_MISS;
	}
}

void add_paths(struct planner *p)
{
	for (size_t i = 0; i < p->mounts.count; i++)
		if (p->mounts.item[i].sealed)
			add(p, OP_SETATTR, WHO_INIT, "%s", p->mounts.item[i].pointer)->setattr =
				(struct step_setattr){ p->mounts.item[i].sealed,
						       { .set = MOUNT_ATTR_RDONLY } };
	add_readonly(p, &linux_of(p)->readonly_paths);
	add_masks(p, &linux_of(p)->masked_paths);
}
