/* SPDX-License-Identifier: Apache-2.0 */
/* From root and mounts to trees, mounts, moves and seals. */
#include "mounts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

enum { FRESH = 64 }; /* how many steps back a filesystem is looked for that is new itself */

/* --- checks --- */

bool has_type(const struct mount *m, const char *type)
{
	return !is_bind(m) && m->type && !strcmp(m->type, type);
}

static bool has_word(const struct mount *m, const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i < m->options.count; i++)
		for (const char *at = m->options.item[i]; *at;
		     at += strcspn(at, ","), at += *at == ',')
			if (strcspn(at, ",") == length && !strncmp(at, word, length))
				return true;
	return false;
}

bool is_bind(const struct mount *m)
{
	return (m->type && !strcmp(m->type, "bind")) || has_word(m, "bind") || has_word(m, "rbind");
}

bool is_remount(const struct mount *m)
{
	return has_word(m, "remount");
}

static bool is_at_root(const struct mount *m)
{
	return !m->destination[strspn(m->destination, "/.")] && !strstr(m->destination, "..");
}

void add_option(struct planner *p, struct step_mount *mount, const char *key, const char *value)
{
	mount->options.item = pool_grow(p->pool, mount->options.item, mount->options.count,
					sizeof *mount->options.item);
	mount->options.item[mount->options.count++] = (struct fs_option){ .key = key,
									  .value = value };
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
	if (options->behaviour & OPTION_COPY_UP && !has_type(m, "tmpfs"))
		refuse(p, pointer, "tmpcopyup is for a tmpfs");
}

/* --- one mount --- */

/* What may be mounted below /proc: files that say nothing of who may do what, as runc has them (for lxcfs). */
static bool may_be_in_proc(const char *path)
{
	static const char *const allowed[] = {
		"/proc/cpuinfo",
		"/proc/diskstats",
		"/proc/meminfo",
		"/proc/stat",
		"/proc/swaps",
		"/proc/uptime",
		"/proc/loadavg",
		"/proc/slabinfo",
		"/proc/net/dev",
		"/proc/sys/kernel/ns_last_pid",
		"/proc/sys/crypto/fips_enabled",
	};

	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		if (!strcmp(path, allowed[i]))
			return true;
	return false;
}

static void check_proc(struct planner *p, const struct mount *m, const char *pointer)
{
	const char *path = absolute_path(p, m->destination), *below = path_below(path, "/proc");

	if (!below)
		return;
	if (!*below && !is_bind(m) && !has_type(m, "proc") && !is_remount(m))
		refuse(p, pool_text(p->pool, "%s/destination", pointer),
		       "what is mounted on /proc has to be a procfs");
	if (*below && !may_be_in_proc(path) && !is_remount(m))
		refuse(p, pool_text(p->pool, "%s/destination", pointer),
		       "\"%s\" is inside /proc: nothing may be mounted over it", m->destination);
}

