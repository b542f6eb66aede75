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

int parse_output_fd(const char *option, const char *text, unsigned preserved)
{
	char *end;
	unsigned long number = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;

	if (number < 3 || *end || number > INT_MAX)
		return fail_as(CODE_OPTION, 0, NULL,
			       "%s takes the number of a descriptor from 3 on, not \"%s\"", option,
			       text);
	if (number < 3 + preserved)
		return fail_as(CODE_OPTION, 0, NULL,
			       "%s %lu: this descriptor is passed to the container "
			       "(--preserve-fds)",
			       option, number);
	int flags = fcntl((int)number, F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return fail_as(CODE_OPTION, flags < 0 ? errno : EBADF, NULL,
			       "%s %lu can't be written to", option, number);
	return (int)number;
}
