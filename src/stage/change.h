/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change: new limits for a container that exists, all of them or none.
 */
#ifndef TARE_STAGE_CHANGE_H
#define TARE_STAGE_CHANGE_H

#include "container/container.h"
#include "plan/host.h"
#include "plan/plan.h"

/* The numbers of the container's cgroup that plan_make_update() has to know. */
void update_read_current(struct container *c, struct current *current);

/* Does the steps of a plan of plan_make_update(). When one fails, the limits that were changed are
 * put back. 0, or a negative errno with the error filled, whose pointer names the limit. */
int update(struct container *c, const struct host *host, const struct plan *plan);

/* New lines for the schemata of the container's class of service. */
int update_class(struct container *c, const char *schemata);

#endif
