/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts, with the mount API of Linux 5.2: a mount is made detached, given its attributes while nobody can
 * see it, and attached to a descriptor that was resolved below the root once. mount_setattr came with 5.12
 * only: before, attributes are set after the attaching, through the mount's own descriptor. */
#include "op.h"

#include "base/io.h"
#include "base/mountinfo.h"
#include "base/proc.h"
#include "base/root.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { BELOW = 512, PROC_ROOT = 1 };

/* --- detached mounts --- */

int mount_copy(int fd, bool recursive)
{
	return open_tree(fd, "",
			 AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
				 (recursive ? AT_RECURSIVE : 0u));
}

int mount_copy_at(int directory, const char *name)
{
	int fd = open_tree(directory, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return fd < 0 ? fail(errno, "open_tree", "%s", name) : fd;
}

/* Over "/": our root and our working directory are below it, and so is all that paths lead to. */
int mount_aside(int mount)
{
	if (move_mount(mount, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH))
		return fail(errno, "move_mount", "a place aside");
	return 0;
}

int mount_take_off(int mount)
{
	char path[32];

	snprintf(path, sizeof path, "self/fd/%d", mount);
	if (proc_chdir())
		return -error_last()->err;
	return umount2(path, MNT_DETACH) ? fail(errno, "umount2", "a place aside") : 0;
}

int mount_take_off_after(int mount, int err)
{
	struct error first = *error_last();
	int taken = mount_take_off(mount);

	if (err)
		*error_last() = first;
	return err ? err : taken;
}

int mount_attach(int mount, int target, const char *leaf, const char *path)
{
	if (move_mount(mount, "", target, leaf,
		       MOVE_MOUNT_F_EMPTY_PATH | (*leaf ? 0 : MOVE_MOUNT_T_EMPTY_PATH)))
		return fail(errno, "move_mount", "%s", path);
	return 0;
}

static int set_attr(int mount, struct mount_attr *attr, bool below)
{
	return mount_setattr(mount, "", AT_EMPTY_PATH | (below ? AT_RECURSIVE : 0), attr,
			     sizeof *attr);
}

static int locked(void)
{
	return hint("in a user namespace what the mount has outside is locked: ro, nosuid, nodev, "
		    "noexec, and how access times are kept");
}

int mount_attributes(int mount, const struct attributes *a, unsigned long propagation, bool below)
{
	struct mount_attr attr = { .attr_set = a->set,
				   .attr_clr = a->clear,
				   .propagation = propagation };

	if ((!a->set && !a->clear && !propagation) || !set_attr(mount, &attr, below))
		return 0;
	(void)fail(errno, "mount_setattr", "mount attributes");
	return error_last()->err == EPERM && a->clear ? locked() : -error_last()->err;
}

/* ENOSYS: Linux before 5.12. EPERM: a filter that is older than the call (or what is asked for can't be, and then mount(2) says
 * so too). */
bool mount_has_retreat(int err)
{
	return err == -ENOSYS || err == -EPERM;
}

int mount_remap(int mount, int user_namespace, bool below)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP,
				   .userns_fd = (uint64_t)user_namespace };

	if (!set_attr(mount, &attr, below))
		return 0;
	(void)fail(errno, "mount_setattr", "an idmapped mount");
	return error_last()->err == EINVAL
		       ? hint("the filesystem, or one below it, does not support idmapped mounts")
		       : -error_last()->err;
}

/* What the mount has now, as flags of mount(2): a remount sets all of them. */
static int flags_of(int mount, unsigned long *flags)
{
	static const struct {
		unsigned long vfs, flag;
	} table[] = {
		{ ST_RDONLY, MS_RDONLY },     { ST_NOSUID, MS_NOSUID },
		{ ST_NODEV, MS_NODEV },	      { ST_NOEXEC, MS_NOEXEC },
		{ ST_NOATIME, MS_NOATIME },   { ST_NODIRATIME, MS_NODIRATIME },
		{ ST_RELATIME, MS_RELATIME }, { 0x2000 /* ST_NOSYMFOLLOW */, 256 },
	};
	struct statvfs vfs;

	if (fstatvfs(mount, &vfs))
		return fail(errno, "fstatvfs", "the mount's flags");
	*flags = 0;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (vfs.f_flag & table[i].vfs)
			*flags |= table[i].flag;
	return 0;
}

