/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interrupt: SIGINT, SIGTERM, SIGHUP and SIGQUIT between interrupt_begin() and interrupt_end() do
 * not kill the process in the middle of its work: they are let in only where it waits
 * (interrupt_poll), and there they end the wait with an error, so that the way out is that of any
 * other failure, with everything undone.
 */
#ifndef TARE_BASE_INTERRUPT_H
#define TARE_BASE_INTERRUPT_H

#include <poll.h>

void interrupt_begin(void);
void interrupt_end(void);

/* On the way back, until interrupt_end(): what has arrived has been told, what arrives from now on
 * has to wait, and interrupt_poll() waits as long as it is asked to. Hooks that take down a network
 * get all their time. */
void interrupt_disregard(void);

/* poll(2). -EINTR, with the error filled, when one of the signals arrived, before or meanwhile. */
int interrupt_poll(struct pollfd *fd, nfds_t count, int timeout);

/* 0, or the signal that arrived. */
int interrupt_signal(void);

/* Which signals the caller ignores (bit n - 1 for signal n), where somebody has looked: it spares
 * children to ask for each. */
void signals_learn(unsigned long long ignored);

/* For children before an exec: all signals unblocked, with their default dispositions. */
void signals_reset(void);

#endif
