/* SPDX-License-Identifier: Apache-2.0 */
/* create and start in one command. Unless detached, it then forwards signals, waits, deletes the
 * container, and exits with the status of the container's process. */
#include "cmd.h"
#include "ending.h"
#include "notify.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static struct create_flags flags;
static const char *escape;
static struct run_flags flags_of_run;

static const struct option options[] = {
	TEXT("bundle", 'b', flags.bundle, "DIR", "the bundle (default: the current directory)"),
	TEXT("config", 'f', flags.config, "FILE", "read FILE instead of the bundle's config.json"),
	FLAG("detach", 'd', flags_of_run.detach, "do not wait for the container"),
	FLAG("keep", 0, flags_of_run.keep, "do not delete the container when it has stopped"),
	TEXT("pid-file", 0, flags.pid_file, "FILE",
	     "write the pid of the container's init to FILE"),
	FLAG("no-pivot", 0, flags.no_pivot,
	     "do not use pivot_root (for a host that runs from an initramfs)"),
	FLAG("no-new-keyring", 0, flags.no_new_keyring, "keep the caller's session keyring"),
	TEXT("escape-keys", 0, escape, "KEYS",
	     "with a terminal: keys that kill the container, such as ctrl-] or ctrl-p,ctrl-q "
	     "(default: "
	     "none)"),
	FLAG("no-subreaper", 0, flags_of_run.no_subreaper,
	     "leave orphaned processes of the container to the caller's subreaper"),
	NUMBER("preserve-fds", 0, flags.preserve_fds, "N",
	       "pass N more descriptors to the container, from 3"),
	TEXT("ready-fd", 0, flags.ready_fd, "N",
	     "write a byte to descriptor N when the container is running"),
	TEXT("console-socket", 0, flags.console_socket, "SOCKET",
	     "send the master of the container's terminal to SOCKET"),
	TEXT("pidfd-socket", 0, flags.pidfd_socket, "SOCKET",
	     "send the pidfd of the container's init to SOCKET"),
	END_OF_OPTIONS,
};

static bool is_bundle(const char *argument)
{
	return strchr(argument, '/'); /* which no id has */
}

static bool has_config(const char *directory)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/config.json", directory);
	return !access(path, F_OK);
}

static int hint_at_bundle(const char *name)
{
	(void)fail_as(CODE_BUNDLE, 0, NULL, "the current directory has no config.json");
	return hint("%s is a bundle here: tare run %s/", name, name);
}

static const char *made_up_id(char *buffer, size_t size)
{
	unsigned number = (unsigned)getpid();

	(void)!getrandom(&number, sizeof number, 0);
	snprintf(buffer, size, "run-%08x", number);
	return buffer;
}

/* After the end of a container that is kept. */
static int keep_end(struct container *c, const struct child *child, int status, const char *ended)
{
	int err = container_lock(c, true);

	/* For `state`; where it can't be written, it has been logged. */
	c->status.state.ended = ended;
	container_set_end(c, status, child->killed_by);
	note_oom(c);
	if (!err)
		(void)container_publish(c);
	return status;
}

int run_container(struct create_flags *m, const char *id, const struct run_flags *r)
{
	auto_container c = NO_CONTAINER;
	struct child child;

	if (!r->detach)
		attend_begin(!r->no_subreaper);
	m->relay = !r->detach && !m->console_socket;
	m->escape = *r->keys;
	int err = make_container(m, id, false, &c, &child);
	child.escape = r->keys;
	int status = err || r->detach ? err : attend(&child);
	if (!err && r->detach)
		notify_await_ready(child.notify, child.pidfd, &c.status);
	child_close(&child);
	if (err || r->detach)
		return err;
	const char *ended = status > 0 ? ending_explain(&c, &child, status, 0) : NULL;
	if (r->keep)
		return status < 0 ? status : keep_end(&c, &child, status, ended);
	struct error first = *error_last();
	err = container_lock(&c, true);
	if (!err)
		err = delete_container(&c);
	else if (err == -ENOENT)
		err = 0; /* another command has deleted it */
	if (status < 0)
		*error_last() = first;
	return status < 0 ? status : err ? err : status;
}

static int run(int argc, char **argv)
{
	char buffer[32];
	const char *id = argv[0];

	(void)argc;
	if (escape && parse_escape(escape, flags_of_run.keys))
		return -EINVAL;
	if (!flags.bundle && is_bundle(id)) {
		flags.bundle = id;
		id = made_up_id(buffer, sizeof buffer);
	}
	int status = run_container(&flags, id, &flags_of_run);
	if (status < 0 && error_last()->code == CODE_BUNDLE && !flags.bundle && has_config(id) &&
	    !has_config("."))
		status = hint_at_bundle(id);
	return status;
}

const struct verb verb_run = {
	.name = "run",
	.arguments = "[OPTION...] ID | BUNDLE/",
	.summary = "create and start a container, wait for it, delete it",
	.description =
		"Creates and starts a container in one command, waits for it, and deletes\n"
		"it. An argument that contains a slash and names a directory with a\n"
		"config.json is a bundle; an id is then made up. Signals are forwarded to\n"
		"the container.\n"
		"\n"
		"With process.terminal, and without --console-socket, the caller's terminal\n"
		"is connected to the container's: it is in raw mode meanwhile, changes of\n"
		"its size are passed on, and it is restored at the end, when tare is\n"
		"stopped, and after a crash. If the program ignores ^C, --escape-keys can\n"
		"end it. If the program died and that was not its own choice, one line on\n"
		"stderr says why.",
	.examples = "  tare run box/\n"
		    "  tare run --bundle box mine\n"
		    "  tare run --detach --bundle box mine </dev/null\n"
		    "  tare run --escape-keys ctrl-] box/\n"
		    "  tare --timings run box/\n",
	.statuses = "the status of the program, or 128 + the signal that killed it, or that\n"
		    "interrupted tare; 1 if the container could not be created.",
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
	.enters = true,
};
