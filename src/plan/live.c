/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts for a container that exists. The parent takes the sources, as detached trees, and writes
 * down what identifies them. A stager joins the container, but not its pid namespace: no process
 * of the container can trace it. There it attaches the trees, and ends. */
#include "mount_entry.h"
#include "record.h"

#include <string.h>

static void check_added(struct planner *p, const struct planned_mount *m)
{
	const char *options = pool_text(p->pool, "%s/options", m->pointer);

	if (m->kind != MOUNT_BIND)
		refuse(p, CODE_MOUNT_ENTRY, m->pointer,
		       "only bind mounts can be added to a container");
	else if (m->at_root)
		refuse(p, CODE_MOUNT_ENTRY, pool_text(p->pool, "%s/destination", m->pointer),
		       "the root of a container can't be covered");
	else if (m->options.behaviour & OPTION_COPY_SYMLINK)
		refuse(p, CODE_MOUNT_ENTRY, options, "copy-symlink makes a link, not a mount");
	else if (p->user_namespace && m->options.below.clear)
		/* At create, init takes such a tree, so that the kernel can tell. */
		refuse(p, CODE_MOUNT_OPTION, options,
		       "flags of the mounts below can't be cleared for a user namespace");
	else if (m->idmapped && ns_joined(p, OCI_NS_USER) && !m->entry->uid_mappings.count &&
		 !m->options.mapping)
		refuse(p, CODE_MOUNT_IDMAP, m->pointer,
		       "the mappings of a user namespace that was joined are not known: give "
		       "uidMappings and gidMappings");
}

static void check_live(struct planner *p)
{
	if (!ns_new(p, OCI_NS_MOUNT))
		refuse(p, CODE_MOUNT_SHARED, "/linux/namespaces",
		       "the container has no mount namespace of its own");
	if (!p->takes)
		refuse(p, CODE_MOUNT_DENIED, "",
		       "adding mounts and devices needs CAP_SYS_ADMIN in the caller's user "
		       "namespace, and the mount API of Linux 5.2");
}

/* What earlier commands have added, with room for more. */
static struct added *begin_list(struct planner *p, size_t mounts, size_t devices)
{
	struct added *all = p->plan->added = pool_alloc(p->pool, sizeof *all);
	const struct added *older = p->inputs->added;
	static const struct added none;

	older = older ? older : &none;
	*all = *older;
	all->mounts.item =
		pool_alloc(p->pool, (older->mounts.count + mounts + 1) * sizeof *all->mounts.item);
	all->devices.item = pool_alloc(p->pool, (older->devices.count + devices + 1) *
							sizeof *all->devices.item);
	if (older->mounts.count)
		memcpy(all->mounts.item, older->mounts.item,
		       older->mounts.count * sizeof *all->mounts.item);
	if (older->devices.count)
		memcpy(all->devices.item, older->devices.item,
		       older->devices.count * sizeof *all->devices.item);
	return all;
}

static void list_mounts(struct planner *p, struct added *all)
{
	for (size_t i = 0; i < p->mounts.count; i++) {
		struct planned_mount *m = &p->mounts.item[i];
		struct recorded_mount *identity = pool_alloc(p->pool, sizeof *identity);
		identity->path = m->path;
		all->mounts.item[all->mounts.count++] = (struct added_mount){
			.entry = pool_copy_of(p->pool, m->entry, sizeof *m->entry),
			.mount = identity,
			.begun = { true, true },
		};
		p->trees.item[m->request].tree.identity = identity;
	}
}

/* From the look at the sources to where the stager is in the container. */
static void begin_live(struct planner *p, const char *pointer)
{
	add_tree_looks(p);
	add(p, OP_KEEP, WHO_PARENT, "%s", pointer);
	add(p, OP_CLONE, WHO_PARENT, "%s", pointer)->clone.child = WHO_STAGER;
	p->building = true;
	add_nondumpable(p, WHO_STAGER);
	add_joining(p);
	add_root_ids(p, WHO_STAGER);
	add(p, OP_OPEN, WHO_STAGER, "%s", pointer)->open =
		(struct step_open){ .kind = OPEN_ROOT, .path = "/", .slot = SLOT_ROOT };
}

int plan_make_mounts(struct plan *plan, const struct inputs *inputs)
{
	struct planner p;

	begin_plan(&p, plan, inputs);
	plan->live = true;
	read_namespaces(&p);
	read_mounts(&p);
	check_mounts(&p);
	check_live(&p);
	if (p.mounts.count > TREES_AT_ONCE)
		refuse(&p, CODE_MOUNT_ENTRY, "", "more than %d mounts at once", TREES_AT_ONCE);
	for (size_t i = 0; i < p.mounts.count; i++)
		check_added(&p, &p.mounts.item[i]);
	if (p.refused)
		return end_planning(&p);

	add_container_look(&p);
	ask_mount_trees(&p);
	list_mounts(&p, begin_list(&p, p.mounts.count, 0));
	begin_live(&p, "/mounts");
	add_mounts(&p);
	return seal_plan(&p);
}

int plan_make_devices(struct plan *plan, const struct inputs *inputs)
{
	struct planner p;

	begin_plan(&p, plan, inputs);
	plan->live = true;
	read_namespaces(&p);
	read_mounts(&p);
	read_devices(&p);
	check_devices(&p);
	check_live(&p);
	size_t count = linux_of(&p)->devices.count;
	struct added *all = begin_list(&p, 0, count);
	struct added_device *fresh = all->devices.item + all->devices.count;
	for (size_t i = 0; i < count; i++)
		fresh[i] = (struct added_device){ .entry = &linux_of(&p)->devices.item[i],
						  .begun = { true, true } };
	all->devices.count += count;
	if (p.nodes.count < count && !p.refused)
		refuse(&p, CODE_DEVICE, "/linux/devices",
		       "/dev/ptmx is the container's own, or it has the host's /dev");
	if (count > TREES_AT_ONCE)
		refuse(&p, CODE_DEVICE, "", "more than %d devices at once", TREES_AT_ONCE);
	ask_root_tree(&p);
	ask_added_devices(&p, fresh);
	if (p.refused)
		return end_planning(&p);

	add_container_look(&p);
	begin_live(&p, "/linux/devices");
	add_added_devices(&p);
	return seal_plan(&p);
}
