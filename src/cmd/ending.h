/* SPDX-License-Identifier: Apache-2.0 */
/* ending: why a program ended, if that was not its own choice; for run and exec, which wait for
 * it. */
#ifndef TARE_CMD_ENDING_H
#define TARE_CMD_ENDING_H

#include "cmd.h"

/* Logs one warning, or nothing. kills: stats_oom_kills() when the program was started. */
void ending_explain(struct container *c, const struct child *child, int status, uint64_t kills);

#endif
