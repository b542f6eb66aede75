/* SPDX-License-Identifier: Apache-2.0 */
/* Which of our descriptors the container gets. */
#include "cmd.h"

#include "base/descriptors.h"
#include "base/error.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* sd_listen_fds(3): LISTEN_PID says which process the sockets are for. Those that were passed to
 * a parent of ours are ignored. */
unsigned listen_fds(void)
{
	enum { MOST = 1024 };
	const char *text = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	char *end = NULL;
	unsigned long number = text && *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;

	if (!number || *end || number > MOST || !pid || *pid < '0' || *pid > '9' ||
	    strtol(pid, &end, 10) != getpid() || *end)
		return 0;
	return (unsigned)number;
}

int guard_descriptors(unsigned preserve)
{
	/* There may be gaps among the preserved descriptors. They are filled until the exec, so
	 * that none of our own descriptors gets such a number and is passed on. */
	for (unsigned i = 0; i < preserve; i++) {
		if (fcntl(3 + (int)i, F_GETFD) >= 0)
			continue;
		auto_fd int filler = open("/dev/null", O_PATH | O_CLOEXEC);
		if (filler >= 0 && filler != 3 + (int)i &&
		    dup3(filler, 3 + (int)i, O_CLOEXEC) == 3 + (int)i)
			continue;
		if (filler != 3 + (int)i)
			return fail(errno, "open", "/dev/null as a placeholder for descriptor %u",
				    3 + i);
		(void)take(&filler);
	}
	return descriptors_close_on_exec(3 + preserve);
}
