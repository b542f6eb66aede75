/* SPDX-License-Identifier: Apache-2.0 */
/* filter: what of linux.seccomp this build can honour, for `features`. All false without libseccomp. */
#ifndef TARE_PLAN_FILTER_H
#define TARE_PLAN_FILTER_H

#include "libocispec/names.h"
#include "libocispec/pool.h"

bool seccomp_knows_architecture(enum oci_architecture a);
bool seccomp_knows_action(enum oci_seccomp_action action);
bool seccomp_knows_flag(enum oci_seccomp_flag flag);
/* "2.5.4"; NULL without. */
const char *seccomp_library(struct pool *pool);

#endif
