/* SPDX-License-Identifier: Apache-2.0 */
/* Translates root and mounts into trees, mounts, moves, and mounts that become read-only
 * later. */
#include "mount_entry.h"
#include "paths.h"

#include "libocispec/near.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

/* --- checks --- */

static void check_behaviour(struct planner *p, const struct planned_mount *m)
{
	const unsigned links = OPTION_SRC_NOFOLLOW | OPTION_DEST_NOFOLLOW | OPTION_COPY_SYMLINK;

	if (m->idmapped)
		check_idmap(p, m);
	if (m->options.behaviour & links && !m->binds)
		refuse(p, CODE_MOUNT_ENTRY, m->pointer,
		       "src-nofollow, dest-nofollow and copy-symlink are only for bind mounts");
	if (m->options.behaviour & OPTION_COPY_UP && !has_type(m, "tmpfs"))
		refuse(p, CODE_MOUNT_ENTRY, m->pointer, "tmpcopyup is only for a tmpfs");
}

/* --- one mount --- */

/* Files below /proc over which something may be mounted, because they have no influence on
 * permissions; the same list as runc's (for lxcfs). */
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

static void check_proc(struct planner *p, const struct planned_mount *m)
{
	const char *below = path_below(m->path, "/proc");

	if (!below || m->kind == MOUNT_REMOUNT)
		return;
	if (!*below && !m->binds && !has_type(m, "proc"))
		refuse(p, CODE_MOUNT_PROTECTED, pool_text(p->pool, "%s/destination", m->pointer),
		       "only a procfs may be mounted on /proc");
	if (*below && !may_be_in_proc(m->path))
		refuse(p, CODE_MOUNT_PROTECTED, pool_text(p->pool, "%s/destination", m->pointer),
		       "\"%s\" is inside /proc: nothing may be mounted over it",
		       m->entry->destination);
}

/* Words of other tools that ask for less access than the container would get without them. */
static const char *restriction(const char *word)
{
	static const struct {
		const char *theirs, *ours;
	} known[] = {
		{ "readonly", "ro" },  { "read-only", "ro" },	{ "read_only", "ro" },
		{ "RO", "ro" },	       { "no-exec", "noexec" }, { "no-suid", "nosuid" },
		{ "no-dev", "nodev" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i].theirs, word))
			return known[i].ours;
	return NULL;
}

static void check_bind_words(struct planner *p, const struct planned_mount *m)
{
	const char *pointer = pool_text(p->pool, "%s/options", m->pointer);
	struct nearest nearest = { .word = m->options.data.item[0].key };

	for (size_t i = 0; i < m->options.data.count; i++) {
		const char *word = m->options.data.item[i].key;
		if (restriction(word)) {
			refuse(p, CODE_MOUNT_OPTION, pointer,
			       "\"%s\" is not an option of mounts, and without it the container "
			       "would get more access",
			       word);
			cure(p, "write \"%s\"", restriction(word));
			return;
		}
	}
	/* One warning for all. */
	for (size_t k = 0; option_word(k); k++)
		nearest_try(&nearest, option_word(k));
	warn(p, CODE_MOUNT_OPTION, pointer, "\"%s\" has no effect on a bind mount", nearest.word);
	if (nearest.best && strcmp(nearest.best, nearest.word))
		cure(p, "did you mean \"%s\"?", nearest.best);
}

/* What is not an option of mounts is the filesystem's, which may refuse it. */
static void note_misspelt_words(struct planner *p, const struct planned_mount *m)
{
	for (size_t i = 0; i < m->options.data.count; i++) {
		struct nearest nearest = { .word = m->options.data.item[i].key };
		for (size_t k = 0; !m->options.data.item[i].value && option_word(k); k++)
			nearest_try(&nearest, option_word(k));
		if (!nearest.best || !strcmp(nearest.best, nearest.word))
			continue;
		note(p, CODE_MOUNT_OPTION, pool_text(p->pool, "%s/options", m->pointer),
		     "\"%s\" is not an option of mounts: the filesystem gets it", nearest.word);
		cure(p, "did you mean \"%s\"?", nearest.best);
	}
}

