/* SPDX-License-Identifier: Apache-2.0 */
/* What others see of the container: its record, its status, its hooks, its waiting for start. */
#include "op.h"

#include "base/io.h"
#include "base/link.h"
#include "base/proc.h"
#include "base/spawn.h"
#include "base/sys.h"
#include "container/container.h"
#include "libocispec/json.h"
#include "plan/record.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HOOK_OUTPUT = 600 };

/* What the plan can't know: how much of each cgroup's path was there before (`vacant` has found out), which mount is the
 * root (`tree` has taken it), the addresses of devices, and whether the class of service is somebody else's. */
static int complete_record(struct walker *w, struct pool *pool, struct record *r)
{
	size_t cgroup = 0, device = 0;

	r->cgroups.item = pool_copy_of(pool, r->cgroups.item,
				       r->cgroups.count * sizeof *r->cgroups.item);
	if (r->mount)
		r->mount = pool_copy_of(pool, r->mount, sizeof *r->mount);
	if (r->class)
		r->class = pool_copy_of(pool, r->class, sizeof *r->class);
	if (r->net_devices) {
		r->net_devices = pool_copy_of(pool, r->net_devices, sizeof *r->net_devices);
		r->net_devices->device.item = pool_copy_of(
			pool, r->net_devices->device.item,
			r->net_devices->device.count * sizeof *r->net_devices->device.item);
	}
	for (size_t i = 0; i < w->plan->steps; i++) {
		const struct step *s = &w->plan->step[i];
		struct link link;
		if (s->op == OP_VACANT)
			r->cgroups.item[cgroup++].keep =
				(struct opt_u64){ w->cgroup_keep[s->cgroup.hierarchy], true };
		if (s->op != OP_NETDEV)
			continue;
		int err = link_find(s->netdev.name, &link);
		if (err) {
			snprintf(error_last()->pointer, sizeof error_last()->pointer, "%s",
				 s->pointer);
			return err;
		}
		if (r->net_devices)
			r->net_devices->device.item[device++].hardware =
				pool_copy(pool, link.hardware, strlen(link.hardware));
	}
	if (r->mount)
		mount_identify(w->slot[SLOT_ROOT], r->mount);
	if (r->class)
		r->class->foreign = (struct opt_bool){ !access(r->class->path, F_OK), true };
	return 0;
}

static int write_record(struct walker *w)
{
	auto_pool pool = { 0 };
	struct record record = *w->plan->record;
	int err = complete_record(w, &pool, &record);

	if (err)
		return err;
	/* In one instant: half a record would be the end of delete. */
	const char *text = json_print(&pool, &shape_record, &record, JSON_OWN);
	return io_replace(w->container->fd, "undo.json", text, strlen(text));
}

int op_record(struct walker *w, const struct step *step)
{
	struct container *c = w->container;
	struct status *s = &c->status;
	uint64_t start = 0;
	char state;

	(void)step;
	/* Only now, so that an id that exists, too, is found out before anything was touched. */
	int err = container_create(c);
	if (err)
		return err;
	if (!proc_stat(getpid(), &state, &start))
		s->creator_start = (struct opt_u64){ start, true };
	s->creator = (struct opt_i32){ getpid(), true };
	s->state.status = (struct opt_name){ OCI_CREATING, true };
	err = write_record(w);
	if (!err)
		err = container_create_file(c, "config.json", w->config, w->config_length);
	if (!err)
		err = container_create_file(c, "made.json", w->made, strlen(w->made));
	if (!err)
		err = container_publish(c);
	if (!err && w->waits) {
		w->listener = container_listen(c);
		err = w->listener < 0 ? w->listener : 0;
	}
	return err;
}

