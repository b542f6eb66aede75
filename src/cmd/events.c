/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the resource usage of a container every few seconds, and a notice when it runs out of
 * memory: one JSON object per line. */
#include "cmd.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/sys.h"
#include "base/io.h"
#include "base/log.h"
#include "cgroup/fs.h"
#include "libocispec/json.h"
#include "stats.h"
#include "cgroup/members.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

static bool once;
static const char *interval = "5s";

static const struct option options[] = {
	FLAG("stats", 0, once, "print the resource usage once, and exit"),
	TEXT("interval", 0, interval, "DURATION",
	     "how often to print the resource usage: 5s (default), 500ms"),
	END_OF_OPTIONS,
};

/* "5s", "1m30s", "500ms", "5": milliseconds, or -1. */
static int64_t parse_duration(const char *text)
{
	double total = 0;

	do {
		char *end;
		double number = strtod(text, &end);
		size_t unit = strcspn(end, "0123456789.");
		if (end == text || *text < '0' || *text > '9')
			return -1;
		double factor = !unit || !strncmp(end, "s", unit)     ? 1000
				: unit == 2 && !strncmp(end, "ms", 2) ? 1
				: unit == 1 && *end == 'm'	      ? 60000
				: unit == 1 && *end == 'h'	      ? 3600000
								      : 0;
		total += number * factor;
		if (!factor || total > 1e12)
			return -1;
		text = end + unit;
	} while (*text);
	return total >= 1 ? (int64_t)total : -1;
}

static int say(struct container *c, const char *type, const char *data)
{
	auto_pool pool = { 0 };
	const char *stats = data ? data : stats_of(c, &pool);

	return *stats ? print("{\"type\":\"%s\",\"id\":%s,\"data\":%s}\n", type,
			      json_quote(&pool, c->id), stats)
		      : print("{\"type\":\"%s\",\"id\":%s}\n", type, json_quote(&pool, c->id));
}

/* The number of processes that the OOM killer has killed, and a descriptor that becomes readable
 * when the number may have changed. v1: cgroup.event_control,
 * Documentation/admin-guide/cgroup-v1/memory.rst, section 9; v2: an inotify watch on
 * memory.events. */
struct want {
	int fd;
	bool v2;
	uint64_t seen;
};

static int watch_v2(int directory)
{
	auto_fd int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	/* inotify takes a path and no directory descriptor: change to the directory, and use the
	 * file's name. */
	return fd < 0 || fchdir(directory) || inotify_add_watch(fd, "memory.events", IN_MODIFY) < 0
		       ? -1
		       : take(&fd);
}

static int watch_v1(int directory)
{
	char text[64];
	auto_fd int control = openat(directory, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	auto_fd int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	snprintf(text, sizeof text, "%d %d", fd, control);
	return fd < 0 || control < 0 || cgroup_set(directory, "cgroup.event_control", text)
		       ? -1
		       : take(&fd);
}

static struct want watch(struct container *c)
{
	struct want w = { .fd = -1, .seen = members_oom_kills(container_record(c)) };
	auto_fd int v2 = members_cgroup_with(container_record(c), "memory.events");
	auto_fd int v1 = v2 < 0 ? members_cgroup_with(container_record(c), "memory.oom_control")
				: -1;

	w.v2 = v2 >= 0;
	w.fd = v2 >= 0 ? watch_v2(v2) : v1 >= 0 ? watch_v1(v1) : -1;
	if (w.fd < 0)
		warning("container \"%s\": out-of-memory events will not be reported", c->id);
	error_clear();
	return w;
}

static int tell_want(struct container *c, struct want *w, bool signalled)
{
	char bytes[4096];
	uint64_t count = members_oom_kills(container_record(c));
	/* v1 signals a shortage of memory, and the removal of the cgroup. The number of killed
	 * processes is counted since Linux 4.13. */
	auto_fd int v1 = signalled && !w->v2
				 ? members_cgroup_with(container_record(c), "memory.oom_control")
				 : -1;
	bool more = count > w->seen || v1 >= 0;

	while (w->fd >= 0 && read(w->fd, bytes, sizeof bytes) > 0)
		;
	w->seen = count;
	return more ? say(c, "oom", "") : 0;
}

/* pidfd: negative where there are none; then it is looked every second whether init lives. */
static int follow(struct container *c, int pidfd, int64_t every)
{
	const int64_t longest = pidfd < 0 ? 1000 : 1000000; /* milliseconds */
	struct want want = watch(c);
	int64_t next = time_now() + every;
	int err = 0;

	while (!err && !print_is_closed()) {
		struct pollfd fd[] = { { pidfd, POLLIN, 0 }, { want.fd, POLLIN, 0 } };
		int64_t left = next - time_now();
		if (poll(fd, 2, left > 0 ? (int)(left > longest ? longest : left) : 0) < 0 &&
		    errno != EINTR) {
			err = fail(errno, "poll", "container \"%s\"", c->id);
			break;
		}
		bool ended = pidfd < 0 ? !container_process_lives(&c->status) : fd[0].revents;
		if (fd[1].revents || ended)
			err = tell_want(c, &want, fd[1].revents);
		if (ended)
			break;
		if (!err && time_now() >= next) {
			err = say(c, "stats", NULL);
			next = time_now() + every;
		}
	}
	io_close(&want.fd);
	return err;
}

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;
	int64_t every = parse_duration(interval);

	(void)argc;
	if (every < 0)
		return fail_as(CODE_OPTION, 0, NULL,
			       "--interval takes a duration like 5s or 500ms, not \"%s\"",
			       interval);
	int err = container_open(&c, state_root(), argv[0]);
	if (err)
		return err;
	auto_fd int pidfd = status_of(&c) == OCI_STOPPED ? -ESRCH : container_pidfd(&c.status);
	if (pidfd < 0 && !sys_is_missing(-pidfd))
		return fail_as(CODE_CONTAINER_STATE, 0, NULL, "container not running");
	error_clear();
	if (!container_record(&c))
		return -EINVAL;
	if (!members_known(container_record(&c)))
		return fail_as(
			CODE_CGROUP, 0, NULL,
			"the container has no cgroup of its own, so there are no statistics");
	return once ? say(&c, "stats", NULL) : follow(&c, pidfd, every);
}

const struct verb verb_events = {
	.name = "events",
	.arguments = "[OPTION...] ID",
	.summary = "print resource usage and out-of-memory events of a container",
	.description =
		"Prints JSON objects, one per line, until the container ends: of type stats\n"
		"with its use of resources, in runc's format, and of type oom when it runs\n"
		"out of memory.",
	.examples = "  tare events --stats mine | jq .data.memory.usage\n"
		    "  tare events --interval 500ms mine\n",
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
