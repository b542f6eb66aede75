/* SPDX-License-Identifier: Apache-2.0 */
/* Creates a container, for create and run: makes the plan, records what later commands need, and
 * launches it. */
#include "cmd.h"
#include "criu.h"

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

static void fill_status(struct container *c, const struct bundle *bundle, const struct plan *plan)
{
	struct state *s = &c->status.state;
	char stamp[STAMP_SIZE];
	uid_t uid = getuid();

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
	s->owner = uid ? user_name(&c->pool, uid) : "root";
	if (plan_goes_alone(plan))
		c->status.alone = (struct opt_u32){ plan_goes_alone(plan), true };
}

void child_close(struct child *child)
{
	io_close(&child->pidfd);
	io_close(&child->relay);
	io_close(&child->notify);
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

	return !err && container_exists(c) ? container_is_taken(c) : err;
}

/* The command line is verified before the bundle, and that before anything else. */
static int open_bundle(struct create_flags *m, struct bundle *bundle)
{
	int err = guard_descriptors(m->preserve_fds + listen_fds());

	if (!err)
		err = bundle_open(bundle, m->bundle ? m->bundle : ".", m->config);
	if (!err && m->escape &&
	    !(m->relay && bundle->config.process && bundle->config.process->terminal.value))
		err = escape_needs_terminal();
	return err;
}

/* Of create, run or restore, with its warnings. */
static int make_plan(struct pool *pool, struct create_flags *m, bool create, struct plan *plan,
		     struct inputs *inputs)
{
	int err = m->criu ? criu_complete(pool, m->criu, inputs->config) : 0;

	if (err)
		return err;
	inputs->criu = m->criu ? &m->criu->options : NULL;
	err = m->criu ? plan_make_restore(plan, inputs) : plan_make(plan, inputs);
	say_warnings(plan);
	return err || create || inputs->config->process
		       ? err
		       : fail_as(CODE_PROCESS, 0, NULL, "config.json has no process to run");
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
	int ready = m->ready_fd ? parse_output_fd("--ready-fd", m->ready_fd,
						  m->preserve_fds + listen_fds())
				: -1;
	int err = m->ready_fd && ready < 0 ? ready : name_container(c, id);
	if (!err)
		err = open_bundle(m, &bundle);
	if (!err)
		err = host_probe(&pool, &host);
	if (err)
		return err;
	host_probe_limits(&pool, &host, bundle.config.process);
	struct request options = options_of(&pool, m, &bundle, c, create);
	filter_make(&pool, &bundle.config, &filter);
	struct inputs inputs = {
		.config = &bundle.config, .request = &options, .host = &host, .filter = &filter
	};
	err = make_plan(&pool, m, create, &plan, &inputs);
	if (err)
		return err;

	struct kept kept = { { STATE_VERSION, true }, &options, &host, digest_of(&pool, &plan) };
	struct launch l = { .plan = &plan,
			    .container = c,
			    .config = bundle.text,
			    .config_length = bundle.length,
			    .kept = json_print(&pool, &shape_kept, &kept, JSON_OWN),
			    .create = create,
			    .timed = globals.timings };
	fill_status(c, &bundle, &plan);
	err = launch(&l, &hooked);
	report_timings(m->criu ? "restore" : create ? "create" : "run", id, &plan, l.timing, 0);
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
