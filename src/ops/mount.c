/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts, with the mount API of Linux 5.2: a mount is made detached, given its attributes while nobody can
 * see it, and attached to a descriptor that was resolved below the root once. mount_setattr came with 5.12
 * only: before, attributes are set after the attaching, through the mount's own descriptor. */
#include "op.h"

#include "base/io.h"
#include "base/proc.h"
#include "base/root.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACKED = 64 };

/* --- detached mounts --- */

int mount_copy(int fd, bool recursive)
{
	return open_tree(fd, "",
			 AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
				 (recursive ? AT_RECURSIVE : 0u));
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

int mount_attributes(int mount, const struct attributes *a, unsigned long propagation, bool below)
{
	struct mount_attr attr = { .attr_set = a->set,
				   .attr_clr = a->clear,
				   .propagation = propagation };

	if ((!a->set && !a->clear && !propagation) || !set_attr(mount, &attr, below))
		return 0;
	(void)fail(errno, "mount_setattr", "mount attributes");
	return error_last()->err == EPERM && a->clear
		       ? hint("in a user namespace what the mount has outside is locked: ro, "
			      "nosuid, "
			      "nodev, noexec, and how access times are kept")
		       : -error_last()->err;
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
static unsigned long flags_of(int mount)
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
	unsigned long flags = 0;

	if (fstatvfs(mount, &vfs))
		return 0;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (vfs.f_flag & table[i].vfs)
			flags |= table[i].flag;
	return flags;
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

int mount_attributes_attached(int fd, const struct attributes *a, unsigned long propagation,
			      bool below)
{
	int err = mount_attributes(fd, a, propagation, below);

	if (err != -ENOSYS)
		return err;
	err = propagation
		      ? mount_by_name(fd, propagation | (below ? MS_REC : 0), "mount propagation")
		      : 0;
	if (err)
		return err;
	if (!a->set && !a->clear)
		return 0;
	if (below) {
		(void)fail(ENOSYS, "mount_setattr", "recursive mount attributes");
		return hint("they need Linux 5.12");
	}
	unsigned long flags = (flags_of(fd) & ~flags_from(a->clear)) | flags_from(a->set);
	return mount_by_name(fd, MS_REMOUNT | MS_BIND | flags, "remounting with other flags");
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

/* What proc_pid_mountinfo(5) says of the mount with this number, NULL if there is none (or it can't be read): number,
 * parent, device, root, path, options, ... Good until the next call. */
static const char *mountinfo_line(uint64_t id)
{
	static char text[256 * 1024];
	char number[32], *save;
	auto_fd int fd = proc_open("self/mountinfo", O_RDONLY);

	if (fd < 0 || io_read(fd, text, sizeof text) < 0)
		return NULL;
	size_t size = (size_t)snprintf(number, sizeof number, "%llu ", (unsigned long long)id);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (!strncmp(line, number, size))
			return line;
	return NULL;
}

/* Is what is mounted at a path shared? */
static bool is_shared(const char *path)
{
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);
	const char *line = fd < 0 ? NULL : mountinfo_line(mount_id(fd));

	return !line || strstr(line, " shared:"); /* a peer too many is what was asked for */
}

int op_tree(struct walker *w, const struct step *step)
{
	const struct step_tree *t = &step->tree;
	struct stat st;
	bool look = t->slot == NO_SLOT || (t->peer && w->me == WHO_PARENT && !is_shared(t->path));

	if (t->peer && w->me == WHO_INIT && w->slot[t->slot] >= 0)
		return 0; /* the parent has taken it */
	auto_fd int fd = look ? open(t->path, O_PATH | O_CLOEXEC | (t->nofollow ? O_NOFOLLOW : 0))
			      : open_tree(AT_FDCWD, t->path,
					  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
						  (t->recursive ? AT_RECURSIVE : 0u) |
						  (t->nofollow ? AT_SYMLINK_NOFOLLOW : 0u));

	if (fd < 0) {
		int err = fail(errno, look ? "open" : "open_tree", "%s", t->path);
		if (err == -EINVAL && !t->recursive)
			return hint(
				"mounts below it can't be left out in a user namespace: use rbind");
		return err;
	}
	if (t->directory && (fstat(fd, &st) || !S_ISDIR(st.st_mode)))
		return fail(ENOTDIR, "open", "%s", t->path);
	if (look)
		return 0;
	io_close(&w->slot[t->slot]); /* the late trees share one */
	w->slot[t->slot] = take(&fd);
	return 0;
}

/* --- the root --- */

int op_propagation(struct walker *w, const struct step *step)
{
	(void)w;
	return mount(NULL, "/", NULL, step->propagation, NULL)
		       ? fail(errno, "mount", "propagation of /")
		       : 0;
}

/* Where everybody sees it: onto itself, and nobody's peer any more. */
static int attach_shared(int root, const char *path)
{
	const struct attributes none = { 0 };
	auto_fd int target = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (target < 0)
		return fail(errno, "open", "%s", path);
	int err = mount_attach(root, target, "", path);
	return err ? err : mount_attributes_attached(root, &none, MS_PRIVATE, true);
}

/* Over "/", which we still are in: nobody's path is resolved, and pivot_root only asks that it be a mount. */
int op_root(struct walker *w, const struct step *step)
{
	const struct attributes none = { 0 };
	int root = w->slot[SLOT_ROOT];

	int err = mount_attributes(root, &none, MS_SLAVE, true);
	if (err && err != -ENOSYS)
		return err;
	w->shared_root = step->text.text;
	if (w->shared_root)
		return attach_shared(root, step->text.text);
	if (move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH))
		return fail(errno, "move_mount", "the root filesystem");
	return err ? mount_attributes_attached(root, &none, MS_SLAVE, true) : 0;
}

/* Is there a mount with this number at this path? */
static bool is_mounted(const char *path, uint64_t id)
{
	const char *line = mountinfo_line(id);
	size_t length = strlen(path);

	for (int i = 0; line && i < 4; i++)
		line = (line = strchr(line, ' ')) ? line + 1 : NULL;
	/* A path with blanks has \040 there: then the number has to do. */
	return line && (path[strcspn(path, " \t\\")] ||
			(!strncmp(line, path, length) && line[length] == ' '));
}

static int detach(const char *path, uint64_t id)
{
	char real[PATH_MAX];

	if (!realpath(path, real))
		return 0; /* it is not there, or no more */
	/* What is stacked on it goes with it: it was mounted on the container's root. */
	for (int i = 0; i < STACKED && is_mounted(real, id); i++)
		if (umount2(real, MNT_DETACH | UMOUNT_NOFOLLOW))
			return fail(errno, "umount2", "%s", real);
	return is_mounted(real, id) ? fail(EBUSY, "umount2", "%s", real) : 0;
}

int mount_detach(const char *path, uint64_t id, const char *namespace)
{
	enum { NOT_ENTERED = 1, NOT_DETACHED = 2 };
	int status;

	if (!namespace)
		return detach(path, id);
	auto_fd int ns = open(namespace, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || ioctl(ns, NS_GET_NSTYPE) != CLONE_NEWNS)
		return 0; /* gone, and all its mounts with it */
	pid_t pid = fork();
	if (pid == 0)
		_exit(setns(ns, CLONE_NEWNS) ? NOT_ENTERED : detach(path, id) ? NOT_DETACHED : 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return fail(errno, "fork", "taking the root off %s", namespace);
	if (status)
		return fail(0, NULL, "%s can't be %s in %s", path,
			    WIFEXITED(status) && WEXITSTATUS(status) == NOT_ENTERED ? "looked for"
										    : "unmounted",
			    namespace);
	return 0;
}

int op_pivot(struct walker *w, const struct step *step)
{
	if (fchdir(w->slot[SLOT_ROOT]))
		return fail(errno, "fchdir", "the root filesystem");
	if (step->pivot.how != PIVOT_ROOT) {
		if (chroot("."))
			return fail(errno, "chroot", "the root filesystem");
	} else {
		/* pivot_root(2), "pivot_root(".", ".")": the old root is stacked on the new one, and taken off. */
		if (sys_pivot_root(".", ".")) {
			(void)fail(errno, "pivot_root", "the root filesystem");
			return errno == EINVAL ? hint("a root in an initramfs needs --no-pivot")
					       : -error_last()->err;
		}
		if (umount2(".", MNT_DETACH))
			return fail(errno, "umount2", "the old root");
	}
	return chdir("/") ? fail(errno, "chdir", "/") : 0;
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

static int set_option(int context, const char *key, const char *value)
{
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

/* The host's, where a new one may not be mounted. Its mounts below it come along: they hide things. */
static int bound_instead(const struct step_mount *m)
{
	const char *path = !strcmp(m->type, "sysfs")	? "/sys"
			   : !strcmp(m->type, "mqueue") ? "/dev/mqueue"
							: "/proc";
	auto_fd int mount = open_tree(AT_FDCWD, path,
				      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (mount < 0)
		return fail(errno, "open_tree", "%s", path);
	int err = mount_attributes(mount, &m->attributes, MS_SLAVE, true);
	return err && err != -ENOSYS ? err : take(&mount);
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
	int err = mount_by_name(mount, MS_REMOUNT | flags_of(mount) | m->super_flags, m->target);

	return err ? also("remounting") : 0;
}

/* Attributes and propagation, then the place; or, before Linux 5.12, the other way round. */
static int finish(int mount, const struct place *place, const struct step_mount *m)
{
	int early = apply(mount, m, mount_attributes);

	if (early && early != -ENOSYS)
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

int op_mount(struct walker *w, const struct step *step)
{
	const struct step_mount *m = &step->mount;
	struct stat st;
	char mode[8] = "1777";
	__attribute__((cleanup(place_close))) struct place place;
	int err = find_place(w, step, true, &place);

	if (err)
		return err;
	if (m->cover_mode && !place.made && !fstat(place.at, &st))
		snprintf(mode, sizeof mode, "%o", st.st_mode & 07777);
	auto_fd int mount = mount_new(m, m->cover_mode ? "mode" : NULL, mode);
	if (mount < 0 && step->allow & MAY_BIND && (mount == -EPERM || mount == -EBUSY))
		mount = bound_instead(m);
	if (mount < 0)
		return also("%s", m->target);
	err = m->copy_up && !place.made ? copy_up(place.at, mount, m->cover_mode) : 0;
	if (err)
		return also("copying what is at %s", m->target);
	err = finish(mount, &place, m);
	if (!err && m->keep != NO_SLOT)
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
	return err ? err : finish(tree, &place, m);
}

int op_move(struct walker *w, const struct step *step)
{
	int *tree = &w->slot[step->mount.tree];
	int err = move_tree(w, step, *tree);

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