static void check_mount(struct planner *p, const struct planned_mount *m)
{
	const struct mount *entry = m->entry;
	const char *to = pool_text(p->pool, "%s/destination", m->pointer);
	bool again = m->kind == MOUNT_REMOUNT;

	if (*entry->destination != '/')
		warn(p, CODE_PATH, to, "\"%s\" is taken as relative to the root",
		     entry->destination);
	if (!*entry->destination ||
	    (!entry->destination[strspn(entry->destination, "/.")] && !m->at_root))
		refuse(p, CODE_MOUNT_ENTRY, to, "\"%s\" is not a valid mount point",
		       entry->destination);
	if (m->at_root && !again && !ns_new(p, OCI_NS_MOUNT))
		refuse(p, CODE_MOUNT_SHARED, to,
		       "without a new mount namespace a mount over the root would prevent "
		       "its removal");
	if (m->binds && !again && (!entry->source || !*entry->source))
		refuse(p, CODE_MOUNT_ENTRY, m->pointer, "a bind mount needs a source");
	if (!m->binds && !again && (!entry->type || !*entry->type || !strcmp(entry->type, "none")))
		refuse(p, CODE_MOUNT_ENTRY, m->pointer, "a mount needs a type, or the option bind");
	check_proc(p, m);
	check_behaviour(p, m);
	/* mount(8) and other runtimes ignore it as well, and the conformance suite relies on
	 * that. */
	if (m->binds && m->options.data.count)
		check_bind_words(p, m);
	else
		note_misspelt_words(p, m);
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

	for (size_t i = 0; i < p->mounts.count; i++)
		check_mount(p, &p->mounts.item[i]);
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < paths[k].list->count; i++)
			if (*paths[k].list->item[i] && *paths[k].list->item[i] != '/')
				refuse(p, CODE_PATH,
				       pool_text(p->pool, "/linux/%s/%zu", paths[k].name, i),
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

/* Flags of the source that a user namespace can't clear. config.md requires that a mount has
 * the requested options, so such a mount is refused in advance. statvfs(3) */
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

static struct step_tree new_tree(const struct planner *p, const struct planned_mount *m)
{
	return (struct step_tree){
		.by = TREE_NEW,
		.path = m->entry->type,
		.type = m->entry->type,
		.from = ns_joined(p, m->shows) ? SLOT_NS + (int)m->shows : NO_SLOT,
		.options = { m->options.data.item, m->options.data.count },
	};
}

static struct step_tree source_tree(struct planner *p, const struct planned_mount *m)
{
	unsigned how = m->options.behaviour;

	return (struct step_tree){
		.path = in_bundle(p, m->entry->source),
		.recursive = how & OPTION_RBIND,
		.nofollow = how & (OPTION_SRC_NOFOLLOW | OPTION_COPY_SYMLINK),
		.lacks = lacks(p, &m->options),
		.procfs = !strcmp(m->path, "/proc"),
	};
}

static void ask_source(struct planner *p, struct planned_mount *m)
{
	struct step_tree tree = source_tree(p, m);

	m->request = ask_tree(p, &tree, m->pointer);
	if (m->idmapped) {
		struct step_idmap_mount idmap = idmap_of(p, m);
		remap_tree(p, m->request, &idmap);
	}
	if (p->privileged && shares(&m->options))
		share_tree(p, m->request);
	/* Only the kernel can tell whether the flags of its submounts can be cleared, so init
	 * takes it. */
	if (p->user_namespace && m->options.below.clear && !m->idmapped && !p->plan->live)
		p->trees.item[m->request].late = !ns_joined(p, OCI_NS_MOUNT);
}

void ask_root_tree(struct planner *p)
{
	ask_tree(p,
		 &(struct step_tree){ .path = in_bundle(p, p->config->root->path),
				      .by = TREE_ROOTFS,
				      .recursive = true },
		 "/root/path");
}

void ask_mount_trees(struct planner *p)
{
	ask_root_tree(p);
	for (size_t i = 0; i < p->mounts.count; i++) {
		struct planned_mount *m = &p->mounts.item[i];
		struct step_tree made = { 0 };
		if (m->by_parent) {
			made = new_tree(p, m);
			m->request = ask_tree(p, &made, m->pointer);
		} else if (m->kind == MOUNT_BIND) {
			ask_source(p, m);
		}
	}
}

void add_root(struct planner *p)
{
	/* From here on, mounts do not propagate to the host. */
	if (ns_new(p, OCI_NS_MOUNT))
		add(p, OP_PROPAGATION, WHO_INIT, "/root")->propagation.flags = MS_SLAVE | MS_REC;
	add_late_tree(p, 0);
	add(p, OP_ROOT, WHO_INIT, "/root")->root = (struct step_root){
		.where = ns_new(p, OCI_NS_MOUNT)      ? ROOT_IN_CWD
			 : ns_joined(p, OCI_NS_MOUNT) ? ROOT_BY_PATH
						      : ROOT_IN_ROOTFS,
		.hides = p->request->no_pivot.value,
		.tree = SLOT_ROOT,
		.rootfs = ns_joined(p, OCI_NS_MOUNT) ? NO_SLOT : SLOT_ROOTFS,
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

	add(p, OP_PIVOT, WHO_INIT, "/root")->pivot = (struct step_pivot){
		.how = !ns_new(p, OCI_NS_MOUNT)	    ? PIVOT_CHROOT
		       : p->request->no_pivot.value ? PIVOT_MOVE
						    : PIVOT_ROOT,
		.root = SLOT_ROOT,
	};
	if (propagation->set)
		add(p, OP_PROPAGATION, WHO_INIT, "/linux/rootfsPropagation")->propagation.flags =
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
		/* The mappings of a joined user namespace are not known here. */
		o->optional |= gid && p->user_namespace;
		if (gid && ns_new(p, OCI_NS_USER) &&
		    !id_mapped(&linux_of(p)->gid_mappings, (uint32_t)gid))
			warn(p, CODE_MAPPING, pointer,
			     "gid=%lu is not mapped in the user namespace: left out", gid);
		else
			mount->options.item[kept++] = *o;
	}
	mount->options.count = kept;
}

static struct step_mount mount_of(const struct planned_mount *m)
{
	const struct mount_options *o = &m->options;

	return (struct step_mount){
		.target = m->entry->destination,
		.in_proc = may_be_in_proc(m->path),
		.attributes = o->attributes,
		.below = o->below,
		.propagation = { o->propagation.item, o->propagation.count },
		.root = m->at_root,
		.nofollow = o->behaviour & OPTION_DEST_NOFOLLOW,
		.copy_link = o->behaviour & OPTION_COPY_SYMLINK,
		.copy_up = o->behaviour & OPTION_COPY_UP,
		.super = o->super,
		.super_flags = o->super_flags,
	};
}

/* A recursive read-only bind mount of /sys would otherwise contain the delegated cgroups,
 * writable, which the user does not expect. */
static bool brings_cgroups(struct planner *p, const struct planned_mount *m)
{
	const char *source = normal_path(p, in_bundle(p, m->entry->source));

	if (!p->user_namespace || !(m->options.behaviour & OPTION_RBIND) ||
	    !(m->options.attributes.set & MOUNT_ATTR_RDONLY))
		return false;
	for (size_t i = 0; i < p->host->cgroups.count; i++)
		if (path_below(p->host->cgroups.item[i].mount, source))
			return true;
	return false;
}

static void add_bind(struct planner *p, const struct planned_mount *m)
{
	struct step_mount mount = mount_of(m);

	mount.tree = add_late_tree(p, m->request);
	mount.source = m->entry->source; /* for messages */
	mount.super = false;		 /* a bind mount does not change superblock flags */
	if (brings_cgroups(p, m))
		mount.below.set |= MOUNT_ATTR_RDONLY;
	if (!mount.propagation.count) {
		/* A copy of a shared mount is its peer; mounts that the container makes below
		 * it must not propagate to the host. */
		static unsigned long slave[] = { MS_SLAVE | MS_REC };
		mount.propagation.item = slave;
		mount.propagation.count = 1;
	}
	add(p, OP_MOVE, WHO_INIT, "%s", m->pointer)->mount = mount;
}

static void add_made_by_parent(struct planner *p, const struct planned_mount *m)
{
	struct step_mount mount = mount_of(m);

	mount.tree = add_late_tree(p, m->request);
	mount.strict = m->shows != OCI_NS_IPC;
	mount.super = false;
	add(p, OP_MOVE, WHO_INIT, "%s", m->pointer)->mount = mount;
}

static void add_remount(struct planner *p, const struct planned_mount *m)
{
	struct step_mount mount = mount_of(m);

	mount.options.item = m->options.data.item;
	mount.options.count = m->binds ? 0 : m->options.data.count;
	add(p, OP_REMOUNT, WHO_INIT, "%s", m->pointer)->mount = mount;
}

/* Devices and later mounts still have to be placed in it, so add_paths() makes it read-only
 * later. */
static void seal_later(struct planner *p, struct planned_mount *m, struct step_mount *mount)
{
	mount->attributes.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	mount->keep = mount->root ? NO_SLOT : fresh_slot(p);
	m->sealed = mount->root ? SLOT_ROOT : mount->keep;
}

/* May the host's filesystem be bind-mounted instead? Only if it shows the same namespace. A
 * sysfs is allowed in any case, since at least it shows the same machine. */
static bool may_be_bound(const struct planner *p, enum oci_namespace ns)
{
	return p->user_namespace && ns != OCI_NS_COUNT && !ns_new(p, ns) &&
	       (ns == OCI_NS_NETWORK || !ns_joined(p, ns));
}

static void add_filesystem(struct planner *p, struct planned_mount *m)
{
	static const char *const pseudo[] = { "proc",	"sysfs", "tmpfs", "devpts",
					      "mqueue", "ramfs", NULL };
	static const char *const strict[] = { "proc", "sysfs", NULL };
	/* The policy defines the labels of their files. */
	static const char *const unlabelled[] = { "proc", "sysfs", "mqueue", NULL };
	const char *type = m->entry->type, *label = linux_of(p)->mount_label;
	struct step_mount mount = mount_of(m);

	mount.type = type;
	mount.source = m->entry->source;
	mount.options.item = m->options.data.item;
	mount.options.count = m->options.data.count;
	mount.strict = is_one_of(type, strict);
	if (!strcmp(type, "tmpfs")) {
		mount.cover_mode = !m->options.has_mode;
		if (mount.attributes.set & MOUNT_ATTR_RDONLY)
			seal_later(p, m, &mount);
	} else if (mount.attributes.set & MOUNT_ATTR_RDONLY && !is_one_of(type, pseudo)) {
		add_option(p, &mount, "ro", NULL);
	}
	if (label && *label && p->host->selinux.value && !is_one_of(type, unlabelled))
		add_option(p, &mount, "context", label);
	mount.missing = is_fresh(p, mount.target);
	if (!strcmp(type, "devpts"))
		drop_unmapped_gid(p, &mount, m->pointer);

	struct step *step = add(p, OP_MOUNT, WHO_INIT, "%s", m->pointer);
	step->mount = mount;
	step->allow = may_be_bound(p, m->shows) ? MAY_BIND : 0;
}

void add_mounts(struct planner *p)
{
	for (size_t i = 0; i < p->mounts.count; i++) {
		struct planned_mount *m = &p->mounts.item[i];
		if (m->kind == MOUNT_REMOUNT)
			add_remount(p, m);
		else if (m->by_parent)
			add_made_by_parent(p, m);
		else if (m->kind == MOUNT_BIND)
			add_bind(p, m);
		else if (m->kind == MOUNT_CGROUP)
			add_cgroup_mount(p, m);
		else
			add_filesystem(p, m);
	}
}
