/* SPDX-License-Identifier: Apache-2.0 */
/* create and start in one, and then, unless detached: forward signals, wait, delete, and end as the
 * container's process has ended. */
#include "cmd.h"

#include "base/interrupt.h"
#include "base/io.h"
#include "base/report.h"
#include "base/sys.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static struct making making;
static bool detach, keep, no_subreaper;

static const struct option options[] = {
	TEXT("bundle", 'b', making.bundle, "DIR", "the bundle (default: the current directory)"),
	FLAG("detach", 'd', detach, "do not wait for the container"),
	FLAG("keep", 0, keep, "do not delete the container when it has stopped"),
	TEXT("pid-file", 0, making.pid_file, "FILE", "write the pid of the container's init there"),
	FLAG("no-pivot", 0, making.no_pivot, "do not pivot_root (a root in an initramfs)"),
	FLAG("no-new-keyring", 0, making.no_new_keyring, "keep the caller's session keyring"),
	FLAG("no-subreaper", 0, no_subreaper,
	     "leave orphans of the container to the caller's reaper"),
	NUMBER("preserve-fds", 0, making.preserve_fds, "N", "hand on N more descriptors, from 3"),
	REFUSED("console-socket", "where to send the terminal's master"),
	REFUSED("pidfd-socket", "where to send the pidfd of init"),
	END_OF_OPTIONS,
};

/* Signals that are about us, and not for the container. */
static bool ours(int signal)
{
	static const int list[] = { SIGCHLD, SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE,
				    SIGSEGV, SIGBUS,  SIGILL,  SIGFPE,	SIGABRT, SIGTRAP, SIGSYS };

	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (signal == list[i])
			return true;
	return false;
}

static sigset_t forwarded(void)
{
	sigset_t set;

	sigfillset(&set);
	for (int i = 1; i < NSIG; i++)
		if (ours(i) && i != SIGCHLD)
			sigdelset(&set, i);
	return set;
}

/* Reaps all that has ended; -1, or the wait status of init. */
static int reap(pid_t init)
{
	int status, found = -1;

	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		if (pid == init)
			found = status;
	return found;
}

static int wait_for(pid_t init, int pidfd, const sigset_t *set)
{
	auto_fd int signals = signalfd(-1, set, SFD_CLOEXEC);
	struct signalfd_siginfo info;

	if (signals < 0)
		return fail(errno, "signalfd", "waiting for the container");
	for (int status;;) {
		/* First, since it may have ended before we looked. */
		status = reap(init);
		if (status >= 0)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (read(signals, &info, sizeof info) != sizeof info && errno != EINTR)
			return fail(errno, "read", "signals");
		if (!ours((int)info.ssi_signo))
			(void)sys_pidfd_send_signal(pidfd,
						    (int)info.ssi_signo); /* it may have ended */
	}
}

static bool is_bundle(const char *argument)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/config.json", argument);
	return strchr(argument, '/') && !access(path, F_OK);
}

static const char *made_up_id(char *buffer, size_t size)
{
	unsigned number = (unsigned)getpid();

	(void)!getrandom(&number, sizeof number, 0);
	snprintf(buffer, size, "run-%08x", number);
	return buffer;
}

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;
	auto_fd int pidfd = -1;
	pid_t pid;
	char buffer[32];
	const char *id = argv[0];
	sigset_t set = forwarded();

	(void)argc;
	if (is_bundle(id)) {
		making.bundle = id;
		id = made_up_id(buffer, sizeof buffer);
	}
	if (!detach && !no_subreaper)
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!detach)
		sigprocmask(SIG_BLOCK, &set,
			    NULL); /* from now on: none may be lost between launch and wait */
	int err = make_container(&making, id, false, &c, &pidfd, &pid);
	if (err || detach)
		return err;

	int status = wait_for(pid, pidfd, &set);
	if (status < 0 || keep)
		return status;
	err = container_lock(&c, true);
	if (err == -ENOENT)
		return status; /* somebody else has deleted it */
	if (!err)
		err = delete_container(&c);
	return err ? err : status;
}

const struct verb verb_run = {
	"run",
	"[OPTION...] ID | BUNDLE/",
	"create and start a container, wait for it, delete it",
	options,
	1,
	1,
	run,
	true,
};