static void check_mount(struct planner *p, const struct mount *m, const char *pointer)
{
	struct mount_options options;
	bool again = is_remount(m);

	if (*m->destination != '/')
		warn(p, pool_text(p->pool, "%s/destination", pointer),
		     "\"%s\" is taken as relative to the root", m->destination);
	if (!*m->destination || (!m->destination[strspn(m->destination, "/.")] && !is_at_root(m)))
		refuse(p, pool_text(p->pool, "%s/destination", pointer), "\"%s\" is no place",
		       m->destination);
	if (is_at_root(m) && !again && !ns_new(p, OCI_NS_MOUNT))
		refuse(p, pool_text(p->pool, "%s/destination", pointer),
		       "without a new mount namespace a mount over the root would be in the way of "
		       "its end");
	if (is_bind(m) && !again && (!m->source || !*m->source))
		refuse(p, pointer, "a bind mount needs a source");
	if (!is_bind(m) && !again && (!m->type || !*m->type || !strcmp(m->type, "none")))
		refuse(p, pointer, "a mount needs a type, or the option bind");
	check_proc(p, m, pointer);
	options_read(p->pool, &m->options, &options);
	check_behaviour(p, m, &options, pointer);
	/* mount(8) ignores it as well, and so do the peers; the conformance suite counts on it. */
	if (is_bind(m) && options.data.count)
		warn(p, pool_text(p->pool, "%s/options", pointer),
		     "\"%s\" means nothing to a bind mount", options.data.item[0].key);
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
			if (*paths[k].list->item[i] && *paths[k].list->item[i] != '/')
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

/* A user namespace can't take away what the source has: config.md says that a mount is as it was asked for, so it is refused
 * before anything is done. statvfs(3) */
static unsigned long lacks(const struct planner *p, const struct mount_options *options)
{
	static const struct {
		uint64_t attribute;
		unsigned long flag;
	} table[] = {
		{ MOUNT_ATTR_RDONLY, ST_RDONLY },
		{ MOUNT_ATTR_NOSUID, ST_NOSUID },
		{ MOUNT_ATTR_NODEV, ST_NODEV },
		{ MOUNT_ATTR_NOEXEC, ST_NOEXEC },
	};
	unsigned long flags = 0;

	for (size_t i = 0; p->user_namespace && i < sizeof table / sizeof *table; i++)
		if ((options->attributes.clear | options->below.clear) & table[i].attribute)
			flags |= table[i].flag;
	return flags;
}

/* Which namespace a filesystem shows; OCI_NS_COUNT: none. */
static enum oci_namespace shown(const struct mount *m)
{
	return has_type(m, "proc")     ? OCI_NS_PID
	       : has_type(m, "sysfs")  ? OCI_NS_NETWORK
	       : has_type(m, "mqueue") ? OCI_NS_IPC
				       : OCI_NS_COUNT;
}

/* Only who owns a namespace may mount what shows it, and a user namespace owns none that is older. The machine's root, who owns
 * them all, makes it for the container; others have the host's (MAY_BIND). */
static bool is_made_by_parent(const struct planner *p, const struct mount *m)
{
	enum oci_namespace ns = shown(m);

	return ns != OCI_NS_COUNT && p->user_namespace && p->privileged &&
	       !p->host->user_namespace.value && !ns_new(p, ns) && !is_remount(m);
}

static void ask_new_tree(struct planner *p, size_t i, const struct mount_options *options)
{
	const struct mount *m = &p->config->mounts.item[i];
	enum oci_namespace ns = shown(m);
	const struct step_tree tree = {
		.by = TREE_NEW,
		.path = m->type,
		.type = m->type,
		.ns = ns_joined(p, ns) ? SLOT_NS + (int)ns : NO_SLOT,
		.options = { options->data.item, options->data.count },
	};

	p->bind[i] = (size_t)ask_tree(p, &tree, pool_text(p->pool, "/mounts/%zu", i));
}

void ask_mount_trees(struct planner *p)
{
	ask_tree(p,
		 &(struct step_tree){ .path = in_bundle(p, p->config->root->path),
				      .by = TREE_ROOTFS,
				      .recursive = true },
		 "/root/path");
	p->bind = pool_alloc(p->pool, (p->config->mounts.count + 1) * sizeof *p->bind);
	for (size_t i = 0; i < p->config->mounts.count; i++) {
		const struct mount *m = &p->config->mounts.item[i];
		struct mount_options options;
		options_read(p->pool, &m->options, &options);
		if (is_made_by_parent(p, m))
			ask_new_tree(p, i, &options);
		if (!is_bind(m) || is_remount(m))
			continue;
		struct step_tree tree = {
			.path = in_bundle(p, m->source),
			.recursive = options.behaviour & OPTION_RBIND,
			.nofollow = options.behaviour & (OPTION_SRC_NOFOLLOW | OPTION_COPY_SYMLINK),
			.lacks = lacks(p, &options),
			.procfs = !strcmp(absolute_path(p, m->destination), "/proc"),
		};
		int request = ask_tree(p, &tree, pool_text(p->pool, "/mounts/%zu", i));
		p->bind[i] = (size_t)request;
		if (is_remapped(m, &options)) {
			struct step_remap remap = remap_of(p, m, &options);
			remap_tree(p, request, &remap);
		}
		if (p->privileged && shares(&options))
			share_tree(p, request);
		/* The kernel knows which mounts below it lack what they are to have. */
		if (p->user_namespace && options.below.clear && !is_remapped(m, &options))
			p->trees.item[request].late = !ns_joined(p, OCI_NS_MOUNT);
	}
}

void add_root(struct planner *p)
{
	/* Nothing that is mounted from here on reaches the host. */
	if (ns_new(p, OCI_NS_MOUNT))
		add(p, OP_PROPAGATION, WHO_INIT, "/root")->propagation = MS_SLAVE | MS_REC;
	add_late_tree(p, 0);
	add(p, OP_ROOT, WHO_INIT, "/root")->root = (struct step_root){
		.where = ns_new(p, OCI_NS_MOUNT)      ? ROOT_IN_CWD
			 : ns_joined(p, OCI_NS_MOUNT) ? ROOT_BY_PATH
						      : ROOT_IN_ROOTFS,
		.hides = p->options->no_pivot.value,
		.path = in_bundle(p, p->config->root->path),
	};
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
	size_t kept = 0;

	for (size_t i = 0; i < mount->options.count; i++) {
		struct fs_option *o = &mount->options.item[i];
		unsigned long gid = !strcmp(o->key, "gid") && o->value ? strtoul(o->value, NULL, 10)
								       : 0;
		/* What a joined one maps is not known here. */
		o->optional |= gid && p->user_namespace;
		if (gid && ns_new(p, OCI_NS_USER) &&
		    !id_mapped(&linux_of(p)->gid_mappings, (uint32_t)gid))
			warn(p, pointer, "gid=%lu is not mapped in the user namespace: left out",
			     gid);
		else
			mount->options.item[kept++] = *o;
	}
	mount->options.count = kept;
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
		/* It may have made the place, or covered the tmpfs. */
		if (below_or_same(before, target, strlen(target)) ||
		    below_or_same(target, before, size - (size > 0 && before[size - 1] == '/')))
			return false;
	}
	return false;
}

