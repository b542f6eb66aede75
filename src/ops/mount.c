/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts, with the mount API of Linux 5.2: a mount is created detached, gets its attributes
 * while it is still invisible, and is then attached to a descriptor that was resolved once below
 * the root. mount_setattr(2) exists only since Linux 5.12; without it, attributes are set after
 * attaching, through the mount's own descriptor. */
#include "op.h"
#include "place.h"

#include "base/error.h"
#include "base/io.h"
#include "base/root.h"
#include "base/staged.h"
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

/* --- filesystems --- */

/* Adds the filesystem's own error message, such as "e tmpfs: Unknown parameter 'foo'". */
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

enum { VALUE_MAX = 255, DATA_MAX = 4095 }; /* limits of fsconfig(2) and mount(2) */

/* Adds one layer at a time (overlayfs.rst, Linux 6.7). A ':' within a name is escaped with a
 * backslash. */
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

/* The options as mount(2) takes them; `all`: also those that the filesystem may not know. */
static int join_options(const struct step_mount *m, const char *extra_key, const char *extra_value,
			bool all, char *data, size_t size)
{
	const struct fs_option extra = { .key = extra_key, .value = extra_value };
	size_t used = 0;

	*data = '\0';
	for (size_t i = 0; i < m->options.count + (extra_key ? 1 : 0); i++) {
		const struct fs_option *o = i < m->options.count ? &m->options.item[i] : &extra;
		if (o->optional && !all)
			continue;
		int n = snprintf(data + used, size - used, "%s%s%s%s", used ? "," : "", o->key,
				 o->value ? "=" : "", o->value ? o->value : "");
		if (n < 0 || (size_t)n >= size - used)
			return fail(E2BIG, "mount", "the options of %s are longer than %zu bytes",
				    m->target, size - 1);
		used += (size_t)n;
	}
	return 0;
}

int explain_mount_api(int err)
{
	return err != -ENOSYS
		       ? err
		       : hint("this needs fsopen, open_tree and move_mount: Linux 5.2, and no "
			      "seccomp filter that denies them");
}

static int fail_no_filesystem(const struct step_mount *m)
{
	return fail_as(CODE_MOUNT_FILESYSTEM, ENODEV, NULL,
		       "the kernel has no filesystem of the type \"%s\"", m->type);
}

/* Without fsopen(2), and where the options are too long for fsconfig(2). */
static int mount_staged(const struct step_mount *m, const char *extra_key, const char *extra_value)
{
	static char data[DATA_MAX + 1];
	unsigned long flags = mount_flags(m->attributes.set | m->below.set);
	int mount = -1;

	for (int all = 1; all >= 0 && mount < 0 && (all || errno == EINVAL); all--) {
		int err = join_options(m, extra_key, extra_value, all, data, sizeof data);
		if (err)
			return err;
		mount = staged_new(m->type, m->source, flags, data);
	}
	if (mount < 0 && errno == ENODEV)
		return fail_no_filesystem(m);
	return mount < 0 ? explain_mount_api(fail(errno, "mount", "%s", m->type)) : mount;
}

/* all: also the options that are left out where they are refused. A filesystem that the kernel has
 * not converted to fsconfig(2) (devpts in Linux 6.1) refuses them when it is made. */
static int configure(int context, const struct step_mount *m, const char *extra_key,
		     const char *extra_value, bool all)
{
	if (m->source && set_option(context, "source", m->source))
		return fail_context(context, errno, "fsconfig", m->source);
	for (size_t i = 0; i < m->options.count; i++) {
		const struct fs_option *o = &m->options.item[i];
		if ((all || !o->optional) && set_option(context, o->key, o->value) && !o->optional)
			return fail_context(context, errno, "fsconfig", o->key);
	}
	if (extra_key && set_option(context, extra_key, extra_value))
		return fail_context(context, errno, "fsconfig", extra_key);
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return fail_context(context, errno, "fsconfig", m->type);
	unsigned attributes = (unsigned)(m->attributes.set | m->below.set);
	int mount = fsmount(context, FSMOUNT_CLOEXEC, attributes);
	/* Before Linux 5.14, finish() sets it. */
	if (mount < 0 && errno == EINVAL && attributes & MOUNT_ATTR_NOSYMFOLLOW)
		mount = fsmount(context, FSMOUNT_CLOEXEC, attributes & ~MOUNT_ATTR_NOSYMFOLLOW);
	return mount < 0 ? fail_context(context, errno, "fsmount", m->type) : mount;
}

