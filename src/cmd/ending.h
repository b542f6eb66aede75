/* SPDX-License-Identifier: Apache-2.0 */
/* ending: why a program ended, if that was not its own choice; for run and exec, which wait for
 * it. */
#ifndef TARE_CMD_ENDING_H
#define TARE_CMD_ENDING_H

#include "cmd.h"

/* Logs one warning, and returns its text, or NULL: it ended by itself. kills: members_oom_kills()
 * when the program was started. */
const char *ending_explain(struct container *c, const struct child *child, int status,
			   uint64_t kills);

/* For a container that has stopped: what is known later, from its status and from its cgroup's
 * events; or NULL. */
const char *ending_known(struct container *c);

/* Sets oomKilled in the status of a container that has stopped, if its cgroup can tell and nobody
 * has said it before. */
void note_oom(struct container *c);

#endif
