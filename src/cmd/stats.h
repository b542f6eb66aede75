/* SPDX-License-Identifier: Apache-2.0 */
/* stats: what the cgroups of a container say of its use of the machine, as the JSON object that
 * runc events prints. */
#ifndef TARE_CMD_STATS_H
#define TARE_CMD_STATS_H

#include "container/container.h"

/* Text in the pool. What a layout does not count is left out, or 0. */
const char *stats_of(struct container *c, struct pool *pool);

/* A number of a file with lines "KEY NUMBER", in a cgroup of the container; 0: there is none. */
uint64_t stats_number(struct container *c, const char *file, const char *key);

#endif
