/* SPDX-License-Identifier: Apache-2.0 */
/* What create, run, start and delete share: the bundle, the plan that is made of it, what is kept of both. */
#include "cmd.h"

#include "base/descriptors.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/report.h"
#include "libocispec/json.h"
#include "stage/launch.h"
#include "stage/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

SHAPE(kept, ROW_OBJECT(kept, "options", options, options), ROW_OBJECT(kept, "host", host, host),
      ROW_REQUIRED(kept, "digest", digest));

int print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vprintf(format, arguments);
	va_end(arguments);
	if (length < 0 || fflush(stdout))
		return fail(errno, "write", "standard output");
	return 0;
}

/* --- bundles --- */

static int parse_config(struct pool *pool, const char *text, size_t length, struct config *config)
{
	struct json_error error;

	if (!json_parse(pool, &shape_config, text, length, config, &error))
		return 0;
	(void)fail(0, NULL, "%s (line %u, column %u)", error.text, error.line, error.column);
	if (*error.pointer)
		snprintf(error_last()->pointer, sizeof error_last()->pointer, "%s", error.pointer);
	else
		(void)also("config.json");
	return -EINVAL;
}

int bundle_open(struct bundle *bundle, const char *path, const char *config)
{
	char file[PATH_MAX];
	auto_free char *absolute = realpath(path, NULL);

	*bundle = (struct bundle){ 0 };
	if (!absolute)
		return fail(errno, "open", "bundle %s", path);
	bundle->path = pool_copy(&bundle->pool, absolute, strlen(absolute));
	snprintf(file, sizeof file, "%s/config.json", bundle->path);
	int err = io_slurp(AT_FDCWD, config ? config : file, JSON_SIZE, &bundle->text,
			   &bundle->length);
	if (err)
		return err == -ENOENT && !config
			       ? hint("a bundle is a directory with a config.json; `tare "
				      "spec` writes one")
			       : err;
	return parse_config(&bundle->pool, bundle->text, bundle->length, &bundle->config);
}

void bundle_close(struct bundle *bundle)
{
	free(bundle->text);
	pool_free(&bundle->pool);
}

int process_read(struct pool *pool, const char *option, const char *file, struct process *process)
{
	struct json_error error;
	auto_free char *text = NULL;
	size_t length;
	int err = io_slurp(AT_FDCWD, file, JSON_SIZE, &text, &length);

	if (err)
		return also("%s", option);
	*process = (struct process){ 0 };
	if (json_parse(pool, &shape_process, text, length, process, &error))
		return fail(0, NULL, "%s %s%s%s: %s (line %u, column %u)", option, file,
			    *error.pointer ? "#" : "", error.pointer, error.text, error.line,
			    error.column);
	return 0;
}

/* --- making --- */

const char *absolute(struct pool *pool, const char *path)
{
	char cwd[PATH_MAX];

	if (!path || *path == '/')
		return path;
	/* Where we are may be nowhere any more: then the name is as good as it can be. */
	return getcwd(cwd, sizeof cwd) ? pool_text(pool, "%s/%s", cwd, path)
				       : pool_text(pool, "./%s", path);
}

/* sd_listen_fds(3): for whom they are is said, too. What some parent of ours was given is nothing to us. */
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

