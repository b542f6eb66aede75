/* SPDX-License-Identifier: Apache-2.0 */
/* To stay with a process of a container until it ends: signals go in, what its terminal says comes
 * out. */
#include "cmd.h"
#include "notify.h"
#include "relay.h"

#include "base/error.h"
#include "base/io.h"
#include "base/socket.h"
#include "base/sys.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* The terminal is told by the kernel of what the keys mean; what is left is about the terminal
 * itself. */
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

/* One signal: to the container. false: it asks to leave what a container that has ended had to say.
 */
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

	if (socket_receive(made->relay, &byte, &master, 1) <= 0 || master < 0)
		return fail(EPROTO, NULL, "the container's terminal did not come");
	sigaddset(set, SIGTSTP);
	sigprocmask(SIG_BLOCK, set, NULL);
	int err = relay_begin(&relay, master);
	int status = err ? err : wait_for(made, set, &relay);
	relay_end(&relay);
	return status;
}

void attend_begin(bool subreaper)
{
	sigset_t set = forwarded();

	if (subreaper)
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int attend(struct made *made)
{
	sigset_t set = forwarded();

	return made->relay >= 0 ? wait_with_terminal(made, &set) : wait_for(made, &set, NULL);
}
