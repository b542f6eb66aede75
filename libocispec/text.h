/* SPDX-License-Identifier: Apache-2.0 */
/* text: texts that grow, and lists without repetitions, for a config of any size: n log n at worst.
 */
#ifndef LIBOCISPEC_TEXT_H
#define LIBOCISPEC_TEXT_H

#include "pool.h"

#include <stddef.h>
#include <stdint.h>

/* {pool} is an empty one; bytes are NULL until something was added. */
struct text {
	struct pool *pool;
	char *bytes;
	size_t used, room;
};
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_append(struct text *text, const char *bytes, size_t length);
const char *text_of(const struct text *text); /* "" for an empty one */

/* A number for bytes: FNV-1a, 64 bits. One that begins with HASH_START can be continued. */
#define HASH_START 0xcbf29ce484222325
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size);
uint64_t text_hash(const char *text);

/* An entry of a list: its text, and where it was. */
struct entry {
	const char *text;
	size_t index;
};
/* By text, the first of equal ones first; and back. */
void entries_sort(struct entry *entry, size_t count);
void entries_restore_order(struct entry *entry, size_t count);

#endif
