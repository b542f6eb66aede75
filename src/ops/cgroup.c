/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup, made by the cgroupfs driver or in a systemd scope. */
#include "op.h"

#include "base/error.h"
#include "base/io.h"
#include "base/proc.h"
#include "base/sys.h"
#include "cgroup/fs.h"
#include "cgroup/systemd.h"
#include "container/container.h"
#include "plan/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int op_check_empty(struct walker *w, const struct step *step)
{
	const struct step_cgroup *c = &step->cgroup;
	size_t kept;
	int err = cgroup_check_empty(c->mount, c->path, &kept);

	if (!err)
		w->plan->record->cgroups.item[c->recorded].keep = (struct opt_u64){ kept, true };
	return err;
}

/* Moves a process into a cgroup and returns a descriptor of its directory. */
static int put_into(const struct step_cgroup *c, pid_t pid)
{
	char text[16];
	auto_fd int directory = cgroup_directory(c->mount, c->path);

	snprintf(text, sizeof text, "%d", pid);
	int err = directory < 0 ? directory : cgroup_set(directory, "cgroup.procs", text);
	return err ? err : take(&directory);
}

/* A systemd scope can only be started for an existing process, so init is moved into the cgroups
 * of the other v1 hierarchies afterwards. */
static int adopt(struct walker *w, const struct step_cgroup *c)
{
	auto_fd int directory = put_into(c, w->parent->init);

	if (directory < 0)
		return directory;
	if (c->directory)
		w->slot[c->directory] = take(&directory);
	return 0;
}

/* Opened by the parent, since init may not be allowed to from within a user namespace. */
static int open_cgroup(struct walker *w, const struct step_cgroup *c, const char *path)
{
	int entry = w->slot[c->entry] = cgroup_entry(c->mount, path, c->unified);

	if (entry < 0 || !c->directory)
		return entry < 0 ? entry : 0;
	int directory = w->slot[c->directory] = cgroup_directory(c->mount, path);
	return directory < 0 ? directory : 0;
}

/* Init would enter it, and never come back. */
static int check_thawed(const char *mount, const char *path)
{
	if (!cgroup_is_held(mount, path))
		return 0;
	(void)fail_as(CODE_FREEZE, EBUSY, NULL, "a cgroup above %s%s is frozen", mount, path);
	return hint("thaw it (freezer.state, cgroup.freeze; `systemctl thaw`), or choose another "
		    "cgroupsPath");
}

int op_cgroup(struct walker *w, const struct step *step)
{
	const struct step_cgroup *c = &step->cgroup;
	int err = cgroup_make(c->mount, c->path, c->controllers, c->cpuset);

	if (!err && c->freezer)
		err = check_thawed(c->mount, c->path);
	if (err)
		return err;
	if (c->adopt)
		return adopt(w, c);
	return open_cgroup(w, c, c->path);
}

/* Finds the cgroup of a process: in cgroup2 if `unified`, else in the v1 hierarchy
 * name=systemd. */
