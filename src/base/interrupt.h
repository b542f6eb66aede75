/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interrupt: between interrupt_begin() and interrupt_end(), SIGINT, SIGTERM, SIGHUP and SIGQUIT
 * do not kill the process in the middle of its work. They are unblocked only while it waits in
 * interrupt_poll(), which then returns an error; the error is handled like any other failure, and
 * everything done so far is undone.
 */
#ifndef TARE_BASE_INTERRUPT_H
#define TARE_BASE_INTERRUPT_H

#include <poll.h>

void interrupt_begin(void);
/* Signals that were waiting are dropped: the work is done, and its result is told. */
void interrupt_end(void);

/* For undoing, until interrupt_end(): a signal that has arrived has been reported, further
 * signals stay pending, and interrupt_poll() waits for its whole timeout. So hooks that take down
 * a network are not cut short. */
void interrupt_ignore(void);

/* Like poll(2). Returns -EINTR, with the error filled, if one of the signals arrived before or
 * during the wait. */
int interrupt_poll(struct pollfd *fd, nfds_t count, int timeout);

/* 0, or the signal that arrived. */
int interrupt_signal(void);

/* Records which signals this process inherited as ignored (bit n - 1 for signal n, as SigIgn in
 * /proc/self/status): signals_reset() then makes no system call for the others. */
void signals_learn(unsigned long long ignored);

/* For a child before execve(2): unblocks all signals and gives them their default dispositions. */
void signals_reset(void);

#endif
