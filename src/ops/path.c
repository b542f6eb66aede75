/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes, links, and paths that are hidden or made read-only: all below the root by descriptor, and
 * what was looked at is what is changed. */
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

/* config-linux.md, "Devices": a file that is there already must be this very device. */
static int check_existing(int parent, const char *leaf, const struct step_node *n, dev_t device)
{
	struct stat st;

	if (fstatat(parent, leaf, &st, AT_SYMLINK_NOFOLLOW))
		return fail(errno, "fstatat", "%s", n->path);
	if ((st.st_mode & S_IFMT) != device_format(n->type) ||
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
	if (mknodat(parent, leaf, device_format(n->type) | n->mode, device))
		return errno == EEXIST ? check_existing(parent, leaf, n, device)
				       : fail(errno, "mknodat", "%s", n->path);
	if ((n->uid || n->gid) && fchownat(parent, leaf, n->uid, n->gid, AT_SYMLINK_NOFOLLOW))
		return fail(errno, "fchownat", "%s", n->path);
	return 0;
}

int op_link(struct walker *w, const struct step *step)
{
	const struct step_link *l = &step->link;
	const char *leaf;
	int parent = place_parent(w, l->beside, l->path, ROOT_NO_SYMLINKS, &leaf);

	if (parent < 0)
		return parent;
	/* What the image has there is the image's choice. */
	if (symlinkat(l->target, parent, leaf) && errno != EEXIST)
		return fail(errno, "symlinkat", "%s", l->path);
	return 0;
}

/* The path, opened; or 0 descriptors and success where it may miss. */
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

/* Read-only: who may change the mode of a masked file would change that of the device, which may be
 * the host's. */
static int cover_file(int null, int target, const char *path)
{
	const struct attributes readonly = { .set = MOUNT_ATTR_RDONLY };
	auto_fd int cover = mount_copy(null, false);

	if (cover < 0)
		return fail(errno, "open_tree", "the null device");
	int early = mount_attributes(cover, &readonly, 0, false);
	if (early && !mount_has_retreat(early))
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
	/* One filesystem for all of them. A copy can be taken of what is attached. */
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
	if (early && !mount_has_retreat(early))
		return also("%s", step->text.text);
	err = mount_attach(copy, target, "", step->text.text);
	return !err && early ? mount_attributes_attached(copy, &readonly, 0, true) : err;
}
