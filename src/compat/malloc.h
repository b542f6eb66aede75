/* SPDX-License-Identifier: Apache-2.0 */
/* For a C library whose allocator has nothing to set (musl). */
#ifndef TARE_COMPAT_MALLOC_H
#define TARE_COMPAT_MALLOC_H

enum { M_TOP_PAD, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD };

static inline int mallopt(int parameter, int value)
{
	return parameter && value;
}

#endif
