/* SPDX-License-Identifier: Apache-2.0 */
/* The one part of the planner that looks at the machine. */
#include "host.h"

#include "base/interrupt.h"
#include "base/io.h"
#include "base/proc.h"
#include "base/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { PROC_TEXT = 256 * 1024 }; /* mountinfo of a machine with a thousand containers */

SHAPE(hierarchy, ROW_REQUIRED(hierarchy, "mount", mount),
      ROW_REQUIRED(hierarchy, "controllers", controllers), ROW_REQUIRED(hierarchy, "own", own),
      ROW(hierarchy, "enabled", enabled), ROW(hierarchy, "unified", unified),
      ROW(hierarchy, "writable", writable));

SHAPE(host, ROW_REQUIRED(host, "uid", uid), ROW_REQUIRED(host, "gid", gid),
      ROW(host, "userNamespace", user_namespace), ROW(host, "capabilities", capabilities),
      ROW(host, "bounding", bounding), ROW(host, "kernel", kernel), ROW(host, "apparmor", apparmor),
      ROW(host, "selinux", selinux), ROW(host, "resctrl", resctrl),
      ROW(host, "newuidmap", newuidmap), ROW(host, "newgidmap", newgidmap),
      ROW_OBJECTS(host, "cgroups", cgroups, hierarchy));

bool host_can(const struct host *host, int capability)
{
	return host->capabilities.value >> capability & 1;
}

/* A /proc file as text in the pool; NULL where there is none. */
static char *proc_text(struct pool *pool, const char *path)
{
	auto_fd int fd = proc_open(path, O_RDONLY);
	char *text = pool_alloc(pool, 4096);
	size_t size = 4096;

	if (fd < 0)
		return NULL;
	while (io_read(fd, text, size) == -EFBIG && size < PROC_TEXT) {
		size *= 4;
		text = pool_alloc(pool, size);
		lseek(fd, 0, SEEK_SET);
	}
	return text;
}

static const char *file_line(struct pool *pool, const char *path)
{
	char text[512];
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || io_read(fd, text, sizeof text) < 0)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return pool_copy(pool, text, strlen(text));
}

/* "\040" and the like of mountinfo, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] && text[3]) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* The caller's cgroup in the hierarchy of these controllers ("" is cgroup2's), from /proc/self/cgroup. */
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

