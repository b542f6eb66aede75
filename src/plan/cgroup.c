/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup: its directory in each hierarchy, which process creates it, and which
 * process enters it. The limits are in limits.c. */
#include "paths.h"
#include "planner.h"

#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

/* --- where --- */

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

/* An id may be as long as a file name, 255 bytes, so the prefix is left out if it does not
 * fit. */
static const char *usual_name(struct planner *p)
{
	const char *id = p->request->id;

	return strlen(id) > NAME_MAX - strlen("tare-") ? id : pool_text(p->pool, "tare-%s", id);
}

/* An absolute cgroupsPath starts at the root of the hierarchy. A relative one, and the
 * default, start at the caller's own cgroup, so that a runtime in a delegated or limited
 * cgroup stays in it. With pure v2 they start at its parent, because a cgroup that contains
 * processes can't enable controllers for its children. */
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

static bool wants_limits(const struct resources *r)
{
	return r && (r->memory || r->cpu || r->pids || r->block_io || r->hugepage_limits.count ||
		     r->network || r->rdma.count || r->unified.count);
}

void place_cgroups(struct planner *p)
{
	const char *manager = p->request->cgroup_manager;
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
	if (wants_limits(linux_of(p)->resources)) {
		refuse(p, CODE_CGROUP_DELEGATION, "/linux/resources",
		       disabled ? "limits can't be set with --cgroup-manager disabled"
		       : !p->host->cgroups.count ? "no cgroup hierarchy is mounted on this machine"
		       : !p->host->uid.value && !p->host->user_namespace.value
			       ? "the cgroup hierarchies are mounted read-only here: limits "
				 "need to be written to them"
			       : "no cgroup is delegated to you: limits need one");
		if (disabled)
			cure(p, "remove the limits, or use another cgroup manager");
	} else if (path && *path && !disabled) {
		refuse(p, CODE_CGROUP_DELEGATION, "/linux/cgroupsPath",
		       "no cgroup is delegated to you: %s can't be created", path);
		cure(p,
		     "systemd-run --user --scope -p Delegate=yes tare ..., or remove cgroupsPath");
	}
	if (!ns_new(p, OCI_NS_PID))
		warn(p, CODE_NAMESPACE_NEEDED, "/linux/namespaces",
		     "without a cgroup and a pid namespace of its own, processes that outlive the "
		     "container's first "
		     "process can't be found and are left running");
}

/* --- checks --- */

void check_resources(struct planner *p)
{
	const struct resources *r = linux_of(p)->resources;
	const char *path = linux_of(p)->cgroups_path;

	if (path && *path && !path[strspn(path, "/.")])
		refuse(p, CODE_CGROUP, "/linux/cgroupsPath",
		       "\"%s\" is the root, which can't be a container's", path);
	if (path && has_parent_reference(path))
		refuse(p, CODE_CGROUP, "/linux/cgroupsPath", "\"%s\" has a component \"..\"", path);
	check_scope(p);
	if (p->host->cgroups.count > CGROUP_MAX)
		refuse(p, CODE_CGROUP, "/linux/cgroupsPath",
		       "%zu cgroup hierarchies are mounted; tare supports %d",
		       p->host->cgroups.count, CGROUP_MAX);
	place_cgroups(p);
	if (!r)
		return;
	check_limits(p, r);
}

/* --- steps --- */

/* Does the config set a limit for this controller? Only for those controllers that a hybrid
 * machine leaves to v2. */
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

/* The controllers to enable in the ancestors of the container's cgroup: all that are
 * available, so that engines can read statistics. On a hybrid machine, where v1 has the main
 * controllers, only those for which a limit is set, so that the root cgroup is changed as
 * little as possible. */
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
		.directory = SLOT_CGROUP + (int)i,
		.entry = by_systemd(p) || p->plan->criu ? NO_SLOT : SLOT_ENTRY + (int)i,
		.unified = h->unified.value,
		.freezer = h->unified.value || listed(h->controllers, "freezer", ','),
		.cpuset = !h->unified.value && listed(h->controllers, "cpuset", ','),
		.controllers = h->unified.value ? to_enable(p, h) : NULL,
	};
}

