/* SPDX-License-Identifier: Apache-2.0 */
/* The container as seen from outside: its record, its status, its hooks, and waiting for
 * start. */
#include "op.h"

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/socket.h"
#include "base/proc.h"
#include "base/spawn.h"
#include "base/sys.h"
#include "cgroup/members.h"
#include "container/container.h"
#include "plan/record.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HOOK_OUTPUT = 600 };

int op_record(struct walker *w, const struct step *step)
{
	struct container *c = w->parent->container;
	struct status *s = &c->status;
	uint64_t start = 0;
	char state;

	(void)step;
	/* The first step with an effect, so that an id that is already in use is detected before
	 * anything is changed. */
	int err = container_create(c);
	if (err)
		return err;
	if (!proc_stat(getpid(), &state, &start))
		s->creator_start = (struct opt_u64){ start, true };
	const struct recorded_cgroup *freezer = members_freezer(w->plan->record);
	s->freezer = freezer ? pool_text(&c->pool, "%s%s", freezer->mount, freezer->path) : NULL;
	s->creator = (struct opt_i32){ getpid(), true };
	s->state.status = (struct opt_name){ OCI_CREATING, true };
	err = container_write_record(c, w->plan->record);
	if (!err)
		err = container_create_file(c, "config.json", w->parent->config,
					    w->parent->config_length);
	if (!err)
		err = container_publish(c);
	/* The last one: container_is_made() */
	if (!err)
		err = container_create_file(c, "made.json", w->parent->kept,
					    strlen(w->parent->kept));
	if (!err && w->parent->waits) {
		w->listener = container_listen(c);
		err = w->listener < 0 ? w->listener : 0;
	}
	return err;
}

int op_keep(struct walker *w, const struct step *step)
{
	(void)step;
	return container_write_added(w->parent->container, w->plan->added);
}

/* Written under another name and renamed, since engines read the file as soon as it exists. */
static int write_pid_file(const char *path, pid_t pid)
{
	char text[16], fresh[PATH_MAX];
	const char *slash = strrchr(path, '/');

	/* In the same directory, and not derived from the name, which may have the maximum
	 * length. */
	if ((size_t)snprintf(fresh, sizeof fresh, "%.*s/.tare-pid-%d",
			     slash ? (int)(slash - path) : 1, slash ? path : ".",
			     getpid()) >= sizeof fresh)
		return fail(ENAMETOOLONG, "open", "--pid-file %s", path);
	(void)unlink(fresh); /* left by a process with our pid that was killed */
	auto_fd int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail(errno, "open", "--pid-file %s", path);
	snprintf(text, sizeof text, "%d", pid);
	int err = io_write(fd, text, strlen(text));
	if (!err && rename(fresh, path))
		err = -errno;
	if (err)
		(void)unlink(fresh);
	return err ? fail(-err, "write", "--pid-file %s", path) : 0;
}

/* A user's processes can be hidden: all that are not dumpable. */
static int identify(struct container *c, pid_t init, int pidfd)
{
	struct status *s = &c->status;
	char boot[BOOT_ID_SIZE], state;
	uint64_t start;
	bool seen = !proc_stat(init, &state, &start);

	if (!seen && kill(init, 0) && errno == ESRCH)
		return fail(ESRCH, NULL, "the container's first process has ended");
	s->state.pid = (struct opt_i32){ init, true };
	s->start_time = (struct opt_u64){ seen ? start : 0, seen };
	if (seen && !geteuid())
		return 0;
	uint64_t inode = proc_pidfd_inode(pidfd);
	bool known = inode && proc_boot_id(boot);
	s->inode = (struct opt_u64){ known ? inode : 0, known };
	s->boot = known ? pool_copy(&c->pool, boot, strlen(boot)) : NULL;
	if (seen || known)
		return 0;
	(void)fail_as(CODE_MACHINE, EACCES, NULL,
		      "/proc hides the container's first process from this user");
	return hint(
		"it has hidepid, with which Linux before 6.9 can't tell processes apart: mount -o "
		"remount,hidepid=0 /proc, or gid= of a group of this user");
}

