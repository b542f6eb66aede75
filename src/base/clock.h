/* SPDX-License-Identifier: Apache-2.0 */
/* clock: times in words, and deadlines. */
#ifndef TARE_BASE_CLOCK_H
#define TARE_BASE_CLOCK_H

#include <time.h>

/* RFC 3339 in UTC: "2026-11-21T23:33:07.123456789Z". No time zone file is opened. */
enum { STAMP_SIZE = 64 };
void time_stamp(char stamp[STAMP_SIZE]);
void time_format(char stamp[STAMP_SIZE], struct timespec time);
/* Milliseconds of CLOCK_MONOTONIC, for deadlines. */
long long time_now(void);
/* Microseconds of CLOCK_MONOTONIC, and of the processor time of this process. */
long long time_microseconds(void);
long long time_processor(void);
/* Nanoseconds of a clock. */
long long time_nanoseconds(clockid_t clock);

#endif
