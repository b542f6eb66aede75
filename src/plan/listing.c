/* SPDX-License-Identifier: Apache-2.0 */
#include "listing.h"

#include "base/error.h"
#include "libocispec/text.h"

#include <inttypes.h>
#include <string.h>

enum {
	FOLD_LEAST = 3,
	PAIRS_MOST = 64,
	FOLD_SHOWN = 16,
	DETAIL_USUAL = 53,
	DETAIL_LEAST = 20,
	FROM_MOST = 34
};

static const struct {
	const char *name, *heading;
} phases[] = {
	{ "look", "look: what the host has is verified; nothing is touched" },
	{ "prepare", "prepare: on the host; taken back by delete, and after a failure" },
	{ "build", "build: in the container's namespaces; what is made ends with them" },
	{ "inside", "inside: below the container's root" },
	{ "start", "start: after `tare start`" },
	{ "exec", "exec: a process joins the container" },
	{ "add", "add: a process joins the container, attaches the mounts and ends" },
};
enum { LOOK, PREPARE, BUILD, BELOW, START, EXEC, ADD };

struct listing plan_listing(struct pool *pool, const struct plan *plan)
{
	struct listing all = { pool_alloc(pool, (plan->steps + 1) * sizeof *all.item),
			       plan->steps };
	char detail[4096];
	int phase = LOOK;

	for (size_t i = 0; i < plan->steps; i++) {
		const struct step *s = &plan->step[i];
		if (phase == LOOK && !(op_row(s->op)->traits & LOOKS))
			phase = plan->exec ? EXEC : plan->live ? ADD : PREPARE;
		step_describe(s, detail, sizeof detail);
		char *from = pool_text(pool, "%s", s->pointer);
		text_clean(from);
		all.item[i] = (struct shown){ .step = { i, true },
					      .phase = phases[phase].name,
					      .who = who_name(s->who),
					      .op = op_name(s->op),
					      .detail = pool_text(pool, "%s", detail),
					      .from = from };
		if (s->op == OP_CLONE && phase == PREPARE)
			phase = BUILD;
		if (s->op == OP_PIVOT)
			phase = BELOW;
		if (s->op == OP_AWAIT)
			phase = START;
	}
	return all;
}

const char *listing_json(struct pool *pool, const struct listing *listing)
{
	struct text t = { .pool = pool };

	text_append(&t, "[", 1);
	for (size_t i = 0; i < listing->count; i++) {
		const struct shown *s = &listing->item[i];
		const char *change = s->sign == '-'   ? "\"change\":\"removed\","
				     : s->sign == '+' ? "\"change\":\"added\","
						      : "";
		const char *line =
			pool_text(pool,
				  "%s\n{%s\"step\":%" PRIu64 ",\"phase\":%s,\"who\":%s,\"op\":%s,"
				  "\"detail\":%s,\"from\":%s}",
				  i ? "," : "", change, s->step.value, json_quote(pool, s->phase),
				  json_quote(pool, s->who), json_quote(pool, s->op),
				  json_quote(pool, s->detail), json_quote(pool, s->from));
		text_append(&t, line, strlen(line));
	}
	text_append(&t, "\n]\n", 3);
	return text_of(&t);
}

SHAPE(shown, ROW_REQUIRED(shown, "step", step), ROW_REQUIRED(shown, "phase", phase),
      ROW_REQUIRED(shown, "who", who), ROW_REQUIRED(shown, "op", op),
      ROW_REQUIRED(shown, "detail", detail), ROW_REQUIRED(shown, "from", from));

struct document {
	struct listing steps;
};
SHAPE(document, ROW_OBJECTS(document, "steps", steps, shown));

int listing_read(struct pool *pool, const char *text, struct listing *listing,
		 struct json_error *error)
{
	/* A shape describes an object. The line break keeps the columns in errors right. */
	const char *whole = pool_text(pool, "{\"steps\":\n%s}", text);
	struct document document = { 0 };

