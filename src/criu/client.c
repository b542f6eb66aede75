/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include "base/error.h"

#include <errno.h>

#ifdef HAVE_CRIU

#include "base/interrupt.h"
#include "base/io.h"

#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc.pb-c.h"

enum { LOG_LEVEL = 4, PACKET = 64 * 1024 };

static int send_message(const struct criu *criu, const CriuReq *message)
{
	size_t size = criu_req__get_packed_size(message);
	auto_free uint8_t *bytes = malloc(size + 1);

	if (!bytes)
		return fail(ENOMEM, NULL, "the request to criu");
	criu_req__pack(message, bytes);
	return send(criu->socket, bytes, size, MSG_NOSIGNAL) == (ssize_t)size
		       ? 0
		       : fail(errno, "send", "the request to criu");
}

/* A packet and the descriptor that may come with it. */
static ssize_t receive_packet(const struct criu *criu, uint8_t *bytes, int *fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec part = { bytes, PACKET };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof control };
	struct pollfd ready[] = { { criu->socket, POLLIN, 0 }, { criu->process, POLLIN, 0 } };

	*fd = -1;
	if (interrupt_poll(ready, 2, -1) < 0)
		return -EINTR;
	ssize_t length = recvmsg(criu->socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (length < 0 && errno == EAGAIN)
		length = 0;
	if (length < 0)
		return fail(errno, "recvmsg", "the answer of criu");
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof *fd);
	return length ? length : fail(ECONNRESET, NULL, "criu has ended without an answer");
}

/* The caller frees it; NULL with the error filled. */
static CriuResp *receive_message(const struct criu *criu, int *fd)
{
	auto_free uint8_t *bytes = malloc(PACKET);

	*fd = -1;
	if (!bytes) {
		(void)fail(ENOMEM, NULL, "the answer of criu");
		return NULL;
	}
	ssize_t length = receive_packet(criu, bytes, fd);
	if (length < 0)
		return NULL;
	CriuResp *message = criu_resp__unpack(NULL, (size_t)length, bytes);
	if (message)
		return message;
	io_close(fd);
	(void)fail(EBADMSG, NULL, "criu's answer can't be understood");
	return NULL;
}

/* A question whose answer leaves the socket open for the next. */
static CriuResp *ask(const struct criu *criu, CriuReqType type, CriuFeatures *features)
{
	CriuReq request = CRIU_REQ__INIT;
	int fd;

	request.type = type;
	request.has_keep_open = request.keep_open = true;
	request.features = features;
	CriuResp *answer = send_message(criu, &request) ? NULL : receive_message(criu, &fd);
	if (answer)
		io_close(&fd);
	return answer;
}

static int check_version(const struct criu *criu)
{
	CriuResp *answer = ask(criu, CRIU_REQ_TYPE__VERSION, NULL);
	int version = answer && answer->version
			      ? answer->version->major_number * 100 + answer->version->minor_number
			      : 0;

	if (!answer)
		return -error_last()->err;
	criu_resp__free_unpacked(answer, NULL);
	if (version >= CRIU_LEAST)
		return 0;
	(void)fail(0, NULL,
		   version ? "criu %d.%d is too old" : "this criu does not tell its version",
		   version / 100, version % 100);
	return hint("install version %d.%d or newer", CRIU_LEAST / 100, CRIU_LEAST % 100);
}

int criu_check(const struct criu *criu, unsigned features)
{
	CriuFeatures wanted = CRIU_FEATURES__INIT;
	int err = check_version(criu);

	if (err || !features)
		return err;
	wanted.has_mem_track = wanted.mem_track = features & CRIU_TRACKS_MEMORY;
	wanted.has_lazy_pages = wanted.lazy_pages = features & CRIU_LAZY_PAGES;
	CriuResp *answer = ask(criu, CRIU_REQ_TYPE__FEATURE_CHECK, &wanted);
	if (!answer)
		return -error_last()->err;
	const CriuFeatures *has = answer->features;
	bool tracks = has && has->mem_track, lazy = has && has->lazy_pages;
	criu_resp__free_unpacked(answer, NULL);
	if (features & CRIU_TRACKS_MEMORY && !tracks)
		return fail(ENOTSUP, NULL,
			    "this kernel can't tell which memory has changed since a --pre-dump");
	return features & CRIU_LAZY_PAGES && !lazy
		       ? fail(ENOTSUP, NULL, "this kernel has no --lazy-pages (userfaultfd)")
		       : 0;
}

