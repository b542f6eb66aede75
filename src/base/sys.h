/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys: thin wrappers for system calls that glibc 2.36 does not wrap, and constants that its
 * headers do not define. On failure they return -1 and set errno. No other file calls syscall(2).
 */
#ifndef TARE_BASE_SYS_H
#define TARE_BASE_SYS_H

#include <linux/openat2.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80 /* Linux 5.6 */
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL /* Linux 5.7 */
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x200000 /* Linux 5.14 */
#endif
#ifndef MOUNT_ATTR__ATIME
#define MOUNT_ATTR__ATIME 0x70
#endif

/* Linux 5.6; ENOSYS before, and where a filter says so. */
int sys_openat2(int at, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);

/* clone3(2), used like fork(2): returns in the parent and in the child, without a new stack.
 * Falls back to clone(2) if clone3 is missing or denied (ENOSYS, or EPERM from an old seccomp
 * filter) and the flags allow it. pidfd may be NULL. The child's pid is stored in *parent_tid,
 * unless NULL, before the child runs. */
pid_t sys_clone(uint64_t flags, int exit_signal, int cgroup_fd, int *pidfd, int *parent_tid);

/* statmount(2): 1 if the mount with this unique ID (STATX_MNT_ID_UNIQUE) is in the caller's mount
 * namespace, and the unique ID of the one that it is mounted on; 0 if it is not; -1 and errno on
 * failure. */
int sys_mount_exists(uint64_t unique, uint64_t *parent);

int sys_pivot_root(const char *new_root, const char *put_old);
int sys_pidfd_send_signal(int pidfd, int signal);
int sys_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
int sys_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable);

/* setresuid(2), setresgid(2) and setgroups(2) for the calling thread only: glibc's wrappers
 * change all threads. */
int sys_setresuid(uid_t uid);
int sys_setresgid(gid_t gid);
int sys_setgroups(size_t count, const gid_t *group);

/* keyctl(KEYCTL_JOIN_SESSION_KEYRING, name) */
int sys_join_session_keyring(const char *name);

/* bpf(2). Always passes the whole union, because Linux 6.17 to 7.1 write beyond the end of a
 * shorter one. The caller zeroes it first. */
union bpf_attr;
int sys_bpf(int command, union bpf_attr *attr);

/* seccomp(SECCOMP_SET_MODE_FILTER): count instructions of struct sock_filter */
int sys_seccomp_filter(unsigned flags, const void *program, size_t count);

/* execveat(fd, "", argv, environ, AT_EMPTY_PATH) */
int sys_execveat(int fd, char *const *argv);

/* sched_setattr(2) for the calling thread; glibc has it, and struct sched_attr, only since 2.41. */
struct sys_sched_attr {
	uint32_t size, sched_policy;
	uint64_t sched_flags;
	int32_t sched_nice;
	uint32_t sched_priority;
	uint64_t sched_runtime, sched_deadline, sched_period;
	uint32_t sched_util_min, sched_util_max;
};
int sys_sched_setattr(const struct sys_sched_attr *attr);
int sys_ioprio_set(int value); /* for the calling thread */
int sys_set_mempolicy(int mode, const uint64_t *nodes, size_t bits);

int sys_dup3(int old, int new); /* musl's is dup2(2), which a filter may not allow */
/* timeout: in milliseconds; none if it is negative. glibc's, with _FORTIFY_SOURCE and 64-bit times
 * on 32-bit architectures, is the one for 32-bit times, and does not wait (glibc bug 29746). */
int sys_ppoll(struct pollfd *fd, nfds_t count, int timeout, const sigset_t *mask);

/* Whether an errno says that a call is missing, or denied by a filter that does not know it: what
 * has a fallback takes it for both. */
/* How the process of a pidfd has ended, as waitpid(2) says it: known once it has been waited for
 * (Linux 6.15). -ENODATA: not yet. */
int sys_pidfd_exit_status(int pidfd, int *status);

bool sys_is_missing(int err);

/* Whether the kernel, and a filter around us, let the system call be tried. It is called with
 * arguments that none accepts; only for calls that fail with -1 as the first argument. */
bool sys_has(long number);
/* The same for a privileged caller, to whom EPERM says that a filter denies it. */
bool sys_permits(long number);

#endif
