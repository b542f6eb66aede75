/* SPDX-License-Identifier: Apache-2.0 */
/* job: the process of one call of libtare, and what it has said. */
#ifndef TARE_LIB_JOB_H
#define TARE_LIB_JOB_H

#include "tare.h"

#include <stddef.h>
#include <stdint.h>

enum { MOST_OPTIONS = 32 };

struct tare {
	char *program;
	char *option[2 * MOST_OPTIONS]; /* names and values, as on a command line */
	size_t count;
};

enum { STDOUT_TO_MEMORY = -3, STDIN_FROM_INPUT = -4 };

/* argv: the verb and its arguments. stdio: three descriptors, -1 for /dev/null, TARE_PIPE or
 * STDOUT_TO_MEMORY for stdout, STDIN_FROM_INPUT for stdin, which is then the text `input`. */
int job_begin(const struct tare *t, const char *const argv[], const int stdio[3], const char *input,
	      struct tare_job **job, struct tare_error *error);
/* output: what was written to the memory; NULL: it is not wanted. */
int job_end(struct tare_job *job, char **output, struct tare_error *error);

/* Fills *error, if it is not NULL, and returns -number. */
int job_failed(struct tare_error *error, int number, const char *what);

#endif
