/* SPDX-License-Identifier: Apache-2.0 */
/* The container's root: attaching it, making it the root directory of init, and, if other
 * processes share the mount namespace, unmounting it again. */
#include "op.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mountinfo.h"
#include "base/proc.h"
#include "base/staged.h"
#include "base/sys.h"
#include "plan/record.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIES = 4096 }; /* mounts may be moved meanwhile, and may be stacked */

/* --- what would reveal the host's /proc and /sys --- */

/* A mount of the old root that would allow a process with a new user namespace to mount the same
 * filesystem anew, unmasked: the kernel looks for one that is wholly visible (mount_namespaces(7),
 * "Restrictions on mount namespaces"). */
static bool is_revealing(const struct mountinfo_entry *e)
{
	return (!strcmp(e->type, "proc") || !strcmp(e->type, "sysfs")) && !strcmp(e->root, "/");
}

/* A mount that can't be unmounted, because it is older than our user namespace, is covered
 * instead. In user namespaces below ours the covering mount is locked. */
static int cover(int fd, const char *point)
{
	static struct fs_option option[] = { { .key = "size", .value = "0" },
					     { .key = "nr_inodes", .value = "1" } };
	const struct step_mount tmpfs = { .type = "tmpfs",
					  .options = { option, 2 },
					  .attributes = { .set = MOUNT_ATTR_RDONLY } };
	auto_fd int mount = mount_new(&tmpfs, NULL, NULL);

	return mount < 0 ? mount : mount_attach(mount, fd, "", point);
}

/* Finds the next revealing mount that is neither ours nor covered, below the path `below` only
 * if that is not "". Returns 1, or 0 if there is none. */
static int find_revealing(struct mountinfo *m, const struct mount_set *own,
			  const struct mount_set *covered, const char *below,
			  struct mountinfo_entry *e)
{
	size_t length = strlen(below);
	int more = mountinfo_open(m);
	bool found = false;

	while (!more && !found && (more = mountinfo_next(m, e)) > 0) {
		found = is_revealing(e) && !mount_set_has(own, e->id) &&
			!mount_set_has(covered, e->id) && !strncmp(e->point, below, length) &&
			(!length || e->point[length] == '/');
		more = 0;
	}
	mountinfo_close(m);
	return found ? 1 : more;
}

