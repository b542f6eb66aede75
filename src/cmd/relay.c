/* SPDX-License-Identifier: Apache-2.0 */
#include "relay.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/io.h"
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { HUNG = 50, QUIET = 100, SURVIVORS = 1000 }; /* milliseconds */

/* --- the caller's terminal --- */

static struct termios saved;
static volatile sig_atomic_t raw; /* stdin is a terminal that we have set to raw mode */

static void restore(void)
{
	if (raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	raw = 0;
}

static void set_raw(void)
{
	struct termios t = saved;

	cfmakeraw(&t);
	/* The pty does not turn \n into \r\n, so that a caller without a terminal gets lines as
	 * they were written; the caller's terminal still does. */
	t.c_oflag |= OPOST | (saved.c_oflag & ONLCR);
	raw = !tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

static void crash(int signal)
{
	restore();	     /* tcsetattr is async-signal-safe */
	(void)raise(signal); /* the default action applies again: SA_RESETHAND */
}

static void restore_at_crashes(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP };
	struct sigaction action = { .sa_handler = crash, .sa_flags = (int)SA_RESETHAND };

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		(void)sigaction(signals[i], &action, NULL);
}

void relay_resize(const struct relay *relay)
{
	struct winsize size;

	if (relay->master >= 0 &&
	    (!ioctl(STDIN_FILENO, TIOCGWINSZ, &size) || !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size)))
		(void)ioctl(relay->master, TIOCSWINSZ, &size);
}

void relay_suspend(const struct relay *relay)
{
	bool was = raw;

	restore();
	(void)raise(SIGSTOP);
	if (was)
		relay_resume(relay);
}

void relay_resume(const struct relay *relay)
{
	if (isatty(STDIN_FILENO) && (raw || !tcgetattr(STDIN_FILENO, &saved)))
		set_raw();
	relay_resize(relay);
}

/* --- copying --- */

/* Opens standard output anew if it is a pipe or a terminal, since O_NONBLOCK on the caller's
 * descriptor would affect all processes that share it. A regular file does not block, and is
 * written at the caller's offset; a socket can be written without blocking anyway. */
static int own_output(bool *own)
{
	struct stat st;

	*own = false;
	if (fstat(STDOUT_FILENO, &st))
		return -1;
	if (!S_ISFIFO(st.st_mode) && !isatty(STDOUT_FILENO))
		return STDOUT_FILENO;
	int fd = proc_reopen(STDOUT_FILENO, O_WRONLY | O_NONBLOCK | O_NOCTTY);
	*own = fd >= 0;
	if (!*own)
		error_clear(); /* another user's terminal: a slow reader then blocks us */
	return *own ? fd : STDOUT_FILENO;
}

int relay_begin(struct relay *relay, int master, const char *escape)
{
	relay->escape = escape;
	relay->matched = 0;
	relay->escaped = false;
	relay->master = master;
	relay->in = true;
	relay->hung = relay->last = false;
	relay->since = relay->spent = 0;
	relay->up.from = relay->up.to = relay->down.from = relay->down.to = 0;
	relay->out = own_output(&relay->own_out);
	if (fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK))
		return fail(errno, "fcntl", "the terminal");
	if (!tcgetattr(STDIN_FILENO, &saved)) {
		restore_at_crashes();
		set_raw();
	}
	return 0;
}

static bool has_room(const struct buffer *b)
{
	return b->from == b->to || b->to < sizeof b->bytes;
}

