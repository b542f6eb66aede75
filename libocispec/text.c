/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include "shape.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void strings_add(struct pool *pool, struct strings *list, const char *text)
{
	list->item = pool_grow(pool, list->item, list->count, sizeof *list->item);
	list->item[list->count++] = text;
}

void text_append(struct text *t, const char *bytes, size_t length)
{
	if (t->room - t->used <= length) {
		size_t room = 2 * (t->room + length) + 256;
		char *larger = pool_alloc(t->pool, room);
		if (t->used)
			memcpy(larger, t->bytes, t->used);
		t->bytes = larger;
		t->room = room;
	}
	memcpy(t->bytes + t->used, bytes, length);
	t->used += length;
	t->bytes[t->used] = '\0';
}

void text_add(struct text *t, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	const char *more = pool_vtext(t->pool, format, arguments);
	va_end(arguments);
	text_append(t, more, strlen(more));
}

const char *text_of(const struct text *t)
{
	return t->bytes ? t->bytes : "";
}

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3;
	return hash;
}

uint64_t text_hash(const char *text)
{
	return hash_bytes(HASH_START, text, strlen(text));
}

static int by_index(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static int by_text(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order ? order : by_index(a, b);
}

void entries_sort(struct entry *entry, size_t count)
{
	qsort(entry, count, sizeof *entry, by_text);
}

void entries_restore_order(struct entry *entry, size_t count)
{
	qsort(entry, count, sizeof *entry, by_index);
}
