/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces: creating and joining them, and settings in them. */
#include "op.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mapping.h"
#include "base/socket.h"
#include "base/proc.h"
#include "base/root.h"
#include "base/sys.h"
#include "cgroup/fs.h"
#include "container/container.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static bool same_file(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Without privileges, a namespace that is owned by the caller's own user namespace can't be
 * joined; fail early in that case. */
static int check_joinable(int fd, const struct step_open *o)
{
	auto_fd int owner = ioctl(fd, o->ns == OCI_NS_USER ? NS_GET_PARENT : NS_GET_USERNS);

	if (o->ns == OCI_NS_USER && same_file(fd, "/proc/self/ns/user"))
		return fail_as(CODE_NAMESPACE, EINVAL, "setns",
			       "%s is the caller's own user namespace", o->path);
	if (owner < 0 || (o->ns != OCI_NS_USER && same_file(owner, "/proc/self/ns/user")))
		return fail_as(CODE_NAMESPACE, EPERM, "setns", "%s", o->path);
	return 0;
}

/* The path may refer to the host's own namespace, where settings would change the host. */
static int check_foreign(int fd, const struct step_open *o)
{
	char path[32];
	struct stat theirs, ours;

	snprintf(path, sizeof path, "self/ns/%s", namespace_types[o->ns].file);
	auto_fd int own = proc_namespace(path);
	if (own < 0)
		return own;
	if (fstat(fd, &theirs) || fstat(own, &ours))
		return fail_as(CODE_NAMESPACE, errno, "fstat", "%s", o->path);
	if (theirs.st_dev != ours.st_dev || theirs.st_ino != ours.st_ino)
		return 0;
	(void)fail_as(CODE_NAMESPACE, 0, NULL,
		      "%s is the host's own %s namespace: it would change the host", o->path,
		      name_text(&namespace_names, (int)o->ns));
	snprintf(error_last()->pointer, sizeof error_last()->pointer, "%s", o->foreign);
	return -EINVAL;
}

static int open_namespace(const struct step_open *o)
{
	auto_fd int fd = open(o->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fail_as(CODE_NAMESPACE, errno, "open", "%s", o->path);
	int type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0)
		return fail_as(CODE_NAMESPACE, 0, NULL, "%s is not a namespace", o->path);
	if (type != (int)namespace_types[o->ns].flag)
		return fail_as(CODE_NAMESPACE, 0, NULL, "%s is not a namespace of the type %s",
			       o->path, name_text(&namespace_names, (int)o->ns));
	int err = o->checked ? check_joinable(fd, o) : 0;
	if (!err && o->foreign)
		err = check_foreign(fd, o);
	return err ? err : take(&fd);
}

/* Whether it is the null device, and can be used as such; or a negative errno. */
static int is_null(int fd, const char *path)
{
	struct stat st;
	struct statvfs fs;

	if (fstat(fd, &st) || fstatvfs(fd, &fs))
		return fail(errno, "fstat", "%s", path);
	return S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) && !(fs.f_flag & ST_NODEV);
}

/* Prefers the container's own null device, so that masks do not expose an object of the host. */
static int open_null(const struct walker *w, const char *path)
{
	auto_fd int own = root_open(w->slot[SLOT_ROOT], path, O_PATH, ROOT_NO_SYMLINKS);

	int null = own >= 0 ? is_null(own, path) : 0;
	if (null)
		return null < 0 ? null : take(&own);
	if (own < 0 && own != -ENOENT && own != -ENOTDIR && own != -ELOOP && own != -EACCES)
		return own;
	error_clear();
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail(errno, "open", "%s", path);
	null = is_null(fd, path);
	return null > 0 ? take(&fd)
	       : null	? null
			: fail(0, NULL, "%s is not the null device", path);
}

static int open_rootfs(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? fail_as(CODE_ROOT, errno, "open", "%s", path) : fd;
}

