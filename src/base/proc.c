/* SPDX-License-Identifier: Apache-2.0 */
/* The verified directory is kept open (close-on-exec) for the life of the process: a descriptor
 * of the host's procfs also works in a child in new namespaces, and "self" in it is always the
 * calling process. */
#include "proc.h"

#include "error.h"
#include "io.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { PROC_ROOT_INODE = 1, EXITING = 0x4 /* PF_EXITING of linux/sched.h, all versions */ };

static int verified = -1, private = -1;

static bool is_procfs(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

static int verified_proc(void)
{
	struct stat st;

	if (verified >= 0)
		return verified;
	auto_fd int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!is_procfs(fd) || fstat(fd, &st) || st.st_ino != PROC_ROOT_INODE)
		return -EXDEV;
	return verified = take(&fd);
}

static int private_proc(void)
{
	if (private >= 0)
		return private;
	auto_fd int context = fsopen("proc", FSOPEN_CLOEXEC);
	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	private = fsmount(context, FSMOUNT_CLOEXEC,
			  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return private < 0 ? -errno : private;
}

void proc_descriptors(int descriptor[2])
{
	if (verified_proc() < 0)
		(void)private_proc();
	descriptor[0] = verified;
	descriptor[1] = private;
}

void proc_lost(void)
{
	verified = private = -1;
}

int proc_open(const char *path, int flags)
{
	int directory = verified_proc(), fd;

	flags |= O_CLOEXEC | O_NOCTTY;
	if (directory >= 0) {
		fd = sys_openat2(directory, path, (uint64_t)flags, 0,
				 RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
		if (fd >= 0)
			return fd;
		if (!sys_is_missing(errno) && errno != EXDEV)
			return fail(errno, "open", "/proc/%s", path);
	}

	bool crossed = directory < 0 || errno == EXDEV; /* something is mounted there */
	directory = private_proc();
	if (directory < 0 && crossed) {
		(void)fail(EXDEV, "open", "/proc/%s", path);
		return hint("/proc is not a procfs, or something is mounted over the file");
	}
	fd = openat(directory >= 0 ? directory : verified, path, flags);
	if (fd < 0)
		return fail(errno, "open", "/proc/%s", path);
	if (!is_procfs(fd)) {
		close(fd);
		return fail(EXDEV, "open", "/proc/%s", path);
	}
	return fd;
}

int proc_write(const char *path, const char *text)
{
	auto_fd int fd = proc_open(path, O_WRONLY);

	if (fd < 0)
		return fd;
	if (write(fd, text, strlen(text)) < 0)
		return fail(errno, "write", "/proc/%s", path);
	return 0;
}

int proc_stat(pid_t pid, char *state, uint64_t *start)
{
	char path[32], text[1024];
	ssize_t length = -ESRCH;

	snprintf(path, sizeof path, "%d/stat", pid);
	auto_fd int fd = pid > 0 ? proc_open(path, O_RDONLY) : -1;
	if (fd >= 0)
		length = read(fd, text, sizeof text - 1); /* one read(2) returns the whole record */
	error_clear();
	if (length <= 0)
		return -ESRCH;
	text[length] = '\0';
	/* The command name, in parentheses, may contain any characters, also parentheses. */
	char *after = strrchr(text, ')');
	unsigned flags, threads;
	if (!after || sscanf(after + 1,
			     " %c %*d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
			     " %u %*d %" SCNu64,
			     state, &flags, &threads, start) != 4)
		return -ESRCH;
	if (*state == 'Z' && threads > 1)
		*state = 'S';
	else if (*state != 'Z' && flags & EXITING && threads <= 1)
		*state = 'X';
	return 0;
}

uint64_t proc_status_mask(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? strtoull(line + strlen(name), NULL, 16) : 0;
}

bool proc_is_killed(pid_t pid)
{
	char path[32], text[4096];

	snprintf(path, sizeof path, "%d/status", pid);
	auto_fd int fd = pid > 0 ? proc_open(path, O_RDONLY) : -1;
	ssize_t length = fd < 0 ? -1 : io_read(fd, text, sizeof text - 1);
	error_clear();
	text[length > 0 ? length : 0] = '\0';
	/* Of the thread, of the process. */
	return (proc_status_mask(text, "\nSigPnd:") | proc_status_mask(text, "\nShdPnd:")) >>
		       (SIGKILL - 1) &
	       1;
}

uint64_t proc_pidfd_inode(int pidfd)
{
	enum { PIDFS_MAGIC = 0x50494446 }; /* PID_FS_MAGIC of newer linux/magic.h */
	struct statfs fs;
	struct stat st;

	return pidfd >= 0 && !fstatfs(pidfd, &fs) && fs.f_type == PIDFS_MAGIC && !fstat(pidfd, &st)
		       ? st.st_ino
		       : 0;
}

bool proc_boot_id(char id[BOOT_ID_SIZE])
{
	auto_fd int fd = proc_open("sys/kernel/random/boot_id", O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, id, BOOT_ID_SIZE - 1);

	error_clear();
	id[length > 0 ? length : 0] = '\0';
	return length == BOOT_ID_SIZE - 1;
}

int proc_exit_status(pid_t pid, int *status)
{
	char path[32], text[1024];

	snprintf(path, sizeof path, "%d/stat", pid);
	auto_fd int fd = proc_open(path, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : io_read(fd, text, sizeof text);
	const char *last = length > 0 ? strrchr(text, ' ') : NULL; /* exit_code, field 52 */
	*status = last ? (int)strtol(last, NULL, 10) : 0;
	/* It is 0 for those who may not trace the process, as for /proc/PID/io. */
	snprintf(path, sizeof path, "%d/io", pid);
	auto_fd int io = last && !*status ? proc_open(path, O_RDONLY) : -1;
	char byte[2];
	bool permitted = *status || (io >= 0 && read(io, byte, 1) == 1);
	error_clear();
	return last && permitted ? 0 : -EACCES;
}

static int any_proc(void)
{
	int directory = verified_proc();

	return directory < 0 ? private_proc() : directory;
}

/* Follows a magic link as the last component (self/fd/N, PID/ns/..., PID/root), which proc_open()
 * refuses to do. */
static int follow(const char *path, int flags)
{
	int directory = any_proc(),
	    fd = directory < 0 ? -1 : openat(directory, path, flags | O_CLOEXEC);
	return fd < 0 ? fail(errno, "open", "/proc/%s", path) : fd;
}

int proc_reopen(int fd, int flags)
{
	char path[48];

	snprintf(path, sizeof path, "self/fd/%d", fd);
	return follow(path, flags);
}

int proc_executable(int flags)
{
	return follow("self/exe", flags);
}

int proc_namespace(const char *path)
{
	return follow(path, O_RDONLY);
}

int proc_directory(const char *path)
{
	return follow(path, O_PATH | O_DIRECTORY);
}

int proc_file(const char *path)
{
	return follow(path, O_PATH);
}

int proc_link(const char *path, char *text, size_t size)
{
	int directory = any_proc();
	ssize_t length = directory < 0 ? -1 : readlinkat(directory, path, text, size - 1);

	if (length < 0 || (size_t)length >= size - 1)
		return fail(length < 0 ? errno : ENAMETOOLONG, "readlink", "/proc/%s", path);
	text[length] = '\0';
	return 0;
}

int proc_chdir(void)
{
	int directory = any_proc();

	return directory < 0 || fchdir(directory) ? fail(errno, "fchdir", "/proc") : 0;
}
