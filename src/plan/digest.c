/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include "libocispec/text.h"
#include "plan.h"

#include <linux/filter.h>
#include <string.h>

/* A pointer of an unlisted type would be hashed as a number. Then two plans would never have
 * the same digest, and no container could be started. */
/* clang-format off */
#define KIND(value)                                     \
	_Generic((value),                               \
		const char *: MEMBER_TEXT,              \
		char *: MEMBER_TEXT,                    \
		char *const *: MEMBER_VECTOR,           \
		struct fs_options: MEMBER_OPTIONS,      \
		struct strings: MEMBER_STRINGS,         \
		const struct step_seccomp *: MEMBER_FILTER, \
		struct looked_at *: MEMBER_RUNTIME,        \
		struct recorded_mount *: MEMBER_RUNTIME,   \
		const struct criu_options *: MEMBER_RUNTIME, \
		default: MEMBER_BYTES)
/* clang-format on */
#define OF(data, member) (((struct step_##data *)0)->member)
#define M(data, member)                                                                            \
	{                                                                                          \
		.name = #member, .kind = KIND(OF(data, member)),                                   \
		.offset = offsetof(struct step_##data, member), .size = sizeof OF(data, member)    \
	}
#define LIST(data, member, kind_, item_, count_)                                                   \
	{ .name = #member,                                                                         \
	  .kind = kind_,                                                                           \
	  .offset = offsetof(struct step_##data, member),                                          \
	  .size = sizeof OF(data, member),                                                         \
	  .item = (item_),                                                                         \
	  .count = offsetof(struct step_##data, count_) },                                         \
		M(data, count_)
#define MEMBERS(data, ...) static const struct member members_##data[] = { __VA_ARGS__ }

MEMBERS(open, M(open, kind), M(open, path), M(open, slot), M(open, pid), M(open, ns),
	M(open, checked), M(open, make), M(open, gid), M(open, foreign));
MEMBERS(tree, M(tree, path), M(tree, by), M(tree, type), M(tree, from), M(tree, options),
	M(tree, looked), M(tree, slot), M(tree, identity), M(tree, recursive), M(tree, nofollow),
	M(tree, peer), M(tree, procfs), M(tree, lacks), M(tree, format), M(tree, major),
	M(tree, minor));
MEMBERS(cgroup, M(cgroup, mount), M(cgroup, path), M(cgroup, directory), M(cgroup, entry),
	M(cgroup, recorded), M(cgroup, cpuset), M(cgroup, unified), M(cgroup, freezer),
	M(cgroup, adopt), M(cgroup, controllers));
MEMBERS(enter, M(enter, mount), M(enter, path), M(enter, entry), M(enter, in_cgroup),
	M(enter, closes));
MEMBERS(scope, M(scope, cgroup.mount), M(scope, cgroup.path), M(scope, cgroup.directory),
	M(scope, cgroup.entry), M(scope, cgroup.recorded), M(scope, cgroup.cpuset),
	M(scope, cgroup.unified), M(scope, cgroup.freezer), M(scope, cgroup.adopt),
	M(scope, cgroup.controllers), M(scope, unit), M(scope, user), M(scope, sub),
	M(scope, properties));
MEMBERS(limit, M(limit, cgroup), M(limit, again), M(limit, keep), M(limit, file), M(limit, value),
	M(limit, other_file), M(limit, other_value));
MEMBERS(devices, M(devices, cgroup),
	LIST(devices, instruction, MEMBER_LIST, sizeof(uint64_t), count));
MEMBERS(owner, M(owner, cgroup), M(owner, uid));
MEMBERS(clone, M(clone, child), M(clone, builder), M(clone, finished), M(clone, flags),
	M(clone, cgroup), M(clone, in_cgroup), M(clone, rootfs), M(clone, there));
MEMBERS(idmap, M(idmap, uid_map), M(idmap, gid_map), M(idmap, uid_helper), M(idmap, gid_helper),
	M(idmap, deny_setgroups));
MEMBERS(idmap_mount, M(idmap_mount, tree), M(idmap_mount, ns), M(idmap_mount, made),
	M(idmap_mount, recursive), M(idmap_mount, uid_map), M(idmap_mount, gid_map));
MEMBERS(join, M(join, slot), M(join, pid), M(join, ns), M(join, keep), M(join, all));
MEMBERS(rlimit, M(rlimit, resource), M(rlimit, soft), M(rlimit, hard), M(rlimit, name),
	M(rlimit, raise));
MEMBERS(root, M(root, where), M(root, hides), M(root, tree), M(root, rootfs), M(root, path));
MEMBERS(text, M(text, text));
MEMBERS(chdir, M(chdir, path), M(chdir, found), M(chdir, done));
MEMBERS(mask, M(mask, path), M(mask, null), M(mask, empty));
MEMBERS(sysctl, M(sysctl, path), M(sysctl, value));
MEMBERS(mount, M(mount, type), M(mount, source), M(mount, target), M(mount, options),
	M(mount, tree), M(mount, attributes), M(mount, below),
	LIST(mount, propagation.item, MEMBER_LIST, sizeof(unsigned long), propagation.count),
	M(mount, strict), M(mount, missing), M(mount, beside), M(mount, directory),
	M(mount, nofollow), M(mount, copy_link), M(mount, copy_up), M(mount, super),
	M(mount, super_flags), M(mount, root), M(mount, in_proc), M(mount, cover_mode),
	M(mount, shared), M(mount, keep));
MEMBERS(node, M(node, path), M(node, type), M(node, mode), M(node, uid), M(node, gid),
	M(node, major), M(node, minor), M(node, fresh), M(node, directory), M(node, beside));
MEMBERS(nodes, LIST(nodes, item, MEMBER_NODES, sizeof(struct step_node), count),
	LIST(nodes, pointer, MEMBER_TEXTS, sizeof(char *), count), M(nodes, slot), M(nodes, from));
MEMBERS(link, M(link, target), M(link, path), M(link, directory), M(link, beside));
MEMBERS(attribute, M(attribute, kind), M(attribute, text), M(attribute, number),
	M(attribute, scheduler.policy), M(attribute, scheduler.priority),
	M(attribute, scheduler.nice), M(attribute, scheduler.flags),
	M(attribute, scheduler.runtime), M(attribute, scheduler.deadline),
	M(attribute, scheduler.period), M(attribute, nodes));
MEMBERS(tty, M(tty, relay), M(tty, console), M(tty, control), M(tty, rows), M(tty, columns),
	M(tty, uid), M(tty, socket));
MEMBERS(dumpable, M(dumpable, dumpable));
MEMBERS(unshare, M(unshare, flags));
MEMBERS(propagation, M(propagation, flags));
MEMBERS(nothing, M(nothing, unused));
MEMBERS(setattr, M(setattr, slot), M(setattr, attributes));
MEMBERS(pivot, M(pivot, how), M(pivot, root));
MEMBERS(netdev, M(netdev, name), M(netdev, new_name), M(netdev, joined), M(netdev, recorded));
MEMBERS(rdt, M(rdt, path), M(rdt, schemata), M(rdt, monitor), M(rdt, existing), M(rdt, join));
MEMBERS(lookup, M(lookup, name), M(lookup, path), M(lookup, candidate), M(lookup, found),
	M(lookup, flaw));
MEMBERS(home, M(home, uid), M(home, variable));
MEMBERS(close, M(close, preserve), M(close, early), M(close, entries));
MEMBERS(publish, M(publish, status), M(publish, pid_file), M(publish, aside), M(publish, written));
MEMBERS(ids, M(ids, uid), M(ids, gid),
	LIST(ids, groups, MEMBER_LIST, sizeof(uint32_t), group_count), M(ids, set_groups),
	M(ids, groups_may_stay), M(ids, umask));
MEMBERS(caps, M(caps, bounding), M(caps, effective), M(caps, permitted), M(caps, inheritable),
	M(caps, ambient));
MEMBERS(seccomp, LIST(seccomp, program, MEMBER_LIST, sizeof(struct sock_filter), count),
	M(seccomp, flags), M(seccomp, visible), M(seccomp, closes));
MEMBERS(fetch, M(fetch, slot), M(fetch, releases));
MEMBERS(listener, M(listener, slot), M(listener, path), M(listener, head), M(listener, middle),
	M(listener, tail));
MEMBERS(exec, M(exec, candidate), M(exec, found), M(exec, flaw), M(exec, filtered), M(exec, argv),
	M(exec, env), M(exec, listen_pid));
MEMBERS(hook, M(hook, when), M(hook, path), M(hook, argv), M(hook, env), M(hook, filter),
	M(hook, timeout), M(hook, head_start), M(hook, head), M(hook, tail), M(hook, out[0]),
	M(hook, out[1]));

MEMBERS(criu, M(criu, options), M(criu, socket), M(criu, images), M(criu, work), M(criu, rootfs),
	M(criu, root), M(criu, stream), M(criu, tracks));
MEMBERS(image, M(image, socket), M(image, images), M(image, work), M(image, options),
	M(image, root), M(image, mount), M(image, source),
	LIST(image, flags, MEMBER_LIST, sizeof(struct image_flags), flag_count), M(image, point),
	M(image, ns), M(image, joined), M(image, controller), M(image, cgroup), M(image, cgroups),
	M(image, foreign), M(image, stream), M(image, console), M(image, until), M(image, restores),
	M(image, continues));

static const struct {
	const struct member *member;
	size_t members, size;
} table[OP_COUNT] = {
#define KIND_ROW(symbol, name, data, ...)                                                          \
	[OP_##symbol] = { members_##data, sizeof members_##data / sizeof *members_##data,          \
			  sizeof(struct step_##data) },
	OPS(KIND_ROW)
};

const struct member *step_members(enum op_kind op, size_t *members, size_t *size)
{
	*members = table[op].members;
	*size = table[op].size;
	return table[op].member;
}

/* --- the digest --- */

static uint64_t add_text(uint64_t hash, const char *text)
{
	return text ? hash_bytes(hash, text, strlen(text) + 1) : hash_bytes(hash, "\1", 1);
}

static uint64_t add_members(uint64_t hash, const void *data, const struct member *m, size_t count);

static uint64_t add_list(uint64_t hash, const char *items, const struct member *m, size_t count)
{
	if (m->kind == MEMBER_LIST)
		return hash_bytes(hash, items, m->item * count);
	for (size_t i = 0; i < count; i++) {
		const void *item = items + i * m->item;
		hash = m->kind == MEMBER_TEXTS
			       ? add_text(hash, *(const char *const *)item)
			       : add_members(hash, item, members_node,
					     sizeof members_node / sizeof *members_node);
	}
	return hash;
}

static uint64_t add_member(uint64_t hash, const char *data, const struct member *m)
{
	const void *at = data + m->offset;

	switch (m->kind) {
	case MEMBER_BYTES:
		return hash_bytes(hash, at, m->size);
	case MEMBER_TEXT:
		return add_text(hash, *(const char *const *)at);
	case MEMBER_VECTOR:
		for (char *const *v = *(char *const *const *)at; v && *v; v++)
			hash = add_text(hash, *v);
		return add_text(hash, NULL);
	case MEMBER_OPTIONS: {
		const struct fs_options *o = at;
		for (size_t i = 0; i < o->count; i++) {
			hash = add_text(add_text(hash, o->item[i].key), o->item[i].value);
			hash = hash_bytes(hash, &o->item[i].optional, sizeof o->item[i].optional);
		}
		return hash_bytes(hash, &o->count, sizeof o->count);
	}
	case MEMBER_STRINGS: {
		const struct strings *s = at;
		for (size_t i = 0; i < s->count; i++)
			hash = add_text(hash, s->item[i]);
		return hash_bytes(hash, &s->count, sizeof s->count);
	}
	case MEMBER_FILTER: {
		const struct step_seccomp *filter = *(const struct step_seccomp *const *)at;
		return filter ? add_members(hash, filter, members_seccomp,
					    sizeof members_seccomp / sizeof *members_seccomp)
			      : add_text(hash, NULL);
	}
	case MEMBER_RUNTIME:
		return hash;
	case MEMBER_LIST:
	case MEMBER_NODES:
	case MEMBER_TEXTS:
	default:
		return add_list(hash, *(const char *const *)at, m,
				*(const size_t *)(const void *)(data + m->count));
	}
}

static uint64_t add_members(uint64_t hash, const void *data, const struct member *m, size_t count)
{
	for (size_t i = 0; i < count; i++)
		hash = add_member(hash, data, &m[i]);
	return hash;
}

uint64_t plan_digest(const struct plan *plan)
{
	uint64_t hash = hash_bytes(HASH_START, &plan->slots, sizeof plan->slots);

	for (size_t i = 0; i < plan->steps; i++) {
		const struct step *s = &plan->step[i];
		hash = hash_bytes(hash, &s->op, sizeof s->op);
		hash = hash_bytes(hash, &s->who, sizeof s->who);
		hash = hash_bytes(hash, &s->allow, sizeof s->allow);
		hash = add_text(hash, s->pointer);
		/* All members of the union start at the same address. */
		hash = add_members(hash, &s->open, table[s->op].member, table[s->op].members);
	}
	return hash;
}
