/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool: a bump allocator. A document lives and dies whole: everything that belongs to it comes from
 * one pool, and pool_free() ends it all. Nothing is freed on its own.
 *
 * Memory is zeroed and aligned for any type. There is no failure to handle: a process that can't
 * get the few kilobytes that a document needs can't do anything useful, so it says so and exits
 * with status 1.
 */
#ifndef LIBOCISPEC_POOL_H
#define LIBOCISPEC_POOL_H

#include <stdarg.h>
#include <stddef.h>

struct pool {
	struct pool_block *last; /* owned; {0} is an empty pool */
};

void *pool_alloc(struct pool *pool, size_t size);

/* A NUL-terminated copy of length bytes. */
char *pool_copy(struct pool *pool, const void *bytes, size_t length);

/* A copy of size bytes, aligned for any type. */
void *pool_copy_of(struct pool *pool, const void *bytes, size_t size);

char *pool_text(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *pool_vtext(struct pool *pool, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

/* The array at items, of count elements of size bytes, with room for one more: the same memory, or
 * a larger copy. Amortised linear: capacities are the powers of two. */
void *pool_grow(struct pool *pool, void *items, size_t count, size_t size);

/* Ends the pool's life; it is then empty and can be used again. */
void pool_free(struct pool *pool);

#define auto_pool __attribute__((cleanup(pool_free))) struct pool

#endif
