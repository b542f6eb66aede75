/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listing: the steps of a plan as they are shown, for people and in JSON, and what differs between
 * two plans.
 *
 * A listing comes from a plan, or from the JSON of an earlier one. It is made without a system
 * call; all texts belong to the pool.
 */
#ifndef TARE_PLAN_LISTING_H
#define TARE_PLAN_LISTING_H

#include "libocispec/json.h"
#include "libocispec/pool.h"
#include "plan.h"

struct shown {
	struct opt_u64 step;			      /* its index in the plan */
	const char *phase, *who, *op, *detail, *from; /* from: a JSON pointer into the config */
	char sign;				      /* of a difference: '-' or '+'; else 0 */
};
struct listing {
	struct shown *item;
	size_t count;
};

struct layout {
	bool full;	/* a line for each step, whole; else similar steps in a row share a line */
	bool colour;	/* with escape sequences of a terminal */
	unsigned width; /* columns that a line may have; 0: any number */
};

struct listing plan_listing(struct pool *pool, const struct plan *plan);

/* Reads what listing_json() has printed. Returns 0, or -1 with the error filled. */
int listing_read(struct pool *pool, const char *text, struct listing *listing,
		 struct json_error *error);

const char *listing_json(struct pool *pool, const struct listing *listing);
const char *listing_text(struct pool *pool, const struct listing *listing,
			 const struct layout *layout);

/* The steps that only one of them has, in the order of the new one; the numbers of steps are not
 * compared. */
struct listing listing_difference(struct pool *pool, const struct listing *old,
				  const struct listing *new);

#endif
