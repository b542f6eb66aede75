/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "notify.h"

#include "base/error.h"
#include "base/io.h"
#include "stage/launch.h"
#include "seccomp/filter.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Makes the plan of create again, to continue where create has stopped. */
static int plan_again(struct pool *pool, const struct kept *kept, const struct config *config,
		      struct plan *plan)
{
	struct filter filter;
	const struct inputs inputs = {
		.config = config, .request = kept->request, .host = kept->host, .filter = &filter
	};
	char digest[32];

	filter_make(pool, config, &filter);
	int err = plan_make(plan, &inputs);
	if (err)
		return err;
	snprintf(digest, sizeof digest, "%016" PRIx64, plan_digest(plan));
	return strcmp(digest, kept->digest)
		       ? fail_as(CODE_CONTAINER_NEWER, 0, NULL,
				 "the plan differs from the one that create has "
				 "begun: was tare updated "
				 "meanwhile?")
		       : 0;
}

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;
	auto_plan plan = { 0 };
	struct kept kept;
	struct config config;

	(void)argc;
	int err = open_locked(&c, argv[0]);
	if (err)
		return err;
	enum oci_status status = status_of(&c);
	if (status == OCI_STOPPED)
		return fail_as(CODE_CONTAINER_STATE, 0, NULL,
			       "cannot start a container that has stopped");
	if (status == OCI_RUNNING)
		return fail_as(CODE_CONTAINER_STATE, 0, NULL,
			       "cannot start an already running container");
	if (status != OCI_CREATED)
		return fail_as(CODE_CONTAINER_STATE, 0, NULL,
			       "cannot start a container that is %s, not created",
			       name_text(&status_names, (int)status));
	err = kept_read(&c, &kept, &config);
	if (!err)
		err = plan_again(&c.pool, &kept, &config, &plan);
	if (err)
		return err;
	struct launch l = { .plan = &plan, .container = &c, .timed = globals.timings };
	err = launch_start(&l);
	report_timings("start", argv[0], &plan, l.timing, plan.await);
	if (!err) {
		container_unlock(&c); /* other commands may kill and delete it meanwhile */
		notify_await_ready(l.notify, l.pidfd, &c.status);
		io_close(&l.notify);
		io_close(&l.pidfd);
	}
	/* runtime.md, "Lifecycle", step 9: a hook that fails during or after the start ends the
	 * container; so does a signal to this command. */
	if (err) {
		struct error first = *error_last();
		if (first.step >= 0 && (size_t)first.step < plan.steps &&
		    plan.step[first.step].op == OP_HOOK)
			(void)delete_container(&c);
		else if (first.code == CODE_INTERRUPTED)
			(void)(container_signal(&c.status, SIGKILL) || container_await_end(&c));
		*error_last() = first;
	}
	return err;
}

const struct verb verb_start = {
	.name = "start",
	.arguments = "ID",
	.summary = "run the process of a created container",
	.description = "Lets the process of a created container run its program. It returns when\n"
		       "the program has been executed and the poststart hooks have run, and\n"
		       "reports an error if the program can't be executed.",
	.examples = "  tare create --bundle box mine </dev/null; tare start mine\n",
	.least = 1,
	.most = 1,
	.run = run,
};
