/* SPDX-License-Identifier: Apache-2.0 */
/* Names of users of the host. A statically linked program can't load the modules of
 * nsswitch.conf(5), so users of directory services have no name here. */
#include "cmd.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

const char *user_name(struct pool *pool, uid_t uid)
{
	FILE *file = fopen("/etc/passwd", "re"); /* NOLINT: the host's, a name only */
	const char *name = NULL;
	const struct passwd *entry;

	while (!name && file && (entry = fgetpwent(file)))
		if (entry->pw_uid == uid)
			name = pool_copy(pool, entry->pw_name, strlen(entry->pw_name));
	if (file)
		(void)fclose(file);
	return name ? name : pool_text(pool, "%u", uid);
}