/* Makes a directory that only the caller may use, and those above it. */
static int make_private(const char *path, bool *made)
{
	char above[PATH_MAX];

	*made = !mkdir(path, 0700);
	if (*made || errno != ENOENT)
		return *made || errno == EEXIST ? 0 : fail(errno, "mkdir", "%s", path);
	snprintf(above, sizeof above, "%s", path);
	for (char *slash = strchr(above + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(above, 0755) && errno != EEXIST)
			return fail(errno, "mkdir", "%s", above);
		*slash = '/';
	}
	*made = !mkdir(path, 0700);
	return *made ? 0 : fail(errno, "mkdir", "%s", path);
}

/* Whoever may write to it decides what is restored; whoever may read it has the memory of the
 * container's processes. */
static int check_private(const struct stat *st, const char *path)
{
	if (st->st_uid == geteuid() && !(st->st_mode & S_IWOTH))
		return 0;
	(void)fail_as(CODE_CRIU, EPERM, NULL, "%s belongs to another user, or all may write to it",
		      path);
	return hint("choose a directory of your own");
}

/* In a user namespace criu opens the images as the root of that, who may then go through their
 * directory. That is not done to a directory that is used for something else. */
static int open_images(const struct step_open *o)
{
	struct stat st;
	bool made = false;

	int err = o->make ? make_private(o->path, &made) : 0;
	if (err)
		return err;
	auto_fd int fd = open(o->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return fail(errno, "open", "%s", o->path);
	err = check_private(&st, o->path);
	if (err)
		return err;
	bool ours = made || st.st_nlink == 2; /* no directory is in it */
	if (!o->gid || st.st_mode & S_IXOTH || !ours)
		return take(&fd);
	if (fchown(fd, (uid_t)-1, o->gid) || fchmod(fd, (st.st_mode & 0700) | S_IXGRP))
		return fail(errno, "fchmod", "%s", o->path);
	return take(&fd);
}

static int open_socket(const char *path)
{
	int fd = socket_connect(path);

	return fd < 0 ? fail(-fd, "connect", "%s", path) : fd;
}

static int open_log(const char *path)
{
	int fd = io_open_log(path);

	return fd < 0 ? fail(errno, "open", "%s", path) : fd;
}

static int look_at_agent(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return fail_as(CODE_SECCOMP_LISTENER, errno, "stat", "%s", path);
	return S_ISSOCK(st.st_mode) ? 0
				    : fail_as(CODE_SECCOMP_LISTENER, ENOTSOCK, NULL, "%s", path);
}

/* The root directory of the joined mount namespace (path), or, for a container without a mount
 * namespace of its own, that of its init. */
static int open_root(const struct walker *w, const char *path)
{
	char root[32];

	snprintf(root, sizeof root, "%d/root", w->slot[SLOT_INIT_PID]);
	auto_fd int fd = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : proc_directory(root);
	if (fd < 0)
		return fail(errno, "open", "the root of the container");
	/* The pid has not been reused if the process of the pidfd still exists. */
	if (!path && sys_pidfd_send_signal(w->slot[SLOT_INIT], 0))
		return fail(0, NULL, "the container has ended");
	return take(&fd);
}

/* The directory of a process in /proc stands for it too: pidfd_send_signal(2), Linux 5.1. */
static int open_init(const struct walker *w)
{
	const struct status *s = &w->parent->container->status;
	int fd = container_pidfd(s);
	char name[24];

	if (fd >= 0 || !sys_is_missing(-fd))
		return fd;
	snprintf(name, sizeof name, "%d", s->state.pid.value);
	auto_fd int directory = proc_open(name, O_RDONLY | O_DIRECTORY);
	if (directory >= 0 && !container_process_lives(s))
		return fail(0, NULL, "the container has ended");
	return directory < 0 ? directory : take(&directory);
}

static int open_relay(struct walker *w)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return fail(errno, "socketpair", "the terminal");
	w->parent->relay = pair[0];
	return pair[1];
}

