/* SPDX-License-Identifier: Apache-2.0 */
#include "place.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mount.h"
#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

enum { PROC_ROOT = 1 };

void place_close(struct place *place)
{
	if (!place->kept)
		io_close(&place->at);
}

int place_parent(struct walker *w, int beside, const char *path, unsigned traits, const char **leaf)
{
	const char *slash = strrchr(path, '/');
	int *parent = &w->slot[SLOT_PARENT];

	/* The slot is empty if the earlier step failed and was allowed to fail. */
	if (beside && w->slot[beside] >= 0) {
		*leaf = slash ? slash + 1 : path;
		return w->slot[beside];
	}
	io_close(parent);
	return *parent = root_parent(w->slot[SLOT_ROOT], path, traits, leaf);
}

/* In a mount namespace that is shared with other processes, nothing may be mounted on the root
 * itself: it would get in the way of unmounting the root. Nor in a container that runs, where the
 * next command would find that instead of the root, whoever has made the link to it. */
static int check_not_root(struct walker *w, const struct step_mount *m, int at)
{
	struct stat place, root;

	if ((!m->shared && !w->plan->live) || fstat(at, &place) ||
	    fstat(w->slot[SLOT_ROOT], &root) || place.st_ino != root.st_ino ||
	    place.st_dev != root.st_dev ||
	    (w->plan->live && mount_id(at) != mount_id(w->slot[SLOT_ROOT])))
		return 0;
	return fail(EBUSY, NULL, "%s resolves to the root, which it would hide", m->target);
}

int place_failed(struct walker *w, const struct step_mount *m, bool directory, int err)
{
	const char *source = m->source ? m->source : m->type ? m->type : "the source";
	struct stat st;

	if (err == -ELOOP && m->strict) {
		(void)fail_as(CODE_MOUNT_LINK, ELOOP, NULL, "%s is a symbolic link in the image",
			      m->target);
		return err;
	}
	if (err != -ENOTDIR && err != -EISDIR)
		return coded_unless(CODE_MOUNT_TARGET);
	const struct error first = *error_last();
	auto_fd int at = root_open(w->slot[SLOT_ROOT], m->target, O_PATH, 0);
	if (at < 0 || fstat(at, &st) || S_ISDIR(st.st_mode) == directory) {
		*error_last() = first;
		return coded_unless(CODE_MOUNT_TARGET);
	}
	if (!m->tree) {
		(void)fail_as(CODE_MOUNT_KIND, -err, NULL,
			      "a %s needs a directory, and %s in the container is a file",
			      m->type ? m->type : "filesystem", m->target);
		return hint("choose a directory as destination");
	}
	return fail_as(CODE_MOUNT_KIND, -err, NULL, "%s is a %s, and %s in the container is a %s",
		       source, directory ? "directory" : "file", m->target,
		       directory ? "file" : "directory");
}

static int open_place(struct walker *w, const struct step_mount *m, bool directory, unsigned traits,
		      struct place *place)
{
	*place = (struct place){ .leaf = "" };
	place->at = root_make(w->slot[SLOT_ROOT], m->target,
			      (directory ? ROOT_DIRECTORY : ROOT_FILE) | traits, &place->made);
	if (place->at == -ENOTDIR && m->nofollow)
		return hint("a directory can't be mounted on a symbolic link");
	return place->at < 0 ? place_failed(w, m, directory, place->at)
			     : check_not_root(w, m, place->at);
}

int place_find(struct walker *w, const struct step_mount *m, bool directory, struct place *place)
{
	unsigned traits = (m->strict ? ROOT_NO_SYMLINKS : 0) | (m->nofollow ? ROOT_NOFOLLOW : 0);

	if (!m->missing)
		return open_place(w, m, directory, traits, place);
	*place = (struct place){ .leaf = "", .made = true, .kept = true };
	place->at = place_parent(w, m->beside, m->target, traits, &place->leaf);
	if (place->at < 0)
		return place->at;
	if (!mkdirat(place->at, place->leaf, 0755))
		return 0;
	if (errno != EEXIST)
		return fail(errno, "mkdirat", "%s", m->target);
	/* An earlier step has created it under another path, through a symbolic link of the
	 * image. */
	return open_place(w, m, directory, traits, place);
}

/* A mount on /proc/self/attr or /proc/sys would control the effect of our own writes there. runc
 * allows the same exceptions. */
int place_check_procfs(const struct place *place, int mount, const struct step_mount *m)
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
