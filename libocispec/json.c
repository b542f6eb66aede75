/* SPDX-License-Identifier: Apache-2.0 */
/* The parser: yajl reports tokens, and a stack with one frame per open container (object, list,
 * map or skipped value) determines what a token means. yajl does not report lone surrogates or
 * NUL characters in strings, so json_scan() looks for them in the raw text first. */
#include "json.h"

#include "kinds.h"
#include "names.h"
#include "near.h"
#include "position.h"
#include "scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

enum frame_kind { FRAME_OBJECT, FRAME_LIST, FRAME_MAP, FRAME_SKIP };

struct key {
	const char *text;
	size_t at; /* where it ends in the document */
};

struct frame {
	enum frame_kind kind;
	const struct shape *shape; /* FRAME_OBJECT */
	const struct row
		*row;  /* FRAME_OBJECT: of the current key, or NULL; LIST, MAP: of the container */
	void *base;    /* the struct; of a list or map: its struct any_list */
	uint64_t seen; /* FRAME_OBJECT: rows that had a value */
	struct key *key; /* all keys so far, in parser.scratch; the last is the current one */
	size_t keys, index;
	bool list; /* opened by '[', not '{': pointers use the index */
};

/* What struct strings, numbers, ... have in common. Read and written through memcpy: the item
 * pointers are of different types. */
struct any_list {
	void *item;
	size_t count;
};

struct parser {
	struct pool *pool;
	struct pool scratch; /* keys */
	const char *text;
	size_t length;
	yajl_handle yajl;
	bool own;	/* JSON_OWN */
	bool finishing; /* all text has been handed over: yajl counts from 0 again */
	size_t flaw;	/* offset of the first flaw that yajl would not see; length: none */
	const char *flaw_text;
	struct frame frame[JSON_DEPTH];
	unsigned depth;
	const struct shape *shape;
	void *out;
	struct json_error *error; /* the first one */
	bool failed;
	struct json_problems *problems; /* NULL: not wanted */
	bool all;			/* go on after an error */
};

/* Where a value goes. */
struct target {
	enum kind kind;
	const struct row *row; /* names, shape, item size */
	void *at;
	bool skip, bare; /* bare: an element of a list, without {value, set} around it */
};

static size_t consumed(const struct parser *p)
{
	return p->finishing ? p->length : yajl_get_bytes_consumed(p->yajl);
}

/* --- errors --- */

char *json_pointer(struct pool *pool, const char *pointer, const char *token)
{
	size_t length = strlen(pointer), more = strlen(token);
	char *joined = pool_alloc(pool, length + 2 * more + 2), *to = joined + length;

	memcpy(joined, pointer, length);
	*to++ = '/';
	for (; *token; token++) {
		if (*token == '~' || *token == '/') {
			*to++ = '~';
			*to++ = *token == '~' ? '0' : '1';
		} else {
			*to++ = *token;
		}
	}
	return joined;
}

static void locate(struct parser *p, size_t at, struct json_error *error)
{
	const char *pointer = "";
	for (unsigned i = 0; i < p->depth; i++) {
		const struct frame *f = &p->frame[i];
		if (f->list)
			pointer = pool_text(&p->scratch, "%s/%zu", pointer, f->index);
		else if (f->keys)
			pointer = json_pointer(&p->scratch, pointer, f->key[f->keys - 1].text);
	}
	size_t length = strlen(pointer), room = sizeof error->pointer;
	snprintf(error->pointer, room, "%s", length < room ? pointer : pointer + length - room + 1);

	position_at(p->text, at < p->length ? at : p->length, &error->line, &error->column);
}

static bool is_error(enum json_flaw flaw)
{
	return flaw < JSON_MISSPELT;
}

/* Records a flaw. Returns what tells yajl whether to go on. */
static int flaw(struct parser *p, enum json_flaw kind, const char *hint, size_t at,
		const char *format, ...) __attribute__((format(printf, 5, 6)));

