/* SPDX-License-Identifier: Apache-2.0 */
/* From root, mounts, maskedPaths and readonlyPaths to trees, mounts, moves and seals.
 *
 * What is bound comes as a tree: a detached copy of the host's mounts. The parent looks at its source before
 * there is anything to undo, so that a wrong one costs nothing; init takes it and attaches it at once. The
 * parent itself takes what init could not reach: the root, and all trees of a container with a user
 * namespace, if the parent has the right to. */
#include "planner.h"

#include "options.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

/* --- trees --- */

int ask_tree(struct planner *p, const char *path, bool recursive, bool directory,
	     const char *pointer)
{
	size_t index = p->trees.count;
	struct tree_request request = {
		.path = path,
		.pointer = pointer,
		.recursive = recursive,
		.directory = directory,
		/* Only the parent reaches what the root of a user namespace may not. Otherwise init takes them in
		 * the order of the mounts, which is then also that of mountinfo (sorted by id, Linux 6.8). */
		.late = (!p->privileged ||
			 (index > 0 && (!p->user_namespace || index > TREES_AT_ONCE))) &&
			/* Its path means another thing in the mount namespace that init joins. */
			!ns_joined(p, OCI_NS_MOUNT),
	};

	/* The root comes first and has its own slot. Late trees are attached at once, and share one. */
	request.slot = index == 0 ? SLOT_ROOT : request.late ? SLOT_TREE : SLOT_TREE + (int)index;
	if (request.slot >= p->plan->slots)
		p->plan->slots = request.slot + 1;
	p->trees.item = pool_grow(p->pool, p->trees.item, index, sizeof request);
	p->trees.item[p->trees.count++] = request;
	return (int)index;
}

static void add_tree(struct planner *p, const struct tree_request *r, enum who who, int slot)
{
	add(p, OP_TREE, who, "%s", r->pointer)->tree = (struct step_tree){
		r->path, slot, r->recursive, r->directory, r->nofollow, r->peer
	};
}

void add_tree_looks(struct planner *p)
{
	for (size_t i = 0; i < p->trees.count; i++) {
		struct tree_request *r = &p->trees.item[i];
		add_tree(p, r, WHO_PARENT, r->late && !r->peer ? NO_SLOT : r->slot);
		if (r->remap)
			add(p, OP_REMAP, WHO_PARENT, "%s", r->pointer)->remap = *r->remap;
	}
}

int add_late_tree(struct planner *p, int request)
{
	struct tree_request *r = &p->trees.item[request];

	if (r->late)
		add_tree(p, r, WHO_INIT, r->slot);
	return r->slot;
}

/* A slot of its own for a mount that a later step comes back to. */
int fresh_slot(struct planner *p)
{
	if (p->plan->slots <= SLOT_TREE)
		p->plan->slots = SLOT_TREE + 1; /* the late trees' */
	return p->plan->slots++;
}

/* --- checks --- */

static bool is_bind(const struct mount *m)
{
	bool bind = m->type && !strcmp(m->type, "bind");

	for (size_t i = 0; i < m->options.count; i++)
		bind |= !strcmp(m->options.item[i], "bind") || !strcmp(m->options.item[i], "rbind");
	return bind;
}

static bool is_cgroup(const struct mount *m)
{
	return !is_bind(m) && m->type &&
	       (!strcmp(m->type, "cgroup") || !strcmp(m->type, "cgroup2"));
}

static bool is_remount(const struct mount *m)
{
	for (size_t i = 0; i < m->options.count; i++)
		if (!strcmp(m->options.item[i], "remount"))
			return true;
	return false;
}

/* --- idmapped mounts --- */

/* "0-1000-1#1-2000-9", as crun writes "0 1000 1, 1 2000 9"; from `text` to `end`. NULL: it is not. */
static const char *mapping_lines(struct planner *p, const char *text, const char *end)
{
	const char *lines = "";

	while (text < end) {
		unsigned inside, outside, size;
		int length = 0;
		if (sscanf(text, "%u-%u-%u%n", &inside, &outside, &size, &length) != 3 ||
		    text + length > end)
			return NULL;
		lines = pool_text(p->pool, "%s%u %u %u\n", lines, inside, outside, size);
		text += length;
		if (text < end && *text++ != '#')
			return NULL;
	}
	return *lines ? lines : NULL;
}

