/* SPDX-License-Identifier: Apache-2.0 */
/* place: where below the root something is created or mounted. */
#ifndef TARE_OPS_PLACE_H
#define TARE_OPS_PLACE_H

#include "op.h"

/* Where a mount is attached: onto `at` itself, or, if `leaf` is not empty, onto the entry of
 * that name in the directory `at`. */
struct place {
	int at;
	const char *leaf;
	bool made, kept; /* kept: `at` belongs to the walker and is not closed */
};
#define auto_place __attribute__((cleanup(place_close))) struct place
void place_close(struct place *place);

/* Finds the place of a mount below the root, and creates it if it is missing. */
int place_find(struct walker *w, const struct step_mount *m, bool directory, struct place *place);

/* Fails if the place is inside a procfs and this mount is not allowed there. */
int place_check_procfs(const struct place *place, int mount, const struct step_mount *m);

/* Returns the directory in which the last component of path is to be created: the one that an
 * earlier step left in the slot `beside`, or else the result of root_parent(), which is stored
 * in SLOT_PARENT. The caller must not close it. */
int place_parent(struct walker *w, int beside, const char *path, unsigned traits,
		 const char **leaf);

/* A failure to open, or to mount on, the place of a directory or file: says what is there. */
int place_failed(struct walker *w, const struct step_mount *m, bool directory, int err);

#endif
