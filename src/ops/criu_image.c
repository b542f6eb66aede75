/* SPDX-License-Identifier: Apache-2.0 */
#include "criu_image.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mountinfo.h"
#include "base/proc.h"
#include "base/root.h"
#include "libocispec/json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Lists of names, as arrays in JSON: what the standard streams were (a file that runc and crun have
 * too), and where external mounts are. */
static const char streams_file[] = "descriptors.json", mounts_file[] = "mounts.json";
enum { LIST_SIZE = 1024 * 1024 };

struct image_names {
	struct strings names;
};
SHAPE(image_names, ROW(image_names, "names", names));

static int write_names(struct pool *pool, int images, const char *file, const struct strings *list)
{
	const struct image_names all = { *list };
	const char *object = json_print(pool, &shape_image_names, &all, JSON_OWN);
	const char *array = strchr(object, '['), *end = strrchr(object, ']');
	const char *text = array && end ? array : "[]";
	int err = io_replace(images, file, text, array && end ? (size_t)(end - array) + 1 : 2);

	return err ? also("the image") : 0;
}

/* None if there is no such file: the image is another runtime's. */
static int read_names(struct pool *pool, int images, const char *file, struct strings *list)
{
	auto_free char *array = NULL;
	size_t length;
	struct json_error error;
	struct image_names all = { 0 };

	*list = (struct strings){ 0 };
	int err = io_slurp(images, file, LIST_SIZE, &array, &length);
	if (err == -ENOENT) {
		error_clear();
		return 0;
	}
	if (err)
		return also("the image");
	const char *object = pool_text(pool, "{\"names\":%s}", array);
	if (json_parse_own(pool, &shape_image_names, object, strlen(object), &all, &error))
		return fail_as(CODE_CRIU, EINVAL, NULL, "%s of the image: %s", file, error.text);
	*list = all.names;
	return 0;
}

/* --- mounts --- */

struct device_list {
	dev_t *item;
	size_t count;
};

static bool has_device(const struct device_list *list, dev_t device)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i] == device)
			return true;
	return false;
}

static void add_device(struct pool *pool, struct device_list *list, dev_t device)
{
	if (has_device(list, device))
		return;
	list->item = pool_grow(pool, list->item, list->count, sizeof *list->item);
	list->item[list->count++] = device;
}

static int read_devices(struct pool *pool, struct mountinfo *info, struct device_list *host)
{
	struct mountinfo_entry e;
	int err = mountinfo_open(info);

	if (err)
		return err;
	while ((err = mountinfo_next(info, &e)) == 1)
		add_device(pool, host, e.device);
	mountinfo_close(info);
	return err;
}

/* criu makes these again by their types, also where the host has the same one. */
static bool is_made_again(const char *type)
{
	static const char *const types[] = { "proc", "sysfs", "mqueue", "devpts" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (!strcmp(type, types[i]))
			return true;
	return false;
}

/* What the host has mounted, and what the container has as a whole; and the part of a filesystem
 * that is mounted at the container's root. */
struct mounted {
	struct device_list host, whole;
	dev_t device;
	const char *root;
};

static bool is_in_rootfs(const struct mounted *m, const struct mountinfo_entry *e)
{
	size_t length = strlen(m->root);

	return e->device == m->device && (length == 1 || (!strncmp(e->root, m->root, length) &&
							  strchr("/", e->root[length])));
}

static int index_of(const struct strings *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->item[i], name))
			return (int)i;
	return -1;
}

/* A bind mount of something of the host's, a cgroup hierarchy, or a device node that the parent has
 * made for a container that may not. */
static bool is_external(const struct mounted *m, const struct strings *named,
			const struct mountinfo_entry *e)
{
	if (!strcmp(e->point, "/") || is_in_rootfs(m, e))
		return false;
	if (is_made_again(e->type) && index_of(named, e->point) < 0)
		return false;
	return has_device(&m->host, e->device) ||
	       (strcmp(e->root, "/") != 0 && !has_device(&m->whole, e->device));
}

static void note_mount(struct pool *pool, struct mounted *m, const struct mountinfo_entry *e)
{
	if (!strcmp(e->root, "/"))
		add_device(pool, &m->whole, e->device);
	if (strcmp(e->point, "/") != 0)
		return;
	m->device = e->device;
	m->root = pool_copy(pool, e->root, strlen(e->root));
}

static bool is_below(const char *path, const char *top)
{
	size_t length = strlen(top);

	return !strncmp(path, top, length) && path[length] == '/';
}

