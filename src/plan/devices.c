/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes in /dev, and the device rules (config-linux.md, "Devices", "Default Devices",
 * "Allowed Device list"). */
#include "paths.h"
#include "mount_entry.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static const struct {
	const char *path;
	unsigned major, minor;
} defaults[] = {
	{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

/* config.md, "Dev symbolic links"; and ptmx of the container's own devpts. */
static const struct {
	const char *target, *path;
} links[] = {
	{ "/proc/self/fd", "/dev/fd" },	      { "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" },
	{ "pts/ptmx", "/dev/ptmx" },
};

/* Every container may create nodes and use these devices (the terminals are those of its own
 * devpts). */
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
			refuse(p, CODE_PATH, pool_text(p->pool, "%s/path", pointer),
			       "\"%s\" is not an absolute path", d->path);
		if (d->type.value != OCI_DEVICE_FIFO && (!d->major.set || !d->minor.set))
			refuse(p, CODE_DEVICE, pointer, "a device of type %s needs major and minor",
			       name_text(&device_type_names, d->type.value));
		if (d->major.value < 0 || d->major.value > 0xfff || d->minor.value < 0 ||
		    d->minor.value > 0xfffff)
			refuse(p, CODE_DEVICE, pointer, "there is no device %lld:%lld",
			       (long long)d->major.value, (long long)d->minor.value);
		if (d->file_mode.value & ~(uint32_t)(S_IFMT | 07777))
			refuse(p, CODE_DEVICE, pool_text(p->pool, "%s/fileMode", pointer),
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
		if (d->type && *d->type && (d->type[1] || !strchr("abc", *d->type))) {
			refuse(p, CODE_DEVICE, pool_text(p->pool, "%s/type", pointer),
			       "\"%s\" is not one of a, b and c", d->type);
			cure(p, "a stands for all devices, b for block devices, c for character "
				"devices");
		}
		if (d->access && access_bits(d->access) > DEVICE_ALL) {
			refuse(p, CODE_DEVICE, pool_text(p->pool, "%s/access", pointer),
			       "\"%s\" has letters other than r, w and m", d->access);
			cure(p, "r is to read, w to write, m to make the node with mknod");
		}
		if (d->major.value < -1 || d->major.value > UINT32_MAX || d->minor.value < -1 ||
		    d->minor.value > UINT32_MAX)
			refuse(p, CODE_DEVICE, pointer, "there is no device %lld:%lld",
			       (long long)d->major.value, (long long)d->minor.value);
	}
}

void check_devices(struct planner *p)
{
	check_nodes(p);
	check_rules(p);
}

/* --- nodes --- */

/* Is the host's /dev bind-mounted? Then its contents must not be changed. */
static bool dev_is_bound(const struct planner *p)
{
	bool bound = false;

	for (size_t i = 0; i < p->mounts.count; i++)
		if (!strcmp(p->mounts.item[i].path, "/dev"))
			bound = p->mounts.item[i].binds;
	return bound;
}

/* Where the nodes come from. mknod(2) needs CAP_MKNOD in the initial user namespace, and a
 * filesystem that was mounted there. For a container with a user namespace, the parent
 * therefore creates the nodes in a filesystem of its own, and init bind-mounts them. A caller
 * without that capability bind-mounts the host's nodes. */
enum nodes { NODES_MADE, NODES_BY_PARENT, NODES_OF_HOST };

static enum nodes nodes_from(const struct planner *p)
{
	if (!host_can(p->host, CAP_MKNOD) || p->host->user_namespace.value || !p->privileged ||
	    (p->user_namespace && !p->takes))
		return NODES_OF_HOST;
	return p->user_namespace ? NODES_BY_PARENT : NODES_MADE;
}

static bool configured(struct planner *p, const char *path)
{
	const struct config_linux *l = linux_of(p);

	for (size_t i = 0; i < l->devices.count; i++)
		if (!strcmp(normal_path(p, l->devices.item[i].path), path))
			return true;
	return false;
}

/* Translates the owner from the container's user namespace to the caller's. The mappings of a
 * joined user namespace are not known. */
static void map_owner(const struct planner *p, struct step_node *node)
{
	const struct config_linux *l = linux_of(p);

	/* FIFOs are created by init itself. */
	if (nodes_from(p) != NODES_BY_PARENT || !ns_new(p, OCI_NS_USER) ||
	    node->type == OCI_DEVICE_FIFO)
		return;
	(void)id_to_parent(&l->uid_mappings, &node->uid);
	(void)id_to_parent(&l->gid_mappings, &node->gid);
}

/* A device node of the container, and its tree if it is the host's. */
struct planned_node {
	struct step_node node;
	const char *pointer;
	int request;
};

static void read_node(struct planner *p, const char *pointer, const struct step_node *node)
{
	struct planned_node *n = &p->nodes.item[p->nodes.count++];

	*n = (struct planned_node){ *node, pointer, -1 };
	map_owner(p, &n->node);
}

/* The default devices that the config does not replace, followed by those of the config. */
void read_devices(struct planner *p)
{
	const struct config_linux *l = linux_of(p);

	p->nodes.item = pool_alloc(p->pool, (DEFAULTS + l->devices.count) * sizeof *p->nodes.item);
	for (size_t i = 0; i < DEFAULTS && !dev_is_bound(p) && !p->plan->live; i++)
		if (!configured(p, defaults[i].path))
			read_node(p, "/linux/devices",
				  &(struct step_node){ .path = defaults[i].path,
						       .type = OCI_DEVICE_CHAR,
						       .mode = 0666,
						       .major = defaults[i].major,
						       .minor = defaults[i].minor });
	for (size_t i = 0; i < l->devices.count && !dev_is_bound(p); i++) {
		const struct device *d = &l->devices.item[i];
		const char *path = normal_path(p, d->path);
		if (!strcmp(path, "/dev/ptmx"))
			continue; /* a link to the container's own devpts */
		read_node(p, pool_text(p->pool, "/linux/devices/%zu", i),
			  &(struct step_node){
				  .path = path,
				  .type = (enum oci_device_type)d->type.value,
				  .mode = d->file_mode.set ? d->file_mode.value & 07777 : 0666,
				  .uid = d->uid.value,
				  .gid = d->gid.value,
				  .major = (unsigned)d->major.value,
				  .minor = (unsigned)d->minor.value,
			  });
	}
}

static struct step_nodes parents_nodes(struct planner *p, int slot, int from)
{
	struct step_nodes nodes = { .slot = slot, .from = from };
	struct step_node *item = pool_alloc(p->pool, (p->nodes.count + 1) * sizeof *item);
	const char **pointer = pool_alloc(p->pool, (p->nodes.count + 1) * sizeof *pointer);

	for (size_t i = 0; i < p->nodes.count; i++)
		if (p->nodes.item[i].node.type != OCI_DEVICE_FIFO) {
			item[nodes.count] = p->nodes.item[i].node;
			pointer[nodes.count++] = p->nodes.item[i].pointer;
		}
	nodes.item = item;
	nodes.pointer = pointer;
	return nodes;
}

static struct step_tree host_node(const struct planned_node *n)
{
	return (struct step_tree){ .path = n->node.path,
				   .by = TREE_DEVICE,
				   .format = n->node.type == OCI_DEVICE_BLOCK ? S_IFBLK : S_IFCHR,
				   .major = n->node.major,
				   .minor = n->node.minor };
}

/* Read-only, so that the mode and owner of the host's node can't be changed. */
static void add_host_node(struct planner *p, const struct planned_node *n)
{
	int slot = add_late_tree(p, n->request);

	add(p, OP_MOVE, WHO_INIT, "%s", n->pointer)->mount =
		(struct step_mount){ .target = n->node.path,
				     .tree = slot,
				     .strict = true,
				     .attributes = { .set = MOUNT_ATTR_RDONLY } };
}

void ask_device_trees(struct planner *p)
{
	for (size_t i = 0; i < p->nodes.count && nodes_from(p) == NODES_OF_HOST; i++) {
		struct planned_node *n = &p->nodes.item[i];
		const struct step_tree tree = host_node(n);
		if (n->node.type != OCI_DEVICE_FIFO)
			n->request = ask_tree(p, &tree, n->pointer);
	}
}

void add_device_look(struct planner *p)
{
	if (nodes_from(p) == NODES_BY_PARENT && !dev_is_bound(p))
		add(p, OP_NODES, WHO_PARENT, "/linux/devices")->nodes = parents_nodes(p, SLOT_NODES,
										      NO_SLOT);
}

void add_devices(struct planner *p)
{
	if (nodes_from(p) == NODES_BY_PARENT && p->nodes.count)
		add(p, OP_NODES, WHO_INIT, "/linux/devices")->nodes = parents_nodes(p, NO_SLOT,
										    SLOT_NODES);
	for (size_t i = 0; i < p->nodes.count; i++) {
		const struct planned_node *n = &p->nodes.item[i];
		if (nodes_from(p) == NODES_MADE || n->node.type == OCI_DEVICE_FIFO) {
			add(p, OP_NODE, WHO_INIT, "%s", n->pointer)->node = n->node;
		} else if (n->request >= 0) {
			add_host_node(p, n);
		}
	}
	if (dev_is_bound(p))
		return;
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		add(p, OP_LINK, WHO_INIT, "/linux/devices")->link =
			(struct step_link){ .target = links[i].target, .path = links[i].path };
}

/* --- added to a container that exists --- */

bool makes_nodes(const struct planner *p)
{
	return nodes_from(p) == NODES_MADE;
}

/* The parent makes no nodes for it: in a user namespace they are the host's. */
void ask_added_devices(struct planner *p, struct added_device *added)
{
	for (size_t i = 0; i < p->nodes.count; i++) {
		struct planned_node *n = &p->nodes.item[i];
		const struct step_tree tree = host_node(n);
		if (n->node.type == OCI_DEVICE_FIFO)
			refuse(p, CODE_DEVICE, n->pointer, "a FIFO is no device to be added");
		for (size_t k = 0; k < DEFAULTS; k++)
			if (!strcmp(n->node.path, defaults[k].path))
				refuse(p, CODE_DEVICE, n->pointer, "every container has %s",
				       n->node.path);
		if (makes_nodes(p))
			continue;
		n->request = ask_tree(p, &tree, n->pointer);
		added[i].mount = pool_alloc(p->pool, sizeof *added[i].mount);
		added[i].mount->path = n->node.path;
		p->trees.item[n->request].tree.identity = added[i].mount;
	}
}

void add_added_devices(struct planner *p)
{
	for (size_t i = 0; i < p->nodes.count; i++) {
		struct planned_node *n = &p->nodes.item[i];
		n->node.fresh = true;
		if (makes_nodes(p))
			add(p, OP_NODE, WHO_INIT, "%s", n->pointer)->node = n->node;
		else
			add_host_node(p, n);
	}
}

/* The host's nodes stand for those of the container, and are as read-only as add_host_node() has
 * them. */
void name_device_mounts(struct planner *p, struct external *e)
{
	for (size_t i = 0; !makes_nodes(p) && i < p->nodes.count; i++) {
		const struct planned_node *n = &p->nodes.item[i];
		add_external(p, e, n->node.path, n->node.path,
			     (struct image_flags){ MOUNT_ATTR_RDONLY, 0 });
	}
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

/* v1 takes one textual rule per write. "a" stands for everything; any numbers after it are
 * ignored. */
static void add_v1_rule(struct planner *p, int hierarchy, bool allow,
			const struct device_exception *e, const char *pointer)
{
	const char *file = allow ? "devices.allow" : "devices.deny";
	const char *types = e->type == 'a' ? "bc" : e->type == 'b' ? "b" : "c";
	unsigned a = e->access;

	if (is_everything(e)) {
		add(p, OP_LIMIT, WHO_PARENT, "%s", pointer)->limit = (struct step_limit){
			.cgroup = SLOT_CGROUP + hierarchy, .file = file, .value = "a"
		};
		return;
	}
	for (; *types; types++)
		add(p, OP_LIMIT, WHO_PARENT, "%s", pointer)->limit = (struct step_limit){
			.cgroup = SLOT_CGROUP + hierarchy,
			.file = file,
			.value = pool_text(p->pool, "%c %s:%s %s%s%s", *types, number(p, e->major),
					   number(p, e->minor), a & DEVICE_READ ? "r" : "",
					   a & DEVICE_WRITE ? "w" : "", a & DEVICE_MKNOD ? "m" : "")
		};
}

/* The result of a list of rules as v1 evaluates it
 * (Documentation/admin-guide/cgroup-v1/devices.rst): a default, and exceptions from it. */
struct emulation {
	bool allowed;
	struct device_exception *exception;
	size_t count;
};

/* A rule and its position in the list. */
struct ordered {
	struct device_exception rule;
	bool allow;
	size_t index;
};

static int by_device(const struct device_exception *a, const struct device_exception *b)
{
	return a->type != b->type     ? a->type - b->type
	       : a->major != b->major ? (a->major > b->major) - (a->major < b->major)
				      : (a->minor > b->minor) - (a->minor < b->minor);
}

static int by_device_and_index(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;
	int order = by_device(&x->rule, &y->rule);

	return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* A rule for all devices discards the rules before it. Returns the index of the first rule
 * after the last such rule. */
static size_t begin_emulation(struct emulation *e, const struct ordered *rule, size_t count)
{
	size_t from = 0;

	*e = (struct emulation){ 0 };
	for (size_t i = 0; i < count; i++)
		if (is_everything(&rule[i].rule)) {
			e->allowed = rule[i].allow;
			from = i + 1;
		}
	return from;
}

/* Merges the rules for each device; the result is sorted by device. */
static struct emulation emulate(struct planner *p, struct ordered *rule, size_t count)
{
	struct emulation e;
	size_t from = begin_emulation(&e, rule, count);

	qsort(rule + from, count - from, sizeof *rule, by_device_and_index);
	e.exception = pool_alloc(p->pool, (count + 1) * sizeof *e.exception);
	for (size_t i = from, next; i < count; i = next) {
		struct device_exception device = rule[i].rule;
		device.access = 0;
		for (next = i; next < count && !by_device(&device, &rule[next].rule); next++)
			device.access = rule[next].allow != e.allowed
						? device.access | rule[next].rule.access
						: device.access & ~rule[next].rule.access;
		if (device.access)
			e.exception[e.count++] = device;
	}
	return e;
}

static struct emulation emulate_all(struct planner *p, const struct resources *r)
{
	size_t given = r ? r->devices.count : 0, count = 0;
	struct ordered *rule = pool_alloc(p->pool, (given + ALLOWED) * sizeof *rule);

	for (; count < given; count++)
		rule[count] = (struct ordered){ rule_of(&r->devices.item[count]),
						r->devices.item[count].allow.value, count };
	for (size_t i = 0; i < ALLOWED; i++, count++)
		rule[count] = (struct ordered){ allowed[i], true, count };
	return emulate(p, rule, count);
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
	/* The default is to deny all devices; a new v1 cgroup would otherwise inherit its
	 * parent's rules. */
	add_v1_rule(p, hierarchy, false, &everything, "/linux/resources/devices");
	bool denies = false; /* something other than all */
	for (size_t i = 0; r && i < r->devices.count; i++) {
		struct device_exception rule = rule_of(&r->devices.item[i]);
		bool allow = r->devices.item[i].allow.value;
		denies |= !allow && !is_everything(&rule);
		if (!(i == 0 && !allow && is_everything(&rule)))
			add_v1_rule(p, hierarchy, allow, &rule,
				    pool_text(p->pool, "/linux/resources/devices/%zu", i));
	}
	for (size_t i = 0; (denies || !emulation.allowed) && i < ALLOWED; i++)
		add_v1_rule(p, hierarchy, true, &allowed[i], "/linux/resources/devices");
}

static int compare_devices(const void *a, const void *b)
{
	return by_device(a, b);
}

static bool has_exception(const struct emulation *e, const struct device_exception *wanted)
{
	const struct device_exception *found = e->count ? bsearch(wanted, e->exception, e->count,
								  sizeof *wanted, compare_devices)
							: NULL;

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
	/* First remove old exceptions, then write all new ones, including unchanged ones,
	 * since rules may overlap. */
	for (size_t i = 0; i < now.count; i++)
		if (!has_exception(&then, &now.exception[i]))
			add_v1_rule(p, hierarchy, then.allowed, &now.exception[i], pointer);
	for (size_t i = 0; i < then.count; i++)
		add_v1_rule(p, hierarchy, !then.allowed, &then.exception[i], pointer);
}
