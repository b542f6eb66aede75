/* SPDX-License-Identifier: Apache-2.0 */
/*
 * undo: takes back what the record (undo.json) proves to be a container's: its processes, its
 * cgroups, its state directory. Every part is idempotent, for what was not begun, half done or
 * done; so it serves a failed create, delete, and delete --force after a SIGKILL of tare at any
 * instant.
 */
#ifndef TARE_STAGE_UNDO_H
#define TARE_STAGE_UNDO_H

#include "container/container.h"

/* Kills init (and waits for its end), removes the cgroups and then the state directory. The
 * container is locked. 0, or a negative errno with the error filled; then the record is still
 * there.
 *
 * It is undone because its creation has failed, or was killed; because it is to end; or because it
 * has ended: then whatever is in its cgroups came there later, and belongs to others, unless its
 * processes could outlive init. */
enum undo_reason { UNDO_CREATE, UNDO_LIVING, UNDO_STOPPED };
int undo(struct container *c, enum undo_reason reason);

#endif
