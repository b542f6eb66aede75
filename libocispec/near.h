/* SPDX-License-Identifier: Apache-2.0 */
/* near: whether a word is probably a misspelt form of another one, for "did you mean". */
#ifndef LIBOCISPEC_NEAR_H
#define LIBOCISPEC_NEAR_H

#include <stdbool.h>

/* A bound on how different two words are; smaller is nearer, 0 is the same but for case, dashes
 * and underscores. NOT_NEAR: they are different words, or longer than 40 bytes. */
enum { NOT_NEAR = 1000 };
int near_distance(const char *word, const char *known);

/* Goes through known words: keeps the nearest of them in *best. */
struct nearest {
	const char *word, *best; /* best: NULL if none is near */
	int distance;
};
void nearest_try(struct nearest *n, const char *known);

#endif
