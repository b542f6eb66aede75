/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd: one file per verb. A verb is a table of options and a function; main finds it, parses the
 * options into the variables that the table names, and calls the function.
 */
#ifndef TARE_CMD_CMD_H
#define TARE_CMD_CMD_H

#include "container/container.h"
#include "libocispec/config.h"
#include "libocispec/json.h"
#include "plan/host.h"
#include "plan/plan.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { LIST_MAX = 1024 };
struct option_list {
	const char *item[LIST_MAX];
	size_t count;
};

enum option_kind {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_MAYBE, /* an optional value, given with "="; without one it is "-" */
	OPTION_NUMBER,
	OPTION_LIST,
	OPTION_REFUSED
};

struct option {
	const char *name; /* without dashes; also accepted with one dash, as Go's flags are */
	char letter;	  /* 0: none */
	enum option_kind kind;
	void *value;	      /* bool *, const char **, unsigned *, struct option_list * */
	const char *argument; /* its name in the help; for OPTION_REFUSED, the reason */
	const char *help;
};
#define FLAG(name, letter, variable, help)                                                         \
	{                                                                                          \
		name, letter, OPTION_FLAG, &variable, NULL, help                                   \
	}
#define TEXT(name, letter, variable, argument, help)                                               \
	{                                                                                          \
		name, letter, OPTION_TEXT, &variable, argument, help                               \
	}
#define MAYBE(name, letter, variable, argument, help)                                              \
	{                                                                                          \
		name, letter, OPTION_MAYBE, &variable, argument, help                              \
	}
/* May be given several times. */
#define LIST(name, letter, variable, argument, help)                                               \
	{                                                                                          \
		name, letter, OPTION_LIST, &variable, argument, help                               \
	}
#define NUMBER(name, letter, variable, argument, help)                                             \
	{                                                                                          \
		name, letter, OPTION_NUMBER, &variable, argument, help                             \
	}
/* An option that engines may pass, but that this version does not support. */
#define REFUSED(name, help)                                                                        \
	{                                                                                          \
		name, 0, OPTION_REFUSED, NULL, "is not supported by this version of tare yet",     \
			help                                                                       \
	}
#define END_OF_OPTIONS                                                                             \
	{                                                                                          \
		NULL, 0, OPTION_FLAG, NULL, NULL, NULL                                             \
	}

/* The arguments after the first one, including options, are for another program. */
enum { ANOTHERS = 1000 };

struct timing;
struct verb {
	const char *name, *arguments, *summary;
	const struct option *options;
	int least, most; /* the number of arguments without options; most may be ANOTHERS */
	int (*run)(int argc,
		   char **argv); /* the exit status, or a negative errno with the error filled */
	bool enters; /* a process of ours enters a container: main() protects our executable */
	int failure; /* the exit status on failure, if it is not 1 */
	int object;  /* index of the argument that messages name: the id, usually the first */
	/* For the manual; each may be NULL. */
	const char *description; /* paragraphs, with full stops */
	const char *examples;	 /* lines of a shell, indented by two blanks */
	const char *statuses;	 /* the exit statuses, if not 0 and 1 */
};

/* All verbs, in the order of the help: a struct verb each, verb_NAME. */
/* clang-format off */
#define VERBS(X)    \
	X(check)    \
	X(checkpoint) \
	X(completion) \
	X(create)   \
	X(delete)   \
	X(doctor)   \
	X(events)   \
	X(exec)     \
	X(explain)  \
	X(features) \
	X(gc)       \
	X(help)     \
	X(inspect)  \
	X(kill)     \
	X(list)     \
	X(mounts)   \
	X(pause)    \
	X(plan)     \
	X(ps)       \
	X(restore)  \
	X(resume)   \
	X(run)      \
	X(seccomp)  \
	X(selftest) \
	X(spec)     \
	X(start)    \
	X(state)    \
	X(update)   \
	X(version)  \
	X(wait)
/* clang-format on */
#define VERB_DECLARE(name) extern const struct verb verb_##name;
VERBS(VERB_DECLARE)
#undef VERB_DECLARE
extern const struct verb *const verbs[]; /* all, and NULL */
extern const struct option global_options[];
const struct verb *verb_find(const char *name); /* or NULL */
/* The error of a name that is none; -EINVAL. */
int verb_unknown(const char *name);

/* Print the help on stdout. */
void help(void);
void help_verb(const struct verb *verb);
/* Print the manual page of tare, and that of a verb, in the format of man(7). */
void manual(void);
void manual_of(const struct verb *verb);
/* The beginning of a page in the format of man(7): its name ("tare-run"), section, and summary; and
 * a text with the characters escaped that man(7) would take. */
