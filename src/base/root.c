/* SPDX-License-Identifier: Apache-2.0 */
/* The walk is used where the kernel or a seccomp filter does not allow openat2(2), and to create
 * missing components. Each step opens one name with O_NOFOLLOW in a directory that was opened the
 * same way; the target of a symbolic link is prepended to the rest of the path; for ".." the
 * shortened path is walked again from the root, because opening ".." in a directory that another
 * process moves meanwhile could lead out of the root. */
#include "root.h"

#include "error.h"
#include "io.h"
#include "proc.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS = 40, RACES = 64 };

struct walk {
	int root;
	unsigned traits;
	bool make, made;
	char rest[PATH_MAX], done[PATH_MAX];
	unsigned links, races;
};

static int open_walked(struct walk *w, const char *path);

/* Prepends the target of the symbolic link fd to the rest of the path. */
static int follow(struct walk *w, int fd, int *current)
{
	char text[PATH_MAX], rest[PATH_MAX];

	if (w->traits & ROOT_NO_SYMLINKS || ++w->links > LINKS)
		return -ELOOP;
	ssize_t length = readlinkat(fd, "", text, sizeof text - 1);
	if (length < 0)
		return -errno;
	text[length] = '\0';
	if ((size_t)snprintf(rest, sizeof rest, "%s/%s", text, w->rest) >= sizeof rest)
		return -ENAMETOOLONG;
	memcpy(w->rest, rest, sizeof rest);
	if (*text == '/') {
		*w->done = '\0';
		io_close(current);
		*current = fcntl(w->root, F_DUPFD_CLOEXEC, 0);
		if (*current < 0)
			return -errno;
	}
	return 0;
}

static int back(struct walk *w, int *current)
{
	char *slash = strrchr(w->done, '/');
	char shorter[PATH_MAX];

	*(slash ? slash : w->done) = '\0';
	memcpy(shorter, w->done, sizeof shorter);
	io_close(current);
	*current = open_walked(w, shorter);
	return *current < 0 ? *current : 0;
}