/* "uids=...;gids=..." */
static bool read_mapping(struct planner *p, const char *text, struct step_remap *remap)
{
	const char *gids = strstr(text, ";gids=");

	if (strncmp(text, "uids=", 5) || !gids)
		return false;
	remap->uid_map = mapping_lines(p, text + 5, gids);
	remap->gid_map = mapping_lines(p, gids + 6, gids + strlen(gids));
	return remap->uid_map && remap->gid_map;
}

static bool is_remapped(const struct mount *m, const struct mount_options *options)
{
	return options->behaviour & OPTION_IDMAP || m->uid_mappings.count || m->gid_mappings.count;
}

static struct step_remap remap_of(struct planner *p, const struct mount *m,
				  const struct mount_options *options)
{
	const struct config_linux *l = linux_of(p);
	struct step_remap remap = { .recursive = options->behaviour & OPTION_RIDMAP };

	if (options->mapping) {
		(void)read_mapping(p, options->mapping, &remap);
	} else if (m->uid_mappings.count) {
		remap.uid_map = map_lines(p, &m->uid_mappings);
		remap.gid_map = map_lines(p, &m->gid_mappings);
	} else if (ns_new(p, OCI_NS_USER)) {
		remap.uid_map = map_lines(p, &l->uid_mappings);
		remap.gid_map = map_lines(p, &l->gid_mappings);
	}
	return remap;
}

static void check_remap(struct planner *p, const struct mount *m,
			const struct mount_options *options, const char *pointer)
{
	struct step_remap remap;

	if (!is_bind(m))
		refuse(p, pointer, "only a bind mount can be idmapped");
	if (!p->privileged || p->host->user_namespace.value)
		refuse(p, pointer, "an idmapped mount needs root's privileges");
	if (!m->uid_mappings.count != !m->gid_mappings.count)
		refuse(p, pointer, "uidMappings and gidMappings need each other");
	if (options->mapping && !read_mapping(p, options->mapping, &remap))
		refuse(p, pointer,
		       "\"%s\" is not a mapping like uids=0-1000-10#10-5000-1;gids=0-1000-10",
		       options->mapping);
	if (!options->mapping && !m->uid_mappings.count && !p->ns[OCI_NS_USER])
		refuse(p, pointer, "idmap without a mapping, and without a user namespace");
}

static void check_behaviour(struct planner *p, const struct mount *m,
			    const struct mount_options *options, const char *pointer)
{
	const unsigned links = OPTION_SRC_NOFOLLOW | OPTION_DEST_NOFOLLOW | OPTION_COPY_SYMLINK;

	if (is_remapped(m, options))
		check_remap(p, m, options, pointer);
	if (options->behaviour & links && !is_bind(m))
		refuse(p, pointer,
		       "src-nofollow, dest-nofollow and copy-symlink are for bind mounts");
	if (options->behaviour & OPTION_COPY_UP && (is_bind(m) || strcmp(m->type, "tmpfs")))
		refuse(p, pointer, "tmpcopyup is for a tmpfs");
}

/* --- one mount --- */

static void check_mount(struct planner *p, const struct mount *m, const char *pointer)
{
	struct mount_options options;
	bool again = is_remount(m);

	if (*m->destination != '/')
		warn(p, "config.json#%s/destination: \"%s\" is taken as relative to the root",
		     pointer, m->destination);
	if (!m->destination[strspn(m->destination, "/.")])
		refuse(p, pool_text(p->pool, "%s/destination", pointer),
		       "a mount over the root would hide it");
	if (is_bind(m) && !again && (!m->source || !*m->source))
		refuse(p, pointer, "a bind mount needs a source");
	if (!is_bind(m) && !again && (!m->type || !*m->type || !strcmp(m->type, "none")))
		refuse(p, pointer, "a mount needs a type, or the option bind");
	options_read(p->pool, &m->options, &options);
	check_behaviour(p, m, &options, pointer);
	/* mount(8) ignores it as well, and so do the peers; the conformance suite counts on it. */
	if (is_bind(m) && options.data.count)
		warn(p, "config.json#%s/options: \"%s\" means nothing to a bind mount", pointer,
		     options.data.item[0].key);
}

