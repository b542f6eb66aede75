/* SPDX-License-Identifier: Apache-2.0 */
/* The directory is created and removed by its name in an open ROOT; an ID cannot contain a slash,
 * so nothing outside ROOT can be affected. */
#include "container.h"

#include "base/error.h"
#include "base/io.h"
#include "base/proc.h"
#include "base/sys.h"
#include "libocispec/json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ID_MAX = 255, REMOVE_DEPTH = 64 };
enum {
	KILL_TIMEOUT = 10000,
	POLL_INTERVAL = 50,
	LOCK_INTERVAL = 10
}; /* milliseconds: timeout, polling interval */

SHAPE(status, ROW(status, "version", version),
      ROW_REQUIRED(status, "ociVersion", state.oci_version), ROW_REQUIRED(status, "id", state.id),
      ROW(status, "pid", state.pid),
      ROW_NAME_REQUIRED(status, "status", state.status, status_names),
      ROW_REQUIRED(status, "bundle", state.bundle), ROW(status, "rootfs", state.rootfs),
      ROW(status, "created", state.created), ROW(status, "annotations", state.annotations),
      ROW(status, "owner", state.owner), ROW(status, "ended", state.ended),
      ROW(status, "exitStatus", state.exit_status), ROW(status, "signal", state.signal),
      ROW(status, "oomKilled", state.oom_killed), ROW(status, "finished", state.finished),
      ROW(status, "startTime", start_time), ROW(status, "pidfdInode", inode),
      ROW(status, "boot", boot), ROW(status, "creator", creator),
      ROW(status, "creatorStart", creator_start), ROW(status, "alone", alone),
      ROW(status, "recorded", recorded), ROW(status, "freezer", freezer));

int container_check_id(const char *id)
{
	size_t length = strlen(id);

	if (!length)
		return fail_as(CODE_CONTAINER_ID, 0, NULL, "the container id is empty");
	if (length > ID_MAX)
		return fail_as(CODE_CONTAINER_ID, 0, NULL,
			       "the container id has %zu characters; %d are allowed", length,
			       ID_MAX);
	if (id[strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-")] ||
	    !strcmp(id, ".") || !strcmp(id, ".."))
		return fail_as(
			CODE_CONTAINER_ID, 0, NULL,
			"invalid container ID format: \"%s\": letters, digits and _ + . - are "
			"allowed",
			id);
	return 0;
}

static int make_root(const char *root)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof path, "%s", root) >= sizeof path)
		return fail_as(CODE_STATE_DIRECTORY, ENAMETOOLONG, NULL, "--root %s", root);
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(path, 0711) && errno != EEXIST)
			return fail_as(CODE_STATE_DIRECTORY, errno, "mkdir", "%s", path);
		*slash = '/';
	}
	if (mkdir(path, 0711) && errno != EEXIST)
		return fail_as(CODE_STATE_DIRECTORY, errno, "mkdir", "%s", path);
	return 0;
}

