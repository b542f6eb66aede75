/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

static struct create_flags flags;
static bool no_subreaper;

static const struct option options[] = {
	TEXT("bundle", 'b', flags.bundle, "DIR", "the bundle (default: the current directory)"),
	TEXT("config", 'f', flags.config, "FILE", "read FILE instead of the bundle's config.json"),
	TEXT("pid-file", 0, flags.pid_file, "FILE",
	     "write the pid of the container's init to FILE"),
	FLAG("no-pivot", 0, flags.no_pivot,
	     "do not use pivot_root (for a host that runs from an initramfs)"),
	FLAG("no-new-keyring", 0, flags.no_new_keyring, "keep the caller's session keyring"),
	NUMBER("preserve-fds", 0, flags.preserve_fds, "N",
	       "pass N more descriptors to the container, from 3"),
	TEXT("ready-fd", 0, flags.ready_fd, "N",
	     "write a byte to descriptor N when the container is created"),
	FLAG("no-subreaper", 0, no_subreaper,
	     "accepted for compatibility with crun; create leaves no process behind to reap"),
	TEXT("console-socket", 0, flags.console_socket, "SOCKET",
	     "send the master of the container's terminal to SOCKET"),
	TEXT("pidfd-socket", 0, flags.pidfd_socket, "SOCKET",
	     "send the pidfd of the container's init to SOCKET"),
	END_OF_OPTIONS,
};

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;
	struct child child;

	(void)argc;
	int err = make_container(&flags, argv[0], true, &c, &child);
	child_close(&child);
	return err;
}

const struct verb verb_create = {
	.name = "create",
	.arguments = "[OPTION...] ID",
	.summary = "create a container, whose process is then run by start",
	.description = "Makes everything that the container needs: cgroups, namespaces, mounts,\n"
		       "devices, and its first process, which waits. `start` lets it run the\n"
		       "program. Engines call the two one after the other; `run` does both. All\n"
		       "that can be verified is verified before the first change, and a create\n"
		       "that fails leaves nothing behind.\n"
		       "\n"
		       "The id has 1 to 255 of the characters A-Z a-z 0-9 _ + . and -. With\n"
		       "process.terminal the master of the terminal is sent to --console-socket,\n"
		       "in one message. All descriptors but 0, 1, 2 and those of --preserve-fds\n"
		       "are closed; the container gets the standard streams of the command, so\n"
		       "redirect them if it is to outlive a terminal. The pid file is complete\n"
		       "when the command ends.",
	.examples =
		"  tare create --bundle box mine </dev/null\n"
		"  tare create --bundle box --pid-file mine.pid mine </dev/null; tare start mine\n",
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
	.enters = true,
};
