/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape: maps a JSON object to a C struct. A shape is a table with one row per member; the same
 * table is used to parse (json_parse) and to print (json_print). The kind of a row is derived from
 * the C type of the member, so that the two always agree.
 *
 *	SHAPE(root,
 *	      ROW_REQUIRED(root, "path", path),
 *	      ROW(root, "readonly", readonly));
 *
 * defines `shape_root` for `struct root`. The C types that members may have:
 *
 *	const char *                       a string; NULL when absent
 *	struct opt_bool, opt_i64, ...      a scalar {value, set}
 *	struct opt_name                    one of a table of names (ROW_NAME)
 *	struct strings, numbers, name_list a list; item is NULL only when absent
 *	struct string_map                  an object with any keys and string values
 *	struct T *                         an object of shape T (ROW_OBJECT); NULL when absent
 *	struct { struct T *item; size_t count; }
 *	                                   a list of them (ROW_OBJECTS)
 *	struct { struct { const char *key; struct T value; } *item; size_t count; }
 *	                                   an object with any keys and values of shape T
 *	                                   (ROW_OBJECT_MAP)
 */
/* clang-format off */
#ifndef LIBOCISPEC_SHAPE_H
#define LIBOCISPEC_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct opt_bool {
	bool value, set;
};
struct opt_i64 {
	int64_t value;
	bool set;
};
struct opt_u64 {
	uint64_t value;
	bool set;
};
struct opt_i32 {
	int32_t value;
	bool set;
};
struct opt_u32 {
	uint32_t value;
	bool set;
};
struct opt_u16 {
	uint16_t value;
	bool set;
};
struct opt_name {
	int value;
	bool set;
};

struct strings {
	const char **item;
	size_t count;
};
struct pool;
void strings_add(struct pool *pool, struct strings *list, const char *text);
struct numbers {
	uint32_t *item;
	size_t count;
};
struct name_list {
	int *item;
	size_t count;
};
struct string_pair {
	const char *key, *value;
};
struct string_map {
	struct string_pair *item;
	size_t count;
};

/* The names of an enumeration: name[value]. */
struct names {
	const char *what; /* as in "expected a namespace type" */
	const char *const *name;
	size_t count;
};

enum kind {
	KIND_STRING,
	KIND_BOOL,
	KIND_I64,
	KIND_U64,
	KIND_I32,
	KIND_U32,
	KIND_U16,
	KIND_NAME,
	KIND_STRINGS,
	KIND_NUMBERS,
	KIND_NAME_LIST,
	KIND_STRING_MAP,
	KIND_OBJECT,
	KIND_OBJECTS,
	KIND_OBJECT_MAP,
};

struct row {
	const char *name;
	enum kind kind;
	bool required;
	size_t offset;
	const struct names *names; /* of KIND_NAME and KIND_NAME_LIST */
	const struct shape *shape; /* of KIND_OBJECT, KIND_OBJECTS and KIND_OBJECT_MAP */
	size_t item;		   /* size of one element of KIND_OBJECTS and KIND_OBJECT_MAP */
	size_t value;		   /* KIND_OBJECT_MAP: offset of the value in an element */
};

struct shape {
	const char *title;
	size_t size;
	size_t rows; /* 64 at most: the parser keeps a bit mask of the members seen */
	const struct row *row;
};

#define SHAPE_MEMBER(T, m) (((struct T *)0)->m)
#define SHAPE_KIND(T, m)                                                                           \
	_Generic(SHAPE_MEMBER(T, m),                                                               \
		const char *: KIND_STRING,                                                         \
		struct opt_bool: KIND_BOOL,                                                        \
		struct opt_i64: KIND_I64,                                                          \
		struct opt_u64: KIND_U64,                                                          \
		struct opt_i32: KIND_I32,                                                          \
		struct opt_u32: KIND_U32,                                                          \
		struct opt_u16: KIND_U16,                                                          \
		struct strings: KIND_STRINGS,                                                      \
		struct numbers: KIND_NUMBERS,                                                      \
		struct string_map: KIND_STRING_MAP)
#define SHAPE_NAME_KIND(T, m)                                                                      \
	_Generic(SHAPE_MEMBER(T, m), struct opt_name : KIND_NAME, struct name_list : KIND_NAME_LIST)

/* A static assertion that can stand in a constant expression: 0 where the types agree. */
#define SHAPE_SAME(a, b) (0 * sizeof(char[__builtin_types_compatible_p(a, b) ? 1 : -1]))

#define ROW_ANY(T, n, m, r)                                                                        \
	{                                                                                          \
		.name = n, .kind = SHAPE_KIND(T, m), .required = r,                                \
		.offset = offsetof(struct T, m)                                                    \
	}
#define ROW(T, n, m) ROW_ANY(T, n, m, false)
#define ROW_REQUIRED(T, n, m) ROW_ANY(T, n, m, true)
#define ROW_NAME_ANY(T, n, m, table, r)                                                            \
	{                                                                                          \
		.name = n, .kind = SHAPE_NAME_KIND(T, m), .required = r,                           \
		.offset = offsetof(struct T, m), .names = &table                                   \
	}
#define ROW_NAME(T, n, m, table) ROW_NAME_ANY(T, n, m, table, false)
#define ROW_NAME_REQUIRED(T, n, m, table) ROW_NAME_ANY(T, n, m, table, true)
#define ROW_OBJECT(T, n, m, S)                                                                     \
	{                                                                                          \
		.name = n, .kind = KIND_OBJECT, .shape = &shape_##S,                               \
		.offset = offsetof(struct T, m) +                                                  \
			  SHAPE_SAME(typeof(SHAPE_MEMBER(T, m)), struct S *)                       \
	}
#define ROW_OBJECTS(T, n, m, S)                                                                    \
	{                                                                                          \
		.name = n, .kind = KIND_OBJECTS, .shape = &shape_##S, .item = sizeof(struct S),    \
		.offset = offsetof(struct T, m) +                                                  \
			  SHAPE_SAME(typeof(SHAPE_MEMBER(T, m.item)), struct S *)                  \
	}
#define ROW_OBJECT_MAP(T, n, m, S)                                                                 \
	{                                                                                          \
		.name = n, .kind = KIND_OBJECT_MAP, .shape = &shape_##S,                           \
		.item = sizeof *SHAPE_MEMBER(T, m.item),                                           \
		.value = offsetof(typeof(*SHAPE_MEMBER(T, m.item)), value),                        \
		.offset = offsetof(struct T, m) +                                                  \
			  SHAPE_SAME(typeof(SHAPE_MEMBER(T, m.item)->value), struct S)             \
	}

#define SHAPE(T, ...)                                                                              \
	static const struct row rows_of_##T[] = { __VA_ARGS__ };                                   \
	_Static_assert(sizeof rows_of_##T / sizeof *rows_of_##T <= 64, "too many members");        \
	const struct shape shape_##T = { #T, sizeof(struct T),                                     \
					 sizeof rows_of_##T / sizeof *rows_of_##T, rows_of_##T }

#endif
