/* SPDX-License-Identifier: Apache-2.0 */
/* paths: string operations on paths of the config. */
#ifndef TARE_PLAN_PATHS_H
#define TARE_PLAN_PATHS_H

#include <stdbool.h>

struct planner;

/* Removes repeated and trailing slashes and "." components. */
const char *normal_path(struct planner *p, const char *path);
/* Makes the path absolute and resolves "..", as if the image had no symbolic links. */
const char *absolute_path(struct planner *p, const char *path);
/* The rest of a path below a directory: "" for the directory itself, NULL if the path is not
 * below it. Both must be in normal form. */
const char *path_below(const char *path, const char *directory);
bool has_parent_reference(const char *path); /* does it contain a ".." component? */

#endif
