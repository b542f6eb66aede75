/* SPDX-License-Identifier: Apache-2.0 */
/* The source of a bind mount is taken as a tree: a detached copy of the host's mounts. The
 * parent verifies the source before there is anything to undo; init takes the tree and
 * attaches it immediately. The parent itself takes trees that init could not reach: the root,
 * and all trees of a container with a user namespace if the parent is privileged. A source
 * below the root may be on another mount of the container, so only init resolves it. */
#include "paths.h"
#include "mount_entry.h"

#include <string.h>

/* The path relative to the root filesystem, or NULL if it is not below it. */
static const char *inside(struct planner *p, const char *path)
{
	const char *root = normal_path(p, in_bundle(p, p->config->root->path));

	if (has_parent_reference(path))
		return NULL;
	return path_below(normal_path(p, path), root);
}

int ask_tree(struct planner *p, const struct step_tree *tree, const char *pointer)
{
	size_t index = p->trees.count;
	struct tree_request request = {
		.tree = *tree,
		.pointer = pointer,
		/* Only the parent can access files that root in a user namespace may not.
		 * Otherwise init takes the trees in the order of the mounts, which is then
		 * also their order in mountinfo (sorted by ID since Linux 6.8). */
		.late = (!p->takes ||
			 (index > 0 && (!p->user_namespace || index > TREES_AT_ONCE))) &&
			/* In a joined mount namespace, its path may lead to a different file. */
			!ns_joined(p, OCI_NS_MOUNT) && !p->plan->live,
	};
	const char *rest = tree->by == TREE_BY_PATH ? inside(p, tree->path) : NULL;

	if (tree->by == TREE_NEW)
		request.late = !p->privileged; /* init may not mount it; and without privileges the
						  right is had only in the user namespace */
	if (rest) {
		request.tree.by = TREE_INSIDE;
		request.tree.path = rest;
		request.late = !p->plan->live;
	}
	/* The root comes first and has its own slot. Late trees are attached at once, and share
	 * one. */
	request.tree.slot = index == 0 ? SLOT_ROOT : request.late ? SLOT_TREE : fresh_slot(p);
	if (request.tree.slot >= p->plan->slots)
		p->plan->slots = request.tree.slot + 1;
	p->trees.item = pool_grow(p->pool, p->trees.item, index, sizeof request);
	p->trees.item[p->trees.count++] = request;
	return (int)index;
}

void share_tree(struct planner *p, int request)
{
	struct tree_request *r = &p->trees.item[request];

	if (!r->late || r->tree.by == TREE_INSIDE)
		return;
	r->tree.peer = true;
	r->tree.slot = fresh_slot(p);
}

/* The slot of a user namespace that an earlier request makes with the same mapping; NO_SLOT. */
static int made_before(struct planner *p, int request, const struct step_idmap_mount *remap)
{
	for (int i = 0; i < request; i++) {
		struct step_idmap_mount *earlier = p->trees.item[i].remap;
		if (!earlier || !earlier->uid_map || strcmp(earlier->uid_map, remap->uid_map) ||
		    strcmp(earlier->gid_map, remap->gid_map))
			continue;
		if (earlier->made == NO_SLOT)
			earlier->made = fresh_slot(p);
		return earlier->made;
	}
	return NO_SLOT;
}

void remap_tree(struct planner *p, int request, const struct step_idmap_mount *remap)
{
	struct tree_request *r = &p->trees.item[request];

	r->remap = pool_copy_of(p->pool, remap, sizeof *remap);
	/* That of the joined user namespace, or one that an earlier step makes. */
	r->remap->ns = remap->uid_map ? made_before(p, request, remap) : SLOT_NS + OCI_NS_USER;
	if (r->remap->ns != NO_SLOT)
		r->remap->uid_map = r->remap->gid_map = NULL;
	if (r->tree.by == TREE_INSIDE && !p->user_namespace) {
		/* The source may be on another mount of the container; and init is privileged
		 * to map its ids. */
		r->remap->made = r->remap->ns ? r->remap->ns : fresh_slot(p);
		r->remap->tree = r->tree.slot;
		return;
	}
	/* By the parent, before anybody sees it. */
	if (r->late)
		r->tree.slot = fresh_slot(p);
	r->late = false;
	r->remap->tree = r->tree.slot;
}

