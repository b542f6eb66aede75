/* SPDX-License-Identifier: Apache-2.0 */
/* For a C library that has no <sys/pidfd.h> (musl): see pidfd_open(2) and pidfd_getfd(2). */
#ifndef TARE_COMPAT_PIDFD_H
#define TARE_COMPAT_PIDFD_H

#include <sys/syscall.h>
#include <unistd.h>

static inline int pidfd_open(int pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static inline int pidfd_getfd(int pidfd, int fd, unsigned flags)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, fd, flags);
}

#endif
