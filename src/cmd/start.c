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

/* What the plan is made of again: it points into all of this. */
struct again {
	struct container *container;
	struct plan *plan;
	struct kept kept;
	struct config config;
	struct filter filter;
};

/* Makes the plan of create again, to continue where create has stopped. */
static int plan_again(struct again *a)
{
	struct pool *pool = &a->container->pool;
	char digest[32];

	int err = kept_read(a->container, &a->kept, &a->config);
	if (err)
		return err;
	filter_make(pool, &a->config, &a->filter);
	const struct inputs inputs = { .config = &a->config,
				       .request = a->kept.request,
				       .host = a->kept.host,
				       .filter = &a->filter };
	err = plan_make(a->plan, &inputs);
	if (err)
		return err;
	snprintf(digest, sizeof digest, "%016" PRIx64, plan_digest(a->plan));
	return strcmp(digest, a->kept.digest)
		       ? fail_as(CODE_CONTAINER_NEWER, 0, NULL,
				 "the plan differs from the one that create has "
				 "begun: was tare updated "
				 "meanwhile?")
		       : 0;
}

/* What is to be told is another failure. */
static const struct plan *plan_for_failure(void *context)
{
	struct again *a = context;
	struct error first = *error_last();
	bool made = a->plan->steps || !plan_again(a);

	*error_last() = first;
	return made ? a->plan : NULL;
}

static int check_created(struct container *c)
{
	enum oci_status status = status_of(c);

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
	return 0;
}

/* runtime.md, "Lifecycle", step 9: a hook that fails during or after the start ends the
 * container; so does a signal to this command. */
static void end_container(struct again *a)
{
	struct error first = *error_last();
	const struct plan *plan = plan_for_failure(a);

	if (plan && launch_failed_in_hook(plan))
		(void)delete_container(a->container);
	else if (first.code == CODE_INTERRUPTED)
		(void)(container_signal(&a->container->status, SIGKILL) ||
		       container_await_end(a->container));
	*error_last() = first;
}

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;
	auto_plan plan = { 0 };
	struct again again = { .container = &c, .plan = &plan };

	(void)argc;
	int err = open_locked(&c, argv[0]);
	if (!err)
		err = check_created(&c);
	bool alone = c.status.alone.value && !globals.timings;
	if (!err && !alone)
		err = plan_again(&again);
	if (err)
		return err;
	struct launch l = { .plan = alone ? NULL : &plan,
			    .plan_again = plan_for_failure,
			    .context = &again,
			    .container = &c,
			    .timed = globals.timings };
	err = launch_start(&l);
	if (!alone)
		report_timings("start", argv[0], &plan, l.timing, plan.await);
	if (!err) {
		container_unlock(&c); /* other commands may kill and delete it meanwhile */
		notify_await_ready(l.notify, l.pidfd, &c.status);
		io_close(&l.notify);
		io_close(&l.pidfd);
	} else {
		end_container(&again);
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
