/* SPDX-License-Identifier: Apache-2.0 */
/* The only part of the planner that probes the machine. */
#include "host.h"

#include "base/interrupt.h"
#include "base/error.h"
#include "base/io.h"
#include "base/mount.h"
#include "base/mountinfo.h"
#include "base/proc.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

SHAPE(hierarchy, ROW_REQUIRED(hierarchy, "mount", mount),
      ROW_REQUIRED(hierarchy, "controllers", controllers), ROW_REQUIRED(hierarchy, "own", own),
      ROW(hierarchy, "enabled", enabled), ROW(hierarchy, "unified", unified),
      ROW(hierarchy, "writable", writable));

SHAPE(host_limit, ROW_NAME_REQUIRED(host_limit, "type", type, rlimit_names),
      ROW_REQUIRED(host_limit, "hard", hard));

SHAPE(host, ROW_REQUIRED(host, "uid", uid), ROW_REQUIRED(host, "gid", gid),
      ROW(host, "userNamespace", user_namespace), ROW(host, "capabilities", capabilities),
      ROW(host, "bounding", bounding), ROW(host, "kernel", kernel),
      ROW(host, "mountApi", mount_api), ROW(host, "apparmor", apparmor),
      ROW(host, "selinux", selinux), ROW(host, "apparmorConfined", apparmor_confined),
      ROW(host, "noNewPrivileges", no_new_privs), ROW(host, "resctrl", resctrl),
      ROW(host, "newuidmap", newuidmap), ROW(host, "newgidmap", newgidmap),
      ROW_OBJECTS(host, "limits", limits, host_limit), ROW(host, "files", files),
      ROW_OBJECTS(host, "cgroups", cgroups, hierarchy));

bool host_can(const struct host *host, int capability)
{
	return host->capabilities.value >> capability & 1;
}

/* Reads a /proc file into the pool. Returns NULL on error. */
static char *proc_text(struct pool *pool, const char *path)
{
	auto_fd int fd = proc_open(path, O_RDONLY);
	char *text = pool_alloc(pool, 4096);
	size_t size = 4096;

	if (fd < 0)
		return NULL;
	ssize_t length;
	while ((length = io_read(fd, text, size)) == -EFBIG) {
		size *= 4;
		text = pool_alloc(pool, size);
		lseek(fd, 0, SEEK_SET);
	}
	if (length < 0)
		(void)fail((int)-length, "read", "/proc/%s", path);
	return length < 0 ? NULL : text;
}

const char *host_line(struct pool *pool, const char *path)
{
	char text[512];
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ENAMETOOLONG)
			(void)fail(errno, "open", "%s", path);
		return NULL;
	}
	ssize_t length = io_read(fd, text, sizeof text);
	if (length < 0) {
		(void)fail((int)-length, "read", "%s", path);
		return NULL;
	}
	text[strcspn(text, "\n")] = '\0';
	return pool_copy(pool, text, strlen(text));
}

/* There may be something, and it could not be read: the error is filled, and nothing is assumed. */
static bool is_unreadable(const char *line)
{
	return !line && error_last()->err;
}

/* The caller's cgroup in the hierarchy of these controllers ("" is cgroup2's), from
 * /proc/self/cgroup. */
static const char *own_cgroup(struct pool *pool, const char *cgroups, const char *controllers)
{
	for (const char *line = cgroups; *line;
	     line += strcspn(line, "\n"), line += *line == '\n') {
		const char *first = strchr(line, ':');
		const char *second = first ? strchr(first + 1, ':') : NULL;
		if (!second)
			break;
		size_t length = (size_t)(second - first - 1);
		if (length == strlen(controllers) && !strncmp(first + 1, controllers, length))
			return pool_copy(pool, second + 1, strcspn(second + 1, "\n"));
	}
	return NULL;
}

/* Does /proc/self/cgroup list it as a controller or a named hierarchy? */
static bool is_controller(const char *cgroups, const char *word)
{
	size_t length = strlen(word);

	for (const char *line = cgroups; *line;
	     line += strcspn(line, "\n"), line += *line == '\n') {
		const char *at = strchr(line, ':');
		for (; at && *at != '\n' && (at == strchr(line, ':') || *at == ',');
		     at += 1 + strcspn(at + 1, ",:\n"))
			if (!strncmp(at + 1, word, length) &&
			    (at[1 + length] == ',' || at[1 + length] == ':'))
				return true;
	}
	return false;
}