void check_mounts(struct planner *p)
{
	const struct config_linux *l = linux_of(p);
	const struct {
		const char *name;
		const struct strings *list;
	} paths[] = {
		{ "maskedPaths", &l->masked_paths },
		{ "readonlyPaths", &l->readonly_paths },
	};

	for (size_t i = 0; i < p->config->mounts.count; i++)
		check_mount(p, &p->config->mounts.item[i], pool_text(p->pool, "/mounts/%zu", i));
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < paths[k].list->count; i++)
			if (*paths[k].list->item[i] != '/')
				refuse(p, pool_text(p->pool, "/linux/%s/%zu", paths[k].name, i),
				       "\"%s\" is not an absolute path", paths[k].list->item[i]);
}

/* --- the root --- */

static bool shares(const struct mount_options *options)
{
	for (size_t i = 0; i < options->propagation.count; i++)
		if (options->propagation.item[i] & MS_SHARED)
			return true;
	return false;
}

/* It has to be a peer of what is copied, so that mounts go both ways (Kubernetes' Bidirectional): what init
 * copies is a slave. */
static void share_tree(struct planner *p, int request)
{
	struct tree_request *r = &p->trees.item[request];

	if (!r->late)
		return;
	r->peer = true;
	r->slot = fresh_slot(p);
}

void ask_mount_trees(struct planner *p)
{
	ask_tree(p, in_bundle(p, p->config->root->path), true, true, "/root/path");
	for (size_t i = 0; i < p->config->mounts.count; i++) {
		const struct mount *m = &p->config->mounts.item[i];
		struct mount_options options;
		if (!is_bind(m) || is_remount(m))
			continue;
		options_read(p->pool, &m->options, &options);
		int request = ask_tree(p, in_bundle(p, m->source), options.behaviour & OPTION_RBIND,
				       false, pool_text(p->pool, "/mounts/%zu", i));
		struct tree_request *r = &p->trees.item[request];
		r->nofollow = options.behaviour & (OPTION_SRC_NOFOLLOW | OPTION_COPY_SYMLINK);
		if (is_remapped(m, &options)) {
			/* By the parent, before anybody sees it. */
			if (r->late)
				r->slot = fresh_slot(p);
			r->late = false;
			r->remap = pool_alloc(p->pool, sizeof *r->remap);
			*r->remap = remap_of(p, m, &options);
			r->remap->tree = r->slot;
		}
		if (p->privileged && shares(&options))
			share_tree(p, request);
	}
}

void add_root(struct planner *p)
{
	/* Nothing that is mounted from here on reaches the host. */
	if (ns_new(p, OCI_NS_MOUNT))
		add(p, OP_PROPAGATION, WHO_INIT, "/root")->propagation = MS_SLAVE | MS_REC;
	add_late_tree(p, 0);
	add(p, OP_ROOT, WHO_INIT, "/root")->text.text =
		ns_new(p, OCI_NS_MOUNT) ? NULL : in_bundle(p, p->config->root->path);
}

