/* SPDX-License-Identifier: Apache-2.0 */
#include "members.h"

#include "base/error.h"
#include "base/io.h"
#include "fs.h"
#include "plan/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool members_known(const struct record *record)
{
	return record && record->cgroups.count;
}

int members_cgroup(const struct record *record, const char *mount)
{
	for (size_t i = 0; record && i < record->cgroups.count; i++)
		if (!strcmp(record->cgroups.item[i].mount, mount))
			return cgroup_look(mount, record->cgroups.item[i].path);
	return -1;
}

/* Whether the cgroup may have such a file: "memory.events" is a file of the controller memory,
 * "cgroup.freeze" one of cgroup2. */
static bool may_have(const struct recorded_cgroup *g, const char *file)
{
	size_t length = strcspn(file, ".");

	if (g->unified.value || !g->controllers)
		return true;
	for (const char *word = g->controllers; *word;
	     word += strcspn(word, ","), word += *word == ',')
		if (!strncmp(word, file, length) && (word[length] == ',' || !word[length]))
			return true;
	return false;
}

int members_cgroup_with(const struct record *record, const char *file)
{
	for (size_t i = 0; record && i < record->cgroups.count; i++) {
		const struct recorded_cgroup *g = &record->cgroups.item[i];
		if (!may_have(g, file))
			continue;
		auto_fd int fd = cgroup_look(g->mount, g->path);
		if (fd >= 0 && cgroup_has(fd, file))
			return take(&fd);
	}
	return -1;
}

uint64_t members_number(const struct record *record, const char *file, const char *key)
{
	static char text[64 * 1024]; /* memory.stat grows with the kernel */
	size_t length = key ? strlen(key) : 0;
	auto_fd int directory = members_cgroup_with(record, file);
	ssize_t n = directory < 0 ? -1 : cgroup_read(directory, file, text, sizeof text);

	error_clear();
	for (const char *line = n < 0 ? "" : text; *line;
	     line += strcspn(line, "\n"), line += *line == '\n') {
		if (key && (strncmp(line, key, length) || line[length] != ' '))
			continue;
		line += key ? length + 1 : 0;
		return !strncmp(line, "max", 3) ? UINT64_MAX : strtoull(line, NULL, 10);
	}
	return 0;
}

bool members_tell_oom(const struct record *record)
{
	auto_fd int v2 = members_cgroup_with(record, "memory.events");
	auto_fd int v1 = v2 < 0 ? members_cgroup_with(record, "memory.oom_control") : -1;

	return v2 >= 0 || v1 >= 0;
}

uint64_t members_oom_kills(const struct record *record)
{
	uint64_t count = members_number(record, "memory.events", "oom_kill");

	/* v1 has it since Linux 4.13 */
	return count ? count : members_number(record, "memory.oom_control", "oom_kill");
}

uint64_t members_memory_limit(const struct record *record)
{
	uint64_t limit = members_number(record, "memory.max", NULL);

	limit = limit ? limit : members_number(record, "memory.limit_in_bytes", NULL);
	/* v1 shows no limit as the largest multiple of the page size. */
	return limit < UINT64_MAX >> 2 ? limit : 0;
}

int members_each(const struct record *record, int (*each)(pid_t pid, void *context), void *context)
{
	if (!record || !record->cgroups.count)
		return record ? 0 : -EINVAL;
	/* One hierarchy is enough: a process is in all of them. */
	const struct recorded_cgroup *g = &record->cgroups.item[0];
	int err = cgroup_each_process(g->mount, g->path, each, context);
	return err < 0 ? fail(-err, NULL, "the processes of the cgroup %s%s", g->mount, g->path)
		       : err;
}

bool members_exist(const struct record *record)
{
	return members_known(record) &&
	       cgroup_has_processes(record->cgroups.item[0].mount, record->cgroups.item[0].path);
}

bool members_remain(const struct record *record)
{
	for (size_t i = 0; record && i < record->cgroups.count; i++)
		if (cgroup_has_processes(record->cgroups.item[i].mount,
					 record->cgroups.item[i].path))
			return true;
	return false;
}

/* NULL, with the error filled: there is none, or it can't be found out. */
static const struct recorded_cgroup *freezer(const struct record *record)
{
	for (size_t i = 0; record && i < record->cgroups.count; i++) {
		const struct recorded_cgroup *g = &record->cgroups.item[i];
		int has = may_have(g, "freezer.state") ? cgroup_has_freezer(g->mount, g->path) : 0;
		if (has)
			return has > 0 ? g : NULL;
	}
	if (record)
		(void)fail(0, NULL, "the container has no cgroup with a freezer");
	return NULL;
}

int members_freeze(const struct record *record, bool frozen)
{
	const struct recorded_cgroup *g = freezer(record);

	if (!record)
		return -EINVAL;
	return g ? cgroup_freeze(g->mount, g->path, frozen) : -EINVAL;
}

const struct recorded_cgroup *members_freezer(const struct record *record)
{
	for (size_t i = 0; record && i < record->cgroups.count; i++)
		if (may_have(&record->cgroups.item[i], "freezer.state"))
			return &record->cgroups.item[i];
	return NULL;
}

bool members_are_frozen(const struct record *record)
{
	for (size_t i = 0; record && i < record->cgroups.count; i++) {
		const struct recorded_cgroup *g = &record->cgroups.item[i];
		int frozen = may_have(g, "freezer.state") ? cgroup_is_frozen(g->mount, g->path)
							  : -1;
		if (frozen >= 0)
			return frozen;
	}
	return false;
}

bool members_are_undying(const struct record *record)
{
	for (size_t i = 0; record && i < record->cgroups.count; i++) {
		const struct recorded_cgroup *g = &record->cgroups.item[i];
		if (may_have(g, "freezer.state") && cgroup_is_freezing(g->mount, g->path))
			return true;
	}
	return false;
}

void members_thaw(const struct record *record)
{
	for (size_t i = 0; record && i < record->cgroups.count; i++) {
		const struct recorded_cgroup *g = &record->cgroups.item[i];
		if (!g->unified.value && may_have(g, "freezer.state"))
			cgroup_thaw_all(g->mount, g->path);
	}
	error_clear();
}

int members_kill(const struct record *record)
{
	const struct recorded_cgroup *g = freezer(record);
	bool v1 = g && !g->unified.value;

	if (!record)
		return -EINVAL;
	/* In v1 a process that forks may escape a walk, but not the freezer. */
	if (v1)
		(void)cgroup_freeze(g->mount, g->path, true); /* it does what it can */
	for (size_t i = 0; i < record->cgroups.count; i++)
		cgroup_kill(record->cgroups.item[i].mount, record->cgroups.item[i].path,
			    record->cgroups.item[i].unified.value);
	if (v1) /* a process frozen by v1 does not act on SIGKILL until it is thawed */
		cgroup_thaw_all(g->mount, g->path);
	error_clear();
	return 0;
}
