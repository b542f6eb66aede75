/* SPDX-License-Identifier: Apache-2.0 */
/* clock: times in words, and deadlines. */
#ifndef TARE_BASE_CLOCK_H
#define TARE_BASE_CLOCK_H

#include <time.h>

/* "2026-11-21T23:33:07.123456789Z": RFC 3339, and no file of time zones is opened for it. */
enum { STAMP_SIZE = 64 };
void time_stamp(char stamp[STAMP_SIZE]);
void time_format(char stamp[STAMP_SIZE], struct timespec time);
/* Milliseconds of a clock that is never set: for deadlines. */
long long time_now(void);

#endif
