/* SPDX-License-Identifier: Apache-2.0 */
/* kinds: what json.c says of the kinds of values: their names, their ranges, and what to write
 * instead of a wrong one. Texts are in the pool, or constants. */
#ifndef LIBOCISPEC_KINDS_H
#define LIBOCISPEC_KINDS_H

#include "pool.h"
#include "shape.h"

extern const struct integer_range {
	int64_t low;
	uint64_t high;
} integer_range[]; /* by the kinds of integers */
bool is_integer(enum kind kind);

/* "an integer", with its range if it is the range that is wrong; row: of the member. */
const char *kind_words(struct pool *pool, enum kind kind, const struct row *row, bool with_range);
/* What to write for a value of the kind, as far as the shape tells; NULL: nothing can be said. */
const char *kind_hint(struct pool *pool, enum kind kind, const struct row *row);
/* What to write instead of a number in quotes, perhaps with a unit: "64M" is 67108864; or NULL. */
const char *number_hint(struct pool *pool, const char *text);

#endif