/* --- the request --- */

struct lists {
	ExtMountMap *mount, **mounts;
	JoinNamespace *ns, **joins;
	CgroupRoot *root, **roots;
	InheritFd *fd, **fds;
};

static void *zeroes(size_t count, size_t size)
{
	return calloc(count + 1, size);
}

static bool allocate(struct lists *l, const struct criu_request *r)
{
	*l = (struct lists){ zeroes(r->mount.count, sizeof *l->mount),
			     zeroes(r->mount.count, sizeof *l->mounts),
			     zeroes(r->ns.count, sizeof *l->ns),
			     zeroes(r->ns.count, sizeof *l->joins),
			     zeroes(r->cgroup.count, sizeof *l->root),
			     zeroes(r->cgroup.count, sizeof *l->roots),
			     zeroes(r->inherited.count, sizeof *l->fd),
			     zeroes(r->inherited.count, sizeof *l->fds) };
	return l->mount && l->mounts && l->ns && l->joins && l->root && l->roots && l->fd && l->fds;
}

static void free_lists(struct lists *l)
{
	free(l->mount);
	free(l->mounts);
	free(l->ns);
	free(l->joins);
	free(l->root);
	free(l->roots);
	free(l->fd);
	free(l->fds);
}

/* protobuf-c's structs have no const. */
static char *text(const char *constant)
{
	union {
		const char *constant;
		char *text;
	} u = { constant };

	return u.text;
}

static void fill_lists(CriuOpts *o, struct lists *l, const struct criu_request *r)
{
	for (size_t i = 0; i < r->mount.count; i++) {
		l->mount[i] = (ExtMountMap)EXT_MOUNT_MAP__INIT;
		l->mount[i].key = text(r->mount.item[i]);
		l->mount[i].val = text(r->source.item[i]);
		l->mounts[i] = &l->mount[i];
	}
	for (size_t i = 0; i < r->ns.count; i++) {
		l->ns[i] = (JoinNamespace)JOIN_NAMESPACE__INIT;
		l->ns[i].ns = text(r->ns.item[i]);
		l->ns[i].ns_file = text(r->ns_file.item[i]);
		l->joins[i] = &l->ns[i];
	}
	for (size_t i = 0; i < r->cgroup.count; i++) {
		l->root[i] = (CgroupRoot)CGROUP_ROOT__INIT;
		l->root[i].ctrl = *r->controller.item[i] ? text(r->controller.item[i]) : NULL;
		l->root[i].path = text(r->cgroup.item[i]);
		l->roots[i] = &l->root[i];
	}
	for (size_t i = 0; i < r->inherited.count; i++) {
		l->fd[i] = (InheritFd)INHERIT_FD__INIT;
		l->fd[i].key = text(r->inherited.item[i]);
		l->fd[i].fd = r->descriptor[i];
		l->fds[i] = &l->fd[i];
	}
	o->n_ext_mnt = r->mount.count;
	o->ext_mnt = l->mounts;
	o->n_join_ns = r->ns.count;
	o->join_ns = l->joins;
	o->n_cg_root = r->cgroup.count;
	o->cg_root = l->roots;
	o->n_inherit_fd = r->inherited.count;
	o->inherit_fd = l->fds;
}

#define SET(member, value) o->has_##member = true, o->member = (value)

static void fill_options(CriuOpts *o, const struct criu_options *c)
{
	SET(leave_running, c->leave_running);
	SET(tcp_established, c->tcp_established);
	SET(tcp_skip_in_flight, c->tcp_skip_in_flight);
	SET(tcp_close, c->tcp_close);
	SET(ext_unix_sk, c->ext_unix_sk);
	SET(shell_job, c->shell_job);
	SET(file_locks, c->file_locks);
	SET(link_remap, c->link_remap);
	SET(auto_dedup, c->auto_dedup);
	SET(lazy_pages, c->lazy_pages);
	if (c->network_lock)
		SET(network_lock, (CriuNetworkLockMethod)c->network_lock);
	if (c->empty_network)
		SET(empty_ns, CLONE_NEWNET);
	if (c->status_fd >= 0)
		SET(status_fd, c->status_fd);
	o->parent_img = text(c->parent);
	o->config_file = text(c->config_file);
	o->lsm_profile = text(c->lsm_profile);
	o->lsm_mount_context = text(c->lsm_mount_context);
}