int mount_configured(int context, const struct step_mount *m, const char *extra_key,
		     const char *extra_value)
{
	return configure(context, m, extra_key, extra_value, true);
}

static bool has_optional(const struct step_mount *m)
{
	bool any = false;

	for (size_t i = 0; i < m->options.count; i++)
		any |= m->options.item[i].optional;
	return any;
}

int mount_new(const struct step_mount *m, const char *extra_key, const char *extra_value)
{
	int mount = -1;

	for (int all = 1; all >= 0; all--) {
		auto_fd int context = fsopen(m->type, FSOPEN_CLOEXEC);
		if (context < 0 && sys_is_missing(errno))
			return mount_staged(m, extra_key, extra_value);
		if (context < 0 && errno == ENODEV)
			return fail_no_filesystem(m);
		if (context < 0)
			return fail(errno, "fsopen", "%s", m->type);
		mount = configure(context, m, extra_key, extra_value, all);
		if (!all || mount != -EINVAL || !has_optional(m))
			break;
		error_clear();
	}
	return mount;
}

/* fsconfig(2) takes values of at most 255 bytes; mount(2) takes a page with all options. */
static bool needs_page(const struct step_mount *m)
{
	bool is_long = m->source && strlen(m->source) > VALUE_MAX;

	for (size_t i = 0; i < m->options.count; i++)
		is_long |= m->options.item[i].value && strlen(m->options.item[i].value) > VALUE_MAX;
	return is_long;
}

/* Copies the host's mount where a new one may not be mounted. The mounts below it are copied
 * too, since they may hide things. */
static int bound_instead(const struct step_mount *m)
{
	const char *path = !strcmp(m->type, "sysfs")	? "/sys"
			   : !strcmp(m->type, "mqueue") ? "/dev/mqueue"
							: "/proc";
	auto_fd int source = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int mount = source < 0 ? -1 : mount_copy(source, true);

	return mount < 0 ? fail(errno, "open_tree", "%s", path) : take(&mount);
}

/* A new filesystem would have no mounts below it, so those of the copy are made read-only. */
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
	/* The first propagation type is set in the same call as the attributes that apply to the
	 * same mounts. A new filesystem already got its attributes from fsmount(2). */
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

/* Sets attributes and propagation, then attaches the mount; before Linux 5.12 in the opposite
 * order. */
static int finish(int mount, const struct place *place, const struct step_mount *m)
{
	const struct attributes nosymfollow = { .set = MOUNT_ATTR_NOSYMFOLLOW };
	int early = apply(mount, m, mount_attributes);

	if (early && !mount_can_fall_back(early))
		return also("%s", m->target);
	int err = mount_attach(mount, place->at, place->leaf, m->target);
	if (!err && early)
		err = apply(mount, m, mount_attributes_attached);
	if (!err && m->type && (m->attributes.set | m->below.set) & MOUNT_ATTR_NOSYMFOLLOW)
		err = mount_attributes_attached(mount, &nosymfollow, 0, false);
	return !err && m->super ? mount_set_super(mount, m->super_flags, NULL, m->target) : err;
}

/* late: make_like_new() has to be repeated once the mount is attached. */
static int make_mount(const struct step *step, const struct place *place, bool *late)
{
	const struct step_mount *m = &step->mount;
	struct stat st;
	char mode[8] = "1777";

	if (m->cover_mode && !place->made && !fstat(place->at, &st))
		snprintf(mode, sizeof mode, "%o", st.st_mode & 07777);
	int mount = mount_new(m, m->cover_mode ? "mode" : NULL, mode);
	if (mount < 0 && needs_page(m) && !m->shared)
		mount = mount_staged(m, NULL, NULL);
	if (mount == -EPERM || mount == -EACCES) {
		(void)coded_unless(CODE_MOUNT_DENIED);
		if (mount == -EPERM && !m->beside)
			(void)hint("a filesystem that is not for user namespaces can only be "
				   "mounted as "
				   "root without one: bind-mount a directory of the host instead");
	}
	if (mount >= 0 || !(step->allow & MAY_BIND) || (mount != -EPERM && mount != -EBUSY))
		return mount < 0 ? also("%s", m->target) : mount;
	auto_fd int bound = bound_instead(m);
	int err = bound < 0 ? bound : make_like_new(bound, m, mount_attributes);
	*late = bound >= 0 && mount_can_fall_back(err);
	return err && !*late ? also("%s", m->target) : take(&bound);
}

