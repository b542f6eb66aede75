/* SPDX-License-Identifier: Apache-2.0 */
#include "walk.h"

#include "base/interrupt.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/socket.h"
#include "base/proc.h"
#include "base/staged.h"
#include "base/sys.h"
#include "container/container.h"
#include "timing.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* --- faults, for tests: see tests/fault/ --- */

#ifdef TARE_FAULTS
static bool chosen(const char *variable, size_t at, enum op_kind op)
{
	const char *value = getenv(variable);
	char number[24];

	snprintf(number, sizeof number, "%zu", at);
	return value && (!strcmp(value, number) || !strcmp(value, op_name(op)));
}

/* Waits until the test has opened the FIFO, first for writing (which tells it that this step was
 * reached), then for reading. */
static void pause_for_test(void)
{
	static const int how[] = { O_RDONLY | O_CLOEXEC, O_WRONLY | O_CLOEXEC };

	for (int i = 0; i < 2; i++) {
		auto_fd int fd = open(getenv("TARE_PAUSE_FIFO"), how[i]);
		(void)fd;
	}
}

static int perform(struct walker *w, const struct step *step, size_t at)
{
	if (chosen("TARE_KILL", at, step->op)) {
		raise(SIGKILL);
		_exit(99); /* in the init of a pid namespace SIGKILL is ignored */
	}
	if (chosen("TARE_PAUSE", at, step->op))
		pause_for_test();
	if (chosen("TARE_FAULT", at, step->op))
		return fail(EIO, NULL, "injected");
	if (chosen("TARE_MUTE", at, step->op)) {
		io_close(&w->slot[SLOT_PARENT]); /* it is not of this step */
		return 0;
	}
	int err = ops[step->op](w, step);
	if (!err && chosen("TARE_FAULT_AFTER", at, step->op))
		return fail(EIO, NULL, "injected");
	return err;
}
#else
static int perform(struct walker *w, const struct step *step, size_t at)
{
	(void)at;
	return ops[step->op](w, step);
}
#endif

/* --- errors across processes --- */

void walk_mark(const struct step *step)
{
	struct error *e = error_last();

	(void)coded_unless(op_row(step->op)->code);
	if (!*e->pointer)
		snprintf(e->pointer, sizeof e->pointer, "%s",
			 strcmp(step->pointer, "/") ? step->pointer : "");
}

static void mark(const struct walker *w, size_t at)
{
	error_last()->step = (int)at;
	walk_mark(&w->plan->step[at]);
}

static _Noreturn void die(struct walker *w)
{
	w->page->error = *error_last();
	atomic_store(&w->page->failed, 1);
	_exit(1);
}

/* The page was written by a process that may have been killed or compromised meanwhile, so make
 * sure that every string is terminated. */
static int read_shared_error(const struct walker *w)
{
	struct error *e = error_last();

	*e = w->page->error;
	e->pointer[sizeof e->pointer - 1] = e->call[sizeof e->call - 1] =
		e->text[sizeof e->text - 1] = e->hint[sizeof e->hint - 1] = '\0';
	return e->err > 0 ? -e->err : -EINVAL;
}

bool walk_has_init(const struct walker *w)
{
	return w->parent->init && w->parent->init != w->parent->stager;
}

/* Of an existing container, besides its first one. */
static bool is_process(const struct walker *w)
{
	return w->plan->exec || w->plan->live;
}

/* Adds to the error the step in which the other process is, if it has begun with one. */
static void name_step(struct walker *w, int position)
{
	char detail[512];

	if (position < 0 || (size_t)position >= w->plan->steps)
		return;
	const struct step *step = &w->plan->step[position];
	step_describe(step, detail, sizeof detail);
	(void)also("in %s %s", op_name(step->op), detail);
	mark(w, (size_t)position);
}