static int publish_status(struct walker *w, enum oci_status status)
{
	struct container *c = w->parent->container;
	int err = identify(c, w->parent->init, w->parent->pidfd);

	if (err)
		return err;
	c->status.state.status = (struct opt_name){ (int)status, true };
	return container_publish(c);
}

int op_publish(struct walker *w, const struct step *step)
{
	const struct step_publish *p = &step->publish;
	int err = p->aside ? 0 : publish_status(w, p->status);

	if (!err && (p->aside || p->status != OCI_CREATING) && w->slot[SLOT_PIDFD] >= 0) {
		static const char name[] = "pidfd";
		err = socket_send(w->slot[SLOT_PIDFD], name, sizeof name - 1, &w->parent->pidfd, 1);
		if (err)
			return fail(-err, "sendmsg", "the pidfd to the --pidfd-socket");
		io_close(&w->slot[SLOT_PIDFD]);
	}
	if (!err && p->pid_file) {
		err = write_pid_file(p->pid_file, w->parent->init);
		if (!err)
			w->slot[p->written] = 1;
	}
	return err;
}

int op_notify(struct walker *w, const struct step *step)
{
	if (!strcmp(step->text.text, "directory"))
		return container_make_notify(w->parent->container);
	w->parent->notify = container_bind_notify(w->parent->container);
	return w->parent->notify < 0 ? w->parent->notify : 0;
}

/* Adds the output of a hook to the error, joined into one line. */
static int hook_failed(const char *path, int status, char *output)
{
	size_t length = strlen(output);

	while (length && (output[length - 1] == '\n' || output[length - 1] == ' '))
		output[--length] = '\0';
	for (char *c = output; *c; c++)
		*c = *c == '\n' ? ' ' : *c;
	if (WIFSIGNALED(status))
		return fail(0, NULL, "hook %s was killed by SIG%s%s%s", path,
			    sigabbrev_np(WTERMSIG(status)), *output ? ": " : "", output);
	return fail(0, NULL, "hook %s failed: exit status %d%s%s", path, WEXITSTATUS(status),
		    *output ? ": " : "", output);
}

/* Where the output of a hook goes in addition to the error: to the files named by annotations,
 * which init has as open descriptors, and, for the stderr of a startContainer hook, to the
 * container's stderr. */
static int tee_of(struct walker *w, const struct step_hook *h, int i, int *opened)
{
	*opened = -1;
	if (!h->out[i])
		return h->when == OCI_HOOK_START_CONTAINER && i == 1 ? STDERR_FILENO : 0;
	if (w->me != WHO_PARENT)
		return w->slot[SLOT_OUT + i] > 0 ? w->slot[SLOT_OUT + i] : 0;
	*opened = io_open_log(h->out[i]);
	return *opened < 0 ? fail(errno, "open", "%s", h->out[i]) : *opened;
}

/* A hook that runs in the container is subject to its seccomp filter, which init itself has not
 * loaded yet. There is no listener yet either, so system calls that would be notified fail with
 * ENOSYS in a hook. */
static int load_filter(void *context)
{
	const struct step_seccomp *s = context;
	const unsigned listening = SECCOMP_FILTER_FLAG_NEW_LISTENER |
				   1u << 5; /* WAIT_KILLABLE_RECV */

	return sys_seccomp_filter(s->flags & ~listening, s->program, s->count);
}

