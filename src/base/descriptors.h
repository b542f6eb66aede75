/* SPDX-License-Identifier: Apache-2.0 */
/*
 * descriptors: operations on all file descriptors of the process: closing a range, and the limit
 * on their number. Nothing is allocated.
 */
#ifndef TARE_BASE_DESCRIPTORS_H
#define TARE_BASE_DESCRIPTORS_H

#include <stddef.h>

/* Closes all open descriptors from `first` on except those in `keep` (in ascending order); or
 * marks them all close-on-exec. close_range(2) needs Linux 5.9, its CLOSE_RANGE_CLOEXEC 5.11, and
 * a seccomp filter may deny both: the open descriptors are then listed from /proc/self/fd, which
 * does not depend on RLIMIT_NOFILE; where there is no procfs, it is every number below the hard
 * limit. 0, or a negative errno with the error filled: some
 * descriptors may still be open, and the caller must not continue. */
int descriptors_close(unsigned first, const int *keep, size_t count);
int descriptors_close_on_exec(unsigned first);

/* Raises the soft RLIMIT_NOFILE of this process to `needed`, as far as the hard limit allows; and
 * restores the previous limit before another program is executed. */
void descriptors_make_room(unsigned long needed);
void descriptors_restore_limit(void);
void descriptors_forget_limit(
	void); /* the limit has since been set explicitly: do not restore it */

#endif
