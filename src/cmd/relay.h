/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay: the caller's terminal (or pipes) on one side, the master of the container's pty on the
 * other.
 *
 * Neither side is ever waited for alone: what one side is slow to take stays in a buffer, and what
 * comes from the other waits in the kernel meanwhile. The caller's terminal is raw until
 * relay_end(), and is restored also when this program crashes or is stopped.
 */
#ifndef TARE_CMD_RELAY_H
#define TARE_CMD_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

struct buffer {
	char bytes[64 * 1024];
	size_t from, to; /* what is in it */
};

struct relay {
	int master; /* -1: it has said all */
	int out;    /* where output goes; -1: nobody reads any more */
	bool in;    /* the caller has more to say */
	bool hung;  /* nobody has the other side open just now; somebody may open it again */
	bool last;  /* nobody will: the container's process has ended */
	long long since, spent; /* milliseconds that those who have outlived it were waited for */
	bool own_out;		/* `out` is to be closed */
	struct buffer up, down; /* from the caller; to the caller */
};

/* Takes the master. */
int relay_begin(struct relay *relay, int master);

enum { RELAY_FDS = 3 };
/* What to wait for, and what to do then. */
void relay_wants(struct relay *relay, struct pollfd fd[RELAY_FDS]);
void relay_move(struct relay *relay, const struct pollfd fd[RELAY_FDS]);

/* The pty gets the size of the caller's terminal. */
void relay_resize(const struct relay *relay);

/* Stops this program as SIGTSTP would, with the terminal as it was; returns when it goes on. */
void relay_suspend(const struct relay *relay);

/* Raw again: after a SIGCONT that followed a stop which nobody could prepare. */
void relay_resume(const struct relay *relay);

/* How long to wait at most, in milliseconds; -1: until something happens. What has been hung is
 * then tried again. */
int relay_patience(const struct relay *relay);
void relay_try_again(struct relay *relay);

/* The container's process has ended: what it has written still goes to the caller (relay_drains:
 * not all has yet), but a process that has outlived it and goes on writing is not listened to for
 * ever. */
void relay_last(struct relay *relay);
bool relay_drains(const struct relay *relay);
void relay_end(struct relay *relay);

#endif
