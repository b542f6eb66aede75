/* SPDX-License-Identifier: Apache-2.0 */
/* live: the mounts and devices that were added to a running container. All return 0, or a negative
 * errno with the error filled. */
#ifndef TARE_STAGE_LIVE_H
#define TARE_STAGE_LIVE_H

#include "container/container.h"
#include "plan/record.h"

/* Reads what earlier commands have added, and takes off what one that was killed has left. */
int live_read(struct container *c, struct added *added);

/* What was added besides the older ones is there for good, and no longer marked as begun. If that
 * can't be written, it is taken off. */
int live_keep(struct container *c, struct added *added, const struct added *older);

/* Takes off what is marked as begun, since it was not attached, or its command was killed; and
 * what a command has marked because it is to be removed (then it warns of what is not there). The
 * last one goes first; what can't be taken off stays in the list. */
int live_take_back(struct container *c, struct added *added);
int live_take_off(struct container *c, struct added *added);

#endif
