/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes for an init that can't create them: made by the parent in a filesystem of its
 * own, or taken from the host's /dev. */
#include "op.h"

#include "base/error.h"
#include "base/io.h"
#include "base/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { DEPTH = 4 };

mode_t device_file_type(enum oci_device_type type)
{
	return type == OCI_DEVICE_BLOCK ? S_IFBLK : type == OCI_DEVICE_FIFO ? S_IFIFO : S_IFCHR;
}

/* --- nodes of the host --- */

static bool is_device(int fd, mode_t format, dev_t device)
{
	struct stat st;

	return !fstat(fd, &st) && (st.st_mode & S_IFMT) == format && st.st_rdev == device;
}

/* Searches below a directory, within the same filesystem. Returns -1 if the device is not
 * there. */
static int search(int directory, mode_t format, dev_t device, unsigned depth)
{
	_Alignas(struct dirent64) char entries[1024];
	struct stat here, st;
	ssize_t n;

	if (fstat(directory, &here))
		return -1;
	while ((n = getdents64(directory, (void *)entries, sizeof entries)) > 0)
		for (ssize_t at = 0; at < n;) {
			struct dirent64 *e = (struct dirent64 *)(entries + at);
			at += e->d_reclen;
			if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
			    fstatat(directory, e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
			    st.st_dev != here.st_dev)
				continue;
			bool found = (st.st_mode & S_IFMT) == format && st.st_rdev == device;
			auto_fd int fd = -1;
			if (found)
				fd = openat(directory, e->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
			else if (S_ISDIR(st.st_mode) && depth < DEPTH)
				fd = openat(directory, e->d_name,
					    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (fd < 0)
				continue;
			if (found && is_device(fd, format, device))
				return take(&fd);
			int below = found ? -1 : search(fd, format, device, depth + 1);
			if (below >= 0)
				return below;
		}
	return -1;
}

int device_find(const char *path, mode_t format, dev_t device)
{
	auto_fd int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && is_device(fd, format, device))
		return take(&fd);
	auto_fd int dev = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int found = dev < 0 ? -1 : search(dev, format, device, 0);
	if (found >= 0)
		return found;
	(void)fail(ENODEV, NULL, "%s: the host's /dev has no %s device %u:%u", path,
		   format == S_IFBLK ? "block" : "character", major(device), minor(device));
	return hint("creating one takes CAP_MKNOD");
}

/* --- nodes made by the parent --- */

/* Points the error at the part of the config that asked for this node. */
static int fail_for(const struct step_nodes *n, size_t i, int err)
{
	snprintf(error_last()->pointer, sizeof error_last()->pointer, "%s", n->pointer[i]);
	return err;
}

static int make_nodes(struct walker *w, const struct step_nodes *n)
{
	static struct fs_option option[] = { { .key = "mode", .value = "0755" } };
	const struct step_mount tmpfs = { .type = "tmpfs",
					  .source = "nodes",
					  .options = { option, 1 } };
	auto_fd int mount = mount_new(&tmpfs, NULL, NULL);

	if (mount < 0)
		return mount;
	for (size_t i = 0; i < n->count; i++) {
		const struct step_node *node = &n->item[i];
		char name[24];
		snprintf(name, sizeof name, "%zu", i);
		mode_t mask = umask(0);
		int err = mknodat(mount, name, device_file_type(node->type) | node->mode,
				  makedev(node->major, node->minor));
		umask(mask);
		if (err || fchownat(mount, name, node->uid, node->gid, AT_SYMLINK_NOFOLLOW))
			return fail_for(n, i, fail(errno, "mknodat", "%s", node->path));
	}
	w->slot[n->slot] = take(&mount);
	return 0;
}

static int place_node(struct walker *w, int nodes, const struct step_node *node, size_t i)
{
	char name[24];

	snprintf(name, sizeof name, "%zu", i);
	auto_fd int target = root_make(w->slot[SLOT_ROOT], node->path, ROOT_FILE | ROOT_NO_SYMLINKS,
				       NULL);
	if (target < 0)
		return target;
	auto_fd int copy = mount_copy_at(nodes, name);
	return copy < 0 ? copy : mount_attach(copy, target, "", node->path);
}

/* Before Linux 6.15 only attached mounts can be copied, so the filesystem is temporarily
 * attached where no path leads to it. */
static int place_nodes(struct walker *w, const struct step_nodes *n)
{
	int nodes = w->slot[n->from], err = mount_attach_aside(nodes);

	if (err)
		return err;
	for (size_t i = 0; i < n->count && !err; i++) {
		err = place_node(w, nodes, &n->item[i], i);
		if (err)
			(void)fail_for(n, i, err);
	}
	return mount_take_off_after(nodes, err);
}

int op_nodes(struct walker *w, const struct step *step)
{
	return step->nodes.slot ? make_nodes(w, &step->nodes) : place_nodes(w, &step->nodes);
}

/* In the container's mount namespace: no link of the container's is followed out of it. */
static int unlink_here(const void *argument)
{
	const struct device *d = argument;
	const char *leaf = strrchr(d->path, '/');
	char parent[PATH_MAX];
	struct stat st;
	auto_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	snprintf(parent, sizeof parent, "%.*s", (int)(leaf - d->path), d->path);
	auto_fd int at = root < 0 ? root
				  : root_open(root, parent, O_PATH,
					      ROOT_DIRECTORY | ROOT_NO_SYMLINKS);
	if (at < 0 || fstatat(at, leaf + 1, &st, AT_SYMLINK_NOFOLLOW))
		return MOUNT_IS_GONE;
	if ((st.st_mode & S_IFMT) != device_file_type((enum oci_device_type)d->type.value) ||
	    st.st_rdev != makedev((unsigned)d->major.value, (unsigned)d->minor.value))
		return MOUNT_IS_GONE;
	return unlinkat(at, leaf + 1, 0);
}

int device_unlink(const char *namespace, const struct device *device)
{
	int err = run_in_mounts(namespace, unlink_here, device);

	return err < 0 ? also("removing %s", device->path) : err;
}
