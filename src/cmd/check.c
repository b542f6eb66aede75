/* SPDX-License-Identifier: Apache-2.0 */
/* Says everything that is wrong with a bundle on this host, and creates nothing. */
#include "cmd.h"

#include "base/error.h"
#include "libocispec/position.h"
#include "plan/paths.h"
#include "libocispec/text.h"
#include "look.h"
#include "seccomp/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *bundle_path, *config_file, *host_file;
static bool json, strict;

static const struct option options[] = {
	TEXT("bundle", 'b', bundle_path, "DIR", "the bundle (default: the current directory)"),
	TEXT("config", 'f', config_file, "FILE", "read FILE instead of the bundle's config.json"),
	TEXT("host", 0, host_file, "FILE",
	     "check for another machine, whose facts `tare plan --print-host` has printed"),
	FLAG("json", 0, json, "print the findings as a JSON list"),
	FLAG("strict", 0, strict, "take misspelt members for errors"),
	END_OF_OPTIONS,
};

enum { OK = 0, PROBLEMS = 1, UNREADABLE = 2 };

/* Errors in the document itself. */
static struct json_problems check_document(struct bundle *bundle, struct findings *all)
{
	struct json_problems problems;
	struct json_error error;

	(void)json_examine(&bundle->pool, &shape_config, bundle->text, bundle->length,
			   &bundle->config, &error, true, &problems);
	for (size_t i = 0; i < problems.count; i++) {
		struct finding finding = json_finding(&bundle->pool, &problems.item[i]);
		if (strict && finding.severity == SEVERITY_WARNING)
			finding.severity = SEVERITY_ERROR;
		finding_add(&bundle->pool, all, &finding);
	}
	return problems;
}

/* Whether the finding only follows from an error in the document: it is about the member that is
 * wrong, or about the object in which a placeholder stands for that member. */
static bool is_consequence(struct pool *pool, const struct json_problems *problems,
			   const struct finding *finding)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct json_error *e = &problems->item[i];
		const char *last = strrchr(e->pointer, '/'), *quote = strchr(e->text, '"');
		const char *object = "", *member = e->pointer;
		if (e->flaw >= JSON_MISSPELT)
			continue;
		if (e->flaw == JSON_MISSING && quote) { /* the pointer is the object's */
			object = e->pointer;
			member = pool_text(pool, "%s/%.*s", object, (int)strcspn(quote + 1, "\""),
					   quote + 1);
		} else if (e->filled && last) {
			object = pool_copy(pool, e->pointer, (size_t)(last - e->pointer));
		}
		if ((*member && path_below(finding->pointer, member)) ||
		    (*object && !strcmp(finding->pointer, object)))
			return true;
	}
	return false;
}

/* Adds what does not only follow from the errors in the document. */
static void add_others(struct pool *pool, struct findings *all, const struct findings *found,
		       const struct json_problems *problems)
{
	for (size_t i = 0; i < found->count; i++)
		if (!is_consequence(pool, problems, &found->item[i]))
			finding_add(pool, all, &found->item[i]);
}

/* What the planner finds. */
static int check_plan(struct bundle *bundle, struct plan *plan,
		      const struct json_problems *problems, struct findings *all)
{
	struct pool *pool = &bundle->pool;
	struct host host;
	struct filter filter;
	int err = read_host(pool, host_file, &host);

	if (err)
		return err;
	if (!host_file)
		host_probe_limits(pool, &host, bundle->config.process);
	const struct request request = plan_request(pool, bundle);
	filter_make(pool, &bundle->config, &filter);
	const struct inputs inputs = {
		.config = &bundle->config, .request = &request, .host = &host, .filter = &filter
	};
	(void)plan_make(plan, &inputs);
	error_clear(); /* its refusals are findings */
	add_others(pool, all, &plan->findings, problems);
	return 0;
}

struct placed {
	const struct finding *finding;
	unsigned line, column;
};

static int by_place(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return (x->finding > y->finding) - (x->finding < y->finding);
}

/* The same may be found twice, from the document and from its files. */
static bool is_repeated(const struct placed *p, size_t i)
{
	return i && p[i].finding->code == p[i - 1].finding->code &&
	       !strcmp(p[i].finding->pointer, p[i - 1].finding->pointer) &&
	       !strcmp(p[i].finding->text, p[i - 1].finding->text);
}

