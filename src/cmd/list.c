/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/report.h"
#include "libocispec/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool quiet;
static const char *format;
static struct pool pool;
static struct state_list list;

static const struct option options[] = {
	FLAG("quiet", 'q', quiet, "ids only"),
	TEXT("format", 'f', format, "table|json", "how to print it"),
	END_OF_OPTIONS,
};

static int add(const char *id, void *context)
{
	auto_container c = NO_CONTAINER;

	(void)context;
	if (container_open(&c, state_root(), id)) {
		error_clear(); /* it was deleted meanwhile, or is damaged: the others are listed */
		return 0;
	}
	/* The strings live in the container's pool: copy by printing and parsing. */
	struct state state = c.status.state;
	struct json_error error;
	state.status.value = (int)status_of(&c);
	state.pid = (struct opt_i32){ state.status.value == OCI_STOPPED ? 0 : state.pid.value,
				      true };
	const char *text = json_print(&pool, &shape_state, &state, JSON_LINE);
	list.item = pool_grow(&pool, list.item, list.count, sizeof *list.item);
	list.count += !json_parse(&pool, &shape_state, text, strlen(text), &list.item[list.count],
				  &error);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct state *)a)->id, ((const struct state *)b)->id);
}

static int print_json(void)
{
	const char *text = "[";

	for (size_t i = 0; i < list.count; i++)
		text = pool_text(&pool, "%s%s%s", text, i ? "," : "",
				 json_print(&pool, &shape_state, &list.item[i], JSON_LINE));
	return print("%s]\n", text);
}

static int print_table(void)
{
	int err = print("%-25s %-9s %-9s %-40s %-31s %s\n", "ID", "PID", "STATUS", "BUNDLE",
			"CREATED", "OWNER");

	for (size_t i = 0; i < list.count && !err; i++) {
		const struct state *s = &list.item[i];
		err = print("%-25s %-9d %-9s %-40s %-31s %s\n", s->id, s->pid.value,
			    name_text(&status_names, s->status.value), s->bundle,
			    s->created ? s->created : "", s->owner ? s->owner : "");
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
		err = format && !strcmp(format, "json") ? print_json() : print_table();
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
