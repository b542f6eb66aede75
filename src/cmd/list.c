/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/error.h"
#include "libocispec/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool quiet;
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

static int add(const char *id, void *context)
{
	auto_container c = NO_CONTAINER;

	(void)context;
	if (container_open(&c, state_root(), id)) {
		error_clear(); /* it was deleted meanwhile, or is damaged: the others are listed */
		return 0;
	}
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
	list.item = pool_grow(&pool, list.item, list.count, sizeof *list.item);
	list.item[list.count++] = row;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->id, ((const struct line *)b)->id);
}

static int print_json(void)
{
	int err = print("[");

	for (size_t i = 0; i < list.count && !err; i++)
		err = print("%s%s", i ? "," : "", list.item[i].json);
	return err ? err : print("]\n");
}

static int print_table(void)
{
	int err = print("%-25s %-9s %-9s %-40s %-31s %s\n", "ID", "PID", "STATUS", "BUNDLE",
			"CREATED", "OWNER");

	for (size_t i = 0; i < list.count && !err; i++) {
		const struct line *r = &list.item[i];
		err = print("%-25s %-9d %-9s %-40s %-31s %s\n", r->id, r->pid, r->status, r->bundle,
			    r->created, r->owner);
	}
	return err;
}

static int run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (format && strcmp(format, "table") && strcmp(format, "json"))
		return fail(0, NULL, "--format takes table or json, not \"%s\"", format);
	int err = container_each(state_root(), add, NULL);
	if (err && (err != -ENOENT || globals.root))
		return fail(-err, "opendir", "%s", state_root());
	if (list.count)
		qsort(list.item, list.count, sizeof *list.item, by_id);
	err = 0;
	if (quiet)
		for (size_t i = 0; i < list.count && !err; i++)
			err = print("%s\n", list.item[i].id);
	else
		err = is_json() ? print_json() : print_table();
	pool_free(&pool);
	return err;
}

const struct verb verb_list = {
	.name = "list",
	.arguments = "[OPTION...]",
	.summary = "list the containers",
	.options = options,
	.least = 0,
	.most = 0,
	.run = run,
};
