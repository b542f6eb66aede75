/* SPDX-License-Identifier: Apache-2.0 */
/* What of our own descriptors the container gets. */
#include "cmd.h"

#include "base/descriptors.h"
#include "base/error.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* sd_listen_fds(3): for whom they are is said, too. What some parent of ours was given is nothing
 * to us. */
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
	/* Gaps among them are normal. Nothing of ours is to fall into one, and be handed on: they
	 * are filled until the exec. */
	for (unsigned i = 0; i < preserve; i++) {
		if (fcntl(3 + (int)i, F_GETFD) >= 0)
			continue;
		auto_fd int filler = open("/dev/null", O_PATH | O_CLOEXEC);
		if (filler >= 0 && filler != 3 + (int)i &&
		    dup3(filler, 3 + (int)i, O_CLOEXEC) == 3 + (int)i)
			continue;
		if (filler != 3 + (int)i)
			return fail(errno, "open", "a place for descriptor %u", 3 + i);
		(void)take(&filler);
	}
	return descriptors_close_on_exec(3 + preserve);
}
