/* SPDX-License-Identifier: Apache-2.0 */
/* New filesystems that show a joined namespace, which the parent or the stager mounts on behalf of
 * init. */
#include "op.h"

#include "base/descriptors.h"
#include "base/error.h"
#include "base/io.h"
#include "base/socket.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* The result of a child that shares our descriptors: what it opens is ours too. The child is not
 * dumpable, since we are not. */
struct told {
	int fd;
	struct error error;
};

static _Noreturn void tell(int report, int fd)
{
	struct told told = { fd, *error_last() };

	(void)io_write(report, &told, sizeof told);
	_exit(0);
}

/* Kills the child if it has been stopped by another process in its pid namespace, since it would
 * never exit. */
static void await(pid_t pid)
{
	int status = 0;
	pid_t ended;

	while (pid > 0 && ((ended = waitpid(pid, &status, WUNTRACED)) > 0 ? WIFSTOPPED(status)
									  : errno == EINTR))
		if (ended > 0)
			kill(pid, SIGKILL);
}

/* sysfs and mqueue show namespaces that the mounting process itself can join. */
static int by_joining(int ns, const struct step_mount *m)
{
	struct told told;
	int pair[2];

	if (pipe2(pair, O_CLOEXEC))
		return fail(errno, "pipe2", "mounting %s", m->type);
	auto_fd int from = pair[0], to = pair[1];
	pid_t pid = sys_clone(CLONE_FILES, SIGCHLD, -1, NULL, NULL);
	if (pid == 0)
		tell(to, setns(ns, 0) ? fail(errno, "setns", "the namespace of %s", m->type)
				      : mount_new(m, NULL, NULL));
	int err = pid < 0 ? fail(errno, "clone", "a process to mount %s", m->type) : 0;
	await(pid);
	if (err)
		return err;
	io_close(&to); /* so that the read returns even if the child was killed */
	if (read(from, &told, sizeof told) != sizeof told)
		return fail(ECHILD, NULL, "mounting %s: the helper process was stopped or killed",
			    m->type);
	if (told.fd >= 0)
		return told.fd;
	*error_last() = told.error;
	return told.fd;
}

/* --- procfs --- */

/* A mount namespace with nothing in it, in a user namespace without anything of ours. */
static int leave_everything(void)
{
	const struct step_mount tmpfs = { .type = "tmpfs", .source = "nothing" };

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return fail(errno, "unshare", "a process to open a procfs");
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL))
		return fail(errno, "mount", "propagation of /");
	auto_fd int nothing = mount_new(&tmpfs, NULL, NULL);
	if (nothing < 0)
		return nothing;
	if (move_mount(nothing, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) || fchdir(nothing) ||
	    sys_pivot_root(".", ".") || umount2(".", MNT_DETACH))
		return fail(errno, "pivot_root", "an empty root");
	return 0;
}

/* Opens a procfs in the pid namespace, where other processes may trace whoever does so. They get
 * hold of a process that can reach nothing. */
static _Noreturn void open_inside(int ns, int report)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	int err = setns(ns, CLONE_NEWPID) ? fail(errno, "setns", "the pid namespace") : 0;
	if (!err)
		err = leave_everything();
	if (!err)
		err = descriptors_close(0, &report, 1);
	pid_t pid = err ? -1 : sys_clone(0, SIGCHLD, -1, NULL, NULL);
	if (pid == 0) {
		int context = fsopen("proc", FSOPEN_CLOEXEC);
		_exit(context < 0 || socket_tell(report, 'c', &context, 1));
	}
	await(pid);
	_exit(pid < 0);
}

/* The context of a procfs that shows the namespace of the process which has opened it. */
static int context_from_inside(int ns)
{
	int pair[2], context = -1;
	char byte;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return fail(errno, "socketpair", "mounting proc");
	auto_fd int ours = pair[0], theirs = pair[1];
	pid_t pid = sys_clone(0, SIGCHLD, -1, NULL, NULL);
	if (pid == 0)
		open_inside(ns, theirs);
	if (pid < 0)
		return fail(errno, "clone", "a process to open a procfs");
	await(pid);
	io_close(&theirs);
	if (socket_receive(ours, &byte, &context, 1) == 1 && context >= 0)
		return context;
	(void)fail(ECHILD, NULL, "opening a procfs in the joined pid namespace");
	return hint("before Linux 6.18 that takes a user namespace (user.max_user_namespaces, "
		    "AppArmor), and a process that is not killed by others");
}

/* Whoever was asked may have answered with something else. */
static int check_shown(int mount, int ns)
{
	struct statfs fs;
	struct stat theirs, asked;

	auto_fd int shown = openat(mount, "1/ns/pid", O_RDONLY | O_CLOEXEC);
	if (!fstatfs(mount, &fs) && fs.f_type == PROC_SUPER_MAGIC && shown >= 0 &&
	    !fstat(shown, &theirs) && !fstat(ns, &asked) && theirs.st_dev == asked.st_dev &&
	    theirs.st_ino == asked.st_ino)
		return 0;
	return fail(0, NULL, "the procfs that was opened does not show the joined pid namespace");
}

/* The kernel takes the pid namespace as an option since Linux 6.18. */
static int proc_of(int ns, const struct step_mount *m)
{
	auto_fd int context = fsopen("proc", FSOPEN_CLOEXEC);

	if (context < 0)
		return explain_mount_api(fail(errno, "fsopen", "proc"));
	if (!fsconfig(context, FSCONFIG_SET_FD, "pidns", NULL, ns))
		return mount_configured(context, m, NULL, NULL);
	auto_fd int inside = context_from_inside(ns);
	if (inside < 0)
		return inside;
	auto_fd int mount = mount_configured(inside, m, NULL, NULL);
	if (mount < 0)
		return mount;
	int err = check_shown(mount, ns);
	return err ? err : take(&mount);
}

int mount_in_namespace(struct walker *w, const struct step_tree *t)
{
	const struct step_mount m = { .type = t->type, .source = t->type, .options = t->options };

	if (t->from == NO_SLOT)
		return mount_new(&m, NULL, NULL);
	return t->from == SLOT_NS + OCI_NS_PID ? proc_of(w->slot[t->from], &m)
					       : by_joining(w->slot[t->from], &m);
}
