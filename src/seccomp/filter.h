/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter: the seccomp BPF program of a container, compiled by libseccomp, read from a cache, or
 * taken from an annotation. It is an input of the planner, which makes no system calls;
 * libseccomp does: it probes the kernel's features, and before 2.6 can only export to a
 * descriptor.
 */
#ifndef TARE_SECCOMP_FILTER_H
#define TARE_SECCOMP_FILTER_H

#include "libocispec/config.h"
#include "libocispec/pool.h"

struct filter {
	const void *program; /* struct sock_filter */
	size_t count;	     /* number of instructions; 0: no filter requested, or `failure` */
	const char *failure; /* why there is none, a sentence; or NULL */
	const char *key;     /* cache key of a filter that is not cached yet; or NULL */
};

/* Makes the filter of a config; the program and all strings are allocated from the pool. The
 * cache is not written. */
void filter_make(struct pool *pool, const struct config *config, struct filter *filter);

/* Stores a newly compiled filter in the cache; called when its container has been created. Errors
 * are ignored: the filter is then compiled again next time. */
void filter_keep(const struct filter *filter);

/* Removes what killed commands have left in the cache, and all of it if it is above its bound.
 * Returns the number of files; dry: of those that would be removed. */
unsigned filter_forget(bool dry);

/* What this build can honour; all false without libseccomp. */
bool filter_knows_architecture(enum oci_architecture a);
bool filter_knows_action(enum oci_seccomp_action action);
bool filter_knows_flag(enum oci_seccomp_flag flag);
bool filter_knows_call(const char *name);
/* The number of a system call on an architecture, and the architecture as the kernel's
 * seccomp_data has it (AUDIT_ARCH_); negative, or 0: unknown. */
int filter_call_number(enum oci_architecture a, const char *name);
unsigned filter_audit_architecture(enum oci_architecture a);
/* That of this machine; OCI_ARCH_COUNT: unknown. */
enum oci_architecture filter_native(void);
/* The name of a system call of this machine, in the pool; NULL: unknown. */
const char *filter_call_name(struct pool *pool, int number);
/* The version of the library, "2.5.4"; NULL without. */
const char *filter_library(struct pool *pool);

#endif
