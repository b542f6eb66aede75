/* SPDX-License-Identifier: Apache-2.0 */
/*
 * descriptors: those of the whole process: closing all of a range, and room for many. Nothing is
 * allocated.
 */
#ifndef TARE_BASE_DESCRIPTORS_H
#define TARE_BASE_DESCRIPTORS_H

#include <stddef.h>

/* Closes all open descriptors from `first` on but those that are kept (in ascending order); or
 * marks all close-on-exec. close_range(2) is of Linux 5.9, its CLOSE_RANGE_CLOEXEC of 5.11, and a
 * filter may deny both: then /proc/self/fd tells which there are, whatever the limits say. 0, or a
 * negative errno with the error filled: some may still be open, and nobody may go on. */
int descriptors_close(unsigned first, const int *keep, size_t count);
int descriptors_close_on_exec(unsigned first);

/* Raises our soft limit (RLIMIT_NOFILE) to what we need, as far as the hard limit allows; and back
 * to what it was, for a program that is executed. */
void descriptors_make_room(unsigned long needed);
void descriptors_restore_limit(void);
void descriptors_forget_limit(void); /* it was set to something else meanwhile, and stays */

#endif
