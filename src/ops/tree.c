/* SPDX-License-Identifier: Apache-2.0 */
/* Trees: detached copies of the host's mounts. */
#include "op.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mountinfo.h"
#include "base/root.h"
#include "base/sys.h"
#include "plan/record.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Is the mount at a path shared? */
static bool is_shared(const char *path)
{
	static struct mountinfo mounts; /* too large for the stack */
	struct mountinfo_entry e;
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0 || mountinfo_find(&mounts, mount_id(fd), &e) <= 0)
		return true; /* if unknown, copy it as a peer, as was asked for */
	return e.shared;
}

/* O_DIRECTORY mounts what is to be mounted automatically, as open_tree(2) does. */
static int open_mounting(const char *path, int flags)
{
	int fd = open(path, flags | O_PATH | O_CLOEXEC | O_DIRECTORY);

	return fd < 0 && errno == ENOTDIR ? open(path, flags | O_PATH | O_CLOEXEC) : fd;
}

static int open_source(struct walker *w, const struct step_tree *t)
{
	int flags = O_PATH | O_CLOEXEC | (t->nofollow ? O_NOFOLLOW : 0), fd;

	switch (t->by) {
	case TREE_INSIDE:
		/* Symbolic links of the image must not lead out of it. */
		return root_open(w->slot[t->from], t->path, O_PATH,
				 t->nofollow ? ROOT_NOFOLLOW : 0);
	case TREE_DEVICE:
		return device_find(t->path, t->format, makedev(t->major, t->minor));
	case TREE_BY_PATH:
		/* As the copy will be made: it mounts what is to be mounted automatically. */
		fd = open_tree(AT_FDCWD, t->path,
			       OPEN_TREE_CLOEXEC | (t->nofollow ? AT_SYMLINK_NOFOLLOW : 0u));
		if (fd < 0 && sys_is_missing(errno))
			fd = open_mounting(t->path, flags);
		break;
	case TREE_ROOTFS:
	case TREE_NEW:
	default:
		fd = open(t->path, flags);
		break;
	}
	return fd < 0 ? fail(errno, "open", "%s", t->path) : fd;
}

/* Checks on the source that can be made before anything has an effect. */
static int check_source(int fd, const struct step_tree *t)
{
	struct statfs fs;

	if (!t->lacks && !t->procfs)
		return 0;
	if (fstatfs(fd, &fs))
		return fail(errno, "fstatfs", "%s", t->path);
	if (t->procfs && fs.f_type != PROC_SUPER_MAGIC)
		return fail(0, NULL, "%s is not a procfs: it can't be mounted on /proc", t->path);
	/* statfs(2): the ST_ flags */
	unsigned long has = (unsigned long)fs.f_flags & t->lacks;
	if (!has)
		return 0;
	(void)fail(EPERM, NULL, "%s is mounted %s", t->path,
		   has & ST_RDONLY   ? "ro"
		   : has & ST_NOSUID ? "nosuid"
		   : has & ST_NODEV  ? "nodev"
				     : "noexec");
	return hint("in a user namespace that can't be cleared");
}

static int fail_to_copy(const struct step_tree *t)
{
	int err = fail(errno, "open_tree", "%s", t->path);

	if (err == -ENOSYS)
		return explain_mount_api(err);
	if (err == -EPERM)
		return hint(
			"the caller has no rights over this mount namespace: after unshare --user "
			"--map-root-user add --mount");
	return err == -EINVAL && !t->recursive
		       ? hint("mounts below it can't be left out in a user namespace: use rbind")
		       : err;
}

/* Does the source have to be checked beyond its existence? */
static bool is_checked(const struct step_tree *t)
{
	return t->lacks || t->procfs || t->looked ||
	       (t->by != TREE_BY_PATH && t->by != TREE_ROOTFS);
}

/* The parent checks the path, and init opens it again, since mounts of the parent's mount
 * namespace can't be attached in init's. Both must find the same file. Files in a procfs, and the
 * namespaces that its links lead to, differ between processes and are not compared. */
static int check_looked_at(int fd, const struct step_tree *t, bool parent)
{
	struct looked_at now;
	struct stat st;
	struct statfs fs;

	if (!t->looked)
		return 0;
	if (fstat(fd, &st))
		return fail(errno, "fstat", "%s", t->path);
	now = (struct looked_at){ st.st_dev, st.st_ino };
	if (parent)
		*t->looked = now;
	if (parent || (now.device == t->looked->device && now.inode == t->looked->inode) ||
	    (!fstatfs(fd, &fs) && (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == NSFS_MAGIC)))
		return 0;
	return fail(ESTALE, "open", "%s: the file was replaced after the check", t->path);
}

static int look_and_copy(struct walker *w, const struct step_tree *t, bool look, int *tree)
{
	auto_fd int source = open_source(w, t);
	int err = source < 0 ? source : check_source(source, t);

	if (!err)
		err = check_looked_at(source, t, w->me == WHO_PARENT);
	if (err || look)
		return err;
	*tree = mount_copy(source, t->recursive);
	return *tree < 0 ? fail_to_copy(t) : 0;
}

static int copy_at_once(struct walker *w, const struct step_tree *t, int *tree)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (t->recursive ? AT_RECURSIVE : 0u) |
			 (t->nofollow ? AT_SYMLINK_NOFOLLOW : 0u);

	int err = t->by == TREE_ROOTFS && !t->from ? enter_rootfs(w, t->path) : 0;
	if (err)
		return err;
	const char *path = t->by == TREE_ROOTFS ? "." : t->path;
	if (t->by == TREE_ROOTFS && t->from)
		*tree = open_tree(w->slot[t->from], "", flags | AT_EMPTY_PATH);
	else
		*tree = open_tree(AT_FDCWD, path, flags);
	if (*tree < 0 && sys_is_missing(errno)) {
		auto_fd int fd = open_mounting(path, t->nofollow ? O_NOFOLLOW : 0);
		*tree = fd < 0 ? -1 : mount_copy(fd, t->recursive);
	}
	return *tree < 0 ? fail_to_copy(t) : 0;
}

int op_tree(struct walker *w, const struct step *step)
{
	const struct step_tree *t = &step->tree;
	bool look = t->slot == NO_SLOT || (t->peer && w->me == WHO_PARENT && !is_shared(t->path));

	if (t->peer && w->me != WHO_PARENT && w->slot[t->slot] >= 0)
		return 0; /* the parent has copied it */
	if (t->by == TREE_NEW) {
		int made = mount_in_namespace(w, t);
		if (made >= 0)
			w->slot[t->slot] = made;
		return made < 0 ? made : 0;
	}
	auto_fd int fd = -1;
	int err = look || is_checked(t) ? look_and_copy(w, t, look, &fd) : copy_at_once(w, t, &fd);
	if (err || look)
		return err;
	io_close(&w->slot[t->slot]); /* late trees share one slot */
	w->slot[t->slot] = take(&fd);
	return t->identity ? mount_identify(w->slot[t->slot], t->identity) : 0;
}