int op_open(struct walker *w, const struct step *step)
{
	const struct step_open *o = &step->open;

	if (o->kind == OPEN_AGENT)
		return look_at_agent(o->path);
	int fd = o->kind == OPEN_NAMESPACE ? open_namespace(o)
		 : o->kind == OPEN_ROOTFS  ? open_rootfs(o->path)
		 : o->kind == OPEN_IMAGES  ? open_images(o)
		 : o->kind == OPEN_NULL	   ? open_null(w, o->path)
		 : o->kind == OPEN_SOCKET  ? open_socket(o->path)
		 : o->kind == OPEN_LOG	   ? open_log(o->path)
		 : o->kind == OPEN_INIT	   ? open_init(w)
		 : o->kind == OPEN_ROOT	   ? open_root(w, o->path)
					   : open_relay(w);

	if (fd < 0)
		return fd;
	w->slot[o->slot] = fd;
	if (o->pid)
		w->slot[o->pid] = w->parent->container->status.state.pid.value;
	return 0;
}

/* In the child: switches the walker to the role of the child and closes what belongs to the
 * parent. */
static int become_child(struct walker *w, enum who who, bool finished)
{
	w->me = who;
	if (w->other_end >= 0) {
		io_close(&w->baton);
		w->baton = take(&w->other_end);
	}
	/* Only the parent may keep the state directory open, so that its lock is released if the
	 * parent is killed. */
	if (w->parent) {
		io_close(&w->parent->container->fd);
		io_close(&w->parent->container->root);
		io_close(&w->parent->relay);
		w->parent = NULL;
	}
	if (finished)
		return 0;
	umask(0); /* use modes as given, until `user` sets the umask */
	/* Until `close`: nothing may be made any more when the parent was killed, since a delete
	 * may already have taken everything back. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	return socket_has_ended(w->baton) ? fail(ESRCH, NULL, "the command has ended") : 0;
}

static const char no_process[] = "the limit of processes of the cgroup is reached (pids.max), or "
				 "RLIMIT_NPROC";

static int fail_to_fork(int err, bool exec)
{
	/* pid_namespaces(7): the init of the joined pid namespace has terminated. */
	if (exec && err == ENOMEM)
		return fail(0, NULL, "the container has ended");
	(void)fail(err, "clone", "the process");
	return err == EAGAIN ? hint(no_process) : -error_last()->err;
}

static int fail_namespaces(int err, const char *call, uint64_t flags)
{
	if (err == ENOSPC) {
		(void)fail_as(CODE_NAMESPACE_LIMIT, ENOSPC, call, "new namespaces");
		return hint("a limit in /proc/sys/user or the nesting of namespaces is exhausted");
	}
	(void)fail(err, call, "new namespaces");
	if (err == EAGAIN)
		return hint(no_process);
	return flags & CLONE_NEWUSER ? explain_user_namespace(-err) : -err;
}

/* Clones directly into the cgroup if the kernel and the cgroup allow it; otherwise the step
 * `enter` enters it or reports why that fails. */
static pid_t clone_into(struct walker *w, const struct step_clone *c, uint64_t flags, int signal,
			int *pidfd, int *tid)
{
	int cgroup = c->cgroup ? w->slot[c->cgroup] : -1;

	/* The stager of an exec takes a place beside the process. */
	if (cgroup >= 0 && w->plan->exec && !cgroup_has_room(cgroup, 2))
		cgroup = -1;
	w->slot[c->in_cgroup] = cgroup >= 0; /* set before the clone, since the child has a copy */
	pid_t pid = sys_clone(flags, signal, cgroup, pidfd, tid);
	if (pid >= 0 || cgroup < 0)
		return pid;
	w->slot[c->in_cgroup] = 0;
	return sys_clone(flags, signal, -1, pidfd, tid);
}

/* A new mount namespace is a copy of ours, and the working directory of a process that is cloned
 * into it is the copy of our own. So init reaches the place of its root without resolving a
 * path, whatever the permissions of the directories above it. A directory that we may not enter,
 * but root in the new user namespace may (its owner is a mapped id), has to be opened by init by
 * its path. */