static int flaw(struct parser *p, enum json_flaw kind, const char *hint, size_t at,
		const char *format, ...)
{
	bool first = is_error(kind) && !p->failed;
	bool goes_on = !is_error(kind) || (p->all && kind != JSON_SYNTAX);
	struct json_error e = { .flaw = kind };
	va_list arguments;

	p->failed |= first;
	if (!first && (!p->problems || p->problems->count == JSON_PROBLEMS))
		return goes_on;
	locate(p, at, &e);
	va_start(arguments, format);
	vsnprintf(e.text, sizeof e.text, format, arguments);
	va_end(arguments);
	snprintf(e.hint, sizeof e.hint, "%s", hint ? hint : "");
	if (first)
		*p->error = e;
	if (p->problems && p->problems->count < JSON_PROBLEMS) {
		struct json_problems *list = p->problems;
		list->item = pool_grow(p->pool, list->item, list->count, sizeof e);
		list->item[list->count++] = e;
	}
	return goes_on;
}

/* A syntax error, which ends the parsing: always 0. */
#define reject(p, ...) flaw(p, JSON_SYNTAX, NULL, __VA_ARGS__)

/* The start of the string or key whose closing quote has just been consumed. */
static size_t string_start(const struct parser *p)
{
	size_t at = consumed(p);
	for (at = at >= 2 ? at - 2 : 0; at > 0; at--) {
		size_t slashes = 0;
		while (slashes < at && p->text[at - 1 - slashes] == '\\')
			slashes++;
		if (p->text[at] == '"' && slashes % 2 == 0)
			break;
		at -= slashes;
		if (at == 0)
			break;
	}
	return at;
}

static bool flawed(struct parser *p)
{
	if (p->flaw >= p->length || consumed(p) <= p->flaw)
		return false;
	reject(p, p->flaw, "%s", p->flaw_text);
	return true;
}

/* --- targets --- */

static void *append(struct parser *p, const struct frame *f, size_t size)
{
	struct any_list list;

	memcpy(&list, f->base, sizeof list);
	list.item = pool_grow(p->pool, list.item, list.count, size);
	void *at = (char *)list.item + list.count++ * size;
	memcpy(f->base, &list, sizeof list);
	return at;
}

static struct target target(struct parser *p)
{
	if (p->depth == 0) {
		static const struct row document = { .kind = KIND_OBJECT };
		return (struct target){ KIND_OBJECT, &document, p->out, false, true };
	}

	struct frame *f = &p->frame[p->depth - 1];
	const char *key = f->keys ? f->key[f->keys - 1].text : NULL;
	const struct row *row = f->row;
	struct target t = { .row = row, .bare = true };

	switch (f->kind) {
	case FRAME_SKIP:
		t.skip = true;
		break;
	case FRAME_OBJECT:
		t.skip = !row;
		if (row) {
			t.kind = row->kind;
			t.at = (char *)f->base + row->offset;
			t.bare = false;
		}
		break;
	case FRAME_LIST:
		if (row->kind == KIND_STRINGS) {
			t.kind = KIND_STRING;
			t.at = append(p, f, sizeof(const char *));
		} else if (row->kind == KIND_NUMBERS) {
			t.kind = KIND_U32;
			t.at = append(p, f, sizeof(uint32_t));
		} else if (row->kind == KIND_NAME_LIST) {
			t.kind = KIND_NAME;
			t.at = append(p, f, sizeof(int));
		} else {
			t.kind = KIND_OBJECT;
			t.at = append(p, f, row->item);
		}
		break;
	case FRAME_MAP:
		if (row->kind == KIND_STRING_MAP) {
			struct string_pair *pair = append(p, f, sizeof *pair);
			pair->key = pool_copy(p->pool, key, strlen(key));
			t.kind = KIND_STRING;
			t.at = &pair->value;
		} else {
			char *item = append(p, f, row->item);
			key = pool_copy(p->pool, key, strlen(key));
			memcpy(item, &key, sizeof key); /* the first member: see shape.h */
			t.kind = KIND_OBJECT;
			t.at = item + row->value;
		}
		break;
	}
	return t;
}

/* A value has been placed. */
static void done(struct parser *p)
{
	if (p->depth == 0)
		return;
	struct frame *f = &p->frame[p->depth - 1];
	if (f->kind == FRAME_OBJECT && f->row)
		f->seen |= (uint64_t)1 << (f->row - f->shape->row);
	f->index++;
}