static int open_root(struct container *c)
{
	c->root = open(c->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return c->root < 0 ? -errno : 0;
}

/* A user who can write to the state controls what tare executes, mounts, unmounts and kills
 * (hooks, paths, pids). So ROOT must be owned by the effective user or root, and others must not
 * be able to replace files in it; and ROOT/ID must be owned by the effective user. */
static int check_owner(int directory, bool is_root, const char *path)
{
	struct stat st;

	if (fstat(directory, &st))
		return fail_as(CODE_STATE_DIRECTORY, errno, "fstat", "%s", path);
	bool others = st.st_mode & 022 && !(is_root && st.st_mode & S_ISVTX);
	if (st.st_uid != geteuid() && !(is_root && !st.st_uid)) {
		(void)fail_as(CODE_STATE_DIRECTORY, EPERM, NULL, "%s belongs to uid %u", path,
			      st.st_uid);
		return hint("the owner of the state controls the container: run as that user, or "
			    "use another --root");
	}
	if (!others)
		return 0;
	(void)fail_as(CODE_STATE_DIRECTORY, EPERM, NULL, "%s is writable by others", path);
	return hint("a user who can write to the state controls the container");
}

int container_name(struct container *c, const char *root, const char *id)
{
	*c = (struct container)NO_CONTAINER;
	int err = container_check_id(id);
	if (err)
		return err;
	c->id = pool_copy(&c->pool, id, strlen(id));
	c->path = pool_copy(&c->pool, root, strlen(root));
	return 0;
}

bool container_exists(const struct container *c)
{
	char path[PATH_MAX];
	struct stat st;

	return (size_t)snprintf(path, sizeof path, "%s/%s", c->path, c->id) < sizeof path &&
	       !lstat(path, &st);
}

static int fail_to_lock(const struct container *c)
{
	int err = errno;

	(void)fail_as(CODE_STATE_DIRECTORY, err, "flock", "%s/%s", c->path, c->id);
	return err == ENOLCK || err == EOPNOTSUPP || err == ENOSYS
		       ? hint("this filesystem has no file locks: choose a local one with --root")
		       : -err;
}

int container_is_taken(const struct container *c)
{
	return fail_as(CODE_CONTAINER_EXISTS, 0, NULL,
		       "container with given ID already exists: \"%s\"", c->id);
}

/* Makes and locks ROOT/ID. Before it is locked, a delete may take it for what a create that was
 * killed has left, and remove it (-EAGAIN, with no error filled), and another create may make it
 * again. */
static int make_directory(struct container *c)
{
	struct stat st;
	int locked;

	if (mkdirat(c->root, c->id, 0700))
		return errno == EEXIST ? container_is_taken(c)
				       : fail_as(CODE_STATE_DIRECTORY, errno, "mkdir", "%s/%s",
						 c->path, c->id);
	c->fd = openat(c->root, c->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->fd < 0 && errno == ENOENT)
		return -EAGAIN;
	do
		locked = c->fd < 0 ? -1 : flock(c->fd, LOCK_EX);
	while (locked && errno == EINTR);
	if (locked) {
		int err = fail_to_lock(c);
		(void)unlinkat(c->root, c->id, AT_REMOVEDIR);
		io_close(&c->fd);
		return err;
	}
	int err = fstat(c->fd, &st) || !st.st_nlink	  ? -EAGAIN
		  : io_is_there(c->fd, "undo.json", F_OK) ? container_is_taken(c)
							  : 0;
	if (err)
		io_close(&c->fd);
	return err;
}

int container_create(struct container *c)
{
	int err = open_root(c);

	if (err == -ENOENT) {
		err = make_root(c->path);
		if (err)
			return err;
		err = open_root(c);
	}
	if (err)
		return fail_as(CODE_STATE_DIRECTORY, -err, "open", "%s", c->path);
	err = check_owner(c->root, true, c->path);
	if (err)
		return err;
	do
		err = make_directory(c);
	while (err == -EAGAIN);
	return err;
}

/* made.json is written after the record and the first status. */
bool container_is_made(const struct container *c)
{
	return io_is_there(c->fd, "made.json", F_OK);
}

static int read_status(struct container *c)
{
	struct json_error error;
	auto_free char *text = NULL;
	size_t length;
	int err = io_slurp(c->fd, "status.json", JSON_OWN_SIZE, &text, &length);

	if (err == -ENOENT && container_is_made(c))
		return fail_as(CODE_CONTAINER_BROKEN, 0, NULL,
			       "container \"%s\": status.json is missing", c->id);
	if (err == -ENOENT) {
		/* create is between its mkdir() and its first status.json, or was killed there. */
		c->status = (struct status){ .state = { .oci_version = "",
							.id = c->id,
							.bundle = "",
							.status = { OCI_CREATING, true } } };
		return 0;
	}
	if (err)
		return also("container \"%s\"", c->id);
	if (json_parse_own(&c->pool, &shape_status, text, length, &c->status, &error))
		return fail_as(CODE_CONTAINER_BROKEN, 0, NULL,
			       "container \"%s\": status.json%s: line %u, column %u: %s", c->id,
			       error.pointer, error.line, error.column, error.text);
	return container_check_version(c, c->status.version.value);
}

int container_check_version(const struct container *c, uint32_t version)
{
	return version > STATE_VERSION ? fail_as(CODE_CONTAINER_NEWER, 0, NULL,
						 "container \"%s\" was made by a newer tare: its "
						 "state has version %u, "
						 "and this tare supports versions up to %d",
						 c->id, version, STATE_VERSION)
				       : 0;
}

int container_is_unknown(const struct container *c)
{
	(void)fail_as(CODE_CONTAINER_UNKNOWN, 0, NULL, "container \"%s\" does not exist", c->id);
	return -ENOENT;
}

static int open_in(struct container *c, int directory)
{
	c->fd = openat(directory, c->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->fd < 0)
		return errno == ENOENT ? container_is_unknown(c)
				       : fail_as(CODE_STATE_DIRECTORY, errno, "open", "%s/%s",
						 c->path, c->id);
	int err = check_owner(c->fd, false, pool_text(&c->pool, "%s/%s", c->path, c->id));
	return err ? err : read_status(c);
}

int container_open(struct container *c, const char *root, const char *id)
{
	int err = container_name(c, root, id);
	if (err)
		return err;
	err = open_root(c);
	if (err)
		return err == -ENOENT ? container_is_unknown(c)
				      : fail_as(CODE_STATE_DIRECTORY, -err, "open", "%s", root);
	err = check_owner(c->root, true, root);
	return err ? err : open_in(c, c->root);
}

int container_open_in(struct container *c, int directory, const char *root, const char *id)
{
	int err = container_name(c, root, id);

	return err ? err : open_in(c, directory);
}

int container_lock(struct container *c, bool wait)
{
	struct stat st;

	while (flock(c->fd, LOCK_EX | (wait ? 0 : LOCK_NB)))
		if (errno != EINTR && errno != EWOULDBLOCK)
			return fail_to_lock(c);
		else if (errno != EINTR)
			return fail_as(CODE_CONTAINER_BUSY, errno, "flock",
				       "another command is at work on container \"%s\"", c->id);
	if (!fstat(c->fd, &st) && !st.st_nlink)
		return container_is_unknown(c);
	return read_status(c);
}

int container_lock_within(struct container *c, int milliseconds)
{
	int err;

	for (int waited = 0;; waited += LOCK_INTERVAL) {
		err = container_lock(c, false);
		if (err != -EWOULDBLOCK || waited >= milliseconds)
			return err;
		(void)poll(NULL, 0, LOCK_INTERVAL);
	}
}

void container_unlock(struct container *c)
{
	(void)flock(c->fd, LOCK_UN);
}

int container_publish(struct container *c)
{
	struct pool pool = { 0 };

	c->status.version = (struct opt_u32){ STATE_VERSION, true };
	const char *text = json_print(&pool, &shape_status, &c->status, JSON_OWN);
	int err = io_replace(c->fd, "status.json", text, strlen(text));

	pool_free(&pool);
	return err ? also("the state of container \"%s\"", c->id) : 0;
}

/* The state letter of init, or '\0' if there is no such process: another one may have its pid. */
static char state_of_init(const struct status *s)
{
	pid_t pid = s->state.pid.value;
	char state = 'R';
	uint64_t now;
	bool seen = pid > 0 && !proc_stat(pid, &state, &now);

	if (seen && s->start_time.set)
		return now == s->start_time.value ? state : '\0';
	char boot[BOOT_ID_SIZE];
	if (pid <= 0 || !s->inode.value || !s->boot || !proc_boot_id(boot) || strcmp(boot, s->boot))
		return '\0';
	/* /proc hides it, or has done so when it was recorded. */
	auto_fd int fd = pidfd_open(pid, 0);
	struct pollfd ended = { fd, POLLIN, 0 };
	if (proc_pidfd_inode(fd) != s->inode.value)
		return '\0';
	return !seen && poll(&ended, 1, 0) > 0 ? 'Z' : state;
}

static bool is_alive(char state)
{
	return state && state != 'Z' && state != 'X';
}

static bool creator_lives(const struct status *s)
{
	char state;
	uint64_t start;

	return s->creator.value > 0 && !proc_stat(s->creator.value, &state, &start) &&
	       start == s->creator_start.value && is_alive(state);
}

bool container_process_lives(const struct status *s)
{
	return is_alive(state_of_init(s));
}

bool container_process_ends(const struct status *s)
{
	return state_of_init(s) == 'X';
}

bool container_process_has_ended(const struct status *s)
{
	char state = state_of_init(s);

	return state && !is_alive(state);
}

enum oci_status container_status(struct container *c)
{
	const struct status *s = &c->status;
	enum oci_status status = (enum oci_status)s->state.status.value;

	if (status == OCI_CREATING)
		return !s->creator.value || creator_lives(s) ? OCI_CREATING : OCI_STOPPED;
	return container_process_lives(s) ? status : OCI_STOPPED;
}

int container_pidfd(const struct status *s)
{
	auto_fd int fd = s->state.pid.value > 0 ? pidfd_open(s->state.pid.value, 0) : -1;
	int err = fd < 0 && s->state.pid.value > 0 ? errno : ESRCH;

	/* The pid is verified after the pidfd was opened, which guarantees that both refer to the
	 * same process. */
	if (!container_process_lives(s))
		return fail_as(CODE_CONTAINER_STATE, ESRCH, NULL, "its process has ended");
	return fd < 0 ? fail(err, "pidfd_open", "its first process") : take(&fd);
}

int container_signal(const struct status *s, int number)
{
	auto_fd int fd = container_pidfd(s);

	if (fd < 0 && !sys_is_missing(-fd))
		return fd;
	error_clear();
	if (fd >= 0 ? sys_pidfd_send_signal(fd, number) : kill(s->state.pid.value, number))
		return fail(errno, "pidfd_send_signal", "signal %d", number);
	return 0;
}

/* The end of a process is detected through its pidfd, or through /proc if there is none. The
 * first process of a pid namespace terminates only after all others in the namespace have been
 * reaped, and the parents of exec'd processes, which are outside, may never reap them. So a
 * process that has begun to exit counts as ended. */
int container_await_end(struct container *c)
{
	auto_fd int pidfd = container_pidfd(&c->status);
	struct pollfd fd = { pidfd, POLLIN, 0 };

	error_clear();
	if (pidfd == -ESRCH)
		return 0;
	for (int waited = 0; waited < KILL_TIMEOUT; waited += POLL_INTERVAL)
		if (poll(&fd, 1, POLL_INTERVAL) > 0 || !container_process_lives(&c->status))
			return 0;
	return fail(ETIMEDOUT, NULL, "container \"%s\" does not exit after SIGKILL", c->id);
}

int container_create_file(struct container *c, const char *name, const char *text, size_t length)
{
	return io_create(c->fd, name, text, length) ? also("the state of container \"%s\"", c->id)
						    : 0;
}

int container_read_file(struct container *c, const char *name, char **text, size_t *length)
{
	return io_slurp(c->fd, name, JSON_OWN_SIZE, text, length)
		       ? also("the state of container \"%s\"", c->id)
		       : 0;
}

/* sun_path has room for 108 bytes, so the path goes through the descriptor of the directory. */
static struct sockaddr_un address(const struct container *c)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/start.sock", c->fd);
	return address;
}

