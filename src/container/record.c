/* SPDX-License-Identifier: Apache-2.0 */
/* undo.json: written once, before the first change to the system, and read by every command that
 * needs to know what belongs to the container. */
#include "container.h"

#include "base/error.h"
#include "base/io.h"
#include "libocispec/json.h"
#include "plan/record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int container_write_record(struct container *c, struct record *record)
{
	auto_pool pool = { 0 };

	record->version = (struct opt_u32){ STATE_VERSION, true };
	/* Replaced atomically, because delete cannot work with an incomplete record. */
	const char *text = json_print(&pool, &shape_record, record, JSON_OWN);
	c->status.recorded = (struct opt_u64){ strlen(text), true };
	return io_replace(c->fd, "undo.json", text, strlen(text));
}

int container_write_added(struct container *c, struct added *added)
{
	auto_pool pool = { 0 };
	int err = 0;

	added->version = (struct opt_u32){ STATE_VERSION, true };
	if (added->mounts.count || added->devices.count || added->ruled.value) {
		const char *text = json_print(&pool, &shape_added, added, JSON_OWN);
		err = io_replace(c->fd, "added.json", text, strlen(text));
	} else if (unlinkat(c->fd, "added.json", 0) && errno != ENOENT) {
		err = fail(errno, "unlinkat", "added.json");
	}
	return err ? also("the state of container \"%s\"", c->id) : 0;
}

static bool is_whole(const struct added *added)
{
	for (size_t i = 0; i < added->mounts.count; i++)
		if (!added->mounts.item[i].entry || !added->mounts.item[i].mount)
			return false;
	for (size_t i = 0; i < added->devices.count; i++)
		if (!added->devices.item[i].entry)
			return false;
	return true;
}

int container_read_added(struct container *c, struct added *added)
{
	struct json_error error = { .text = "an entry is not whole" };
	auto_free char *text = NULL;
	size_t length;

	*added = (struct added){ 0 };
	int err = container_read_file(c, "added.json", &text, &length);
	if (err == -ENOENT) {
		error_clear();
		return 0;
	}
	if (err)
		return err;
	if (json_parse_own(&c->pool, &shape_added, text, length, added, &error) || !is_whole(added))
		return fail_as(CODE_CONTAINER_BROKEN, 0, NULL,
			       "the state of container \"%s\" is damaged: added.json: %s", c->id,
			       error.text);
	return container_check_version(c, added->version.value);
}

const struct record *container_record(struct container *c)
{
	auto_free char *text = NULL;
	size_t length;
	struct json_error error;

	if (c->record)
		return c->record;
	struct record *record = pool_alloc(&c->pool, sizeof *record);
	int err = container_read_file(c, "undo.json", &text, &length);
	if (err && err != -ENOENT)
		return NULL;
	if (err && container_is_made(c)) {
		(void)fail_as(CODE_CONTAINER_BROKEN, 0, NULL,
			      "the record of container \"%s\" is missing", c->id);
		return NULL;
	}
	/* -ENOENT: only the directory has been created so far. Once written, the record does not
	 * change. */
	if (!err && json_parse_own(&c->pool, &shape_record, text, length, record, &error)) {
		(void)fail_as(CODE_CONTAINER_BROKEN, 0, NULL,
			      "the record of container \"%s\" is damaged: %s", c->id, error.text);
		return NULL;
	}
	if (container_check_version(c, record->version.value))
		return NULL;
	if (err)
		error_clear();
	return c->record = record;
}

bool container_has_record(struct container *c)
{
	struct stat st;

	return (c->status.recorded.set && !fstatat(c->fd, "undo.json", &st, AT_SYMLINK_NOFOLLOW) &&
		(uint64_t)st.st_size == c->status.recorded.value) ||
	       container_record(c);
}

bool container_has_own_pids(struct container *c)
{
	const struct record *record = container_record(c);

	return !record || !record->others_pids.value;
}

bool container_has_poststop(struct container *c)
{
	const struct record *record = container_record(c);

	return record && record->poststop.value;
}

const char *container_class(struct container *c)
{
	const struct record *record = container_record(c);

	return record && record->class && !record->class->foreign.value ? record->class->path
									: NULL;
}
