/* SPDX-License-Identifier: Apache-2.0 */
/* Interprets the entries of mounts. */
#include "mount_entry.h"

#include "paths.h"

#include <string.h>
#include <sys/mount.h>

enum { FRESH = 64 }; /* number of steps to search backwards for a new filesystem */

static bool is_at_root(const struct mount *m)
{
	return !m->destination[strspn(m->destination, "/.")] && !strstr(m->destination, "..");
}

/* The namespace that a filesystem shows, or OCI_NS_COUNT. */
static enum oci_namespace shown(const char *type)
{
	return !strcmp(type, "proc")	 ? OCI_NS_PID
	       : !strcmp(type, "sysfs")	 ? OCI_NS_NETWORK
	       : !strcmp(type, "mqueue") ? OCI_NS_IPC
					 : OCI_NS_COUNT;
}

bool has_type(const struct planned_mount *m, const char *type)
{
	return !m->binds && m->entry->type && !strcmp(m->entry->type, type);
}

/* Mounting a filesystem that shows a namespace needs privileges in the user namespace that
 * owns that namespace. A new user namespace never owns an existing namespace, so root in the
 * initial user namespace mounts the filesystem for the container; other callers bind-mount the
 * host's (MAY_BIND). */
static bool is_made_by_parent(const struct planner *p, const struct planned_mount *m)
{
	/* Who builds in a joined pid namespace is not in it. */
	if (m->kind == MOUNT_FILESYSTEM && m->shows == OCI_NS_PID && builds_apart(p))
		return true;
	return m->kind == MOUNT_FILESYSTEM && m->shows != OCI_NS_COUNT && p->user_namespace &&
	       (p->takes || (p->privileged && p->ns[m->shows])) && !p->host->user_namespace.value &&
	       !ns_new(p, m->shows);
}

static void read_mount(struct planner *p, size_t i)
{
	struct planned_mount *m = &p->mounts.item[i];
	const struct mount *entry = &p->config->mounts.item[i];

	m->entry = entry;
	m->pointer = pool_text(p->pool, "/mounts/%zu", i);
	m->path = absolute_path(p, entry->destination);
	m->binds = option_binds(entry);
	m->kind = option_given(entry, "remount")		    ? MOUNT_REMOUNT
		  : m->binds					    ? MOUNT_BIND
		  : has_type(m, "cgroup") || has_type(m, "cgroup2") ? MOUNT_CGROUP
								    : MOUNT_FILESYSTEM;
	m->at_root = is_at_root(entry);
	m->shows = m->binds || !entry->type ? OCI_NS_COUNT : shown(entry->type);
	m->by_parent = is_made_by_parent(p, m);
	options_read(p->pool, &entry->options, &m->options);
	m->idmapped = m->options.behaviour & OPTION_IDMAP || entry->uid_mappings.count ||
		      entry->gid_mappings.count;
}

void read_mounts(struct planner *p)
{
	p->mounts.count = p->config->mounts.count;
	p->mounts.item = pool_alloc(p->pool, (p->mounts.count + 1) * sizeof *p->mounts.item);
	for (size_t i = 0; i < p->mounts.count; i++)
		read_mount(p, i);
}

void add_option(struct planner *p, struct step_mount *mount, const char *key, const char *value)
{
	mount->options.item = pool_grow(p->pool, mount->options.item, mount->options.count,
					sizeof *mount->options.item);
	mount->options.item[mount->options.count++] = (struct fs_option){ .key = key,
									  .value = value };
}

static bool below_or_same(const char *path, const char *directory, size_t length)
{
	return !strncmp(path, directory, length) && (!path[length] || path[length] == '/');
}

bool is_fresh(const struct planner *p, const char *target)
{
	const char *slash = strrchr(target, '/');
	size_t length = slash ? (size_t)(slash - target) : 0;

	if (!length || !slash[1] || strstr(target, "/.") || strstr(target, "//"))
		return false;
	for (size_t i = p->plan->steps, looked = 0; i-- > 0 && looked < FRESH; looked++) {
		const struct step *s = &p->plan->step[i];
		if (s->op == OP_TREE)
			continue;
		if (s->op != OP_MOUNT && s->op != OP_MOVE && s->op != OP_LINK)
			return false;
		const char *before = s->op == OP_LINK ? s->link.path : s->mount.target;
		size_t size = strlen(before);
		if (size == length && !strncmp(before, target, length))
			return s->op == OP_MOUNT && !strcmp(s->mount.type, "tmpfs") &&
			       !s->mount.copy_up;
		/* It may have created the target, or covered the tmpfs. */
		if (below_or_same(before, target, strlen(target)) ||
		    below_or_same(target, before, size - (size > 0 && before[size - 1] == '/')))
			return false;
	}
	return false;
}

void add_external(struct planner *p, struct external *e, const char *point, const char *source,
		  struct image_flags flags)
{
	/* Of the flags that criu may lose, those that protect. */
	const uint64_t kept = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			      MOUNT_ATTR_NOEXEC;

	strings_add(p->pool, &e->point, point);
	strings_add(p->pool, &e->source, source);
	e->flags = pool_grow(p->pool, e->flags, e->point.count - 1, sizeof *e->flags);
	e->flags[e->point.count - 1] = (struct image_flags){ flags.set & kept, flags.below & kept };
}
