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
	auto_fd int fd = cgroup_make(c->mount, c->path, c->controllers, c->cpuset);

	if (fd < 0)
		return fd;
	/* Opened by us: init, in a user namespace, may not be allowed to. A thread that writes 0 to its own
	 * `tasks` joins at once; a pid written to cgroup.procs would wait for the kernel's RCU. */
	const char *file = c->unified ? "cgroup.procs" : "tasks";
	int tasks = openat(fd, file, O_WRONLY | O_CLOEXEC);
	if (tasks < 0)
		return fail(errno, "open", "%s%s/%s", c->mount, c->path, file);
	w->slot[SLOT_CGROUP + c->hierarchy] = take(&fd);
	w->slot[SLOT_TASKS + c->hierarchy] = tasks;
	return 0;
}

int op_limit(struct walker *w, const struct step *step)
{
	const struct step_limit *l = &step->limit;
	const struct step *before = step - 1; /* there is one: the cgroup's */

	/* A dozen device rules in a row go to one file. */
	if (w->limit < 0 || before->op != OP_LIMIT || before->limit.hierarchy != l->hierarchy ||
	    strcmp(before->limit.file, l->file)) {
		io_close(&w->limit);
		w->limit = cgroup_open(w->slot[SLOT_CGROUP + l->hierarchy], l->file);
	}
	return w->limit < 0 ? w->limit : cgroup_write(w->limit, l->file, l->value);
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
