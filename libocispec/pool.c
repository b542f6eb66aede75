/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks are chained. A block is much larger than a typical document needs; untouched pages cost
 * nothing, because only allocated memory is cleared. A request larger than a block gets a block
 * of its own. */
#include "pool.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(name) 0
#endif

/* So many blocks are kept for later pools, whose pages the kernel need not give again. With
 * AddressSanitizer, which finds accesses to what was freed, none is. */
enum { KEPT = 8 };
#if defined __SANITIZE_ADDRESS__ || __has_feature(address_sanitizer)
enum { KEEPS = false };
#else
enum { KEEPS = true };
#endif
enum { BLOCK = 512 * 1024, ALIGN = 16 };

struct pool_block {
	struct pool_block *before;
	size_t used, size;
	_Alignas(ALIGN) char bytes[];
};

static _Thread_local struct pool_block *kept;
static _Thread_local unsigned kept_count;

static _Noreturn void out_of_memory(void)
{
	fputs("out of memory\n", stderr);
	exit(1);
}

static size_t aligned(size_t size)
{
	return (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static struct pool_block *new_block(size_t size)
{
	struct pool_block *block = kept;

	if (size <= BLOCK && block) {
		kept = block->before;
		kept_count--;
		return block;
	}
	size_t room = size > BLOCK ? size : BLOCK;
	block = malloc(sizeof *block + room);
	if (!block)
		out_of_memory();
	block->size = room;
	return block;
}

static void free_block(struct pool_block *block)
{
	if (KEEPS && block->size == BLOCK && kept_count < KEPT) {
		block->before = kept;
		kept = block;
		kept_count++;
	} else {
		free(block);
	}
}

void *pool_alloc(struct pool *pool, size_t size)
{
	struct pool_block *block = pool->last;

	if (size > PTRDIFF_MAX - BLOCK)
		out_of_memory();
	size = aligned(size);
	if (!block || block->size - block->used < size) {
		block = new_block(size);
		block->used = 0;
		block->before = pool->last;
		pool->last = block;
	}
	block->used += size;
	return memset(block->bytes + block->used - size, 0, size);
}

char *pool_copy(struct pool *pool, const void *bytes, size_t length)
{
	char *copy = pool_alloc(pool, length + 1);

	memcpy(copy, bytes, length);
	return copy;
}

void *pool_copy_of(struct pool *pool, const void *bytes, size_t size)
{
	void *copy = pool_alloc(pool, size);

	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

/* Formatted where it is to be, if there is room; formatting twice would take twice as long. */
char *pool_vtext(struct pool *pool, const char *format, va_list arguments)
{
	struct pool_block *block = pool->last;
	char *free_bytes = block ? block->bytes + block->used : NULL;
	size_t room = block ? block->size - block->used : 0;
	va_list again;

	va_copy(again, arguments);
	int length = vsnprintf(free_bytes, room, format, again);
	va_end(again);
	if (length < 0)
		out_of_memory();
	if ((size_t)length < room) {
		block->used += aligned((size_t)length + 1);
		return free_bytes;
	}
	char *text = pool_alloc(pool, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	return text;
}

char *pool_text(struct pool *pool, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *text = pool_vtext(pool, format, arguments);
	va_end(arguments);
	return text;
}

void *pool_grow(struct pool *pool, void *items, size_t count, size_t size)
{
	if (count & (count - 1) || (count == 0 && items))
		return items; /* not a power of two: there is room */

	size_t room = count ? 2 * count : 1;
	if (room > PTRDIFF_MAX / size)
		out_of_memory();
	void *larger = pool_alloc(pool, room * size);
	if (count)
		memcpy(larger, items, count * size);
	return larger;
}

void pool_free(struct pool *pool)
{
	while (pool->last) {
		struct pool_block *block = pool->last;
		pool->last = block->before;
		free_block(block);
	}
}
