/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding: what is wrong, degraded or without effect in a config, on this host. The planner
 * records findings while it plans; `check` adds those that it has from looking at the files.
 */
#ifndef TARE_PLAN_FINDING_H
#define TARE_PLAN_FINDING_H

#include "base/codes.h"
#include "libocispec/pool.h"

enum severity {
	SEVERITY_ERROR,	  /* the container can't be made, or its program not be started */
	SEVERITY_WARNING, /* the container is not what the config asks for */
	SEVERITY_NOTE,	  /* without effect, and harmless */
};

struct finding {
	enum severity severity;
	enum code code;
	const char *pointer; /* into config.json; "": the document as a whole */
	const char *text;    /* a sentence about that member */
	const char *cure;    /* NULL: that of the code */
};

struct findings {
	struct finding *item;
	size_t count;
};

/* Appends a copy; the texts have to live as long as the pool. */
void finding_add(struct pool *pool, struct findings *findings, const struct finding *finding);

const char *severity_name(enum severity severity);

/* What to do: the finding's own cure, or that of its code. */
const char *finding_cure(const struct finding *finding);

#endif