/* The controllers among a v1 mount's superblock options: "rw,seclabel,cpu,cpuacct" ->
 * "cpu,cpuacct". */
static const char *v1_controllers(struct pool *pool, const char *options, const char *cgroups)
{
	char *words = pool_copy(pool, options, strlen(options)), *save;
	const char *list = "";

	for (char *word = strtok_r(words, ",", &save); word; word = strtok_r(NULL, ",", &save))
		if (is_controller(cgroups, word))
			list = pool_text(pool, "%s%s%s", list, *list ? "," : "", word);
	return list;
}

static int probe_mount(struct pool *pool, struct host *host, const struct mountinfo_entry *e,
		       const char *cgroups)
{
	bool unified = !strcmp(e->type, "cgroup2");

	if (!unified && strcmp(e->type, "cgroup"))
		return 0;
	struct hierarchy h = { .mount = pool_copy(pool, e->point, strlen(e->point)),
			       .id = e->id,
			       .unified = { unified, true } };
	h.controllers = unified ? "" : v1_controllers(pool, e->super_options, cgroups);
	/* Mounted twice: keep the first, which is the usual mount point, and do not look at the
	 * other, which may be that of a container without a mount namespace that is just ending.
	 */
	for (size_t i = 0; i < host->cgroups.count; i++)
		if (host->cgroups.item[i].unified.value == unified &&
		    (unified || !strcmp(host->cgroups.item[i].controllers, h.controllers)))
			return 0;
	const char *own = own_cgroup(pool, cgroups, h.controllers);
	/* The mount may show only part of the hierarchy; a cgroup outside of it can't be
	 * reached through it. */
	size_t root = strcmp(e->root, "/") ? strlen(e->root) : 0;
	if (!own || strncmp(own, e->root, root))
		own = "/";
	else if (own[root])
		own += root;
	else
		own = "/";
	h.own = !strncmp(own, "/..", 3) ? "/" : own;
	if (unified) {
		const char *list = host_line(pool,
					     pool_text(pool, "%s/cgroup.controllers", h.mount));
		if (is_unreadable(list))
			return -error_last()->err;
		h.controllers = list ? list : "";
		h.enabled = h.controllers;
	}
	/* For root in the initial user namespace permissions don't matter, but many containers
	 * have the hierarchy mounted read-only. */
	bool machines = !host->uid.value && !host->user_namespace.value;
	bool writable = machines ? strncmp(e->options, "ro", 2) != 0
				 : !access(pool_text(pool, "%s%s", h.mount, h.own), W_OK);
	h.writable = (struct opt_bool){ writable, true };
	host->cgroups.item = pool_grow(pool, host->cgroups.item, host->cgroups.count, sizeof h);
	host->cgroups.item[host->cgroups.count++] = h;
	return 0;
}

/* A later mount on the mount point or above it hides a hierarchy, which can't be reached any
 * more. */
static void forget_hidden(struct host *host, const char *point)
{
	size_t kept = 0, length = strlen(point);

	if (length <= 1)
		return; /* a mount on "/" comes with all mounts below it, so it hides none */
	for (size_t i = 0; i < host->cgroups.count; i++) {
		const char *mount = host->cgroups.item[i].mount;
		if (strncmp(mount, point, length) || (mount[length] && mount[length] != '/'))
			host->cgroups.item[kept++] = host->cgroups.item[i];
	}
	host->cgroups.count = kept;
}

/* A container's cgroup is created below the caller's own, but if cgroup2 is the only
 * hierarchy, next to it: a cgroup that contains processes can't enable controllers for its
 * children. See place() in plan/cgroup.c. */
static int probe_enabled(struct pool *pool, struct host *host)
{
	bool alone = host->cgroups.count == 1;

	for (size_t i = 0; i < host->cgroups.count; i++) {
		struct hierarchy *h = &host->cgroups.item[i];
		size_t length = alone ? (size_t)(strrchr(h->own, '/') - h->own) : strlen(h->own);
		if (!h->unified.value || !strcmp(h->own, "/"))
			continue;
		const char *list = host_line(pool, pool_text(pool, "%s%.*s/cgroup.controllers",
							     h->mount, (int)length, h->own));
		if (is_unreadable(list))
			return -error_last()->err;
		h->enabled = list ? list : "";
	}
	return 0;
}