/* Opens again a path whose components have been found to be directories. */
static int open_walked(struct walk *w, const char *path)
{
	auto_fd int current = fcntl(w->root, F_DUPFD_CLOEXEC, 0);

	while (current >= 0 && *path) {
		char name[NAME_MAX + 1];
		size_t length = strcspn(path, "/");
		snprintf(name, sizeof name, "%.*s", (int)length, path);
		int next = openat(current, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
		if (next < 0)
			return -errno;
		io_close(&current);
		current = next;
		path += length + (path[length] == '/');
	}
	return current < 0 ? -errno : take(&current);
}

static int make_one(struct walk *w, int current, const char *name, bool last)
{
	if (!w->make)
		return -ENOENT;
	if (last && w->traits & ROOT_FILE) {
		auto_fd int fd = openat(current, name,
					O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644);
		if (fd < 0 && errno != EEXIST)
			return -errno;
		w->made |= fd >= 0;
		return 0;
	}
	if (!mkdirat(current, name, 0755))
		w->made |= last;
	else if (errno != EEXIST)
		return -errno;
	return 0;
}

/* Resolves the next component. Returns 1 to continue, 0 at the end, or a negative errno. */
static int walk_step(struct walk *w, int *current)
{
	char name[NAME_MAX + 1];
	char *from = w->rest + strspn(w->rest, "/");
	size_t length = strcspn(from, "/");
	size_t after = length + strspn(from + length, "/");
	struct stat st;

	if (!length)
		return 0;
	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, from, length);
	name[length] = '\0';
	bool last = !from[after];
	if (!strcmp(name, ".") || !strcmp(name, "..")) {
		memmove(w->rest, from + after, strlen(from + after) + 1);
		int err = name[1] ? back(w, current) : 0;
		return err ? err : 1;
	}

	auto_fd int next = openat(*current, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0 && errno == ENOENT) {
		int err = make_one(w, *current, name, last);
		/* The next step opens what was created. Give up if another process keeps deleting
		 * it. */
		return err ? err : ++w->races > RACES ? -EAGAIN : 1;
	}
	if (next < 0 || fstat(next, &st))
		return -errno;
	memmove(w->rest, from + after, strlen(from + after) + 1);
	if (S_ISLNK(st.st_mode) && !(last && w->traits & ROOT_NOFOLLOW)) {
		int err = follow(w, next, current);
		return err ? err : 1;
	}
	if (!last && !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	size_t used = strlen(w->done);
	if ((size_t)snprintf(w->done + used, sizeof w->done - used, "%s%s", used ? "/" : "",
			     name) >= sizeof w->done - used)
		return -ENAMETOOLONG;
	io_close(current);
	*current = take(&next);
	return 1;
}

static int walk(struct walk *w, const char *path)
{
	auto_fd int current = fcntl(w->root, F_DUPFD_CLOEXEC, 0);

	if (current < 0)
		return -errno;
	if ((size_t)snprintf(w->rest, sizeof w->rest, "%s", path) >= sizeof w->rest)
		return -ENAMETOOLONG;
	for (int more = 1; more;) {
		more = walk_step(w, &current);
		if (more < 0)
			return more;
	}
	return take(&current);
}

/* Opens the file of an O_PATH descriptor again, with these flags. */
static int reopen(int fd, int flags)
{
	return flags & O_PATH ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : proc_reopen(fd, flags);
}

static bool is_directory(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISDIR(st.st_mode);
}

static const char *relative(const char *path)
{
	path += strspn(path, "/");
	return *path ? path : ".";
}

int root_open(int root, const char *path, int flags, unsigned traits)
{
	uint64_t resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS |
			   (traits & ROOT_NO_SYMLINKS ? RESOLVE_NO_SYMLINKS : 0);
	uint64_t how = (uint64_t)flags | O_CLOEXEC | (traits & ROOT_DIRECTORY ? O_DIRECTORY : 0) |
		       (traits & ROOT_NOFOLLOW ? O_NOFOLLOW : 0);

	int fd = sys_openat2(root, relative(path), how, 0, resolve);

	if (fd >= 0)
		return fd;
	/* EPERM: a seccomp filter that does not know openat2(2). */
	if (!sys_is_missing(errno)) {
		(void)fail(errno, "openat2", "%s", path);
		return error_last()->err == ELOOP && !(traits & ROOT_NOFOLLOW)
			       ? hint("a symbolic link in the image leads back to itself: repair "
				      "it, or "
				      "leave the path out")
			       : -error_last()->err;
	}

	struct walk w = { .root = root, .traits = traits };
	auto_fd int found = walk(&w, path);
	if (found < 0)
		return fail(-found, "openat", "%s", path);
	if (traits & ROOT_DIRECTORY && !is_directory(found))
		return fail(ENOTDIR, "openat", "%s", path);
	fd = reopen(found, flags);
	return fd < 0 ? fail(errno, "openat", "%s", path) : fd;
}

/* The usual case: nothing but the last name is missing. Any negative errno: then the walk has to do
 * it, which knows of links that lead nowhere and of several missing names. */
static int make_leaf(int root, const char *path, unsigned traits)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	if (!*name || !strcmp(name, ".") || !strcmp(name, "..") || traits & ROOT_FILE)
		return -EINVAL;
	if ((size_t)snprintf(parent, sizeof parent, "%.*s", (int)(name - path), path) >=
	    sizeof parent)
		return -ENAMETOOLONG;
	auto_fd int at = root_open(root, parent, O_PATH,
				   (traits & ROOT_NO_SYMLINKS) | ROOT_DIRECTORY);
	if (at < 0)
		return at;
	if (mkdirat(at, name, 0755))
		return -errno;
	int fd = openat(at, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int root_make(int root, const char *path, unsigned traits, bool *made)
{
	struct walk w = { .root = root, .traits = traits, .make = true };

	if (made)
		*made = false;
	auto_fd int fd = root_open(root, path, O_PATH, traits);
	if (fd < 0 && (fd != -ENOENT || traits & ROOT_FOUND))
		return fd;
	if (fd < 0) {
		fd = make_leaf(root, path, traits);
		w.made = fd >= 0;
		if (fd < 0)
			fd = walk(&w, path);
		if (fd < 0)
			return fail(-fd, traits & ROOT_FILE ? "open" : "mkdirat", "%s", path);
		if (traits & ROOT_DIRECTORY && !is_directory(fd))
			return fail(ENOTDIR, "open", "%s", path);
		error_clear();
	}
	if (traits & ROOT_FILE && is_directory(fd))
		return fail(EISDIR, "open", "%s", path);
	if (made)
		*made = w.made;
	return take(&fd);
}

int root_parent(int root, const char *path, unsigned traits, const char **leaf)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return fail(EINVAL, NULL, "%s has no last component to create", path);
	if ((size_t)snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - path) : 0,
			     path) >= sizeof parent)
		return fail(ENAMETOOLONG, "open", "%s", path);
	int fd = root_make(root, parent, (traits & ROOT_NO_SYMLINKS) | ROOT_DIRECTORY, NULL);
	if (fd >= 0)
		*leaf = name;
	return fd;
}
