/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/interrupt.h"
#include "base/error.h"
#include "base/proc.h"
#include "plan/record.h"

#include <errno.h>
#include <signal.h>

static bool force;
static const char *regex;

static const struct option options[] = {
	FLAG("force", 'f', force, "kill the container if it runs; succeed if it does not exist"),
	TEXT("regex", 'r', regex, "EXPRESSION", "delete all containers whose id matches"),
	END_OF_OPTIONS,
};

enum { PATIENCE = 10000 }; /* milliseconds to wait for the command that holds the lock */

/* Another command holds the lock: the create or run that is creating the container, or a start
 * that runs hooks. It ends when init is killed. A command that is creating the container is
 * killed, too, and its init ends with it. */
static int take_over(struct container *c)
{
	char state;
	uint64_t start;
	pid_t creator = c->status.creator.value;

	(void)container_signal(&c->status, SIGKILL); /* it may have ended */
	error_clear();
	if (c->status.state.status.value == OCI_CREATING && creator > 0 &&
	    !proc_stat(creator, &state, &start) && start == c->status.creator_start.value)
		(void)kill(creator, SIGKILL);
	return container_lock_within(c, PATIENCE);
}

static int lock(struct container *c)
{
	int err = container_lock(c, false);

	if (err != -EWOULDBLOCK)
		return err;
	if (force)
		return take_over(c);
	return c->status.state.status.value == OCI_CREATING ? err : container_lock(c, true);
}

static int delete_one(const char *id)
{
	auto_container c = NO_CONTAINER;

	int err = container_open(&c, state_root(), id);
	if (!err)
		err = lock(&c);
	if (err && force && is_broken())
		return delete_broken(&c);
	if (err == -ENOENT && force) {
		error_clear();
		return 0;
	}
	if (err)
		return err;
	enum oci_status status = status_of(&c);
	/* After a `kill ID KILL` nobody has to wait, or to try again. */
	if (status == OCI_RUNNING && !force && proc_is_killed(c.status.state.pid.value) &&
	    !container_await_end(&c))
		status = status_of(&c);
	error_clear();
	/* We hold the lock, so no other command is creating the container any more. Like all
	 * peers, we allow a created container to be deleted. */
	if (!force && status != OCI_STOPPED && status != OCI_CREATED && status != OCI_CREATING)
		return fail_as(CODE_CONTAINER_RUNNING, 0, NULL,
			       "cannot delete container \"%s\" that is not stopped: %s", id,
			       name_text(&status_names, (int)status));
	const struct record *record = container_record(&c);
	bool begun = status != OCI_CREATING || !record || record->version.set;
	/* A signal must not interrupt the deletion: hooks that take down a network, for example,
	 * have to run. */
	interrupt_begin();
	interrupt_ignore();
	err = record || !force || !is_broken() ? delete_container(&c) : delete_broken(&c);
	interrupt_end();
	/* Nothing but the directory: a create that is about to begin makes another one. */
	return err || force || begun || regex ? err : container_is_unknown(&c);
}

static int run(int argc, char **argv)
{
	if (!regex && !argc)
		return fail_as(CODE_ARGUMENT, 0, NULL, "a container id is missing");
	return regex ? each_matching(regex, delete_one) : delete_one(argv[0]);
}

const struct verb verb_delete = {
	.name = "delete",
	.arguments = "[OPTION...] ID",
	.summary = "delete a stopped container and everything created for it",
	.description =
		"Takes back what was made for the container, in the order of its record,\n"
		"and then runs the poststop hooks. A container that dies of `kill ID KILL` is\n"
		"waited for; a running one is refused without --force, which kills it first,\n"
		"ends a command that is still creating it, and takes an id that does not\n"
		"exist for success. A container whose state is damaged, which `list`\n"
		"shows as broken, is removed with --force as far as its record or its cgroup\n"
		"is known.\n"
		"\n"
		"Processes that are left in the cgroup of a stopped container are taken for\n"
		"those of others, unless the container shares a pid namespace: they are\n"
		"left alone, with a warning.",
	.examples = "  tare delete mine\n"
		    "  tare delete --force mine\n"
		    "  tare delete --force --regex '^test-'\n",
	.options = options,
	.least = 0,
	.most = 1,
	.run = run,
};