/* The mount that it is, or the innermost that it is below; -1: none. */
static int covering(const struct strings *named, const char *point)
{
	int best = index_of(named, point);

	if (best >= 0)
		return best;
	for (size_t i = 0; i < named->count; i++)
		if (is_below(point, named->item[i]) &&
		    (best < 0 || strlen(named->item[i]) > strlen(named->item[best])))
			best = (int)i;
	return best;
}

static int add_mount(struct pool *pool, struct criu_request *request, const struct strings *named,
		     const char *point)
{
	/* criu puts both into a text of its own: "mnt[POINT]:SOURCE". */
	if (strstr(point, "]:"))
		return fail_as(CODE_CRIU, EINVAL, NULL,
			       "the mount point %s can't be told to criu: it has \"]:\"", point);
	if (covering(named, point) < 0) {
		(void)fail_as(CODE_CRIU, 0, NULL,
			      "the mount at %s, of something of the host's, is not in the config",
			      point);
		return hint("a restore could not make it again");
	}
	const char *copy = pool_copy(pool, point, strlen(point));
	strings_add(pool, &request->mount, copy);
	strings_add(pool, &request->source, copy);
	return 0;
}

/* Where a path below that root leads: the name of the same file without symbolic links. */
static const char *resolved(struct pool *pool, int fd, const char *root, const char *path)
{
	char link[32], at[PATH_MAX];
	size_t length = strcmp(root, "/") != 0 ? strlen(root) : 0;

	snprintf(link, sizeof link, "self/fd/%d", fd);
	if (proc_link(link, at, sizeof at))
		return path;
	return strncmp(at, root, length) || at[length] != '/' ? path
							      : pool_text(pool, "%s", at + length);
}

/* The mounts of the config, as the container's mount table names them. */
static int name_planned(struct pool *pool, const struct step_image *s, pid_t pid,
			struct strings *named)
{
	char path[32];

	snprintf(path, sizeof path, "%d/root", pid);
	auto_fd int root = proc_directory(path);
	if (root < 0)
		return root;
	for (size_t i = 0; i < s->mount.count; i++) {
		auto_fd int fd = root_open(root, s->mount.item[i], O_PATH, 0);
		strings_add(pool, named,
			    fd < 0 ? s->mount.item[i] : resolved(pool, fd, "/", s->mount.item[i]));
	}
	error_clear(); /* masks may have nothing to cover */
	return 0;
}

static int find_mounts(struct pool *pool, const struct step_image *s, struct criu_request *request)
{
	static struct mountinfo info;
	struct mounted mounted = { .root = "/" };
	struct mountinfo_entry e;
	struct strings named = { 0 };
	int err = read_devices(pool, &info, &mounted.host);

	if (!err)
		err = name_planned(pool, s, request->pid, &named);
	for (int pass = 0; !err && pass < 2; pass++) {
		err = mountinfo_open_of(&info, request->pid);
		if (err)
			return err;
		while (!err && (err = mountinfo_next(&info, &e)) == 1) {
			err = 0;
			if (!pass)
				note_mount(pool, &mounted, &e);
			else if (is_external(&mounted, &named, &e))
				err = add_mount(pool, request, &named, e.point);
		}
		mountinfo_close(&info);
	}
	return err;
}

/* --- standard streams --- */

static int mount_of_stream(pid_t pid, int fd)
{
	char path[64], text[512];

	snprintf(path, sizeof path, "%d/fdinfo/%d", pid, fd);
	auto_fd int file = proc_open(path, O_RDONLY);
	ssize_t length = file < 0 ? -1 : io_read(file, text, sizeof text);
	const char *line = length > 0 ? strstr(text, "mnt_id:") : NULL;
	return line ? atoi(line + strlen("mnt_id:")) : -1;
}

/* A file on a mount that the container has is in the image. */
static int is_in_container(pid_t pid, int mount)
{
	static struct mountinfo info;
	struct mountinfo_entry e;
	int err = mountinfo_open_of(&info, pid);

	if (err)
		return err;
	while ((err = mountinfo_next(&info, &e)) > 0 && e.id != (uint64_t)mount)
		;
	mountinfo_close(&info);
	return err;
}

/* The name of a stream as criu has it; "": it has none, or the image has it. */
static const char *name_of_stream(struct pool *pool, pid_t pid, int fd, bool *external)
{
	enum { FIRST_PTS = 136, LAST_PTS = 143 };
	char path[64], link[PATH_MAX];
	struct stat status;

	*external = false;
	snprintf(path, sizeof path, "%d/fd/%d", pid, fd);
	auto_fd int file = proc_file(path);
	if (file < 0 || fstat(file, &status)) {
		error_clear(); /* it is closed */
		return "";
	}
	if (proc_link(path, link, sizeof link))
		return "";
	if (!strncmp(link, "pipe:[", 6) || !strncmp(link, "socket:[", 8))
		return pool_text(pool, "%s", link);
	int mount = mount_of_stream(pid, fd);
	if (mount < 0 || is_in_container(pid, mount))
		return "";
	unsigned number = S_ISCHR(status.st_mode) ? major(status.st_rdev) : 0;
	*external = true;
	return number >= FIRST_PTS && number <= LAST_PTS
		       ? pool_text(pool, "tty[%" PRIx64 ":%" PRIx64 "]", (uint64_t)status.st_rdev,
				   (uint64_t)status.st_dev)
		       : pool_text(pool, "file[%x:%" PRIx64 "]", (unsigned)mount,
				   (uint64_t)status.st_ino);
}

