/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the container's processes: their pids, or the output of ps(1) for them. */
#include "cmd.h"

#include "base/error.h"
#include "base/spawn.h"
#include "cgroup/members.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 64, OUTPUT = 8 * 1024 * 1024 };

static const char *format;
static struct pool pool;
static struct {
	pid_t *item;
	size_t count;
} pids;

static const struct option options[] = {
	TEXT("format", 'f', format, "table|json",
	     "the output of ps(1) (default), or a JSON list of pids"),
	END_OF_OPTIONS,
};

static int collect(pid_t pid, void *context)
{
	(void)context;
	pids.item = pool_grow(&pool, pids.item, pids.count, sizeof *pids.item);
	pids.item[pids.count++] = pid;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool is_ours(long pid)
{
	pid_t number = (pid_t)pid;

	return pids.count && bsearch(&number, pids.item, pids.count, sizeof number, by_number);
}

/* The n-th word of a line, as a number; 0 where there is none. */
static long number_at(const char *line, size_t n)
{
	for (size_t i = 0;; i++) {
		line += strspn(line, " ");
		if (i == n || !*line)
			return strtol(line, NULL, 10);
		line += strcspn(line, " ");
	}
}

static int column_of_pid(const char *header)
{
	int column = 0;

	for (header += strspn(header, " "); *header; column++) {
		size_t length = strcspn(header, " ");
		if (length == 3 && !strncmp(header, "PID", 3))
			return column;
		header += length;
		header += strspn(header, " ");
	}
	return -1;
}

static int print_table(int argc, char **argv)
{
	static char *const usual[] = { "ps", "-ef", NULL };
	char *words[WORDS] = { "ps" }, *save;
	static char output[OUTPUT];
	int status;

	if (argc >= WORDS - 1)
		return fail_as(CODE_ARGUMENT, 0, NULL, "too many arguments for ps");
	memcpy(words + 1, argv, (size_t)argc * sizeof *words);
	struct spawn spawn = { .path = access("/usr/bin/ps", X_OK) ? "/bin/ps" : "/usr/bin/ps",
			       .argv = argc ? words : usual,
			       .env = environ,
			       .directory = -1,
			       .output = output,
			       .output_size = sizeof output };
	int err = spawn_run(&spawn, &status);
	if (err)
		return err;
	if (status)
		return fail_as(CODE_ARGUMENT, 0, NULL, "ps: %s", output);
	char *line = strtok_r(output, "\n", &save);
	int column = line ? column_of_pid(line) : -1;
	if (column < 0)
		return fail_as(CODE_ARGUMENT, 0, NULL,
			       "ps prints no PID column with these options");
	err = print("%s\n", line);
	while (!err && (line = strtok_r(NULL, "\n", &save)))
		if (is_ours(number_at(line, (size_t)column)))
			err = print("%s\n", line);
	return err;
}

static int print_json(void)
{
	int err = print("[");

	for (size_t i = 0; i < pids.count && !err; i++)
		err = print("%s%d", i ? "," : "", pids.item[i]);
	return err ? err : print("]\n");
}

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;

	int err = container_open(&c, state_root(), argv[0]);
	if (!err && !container_record(&c))
		err = -EINVAL;
	if (!err && members_known(container_record(&c)))
		err = members_each(container_record(&c), collect, NULL);
	else if (!err && container_process_lives(&c.status))
		err = collect(c.status.state.pid.value,
			      NULL); /* without a cgroup, only init is known */
	if (!err && pids.count)
		qsort(pids.item, pids.count, sizeof *pids.item, by_number);
	if (!err)
		err = format && !strcmp(format, "json") ? print_json()
							: print_table(argc - 1, argv + 1);
	pool_free(&pool);
	return err;
}

const struct verb verb_ps = {
	.name = "ps",
	.arguments = "[OPTION...] ID [PS-OPTION...]",
	.summary = "list the processes of a container",
	.description = "Prints the lines of ps(1) (default: ps -ef) that are about processes of\n"
		       "the container, or a JSON list of their pids, as the caller sees them.",
	.examples = "  tare ps mine\n"
		    "  tare ps mine -o pid,rss,args\n"
		    "  tare ps --format json mine\n",
	.options = options,
	.least = 1,
	.most = ANOTHERS,
	.run = run,
};
