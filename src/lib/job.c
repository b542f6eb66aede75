/* SPDX-License-Identifier: Apache-2.0 */
#include "job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yajl/yajl_tree.h>

struct tare_job {
	int pidfd;
	int log;    /* a memfd, to which tare writes JSON */
	int memory; /* a memfd that is its stdout; -1: there is none */
	int output; /* the reading end of a pipe that is its stdout; -1: there is none */
};

/* What the child needs; its descriptors are above those that it makes. */
struct start {
	const char *program;
	char **argv;
	int fd[4]; /* stdin, stdout, stderr, the log */
	int told;  /* a pipe for the errno, closed by the exec */
};

enum { LOG_FD = 3, FIRST_FREE = 10 };

int job_failed(struct tare_error *error, int number, const char *what)
{
	if (error) {
		*error = (struct tare_error){ .status = -1, .number = number };
		snprintf(error->message, sizeof error->message, "%s: %s", what, strerror(number));
	}
	return -number;
}

/* What is open from FIRST_FREE on, told among it, is closed by the exec. */
static bool close_at_exec(void)
{
	_Alignas(struct dirent64) char entries[2048];
	long directory, n;

	if (!syscall(SYS_close_range, FIRST_FREE, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */))
		return true;
	/* Before Linux 5.11 */
	directory = syscall(SYS_openat, AT_FDCWD, "/proc/self/fd",
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return false;
	while ((n = syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0)
		for (long at = 0; at < n;) {
			const struct dirent64 *e = (const void *)(entries + at);
			long fd = 0;
			for (const char *digit = e->d_name; *digit; digit++)
				fd = *digit == '.' ? -1 : 10 * fd + (*digit - '0');
			if (fd >= FIRST_FREE)
				(void)syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
			at += e->d_reclen;
		}
	return !n;
}

/* After a fork in a program that has threads: system calls only, and none by way of functions that
 * a sanitizer of the caller replaces, whose locks other threads may have held. */
static void __attribute__((noreturn)) become(const struct start *s)
{
	const uint64_t none = 0;
	long fd = 0;

	while (fd <= LOG_FD && syscall(SYS_dup3, s->fd[fd], fd, 0) == fd)
		fd++;
	if (fd > LOG_FD) {
		while (fd < FIRST_FREE)
			(void)syscall(SYS_close, fd++);
		(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
		if (close_at_exec())
			(void)syscall(SYS_execve, s->program, s->argv, environ);
	}
	int err = errno;
	(void)syscall(SYS_write, s->told, &err, sizeof err);
	for (;;)
		(void)syscall(SYS_exit_group, 127);
}

static int high(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
}

static pid_t old_clone(int *pidfd)
{
	enum { FLAGS = CLONE_PIDFD | CLONE_VFORK | SIGCHLD };

#ifdef __s390__
	return (pid_t)syscall(SYS_clone, NULL, FLAGS, pidfd, NULL, 0);
#else
	return (pid_t)syscall(SYS_clone, FLAGS, NULL, pidfd, NULL, 0);
#endif
}

/* A copy of the process, in which the caller's signal handlers do not run; the calling thread goes
 * on when the copy has executed the program or ended. */
static pid_t clone_child(int *pidfd)
{
	struct clone_args args = { .flags = CLONE_PIDFD | CLONE_VFORK | CLONE_CLEAR_SIGHAND,
				   .pidfd = (uint64_t)(uintptr_t)pidfd,
				   .exit_signal = SIGCHLD };
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);

	if (pid >= 0 || (errno != ENOSYS && errno != EINVAL && errno != EPERM))
		return pid;
	pid = old_clone(pidfd); /* before Linux 5.5, or denied by a seccomp filter */
	for (int s = 1; !pid && s < NSIG; s++)
		(void)signal(s, SIG_DFL);
	return pid;
}

/* 0, or the errno of the child. Signals are blocked all the time: nothing is interrupted. */
static int launch(struct start *s, int *pidfd)
{
	int told[2], err = 0;
	sigset_t all, before;

	if (pipe2(told, O_CLOEXEC | O_NONBLOCK))
		return errno;
	s->told = high(told[1]);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid_t pid = s->told < 0 ? -1 : clone_child(pidfd);
	if (!pid)
		become(s);
	err = pid < 0 ? errno : 0;
	if (!err && read(told[0], &err, sizeof err) == (ssize_t)sizeof err) {
		(void)waitid(P_PIDFD, (id_t)*pidfd, &(siginfo_t){ 0 }, WEXITED | __WALL);
		close(*pidfd);
		*pidfd = -1;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(told[0]);
	close(told[1]);
	if (s->told >= 0)
		close(s->told);
	return err;
}

/* Above the descriptors that the child will have. */
static int raise_above(int low)
{
	int fd = low < 0 ? -1 : high(low);

	if (low >= 0)
		close(low);
	return fd;
}

static int memory(const char *name)
{
	return raise_above(memfd_create(name, MFD_CLOEXEC));
}

static int input_of(const char *text)
{
	int fd = memory("libtare-input");
	size_t length = strlen(text);

	if (fd >= 0 && (write(fd, text, length) != (ssize_t)length || lseek(fd, 0, SEEK_SET))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int output(struct tare_job *job)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	job->output = ends[0];
	return raise_above(ends[1]);
}

static int given(int fd)
{
	return fd < 0 ? raise_above(open("/dev/null", O_RDWR | O_CLOEXEC)) : high(fd);
}

/* Opens the four descriptors of the child, above all that it will have. */
static bool open_all(struct start *s, struct tare_job *job, const struct job_request *r)
{
	job->log = memory("libtare-log");
	s->fd[LOG_FD] = job->log < 0 ? -1 : high(job->log);
	if (s->fd[LOG_FD] < 0)
		return false;
	s->fd[0] = r->input ? input_of(r->input) : given(r->stdio[0]);
	if (s->fd[0] < 0)
		return false;
	if (r->keeps) {
		job->memory = memory("libtare-output");
		s->fd[1] = job->memory < 0 ? -1 : high(job->memory);
	} else {
		s->fd[1] = r->stdio[1] == TARE_PIPE ? output(job) : given(r->stdio[1]);
	}
	if (s->fd[1] < 0)
		return false;
	s->fd[2] = given(r->stdio[2]);
	return s->fd[2] >= 0;
}

static void job_free(struct tare_job *job)
{
	const int fd[] = { job->pidfd, job->log, job->memory, job->output };

	for (size_t i = 0; i < sizeof fd / sizeof *fd; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	free(job);
}

size_t words_count(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

size_t words_append(const char **argv, size_t n, const char *const *list)
{
	for (; list && *list; list++)
		argv[n++] = *list;
	return n;
}

/* PROGRAM --log fd:3 --log-format json OPTION... VERB... */
static char **command_line(const struct tare *t, const char *const argv[])
{
	static const char *const log[] = { "tare", "--log", "fd:3", "--log-format", "json", NULL };
	const char *const *options = (const char *const *)t->option;
	const char **line = calloc(words_count(log) + t->count + words_count(argv) + 1,
				   sizeof *line);

	if (line)
		(void)words_append(line, words_append(line, words_append(line, 0, log), options),
				   argv);
	return (char **)line;
}

int job_begin(const struct tare *t, const struct job_request *r, struct tare_job **begun,
	      struct tare_error *error)
{
	struct tare_job *job = malloc(sizeof *job);
	struct start s = { .program = t->program,
			   .argv = command_line(t, r->argv),
			   .fd = { -1, -1, -1, -1 } };
	int err = 0;

	*begun = NULL;
	if (!job || !s.argv) {
		free(job);
		free(s.argv);
		return job_failed(error, ENOMEM, "memory");
	}
	*job = (struct tare_job){ -1, -1, -1, -1 };
	if (!open_all(&s, job, r))
		err = job_failed(error, errno, "the descriptors of the program");
	else if ((err = launch(&s, &job->pidfd)))
		err = job_failed(error, err, t->program);
	for (int i = 0; i < 4; i++)
		if (s.fd[i] >= 0)
			close(s.fd[i]);
	free(s.argv);
	if (err)
		job_free(job);
	else
		*begun = job;
	return err;
}

static char *contents(int fd)
{
	struct stat st;
	size_t done = 0;

	if (fd < 0 || fstat(fd, &st))
		return NULL;
	char *text = malloc((size_t)st.st_size + 1);
	while (text && done < (size_t)st.st_size) {
		ssize_t n = pread(fd, text + done, (size_t)st.st_size - done, (off_t)done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (text)
		text[done] = '\0';
	return text;
}

static void take(yajl_val record, const char *name, char *to, size_t size)
{
	const char *path[] = { name, NULL };
	yajl_val value = yajl_tree_get(record, path, yajl_t_string);

	snprintf(to, size, "%s", value ? YAJL_GET_STRING(value) : "");
}

/* The message ends with the hint, in parentheses, which is a member of its own. */
static void cut_hint(struct tare_error *e)
{
	size_t hint = strlen(e->hint), message = strlen(e->message);

	if (hint && message > hint + 3 && e->message[message - 1] == ')' &&
	    !strncmp(e->message + message - hint - 1, e->hint, hint))
		e->message[message - hint - 3] = '\0';
}

/* Fills *error from the last record of an error. */
static bool read_error(char *log, struct tare_error *e)
{
	const char *number[] = { "errno", NULL };
	bool found = false;
	char *save, *line = log ? strtok_r(log, "\n", &save) : NULL;

	for (; line; line = strtok_r(NULL, "\n", &save)) {
		yajl_val record = strncmp(line, "{\"level\":\"error\"", 16)
					  ? NULL
					  : yajl_tree_parse(line, NULL, 0);
		if (!record)
			continue;
		found = true;
		take(record, "msg", e->message, sizeof e->message);
		take(record, "code", e->code, sizeof e->code);
		take(record, "pointer", e->pointer, sizeof e->pointer);
		take(record, "hint", e->hint, sizeof e->hint);
		yajl_val value = yajl_tree_get(record, number, yajl_t_number);
		e->number = value ? (int)YAJL_GET_INTEGER(value) : 0;
		cut_hint(e);
		yajl_tree_free(record);
	}
	return found;
}

/* struct pidfd_info, Linux 6.13, and PIDFD_INFO_EXIT, 6.15 */
struct info {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid, id[8];
	int32_t exit_code;
	uint32_t coredump, spare;
};

/* The wait status, or a negative errno. */
static int wait_for(int pidfd)
{
	siginfo_t end = { 0 };
	struct info info = { .mask = 8 /* PIDFD_INFO_EXIT */ };
	int err;

	do
		err = waitid(P_PIDFD, (id_t)pidfd, &end, WEXITED | __WALL) ? errno : 0;
	while (err == EINTR);
	if (!err)
		return end.si_code == CLD_EXITED ? end.si_status << 8 : end.si_status;
	struct pollfd ended = { pidfd, POLLIN, 0 };
	while (poll(&ended, 1, -1) < 0 && errno == EINTR)
		;
	if (!ioctl(pidfd, _IOWR(0xff, 11, struct info), &info) && info.mask & 8)
		return info.exit_code;
	return -err;
}

int job_end(struct tare_job *job, char **output, struct tare_error *error)
{
	struct tare_error said = { .status = -1 };
	/* Nobody reads on: a program that writes more must not wait for that. */
	if (job->output >= 0)
		close(job->output);
	job->output = -1;
	int status = wait_for(job->pidfd);
	char *log = contents(job->log);
	bool failed = read_error(log, &said);

	free(log);
	if (status >= 0 && WIFEXITED(status))
		said.status = WEXITSTATUS(status);
	int result = said.status;
	if (failed && said.status)
		result = said.number > 0 ? -said.number : -EREMOTEIO;
	else if (status < 0)
		result = job_failed(&said, -status, "the status of the program");
	else if (!WIFEXITED(status))
		result = job_failed(&said, EREMOTEIO, "the program was killed");
	if (output)
		*output = result < 0 ? NULL : contents(job->memory);
	if (output && result >= 0 && !*output)
		result = job_failed(&said, ENOMEM, "memory");
	if (error)
		*error = said;
	job_free(job);
	return result;
}

int tare_job_descriptor(const struct tare_job *job)
{
	return job->pidfd;
}

int tare_job_output(const struct tare_job *job)
{
	return job->output;
}

int tare_job_signal(const struct tare_job *job, int signal)
{
	return syscall(SYS_pidfd_send_signal, job->pidfd, signal, NULL, 0) ? -errno : 0;
}