void add_cgroup_look(struct planner *p)
{
	struct record *r = p->plan->record;

	r->cgroups.item = pool_alloc(p->pool, CGROUP_MAX * sizeof *r->cgroups.item);
	for (size_t i = 0; i < p->host->cgroups.count; i++) {
		const struct hierarchy *h = &p->host->cgroups.item[i];
		if (!p->cgroup[i].used)
			continue;
		struct step_cgroup *look =
			&add(p, OP_CHECK_EMPTY, WHO_PARENT, "/linux/cgroupsPath")->cgroup;
		*look = cgroup_step(p, i);
		look->recorded = r->cgroups.count;
		r->cgroups.item[r->cgroups.count++] = (struct recorded_cgroup){
			.mount = h->mount,
			.path = p->cgroup[i].path,
			.unified = h->unified,
			.controllers = h->unified.value ? NULL : h->controllers,
			.shared = { by_systemd(p) && systemd_uses_hierarchy(h), true },
		};
	}
}

/* The hierarchy for device rules: the one with v1's devices controller, or cgroup2; -1 if
 * there is none. */
int device_hierarchy(const struct planner *p)
{
	int devices = find_controller(p, "devices");

	for (size_t i = 0; devices < 0 && i < p->host->cgroups.count; i++)
		if (p->cgroup[i].used && p->host->cgroups.item[i].unified.value)
			devices = (int)i;
	return devices;
}

/* config-linux.md, "Cgroup ownership": the container's user may create cgroups below the
 * container's own if it has a cgroup namespace and a writable cgroup mount; never on v1. */
static void add_owner(struct planner *p)
{
	const struct process *process = p->config->process;
	uint32_t uid = process && process->user ? process->user->uid.value : 0;

	if (!pure_v2(p) || !p->cgroup[0].used || !ns_new(p, OCI_NS_CGROUP) ||
	    !has_writable_cgroups(p) || !host_can(p->host, CAP_CHOWN) || ns_joined(p, OCI_NS_USER))
		return;
	if (ns_new(p, OCI_NS_USER))
		(void)id_to_parent(&linux_of(p)->uid_mappings,
				   &uid); /* check_process() has verified that it is mapped */
	if (uid != p->host->uid.value)
		add(p, OP_CHOWN, WHO_PARENT, "/linux/cgroupsPath")->owner =
			(struct step_owner){ SLOT_CGROUP, uid };
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
		step.adopt = by_systemd(p) || p->plan->criu;
		if (p->cgroup[i].used && (int)i != scope)
			add(p, OP_CGROUP, WHO_PARENT, "/linux/cgroupsPath")->cgroup = step;
	}
	if (!p->has_cgroup) {
		if (p->privileged && !p->user_namespace)
			warn(p, CODE_DEVICE_RULES, "/linux/resources/devices",
			     "without a cgroup no rule is enforced: the container may use every "
			     "device");
		return;
	}
	if (r)
		add_limits(p, r);
	add_owner(p);

	/* A container in a user namespace can't create device nodes, and a caller in one may
	 * not be able to set device rules. */
	if (!host_can(p->host, CAP_SYS_ADMIN) || p->host->user_namespace.value)
		return;
	int devices = device_hierarchy(p);
	if (devices >= 0)
		add_device_rules(p, devices);
	else
		warn(p, CODE_DEVICE_RULES, "/linux/resources/devices",
		     "no cgroup hierarchy here can "
		     "enforce device rules");
}

/* The cgroup2 hierarchy in which init can be created directly (CLONE_INTO_CGROUP, Linux 5.7),
 * or -1. */
int clone_cgroup(const struct planner *p)
{
	for (size_t i = 0; i < p->host->cgroups.count; i++)
		if (p->cgroup[i].used && !by_systemd(p) && p->host->cgroups.item[i].unified.value &&
		    p->host->kernel.value >= 507)
			return (int)i;
	return -1;
}

void add_cgroup_entry(struct planner *p)
{
	for (size_t i = 0; i < p->host->cgroups.count; i++) {
		const struct hierarchy *h = &p->host->cgroups.item[i];
		if (p->cgroup[i].used && !by_systemd(p))
			add(p, OP_ENTER, WHO_INIT, "/linux/cgroupsPath")->enter =
				(struct step_enter){
					.mount = h->mount,
					.path = p->cgroup[i].path,
					.entry = SLOT_ENTRY + (int)i,
					.in_cgroup = clone_cgroup(p) == (int)i ? SLOT_IN_CGROUP
									       : NO_SLOT,
				};
	}
}
