/* SPDX-License-Identifier: Apache-2.0 */
#include "undo.h"

#include "base/error.h"
#include "base/log.h"
#include "cgroup/fs.h"
#include "cgroup/members.h"
#include "cgroup/systemd.h"
#include "ops/op.h"
#include "plan/record.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

static int kill_init(struct container *c, const struct record *record)
{
	/* The kernel has killed what is in its pid namespace, but what is frozen does not die. */
	if (container_process_ends(&c->status))
		members_thaw(record);
	if (!container_process_lives(&c->status))
		return 0;
	int err = container_signal(&c->status, SIGKILL);
	if (err && err != -ESRCH)
		return also("container \"%s\"", c->id);
	if (!err && members_are_undying(record) && members_freeze(record, false))
		return -error_last()->err;
	error_clear();
	return container_await_end(c);
}

/* The command was killed before it knew the first process, which is in the cgroups or on the way
 * there, and must not go on making mounts while they are taken back. (Whose a scope is has yet to
 * be asked.) */
static int kill_unknown(const struct record *record)
{
	enum { TRIES = 10000 }; /* milliseconds */

	for (int i = 0; i < TRIES && members_remain(record); i++) {
		(void)members_kill(record);
		(void)poll(NULL, 0, 1);
	}
	error_clear();
	return members_remain(record) ? fail_as(CODE_CGROUP, ETIMEDOUT, NULL,
						"the processes in its cgroups do not end")
				      : 0;
}

/* A scope without processes ends by itself, some time later, so the cleanup continues even if
 * systemd does not answer. Returns false if our scope is gone and another one now has its name, and
 * so its cgroup. */
static bool end_scope(const struct record *record, bool kills)
{
	const struct recorded_scope *s = record->scope;
	char line[2048];

	if (systemd_owner(s->user.value, s->unit, s->description) == 0)
		return false;
	error_clear();
	if (kills)
		(void)members_kill(record); /* best effort */
	/* Twice: what has failed may have been a want of memory here. */
	int err = -1;
	for (int tries = 0; err < 0 && tries < 2; tries++)
		err = systemd_stop_scope(s->user.value, s->unit, s->description);
	if (err < 0)
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
	/* These processes were started after the container had ended. */
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

/* --- the parts: each handles what was not begun, half done, or done --- */

struct undoing {
	struct container *c;
	const struct record *record;
	enum undo_reason reason;
	bool kills;   /* processes left in its cgroups are killed */
	bool foreign; /* the scope, and so the cgroup, now belongs to something else */
};

/* Declared from the table, so that a part that is missing, or that belongs to no kind of step,
 * does not compile. */
#define DECLARE(symbol, name) static int undo_##name(struct undoing *u);
UNDO_PARTS(DECLARE)
#undef DECLARE

static int undo_process(struct undoing *u)
{
	if (u->c->status.state.pid.value <= 0)
		return u->kills && !u->record->scope ? kill_unknown(u->record) : 0;
	return kill_init(u->c, u->record);
}

static int undo_root(struct undoing *u)
{
	const struct recorded_mount *mount = u->record->mount;

	int err = mount && mount->id.value ? mount_detach(mount) : 0;

	return err == MOUNT_IS_GONE ? 0 : err;
}

/* config-linux.md, "Network Devices": devices stay in the namespace to which they were moved.
 * They are moved back only if the creation failed. */
static int undo_devices(struct undoing *u)
{
	return u->record->net_devices && u->reason == UNDO_CREATE
		       ? return_devices(u->record->net_devices)
		       : 0;
}

static int undo_class(struct undoing *u)
{
	const struct recorded_class *class = u->record->class;
	int err = class && class->monitor ? rdt_remove(class->monitor) : 0;

	return !err && class && !class->foreign.value ? rdt_remove(class->path) : err;
}

static int undo_scope(struct undoing *u)
{
	u->foreign = u->record->scope && !end_scope(u->record, u->kills);
	return 0;
}

static int undo_cgroups(struct undoing *u)
{
	int err = 0;

	for (size_t i = 0; !u->foreign && !err && i < u->record->cgroups.count; i++)
		err = remove_cgroup(&u->record->cgroups.item[i], u->kills);
	return err;
}

static int undo_state(struct undoing *u)
{
	if (u->record->others_pids.value && !u->record->cgroups.count && u->reason != UNDO_CREATE)
		warning("container \"%s\" had neither a cgroup nor a pid namespace of its own: "
			"other processes "
			"than its first one may still run",
			u->c->id);
	return container_remove(u->c);
}

int undo(struct container *c, enum undo_reason reason)
{
#define PART(symbol, name) [UNDO_##symbol] = undo_##name,
	static int (*const part[UNDO_NOTHING])(struct undoing *) = { UNDO_PARTS(PART) };
	struct undoing u = { .c = c, .record = container_record(c), .reason = reason };

	if (!u.record)
		return -EINVAL;
	u.kills = reason != UNDO_STOPPED || u.record->others_pids.value;
	for (int i = 0; i < UNDO_NOTHING; i++) {
		int err = part[i](&u);
		if (err)
			return err;
	}
	return 0;
}
