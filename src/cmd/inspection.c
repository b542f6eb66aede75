/* SPDX-License-Identifier: Apache-2.0 */
#include "inspection.h"

#include "base/error.h"
#include "libocispec/shape.h"
#include "libocispec/text.h"

#include <inttypes.h>
#include <string.h>

SHAPE(inspected_process, ROW(inspected_process, "pid", pid), ROW(inspected_process, "name", name),
      ROW(inspected_process, "args", args), ROW(inspected_process, "uids", uids),
      ROW(inspected_process, "gids", gids), ROW(inspected_process, "groups", groups),
      ROW(inspected_process, "uidMap", uid_map), ROW(inspected_process, "gidMap", gid_map),
      ROW(inspected_process, "effective", effective),
      ROW(inspected_process, "permitted", permitted),
      ROW(inspected_process, "inheritable", inheritable),
      ROW(inspected_process, "bounding", bounding), ROW(inspected_process, "ambient", ambient),
      ROW(inspected_process, "noNewPrivileges", no_new_privileges),
      ROW(inspected_process, "seccomp", seccomp),
      ROW(inspected_process, "seccompFilters", seccomp_filters),
      ROW(inspected_process, "oomScoreAdj", oom_score_adj));
SHAPE(inspected_namespace, ROW(inspected_namespace, "type", type),
      ROW(inspected_namespace, "inode", inode), ROW(inspected_namespace, "callers", caller),
      ROW(inspected_namespace, "shared", shared));
SHAPE(inspected_mount, ROW(inspected_mount, "id", id), ROW(inspected_mount, "parent", parent),
      ROW(inspected_mount, "destination", destination), ROW(inspected_mount, "type", type),
      ROW(inspected_mount, "source", source), ROW(inspected_mount, "options", options),
      ROW(inspected_mount, "data", data), ROW(inspected_mount, "shared", shared));
SHAPE(inspected_cgroup, ROW(inspected_cgroup, "path", path),
      ROW(inspected_cgroup, "values", values));
SHAPE(inspected_hook, ROW(inspected_hook, "kind", kind), ROW(inspected_hook, "path", path));
SHAPE(inspection, ROW(inspection, "id", id), ROW(inspection, "status", status),
      ROW(inspection, "bundle", bundle), ROW(inspection, "rootfs", rootfs),
      ROW(inspection, "created", created), ROW(inspection, "owner", owner),
      ROW(inspection, "ended", ended),
      ROW_OBJECT(inspection, "process", process, inspected_process),
      ROW_OBJECTS(inspection, "namespaces", namespaces, inspected_namespace),
      ROW_OBJECTS(inspection, "cgroups", cgroups, inspected_cgroup),
      ROW_OBJECTS(inspection, "mounts", mounts, inspected_mount),
      ROW_OBJECTS(inspection, "hooks", hooks, inspected_hook),
      ROW(inspection, "annotations", annotations));

/* A line with a name and a value, which is cleaned: the container may have chosen it. */
static void add(struct text *t, const char *name, const char *value)
{
	char *clean = pool_text(t->pool, "  %-14s%s", name, value);

	text_clean(clean);
	text_append(t, clean, strlen(clean));
	text_append(t, "\n", 1);
}

static const char *joined(struct pool *pool, const struct strings *list)
{
	struct text t = { .pool = pool };

	for (size_t i = 0; i < list->count; i++)
		text_add(&t, "%s%s", i ? " " : "", list->item[i]);
	return list->count ? text_of(&t) : list->item ? "none" : "not known";
}

static const char *numbers(struct pool *pool, const struct numbers *list)
{
	struct text t = { .pool = pool };

	for (size_t i = 0; i < list->count; i++)
		text_add(&t, "%s%u", i ? " " : "", list->item[i]);
	return list->count ? text_of(&t) : "none";
}

