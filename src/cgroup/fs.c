/* SPDX-License-Identifier: Apache-2.0 */
#include "fs.h"

#include "base/error.h"
#include "base/io.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PROGRAM "tare_devices" /* name of the eBPF program, 15 bytes at most */

enum { REMOVE_TRIES = 60, FOREIGN_TRIES = 15, RACES = 20, FREEZE_TRIES = 200 };

int cgroup_look(const char *mount, const char *path)
{
	char full[PATH_MAX];

	if ((size_t)snprintf(full, sizeof full, "%s%s", mount, path) >= sizeof full)
		return -ENAMETOOLONG;
	int fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

ssize_t cgroup_read(int directory, const char *file, char *text, size_t size)
{
	auto_fd int fd = openat(directory, file, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : io_read(fd, text, size);
}

bool cgroup_has_room(int directory, unsigned processes)
{
	enum { LEVELS = 64 };
	char path[3 * LEVELS + 1] = ".", max[24], current[24];

	/* The root has no such file, and without the controller no cgroup has. */
	for (size_t level = 0; level < LEVELS; level++) {
		auto_fd int above = openat(directory, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (above < 0)
			return false;
		if (cgroup_read(above, "pids.max", max, sizeof max) <= 0)
			return true;
		if (*max != 'm' /* "max" */ &&
		    (cgroup_read(above, "pids.current", current, sizeof current) <= 0 ||
		     strtoull(current, NULL, 10) + processes > strtoull(max, NULL, 10)))
			return false;
		memcpy(path + 3 * level, "../", sizeof "../");
	}
	return true;
}

static int is_there(pid_t pid, void *context)
{
	(void)context;
	return pid;
}

bool cgroup_has_processes(const char *mount, const char *path)
{
	return cgroup_each_process(mount, path, is_there, NULL) > 0;
}

int cgroup_check_empty(const char *mount, const char *path, size_t *exists)
{
	char part[PATH_MAX], text[64];
	auto_fd int fd = cgroup_look(mount, path);

	if (fd >= 0) {
		*exists = strlen(path);
		/* Processes below it count too, because delete would kill them. */
		if (cgroup_has_processes(mount, path)) {
			(void)fail_as(CODE_CGROUP, EBUSY, NULL, "the cgroup %s%s has processes",
				      mount, path);
			return hint("they belong to another container, or were left behind");
		}
		if ((cgroup_read(fd, "cgroup.freeze", text, sizeof text) > 0 && *text == '1') ||
		    (cgroup_read(fd, "freezer.state", text, sizeof text) > 0 && *text == 'F'))
			return fail_as(CODE_FREEZE, EBUSY, NULL, "the cgroup %s%s is frozen", mount,
				       path);
		return 0;
	}
	if (fd != -ENOENT)
		return fail(-fd, "open", "%s%s", mount, path);
	snprintf(part, sizeof part, "%s", path);
	for (char *slash; (slash = strrchr(part, '/')) && slash != part;) {
		*slash = '\0';
		io_close(&fd);
		fd = cgroup_look(mount, part);
		if (fd >= 0)
			break;
	}
	*exists = fd >= 0 ? strlen(part) : 0;
	return 0;
}

/* v1: a new cpuset has no CPUs and no memory nodes, so no process can join it. */
static int inherit_cpuset(int parent, int child, bool made)
{
	static const char *const file[] = { "cpuset.cpus", "cpuset.mems" };
	char text[4096];

	for (int i = 0; i < 2; i++) {
		if (!made && cgroup_read(child, file[i], text, sizeof text) > 1)
			continue; /* already configured */
		ssize_t length = cgroup_read(parent, file[i], text, sizeof text);
		if (length < 0)
			return fail((int)-length, "read", "%s of the parent cgroup", file[i]);
		int err = cgroup_set(child, file[i], text);
		if (err)
			return err;
	}
	return 0;
}

static bool has_processes(int directory)
{
	char first[16];
	auto_fd int fd = openat(directory, "cgroup.procs", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, first, sizeof first) > 0;
}

/* A cgroup other than the root that has processes of its own can't have controllers for its
 * children, and with those that it could have (pids, cpu, cpuset) it and its processes would become
 * threaded: cgroups(7), "No internal processes". It is left as it is. */
static void enable(int directory, const char *controllers)
{
	char copy[512], *save;

	if (cgroup_has(directory, "cgroup.type") && has_processes(directory))
		return;
	snprintf(copy, sizeof copy, "%s", controllers);
	/* One at a time, because one that cannot be enabled must not prevent the others. If a
	 * limit needs a missing controller, writing the limit fails. */
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		auto_fd int fd = openat(directory, "cgroup.subtree_control", O_WRONLY | O_CLOEXEC);
		if (fd >= 0)
			(void)!write(fd, word, strlen(word));
	}
}

/* Whether a file with a list of words in the directory has the word. */
static bool file_lists(int directory, const char *file, const char *word)
{
	char list[1024], *save;
	bool found = false;

	if (cgroup_read(directory, file, list, sizeof list) < 0)
		return false;
	for (char *w = strtok_r(list, " \n", &save); w && !found; w = strtok_r(NULL, " \n", &save))
		found = !strcmp(w, word);
	return found;
}

const char *cgroup_why_missing(int directory, const char *file, char *text, size_t size)
{
	char controller[32];
	auto_fd int above = openat(directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

	snprintf(controller, sizeof controller, "%.*s", (int)strcspn(file, "."), file);
	if (above < 0 || !cgroup_has(above, "cgroup.subtree_control") ||
	    !strcmp(controller, "cgroup"))
		return NULL; /* v1, or a file of cgroup2 itself */
	if (file_lists(above, "cgroup.subtree_control", controller)) {
		snprintf(text, size, "the controller %s is enabled, but this kernel has no %s",
			 controller, file);
		return text;
	}
	const char *why =
		cgroup_has(above, "cgroup.type") && has_processes(above)
			? "the parent has processes of its own; move them to a sibling cgroup"
		: !file_lists(above, "cgroup.controllers", controller)
			? "it is not enabled further up, not delegated to you, or not on cgroup2"
		: !strcmp(controller, "cpu") ? "it is available there; cpu can't be enabled while "
					       "realtime processes exist"
					     : "it is available there, and can be enabled";
	snprintf(text, size, "the controller %s is not in the parent's cgroup.subtree_control: %s",
		 controller, why);
	return text;
}

/* On a cgroup that was made above a container's: several containers may come to be in it, and the
 * last one to be deleted removes it. Where there are no such attributes, it is the one for which it
 * was made, if it is the last. */
static const char *mark(void)
{
	return geteuid() ? "user.tare" : "trusted.tare";
}

static bool is_marked(const char *cgroup)
{
	char value;

	return getxattr(cgroup, mark(), &value, sizeof value) >= 0;
}

int cgroup_make(const char *mount, const char *path, const char *controllers, bool cpuset)
{
	char full[PATH_MAX];

	/* The usual case: one name below what is there. */
	bool plain = !cpuset && !(controllers && *controllers);
	if (plain && (size_t)snprintf(full, sizeof full, "%s%s", mount, path) < sizeof full &&
	    !mkdir(full, 0755))
		return 0;
	auto_fd int current = cgroup_look(mount, "");
	if (current < 0)
		return fail(-current, "open", "%s", mount);
	const char *whole = path;
	int races = 0;
	while (*(path += strspn(path, "/"))) {
		char name[NAME_MAX + 1];
		size_t length = strcspn(path, "/");
		snprintf(name, sizeof name, "%.*s", (int)length, path);
		path += length;
		if (controllers && *controllers)
			enable(current, controllers);
		bool made = !mkdirat(current, name, 0755);
		int err = !made && errno != EEXIST ? -errno : 0;
		if (err == -ENOENT && ++races < RACES) {
			/* The deletion of another container has removed the current directory:
			 * start again from the top. */
			io_close(&current);
			current = cgroup_look(mount, "");
			path = whole;
			continue;
		}
		if (err)
			(void)fail_as(CODE_CGROUP, -err, "mkdir", "cgroup %s%s", mount, whole);
		if (err == -EACCES || err == -EPERM || err == -EROFS)
			return hint("this part of the cgroup tree is not delegated to you");
		if (err)
			return err;
		auto_fd int next = openat(current, name,
					  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return fail(errno, "open", "cgroup %s%s", mount, whole);
		if (made && path[strspn(path, "/")])
			(void)fsetxattr(next, mark(), "", 0, 0);
		err = cpuset ? inherit_cpuset(current, next, made) : 0;
		if (err)
			return err;
		io_close(&current);
		current = take(&next);
	}
	return 0;
}

int cgroup_directory(const char *mount, const char *path)
{
	int fd = cgroup_look(mount, path);

	return fd < 0 ? fail(-fd, "open", "cgroup %s%s", mount, path) : fd;
}

int cgroup_entry(const char *mount, const char *path, bool unified)
{
	char full[PATH_MAX];

	/* A thread that writes 0 to `tasks` (v1) joins at once; a pid written to cgroup.procs
	 * would wait for an RCU grace period in the kernel. */
	snprintf(full, sizeof full, "%s%s/%s", mount, path, unified ? "cgroup.procs" : "tasks");
	int fd = open(full, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? fail(errno, "open", "%s", full) : fd;
}

int cgroup_open(int directory, const char *file)
{
	int fd = openat(directory, file, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? fail(errno, "open", "%s", file) : fd;
}

int cgroup_write(int fd, const char *file, const char *value)
{
	return write(fd, value, strlen(value)) < 0 ? fail(errno, "write", "%s to %s", value, file)
						   : 0;
}

int cgroup_set(int directory, const char *file, const char *value)
{
	auto_fd int fd = cgroup_open(directory, file);

	return fd < 0 ? fd : cgroup_write(fd, file, value);
}

bool cgroup_has(int directory, const char *file)
{
	return io_is_there(directory, file, F_OK);
}

/* The value that applies to a device without a line in the file. */
static const char *none_for_device(const char *file)
{
	return !strncmp(file, "blkio.", 6)	     ? "0"
	       : !strcmp(file, "io.max")	     ? "rbps=max wbps=max riops=max wiops=max"
	       : !strcmp(file, "rdma.max")	     ? "hca_handle=max hca_object=max"
	       : !strcmp(file, "misc.max")	     ? "max"
	       : !strcmp(file, "net_prio.ifpriomap") ? "0"
						     : "default";
}

void cgroup_get(int directory, const char *file, const char *value, char old[CGROUP_VALUE])
{
	static char text[CGROUP_VALUE];
	size_t key = strcspn(value, " ");
	const char *line = text;
	/* Files with one line per device: "8:0 1048576", "mlx5_0 hca_handle=1". cpu.max is a
	 * single line with two numbers. */
	bool keyed = value[key] && strcmp(file, "cpu.max");

	*old = '\0';
	if (!strncmp(file, "devices.", 8) || cgroup_read(directory, file, text, sizeof text) < 0)
		return;
	while (keyed && *line && (strncmp(line, value, key) || line[key] != ' '))
		line += strcspn(line, "\n"), line += *line == '\n';
	if (keyed && !*line)
		snprintf(old, CGROUP_VALUE, "%.*s %s", (int)key, value, none_for_device(file));
	else if (!strcmp(file, "memory.oom_control"))
		snprintf(old, CGROUP_VALUE, "%c", line[strcspn(line, "01")]);
	else
		snprintf(old, CGROUP_VALUE, "%.*s\n", (int)strcspn(line, "\n"), line);
}

static int load_program(const void *instruction, size_t count, char *log, size_t size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof attr);
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uintptr_t)instruction;
	attr.insn_cnt = (uint32_t)count;
	attr.license = (uintptr_t) "Apache-2.0";
	memcpy(attr.prog_name, PROGRAM, sizeof PROGRAM);
	attr.log_level = size ? 1 : 0;
	attr.log_buf = (uintptr_t)(size ? log : NULL);
	attr.log_size = (uint32_t)size;
	return sys_bpf(BPF_PROG_LOAD, &attr);
}

/* Finds, by its name, the program that tare attached to the cgroup before: a descriptor, or -1.
 * Programs of systemd are left alone. */
static int attached_program(int directory)
{
	uint32_t id[64];
	union bpf_attr attr;

	memset(&attr, 0, sizeof attr);
	attr.query.target_fd = (uint32_t)directory;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uintptr_t)id;
	attr.query.prog_cnt = sizeof id / sizeof *id;
	if (sys_bpf(BPF_PROG_QUERY, &attr))
		return -1;
	for (uint32_t i = 0; i < attr.query.prog_cnt; i++) {
		union bpf_attr get;
		struct bpf_prog_info info;
		memset(&get, 0, sizeof get);
		get.prog_id = id[i];
		auto_fd int program = sys_bpf(BPF_PROG_GET_FD_BY_ID, &get);
		memset(&get, 0, sizeof get);
		memset(&info, 0, sizeof info);
		get.info.bpf_fd = (uint32_t)program;
		get.info.info_len = sizeof info;
		get.info.info = (uintptr_t)&info;
		if (program >= 0 && !sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &get) &&
		    !strcmp(info.name, PROGRAM))
			return take(&program);
	}
	return -1;
}

int cgroup_attach_devices(int directory, const void *instruction, size_t count)
{
	union bpf_attr attr;
	static char log[256 * 1024];

	/* The verifier's log is requested only after a failure, because a log buffer that is too
	 * small makes the load fail. */
	auto_fd int program = load_program(instruction, count, NULL, 0);
	if (program < 0 && errno != EPERM)
		program = load_program(instruction, count, log, sizeof log);
	if (program < 0)
		return fail(errno, "bpf", "loading the device rules: %.200s", log);

	auto_fd int old = attached_program(directory);
	memset(&attr, 0, sizeof attr);
	attr.target_fd = (uint32_t)directory;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	/* BPF_F_REPLACE (Linux 5.6) is atomic: there is no moment without rules. */
	attr.attach_flags = BPF_F_ALLOW_MULTI | (old >= 0 ? BPF_F_REPLACE : 0);
	attr.replace_bpf_fd = old >= 0 ? (uint32_t)old : 0;
	if (sys_bpf(BPF_PROG_ATTACH, &attr))
		return fail(errno, "bpf", "attaching the device rules");
	return 0;
}

int cgroup_delegate(int directory, uid_t uid)
{
	/* The default is for Linux before 4.15, which does not have the file. */
	char list[1024] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n", *save;
	auto_fd int fd = open("/sys/kernel/cgroup/delegate", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)io_read(fd, list, sizeof list);
	if (fchown(directory, uid, (gid_t)-1))
		return fail(errno, "fchown", "the cgroup");
	for (char *name = strtok_r(list, "\n", &save); name; name = strtok_r(NULL, "\n", &save))
		if (fchownat(directory, name, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) &&
		    errno != ENOENT)
			return fail(errno, "fchownat", "%s of the cgroup", name);
	return 0;
}

/* --- the freezer --- */

static const struct freezer {
	const char *file, *freeze, *thaw;
	/* The file that contains `known` where there is a freezer, and `done` when all are frozen.
	 */
	const char *events, *known, *done;
} freezers[] = {
	{ "freezer.state", "FROZEN", "THAWED", "freezer.state", "", "FROZEN" },
	{ "cgroup.freeze", "1", "0", "cgroup.events", "frozen ", "frozen 1" },
};

static const struct freezer *find_freezer(int directory)
{
	for (size_t i = 0; i < sizeof freezers / sizeof *freezers; i++)
		if (io_is_there(directory, freezers[i].file, W_OK))
			return &freezers[i];
	return NULL;
}

static bool says_frozen(int directory, const struct freezer *f)
{
	char text[256];

	return cgroup_read(directory, f->events, text, sizeof text) > 0 && strstr(text, f->done);
}

int cgroup_has_freezer(const char *mount, const char *path)
{
	auto_fd int fd = cgroup_look(mount, path);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fail(-fd, "open", "the cgroup %s%s", mount, path);
	return find_freezer(fd) != NULL;
}

int cgroup_is_frozen(const char *mount, const char *path)
{
	char file[PATH_MAX], text[256];

	/* `list` asks this of each container, so there is no other system call than these. */
	for (const struct freezer *f = freezers; f < freezers + sizeof freezers / sizeof *freezers;
	     f++) {
		if ((size_t)snprintf(file, sizeof file, "%s%s/%s", mount, path, f->events) >=
		    sizeof file)
			return -1;
		auto_fd int fd = open(file, O_RDONLY | O_CLOEXEC);
		ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1); /* all of it */
		if (length <= 0)
			continue;
		text[length] = '\0';
		return strstr(text, f->known) ? strstr(text, f->done) != NULL : -1;
	}
	return -1;
}

bool cgroup_is_held(const char *mount, const char *path)
{
	auto_fd int fd = cgroup_look(mount, path);
	char text[256];

	if (fd < 0)
		return false;
	if (cgroup_read(fd, "cgroup.events", text, sizeof text) > 0)
		return strstr(text, "frozen 1");
	return cgroup_read(fd, "freezer.state", text, sizeof text) > 0 && !strstr(text, "THAWED");
}

bool cgroup_is_freezing(const char *mount, const char *path)
{
	auto_fd int fd = cgroup_look(mount, path);
	char text[256];

	return fd >= 0 && cgroup_read(fd, "freezer.state", text, sizeof text) > 0 &&
	       !strstr(text, "THAWED");
}

int cgroup_freeze(const char *mount, const char *path, bool frozen)
{
	auto_fd int fd = cgroup_look(mount, path);
	const struct freezer *f = fd >= 0 ? find_freezer(fd) : NULL;

	if (!f)
		return fail_as(CODE_FREEZE, ENOENT, NULL, "the cgroup %s%s has no freezer", mount,
			       path);
	for (int i = 0; i < FREEZE_TRIES; i++) {
		/* Written on each try, because v1 gives up on a process that was forking. */
		int err = cgroup_set(fd, f->file, frozen ? f->freeze : f->thaw);
		if (err)
			return also("the cgroup %s%s", mount, path);
		if (says_frozen(fd, f) == frozen)
			return 0;
		/* Usually it takes less than a millisecond. */
		nanosleep(&(struct timespec){ .tv_nsec = i < 7 ? 100000L << i : 10000000L }, NULL);
	}
	if (frozen)
		(void)cgroup_set(fd, f->file, f->thaw);
	return fail_as(CODE_FREEZE, ETIMEDOUT, NULL, "the cgroup %s%s does not %s", mount, path,
		       frozen ? "freeze" : "thaw");
}

/* --- all below --- */

typedef int visit_cgroup(int parent, const char *name, int directory, void *context);

/* One level of a walk: the names of the subdirectories, and the offset of the next one to visit. */
struct level {
	char *names;
	size_t length, next;
};

/* The names of all directories in it, each with its NUL. */
static int list_directories(int fd, struct level *level)
{
	size_t room = 0;
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	*level = (struct level){ NULL, 0, 0 };
	if (!dir) {
		int err = -errno;
		io_close(&copy);
		return err;
	}
	for (struct dirent *e; (e = readdir(dir));) {
		size_t size = strlen(e->d_name) + 1;
		if (e->d_type != DT_DIR || !strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (level->length + size > room) {
			char *larger = realloc(level->names, room = 2 * (room + size));
			if (!larger) {
				closedir(dir);
				return -ENOMEM;
			}
			level->names = larger;
		}
		memcpy(level->names + level->length, e->d_name, size);
		level->length += size;
	}
	closedir(dir);
	return 0;
}

struct walk {
	struct level *level;
	size_t depth, room;
	int directory; /* of the deepest level */
};

static int descend(struct walk *w, int directory)
{
	if (w->depth == w->room) {
		struct level *larger = realloc(w->level, (2 * w->room + 8) * sizeof *larger);
		if (!larger)
			return -ENOMEM;
		w->level = larger;
		w->room = 2 * w->room + 8;
	}
	int err = list_directories(directory, &w->level[w->depth]);
	if (err) {
		free(w->level[w->depth].names);
		return err;
	}
	w->depth++;
	io_close(&w->directory);
	w->directory = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	return w->directory < 0 ? -errno : 0;
}

/* The name of the current directory, which is stored in the level above. */
static const char *name_of(const struct walk *w, const char *top)
{
	const struct level *above = w->depth > 1 ? &w->level[w->depth - 2] : NULL;

	return above ? above->names + above->next : top;
}

/* One step: descends into the next subdirectory; if there is none, visits this directory and
 * returns to its parent. */
static int walk_step(struct walk *w, int at, const char *top, visit_cgroup *visit, void *context)
{
	struct level *here = &w->level[w->depth - 1];

	if (here->next < here->length) {
		auto_fd int next = openat(w->directory, here->names + here->next,
					  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int err = next >= 0 ? descend(w, next) : -errno;
		if (err != -ENOENT && err != -ENODEV)
			return err;
		here = &w->level[w->depth - 1];
		here->next += strlen(here->names + here->next) + 1; /* it is gone */
		return 0;
	}
	/* ".." is safe here, because a cgroup cannot be moved to another parent. */
	auto_fd int parent =
		w->depth > 1 ? openat(w->directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (w->depth > 1 && parent < 0)
		return -errno;
	int result = visit(w->depth > 1 ? parent : at, name_of(w, top), w->directory, context);
	free(here->names);
	w->depth--;
	io_close(&w->directory);
	if (w->depth) {
		struct level *above = &w->level[w->depth - 1];
		above->next += strlen(above->names + above->next) + 1;
		w->directory = take(&parent);
	}
	return result;
}

/* Calls visit for the cgroup and all below it, the deepest first. Whatever the depth, it needs
 * three descriptors and does not recurse. */
static int walk(int at, const char *name, visit_cgroup *visit, void *context)
{
	struct walk w = { .directory = -1 };
	auto_fd int top = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (top < 0)
		return errno == ENOENT ? 0 : -errno;
	int result = descend(&w, top);
	while (!result && w.depth)
		result = walk_step(&w, at, name, visit, context);
	while (w.depth)
		free(w.level[--w.depth].names);
	free(w.level);
	io_close(&w.directory);
	return result;
}

static int walk_path(const char *mount, const char *path, visit_cgroup *visit, void *context)
{
	char full[PATH_MAX];

	snprintf(full, sizeof full, "%s%s", mount, path);
	return walk(AT_FDCWD, full, visit, context);
}

static int thaw_one(int parent, const char *name, int directory, void *context)
{
	const struct freezer *f = find_freezer(directory);

	(void)parent;
	(void)name;
	(void)context;
	if (f && cgroup_set(directory, f->file, f->thaw))
		error_clear(); /* it may be gone */
	return 0;
}

void cgroup_thaw_all(const char *mount, const char *path)
{
	(void)walk_path(mount, path, thaw_one, NULL);
}

struct each {
	int (*each)(pid_t pid, void *context);
	void *context;
};

static int visit_processes(int parent, const char *name, int directory, void *context)
{
	const struct each *each = context;
	auto_fd int fd = openat(directory, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	int result = 0;

	(void)parent;
	(void)name;
	FILE *file = fd >= 0 ? fdopen(take(&fd), "r") : NULL;
	for (int pid; file && !result && fscanf(file, "%d", &pid) == 1;)
		if (pid > 0) /* 0: a process that our pid namespace does not show */
			result = each->each(pid, each->context);
	if (file)
		fclose(file);
	return result;
}

int cgroup_each_process(const char *mount, const char *path, int (*each)(pid_t pid, void *context),
			void *context)
{
	struct each what = { each, context };

	return walk_path(mount, path, visit_processes, &what);
}

static int kill_one(pid_t pid, void *context)
{
	(void)context;
	(void)kill(pid, SIGKILL); /* it may have ended meanwhile */
	return 0;
}

static int remove_one(int parent, const char *name, int directory, void *context)
{
	(void)directory;
	(void)context;
	return unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT ? -errno : 0;
}

void cgroup_kill(const char *mount, const char *path, bool unified)
{
	auto_fd int fd = cgroup_look(mount, path);

	if (fd < 0)
		return;
	if (unified && !cgroup_set(fd, "cgroup.kill", "1")) /* Linux 5.14 */
		return;
	(void)cgroup_each_process(mount, path, kill_one, NULL);
	error_clear();
}

/* Those that create has made above it, unless others use them by now. */
static int remove_above(const char *mount, const char *path, size_t keep)
{
	char full[PATH_MAX];
	size_t base = strlen(mount);

	snprintf(full, sizeof full, "%s%s", mount, path);
	for (char *slash; (slash = strrchr(full, '/')) && (size_t)(slash - full) > base;) {
		*slash = '\0';
		if ((size_t)(slash - full) <= base + keep && !is_marked(full))
			return 0; /* it was there before */
		if (rmdir(full) && errno != ENOENT)
			return errno == EBUSY || errno == ENOTEMPTY
				       ? 0
				       : fail_as(CODE_CGROUP, errno, "rmdir", "cgroup %s", full);
	}
	return 0;
}

int cgroup_remove(const char *mount, const char *path, bool unified, bool kills, size_t keep)
{
	char full[PATH_MAX];
	int err = 0;

	if (!strcmp(path, "/") || strlen(path) <= 1)
		return 0; /* never the root */
	snprintf(full, sizeof full, "%s%s", mount, path);
	for (int i = 0; i < REMOVE_TRIES; i++) {
		err = rmdir(full) && errno != ENOENT ? -errno : 0;
		if (!err)
			break;
		/* Not at the first try: it is usually empty, and killing is expensive. */
		if (kills)
			cgroup_kill(mount, path, unified);
		err = walk_path(mount, path, remove_one, NULL);
		if (!err || (!kills && i > FOREIGN_TRIES && cgroup_has_processes(mount, path)))
			break;
		nanosleep(&(struct timespec){ .tv_nsec = (i < 10 ? 1 : 40) * 1000000L }, NULL);
	}
	if (err)
		return fail_as(CODE_CGROUP, -err, "rmdir", "cgroup %s", full);
	return strlen(path) > keep ? remove_above(mount, path, keep) : 0;
}
