/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc: the only way to files below /proc. What is mounted at or over /proc may be somebody's
 * invention, so the directory is verified to be the root of a procfs, and nothing may be mounted
 * between it and the file (RESOLVE_NO_XDEV, which takes openat2). Where that can't be had, a
 * private procfs that is attached nowhere is used (fsopen, Linux 5.2; needs CAP_SYS_ADMIN), and as
 * the last resort the plain file, with its filesystem's type verified.
 *
 * Paths are relative to /proc: "self/oom_score_adj", "1234/uid_map". On failure: a negative errno,
 * with the error filled.
 */
#ifndef TARE_BASE_PROC_H
#define TARE_BASE_PROC_H

#include <stdint.h>
#include <sys/types.h>

int proc_open(const char *path, int flags);

/* One write() with the whole text, as the kernel wants it for its maps and sysctls. */
int proc_write(const char *path, const char *text);

/* Closes the descriptors that are kept; or forgets them, when all have been closed. */
void proc_forget(void);
void proc_lost(void);

/* The state letter and the start time (clock ticks after boot) of a process: with the pid they name
 * one process for ever. The state of a process that has ended is X, also where others are waited
 * for: the first process of a pid namespace reaps the namespace's others before it is a zombie
 * (pid_namespaces(7)); and it is not Z as long as other threads of the process run. -ESRCH when
 * there is none; the error is not filled. proc_pid_stat(5). */
int proc_stat(pid_t pid, char *state, uint64_t *start);

/* What an O_PATH descriptor stands for, opened anew. A negative errno with the error filled. */
int proc_reopen(int fd, int flags);

/* A namespace: "self/ns/time", "PID/ns/user". */
int proc_namespace(const char *path);

/* The root or the working directory of a process: "PID/root". */
int proc_directory(const char *path);

/* Makes a verified procfs the working directory: "self/fd/N" is then this process's, whatever is
 * mounted on /proc. */
int proc_chdir(void);

#endif
