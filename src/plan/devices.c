/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes in /dev, and the rules of who may use which (config-linux.md, "Devices", "Default Devices",
 * "Allowed Device list"). */
#include "planner.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
	const char *path;
	unsigned major, minor;
} defaults[] = {
	{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

/* config.md, "Dev symbolic links"; and ptmx of the container's own devpts. */
static const struct step_link links[] = {
	{ "/proc/self/fd", "/dev/fd" },	      { "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" },
	{ "pts/ptmx", "/dev/ptmx" },
};

/* Any container may make nodes, and use these (the terminals are for its own devpts). */
static const struct device_exception allowed[] = {
	{ 'c', -1, -1, DEVICE_MKNOD }, { 'b', -1, -1, DEVICE_MKNOD }, { 'c', 1, 3, DEVICE_ALL },
	{ 'c', 1, 5, DEVICE_ALL },     { 'c', 1, 7, DEVICE_ALL },     { 'c', 1, 8, DEVICE_ALL },
	{ 'c', 1, 9, DEVICE_ALL },     { 'c', 5, 0, DEVICE_ALL },     { 'c', 5, 1, DEVICE_ALL },
	{ 'c', 5, 2, DEVICE_ALL },     { 'c', 136, -1, DEVICE_ALL },
};

enum { DEFAULTS = sizeof defaults / sizeof *defaults, ALLOWED = sizeof allowed / sizeof *allowed };

/* --- checks --- */

static void check_nodes(struct planner *p)
{
	const struct config_linux *l = linux_of(p);

	for (size_t i = 0; i < l->devices.count; i++) {
		const struct device *d = &l->devices.item[i];
		const char *pointer = pool_text(p->pool, "/linux/devices/%zu", i);
		if (*d->path != '/')
			refuse(p, pool_text(p->pool, "%s/path", pointer),
			       "\"%s\" is not an absolute path", d->path);
		if (d->type.value != OCI_DEVICE_FIFO && (!d->major.set || !d->minor.set))
			refuse(p, pointer, "a device of type %s needs major and minor",
			       name_text(&device_type_names, d->type.value));
		if (d->major.value < 0 || d->major.value > 0xfff || d->minor.value < 0 ||
		    d->minor.value > 0xfffff)
			refuse(p, pointer, "there is no device %lld:%lld",
			       (long long)d->major.value, (long long)d->minor.value);
		if (d->file_mode.value & ~(uint32_t)(S_IFMT | 07777))
			refuse(p, pool_text(p->pool, "%s/fileMode", pointer),
			       "%u is not a file mode", d->file_mode.value);
	}
}

static unsigned access_bits(const char *access)
{
	unsigned bits = 0;

	for (; *access; access++)
		bits |= *access == 'r'	 ? DEVICE_READ
			: *access == 'w' ? DEVICE_WRITE
			: *access == 'm' ? DEVICE_MKNOD
					 : 8u;
	return bits;
}

static void check_rules(struct planner *p)
{
	const struct resources *r = linux_of(p)->resources;

	for (size_t i = 0; r && i < r->devices.count; i++) {
		const struct device_rule *d = &r->devices.item[i];
		const char *pointer = pool_text(p->pool, "/linux/resources/devices/%zu", i);
		if (d->type && *d->type && (d->type[1] || !strchr("abc", *d->type)))
			refuse(p, pool_text(p->pool, "%s/type", pointer),
			       "\"%s\" is none of a, b and c", d->type);
		if (d->access && access_bits(d->access) > DEVICE_ALL)
			refuse(p, pool_text(p->pool, "%s/access", pointer),
			       "\"%s\" has other letters than r, w and m", d->access);
		if (d->major.value < -1 || d->major.value > UINT32_MAX || d->minor.value < -1 ||
		    d->minor.value > UINT32_MAX)
			refuse(p, pointer, "there is no device %lld:%lld",
			       (long long)d->major.value, (long long)d->minor.value);
	}
}

void check_devices(struct planner *p)
{
	check_nodes(p);
	check_rules(p);
}

/* --- nodes --- */

/* /dev is the host's, bound: what is in it is not ours to make. */
static bool dev_is_bound(const struct planner *p)
{
	bool bound = false;

	for (size_t i = 0; i < p->config->mounts.count; i++) {
		const struct mount *m = &p->config->mounts.item[i];
		if (strcmp(m->destination, "/dev") && strcmp(m->destination, "/dev/"))
			continue;
		bound = m->type && !strcmp(m->type, "bind");
		for (size_t k = 0; k < m->options.count; k++)
			bound |= !strcmp(m->options.item[k], "bind") ||
				 !strcmp(m->options.item[k], "rbind");
	}
	return bound;
}

/* mknod needs CAP_MKNOD over the whole machine: elsewhere the host's node is bound. */
static bool nodes_are_bound(const struct planner *p)
{
	return p->user_namespace || !host_can(p->host, CAP_MKNOD);
}

static bool configured(const struct planner *p, const char *path)
{
	const struct config_linux *l = linux_of(p);

	for (size_t i = 0; i < l->devices.count; i++)
		if (!strcmp(l->devices.item[i].path, path))
			return true;
	return false;
}

static size_t device_count(const struct planner *p)
{
	return dev_is_bound(p) ? 0 : DEFAULTS + linux_of(p)->devices.count;
}

/* Device i of the defaults and then the config's, as a node; false: a default that the config replaces. */
static bool device_at(struct planner *p, size_t i, struct step_node *node, const char **pointer)
{
	if (i < DEFAULTS) {
		*pointer = "/linux/devices";
		*node = (struct step_node){ defaults[i].path,  OCI_DEVICE_CHAR,	 0666, 0, 0,
					    defaults[i].major, defaults[i].minor };
		return !configured(p, defaults[i].path);
	}
	const struct device *d = &linux_of(p)->devices.item[i - DEFAULTS];
	*pointer = pool_text(p->pool, "/linux/devices/%zu", i - DEFAULTS);
	*node = (struct step_node){ d->path,
				    (enum oci_device_type)d->type.value,
				    d->file_mode.set ? d->file_mode.value & 07777 : 0666,
				    d->uid.value,
				    d->gid.value,
				    (unsigned)d->major.value,
				    (unsigned)d->minor.value };
	return true;
}

void ask_device_trees(struct planner *p)
{
	struct step_node node;
	const char *pointer;

	for (size_t i = 0; nodes_are_bound(p) && i < device_count(p); i++)
		if (device_at(p, i, &node, &pointer) && node.type != OCI_DEVICE_FIFO)
			ask_tree(p, node.path, false, false, pointer);
}

static int request_of(const struct planner *p, const char *path, const char *pointer)
{
	for (size_t i = 0; i < p->trees.count; i++)
		if (!strcmp(p->trees.item[i].path, path) &&
		    !strcmp(p->trees.item[i].pointer, pointer))
			return (int)i;
	return -1;
}

void add_devices(struct planner *p)
{
	struct step_node node;
	const char *pointer;

	for (size_t i = 0; i < device_count(p); i++) {
		if (!device_at(p, i, &node, &pointer))
			continue;
		if (nodes_are_bound(p) && node.type != OCI_DEVICE_FIFO) {
			int slot = add_late_tree(p, request_of(p, node.path, pointer));
			add(p, OP_MOVE, WHO_INIT, "%s", pointer)->mount = (struct step_mount){
				.target = node.path, .tree = slot, .strict = true, .keep = NO_SLOT
			};
		} else {
			add(p, OP_NODE, WHO_INIT, "%s", pointer)->node = node;
		}
	}
	if (dev_is_bound(p))
		return;
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		add(p, OP_LINK, WHO_INIT, "/linux/devices")->link = links[i];
}

/* --- rules --- */

static struct device_exception rule_of(const struct device_rule *d)
{
	return (struct device_exception){
		d->type && *d->type ? *d->type : 'a',
		d->major.set ? d->major.value : -1,
		d->minor.set ? d->minor.value : -1,
		d->access && *d->access ? access_bits(d->access) : DEVICE_ALL,
	};
}

static bool is_everything(const struct device_exception *e)
{
	return e->type == 'a' && e->major < 0 && e->minor < 0 && e->access == DEVICE_ALL;
}

static const char *number(struct planner *p, int64_t value)
{
	return value < 0 ? "*" : pool_text(p->pool, "%lld", (long long)value);
}

/* v1 takes rules as text, one write each; to it "a" means everything, whatever numbers follow. */
static void add_v1_rule(struct planner *p, int hierarchy, bool allow,
			const struct device_exception *e, const char *pointer)
{
	const char *file = allow ? "devices.allow" : "devices.deny";
	const char *types = e->type == 'a' ? "bc" : e->type == 'b' ? "b" : "c";
	unsigned a = e->access;

	if (is_everything(e)) {
		add(p, OP_LIMIT, WHO_PARENT, "%s", pointer)->limit =
			(struct step_limit){ .hierarchy = hierarchy, .file = file, .value = "a" };
		return;
	}
	for (; *types; types++)
		add(p, OP_LIMIT, WHO_PARENT, "%s", pointer)->limit = (struct step_limit){
			.hierarchy = hierarchy,
			.file = file,
			.value = pool_text(p->pool, "%c %s:%s %s%s%s", *types, number(p, e->major),
					   number(p, e->minor), a & DEVICE_READ ? "r" : "",
					   a & DEVICE_WRITE ? "w" : "", a & DEVICE_MKNOD ? "m" : "")
		};
}

/* What v1's kernel side does with a list of rules (security/device_cgroup.c's documented behaviour:
 * Documentation/admin-guide/cgroup-v1/devices.rst): a default, and exceptions from it. */
struct emulation {
	bool allowed;
	struct device_exception *exception;
	size_t count;
};

/* The one for the same devices, or NULL. */
static struct device_exception *find_exception(const struct emulation *e,
					       const struct device_exception *rule)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->exception[i].type == rule->type && e->exception[i].major == rule->major &&
		    e->exception[i].minor == rule->minor)
			return &e->exception[i];
	return NULL;
}

