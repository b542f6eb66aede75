/* SPDX-License-Identifier: Apache-2.0 */
/*
 * undo: removes what the record (undo.json) shows to belong to a container: its processes, its
 * cgroups, its state directory. Every part is idempotent and handles what was not begun, half
 * done or done, so undo() serves a failed create, delete, and delete --force after tare was
 * killed at any point.
 */
#ifndef TARE_STAGE_UNDO_H
#define TARE_STAGE_UNDO_H

#include "container/container.h"

/* Kills init and waits for its end, removes the cgroups and then the state directory. The
 * container must be locked. Returns 0, or a negative errno with the error filled in; the record
 * is then still there.
 *
 * The reason is that the creation failed or was killed, that a living container is to be ended,
 * or that the container has stopped. In the last case, processes in its cgroups were started
 * later and are not the container's, unless its processes can outlive init. */
enum undo_reason { UNDO_CREATE, UNDO_LIVING, UNDO_STOPPED };
int undo(struct container *c, enum undo_reason reason);

#endif