static void fill_mount(struct planner *p, struct step_mount *mount, const struct mount *m,
		       const struct mount_options *options)
{
	mount->in_proc = may_be_in_proc(absolute_path(p, m->destination));
	mount->target = m->destination;
	mount->attributes = options->attributes;
	mount->below = options->below;
	mount->propagation.item = options->propagation.item;
	mount->propagation.count = options->propagation.count;
	mount->keep = NO_SLOT;
	mount->root = is_at_root(m);
	mount->nofollow = options->behaviour & OPTION_DEST_NOFOLLOW;
	mount->copy_link = options->behaviour & OPTION_COPY_SYMLINK;
	mount->copy_up = options->behaviour & OPTION_COPY_UP;
	mount->super = options->super;
	mount->super_flags = options->super_flags;
}

/* A user asks for /sys, read-only, and has no idea that what is mounted below it would be writable: the cgroups that are
 * delegated to him. */
static bool brings_cgroups(struct planner *p, const struct mount *m,
			   const struct mount_options *options)
{
	const char *source = normal_path(p, in_bundle(p, m->source));

	if (!p->user_namespace || !(options->behaviour & OPTION_RBIND) ||
	    !(options->attributes.set & MOUNT_ATTR_RDONLY))
		return false;
	for (size_t i = 0; i < p->host->cgroups.count; i++)
		if (path_below(p->host->cgroups.item[i].mount, source))
			return true;
	return false;
}

