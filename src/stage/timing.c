/* SPDX-License-Identifier: Apache-2.0 */
#include "timing.h"

#include "base/clock.h"

/* Another process could have written to the page, so that a difference could overflow. */
static long long since(long long began)
{
	return (long long)((unsigned long long)time_nanoseconds(CLOCK_REALTIME) -
			   (unsigned long long)began);
}

void timing_begin(struct walker *w, size_t at)
{
	struct timing *t = w->timing ? &w->timing[at] : NULL;

	/* While init awaits the start, it does nothing. */
	if (!t || w->plan->step[at].op == OP_AWAIT)
		return;
	t->processor = time_nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
	t->wall = 0;
	t->began = time_nanoseconds(CLOCK_REALTIME);
	if (w->plan->step[at].op == OP_SECCOMP) {
		t->processor = 0;
		w->timing = NULL;
	}
}

void timing_end(struct walker *w, size_t at)
{
	struct timing *t = w->timing ? &w->timing[at] : NULL;

	/* A clone returns in the child too. */
	if (!t || w->me != w->plan->step[at].who || w->plan->step[at].op == OP_AWAIT)
		return;
	t->wall = since(t->began);
	t->processor = (long long)((unsigned long long)time_nanoseconds(CLOCK_PROCESS_CPUTIME_ID) -
				   (unsigned long long)t->processor);
}

void timing_end_exec(struct walker *w)
{
	for (size_t i = w->plan->steps; w->timing && i-- > 0;) {
		struct timing *t = &w->timing[i];
		if (w->plan->step[i].who != WHO_INIT || !t->began)
			continue;
		if (!t->wall) {
			t->wall = since(t->began);
			t->processor = 0; /* it is the program's by now */
		}
		return;
	}
}