int container_listen(struct container *c)
{
	struct sockaddr_un a = address(c);
	auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 1))
		return fail_as(CODE_STATE_DIRECTORY, errno, "bind",
			       "start.sock of container \"%s\"", c->id);
	return take(&fd);
}

int container_connect(struct container *c)
{
	struct sockaddr_un a = address(c);
	auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a))
		return fail_as(CODE_STATE_DIRECTORY, errno, "connect",
			       "start.sock of container \"%s\"", c->id);
	return take(&fd);
}

int container_make_notify(struct container *c)
{
	return mkdirat(c->fd, "notify", 0755) ? fail_as(CODE_STATE_DIRECTORY, errno, "mkdir",
							"notify of container \"%s\"", c->id)
					      : 0;
}

int container_bind_notify(struct container *c)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/notify/notify", c->fd);
	/* Any user in the container may send to it. bind(2) gives the file the mode of the
	 * socket, so no chmod(2) by path is needed. */
	mode_t mask = umask(0);
	bool failed = fd < 0 || fchmod(fd, 0777) || bind(fd, (struct sockaddr *)&a, sizeof a);
	int err = errno;
	umask(mask);
	return failed ? fail_as(CODE_STATE_DIRECTORY, err, "bind",
				"notify/notify of container \"%s\"", c->id)
		      : take(&fd);
}

