/* SPDX-License-Identifier: Apache-2.0 */
/* mount_entry: the interpreted entries of mounts, and what mounts.c, cgroup_mounts.c, idmap.c,
 * masks.c and devices.c share. */
#ifndef TARE_PLAN_MOUNT_ENTRY_H
#define TARE_PLAN_MOUNT_ENTRY_H

#include "options.h"
#include "planner.h"

/* An entry of mounts, interpreted once for all parts of the planner. */
struct planned_mount {
	const struct mount *entry; /* of the config */
	const char *pointer;	   /* /mounts/N */
	const char *path;	   /* its absolute destination, without ".." */
	enum { MOUNT_FILESYSTEM, MOUNT_BIND, MOUNT_CGROUP, MOUNT_REMOUNT } kind;
	bool binds;		  /* has the option bind; a remount may have it, too */
	bool at_root;		  /* its destination is the root */
	bool idmapped;		  /* its files are ID-mapped */
	bool by_parent;		  /* a filesystem that the parent may mount but init may not */
	enum oci_namespace shows; /* the namespace that the filesystem shows; OCI_NS_COUNT: none */
	struct mount_options options;
	int request; /* its tree, for a bind mount and for what the parent mounts */
	int sealed;  /* slot of the mount if it becomes read-only after devices and later mounts
			are in place; or NO_SLOT */
};

bool has_type(const struct planned_mount *m, const char *type); /* and is not a bind mount */

/* Can nothing exist at the target yet, because it is an entry directly in a tmpfs that a
 * recent step mounted? */
bool is_fresh(const struct planner *p, const char *target);
void add_option(struct planner *p, struct step_mount *mount, const char *key, const char *value);

/* cgroup_mounts.c */
void add_cgroup_mount(struct planner *p, struct planned_mount *m);

/* What of a container's mounts is not in the image of a checkpoint: where they are, what they show
 * on the host, and the flags that they have. */
struct external {
	struct strings point, source;
	struct image_flags *flags;
};
void add_external(struct planner *p, struct external *e, const char *point, const char *source,
		  struct image_flags flags);
void name_cgroup_mounts(struct planner *p, const struct planned_mount *m, struct external *e);
void name_device_mounts(struct planner *p, struct external *e); /* devices.c */

/* idmap.c */
void check_idmap(struct planner *p, const struct planned_mount *m);
struct step_idmap_mount idmap_of(struct planner *p, const struct planned_mount *m);

#endif
