/* SPDX-License-Identifier: Apache-2.0 */
/* Shows what each step of a create, start, run or exec took: a table, or JSON in the trace event
 * format that Perfetto and chrome://tracing open. */
#include "cmd.h"

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "libocispec/text.h"
#include "plan/listing.h"
#include "stage/timing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct timed {
	const char *verb, *id;
	const struct plan *plan;
	struct listing listing;
	const struct timing *timing;
	size_t from;
	long long began,
		ended; /* of the whole: since main() began; until the last step has ended */
};

static double milliseconds(double nanoseconds)
{
	return nanoseconds / 1e6;
}

/* What a process has spent in its steps. */
static void add_sum(struct text *t, const struct timed *all, enum who who)
{
	double wall = 0, processor = 0;

	for (size_t i = all->from; i < all->listing.count; i++) {
		if (all->plan->step[i].who != who)
			continue;
		wall += (double)all->timing[i].wall;
		processor += (double)all->timing[i].processor;
	}
	if (wall > 0)
		text_add(t, "%10s %10.3f %10.3f  all steps of %s\n", "", milliseconds(wall),
			 milliseconds(processor), who_name(who));
}

static const char *table(struct pool *pool, const struct timed *all)
{
	struct text t = { .pool = pool };

	text_add(&t, "%10s %10s %10s %4s  %-6s  %-11s  %s\n", "at ms", "wall ms", "cpu ms", "#",
		 "who", "step", "detail");
	for (size_t i = all->from; i < all->listing.count; i++) {
		const struct timing *time = &all->timing[i];
		const struct shown *s = &all->listing.item[i];
		if (time->began)
			text_add(&t, "%10.3f %10.3f %10.3f %4zu  %-6s  %-11s  %.60s\n",
				 milliseconds((double)(time->began - all->began)),
				 milliseconds((double)time->wall),
				 milliseconds((double)time->processor), i, s->who, s->op,
				 s->detail);
	}
	for (int who = WHO_PARENT; who <= WHO_INIT; who++)
		add_sum(&t, all, (enum who)who);
	text_add(&t, "%10s %10.3f %10s  from the start of tare to the end of the last step\n", "",
		 milliseconds((double)(all->ended - all->began)), "");
	return text_of(&t);
}

/* https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU: complete events,
 * with times in microseconds; the processes are shown as threads. */
static const char *trace(struct pool *pool, const struct timed *all)
{
	struct text t = { .pool = pool };

	text_add(&t,
		 "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"verb\":\"%s\",\"id\":%s},"
		 "\n\"traceEvents\":[\n",
		 all->verb, json_quote(pool, all->id));
	for (int who = WHO_PARENT; who <= WHO_INIT; who++)
		text_add(&t,
			 "{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":%d,\"args\":{"
			 "\"name\":\"%s\"}},\n",
			 who + 1, who_name((enum who)who));
	text_add(&t,
		 "{\"name\":\"tare "
		 "%s\",\"cat\":\"whole\",\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":0,\"dur\":%.3f}",
		 all->verb, (double)(all->ended - all->began) / 1e3);
	for (size_t i = all->from; i < all->listing.count; i++) {
		const struct timing *time = &all->timing[i];
		const struct shown *s = &all->listing.item[i];
		if (time->began)
			text_add(&t,
				 ",\n{\"name\":\"%s\",\"cat\":\"%s\",\"ph\":\"X\",\"pid\":1,"
				 "\"tid\":%d,\"ts\":%.3f,\"dur\":%.3f,"
				 "\"args\":{\"step\":%zu,\"detail\":%s,\"from\":%s,\"processor\":%."
				 "3f}}",
				 s->op, s->phase, (int)all->plan->step[i].who + 1,
				 (double)(time->began - all->began) / 1e3, (double)time->wall / 1e3,
				 i, json_quote(pool, s->detail), json_quote(pool, s->from),
				 (double)time->processor / 1e3);
	}
	text_add(&t, "\n]}\n");
	return text_of(&t);
}

/* Writes to the file, or to a new file in the directory. */
static int write_to(const char *where, const struct timed *all, const char *text)
{
	char name[PATH_MAX];
	auto_fd int fd = open(where, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EISDIR) {
		auto_fd int directory = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);
		snprintf(name, sizeof name, "%s-%s-%d.json", all->verb, all->id, getpid());
		fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	}
	if (fd < 0)
		return fail_as(CODE_FILE, errno, "open", "--timings %s", where);
	int err = io_write(fd, text, strlen(text));
	return err ? fail_as(CODE_FILE, -err, "write", "--timings %s", where) : 0;
}

void report_timings(const char *verb, const char *id, const struct plan *plan,
		    struct timing *timing, size_t from)
{
	auto_pool pool = { 0 };
	struct error first = *error_last();
	char line[2048];

	if (!timing)
		return;
	struct timed all = { .verb = verb,
			     .id = id,
			     .plan = plan,
			     .listing = plan_listing(&pool, plan),
			     .timing = timing,
			     .from = from,
			     .began = globals.began,
			     .ended = globals.began };
	for (size_t i = from; i < plan->steps; i++)
		if (timing[i].began + timing[i].wall > all.ended)
			all.ended = timing[i].began + timing[i].wall;
	if (!strcmp(globals.timings, "-"))
		(void)fputs(table(&pool, &all), stderr);
	else if (write_to(globals.timings, &all, trace(&pool, &all)))
		warning("%s", error_line(error_last(), line, sizeof line));
	*error_last() = first;
	free(timing);
}
