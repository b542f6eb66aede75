/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look: what `check` finds out from the files: the program, the user's directory, and the sources
 * and targets of mounts. It only reads, and never leaves the root filesystem.
 */
#ifndef TARE_CMD_LOOK_H
#define TARE_CMD_LOOK_H

#include "cmd.h"

/* Adds what is wrong with the files that the config refers to. */
void look(struct bundle *bundle, struct findings *findings);

#endif
