/* SPDX-License-Identifier: Apache-2.0 */
/* For a C library without madvise(2)'s constants of Linux 5.14 (musl). */
#ifndef TARE_COMPAT_MMAN_H
#define TARE_COMPAT_MMAN_H

#include_next <sys/mman.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

#endif
