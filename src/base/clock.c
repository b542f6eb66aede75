/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <stdio.h>

/* Converts to the proleptic Gregorian calendar, in years that begin on 1 March. gmtime_r() is not
 * used because it would read /etc/localtime. */
void time_format(char stamp[STAMP_SIZE], struct timespec now)
{
	unsigned second = (unsigned)(now.tv_sec % 86400);
	/* Days since 1 March of the year 0, cut into eras of 400 years. */
	unsigned days = (unsigned)(now.tv_sec / 86400) + 719468, era = days / 146097;
	unsigned day_of_era = days % 146097;
	unsigned year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	unsigned day = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned month = (5 * day + 2) / 153; /* 0: March */
	snprintf(stamp, STAMP_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%09ldZ",
		 era * 400 + year_of_era + (month >= 10), month < 10 ? month + 3 : month - 9,
		 day - (153 * month + 2) / 5 + 1, second / 3600, second / 60 % 60, second % 60,
		 now.tv_nsec);
}

long long time_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

long long time_nanoseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

long long time_microseconds(void)
{
	return time_nanoseconds(CLOCK_MONOTONIC) / 1000;
}

long long time_processor(void)
{
	return time_nanoseconds(CLOCK_PROCESS_CPUTIME_ID) / 1000;
}

void time_stamp(char stamp[STAMP_SIZE])
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	time_format(stamp, now);
}
