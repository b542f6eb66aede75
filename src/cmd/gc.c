/* SPDX-License-Identifier: Apache-2.0 */
/* Deletes containers that nobody can come back for: what a killed create, a reboot, and the removal
 * of a bundle or a cgroup have left. What lives is not touched, and neither is what is locked, nor
 * a container that has only stopped: its engine deletes it. */
#include "cmd.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "cgroup/members.h"
#include "plan/record.h"
#include "seccomp/filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool dry;
static int failures;

static const struct option options[] = {
	FLAG("dry-run", 'n', dry, "only say what would be deleted"),
	END_OF_OPTIONS,
};

/* Whether it was created before the machine was booted. A minute is left for clocks that were set
 * meanwhile. */
static bool is_of_another_boot(const struct container *c)
{
	enum { SLACK = 60 };
	char boot[STAMP_SIZE];
	const long long second = 1000000000;
	long long booted = (time_nanoseconds(CLOCK_REALTIME) - time_nanoseconds(CLOCK_BOOTTIME)) /
				   second -
			   SLACK;
	const char *created = c->status.state.created;

	time_format(boot, (struct timespec){ .tv_sec = booted });
	/* Both are of the form 2026-11-21T23:33:07: their order is that of their bytes. */
	return created && *created && strncmp(created, boot, strlen("2026-11-21T23:33:07")) < 0;
}

static bool is_missing(const char *path)
{
	struct stat st;

	return stat(path, &st) && (errno == ENOENT || errno == ENOTDIR);
}

static bool lost_cgroups(struct container *c)
{
	const struct record *record = container_record(c);
	bool all = record && record->cgroups.count;

	for (size_t i = 0; all && i < record->cgroups.count; i++) {
		const struct recorded_cgroup *g = &record->cgroups.item[i];
		all = is_missing(pool_text(&c->pool, "%s%s", g->mount, g->path));
	}
	error_clear();
	return all;
}

/* Why the container, which is locked, is garbage; or NULL. */
static const char *reason(struct container *c)
{
	const struct status *s = &c->status;

	/* The lock is ours: no create is at work on it. */
	if (s->state.status.value == OCI_CREATING)
		return "its create was killed";
	if (container_status(c) != OCI_STOPPED || members_exist(container_record(c)))
		return NULL;
	if (is_of_another_boot(c))
		return "the machine has been booted since";
	if (is_missing(s->state.bundle))
		return "its bundle is gone";
	return lost_cgroups(c) ? "its cgroups are gone" : NULL;
}

static int say_failure(const char *id)
{
	char line[2048];

	(void)also("%s", id);
	warning("%s", error_line(error_last(), line, sizeof line));
	error_clear();
	failures++;
	return 0;
}

static int look_at(int directory, const char *id, void *context)
{
	auto_container c = NO_CONTAINER;

	(void)directory;
	(void)context;
	int err = container_open(&c, state_root(), id);
	if (!err)
		err = container_lock(&c, false);
	if (err == -ENOENT || err == -EWOULDBLOCK) {
		error_clear(); /* deleted meanwhile; a command is at work on it */
		return 0;
	}
	if (err)
		return say_failure(id);
	const char *why = reason(&c);
	error_clear();
	if (!why)
		return 0;
	if (!dry && delete_container(&c))
		return say_failure(id);
	return print("%s: %s\n", id, why);
}

static int run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	int err = container_each(state_root(), look_at, NULL);
	if (err && err != -ENOENT)
		return err;
	unsigned cached = filter_forget(dry);
	if (cached)
		err = print("%u file%s of the seccomp cache\n", cached, cached == 1 ? "" : "s");
	else
		err = 0;
	return err ? err : failures > 0;
}

const struct verb verb_gc = {
	.name = "gc",
	.arguments = "[OPTION...]",
	.summary = "delete what nobody will come back for",
	.description = "Deletes containers that nobody can use any more, with all that their\n"
		       "records name (cgroups, scopes, mounts, network devices), and prints each\n"
		       "with the reason:\n"
		       "\n"
		       "  - the create that was making it was killed;\n"
		       "  - it has ended, and the machine has been booted since it was created,\n"
		       "    or its bundle or all of its cgroups are gone.\n"
		       "\n"
		       "A container that lives, that has only stopped, or that another command is\n"
		       "at work on is not touched; one whose state is damaged is named in a\n"
		       "warning (see delete --force). What killed commands have left in the cache\n"
		       "of seccomp filters is removed, and the whole cache if it is above its\n"
		       "bound of 100 filters.",
	.examples = "  tare gc --dry-run\n"
		    "  tare gc\n",
	.statuses = "0; 1 if something could not be deleted.",
	.options = options,
	.least = 0,
	.most = 0,
	.run = run,
};