/* False: there is no more to read. */
static bool fill(struct buffer *b, int fd)
{
	if (b->from == b->to)
		b->from = b->to = 0;
	ssize_t n = read(fd, b->bytes + b->to, sizeof b->bytes - b->to);
	b->to += n > 0 ? (size_t)n : 0;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool empty(struct buffer *b, int fd)
{
	ssize_t n = send(fd, b->bytes + b->from, b->to - b->from, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno == ENOTSOCK)
		n = write(fd, b->bytes + b->from, b->to - b->from);
	b->from += n > 0 ? (size_t)n : 0;
	return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Looks for the escape keys in what the caller has typed. The program gets them too. */
static void look_for_escape(struct relay *relay, const char *typed, size_t count)
{
	for (size_t i = 0; *relay->escape && i < count; i++) {
		if (typed[i] != relay->escape[relay->matched])
			relay->matched = 0;
		if (typed[i] == relay->escape[relay->matched])
			relay->matched++;
		if (!relay->escape[relay->matched]) {
			relay->escaped = true;
			relay->matched = 0;
		}
	}
}

/* The end of an input that is not a terminal's is typed, so that the program sees an end too. In
 * the middle of a line the first end of file only hands the line over: termios(3). */
static void end_input(struct relay *relay)
{
	struct buffer *up = &relay->up;
	struct termios t;

	if (isatty(STDIN_FILENO) || tcgetattr(relay->master, &t) || !(t.c_lflag & ICANON))
		return;
	for (int i = 0; i < 2 && up->to < sizeof up->bytes; i++)
		up->bytes[up->to++] = (char)t.c_cc[VEOF];
}

void relay_wants(struct relay *relay, struct pollfd fd[RELAY_FDS])
{
	bool there = relay->master >= 0 && !relay->hung;
	bool listens = there && has_room(&relay->down);
	bool takes = there && relay->up.to > relay->up.from;

	fd[0] = (struct pollfd){ relay->in && relay->master >= 0 && has_room(&relay->up)
					 ? STDIN_FILENO
					 : -1,
				 POLLIN, 0 };
	fd[1] = (struct pollfd){ listens || takes ? relay->master : -1,
				 (short)((listens ? POLLIN : 0) | (takes ? POLLOUT : 0)), 0 };
	fd[2] = (struct pollfd){ relay->down.to > relay->down.from ? relay->out : -1, POLLOUT, 0 };
	/* Counts the time that we wait for surviving processes, but not the time that we wait for
	 * a slow caller. */
	relay->since = relay->last && fd[2].fd < 0 ? time_now() : 0;
}

void relay_move(struct relay *relay, const struct pollfd fd[RELAY_FDS])
{
	if (fd[0].fd >= 0 && fd[0].revents) {
		struct buffer *up = &relay->up;
		size_t before = up->from == up->to ? 0 : up->to;
		relay->in = fill(up, STDIN_FILENO);
		if (!relay->in)
			end_input(relay);
		look_for_escape(relay, up->bytes + before, up->to - before);
	}
	if (fd[1].fd >= 0 && fd[1].revents & POLLOUT && !empty(&relay->up, relay->master))
		relay->up.from = relay->up.to;
	/* EIO: no process has the slave open. A program may close it and open /dev/console later,
	 * so the master stays open: closing it would hang up the terminal. */
	if (fd[1].fd >= 0 && fd[1].revents & ~POLLOUT && has_room(&relay->down) &&
	    !fill(&relay->down, relay->master)) {
		relay->hung = true;
		if (relay->last)
			io_close(&relay->master);
	}
	if (relay->since)
		relay->spent += time_now() - relay->since;
	if (relay->spent > SURVIVORS)
		io_close(&relay->master);
	if (fd[2].fd >= 0 && fd[2].revents && !empty(&relay->down, relay->out)) {
		if (relay->own_out)
			io_close(&relay->out);
		relay->out = -1;
	}
	/* If the reader is gone, output is dropped, so that the container is not blocked. */
	if (relay->out < 0)
		relay->down.from = relay->down.to;
}

int relay_patience(const struct relay *relay)
{
	/* The output of surviving processes is taken to be complete when none has come for a
	 * while. */
	if (relay->last)
		return relay->down.from == relay->down.to ? QUIET : -1;
	return relay->hung ? HUNG : -1;
}

void relay_try_again(struct relay *relay)
{
	relay->hung = false;
	if (relay->last)
		io_close(&relay->master);
}

void relay_last(struct relay *relay)
{
	if (relay->last)
		return;
	relay->last = true;
	relay->hung = false;
}

bool relay_drains(const struct relay *relay)
{
	return relay->master >= 0 || relay->down.to > relay->down.from;
}

void relay_end(struct relay *relay)
{
	restore();
	io_close(&relay->master);
	if (relay->own_out)
		io_close(&relay->out);
}
