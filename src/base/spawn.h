/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn: runs a helper program (a hook, newuidmap) to its end, with a deadline.
 *
 * The program is the leader of a process group of its own, which is killed at the deadline. Its
 * stdin is a file in memory, so that a program that leaves it unread harms nobody. No descriptor
 * above 2 reaches it.
 */
#ifndef TARE_BASE_SPAWN_H
#define TARE_BASE_SPAWN_H

#include <stddef.h>

struct spawn {
	const char *path;		/* no search in PATH */
	char *const *argv, *const *env; /* env NULL: ours */
	const char *input[3];		/* stdin, one after the other, up to a NULL */
	int directory; /* working directory, an O_PATH descriptor; -1: the caller's */
	int timeout;   /* milliseconds; 0: none */
	char *output;  /* stdout and stderr together, cut at the left, NUL-terminated; may be NULL:
			*/
	size_t output_size; /* then they are the caller's stderr */
	int tee[2]; /* with output: descriptors to which stdout and stderr are copied too; 0: none
		     */
	int (*before_exec)(void *context); /* in the child, before the exec; may be NULL */
	void *context;
};

/* Returns 0 when the program ended, with *status as waitpid gives it; else a negative errno with
 * the error filled: it could not be executed, its time was up (-ETIMEDOUT), we were interrupted
 * (-EINTR). */
int spawn_run(const struct spawn *spawn, int *status);

#endif
