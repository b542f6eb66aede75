/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a container from the files of a checkpoint, through criu(8). */
#include "cmd.h"
#include "criu.h"

static struct create_flags flags;
static struct criu_flags criu;
static struct run_flags run_flags;
static bool no_pivot;

static const struct option options[] = {
	TEXT("bundle", 'b', flags.bundle, "DIR", "the bundle (default: the current directory)"),
	TEXT("config", 'f', flags.config, "FILE", "read FILE instead of the bundle's config.json"),
	FLAG("detach", 'd', run_flags.detach, "do not wait for the container"),
	TEXT("pid-file", 0, flags.pid_file, "FILE",
	     "write the pid of the container's init to FILE"),
	TEXT("console-socket", 0, flags.console_socket, "SOCKET",
	     "send the master of the container's terminal to SOCKET"),
	CRIU_OPTIONS(criu),
	FLAG("lazy-pages", 0, criu.options.lazy_pages,
	     "take the memory from a page server when it is needed (criu lazy-pages)"),
	TEXT("lsm-profile", 0, criu.options.lsm_profile, "TYPE:NAME",
	     "another profile of the security module for the processes"),
	TEXT("lsm-mount-context", 0, criu.options.lsm_mount_context, "CONTEXT",
	     "another SELinux context for the mounts"),
	FLAG("no-pivot", 0, no_pivot, "accepted for compatibility with runc; criu decides"),
	FLAG("no-subreaper", 0, run_flags.no_subreaper,
	     "leave orphaned processes of the container to the caller's subreaper"),
	END_OF_OPTIONS,
};

static int run(int argc, char **argv)
{
	(void)argc;
	flags.criu = &criu;
	return run_container(&flags, argv[0], &run_flags);
}

const struct verb verb_restore = {
	.name = "restore",
	.arguments = "[OPTION...] ID",
	.summary = "make a container from the files of a checkpoint",
	.description =
		"Makes a container of which `checkpoint` has saved the images: its cgroups as\n"
		"create would, and its processes through criu(8). The bundle has to have the\n"
		"files that the processes had open, and the config of the bundle says what is\n"
		"mounted where. The hooks prestart, createRuntime and poststart are run. Then\n"
		"the container is running; without --detach the command waits for it, as run\n"
		"does. If it fails nothing is left, and the message has what criu says; its\n"
		"whole log is restore.log in the directory of --work-path.\n"
		"\n"
		"The standard streams of the command take the place of those that the\n"
		"container had from outside. It needs root.",
	.examples = "  tare restore --image-path saved --bundle box --detach mine </dev/null\n",
	.statuses = "the status of the program, or 128 + the signal that killed it, or that\n"
		    "interrupted tare; 1 if the container could not be restored.",
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
	.enters = true,
};
