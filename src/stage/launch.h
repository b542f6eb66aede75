/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch: the parent's side of a creation: it prepares the walker, walks, and on failure undoes
 * everything.
 */
#ifndef TARE_STAGE_LAUNCH_H
#define TARE_STAGE_LAUNCH_H

#include "container/container.h"
#include "plan/plan.h"

/* What the record keeps for later commands. */
struct launch {
	const struct plan *plan;
	struct container
		*container; /* launch: named, with its status filled; launch_start: locked */
	const char *config; /* the text of config.json */
	size_t config_length;
	const char *made; /* the text of made.json */
	bool create;	  /* stop at await */

	int pidfd;  /* out: of init */
	int notify; /* out: the container's notify socket; -1 */
	int relay;  /* out: a socket that the terminal's master comes through; -1 without
		       options.relay */
	pid_t pid;
};

/* From the first step to await (create) or to the end (run). After a failure the container is gone:
 * its poststop hooks remain to be run, if `hooked` says that hooks were reached. */
int launch(struct launch *l, bool *hooked);

/* From await to the end, in a container that was created. A failure ends the container; it is not
 * removed. */
int launch_start(struct launch *l);

/* A plan of plan_make_exec(), in a container that was opened. A failure leaves no process, and no
 * pid file. */
int launch_exec(struct launch *l);

/* Runs the hooks of a plan of plan_make_poststop(); their failures are warnings. */
void launch_poststop(const struct plan *plan);

#endif
