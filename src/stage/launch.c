/* SPDX-License-Identifier: Apache-2.0 */
#include "launch.h"

#include "base/descriptors.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/report.h"
#include "undo.h"
#include "walk.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SPARE = 64 }; /* descriptors besides those of slots */

static size_t find(const struct plan *plan, enum op_kind op)
{
	size_t i = 0;

	while (i < plan->steps && plan->step[i].op != op)
		i++;
	return i;
}

static int begin(struct walker *w, const struct launch *l)
{
	*w = (struct walker){
		.plan = l->plan,
		.me = WHO_PARENT,
		.baton = -1,
		.other_end = -1,
		.listener = -1,
		.limit = -1,
		.parent = -1,
		.relay = -1,
		.notify = -1,
		.page_fd = -1,
		.pidfd = -1,
		.container = l->container,
		.waits = l->create,
		.config = l->config,
		.config_length = l->config_length,
		.made = l->made,
	};
	descriptors_make_room((unsigned long)l->plan->slots + SPARE);
	w->slot = malloc((size_t)l->plan->slots * sizeof *w->slot);
	if (!w->slot)
		return fail(ENOMEM, NULL, "slots");
	for (int i = 0; i < l->plan->slots; i++)
		w->slot[i] = -1;
	return 0;
}

static void end(struct walker *w)
{
	/* Those of the cgroups hold nothing up and end with the process; the others may keep a mount busy. */
	for (int i = 0; w->slot && i < w->plan->slots; i++)
		if (i < SLOT_CGROUP || i >= SLOT_TREE)
			io_close(&w->slot[i]);
	free(w->slot);
	io_close(&w->baton);
	io_close(&w->other_end);
	io_close(&w->listener);
	io_close(&w->limit);
	io_close(&w->relay);
	io_close(&w->notify);
	io_close(&w->page_fd);
	if (w->page)
		munmap(w->page, sizeof *w->page);
}

/* What the caller gets, and all else away. */
static int finish(struct launch *l, struct walker *w, int err)
{
	l->pid = w->init;
	l->relay = err ? -1 : take(&w->relay);
	l->notify = err ? -1 : take(&w->notify);
	l->pidfd = err ? -1 : take(&w->pidfd);
	io_close(&w->pidfd);
	end(w);
	return err;
}

/* The last word is the parent's, or it is the exec itself. */
static int walk_to_end(struct walker *w, size_t from)
{
	const struct plan *plan = w->plan;
	int err = walk(w, from, plan->steps);

	return err || plan->step[plan->steps - 1].who == WHO_PARENT ? err : walk_await_exec(w);
}

static void reap(pid_t pid)
{
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static const char *pid_file(const struct plan *plan)
{
	size_t at = plan->steps;

	while (at-- > 0)
		if (plan->step[at].op == OP_PUBLISH && plan->step[at].publish.pid_file)
			return plan->step[at].publish.pid_file;
	return NULL;
}

static void end_children(struct walker *w)
{
	io_close(&w->baton); /* whoever waits for it ends */
	io_close(&w->other_end);
	if (!w->init)
		w->init = walk_cloned(w);
	netdev_take_back(w);
	if (w->init > 0)
		kill(w->init,
		     SIGKILL); /* our child, not yet waited for: nobody else has this number */
	if (w->stager > 0)
		kill(w->stager, SIGKILL);
	/* v1's frozen processes die when they are thawed: an exec into a paused container that is given up. */
	if (!w->plan->exec || !undo_is_frozen(w->container)) {
		reap(w->stager);
		reap(w->init);
	}
	if (w->published)
		(void)unlink(pid_file(w->plan));
}

/* The way back: the children end, then what the record says. The error that brought us here is kept. */
static void take_back(struct walker *w)
{
	struct error first = *error_last();
	char line[2048];

	interrupt_disregard();
	end_children(w);
	w->container->status.state.pid.value = 0;
	if (w->container->fd >= 0 && undo(w->container, UNDO_CREATE))
		warning("undoing: %s", error_line(error_last(), line, sizeof line));
	*error_last() = first;
}

/* With a page and a baton for children to come. */
static int begin_family(struct walker *w, const struct launch *l)
{
	int pair[2];
	int err = begin(w, l);

	if (!err)
		err = walk_new_page(w);
	if (!err && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		err = fail(errno, "socketpair", "the baton");
	if (!err) {
		w->baton = pair[0];
		w->other_end = pair[1];
	}
	return err;
}

int launch(struct launch *l, bool *hooked)
{
	struct walker w;

	*hooked = false;
	int err = begin_family(&w, l);
	if (!err) {
		interrupt_begin();
		err = l->create ? walk(&w, 0, find(l->plan, OP_AWAIT) + 1) : walk_to_end(&w, 0);
		*hooked = atomic_load(&w.page->position[WHO_PARENT]) > (int)find(l->plan, OP_CLONE);
	}
	if (w.stager > 0 && !err)
		reap(w.stager);
	if (err && w.page)
		take_back(&w);
	else if (!err)
		interrupt_end();
	return finish(l, &w, err);
}

int launch_exec(struct launch *l)
{
	struct walker w;
	int err = begin_family(&w, l);

	if (!err) {
		interrupt_begin();
		err = walk_to_end(&w, 0);
	}
	if (err && w.page) {
		interrupt_disregard();
		struct error first = *error_last();
		end_children(&w);
		*error_last() = first;
	} else if (!err) {
		reap(w.stager);
		interrupt_end();
	}
	return finish(l, &w, err);
}

static int handshake(struct walker *w)
{
	char byte;
	int page;

	w->baton = container_connect(w->container);
	if (w->baton < 0)
		return w->baton;
	if (io_receive(w->baton, &byte, &page, 1) != 1 || page < 0)
		return fail(EPROTO, NULL, "the container's first process does not answer");
	return walk_map_page(w, page);
}

int launch_start(struct launch *l)
{
	struct walker w;
	struct status *s = &l->container->status;
	int err = begin(&w, l);

	if (!err)
		err = handshake(&w);
	if (!err) {
		/* Before the exec: if we are killed now, init ends, and the container is stopped. */
		s->state.status.value = OCI_RUNNING;
		err = container_publish(l->container);
	}
	if (!err) {
		w.init = s->state.pid.value;
		w.pidfd = container_pidfd(s);
		interrupt_begin();
		(void)io_send(w.baton, 'g', NULL, 0);
		err = walk_to_end(&w, find(l->plan, OP_AWAIT) + 1);
		if (!err)
			interrupt_end();
		else
			interrupt_disregard();
	}
	return finish(l, &w, err);
}

void launch_poststop(const struct plan *plan)
{
	struct shared page = { 0 };
	struct walker w = { .plan = plan, .me = WHO_PARENT, .page = &page };
	char line[2048];

	/* runtime.md, "Lifecycle", step 13: a failure is logged, and the others run all the same. */
	for (size_t i = 0; i < plan->steps; i++)
		if (ops[plan->step[i].op](&w, &plan->step[i]))
			warning("%s", error_line(error_last(), line, sizeof line));
	error_clear();
}
