/* SPDX-License-Identifier: Apache-2.0 */
/* place: where below the root something is to be made or mounted. */
#ifndef TARE_OPS_PLACE_H
#define TARE_OPS_PLACE_H

#include "op.h"

/* Where a mount goes: onto what `at` is; or, if it has a name, onto what that is in it. */
struct place {
	int at;
	const char *leaf;
	bool made, kept; /* kept: `at` is the walker's */
};
#define auto_place __attribute__((cleanup(place_close))) struct place
void place_close(struct place *place);

/* The place of a mount: found below the root, and made where it is missing. */
int place_find(struct walker *w, const struct step_mount *m, bool directory, struct place *place);

/* Whether a mount may come to stand there, and not inside a procfs. */
int place_check_procfs(const struct place *place, int mount, const struct step_mount *m);

/* The directory in which the last component of path is to be made, as root_parent() gives it, or
 * the slot `beside` has kept it for this step. It goes to SLOT_PARENT, and is not to be closed. */
int place_parent(struct walker *w, int beside, const char *path, unsigned traits,
		 const char **leaf);

#endif