/* The other side has ended without reporting an error: finds out how, and in which step. */
static int report_child_exit(struct walker *w)
{
	siginfo_t info = { 0 };
	pid_t pid = w->parent->init ? w->parent->init : atomic_load(&w->page->init);
	bool staged = w->parent->stager && !walk_has_init(w);
	int position = atomic_load(&w->page->position[staged ? WHO_STAGER : WHO_INIT]);
	const struct plan *again = w->parent->plan_again ? w->parent->plan_again(w->parent->context)
							 : NULL;
	w->plan = again ? again : w->plan;
	if (pid <= 0)
		pid = w->parent->stager;
	const char *name = is_process(w) ? "the process" : "the container's first process";
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) || !info.si_pid)
		(void)fail_as(CODE_PROCESS_ENDED, 0, NULL, "%s has ended", name);
	else if (info.si_code == CLD_EXITED)
		(void)fail_as(CODE_PROCESS_ENDED, 0, NULL, "%s has ended with status %d", name,
			      info.si_status);
	else
		(void)fail_as(CODE_PROCESS_ENDED, 0, NULL, "%s was killed by SIG%s", name,
			      sigabbrev_np(info.si_status));
	name_step(w, position);
	if (info.si_code == CLD_KILLED && info.si_status == SIGKILL)
		(void)hint("another process killed it, or the memory limit is too low");
	return -EINVAL;
}

/* --- the baton --- */

enum { PATIENCE = 5000 }; /* milliseconds: half of the time that a process may stay stopped */

static bool passes(const struct plan *plan, size_t at)
{
	const struct step *before = &plan->step[at - 1], *now = &plan->step[at];

	/* The parent wakes init directly and continues without the baton; init then waits for
	 * it. */
	if (before->op == OP_AWAIT)
		return false;
	/* The parent performs these steps while init continues. */
	if (now->op == OP_FETCH || before->op == OP_FETCH ||
	    (before->op == OP_LISTENER && before[-1].op == OP_FETCH))
		return false;
	return before->who != now->who &&
	       !(before->op == OP_CLONE && before->clone.child == now->who);
}

static int send_baton(struct walker *w)
{
	int err = socket_tell(w->baton, 'b', NULL, 0);

	/* If the other side is gone, the next receive returns end of file. */
	return err && err != -EPIPE && err != -ECONNRESET ? fail(-err, "sendmsg", "the baton") : 0;
}

/* The other side may run hooks that enter the mount namespace. */
static int pass_baton(struct walker *w, size_t at)
{
	int err = staged_clear() ? fail(errno, "umount2", "the stage of mounts") : 0;

	if (!err)
		err = send_baton(w);
	if (err)
		mark(w, at);
	return err;
}

pid_t walk_cloned(const struct walker *w)
{
	siginfo_t info;
	pid_t pid = atomic_load(&w->page->init);

	/* The pid of a child that has not been waited for can't have been reused. */
	while (pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT))
		if (errno != EINTR)
			return 0;
	return pid > 0 ? pid : 0;
}

/* init was cloned by a stager with CLONE_PARENT, so it is our child. A stager that builds stands
 * for it until then. */
static int register_init(struct walker *w)
{
	if (w->me != WHO_PARENT || walk_has_init(w))
		return 0;
	pid_t init = walk_cloned(w);
	if (init && init != w->parent->init) {
		w->parent->init = init;
		io_close(&w->parent->pidfd);
		w->parent->pidfd = pidfd_open(w->parent->init, 0);
		if (w->parent->pidfd < 0 && !sys_is_missing(errno))
			return fail(errno, "pidfd_open", "the container's first process");
	}
	return 0;
}

/* The process that we are waiting for. */
static pid_t other_side(const struct walker *w)
{
	if (walk_has_init(w))
		return w->parent->init;
	pid_t init = walk_cloned(w); /* it may have been cloned meanwhile */
	return init ? init : w->parent->stager;
}

/* Other processes in its namespace can stop a process before its exec and never continue it, and
 * the parent would wait for ever. A process that is slow, or frozen with its container, is not
 * affected. */
static bool is_stopped(const struct walker *w)
{
	char state = 0;
	uint64_t start;
	pid_t pid = other_side(w);

	return pid > 0 && !proc_stat(pid, &state, &start) && (state == 'T' || state == 't');
}

