/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tare.h: containers for programs written in C or in what calls C. Link with -ltare; tare(3) is
 * made from this file.
 *
 * Each call runs the tare program, in a process of its own: an init that were forked from the
 * caller would show the container's neighbours the caller's memory and its executable, and a
 * thread has no working directory, mask or descriptors of its own. So libtare has no state and no
 * signal handlers, changes nothing of the process, and ends only what it has begun. It may be
 * called from any thread, also with one handle from many at the same time.
 *
 * The program gets the caller's environment, and of its descriptors only what a call names. A
 * caller that reaps processes with waitpid(-1) or ignores SIGCHLD may take the exit status of the
 * program away; then the status comes from its pidfd (Linux 6.15), or the call fails with -ECHILD.
 *
 * Calls return 0, or a status as said below, or a negative errno with *error filled; error may be
 * NULL. -EREMOTEIO: tare has failed, and no errno says why. Texts that are returned are freed by
 * free(3), and are NULL after a failure.
 */
#ifndef TARE_H
#define TARE_H

#ifdef __cplusplus
extern "C" {
#endif

/* What the log of tare says of a failure. */
struct tare_error {
	int status;	    /* exit status of tare; -1: it could not be run, or was killed */
	int number;	    /* errno; 0: none */
	char code[48];	    /* "TARE-MOUNT": see tare-errors(7); "": none */
	char message[1024]; /* without the hint */
	char pointer[256];  /* what asked for it, in config.json: "/mounts/3"; "": nothing did */
	char hint[512];	    /* what to do; "": not known */
};

/* Settings for calls. They are not changed by calls, and set by one thread before them. */
struct tare;

/* NULL: there is no memory. */
struct tare *tare_new(void);
void tare_free(struct tare *t); /* t may be NULL */

/* The program; without it, the one that was installed with the library. 0 or -ENOMEM. */
int tare_program(struct tare *t, const char *path);

/* An option of tare(1) that comes before the verb: "--root", "--cgroup-manager", "--criu" and so
 * on, but for those of the log; value NULL for one without. 0, -ENOMEM, or -EINVAL. */
int tare_option(struct tare *t, const char *name, const char *value);

/* Containers. more: further options of the verb, as in its man page, up to a NULL; it may be NULL.
 * stdio: the descriptors that become the container's stdin, stdout and stderr; NULL: /dev/null.
 * tare_run() and tare_exec() return the status of the program once it has ended. */
int tare_create(const struct tare *t, const char *id, const char *bundle, const char *const more[],
		const int stdio[3], struct tare_error *error);
int tare_start(const struct tare *t, const char *id, struct tare_error *error);
int tare_run(const struct tare *t, const char *id, const char *bundle, const char *const more[],
	     const int stdio[3], struct tare_error *error);
int tare_exec(const struct tare *t, const char *id, const char *const argv[],
	      const char *const more[], const int stdio[3], struct tare_error *error);
int tare_kill(const struct tare *t, const char *id, int signal, struct tare_error *error);
int tare_pause(const struct tare *t, const char *id, struct tare_error *error);
int tare_resume(const struct tare *t, const char *id, struct tare_error *error);
int tare_delete(const struct tare *t, const char *id, int force, struct tare_error *error);

/* resources: JSON, as linux.resources of config.json. */
int tare_update(const struct tare *t, const char *id, const char *resources,
		struct tare_error *error);

/* mounts: JSON, as mounts of config.json. */
int tare_mounts_add(const struct tare *t, const char *id, const char *mounts,
		    struct tare_error *error);
int tare_mounts_remove(const struct tare *t, const char *id, const char *mounts,
		       struct tare_error *error);

int tare_checkpoint(const struct tare *t, const char *id, const char *image,
		    const char *const more[], struct tare_error *error);
int tare_restore(const struct tare *t, const char *id, const char *bundle, const char *image,
		 const char *const more[], const int stdio[3], struct tare_error *error);

/* What they print: JSON. tare_wait() returns once the container has ended. */
int tare_state(const struct tare *t, const char *id, char **json, struct tare_error *error);
int tare_wait(const struct tare *t, const char *id, char **json, struct tare_error *error);
int tare_inspect(const struct tare *t, const char *id, char **json, struct tare_error *error);
int tare_ps(const struct tare *t, const char *id, char **json, struct tare_error *error);
int tare_stats(const struct tare *t, const char *id, char **json, struct tare_error *error);
int tare_mounts(const struct tare *t, const char *id, char **json, struct tare_error *error);
int tare_list(const struct tare *t, char **json, struct tare_error *error);
int tare_doctor(const struct tare *t, char **json, struct tare_error *error);
int tare_features(const struct tare *t, char **json, struct tare_error *error);
int tare_spec(const struct tare *t, const char *const more[], char **json,
	      struct tare_error *error);

/* Findings about a bundle, a JSON list. Returns 0 also if there are some. */
int tare_check(const struct tare *t, const char *bundle, char **json, struct tare_error *error);

/* What create and start would do: docs/plan.schema.json. */
int tare_plan(const struct tare *t, const char *bundle, const char *const more[], char **json,
	      struct tare_error *error);

/* Deletes what nobody will come back for; the text says what. dry_run: what it would be. */
int tare_gc(const struct tare *t, int dry_run, char **text, struct tare_error *error);

/* Any verb: argv is the verb and its arguments as on the command line, up to a NULL. stdio[1] is
 * not used with output, which gets what the verb prints (not for what leaves a program behind: its
 * stdout would grow in memory). Returns the exit status; a status other than 0 is a failure only if
 * tare has logged an error. */
int tare_call(const struct tare *t, const char *const argv[], const int stdio[3], char **output,
	      struct tare_error *error);

/* The same without waiting: one that has begun. stdio[1] may be TARE_PIPE: what the verb prints is
 * then read from tare_job_output(). */
struct tare_job;
enum { TARE_PIPE = -2 };
int tare_begin(const struct tare *t, const char *const argv[], const int stdio[3],
	       struct tare_job **job, struct tare_error *error);
int tare_job_descriptor(const struct tare_job *job); /* poll(2): readable once it has ended */
int tare_job_output(const struct tare_job *job);     /* -1: stdout was not TARE_PIPE */
int tare_job_signal(const struct tare_job *job, int signal);
/* Closes its output, waits for its end, and frees it. Returns as tare_call() does. */
int tare_job_end(struct tare_job *job, struct tare_error *error);

/* Statistics every so many seconds and out-of-memory events, a JSON object a line, to be read from
 * tare_job_output() until the container ends or the job is signalled. */
int tare_events(const struct tare *t, const char *id, unsigned seconds, struct tare_job **job,
		struct tare_error *error);

/* The version of the library, "0.1.0". */
const char *tare_version(void);

#ifdef __cplusplus
}
#endif
#endif
