/* SPDX-License-Identifier: Apache-2.0 */
/* Translation of ids between a user namespace and its parent: user_namespaces(7). */
#include "planner.h"

#include "libocispec/text.h"

#include <inttypes.h>

bool id_to_parent(const struct id_mappings *map, uint32_t *id)
{
	for (size_t i = 0; i < map->count; i++) {
		uint32_t first = map->item[i].container_id.value;
		if (*id >= first && *id - first < map->item[i].size.value) {
			*id += map->item[i].host_id.value - first;
			return true;
		}
	}
	return false;
}

bool id_mapped(const struct id_mappings *map, uint32_t id)
{
	return id_to_parent(map, &id);
}

const char *map_lines(struct planner *p, const struct id_mappings *map)
{
	struct text text = { .pool = p->pool };

	for (size_t i = 0; i < map->count; i++)
		text_add(&text, "%" PRIu32 " %" PRIu32 " %" PRIu32 "\n",
			 map->item[i].container_id.value, map->item[i].host_id.value,
			 map->item[i].size.value);
	return text_of(&text);
}
