/* SPDX-License-Identifier: Apache-2.0 */
#include "undo.h"

#include "base/io.h"
#include "base/report.h"
#include "base/sys.h"
#include "cgroup/fs.h"
#include "cgroup/systemd.h"
#include "libocispec/json.h"
#include "ops/op.h"
#include "plan/record.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

enum { DEATH = 10000, LOOK_AGAIN = 50 }; /* milliseconds that a killed process may take */

/* No record: nothing was done yet but the directory. Once written it does not change. */
static int read_record(struct container *c, const struct record **record)
{
	auto_free char *text = NULL;
	size_t length;
	struct json_error error;

	*record = c->record;
	if (*record)
		return 0;
	struct record *read = pool_alloc(&c->pool, sizeof *read);
	int err = container_read_file(c, "undo.json", &text, &length);
	if (err && err != -ENOENT)
		return err;
	if (!err && json_parse_own(&c->pool, &shape_record, text, length, read, &error))
		return fail(0, NULL, "the record of container \"%s\" is damaged: %s", c->id,
			    error.text);
	*record = c->record = read;
	return 0;
}

int undo_cgroup(struct container *c, const char *mount)
{
	const struct record *record;

	if (read_record(c, &record))
		return -1;
	for (size_t i = 0; i < record->cgroups.count; i++)
		if (!strcmp(record->cgroups.item[i].mount, mount))
			return cgroup_look(mount, record->cgroups.item[i].path);
	return -1;
}

int undo_cgroup_with(struct container *c, const char *file)
{
	const struct record *record;

	if (read_record(c, &record))
		return -1;
	for (size_t i = 0; i < record->cgroups.count; i++) {
		const struct recorded_cgroup *g = &record->cgroups.item[i];
		auto_fd int fd = cgroup_look(g->mount, g->path);
		if (fd >= 0 && cgroup_has(fd, file))
			return take(&fd);
	}
	return -1;
}

int undo_joining(struct container *c, struct joining *joining)
{
	const struct record *record;
	int err = read_record(c, &record);

	for (size_t i = 0; !err && i < record->cgroups.count && i < CGROUP_MAX; i++) {
		const struct recorded_cgroup *g = &record->cgroups.item[i];
		joining->cgroup[joining->cgroups++] = (struct joined_cgroup){ g->mount, g->path, "",
									      g->unified.value };
	}
	return err;
}

const char *undo_class(struct container *c)
{
	const struct record *record;

	return !read_record(c, &record) && record->class && !record->class->foreign.value
		       ? record->class->path
		       : NULL;
}

static const struct recorded_cgroup *freezer(struct container *c)
{
	const struct record *record;

	if (read_record(c, &record))
		return NULL;
	for (size_t i = 0; i < record->cgroups.count; i++)
		if (cgroup_has_freezer(record->cgroups.item[i].mount, record->cgroups.item[i].path))
			return &record->cgroups.item[i];
	return NULL;
}

int undo_freeze(struct container *c, bool frozen)
{
	const struct recorded_cgroup *g = freezer(c);

	return g ? cgroup_freeze(g->mount, g->path, frozen)
		 : fail(0, NULL, "container \"%s\" has no cgroup with a freezer", c->id);
}

bool undo_is_frozen(struct container *c)
{
	const struct recorded_cgroup *g = freezer(c);

	return g && cgroup_is_frozen(g->mount, g->path);
}

/* Its pidfd tells of the end of a process; where there is none to be had, /proc does. The first process of a pid namespace ends
 * only when all others of the namespace were reaped, and those of an exec have parents elsewhere, who may never do so: it is
 * as good as dead when it is about to end. */
static int await_end(struct container *c, int pidfd)
{
	struct pollfd fd = { pidfd, POLLIN, 0 };

	for (int waited = 0; waited < DEATH; waited += LOOK_AGAIN)
		if (poll(&fd, 1, LOOK_AGAIN) > 0 || !container_process_lives(&c->status))
			return 0;
	return fail(ETIMEDOUT, NULL, "container \"%s\" does not die", c->id);
}

static int kill_init(struct container *c)
{
	if (!container_process_lives(&c->status))
		return 0;
	auto_fd int pidfd = container_pidfd(&c->status);
	if (pidfd == -ESRCH)
		return 0; /* it has ended */
	if (pidfd >= 0 ? sys_pidfd_send_signal(pidfd, SIGKILL)
		       : kill(c->status.state.pid.value, SIGKILL))
		if (errno != ESRCH)
			return fail(errno, "kill", "container \"%s\"", c->id);
	/* v1's frozen processes do not even die. */
	if (undo_is_frozen(c) && undo_freeze(c, false))
		return -error_last()->err;
	return await_end(c, pidfd);
}