static void add_process(struct text *t, const struct inspected_process *p)
{
	struct pool *pool = t->pool;

	text_add(t, "process\n");
	add(t, "pid", pool_text(pool, "%d", p->pid.value));
	add(t, "program", joined(pool, &p->args));
	if (p->uids.count && p->gids.count)
		add(t, "user",
		    pool_text(pool, "uid %u, gid %u, groups %s", p->uids.item[0], p->gids.item[0],
			      numbers(pool, &p->groups)));
	if (p->uid_map)
		add(t, "uid map", p->uid_map);
	if (p->gid_map)
		add(t, "gid map", p->gid_map);
	add(t, "seccomp",
	    p->seccomp_filters.set
		    ? pool_text(pool, "%s (%u)", p->seccomp, p->seccomp_filters.value)
	    : p->seccomp ? p->seccomp
			 : "not known");
	add(t, "no_new_privs",
	    !p->no_new_privileges.set	 ? "not known"
	    : p->no_new_privileges.value ? "yes"
					 : "no");
	if (p->oom_score_adj.set)
		add(t, "oom score adj", pool_text(pool, "%d", p->oom_score_adj.value));
	text_add(t, "capabilities\n");
	add(t, "effective", joined(pool, &p->effective));
	add(t, "permitted", joined(pool, &p->permitted));
	add(t, "inheritable", joined(pool, &p->inheritable));
	add(t, "bounding", joined(pool, &p->bounding));
	add(t, "ambient", joined(pool, &p->ambient));
}

static void add_namespaces(struct text *t, const struct inspection *in)
{
	text_add(t, "namespaces      container    caller\n");
	for (size_t i = 0; i < in->namespaces.count; i++) {
		const struct inspected_namespace *n = &in->namespaces.item[i];
		add(t, n->type,
		    n->inode.set ? pool_text(t->pool, "%-12" PRIu64 " %-12" PRIu64 " %s",
					     n->inode.value, n->caller.value,
					     n->shared.value ? "the caller's" : "its own")
				 : "not known");
	}
}

static void add_mounts(struct text *t, const struct inspection *in)
{
	text_add(t, "mounts\n");
	for (size_t i = 0; i < in->mounts.count; i++) {
		const struct inspected_mount *m = &in->mounts.item[i];
		char *line = pool_text(t->pool, "  %-30s %-8s %s%s%s", m->destination, m->type,
				       m->options, strcmp(m->source, "/") ? "  from " : "",
				       strcmp(m->source, "/") ? m->source : "");
		text_clean(line);
		text_append(t, line, strlen(line));
		text_append(t, "\n", 1);
	}
}

const char *inspection_text(struct pool *pool, const struct inspection *in)
{
	struct text t = { .pool = pool };

	text_add(&t, "%s\n", in->id);
	add(&t, "status", in->status);
	if (in->ended)
		add(&t, "ended", in->ended);
	add(&t, "bundle", in->bundle);
	add(&t, "rootfs", in->rootfs);
	add(&t, "created", pool_text(pool, "%s by %s", in->created, in->owner));
	if (in->process)
		add_process(&t, in->process);
	if (in->namespaces.count)
		add_namespaces(&t, in);
	text_add(&t, "cgroups, limits and use\n");
	for (size_t i = 0; i < in->cgroups.count; i++) {
		char *path = pool_text(pool, "  %s", in->cgroups.item[i].path);
		text_clean(path);
		text_add(&t, "%s\n", path);
		for (size_t k = 0; k < in->cgroups.item[i].values.count; k++)
			text_add(&t, "    %s\n", in->cgroups.item[i].values.item[k]);
	}
	if (in->mounts.count)
		add_mounts(&t, in);
	if (in->hooks.count)
		text_add(&t, "hooks\n");
	for (size_t i = 0; i < in->hooks.count; i++)
		add(&t, in->hooks.item[i].kind, in->hooks.item[i].path);
	if (in->annotations.count)
		text_add(&t, "annotations\n");
	for (size_t i = 0; i < in->annotations.count; i++)
		add(&t, in->annotations.item[i].key,
		    pool_text(pool, " %s", in->annotations.item[i].value));
	return text_of(&t);
}
