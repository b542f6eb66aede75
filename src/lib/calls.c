/* SPDX-License-Identifier: Apache-2.0 */
#include "job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int nothing[3] = { -1, -1, -1 };

struct tare *tare_new(void)
{
	struct tare *t = calloc(1, sizeof *t);

	if (t && tare_program(t, TARE_PROGRAM)) {
		free(t);
		t = NULL;
	}
	return t;
}

void tare_free(struct tare *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++)
		free(t->option[i]);
	free(t->program);
	free(t);
}

int tare_program(struct tare *t, const char *path)
{
	char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	free(t->program);
	t->program = copy;
	return 0;
}

int tare_option(struct tare *t, const char *name, const char *value)
{
	size_t length = strlen(name) + (value ? strlen(value) + 1 : 0) + 1;

	/* --log, --log-format and --log-level are the library's, also abbreviated. */
	if (strncmp(name, "--", 2) || strchr(name, '=') || !strncmp(name, "--lo", 4) ||
	    t->count == MOST_OPTIONS)
		return -EINVAL;
	char *word = malloc(length);
	if (!word)
		return -ENOMEM;
	snprintf(word, length, "%s%s%s", name, value ? "=" : "", value ? value : "");
	t->option[t->count++] = word;
	return 0;
}

const char *tare_version(void)
{
	return TARE_VERSION;
}

/* --- a call --- */

/* The words of a call, in this order. Lists end with a NULL, and may be NULL. */
struct request {
	const char *const *words; /* the verb and options */
	const char *const *more;  /* the caller's options */
	const char *last;	  /* the id; NULL: none */
	const char *argument;	  /* what follows it; NULL: nothing */
	const char *const *program;
	const int *stdio; /* NULL: /dev/null */
	const char *input;
	char **output;
};

#define LIST(...)                                                                                  \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define WORDS(...)                                                                                 \
	(const struct request)                                                                     \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static int call(const struct tare *t, const struct request *r, struct tare_error *error)
{
	enum { OTHERS = 4 }; /* "--", last, argument, NULL */
	struct tare_job *job;
	const char **argv = calloc(words_count(r->words) + words_count(r->more) +
					   words_count(r->program) + OTHERS,
				   sizeof *argv);

	if (r->output)
		*r->output = NULL;
	if (!argv)
		return job_failed(error, ENOMEM, "memory");
	size_t n = words_append(argv, words_append(argv, 0, r->words), r->more);
	if (r->last) {
		argv[n++] = "--"; /* an id may not begin with a dash, which tare says */
		argv[n++] = r->last;
	}
	if (r->argument)
		argv[n++] = r->argument;
	(void)words_append(argv, n, r->program);
	const struct job_request job_request = { argv, r->stdio ? r->stdio : nothing, r->input,
						 r->output != NULL };
	int err = job_begin(t, &job_request, &job, error);
	free(argv);
	return err ? err : job_end(job, r->output, error);
}

/* Of verbs for which the statuses up to `most`, if they have printed something, are success as 0
 * is. */
static int checked(const struct tare *t, const struct request *r, int most,
		   struct tare_error *error)
{
	int status = call(t, r, error);

	if (status <= 0 || (status <= most && **r->output))
		return status < 0 ? status : 0;
	if (error) {
		*error = (struct tare_error){ .status = status };
		snprintf(error->message, sizeof error->message, "tare has ended with the status %d",
			 status);
	}
	if (r->output) {
		free(*r->output);
		*r->output = NULL;
	}
	return -EREMOTEIO;
}

static int done(const struct tare *t, const struct request *r, struct tare_error *error)
{
	return checked(t, r, 0, error);
}

int tare_create(const struct tare *t, const char *id, const char *bundle, const char *const more[],
		const int stdio[3], struct tare_error *error)
{
	return done(t,
		    &WORDS(.words = LIST("create", "--bundle", bundle), .more = more, .last = id,
			   .stdio = stdio),
		    error);
}

int tare_start(const struct tare *t, const char *id, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("start"), .last = id), error);
}

int tare_run(const struct tare *t, const char *id, const char *bundle, const char *const more[],
	     const int stdio[3], struct tare_error *error)
{
	return call(t,
		    &WORDS(.words = LIST("run", "--bundle", bundle), .more = more, .last = id,
			   .stdio = stdio),
		    error);
}

int tare_exec(const struct tare *t, const char *id, const char *const argv[],
	      const char *const more[], const int stdio[3], struct tare_error *error)
{
	return call(t,
		    &WORDS(.words = LIST("exec"), .more = more, .last = id, .program = argv,
			   .stdio = stdio),
		    error);
}

