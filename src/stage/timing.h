/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timing: what each step of a plan took, for --timings. The times are in an array beside the shared
 * page, one element for each step, written by the process that performs the step.
 */
#ifndef TARE_STAGE_TIMING_H
#define TARE_STAGE_TIMING_H

#include "ops/op.h"

/* In nanoseconds. `began` is of CLOCK_REALTIME, since a time namespace shifts the other clocks. */
struct timing {
	long long began;     /* 0: the step was not performed, or its time is not known */
	long long wall;	     /* 0: it has not ended */
	long long processor; /* of the process that performed it */
};

/* Around a step of this process. From a seccomp filter on nothing is timed, since it may deny the
 * clock: the parent ends that step when the exec has happened. */
void timing_begin(struct walker *w, size_t at);
void timing_end(struct walker *w, size_t at);
/* The parent has seen the exec: ends the last step of init that has none. */
void timing_end_exec(struct walker *w);

#endif
