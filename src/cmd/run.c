/* SPDX-License-Identifier: Apache-2.0 */
/* create and start in one, and then, unless detached: forward signals, wait, delete, and end as the
 * container's process has ended. */
#include "cmd.h"
#include "notify.h"
#include "relay.h"

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
	TEXT("console-socket", 0, making.console_socket, "SOCKET",
	     "send the terminal's master there"),
	TEXT("pidfd-socket", 0, making.pidfd_socket, "SOCKET", "send the pidfd of init there"),
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

/* Reaps all that has ended; true when init has. */
static bool reap(pid_t init, int *found)
{
	int status;
	bool ended = false;

	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		if (pid == init) {
			*found = status;
			ended = true;
		}
	return ended;
}

/* The terminal is told by the kernel of what the keys mean; what is left is about the terminal itself. */
static bool is_terminals(const struct relay *relay, int signal)
{
	if (signal == SIGWINCH)
		relay_resize(relay);
	else if (signal == SIGTSTP)
		relay_suspend(relay);
	else if (signal == SIGCONT)
		relay_resume(relay);
	else
		return false;
	return true;
}

static bool ends_us(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
}

/* One signal: to the container. false: it asks to leave what a container that has ended had to say. */
static bool take_signal(int signals, int pidfd, const struct relay *relay, bool ended)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof info) != sizeof info)
		return true;
	int signal = (int)info.ssi_signo;
	if (relay && is_terminals(relay, signal))
		return true;
	if (!ended && !ours(signal))
		(void)sys_pidfd_send_signal(pidfd, signal); /* it may have ended */
	return !(ended && ends_us(signal));
}

/* Until init has ended, and the caller has all that it has written; the wait status of init. */
static int wait_for(const struct made *made, const sigset_t *set, struct relay *relay)
{
	auto_fd int signals = signalfd(-1, set, SFD_CLOEXEC);
	int status = 0;

	if (signals < 0)
		return fail(errno, "signalfd", "waiting for the container");
	for (bool ended = false;;) {
		struct pollfd fd[2 + RELAY_FDS] = { { signals, POLLIN, 0 },
						    { made->notify, POLLIN, 0 } };
		/* First, since it may have ended before we looked. */
		ended |= reap(made->pid, &status);
		if (ended && relay)
			relay_last(relay);
		if (ended && !(relay && relay_drains(relay)))
			break;
		if (relay)
			relay_wants(relay, fd + 2);
		int ready = poll(fd, relay ? 2 + RELAY_FDS : 2, relay ? relay_patience(relay) : -1);
		if (ready < 0 && errno != EINTR)
			return fail(errno, "poll", "waiting for the container");
		if (!ready)
			relay_try_again(relay);
		if (ready > 0 && fd[0].revents && !take_signal(signals, made->pidfd, relay, ended))
			break;
		if (ready > 0 && fd[1].revents)
			(void)notify_pass(made->notify, made->pid);
		if (ready > 0 && relay)
			relay_move(relay, fd + 2);
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The same with the terminal between. */
static int wait_with_terminal(struct made *made, sigset_t *set)
{
	static struct relay relay;
	char byte;
	int master;

	if (io_receive(made->relay, &byte, &master, 1) <= 0 || master < 0)
		return fail(EPROTO, NULL, "the container's terminal did not come");
	sigaddset(set, SIGTSTP);
	sigprocmask(SIG_BLOCK, set, NULL);
	int err = relay_begin(&relay, master);
	int status = err ? err : wait_for(made, set, &relay);
	relay_end(&relay);
	return status;
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
	struct made made;
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
	making.relay = !detach && !making.console_socket;
	int err = make_container(&making, id, false, &c, &made);
	int status = err || detach     ? err
		     : made.relay >= 0 ? wait_with_terminal(&made, &set)
				       : wait_for(&made, &set, NULL);
	if (!err && detach)
		notify_await_ready(made.notify, made.pidfd, made.pid);
	made_close(&made);
	if (err || detach)
		return err;
	if (keep)
		return status;
	struct error first = *error_last();
	err = container_lock(&c, true);
	if (!err)
		err = delete_container(&c);
	else if (err == -ENOENT)
		err = 0; /* somebody else has deleted it */
	if (status < 0)
		*error_last() = first;
	return status < 0 ? status : err ? err : status;
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
