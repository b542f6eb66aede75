/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter: the BPF program of a container, compiled by libseccomp, taken from a cache, or as it
 * comes in an annotation. It is an input of the planner, which makes no system call: libseccomp
 * asks the kernel what it can do, and before 2.6 it exports to a descriptor only.
 */
#ifndef TARE_SECCOMP_FILTER_H
#define TARE_SECCOMP_FILTER_H

#include "libocispec/config.h"
#include "libocispec/pool.h"

struct filter {
	const void *program; /* struct sock_filter */
	size_t count;	     /* of instructions; 0: none was asked for, or `failure` */
	const char *failure; /* why there is none, a sentence; or NULL */
	const char *key;     /* of one that is not in the cache yet; or NULL */
};

/* The filter of a config; all texts and the program are the pool's. Nothing is written. */
void filter_make(struct pool *pool, const struct config *config, struct filter *filter);

/* Writes a filter that was compiled into the cache; called when its container has been made. It is
 * only a cache: whatever fails is ignored, and the next one compiles. */
void filter_keep(const struct filter *filter);

/* What this build can honour; all false without libseccomp. */
bool filter_knows_architecture(enum oci_architecture a);
bool filter_knows_action(enum oci_seccomp_action action);
bool filter_knows_flag(enum oci_seccomp_flag flag);
bool filter_knows_call(const char *name);
/* The version of the library, "2.5.4"; NULL without. */
const char *filter_library(struct pool *pool);

#endif
