/* SPDX-License-Identifier: Apache-2.0 */
/* Shows a container as it is: its first process, namespaces, cgroups, mounts and hooks. */
#include "cmd.h"
#include "ending.h"
#include "inspection.h"

#include "base/error.h"
#include "base/io.h"
#include "base/mountinfo.h"
#include "base/proc.h"
#include "cgroup/fs.h"
#include "libocispec/json.h"
#include "libocispec/text.h"
#include "plan/record.h"
#include "plan/step.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool json;

static const struct option options[] = {
	FLAG("json", 0, json, "print it as JSON"),
	END_OF_OPTIONS,
};

/* A file of a process, in the pool; NULL if it can't be read. Its processes choose how long some of
 * the files are. length may be NULL. */
static char *read_of(struct pool *pool, int pid, const char *name, size_t *length)
{
	static const size_t sizes[] = { 64 * 1024, 16 * 1024 * 1024 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		auto_fd int fd = proc_open(pool_text(pool, "%d/%s", pid, name), O_RDONLY);
		char *text = fd < 0 ? NULL : pool_alloc(pool, sizes[i]);
		ssize_t n = fd < 0 ? -1 : io_read(fd, text, sizes[i]);
		error_clear();
		if (n >= 0) {
			text[n] = '\0';
			if (length)
				*length = (size_t)n;
			return text;
		}
		if (n != -EFBIG)
			return NULL;
	}
	return NULL;
}

/* The value of a line "Key:\tvalue" of /proc/PID/status, "" if there is none. The kernel escapes
 * line breaks in the name of the process: proc_pid_status(5). */
