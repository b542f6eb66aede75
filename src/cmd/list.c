/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/error.h"
#include "base/log.h"
#include "libocispec/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool quiet, broken;
static const char *format;
static struct pool pool;
static struct {
	struct line {
		const char *id, *json;			       /* of --format json */
		const char *status, *bundle, *created, *owner; /* of the table */
		int pid;
	} * item;
	size_t count;
} list;

static const struct option options[] = {
	FLAG("quiet", 'q', quiet, "print only the ids"),
	TEXT("format", 'f', format, "table|json", "output format (default: table)"),
	END_OF_OPTIONS,
};

static bool is_json(void)
{
	return format && !strcmp(format, "json");
}

/* Copies a string, which is in the container's pool. In a table, control characters are replaced.
 */
static const char *copy(const char *text)
{
	char *copied = pool_copy(&pool, text ? text : "", text ? strlen(text) : 0);

	if (!is_json())
		text_clean(copied);
	return copied;
}

static void append(const struct line *row)
{
	list.item = pool_grow(&pool, list.item, list.count, sizeof *list.item);
	list.item[list.count++] = *row;
}

static void warn(void)
{
	char text[2048];
	const struct log_details details = { error_last()->code, NULL, error_cure(error_last()), -1,
					     0 };

	log_record(LOG_LEVEL_WARNING, &details, "%s", error_line(error_last(), text, sizeof text));
	error_clear();
}

static void add_broken(const char *id)
{
	struct line row = {
		.id = copy(id), .status = "broken", .bundle = "", .created = "", .owner = ""
	};

	row.json = pool_text(&pool, "{\"id\":%s,\"pid\":0,\"status\":\"broken\"}",
			     json_quote(&pool, id));
	append(&row);
	broken = true;
	warn();
}

static int add(int directory, const char *id, void *context)
{
	auto_container c = NO_CONTAINER;

	(void)context;
	int err = container_open_in(&c, directory, state_root(), id);
	if (err == -ENOENT) {
		error_clear(); /* it was deleted meanwhile */
		return 0;
	}
	if (err && !is_broken() && error_last()->code != CODE_CONTAINER_NEWER) {
		warn(); /* another user's, or none: the others are listed */
		return 0;
	}
	if (err || (!container_has_record(&c) && is_broken())) {
		add_broken(id);
		return 0;
	}
	error_clear();
	struct state state = c.status.state;
	state.status.value = (int)status_of(&c);
	state.pid = (struct opt_i32){ state.status.value == OCI_STOPPED ? 0 : state.pid.value,
				      true };
	struct line row = { .id = copy(id), .pid = state.pid.value };
	if (is_json()) {
		row.json = copy(json_print(&c.pool, &shape_state, &state, JSON_LINE));
	} else if (!quiet) {
		row.status = name_text(&status_names, state.status.value);
		row.bundle = copy(state.bundle);
		row.created = copy(state.created);
		row.owner = copy(state.owner);
	}
	append(&row);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->id, ((const struct line *)b)->id);
}

static int print_json(void)
{
	int err = print_part("[");

	for (size_t i = 0; i < list.count && !err; i++)
		err = print_part("%s%s", i ? "," : "", list.item[i].json);
	return err ? err : print_part("]\n");
}

static int widest(int width, const char *text)
{
	return (int)strlen(text) > width ? (int)strlen(text) : width;
}

static int print_table(void)
{
	int id = 2, bundle = 6; /* columns are as wide as what is in them */

	for (size_t i = 0; i < list.count; i++) {
		id = widest(id, list.item[i].id);
		bundle = widest(bundle, list.item[i].bundle);
	}
	int err = print_part("%-*s  %-9s %-9s %-*s  %-31s %s\n", id, "ID", "PID", "STATUS", bundle,
			     "BUNDLE", "CREATED", "OWNER");

	for (size_t i = 0; i < list.count && !err; i++) {
		const struct line *r = &list.item[i];
		err = print_part("%-*s  %-9d %-9s %-*s  %-31s %s\n", id, r->id, r->pid, r->status,
				 bundle, r->bundle, r->created, r->owner);
	}
	return err;
}

static int run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	int err = container_each(state_root(), add, NULL);
	if (err == -ENOENT && globals.root)
		return fail_as(CODE_STATE_DIRECTORY, ENOENT, "opendir", "%s", state_root());
	if (err && err != -ENOENT)
		return err;
	if (list.count)
		qsort(list.item, list.count, sizeof *list.item, by_id);
	err = 0;
	if (quiet)
		for (size_t i = 0; i < list.count && !err; i++)
			err = print_part("%s\n", list.item[i].id);
	else
		err = is_json() ? print_json() : print_table();
	if (!err)
		err = print_flush();
	pool_free(&pool);
	return err ? err : broken;
}

const struct verb verb_list = {
	.name = "list",
	.arguments = "[OPTION...]",
	.summary = "list the containers",
	.description = "Lists the containers in the state directory, sorted by id: pid (0: it has\n"
		       "stopped), status, bundle, time of creation, and who created it. A\n"
		       "container whose state is damaged has the status broken.",
	.examples = "  tare list\n"
		    "  tare list --quiet\n"
		    "  tare list --format json | jq '.[] | select(.status == \"running\").id'\n",
	.statuses = "0; 1 if a container is broken, or the state directory can't be read.",
	.options = options,
	.least = 0,
	.most = 0,
	.run = run,
};
