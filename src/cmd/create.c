/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/io.h"

static struct making making;

static const struct option options[] = {
	TEXT("bundle", 'b', making.bundle, "DIR", "the bundle (default: the current directory)"),
	TEXT("pid-file", 0, making.pid_file, "FILE", "write the pid of the container's init there"),
	FLAG("no-pivot", 0, making.no_pivot, "do not pivot_root (a root in an initramfs)"),
	FLAG("no-new-keyring", 0, making.no_new_keyring, "keep the caller's session keyring"),
	NUMBER("preserve-fds", 0, making.preserve_fds, "N", "hand on N more descriptors, from 3"),
	REFUSED("console-socket", "where to send the terminal's master"),
	REFUSED("pidfd-socket", "where to send the pidfd of init"),
	END_OF_OPTIONS,
};

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;
	auto_fd int pidfd = -1;
	pid_t pid;

	(void)argc;
	return make_container(&making, argv[0], true, &c, &pidfd, &pid);
}

const struct verb verb_create = {
	"create",
	"[OPTION...] ID",
	"make a container, up to the point where start lets its process run",
	options,
	1,
	1,
	run,
	true,
};
