/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts of type cgroup and cgroup2: what a container sees of the cgroup hierarchies. With a cgroup
 * namespace, a new mount shows the right part. Without one, the container must not be able to
 * change the host's cgroups:
 *
 *	cgroup2    the whole hierarchy, read-only, so that the paths in /proc/self/cgroup are valid;
 *	           on a writable mount, the container's own cgroup is mounted over it, writable
 *	cgroup v1  in place of each hierarchy's root the container's own cgroup, or the hierarchy
 *	           itself, read-only, if it has none
 *	none       an empty directory, read-only
 */
#include "mount_entry.h"

#include <string.h>
#include <sys/mount.h>

static bool own_cgroup_namespace(const struct planner *p)
{
	return p->ns[OCI_NS_CGROUP];
}

/* Is the destination a cgroup2 mount, because it was asked for or because there is no other
 * hierarchy? */
static bool is_unified(const struct planner *p, const struct planned_mount *m)
{
	size_t used = 0, unified = 0, count = p->host->cgroups.count;

	if (!strcmp(m->entry->type, "cgroup2"))
		return true;
	for (size_t i = 0; i < count; i++) {
		used += p->cgroup[i].used;
		unified += p->cgroup[i].used && p->host->cgroups.item[i].unified.value;
	}
	return (used && used == unified) ||
	       (!used && count == 1 && p->host->cgroups.item[0].unified.value);
}

/* These mounts have no other submounts, so recursive options apply to each of them directly. */
static struct attributes attributes_of(const struct mount_options *options)
{
	return (struct attributes){ .set = options->attributes.set | options->below.set,
				    .clear = (options->attributes.clear | options->below.clear) &
					     ~(options->attributes.set | options->below.set) };
}

static void make_readonly(struct attributes *attributes)
{
	attributes->set |= MOUNT_ATTR_RDONLY;
	attributes->clear &= ~(uint64_t)MOUNT_ATTR_RDONLY;
}

static size_t count_used(const struct planner *p)
{
	size_t used = 0;

	for (size_t i = 0; i < p->host->cgroups.count; i++)
		used += p->cgroup[i].used;
	return used;
}

static bool is_readonly(const struct planned_mount *m)
{
	return attributes_of(&m->options).set & MOUNT_ATTR_RDONLY;
}

bool has_writable_cgroups(const struct planner *p)
{
	for (size_t i = 0; i < p->mounts.count; i++) {
		const struct planned_mount *m = &p->mounts.item[i];
		if (m->kind == MOUNT_CGROUP)
			return !strcmp(m->entry->destination, "/sys/fs/cgroup") && !is_readonly(m);
	}
	return false;
}

/* --- trees --- */

static const char *own_path(struct planner *p, size_t hierarchy)
{
	return pool_text(p->pool, "%s%s", p->host->cgroups.item[hierarchy].mount,
			 p->cgroup[hierarchy].path);
}

static void take_tree(struct planner *p, const char *path, const char *pointer)
{
	int request = ask_tree(p, &(struct step_tree){ .path = path }, pointer);

	p->cgroup_trees.item[p->cgroup_trees.count++] = request;
	add_taken_tree(p, request);
}

/* Returns the parent's earlier request for this path, or makes one for init. */
static int use_tree(struct planner *p, const char *path, const char *pointer)
{
	for (size_t i = 0; i < p->cgroup_trees.count; i++) {
		int request = p->cgroup_trees.item[i];
		if (request >= 0 && !strcmp(p->trees.item[request].tree.path, path)) {
			p->cgroup_trees.item[i] = -1; /* each is attached only once */
			return request;
		}
	}
	if (ns_joined(p, OCI_NS_MOUNT) && by_systemd(p))
		refuse(p, CODE_MOUNT_ENTRY, pointer,
		       "the cgroup that systemd makes can't be mounted in a mount namespace that "
		       "is "
		       "joined");
	else if (ns_joined(p, OCI_NS_MOUNT))
		refuse(p, CODE_MOUNT_ENTRY, pointer,
		       "only one cgroup mount is possible in a mount namespace that is joined");
	int request = ask_tree(p, &(struct step_tree){ .path = path }, pointer);
	p->trees.item[request].late = true;
	p->trees.item[request].tree.slot = SLOT_TREE;
	return request;
}

