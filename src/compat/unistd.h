/* SPDX-License-Identifier: Apache-2.0 */
/* For a C library without close_range(2) (musl). */
#ifndef TARE_COMPAT_UNISTD_H
#define TARE_COMPAT_UNISTD_H

#include_next <unistd.h>

#include <sys/syscall.h>

static inline int close_range(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

#endif