static void store_integer(const struct target *t, uint64_t bits)
{
	if (t->bare)
		*(uint32_t *)t->at = (uint32_t)bits;
	else if (t->kind == KIND_I64)
		*(struct opt_i64 *)t->at = (struct opt_i64){ (int64_t)bits, true };
	else if (t->kind == KIND_U64)
		*(struct opt_u64 *)t->at = (struct opt_u64){ bits, true };
	else if (t->kind == KIND_I32)
		*(struct opt_i32 *)t->at = (struct opt_i32){ (int32_t)(int64_t)bits, true };
	else if (t->kind == KIND_U32)
		*(struct opt_u32 *)t->at = (struct opt_u32){ (uint32_t)bits, true };
	else
		*(struct opt_u16 *)t->at = (struct opt_u16){ (uint16_t)bits, true };
}

/* Puts something neutral where a value has to be, so that whoever reads the result finds no hole:
 * "", 0, the first name, an object of the same. */
static void fill(struct parser *p, const struct target *t)
{
	const struct row *row = t->row;

	if (t->kind == KIND_STRING)
		*(const char **)t->at = "";
	else if (t->kind == KIND_NAME && t->bare)
		*(int *)t->at = 0;
	else if (t->kind == KIND_NAME)
		*(struct opt_name *)t->at = (struct opt_name){ 0, true };
	else if (is_integer(t->kind))
		store_integer(t, 0);
	if (t->kind != KIND_OBJECT || !row->shape)
		return;
	char *object = t->bare ? t->at : pool_alloc(p->pool, row->shape->size);
	if (!t->bare)
		*(void **)t->at = memset(object, 0, row->shape->size);
	for (size_t i = 0; i < row->shape->rows; i++) {
		const struct row *member = &row->shape->row[i];
		const struct target below = { member->kind, member, object + member->offset, false,
					      false };
		if (member->required)
			fill(p, &below);
	}
}

static void fill_hole(struct parser *p, const struct target *t)
{
	if (!p->problems || t->skip || !(t->bare || t->row->required))
		return;
	if (!p->depth) { /* the whole document */
		p->problems->usable = false;
		return;
	}
	fill(p, t);
	p->problems->item[p->problems->count - 1].filled = true;
}

/* The value is left out. */
static int mismatch(struct parser *p, const struct target *t, enum json_flaw kind, const char *hint,
		    size_t at, const char *found)
{
	int result = flaw(p, kind, hint ? hint : kind_hint(&p->scratch, t->kind, t->row), at,
			  "expected %s, found %s",
			  kind_words(&p->scratch, t->kind, t->row, kind != JSON_TYPE), found);

	fill_hole(p, t);
	if (result)
		done(p);
	return result;
}

/* --- yajl's callbacks: 1 to go on, 0 to stop --- */

static int on_null(void *context)
{
	struct parser *p = context;
	struct frame *f = p->depth ? &p->frame[p->depth - 1] : NULL;

	if (flawed(p))
		return 0;
	/* As in runtimes written in Go, a null is an absent member. In a list or map it is an
	 * error. */
	if (!f || f->kind == FRAME_LIST || f->kind == FRAME_MAP) {
		struct target t = target(p);
		return mismatch(p, &t, JSON_TYPE, NULL, consumed(p) - 4, "null");
	}
	f->index++;
	return 1;
}

static int on_boolean(void *context, int value)
{
	struct parser *p = context;

	if (flawed(p))
		return 0;
	struct target t = target(p);
	if (!t.skip) {
		if (t.kind != KIND_BOOL)
			return mismatch(p, &t, JSON_TYPE, NULL, consumed(p) - (value ? 4 : 5),
					value ? "true" : "false");
		*(struct opt_bool *)t.at = (struct opt_bool){ value, true };
	}
	done(p);
	return 1;
}

static bool parse_integer(const char *text, enum kind kind, uint64_t *bits)
{
	char *end;

	errno = 0;
	if (*text == '-') {
		long long value = strtoll(text, &end, 10);
		*bits = (uint64_t)value;
		return !errno && !*end && value >= integer_range[kind].low;
	}
	unsigned long long value = strtoull(text, &end, 10);
	*bits = value;
	return !errno && !*end && value <= integer_range[kind].high;
}

