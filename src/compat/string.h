/* SPDX-License-Identifier: Apache-2.0 */
/* For a C library without the names of signals and errors (musl): see sigabbrev_np(3). */
#ifndef TARE_COMPAT_STRING_H
#define TARE_COMPAT_STRING_H

#include_next <string.h>

#include <errno.h>
#include <signal.h>
#include <stddef.h>

static inline const char *sigabbrev_np(int number)
{
	switch (number) {
#define NAME(signal)                                                                               \
	case SIG##signal:                                                                          \
		return #signal;
		NAME(HUP)
		NAME(INT)
		NAME(QUIT)
		NAME(ILL)
		NAME(TRAP)
		NAME(ABRT)
		NAME(BUS)
		NAME(FPE)
		NAME(KILL)
		NAME(USR1)
		NAME(SEGV)
		NAME(USR2)
		NAME(PIPE)
		NAME(ALRM)
		NAME(TERM)
		NAME(STKFLT)
		NAME(CHLD)
		NAME(CONT)
		NAME(STOP)
		NAME(TSTP)
		NAME(TTIN)
		NAME(TTOU)
		NAME(URG)
		NAME(XCPU)
		NAME(XFSZ)
		NAME(VTALRM)
		NAME(PROF)
		NAME(WINCH)
		NAME(POLL)
		NAME(PWR)
		NAME(SYS)
#undef NAME
	default:
		return NULL;
	}
}

/* Those that a seccomp profile is likely to name. */
static inline const char *strerrorname_np(int number)
{
	switch (number) {
#define NAME(error)                                                                                \
	case error:                                                                                \
		return #error;
		NAME(EPERM)
		NAME(ENOENT)
		NAME(ESRCH)
		NAME(EINTR)
		NAME(EIO)
		NAME(EBADF)
		NAME(EAGAIN)
		NAME(ENOMEM)
		NAME(EACCES)
		NAME(EFAULT)
		NAME(EBUSY)
		NAME(EEXIST)
		NAME(ENODEV)
		NAME(EINVAL)
		NAME(ENOTTY)
		NAME(ENOSPC)
		NAME(EROFS)
		NAME(ENOSYS)
		NAME(EOPNOTSUPP)
		NAME(EAFNOSUPPORT)
#undef NAME
	default:
		return NULL;
	}
}

static inline const char *strerrordesc_np(int number)
{
	const char *text = strerror(number);

	return strcmp(text, "No error information") ? text : NULL;
}

#endif
