/* SPDX-License-Identifier: Apache-2.0 */
/* How init has ended. Nobody of tare's stays with a container, so this is known only to a command
 * that waits at that time: the kernel tells it through a pidfd that was opened before, once init
 * has been waited for by its parent (PIDFD_GET_INFO, Linux 6.15), and in /proc as long as it has
 * not. */
#include "container.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/io.h"
#include "base/proc.h"
#include "base/sys.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { ASK_AGAIN = 5, PATIENCE = 1000 }; /* milliseconds */

void container_set_end(struct container *c, int status, int signal)
{
	struct state *s = &c->status.state;
	char stamp[STAMP_SIZE];

	time_stamp(stamp);
	s->finished = pool_copy(&c->pool, stamp, strlen(stamp));
	s->exit_status = (struct opt_i32){ status, true };
	const char *name = signal ? sigabbrev_np(signal) : NULL;
	s->signal = name     ? pool_text(&c->pool, "SIG%s", name)
		    : signal ? pool_text(&c->pool, "%d", signal)
			     : NULL;
}

/* From a status as of waitpid(2). */
static void set_waited(struct container *c, int status)
{
	if (WIFSIGNALED(status))
		container_set_end(c, 128 + WTERMSIG(status), WTERMSIG(status));
	else
		container_set_end(c, WEXITSTATUS(status), 0);
}

bool container_learn_end(struct container *c)
{
	int status;

	if (c->status.state.exit_status.set)
		return true;
	if (!container_process_has_ended(&c->status) ||
	    proc_exit_status(c->status.state.pid.value, &status))
		return false;
	set_waited(c, status);
	return true;
}

int container_wait(struct container *c)
{
	auto_fd int pidfd = container_pidfd(&c->status);
	int status;

	if (pidfd == -ESRCH) {
		error_clear();
		return container_learn_end(c);
	}
	if (pidfd < 0 && !sys_is_missing(-pidfd))
		return pidfd;
	error_clear();
	/* Readable when it has become a zombie; without a pidfd the process is looked at. */
	struct pollfd fd = { pidfd, POLLIN, 0 };
	while (!(poll(&fd, 1, pidfd < 0 ? ASK_AGAIN : -1) > 0) &&
	       container_process_lives(&c->status))
		;
	for (int waited = 0; waited < PATIENCE; waited += ASK_AGAIN) {
		if (pidfd >= 0 && !sys_pidfd_exit_status(pidfd, &status)) {
			set_waited(c, status);
			return 1;
		}
		if (container_learn_end(c))
			return 1;
		(void)poll(NULL, 0, ASK_AGAIN);
	}
	return 0;
}