/* A directory that simulates a resctrl filesystem: see tests/fault/. */
static const char *resctrl_of_test(void)
{
#ifdef TARE_FAULTS
	return getenv("TARE_RESCTRL");
#else
	return NULL;
#endif
}

/* All hierarchies of the caller's, and a resctrl filesystem where this machine may have one. */
static bool is_complete(const struct host *host, const char *cgroups)
{
	size_t hierarchies = 0;

	for (; *cgroups; cgroups++)
		hierarchies += *cgroups == '\n';
	return host->cgroups.count >= hierarchies &&
	       (host->resctrl || !io_is_there(AT_FDCWD, "/sys/fs/resctrl", F_OK));
}

static bool is_covered(const struct host *host)
{
	for (size_t i = 0; i < host->cgroups.count; i++) {
		const struct hierarchy *h = &host->cgroups.item[i];
		auto_fd int fd = open(h->mount, O_PATH | O_CLOEXEC);
		if (fd < 0 || mount_id(fd) != h->id)
			return true;
	}
	return false;
}

/* Unless `all`, it stops when everything is found, since there may be thousands of mounts of
 * containers; 1: those after it hide something of what was found. */
static int read_mounts(struct pool *pool, struct host *host, const char *cgroups, bool all)
{
	enum { FEW = 64 };
	static struct mountinfo mounts; /* large: only what is read into it becomes memory */
	struct mountinfo_entry e;
	int err = mountinfo_open(&mounts);
	bool enough = false;

	if (err)
		return err;
	host->resctrl = resctrl_of_test();
	host->cgroups.count = 0;
	for (int seen = 1; !enough && (err = mountinfo_next(&mounts, &e)) > 0; seen++) {
		if (!host->resctrl && !strcmp(e.type, "resctrl"))
			host->resctrl = pool_copy(pool, e.point, strlen(e.point));
		forget_hidden(host, e.point);
		err = probe_mount(pool, host, &e, cgroups);
		if (err)
			break;
		enough = !all && seen >= FEW && mountinfo_is_used_up(&mounts) &&
			 is_complete(host, cgroups);
	}
	mountinfo_close(&mounts);
	return enough && is_covered(host) ? 1 : err;
}

static int probe_cgroups(struct pool *pool, struct host *host)
{
	char *cgroups = proc_text(pool, "self/cgroup");
	int err = cgroups ? 0 : -error_last()->err;

	host->cgroups.item = pool_alloc(pool, sizeof *host->cgroups.item);
	if (!err)
		err = read_mounts(pool, host, cgroups, false);
	if (err > 0)
		err = read_mounts(pool, host, cgroups, true);
	if (!err)
		err = probe_enabled(pool, host);
	return err ? also("asking for the cgroups of this machine") : 0;
}

static const char *helper(struct pool *pool, const char *name)
{
	static const char *const directory[] = { "/usr/bin", "/usr/local/bin", "/bin",
						 "/run/wrappers/bin" /* NixOS */ };

	for (size_t i = 0; i < sizeof directory / sizeof *directory; i++) {
		const char *path = pool_text(pool, "%s/%s", directory[i], name);
		if (!access(path, X_OK))
			return path;
	}
	return NULL;
}

/* By a profile that forbids something: one in the mode "unconfined" does not. */
static bool is_confined(struct pool *pool)
{
	const char *label = proc_text(pool, "self/attr/apparmor/current");

	if (!label)
		label = proc_text(pool, "self/attr/current"); /* before Linux 5.8 */
	error_clear();
	if (!label || !*label)
		return false;
	label = pool_copy(pool, label, strcspn(label, "\n"));
	return strcmp(label, "unconfined") != 0 && !strstr(label, " (unconfined)");
}

