/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two listings: all but a longest common subsequence of their steps. */
#include "listing.h"

#include <string.h>

/* Above this the table of lengths would take too much memory; all steps then count as changed. */
enum { CELLS_MOST = 32 << 20 };

static bool is_same(const struct shown *a, const struct shown *b)
{
	return !strcmp(a->detail, b->detail) && !strcmp(a->op, b->op) && !strcmp(a->who, b->who) &&
	       !strcmp(a->from, b->from) && !strcmp(a->phase, b->phase);
}

struct listing listing_difference(struct pool *pool, const struct listing *old,
				  const struct listing *new)
{
	size_t head = 0, rows = old->count, columns = new->count;
	const struct shown *a = old->item, *b = new->item;
	struct listing result = { pool_alloc(pool, (rows + columns + 1) * sizeof *result.item), 0 };

	while (head < rows && head < columns && is_same(&a[head], &b[head]))
		head++;
	while (rows > head && columns > head && is_same(&a[rows - 1], &b[columns - 1]))
		rows--, columns--;
	a += head;
	b += head;
	rows -= head;
	columns -= head;
	/* common[i][j]: the length for the steps from i on of the old, from j on of the new. */
	bool compared = rows < CELLS_MOST && columns < CELLS_MOST &&
			(rows + 1) * (columns + 1) < CELLS_MOST;
	size_t width = columns + 1;
	uint32_t *common = compared ? pool_alloc(pool, (rows + 1) * width * sizeof *common) : NULL;
	if (compared)
		memset(common, 0, (rows + 1) * width * sizeof *common);
	for (size_t i = rows; compared && i-- > 0;)
		for (size_t j = columns; j-- > 0;) {
			uint32_t down = common[(i + 1) * width + j],
				 right = common[i * width + j + 1];
			common[i * width + j] = is_same(&a[i], &b[j])
							? common[(i + 1) * width + j + 1] + 1
							: (down > right ? down : right);
		}
	for (size_t i = 0, j = 0; i < rows || j < columns;) {
		if (compared && i < rows && j < columns && is_same(&a[i], &b[j])) {
			i++;
			j++;
			continue;
		}
		bool removed = i < rows &&
			       (j == columns || !compared ||
				common[(i + 1) * width + j] >= common[i * width + j + 1]);
		struct shown *s = &result.item[result.count++];
		*s = removed ? a[i++] : b[j++];
		s->sign = removed ? '-' : '+';
	}
	return result;
}
