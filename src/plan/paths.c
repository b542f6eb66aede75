/* SPDX-License-Identifier: Apache-2.0 */
#include "paths.h"

#include "planner.h"

#include <string.h>

/* resolved: the path is absolute, and ".." is resolved. */
static char *normalise(struct planner *p, const char *path, bool resolved)
{
	char *normal = pool_alloc(p->pool, strlen(path) + 2), *to = normal;

	if (*path == '/')
		*to++ = '/';
	while (*path) {
		size_t length = strcspn(path, "/");
		if (resolved && length == 2 && !strncmp(path, "..", 2)) {
			while (to > normal + 1 && *--to != '/')
				;
			to = to > normal + 1 ? to : normal + 1;
		} else if (length && !(length == 1 && *path == '.')) {
			if (to > normal && to[-1] != '/')
				*to++ = '/';
			memcpy(to, path, length);
			to += length;
		}
		path += length + (path[length] == '/');
	}
	*to = '\0';
	return normal;
}

const char *normal_path(struct planner *p, const char *path)
{
	return normalise(p, path, false);
}

const char *absolute_path(struct planner *p, const char *path)
{
	return normalise(p, pool_text(p->pool, "/%s", path), true);
}

const char *path_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	if (!strcmp(directory, "/"))
		return path + 1;
	if (strncmp(path, directory, length) || (path[length] && path[length] != '/'))
		return NULL;
	return path + length + (path[length] == '/');
}

bool has_parent_reference(const char *path)
{
	for (const char *at = path; (at = strstr(at, "..")); at += 2)
		if ((at == path || at[-1] == '/') && (!at[2] || at[2] == '/'))
			return true;
	return false;
}
