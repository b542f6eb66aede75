/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: what went wrong, as plain data, and the log.
 *
 * There is one struct error per process. Whoever notices a failure fills it with fail() and returns the
 * negative errno that fail() returns; whoever passes it on may add context with also(). Nothing below main
 * and the walker prints it.
 */
#ifndef TARE_BASE_REPORT_H
#define TARE_BASE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Fixed size and no pointers: it also crosses from one process to another (stage/walk.h). */
struct error {
	int err;  /* errno; 0: not a system call's failure */
	int step; /* index of the step of the plan, -1: none */
	char pointer
		[256];	 /* JSON pointer into config.json, "" is none; starts with / or is empty */
	char call[32];	 /* system call, "" is none */
	char text[1024]; /* the object: a path, a name */
	char hint[256];	 /* what to do about it, "" is none */
};

/* fail(errno, "openat2", "%s", path): fills the error and returns -err (-EINVAL where err is 0). call may
 * be NULL. */
int fail(int err, const char *call, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text; returns the code that fail() returned. */
int also(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What was asked for is not in config.json: no pointer, but "source: call: text". source may be NULL. Returns the code. */
int from_elsewhere(const char *source);

/* Sets the hint; returns the code. */
int hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The process's error. Zero (err 0, empty text) until fail() was called. */
struct error *error_last(void);
void error_clear(void);

/* "no such file or directory": lower case, since engines match it with and without regard to case. */
const char *error_words(int err);

/* What a reader's terminal, or a log that is read line by line, would take for more than text becomes '?': control characters (those
 * of C1 too), and bytes that are not UTF-8. In place. */
void text_clean(char *text);

/* The error in one line: "config.json#/mounts/3: mount_setattr /data: operation not permitted". Returns
 * buffer. What could not be shown in a line is replaced by '?'. */
char *error_line(const struct error *error, char *buffer, size_t size);

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* "2026-11-21T23:33:07.123456789Z": RFC 3339, and no file of time zones is opened for it. */
enum { STAMP_SIZE = 64 };
void time_stamp(char stamp[STAMP_SIZE]);
void time_format(char stamp[STAMP_SIZE], struct timespec time);
/* Milliseconds of a clock that is never set: for deadlines. */
long long time_now(void);

/* Where the log goes: to a file (path), to the journal or syslog ("journald:ID", "syslog:ID"), or with NULL
 * to stderr. Errors go to stderr always. json: {"level":..,"msg":..,"time":..}, one object per line. */
int log_open(const char *path, bool json);
/* Before all descriptors are closed: nothing is logged any more. */
void log_keep(void); /* stderr becomes something else: what is logged still goes where it did */
void log_forget(void);
void log_level(enum log_level level);
bool log_wanted(enum log_level level);
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define debug(...)                                                                                 \
	do {                                                                                       \
		if (log_wanted(LOG_LEVEL_DEBUG))                                                   \
			log_line(LOG_LEVEL_DEBUG, __VA_ARGS__);                                    \
	} while (0)

#endif
