/* SPDX-License-Identifier: Apache-2.0 */
/* Id mappings: of the container's user namespace, and of idmapped mounts. */
#include "op.h"

#include "base/error.h"
#include "base/mapping.h"
#include "base/io.h"
#include "base/proc.h"
#include "base/spawn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { HELPER_TIMEOUT = 10000, HELPER_ARGUMENTS = 3 * 340 };

static int run_helper(const char *helper, pid_t pid, const char *map)
{
	static char *argv[HELPER_ARGUMENTS + 3];
	static char numbers[HELPER_ARGUMENTS * 12];
	char pid_text[16], output[512];
	int argc = 0, status;
	char *save, *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

	snprintf(pid_text, sizeof pid_text, "%d", pid);
	snprintf(numbers, sizeof numbers, "%s", map);
	argv[argc++] = (char *)(uintptr_t)helper;
	argv[argc++] = pid_text;
	for (char *word = strtok_r(numbers, " \n", &save); word;
	     word = strtok_r(NULL, " \n", &save))
		argv[argc++] = word;
	argv[argc] = NULL;

	struct spawn spawn = { .path = helper,
			       .argv = argv,
			       .env = env,
			       .directory = -1,
			       .timeout = HELPER_TIMEOUT,
			       .output = output,
			       .output_size = sizeof output };
	int err = spawn_run(&spawn, &status);
	if (err)
		return err;
	if (status) {
		output[strcspn(output, "\n")] = '\0';
		(void)fail(EPERM, NULL, "%s: %s", helper, output);
		return hint("are the ids in /etc/subuid and /etc/subgid?");
	}
	return 0;
}

static int write_map(pid_t pid, const char *file, const char *map, const char *helper)
{
	char path[64];

	if (helper)
		return run_helper(helper, pid, map);
	snprintf(path, sizeof path, "%d/%s", pid, file);
	return proc_write(path, map);
}

int op_idmap(struct walker *w, const struct step *step)
{
	const struct step_idmap *m = &step->idmap;
	int err = 0;

	if (m->deny_setgroups)
		err = write_map(w->parent->init, "setgroups", "deny", NULL);
	if (!err)
		err = write_map(w->parent->init, "gid_map", m->gid_map, m->gid_helper);
	if (!err)
		err = write_map(w->parent->init, "uid_map", m->uid_map, m->uid_helper);
	return err;
}

int op_idmap_mount(struct walker *w, const struct step *step)
{
	const struct step_idmap_mount *m = &step->idmap_mount;
	auto_fd int made = m->ns ? -1 : mapping_namespace(m->uid_map, m->gid_map);

	if (!m->ns && made < 0)
		return made;
	int err = m->tree ? mount_idmap(w->slot[m->tree], m->ns ? w->slot[m->ns] : made,
					m->recursive)
			  : 0;
	if (!err && m->made)
		w->slot[m->made] = take(&made);
	return err;
}
