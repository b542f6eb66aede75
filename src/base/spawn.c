/* SPDX-License-Identifier: Apache-2.0 */
#include "spawn.h"

#include "descriptors.h"
#include "interrupt.h"
#include "clock.h"
#include "error.h"
#include "io.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int input_file(const struct spawn *s)
{
	bool sealable;
	auto_fd int fd = io_anonymous(false, &sealable);

	if (fd < 0)
		return fail(errno, "memfd_create", "stdin of %s", s->path);
	for (int i = 0; i < 3 && s->input[i]; i++) {
		int err = io_write(fd, s->input[i], strlen(s->input[i]));
		if (err)
			return fail(-err, "write", "stdin of %s", s->path);
	}
	return lseek(fd, 0, SEEK_SET) ? fail(errno, "lseek", "stdin of %s", s->path) : take(&fd);
}

static _Noreturn void child(const struct spawn *s, int input, const int output[2], int report)
{
	/* Above 2, so that the dup3s below overwrite none of them. */
	report = fcntl(report, F_DUPFD_CLOEXEC, 3);
	setpgid(0, 0);
	umask(022); /* init runs with umask 0 */
	signals_reset();
	if (sys_dup3(input, 0) < 0 || sys_dup3(output[0], 1) < 0 || sys_dup3(output[1], 2) < 0 ||
	    (s->directory >= 0 && fchdir(s->directory)))
		_exit(127);
	int err = -descriptors_close_on_exec(3);
	descriptors_restore_limit();
	if (!err && (!s->before_exec || !s->before_exec(s->context)))
		execve(s->path, s->argv, s->env ? s->env : environ);
	err = err ? err : errno;
	(void)io_write(report, &err, sizeof err);
	_exit(127);
}

/* Reads output of the program and keeps its last output_size - 1 bytes. False at end of file. */
static bool collect(const struct spawn *s, int fd, int tee, size_t *used)
{
	char buffer[4096];
	ssize_t n = read(fd, buffer, sizeof buffer);

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	if (tee)
		(void)io_write(tee, buffer, (size_t)n); /* a full disk is no failure of the hook */
	size_t length = (size_t)n, room = s->output_size - 1;
	const char *from = buffer;
	if (length > room) {
		from += length - room;
		length = room;
	}
	if (*used + length > room) {
		size_t drop = *used + length - room;
		memmove(s->output, s->output + drop, *used - drop);
		*used -= drop;
	}
	memcpy(s->output + *used, from, length);
	*used += length;
	return true;
}

/* Reads the remaining output, without waiting for end of file: children of the program may keep
 * the pipe open. */
static void collect_rest(const struct spawn *s, int fd, int tee, size_t *used)
{
	for (size_t before = *used + 1; fd >= 0 && before != *used;) {
		before = *used;
		if (!collect(s, fd, tee, used))
			break;
	}
}

/* How long to wait at most. Without a pidfd (denied by a seccomp filter, or ENFILE) the end of
 * the program has to be polled for. */
static int patience(const struct spawn *s, long long deadline, int pidfd)
{
	enum { ASK_AGAIN = 10 };
	long long left = s->timeout ? deadline - time_now() : -1;

	if (s->timeout && left < 0)
		left = 0;
	return pidfd < 0 && (left < 0 || left > ASK_AGAIN) ? ASK_AGAIN : (int)left;
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

static int finish(const struct spawn *s, pid_t pid, int pidfd, const int output[2])
{
	struct pollfd fd[] = { { pidfd, POLLIN, 0 },
			       { output[0], POLLIN, 0 },
			       { output[1], POLLIN, 0 } };
	long long deadline = s->timeout ? time_now() + s->timeout : 0;
	size_t used = 0;
	int err = 0;

	for (bool running = true; running && !err;) {
		int ready = interrupt_poll(fd, 3, patience(s, deadline, pidfd));
		if (ready < 0)
			err = ready;
		else if (ready == 0 && deadline && time_now() >= deadline)
			err = fail_as(CODE_HOOK_TIMEOUT, 0, NULL, "%s took more than %d ms",
				      s->path, s->timeout);
		for (int i = 0; i < 2 && !err; i++)
			if (fd[1 + i].revents && !collect(s, output[i], s->tee[i], &used))
				fd[1 + i].fd = -1;
		running = pidfd < 0 ? !has_ended(pid) : !fd[0].revents;
	}
	if (err)
		kill(-pid, SIGKILL);
	for (int i = 0; i < 2; i++)
		collect_rest(s, fd[1 + i].fd, s->tee[i], &used);
	if (s->output)
		s->output[used] = '\0';
	return err;
}

static int open_pipe(int *from, int *to, const char *path)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC))
		return fail(errno, "pipe2", "%s", path);
	(void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
	*from = pair[0];
	*to = pair[1];
	return 0;
}

int spawn_run(const struct spawn *s, int *status)
{
	int report[2];
	auto_fd int input = input_file(s);

	if (input < 0)
		return input;
	if (pipe2(report, O_CLOEXEC))
		return fail(errno, "pipe2", "%s", s->path);
	auto_fd int from_child = report[0], to_parent = report[1];
	/* One pipe keeps the order of stdout and stderr; two are needed to copy them to different
	 * descriptors. */
	auto_fd int out = -1, out_end = -1, errors = -1, errors_end = -1;
	int err = s->output ? open_pipe(&out, &out_end, s->path) : 0;
	if (!err && s->output && (s->tee[0] || s->tee[1]))
		err = open_pipe(&errors, &errors_end, s->path);
	if (err)
		return err;

	/* Not fork(3), whose system calls are not the same with each C library: under the
	 * container's filter (a joined pid namespace) tare makes only those that plan/seccomp.c
	 * lists. */
	pid_t pid = sys_clone(0, SIGCHLD, -1, NULL, NULL);
	if (pid < 0)
		return fail(errno, "clone", "%s", s->path);
	if (pid == 0)
		child(s, input,
		      (int[]){ s->output ? out_end : STDERR_FILENO, errors_end >= 0 ? errors_end
								    : s->output	    ? out_end
										: STDERR_FILENO },
		      to_parent);
	setpgid(pid, pid); /* also here, in case the parent runs first: kill(-pid) must find the
			    * group */
	io_close(&to_parent);
	io_close(&out_end);
	io_close(&errors_end);
	auto_fd int pidfd = pidfd_open(pid, 0);

	int exec_error = 0;
	if (read(from_child, &exec_error, sizeof exec_error) == sizeof exec_error)
		err = fail(exec_error, "execve", "%s", s->path);
	else
		err = finish(s, pid, pidfd, (int[]){ out, errors });
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return err;
}
