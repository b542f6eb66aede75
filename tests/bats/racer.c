/* SPDX-License-Identifier: Apache-2.0 */
/* racer FILE: a neighbour that is root, perhaps without any capability: opens FILE by /proc/N/root, and /proc/N/cwd, of each process that
 * comes next, as fast as it can. Says "ready", "denied" when it has met one that it may not look into, and "OPENED N" for each that it
 * could. What is in our own root is nothing: FILE is the host's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The number that was given out last in our pid namespace: proc_loadavg(5). */
static int last_pid(int loadavg)
{
	char text[128];
	ssize_t n = pread(loadavg, text, sizeof text - 1, 0);
	char *blank;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	blank = strrchr(text, ' ');
	return blank ? atoi(blank) : 0;
}

static void say(const char *what, int pid)
{
	printf("%s %d\n", what, pid);
	fflush(stdout);
}

static void try(int pid, const char *format, const char *file)
{
	static int denied;
	char path[512];
	int fd;

	snprintf(path, sizeof path, format, pid, file);
	fd = open(path, O_RDONLY);
	if (fd >= 0) {
		say("OPENED", pid);
		close(fd);
	} else if ((errno == EACCES || errno == EPERM) && !denied++) {
		say("denied", pid);
	}
}

int main(int argc, char **argv)
{
	int loadavg = open("/proc/loadavg", O_RDONLY), self = getpid();

	if (argc < 2 || loadavg < 0)
		return 2;
	/* What is to be seen by us, too, is no find. */
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		int last = last_pid(loadavg);
		for (int pid = last - 3 > self ? last - 3 : self + 1; pid <= last + 2; pid++) {
			try(pid, "/proc/%d/root%s", argv[1]);
			try(pid, "/proc/%d/cwd/../../../../../../../..%s", argv[1]);
		}
	}
}