static int await_baton(struct walker *w)
{
	struct pollfd fd = { w->baton, POLLIN, 0 };

	for (int stopped = 0;;) {
		int ready = interrupt_poll(&fd, 1, PATIENCE);
		if (ready)
			return ready < 0 ? ready : 0;
		stopped = is_stopped(w) ? stopped + 1 : 0;
		if (stopped > 1)
			return fail_as(
				CODE_PROCESS_ENDED, ETIMEDOUT, NULL,
				"the %s has been stopped by another process (SIGSTOP), and does "
				"not continue",
				is_process(w) ? "process" : "container's first process");
	}
}

static int receive_baton(struct walker *w)
{
	char byte;

	if (w->me != WHO_PARENT) {
		if (socket_receive(w->baton, &byte, NULL, 0) != 1)
			_exit(1); /* the parent is gone: there is no process to report to */
		return 0;
	}
	int err = await_baton(w);
	if (err < 0)
		return err;
	if (socket_receive(w->baton, &byte, NULL, 0) == 1)
		return register_init(w);
	(void)register_init(w);
	return atomic_load(&w->page->failed) ? read_shared_error(w) : report_child_exit(w);
}

static bool is_exec(const struct walker *w, int position)
{
	if (w->parent && w->parent->plan_again)
		return (uint32_t)position == w->parent->container->status.alone.value;
	return position >= 0 && (size_t)position < w->plan->steps &&
	       w->plan->step[position].op == OP_EXEC;
}

int walk_await_exec(struct walker *w)
{
	char byte;

	int err = await_baton(w);
	if (err < 0)
		return err;
	if (socket_receive(w->baton, &byte, NULL, 0) == 1)
		return fail(EPROTO, NULL,
			    "the container's first process sent something after its last step");
	err = register_init(w);
	if (atomic_load(&w->page->failed))
		return read_shared_error(w);
	if (!err && w->me == WHO_PARENT && !walk_has_init(w))
		return fail(EPROTO, NULL, "the pid of the process is unknown");
	/* Was it killed before its exec? Killed during the exec counts as killed after it. */
	int position = atomic_load(&w->page->position[WHO_INIT]);
	if (!is_exec(w, position))
		return report_child_exit(w);
	timing_end_exec(w);
	return err;
}

int walk_await_stager(struct walker *w)
{
	struct pollfd fd = { w->baton, POLLIN, 0 };
	siginfo_t info = { 0 };
	char byte;

	/* It looks up paths in the container, and a filesystem there may never answer. */
	int ready = interrupt_poll(&fd, 1, 2 * PATIENCE);
	if (ready < 0)
		return ready;
	if (!ready) {
		(void)fail_as(CODE_PROCESS_ENDED, ETIMEDOUT, NULL,
			      "a filesystem of the container does not answer, or a process there "
			      "has stopped this one");
		name_step(w, atomic_load(&w->page->position[WHO_STAGER]));
		return hint("end the process that serves the filesystem, or that has stopped this "
			    "one, or unmount it with nsenter -m -t PID");
	}
	(void)socket_receive(w->baton, &byte, NULL, 0);
	if (atomic_load(&w->page->failed))
		return read_shared_error(w);
	while (waitid(P_PID, (id_t)w->parent->stager, &info, WEXITED | WNOWAIT) && errno == EINTR)
		;
	return info.si_code == CLD_EXITED && !info.si_status ? 0 : report_child_exit(w);
}

/* --- the walk --- */

static void tell_one(const struct walker *w, size_t at)
{
	const struct log_details details = { .step = (int)at };
	const struct step *step = &w->plan->step[at];
	char detail[1024];

	step_describe(step, detail, sizeof detail);
	log_record(LOG_LEVEL_DEBUG, &details, "%s: step %zu: %s %s", who_name(w->me), at,
		   op_name(step->op), detail);
}