static int hide_one(const struct mountinfo_entry *e, const struct mount_set *own,
		    struct mount_set *covered)
{
	char path[32];
	auto_fd int fd = open(e->point, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	uint64_t on_top = fd < 0 ? 0 : mount_id(fd);

	snprintf(path, sizeof path, "self/fd/%d", fd);
	if (fd < 0)
		return fail(errno, "open", "%s", e->point);
	if (mount_set_has(own, on_top))
		return fail(EBUSY, "umount2", "%s, which the container's root covers", e->point);
	if (proc_chdir())
		return -error_last()->err;
	if (!umount2(path, MNT_DETACH)) /* it, or what covers it */
		return 0;
	if (on_top != e->id)
		return fail(errno, "umount2", "%s", e->point);
	int err = cover(fd, e->point);
	return err ? err : mount_set_add(covered, e->id);
}

/* below: the path that the container's root will cover; mounts below it must be hidden before
 * the root is attached. */
static int hide_revealing(uint64_t root, const char *below)
{
	static struct mountinfo mounts;
	static struct mount_set own, covered;
	struct mountinfo_entry e;
	int err = root ? mountinfo_find_tree(&mounts, root, &own) : 0;

	for (int tries = 0; !err && (err = find_revealing(&mounts, &own, &covered, below, &e)) > 0;
	     tries++)
		err = tries < TRIES ? hide_one(&e, &own, &covered)
				    : fail(EBUSY, "umount2", "%s", e.point);
	return err;
}

static int hide_below_root(void)
{
	char path[PATH_MAX];
	auto_fd int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (here < 0 || !getcwd(path, sizeof path))
		return fail(errno, "getcwd", "the root filesystem");
	int err = strcmp(path, "/") ? hide_revealing(0, path) : 0;
	if (!err && fchdir(here))
		err = fail(errno, "fchdir", "%s", path);
	return err;
}

/* --- attaching --- */

/* It comes first in every new mount namespace. */
int op_propagation(struct walker *w, const struct step *step)
{
	(void)w;
	if (mount(NULL, "/", NULL, step->propagation.flags, NULL)) {
		int err = fail(errno, "mount", "propagation of /");
		return err == -EINVAL ? hint("tare's own root directory is no mount point, as in a "
					     "chroot: mount --bind it on itself before")
				      : err;
	}
	if (!(step->propagation.flags & MS_SHARED))
		staged_allow();
	return 0;
}

/* Attaches the root in a mount namespace that other processes share: on its own directory, and
 * private. */
static int attach_shared(struct walker *w, const struct step_root *r)
{
	const struct attributes none = { 0 };
	int root = w->slot[r->tree];
	auto_fd int named = r->where == ROOT_BY_PATH
				    ? open(r->path, O_PATH | O_DIRECTORY | O_CLOEXEC)
				    : -1;

	if (r->where == ROOT_BY_PATH && named < 0)
		return fail(errno, "open", "%s", r->path);
	int err = mount_attach(root, named >= 0 ? named : w->slot[r->rootfs], "", r->path);
	return err ? err : mount_attributes_attached(root, &none, MS_PRIVATE, true);
}

int enter_rootfs(struct walker *w, const char *path)
{
	struct stat opened, entered;

	if (w->slot[SLOT_AT_ROOTFS] > 0)
		return 0;
	if (chdir(path) || stat(".", &entered) || fstat(w->slot[SLOT_ROOTFS], &opened))
		return fail(errno, "chdir", "%s", path);
	/* The path was resolved twice: both must be the same directory. */
	if (opened.st_dev != entered.st_dev || opened.st_ino != entered.st_ino)
		return fail(ESTALE, "chdir", "%s", path);
	w->slot[SLOT_AT_ROOTFS] = 1;
	return 0;
}

/* The root is attached on the directory of the root filesystem (in a new mount namespace, init's
 * initial working directory), so that hooks and bind sources that use its path reach the
 * container's root. */
int op_root(struct walker *w, const struct step *step)
{
	const struct attributes none = { 0 };
	int root = w->slot[step->root.tree];

	int err = mount_attributes(root, &none, MS_SLAVE, true);
	if (err && !mount_can_fall_back(err))
		return err;
	if (step->root.where != ROOT_IN_CWD)
		return attach_shared(w, &step->root);
	int there = enter_rootfs(w, step->root.path);
	if (there)
		return there;
	if (step->root.hides && hide_below_root())
		return also("what would reveal the host's /proc and /sys");
	auto_fd int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int attached = here < 0 ? fail(errno, "open", "%s", step->root.path)
				: mount_attach(root, here, "", "the root filesystem");
	if (attached)
		return attached;
	return err ? mount_attributes_attached(root, &none, MS_SLAVE, true) : 0;
}

/* --- detaching --- */

enum { UNIQUE = 0x4000 }; /* STATX_MNT_ID_UNIQUE, Linux 6.8 */

static uint64_t unique_id(int mount)
{
	struct statx stx;

	return !statx(mount, "", AT_EMPTY_PATH, UNIQUE, &stx) && stx.stx_mask & UNIQUE
		       ? stx.stx_mnt_id
		       : 0;
}

int mount_identify(int mount, struct recorded_mount *record)
{
	struct stat st;

	if (fstat(mount, &st))
		return fail(errno, "fstat", "the root filesystem");
	record->id = (struct opt_u64){ mount_id(mount), true };
	record->unique = (struct opt_u64){ unique_id(mount), true };
	record->device = (struct opt_u64){ st.st_dev, true };
	record->inode = (struct opt_u64){ st.st_ino, true };
	return 0;
}

/* Compares the mount point and the filesystem, for kernels without unique mount IDs. */
static bool resembles(const struct recorded_mount *r, const struct mountinfo_entry *e)
{
	return e->device == r->device.value || !strcmp(e->point, r->path);
}

/* Whether the mount with this mount ID, opened, is the recorded one or is stacked on it. A mount
 * ID is used again as soon as its mount is gone, for a mount of another container, say; the unique
 * ID never is. A descriptor keeps its mount's ID. */
static bool is_recorded(int fd, uint64_t id, const struct recorded_mount *r)
{
	uint64_t unique = unique_id(fd), parent;
	struct stat st;

	if (id == r->id.value && !fstat(fd, &st) &&
	    (st.st_dev != r->device.value || st.st_ino != r->inode.value))
		return false;
	while (r->unique.value && unique != r->unique.value) {
		int exists = sys_mount_exists(unique, &parent);
		if (exists < 1 || parent == unique)
			return exists < 0 && id != r->id.value; /* statmount(2) is denied */
		unique = parent;
	}
	return true;
}

/* Unmounts the topmost mount at a mount point if it has this mount ID. Returns 1 if it has
 * another ID, and 2 if it is neither the recorded mount nor stacked on it. */
static int detach_top(const char *point, uint64_t id, const struct recorded_mount *r)
{
	char path[32];
	auto_fd int fd = open(point, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || mount_id(fd) != id)
		return 1;
	if (!is_recorded(fd, id, r))
		return 2;
	/* Unmounts through the descriptor, so that renaming a parent directory can't substitute
	 * another mount. */
	snprintf(path, sizeof path, "self/fd/%d", fd);
	if (proc_chdir())
		return -error_last()->err;
	return umount2(path, MNT_DETACH) ? fail(errno, "umount2", "%s", point) : 0;
}

/* Finds the mount with this mount ID, or the topmost one that is stacked on it at the same mount
 * point, and stores its ID in *top. Returns 0 if there is none. */
static int find_top(struct mountinfo *m, uint64_t id, uint64_t *top, struct mountinfo_entry *entry)
{
	char point[PATH_MAX + 1] = "";
	int found = mountinfo_find(m, id, entry);

	*top = id;
	if (found <= 0)
		return found;
	snprintf(point, sizeof point, "%s", entry->point);
	while ((found = mountinfo_find_stacked(m, *top, point, entry)) > 0)
		*top = entry->id;
	return found < 0 ? found : mountinfo_find(m, *top, entry);
}

static int may_be_ours(const char *point)
{
	(void)fail(EBUSY, "umount2", "%s: another mount is stacked on what may be the container's",
		   point);
	return hint("Linux before 6.8 can't tell: unmount what is stacked there, and delete again");
}

/* The current mount point is taken from the kernel, since it may have been renamed since the
 * mount was made. Mounts stacked on it are unmounted too: they were made on the container's
 * root. MOUNT_IS_GONE: there is no such mount. */
static int detach(const struct recorded_mount *r)
{
	static struct mountinfo mounts;
	struct mountinfo_entry e;
	uint64_t top, id = r->id.value, parent;

	for (int i = 0; i < TRIES; i++) {
		int exists = r->unique.value ? sys_mount_exists(r->unique.value, &parent) : -1;
		int err = exists ? mountinfo_find(&mounts, id, &e) : 0;
		if (err <= 0 || (exists < 0 && !resembles(r, &e)))
			return err < 0 ? err : MOUNT_IS_GONE;
		bool certain = exists == 1 ||
			       (e.device == r->device.value && !strcmp(e.point, r->path));
		err = find_top(&mounts, id, &top, &e);
		if (err > 0 && top != id && !certain)
			return may_be_ours(e.point);
		if (err > 0)
			err = detach_top(e.point, top, r);
		if (err < 0 || (!err && top == id))
			return err;
		if (err == 2 && exists < 0)
			return MOUNT_IS_GONE;
	}
	return fail(EBUSY, "umount2",
		    "%s: its mount point can't be reached, or changes again and again", r->path);
}

/* A filesystem of the container's may never answer. */
static int await_child(pid_t pid, int *status)
{
	enum { PATIENCE = 10000 }; /* ms */
	auto_fd int pidfd = pidfd_open(pid, 0);
	struct pollfd end = { pidfd, POLLIN, 0 };

	if (pidfd >= 0 && poll(&end, 1, PATIENCE) == 0) {
		(void)kill(pid, SIGKILL);
		return fail(ETIMEDOUT, NULL, "a filesystem of the container does not answer");
	}
	return waitpid(pid, status, 0) < 0 ? fail(errno, "waitpid", "a process of tare") : 0;
}

int run_in_mounts(const char *namespace, int (*function)(const void *), const void *argument)
{
	enum { NOT_ENTERED = 101, FAILED };
	int status;

	auto_fd int ns = open(namespace, O_RDONLY | O_CLOEXEC);
	if (ns < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		return fail(errno, "open", "%s", namespace);
	if (ns < 0 || ioctl(ns, NS_GET_NSTYPE) != CLONE_NEWNS)
		return MOUNT_IS_GONE;
	/* Keeps the host's /proc in use through a descriptor, since the namespace may have
	 * another one or none. */
	if (proc_chdir())
		return -error_last()->err;
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		int result = setns(ns, CLONE_NEWNS) ? NOT_ENTERED : function(argument);
		_exit(result < 0 ? FAILED : result);
	}
	int err = pid < 0 ? fail(errno, "fork", "a process in %s", namespace)
			  : await_child(pid, &status);
	if (err)
		return err;
	if (!WIFEXITED(status) || WEXITSTATUS(status) >= NOT_ENTERED)
		return fail(0, NULL, "a process in %s has %s", namespace,
			    !WIFEXITED(status)			 ? "been killed"
			    : WEXITSTATUS(status) == NOT_ENTERED ? "not been able to enter it"
								 : "failed");
	return WEXITSTATUS(status);
}

static int detach_here(const void *mount)
{
	return detach(mount);
}

int mount_detach(const struct recorded_mount *r)
{
	if (r->namespace) {
		int err = run_in_mounts(r->namespace, detach_here, r);
		return err < 0 ? also("unmounting %s", r->path) : err;
	}
	auto_fd int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int err = detach(r);
	if (here >= 0)
		(void)!fchdir(here); /* for the hooks that follow */
	return err;
}

/* --- changing root --- */

/* Without pivot_root(2), the old root stays mounted underneath. */
static int move_root(int root)
{
	int err = hide_revealing(mount_id(root), "");

	if (err)
		return also("what would reveal the host's /proc and /sys");
	auto_fd int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return top < 0 ? fail(errno, "open", "/")
		       : mount_attach(root, top, "", "the root filesystem");
}

int op_pivot(struct walker *w, const struct step *step)
{
	int root = w->slot[step->pivot.root];

	if (staged_end())
		return fail(errno, "umount2", "the stage of mounts");
	if (step->pivot.how == PIVOT_MOVE) {
		int err = move_root(root);
		if (err)
			return err;
	}
	if (fchdir(root))
		return fail(errno, "fchdir", "the root filesystem");
	if (step->pivot.how != PIVOT_ROOT) {
		if (chroot("."))
			return fail(errno, "chroot", "the root filesystem");
	} else {
		/* See pivot_root(2), "pivot_root(".", ".")": the old root is stacked on the new
		 * one and then unmounted. */
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
