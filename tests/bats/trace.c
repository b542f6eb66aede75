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

static void forge(pid_t pid, long victim)
{
	char path[64], line[512];
	unsigned long page = 0;

	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "r");
	while (maps && fgets(line, sizeof line, maps))
		if (strstr(line, "memfd:tare") && strstr(line, "rw-s"))
			page = strtoul(line, NULL, 16);
	long word = ptrace(PTRACE_PEEKDATA, pid, page + INIT - 4, NULL);
	word = (word & 0xffffffffL) | victim << 32;
	printf("forged: %d\n", page && !ptrace(PTRACE_POKEDATA, pid, page + INIT - 4, word) &&
				       !ptrace(PTRACE_POKEDATA, pid, page + FAILED, 1L));
}

int main(int argc, char **argv)
{
	char path[64], line[512], ready[] = "/tmp/tracing";
	pid_t self = getpid(), pid = 0;
	int status;

	fclose(fopen(ready, "w"));
	while (!pid)
		for (pid_t next = self + 1; next < self + 4 && !pid; next++)
			pid = ptrace(PTRACE_SEIZE, next, NULL, NULL) ? 0 : next;
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	waitpid(pid, &status, __WALL);
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		if (!strncmp(line, "CapPrm", 6) || !strncmp(line, "CapBnd", 6))
			fputs(line, stdout);
	if (argc > 1)
		forge(pid, atol(argv[1]));
	kill(pid, SIGKILL);
	return 0;
}
