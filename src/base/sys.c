/* SPDX-License-Identifier: Apache-2.0 */
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RACES = 64 };

int sys_openat2(int at, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = flags, .mode = mode, .resolve = resolve };

	int fd;

	/* EAGAIN: a rename anywhere on the system while ".." was resolved. */
	for (int i = 0; (fd = (int)syscall(SYS_openat2, at, path, &how, sizeof how)) < 0 &&
			errno == EAGAIN && i < RACES;
	     i++)
		;
	return fd;
}

pid_t sys_clone(uint64_t flags, int exit_signal, int cgroup_fd, int *pidfd, int *parent_tid)
{
	int fd = -1;
	struct clone_args args = { .flags = flags, .exit_signal = (uint64_t)exit_signal };

	if (pidfd) {
		args.flags |= CLONE_PIDFD;
		args.pidfd = (uintptr_t)&fd;
	}
	if (parent_tid) {
		flags |= CLONE_PARENT_SETTID;
		args.flags |= CLONE_PARENT_SETTID;
		args.parent_tid = (uintptr_t)parent_tid;
	}
	if (cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup_fd;
	}
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
	/* clone(2) cannot take CLONE_NEWTIME (its bit is in the byte of the exit signal) or a
	 * cgroup, and has one argument for both parent_tid and the pidfd. The tid must be stored
	 * before the child runs; the pidfd can be opened afterwards, because the pid of a child
	 * that was not waited for is not reused. */
	if (pid < 0 && sys_is_missing(errno) && cgroup_fd < 0 && !(flags & CLONE_NEWTIME)) {
		unsigned long all = (unsigned long)flags | (unsigned)exit_signal;
#ifdef __s390x__
		pid = (pid_t)syscall(SYS_clone, NULL, all, parent_tid, NULL, NULL);
#else
		pid = (pid_t)syscall(SYS_clone, all, NULL, parent_tid, NULL, NULL);
#endif
		if (pid > 0 && pidfd)
			fd = pidfd_open(pid, 0);
	}
	if (pid > 0 && pidfd)
		*pidfd = fd;
	return pid;
}

int sys_mount_exists(uint64_t unique, uint64_t *parent)
{
	/* struct mnt_id_req, struct statmount, STATMOUNT_MNT_BASIC: newer than Debian's headers */
	const struct {
		uint32_t size, spare;
		uint64_t id, wanted;
	} request = { sizeof request, 0, unique, 2 };
	uint64_t answer[64];

	if (syscall(457 /* statmount */, &request, answer, sizeof answer, 0))
		return errno == ENOENT ? 0 : -1;
	*parent = answer[6]; /* mnt_parent_id */
	return 1;
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int sys_pidfd_send_signal(int pidfd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int sys_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		  (uint32_t)(inheritable >> 32) },
	};

	return (int)syscall(SYS_capset, &header, data);
}

int sys_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return -1;
	*effective = data[0].effective | (uint64_t)data[1].effective << 32;
	*permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	*inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

/* Where ids once had 16 bits, the calls with the plain names still have, and cut off the rest. */
#ifdef SYS_setresuid32
#define ID_CALL(name) SYS_##name##32
#else
#define ID_CALL(name) SYS_##name
#endif

int sys_setresuid(uid_t uid)
{
	return (int)syscall(ID_CALL(setresuid), uid, uid, uid);
}

int sys_setresgid(gid_t gid)
{
	return (int)syscall(ID_CALL(setresgid), gid, gid, gid);
}

int sys_setgroups(size_t count, const gid_t *group)
{
	return (int)syscall(ID_CALL(setgroups), count, group);
}

int sys_join_session_keyring(const char *name)
{
	return (int)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
}

int sys_bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof *attr);
}

int sys_seccomp_filter(unsigned flags, const void *program, size_t count)
{
	/* The kernel reads it only. */
	struct sock_fprog filter = { (unsigned short)count,
				     (struct sock_filter *)(uintptr_t)program };

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}

int sys_execveat(int fd, char *const *argv)
{
	return (int)syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
}

int sys_sched_setattr(const struct sys_sched_attr *attr)
{
	return (int)syscall(SYS_sched_setattr, 0, attr, 0);
}

int sys_ioprio_set(int value)
{
	return (int)syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, value);
}

int sys_set_mempolicy(int mode, const uint64_t *nodes, size_t bits)
{
	return (int)syscall(SYS_set_mempolicy, mode, nodes, bits);
}

int sys_pidfd_exit_status(int pidfd, int *status)
{
	/* struct pidfd_info, PIDFD_INFO_EXIT: newer than Debian's headers */
	struct {
		uint64_t mask, cgroup;
		uint32_t ids[11];
		int32_t exit_code;
	} info = { .mask = 1 << 3 };

	if (ioctl(pidfd, _IOC(_IOC_READ | _IOC_WRITE, 0xff, 11, sizeof info), &info))
		return -errno;
	*status = info.exit_code;
	return info.mask & 1 << 3 ? 0 : -ENODATA;
}

bool sys_is_missing(int err)
{
	return err == ENOSYS || err == EPERM;
}

int sys_dup3(int old, int new)
{
	return (int)syscall(SYS_dup3, old, new, 0);
}

int sys_ppoll(struct pollfd *fd, nfds_t count, int timeout, const sigset_t *signals)
{
#ifdef SYS_ppoll_time64
	const long number = SYS_ppoll_time64;
#else
	const long number = SYS_ppoll;
#endif
	struct {
		int64_t seconds, nanoseconds;
	} limit = { timeout / 1000, timeout % 1000 * 1000000 };

	return (int)syscall(number, fd, count, timeout < 0 ? NULL : &limit, signals,
			    8 /* bytes of a set, for the kernel */);
}

bool sys_has(long number)
{
	return syscall(number, -1L, 0L, 0L, 0L, 0L, 0L) >= 0 || errno != ENOSYS;
}

bool sys_permits(long number)
{
	return syscall(number, -1L, 0L, 0L, 0L, 0L, 0L) >= 0 || !sys_is_missing(errno);
}