static int describe_streams(struct pool *pool, int images, struct criu_request *request)
{
	struct strings all = { 0 };

	for (int fd = 0; fd < 3; fd++) {
		bool external;
		const char *name = name_of_stream(pool, request->pid, fd, &external);
		strings_add(pool, &all, name);
		if (external)
			strings_add(pool, &request->external, name);
	}
	return write_names(pool, images, streams_file, &all);
}

/* --- namespaces --- */

static const struct {
	enum oci_namespace ns;
	const char *key;
} foreign[] = { { OCI_NS_NETWORK, "extRootNetNS" }, { OCI_NS_PID, "extRootPidNS" } };
enum { FOREIGN = sizeof foreign / sizeof *foreign };

static int describe_namespaces(struct pool *pool, const struct step_image *s,
			       struct criu_request *request)
{
	for (size_t i = 0; i < FOREIGN; i++) {
		const struct namespace_type *type = &namespace_types[foreign[i].ns];
		char path[64];
		struct stat status;
		if (!(s->foreign & type->flag))
			continue;
		snprintf(path, sizeof path, "%d/ns/%s", request->pid, type->file);
		auto_fd int fd = proc_namespace(path);
		if (fd < 0)
			return fd;
		if (fstat(fd, &status))
			return fail(errno, "fstat", "/proc/%s", path);
		strings_add(pool, &request->external,
			    pool_text(pool, "%s[%" PRIu64 "]:%s", type->file,
				      (uint64_t)status.st_ino, foreign[i].key));
	}
	return 0;
}

int image_describe(struct pool *pool, int images, const struct step_image *s,
		   struct criu_request *request)
{
	int err = find_mounts(pool, s, request);

	if (!err)
		err = write_names(pool, images, mounts_file, &request->mount);
	if (!err)
		err = describe_streams(pool, images, request);
	return err ? err : describe_namespaces(pool, s, request);
}

/* --- restore --- */

static bool is_inherited(const char *name)
{
	return !strncmp(name, "pipe:[", 6) || !strncmp(name, "socket:[", 8) ||
	       !strncmp(name, "file[", 5) || !strncmp(name, "tty[", 4);
}

/* criu looks for its root among the mounts, by its name without symbolic links. */
static int name_root(struct pool *pool, const struct walker *w, struct criu_request *request)
{
	char link[32], at[PATH_MAX];

	snprintf(link, sizeof link, "self/fd/%d", w->slot[SLOT_ROOTFS]);
	int err = proc_link(link, at, sizeof at);
	request->root = err ? NULL : pool_text(pool, "%s", at);
	return err;
}

int image_inherit(struct pool *pool, struct walker *w, const struct step_image *s,
		  struct criu_request *request)
{
	int *descriptor = pool_alloc(pool, (3 + FOREIGN) * sizeof *descriptor);
	struct strings all;
	int err = read_names(pool, request->images, streams_file, &all);

	if (err)
		return err;
	for (size_t i = 0; i < all.count && i < 3; i++)
		if (is_inherited(all.item[i]) && w->slot[s->stream + (int)i] >= 0) {
			descriptor[request->inherited.count] = w->slot[s->stream + (int)i];
			strings_add(pool, &request->inherited, all.item[i]);
		}
	for (size_t i = 0; i < FOREIGN; i++)
		if (s->foreign & namespace_types[foreign[i].ns].flag) {
			descriptor[request->inherited.count] = w->slot[SLOT_NS + foreign[i].ns];
			strings_add(pool, &request->inherited, foreign[i].key);
		}
	request->descriptor = descriptor;
	/* Those that were verified, not what their paths lead to by now. */
	for (int ns = 0; ns < OCI_NS_COUNT; ns++)
		if (s->joined & namespace_types[ns].flag)
			strings_add(pool, &request->ns_file,
				    pool_text(pool, "/proc/self/fd/%d", w->slot[SLOT_NS + ns]));
	return 0;
}

static int make_mount_points(struct pool *pool, struct walker *w, const struct step_image *s,
			     struct criu_request *request)
{
	struct stat status;

