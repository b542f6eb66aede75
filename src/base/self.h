/* SPDX-License-Identifier: Apache-2.0 */
/*
 * self: protects tare's own executable. While init enters a container, its /proc/PID/exe refers
 * to the executable on the host: a program that is "#!/proc/self/exe", or a process that shares a
 * namespace with init, could open it and overwrite it (CVE-2019-5736). So tare does not run from
 * the file itself but from a copy that cannot be written to: a detached, read-only bind mount of
 * the file, or, without the privilege for that, a sealed memfd.
 */
#ifndef TARE_BASE_SELF_H
#define TARE_BASE_SELF_H

#include <stddef.h>

/* Executes tare again from such a copy; returns 0 if it already runs from one (or from a
 * read-only filesystem). On failure, a negative errno with the error filled. */
int self_protect(char *const *argv);

/* A descriptor of a program in memory, which can be executed and not be written. A negative errno
 * with the error filled. */
int self_program(const void *bytes, size_t size);

/* Executes the program of the descriptor with our environment. On failure, a negative errno; the
 * error is not filled. */
int self_execute(int fd, char *const *argv);

#endif