static int go_to_rootfs(struct walker *w, const struct step_clone *c, int *here)
{
	*here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	w->slot[c->there] = !fchdir(w->slot[c->rootfs]);
	return w->slot[c->there] || errno == EACCES ? 0
						    : fail(errno, "fchdir", "the root filesystem");
}

int op_clone(struct walker *w, const struct step *step)
{
	const struct step_clone *c = &step->clone;
	bool by_stager = w->me == WHO_STAGER, there = c->rootfs;
	int pidfd = -1;
	/* CLONE_PARENT makes init the parent's child rather than the stager's; clone3(2) then
	 * accepts no exit signal. */
	uint64_t flags = c->flags | (by_stager ? CLONE_PARENT : 0);
	int signal = by_stager ? 0 : SIGCHLD;

	auto_fd int here = -1;
	int err = there ? go_to_rootfs(w, c, &here) : 0;

	if (err)
		return err;
	/* The kernel stores the pid in the shared page before init runs: init's hooks and the
	 * parent of a stager read it there. */
	int *tid = c->child == WHO_INIT || c->builder ? (int *)&w->page->init : NULL;
	pid_t pid = clone_into(w, c, flags, signal, &pidfd, tid);
	err = errno;
	if (there && pid && (here < 0 || fchdir(here)))
		(void)!chdir("/"); /* do not keep the root filesystem busy */
	errno = err;
	if (pid < 0)
		return c->flags ? fail_namespaces(errno, "clone", flags)
				: fail_to_fork(errno, w->plan->exec || c->finished);
	if (pid == 0)
		return become_child(w, c->child, c->finished);
	auto_fd int handle = pidfd;
	if (by_stager)
		return 0;
	io_close(&w->other_end); /* so that the exit of the child is seen as end of file */
	if (c->child == WHO_STAGER)
		w->parent->stager = pid;
	if (!c->builder)
		return 0;
	w->parent->init = pid;
	w->parent->pidfd = take(&handle);
	/* Without it the pid serves: that of a child that was not waited for is not reused. */
	return w->parent->pidfd < 0 && !sys_is_missing(err)
		       ? fail(err, "pidfd_open", "the container's first process")
		       : 0;
}

int op_root_ids(struct walker *w, const struct step *step)
{
	bool hidden = prctl(PR_GET_DUMPABLE) != 1;

	(void)w;
	/* A joined user namespace may deny setgroups(2); the caller's groups are then kept. */
	if (step->ids.set_groups && sys_setgroups(0, NULL) &&
	    !(errno == EPERM && step->ids.groups_may_stay))
		return fail(errno, "setgroups", "the root of the user namespace");
	if (sys_setresgid(step->ids.gid) || sys_setresuid(step->ids.uid))
		return fail(errno, "setresuid", "the root of the user namespace");
	/* A change of ids resets the "dumpable" attribute to the value of
	 * /proc/sys/fs/suid_dumpable. */
	if (hidden && prctl(PR_SET_DUMPABLE, 0))
		return fail(errno, "prctl", "PR_SET_DUMPABLE");
	return 0;
}

/* While this process is not dumpable, other processes in its namespaces can neither trace it nor
 * open its files in /proc. */
int op_dumpable(struct walker *w, const struct step *step)
{
	(void)w;
	return prctl(PR_SET_DUMPABLE, step->dumpable.dumpable)
		       ? fail(errno, "prctl", "PR_SET_DUMPABLE")
		       : 0;
}

/* --- joins --- */

/* Before Linux 5.8 setns(2) does not accept a pidfd, so the namespaces are joined one by one:
 * the user namespace first without privileges, and last with them. The opened files are those of
 * init if its pidfd shows that it still exists afterwards. */
