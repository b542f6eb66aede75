/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc: all access to files below /proc. Something else may have been mounted on /proc or on a
 * file in it, so the directory is verified to be the root of a procfs, and no mount may lie
 * between it and the file (RESOLVE_NO_XDEV, which needs openat2). If that is not possible, a
 * detached private procfs is used (fsopen, Linux 5.2; needs CAP_SYS_ADMIN), and as a last resort
 * the file is opened normally and verified to be on a procfs.
 *
 * Paths are relative to /proc: "self/oom_score_adj", "1234/uid_map". On failure: a negative errno,
 * with the error filled.
 */
#ifndef TARE_BASE_PROC_H
#define TARE_BASE_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

int proc_open(const char *path, int flags);

/* Writes the whole text with one write(2), as the kernel requires for ID maps and sysctls. */
int proc_write(const char *path, const char *text);

/* Forgets the cached descriptors, after all have been closed. */
void proc_lost(void);

/* Those descriptors, at least one if there is a procfs; -1: not open. */
void proc_descriptors(int descriptor[2]);

/* The state letter and the start time (clock ticks after boot) of a process; pid and start time
 * together identify a process uniquely. The state of a process that is exiting but not yet a
 * zombie is X: the init process of a pid namespace first waits for the other processes in it
 * (pid_namespaces(7)). The state is not Z while other threads of the process run. -ESRCH if there
 * is no such process; the error is not filled. proc_pid_stat(5). */
int proc_stat(pid_t pid, char *state, uint64_t *start);
/* What identifies a process that /proc hides from this user (hidepid): the number of its pidfd's
 * inode, which no other process has in this boot (pidfs, Linux 6.9; on 32-bit machines its lower
 * half). 0: the kernel has none. */
uint64_t proc_pidfd_inode(int pidfd);
/* What identifies this boot of the machine: sys/kernel/random/boot_id, random(4). False: it can't
 * be read; the error is not filled. */
enum { BOOT_ID_SIZE = 37 };
bool proc_boot_id(char id[BOOT_ID_SIZE]);
/* The hexadecimal mask in a line of /proc/PID/status, or 0 if there is no such line. name: as
 * "\nCapEff:", since the name of a process, in the first line, may be any text. */
uint64_t proc_status_mask(const char *status, const char *name);
/* Whether SIGKILL has been sent to it, and it has not yet begun to exit. */
bool proc_is_killed(pid_t pid);
/* How a process that has ended, and that nobody has waited for yet, did so, as waitpid(2) says it.
 * -EACCES: the kernel does not tell. */
int proc_exit_status(pid_t pid, int *status);

/* Reopens, with these flags, the file that an O_PATH descriptor refers to. */
int proc_reopen(int fd, int flags);

/* The program that this process executes: self/exe. */
int proc_executable(int flags);

/* A namespace: "self/ns/time", "PID/ns/user". */
int proc_namespace(const char *path);

/* The root or the working directory of a process: "PID/root". */
int proc_directory(const char *path);

/* Another process's open file: "PID/fd/N" (O_PATH); and what a link says: "PID/fd/N", "self/fd/N".
 */
int proc_file(const char *path);
int proc_link(const char *path, char *text, size_t size);

/* Changes the working directory to the verified procfs: the relative path "self/fd/N" is then
 * reliable, whatever is mounted on /proc. */
int proc_chdir(void);

#endif
