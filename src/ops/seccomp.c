/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filter, and the listener of a filter that notifies. Such a filter may notify about
 * any system call, so init makes none until the agent has the listener: it stores the descriptor
 * number in the shared page and polls the page for the answer. The parent duplicates the
 * descriptor (pidfd_getfd(2), Linux 5.6) and sends it to the agent. A stager goes on as soon as the
 * parent has it: the planner has seen that nothing is notified until init executes. */
#include "op.h"

#include "base/interrupt.h"
#include "base/error.h"
#include "base/io.h"
#include "base/socket.h"
#include "base/sys.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 10, FIRST = 4096 }; /* seconds until giving up; bytes */

static time_t seconds(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* vdso(7): usually no system call */
	return now.tv_sec;
}

static int await_agent(struct walker *w)
{
	time_t end = seconds() + PATIENCE;
	int taken;

	while (!(taken = atomic_load(&w->page->taken)))
		if (seconds() > end)
			return fail(ETIMEDOUT, NULL,
				    "the seccomp listener was not sent to the agent in time");
	return taken > 0 ? 0 : fail(0, NULL, "the seccomp agent did not get the listener");
}

int op_seccomp(struct walker *w, const struct step *step)
{
	const struct step_seccomp *s = &step->seccomp;

	if (s->visible && prctl(PR_SET_DUMPABLE, 1))
		return fail(errno, "prctl", "PR_SET_DUMPABLE");
	int listener = sys_seccomp_filter(s->flags, s->program, s->count);
	if (listener < 0) {
		(void)fail(errno, "seccomp", "the filter");
		return error_last()->err == EBUSY ? hint("an inherited filter already has a "
							 "listener, and only one is allowed")
						  : -error_last()->err;
	}
	if (!(s->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
		return 0;
	atomic_store(&w->page->listener, listener + 1);
	int err = await_agent(w);
	if (err || !s->closes)
		return err; /* the exec closes the descriptor */
	io_close(&listener);
	return s->visible && prctl(PR_SET_DUMPABLE, 0) ? fail(errno, "prctl", "PR_SET_DUMPABLE")
						       : 0;
}

/* The descriptor is sent with the first part; the rest follows as the agent reads it. */
static int send_text(int agent, const char *text, int listener)
{
	size_t length = strlen(text), first = length < FIRST ? length : FIRST;
	int err = socket_send(agent, text, first, &listener, 1);

	for (size_t sent = first; !err && sent < length;) {
		struct pollfd ready = { agent, POLLOUT, 0 };
		int n = interrupt_poll(&ready, 1, PATIENCE * 1000);
		if (n < 0)
			return n;
		ssize_t more = n ? send(agent, text + sent, length - sent, MSG_NOSIGNAL) : -1;
		err = more > 0 ? 0 : n ? -errno : -ETIMEDOUT;
		sent += more > 0 ? (size_t)more : 0;
	}
	return err;
}

static int send_listener(const struct walker *w, const struct step_listener *l)
{
	auto_pool pool = { 0 };
	auto_fd int agent = socket_connect(l->path);

	if (agent < 0)
		return fail(-agent, "connect", "the seccomp agent at %s", l->path);
	int err = send_text(agent,
			    pool_text(&pool, "%s%d%s%d%s", l->head, w->parent->init, l->middle,
				      w->parent->init, l->tail),
			    w->slot[l->slot]);
	return err ? fail(-err, "sendmsg", "the seccomp listener to %s", l->path) : 0;
}

/* Runs while init continues, since init can't make a system call to pass the baton. */
int op_fetch(struct walker *w, const struct step *step)
{
	const struct step_fetch *f = &step->fetch;
	struct pollfd ended = { w->baton, POLLIN, 0 };
	int number;

	while (!(number = atomic_load(&w->page->listener))) {
		int err = interrupt_poll(&ended, 1, 1);
		if (err < 0)
			return err;
		if (err > 0)
			return 0; /* the wait for the exec finds out why */
	}
	int fd = w->slot[f->slot] = pidfd_getfd(w->parent->pidfd, number - 1, 0);
	int err = fd < 0 ? fail(errno, "pidfd_getfd", "the seccomp listener") : 0;
	if (err || f->releases)
		atomic_store(&w->page->taken, err ? -1 : 1);
	return err;
}

int op_listener(struct walker *w, const struct step *step)
{
	const struct step_listener *l = &step->listener;
	int err = w->slot[l->slot] < 0 ? 0 : send_listener(w, l);

	io_close(&w->slot[l->slot]); /* only the agent's may be left when the agent ends */
	atomic_store(&w->page->taken, err ? -1 : 1);
	return err;
}
