/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk: the synchronisation between the processes of a creation, all of it. Every process walks the
 * same list and performs its own steps; where `who` changes from one step to the next, one byte
 * passes over a socket, the baton. A clone passes it to the child by itself. A process that fails
 * writes its error to the shared page and exits: the end of the file wakes the other side. After
 * the exec the end of the file says that it worked, since the socket is close-on-exec.
 */
#ifndef TARE_STAGE_WALK_H
#define TARE_STAGE_WALK_H

#include "ops/op.h"

/* Performs the walker's own steps from..to-1 and waits for the baton where that is passed. In the
 * parent it returns 0, or a negative errno with the error filled (its own, or that of another
 * process); in the others it does not return. */
int walk(struct walker *w, size_t from, size_t to);

/* The pid of init when a stager has cloned it, as the page says: 0 if it is no child of ours, since
 * the page may have been written by others meanwhile. */
pid_t walk_cloned(const struct walker *w);

/* The parent, after a walk to the end: waits until the exec has happened. */
int walk_await_exec(struct walker *w);

/* The page: a new one, or that behind a descriptor. */
int walk_new_page(struct walker *w);
int walk_map_page(struct walker *w, int fd);

#endif
