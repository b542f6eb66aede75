/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate: what a compiled filter answers to a system call, found by running its BPF program as
 * the kernel would (seccomp(2)). A pure function.
 */
#ifndef TARE_SECCOMP_EVALUATE_H
#define TARE_SECCOMP_EVALUATE_H

#include "filter.h"

#include <linux/seccomp.h>
#include <stdint.h>

/* The result: SECCOMP_RET_ action and data; a program that is not valid kills the process. */
uint32_t filter_evaluate(const struct filter *filter, const struct seccomp_data *data);

/* "allowed", "fails with EPERM", "kills the process", ... */
const char *filter_verdict(uint32_t result, char *buffer, unsigned long size);

#endif