static const char *field(struct pool *pool, const char *status, const char *key)
{
	size_t length = strlen(key);

	for (const char *line = status; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (!strncmp(line, key, length) && line[length] == ':') {
			line += length + 1;
			line += strspn(line, " \t");
			return pool_copy(pool, line, strcspn(line, "\n"));
		}
	return "";
}

static struct numbers to_numbers(struct pool *pool, const char *text)
{
	struct numbers list = { 0 };
	char *end;

	for (;; text = end) {
		unsigned long value = strtoul(text, &end, 10);
		if (end == text)
			return list;
		list.item = pool_grow(pool, list.item, list.count, sizeof *list.item);
		list.item[list.count++] = (uint32_t)value;
	}
}

static struct strings to_capabilities(struct pool *pool, const char *hexadecimal)
{
	unsigned long long set = strtoull(hexadecimal, NULL, 16);
	struct strings list = { pool_alloc(pool, sizeof *list.item), 0 }; /* known, if empty */

	for (int i = 0; i < 64; i++) {
		if (!(set >> i & 1))
			continue;
		const char *name = name_text(&capability_names, i);
		list.item = pool_grow(pool, list.item, list.count, sizeof *list.item);
		list.item[list.count++] = name ? name : "?";
	}
	return list;
}

/* "         0     100000      65536\n": "0 100000 65536", with commas between the lines. */
static const char *one_line(struct pool *pool, const char *map)
{
	struct text t = { .pool = pool };
	unsigned inside, outside, size;
	int used;

	for (; sscanf(map, "%u %u %u%n", &inside, &outside, &size, &used) == 3; map += used)
		text_add(&t, "%s%u %u %u", t.used ? ", " : "", inside, outside, size);
	return t.bytes;
}

static void read_status(struct pool *pool, const char *status, struct inspected_process *p)
{
	static const char *const modes[] = { "disabled", "strict", "filter" };
	const char *filters = field(pool, status, "Seccomp_filters");
	unsigned long mode = strtoul(field(pool, status, "Seccomp"), NULL, 10);

	p->name = field(pool, status, "Name");
	p->uids = to_numbers(pool, field(pool, status, "Uid"));
	p->gids = to_numbers(pool, field(pool, status, "Gid"));
	p->groups = to_numbers(pool, field(pool, status, "Groups"));
	p->effective = to_capabilities(pool, field(pool, status, "CapEff"));
	p->permitted = to_capabilities(pool, field(pool, status, "CapPrm"));
	p->inheritable = to_capabilities(pool, field(pool, status, "CapInh"));
	p->bounding = to_capabilities(pool, field(pool, status, "CapBnd"));
	p->ambient = to_capabilities(pool, field(pool, status, "CapAmb"));
	p->no_new_privileges = (struct opt_bool){ *field(pool, status, "NoNewPrivs") == '1', true };
	p->seccomp = modes[mode < 3 ? mode : 2];
	p->seccomp_filters = (struct opt_u32){ (uint32_t)strtoul(filters, NULL, 10),
					       *filters != '\0' };
}

static struct inspected_process *inspect_process(struct pool *pool, int pid)
{
	struct inspected_process *p = pool_alloc(pool, sizeof *p);
	const char *status = read_of(pool, pid, "status", NULL);
	size_t length = 0;
	const char *args = read_of(pool, pid, "cmdline", &length);
	char *uids = read_of(pool, pid, "uid_map", NULL),
	     *gids = read_of(pool, pid, "gid_map", NULL);
	const char *oom = read_of(pool, pid, "oom_score_adj", NULL);

	*p = (struct inspected_process){ .pid = { pid, true } };
	length = args ? length : 0;
	for (size_t at = 0; at < length; at += strlen(args + at) + 1) {
		p->args.item = pool_grow(pool, p->args.item, p->args.count, sizeof *p->args.item);
		p->args.item[p->args.count++] = args + at;
	}
	p->uid_map = uids ? one_line(pool, uids) : NULL;
	p->gid_map = gids ? one_line(pool, gids) : NULL;
	if (oom)
		p->oom_score_adj = (struct opt_i32){ (int32_t)strtol(oom, NULL, 10), true };
	if (status)
		read_status(pool, status, p);
	return p;
}

static struct opt_u64 inode_of(const char *path)
{
	struct stat status;
	auto_fd int fd = proc_namespace(path);
	bool known = fd >= 0 && !fstat(fd, &status);

	error_clear();
	return (struct opt_u64){ known ? status.st_ino : 0, known };
}

static void inspect_namespaces(struct pool *pool, struct inspection *in, int pid)
{
	in->namespaces.item = pool_alloc(pool, OCI_NS_COUNT * sizeof *in->namespaces.item);
	for (int i = 0; i < OCI_NS_COUNT; i++) {
		const char *file = namespace_types[i].file;
		struct inspected_namespace n = { .type = name_text(&namespace_names, i) };
		n.inode = inode_of(pool_text(pool, "%d/ns/%s", pid, file));
		n.caller = inode_of(pool_text(pool, "self/ns/%s", file));
		n.shared = (struct opt_bool){ n.inode.value == n.caller.value, n.inode.set };
		in->namespaces.item[in->namespaces.count++] = n;
	}
}

static int inspect_mounts(struct pool *pool, struct inspection *in, int pid)
{
	static struct mountinfo info;
	struct mountinfo_entry e;
	int more = mountinfo_open_of(&info, pid);

	while (!more && (more = mountinfo_next(&info, &e)) > 0) {
		in->mounts.item = pool_grow(pool, in->mounts.item, in->mounts.count,
					    sizeof *in->mounts.item);
		in->mounts.item[in->mounts.count++] =
			(struct inspected_mount){ .id = { e.id, true },
						  .parent = { e.parent, true },
						  .destination = pool_text(pool, "%s", e.point),
						  .type = pool_text(pool, "%s", e.type),
						  .source = pool_text(pool, "%s", e.root),
						  .options = pool_text(pool, "%s", e.options),
						  .data = pool_text(pool, "%s", e.super_options),
						  .shared = { e.shared, true } };
		more = 0;
	}
	mountinfo_close(&info);
	return more;
}

/* The files of a cgroup that tell its limits and what it uses. */
static void inspect_cgroup(struct pool *pool, struct inspected_cgroup *c, int directory)
{
	static const char *const files[] = {
		"cgroup.freeze",
		"cpu.weight",
		"cpu.max",
		"cpu.shares",
		"cpu.cfs_quota_us",
		"cpu.cfs_period_us",
		"cpuacct.usage",
		"cpuset.cpus",
		"cpuset.cpus.effective",
		"cpuset.mems",
		"cpuset.mems.effective",
		"memory.current",
		"memory.usage_in_bytes",
		"memory.max",
		"memory.limit_in_bytes",
		"memory.high",
		"memory.low",
		"memory.soft_limit_in_bytes",
		"memory.swap.current",
		"memory.swap.max",
		"memory.memsw.limit_in_bytes",
		"pids.current",
		"pids.max",
		"io.weight",
		"io.max",
		"blkio.weight",
		"freezer.state",
	};
	char text[4096];

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		if (cgroup_read(directory, files[i], text, sizeof text) < 0) {
			error_clear();
			continue;
		}
		size_t length = strlen(text);
		while (length && text[length - 1] == '\n')
			text[--length] = '\0';
		for (char *end = text; (end = strchr(end, '\n'));)
			*end = ';';
		if (!*text)
			continue;
		c->values.item = pool_grow(pool, c->values.item, c->values.count,
					   sizeof *c->values.item);
		c->values.item[c->values.count++] = pool_text(pool, "%s=%s", files[i], text);
	}
}

