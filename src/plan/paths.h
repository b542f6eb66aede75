/* SPDX-License-Identifier: Apache-2.0 */
/* paths: paths of the config as texts. */
#ifndef TARE_PLAN_PATHS_H
#define TARE_PLAN_PATHS_H

#include <stdbool.h>

struct planner;

/* Without what means nothing in a path: repeated and trailing slashes, and ".". */
const char *normal_path(struct planner *p, const char *path);
/* From "/", without "..": where it leads if no link of the image leads it elsewhere. */
const char *absolute_path(struct planner *p, const char *path);
/* The rest of a path below a directory, "" for the directory itself; NULL: it is not below it. Both
 * in normal form. */
const char *path_below(const char *path, const char *directory);
bool has_parent_reference(const char *path); /* a component ".." */

#endif
