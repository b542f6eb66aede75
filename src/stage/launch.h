/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch: the parent's side of creating a container. It prepares the walker, walks the plan, and
 * undoes everything on failure.
 */
#ifndef TARE_STAGE_LAUNCH_H
#define TARE_STAGE_LAUNCH_H

#include "container/container.h"
#include "plan/plan.h"
#include "timing.h"

/* The arguments and results of a launch. */
struct launch {
	const struct plan *plan; /* launch_start(): NULL if init goes alone (plan_goes_alone()) */
	/* Then it is called when a failure has to be described; NULL after a failure of its own. */
	const struct plan *(*plan_again)(void *context);
	void *context;
	struct container
		*container; /* launch: named, with its status filled; launch_start: locked */
	const char *config; /* the text of config.json */
	size_t config_length;
	const char *kept;	   /* the text of made.json */
	const struct added *added; /* launch_live(): what was added before */
	bool create;		   /* stop at await */
	bool timed;		   /* take the times of the steps */

	int pidfd;  /* out: of init */
	int notify; /* out: the container's notify socket; -1 */
	int relay;  /* out: a socket on which the terminal's master is received; -1 without
		       options.relay */
	pid_t pid;
	struct timing *timing; /* out: one for each step, from malloc(), after a failure too; NULL:
				  not wanted; launch_start() has them if create took them */
};

/* Walks from the first step to await (create) or to the end (run). After a failure the container
 * is gone, but its poststop hooks still have to be run if `hooked` says that hooks were
 * reached. */
int launch(struct launch *l, bool *hooked);

/* Performs a plan of plan_make_mounts() or plan_make_devices(): all of it is there then, or
 * nothing. */
int launch_live(struct launch *l);

/* Performs a plan of plan_make_checkpoint(). */
int launch_checkpoint(struct launch *l);

/* Walks from await to the end, for a created container. A failure ends the container, but does
 * not remove it. */
int launch_start(struct launch *l);

/* Whether the error of this process is that of a hook of the plan. */
bool launch_failed_in_hook(const struct plan *plan);

/* Walks a plan made by plan_make_exec(), for an open container. A failure leaves neither a
 * process nor a pid file. */
int launch_exec(struct launch *l);

/* Runs the hooks of a plan made by plan_make_poststop(); their failures are warnings. */
void launch_poststop(const struct plan *plan);

#endif
