/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoint and restore, which criu(8) does: it is started, asked, and answered when it sends a
 * notification. */
#include "op.h"

#include "base/error.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/socket.h"
#include "base/sys.h"
#include "container/container.h"
#include "criu/client.h"
#include "criu_image.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- criu is started --- */

/* criu pivots to a mount point, so the root filesystem becomes one, where nobody else sees it. The
 * working directory is the only way to it that a new mount namespace copies. */
static int mount_rootfs(int rootfs, const char *path)
{
	const struct attributes none = { 0 };

	if (fchdir(rootfs) || unshare(CLONE_NEWNS))
		return fail(errno, "unshare", "a mount namespace for criu");
	auto_fd int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (top < 0 || here < 0)
		return fail(errno, "open", "%s", path);
	int err = mount_attributes_attached(top, &none, MS_SLAVE, true);
	if (err)
		return err;
	auto_fd int copy = mount_copy(here, true);
	if (copy < 0)
		return explain_mount_api(fail(errno, "open_tree", "%s", path));
	err = mount_attach(copy, here, "", path);
	return err || !chdir("/") ? err : fail(errno, "chdir", "/");
}

/* All others are closed on exec. */
static int inherit(int fd)
{
	return fd < 0 || !fcntl(fd, F_SETFD, 0) ? 0 : fail(errno, "fcntl", "a descriptor for criu");
}

/* A directory that was opened before, in the mount namespace of this process: criu mounts in it. */
static int reopen(int fd, const char *path)
{
	struct stat before, after;
	auto_fd int again = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (again < 0 || fstat(fd, &before) || fstat(again, &after))
		return fail(errno, "open", "%s", path);
	if (before.st_dev != after.st_dev || before.st_ino != after.st_ino)
		return fail(0, NULL, "%s has been replaced", path);
	return dup2(again, fd) < 0 ? fail(errno, "dup2", "%s", path) : 0;
}

/* criu takes descriptors of directories for those of the process that has made the socket: itself,
 * since ours may be in another mount namespace. */
static int connect_parent(int to_parent, int *socket)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return fail(errno, "socketpair", "criu");
	*socket = pair[1];
	int err = socket_tell(to_parent, 0, &pair[0], 1);
	close(pair[0]);
	return err ? fail(-err, "sendmsg", "the socket of criu") : inherit(*socket);
}

static int prepare(struct walker *w, const struct step_criu *c)
{
	auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int err = null < 0 ? fail(errno, "open", "/dev/null") : inherit(c->options->status_fd);

	for (int ns = 0; !err && ns < OCI_NS_COUNT; ns++)
		err = inherit(w->slot[SLOT_NS + ns]);
	for (int i = 0; !err && c->stream && i < 3; i++)
		err = inherit(w->slot[c->stream + i]);
	if (!err && c->rootfs)
		err = mount_rootfs(w->slot[c->rootfs], c->root);
	if (!err)
		err = reopen(w->slot[c->images], c->options->images);
	if (!err)
		err = reopen(w->slot[c->work], c->options->work);
	/* What it has to say is in its log. */
	for (int fd = 0; !err && fd < 3; fd++)
		if (dup2(null, fd) < 0)
			err = fail(errno, "dup2", "/dev/null");
	return err;
}

static _Noreturn void execute(struct walker *w, const struct step_criu *c, int to_parent)
{
	char number[16], name[] = "criu", verb[] = "swrk";
	char *arguments[] = { name, verb, number, NULL };
	int socket = -1;

	signals_reset();
	int err = prepare(w, c);
	if (!err)
		err = connect_parent(to_parent, &socket);
	if (!err) {
		snprintf(number, sizeof number, "%d", socket);
		execv(c->options->program, arguments);
		(void)fail(errno, "execve", "%s", c->options->program);
	}
	w->page->error = *error_last();
	atomic_store(&w->page->failed, 1);
	_exit(127);
}

static int keep_streams(struct walker *w, int slot)
{
	enum { ABOVE = 3 };

	for (int fd = 0; fd < 3; fd++) {
		w->slot[slot + fd] = fcntl(fd, F_DUPFD_CLOEXEC, ABOVE);
		if (w->slot[slot + fd] < 0 && errno != EBADF)
			return fail(errno, "fcntl", "standard streams");
	}
	return 0;
}

