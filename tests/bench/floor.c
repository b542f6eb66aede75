/* SPDX-License-Identifier: Apache-2.0 */
// floor: the kernel's own price of a container. It does what `run` of the default config (as `spec` writes it) needs, hard-coded, with
// the cheapest known calls: no JSON, no checks beyond "did it work", no state, no seccomp, on v2 no device eBPF (0.7 ms). A yardstick, not a runtime.
//
//   cc -O2 -static -o floor floor.c && floor ROOTFS [nocgroup] -- PROGRAM [ARG...]
//
// Layouts: pure v2 (born in the cgroup), v1 and hybrid (one directory per hierarchy; the child writes 0 into its own `tasks`, which costs
// 20 us, where another process writing a pid into cgroup.procs waits for an RCU grace period of about 10 ms).
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(e) do { if ((e) < 0) { perror(#e); _exit(111); } } while (0)
#define COUNT(a) (int)(sizeof(a) / sizeof *(a))
enum { NOSUID = MOUNT_ATTR_NOSUID, NODEV = MOUNT_ATTR_NODEV, NOEXEC = MOUNT_ATTR_NOEXEC, RDONLY = MOUNT_ATTR_RDONLY };

static char base[] = "/sys/fs/cgroup", name[32], *hierarchy[16];
static int hierarchies, pure_v2;

static void put(const char *dir, const char *cgroup, const char *file, const char *text)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s/%s", dir, cgroup, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	MUST(fd);
	MUST(write(fd, text, strlen(text)));
	close(fd);
}

static int fs(const char *type, unsigned attr, const char *const *option)
{
	int fd = syscall(SYS_fsopen, type, 1);
	MUST(fd);
	for (; option && *option; option += 2)
		MUST(syscall(SYS_fsconfig, fd, option[1] ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, option[0], option[1], 0));
	MUST(syscall(SYS_fsconfig, fd, FSCONFIG_CMD_CREATE, 0, 0, 0));
	int mount = syscall(SYS_fsmount, fd, 1, attr);
	MUST(mount);
	close(fd);
	return mount;
}

static int clone_of(int at, const char *path) { return syscall(SYS_open_tree, at, path, OPEN_TREE_CLONE | O_CLOEXEC | AT_RECURSIVE); }
static void attach(int mount, int root, const char *path) { MUST(syscall(SYS_move_mount, mount, "", root, path, MOVE_MOUNT_F_EMPTY_PATH)); close(mount); }

static void child(const char *rootfs, char **argv)
{
	char path[256];
	for (int i = 0; i < hierarchies; i++) {
		snprintf(path, sizeof path, "%s/%s", base, hierarchy[i]);
		put(path, name, strcmp(hierarchy[i], "unified") ? "tasks" : "cgroup.procs", "0");
	}
	MUST(syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &(struct mount_attr){ .propagation = 1 << 18 }, sizeof(struct mount_attr)));
	int root = clone_of(AT_FDCWD, rootfs);
	MUST(root);
	MUST(syscall(SYS_move_mount, root, "", AT_FDCWD, rootfs, MOVE_MOUNT_F_EMPTY_PATH));
	MUST(fchdir(root));
	attach(fs("proc", 0, 0), root, "proc");
	attach(fs("tmpfs", NOSUID, (const char *[]){ "mode", "755", "size", "65536k", 0 }), root, "dev");
	MUST(mkdirat(root, "dev/pts", 0755)); MUST(mkdirat(root, "dev/shm", 0755)); MUST(mkdirat(root, "dev/mqueue", 0755));
	attach(fs("devpts", NOSUID | NOEXEC, (const char *[]){ "newinstance", 0, "ptmxmode", "0666", "mode", "0620", "gid", "5", 0 }), root, "dev/pts");
	attach(fs("tmpfs", NOSUID | NODEV | NOEXEC, (const char *[]){ "mode", "1777", "size", "65536k", 0 }), root, "dev/shm");
	attach(fs("mqueue", NOSUID | NODEV | NOEXEC, 0), root, "dev/mqueue");
	attach(fs("sysfs", RDONLY | NOSUID | NODEV | NOEXEC, 0), root, "sys");
	if (pure_v2) {
		MUST(unshare(CLONE_NEWCGROUP));
		attach(fs("cgroup2", RDONLY | NOSUID | NODEV | NOEXEC, 0), root, "sys/fs/cgroup");
	}
	if (hierarchies)
		attach(fs("tmpfs", NOSUID | NODEV | NOEXEC, 0), root, "sys/fs/cgroup");
	for (int i = 0; i < hierarchies; i++) {
		snprintf(path, sizeof path, "sys/fs/cgroup/%s", hierarchy[i]);
		MUST(mkdirat(root, path, 0755));
		char from[256];
		snprintf(from, sizeof from, "%s/%s/%s", base, hierarchy[i], name);
		attach(clone_of(AT_FDCWD, from), root, path);
	}
	static const struct { const char *path; int major, minor; } node[] = { { "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/full", 1, 7 },
		{ "dev/tty", 5, 0 }, { "dev/random", 1, 8 }, { "dev/urandom", 1, 9 } };
	umask(0);
	for (int i = 0; i < COUNT(node); i++)
		MUST(mknodat(root, node[i].path, S_IFCHR | 0666, makedev(node[i].major, node[i].minor)));
	umask(022);
	static const char *const link[][2] = { { "/proc/self/fd", "dev/fd" }, { "/proc/self/fd/0", "dev/stdin" }, { "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" }, { "pts/ptmx", "dev/ptmx" } };
	for (int i = 0; i < COUNT(link); i++)
		MUST(symlinkat(link[i][0], root, link[i][1]));
	static const char *const readonly[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger" };
	for (int i = 0; i < COUNT(readonly); i++) {
		int mount = clone_of(root, readonly[i]);
		if (mount < 0)
			continue;
		MUST(syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &(struct mount_attr){ .attr_set = RDONLY }, sizeof(struct mount_attr)));
		attach(mount, root, readonly[i]);
	}
	static const char *const masked[] = { "proc/acpi", "proc/asound", "proc/kcore", "proc/keys", "proc/latency_stats", "proc/timer_list", "proc/timer_stats",
		"proc/sched_debug", "proc/scsi", "sys/firmware" };
	for (int i = 0; i < COUNT(masked); i++) {
		struct stat st;
		if (fstatat(root, masked[i], &st, 0) == 0)
			attach(S_ISDIR(st.st_mode) ? fs("tmpfs", RDONLY, 0) : clone_of(root, "dev/null"), root, masked[i]);
	}
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	MUST(ioctl(s, SIOCSIFFLAGS, &(struct ifreq){ .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING }));
	MUST(sethostname("floor", 5));
	MUST(syscall(SYS_pivot_root, ".", "."));
	MUST(syscall(SYS_umount2, ".", 2 /* MNT_DETACH */));
	MUST(chdir("/"));
	MUST(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &(struct mount_attr){ .attr_set = RDONLY }, sizeof(struct mount_attr)));
	setsid();
	for (int cap = 0; cap < 41; cap++)
		if (cap != CAP_AUDIT_WRITE && cap != CAP_NET_BIND_SERVICE && cap != CAP_KILL)
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	unsigned keep = 1u << CAP_AUDIT_WRITE | 1u << CAP_NET_BIND_SERVICE | 1u << CAP_KILL;
	MUST(syscall(SYS_capset, &(struct __user_cap_header_struct){ _LINUX_CAPABILITY_VERSION_3, 0 }, (struct __user_cap_data_struct[2]){ { keep, keep, 0 } }));
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	MUST(syscall(SYS_close_range, 3, ~0u, 4));
	execve(argv[0], argv, (char *[]){ "PATH=/usr/sbin:/usr/bin:/sbin:/bin", 0 });
	MUST(-1);
}