static int find_place(pid_t pid, bool unified, char *place, size_t size)
{
	static char text[256 * 1024]; /* a dozen hierarchies; paths may exceed PATH_MAX */
	char path[32];
	const char *line = unified ? "0::/" : ":name=systemd:/";

	snprintf(path, sizeof path, "%d/cgroup", pid);
	auto_fd int fd = proc_open(path, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : io_read(fd, text, sizeof text);
	/* Only match at the beginning of a line, since a v1 cgroup may have any name. */
	const char *own = length > 0 ? text : NULL;
	while (own && strncmp(own + (unified ? 0 : strspn(own, "0123456789")), line, strlen(line)))
		own = (own = strchr(own, '\n')) ? own + 1 : NULL;
	if (!own)
		return fail(EIO, NULL, "can't find the cgroup of process %d", pid);
	own = strchr(own, '/');
	if (!own)
		return fail(EIO, NULL, "can't find the cgroup of process %d", pid);
	snprintf(place, size, "%.*s", (int)strcspn(own, "\n"), own);
	return 0;
}

/* Checks that systemd has put the process into the expected cgroup. */
static int check_place(pid_t pid, bool unified, const char *scope)
{
	char place[PATH_MAX];
	int err = find_place(pid, unified, place, sizeof place);

	if (!err && strcmp(place, scope))
		err = fail(EINVAL, NULL, "systemd has put the container into %s, not into %s",
			   place, scope);
	return err;
}

/* cgroups(7), "no internal processes" rule: a cgroup that has enabled controllers for its
 * children can't contain processes. */
static bool takes_processes(const char *mount, const char *path)
{
	char text[1024];
	auto_fd int directory = cgroup_look(mount, path);

	return directory >= 0 &&
	       cgroup_read(directory, "cgroup.subtree_control", text, sizeof text) <= 1;
}

int op_find_cgroup(struct walker *w, const struct step *step)
{
	const struct step_cgroup *c = &step->cgroup;
	char place[PATH_MAX];
	const char *path = c->path;

	/* A service manager in the container may have moved all processes into a descendant
	 * cgroup. */
	if (step->allow & MAY_FOLLOW && !takes_processes(c->mount, path)) {
		int err = find_place(w->slot[SLOT_INIT_PID], true, place, sizeof place);
		if (!err && sys_pidfd_send_signal(w->slot[SLOT_INIT], 0))
			err = fail(0, NULL, "the container has ended");
		if (err)
			return err;
		size_t length = strlen(c->path);
		if (strncmp(place, c->path, length) || place[length] != '/')
			return fail(EBUSY, NULL,
				    "the cgroup %s can't contain processes, and init is in %s",
				    c->path, place);
		path = place;
	}
	return open_cgroup(w, c, path);
}

/* Moves the process from the scope, where systemd has put it, into the cgroup below, so that the
 * scope can enable controllers for its children. */
static int enter_below(const struct step_cgroup *c, pid_t pid)
{
	int err = cgroup_make(c->mount, c->path, NULL, false);
	auto_fd int directory = err ? err : put_into(c, pid);

	return directory < 0 ? directory : cgroup_make(c->mount, c->path, c->controllers, false);
}

int op_scope(struct walker *w, const struct step *step)
{
	const struct step_scope *s = &step->scope;
	const struct step_cgroup *c = &s->cgroup;
	char scope[PATH_MAX];

	snprintf(scope, sizeof scope, "%s", c->path);
	if (s->sub)
		*strrchr(scope, '/') = '\0';
	int err = systemd_start_scope(s->user, s->unit, &s->properties, w->parent->init);
	if (!err)
		err = check_place(w->parent->init, c->unified, scope);
	if (!err && s->sub)
		err = enter_below(c, w->parent->init);
	if (!err)
		err = check_thawed(c->mount, c->path);
	if (err || !c->directory)
		return err;
	int directory = w->slot[c->directory] = cgroup_directory(c->mount, c->path);
	return directory < 0 ? directory : 0;
}

int op_properties(struct walker *w, const struct step *step)
{
	(void)w;
	return systemd_set_properties(step->scope.user, step->scope.unit, &step->scope.properties);
}

/* A file of the cgroup, or of the host, as one word for a message. */
static const char *content(int directory, const char *file, char *text, size_t size)
{
	auto_fd int fd = openat(directory, file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || io_read(fd, text, size) < 0)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

int limit_explain(int directory, const char *file, int err)
{
	char text[256];
	bool nodes = !strcmp(file, "cpuset.mems");

	if (err == -ENOENT) {
		(void)coded(CODE_CONTROLLER);
		const char *why = cgroup_why_missing(directory, file, text, sizeof text);
		if (why)
			return hint("%s", why);
		return hint("this kernel does not support it here, the controller is not "
			    "delegated to you, or (v2) a cgroup above has processes");
	}
	if (err == -EINVAL && (!strncmp(file, "cpu.cfs_", 8) || !strcmp(file, "cpu.max")))
		return hint(
			"a period is from 1000 to 1000000 microseconds, a quota at least 1000, and "
			"neither above what the cgroup above has");
	if (!strncmp(file, "memory.", 7) && err == -EBUSY) {
		const char *use = content(directory, "memory.usage_in_bytes", text, sizeof text);
		use = use ? use : content(directory, "memory.current", text, sizeof text);
		(void)coded(CODE_MEMORY_IN_USE);
		return use ? hint("%s bytes are in use, which the kernel can't reclaim", use) : err;
	}
	if (!nodes && strcmp(file, "cpuset.cpus"))
		return err;
	const char *all = content(AT_FDCWD,
				  nodes ? "/sys/devices/system/node/online"
					: "/sys/devices/system/cpu/online",
				  text, sizeof text);
	(void)coded(CODE_PROCESSORS);
	return all ? hint("this machine has %s; the cgroup above may have fewer", all) : err;
}

int op_limit(struct walker *w, const struct step *step)
{
	const struct step_limit *l = &step->limit;
	int directory = w->slot[l->cgroup];
	auto_fd int file = l->again && w->slot[l->again] >= 0 ? take(&w->slot[l->again])
							      : cgroup_open(directory, l->file);
	int err = file < 0 ? file : cgroup_write(file, l->file, l->value);

	if (file >= 0 && l->keep)
		w->slot[l->keep] = take(&file);
	if (file == -ENOENT && l->other_file) {
		error_clear();
		err = cgroup_set(directory, l->other_file, l->other_value);
	}
	return err ? limit_explain(directory, l->file, err) : 0;
}

int op_devices(struct walker *w, const struct step *step)
{
	return cgroup_attach_devices(w->slot[step->devices.cgroup], step->devices.instruction,
				     step->devices.count);
}

int op_chown(struct walker *w, const struct step *step)
{
	return cgroup_delegate(w->slot[step->owner.cgroup], step->owner.uid);
}

int op_enter(struct walker *w, const struct step *step)
{
	const struct step_enter *e = &step->enter;

	bool inside = e->in_cgroup && w->slot[e->in_cgroup] > 0;
	if (!inside && write(w->slot[e->entry], "0", 1) != 1) {
		int err = w->plan->exec
				  ? fail(errno, "write", "the container's cgroup in %s", e->mount)
				  : fail(errno, "write", "the tasks of cgroup %s%s", e->mount,
					 e->path);
		/* cgroups(7), "domain invalid" */
		return err == -EOPNOTSUPP
			       ? hint("the cgroup above has processes of its own; move them "
				      "to a cgroup beside, or choose another cgroupsPath")
			       : err;
	}
	if (e->closes)
		io_close(&w->slot[e->entry]);
	return 0;
}