static void add_tree(struct planner *p, const struct tree_request *r, enum who who, int slot)
{
	struct step_tree *tree = &add(p, OP_TREE, who, "%s", r->pointer)->tree;

	*tree = r->tree;
	tree->slot = slot;
	if (tree->by == TREE_ROOTFS)
		tree->from = who == WHO_PARENT ? SLOT_ROOTFS : NO_SLOT;
	/* The parent uses the directory of the root itself, since a path in a detached copy
	 * can't be copied before Linux 6.15. */
	else if (tree->by == TREE_INSIDE)
		tree->from = who == WHO_PARENT ? SLOT_ROOTFS : SLOT_ROOT;
}

/* The root is mounted in a shared mount namespace, where undo has to find it again. */
static void record_root(struct planner *p, struct tree_request *r)
{
	struct recorded_mount *m = p->plan->record->mount = pool_alloc(p->pool, sizeof *m);

	m->path = r->tree.path;
	m->namespace = ns_joined(p, OCI_NS_MOUNT) ? p->ns[OCI_NS_MOUNT]->path : NULL;
	r->tree.identity = m;
}

static bool is_any_inside(const struct planner *p)
{
	for (size_t i = 0; i < p->trees.count; i++)
		if (p->trees.item[i].tree.by == TREE_INSIDE)
			return true;
	return false;
}

void add_tree_looks(struct planner *p)
{
	for (size_t i = 0; i < p->trees.count; i++) {
		struct tree_request *r = &p->trees.item[i];
		if (i == 0 && !ns_new(p, OCI_NS_MOUNT) && !p->plan->live)
			record_root(p, r);
		if (r->late && r->tree.by == TREE_BY_PATH)
			r->tree.looked = pool_alloc(p->pool, sizeof *r->tree.looked);
		if (i == 0 && (!p->plan->live || is_any_inside(p)))
			add(p, OP_OPEN, WHO_PARENT, "%s", r->pointer)->open = (struct step_open){
				.kind = OPEN_ROOTFS, .path = r->tree.path, .slot = SLOT_ROOTFS
			};
		if (i == 0 && p->plan->live)
			continue; /* it is mounted, and only what is below it may be asked for */
		if (!(r->late && (i == 0 || r->tree.by == TREE_INSIDE || r->tree.by == TREE_NEW)))
			add_tree(p, r, WHO_PARENT,
				 r->late && !r->tree.peer ? NO_SLOT : r->tree.slot);
		if (r->remap && !(r->late && r->remap->ns)) {
			struct step *step = add(p, OP_IDMAP_MOUNT, WHO_PARENT, "%s", r->pointer);
			step->idmap_mount = *r->remap;
			if (r->late)
				step->idmap_mount.tree = NO_SLOT;
		}
	}
}

void add_taken_tree(struct planner *p, int request)
{
	const struct tree_request *r = &p->trees.item[request];

	if (!r->late)
		add_tree(p, r, WHO_PARENT, r->tree.slot);
}

int add_late_tree(struct planner *p, int request)
{
	struct tree_request *r = &p->trees.item[request];

	if (r->late)
		add_tree(p, r, WHO_INIT, r->tree.slot);
	if (r->late && r->remap)
		add(p, OP_IDMAP_MOUNT, WHO_INIT, "%s", r->pointer)->idmap_mount =
			(struct step_idmap_mount){ .tree = r->remap->tree,
						   .ns = r->remap->made,
						   .recursive = r->remap->recursive };
	return r->tree.slot;
}

/* Allocates a slot for a mount that a later step uses. */
int fresh_slot(struct planner *p)
{
	if (p->plan->slots <= SLOT_TREE)
		p->plan->slots = SLOT_TREE + 1; /* that of the late trees */
	return p->plan->slots++;
}
