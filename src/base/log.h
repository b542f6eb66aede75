/* SPDX-License-Identifier: Apache-2.0 */
/* log: warnings, messages for debugging, and the one error that main() prints. */
#ifndef TARE_BASE_LOG_H
#define TARE_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Where the log goes: to a file (path), to the journal or syslog ("journald:ID", "syslog:ID"), or
 * with NULL to stderr. Errors go to stderr always. json: {"level":..,"msg":..,"time":..}, one
 * object per line. */
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
