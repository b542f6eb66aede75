/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay: copies data between the caller's terminal (or pipes) and the master of the container's
 * pty.
 *
 * It never blocks on one side: data that one side is slow to read stays in a buffer, and further
 * data of the other side stays in the kernel meanwhile. The caller's terminal is in raw mode
 * until relay_end(); it is restored also when this program crashes or is stopped.
 */
#ifndef TARE_CMD_RELAY_H
#define TARE_CMD_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

struct buffer {
	char bytes[64 * 1024];
	size_t from, to; /* the unread bytes */
};

struct relay {
	int master; /* -1: closed, there is no more output */
	int out;    /* where output is written; -1: the reader is gone */
	bool in;    /* the caller's input has not ended */
	bool hung;  /* no process has the slave open at present; one may open it again */
	bool last;  /* none will: the container's process has ended */
	long long since, spent; /* in ms: the start of the wait for processes that outlived it,
				 * and the total so far */
	bool own_out;		/* `out` is to be closed */
	struct buffer up, down; /* from the caller; to the caller */
	const char *escape;	/* the keys of --escape-keys; "": none */
	size_t matched;		/* how many of them were the last */
	bool escaped;		/* they were typed; the caller of relay_move() resets it */
};

/* Takes ownership of the master. */
int relay_begin(struct relay *relay, int master, const char *escape);

enum { RELAY_FDS = 3 };
/* relay_wants() fills in what to poll(2) for; relay_move() acts on the result. */
void relay_wants(struct relay *relay, struct pollfd fd[RELAY_FDS]);
void relay_move(struct relay *relay, const struct pollfd fd[RELAY_FDS]);

/* Gives the pty the size of the caller's terminal. */
void relay_resize(const struct relay *relay);

/* Restores the terminal and stops this program as SIGTSTP would; returns when it is continued. */
void relay_suspend(const struct relay *relay);

/* Returns to raw mode on SIGCONT, in case the program was stopped by a signal that it cannot
 * catch. */
void relay_resume(const struct relay *relay);

/* The timeout for poll(2) in milliseconds, or -1. When it expires, relay_try_again() has a master
 * that was hung up polled again. */
int relay_patience(const struct relay *relay);
void relay_try_again(struct relay *relay);

/* Called when the container's process has ended: the rest of its output is still copied to the
 * caller (relay_drains() tells whether there is more), but the output of a process that outlives
 * it is copied for a limited time only. */
void relay_last(struct relay *relay);
bool relay_drains(const struct relay *relay);
void relay_end(struct relay *relay);

#endif
