/* SPDX-License-Identifier: Apache-2.0 */
/* ID-mapped bind mounts, with a mapping of their own or that of the container's user
 * namespace. */
#include "mount_entry.h"
#include "libocispec/text.h"

#include <stdlib.h>
#include <string.h>

/* Parses "0-1000-1", which ends at `end` or with '#'. Returns the text that follows, or NULL
 * if it is malformed. */
static const char *read_range(const char *text, const char *end, uint32_t number[3])
{
	for (int i = 0; i < 3; i++) {
		char *after;
		if (text >= end || *text < '0' || *text > '9')
			return NULL;
		unsigned long long n = strtoull(text, &after, 10);
		if (n > UINT32_MAX || after > end || (i < 2 && *after != '-'))
			return NULL;
		number[i] = (uint32_t)n;
		text = after + (i < 2);
	}
	return text == end ? text : *text == '#' ? text + 1 : NULL;
}

/* Parses "0-1000-1#1-2000-9", crun's form of the lines "0 1000 1" and "1 2000 9", from `text`
 * to `end`. Returns NULL if it is malformed. After a '@' the second number is an ID in the
 * container (crun(1), "idmap mount options"). */
static const char *mapping_lines(struct planner *p, const char *text, const char *end,
				 const struct id_mappings *container)
{
	struct text lines = { .pool = p->pool };
	uint32_t number[3];
	bool relative = false;

	for (int count = 0; text < end; count++) {
		relative |= *text == '@';
		text = read_range(text + (*text == '@'), end, number);
		if (!text || count == MAP_LINES)
			return NULL;
		uint32_t last = number[1] + (number[2] ? number[2] - 1 : 0);
		if (relative &&
		    (!id_to_parent(container, &number[1]) || !id_to_parent(container, &last) ||
		     last - number[1] != (number[2] ? number[2] - 1 : 0)))
			return NULL;
		text_add(&lines, "%u %u %u\n", number[0], number[1], number[2]);
	}
	return lines.bytes;
}

/* "uids=...;gids=..." */
static bool read_mapping(struct planner *p, const char *text, struct step_idmap_mount *remap)
{
	const struct config_linux *l = linux_of(p);
	const char *gids = strstr(text, ";gids=");

	if (strncmp(text, "uids=", 5) || !gids)
		return false;
	remap->uid_map = mapping_lines(p, text + 5, gids, &l->uid_mappings);
	remap->gid_map = mapping_lines(p, gids + 6, gids + strlen(gids), &l->gid_mappings);
	return remap->uid_map && remap->gid_map;
}

struct step_idmap_mount idmap_of(struct planner *p, const struct planned_mount *m)
{
	const struct config_linux *l = linux_of(p);
	struct step_idmap_mount remap = { .recursive = m->options.behaviour & OPTION_RIDMAP };

	if (m->options.mapping) {
		(void)read_mapping(p, m->options.mapping, &remap);
	} else if (m->entry->uid_mappings.count) {
		remap.uid_map = map_lines(p, &m->entry->uid_mappings);
		remap.gid_map = map_lines(p, &m->entry->gid_mappings);
	} else if (ns_new(p, OCI_NS_USER)) {
		remap.uid_map = map_lines(p, &l->uid_mappings);
		remap.gid_map = map_lines(p, &l->gid_mappings);
	}
	return remap;
}

void check_idmap(struct planner *p, const struct planned_mount *m)
{
	struct step_idmap_mount remap;

	if (!m->binds) {
		refuse(p, CODE_MOUNT_IDMAP, m->pointer,
		       "only a bind mount can be idmapped, and this is a new %s",
		       m->entry->type ? m->entry->type : "mount");
		cure(p, "remove the option idmap and the mappings, or bind-mount a directory");
	}
	if (!p->privileged || p->host->user_namespace.value)
		refuse(p, CODE_MOUNT_IDMAP, m->pointer, "an idmapped mount needs root privileges");
	if (!m->entry->uid_mappings.count != !m->entry->gid_mappings.count)
		refuse(p, CODE_MOUNT_IDMAP, m->pointer,
		       "uidMappings and gidMappings must be given together");
	if (m->options.mapping && !read_mapping(p, m->options.mapping, &remap))
		refuse(p, CODE_MOUNT_IDMAP, m->pointer,
		       "\"%.200s\" is not a mapping like uids=0-1000-10#10-5000-1;gids=0-1000-10, "
		       "nor, with @, one within that of the user namespace",
		       m->options.mapping);
	if (!m->options.mapping && !m->entry->uid_mappings.count && !p->ns[OCI_NS_USER])
		refuse(p, CODE_MOUNT_IDMAP, m->pointer,
		       "the option idmap needs a mapping or a user namespace");
}
