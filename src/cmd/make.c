/* SPDX-License-Identifier: Apache-2.0 */
/* Creates a container, for create and run: makes the plan, records what later commands need, and
 * launches it. */
#include "cmd.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/io.h"
#include "libocispec/json.h"
#include "seccomp/filter.h"
#include "stage/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct request options_of(struct pool *pool, const struct create_flags *m,
				 const struct bundle *bundle, const struct container *c,
				 bool create)
{
	unsigned listened = listen_fds();

	return (struct request){
		.id = c->id,
		.bundle = bundle->path,
		.state = pool_text(pool, "%s/%s", c->path, c->id),
		.pid_file = absolute(pool, m->pid_file),
		.cgroup_manager = globals.systemd_cgroup ? "systemd" : globals.cgroup_manager,
		.console_socket = absolute(pool, m->console_socket),
		.pidfd_socket = absolute(pool, m->pidfd_socket),
		.relay = { m->relay, m->relay },
		.no_pivot = { m->no_pivot || globals.no_pivot, true },
		.no_new_keyring = { m->no_new_keyring, m->no_new_keyring },
		.create = { create, create },
		.preserve_fds = { m->preserve_fds + listened, m->preserve_fds + listened > 0 },
		.notify_socket = getenv("NOTIFY_SOCKET"),
		.listen_fds = { listened, listened > 0 },
		.listen_names = listened ? getenv("LISTEN_FDNAMES") : NULL,
	};
}

static const char *digest_of(struct pool *pool, struct plan *plan)
{
	return pool_text(pool, "%016" PRIx64, plan_digest(plan));
}

static void fill_status(struct container *c, const struct bundle *bundle)
{
	struct state *s = &c->status.state;
	char stamp[STAMP_SIZE];
	uid_t uid = getuid();
	const struct passwd *owner = uid ? getpwuid(uid) : NULL;

	time_stamp(stamp);
	s->oci_version = OCI_VERSION;
	s->id = c->id;
	s->bundle = bundle->path;
	s->rootfs = bundle->config.root
			    ? pool_text(&c->pool,
					*bundle->config.root->path == '/' ? "%s%s" : "%s/%s",
					*bundle->config.root->path == '/' ? "" : bundle->path,
					bundle->config.root->path)
			    : "";
	s->created = pool_copy(&c->pool, stamp, strlen(stamp));
	s->annotations = bundle->config.annotations;
	s->owner = uid ? owner ? pool_copy(&c->pool, owner->pw_name, strlen(owner->pw_name))
			       : pool_text(&c->pool, "%u", uid)
		       : "root";
}

void child_close(struct child *child)
{
	io_close(&child->pidfd);
	io_close(&child->relay);
	io_close(&child->notify);
}

/* A pipe or the like of the caller's, which the container does not get. */
static int parse_ready_fd(const char *text, unsigned preserved)
{
	char *end;
	unsigned long number = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;

	if (number < 3 || *end || number > INT_MAX)
		return fail_as(CODE_OPTION, 0, NULL,
			       "--ready-fd takes the number of a descriptor from 3 on, not \"%s\"",
			       text);
	if (number < 3 + preserved)
		return fail_as(CODE_OPTION, 0, NULL,
			       "--ready-fd %lu: this descriptor is passed to the container "
			       "(--preserve-fds)",
			       number);
	int flags = fcntl((int)number, F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return fail_as(CODE_OPTION, flags < 0 ? errno : EBADF, NULL,
			       "--ready-fd %lu can't be written to", number);
	return (int)number;
}

static void tell_ready(int fd)
{
	if (fd >= 0) {
		(void)!write(fd, "\n", 1); /* if the reader has gone, nobody waits */
		close(fd);
	}
}

/* After a failure, which stays the error. */
static void run_poststop(const struct inputs *inputs)
{
	struct error first = *error_last();
	auto_plan poststop = { 0 };

	if (!plan_make_poststop(&poststop, inputs))
		launch_poststop(&poststop);
	*error_last() = first;
}

/* container_create() makes the final check; this one reports the error before any error of the
 * bundle. */
static int name_container(struct container *c, const char *id)
{
	int err = container_name(c, state_root(), id);

	return !err && container_exists(c)
		       ? fail_as(CODE_CONTAINER_EXISTS, 0, NULL,
				 "container with given ID already exists: \"%s\"", id)
		       : err;
}

int make_container(struct create_flags *m, const char *id, bool create, struct container *c,
		   struct child *child)
{
	auto_bundle bundle = { 0 };
	auto_plan plan = { 0 };
	auto_pool pool = { 0 };
	struct host host;
	struct filter filter;
	bool hooked;

	*child = (struct child){ .pidfd = -1, .relay = -1, .notify = -1 };
	int ready = m->ready_fd ? parse_ready_fd(m->ready_fd, m->preserve_fds + listen_fds()) : -1;
	int err = m->ready_fd && ready < 0 ? ready : name_container(c, id);
	if (!err)
		err = guard_descriptors(m->preserve_fds + listen_fds());
	if (!err)
		err = bundle_open(&bundle, m->bundle ? m->bundle : ".", m->config);
	if (!err && m->escape &&
	    !(m->relay && bundle.config.process && bundle.config.process->terminal.value))
		err = escape_needs_terminal();
	if (!err)
		err = host_probe(&pool, &host);
	if (err)
		return err;
	host_probe_limits(&pool, &host, bundle.config.process);
	struct request options = options_of(&pool, m, &bundle, c, create);
	filter_make(&pool, &bundle.config, &filter);
	const struct inputs inputs = {
		.config = &bundle.config, .request = &options, .host = &host, .filter = &filter
	};
	err = plan_make(&plan, &inputs);
	say_warnings(&plan);
	if (err)
		return err;
	if (!create && !bundle.config.process)
		return fail_as(CODE_PROCESS, 0, NULL, "config.json has no process to run");

	struct kept kept = { { STATE_VERSION, true }, &options, &host, digest_of(&pool, &plan) };
	struct launch l = { .plan = &plan,
			    .container = c,
			    .config = bundle.text,
			    .config_length = bundle.length,
			    .kept = json_print(&pool, &shape_kept, &kept, JSON_OWN),
			    .create = create,
			    .timed = globals.timings };
	fill_status(c, &bundle);
	err = launch(&l, &hooked);
	report_timings(create ? "create" : "run", id, &plan, l.timing, 0);
	if (!err) {
		*child = (struct child){
			.pid = l.pid, .pidfd = l.pidfd, .relay = l.relay, .notify = l.notify
		};
		container_unlock(c);
		tell_ready(ready);
		filter_keep(&filter);
	} else if (hooked) {
		run_poststop(&inputs);
	}
	return err;
}