static void fill_cgroups(CriuOpts *o, int mode)
{
	static const CriuCgMode modes[] = { [CRIU_CGROUPS_SOFT] = CRIU_CG_MODE__SOFT,
					    [CRIU_CGROUPS_IGNORE] = CRIU_CG_MODE__IGNORE,
					    [CRIU_CGROUPS_FULL] = CRIU_CG_MODE__FULL,
					    [CRIU_CGROUPS_STRICT] = CRIU_CG_MODE__STRICT };

	SET(manage_cgroups, mode != CRIU_CGROUPS_IGNORE);
	SET(manage_cgroups_mode, modes[mode]);
}

static CriuReqType type_of(const struct criu_request *r)
{
	return r->kind == CRIU_DUMP	  ? CRIU_REQ_TYPE__DUMP
	       : r->kind == CRIU_PRE_DUMP ? CRIU_REQ_TYPE__PRE_DUMP
					  : CRIU_REQ_TYPE__RESTORE;
}

int criu_send(const struct criu *criu, const struct criu_request *r)
{
	CriuReq request = CRIU_REQ__INIT;
	CriuOpts opts = CRIU_OPTS__INIT, *o = &opts;
	CriuPageServerInfo server = CRIU_PAGE_SERVER_INFO__INIT;
	struct lists lists;
	bool restores = r->kind == CRIU_RESTORE;

	request.type = type_of(r);
	request.opts = o;
	o->images_dir_fd = r->images;
	SET(work_dir_fd, r->work);
	SET(log_level, LOG_LEVEL);
	o->log_file = text(r->log);
	o->root = text(r->root);
	SET(notify_scripts, true);
	SET(orphan_pts_master, true);
	fill_options(o, r->options);
	fill_cgroups(o, r->cgroups);
	if (restores) {
		SET(rst_sibling, true);
	} else {
		SET(pid, r->pid);
		SET(track_mem, r->kind == CRIU_PRE_DUMP || r->options->parent);
		o->freeze_cgroup = text(r->freezer);
		o->n_external = r->external.count;
		o->external = (char **)r->external.item;
	}
	if (r->options->page_server) {
		server.address = text(r->options->page_server);
		server.has_port = true;
		server.port = r->options->page_port;
		o->ps = &server;
	}
	int err = allocate(&lists, r) ? 0 : fail(ENOMEM, NULL, "the request to criu");
	if (!err) {
		fill_lists(o, &lists, r);
		err = send_message(criu, &request);
	}
	free_lists(&lists);
	return err;
}

int criu_next(const struct criu *criu, struct criu_event *event)
{
	*event = (struct criu_event){ .fd = -1 };
	CriuResp *answer = receive_message(criu, &event->fd);
	if (!answer)
		return error_last()->err ? -error_last()->err : -EIO;
	if (answer->type == CRIU_REQ_TYPE__NOTIFY && answer->notify) {
		snprintf(event->script, sizeof event->script, "%s",
			 answer->notify->script ? answer->notify->script : "?");
		event->pid = answer->notify->pid;
	} else {
		event->err = answer->success ? 0 : answer->cr_errno > 0 ? answer->cr_errno : -1;
		event->pid = answer->restore ? answer->restore->pid : 0;
		snprintf(event->text, sizeof event->text, "%s",
			 answer->cr_errmsg ? answer->cr_errmsg : "");
	}
	criu_resp__free_unpacked(answer, NULL);
	return 0;
}

int criu_answer(const struct criu *criu, bool success)
{
	CriuReq request = CRIU_REQ__INIT;

	request.type = CRIU_REQ_TYPE__NOTIFY;
	request.has_notify_success = true;
	request.notify_success = success;
	return send_message(criu, &request);
}

#else

static int not_built(void)
{
	return fail(ENOSYS, NULL, "this tare was built without criu (--disable-criu)");
}

int criu_check(const struct criu *criu, unsigned features)
{
	(void)criu;
	(void)features;
	return not_built();
}

int criu_send(const struct criu *criu, const struct criu_request *request)
{
	(void)criu;
	(void)request;
	return not_built();
}

int criu_next(const struct criu *criu, struct criu_event *event)
{
	(void)criu;
	(void)event;
	return not_built();
}

int criu_answer(const struct criu *criu, bool success)
{
	(void)criu;
	(void)success;
	return not_built();
}

#endif
