/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/error.h"
#include "cgroup/members.h"

#include <errno.h>

enum { PATIENCE = 2000 }; /* milliseconds */

/* A start would wait for a program that is frozen. But one that somebody else has frozen must not
 * keep resume waiting: then it goes on without the lock. */
static int lock(struct container *c, bool frozen)
{
	int err = frozen ? container_lock(c, true) : container_lock_within(c, PATIENCE);

	if (err != -EWOULDBLOCK)
		return err;
	error_clear();
	return 0;
}

/* The status `paused` is read from the cgroup's freezer, so only the cgroup's file is written. */
static int freeze(const char *id, bool frozen)
{
	auto_container c = NO_CONTAINER;
	int err = container_open(&c, state_root(), id);

	if (!err && c.status.state.status.value != OCI_CREATING)
		err = lock(&c, frozen);
	if (err)
		return err;
	enum oci_status status = status_of(&c);
	if (frozen && status != OCI_RUNNING && status != OCI_CREATED)
		return fail_as(CODE_CONTAINER_STATE, 0, NULL,
			       "cannot pause a container that is %s: container not running",
			       name_text(&status_names, (int)status));
	if (!frozen && status != OCI_PAUSED)
		return fail_as(CODE_CONTAINER_STATE, 0, NULL, "container not paused");
	err = members_freeze(container_record(&c), frozen);
	return err ? coded_unless(CODE_FREEZE) : 0;
}

static int run_pause(int argc, char **argv)
{
	(void)argc;
	return freeze(argv[0], true);
}

static int run_resume(int argc, char **argv)
{
	(void)argc;
	return freeze(argv[0], false);
}

const struct verb verb_pause = {
	.name = "pause",
	.arguments = "ID",
	.summary = "suspend all processes of a container",
	.description =
		"Suspends all processes of a container with the freezer of its cgroup. They\n"
		"keep what they have, and get no processor time until `resume`. The\n"
		"container needs a cgroup of its own.",
	.examples = "  tare pause mine\n"
		    "  tare resume mine\n",
	.least = 1,
	.most = 1,
	.run = run_pause,
};
const struct verb verb_resume = {
	.name = "resume",
	.arguments = "ID",
	.summary = "resume all processes of a paused container",
	.description = "Resumes the processes of a container that `pause` has suspended.",
	.examples = "  tare resume mine\n",
	.least = 1,
	.most = 1,
	.run = run_resume,
};