void add_pivot(struct planner *p)
{
	static const unsigned long flags[] = {
		[OCI_PROPAGATION_PRIVATE] = MS_PRIVATE,
		[OCI_PROPAGATION_SHARED] = MS_SHARED,
		[OCI_PROPAGATION_SLAVE] = MS_SLAVE,
		[OCI_PROPAGATION_UNBINDABLE] = MS_UNBINDABLE,
		[OCI_PROPAGATION_RPRIVATE] = MS_PRIVATE | MS_REC,
		[OCI_PROPAGATION_RSHARED] = MS_SHARED | MS_REC,
		[OCI_PROPAGATION_RSLAVE] = MS_SLAVE | MS_REC,
		[OCI_PROPAGATION_RUNBINDABLE] = MS_UNBINDABLE | MS_REC,
	};
	const struct opt_name *propagation = &linux_of(p)->rootfs_propagation;

	add(p, OP_PIVOT, WHO_INIT, "/root")->pivot.how = !ns_new(p, OCI_NS_MOUNT)     ? PIVOT_CHROOT
							 : p->options->no_pivot.value ? PIVOT_MOVE
										      : PIVOT_ROOT;
	if (propagation->set)
		add(p, OP_PROPAGATION, WHO_INIT, "/linux/rootfsPropagation")->propagation =
			flags[propagation->value];
}

/* --- mounts --- */

static bool is_one_of(const char *type, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(type, *list))
			return true;
	return false;
}

/* A gid option that the container's user namespace does not map makes devpts refuse the mount. */
static void drop_unmapped_gid(struct planner *p, struct step_mount *mount, const char *pointer)
{
	for (size_t i = 0; i < mount->options.count; i++) {
		struct fs_option *o = &mount->options.item[i];
		unsigned gid;
		if (strcmp(o->key, "gid") || !o->value || sscanf(o->value, "%u", &gid) != 1)
			continue;
		o->optional = p->user_namespace; /* what a joined one maps is not known here */
		if (!ns_new(p, OCI_NS_USER) || id_mapped(&linux_of(p)->gid_mappings, gid))
			continue;
		warn(p, "config.json#%s: gid=%u is not mapped in the user namespace: left out",
		     pointer, gid);
		memmove(&mount->options.item[i], &mount->options.item[i + 1],
			(--mount->options.count - i) * sizeof *o);
		i--;
	}
}

static bool below_or_same(const char *path, const char *directory, size_t length)
{
	return !strncmp(path, directory, length) && (!path[length] || path[length] == '/');
}

/* Nothing can be there yet: it is a name directly in a tmpfs that a step before has mounted. */
static bool is_fresh(const struct planner *p, const char *target)
{
	const char *slash = strrchr(target, '/');
	size_t length = slash ? (size_t)(slash - target) : 0;

	if (!length || !slash[1] || strstr(target, "/.") || strstr(target, "//"))
		return false;
	for (size_t i = p->plan->steps; i-- > 0;) {
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
		/* It may have made the place, or covered the tmpfs. */
		if (below_or_same(before, target, strlen(target)) ||
		    below_or_same(target, before, size - (size > 0 && before[size - 1] == '/')))
			return false;
	}
	return false;
}

static void fill_mount(struct step_mount *mount, const struct mount *m,
		       const struct mount_options *options)
{
	mount->target = m->destination;
	mount->attributes = options->attributes;
	mount->below = options->below;
	mount->propagation.item = options->propagation.item;
	mount->propagation.count = options->propagation.count;
	mount->keep = NO_SLOT;
	mount->nofollow = options->behaviour & OPTION_DEST_NOFOLLOW;
	mount->copy_link = options->behaviour & OPTION_COPY_SYMLINK;
	mount->copy_up = options->behaviour & OPTION_COPY_UP;
	mount->super = options->super;
	mount->super_flags = options->super_flags;
}

static void add_bind(struct planner *p, const struct mount *m, const struct mount_options *options,
		     int slot, const char *pointer)
{
	struct step_mount mount = { .tree = slot };

	fill_mount(&mount, m, options);
	mount.super = false; /* a bind mount does not change the filesystem */
	if (!mount.propagation.count) {
		/* A copy of a shared mount is its peer; what the container mounts below is not the host's. */
		static unsigned long slave[] = { MS_SLAVE | MS_REC };
		mount.propagation.item = slave;
		mount.propagation.count = 1;
	}
	add(p, OP_MOVE, WHO_INIT, "%s", pointer)->mount = mount;
}