/* Adds the trees that the parent must take, before the clone. Its own cgroups, which systemd makes
 * after that, are left to init: everybody can reach them. */
void add_cgroup_trees(struct planner *p)
{
	for (size_t k = 0; k < p->mounts.count; k++) {
		const struct planned_mount *m = &p->mounts.item[k];
		if (m->kind != MOUNT_CGROUP || own_cgroup_namespace(p) || !p->takes)
			continue;
		bool unified = is_unified(p, m);
		for (size_t i = 0; i < p->host->cgroups.count; i++) {
			const struct hierarchy *h = &p->host->cgroups.item[i];
			if (unified && h->unified.value)
				take_tree(p, h->mount, m->pointer);
			if (!by_systemd(p) &&
			    (unified ? h->unified.value && p->cgroup[i].used && !is_readonly(m)
				     : p->cgroup[i].used))
				take_tree(p, own_path(p, i), m->pointer);
		}
		return; /* only the first; init takes the trees of any others itself */
	}
}

/* --- steps --- */

static void bind_cgroup(struct planner *p, const struct planned_mount *m, const char *path,
			const char *target, bool readonly)
{
	static unsigned long private[] = { MS_PRIVATE };
	struct step_mount mount = { .target = target,
				    .missing = is_fresh(p, target),
				    .attributes = attributes_of(&m->options) };

	if (readonly) {
		make_readonly(&mount.attributes);
	}
	mount.propagation.item = private;
	mount.propagation.count = 1;
	mount.tree = add_late_tree(p, use_tree(p, path, m->pointer));
	add(p, OP_MOVE, WHO_INIT, "%s", m->pointer)->mount = mount;
}

