/* SPDX-License-Identifier: Apache-2.0 */
/* point: runs a command up to one of its system calls, and there kills it, sends it signals, or lets the call fail.
 *
 *   point LOG count COMMAND...                   a line "PROCESS INDEX CALL" in LOG for each system call
 *   point LOG kill PROCESS INDEX WHOM COMMAND... SIGKILL before that call, to WHOM: self, first (the command itself), all
 *   point LOG fail PROCESS INDEX:CALL ERRNO COMMAND...   the first one of this number, from INDEX on
 *   point LOG signal PROCESS INDEX "SIGNAL..." COMMAND...  these signals, to the command itself
 *
 * PROCESS is "0" for the command, "0.1" for its second child, and so on: who cloned whom. Programs other than the command's
 * own executable are not looked into. LOG gets "reached CALL" when the point was reached. The status is the command's, or
 * 128 + the signal that killed it; 124 if it was not over after PATIENCE seconds, with all its processes killed. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 1024, PATIENCE = 30, NAME = 64 };

static struct process {
	pid_t pid;
	char name[NAME];
	unsigned calls, children;
	bool waits; /* its first stop came before we heard of it from the one that cloned it */
	bool inside; /* a call */
	bool fails, stops; /* in the call that is to fail */
} process[MOST];
static size_t processes;
static FILE *out;
static const char *log_path;
static struct stat executable;
static const char *mode, *where, *argument;
static unsigned at;
static long expected = -1; /* the number of the call */
static bool over; /* nothing is traced any more */

static void give_up(int number)
{
	char command[600];

	(void)number;
	/* For whoever has to find out what it waits for. */
	snprintf(command, sizeof command, "ps -eo pid,ppid,stat,wchan:25,nwchan,args --forest >%.500s.hang", log_path);
	(void)!system(command);
	for (size_t i = 0; i < processes; i++)
		if (process[i].pid)
			kill(process[i].pid, SIGKILL);
	_exit(124);
}

static struct process *find(pid_t pid)
{
	for (size_t i = 0; i < processes; i++)
		if (process[i].pid == pid)
			return &process[i];
	return NULL;
}

static struct process *add(pid_t pid)
{
	if (processes == MOST)
		give_up(0);
	process[processes] = (struct process){ .pid = pid };
	return &process[processes++];
}

static void go_on(const struct process *p, int signal)
{
	ptrace(over ? PTRACE_DETACH : PTRACE_SYSCALL, p->pid, NULL, (void *)(long)(p->stops ? SIGSTOP : signal));
}

static void cloned(struct process *parent, pid_t pid)
{
	struct process *child = find(pid);

	if (!child)
		child = add(pid);
	snprintf(child->name, sizeof child->name, "%.50s.%u", parent->name, parent->children++);
	if (child->waits) {
		child->waits = false;
		go_on(child, 0);
	}
}

static void act(struct process *p, unsigned long call)
{
	fprintf(out, "reached %lu\n", call);
	fflush(out);
	if (!strcmp(mode, "fail")) {
		struct user_regs_struct registers;
		ptrace(PTRACE_GETREGS, p->pid, NULL, &registers);
		registers.orig_rax = (unsigned long)-1;
		ptrace(PTRACE_SETREGS, p->pid, NULL, &registers);
		p->fails = true;
		return;
	}
	over = true;
	if (!strcmp(mode, "signal")) {
		char *end;
		for (const char *s = argument; *s; s = end) {
			kill(process[0].pid, (int)strtol(s, &end, 10));
			if (end == s)
				break;
		}
	} else if (!strcmp(argument, "all")) {
		for (size_t i = 0; i < processes; i++)
			if (process[i].pid)
				kill(process[i].pid, SIGKILL);
	} else if (!strcmp(argument, "late")) { /* as if it did not run for a while after the death of the first */
		kill(process[0].pid, SIGKILL);
		p->stops = true;
		fprintf(out, "stopped %d\n", p->pid);
		fflush(out);
	} else {
		kill(!strcmp(argument, "first") ? process[0].pid : p->pid, SIGKILL);
	}
}