static void add_remount(struct planner *p, const struct mount *m,
			const struct mount_options *options, const char *pointer)
{
	struct step_mount mount = { .tree = NO_SLOT };

	fill_mount(&mount, m, options);
	mount.options.item = options->data.item;
	mount.options.count = is_bind(m) ? 0 : options->data.count;
	add(p, OP_REMOUNT, WHO_INIT, "%s", pointer)->mount = mount;
}

static void add_filesystem(struct planner *p, const struct mount *m,
			   const struct mount_options *options, struct deferred *deferred,
			   const char *pointer)
{
	static const char *const pseudo[] = { "proc",	"sysfs", "tmpfs", "devpts",
					      "mqueue", "ramfs", NULL };
	static const char *const strict[] = { "proc", "sysfs", NULL };
	/* Their files have labels of their own, by the policy. */
	static const char *const unlabelled[] = { "proc", "sysfs", "mqueue", NULL };
	struct step_mount mount = { .type = m->type, .tree = NO_SLOT, .source = m->source };

	fill_mount(&mount, m, options);
	mount.options.item = options->data.item;
	mount.options.count = options->data.count;
	mount.strict = is_one_of(m->type, strict);
	if (!strcmp(m->type, "tmpfs")) {
		mount.cover_mode = !options->has_mode;
		if (mount.attributes.set & MOUNT_ATTR_RDONLY) {
			mount.attributes.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
			mount.keep = fresh_slot(p);
			*deferred = (struct deferred){ mount.keep, pointer };
		}
	} else if (mount.attributes.set & MOUNT_ATTR_RDONLY && !is_one_of(m->type, pseudo)) {
		mount.options.item = pool_grow(p->pool, mount.options.item, mount.options.count,
					       sizeof *mount.options.item);
		mount.options.item[mount.options.count++] = (struct fs_option){ .key = "ro" };
	}
	const char *label = linux_of(p)->mount_label;
	if (label && *label && p->host->selinux.value && !is_one_of(m->type, unlabelled)) {
		mount.options.item = pool_grow(p->pool, mount.options.item, mount.options.count,
					       sizeof *mount.options.item);
		mount.options.item[mount.options.count++] = (struct fs_option){ .key = "context",
										.value = label };
	}
	mount.missing = is_fresh(p, mount.target);
	if (!strcmp(m->type, "devpts"))
		drop_unmapped_gid(p, &mount, pointer);

	struct step *step = add(p, OP_MOUNT, WHO_INIT, "%s", pointer);
	step->mount = mount;
	/* Only the owner of the network namespace may mount a sysfs, of the ipc namespace an mqueue; of a covered
	 * /proc, only a private one. */
	if (p->user_namespace && ((!strcmp(m->type, "sysfs") && !ns_new(p, OCI_NS_NETWORK)) ||
				  (!strcmp(m->type, "mqueue") && !ns_new(p, OCI_NS_IPC)) ||
				  (!strcmp(m->type, "proc") && !ns_new(p, OCI_NS_PID))))
		step->allow = MAY_BIND;
}

/* --- the cgroup mount --- */

static bool own_cgroup_namespace(const struct planner *p)
{
	return p->ns[OCI_NS_CGROUP];
}

static const struct mount *cgroup_mount(const struct planner *p)
{
	for (size_t i = 0; i < p->config->mounts.count; i++)
		if (is_cgroup(&p->config->mounts.item[i]))
			return &p->config->mounts.item[i];
	return NULL;
}

bool has_writable_cgroups(const struct planner *p)
{
	const struct mount *m = cgroup_mount(p);

	if (!m || strcmp(m->destination, "/sys/fs/cgroup"))
		return false;
	for (size_t i = 0; i < m->options.count; i++)
		if (!strcmp(m->options.item[i], "ro"))
			return false;
	return true;
}

/* Without a cgroup namespace the container sees its own cgroups by binds; they can be taken when they have
 * been made. */
