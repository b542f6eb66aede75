/* SPDX-License-Identifier: Apache-2.0 */
/* text: growing strings, a hash, and sorting to remove duplicates from lists in O(n log n). */
#ifndef LIBOCISPEC_TEXT_H
#define LIBOCISPEC_TEXT_H

#include "pool.h"

#include <stddef.h>
#include <stdint.h>

/* A growing string. {pool} is an empty one; bytes is NULL until something is added. */
struct text {
	struct pool *pool;
	char *bytes;
	size_t used, room;
};
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_append(struct text *text, const char *bytes, size_t length);
const char *text_of(const struct text *text); /* "" for an empty one */

/* A 64-bit FNV-1a hash. The first call gets HASH_START, further calls the previous result. */
#define HASH_START 0xcbf29ce484222325
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size);
uint64_t text_hash(const char *text);

/* An entry of a list: its text, and where it was. */
struct entry {
	const char *text;
	size_t index;
};
/* Sorts by text, and by index where the text is equal; and restores the order by index. */
void entries_sort(struct entry *entry, size_t count);
void entries_restore_order(struct entry *entry, size_t count);

#endif
