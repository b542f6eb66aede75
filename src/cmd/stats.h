/* SPDX-License-Identifier: Apache-2.0 */
/* stats: the resource usage of a container, from its cgroups, as the JSON object that `runc
 * events` prints. */
#ifndef TARE_CMD_STATS_H
#define TARE_CMD_STATS_H

#include "container/container.h"

/* Returns text in the pool. Values that the cgroup layout does not provide are left out, or 0. */
const char *stats_of(struct container *c, struct pool *pool);

#endif