static int child_failed(struct walker *w, int err)
{
	if (!atomic_load(&w->page->failed))
		return err;
	*error_last() = w->page->error;
	return error_last()->err ? -error_last()->err : -EINVAL;
}

int op_criu(struct walker *w, const struct step *step)
{
	const struct step_criu *c = &step->criu;
	int pair[2], socket;
	char byte;

	int err = c->stream ? keep_streams(w, c->stream) : 0;
	if (!err && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		err = fail(errno, "socketpair", "criu");
	if (err)
		return err;
	auto_fd int ours = pair[0], its = pair[1];
	pid_t pid = fork();
	if (pid < 0)
		return fail(errno, "fork", "criu");
	if (!pid)
		execute(w, c, its);
	w->parent->stager = w->parent->init = pid;
	w->parent->pidfd = pidfd_open(pid, 0);
	io_close(&its);
	if (socket_receive(ours, &byte, &socket, 1) != 1 || socket < 0)
		return child_failed(w, fail(EPROTO, NULL, "criu could not be started"));
	w->slot[c->socket] = socket;
	/* Its first answer also says that it was executed. */
	const struct criu criu = { socket, w->parent->pidfd };
	err = criu_check(&criu, (c->tracks ? CRIU_TRACKS_MEMORY : 0u) |
					(c->options->lazy_pages ? CRIU_LAZY_PAGES : 0u));
	return err ? child_failed(w, err) : 0;
}

/* --- criu is asked --- */

/* Errors that criu goes on after, and its last words, which say nothing. */
static bool is_noise(const char *line, bool iptables)
{
	static const char *const words[] = { "RLIMIT_NOFILE for self",
					     "Unable to create tun",
					     "tables-restore -V failed",
					     "tables-legacy-restore -V",
					     "tables-save -V failed",
					     "tables-legacy-save -V failed",
					     "FAILED" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(line, words[i]))
			return true;
	/* It looks for them in any case. */
	return !iptables && (strstr(line, "iptables") || strstr(line, "ip6tables"));
}

static const char *log_of(const struct step_image *s)
{
	return s->restores ? "restore.log" : "dump.log";
}

/* Lines of criu's log that say why: the first error and the last. */
static void read_reason(int work, const char *name, bool iptables, char *text, size_t size)
{
	enum { TAIL = 64 * 1024, LINE = 300 };
	static char log[TAIL];
	auto_fd int fd = openat(work, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	const char *first = NULL, *last = NULL;

	*text = '\0';
	if (fd < 0 || pread(fd, log, sizeof log - 1, end > TAIL ? end - TAIL + 1 : 0) <= 0)
		return;
	for (char *save, *line = strtok_r(log, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *error = strstr(line, "Error (");
		char *said = error ? strstr(error, "): ") : NULL;
		if (!said || is_noise(said, iptables))
			continue;
		last = said + 3;
		first = first ? first : last;
	}
	if (first)
		snprintf(text, size, "%.*s%s%.*s", LINE, first, first == last ? "" : "; ",
			 first == last ? 0 : LINE, last);
}

static int explain(struct walker *w, const struct step_image *s, const struct criu_event *event)
{
	bool iptables = s->options->network_lock <= CRIU_LOCK_IPTABLES;
	char reason[700];

	read_reason(w->slot[s->work], log_of(s), iptables, reason, sizeof reason);
	(void)fail_as(CODE_CRIU, event->err > 0 ? event->err : 0, NULL, "criu: %s",
		      *reason	     ? reason
		      : *event->text ? event->text
				     : "it has failed without a word");
	if (strstr(reason, "iptables"))
		return hint("--network-lock nftables or skip need no iptables; criu's log is %s/%s",
			    s->options->work, log_of(s));
	return hint("criu's log is %s/%s", s->options->work, log_of(s));
}

/* What is known of a restore while criu is at work. */
struct exchange {
	struct pool pool;
	struct criu_request request;
	struct image_mounts mounts;
};

/* What has to be done before the notification is answered. */
static int heed(struct walker *w, const struct step_image *s, const struct criu_event *event,
		struct exchange *x)
{
	if (!strcmp(event->script, "orphan-pts-master") && event->fd >= 0)
		return s->console ? terminal_send(w, s->console, event->fd)
				  : fail_as(CODE_TERMINAL, 0, NULL,
					    "the image has a terminal, and the config none");
	/* From here on criu ends the container: it is too late for a signal. */
	if (!strcmp(event->script, "post-dump"))
		interrupt_ignore();
	if (!s->restores)
		return 0;
	if (!strcmp(event->script, "setup-namespaces") && event->pid > 0)
		w->parent->init = event->pid;
	return !strcmp(event->script, "post-restore")
		       ? image_protect_mounts(&x->pool, w->parent->init, &x->request, &x->mounts)
		       : 0;
}

/* Until criu has come to the notification, which is not answered yet, or to the end (NULL). */
static int exchange(struct walker *w, const struct step_image *s, struct exchange *x)
{
	const struct criu criu = { w->slot[s->socket], w->parent->pidfd };
	struct criu_event event;

	for (;;) {
		int err = criu_next(&criu, &event);
		if (err)
			return err;
		auto_fd int fd = event.fd;
		(void)fd;
		if (!*event.script)
			break;
		err = heed(w, s, &event, x);
		if (!err && s->until && !strcmp(event.script, s->until))
			return 0;
		int answered = criu_answer(&criu, !err);
		if (err || answered)
			return err ? err : answered;
	}
	if (event.err)
		return explain(w, s, &event);
	if (event.pid > 0)
		w->parent->init = event.pid;
	io_close(&w->slot[s->socket]);
	return 0;
}

static int ask(struct walker *w, const struct step_image *s, struct exchange *x)
{
	const struct criu criu = { w->slot[s->socket], w->parent->pidfd };

	(void)unlinkat(w->slot[s->work], log_of(s), 0); /* an older one would explain nothing */
	return criu_send(&criu, &x->request);
}

int op_dump(struct walker *w, const struct step *step)
{
	const struct step_image *s = &step->image;
	struct exchange x = { .request = {
				      .kind = s->options->pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP,
				      .log = log_of(s),
				      .options = s->options,
				      .cgroups = s->cgroups,
				      .images = w->slot[s->images],
				      .work = w->slot[s->work],
				      .pid = w->parent->container->status.state.pid.value,
				      .root = s->root,
				      .freezer = w->parent->container->status.freezer,
			      } };

	int err = image_describe(&x.pool, w->slot[s->images], s, &x.request);
	if (!err)
		err = ask(w, s, &x);
	if (!err)
		err = exchange(w, s, &x);
	pool_free(&x.pool);
	return err;
}

static int restore(struct walker *w, const struct step_image *s, struct exchange *x)
{
	const struct criu criu = { w->slot[s->socket], w->parent->pidfd };
	int err = image_name_mounts(&x->pool, w, s, &x->request, &x->mounts);

	if (!err && s->continues)
		err = criu_answer(&criu, true);
	if (!err && !s->continues)
		err = image_inherit(&x->pool, w, s, &x->request);
	if (!err && !s->continues)
		err = ask(w, s, x);
	return err ? err : exchange(w, s, x);
}

int op_restore(struct walker *w, const struct step *step)
{
	const struct step_image *s = &step->image;
	struct exchange x = { .request = {
				      .kind = CRIU_RESTORE,
				      .log = log_of(s),
				      .options = s->options,
				      .cgroups = s->cgroups,
				      .images = w->slot[s->images],
				      .work = w->slot[s->work],
				      .ns = s->ns,
				      .controller = s->controller,
				      .cgroup = s->cgroup,
			      } };

	int err = restore(w, s, &x);
	pool_free(&x.pool);
	if (err || s->until)
		return err;
	io_close(&w->parent->pidfd);
	w->parent->pidfd = pidfd_open(w->parent->init, 0);
	return w->parent->pidfd < 0 && !sys_is_missing(errno)
		       ? fail(errno, "pidfd_open", "the container's first process")
		       : 0;
}
