/* SPDX-License-Identifier: Apache-2.0 */
/* undo.json: written once, before the first change to the system, and read by every command that
 * needs to know what belongs to the container. */
#include "container.h"

#include "base/error.h"
#include "base/io.h"
#include "libocispec/json.h"
#include "plan/record.h"

#include <errno.h>
#include <string.h>

int container_write_record(struct container *c, struct record *record)
{
	auto_pool pool = { 0 };

	record->version = (struct opt_u32){ STATE_VERSION, true };
	/* Replaced atomically, because delete cannot work with an incomplete record. */
	const char *text = json_print(&pool, &shape_record, record, JSON_OWN);
	return io_replace(c->fd, "undo.json", text, strlen(text));
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
