/* SPDX-License-Identifier: Apache-2.0 */
/* Saves a container to files, through criu(8). */
#include "cmd.h"
#include "criu.h"

#include "base/error.h"
#include "base/interrupt.h"
#include "plan/record.h"
#include "stage/launch.h"

static struct criu_flags flags;

static const struct option options[] = {
	CRIU_OPTIONS(flags),
	FLAG("leave-running", 'R', flags.options.leave_running,
	     "let the container go on, instead of deleting it"),
	FLAG("pre-dump", 0, flags.options.pre_dump,
	     "save only its memory, and let it go on: the checkpoint that follows is short"),
	TEXT("parent-path", 0, flags.options.parent, "DIR",
	     "the images of a --pre-dump, relative to --image-path"),
	FLAG("lazy-pages", 0, flags.options.lazy_pages,
	     "keep the memory, and hand it to a restore that asks for it (--page-server)"),
	TEXT("page-server", 0, flags.server, "ADDRESS:PORT", "send the memory to this page server"),
	TEXT("status-fd", 0, flags.status, "N",
	     "with --lazy-pages: write a byte to descriptor N when that can begin"),
	FLAG("tcp-skip-in-flight", 0, flags.options.tcp_skip_in_flight,
	     "without TCP connections that are not accepted yet"),
	END_OF_OPTIONS,
};

static int save(struct container *c, struct pool *pool)
{
	auto_plan plan = { 0 };
	struct kept kept;
	struct config config;
	struct added added;
	struct host host;

	int err = kept_read(c, &kept, &config);
	if (!err)
		err = container_read_added(c, &added);
	if (!err)
		err = criu_complete(pool, &flags, &config);
	if (!err)
		err = host_probe(pool, &host);
	if (err)
		return err;
	const struct inputs inputs = { .config = &config,
				       .request = kept.request,
				       .host = &host,
				       .added = &added,
				       .criu = &flags.options };
	err = plan_make_checkpoint(&plan, &inputs);
	if (err)
		return err;
	struct launch l = { .plan = &plan, .container = c };
	return launch_checkpoint(&l);
}

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;
	auto_pool pool = { 0 };

	(void)argc;
	int err = open_locked(&c, argv[0]);
	if (!err)
		err = check_alive(&c);
	if (!err && status_of(&c) == OCI_CREATED)
		err = fail_as(CODE_CONTAINER_STATE, 0, NULL,
			      "container \"%s\" has not been started: there is no program to save",
			      c.id);
	if (!err)
		err = guard_descriptors(0);
	if (!err && flags.options.pre_dump && flags.options.leave_running)
		flags.options.leave_running = false; /* which a --pre-dump does anyway */
	if (!err)
		err = save(&c, &pool);
	if (err || flags.options.leave_running || flags.options.pre_dump)
		return err;
	/* criu has killed it. */
	interrupt_begin();
	interrupt_ignore();
	err = container_await_end(&c);
	if (!err)
		err = delete_container(&c);
	interrupt_end();
	return err;
}

const struct verb verb_checkpoint = {
	.name = "checkpoint",
	.arguments = "[OPTION...] ID",
	.summary = "save a container to files, from which restore makes it again",
	.description =
		"Saves the processes of a container, with their memory, files, sockets and\n"
		"namespaces, as images of criu(8), which does the work, and then deletes the\n"
		"container. The files of the root filesystem and of its bind mounts are not\n"
		"in the images: they have to be there, unchanged, for the restore. If it\n"
		"fails, the container goes on, and the message has what criu says; its whole\n"
		"log is dump.log in the directory of --work-path.\n"
		"\n"
		"It needs root, and criu 3.0 or newer in PATH (--criu names another). Options\n"
		"of criu that tare does not have can be given in /etc/criu/tare.conf (or\n"
		"runc.conf), or in a file that the annotation org.criu.config names.",
	.examples = "  tare checkpoint --image-path saved mine\n"
		    "  tare checkpoint --pre-dump --image-path saved/1 mine\n"
		    "  tare checkpoint --parent-path ../1 --image-path saved/2 mine\n",
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