void add_cgroup_trees(struct planner *p)
{
	const struct mount *m = cgroup_mount(p);

	if (!m || own_cgroup_namespace(p) || !p->privileged)
		return;
	for (size_t i = 0; i < p->host->cgroups.count; i++) {
		if (!p->cgroup[i].used)
			continue;
		const char *path = pool_text(p->pool, "%s%s", p->host->cgroups.item[i].mount,
					     p->cgroup[i].path);
		int request = ask_tree(
			p, path, false, false,
			pool_text(p->pool, "/mounts/%zu", (size_t)(m - p->config->mounts.item)));
		struct tree_request *r = &p->trees.item[request];
		if (!r->late)
			add_tree(p, r, WHO_PARENT, r->slot);
	}
}

static int cgroup_tree(struct planner *p, size_t hierarchy, const char *pointer)
{
	const char *path = pool_text(p->pool, "%s%s", p->host->cgroups.item[hierarchy].mount,
				     p->cgroup[hierarchy].path);

	for (size_t i = 0; i < p->trees.count; i++)
		if (!strcmp(p->trees.item[i].path, path))
			return add_late_tree(p, (int)i);
	return add_late_tree(p, ask_tree(p, path, false, false, pointer));
}

/* One hierarchy at a target: mounted as the cgroup namespace shows it, or the container's directory bound. */
static void add_hierarchy(struct planner *p, size_t i, const char *target,
			  const struct mount_options *options, const char *pointer)
{
	const struct hierarchy *h = &p->host->cgroups.item[i];
	struct step_mount mount = { .target = target,
				    .tree = NO_SLOT,
				    .keep = NO_SLOT,
				    .missing = is_fresh(p, target),
				    .attributes = options->attributes };

	if (!own_cgroup_namespace(p)) {
		mount.tree = cgroup_tree(p, i, pointer);
		static unsigned long private[] = { MS_PRIVATE };
		mount.propagation.item = private;
		mount.propagation.count = 1;
		add(p, OP_MOVE, WHO_INIT, "%s", pointer)->mount = mount;
		return;
	}
	mount.type = h->unified.value ? "cgroup2" : "cgroup";
	mount.source = mount.type;
	char *list = pool_copy(p->pool, h->controllers, strlen(h->controllers)), *save;
	for (char *word = strtok_r(list, ",", &save); word && !h->unified.value;
	     word = strtok_r(NULL, ",", &save)) {
		mount.options.item = pool_grow(p->pool, mount.options.item, mount.options.count,
					       sizeof *mount.options.item);
		bool named = !strncmp(word, "name=", 5);
		if (named) {
			mount.options.item[mount.options.count++] =
				(struct fs_option){ .key = "none" };
			mount.options.item = pool_grow(p->pool, mount.options.item,
						       mount.options.count,
						       sizeof *mount.options.item);
		}
		mount.options.item[mount.options.count++] =
			named ? (struct fs_option){ .key = "name", .value = word + 5 }
			      : (struct fs_option){ .key = word };
	}
	add(p, OP_MOUNT, WHO_INIT, "%s", pointer)->mount = mount;
}

/* "cpu,cpuacct" is also found as cpu and as cpuacct. */
static void add_controller_links(struct planner *p, const struct hierarchy *h,
				 const char *directory, const char *base, const char *pointer)
{
	char *list = pool_copy(p->pool, h->controllers, strlen(h->controllers)), *save;

	if (!strchr(list, ','))
		return;
	for (char *word = strtok_r(list, ",", &save); word; word = strtok_r(NULL, ",", &save))
		add(p, OP_LINK, WHO_INIT, "%s", pointer)->link =
			(struct step_link){ base, pool_text(p->pool, "%s/%s", directory, word) };
}