static void inspect_cgroups(struct pool *pool, struct inspection *in, const struct record *record)
{
	for (size_t i = 0; i < record->cgroups.count; i++) {
		const struct recorded_cgroup *c = &record->cgroups.item[i];
		auto_fd int directory = cgroup_look(c->mount, c->path);
		struct inspected_cgroup cgroup = { .path = pool_text(pool, "%s%s", c->mount,
								     c->path) };
		error_clear();
		if (directory < 0)
			continue;
		inspect_cgroup(pool, &cgroup, directory);
		in->cgroups.item = pool_grow(pool, in->cgroups.item, in->cgroups.count,
					     sizeof *in->cgroups.item);
		in->cgroups.item[in->cgroups.count++] = cgroup;
	}
}

static void inspect_hooks(struct pool *pool, struct inspection *in, const struct config *config)
{
	for (int kind = 0; config->hooks && kind < OCI_HOOK_COUNT; kind++) {
		const struct hook_list *list = &config->hooks->list[kind];
		for (size_t i = 0; i < list->count; i++) {
			in->hooks.item = pool_grow(pool, in->hooks.item, in->hooks.count,
						   sizeof *in->hooks.item);
			in->hooks.item[in->hooks.count++] = (struct inspected_hook){
				name_text(&hook_names, kind), list->item[i].path
			};
		}
	}
}

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;
	struct kept kept;
	struct config config;

	(void)argc;
	int err = container_open(&c, state_root(), argv[0]);
	if (err)
		return err;
	const struct record *record = container_record(&c);
	err = record ? kept_read(&c, &kept, &config) : -EINVAL;
	if (err)
		return err;
	const struct state *s = &c.status.state;
	struct inspection in = { .id = s->id,
				 .status = name_text(&status_names, (int)status_of(&c)),
				 .bundle = s->bundle,
				 .rootfs = s->rootfs,
				 .created = s->created,
				 .owner = s->owner,
				 .annotations = s->annotations };
	if (container_process_lives(&c.status)) {
		in.process = inspect_process(&c.pool, s->pid.value);
		inspect_namespaces(&c.pool, &in, s->pid.value);
		err = inspect_mounts(&c.pool, &in, s->pid.value);
		/* If it has ended meanwhile, this was another process with its pid, or none. */
		if (!container_process_lives(&c.status)) {
			in.process = NULL;
			in.namespaces.count = in.mounts.count = 0;
			err = 0;
		}
	}
	if (err)
		return err;
	if (!in.process)
		in.ended = ending_known(&c);
	error_clear();
	inspect_cgroups(&c.pool, &in, record);
	inspect_hooks(&c.pool, &in, &config);
	return print("%s", json ? json_print(&c.pool, &shape_inspection, &in, JSON_PRETTY)
				: inspection_text(&c.pool, &in));
}

const struct verb verb_inspect = {
	.name = "inspect",
	.arguments = "[OPTION...] ID",
	.summary = "show a container as it is",
	.description =
		"Shows a container as the kernel has it now: its first process with ids,\n"
		"capabilities, seccomp and no_new_privs; its namespaces beside those of the\n"
		"caller; its cgroups with limits and use; its mounts, as it sees them; its\n"
		"hooks and annotations. contrib/view.html shows the JSON as a picture.\n"
		"Namespaces and mounts of the processes of other users are shown to root\n"
		"only.",
	.examples = "  tare inspect mine\n"
		    "  tare inspect --json mine | jq '.namespaces[] | select(.shared).type'\n",
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