static void emulate(struct planner *p, struct emulation *e, bool allow,
		    const struct device_exception *rule)
{
	if (is_everything(rule)) {
		e->allowed = allow;
		e->count = 0;
		e->exception = NULL;
		return;
	}
	struct device_exception *same = find_exception(e, rule);
	if (allow != e->allowed && same) {
		same->access |= rule->access;
	} else if (allow != e->allowed) {
		e->exception = pool_grow(p->pool, e->exception, e->count, sizeof *rule);
		e->exception[e->count++] = *rule;
	} else if (same) {
		same->access &= ~rule->access;
		if (!same->access)
			*same = e->exception[--e->count];
	}
}

static struct emulation emulate_all(struct planner *p, const struct resources *r)
{
	struct emulation emulation = { 0 };

	for (size_t i = 0; r && i < r->devices.count; i++) {
		struct device_exception rule = rule_of(&r->devices.item[i]);
		emulate(p, &emulation, r->devices.item[i].allow.value, &rule);
	}
	for (size_t i = 0; i < ALLOWED; i++)
		emulate(p, &emulation, true, &allowed[i]);
	return emulation;
}

static const struct device_exception everything = { 'a', -1, -1, DEVICE_ALL };

void add_device_rules(struct planner *p, int hierarchy)
{
	const struct resources *r = linux_of(p)->resources;
	struct emulation emulation = emulate_all(p, r);

	if (p->host->cgroups.item[hierarchy].unified.value) {
		add_device_filter(p, hierarchy, emulation.allowed, emulation.exception,
				  emulation.count);
		return;
	}
	/* Nobody who says nothing about devices means all of them. */
	add_v1_rule(p, hierarchy, false, &everything, "/linux/resources/devices");
	for (size_t i = 0; r && i < r->devices.count; i++) {
		struct device_exception rule = rule_of(&r->devices.item[i]);
		bool allow = r->devices.item[i].allow.value;
		if (!(i == 0 && !allow && is_everything(&rule)))
			add_v1_rule(p, hierarchy, allow, &rule,
				    pool_text(p->pool, "/linux/resources/devices/%zu", i));
	}
	for (size_t i = 0; !emulation.allowed && i < ALLOWED; i++)
		add_v1_rule(p, hierarchy, true, &allowed[i], "/linux/resources/devices");
}

static bool has_exception(const struct emulation *e, const struct device_exception *wanted)
{
	const struct device_exception *found = find_exception(e, wanted);

	return found && !(wanted->access & ~found->access);
}

void add_new_device_rules(struct planner *p, int hierarchy, const struct resources *r)
{
	struct emulation now = emulate_all(p, linux_of(p)->resources), then = emulate_all(p, r);
	const char *pointer = "/linux/resources/devices";

	if (p->host->cgroups.item[hierarchy].unified.value) {
		add_device_filter(p, hierarchy, then.allowed, then.exception, then.count);
		return;
	}
	if (now.allowed != then.allowed) {
		add_v1_rule(p, hierarchy, then.allowed, &everything, pointer);
		now.count = 0;
	}
	/* What goes, then what stays: rules overlap. */
	for (size_t i = 0; i < now.count; i++)
		if (!has_exception(&then, &now.exception[i]))
			add_v1_rule(p, hierarchy, then.allowed, &now.exception[i], pointer);
	for (size_t i = 0; i < then.count; i++)
		add_v1_rule(p, hierarchy, !then.allowed, &then.exception[i], pointer);
}