	if (json_parse(pool, &shape_document, whole, strlen(whole), &document, error)) {
		static const char wrapped[] = "/steps";
		size_t length = strlen(wrapped);
		error->line -= error->line > 1;
		if (!strncmp(error->pointer, wrapped, length))
			memmove(error->pointer, error->pointer + length,
				strlen(error->pointer + length) + 1);
		return -1;
	}
	*listing = document.steps;
	/* It may come from anywhere. */
	for (size_t i = 0; i < listing->count; i++) {
		struct shown *one = &listing->item[i];
		const char **texts[] = { &one->phase, &one->who, &one->op, &one->detail,
					 &one->from };
		for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
			char *clean = pool_text(pool, "%s", *texts[k]);
			text_clean(clean);
			*texts[k] = clean;
		}
	}
	return 0;
}

/* --- the table --- */

/* The length of a pointer without an index at its end: "/mounts/3" and "/mounts/4" are the
 * members of one list. */
static size_t pointer_base(const char *pointer)
{
	const char *last = strrchr(pointer, '/');

	return last && last[1] && strspn(last + 1, "0123456789") == strlen(last + 1)
		       ? (size_t)(last - pointer)
		       : strlen(pointer);
}

/* Whether two steps may share a line. What is mounted, and the programs that run, deserve lines
 * of their own. */
static bool is_alike(const struct shown *a, const struct shown *b)
{
	size_t base = pointer_base(a->from);

	return a->sign == b->sign && !strcmp(a->phase, b->phase) && !strcmp(a->who, b->who) &&
	       !strcmp(a->op, b->op) && strcmp(a->op, "mount") && strcmp(a->op, "hook") &&
	       strcmp(a->op, "clone") && pointer_base(b->from) == base &&
	       !strncmp(a->from, b->from, base);
}

/* How many steps, each `stride` after the last, may share the line of the first. */
static size_t run_length(const struct listing *l, size_t first, size_t stride, size_t most)
{
	size_t count = 1;

	while (count < most && first + count * stride < l->count &&
	       is_alike(&l->item[first], &l->item[first + count * stride]))
		count++;
	return count;
}

/* Whether what follows a cut is whole words. */
static bool is_edge(char c)
{
	return strchr("/ =.", c) != NULL;
}

/* "/sys/fs/cgroup/{cpu,memory}/box": what the details of the steps have in common is written
 * once. */
static const char *folded_detail(struct pool *pool, const struct shown *first, size_t count,
				 size_t stride)
{
	struct text t = { .pool = pool };
	const char *a = first->detail;
	size_t length = strlen(a), head = length, tail = length;
	bool same_lengths = true;

	for (size_t i = 1; i < count; i++) {
		const char *b = first[i * stride].detail;
		size_t other = strlen(b), same = 0;
		same_lengths &= other == length;
		while (same < head && a[same] == b[same] && b[same])
			same++;
		head = same;
		for (same = 0;
		     same < tail && same < other && a[length - 1 - same] == b[other - 1 - same];)
			same++;
		tail = same;
	}
	if (head == length && tail == length && same_lengths) /* all are the same */
		return pool_text(pool, "%s (%zu times)", a, count);
	while (head && !is_edge(a[head - 1]))
		head--;
	if (head + tail > length)
		tail = length - head;
	while (tail && !strchr("/ ", a[length - tail]))
		tail--;
	text_append(&t, a, head);
	for (size_t i = 0; i < count && i < FOLD_SHOWN; i++) {
		const char *b = first[i * stride].detail;
		size_t other = strlen(b), ends = head + tail > other ? other - head : tail;
		text_append(&t, i ? "," : "{", 1);
		text_append(&t, b + head, other - head - ends);
	}
	if (count > FOLD_SHOWN)
		text_add(&t, ",... %zu more", count - FOLD_SHOWN);
	text_append(&t, "}", 1);
	text_append(&t, a + length - tail, tail);
	return text_of(&t);
}

/* Cuts a text to a number of columns, between the characters of UTF-8. */
static const char *cut(struct pool *pool, const char *text, size_t columns)
{
	size_t shown = 0, end = 0;

	for (size_t i = 0; text[i]; i++) {
		shown += (text[i] & 0xc0) != 0x80;
		if (shown <= columns - 3)
			end = i + 1;
	}
	return shown <= columns ? text : pool_text(pool, "%.*s...", (int)end, text);
}

