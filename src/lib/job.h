/* SPDX-License-Identifier: Apache-2.0 */
/* job: the process of one call of libtare, and what it has said. */
#ifndef TARE_LIB_JOB_H
#define TARE_LIB_JOB_H

#include "tare.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOST_OPTIONS = 32 };

struct tare {
	char *program;
	char *option[MOST_OPTIONS + 1]; /* "--name" or "--name=value"; NULL ends them */
	size_t count;
};

/* Lists of words end with a NULL; one that is NULL is empty. words_append() returns how many are in
 * argv then. */
size_t words_count(const char *const *list);
size_t words_append(const char **argv, size_t n, const char *const *list);

/* argv: the verb and its arguments. */
struct job_request {
	const char *const *argv;
	const int *stdio;  /* three descriptors, -1 for /dev/null; stdout may be TARE_PIPE */
	const char *input; /* what stdin has instead; NULL: nothing */
	bool keeps;	   /* stdout is kept in memory instead, for job_end() */
};

int job_begin(const struct tare *t, const struct job_request *request, struct tare_job **job,
	      struct tare_error *error);
/* output: what was written to the memory; NULL: it is not wanted. */
int job_end(struct tare_job *job, char **output, struct tare_error *error);

/* Fills *error, if it is not NULL, and returns -number. */
int job_failed(struct tare_error *error, int number, const char *what);

#endif