static void add_bind(struct planner *p, const struct mount *m, const struct mount_options *options,
		     int slot, const char *pointer)
{
	struct step_mount mount = { .tree = slot };

	fill_mount(p, &mount, m, options);
	mount.super = false; /* a bind mount does not change the filesystem */
	if (brings_cgroups(p, m, options))
		mount.below.set |= MOUNT_ATTR_RDONLY;
	if (!mount.propagation.count) {
		/* A copy of a shared mount is its peer; what the container mounts below is not the host's. */
		static unsigned long slave[] = { MS_SLAVE | MS_REC };
		mount.propagation.item = slave;
		mount.propagation.count = 1;
	}
	add(p, OP_MOVE, WHO_INIT, "%s", pointer)->mount = mount;
}

static void add_new_tree(struct planner *p, const struct mount *m,
			 const struct mount_options *options, int request, const char *pointer)
{
	struct step_mount mount = { .tree = add_late_tree(p, request) };

	fill_mount(p, &mount, m, options);
	mount.strict = shown(m) != OCI_NS_IPC;
	mount.super = false;
	add(p, OP_MOVE, WHO_INIT, "%s", pointer)->mount = mount;
}

static void add_remount(struct planner *p, const struct mount *m,
			const struct mount_options *options, const char *pointer)
{
	struct step_mount mount = { .tree = NO_SLOT };

	fill_mount(p, &mount, m, options);
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

	fill_mount(p, &mount, m, options);
	mount.options.item = options->data.item;
	mount.options.count = options->data.count;
	mount.strict = is_one_of(m->type, strict);
	if (!strcmp(m->type, "tmpfs")) {
		mount.cover_mode = !options->has_mode;
		if (mount.attributes.set & MOUNT_ATTR_RDONLY) {
			mount.attributes.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
			mount.keep = mount.root ? NO_SLOT : fresh_slot(p);
			*deferred = (struct deferred){ mount.root ? SLOT_ROOT : mount.keep,
						       pointer };
		}
	} else if (mount.attributes.set & MOUNT_ATTR_RDONLY && !is_one_of(m->type, pseudo)) {
		add_option(p, &mount, "ro", NULL);
	}
	const char *label = linux_of(p)->mount_label;
	if (label && *label && p->host->selinux.value && !is_one_of(m->type, unlabelled))
		add_option(p, &mount, "context", label);
	mount.missing = is_fresh(p, mount.target);
	if (!strcmp(m->type, "devpts"))
		drop_unmapped_gid(p, &mount, pointer);

	struct step *step = add(p, OP_MOUNT, WHO_INIT, "%s", pointer);
	step->mount = mount;
	/* The host's shows the same where the namespace is the host's; but for a sysfs, which shows at least the machine, it is no
	 * retreat where it shows another one. */
	enum oci_namespace ns = shown(m);
	if (p->user_namespace && ns != OCI_NS_COUNT && !ns_new(p, ns) &&
	    (ns == OCI_NS_NETWORK || !ns_joined(p, ns)))
		step->allow = MAY_BIND;
}

void add_mounts(struct planner *p)
{
	size_t count = p->config->mounts.count;
	struct deferred *deferred = pool_alloc(p->pool, (count + 1) * sizeof *deferred);

	for (size_t i = 0; i < count; i++) {
		const struct mount *m = &p->config->mounts.item[i];
		const char *pointer = pool_text(p->pool, "/mounts/%zu", i);
		struct mount_options options;
		options_read(p->pool, &m->options, &options);
		if (is_remount(m))
			add_remount(p, m, &options, pointer);
		else if (is_made_by_parent(p, m))
			add_new_tree(p, m, &options, (int)p->bind[i], pointer);
		else if (is_bind(m))
			add_bind(p, m, &options, add_late_tree(p, (int)p->bind[i]), pointer);
		else if (is_cgroup(m))
			add_cgroup_mount(p, m, &options, &deferred[i], pointer);
		else
			add_filesystem(p, m, &options, &deferred[i], pointer);
	}
	/* Read-only when devices and later mounts have found their places: by add_paths(). */
	p->deferred = deferred;
}
