/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk: all synchronisation between the processes that create a container. Every process walks
 * the same list and performs its own steps. Where `who` changes from one step to the next, one
 * byte is sent over a socket, the baton; a clone passes it to the child implicitly. A process
 * that fails writes its error to the shared page and exits, and the end of file wakes the other
 * side. Since the socket is close-on-exec, end of file at the exec means success.
 */
#ifndef TARE_STAGE_WALK_H
#define TARE_STAGE_WALK_H

#include "ops/op.h"

/* Performs the walker's own steps from..to-1 and waits for the baton where that is passed. In the
 * parent it returns 0, or a negative errno with the error filled (its own, or that of another
 * process); in the others it does not return. */
int walk(struct walker *w, size_t from, size_t to);

/* Whether the parent knows init itself: a stager that builds stands for it until it is cloned. */
bool walk_has_init(const struct walker *w);

/* The pid of init as stored in the page, for an init that was cloned by a stager. 0 if it is not
 * our child, since other processes can write to the page. */
pid_t walk_cloned(const struct walker *w);

/* Called in the parent after a walk to the end: waits for the exec. */
int walk_await_exec(struct walker *w);

/* Called in the parent after a walk in which a stager does the rest: waits for its end. */
int walk_await_stager(struct walker *w);

/* Completes the error of a step: its code and its pointer, where it has none. */
void walk_mark(const struct step *step);

/* Maps the shared page: a new one, with room for the times of the steps if they are wanted; or the
 * one behind a descriptor, which is verified, with that room if the new one had it. */
int walk_new_page(struct walker *w, bool timed);
int walk_map_page(struct walker *w, int fd);

#endif