/* Removes what else there may be: the notify socket, files that were created next to it, and a
 * temporary file left by a command that was killed. */
static void remove_all_in(int directory, unsigned depth)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	if (!dir) {
		io_close(&copy);
		return;
	}
	for (struct dirent *e; (e = readdir(dir));) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    !unlinkat(directory, e->d_name, 0) || depth == REMOVE_DEPTH)
			continue;
		auto_fd int below = openat(directory, e->d_name,
					   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0)
			remove_all_in(below, depth + 1);
		(void)unlinkat(directory, e->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
}

int container_remove(struct container *c)
{
	/* undo.json last: as long as it exists, a delete that was killed can be repeated. */
	static const char *const file[] = { "start.sock",  "config.json", "made.json",
					    "status.json", "added.json",  "undo.json" };

	for (size_t i = 0; i < sizeof file / sizeof *file; i++)
		(void)unlinkat(c->fd, file[i], 0);
	if (!unlinkat(c->root, c->id, AT_REMOVEDIR) || errno == ENOENT)
		return 0;
	remove_all_in(c->fd, 0);
	if (unlinkat(c->root, c->id, AT_REMOVEDIR) && errno != ENOENT)
		return fail_as(CODE_STATE_DIRECTORY, errno, "rmdir",
			       "the state of container \"%s\"", c->id);
	return 0;
}

void container_close(struct container *c)
{
	io_close(&c->fd);
	io_close(&c->root);
	pool_free(&c->pool);
}

int container_each(const char *root, int (*each)(int directory, const char *id, void *context),
		   void *context)
{
	DIR *dir = opendir(root);

	if (!dir)
		return errno == ENOENT
			       ? -ENOENT
			       : fail_as(CODE_STATE_DIRECTORY, errno, "opendir", "%s", root);
	int result = check_owner(dirfd(dir), true, root);
	for (struct dirent *e; !result && (e = readdir(dir));) {
		if (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN)
			continue;
		if (container_check_id(e->d_name))
			error_clear(); /* not a container's */
		else
			result = each(dirfd(dir), e->d_name, context);
	}
	closedir(dir);
	return result;
}
