/* SPDX-License-Identifier: Apache-2.0 */
/* mount_entry: an entry of mounts, interpreted once, and what the parts of the planner share that
 * deal with mounts: mounts.c, cgroup_mounts.c, idmap.c, masks.c, devices.c. */
#ifndef TARE_PLAN_MOUNT_ENTRY_H
#define TARE_PLAN_MOUNT_ENTRY_H

#include "options.h"
#include "planner.h"

/* An entry of mounts, interpreted once: what checks, looks, mounts and read-only marks go by. */
struct planned_mount {
	const struct mount *entry; /* of the config */
	const char *pointer;	   /* /mounts/N */
	const char *path;	   /* its destination from "/", without ".." */
	enum { MOUNT_FILESYSTEM, MOUNT_BIND, MOUNT_CGROUP, MOUNT_REMOUNT } kind;
	bool binds;	/* it says bind; a remount may, too */
	bool at_root;	/* its destination is the root */
	bool idmapped;	/* its files get other owners */
	bool by_parent; /* a filesystem that init may not mount, and the parent may */
	enum oci_namespace
		shows; /* the namespace that the filesystem is about; OCI_NS_COUNT: none */
	struct mount_options options;
	int request; /* its tree: of a bind, and of what the parent mounts */
	int sealed; /* slot of the mount, if it becomes read-only when devices and later mounts have
		       their places; or NO_SLOT */
};

bool has_type(const struct planned_mount *m, const char *type); /* and is no bind */

/* Nothing can be there yet: it is a name directly in a tmpfs that a step shortly before has
 * mounted. */
bool is_fresh(const struct planner *p, const char *target);
void add_option(struct planner *p, struct step_mount *mount, const char *key, const char *value);

/* cgroup_mounts.c */
void add_cgroup_mount(struct planner *p, struct planned_mount *m);

/* idmap.c */
void check_idmap(struct planner *p, const struct planned_mount *m);
struct step_idmap_mount idmap_of(struct planner *p, const struct planned_mount *m);

#endif