static void mount_hierarchy(struct planner *p, const struct planned_mount *m,
			    const struct hierarchy *h, const char *target)
{
	bool unified = !h || h->unified.value;
	struct step_mount mount = { .type = unified ? "cgroup2" : "cgroup",
				    .target = target,
				    .missing = is_fresh(p, target),
				    .attributes = attributes_of(&m->options) };

	if (!count_used(p) && p->user_namespace) {
		/* Its root is the caller's cgroup, which the caller may write to. */
		make_readonly(&mount.attributes);
	}
	mount.source = mount.type;
	char *list = pool_copy(p->pool, unified ? "" : h->controllers,
			       unified ? 0 : strlen(h->controllers)),
	     *save;
	for (char *word = strtok_r(list, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		bool named = !strncmp(word, "name=", 5);
		if (named)
			add_option(p, &mount, "none", NULL);
		add_option(p, &mount, named ? "name" : word, named ? word + 5 : NULL);
	}
	/* The kernel validates unknown options. */
	for (size_t i = 0; i < (&m->options)->data.count; i++)
		add_option(p, &mount, (&m->options)->data.item[i].key,
			   (&m->options)->data.item[i].value);
	add(p, OP_MOUNT, WHO_INIT, "%s", m->pointer)->mount = mount;
}

/* By convention, "cpu,cpuacct" also has the names cpu and cpuacct. */
static void add_controller_links(struct planner *p, const struct hierarchy *h,
				 const char *directory, const char *base, const char *pointer)
{
	char *list = pool_copy(p->pool, h->controllers, strlen(h->controllers)), *save;

	if (!strchr(list, ','))
		return;
	for (char *word = strtok_r(list, ",", &save); word; word = strtok_r(NULL, ",", &save))
		add(p, OP_LINK, WHO_INIT, "%s", pointer)->link = (struct step_link){
			.target = base, .path = pool_text(p->pool, "%s/%s", directory, word)
		};
}

/* A tmpfs that holds the hierarchies, or that is empty if there are none. */
static void add_top(struct planner *p, struct planned_mount *m, bool empty)
{
	struct step_mount top = {
		.type = "tmpfs",
		.source = "tmpfs",
		.target = m->entry->destination,
		.attributes = attributes_of(&m->options),
	};

	add_option(p, &top, "mode", "755");
	if (empty) {
		make_readonly(&top.attributes);
	} else if (top.attributes.set & MOUNT_ATTR_RDONLY) {
		top.attributes.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		top.keep = fresh_slot(p);
		m->sealed = top.keep;
	}
	add(p, OP_MOUNT, WHO_INIT, "%s", m->pointer)->mount = top;
}

static void add_unified(struct planner *p, struct planned_mount *m)
{
	const struct hierarchy *h = NULL;
	size_t i = 0;

	for (; i < p->host->cgroups.count && !h; i++)
		if (p->host->cgroups.item[i].unified.value)
			h = &p->host->cgroups.item[i];
	if (own_cgroup_namespace(p)) {
		mount_hierarchy(p, m, h, m->entry->destination);
		return;
	}
	if (!h) {
		add_top(p, m, true);
		return;
	}
	i--;
	bind_cgroup(p, m, h->mount, m->entry->destination, true);
	if (!is_readonly(m) && p->cgroup[i].used)
		bind_cgroup(p, m, own_path(p, i),
			    pool_text(p->pool, "%s%s", m->entry->destination, p->cgroup[i].path),
			    false);
}

void name_cgroup_mounts(struct planner *p, const struct planned_mount *m, struct external *e)
{
	bool unified = is_unified(p, m);
	const struct image_flags given = { attributes_of(&m->options).set, 0 };
	const struct image_flags readonly = { given.set | MOUNT_ATTR_RDONLY, 0 };

	for (size_t i = 0; i < p->host->cgroups.count; i++) {
		const struct hierarchy *h = &p->host->cgroups.item[i];
		const char *slash = strrchr(h->mount, '/'), *base = slash ? slash + 1 : h->mount;
		bool own = p->cgroup[i].used, whole = unified && !own_cgroup_namespace(p);
		if (unified && !h->unified.value)
			continue;
		add_external(p, e, unified ? m->path : pool_text(p->pool, "%s/%s", m->path, base),
			     own && !whole ? own_path(p, i) : h->mount,
			     own && !whole ? given : readonly);
		if (whole && own)
			add_external(p, e, pool_text(p->pool, "%s%s", m->path, p->cgroup[i].path),
				     own_path(p, i), given);
	}
}

void add_cgroup_mount(struct planner *p, struct planned_mount *m)
{
	const struct mount_options *options = &m->options;
	size_t used = count_used(p), count = p->host->cgroups.count;

	if (!used && !own_cgroup_namespace(p) && !is_readonly(m))
		warn(p, CODE_CGROUP, m->pointer,
		     "the container has no cgroup of its own: the mount is read-only");
	if (options->data.count && !own_cgroup_namespace(p))
		warn(p, CODE_MOUNT_OPTION, pool_text(p->pool, "%s/options", m->pointer),
		     "without a cgroup namespace the cgroup is bind-mounted: \"%s\" is ignored",
		     options->data.item[0].key);
	if (is_unified(p, m)) {
		add_unified(p, m);
		return;
	}
	add_top(p, m, count == 0);
	for (size_t i = 0; i < count; i++) {
		const struct hierarchy *h = &p->host->cgroups.item[i];
		const char *slash = strrchr(h->mount, '/'), *base = slash ? slash + 1 : h->mount;
		const char *target = pool_text(p->pool, "%s/%s", m->entry->destination, base);
		if (own_cgroup_namespace(p)) {
			if (used && !p->cgroup[i].used)
				continue;
			mount_hierarchy(p, m, h, target);
		} else {
			bool own = p->cgroup[i].used;
			bind_cgroup(p, m, own ? own_path(p, i) : h->mount, target, !own);
		}
		if (!h->unified.value)
			add_controller_links(p, h, m->entry->destination, base, m->pointer);
	}
}