int main(int argc, char **argv)
{
	struct clone_args args = { .flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS, .exit_signal = SIGCHLD };
	char path[256];
	int cgroup = argc > 2 && strcmp(argv[2], "nocgroup") != 0, start = cgroup ? 3 : 4;
	if (argc <= start)
		return fprintf(stderr, "usage: floor ROOTFS [nocgroup] -- PROGRAM [ARG...]\n"), 2;
	snprintf(name, sizeof name, "floor-%d", getpid());
	if (cgroup && access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0) {
		snprintf(path, sizeof path, "%s/%s", base, name);
		MUST(mkdir(path, 0755));
		args.cgroup = open(path, O_PATH | O_CLOEXEC);
		args.flags |= CLONE_INTO_CGROUP;
		pure_v2 = 1;
	} else if (cgroup) {
		DIR *dir = opendir(base);
		for (struct dirent *e; (e = readdir(dir)) && hierarchies < COUNT(hierarchy);) {
			snprintf(path, sizeof path, "%s/%s/cgroup.procs", base, e->d_name);
			if (e->d_name[0] != '.' && e->d_type == DT_DIR && !access(path, F_OK)) {
				hierarchy[hierarchies] = strdup(e->d_name);
				snprintf(path, sizeof path, "%s/%s/%s", base, hierarchy[hierarchies++], name);
				MUST(mkdir(path, 0755));
				if (!strcmp(e->d_name, "cpuset")) {
					put("/sys/fs/cgroup/cpuset", name, "cpuset.cpus", "0");
					put("/sys/fs/cgroup/cpuset", name, "cpuset.mems", "0");
				} else if (!strcmp(e->d_name, "devices")) {
					put("/sys/fs/cgroup/devices", name, "devices.deny", "a");
					static const char *const allow[] = { "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:8 rwm", "c 1:7 rwm", "c 5:0 rwm", "c 1:5 rwm",
						"c 1:9 rwm", "c 5:1 rwm", "c 136:* rwm", "c 5:2 rwm" };
					for (int i = 0; i < COUNT(allow); i++)
						put("/sys/fs/cgroup/devices", name, "devices.allow", allow[i]);
				}
			}
		}
		closedir(dir);
	}
	pid_t pid = syscall(SYS_clone3, &args, sizeof args);
	MUST(pid);
	if (pid == 0)
		child(argv[1], argv + start);
	int status;
	MUST(waitpid(pid, &status, 0));
	for (int i = 0; i < hierarchies; i++) {
		snprintf(path, sizeof path, "%s/%s/%s", base, hierarchy[i], name);
		MUST(rmdir(path));
	}
	if (args.flags & CLONE_INTO_CGROUP)
		MUST(rmdir((snprintf(path, sizeof path, "%s/%s", base, name), path)));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
