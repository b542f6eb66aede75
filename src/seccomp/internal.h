/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of src/seccomp share. */
#ifndef TARE_SECCOMP_INTERNAL_H
#define TARE_SECCOMP_INTERNAL_H

#include "filter.h"

/* By a key: the text of all that influences the program. */
bool cache_read(struct pool *pool, const char *key, struct filter *filter);

#endif