int tare_kill(const struct tare *t, const char *id, int signal, struct tare_error *error)
{
	char number[16];

	snprintf(number, sizeof number, "%d", signal);
	return done(t, &WORDS(.words = LIST("kill"), .last = id, .argument = number), error);
}

int tare_pause(const struct tare *t, const char *id, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("pause"), .last = id), error);
}

int tare_resume(const struct tare *t, const char *id, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("resume"), .last = id), error);
}

int tare_delete(const struct tare *t, const char *id, int force, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("delete", force ? "--force" : NULL), .last = id),
		    error);
}

int tare_update(const struct tare *t, const char *id, const char *resources,
		struct tare_error *error)
{
	return done(
		t,
		&WORDS(.words = LIST("update", "--resources", "-"), .last = id, .input = resources),
		error);
}

int tare_mounts_add(const struct tare *t, const char *id, const char *mounts,
		    struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("mounts", "add", "--", id, "-"), .input = mounts),
		    error);
}

int tare_mounts_remove(const struct tare *t, const char *id, const char *mounts,
		       struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("mounts", "remove", "--", id, "-"), .input = mounts),
		    error);
}

int tare_mounts(const struct tare *t, const char *id, char **json, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("mounts", "list", "--", id), .output = json), error);
}

int tare_checkpoint(const struct tare *t, const char *id, const char *image,
		    const char *const more[], struct tare_error *error)
{
	return done(t,
		    &WORDS(.words = LIST("checkpoint", "--image-path", image), .more = more,
			   .last = id),
		    error);
}

int tare_restore(const struct tare *t, const char *id, const char *bundle, const char *image,
		 const char *const more[], const int stdio[3], struct tare_error *error)
{
	return done(t,
		    &WORDS(.words = LIST("restore", "--detach", "--bundle", bundle, "--image-path",
					 image),
			   .more = more, .last = id, .stdio = stdio),
		    error);
}

int tare_state(const struct tare *t, const char *id, char **json, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("state"), .last = id, .output = json), error);
}

int tare_wait(const struct tare *t, const char *id, char **json, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("wait", "--json"), .last = id, .output = json), error);
}

int tare_inspect(const struct tare *t, const char *id, char **json, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("inspect", "--json"), .last = id, .output = json),
		    error);
}

int tare_ps(const struct tare *t, const char *id, char **json, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("ps", "--format", "json"), .last = id, .output = json),
		    error);
}

int tare_stats(const struct tare *t, const char *id, char **json, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("events", "--stats"), .last = id, .output = json),
		    error);
}

int tare_list(const struct tare *t, char **json, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("list", "--format", "json"), .output = json), error);
}

int tare_doctor(const struct tare *t, char **json, struct tare_error *error)
{
	return checked(t, &WORDS(.words = LIST("doctor", "--json"), .output = json), 1,
		       error); /* 1: something is missing, which the list says */
}

int tare_features(const struct tare *t, char **json, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("features"), .output = json), error);
}

int tare_spec(const struct tare *t, const char *const more[], char **json, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("spec", "--file", "-"), .more = more, .output = json),
		    error);
}

int tare_check(const struct tare *t, const char *bundle, char **json, struct tare_error *error)
{
	return checked(t,
		       &WORDS(.words = LIST("check", "--json", "--bundle", bundle), .output = json),
		       1, error); /* 1: there are findings */
}

int tare_plan(const struct tare *t, const char *bundle, const char *const more[], char **json,
	      struct tare_error *error)
{
	return done(t,
		    &WORDS(.words = LIST("plan", "--json", "--bundle", bundle), .more = more,
			   .output = json),
		    error);
}

int tare_gc(const struct tare *t, int dry_run, char **text, struct tare_error *error)
{
	return done(t, &WORDS(.words = LIST("gc", dry_run ? "--dry-run" : NULL), .output = text),
		    error);
}

int tare_call(const struct tare *t, const char *const argv[], const int stdio[3], char **output,
	      struct tare_error *error)
{
	return call(t, &WORDS(.more = argv, .stdio = stdio, .output = output), error);
}

int tare_begin(const struct tare *t, const char *const argv[], const int stdio[3],
	       struct tare_job **job, struct tare_error *error)
{
	const struct job_request r = { argv, stdio ? stdio : nothing, NULL, false };

	return job_begin(t, &r, job, error);
}

int tare_job_end(struct tare_job *job, struct tare_error *error)
{
	return job_end(job, NULL, error);
}

int tare_events(const struct tare *t, const char *id, unsigned seconds, struct tare_job **job,
		struct tare_error *error)
{
	static const int piped[3] = { -1, TARE_PIPE, -1 };
	char interval[16];
	const char *const argv[] = { "events", "--interval", interval, "--", id, NULL };

	snprintf(interval, sizeof interval, "%us", seconds);
	return tare_begin(t, argv, piped, job, error);
}