void man_head(const char *name, int section, const char *summary);
void print_roff(const char *text);

/* Parses the options out of argv, which ends with NULL; the other arguments move to the front.
 * With stop_early options end at the first argument. Returns the number of arguments that are
 * left, or a negative errno with the error filled; OPTION_HELP for -h and --help. */
enum { OPTION_HELP = -1000 };
int options_parse(const struct option *options, char **argv, bool stop_early);
void options_help(const struct option *options);
/* Whether the word after the option is its value. */
bool option_takes_value(const struct option *option);
/* A user or group id: digits only, without a sign, blanks or trailing characters; and "UID[:GID]"
 * of the option --user, which leaves the group as it is where there is none. */
int parse_id(const char *option, const char *text, size_t length, struct opt_u32 *id);
int parse_user(const char *text, struct opt_u32 *uid, struct opt_u32 *gid);
/* One row of a help text in 80 columns: the text begins at the column `indent`. */
void help_row(const char *left, int indent, const char *text);

/* --- global options --- */
struct globals {
	const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless, *criu;
	const char *timings; /* "-": on stderr; else a file, or a directory for files; NULL: none */
	long long began;     /* when main() began: nanoseconds of CLOCK_REALTIME */
	bool debug, systemd_cgroup, no_pivot, version;
	const char *name; /* the name that we were called by: tare, runc, crun */
};
extern struct globals globals;
/* The state directory: --root, or /run/tare, or $XDG_RUNTIME_DIR/tare. */
const char *state_root(void);

/* --- bundles --- */
struct bundle {
	struct pool pool;
	const char *path; /* absolute */
	const char *file; /* config.json, or the file that was named instead */
	char *text;	  /* config.json; from malloc */
	size_t length;
	struct config config;
};
/* Reads config.json (config NULL), or another file. bundle_open() also parses it, and warns of
 * members with misspelt names. */
int bundle_read(struct bundle *bundle, const char *path, const char *config);
int bundle_open(struct bundle *bundle, const char *path, const char *config);
void bundle_close(struct bundle *bundle);
/* Puts the mounts of a document of `tare mounts add` in place of those of the config. */
int mounts_read(struct pool *pool, const char *path, struct config *config);
/* The text of a file, or of standard input ("-", at most 1 MiB); from malloc(). */
int read_document_text(const char *path, char **text, size_t *length);
const char *document_name(const char *path); /* for messages */
/* Reads it as an array, or as an object of this shape with the array as this member. */
int read_list(struct pool *pool, const char *path, const char *member, const struct shape *shape,
	      void *document);
/* Reads a JSON file that an option names, in the format of process in config.json. */
int process_read(struct pool *pool, const char *option, const char *file, struct process *process);
/* The error of a document; source: "--resources FILE". -EINVAL. */
int json_fail(const char *source, const struct json_error *error);
struct finding json_finding(struct pool *pool, const struct json_error *error);
/* The facts about this machine, or those in a file. */
int read_host(struct pool *pool, const char *file, struct host *host);
/* A plan of create for what the command line says, without a container. */
struct request plan_request(struct pool *pool, const struct bundle *bundle);
#define auto_bundle __attribute__((cleanup(bundle_close))) struct bundle
#define auto_plan __attribute__((cleanup(plan_free))) struct plan

/* --- making containers, for create and run --- */
struct create_flags {
	const char *bundle, *config, *pid_file, *console_socket, *pidfd_socket;
	bool no_pivot, no_new_keyring;
	bool relay;  /* the command waits, and relays the container's terminal */
	bool escape; /* which is needed for --escape-keys */
	unsigned preserve_fds;
	const char *ready_fd;	 /* gets a byte when the container is created */
	struct criu_flags *criu; /* made from a checkpoint (criu.h); or NULL */
};
struct child {
	pid_t pid; /* of init */
	int pidfd;
	int relay;	    /* the socket that the terminal's master is received from; -1: none */
	int notify;	    /* the container's notify socket; -1: none */
	const char *escape; /* keys that kill it, typed at its terminal; "": none */
	int killed_by;	    /* out, of attend(): the signal that killed it; 0: none */
	bool escaped;	    /* out: by those keys */
};
/* The option --escape-keys: its bytes ("": none, as for --detach-keys of engines); and the error
 * where there is nobody to type them. */
