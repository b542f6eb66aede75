/* SPDX-License-Identifier: Apache-2.0 */
#include "spawn.h"

#include "interrupt.h"
#include "io.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static int input_file(const char *text)
{
	auto_fd int fd = memfd_create("stdin", MFD_CLOEXEC);

	if (fd < 0 || (text && io_write(fd, text, strlen(text))) || lseek(fd, 0, SEEK_SET))
		return fail(errno, "memfd_create", "stdin of a helper");
	return take(&fd);
}

static _Noreturn void child(const struct spawn *s, int input, int output, int report)
{
	/* Above 2, so that the dup2s below overwrite none of them. */
	report = fcntl(report, F_DUPFD_CLOEXEC, 3);
	setpgid(0, 0);
	umask(022); /* init has none */
	signals_reset();
	if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 ||
	    (s->directory >= 0 && fchdir(s->directory)))
		_exit(127);
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	if (!s->before_exec || !s->before_exec(s->context))
		execve(s->path, s->argv, s->env);
	int err = errno;
	(void)io_write(report, &err, sizeof err);
	_exit(127);
}

/* Keeps the end of what the program says. */
static bool collect(const struct spawn *s, int fd, size_t *used)
{
	char buffer[4096];
	ssize_t n = read(fd, buffer, sizeof buffer);

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
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

static int finish(const struct spawn *s, pid_t pid, int pidfd, int output)
{
	struct pollfd fd[] = { { pidfd, POLLIN, 0 }, { output, POLLIN, 0 } };
	long long deadline = s->timeout ? now() + s->timeout : 0;
	size_t used = 0;
	int err = 0;

	for (bool running = true; running && !err;) {
		long long left = deadline ? deadline - now() : -1;
		int ready = left < 0 && deadline ? 0 : interrupt_poll(fd, 2, (int)left);
		if (ready < 0)
			err = ready;
		else if (ready == 0)
			err = fail(ETIMEDOUT, NULL, "%s took more than %d ms", s->path, s->timeout);
		if (!err && fd[1].revents && !collect(s, output, &used))
			fd[1].fd = -1;
		running = !fd[0].revents;
	}
	if (err)
		kill(-pid, SIGKILL);
	/* What it said last; its own children may keep the pipe open, so not to the end. */
	while (output >= 0 && fd[1].fd >= 0) {
		size_t before = used;
		if (!collect(s, output, &used) || used == before)
			break;
	}
	if (s->output)
		s->output[used] = '\0';
	return err;
}

int spawn_run(const struct spawn *s, int *status)
{
	int report[2], pipes[2] = { -1, -1 };
	auto_fd int input = input_file(s->input);

	if (input < 0)
		return input;
	if (pipe2(report, O_CLOEXEC))
		return fail(errno, "pipe2", "%s", s->path);
	auto_fd int from_child = report[0], to_parent = report[1];
	if (s->output && pipe2(pipes, O_CLOEXEC))
		return fail(errno, "pipe2", "%s", s->path);
	auto_fd int output = pipes[0], output_end = pipes[1];
	if (output >= 0)
		(void)fcntl(output, F_SETFL, O_NONBLOCK);

	pid_t pid = fork();
	if (pid < 0)
		return fail(errno, "fork", "%s", s->path);
	if (pid == 0)
		child(s, input, s->output ? output_end : STDERR_FILENO, to_parent);
	setpgid(pid, pid); /* whoever is first: a kill of the group must find it */
	io_close(&to_parent);
	io_close(&output_end);
	auto_fd int pidfd = pidfd_open(pid, 0);

	int exec_error = 0, err = 0;
	if (read(from_child, &exec_error, sizeof exec_error) == sizeof exec_error)
		err = fail(exec_error, "execve", "%s", s->path);
	else
		err = finish(s, pid, pidfd, output);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return err;
}
