/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of src/seccomp share. */
#ifndef TARE_SECCOMP_INTERNAL_H
#define TARE_SECCOMP_INTERNAL_H

#include "filter.h"

/* Looks up a filter by its key, the text of everything that influences the program. False if it
 * is not cached. */
bool cache_read(struct pool *pool, const char *key, struct filter *filter);

#endif
