/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error: the description of a failure, as plain data.
 *
 * There is one struct error per process. A function that detects a failure fills it with fail()
 * and returns the negative errno that fail() returns; its callers may add context with also().
 * Only main and the walker print it.
 */
#ifndef TARE_BASE_ERROR_H
#define TARE_BASE_ERROR_H

#include "codes.h"

#include <stddef.h>

/* Fixed size and no pointers: it also crosses from one process to another (stage/walk.h). */
struct error {
	int err;	   /* errno; 0: not a system call's failure */
	enum code code;	   /* CODE_NONE: not classified (yet) */
	int step;	   /* index of the step of the plan, -1: none */
	char pointer[256]; /* JSON pointer into config.json, starts with /; "": none */
	char call[32];	   /* system call, "" is none */
	char text[1024];   /* the object: a path, a name */
	char hint[256];	   /* what to do about it, "" is none */
};

/* fail(errno, "openat2", "%s", path): fills the error and returns -err (-EINVAL where err is 0).
 * call may be NULL. */
int fail(int err, const char *call, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same, with a code. */
int fail_as(enum code code, int err, const char *call, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Puts "context: " before the text; returns the code that fail() returned. */
int also(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For a request that does not come from config.json: drops the pointer and makes the message
 * "source: call: text". source may be NULL. Returns the code. */
int from_elsewhere(const char *source);

/* Sets the hint; returns the code. */
int hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Sets the code; returns what fail() returned. */
int coded(enum code code);
/* Sets the code, unless the error has one. */
int coded_unless(enum code code);

/* What to do about the error: its hint, or else the cure of its code; "": unknown. */
const char *error_cure(const struct error *error);

/* The error of this process. Empty (err 0, text "") until fail() is called. */
struct error *error_last(void);
void error_clear(void);

/* "no such file or directory": in lower case, because some engines match it case-sensitively. */
const char *error_words(int err);

/* Replaces control characters (C0, DEL and C1) and bytes that are not UTF-8 by '?', in place, so
 * that the text is safe for a terminal and for a log with one message per line. */
void text_clean(char *text);

/* The error in one line, with what to do about it in parentheses:
 * "config.json#/mounts/3: mount_setattr /data: operation not permitted (...)".
 * Returns buffer, cleaned by text_clean(). */
char *error_line(const struct error *error, char *buffer, size_t size);

#endif
