/* SPDX-License-Identifier: Apache-2.0 */
#include "launch.h"

#include "base/descriptors.h"
#include "base/interrupt.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/socket.h"
#include "live.h"
#include "timing.h"
#include "undo.h"
#include "walk.h"
#include "cgroup/members.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SPARE = 64 }; /* descriptors besides those of slots */

static const struct plan none;

static int begin(struct walker *w, struct parent *parent, const struct launch *l)
{
	*parent = (struct parent){
		.container = l->container,
		.pidfd = -1,
		.waits = l->create,
		.relay = -1,
		.notify = -1,
		.config = l->config,
		.config_length = l->config_length,
		.kept = l->kept,
		.plan_again = l->plan ? NULL : l->plan_again,
		.context = l->context,
	};
	*w = (struct walker){
		.plan = l->plan ? l->plan : &none,
		.me = WHO_PARENT,
		.parent = parent,
		.baton = -1,
		.other_end = -1,
		.listener = -1,
		.page_fd = -1,
	};
	if (!l->plan)
		return 0;
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
	/* Descriptors of cgroups may stay open until the process exits; the others may keep a
	 * mount busy. */
	for (int i = SLOT_DESCRIPTORS; w->slot && i < w->plan->slots; i++)
		if (i < SLOT_CGROUP || i >= SLOT_TREE)
			io_close(&w->slot[i]);
	free(w->slot);
	io_close(&w->baton);
	io_close(&w->other_end);
	io_close(&w->listener);
	io_close(&w->parent->relay);
	io_close(&w->parent->notify);
	io_close(&w->page_fd);
	if (w->page)
		munmap(w->page, w->page_size);
}

/* A copy of the times, which the caller frees. */
static struct timing *timings_of(const struct walker *w)
{
	size_t size = w->plan->steps * sizeof *w->timing;
	struct timing *copy = w->timing ? malloc(size) : NULL;

	if (!copy)
		return NULL;
	memcpy(copy, w->timing, size);
	/* Other processes could write to the page: a value that can't be a time is discarded. */
	for (size_t i = 0; i < w->plan->steps; i++)
		if ((copy[i].began | copy[i].wall | copy[i].processor) >> 61)
			copy[i] = (struct timing){ 0 };
	return copy;
}

/* Passes the results to the caller and releases everything else. */
static int finish(struct launch *l, struct walker *w, int err)
{
	l->pid = w->parent->init;
	l->timing = l->timed ? timings_of(w) : NULL;
	l->relay = err ? -1 : take(&w->parent->relay);
	l->notify = err ? -1 : take(&w->parent->notify);
	l->pidfd = err ? -1 : take(&w->parent->pidfd);
	io_close(&w->parent->pidfd);
	end(w);
	return err;
}

/* If the last step is not one of the parent's, it is the exec, which has to be awaited. */
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

static void end_children(struct walker *w)
{
	io_close(&w->baton); /* a child that waits for the baton exits */
	io_close(&w->other_end);
	if (!walk_has_init(w))
		w->parent->init = walk_cloned(w);
	netdev_move_back(w);
	if (w->parent->init > 0)
		kill(w->parent->init, SIGKILL); /* our child, not yet waited for: its pid can't have
						   been reused */
	if (w->parent->stager > 0)
		kill(w->parent->stager, SIGKILL);
	/* In cgroup v1, frozen processes die only when they are thawed, so an exec into a paused
	 * container can't wait for its children when it is abandoned. */
	if (!w->plan->exec || !members_are_undying(container_record(w->parent->container))) {
		reap(w->parent->stager);
		reap(w->parent->init);
	}
	if (w->slot && w->slot[SLOT_PID_FILE] > 0)
		(void)unlink(w->plan->pid_file);
}

/* If the kernel has killed init for lack of memory, that is the limit's doing. */
static void explain_kill(const struct walker *w)
{
	struct error *e = error_last(), first = *e;
	struct container *c = w->parent->container;

	if (e->code != CODE_PROCESS_ENDED || c->fd < 0)
		return;
	const struct record *record = container_record(c);
	bool oom = record && members_oom_kills(record);
	uint64_t limit = oom ? members_memory_limit(record) : 0;
	*e = first;
	if (!oom)
		return;
	snprintf(e->pointer, sizeof e->pointer, "/linux/resources/memory/limit");
	(void)coded(CODE_MEMORY_START);
	if (limit)
		(void)hint("the limit is %llu bytes, and a few megabytes are the least: raise it",
			   (unsigned long long)limit);
}

