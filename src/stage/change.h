/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change: new limits for an existing container, all of them or none.
 */
#ifndef TARE_STAGE_CHANGE_H
#define TARE_STAGE_CHANGE_H

#include "container/container.h"
#include "plan/host.h"
#include "plan/plan.h"

/* Reads the current values of the container's cgroup that plan_make_update() needs. */
void update_read_current(struct container *c, struct current *current);

/* Performs the steps of a plan made by plan_make_update(). If one fails, the limits that were
 * already changed are restored. Returns 0, or a negative errno with the error filled in; its
 * pointer names the limit. */
int update(struct container *c, const struct host *host, const struct plan *plan);

/* Writes new lines to the schemata of the container's class of service. */
int update_class(struct container *c, const char *schemata);

#endif
