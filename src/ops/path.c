/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes, symbolic links, and paths that are masked or made read-only. All are resolved
 * below the root once and used by descriptor, so that what was checked is what is changed. */
#include "op.h"
#include "place.h"

#include "base/error.h"
#include "base/io.h"
#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* config-linux.md, "Devices": a file that already exists must be the same device. */
static int check_existing(int parent, const char *leaf, const struct step_node *n, dev_t device)
{
	struct stat st;

	if (fstatat(parent, leaf, &st, AT_SYMLINK_NOFOLLOW))
		return fail(errno, "fstatat", "%s", n->path);
	if ((st.st_mode & S_IFMT) != device_file_type(n->type) ||
	    (n->type != OCI_DEVICE_FIFO && st.st_rdev != device))
		return fail(EEXIST, "mknodat", "%s is something else", n->path);
	return 0;
}

int op_node(struct walker *w, const struct step *step)
{
	const struct step_node *n = &step->node;
	dev_t device = n->type == OCI_DEVICE_FIFO ? 0 : makedev(n->major, n->minor);
	const char *leaf;
	int parent = place_parent(w, n->beside, n->path, ROOT_NO_SYMLINKS, &leaf);

	if (parent < 0)
		return parent;
	if (mknodat(parent, leaf, device_file_type(n->type) | n->mode, device))
		return errno == EEXIST && !n->fresh ? check_existing(parent, leaf, n, device)
						    : fail(errno, "mknodat", "%s", n->path);
	if (!(n->uid || n->gid) || !fchownat(parent, leaf, n->uid, n->gid, AT_SYMLINK_NOFOLLOW))
		return 0;
	int err = fail(errno, "fchownat", "%s", n->path);
	if (n->fresh)
		(void)unlinkat(parent, leaf, 0);
	return err;
}

int op_link(struct walker *w, const struct step *step)
{
	const struct step_link *l = &step->link;
	const char *leaf;
	int parent = place_parent(w, l->beside, l->path, ROOT_NO_SYMLINKS, &leaf);

	if (parent < 0)
		return parent;
	/* A file that the image already has there is kept. */
	if (symlinkat(l->target, parent, leaf) && errno != EEXIST)
		return fail(errno, "symlinkat", "%s", l->path);
	return 0;
}

/* Opens the path. If it does not exist and may be missing, returns 0 and leaves *fd negative. */
static int open_path(struct walker *w, const struct step *step, const char *path, int *fd)
{
	*fd = root_open(w->slot[SLOT_ROOT], path, O_PATH, 0);
	if (*fd >= 0)
		return 0;
	if (step->allow & MAY_MISS && (*fd == -ENOENT || *fd == -ENOTDIR)) {
		error_clear();
		return 0;
	}
	return *fd;
}

static int empty_directory(void)
{
	static struct fs_option option[] = { { .key = "size", .value = "0" },
					     { .key = "nr_inodes", .value = "1" } };
	const struct step_mount tmpfs = { .type = "tmpfs",
					  .source = "tmpfs",
					  .options = { option, 2 },
					  .attributes = { .set = MOUNT_ATTR_RDONLY } };

	return mount_new(&tmpfs, NULL, NULL);
}

/* Read-only, since a chmod(2) of the masked file would otherwise change the null device, which
 * may be the host's. */
static int cover_file(int null, int target, const char *path)
{
	const struct attributes readonly = { .set = MOUNT_ATTR_RDONLY };
	auto_fd int cover = mount_copy(null, false);

	if (cover < 0)
		return fail(errno, "open_tree", "the null device");
	int early = mount_attributes(cover, &readonly, 0, false);
	if (early && !mount_can_fall_back(early))
		return also("%s", path);
	int err = mount_attach(cover, target, "", path);
	return !err && early ? mount_attributes_attached(cover, &readonly, 0, false) : err;
}

int op_directory(struct walker *w, const struct step *step)
{
	auto_fd int fd = root_make(w->slot[SLOT_ROOT], step->text.text, ROOT_DIRECTORY, NULL);

	return fd < 0 ? fd : 0;
}

int op_mask(struct walker *w, const struct step *step)
{
	const struct step_mask *m = &step->mask;
	struct stat st;
	auto_fd int target = -1, cover = -1;
	int err = open_path(w, step, m->path, &target);

	if (err || target < 0)
		return err;
	if (fstat(target, &st))
		return fail(errno, "fstat", "%s", m->path);
	if (!S_ISDIR(st.st_mode))
		return cover_file(w->slot[m->null], target, m->path);
	/* All masked directories share one filesystem, which can be copied once it is
	 * attached. */
	if (w->slot[m->empty] >= 0) {
		cover = mount_copy(w->slot[m->empty], false);
		return cover < 0 ? fail(errno, "open_tree", "an empty directory")
				 : mount_attach(cover, target, "", m->path);
	}
	cover = empty_directory();
	if (cover < 0)
		return cover;
	err = mount_attach(cover, target, "", m->path);
	if (!err)
		w->slot[m->empty] = take(&cover);
	return err;
}

int op_readonly(struct walker *w, const struct step *step)
{
	const struct attributes readonly = { .set = MOUNT_ATTR_RDONLY };
	auto_fd int target = -1;
	int err = open_path(w, step, step->text.text, &target);

	if (err || target < 0)
		return err;
	auto_fd int copy = mount_copy(target, true);
	if (copy < 0)
		return fail(errno, "open_tree", "%s", step->text.text);
	int early = mount_attributes(copy, &readonly, 0, true);
	if (early && !mount_can_fall_back(early))
		return also("%s", step->text.text);
	err = mount_attach(copy, target, "", step->text.text);
	return !err && early ? mount_attributes_attached(copy, &readonly, 0, true) : err;
}