static void add_json(struct text *t, const struct bundle *bundle, const struct placed *p)
{
	struct pool *pool = t->pool;
	const struct finding *f = p->finding;

	text_add(t,
		 "\n{\"file\":%s,\"line\":%u,\"column\":%u,\"pointer\":%s,\"severity\":\"%s\","
		 "\"code\":\"%s\",\"text\":%s,\"cure\":%s}",
		 json_quote(pool, bundle->file), p->line, p->column, json_quote(pool, f->pointer),
		 severity_name(f->severity), code_name(f->code), json_quote(pool, f->text),
		 json_quote(pool, finding_cure(f)));
}

static void add_words(struct text *t, const struct bundle *bundle, const struct placed *p)
{
	const struct finding *f = p->finding;
	static const enum colour colours[] = { COLOUR_BAD, COLOUR_DOUBTFUL, COLOUR_GOOD };
	char *place = pool_text(t->pool, "%s:%u:%u:", bundle->file, p->line, p->column);
	char *rest = pool_text(t->pool, "%s%s%s [%s]", f->pointer, *f->pointer ? ": " : "", f->text,
			       code_name(f->code));

	text_clean(place);
	text_clean(rest);
	text_add(t, "%s %s%s%s: %s\n    %s\n", place, colour(colours[f->severity]),
		 severity_name(f->severity), colour(COLOUR_OFF), rest, finding_cure(f));
}

static int report(struct bundle *bundle, const struct findings *all)
{
	struct pool *pool = &bundle->pool;
	struct text t = { .pool = pool };
	struct placed *p = pool_alloc(pool, (all->count + 1) * sizeof *p);
	unsigned count[3] = { 0 };

	for (size_t i = 0; i < all->count; i++) {
		p[i].finding = &all->item[i];
		position_of(bundle->text, bundle->length, p[i].finding->pointer, &p[i].line,
			    &p[i].column);
	}
	qsort(p, all->count, sizeof *p, by_place);
	for (size_t i = 0; i < all->count; i++) {
		if (is_repeated(p, i))
			continue;
		if (json && count[0] + count[1] + count[2])
			text_append(&t, ",", 1);
		count[p[i].finding->severity]++;
		if (json)
			add_json(&t, bundle, &p[i]);
		else
			add_words(&t, bundle, &p[i]);
	}
	int err = json ? print("[%s\n]\n", t.used ? t.bytes : "")
		       : print("%s%u error%s, %u warning%s, %u note%s\n", t.used ? t.bytes : "",
			       count[0], count[0] == 1 ? "" : "s", count[1],
			       count[1] == 1 ? "" : "s", count[2], count[2] == 1 ? "" : "s");
	return err ? err : count[SEVERITY_ERROR] ? PROBLEMS : OK;
}

static int run(int argc, char **argv)
{
	auto_bundle bundle = { 0 };
	auto_plan plan = { 0 }; /* which the findings point into */
	struct findings all = { 0 };
	int err = bundle_read(&bundle,
			      argc	    ? argv[0]
			      : bundle_path ? bundle_path
					    : ".",
			      config_file);

	if (err)
		return err;
	const struct json_problems problems = check_document(&bundle, &all);
	if (problems.usable)
		err = check_plan(&bundle, &plan, &problems, &all);
	if (!err && problems.usable && !host_file) {
		struct findings seen = { 0 };
		look(&bundle, &seen);
		add_others(&bundle.pool, &all, &seen, &problems);
	}
	return err ? err : report(&bundle, &all);
}

const struct verb verb_check = {
	.name = "check",
	.arguments = "[OPTION...] [BUNDLE]",
	.summary = "say what is wrong with a bundle on this host, without creating anything",
	.options = options,
	.least = 0,
	.most = 1,
	.run = run,
	.failure = UNREADABLE,
	.statuses = "0 if nothing is wrong, or there are only warnings and notes; 1 if the\n"
		    "container could not be created or its program not be started; 2 if\n"
		    "config.json can't be read.",
	.description =
		"Checks config.json against the specification and against this host, and\n"
		"looks into the root filesystem, without leaving it, for the program, its\n"
		"interpreter, the user, the working directory and the places of mounts. It\n"
		"needs no privileges and creates nothing. Each finding has file, line and\n"
		"column, the JSON pointer of the member, a severity (error, warning, note),\n"
		"its code, and the cure.",
	.examples = "  tare check bundle/\n  tare check --json --strict --bundle bundle/ | jq .\n",
};
