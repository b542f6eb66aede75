/* SPDX-License-Identifier: Apache-2.0 */
/* The printer: a struct, its shape, and a growing text. */
#include "json.h"
#include "names.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct printer {
	struct text text;
	enum json_style style;
	unsigned depth;
	bool first; /* nothing yet in the open container */
};

static void put(struct printer *p, const char *bytes, size_t length)
{
	text_append(&p->text, bytes, length);
}

static void puts_(struct printer *p, const char *text)
{
	put(p, text, strlen(text));
}

/* The number of bytes that can be printed unchanged: a whole UTF-8 sequence, or 0. */
static size_t sequence(const unsigned char *text)
{
	if (*text < 0x80)
		return *text >= 0x20 && *text != '"' && *text != '\\' && *text != 0x7f;
	size_t length = *text >= 0xf0 ? 4 : *text >= 0xe0 ? 3 : *text >= 0xc2 ? 2 : 0;
	if (*text == 0xc2 && text[1] < 0xa0)
		return 0; /* C1 control characters */
	if (*text > 0xf4 || (*text == 0xe0 && text[1] < 0xa0) ||
	    (*text == 0xed && text[1] > 0x9f) || (*text == 0xf0 && text[1] < 0x90) ||
	    (*text == 0xf4 && text[1] > 0x8f))
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

static void put_string(struct printer *p, const char *string)
{
	const unsigned char *text = (const unsigned char *)string;
	char escaped[8];

	put(p, "\"", 1);
	while (*text) {
		size_t plain = sequence(text);
		bool own = p->style == JSON_OWN && *text >= 0x80 &&
			   (!plain || (text[0] == 0xf4 && text[1] == 0x8f && text[2] >= 0xbc));
		if (own && !(plain == 0 && *text == 0xc2 && text[1] >= 0x80 && text[1] < 0xa0)) {
			const unsigned char as[] = { 0xf4, 0x8f, (unsigned char)(0xbc | *text >> 6),
						     (unsigned char)(0x80 | (*text & 0x3f)) };
			put(p, (const char *)as, sizeof as);
			text++;
			continue;
		}
		if (plain) {
			put(p, (const char *)text, plain);
			text += plain;
			continue;
		}
		if (*text == '"' || *text == '\\')
			snprintf(escaped, sizeof escaped, "\\%c", *text);
		else if (*text == '\n')
			strcpy(escaped, "\\n");
		else if (*text == '\t')
			strcpy(escaped, "\\t");
		else if (*text < 0x80)
			snprintf(escaped, sizeof escaped, "\\u%04x", *text);
		else if (*text == 0xc2 && text[1] >= 0x80 && text[1] < 0xa0)
			snprintf(escaped, sizeof escaped, "\\u%04x", *++text);
		else
			strcpy(escaped, "\\ufffd");
		puts_(p, escaped);
		text++;
	}
	put(p, "\"", 1);
}

static void separate(struct printer *p)
{
	if (!p->first)
		put(p, ",", 1);
	p->first = false;
	if (p->style == JSON_PRETTY) {
		put(p, "\n", 1);
		for (unsigned i = 0; i < p->depth; i++)
			put(p, "    ", 4);
	}
}

static void open_container(struct printer *p, const char *bracket)
{
	puts_(p, bracket);
	p->depth++;
	p->first = true;
}

static void close_container(struct printer *p, const char *bracket)
{
	bool empty = p->first;

	p->depth--;
	p->first = true; /* no comma before the bracket */
	if (!empty)
		separate(p);
	p->first = false;
	puts_(p, bracket);
}

static void put_key(struct printer *p, const char *key)
{
	separate(p);
	put_string(p, key);
	puts_(p, p->style == JSON_PRETTY ? ": " : ":");
}

static void put_object(struct printer *p, const struct shape *shape, const void *in);

static bool present(const struct row *row, const void *at)
{
	const void *pointer;

	switch (row->kind) {
	case KIND_BOOL:
		return ((const struct opt_bool *)at)->set;
	case KIND_I64:
		return ((const struct opt_i64 *)at)->set;
	case KIND_U64:
		return ((const struct opt_u64 *)at)->set;
	case KIND_I32:
		return ((const struct opt_i32 *)at)->set;
	case KIND_U32:
		return ((const struct opt_u32 *)at)->set;
	case KIND_U16:
		return ((const struct opt_u16 *)at)->set;
	case KIND_NAME:
		return ((const struct opt_name *)at)->set;
	case KIND_STRING:
	case KIND_STRINGS:
	case KIND_NUMBERS:
	case KIND_NAME_LIST:
	case KIND_STRING_MAP:
	case KIND_OBJECT:
	case KIND_OBJECTS:
	case KIND_OBJECT_MAP:
		memcpy(&pointer, at, sizeof pointer); /* the first member of lists and maps is a
						       * pointer */
		return pointer;
	}
	return false;
}

static void put_elements(struct printer *p, const struct row *row, const void *at)
{
	struct {
		char *item;
		size_t count;
	} list;

	memcpy(&list, at, sizeof list);
	for (size_t i = 0; i < list.count; i++) {
		if (row->kind == KIND_STRING_MAP) {
			const struct string_pair *pair = (const struct string_pair *)list.item + i;
			put_key(p, pair->key);
			put_string(p, pair->value);
		} else if (row->kind == KIND_OBJECT_MAP) {
			const char *key;
			memcpy(&key, list.item + i * row->item, sizeof key);
			put_key(p, key);
			put_object(p, row->shape, list.item + i * row->item + row->value);
		} else {
			separate(p);
			if (row->kind == KIND_STRINGS)
				put_string(p, ((const char **)list.item)[i]);
			else if (row->kind == KIND_NUMBERS)
				puts_(p, pool_text(p->text.pool, "%" PRIu32,
						   ((uint32_t *)list.item)[i]));
			else if (row->kind == KIND_NAME_LIST)
				put_string(p, name_text(row->names, ((int *)list.item)[i]));
			else
				put_object(p, row->shape, list.item + i * row->item);
		}
	}
}

static void put_value(struct printer *p, const struct row *row, const void *at)
{
	const void *pointer;

	switch (row->kind) {
	case KIND_BOOL:
		puts_(p, ((const struct opt_bool *)at)->value ? "true" : "false");
		break;
	case KIND_I64:
		text_add(&p->text, "%" PRId64, ((const struct opt_i64 *)at)->value);
		break;
	case KIND_U64:
		text_add(&p->text, "%" PRIu64, ((const struct opt_u64 *)at)->value);
		break;
	case KIND_I32:
		text_add(&p->text, "%" PRId32, ((const struct opt_i32 *)at)->value);
		break;
	case KIND_U32:
		text_add(&p->text, "%" PRIu32, ((const struct opt_u32 *)at)->value);
		break;
	case KIND_U16:
		text_add(&p->text, "%" PRIu16, ((const struct opt_u16 *)at)->value);
		break;
	case KIND_NAME:
		put_string(p, name_text(row->names, ((const struct opt_name *)at)->value));
		break;
	case KIND_STRING:
		memcpy(&pointer, at, sizeof pointer);
		put_string(p, pointer);
		break;
	case KIND_OBJECT:
		memcpy(&pointer, at, sizeof pointer);
		put_object(p, row->shape, pointer);
		break;
	case KIND_STRING_MAP:
	case KIND_OBJECT_MAP:
		open_container(p, "{");
		put_elements(p, row, at);
		close_container(p, "}");
		break;
	case KIND_STRINGS:
	case KIND_NUMBERS:
	case KIND_NAME_LIST:
	case KIND_OBJECTS:
		open_container(p, "[");
		put_elements(p, row, at);
		close_container(p, "]");
		break;
	}
}

static void put_object(struct printer *p, const struct shape *shape, const void *in)
{
	open_container(p, "{");
	for (size_t i = 0; i < shape->rows; i++) {
		const struct row *row = &shape->row[i];
		const void *at = (const char *)in + row->offset;
		if (!present(row, at))
			continue;
		put_key(p, row->name);
		put_value(p, row, at);
	}
	close_container(p, "}");
}

char *json_print(struct pool *pool, const struct shape *shape, const void *in,
		 enum json_style style)
{
	struct printer p = { .text = { .pool = pool }, .style = style };

	put_object(&p, shape, in);
	if (style == JSON_PRETTY)
		put(&p, "\n", 1);
	return p.text.bytes;
}

char *json_quote(struct pool *pool, const char *text)
{
	struct printer p = { .text = { .pool = pool } };

	put_string(&p, text);
	return p.text.bytes;
}