static unsigned long flags_from(uint64_t attributes)
{
	static const struct {
		uint64_t attribute;
		unsigned long flag;
	} table[] = {
		{ MOUNT_ATTR_RDONLY, MS_RDONLY },
		{ MOUNT_ATTR_NOSUID, MS_NOSUID },
		{ MOUNT_ATTR_NODEV, MS_NODEV },
		{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },
		{ MOUNT_ATTR_NOATIME, MS_NOATIME },
		{ MOUNT_ATTR_STRICTATIME, MS_STRICTATIME },
		{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
		{ 0x200000 /* MOUNT_ATTR_NOSYMFOLLOW */, 256 /* MS_NOSYMFOLLOW */ },
	};
	unsigned long flags = 0;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (attributes & table[i].attribute)
			flags |= table[i].flag;
	return flags;
}

/* mount(2) takes a name, which the host's procfs makes of the descriptor; a mount namespace that is joined has its own. */
static int mount_by_name(int fd, unsigned long flags, const char *what)
{
	char path[32];

	snprintf(path, sizeof path, "self/fd/%d", fd);
	if (proc_chdir())
		return -error_last()->err;
	return mount(NULL, path, NULL, flags, NULL) ? fail(errno, "mount", "%s", what) : 0;
}

static int remount(int fd, const struct attributes *a)
{
	unsigned long flags;
	int err = flags_of(fd, &flags);

	if (err)
		return err;
	flags = (flags & ~flags_from(a->clear)) | flags_from(a->set);
	err = mount_by_name(fd, MS_REMOUNT | MS_BIND | flags, "remounting with other flags");
	return err == -EPERM && a->clear ? locked() : err;
}

static int remount_one(const struct mountinfo_entry *e, const struct attributes *a)
{
	auto_fd int fd = open(e->point, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return fail(errno, "open", "%s", e->point);
	if (mount_id(fd) == e->id)
		return remount(fd, a);
	/* What is covered by another mount nobody sees; a place that was moved meanwhile would stay as it is. */
	static struct mountinfo mounts;
	struct mountinfo_entry upon;
	int covered = mountinfo_find_upon(&mounts, e->id, e->point, &upon);
	return covered ? covered < 0 ? covered : 0
		       : fail(EBUSY, "mount", "%s has been moved", e->point);
}

/* One mount after the other, as mount(8) does it: by its place, which has to be the one with the number. */
static int remount_below(int top, const struct attributes *a)
{
	static struct mountinfo mounts;
	static struct mount_set tree;
	struct mountinfo_entry e;
	uint64_t id = mount_id(top);
	int err = remount(top, a);

	if (!err)
		err = mountinfo_find_tree(&mounts, id, &tree);
	if (!err && tree.count > BELOW)
		err = fail(ENOSYS, "mount_setattr",
			   "more than %d mounts below it: that needs Linux 5.12", BELOW);
	if (!err)
		err = mountinfo_open(&mounts);
	if (err)
		return err;
	while (!err && (err = mountinfo_next(&mounts, &e)) > 0)
		err = e.id != id && mount_set_has(&tree, e.id) ? remount_one(&e, a) : 0;
	mountinfo_close(&mounts);
	return err;
}

int mount_attributes_attached(int fd, const struct attributes *a, unsigned long propagation,
			      bool below)
{
	int err = mount_attributes(fd, a, propagation, below);

	if (!mount_has_retreat(err))
		return err;
	err = propagation
		      ? mount_by_name(fd, propagation | (below ? MS_REC : 0), "mount propagation")
		      : 0;
	if (err || (!a->set && !a->clear))
		return err;
	error_clear();
	return below ? remount_below(fd, a) : remount(fd, a);
}

/* --- trees --- */

uint64_t mount_id(int mount)
{
	char path[48], text[512];
	struct statx stx;

	if (!statx(mount, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) && stx.stx_mask & STATX_MNT_ID)
		return stx.stx_mnt_id;
	/* Before Linux 5.8. */
	snprintf(path, sizeof path, "self/fdinfo/%d", mount);
	auto_fd int fd = proc_open(path, O_RDONLY);
	const char *line = fd >= 0 && io_read(fd, text, sizeof text) > 0 ? strstr(text, "mnt_id:")
									 : NULL;
	error_clear();
	return line ? strtoull(line + strlen("mnt_id:"), NULL, 10) : 0;
}

/* --- filesystems --- */

/* What the filesystem itself says of its failure: "e tmpfs: Unknown parameter 'foo'". */
static int fail_context(int context, int err, const char *call, const char *what)
{
	char message[256];
	ssize_t length = read(context, message, sizeof message - 1);

	if (length <= 2)
		return fail(err, call, "%s", what);
	message[length] = '\0';
	message[strcspn(message, "\n")] = '\0';
	return fail(err, call, "%s: %s", what, message + 2);
}

enum { VALUE_MAX = 255, DATA_MAX = 4095 }; /* of fsconfig(2), of mount(2) */

/* overlayfs.rst: one layer at a time, Linux 6.7. A ':' that belongs to a name has a backslash before it. */
static int set_layers(int context, const char *value)
{
	char layer[PATH_MAX];

	while (*value) {
		size_t length = 0;
		for (; *value && *value != ':'; value++) {
			value += *value == '\\' && value[1];
			if (length + 1 >= sizeof layer) {
				errno = ENAMETOOLONG;
				return -1;
			}
			layer[length++] = *value;
		}
		layer[length] = '\0';
		value += *value == ':';
		if (fsconfig(context, FSCONFIG_SET_STRING, "lowerdir+", layer, 0))
			return -1;
	}
	return 0;
}

static int set_option(int context, const char *key, const char *value)
{
	if (value && strlen(value) > VALUE_MAX && !strcmp(key, "lowerdir"))
		return set_layers(context, value);
	return fsconfig(context, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key, value, 0);
}

int mount_new(const struct step_mount *m, const char *extra_key, const char *extra_value)
{
	auto_fd int context = fsopen(m->type, FSOPEN_CLOEXEC);

	if (context < 0)
		return fail(errno, "fsopen", "%s", m->type);
	if (m->source && set_option(context, "source", m->source))
		return fail_context(context, errno, "fsconfig", m->source);
	for (size_t i = 0; i < m->options.count; i++)
		if (set_option(context, m->options.item[i].key, m->options.item[i].value) &&
		    !m->options.item[i].optional)
			return fail_context(context, errno, "fsconfig", m->options.item[i].key);
	if (extra_key && set_option(context, extra_key, extra_value))
		return fail_context(context, errno, "fsconfig", extra_key);
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return fail_context(context, errno, "fsconfig", m->type);
	int mount = fsmount(context, FSMOUNT_CLOEXEC, (unsigned)(m->attributes.set | m->below.set));
	return mount < 0 ? fail_context(context, errno, "fsmount", m->type) : mount;
}

/* What fsconfig(2) takes is 255 bytes at most; mount(2) takes a page of options altogether. */
static bool needs_page(const struct step_mount *m)
{
	bool is_long = m->source && strlen(m->source) > VALUE_MAX;

	for (size_t i = 0; i < m->options.count; i++)
		is_long |= m->options.item[i].value && strlen(m->options.item[i].value) > VALUE_MAX;
	return is_long;
}

/* The host's, where a new one may not be mounted. Its mounts below it come along: they hide things. */
static int bound_instead(const struct step_mount *m)
{
	const char *path = !strcmp(m->type, "sysfs")	? "/sys"
			   : !strcmp(m->type, "mqueue") ? "/dev/mqueue"
							: "/proc";
	auto_fd int source = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int mount = source < 0 ? -1 : mount_copy(source, true);

	return mount < 0 ? fail(errno, "open_tree", "%s", path) : take(&mount);
}

/* A new one would have nothing below it: what is there is not to be written to. */
static int make_like_new(int mount, const struct step_mount *m,
			 int (*attributes)(int, const struct attributes *, unsigned long, bool))
{
	const struct attributes readonly = { .set = MOUNT_ATTR_RDONLY },
				writable = { .clear = MOUNT_ATTR_RDONLY };
	struct statvfs vfs;
	bool was_writable = !fstatvfs(mount, &vfs) && !(vfs.f_flag & ST_RDONLY);
	int err = attributes(mount, &m->attributes, MS_SLAVE, true);

	if (!err)
		err = attributes(mount, &readonly, 0, true);
	if (!err && was_writable && !((m->attributes.set | m->below.set) & MOUNT_ATTR_RDONLY))
		err = attributes(mount, &writable, 0, false);
	return err;
}

static int apply(int mount, const struct step_mount *m,
		 int (*attributes)(int, const struct attributes *, unsigned long, bool))
{
	const struct attributes none = { 0 };
	/* The first propagation goes along with the attributes of its reach. A new filesystem has got its
	 * attributes already. */
	unsigned long first = m->propagation.count ? m->propagation.item[0] : 0;
	unsigned long alone = first & MS_REC ? 0 : first,
		      deep = first & MS_REC ? first & ~(unsigned long)MS_REC : 0;
	int err = attributes(mount, m->type ? &none : &m->attributes, alone, false);

	if (!err)
		err = attributes(mount, m->type ? &none : &m->below, deep, true);
	for (size_t i = 1; !err && i < m->propagation.count; i++)
		err = attributes(mount, &none, m->propagation.item[i] & ~(unsigned long)MS_REC,
				 m->propagation.item[i] & MS_REC);
	return err;
}

/* Where a mount goes: onto what `at` is; or, if it has a name, onto what that is in it. */
struct place {
	int at;
	const char *leaf;
	bool made, kept; /* kept: `at` is the walker's */
};

static int remount_filesystem(int mount, const struct step_mount *m)
{
	unsigned long flags;
	int err = flags_of(mount, &flags);

	if (!err)
		err = mount_by_name(mount, MS_REMOUNT | flags | m->super_flags, m->target);
	return err ? also("remounting") : 0;
}

/* Attributes and propagation, then the place; or, before Linux 5.12, the other way round. */
static int finish(int mount, const struct place *place, const struct step_mount *m)
{
	int early = apply(mount, m, mount_attributes);

	if (early && !mount_has_retreat(early))
		return also("%s", m->target);
	int err = mount_attach(mount, place->at, place->leaf, m->target);
	if (!err && early)
		err = apply(mount, m, mount_attributes_attached);
	return !err && m->super ? remount_filesystem(mount, m) : err;
}

static void place_close(struct place *place)
{
	if (!place->kept)
		io_close(&place->at);
}

/* Where others see what is mounted, nothing may come to stand on the root: it would be in the way of its end. */
static int check_not_root(struct walker *w, int at, const char *path)
{
	struct stat place, root;

	if (!w->shared_root || fstat(at, &place) || fstat(w->slot[SLOT_ROOT], &root) ||
	    place.st_ino != root.st_ino || place.st_dev != root.st_dev)
		return 0;
	return fail(EBUSY, NULL, "%s leads to the root, which it would hide", path);
}

static int open_place(struct walker *w, const struct step_mount *m, bool directory, unsigned traits,
		      struct place *place)
{
	*place = (struct place){ .leaf = "" };
	place->at = root_make(w->slot[SLOT_ROOT], m->target,
			      (directory ? ROOT_DIRECTORY : ROOT_FILE) | traits, &place->made);
	if (place->at == -ENOTDIR && m->nofollow)
		return hint("a directory can't cover a symbolic link");
	return place->at < 0 ? place->at : check_not_root(w, place->at, m->target);
}

static int find_place(struct walker *w, const struct step *step, bool directory,
		      struct place *place)
{
	const struct step_mount *m = &step->mount;
	unsigned traits = (m->strict ? ROOT_NO_SYMLINKS : 0) | (m->nofollow ? ROOT_NOFOLLOW : 0);

	if (!m->missing)
		return open_place(w, m, directory, traits, place);
	*place = (struct place){ .leaf = "", .made = true, .kept = true };
	place->at = parent_of(w, step, m->target, traits, &place->leaf);
	if (place->at < 0)
		return place->at;
	if (!mkdirat(place->at, place->leaf, 0755))
		return 0;
	if (errno != EEXIST)
		return fail(errno, "mkdirat", "%s", m->target);
	/* Something before has made it under another name, through a link of the image. */
	return open_place(w, m, directory, traits, place);
}

static int join_options(const struct step_mount *m, char *data, size_t size)
{
	size_t used = 0;

	*data = '\0';
	for (size_t i = 0; i < m->options.count; i++) {
		const struct fs_option *o = &m->options.item[i];
		int n = snprintf(data + used, size - used, "%s%s%s%s", used ? "," : "", o->key,
				 o->value ? "=" : "", o->value ? o->value : "");
		if (n < 0 || (size_t)n >= size - used)
			return fail(E2BIG, "mount", "the options of %s, which may have %zu bytes",
				    m->target, size - 1);
		used += (size_t)n;
	}
	return 0;
}

/* A filesystem whose options take mount(2), which wants a place: one that nobody sees, and from which it is taken. */
static int mount_by_page(const struct step_mount *m)
{
	static char data[DATA_MAX + 1];
	const struct step_mount tmpfs = { .type = "tmpfs", .source = "aside" };
	char path[32];
	int err = join_options(m, data, sizeof data);

	if (err)
		return err;
	auto_fd int aside = mount_new(&tmpfs, NULL, NULL), made = -1;
	if (aside < 0)
		return aside;
	if (mkdirat(aside, "new", 0700))
		return fail(errno, "mkdirat", "a place for %s", m->target);
	err = mount_aside(aside);
	if (err)
		return err;
	if (proc_chdir())
		err = -error_last()->err;
	snprintf(path, sizeof path, "self/fd/%d/new", aside);
	if (!err && mount(m->source ? m->source : m->type, path, m->type,
			  flags_from(m->attributes.set | m->below.set), data))
		err = fail(errno, "mount", "%s", m->type);
	if (!err)
		made = mount_copy_at(aside, "new");
	if (!err && made < 0)
		err = made;
	err = mount_take_off_after(aside, err);
	return err ? err : take(&made);
}

/* runc has the same list: who says what /proc/self/attr or /proc/sys is, says what becomes of our writes there. */
static int check_procfs(const struct place *place, int mount, const struct step_mount *m)
{
	struct statfs at, new;
	struct stat st;

	if (*place->leaf || m->in_proc)
		return 0;
	if (fstatfs(place->at, &at))
		return fail(errno, "fstatfs", "%s", m->target);
	if (at.f_type != PROC_SUPER_MAGIC)
		return 0;
	if (fstat(place->at, &st) || fstatfs(mount, &new))
		return fail(errno, "fstatfs", "%s", m->target);
	if (st.st_ino == PROC_ROOT && new.f_type == PROC_SUPER_MAGIC)
		return 0;
	return fail(EPERM, NULL, "%s is inside /proc: nothing may be mounted over it", m->target);
}

/* late: it still needs make_like_new(), once it is attached. */
static int make_mount(struct walker *w, const struct step *step, const struct place *place,
		      bool *late)
{
	const struct step_mount *m = &step->mount;
	struct stat st;
	char mode[8] = "1777";

	if (m->cover_mode && !place->made && !fstat(place->at, &st))
		snprintf(mode, sizeof mode, "%o", st.st_mode & 07777);
	int mount = mount_new(m, m->cover_mode ? "mode" : NULL, mode);
	if (mount < 0 && needs_page(m) && !w->shared_root)
		mount = mount_by_page(m);
	if (mount >= 0 || !(step->allow & MAY_BIND) || (mount != -EPERM && mount != -EBUSY))
		return mount < 0 ? also("%s", m->target) : mount;
	auto_fd int bound = bound_instead(m);
	int err = bound < 0 ? bound : make_like_new(bound, m, mount_attributes);
	*late = bound >= 0 && mount_has_retreat(err);
	return err && !*late ? also("%s", m->target) : take(&bound);
}

/* What covers the root is the root from now on. */
static void become_root(struct walker *w, int *mount)
{
	io_close(&w->parent);
	io_close(&w->slot[SLOT_ROOT]);
	w->slot[SLOT_ROOT] = take(mount);
}

int op_mount(struct walker *w, const struct step *step)
{
	const struct step_mount *m = &step->mount;
	__attribute__((cleanup(place_close))) struct place place;
	int err = find_place(w, step, true, &place);

	if (err)
		return err;
	bool late = false;
	auto_fd int mount = make_mount(w, step, &place, &late);
	if (mount < 0)
		return mount;
	err = check_procfs(&place, mount, m);
	if (err)
		return err;
	err = m->copy_up && !place.made ? copy_up(place.at, mount, m->cover_mode) : 0;
	if (err)
		return also("copying what is at %s", m->target);
	err = finish(mount, &place, m);
	if (!err && late)
		err = make_like_new(mount, m, mount_attributes_attached);
	if (!err && m->root)
		become_root(w, &mount);
	else if (!err && m->keep != NO_SLOT)
		w->slot[m->keep] = take(&mount);
	return err;
}

/* copy-symlink: the same link, where there is none yet. */
static int copy_symlink(struct walker *w, int link, const char *path)
{
	char text[PATH_MAX], there[PATH_MAX];
	const char *leaf;
	ssize_t length = readlinkat(link, "", text, sizeof text - 1);

	if (length < 0)
		return fail(errno, "readlinkat", "the source of %s", path);
	text[length] = '\0';
	auto_fd int parent = root_parent(w->slot[SLOT_ROOT], path, 0, &leaf);
	if (parent < 0)
		return parent;
	if (!symlinkat(text, parent, leaf))
		return 0;
	if (errno == EEXIST && readlinkat(parent, leaf, there, sizeof there) == length &&
	    !memcmp(text, there, (size_t)length))
		return 0;
	return fail(EEXIST, "symlinkat", "%s", path);
}

static int move_tree(struct walker *w, const struct step *step, int tree)
{
	const struct step_mount *m = &step->mount;
	struct stat st = { .st_mode = S_IFDIR };
	__attribute__((cleanup(place_close))) struct place place = { .at = -1 };

	if (!m->missing && fstat(tree, &st))
		return fail(errno, "fstat", "%s", m->target);
	if (m->copy_link && S_ISLNK(st.st_mode))
		return copy_symlink(w, tree, m->target);
	int err = find_place(w, step, S_ISDIR(st.st_mode), &place);
	if (!err)
		err = check_procfs(&place, tree, m);
	return err ? err : finish(tree, &place, m);
}

int op_move(struct walker *w, const struct step *step)
{
	int *tree = &w->slot[step->mount.tree];
	int err = move_tree(w, step, *tree);

	if (!err && step->mount.root)
		become_root(w, tree);
	io_close(tree);
	return err;
}

/* mount(8) -o remount: what is named changes, the rest stays. */
int op_remount(struct walker *w, const struct step *step)
{
	const struct step_mount *m = &step->mount;
	auto_fd int target = root_open(w->slot[SLOT_ROOT], m->target, O_PATH, 0);

	if (target < 0)
		return target;
	int err = apply(target, m, mount_attributes_attached);
	if (err == -EINVAL)
		return hint("only what is a mount point can be mounted again");
	if (err || !m->options.count)
		return err;
	auto_fd int context = fspick(target, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);
	if (context < 0)
		return fail(errno, "fspick", "%s", m->target);
	for (size_t i = 0; i < m->options.count; i++)
		if (set_option(context, m->options.item[i].key, m->options.item[i].value))
			return fail_context(context, errno, "fsconfig", m->options.item[i].key);
	return fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0)
		       ? fail_context(context, errno, "fsconfig", m->target)
		       : 0;
}

int op_seal(struct walker *w, const struct step *step)
{
	return mount_attributes_attached(w->slot[step->seal.slot], &step->seal.attributes, 0,
					 false);
}