/* Rolls back after a failure: ends the children, then undoes what the record says. The original
 * error is kept. */
static void roll_back(struct walker *w)
{
	struct error first = *error_last();
	char line[2048];

	interrupt_ignore();
	end_children(w);
	w->parent->container->status.state.pid.value = 0;
	if (w->parent->container->fd >= 0 && undo(w->parent->container, UNDO_CREATE))
		warning("undoing: %s", error_line(error_last(), line, sizeof line));
	*error_last() = first;
}

/* As begin(), with a page and a baton for the children. */
static int begin_with_children(struct walker *w, struct parent *parent, const struct launch *l)
{
	int pair[2];
	int err = begin(w, parent, l);

	if (!err)
		err = walk_new_page(w, l->timed);
	if (!err && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		err = fail(errno, "socketpair", "the baton");
	if (!err) {
		w->baton = pair[0];
		w->other_end = pair[1];
	}
	return err;
}

/* Whether a process has reached one of its own hooks. */
static bool hooks_reached(const struct walker *w)
{
	for (size_t i = 0; i < w->plan->steps; i++)
		if (w->plan->step[i].op == OP_HOOK &&
		    atomic_load(&w->page->position[w->plan->step[i].who]) >= (int)i)
			return true;
	return false;
}

int launch(struct launch *l, bool *hooked)
{
	struct walker w;
	struct parent parent;

	*hooked = false;
	int err = begin_with_children(&w, &parent, l);
	if (!err) {
		interrupt_begin();
		err = l->create ? walk(&w, 0, l->plan->await + 1) : walk_to_end(&w, 0);
		if (!err && l->create && interrupt_poll(NULL, 0, 0) < 0)
			err = -EINTR; /* a signal came during the last step */
		*hooked = hooks_reached(&w);
	}
	if (parent.stager > 0 && !err)
		reap(parent.stager);
	if (err && w.page) {
		explain_kill(&w);
		roll_back(&w);
	}
	/* Signals stay blocked if nothing but the exit follows: the result is told. */
	if (!err && !l->create)
		interrupt_end();
	return finish(l, &w, err);
}

int launch_exec(struct launch *l)
{
	struct walker w;
	struct parent parent;
	int err = begin_with_children(&w, &parent, l);

	if (!err) {
		interrupt_begin();
		err = walk_to_end(&w, 0);
	}
	if (err && w.page) {
		interrupt_ignore();
		struct error first = *error_last();
		end_children(&w);
		*error_last() = first;
	} else if (!err) {
		reap(parent.stager);
		interrupt_end();
	}
	return finish(l, &w, err);
}

/* All steps of a plan that has no exec. */
static int begin_and_walk(struct walker *w, struct parent *parent, const struct launch *l)
{
	int err = begin_with_children(w, parent, l);

	if (err)
		return err;
	interrupt_begin();
	return walk(w, 0, l->plan->steps);
}

/* One that waits for a filesystem of the container's may not even die of SIGKILL. */
static void end_stager(struct walker *w)
{
	io_close(&w->baton);
	if (w->parent->stager > 0)
		kill(w->parent->stager, SIGKILL);
	if (error_last()->err != ETIMEDOUT)
		reap(w->parent->stager);
}

/* What the stager has not come to make is not to be removed: something else may be there. */
static void forget_unmade(const struct walker *w, const struct added *older)
{
	struct added *all = w->plan->added;
	int reached = w->page ? atomic_load(&w->page->position[WHO_STAGER]) : -1;
	size_t made = older->devices.count;

	for (size_t i = 0; i < w->plan->steps && (int)i < reached; i++)
		made += w->plan->step[i].op == OP_NODE;
	for (size_t i = older->devices.count; i < all->devices.count; i++)
		if (all->devices.item[i].mount)
			return; /* those are the host's, and attached by their identity */
	all->devices.count = made;
}

int launch_live(struct launch *l)
{
	struct walker w;
	struct parent parent;
	int err = begin_and_walk(&w, &parent, l);

	if (!err) {
		io_close(&w.other_end);
		err = walk_await_stager(&w);
	}
	interrupt_ignore();
	if (!err) {
		reap(parent.stager);
		err = live_keep(l->container, l->plan->added, l->added);
	} else {
		struct error first = *error_last();
		if (w.page)
			end_stager(&w);
		forget_unmade(&w, l->added);
		(void)live_take_back(l->container, l->plan->added);
		*error_last() = first;
	}
	return finish(l, &w, err);
}

enum { CRIU_PATIENCE = 300000 }; /* ms */

/* criu that loses its socket lets the container go. */
int launch_checkpoint(struct launch *l)
{
	struct walker w;
	struct parent parent;
	int err = begin_and_walk(&w, &parent, l);

	if (w.slot)
		io_close(&w.slot[SLOT_CRIU]);
	/* It may be at work on the container's processes, which it lets go at its next word: after
	 * a signal that may take as long as the memory takes to be written. */
	struct pollfd end = { parent.pidfd, POLLIN, 0 };
	if (parent.stager > 0 && parent.pidfd >= 0 && poll(&end, 1, CRIU_PATIENCE) == 0)
		kill(parent.stager, SIGKILL);
	reap(parent.stager);
	if (!err)
		interrupt_end();
	return finish(l, &w, err);
}

static int handshake(struct walker *w)
{
	char byte;
	int page;

	w->baton = container_connect(w->parent->container);
	if (w->baton < 0)
		return w->baton;
	if (socket_receive(w->baton, &byte, &page, 1) != 1 || page < 0)
		return fail_as(CODE_PROCESS_ENDED, EPROTO, NULL,
			       "the container's first process does not answer");
	return walk_map_page(w, page);
}

bool launch_failed_in_hook(const struct plan *plan)
{
	int step = error_last()->step;

	return step >= 0 && (size_t)step < plan->steps && plan->step[step].op == OP_HOOK;
}

/* Of a first process that can't go on: at the end of the baton it exits. The failure is told when
 * the container has stopped. */
static void await_end(struct walker *w)
{
	enum { PATIENCE = 2000 }; /* ms: it may be stopped */
	struct pollfd end = { w->parent->pidfd, POLLIN, 0 };

	io_close(&w->baton);
	(void)poll(&end, 1, PATIENCE);
}

int launch_start(struct launch *l)
{
	struct walker w;
	struct parent parent;
	struct status *s = &l->container->status;
	int err = begin(&w, &parent, l);

	if (!err)
		err = handshake(&w);
	if (!err) {
		interrupt_begin();
		err = socket_tell(w.baton, START_SOON, NULL, 0);
		if (err)
			err = fail(-err, "sendmsg", "the container's first process");
	}
	if (!err) {
		/* Published before the exec: if we are killed now, init exits, and the container
		 * is stopped. */
		s->state.status.value = OCI_RUNNING;
		err = container_publish(l->container);
		if (err)
			(void)socket_tell(w.baton, START_NOT, NULL, 0);
	}
	if (!err) {
		parent.init = s->state.pid.value;
		parent.pidfd = container_pidfd(s);
		err = socket_tell(w.baton, START_GO, NULL, 0);
		err = err	? fail(-err, "sendmsg", "the container's first process")
		      : l->plan ? walk_to_end(&w, l->plan->await + 1)
				: walk_await_exec(&w);
		/* Signals stay blocked if nothing but the exit follows: the result is told. */
		if (err)
			interrupt_ignore();
		else if (parent.notify >= 0)
			interrupt_end();
	}
	/* Before a poststart hook the program has been executed. */
	if (err && parent.pidfd >= 0 && !(l->plan && launch_failed_in_hook(l->plan)) &&
	    error_last()->code != CODE_INTERRUPTED)
		await_end(&w);
	return finish(l, &w, err);
}

void launch_poststop(const struct plan *plan)
{
	struct shared page = { 0 };
	struct parent parent = { .pidfd = -1 };
	struct walker w = { .plan = plan, .me = WHO_PARENT, .parent = &parent, .page = &page };
	char line[2048];

	/* runtime.md, "Lifecycle", step 13: a failure is logged, and the remaining hooks still
	 * run. */
	for (size_t i = 0; i < plan->steps; i++)
		if (ops[plan->step[i].op](&w, &plan->step[i]))
			warning("%s", error_line(error_last(), line, sizeof line));
	error_clear();
}
