/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan: one flat list of the steps to perform (step.h). See docs/design.md, section 1.
 *
 * A plan is made from the config, the options and the facts about the host, without a system
 * call. Once sealed it is read-only, except for the record and the reserved space that earlier
 * steps fill in. All memory belongs to plan.pool.
 */
#ifndef TARE_PLAN_PLAN_H
#define TARE_PLAN_PLAN_H

#include "finding.h"
#include "inputs.h"
#include "libocispec/pool.h"
#include "step.h"

struct record;
struct added;

struct plan {
	struct pool pool;
	struct step *step;
	size_t steps;
	int slots;
	bool sealed;
	bool exec;	     /* for a process in an existing container: no record, no root */
	bool live;	     /* mounts or devices for an existing container: no exec either */
	bool criu;	     /* a checkpoint (no record) or a restore: all is the parent's */
	size_t clone, await; /* indices of the first clone and of the `await` step; `steps` if there
				is none */
	const char *pid_file;	  /* or NULL */
	struct findings findings; /* in the order of the checks */
	struct record *record;	  /* what delete and a failed create have to undo (record.h) */
	struct added *added;	  /* live: what earlier commands have added, and this one */
	const struct recorded_devices *net_devices; /* destroyed together with the new network
						       namespace, unless they are moved back
						       before; NULL: none */
};

/* Makes, lints and seals the plan of a container, without a system call. Returns 0, or a
 * negative errno with the error set; its pointer is that of the refused member. */
int plan_make(struct plan *plan, const struct inputs *inputs);

/* The poststop hooks. delete runs them after everything else of the container has been
 * removed. */
int plan_make_poststop(struct plan *plan, const struct inputs *inputs);

/* New limits for an existing container: only `limit`, `devices` and `properties` steps.
 * Members that are zero or absent leave the current value unchanged. */
int plan_make_update(struct plan *plan, const struct inputs *inputs);
bool plan_changes_devices(const struct resources *r); /* an update by these */

/* A process in the container that was created from the config; config->process is the new
 * process. Nothing has to be undone: everything that exec creates ends with the process. */
int plan_make_exec(struct plan *plan, const struct inputs *inputs);

/* More mounts for the container that was created from the config, of which config->mounts are
 * the new ones: bind mounts only; or more devices, config->linux_->devices (their rules are an
 * update). They are taken off by stage/live.h. */
int plan_make_mounts(struct plan *plan, const struct inputs *inputs);
int plan_make_devices(struct plan *plan, const struct inputs *inputs);

/* A checkpoint of the container that was created from the config; and a container that is made from
 * one. inputs->criu has the options. */
int plan_make_checkpoint(struct plan *plan, const struct inputs *inputs);
int plan_make_restore(struct plan *plan, const struct inputs *inputs);

void plan_free(struct plan *plan);

/* Of a plan of create: the number of the exec's step, if the parent has nothing to do after await
 * but to wait for it; else 0. */
uint32_t plan_goes_alone(const struct plan *plan);

/* A hash (FNV-1a, 64 bits) of everything that performing the plan depends on: all members of
 * all steps, including what they point to. Two plans with the same digest are taken to be
 * identical. */
uint64_t plan_digest(const struct plan *plan);

/* Checks the rules of docs/design.md, section 1. A violation is a bug in the planner: returns
 * -EINVAL with the error set. */
int plan_lint(const struct plan *plan);

#endif