/* What a v1 mount's superblock options say besides the usual: "rw,cpu,cpuacct" -> "cpu,cpuacct". */
static const char *v1_controllers(struct pool *pool, char *options)
{
	static const char *const usual[] = { "rw",
					     "ro",
					     "xattr",
					     "noprefix",
					     "clone_children",
					     "cpuset_v2_mode",
					     "favordynmods",
					     "nofavordynmods" };
	const char *list = "";

	for (char *save, *word = strtok_r(options, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		bool skip = !strncmp(word, "release_agent=", 14);
		for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
			skip |= !strcmp(word, usual[i]);
		if (!skip)
			list = pool_text(pool, "%s%s%s", list, *list ? "," : "", word);
	}
	return list;
}

/* One line of mountinfo; see proc_pid_mountinfo(5). */
static void probe_mount(struct pool *pool, struct host *host, char *line, const char *cgroups)
{
	char *field[6] = { 0 }, *save, *separator = strstr(line, " - ");

	if (!separator)
		return;
	char *type = separator + 3, *super = strrchr(type, ' ');
	bool unified = !strncmp(type, "cgroup2 ", 8);
	if ((!unified && strncmp(type, "cgroup ", 7)) || !super)
		return;
	*separator = '\0';
	for (int i = 0; i < 6; i++)
		field[i] = strtok_r(i ? NULL : line, " ", &save);
	if (!field[5])
		return;
	unescape(field[3]);
	unescape(field[4]);

	struct hierarchy h = { .mount = pool_copy(pool, field[4], strlen(field[4])),
			       .unified = { unified, true } };
	h.controllers = unified ? "" : v1_controllers(pool, super + 1);
	const char *own = own_cgroup(pool, cgroups, h.controllers);
	/* The mount may show only a part of the hierarchy; what is not in it can't be named through it. */
	size_t root = strcmp(field[3], "/") ? strlen(field[3]) : 0;
	if (!own || strncmp(own, field[3], root))
		own = "/";
	else if (own[root])
		own += root;
	else
		own = "/";
	h.own = !strncmp(own, "/..", 3) ? "/" : own;
	if (unified) {
		const char *list = file_line(pool,
					     pool_text(pool, "%s/cgroup.controllers", h.mount));
		h.controllers = list ? list : "";
		h.enabled = h.controllers;
	}
	/* The right of the machine's root is not a matter of permissions, but in many containers it is mounted
	 * read-only. */
	bool machines = !host->uid.value && !host->user_namespace.value;
	bool writable = machines ? strncmp(field[5], "ro", 2) != 0
				 : !access(pool_text(pool, "%s%s", h.mount, h.own), W_OK);
	h.writable = (struct opt_bool){ writable, true };
	for (size_t i = 0; i < host->cgroups.count; i++)
		if (host->cgroups.item[i].unified.value == unified &&
		    (unified || !strcmp(host->cgroups.item[i].controllers, h.controllers)))
			return; /* mounted twice: the first is the one that people know */
	host->cgroups.item = pool_grow(pool, host->cgroups.item, host->cgroups.count, sizeof h);
	host->cgroups.item[host->cgroups.count++] = h;
}

/* The fifth field of a line of mountinfo, and its length. */
static size_t mount_point(const char **line)
{
	for (int i = 0; *line && i < 4; i++)
		*line = (*line = strchr(*line, ' ')) ? *line + 1 : NULL;
	return *line ? strcspn(*line, " ") : 0;
}

static void probe_resctrl(struct pool *pool, struct host *host, const char *line)
{
	if (host->resctrl || !strstr(line, " - resctrl "))
		return;
	size_t length = mount_point(&line);
	char *path = pool_copy(pool, line ? line : "", length);
	unescape(path);
	host->resctrl = *path ? path : NULL;
}

/* What is mounted later, at its place or above, hides a hierarchy: it can't be named any more. */
static void forget_hidden(struct host *host, const char *line)
{
	size_t kept = 0;

	size_t length = mount_point(&line);
	if (length <= 1)
		return; /* below "/" nothing is hidden by it that it does not bring along */
	for (size_t i = 0; i < host->cgroups.count; i++) {
		const char *mount = host->cgroups.item[i].mount;
		if (strncmp(mount, line, length) || (mount[length] && mount[length] != '/'))
			host->cgroups.item[kept++] = host->cgroups.item[i];
	}
	host->cgroups.count = kept;
}

/* A container's cgroup is made below the caller's own, but beside it where cgroup2 is alone: one with processes hands no
 * controllers on. (plan/resources.c, place()) */
static void probe_enabled(struct pool *pool, struct host *host)
{
	bool alone = host->cgroups.count == 1;

	for (size_t i = 0; i < host->cgroups.count; i++) {
		struct hierarchy *h = &host->cgroups.item[i];
		size_t length = alone ? (size_t)(strrchr(h->own, '/') - h->own) : strlen(h->own);
		if (!h->unified.value || !strcmp(h->own, "/"))
			continue;
		const char *list = file_line(pool, pool_text(pool, "%s%.*s/cgroup.controllers",
							     h->mount, (int)length, h->own));
		h->enabled = list ? list : "";
	}
}

static int probe_cgroups(struct pool *pool, struct host *host)
{
	const char *fake = getenv("TARE_RESCTRL"); /* a tree that looks like one, for tests */
	char *cgroups = proc_text(pool, "self/cgroup"), *save;
	char *mounts = proc_text(pool, "self/mountinfo");

	if (!cgroups || !mounts)
		return also("asking for the cgroups of this machine");
	host->resctrl = fake && *fake == '/' ? fake : NULL;
	host->cgroups.item = pool_alloc(pool, sizeof *host->cgroups.item);
	for (char *line = strtok_r(mounts, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		probe_resctrl(pool, host, line);
		forget_hidden(host, line);
		probe_mount(pool, host, line, cgroups);
	}
	probe_enabled(pool, host);
	return 0;
}

static const char *helper(struct pool *pool, const char *name)
{
	static const char *const directory[] = { "/usr/bin", "/usr/local/bin", "/bin" };

	for (size_t i = 0; i < sizeof directory / sizeof *directory; i++) {
		const char *path = pool_text(pool, "%s/%s", directory[i], name);
		if (!access(path, X_OK))
			return path;
	}
	return NULL;
}

/* A line of /proc/self/status with a mask in hexadecimal; 0 where there is none. */
static uint64_t status_mask(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? strtoull(line + strlen(name), NULL, 16) : 0;
}

int host_probe(struct pool *pool, struct host *host)
{
	struct utsname name;
	unsigned major = 0, minor = 0;

	*host = (struct host){ .uid = { geteuid(), true }, .gid = { getegid(), true } };
	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return fail(errno, "uname", "the kernel's version");
	host->kernel = (struct opt_u32){ major * 100 + minor, true };
	const char *status = proc_text(pool, "self/status");
	if (!status)
		return also("own capabilities");
	host->capabilities = (struct opt_u64){ status_mask(status, "CapEff:"), true };
	host->bounding = (struct opt_u64){ status_mask(status, "CapBnd:"), true };
	signals_learn(status_mask(status, "SigIgn:"));

	const char *map = proc_text(pool, "self/uid_map");
	unsigned inside = 1, outside = 1, count = 0;
	if (map && sscanf(map, "%u %u %u", &inside, &outside, &count) != 3)
		count = 0;
	host->user_namespace = (struct opt_bool){ map && (inside || outside || count != UINT32_MAX),
						  true };
	if (host->uid.value || host->user_namespace.value) {
		host->newuidmap = helper(pool, "newuidmap");
		host->newgidmap = helper(pool, "newgidmap");
	}
	const char *apparmor = file_line(pool, "/sys/module/apparmor/parameters/enabled");
	host->apparmor = (struct opt_bool){ apparmor && *apparmor == 'Y', true };
	host->selinux = (struct opt_bool){ !access("/sys/fs/selinux/enforce", F_OK), true };
	return probe_cgroups(pool, host);
}