static int join_one_by_one(const struct walker *w, const struct step_join *j)
{
	int fd[OCI_NS_COUNT], err = 0;
	char path[48];
	bool user_first = geteuid() != 0;

	for (int i = 0; i < OCI_NS_COUNT; i++) {
		fd[i] = -1;
		if (err || !(j->all & namespace_types[i].flag))
			continue;
		snprintf(path, sizeof path, "%d/ns/%s", w->slot[j->pid], namespace_types[i].file);
		fd[i] = proc_namespace(path);
		err = fd[i] < 0 ? fd[i] : 0;
	}
	if (!err && sys_pidfd_send_signal(w->slot[j->slot], 0))
		err = fail(errno, "pidfd_send_signal", "the container's first process");
	for (int turn = 0; turn < 3; turn++) /* user, others, user */
		for (int i = 0; i < OCI_NS_COUNT; i++)
			if (!err && fd[i] >= 0 &&
			    turn == (i != OCI_NS_USER ? 1
				     : user_first     ? 0
						      : 2) &&
			    setns(fd[i], (int)namespace_types[i].flag))
				err = fail(errno, "setns", "the %s namespace of the container",
					   name_text(&namespace_names, i));
	for (int i = 0; i < OCI_NS_COUNT; i++)
		io_close(&fd[i]);
	io_close(&w->slot[j->slot]);
	return err;
}

static int join_all(struct walker *w, const struct step_join *j)
{
	if (!setns(w->slot[j->slot], (int)j->all)) {
		io_close(&w->slot[j->slot]);
		return 0;
	}
	if (errno == ESRCH)
		return fail(0, NULL, "the container has ended");
	return errno == EINVAL ? join_one_by_one(w, j)
			       : fail(errno, "setns", "the namespaces of the container");
}

int op_join(struct walker *w, const struct step *step)
{
	const struct step_join *j = &step->join;

	if (j->all)
		return join_all(w, j);
	if (setns(w->slot[j->slot], (int)namespace_types[j->ns].flag))
		return fail(errno, "setns", "the %s namespace",
			    name_text(&namespace_names, (int)j->ns));
	if (!j->keep)
		io_close(&w->slot[j->slot]);
	return 0;
}

int op_unshare(struct walker *w, const struct step *step)
{
	uint64_t flags = step->unshare.flags;

	(void)w;
	return unshare((int)flags) ? fail_namespaces(errno, "unshare", flags) : 0;
}

/* unshare(2) puts only future children into a new time namespace, so the process itself has to
 * join it with setns(2). */
int op_time(struct walker *w, const struct step *step)
{
	(void)w;
	if (unshare(CLONE_NEWTIME))
		return fail(errno, "unshare", "a time namespace");
	int err = *step->text.text ? proc_write("self/timens_offsets", step->text.text) : 0;
	if (err == -ERANGE)
		return hint("a clock may not be set below 0, nor more than 146 years ahead");
	if (err)
		return err;
	auto_fd int fd = proc_namespace("self/ns/time_for_children");
	if (fd < 0)
		return fd;
	return setns(fd, CLONE_NEWTIME) ? fail(errno, "setns", "the time namespace") : 0;
}

/* --- inside --- */

int op_hostname(struct walker *w, const struct step *step)
{
	(void)w;
	return sethostname(step->text.text, strlen(step->text.text))
		       ? fail(errno, "sethostname", "%s", step->text.text)
		       : 0;
}

int op_domainname(struct walker *w, const struct step *step)
{
	(void)w;
	return setdomainname(step->text.text, strlen(step->text.text))
		       ? fail(errno, "setdomainname", "%s", step->text.text)
		       : 0;
}

int op_loopback(struct walker *w, const struct step *step)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	auto_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)w;
	(void)step;
	if (fd < 0 && errno == EAFNOSUPPORT)
		return 0; /* a kernel without IPv4 has no 127.0.0.1 */
	return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request)
		       ? fail(errno, "ioctl", "the loopback interface")
		       : 0;
}

int op_sysctl(struct walker *w, const struct step *step)
{
	char path[PATH_MAX];

	(void)w;
	snprintf(path, sizeof path, "sys/%s", step->sysctl.path);
	int err = proc_write(path, step->sysctl.value);
	return err == -ENOENT
		       ? hint("this kernel has no such sysctl: correct the name (sysctl -a lists "
			      "them), or load its module")
		       : err;
}