/* A mount that covers the root is the new root. */
static void become_root(struct walker *w, int *mount)
{
	io_close(&w->slot[SLOT_PARENT]);
	io_close(&w->slot[SLOT_ROOT]);
	w->slot[SLOT_ROOT] = take(mount);
}

int op_mount(struct walker *w, const struct step *step)
{
	const struct step_mount *m = &step->mount;
	auto_place place;
	int err = place_find(w, m, true, &place);

	if (err)
		return err;
	bool late = false;
	auto_fd int mount = make_mount(step, &place, &late);
	if (mount < 0)
		return mount;
	err = place_check_procfs(&place, mount, m);
	if (err)
		return err;
	err = m->copy_up && !place.made ? copy_up(place.at, mount, m->cover_mode) : 0;
	if (err)
		return also("copying the contents of %s", m->target);
	err = finish(mount, &place, m);
	if (!err && late)
		err = make_like_new(mount, m, mount_attributes_attached);
	if (!err && m->root)
		become_root(w, &mount);
	else if (!err && m->keep)
		w->slot[m->keep] = take(&mount);
	return err;
}

/* copy-symlink: creates the same symbolic link, unless it already exists. */
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

static int move_tree(struct walker *w, const struct step_mount *m, int tree)
{
	struct stat st = { .st_mode = S_IFDIR };
	auto_place place = { .at = -1 };

	if (!m->missing && fstat(tree, &st))
		return fail(errno, "fstat", "%s", m->target);
	if (m->copy_link && S_ISLNK(st.st_mode))
		return copy_symlink(w, tree, m->target);
	int err = place_find(w, m, S_ISDIR(st.st_mode), &place);
	if (!err)
		err = place_check_procfs(&place, tree, m);
	err = err ? err : finish(tree, &place, m);
	return err == -ENOTDIR ? place_failed(w, m, S_ISDIR(st.st_mode), err) : err;
}

int op_move(struct walker *w, const struct step *step)
{
	int *tree = &w->slot[step->mount.tree];
	int err = move_tree(w, &step->mount, *tree);

	if (!err && step->mount.root)
		become_root(w, tree);
	io_close(tree);
	return err;
}

/* Without fspick(2). */
static int reconfigure_by_page(int target, const struct step_mount *m)
{
	static char data[DATA_MAX + 1];
	int err = join_options(m, NULL, NULL, true, data, sizeof data);

	return err ? err : mount_set_super(target, 0, data, m->target);
}

/* As with mount(8) -o remount, options that are not given are left unchanged. */
int op_remount(struct walker *w, const struct step *step)
{
	const struct step_mount *m = &step->mount;
	auto_fd int target = root_open(w->slot[SLOT_ROOT], m->target, O_PATH, 0);

	if (target < 0)
		return target;
	int err = apply(target, m, mount_attributes_attached);
	if (err == -EINVAL)
		return hint("only a mount point can be remounted");
	if (err || !m->options.count)
		return err;
	auto_fd int context = fspick(target, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);
	if (context < 0 && sys_is_missing(errno))
		return reconfigure_by_page(target, m);
	if (context < 0)
		return fail(errno, "fspick", "%s", m->target);
	for (size_t i = 0; i < m->options.count; i++)
		if (set_option(context, m->options.item[i].key, m->options.item[i].value))
			return fail_context(context, errno, "fsconfig", m->options.item[i].key);
	return fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0)
		       ? fail_context(context, errno, "fsconfig", m->target)
		       : 0;
}

int op_setattr(struct walker *w, const struct step *step)
{
	return mount_attributes_attached(w->slot[step->setattr.slot], &step->setattr.attributes, 0,
					 false);
}
