/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/interrupt.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/sys.h"
#include "cgroup/members.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

static bool all;
static const char *regex;
static int signal_number;

static const struct option options[] = {
	FLAG("all", 'a', all, "signal all processes of the container, not only the first"),
	TEXT("regex", 'r', regex, "EXPRESSION", "signal all containers whose id matches"),
	END_OF_OPTIONS,
};

/* TERM, SIGTERM, sigterm, 15, SIGRTMIN+3. -1: no such signal. */
static int parse_signal(const char *text)
{
	char *end, name[32];
	long number = strtol(text, &end, 10);

	if (isdigit(*text))
		return *end || number > SIGRTMAX ? -1 : (int)number;
	snprintf(name, sizeof name, "%s", text);
	for (char *c = name; *c; c++)
		*c = (char)toupper(*c);
	const char *plain = !strncmp(name, "SIG", 3) ? name + 3 : name;
	for (int i = 1; i < SIGRTMIN; i++)
		if (sigabbrev_np(i) && !strcmp(sigabbrev_np(i), plain))
			return i;
	bool from_min = !strncmp(plain, "RTMIN", 5);
	if (from_min || !strncmp(plain, "RTMAX", 5)) {
		number = plain[5] ? strtol(plain + 5, &end, 10) : 0;
		if (!plain[5] || !*end) {
			number += from_min ? SIGRTMIN : SIGRTMAX;
			return number < SIGRTMIN || number > SIGRTMAX ? -1 : (int)number;
		}
	}
	return -1;
}

static int signal_one(pid_t pid, void *context)
{
	auto_fd int fd = pidfd_open(pid, 0);

	(void)context;
	/* The process may have ended. If pidfds are not available (a filter may deny them), its
	 * pid is used: it was in the list a moment ago. */
	if (fd >= 0)
		(void)sys_pidfd_send_signal(fd, signal_number);
	else if (errno != ESRCH)
		(void)kill(pid, signal_number);
	return 0;
}

/* Freezes the container, so that no process is missed that is just being forked. A container that
 * was paused stays paused. */
static int signal_all(struct container *c, enum oci_status status)
{
	char line[2048];
	bool freeze = status == OCI_RUNNING || status == OCI_CREATED;

	if (signal_number == SIGKILL)
		return members_kill(container_record(c));
	interrupt_begin(); /* an interrupt must not leave the container frozen */
	if (freeze && members_freeze(container_record(c), true)) {
		debug("%s", error_line(error_last(), line, sizeof line));
		error_clear();
		freeze = false;
	}
	int err = members_each(container_record(c), signal_one, NULL);
	struct error first = *error_last();
	if (freeze && members_freeze(container_record(c), false) && !err)
		err = members_are_frozen(container_record(c)) ? -error_last()->err
							      : 0; /* or all have ended */
	else if (err)
		*error_last() = first;
	interrupt_end();
	return err;
}

static int kill_container(const char *id)
{
	auto_container c = NO_CONTAINER;

	int err = container_open(&c, state_root(), id);
	if (err)
		return err;
	if (!container_record(&c))
		return -EINVAL; /* which processes are the container's is not known */
	enum oci_status status = status_of(&c);
	bool cgroup = members_known(container_record(&c));
	/* If the container has no pid namespace of its own, only its cgroup tells which processes
	 * belong to it, also when init is gone. */
	if (cgroup && (all || (signal_number == SIGKILL && !container_has_own_pids(&c) &&
			       (status != OCI_STOPPED || members_exist(container_record(&c))))))
		return signal_all(&c, status);
	if (status == OCI_STOPPED)
		return all ? 0 : fail_as(CODE_CONTAINER_STATE, 0, NULL, "container not running");
	err = container_signal(&c.status, signal_number);
	if (err == -ESRCH)
		return fail_as(CODE_CONTAINER_STATE, 0, NULL, "container not running");
	if (err)
		return err;
	/* On cgroup v1, even SIGKILL takes effect on a frozen process only when it is thawed. */
	if (signal_number == SIGKILL && members_are_undying(container_record(&c)) &&
	    members_freeze(container_record(&c), false))
		err = members_are_frozen(container_record(&c)) ? -error_last()->err
							       : 0; /* or it is gone already */
	return err;
}

static int run(int argc, char **argv)
{
	const char *id = regex ? NULL : argv[0], *name = argv[regex ? 0 : 1];

	if (!regex && !argc)
		return fail_as(CODE_ARGUMENT, 0, NULL, "a container id is missing");
	if (argc > (regex ? 1 : 2))
		return fail_as(CODE_ARGUMENT, 0, NULL, "too many arguments");
	signal_number = name ? parse_signal(name) : SIGTERM;
	if (signal_number < 0) {
		(void)fail_as(CODE_ARGUMENT, 0, NULL, "unknown signal \"%s\"", name);
		return hint("a name such as TERM or SIGTERM, or a number from 1 to 64: kill -l "
			    "lists them");
	}
	return regex ? each_matching(regex, kill_container) : kill_container(id);
}

const struct verb verb_kill = {
	.name = "kill",
	.arguments = "[OPTION...] ID [SIGNAL]",
	.summary = "send a signal (default: TERM) to the container's first process",
	.description =
		"Sends a signal, by name or number, to the first process of the container;\n"
		"with --all to all of its processes. The first process of a pid namespace\n"
		"ignores signals such as TERM unless it handles them: use KILL. SIGKILL always\n"
		"ends a container: if it shares its pid namespace with others, all processes\n"
		"in its cgroup get it, even if the first one is gone, and a paused one is\n"
		"thawed.",
	.examples = "  tare kill mine\n"
		    "  tare kill mine KILL\n"
		    "  tare kill --all mine HUP\n",
	.options = options,
	.least = 0,
	.most = 2,
	.run = run,
};
