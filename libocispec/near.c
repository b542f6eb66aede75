/* SPDX-License-Identifier: Apache-2.0 */
#include "near.h"

#include <ctype.h>
#include <stddef.h>

enum { LONGEST = 40, MOST = 2 }; /* letters of a word; edits between near words */

/* Lower case, without the separators that one style of names has and another does not. */
static int plain(const char *word, char *out)
{
	int length = 0;

	for (; *word; word++) {
		if (*word == '_' || *word == '-' || *word == '.')
			continue;
		if (length == LONGEST)
			return -1;
		out[length++] = (char)tolower((unsigned char)*word);
	}
	return length;
}

static int least(int a, int b, int c)
{
	int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* The number of letters to insert, remove, replace or swap with their neighbour (optimal string
 * alignment); NOT_NEAR if there are more than MOST. */
static int edits(const char *a, int length_a, const char *b, int length_b)
{
	int row[3][LONGEST + 1];

	for (int k = 0; k <= length_b; k++)
		row[0][k] = k;
	for (int i = 1; i <= length_a; i++) {
		int *now = row[i % 3], *before = row[(i + 2) % 3], *second = row[(i + 1) % 3];
		int nearest = now[0] = i;
		for (int k = 1; k <= length_b; k++) {
			now[k] = least(before[k] + 1, now[k - 1] + 1,
				       before[k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
			    second[k - 2] + 1 < now[k])
				now[k] = second[k - 2] + 1;
			nearest = now[k] < nearest ? now[k] : nearest;
		}
		if (nearest > MOST) /* no later row gets below this one */
			return NOT_NEAR;
	}
	return row[length_a % 3][length_b];
}

/* "capability" for "capabilities", "environment" for "env". */
static bool same_beginning(const char *a, int length_a, const char *b, int length_b)
{
	int longer = length_a > length_b ? length_a : length_b;
	int shorter = length_a + length_b - longer, common = 0;

	while (common < shorter && a[common] == b[common])
		common++;
	return (common >= 4 && 4 * common >= 3 * longer) || (common == shorter && common >= 3);
}

int near_distance(const char *word, const char *known)
{
	char a[LONGEST], b[LONGEST];
	int length_a = plain(word, a), length_b = plain(known, b);

	if (length_a < 2 || length_b < 2)
		return NOT_NEAR;
	int shorter = length_a < length_b ? length_a : length_b;
	int difference = length_a + length_b - 2 * shorter;
	int found = difference > MOST ? NOT_NEAR : edits(a, length_a, b, length_b);
	if (found <= (shorter < 3 ? 0 : shorter < 6 ? 1 : MOST))
		return found;
	return same_beginning(a, length_a, b, length_b) ? 3 + difference : NOT_NEAR;
}

void nearest_try(struct nearest *n, const char *known)
{
	int distance = near_distance(n->word, known);

	if (distance < (n->best ? n->distance : NOT_NEAR)) {
		n->best = known;
		n->distance = distance;
	}
}
