/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup, by the cgroupfs driver. */
#include "op.h"

#include "base/io.h"
#include "cgroup/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int op_vacant(struct walker *w, const struct step *step)
{
	const struct step_cgroup *c = &step->cgroup;

	return cgroup_vacant(c->mount, c->path, &w->cgroup_keep[c->hierarchy]);
}

int op_cgroup(struct walker *w, const struct step *step)
{
	const struct step_cgroup *c = &step->cgroup;
	int err = cgroup_make(c->mount, c->path, c->controllers, c->cpuset);

	if (err)
		return err;
	/* Opened by us: init, in a user namespace, may not be allowed to. */
	int entry = w->slot[SLOT_TASKS + c->hierarchy] = cgroup_entry(c->mount, c->path,
								      c->unified);
	if (entry < 0)
		return entry;
	int directory = c->used ? cgroup_directory(c->mount, c->path) : NO_SLOT;
	w->slot[SLOT_CGROUP + c->hierarchy] = directory;
	return c->used && directory < 0 ? directory : 0;
}

int op_limit(struct walker *w, const struct step *step)
{
	const struct step_limit *l = &step->limit;
	const struct step *before = step - 1; /* there is one: the cgroup's */
	int directory = w->slot[SLOT_CGROUP + l->hierarchy];

	/* A dozen device rules in a row go to one file. */
	if (w->limit < 0 || before->op != OP_LIMIT || before->limit.hierarchy != l->hierarchy ||
	    strcmp(before->limit.file, l->file)) {
		io_close(&w->limit);
		w->limit = cgroup_open(directory, l->file);
	}
	int err = w->limit < 0 ? w->limit : cgroup_write(w->limit, l->file, l->value);
	if (w->limit == -ENOENT && l->other_file) {
		error_clear();
		err = cgroup_set(directory, l->other_file, l->other_value);
	}
	return err == -ENOENT ? hint("this kernel does not have it here") : err;
}

int op_devices(struct walker *w, const struct step *step)
{
	return cgroup_attach_devices(w->slot[SLOT_CGROUP + step->devices.hierarchy],
				     step->devices.instruction, step->devices.count);
}

int op_enter(struct walker *w, const struct step *step)
{
	const struct step_cgroup *c = &step->cgroup;

	if (c->unified && atomic_load(&w->page->born))
		return 0;
	if (write(w->slot[SLOT_TASKS + c->hierarchy], "0", 1) != 1)
		return fail(errno, "write", "the tasks of cgroup %s%s", c->mount, c->path);
	return 0;
}
