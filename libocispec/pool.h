/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool: a bump allocator. Everything that belongs to a document is allocated from one pool and
 * freed together by pool_free(). Nothing is freed individually.
 *
 * Memory is zeroed and aligned for any type. Allocation never fails: a process that cannot get
 * the few kilobytes that a document needs cannot do anything useful, so it prints an error and
 * exits with status 1.
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

/* Frees all memory of the pool, which is then empty and can be used again. */
void pool_free(struct pool *pool);

#define auto_pool __attribute__((cleanup(pool_free))) struct pool

#endif
