/* SPDX-License-Identifier: Apache-2.0 */
/* For a C library whose open(2) sets FD_CLOEXEC by a second system call (musl); its openat(2)
 * doesn't. */
#ifndef TARE_COMPAT_FCNTL_H
#define TARE_COMPAT_FCNTL_H

#include_next <fcntl.h>

#define open(...) openat(AT_FDCWD, __VA_ARGS__)

#endif
