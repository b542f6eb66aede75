/* SPDX-License-Identifier: Apache-2.0 */
#include "mapping.h"

#include "error.h"
#include "io.h"
#include "proc.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int explain_user_namespace(int err)
{
	if (err == -EPERM)
		return hint("may users make user namespaces here? See tare doctor, "
			    "kernel.unprivileged_userns_clone and AppArmor");
	/* AppArmor and SELinux, where they know of user namespaces (Linux 6.1): the
	 * manual has no other reason, but for CLONE_INTO_CGROUP. */
	if (err == -EACCES)
		return hint("a security module seems to deny user namespaces: add \"userns,\" to "
			    "the AppArmor profile that tare runs under, or allow user_namespace "
			    "create in SELinux");
	return err;
}

static int write_map(pid_t pid, const char *file, const char *map)
{
	char path[64];

	snprintf(path, sizeof path, "%d/%s", pid, file);
	return proc_write(path, map);
}

int mapping_namespace(const char *uid_map, const char *gid_map)
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
		return explain_user_namespace(
			fail(errno, "clone", "a user namespace for the mapping"));
	int err = write_map(pid, "gid_map", gid_map);
	if (!err)
		err = write_map(pid, "uid_map", uid_map);
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