int undo_each_process(struct container *c, int (*each)(pid_t pid, void *context), void *context)
{
	const struct record *record;
	int err = read_record(c, &record);

	if (err || !record->cgroups.count)
		return err;
	/* One hierarchy is enough: a process is in all of them. */
	const struct recorded_cgroup *g = &record->cgroups.item[0];
	err = cgroup_each_process(g->mount, g->path, each, context);
	return err < 0 ? fail(-err, NULL, "the processes of container \"%s\"", c->id) : err;
}

bool undo_has_processes(struct container *c)
{
	const struct record *record;

	return !read_record(c, &record) && record->cgroups.count &&
	       cgroup_has_processes(record->cgroups.item[0].mount, record->cgroups.item[0].path);
}

int undo_kill_all(struct container *c)
{
	const struct record *record;
	int err = read_record(c, &record);

	const struct recorded_cgroup *g = err ? NULL : freezer(c);
	bool v1 = g && !g->unified.value;

	/* In v1 a process that forks may escape a walk, but not the freezer. */
	if (v1)
		(void)cgroup_freeze(g->mount, g->path, true); /* it does what it can */
	for (size_t i = 0; !err && i < record->cgroups.count; i++)
		cgroup_kill(record->cgroups.item[i].mount, record->cgroups.item[i].path,
			    record->cgroups.item[i].unified.value);
	if (v1) /* its frozen processes do not even die */
		cgroup_thaw_all(g->mount, g->path);
	if (!err)
		error_clear();
	return err;
}

bool undo_has_own_pids(struct container *c)
{
	const struct record *record;

	return read_record(c, &record) || !record->others_pids.value;
}

bool undo_has_poststop(struct container *c)
{
	const struct record *record;

	return !read_record(c, &record) && record->poststop.value;
}

bool undo_has_cgroup(struct container *c)
{
	const struct record *record;

	return !read_record(c, &record) && record->cgroups.count;
}

static void kill_rest(const struct record *record)
{
	for (size_t i = 0; i < record->cgroups.count; i++)
		cgroup_kill(record->cgroups.item[i].mount, record->cgroups.item[i].path,
			    record->cgroups.item[i].unified.value);
}

/* Without processes a scope ends by itself: that systemd does not answer is no reason to leave anything. False: ours is
 * gone, and another's has its name, and so its cgroup. */
static bool end_scope(const struct record *record, bool kills)
{
	const struct recorded_scope *s = record->scope;
	char line[2048];

	if (systemd_owner(s->user.value, s->unit, s->description) == 0)
		return false;
	error_clear();
	if (kills)
		kill_rest(record);
	if (systemd_stop_scope(s->user.value, s->unit, s->description) < 0)
		warning("stopping %s: %s", s->unit, error_line(error_last(), line, sizeof line));
	error_clear();
	return true;
}

static int remove_cgroup(const struct recorded_cgroup *g, bool kills)
{
	char line[2048];
	int err = cgroup_remove(g->mount, g->path, g->unified.value, kills,
				g->shared.value ? (size_t)-1 : g->keep.value);

	if (err != -EBUSY || kills)
		return err;
	/* What runs in there was started when the container had ended. */
	warning("%s: its processes are not the container's",
		error_line(error_last(), line, sizeof line));
	error_clear();
	return 0;
}

static int return_devices(const struct recorded_devices *devices)
{
	int err = 0;

	for (size_t i = 0; !err && i < devices->device.count; i++) {
		const struct recorded_device *d = &devices->device.item[i];
		err = netdev_return(devices->namespace, d->new_name, d->name,
				    d->hardware ? d->hardware : "");
	}
	return err;
}

int undo(struct container *c, enum undo_reason reason)
{
	const struct record *record;
	int err = read_record(c, &record);

	if (!err)
		err = kill_init(c);
	if (!err && record->mount && record->mount->id.value)
		err = mount_detach(record->mount);
	/* config-linux.md, "Network Devices": what a namespace has got stays in it. But a container that never was has got
	 * nothing. */
	if (!err && record->net_devices && reason == UNDO_CREATE)
		err = return_devices(record->net_devices);
	if (!err && record->class && record->class->monitor)
		err = rdt_remove(record->class->monitor);
	if (!err && record->class && !record->class->foreign.value)
		err = rdt_remove(record->class->path);
	bool kills = !err && (reason != UNDO_STOPPED || record->others_pids.value);
	bool ours = err || !record->scope || end_scope(record, kills);
	for (size_t i = 0; ours && !err && i < record->cgroups.count; i++)
		err = remove_cgroup(&record->cgroups.item[i], kills);
	if (!err && record->others_pids.value && !record->cgroups.count && reason != UNDO_CREATE)
		warning("container \"%s\" had neither a cgroup nor a pid namespace of its own: "
			"other processes "
			"of it than the first may still run",
			c->id);
	return err ? err : container_remove(c);
}
