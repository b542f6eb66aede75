/* SPDX-License-Identifier: Apache-2.0 */
/* log: warnings, messages for debugging, and the one error that main() prints. */
#ifndef TARE_BASE_LOG_H
#define TARE_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Opens the log: a file (path or "file:PATH"), the journal or syslog ("journald:ID",
 * "syslog:ID"), or stderr (NULL). Errors are always written to stderr too. json: one object
 * {"level":..,"msg":..,"time":..} per line. 0, or a negative errno with the error filled. */
int log_open(const char *path, bool json);
/* Before stderr is replaced: keeps a duplicate of it for the log. */
void log_keep(void);
/* For a process that closes all descriptors: nothing is logged from then on. */
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
