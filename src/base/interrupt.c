/* SPDX-License-Identifier: Apache-2.0 */
#include "interrupt.h"

#include "error.h"
#include "sys.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

static const int interrupting[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
enum { COUNT = sizeof interrupting / sizeof *interrupting };

static struct sigaction former[COUNT];
static sigset_t former_mask, waiting;
static const sigset_t *mask; /* while waiting; NULL: as it is */
static volatile sig_atomic_t arrived;
static bool disregarded;

static void note(int signal)
{
	arrived = signal;
}

void interrupt_begin(void)
{
	sigset_t set;
	struct sigaction action = { .sa_handler = note };

	sigemptyset(&set);
	for (int i = 0; i < COUNT; i++)
		sigaddset(&set, interrupting[i]);
	sigprocmask(SIG_BLOCK, &set, &former_mask);
	waiting = former_mask;
	for (int i = 0; i < COUNT; i++)
		sigdelset(&waiting, interrupting[i]);
	mask = &waiting;
	for (int i = 0; i < COUNT; i++)
		sigaction(interrupting[i], &action, &former[i]);
}

/* A signal that came too late to change the result is taken for delivered. */
void interrupt_end(void)
{
	const struct timespec none = { 0 };
	sigset_t late;

	sigemptyset(&late);
	for (int i = 0; i < COUNT; i++)
		if (!sigismember(&former_mask, interrupting[i]))
			sigaddset(&late, interrupting[i]);
	while (sigtimedwait(&late, NULL, &none) > 0)
		;
	for (int i = 0; i < COUNT; i++)
		sigaction(interrupting[i], &former[i], NULL);
	sigprocmask(SIG_SETMASK, &former_mask, NULL);
	mask = NULL;
	disregarded = false;
}

void interrupt_ignore(void)
{
	mask = NULL; /* interrupt_begin() has blocked them */
	disregarded = true;
}

int interrupt_signal(void)
{
	return arrived;
}

int interrupt_poll(struct pollfd *fd, nfds_t count, int timeout)
{
	for (;;) {
		int ready = arrived && !disregarded ? -1 : sys_ppoll(fd, count, timeout, mask);
		if (ready >= 0)
			return ready;
		if (arrived && !disregarded)
			return fail_as(CODE_INTERRUPTED, EINTR, NULL, "tare was stopped by SIG%s",
				       sigabbrev_np(arrived));
		if (errno != EINTR)
			return fail_as(CODE_INTERRUPTED, errno, "ppoll", "waiting");
	}
}

static unsigned long long caller_ignores = ~0ULL; /* until known: possibly all of them */

void signals_learn(unsigned long long ignored)
{
	caller_ignores = ignored;
}

void signals_reset(void)
{
	sigset_t none;

	/* execve(2) resets handlers, but an ignored signal stays ignored: SIGPIPE, ignored by a
	 * Go engine or by tare itself, or SIGINT in a background job of a shell. */
	for (int i = 1; i < NSIG; i++)
		if (i == SIGPIPE || caller_ignores >> (i - 1) & 1)
			(void)signal(i, SIG_DFL); /* fails for SIGKILL and SIGSTOP */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
