/* SPDX-License-Identifier: Apache-2.0 */
/* For a C library in which the resource of a limit is an int (musl). */
#ifndef TARE_COMPAT_RESOURCE_H
#define TARE_COMPAT_RESOURCE_H

#include_next <sys/resource.h>

typedef int __rlimit_resource_t;

#endif
