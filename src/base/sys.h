/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys: thin wrappers of the system calls that glibc 2.36 lacks, and the constants that its headers
 * lack. They return what the kernel returns in libc's manner: -1 and errno. Nothing else calls
 * syscall().
 */
#ifndef TARE_BASE_SYS_H
#define TARE_BASE_SYS_H

#include <linux/openat2.h>
#include <linux/sched.h>
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

/* clone3(2), as fork(2) is used: returns twice, on the same stack. Falls back to clone(2) where
 * clone3 is missing or denied (ENOSYS, EPERM by an old filter) and the flags allow. pidfd may be
 * NULL. The child's pid is written to *parent_tid, unless NULL, before the child runs. */
pid_t sys_clone(uint64_t flags, int exit_signal, int cgroup_fd, int *pidfd, int *parent_tid);

/* statmount(2): 1, the mount with this number (STATX_MNT_ID_UNIQUE) is in our namespace; 0, it is
 * not; -1 and errno. */
int sys_mount_exists(uint64_t unique);

int sys_pivot_root(const char *new_root, const char *put_old);
int sys_pidfd_send_signal(int pidfd, int signal);
int sys_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
int sys_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable);

/* setresuid and friends of the calling thread, without glibc's dance over all threads. */
int sys_setresuid(uid_t uid);
int sys_setresgid(gid_t gid);
int sys_setgroups(size_t count, const gid_t *group);

/* keyctl(KEYCTL_JOIN_SESSION_KEYRING, name) */
int sys_join_session_keyring(const char *name);

/* bpf(2). Always given whole: kernels 6.17 to 7.1 write behind a short one. Zero it first. */
union bpf_attr;
int sys_bpf(int command, union bpf_attr *attr);

/* seccomp(SECCOMP_SET_MODE_FILTER): count instructions of struct sock_filter */
int sys_seccomp_filter(unsigned flags, const void *program, size_t count);

/* execveat(fd, "", argv, environ, AT_EMPTY_PATH) */
int sys_execveat(int fd, char *const *argv);

/* sched_setattr(2) of this thread; glibc has it since 2.41 only, under this name's end. */
struct sys_sched_attr {
	uint32_t size, sched_policy;
	uint64_t sched_flags;
	int32_t sched_nice;
	uint32_t sched_priority;
	uint64_t sched_runtime, sched_deadline, sched_period;
	uint32_t sched_util_min, sched_util_max;
};
int sys_sched_setattr(const struct sys_sched_attr *attr);
int sys_ioprio_set(int value); /* of this process */
int sys_set_mempolicy(int mode, const uint64_t *nodes, size_t bits);

#endif
