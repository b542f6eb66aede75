/* SPDX-License-Identifier: Apache-2.0 */
#include "kinds.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct integer_range integer_range[] = {
	[KIND_I64] = { INT64_MIN, INT64_MAX }, [KIND_U64] = { 0, UINT64_MAX },
	[KIND_I32] = { INT32_MIN, INT32_MAX }, [KIND_U32] = { 0, UINT32_MAX },
	[KIND_U16] = { 0, UINT16_MAX },
};

bool is_integer(enum kind kind)
{
	return kind >= KIND_I64 && kind <= KIND_U16;
}

const char *kind_words(struct pool *pool, enum kind kind, const struct row *row, bool with_range)
{
	switch (kind) {
	case KIND_STRING:
		return "a string";
	case KIND_BOOL:
		return "true or false";
	case KIND_I64:
	case KIND_U64:
	case KIND_I32:
	case KIND_U32:
	case KIND_U16:
		if (!with_range)
			return "an integer";
		return pool_text(pool, "an integer from %lld to %llu",
				 (long long)integer_range[kind].low,
				 (unsigned long long)integer_range[kind].high);
	case KIND_NAME:
		return pool_text(pool, "a %s (a string)", row->names->what);
	case KIND_STRINGS:
		return "a list of strings";
	case KIND_NUMBERS:
		return "a list of integers";
	case KIND_NAME_LIST:
		return pool_text(pool, "a list of %ss", row->names->what);
	case KIND_STRING_MAP:
		return "an object with string values";
	case KIND_OBJECT:
	case KIND_OBJECT_MAP:
		return "an object";
	case KIND_OBJECTS:
		return "a list of objects";
	}
	return "something else";
}

const char *kind_hint(struct pool *pool, enum kind kind, const struct row *row)
{
	struct text members = { .pool = pool };

	if (kind == KIND_STRINGS)
		return "write a list of strings: [\"...\", \"...\"]";
	if (is_integer(kind))
		return "write a whole number";
	if (kind != KIND_OBJECT || !row->shape)
		return NULL;
	for (size_t i = 0; i < row->shape->rows; i++)
		if (row->shape->row[i].required)
			text_add(&members, "%s\"%s\": ...", members.used ? ", " : "",
				 row->shape->row[i].name);
	return pool_text(pool, "write an object: {%s}", text_of(&members));
}

const char *number_hint(struct pool *pool, const char *text)
{
	static const char units[] = "kmgt";
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || number > UINT64_MAX >> 44)
		return NULL;
	const char *unit = *end ? strchr(units, *end | 0x20) : NULL;
	if (*end && (!unit || (end[1] && strcasecmp(end + 1, "b") && strcasecmp(end + 1, "ib"))))
		return NULL;
	return pool_text(pool, "write %llu, without quotes%s",
			 unit ? number << 10 * (unit - units + 1) : number,
			 unit ? " or a unit" : "");
}
