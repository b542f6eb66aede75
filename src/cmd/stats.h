/* SPDX-License-Identifier: Apache-2.0 */
/* stats: the resource usage of a container, from its cgroups, as the JSON object that `runc
 * events` prints. */
#ifndef TARE_CMD_STATS_H
#define TARE_CMD_STATS_H

#include "container/container.h"

/* Returns text in the pool. Values that the cgroup layout does not provide are left out, or 0. */
const char *stats_of(struct container *c, struct pool *pool);

/* The number for a key, from a file with lines "KEY NUMBER" in a cgroup of the container; 0 if
 * there is none. key NULL: the number in a file that has no other. */
uint64_t stats_number(struct container *c, const char *file, const char *key);

/* How many processes of the container the kernel has killed for lack of memory. */
uint64_t stats_oom_kills(struct container *c);

#endif