static int on_number(void *context, const char *digits, size_t length)
{
	struct parser *p = context;
	char text[32];
	uint64_t bits;

	if (flawed(p))
		return 0;
	struct target t = target(p);
	if (!t.skip) {
		size_t at = consumed(p) - (p->finishing ? 0 : length);
		snprintf(text, sizeof text, "%.*s", (int)(length < 31 ? length : 31), digits);
		if (!is_integer(t.kind))
			return mismatch(p, &t, JSON_TYPE, NULL, at, text);
		if (length >= sizeof text || !parse_integer(text, t.kind, &bits))
			return mismatch(p, &t, strpbrk(text, ".eE") ? JSON_TYPE : JSON_RANGE, NULL,
					at, length < sizeof text ? text : "a longer number");
		store_integer(&t, bits);
	}
	done(p);
	return 1;
}

static int unknown_name(struct parser *p, const struct target *t, const char *found)
{
	const struct names *names = t->row->names;
	struct nearest nearest = { .word = found };
	char known[160] = "", hint[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < names->count; i++) {
		if (!names->name[i])
			continue;
		nearest_try(&nearest, names->name[i]);
		if (used < sizeof known)
			used += (size_t)snprintf(known + used, sizeof known - used, "%s%s",
						 used ? ", " : "", names->name[i]);
	}
	if (used >= sizeof known)
		strcpy(known + sizeof known - 4, "...");
	if (nearest.best)
		snprintf(hint, sizeof hint, "did you mean \"%s\"?", nearest.best);
	int result = flaw(p, JSON_NAME, hint, string_start(p), "unknown %s \"%.40s\" (known: %s)",
			  names->what, found, known);
	fill_hole(p, t);
	if (result)
		done(p);
	return result;
}

/* Restores, in place, the bytes that are not UTF-8, which print.c encodes as U+10FF00 plus the
 * byte. */