enum { ESCAPE_MAX = 8 };
int parse_escape(const char *text, char keys[ESCAPE_MAX + 1]);
int escape_needs_terminal(void);
/* Makes the plan and launches it. The container is left open and unlocked. */
int make_container(struct create_flags *m, const char *id, bool create, struct container *c,
		   struct child *child);
void child_close(struct child *child);
/* The same, and waits for it unless detached: of run and restore. Returns its exit status, or a
 * negative errno with the error filled. */
struct run_flags {
	bool detach, keep, no_subreaper;
	char keys[ESCAPE_MAX + 1];
};
int run_container(struct create_flags *m, const char *id, const struct run_flags *r);

/* Writes the times of the steps from the one at `from` on where --timings says, and frees them. A
 * failure is a warning. */
void report_timings(const char *verb, const char *id, const struct plan *plan,
		    struct timing *timing, size_t from);

/* Closes the caller's descriptors on exec, except for those to be preserved, and keeps our own
 * descriptors from getting their numbers. */
int guard_descriptors(unsigned preserve);
/* The number of sockets that the caller passes to the container, from descriptor 3:
 * sd_listen_fds(3). */
unsigned listen_fds(void);
/* The number of a descriptor of the caller's that is written to, a pipe or the like, which the
 * container does not get; or a negative errno with the error filled. */
int parse_output_fd(const char *option, const char *text, unsigned preserved);
const char *absolute(struct pool *pool, const char *path); /* relative to the caller's working
							    * directory; NULL stays NULL */

/* --- waiting for a process: run and exec without --detach --- */
/* Blocks the signals that are forwarded to the container; called before its process is created,
 * so that none is lost. */
void attend_begin(bool subreaper);
/* Waits until the process has ended; meanwhile, forwards signals and relays its terminal. Returns
 * its exit status, or 128 + the signal that killed it, or a negative errno with the error filled.
 */
int attend(struct child *child);

/* Logs a warning about the member of a document; source: where it is from. */
void say_warning(const char *source, const struct finding *finding);
/* Logs the warnings of a plan. */
void say_warnings(const struct plan *plan);

/* What create has stored for later commands such as start and delete. They make plans from it;
 * start checks that its plan is the same as that of create. */
struct kept {
	struct opt_u32 version; /* STATE_VERSION */
	struct request *request;
	struct host *host;
	const char *digest;
};
extern const struct shape shape_kept;
int parse_config(struct pool *pool, const char *text, size_t length, struct config *config);
int kept_read(struct container *c, struct kept *kept, struct config *config);

/* Adds the devices of a document like linux.devices to the container, or takes them away.
 * rules_begin(): before an update of device rules: those of the config become those that are in
 * force, and the new ones get those of added devices; *added is to be written afterwards. */
int update_devices(struct container *c, struct pool *pool, const char *path, bool adds);
struct added;
int rules_begin(struct container *c, struct pool *pool, struct config *config, struct resources *r,
		struct added *added);

/* Opens and locks a container that is to be changed; waits for a command that holds the lock. */
int open_locked(struct container *c, const char *id);

/* As container_status(), which does not look at cgroups, but with the status `paused`. */
enum oci_status status_of(struct container *c);
int check_alive(struct container *c); /* an error unless it is created, running or paused */

/* Deletes a locked container: undoes what was done for it, then runs the poststop hooks. */
int delete_container(struct container *c);

/* A container whose state is damaged: whether the error of the process says so, and its removal,
 * for delete --force. */
bool is_broken(void);
int delete_broken(struct container *c);

/* Calls the function for each container in whose id the extended regular expression is found. It
 * is an error if there is none. */
int each_matching(const char *expression, int (*each)(const char *id));

/* Of standard output: the width of its terminal, 0 if it is none; whether to use colours (a
 * terminal, and not NO_COLOR: https://no-color.org). */
unsigned terminal_columns(void);
bool terminal_has_colours(void);
/* The escape sequence that begins or ends a colour on standard output; "" without colours. */
enum colour { COLOUR_OFF, COLOUR_GOOD, COLOUR_DOUBTFUL, COLOUR_BAD };
const char *colour(enum colour colour);

/* Prints on standard output. That the reader has closed its end of the pipe is no failure;
 * print_is_closed() tells it to who prints without end. print_part() leaves the writing to
 * print_flush() or a later print(). */
bool print_is_closed(void);
int print_part(const char *format, ...) __attribute__((format(printf, 1, 2)));
int print_flush(void);
int print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The user's name in /etc/passwd of the host, or else the number. */
const char *user_name(struct pool *pool, uid_t uid);

#endif
