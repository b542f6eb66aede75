/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of src/seccomp share. */
#ifndef TARE_SECCOMP_INTERNAL_H
#define TARE_SECCOMP_INTERNAL_H

#include "filter.h"

/* Looks up a filter by its key, the text of everything that influences the program. False if it
 * is not cached. */
bool cache_read(struct pool *pool, const char *key, struct filter *filter);

enum { FILTER_ARGUMENTS = 6 }; /* of a system call */

/* An architecture that libseccomp knows, as it has it (SCMP_ARCH_). */
uint32_t filter_token(enum oci_architecture a);

/* The answer of a filter (SECCOMP_RET_) for an action of a profile. */
uint32_t filter_action(int action, const struct opt_u32 *errno_ret);

/* Has a rule several comparisons of the same argument? */
bool filter_repeats_index(const struct syscall_rule *rule);

/* Runs the compiled filter with arguments near those that the rules compare with. NULL if it does
 * what they say, else a sentence. */
const char *filter_contradiction(struct pool *pool, const struct seccomp *s,
				 const struct filter *filter);

#endif