/* A seccomp filter may kill a process that writes, so the steps after it are told before it. */
static void tell(const struct walker *w, size_t at)
{
	const struct plan *plan = w->plan;

	for (size_t i = 0; i < at; i++)
		if (plan->step[i].op == OP_SECCOMP && w->me != WHO_PARENT)
			return;
	tell_one(w, at);
	for (size_t i = at + 1; plan->step[at].op == OP_SECCOMP && i < plan->steps; i++)
		if (plan->step[i].who != WHO_PARENT)
			tell_one(w, i);
}

static int run_step(struct walker *w, size_t at)
{
	const struct step *step = &w->plan->step[at];
	char line[2048];

	atomic_store(&w->page->position[w->me], (int)at);
	if (log_wanted(LOG_LEVEL_DEBUG))
		tell(w, at);
	timing_begin(w, at);
	int err = perform(w, step, at);
	timing_end(w, at);
	if (err && step->allow & MAY_FAIL) {
		debug("step %zu may fail: %s", at, error_line(error_last(), line, sizeof line));
		error_clear();
		err = 0;
	}
	if (err)
		mark(w, at);
	return err;
}

static bool has_more(const struct walker *w, size_t from)
{
	for (size_t i = from; i < w->plan->steps; i++)
		if (w->plan->step[i].who == w->me)
			return true;
	return false;
}

int walk(struct walker *w, size_t from, size_t to)
{
	/* A process that is cloned during the walk walks to the end of the plan. */
	for (size_t i = from; i < (w->me == WHO_PARENT ? to : w->plan->steps); i++) {
		const struct step *step = &w->plan->step[i];
		int err = 0;
		if (i > from && passes(w->plan, i)) {
			if (w->plan->step[i - 1].who == w->me)
				err = pass_baton(w, i - 1);
			else if (step->who == w->me)
				err = w->plan->step[i - 1].op == OP_EXEC ? walk_await_exec(w)
									 : receive_baton(w);
		}
		if (!err && w->me == WHO_STAGER && !has_more(w, i))
			_exit(0); /* its last step was the clone of init, which has inherited its
				     end of the baton */
		if (!err && step->who == w->me)
			err = run_step(w, i);
		if (err && w->me != WHO_PARENT)
			die(w);
		if (err)
			return err;
	}
	if (w->me == WHO_STAGER)
		_exit(0); /* its last step was the plan's */
	return 0;
}

/* --- the page --- */

static size_t timed_size(const struct walker *w)
{
	return sizeof *w->page + w->plan->steps * sizeof *w->timing;
}

static int map_page(struct walker *w, int fd, bool timed)
{
	w->page_size = timed ? timed_size(w) : sizeof *w->page;
	w->page = mmap(NULL, w->page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (w->page == MAP_FAILED) {
		w->page = NULL;
		return fail(errno, "mmap", "the shared page");
	}
	w->page_fd = fd;
	w->timing = timed ? (struct timing *)(w->page + 1) : NULL;
	return 0;
}

int walk_map_page(struct walker *w, int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		return fail(errno, "fstat", "the shared page");
	/* It comes from init, which could be somebody else's by now: a page that can shrink would
	 * kill whoever reads it (SIGBUS). */
	int seals = fcntl(fd, F_GET_SEALS);
	bool sealed = seals >= 0 && seals & F_SEAL_SHRINK;
	if ((!sealed && sys_permits(SYS_memfd_create)) || (size_t)status.st_size < sizeof *w->page)
		return fail_as(
			CODE_PROCESS_ENDED, 0, NULL,
			"the container's first process has sent something else than its page");
	return map_page(w, fd, (size_t)status.st_size >= timed_size(w));
}

int walk_new_page(struct walker *w, bool timed)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	bool sealable;
	auto_fd int fd = io_anonymous(false, &sealable);

	if (fd < 0 || ftruncate(fd, (off_t)(timed ? timed_size(w) : sizeof *w->page)) ||
	    (sealable && fcntl(fd, F_ADD_SEALS, seals)))
		return fail(errno, "memfd_create", "the shared page");
	int err = map_page(w, fd, timed);
	if (err)
		return err;
	for (int i = 0; i < 3; i++)
		atomic_store(&w->page->position[i], -1);
	w->page_fd = take(&fd);
	return 0;
}
