/* SPDX-License-Identifier: Apache-2.0 */
/*
 * undo: takes back what the record (undo.json) proves to be a container's: its processes, its cgroups, its
 * state directory. Every part is idempotent, for what was not begun, half done or done; so it serves a
 * failed create, delete, and delete --force after a SIGKILL of tare at any instant.
 */
#ifndef TARE_STAGE_UNDO_H
#define TARE_STAGE_UNDO_H

#include "container/container.h"
#include "plan/plan.h"

/* Kills init (and waits for its end), removes the cgroups and then the state directory. The container is
 * locked. 0, or a negative errno with the error filled; then the record is still there.
 *
 * It is undone because its creation has failed, or was killed; because it is to end; or because it has ended: then whatever is
 * in its cgroups came there later, and belongs to others, unless its processes could outlive init. */
enum undo_reason { UNDO_CREATE, UNDO_LIVING, UNDO_STOPPED };
int undo(struct container *c, enum undo_reason reason);

/* Calls the function with the pid of each process in the container's cgroups. */
int undo_each_process(struct container *c, int (*each)(pid_t pid, void *context), void *context);

/* Whether there is a process in its cgroups. */
bool undo_has_processes(struct container *c);

/* Kills all processes in its cgroups and below them, frozen or not. */
int undo_kill_all(struct container *c);

/* Whether its processes end with the first one: it has a pid namespace of its own. */
bool undo_has_own_pids(struct container *c);

/* Stops all its processes where they are, or lets them go on. */
int undo_freeze(struct container *c, bool frozen);
bool undo_is_frozen(struct container *c);

/* The directory of its cgroup in the hierarchy mounted there, or in the one where it has a file of this name: a
 * descriptor, or -1; the error is not filled. */
int undo_cgroup(struct container *c, const char *mount);
int undo_cgroup_with(struct container *c, const char *file);

/* Its cgroups as exec has to know them, but for their controllers. */
int undo_joining(struct container *c, struct joining *joining);

/* The class of service that was made for it; NULL: none. */
const char *undo_class(struct container *c);

/* Whether the config has poststop hooks: then the caller reads it before undo() removes it. */
bool undo_has_poststop(struct container *c);

/* Whether it has cgroups of its own: without, only its first process is known. */
bool undo_has_cgroup(struct container *c);

#endif