	for (size_t i = 0; i < s->point.count; i++) {
		const char *point = s->point.item[i];
		int external = index_of(&s->mount, point);
		bool file = external >= 0 && !stat(s->source.item[external], &status) &&
			    !S_ISDIR(status.st_mode);
		auto_fd int fd = root_make(w->slot[SLOT_ROOTFS], point,
					   file ? ROOT_FILE : ROOT_DIRECTORY, NULL);
		if (fd < 0)
			return also("the mount point %s", point);
		const char *at = resolved(pool, fd, request->root, point);
		if (strstr(at, "]:"))
			return fail_as(
				CODE_CRIU, EINVAL, NULL,
				"the mount point %s leads to %s, which can't be told to criu",
				point, at);
		if (external >= 0)
			request->mount.item[external] = at;
	}
	return 0;
}

int image_name_mounts(struct pool *pool, struct walker *w, const struct step_image *s,
		      struct criu_request *request, struct image_mounts *mounts)
{
	struct strings saved;
	int err = read_names(pool, request->images, mounts_file, &saved);

	if (!err)
		err = name_root(pool, w, request);
	for (size_t i = 0; !err && i < s->mount.count; i++) {
		strings_add(pool, &request->mount, s->mount.item[i]);
		strings_add(pool, &request->source, s->source.item[i]);
	}
	if (!err)
		err = make_mount_points(pool, w, s, request);
	size_t named = request->mount.count, all = named + saved.count;
	mounts->flags = pool_alloc(pool, (all + 1) * sizeof *mounts->flags);
	mounts->saved = pool_alloc(pool, (all + 1) * sizeof *mounts->saved);
	for (size_t i = 0; !err && i < named; i++)
		mounts->flags[i] = s->flags[i];
	/* Mounts below a recursive bind mount are external, too. */
	for (size_t i = 0; !err && i < saved.count; i++) {
		const char *point = saved.item[i];
		int at = covering(&request->mount, point);
		if (at < 0)
			return fail_as(CODE_CRIU, 0, NULL,
				       "the image has a mount at %s, and the config none", point);
		const char *rest = point + strlen(request->mount.item[at]);
		if (*rest) {
			mounts->flags[request->mount.count].set = mounts->flags[at].below;
			strings_add(pool, &request->source,
				    pool_text(pool, "%s%s", request->source.item[at], rest));
			strings_add(pool, &request->mount, point);
			at = (int)request->mount.count - 1;
		}
		mounts->saved[at] = true;
	}
	return err;
}

struct protection {
	const struct strings *point;
	const struct image_mounts *mounts;
	const bool *there;
};

/* In the container's mount namespace, before its processes run: nothing changes the paths. */
static int protect_here(const void *argument)
{
	const struct protection *p = argument;
	auto_fd int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < p->point->count; i++) {
		struct attributes own = { .set = p->mounts->flags[i].set };
		struct attributes below = { .set = p->mounts->flags[i].below };
		if (!p->there[i] || !(own.set | below.set))
			continue;
		auto_fd int fd = root_open(top, p->point->item[i], O_PATH, ROOT_NO_SYMLINKS);
		if (fd < 0 || mount_attributes_attached(fd, &own, 0, false) ||
		    (below.set && mount_attributes_attached(fd, &below, 0, true)))
			return 1;
	}
	return 0;
}

int image_protect_mounts(struct pool *pool, pid_t init, const struct criu_request *request,
			 const struct image_mounts *mounts)
{
	static struct mountinfo info;
	struct mountinfo_entry e;
	char path[40];
	bool *there = pool_alloc(pool, (request->mount.count + 1) * sizeof *there);
	const struct protection argument = { &request->mount, mounts, there };
	int err = mountinfo_open_of(&info, init);

	if (err)
		return err;
	while ((err = mountinfo_next(&info, &e)) > 0)
		for (size_t i = 0; i < request->mount.count; i++)
			there[i] |= !strcmp(e.point, request->mount.item[i]);
	mountinfo_close(&info);
	for (size_t i = 0; !err && i < request->mount.count; i++)
		if (mounts->saved[i] && !there[i])
			err = fail_as(CODE_CRIU, 0, NULL, "criu has not restored the mount at %s",
				      request->mount.item[i]);
	if (err)
		return err;
	auto_fd int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof path, "/proc/%d/ns/mnt", init);
	err = run_in_mounts(path, protect_here, &argument);
	if (here >= 0)
		(void)!fchdir(here); /* for the hooks that follow */
	return err < 0 ? also("making mounts read-only again")
	       : err   ? fail_as(CODE_MOUNT, 0, NULL, "mounts can't be made read-only again")
		       : 0;
}
