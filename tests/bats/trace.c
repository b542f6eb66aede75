/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile neighbour with CAP_SYS_PTRACE: seizes the process that comes next into its pid namespace, before its exec. Says
 * which rights it has got hold of; with an argument, writes that pid, as init's, into the page that the process shares with
 * tare, and says that it failed; then kills it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <signal.h>

/* struct shared of ops/op.h: position[3], init, failed */
enum { INIT = 12, FAILED = 16 };

/* The page, while the process is tare's; 0: it has executed its program. */
static unsigned long page_of(pid_t pid)
{
	char path[64], line[512];
	unsigned long page = 0;

	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "r");
	while (maps && fgets(line, sizeof line, maps))
		if (strstr(line, "memfd:tare") && strstr(line, "rw-s"))
			page = strtoul(line, NULL, 16);
	if (maps)
		fclose(maps);
	return page;
}

static void forge(pid_t pid, unsigned long page, long victim)
{
	unsigned long place = page + INIT + 4 - sizeof(long);
	long word = ptrace(PTRACE_PEEKDATA, pid, place, NULL);

	/* The last four bytes of the word. */
	memcpy((char *)&word + sizeof word - 4, &(int){ (int)victim }, 4);
	printf("forged: %d\n", !ptrace(PTRACE_POKEDATA, pid, place, word) &&
				       !ptrace(PTRACE_POKEDATA, pid, page + FAILED, 1L));
}

/* Stops it, if it is there, and still tare's. */
static unsigned long seize(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
		return 0;
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return 0;
	unsigned long page = page_of(pid);
	if (!page)
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return page;
}

/* The number that was given out last in our pid namespace: proc_loadavg(5). */
static pid_t last_pid(void)
{
	int pid = 0;
	FILE *file = fopen("/proc/loadavg", "r");

	if (!file || fscanf(file, "%*s %*s %*s %*s %d", &pid) != 1)
		pid = 0;
	if (file)
		fclose(file);
	return pid;
}

int main(int argc, char **argv)
{
	char path[64], line[512], ready[] = "/tmp/tracing";
	unsigned long page = 0;
	pid_t self = getpid(), pid = 0;

	fclose(fopen(ready, "w"));
	while (!page) {
		pid_t last = last_pid();
		for (pid = last > self ? last : self + 1; pid < last + 3 && !(page = seize(pid));)
			pid++;
	}
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		if (!strncmp(line, "CapPrm", 6) || !strncmp(line, "CapBnd", 6))
			fputs(line, stdout);
	if (argc > 1)
		forge(pid, page, atol(argv[1]));
	kill(pid, SIGKILL);
	return 0;
}
