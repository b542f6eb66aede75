/* SPDX-License-Identifier: Apache-2.0 */
/* log: warnings, messages for debugging, and the one error that main() prints. */
#ifndef TARE_BASE_LOG_H
#define TARE_BASE_LOG_H

#include "codes.h"

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Opens the log: a file (path or "file:PATH"), a descriptor ("fd:3"), the journal or syslog
 * ("journald:ID", "syslog:ID"), or stderr (NULL). Errors are always written to stderr too. json:
 * one object {"level":..,"msg":..,"time":..} per line. 0, or a negative errno with the error
 * filled. */
int log_open(const char *path, bool json);
/* Before stderr is replaced: keeps a duplicate of it for the log. */
void log_keep(void);
/* The descriptor of the log, for a process that closes all others; -1: there is none, or nothing
 * needs it from then on. Debugging keeps it up to the exec. */
int log_descriptor(void);
/* For a process that outlives its command: a log on stderr ends, since whoever called the command
 * may wait for its end of file. */
void log_detach(void);
/* For a process that has closed all descriptors but that one. */
void log_forget(void);
void log_level(enum log_level level);
bool log_wanted(enum log_level level);

/* Writes a record to the log. details: what it has besides its text (NULL: nothing): further
 * members of a JSON object, "code=" in a text file, and the code in brackets on stderr. */
struct log_details {
	enum code code;
	const char *pointer; /* into config.json; NULL or "": none */
	const char *hint;    /* what to do; NULL or "": none */
	int step;	     /* of the plan; -1: none */
	int err;	     /* errno; 0: none */
};
void log_record(enum log_level level, const struct log_details *details, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define log_line(level, ...) log_record(level, NULL, __VA_ARGS__)
#define warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define debug(...)                                                                                 \
	do {                                                                                       \
		if (log_wanted(LOG_LEVEL_DEBUG))                                                   \
			log_line(LOG_LEVEL_DEBUG, __VA_ARGS__);                                    \
	} while (0)

#endif