static void add_cgroup_mount(struct planner *p, const struct mount *m,
			     const struct mount_options *options, struct deferred *deferred,
			     const char *pointer)
{
	size_t used = 0, unified = 0, count = p->host->cgroups.count;

	for (size_t i = 0; i < count; i++) {
		used += p->cgroup[i].used;
		unified += p->cgroup[i].used && p->host->cgroups.item[i].unified.value;
	}
	if (!used && !own_cgroup_namespace(p)) {
		warn(p,
		     "config.json#%s: the container has no cgroup of its own: nothing is mounted",
		     pointer);
		return;
	}
	if ((used && used == unified) ||
	    (!used && count == 1 && p->host->cgroups.item[0].unified.value)) {
		for (size_t i = 0; i < count; i++)
			if (p->host->cgroups.item[i].unified.value)
				add_hierarchy(p, i, m->destination, options, pointer);
		return;
	}

	struct fs_option *mode = pool_alloc(p->pool, sizeof *mode);
	*mode = (struct fs_option){ .key = "mode", .value = "755" };
	struct step_mount top = { .type = "tmpfs",
				  .source = "tmpfs",
				  .target = m->destination,
				  .tree = NO_SLOT,
				  .attributes = options->attributes,
				  .keep = NO_SLOT };
	top.options.item = mode;
	top.options.count = 1;
	if (top.attributes.set & MOUNT_ATTR_RDONLY) {
		top.attributes.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		top.keep = fresh_slot(p);
		*deferred = (struct deferred){ top.keep, pointer };
	}
	add(p, OP_MOUNT, WHO_INIT, "%s", pointer)->mount = top;
	for (size_t i = 0; i < count; i++) {
		const struct hierarchy *h = &p->host->cgroups.item[i];
		const char *slash = strrchr(h->mount, '/'), *base = slash ? slash + 1 : h->mount;
		if (used && !p->cgroup[i].used)
			continue;
		add_hierarchy(p, i, pool_text(p->pool, "%s/%s", m->destination, base), options,
			      pointer);
		if (!h->unified.value)
			add_controller_links(p, h, m->destination, base, pointer);
	}
}

void add_mounts(struct planner *p)
{
	size_t count = p->config->mounts.count, request = 1; /* 0 is the root */
	struct deferred *deferred = pool_alloc(p->pool, (count + 1) * sizeof *deferred);

	for (size_t i = 0; i < count; i++) {
		const struct mount *m = &p->config->mounts.item[i];
		const char *pointer = pool_text(p->pool, "/mounts/%zu", i);
		struct mount_options options;
		options_read(p->pool, &m->options, &options);
		if (is_remount(m))
			add_remount(p, m, &options, pointer);
		else if (is_bind(m))
			add_bind(p, m, &options, add_late_tree(p, (int)request++), pointer);
		else if (is_cgroup(m))
			add_cgroup_mount(p, m, &options, &deferred[i], pointer);
		else
			add_filesystem(p, m, &options, &deferred[i], pointer);
	}
	/* Read-only when devices and later mounts have found their places: by add_paths(). */
	p->deferred = deferred;
}

/* --- masked and read-only paths --- */

static bool repeated(const struct strings *list, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(list->item[k], list->item[i]))
			return true;
	return false;
}

void add_paths(struct planner *p)
{
	const struct strings *masked = &linux_of(p)->masked_paths,
			     *readonly = &linux_of(p)->readonly_paths;

	for (size_t i = 0; i < p->config->mounts.count; i++)
		if (p->deferred[i].pointer)
			add(p, OP_SEAL, WHO_INIT, "%s", p->deferred[i].pointer)->seal =
				(struct step_seal){ p->deferred[i].slot,
						    { .set = MOUNT_ATTR_RDONLY } };
	for (size_t i = 0; i < readonly->count; i++) {
		if (repeated(readonly, i))
			continue;
		struct step *step = add(p, OP_READONLY, WHO_INIT, "/linux/readonlyPaths/%zu", i);
		step->text.text = readonly->item[i];
		step->allow = MAY_MISS;
	}
	if (masked->count)
		add(p, OP_OPEN, WHO_INIT, "/linux/maskedPaths")->open = (struct step_open){
			.kind = OPEN_NULL, .path = "/dev/null", .slot = SLOT_NULL
		};
	for (size_t i = 0; i < masked->count; i++) {
		if (repeated(masked, i))
			continue;
		struct step *step = add(p, OP_MASK, WHO_INIT, "/linux/maskedPaths/%zu", i);
		step->text.text = masked->item[i];
		step->allow = MAY_MISS;
	}
}