int host_probe(struct pool *pool, struct host *host)
{
	struct utsname name;
	unsigned major = 0, minor = 0;

	error_clear();
	*host = (struct host){ .uid = { geteuid(), true }, .gid = { getegid(), true } };
	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return fail(errno, "uname", "the kernel version");
	host->kernel = (struct opt_u32){ major * 100 + minor, true };
	const char *status = proc_text(pool, "self/status");
	if (!status)
		return also("reading the runtime's capabilities");
	host->capabilities = (struct opt_u64){ proc_status_mask(status, "\nCapEff:"), true };
	host->bounding = (struct opt_u64){ proc_status_mask(status, "\nCapBnd:"), true };
	if (host_can(host, CAP_SYS_ADMIN) &&
	    !(sys_permits(SYS_fsopen) && sys_permits(SYS_open_tree) && sys_permits(SYS_move_mount)))
		host->mount_api = (struct opt_bool){ false, true };
	if (proc_status_mask(status, "\nNoNewPrivs:"))
		host->no_new_privs = (struct opt_bool){ true, true };
	signals_learn(proc_status_mask(status, "\nSigIgn:"));

	const char *map = proc_text(pool, "self/uid_map");
	unsigned inside = 1, outside = 1, count = 0;
	if (is_unreadable(map) && error_last()->err != ENOENT)
		return also("reading the runtime's user namespace");
	error_clear();
	if (map && sscanf(map, "%u %u %u", &inside, &outside, &count) != 3)
		count = 0;
	host->user_namespace = (struct opt_bool){ map && (inside || outside || count != UINT32_MAX),
						  true };
	if (host->uid.value || host->user_namespace.value) {
		host->newuidmap = helper(pool, "newuidmap");
		host->newgidmap = helper(pool, "newgidmap");
	}
	const char *apparmor = host_line(pool, "/sys/module/apparmor/parameters/enabled");
	if (is_unreadable(apparmor))
		return also("asking for AppArmor");
	host->apparmor = (struct opt_bool){ apparmor && *apparmor == 'Y', true };
	if (host->apparmor.value && is_confined(pool))
		host->apparmor_confined = (struct opt_bool){ true, true };
	host->selinux = (struct opt_bool){ io_is_there(AT_FDCWD, "/sys/fs/selinux/enforce", F_OK),
					   true };
	return probe_cgroups(pool, host);
}

const char *host_controllers(const struct host *host, const char *mount)
{
	for (size_t i = 0; i < host->cgroups.count; i++)
		if (!strcmp(host->cgroups.item[i].mount, mount))
			return host->cgroups.item[i].controllers;
	return "";
}

static const int rlimit_number[OCI_RLIMIT_COUNT] = {
	[OCI_RLIMIT_AS] = RLIMIT_AS,
	[OCI_RLIMIT_CORE] = RLIMIT_CORE,
	[OCI_RLIMIT_CPU] = RLIMIT_CPU,
	[OCI_RLIMIT_DATA] = RLIMIT_DATA,
	[OCI_RLIMIT_FSIZE] = RLIMIT_FSIZE,
	[OCI_RLIMIT_LOCKS] = RLIMIT_LOCKS,
	[OCI_RLIMIT_MEMLOCK] = RLIMIT_MEMLOCK,
	[OCI_RLIMIT_MSGQUEUE] = RLIMIT_MSGQUEUE,
	[OCI_RLIMIT_NICE] = RLIMIT_NICE,
	[OCI_RLIMIT_NOFILE] = RLIMIT_NOFILE,
	[OCI_RLIMIT_NPROC] = RLIMIT_NPROC,
	[OCI_RLIMIT_RSS] = RLIMIT_RSS,
	[OCI_RLIMIT_RTPRIO] = RLIMIT_RTPRIO,
	[OCI_RLIMIT_RTTIME] = RLIMIT_RTTIME,
	[OCI_RLIMIT_SIGPENDING] = RLIMIT_SIGPENDING,
	[OCI_RLIMIT_STACK] = RLIMIT_STACK,
};

int rlimit_resource(enum oci_rlimit type)
{
	return rlimit_number[type];
}

void host_probe_limits(struct pool *pool, struct host *host, const struct process *process)
{
	struct rlimit limit;

	for (size_t i = 0; process && i < process->rlimits.count && i < OCI_RLIMIT_COUNT; i++) {
		const struct rlimit_entry *r = &process->rlimits.item[i];
		if (getrlimit((__rlimit_resource_t)rlimit_resource((enum oci_rlimit)r->type.value),
			      &limit))
			continue;
		host->limits.item = pool_grow(pool, host->limits.item, host->limits.count,
					      sizeof *host->limits.item);
		host->limits.item[host->limits.count++] =
			(struct host_limit){ r->type, { limit.rlim_max, true } };
		if (r->type.value != OCI_RLIMIT_NOFILE || r->hard.value <= limit.rlim_max)
			continue;
		const char *most = proc_text(pool, "sys/fs/nr_open");
		if (most)
			host->files = (struct opt_u64){ strtoull(most, NULL, 10), true };
	}
	error_clear();
}