static size_t columns_of(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

struct columns {
	size_t number, detail; /* the widths; from: 0: any */
	size_t from;
};

static struct columns fit(const struct listing *l, const struct layout *layout)
{
	enum { BETWEEN = 2, WHO = 6, OP = 11 };
	struct columns c = { layout->full ? 4 : 7, DETAIL_USUAL, 0 };
	size_t longest = 4, fixed = c.number + WHO + OP + 4 * BETWEEN;

	if (!layout->width)
		return c;
	for (size_t i = 0; i < l->count; i++)
		longest = strlen(l->item[i].from) > longest ? strlen(l->item[i].from) : longest;
	c.from = longest < FROM_MOST ? longest : FROM_MOST;
	/* In a narrow terminal the details matter more. */
	while (c.from > DETAIL_LEAST && fixed + c.from + DETAIL_USUAL > layout->width)
		c.from--;
	c.detail = fixed + c.from + DETAIL_LEAST < layout->width ? layout->width - fixed - c.from
								 : DETAIL_LEAST;
	return c;
}

static const char *paint(const struct layout *layout, const char *what)
{
	static const char *const codes[][2] = {
		{ "parent", "\033[36m" }, { "stager", "\033[35m" }, { "init", "\033[32m" },
		{ "heading", "\033[1m" }, { "from", "\033[2m" },    { "-", "\033[31m" },
		{ "+", "\033[32m" },	  { "end", "\033[0m" },
	};

	for (size_t i = 0; layout->colour && i < sizeof codes / sizeof *codes; i++)
		if (!strcmp(codes[i][0], what))
			return codes[i][1];
	return "";
}

static void add_row(struct text *t, const struct layout *layout, const struct columns *c,
		    const struct shown *first, size_t count, size_t stride)
{
	const struct shown *last = first + (count - 1) * stride;
	const char sign[] = { first->sign, 0 };
	const char *number = pool_text(t->pool, "%" PRIu64, first->step.value), *from = first->from;
	const char *detail = count > 1 ? folded_detail(t->pool, first, count, stride)
				       : first->detail;

	if (count > 1)
		number = pool_text(t->pool, "%s-%" PRIu64, number, last->step.value);
	if (count > 1 && strcmp(from, last->from))
		from = pool_text(t->pool, "%.*s/%c", (int)pointer_base(from), from, '*');
	if (layout->width) {
		detail = cut(t->pool, detail, c->detail);
		from = cut(t->pool, from, c->from);
	}
	size_t used = columns_of(detail);
	text_add(t, "%s%s%*s%s  %s%-6s%s  %-11s  %s%*s  %s%s%s\n", paint(layout, sign), sign,
		 (int)c->number - (*sign != 0), number, *sign ? paint(layout, "end") : "",
		 paint(layout, first->who), first->who, paint(layout, "end"), first->op, detail,
		 used < c->detail ? (int)(c->detail - used) : 0, "", paint(layout, "from"), from,
		 paint(layout, "end"));
}

static const char *heading(const char *phase)
{
	for (size_t i = 0; i < sizeof phases / sizeof *phases; i++)
		if (!strcmp(phases[i].name, phase))
			return phases[i].heading;
	return phase;
}

const char *listing_text(struct pool *pool, const struct listing *l, const struct layout *layout)
{
	struct text t = { .pool = pool };
	const struct columns c = fit(l, layout);
	const char *phase = "";

	text_add(&t, "%*s  %-6s  %-11s  %-*s  %s\n", (int)c.number, "#", "who", "step",
		 (int)c.detail, "detail", "from");
	for (size_t i = 0; i < l->count;) {
		const struct shown *s = &l->item[i];
		if (strcmp(phase, s->phase))
			text_add(&t, "%s%s%s\n", paint(layout, "heading"), heading(s->phase),
				 paint(layout, "end"));
		phase = s->phase;
		size_t count = layout->full ? 1 : run_length(l, i, 1, l->count), pairs = 0;
		if (!layout->full && count < FOLD_LEAST && i + 1 < l->count) {
			/* One mount for each cgroup hierarchy: a tree and its move, alternately. */
			size_t one = run_length(l, i, 2, PAIRS_MOST),
			       other = run_length(l, i + 1, 2, PAIRS_MOST);
			pairs = one < other ? one : other;
		}
		if (pairs >= FOLD_LEAST && count == 1) {
			add_row(&t, layout, &c, s, pairs, 2);
			add_row(&t, layout, &c, s + 1, pairs, 2);
			i += 2 * pairs;
			continue;
		}
		if (count < FOLD_LEAST)
			count = 1;
		add_row(&t, layout, &c, s, count, 1);
		i += count;
	}
	return text_of(&t);
}
