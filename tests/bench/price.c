/* SPDX-License-Identifier: Apache-2.0 */
/* price FILE COMMAND...: runs the command, and appends to the file: nanoseconds, microseconds of processor time, the peak of resident memory in KiB,
 * page faults, context switches, status. A small program, since a child begins with its parent's peak. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec began, ended;
	struct rusage use;
	int status, out = argc < 3 ? -1 : open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (out < 0)
		return 125;
	clock_gettime(CLOCK_MONOTONIC, &began);
	pid_t pid = vfork();
	if (!pid) {
		execv(argv[2], argv + 2);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &use) < 0)
		return 125;
	clock_gettime(CLOCK_MONOTONIC, &ended);
	dprintf(out, "%ld %ld %ld %ld %ld %d\n", (ended.tv_sec - began.tv_sec) * 1000000000 + ended.tv_nsec - began.tv_nsec,
		(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 + use.ru_utime.tv_usec + use.ru_stime.tv_usec, use.ru_maxrss, use.ru_minflt,
		use.ru_nvcsw + use.ru_nivcsw, status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