int op_hook(struct walker *w, const struct step *step)
{
	const struct step_hook *h = &step->hook;
	char output[HOOK_OUTPUT] = "", number[16];
	int status;
	bool inside = w->me != WHO_PARENT, pivoted = h->when == OCI_HOOK_START_CONTAINER;
	pid_t pid = !inside && w->parent->init ? w->parent->init : atomic_load(&w->page->init);

	struct pollfd ended = { inside ? -1 : w->parent->pidfd, POLLIN, 0 };
	if (h->head_start && ended.fd >= 0)
		(void)poll(&ended, 1, h->head_start);
	snprintf(number, sizeof number, "%d", h->when == OCI_HOOK_POSTSTOP ? 0 : pid);
	/* Before the pivot, the path of a hook that runs in the container's namespaces is still
	 * resolved in the runtime's filesystem; its working directory is the root of the
	 * container. */
	struct spawn spawn = {
		.path = h->path,
		.argv = h->argv,
		.env = h->env,
		.input = { h->head, number, h->tail },
		.directory = inside && !pivoted ? w->slot[SLOT_ROOT] : -1,
		.timeout = h->timeout * 1000,
		.output = output,
		.output_size = sizeof output,
	};
	if (h->filter) {
		spawn.before_exec = load_filter;
		spawn.context = (void *)(uintptr_t)h->filter;
	}
	auto_fd int out = -1, errors = -1;
	spawn.tee[0] = tee_of(w, h, 0, &out);
	if (spawn.tee[0] >= 0)
		spawn.tee[1] = tee_of(w, h, 1, &errors);
	if (spawn.tee[0] < 0 || spawn.tee[1] < 0)
		return also("hook %s", h->path);
	int err = spawn_run(&spawn, &status);
	if (err == -ENOENT || err == -EACCES)
		(void)hint("correct the path of the hook, or install it on the host");
	if (err)
		return also("hook %s", h->path);
	return status ? hook_failed(h->path, status, output) : 0;
}

/* Between create and start, init is completely set up, and holds only the socket, the shared
 * page and its stdio. A start that fails before the container is published as running leaves it as
 * it was. */
int op_await(struct walker *w, const struct step *step)
{
	char byte;

	(void)step;
	io_close(&w->baton); /* create may exit now */
	log_detach();
	for (;;) {
		w->baton = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC);
		if (w->baton < 0 && errno == EINTR)
			continue;
		if (w->baton < 0)
			return fail(errno, "accept", "start");
		byte = 0;
		if (!socket_tell(w->baton, 'p', &w->page_fd, 1) &&
		    socket_receive(w->baton, &byte, NULL, 0) == 1 &&
		    socket_receive(w->baton, &byte, NULL, 0) != 1)
			_exit(1); /* start was killed, and its container is running for others */
		if (byte == START_GO)
			break;
		io_close(&w->baton);
	}
	io_close(&w->listener);
	return 0;
}

/* --- labels --- */

enum { PROFILES = 4 << 20 }; /* bytes of the list of AppArmor's profiles, at most */

/* What the exec would refuse, after all has been made. Where the kernel does not tell this process,
 * the exec will. */
static int find_profile(const char *profile)
{
	char line[512];
	auto_free char *loaded = NULL;
	size_t length;

	/* Names of stacks and of namespaces are not in the list as such. */
	if (!strcmp(profile, "unconfined") || strstr(profile, "//") || strchr(":&", *profile) ||
	    io_slurp(AT_FDCWD, "/sys/kernel/security/apparmor/profiles", PROFILES, &loaded,
		     &length)) {
		error_clear();
		return 0;
	}
	snprintf(line, sizeof line, "%s (", profile);
	for (const char *at = loaded; at; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
		if (!strncmp(at, line, strlen(line)))
			return 0;
	return fail_no_profile(profile);
}

static int find_label(const char *label)
{
	auto_fd int fd = open("/sys/fs/selinux/context", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, label, strlen(label)) >= 0 || errno != EINVAL)
		return 0;
	(void)fail_as(CODE_LABEL, EINVAL, "write", "SELinux label %s", label);
	return hint("the policy that is loaded does not know it (seinfo -t, sestatus)");
}

int op_find_label(struct walker *w, const struct step *step)
{
	const struct step_attribute *a = &step->attribute;

	(void)w;
	return a->kind == ATTRIBUTE_APPARMOR ? find_profile(a->text) : find_label(a->text);
}
