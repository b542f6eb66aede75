/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn: runs a helper program (a hook, newuidmap) to its end, with a deadline.
 *
 * The program is the leader of a process group of its own, which is killed when the timeout
 * expires. Its stdin is a memfd, so that nothing blocks if the program does not read it. It
 * inherits no descriptor above 2.
 */
#ifndef TARE_BASE_SPAWN_H
#define TARE_BASE_SPAWN_H

#include <stddef.h>

struct spawn {
	const char *path;		/* no search in PATH */
	char *const *argv, *const *env; /* env NULL: ours */
	const char *input[3];		/* stdin: these strings, up to a NULL */
	int directory; /* working directory, an O_PATH descriptor; -1: the caller's */
	int timeout;   /* milliseconds; 0: none */
	char *output;  /* the last output_size - 1 bytes of stdout and stderr together, and a NUL;
			* NULL: both are the caller's stderr */
	size_t output_size;
	int tee[2]; /* with output: descriptors to which stdout and stderr are copied too; 0: none
		     */
	int (*before_exec)(void *context); /* in the child, before the exec; may be NULL */
	void *context;
};

/* Returns 0 when the program has ended, with *status as from waitpid(2); otherwise a negative
 * errno with the error filled: it could not be executed, the timeout expired (-ETIMEDOUT), or a
 * signal arrived (-EINTR). */
int spawn_run(const struct spawn *spawn, int *status);

#endif
