/* SPDX-License-Identifier: Apache-2.0 */
/* A small engine that embeds tare: makes containers of one bundle from several threads, starts
 * them, runs something in each, reads their events and deletes them.
 * Usage: engine BUNDLE STATE [CONTAINERS [THREADS [PROGRAM]]]
 * Build: cc engine.c -ltare -lpthread */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <tare.h>
#include <unistd.h>

static const struct tare *tare; /* one handle for all threads */
static const char *bundle;
static int containers = 100, threads = 4;

static int told(const char *what, const char *id, const struct tare_error *e)
{
	fprintf(stderr, "engine: %s %s: %s [%s]\n", what, id, e->message, e->code);
	return -1;
}

/* One line of a container's events. */
static int first_event(const char *id)
{
	struct tare_error e;
	struct tare_job *job;
	char line[65536];

	if (tare_events(tare, id, 1, &job, &e))
		return told("events", id, &e);
	struct pollfd ready = { tare_job_output(job), POLLIN, 0 };
	ssize_t n = poll(&ready, 1, 10000) == 1 ? read(ready.fd, line, sizeof line - 1) : -1;
	(void)tare_job_signal(job, SIGTERM);
	(void)tare_job_end(job, NULL);
	line[n > 0 ? n : 0] = '\0';
	return n > 0 && strstr(line, "\"type\":\"stats\"") ? 0 : -1;
}

static int one(const char *id)
{
	static const char *const program[] = { "/bin/sh", "-c", "exit 7", NULL };
	struct tare_error e;
	char *state;

	if (tare_create(tare, id, bundle, NULL, NULL, &e))
		return told("create", id, &e);
	if (tare_start(tare, id, &e))
		return told("start", id, &e);
	int status = tare_exec(tare, id, program, NULL, NULL, &e);
	if (status != 7)
		return told("exec", id, &e);
	if (tare_update(tare, id, "{}", &e))
		return told("update", id, &e);
	if (tare_state(tare, id, &state, &e))
		return told("state", id, &e);
	int running = strstr(state, "\"running\"") != NULL;
	free(state);
	if (!running || first_event(id))
		return told("events", id, &e);
	if (tare_kill(tare, id, SIGKILL, &e))
		return told("kill", id, &e);
	if (tare_delete(tare, id, 1, &e))
		return told("delete", id, &e);
	/* What does not exist any more is an error, with its code. */
	if (tare_start(tare, id, &e) >= 0 || strcmp(e.code, "TARE-CONTAINER-UNKNOWN"))
		return told("start", id, &e);
	return 0;
}

static void *work(void *number)
{
	char id[64];
	long failed = 0;

	for (int i = (int)(long)number; i < containers; i += threads) {
		snprintf(id, sizeof id, "engine-%d-%d", (int)getpid(), i);
		failed += one(id) != 0;
	}
	return (void *)failed;
}

int main(int argc, char **argv)
{
	pthread_t thread[64];
	long failed = 0;

	if (argc < 3)
		return 2;
	bundle = argv[1];
	containers = argc > 3 ? atoi(argv[3]) : containers;
	threads = argc > 4 ? atoi(argv[4]) : threads;
	struct tare *t = tare_new();
	if (!t || threads > 64 || tare_option(t, "--root", argv[2]) ||
	    (argc > 5 && tare_program(t, argv[5])))
		return 2;
	tare = t;
	pid_t other = fork(); /* a child of the engine's own, which libtare leaves alone */
	if (!other) {
		(void)pause();
		_exit(0);
	}
	for (long i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, (void *)i))
			return 2;
	for (int i = 0; i < threads; i++) {
		void *result;
		pthread_join(thread[i], &result);
		failed += (long)result;
	}
	int alone = !kill(other, SIGTERM) && waitpid(-1, NULL, 0) == other &&
		    waitpid(-1, NULL, 0) < 0 && errno == ECHILD;
	tare_free(t);
	printf("%d containers from %d threads: %ld failed%s\n", containers, threads, failed,
	       alone ? "" : "; children are left");
	return failed || !alone;
}
