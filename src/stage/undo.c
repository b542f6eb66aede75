/* SPDX-License-Identifier: Apache-2.0 */
#include "undo.h"

#include "base/io.h"
#include "base/report.h"
#include "base/sys.h"
#include "cgroup/fs.h"
#include "cgroup/systemd.h"
#include "libocispec/json.h"
#include "ops/op.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

enum { DEATH = 10000 }; /* milliseconds that a killed process may take */

struct recorded_cgroup {
	const char *mount, *path;
	struct opt_bool unified;
	struct opt_bool shared; /* what is above is systemd's */
};
SHAPE(recorded_cgroup, ROW_REQUIRED(recorded_cgroup, "mount", mount),
      ROW_REQUIRED(recorded_cgroup, "path", path), ROW(recorded_cgroup, "unified", unified),
      ROW(recorded_cgroup, "shared", shared));

struct recorded_scope {
	const char *unit, *description;
	struct opt_bool user;
};
SHAPE(recorded_scope, ROW_REQUIRED(recorded_scope, "unit", unit),
      ROW_REQUIRED(recorded_scope, "description", description), ROW(recorded_scope, "user", user));

struct recorded_mount {
	const char *path, *namespace;
};
SHAPE(recorded_mount, ROW_REQUIRED(recorded_mount, "path", path),
      ROW(recorded_mount, "namespace", namespace));

struct recorded_class {
	const char *path, *monitor;
};
SHAPE(recorded_class, ROW_REQUIRED(recorded_class, "path", path),
      ROW(recorded_class, "monitor", monitor));

struct recorded_device {
	const char *name, *new_name;
};
SHAPE(recorded_device, ROW_REQUIRED(recorded_device, "name", name),
      ROW_REQUIRED(recorded_device, "newName", new_name));

struct recorded_devices {
	const char *namespace;
	struct {
		struct recorded_device *item;
		size_t count;
	} device;
};
SHAPE(recorded_devices, ROW_REQUIRED(recorded_devices, "namespace", namespace),
      ROW_OBJECTS(recorded_devices, "device", device, recorded_device));

struct record {
	struct recorded_devices *net_devices; /* in a namespace that outlives the container */
	struct strings hardware;	      /* as many as devices: their addresses */
	struct recorded_class *class;	      /* of service: resctrl */
	struct opt_bool foreign_class;	      /* it was there before */
	struct recorded_mount *mount;	      /* the root, where others see it */
	struct opt_u64 root;		      /* its number: mount_id() */
	struct recorded_scope *scope;	      /* systemd's, which is the cgroup */
	struct {
		struct recorded_cgroup *item;
		size_t count;
	} cgroups;
	struct opt_bool others_pids; /* no pid namespace of its own: its processes outlive init */
	struct opt_bool poststop;    /* the config has hooks for the end */
	struct numbers keep;	     /* as many as cgroups: how much of the path was there before */
};
SHAPE(record, ROW_OBJECT(record, "netDevices", net_devices, recorded_devices),
      ROW(record, "hardware", hardware), ROW_OBJECT(record, "class", class, recorded_class),
      ROW(record, "foreignClass", foreign_class),
      ROW_OBJECT(record, "mount", mount, recorded_mount), ROW(record, "root", root),
      ROW_OBJECT(record, "scope", scope, recorded_scope),
      ROW_OBJECTS(record, "cgroups", cgroups, recorded_cgroup), ROW(record, "poststop", poststop),
      ROW(record, "othersPids", others_pids), ROW(record, "keep", keep));

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
	if (!err && json_parse(&c->pool, &shape_record, text, length, read, &error))
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

	return !read_record(c, &record) && record->class && !record->foreign_class.value
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

static int kill_init(struct container *c)
{
	auto_fd int pidfd = container_pidfd(&c->status);
	struct pollfd fd = { pidfd, POLLIN, 0 };

	if (pidfd < 0)
		return 0; /* it has ended */
	if (sys_pidfd_send_signal(pidfd, SIGKILL) && errno != ESRCH)
		return fail(errno, "pidfd_send_signal", "container \"%s\"", c->id);
	/* v1's frozen processes do not even die. */
	if (undo_is_frozen(c) && undo_freeze(c, false))
		return -error_last()->err;
	if (poll(&fd, 1, DEATH) == 0)
		return fail(ETIMEDOUT, NULL, "container \"%s\" does not die", c->id);
	return 0;
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

/* Without processes a scope ends by itself: that systemd does not answer is no reason to leave anything. False: ours is
 * gone, and another's has its name, and so its cgroup. */
static bool end_scope(const struct record *record)
{
	const struct recorded_scope *s = record->scope;
	char line[2048];

	if (systemd_owner(s->user.value, s->unit, s->description) == 0)
		return false;
	error_clear();
	for (size_t i = 0; i < record->cgroups.count; i++)
		cgroup_kill(record->cgroups.item[i].mount, record->cgroups.item[i].path,
			    record->cgroups.item[i].unified.value);
	if (systemd_stop_scope(s->user.value, s->unit, s->description) < 0)
		warning("stopping %s: %s", s->unit, error_line(error_last(), line, sizeof line));
	error_clear();
	return true;
}

int undo(struct container *c)
{
	const struct record *record;
	int err = read_record(c, &record);

	if (!err)
		err = kill_init(c);
	if (!err && record->mount && record->root.value)
		err = mount_detach(record->mount->path, record->root.value,
				   record->mount->namespace);
	const struct recorded_devices *devices = record ? record->net_devices : NULL;
	for (size_t i = 0; !err && devices && i < devices->device.count; i++)
		err = netdev_return(devices->namespace, devices->device.item[i].new_name,
				    devices->device.item[i].name,
				    i < record->hardware.count ? record->hardware.item[i] : "");
	if (!err && record->class && record->class->monitor)
		err = rdt_remove(record->class->monitor);
	if (!err && record->class && !record->foreign_class.value)
		err = rdt_remove(record->class->path);
	bool ours = err || !record->scope || end_scope(record);
	for (size_t i = 0; ours && !err && i < record->cgroups.count; i++) {
		const struct recorded_cgroup *g = &record->cgroups.item[i];
		bool above = i < record->keep.count && !g->shared.value;
		err = cgroup_remove(g->mount, g->path, g->unified.value,
				    above ? record->keep.item[i] : (size_t)-1);
	}
	return err ? err : container_remove(c);
}
