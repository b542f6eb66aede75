/* SPDX-License-Identifier: Apache-2.0 */
/* Global options, the verbs, and the one place that prints an error and picks the exit status. */
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/error.h"
#include "base/log.h"
#include "base/self.h"
#include "cmd/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Makes the path absolute: it is recorded for later commands, and passed to systemd and to hooks.
 */
static const char *from_here(const char *root)
{
	static char path[2 * PATH_MAX];
	char cwd[PATH_MAX];

	if (*root == '/' || !getcwd(cwd, sizeof cwd))
		return root;
	snprintf(path, sizeof path, "%s/%s", cwd, root);
	return path;
}

const char *state_root(void)
{
	static char path[PATH_MAX];
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	bool set = runtime && *runtime; /* podman sets it to "" */

	if (globals.root)
		return globals.root = from_here(globals.root);
	if (geteuid() == 0 && !(set && strncmp(runtime, "/run/user/0", 11) && access("/run", W_OK)))
		return "/run/tare";
	if (set)
		snprintf(path, sizeof path, "%s/tare", runtime);
	else
		snprintf(path, sizeof path, "/run/user/%u/tare", geteuid());
	return path;
}

static int set_log(void)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {
		{ "error", LOG_LEVEL_ERROR },  { "warning", LOG_LEVEL_WARNING },
		{ "warn", LOG_LEVEL_WARNING }, { "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },
	};

	for (size_t i = 0; globals.log_level && i < sizeof levels / sizeof *levels; i++)
		if (!strcmp(globals.log_level, levels[i].name))
			log_level(levels[i].level);
	if (globals.debug)
		log_level(LOG_LEVEL_DEBUG);
	return log_open(globals.log, globals.log_format && !strcmp(globals.log_format, "json"));
}

/* "tare: create box: config.json#/mounts/3: ..." Engines show only the beginning of a line, and
 * use ids of 64 digits: a long id is put at the end. */
static int complain(const char *verb, const char *object)
{
	enum { SHORT = 24 };
	char line[2048];
	bool last = object && strlen(object) > SHORT && !strchr(object, '/'); /* an id */

	(void)coded_unless(CODE_MACHINE);
	if (error_last()->code == CODE_STATE_DIRECTORY && geteuid() && !globals.root &&
	    !getenv("XDG_RUNTIME_DIR"))
		(void)hint("XDG_RUNTIME_DIR is not set, as after su: log in by ssh, or use tare "
			   "--root ~/.local/state/tare for every command");
	const struct error *e = error_last();
	const struct log_details details = { e->code, e->pointer, error_cure(e), e->step, e->err };
	error_line(e, line, sizeof line);
	if (last)
		log_record(LOG_LEVEL_ERROR, &details, "%s: %s [%s]", verb, line, object);
	else
		log_record(LOG_LEVEL_ERROR, &details, "%s%s%s%s%s", verb ? verb : "",
			   object ? " " : "", object ? object : "", verb ? ": " : "", line);
	return EXIT_FAILURE;
}

static int failure(const struct verb *verb)
{
	return verb->failure ? verb->failure : EXIT_FAILURE;
}

static int run_verb(const struct verb *verb, char **argv)
{
	int count = options_parse(verb->options, argv, verb->most == ANOTHERS);

	if (count == OPTION_HELP) {
		help_verb(verb);
		return print("%s", "") ? complain(verb->name, NULL) : EXIT_SUCCESS;
	}
	if (count >= 0 && count < verb->least)
		count = fail_as(CODE_ARGUMENT, 0, NULL, "an argument is missing: tare %s %s",
				verb->name, verb->arguments);
	if (count > verb->most)
		count = fail_as(CODE_ARGUMENT, 0, NULL, "too many arguments: tare %s %s",
				verb->name, verb->arguments);
	if (count < 0) {
		(void)complain(verb->name, NULL);
		return failure(verb);
	}

	int status = verb->run(count, argv);
	if (status >= 0)
		return status;
	(void)complain(verb->name, count > verb->object ? argv[verb->object] : NULL);
	return interrupt_signal() ? 128 + interrupt_signal() : failure(verb);
}

/* If stdin, stdout or stderr is closed, one of our own descriptors would get its number and be
 * passed on to the container. */
static int fill_stdio(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", O_RDWR) != fd) /* NOLINT: it is to stay */
			return fail(errno, "open",
				    "/dev/null to replace a closed stdin, stdout or stderr");
	return 0;
}

/* In a pod, or in a container that has no pid namespace of its own, other processes of root can
 * see ours. Until the container's program runs, they must not be able to trace us or our
 * children, or to open our files in /proc. An unprivileged user has to stay dumpable until the
 * user namespace is mapped; see is_nondumpable() of the planner. */
static int hide(void)
{
	return !geteuid() && prctl(PR_SET_DUMPABLE, 0) ? fail(errno, "prctl", "PR_SET_DUMPABLE")
						       : 0;
}

int main(int argc, char **argv)
{
	globals.began = time_nanoseconds(CLOCK_REALTIME);
	char **as_given = calloc((size_t)argc + 1, sizeof *as_given); /* parsing reorders argv */
	if (as_given)
		memcpy(as_given, argv, (size_t)argc * sizeof *argv);
	int count = argc ? options_parse(global_options, argv + 1, true) : 0;
	const struct verb *verb = count > 0 ? verb_find(argv[1]) : NULL;
	bool unfilled = fill_stdio();
	/* This executes the program again, so whatever precedes it is done twice. */
	bool exposed = verb && verb->enters && (!as_given || self_protect(as_given) || hide());
	free(as_given);
	globals.name = argc && strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	/* A closed pipe is then an error of write(), and is reported like any other. */
	(void)signal(SIGPIPE, SIG_IGN);
	/* Where the caller ignores it, waitpid(2) would find no child. */
	(void)signal(SIGCHLD, SIG_DFL);

	if (count == OPTION_HELP) {
		help();
		return EXIT_SUCCESS;
	}
	if (unfilled || count < 0 || set_log())
		return complain(NULL, NULL);
	if (globals.version)
		return run_verb(&verb_version, argv + 1);
	const char *timings = getenv("TARE_TIMINGS");
	if (!globals.timings && timings && *timings)
		globals.timings = timings;
	if (!count) {
		help();
		return EXIT_FAILURE;
	}
	if (!verb) {
		(void)verb_unknown(argv[1]);
		return complain(NULL, NULL);
	}
	return exposed ? complain(verb->name, NULL) : run_verb(verb, argv + 2);
}
