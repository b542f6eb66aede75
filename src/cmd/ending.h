/* SPDX-License-Identifier: Apache-2.0 */
/* ending: why a program ended, if that was not its own choice; for run and exec, which wait for
 * it. */
#ifndef TARE_CMD_ENDING_H
#define TARE_CMD_ENDING_H

#include "cmd.h"

/* How many processes of the container the kernel has killed for lack of memory. */
uint64_t ending_kills(struct container *c);

/* Logs one warning, or nothing. kills: ending_kills() when the program was started. */
void ending_explain(struct container *c, const struct child *child, int status, uint64_t kills);

#endif
