/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan: what is to be done, as one flat list of steps (step.h). See docs/design.md, section 1.
 *
 * Plans are made from the config, the options and the facts about the host, without a system call;
 * they are read-only once sealed, but for the record, which the looking steps complete. All memory
 * belongs to plan.pool.
 */
#ifndef TARE_PLAN_PLAN_H
#define TARE_PLAN_PLAN_H

#include "inputs.h"
#include "libocispec/pool.h"
#include "step.h"

struct record;

struct plan {
	struct pool pool;
	struct step *step;
	size_t steps;
	int slots;
	bool sealed;
	bool exec; /* of a process in a container that exists: no record, no root */
	size_t clone,
		await; /* where the first clone and the waiting for start are; `steps`: nowhere */
	const char *pid_file; /* or NULL */
	struct {
		struct warning {
			const char *pointer, *text; /* a sentence about that member */
		} * item;
		size_t count;
	} warnings;	       /* what the specification lets us go on with */
	struct record *record; /* what delete and a failed create have to undo (record.h) */
	struct {
		const struct step_netdev *item;
		size_t count;
	} net_devices; /* that end with a new network namespace, unless they are taken back before
			*/
};

/* Makes, lints and seals the plan of a container, without a system call. 0, or a negative errno
 * with the error filled (its pointer names the member that was refused). */
int plan_make(struct plan *plan, const struct inputs *inputs);

/* The poststop hooks, which delete runs when nothing else of the container is left. */
int plan_make_poststop(struct plan *plan, const struct inputs *inputs);

/* New limits for a container that exists: `limit`, `devices` and `properties` steps only. Zero and
 * absent members are left as they are. */
int plan_make_update(struct plan *plan, const struct inputs *inputs);

/* A process in the container that was made of the config; config->process is the new process. No
 * undo is needed: what exec makes ends with the process. */
int plan_make_exec(struct plan *plan, const struct inputs *inputs);

void plan_free(struct plan *plan);

/* The plan as a table for people, or as a JSON list; text in the plan's pool. */
const char *plan_print(struct plan *plan, bool json);

/* A number for all that acting depends on: every member of every step, and what it points to
 * (FNV-1a, 64 bits). Two plans with the same number are taken to be the same. */
uint64_t plan_digest(const struct plan *plan);

/* The rules of docs/design.md, section 1. -EINVAL with the error filled: a defect of the planner.
 */
int plan_lint(const struct plan *plan);

#endif