static void restore_bytes(char *text)
{
	char *to = text;

	for (; *text; text++) {
		const unsigned char *c = (const unsigned char *)text;
		if (c[0] == 0xf4 && c[1] == 0x8f && c[2] >= 0xbc && c[3]) {
			*to++ = (char)((c[2] & 3) << 6 | (c[3] & 0x3f));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

static int on_string(void *context, const unsigned char *bytes, size_t length)
{
	struct parser *p = context;

	if (flawed(p))
		return 0;
	struct target t = target(p);
	if (!t.skip) {
		char *text = pool_copy(p->pool, bytes, length);
		if (p->own)
			restore_bytes(text);
		if (t.kind == KIND_STRING) {
			memcpy(t.at, &text, sizeof text);
		} else if (t.kind == KIND_NAME && !*text && !t.bare && !t.row->required) {
			/* Some engines write "" where others leave the member out. */
		} else if (t.kind == KIND_NAME) {
			int value = name_value(t.row->names, text);
			if (value < 0)
				return unknown_name(p, &t, text);
			if (t.bare)
				*(int *)t.at = value;
			else
				*(struct opt_name *)t.at = (struct opt_name){ value, true };
		} else {
			return mismatch(p, &t, JSON_TYPE,
					is_integer(t.kind) ? number_hint(&p->scratch, text) : NULL,
					string_start(p),
					pool_text(&p->scratch, "the string \"%.40s\"", text));
		}
	}
	done(p);
	return 1;
}

static bool is_list(enum kind kind)
{
	return kind == KIND_STRINGS || kind == KIND_NUMBERS || kind == KIND_NAME_LIST ||
	       kind == KIND_OBJECTS;
}

static bool is_map(enum kind kind)
{
	return kind == KIND_STRING_MAP || kind == KIND_OBJECT_MAP;
}

static int open_frame(struct parser *p, bool list)
{
	size_t at = consumed(p) - 1;
	const char *found = list ? "a list" : "an object";

	if (flawed(p))
		return 0;
	if (p->depth == JSON_DEPTH)
		return reject(p, at, "more than %d levels of objects and lists", JSON_DEPTH);

	struct target t = target(p);
	struct frame f = { .kind = FRAME_SKIP, .row = t.row, .base = t.at, .list = list };
	if (t.skip) {
		f.row = NULL;
	} else if (t.kind == KIND_OBJECT && !list) {
		f.kind = FRAME_OBJECT;
		f.shape = p->depth ? t.row->shape : p->shape;
		f.row = NULL;
		if (!t.bare) { /* a member is a pointer; the document and elements are in place */
			f.base = pool_alloc(p->pool, f.shape->size);
			memcpy(t.at, &f.base, sizeof f.base);
		}
	} else if (list ? is_list(t.kind) : is_map(t.kind)) {
		/* An empty list or map is not NULL; pool_grow() expects room for one element. */
		struct any_list empty = {
			pool_alloc(p->pool, t.row->item ? t.row->item : sizeof(struct string_pair)),
			0
		};
		memcpy(t.at, &empty, sizeof empty);
		f.kind = list ? FRAME_LIST : FRAME_MAP;
	} else {
		if (!flaw(p, JSON_TYPE, kind_hint(&p->scratch, t.kind, t.row), at,
			  "expected %s, found %s", kind_words(&p->scratch, t.kind, t.row, false),
			  found))
			return 0;
		fill_hole(p, &t);
		f = (struct frame){ .kind = FRAME_SKIP, .list = list };
	}
	p->frame[p->depth++] = f;
	return 1;
}

static int on_start_map(void *context)
{
	return open_frame(context, false);
}

static int on_start_array(void *context)
{
	return open_frame(context, true);
}

static void note_unknown(struct parser *p, const struct frame *f, const char *key)
{
	struct nearest nearest = { .word = key };
	const char *hint = NULL;

	for (size_t i = 0; i < f->shape->rows; i++)
		nearest_try(&nearest, f->shape->row[i].name);
	if (nearest.best)
		hint = pool_text(&p->scratch, "did you mean \"%s\"?", nearest.best);
	if (hint || p->all)
		(void)flaw(p, hint ? JSON_MISSPELT : JSON_UNKNOWN, hint, string_start(p),
			   "unknown member \"%.80s\": it has no effect", key);
}

static int on_key(void *context, const unsigned char *bytes, size_t length)
{
	struct parser *p = context;
	struct frame *f = &p->frame[p->depth - 1];

	if (flawed(p))
		return 0;
	f->key = pool_grow(&p->scratch, f->key, f->keys, sizeof *f->key);
	char *key = pool_copy(&p->scratch, bytes, length);
	if (p->own)
		restore_bytes(key);
	f->key[f->keys++] = (struct key){ key, consumed(p) };
	if (f->kind == FRAME_OBJECT) {
		f->row = NULL;
		for (size_t i = 0; i < f->shape->rows && !f->row; i++)
			if (!strcmp(f->shape->row[i].name, key))
				f->row = &f->shape->row[i];
		if (!f->row && p->problems)
			note_unknown(p, f, key);
	}
	return 1;
}

static int by_text(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* By sorting, because malicious input could make a hash table quadratic. */
static int refuse_duplicates(struct parser *p, struct frame *f)
{
	if (f->keys < 2)
		return 1;
	qsort(f->key, f->keys, sizeof *f->key, by_text);
	for (size_t i = 1; i < f->keys; i++) {
		if (strcmp(f->key[i - 1].text, f->key[i].text))
			continue;
		f->keys = i + 1; /* the pointer names this key */
		return flaw(p, JSON_NAME, "remove one of the two", f->key[i].at - 1,
			    "the key \"%.80s\" is given twice", f->key[i].text);
	}
	return 1;
}

static int on_end_map(void *context)
{
	struct parser *p = context;
	struct frame *f = &p->frame[p->depth - 1];

	if (flawed(p) || !refuse_duplicates(p, f))
		return 0;
	if (f->kind == FRAME_OBJECT) {
		for (size_t i = 0; i < f->shape->rows; i++) {
			if (!f->shape->row[i].required || f->seen >> i & 1)
				continue;
			p->depth--; /* the pointer names the object */
			const char *name = f->shape->row[i].name;
			int result = flaw(
				p, JSON_MISSING,
				pool_text(&p->scratch, "add \"%s\": %s", name,
					  !strcmp(name, "ociVersion") ? "\"1.3.0\"" : "..."),
				consumed(p) - 1, "the required member \"%s\" is missing", name);
			p->depth++;
			if (!result)
				return 0;
			const struct row *row = &f->shape->row[i];
			fill(p, &(struct target){ row->kind, row, (char *)f->base + row->offset,
						  false, false });
		}
	}
	p->depth--;
	done(p);
	return 1;
}

static int on_end_array(void *context)
{
	struct parser *p = context;

	if (flawed(p))
		return 0;
	p->depth--;
	done(p);
	return 1;
}

/* A comma before the closing bracket is what people forget most; the parser complains about what
 * follows it. Its offset, or `at`. */
static size_t last_comma(const struct parser *p, size_t at)
{
	size_t i = at < p->length ? at : p->length;

	while (i && strchr(" \t\r\n}]", p->text[i - 1]))
		i--;
	return i && i < at && p->text[i - 1] == ',' ? i - 1 : at;
}

static void refuse_syntax(struct parser *p)
{
	if ((p->failed && !p->all) || flawed(p))
		return;
	size_t at = consumed(p);
	unsigned char *said = yajl_get_error(p->yajl, 0, NULL, 0);
	const char *text = said ? (const char *)said : "parse error";
	/* "lexical error: invalid char in json text.\n" */
	size_t length = strcspn(text, "\n");
	if (length && text[length - 1] == '.')
		length--;
	size_t comma = last_comma(p, at);
	if (comma < at)
		flaw(p, JSON_SYNTAX, "remove the comma", comma,
		     "not JSON: a comma before a closing bracket");
	else
		reject(p, at, "not JSON: %.*s", (int)length, text);
	yajl_free_error(p->yajl, said);
}

static int parse(struct pool *pool, const struct shape *shape, const char *text, size_t length,
		 void *out, struct json_error *error, bool is_own, struct json_problems *problems,
		 bool all)
{
	static const yajl_callbacks callbacks = {
		on_null,      on_boolean, NULL,	      NULL,	      on_number,    on_string,
		on_start_map, on_key,	  on_end_map, on_start_array, on_end_array,
	};
	/* With its frames it takes 6 KiB, which is too much for the stack of an unsuspecting
	 * caller. */
	auto_pool own = { 0 };
	struct parser *p = pool_alloc(&own, sizeof *p);
	*p = (struct parser){ .pool = pool,
			      .text = text,
			      .length = length,
			      .shape = shape,
			      .out = out,
			      .own = is_own,
			      .error = error,
			      .problems = problems,
			      .all = all };

	memset(out, 0, shape->size);
	*error = (struct json_error){ .line = 1, .column = 1 };
	if (length > (is_own ? JSON_OWN_SIZE : JSON_SIZE))
		return reject(p, 0, "more than %d bytes", is_own ? JSON_OWN_SIZE : JSON_SIZE), -1;
	p->flaw = json_scan(text, length, &p->flaw_text);
	p->yajl = yajl_alloc(&callbacks, NULL, p);
	if (!p->yajl)
		return reject(p, 0, "out of memory"), -1;
	if (problems)
		problems->usable = true;
	yajl_status status = yajl_parse(p->yajl, (const unsigned char *)text, length);
	if (status == yajl_status_ok) {
		p->finishing = true;
		status = yajl_complete_parse(p->yajl);
	}
	if (status == yajl_status_error)
		refuse_syntax(p);
	if (status != yajl_status_ok && problems) /* nothing is known about the rest */
		problems->usable = false;
	yajl_free(p->yajl);
	pool_free(&p->scratch);
	return p->failed ? -1 : 0;
}

int json_parse(struct pool *pool, const struct shape *shape, const char *text, size_t length,
	       void *out, struct json_error *error)
{
	return parse(pool, shape, text, length, out, error, false, NULL, false);
}

int json_examine(struct pool *pool, const struct shape *shape, const char *text, size_t length,
		 void *out, struct json_error *error, bool all, struct json_problems *problems)
{
	*problems = (struct json_problems){ 0 };
	return parse(pool, shape, text, length, out, error, false, problems, all);
}

int json_parse_own(struct pool *pool, const struct shape *shape, const char *text, size_t length,
		   void *out, struct json_error *error)
{
	return parse(pool, shape, text, length, out, error, true, NULL, false);
}
