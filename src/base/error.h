/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error: what went wrong, as plain data.
 *
 * There is one struct error per process. Whoever notices a failure fills it with fail() and returns
 * the negative errno that fail() returns; whoever passes it on may add context with also(). Nothing
 * below main and the walker prints it.
 */
#ifndef TARE_BASE_ERROR_H
#define TARE_BASE_ERROR_H

#include <stddef.h>

/* Fixed size and no pointers: it also crosses from one process to another (stage/walk.h). */
struct error {
	int err;	   /* errno; 0: not a system call's failure */
	int step;	   /* index of the step of the plan, -1: none */
	char pointer[256]; /* JSON pointer into config.json, "" is none; starts with / or is empty
			    */
	char call[32];	   /* system call, "" is none */
	char text[1024];   /* the object: a path, a name */
	char hint[256];	   /* what to do about it, "" is none */
};

/* fail(errno, "openat2", "%s", path): fills the error and returns -err (-EINVAL where err is 0).
 * call may be NULL. */
int fail(int err, const char *call, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text; returns the code that fail() returned. */
int also(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What was asked for is not in config.json: no pointer, but "source: call: text". source may be
 * NULL. Returns the code. */
int from_elsewhere(const char *source);

/* Sets the hint; returns the code. */
int hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The process's error. Zero (err 0, empty text) until fail() was called. */
struct error *error_last(void);
void error_clear(void);

/* "no such file or directory": lower case, since engines match it with and without regard to case.
 */
const char *error_words(int err);

/* What a reader's terminal, or a log that is read line by line, would take for more than text
 * becomes '?': control characters (those of C1 too), and bytes that are not UTF-8. In place. */
void text_clean(char *text);

/* The error in one line: "config.json#/mounts/3: mount_setattr /data: operation not permitted".
 * Returns buffer. What could not be shown in a line is replaced by '?'. */
char *error_line(const struct error *error, char *buffer, size_t size);

#endif