static struct options options_of(struct pool *pool, const struct making *m,
				 const struct bundle *bundle, const struct container *c,
				 bool create)
{
	unsigned listened = listen_fds();

	return (struct options){
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

void say_warnings(const struct plan *plan)
{
	for (size_t i = 0; i < plan->warnings.count; i++)
		warning("config.json#%s: %s", plan->warnings.item[i].pointer,
			plan->warnings.item[i].text);
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
	s->oci_version = "1.3.0";
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

int guard_descriptors(unsigned preserve)
{
	/* Gaps among them are normal. Nothing of ours is to fall into one, and be handed on: they are filled until the exec. */
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

void made_close(struct made *made)
{
	io_close(&made->pidfd);
	io_close(&made->relay);
	io_close(&made->notify);
}

int make_container(struct making *m, const char *id, bool create, struct container *c,
		   struct made *made)
{
	auto_bundle bundle = { 0 };
	auto_plan plan = { 0 };
	auto_pool pool = { 0 };
	struct host host;
	bool hooked;

	*made = (struct made){ .pidfd = -1, .relay = -1, .notify = -1 };
	int err = container_name(c, state_root(), id);
	/* Once more, and for good, by container_create(); but told before anything else of the bundle. */
	if (!err && container_exists(c))
		return fail(0, NULL, "container with given ID already exists: \"%s\"", id);
	if (!err)
		err = guard_descriptors(m->preserve_fds + listen_fds());
	if (!err)
		err = bundle_open(&bundle, m->bundle ? m->bundle : ".", m->config);
	if (!err)
		err = host_probe(&pool, &host);
	if (err)
		return err;
	host_probe_limits(&pool, &host, bundle.config.process);
	struct options options = options_of(&pool, m, &bundle, c, create);
	err = plan_make(&plan, &bundle.config, &options, &host);
	say_warnings(&plan);
	if (err)
		return err;
	if (!create && !bundle.config.process)
		return fail(0, NULL, "config.json has no process to run");

	struct kept kept = { &options, &host, digest_of(&pool, &plan) };
	struct launch l = { .plan = &plan,
			    .container = c,
			    .config = bundle.text,
			    .config_length = bundle.length,
			    .made = json_print(&pool, &shape_kept, &kept, JSON_OWN),
			    .create = create };
	fill_status(c, &bundle);
	err = launch(&l, &hooked);
	if (!err) {
		*made = (struct made){ l.pid, l.pidfd, l.relay, l.notify };
		container_unlock(c);
	} else if (hooked) {
		struct error first = *error_last();
		auto_plan poststop = { 0 };
		if (!plan_make_poststop(&poststop, &bundle.config, &options, &host))
			launch_poststop(&poststop);
		*error_last() = first;
	}
	return err;
}

/* --- what is kept --- */

int kept_read(struct container *c, struct kept *kept, struct config *config)
{
	struct json_error error;
	auto_free char *made = NULL, *text = NULL;
	size_t length;
	int err = container_read_file(c, "made.json", &made, &length);

	if (err)
		return err;
	if (json_parse_own(&c->pool, &shape_kept, made, length, kept, &error) || !kept->options ||
	    !kept->host)
		return fail(0, NULL, "the state of container \"%s\" is damaged: made.json: %s",
			    c->id, error.text);
	err = container_read_file(c, "config.json", &text, &length);
	if (err)
		return err;
	return parse_config(&c->pool, text, length, config);
}

int open_locked(struct container *c, const char *id)
{
	int err = container_open(c, state_root(), id);

	return err ? err : container_lock(c, true);
}

enum oci_status status_of(struct container *c)
{
	enum oci_status status = container_status(c);
	bool alive = status == OCI_RUNNING || status == OCI_CREATED;

	if (alive && undo_is_frozen(c))
		return OCI_PAUSED;
	if (alive)
		error_clear(); /* a record that can't be read is delete's business */
	return status;
}

int delete_container(struct container *c)
{
	auto_plan poststop = { 0 };
	struct kept kept;
	struct config config;
	bool known = undo_has_poststop(c) && !kept_read(c, &kept, &config);

	error_clear();
	enum oci_status status = container_status(c);
	enum undo_reason reason = c->status.state.status.value == OCI_CREATING ? UNDO_CREATE
				  : status == OCI_STOPPED		       ? UNDO_STOPPED
									       : UNDO_LIVING;
	int err = undo(c, reason);
	if (!err && known && !plan_make_poststop(&poststop, &config, kept.options, kept.host))
		launch_poststop(&poststop);
	return err;
}

/* --- -r, --regex --- */

struct matching {
	regex_t regex;
	int (*each)(const char *id);
	int err; /* of the first that failed; the others have their turn all the same */
	struct error first;
};

static int match_one(const char *id, void *context)
{
	struct matching *m = context;
	regmatch_t match;

	if (regexec(&m->regex, id, 1, &match, 0) || match.rm_so || id[match.rm_eo])
		return 0;
	int err = m->each(id);
	if (err < 0 && !m->err) {
		m->err = err;
		(void)also("%s", id);
		m->first = *error_last();
	}
	return 0;
}

int each_matching(const char *expression, int (*each)(const char *id))
{
	struct matching m = { .each = each };

	if (regcomp(&m.regex, expression, REG_EXTENDED))
		return fail(0, NULL, "\"%s\" is not a regular expression", expression);
	int err = container_each(state_root(), match_one, &m);
	regfree(&m.regex);
	if (err && err != -ENOENT)
		return fail(-err, "opendir", "%s", state_root());
	*error_last() = m.first;
	return m.err;
}
