/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "ending.h"

#include "base/error.h"
#include "libocispec/json.h"

#include <errno.h>
#include <poll.h>

enum { ASK_AGAIN = 10 }; /* milliseconds */

static bool json;

static const struct option options[] = {
	FLAG("json", 0, json, "print the state of the container, once it has ended"),
	END_OF_OPTIONS,
};

/* Until the container has a process, its create may still fail. */
static int open_made(struct container *c, const char *id)
{
	for (;;) {
		int err = container_open(c, state_root(), id);
		if (err || container_status(c) != OCI_CREATING)
			return err;
		container_close(c);
		(void)poll(NULL, 0, ASK_AGAIN);
	}
}

/* For those who ask later. */
static void keep(struct container *c)
{
	const struct state end = c->status.state;

	if (!container_lock(c, true) && !c->status.state.exit_status.set) {
		struct state *s = &c->status.state;
		s->exit_status = end.exit_status;
		s->signal = end.signal;
		s->finished = end.finished;
		note_oom(c);
		(void)container_publish(c);
	}
	container_unlock(c);
	c->status.state.exit_status = end.exit_status;
	error_clear(); /* deleted meanwhile, or it is not ours to write */
}

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;

	(void)argc;
	int err = open_made(&c, argv[0]);
	if (err)
		return err;
	bool kept = c.status.state.exit_status.set;
	int known = container_wait(&c);
	if (known < 0)
		return known;
	if (known && !kept)
		keep(&c);
	struct state *s = &c.status.state;
	if (json) {
		s->status.value = OCI_STOPPED;
		s->pid = (struct opt_i32){ 0, true };
		note_oom(&c);
		return print("%s", json_print(&c.pool, &shape_state, s, JSON_PRETTY));
	}
	if (!known)
		return fail_as(
			CODE_CONTAINER_STATE, 0, NULL,
			"container \"%s\" has ended, and it is not known with which status: nobody "
			"was waiting then",
			argv[0]);
	return print("%d\n", s->exit_status.value);
}

const struct verb verb_wait = {
	.name = "wait",
	.arguments = "[OPTION...] ID",
	.summary = "wait until a container ends, and print its exit status",
	.description =
		"Waits until the container has ended, and prints the exit status of its\n"
		"first process: 128 + the number of the signal, if one has killed it. The\n"
		"status is kept until the container is deleted: `state` and a later wait\n"
		"tell it. A container that is not started yet is waited for, too.\n"
		"\n"
		"No process of tare stays with a container, so it is known only if one of\n"
		"these was there at its end: `wait` (Linux 6.15 or later; on older kernels\n"
		"if the parent of the process, an engine, has not waited for it at once), or\n"
		"`run` without --detach. As long as nobody has waited for the process,\n"
		"`state` and `wait` can tell, too. Otherwise wait is an error, and with\n"
		"--json there is no exitStatus.",
	.examples = "  tare wait mine\n"
		    "  tare wait --json mine | jq '.exitStatus, .signal, .oomKilled, .finished'\n",
	.statuses = "0; 1 if the status is not known. The container's status is printed.",
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
