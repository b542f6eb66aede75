/* SPDX-License-Identifier: Apache-2.0 */
/* Id mappings: of the container's user namespace, and of idmapped mounts. */
#include "op.h"

#include "base/error.h"
#include "base/io.h"
#include "base/proc.h"
#include "base/spawn.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Creates a user namespace with this mapping and without processes: mount_setattr(2) takes the
 * mapping of an idmapped mount from a user namespace. */
static int mapping_namespace(const char *uid_map, const char *gid_map)
{
	enum { DEADLINE = 10000 }; /* ms: a privileged process may stop or kill the child */
	int pair[2], fd = -1;

	if (pipe2(pair, O_CLOEXEC))
		return fail(errno, "pipe2", "a user namespace for the mapping");
	auto_fd int from = pair[0], to = pair[1];
	/* The child shares our descriptors and opens its own namespace, since opening that of
	 * another process takes CAP_SYS_PTRACE. */
	pid_t parent = getpid(),
	      pid = sys_clone(CLONE_NEWUSER | CLONE_FILES, SIGCHLD, -1, NULL, NULL);

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd = proc_namespace("self/ns/user");
		(void)io_write(to, &fd, sizeof fd);
		while (getppid() == parent) /* the parent may be dead already */
			pause();
		_exit(0);
	}
	if (pid < 0)
		return fail(errno, "clone", "a user namespace for the mapping");
	int err = write_map(pid, "gid_map", gid_map, NULL);
	if (!err)
		err = write_map(pid, "uid_map", uid_map, NULL);
	struct pollfd told = { .fd = from, .events = POLLIN };
	if (poll(&told, 1, DEADLINE) != 1 || read(from, &fd, sizeof fd) != sizeof fd)
		fd = -ETIMEDOUT;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (err)
		io_close(&fd);
	return err ? err : fd < 0 ? fail(-fd, "open", "the user namespace of the mapping") : fd;
}

int op_idmap_mount(struct walker *w, const struct step *step)
{
	const struct step_idmap_mount *m = &step->idmap_mount;
	auto_fd int made = m->ns ? -1 : mapping_namespace(m->uid_map, m->gid_map);

	if (!m->ns && made < 0)
		return made;
	if (m->tree)
		return mount_idmap(w->slot[m->tree], m->ns ? w->slot[m->ns] : made, m->recursive);
	w->slot[m->made] = take(&made);
	return 0;
}