static void at_call(struct process *p)
{
	struct user_regs_struct registers;

	/* Entries and exits take turns. (User-mode Linux has no PTRACE_GET_SYSCALL_INFO.) */
	p->inside = !p->inside;
	if (ptrace(PTRACE_GETREGS, p->pid, NULL, &registers))
		return;
	if (p->fails) {
		registers.rax = (unsigned long)-atol(argument);
		ptrace(PTRACE_SETREGS, p->pid, NULL, &registers);
		p->fails = false;
		over = true;
		return;
	}
	if (!p->inside)
		return;
	if (!strcmp(mode, "count"))
		fprintf(out, "%s %u %lu\n", p->name, p->calls, (unsigned long)registers.orig_rax);
	else if (!over && (expected < 0 ? p->calls == at : p->calls >= at && (long)registers.orig_rax == expected) &&
		 !strcmp(p->name, where))
		act(p, registers.orig_rax);
	p->calls++;
}

static bool is_failing(void)
{
	for (size_t i = 0; i < processes; i++)
		if (process[i].pid && process[i].fails)
			return true;
	return false;
}

/* Of another program; a copy of ours in memory has the same size. */
static bool is_foreign(pid_t pid)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	return stat(path, &st) || st.st_size != executable.st_size;
}

static void stopped(struct process *p, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;
	unsigned long message = 0;

	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
		ptrace(PTRACE_GETEVENTMSG, p->pid, NULL, &message);
		cloned(p, (pid_t)message);
	} else if (event == PTRACE_EVENT_EXEC) {
		/* After a failed parent nobody tells which number a new process has. */
		if (is_foreign(p->pid)) {
			ptrace(PTRACE_DETACH, p->pid, NULL, NULL);
			p->pid = 0;
			return;
		}
	} else if (event == PTRACE_EVENT_STOP) {
		/* The first stop of a child, or a stop by SIGSTOP. */
		if (!*p->name) {
			p->waits = true;
			if (over)
				go_on(p, 0);
			return;
		}
	} else if (signal == (SIGTRAP | 0x80)) {
		at_call(p);
	} else {
		go_on(p, signal);
		return;
	}
	go_on(p, 0);
}

int main(int argc, char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	int status, result = 125;
	bool ended = false;

	if (argc < 4 || !(out = fopen(argv[1], "we")))
		return 125;
	log_path = argv[1];
	mode = argv[2];
	char **command = argv + 3;
	if (strcmp(mode, "count")) {
		if (argc < 7)
			return 125;
		where = argv[3];
		char *number;
		at = (unsigned)strtoul(argv[4], &number, 10);
		if (*number == ':')
			expected = atol(number + 1);
		argument = argv[5];
		command = argv + 6;
	}
	if (stat(*command, &executable))
		return 125;
	signal(SIGALRM, give_up);
	pid_t first = fork();
	if (!first) {
		raise(SIGSTOP);
		execv(*command, command);
		_exit(125);
	}
	waitpid(first, &status, WUNTRACED);
	strcpy(add(first)->name, "0");
	if (ptrace(PTRACE_SEIZE, first, NULL, (void *)options))
		return 125;
	ptrace(PTRACE_INTERRUPT, first, NULL, NULL);
	kill(first, SIGCONT);
	alarm(PATIENCE);
	for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
		struct process *p = find(pid);
		if (pid < 0)
			continue;
		if (WIFSTOPPED(status))
			stopped(p ? p : add(pid), status);
		else if (p)
			p->pid = 0;
		if (pid == first && !WIFSTOPPED(status)) { /* what it leaves goes on untraced */
			result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
			ended = true;
		}
		/* A call that was taken away from a process gets its error first. */
		if (ended && !is_failing())
			break;
	}
	fclose(out);
	return result;
}