/* Complete whenever it can be seen: engines read it as soon as it is there. */
static int write_pid_file(const char *path, pid_t pid)
{
	char text[16], fresh[PATH_MAX];
	const char *slash = strrchr(path, '/');

	/* Beside it, and not longer: the name may be as long as names can be. */
	if ((size_t)snprintf(fresh, sizeof fresh, "%.*s/.tare-pid-%d",
			     slash ? (int)(slash - path) : 1, slash ? path : ".",
			     getpid()) >= sizeof fresh)
		return fail(ENAMETOOLONG, "open", "--pid-file %s", path);
	(void)unlink(fresh); /* of one with our pid that was killed */
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

static int publish_status(struct walker *w, enum oci_status status)
{
	struct status *s = &w->container->status;
	uint64_t start;
	char state;

	if (proc_stat(w->init, &state, &start))
		return fail(ESRCH, NULL, "the container's first process has ended");
	s->state.pid = (struct opt_i32){ w->init, true };
	s->start_time = (struct opt_u64){ start, true };
	s->state.status = (struct opt_name){ (int)status, true };
	return container_publish(w->container);
}

int op_publish(struct walker *w, const struct step *step)
{
	const struct step_publish *p = &step->publish;
	int err = p->aside ? 0 : publish_status(w, p->status);

	if (!err && (p->aside || p->status != OCI_CREATING) && w->slot[SLOT_PIDFD] >= 0) {
		static const char name[] = "pidfd";
		err = io_send_bytes(w->slot[SLOT_PIDFD], name, sizeof name - 1, &w->pidfd, 1);
		if (err)
			return fail(-err, "sendmsg", "the pidfd to the socket that wants it");
		io_close(&w->slot[SLOT_PIDFD]);
	}
	if (!err && p->pid_file) {
		err = write_pid_file(p->pid_file, w->init);
		w->published = !err;
	}
	return err;
}

int op_notify(struct walker *w, const struct step *step)
{
	if (!strcmp(step->text.text, "directory"))
		return container_make_notify(w->container);
	w->notify = container_bind_notify(w->container);
	return w->notify < 0 ? w->notify : 0;
}

/* A hook's words, in one line, as part of the error. */
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

/* Where a hook's output goes besides into the error: the files of the annotations, which init has as descriptors; and
 * what a startContainer hook complains of, to the container's stderr. */
static int tee_of(struct walker *w, const struct step_hook *h, int i, int *opened)
{
	*opened = -1;
	if (!h->out[i])
		return h->when == OCI_HOOK_START_CONTAINER && i == 1 ? STDERR_FILENO : 0;
	if (w->me == WHO_INIT)
		return w->slot[SLOT_OUT + i] > 0 ? w->slot[SLOT_OUT + i] : 0;
	*opened = open(h->out[i], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
	return *opened < 0 ? fail(errno, "open", "%s", h->out[i]) : *opened;
}

/* What runs in the container is bound by its filter, before it is loaded for good. Nobody listens yet: what would be
 * notified does not exist for a hook (ENOSYS). */
static int load_filter(void *context)
{
	const struct step_seccomp *s = context;
	const unsigned listening = SECCOMP_FILTER_FLAG_NEW_LISTENER |
				   1u << 5; /* WAIT_KILLABLE_RECV */

	return sys_seccomp_filter(s->flags & ~listening, s->program, s->count);
}

static const struct step_seccomp *filter_of(const struct plan *plan)
{
	for (size_t i = 0; i < plan->steps; i++)
		if (plan->step[i].op == OP_SECCOMP)
			return &plan->step[i].seccomp;
	return NULL;
}

int op_hook(struct walker *w, const struct step *step)
{
	const struct step_hook *h = &step->hook;
	char output[HOOK_OUTPUT] = "", number[16];
	int status;
	pid_t pid = w->init ? w->init : atomic_load(&w->page->init);
	bool inside = w->me == WHO_INIT, pivoted = h->when == OCI_HOOK_START_CONTAINER;

	struct pollfd ended = { w->pidfd, POLLIN, 0 };
	if (h->head_start && w->pidfd >= 0)
		(void)poll(&ended, 1, h->head_start);
	snprintf(number, sizeof number, "%d", h->when == OCI_HOOK_POSTSTOP ? 0 : pid);
	if (h->home && *w->home)
		h->env[0] = w->home; /* the place that the planner has left for it */

	/* Before the pivot a hook in the container's namespaces is still found in the runtime's files; its
	 * working directory is the root of the container. */
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
	if (h->when == OCI_HOOK_START_CONTAINER && filter_of(w->plan)) {
		spawn.before_exec = load_filter;
		spawn.context = (void *)(uintptr_t)filter_of(w->plan);
	}
	auto_fd int out = -1, errors = -1;
	spawn.tee[0] = tee_of(w, h, 0, &out);
	if (spawn.tee[0] >= 0)
		spawn.tee[1] = tee_of(w, h, 1, &errors);
	if (spawn.tee[0] < 0 || spawn.tee[1] < 0)
		return also("hook %s", h->path);
	int err = spawn_run(&spawn, &status);
	if (err)
		return also("hook %s", h->path);
	return status ? hook_failed(h->path, status, output) : 0;
}

/* init, all set up, between create and start: it holds the socket, its page and its stdio, nothing else. */
int op_await(struct walker *w, const struct step *step)
{
	char byte;

	(void)step;
	io_close(&w->baton); /* create may end now */
	do
		w->baton = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC);
	while (w->baton < 0 && errno == EINTR);
	if (w->baton < 0)
		return fail(errno, "accept", "start");
	if (io_send(w->baton, 'p', &w->page_fd, 1) || io_receive(w->baton, &byte, NULL, 0) != 1)
		_exit(1); /* start was killed: there is nobody to tell */
	io_close(&w->listener);
	return 0;
}
