/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

#include "base/error.h"
#include "base/log.h"
#include "ops/op.h"

#include <errno.h>
#include <stdio.h>

/* By its identity, in the container's mount namespace: whatever is at that path by now. */
static int detach_one(const char *namespace, const struct recorded_mount *recorded)
{
	struct recorded_mount mount = *recorded;

	mount.namespace = namespace;
	return mount.id.value ? mount_detach(&mount) : MOUNT_IS_GONE;
}

/* What the command that adds it has not come to attach is not missed. */
static int remove_one(const struct container *c, const struct recorded_mount *mount,
		      const struct device *device, const char *path, bool missed)
{
	char namespace[48];

	snprintf(namespace, sizeof namespace, "/proc/%d/ns/mnt", c->status.state.pid.value);
	int err = !container_process_lives(&c->status) ? 0
		  : mount			       ? detach_one(namespace, mount)
						       : device_unlink(namespace, device);
	if (err == MOUNT_IS_GONE && missed)
		warning("%s is not in the container's mount namespace any more", path);
	return err == MOUNT_IS_GONE ? 0 : err;
}

struct removal {
	struct container *c;
	bool missed, failed;
	struct error first;
};

static bool is_removed(struct removal *r, const struct recorded_mount *mount,
		       const struct device *device, const char *path)
{
	if (!remove_one(r->c, mount, device, path, r->missed))
		return true;
	if (!r->failed)
		r->first = *error_last();
	r->failed = true;
	return false;
}

static int take_off(struct container *c, struct added *added, bool missed)
{
	struct removal r = { .c = c, .missed = missed };
	size_t mounts = added->mounts.count, devices = added->devices.count;

	for (size_t i = mounts; i-- > 0;) {
		struct added_mount *m = &added->mounts.item[i];
		if (!m->begun.value || !is_removed(&r, m->mount, NULL, m->mount->path))
			continue;
		mounts--;
		for (size_t k = i; k < mounts; k++)
			added->mounts.item[k] = added->mounts.item[k + 1];
	}
	for (size_t i = devices; i-- > 0;) {
		struct added_device *d = &added->devices.item[i];
		if (!d->begun.value || !is_removed(&r, d->mount, d->entry, d->entry->path))
			continue;
		devices--;
		for (size_t k = i; k < devices; k++)
			added->devices.item[k] = added->devices.item[k + 1];
	}
	added->mounts.count = mounts;
	added->devices.count = devices;
	int err = container_write_added(c, added);
	if (err || !r.failed)
		return err;
	*error_last() = r.first;
	return r.first.err ? -r.first.err : -EIO;
}

int live_take_off(struct container *c, struct added *added)
{
	return take_off(c, added, true);
}

static void mark(struct added *added, size_t mounts, size_t devices, bool begun)
{
	for (; mounts < added->mounts.count; mounts++)
		added->mounts.item[mounts].begun = (struct opt_bool){ begun, begun };
	for (; devices < added->devices.count; devices++)
		added->devices.item[devices].begun = (struct opt_bool){ begun, begun };
}

int live_keep(struct container *c, struct added *added, const struct added *older)
{
	mark(added, older->mounts.count, older->devices.count, false);
	int err = container_write_added(c, added);
	if (err) {
		struct error first = *error_last();
		mark(added, older->mounts.count, older->devices.count, true);
		(void)take_off(c, added, false);
		*error_last() = first;
	}
	return err;
}

int live_take_back(struct container *c, struct added *added)
{
	return take_off(c, added, false);
}

static bool is_begun(const struct added *added)
{
	bool any = false;

	for (size_t i = 0; i < added->mounts.count; i++)
		any |= added->mounts.item[i].begun.value;
	for (size_t i = 0; i < added->devices.count; i++)
		any |= added->devices.item[i].begun.value;
	return any;
}

int live_read(struct container *c, struct added *added)
{
	int err = container_read_added(c, added);

	return err || !is_begun(added) ? err : live_take_back(c, added);
}
