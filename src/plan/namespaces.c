/* SPDX-License-Identifier: Apache-2.0 */
/* From linux.namespaces to open, clone, idmap, join and unshare; and what lives in the namespaces
 * and is set from outside: host name, loopback, sysctls.
 *
 * Usually the parent clones init into all new namespaces, and init joins the others. A stager
 * stands between them where that can't be: a joined pid namespace is for children only; a joined
 * user namespace must be entered before the namespaces that it is to own are made; and what
 * outsiders own must be joined before a new user namespace takes the right to do so away. */
#include "planner.h"

#include "libocispec/text.h"

#include <inttypes.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

/* --- checks --- */

void read_namespaces(struct planner *p)
{
	const struct config_linux *l = linux_of(p);

	for (size_t i = 0; i < l->namespaces.count; i++) {
		const struct namespace *ns = &l->namespaces.item[i];
		const char *pointer = pool_text(p->pool, "/linux/namespaces/%zu", i);
		int type = ns->type.value;
		if (p->ns[type])
			refuse(p, pointer, "a second %s namespace (the first is number %zu)",
			       name_text(&namespace_names, type), p->ns_index[type]);
		if (ns->path && *ns->path && *ns->path != '/')
			refuse(p, pool_text(p->pool, "%s/path", pointer),
			       "\"%s\" is not an absolute path", ns->path);
		p->ns[type] = ns;
		p->ns_index[type] = i;
	}
	p->user_namespace = p->ns[OCI_NS_USER] || p->host->user_namespace.value;
}

static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a < (uint64_t)b + b_size && b < (uint64_t)a + a_size;
}

static void check_map(struct planner *p, const struct id_mappings *map, const char *name)
{
	const char *pointer = pool_text(p->pool, "/linux/%s", name);

	if (!map->count)
		refuse(p, pointer, "a new user namespace needs a mapping");
	if (map->count > MAP_LINES) {
		refuse(p, pointer, "%zu mappings; the kernel takes %d", map->count, MAP_LINES);
		return;
	}
	if (map->count && !id_mapped(map, 0))
		refuse(p, pointer, "id 0 of the container is not mapped: nobody could set it up");
	for (size_t i = 0; i < map->count && !p->refused; i++) {
		const struct id_mapping *m = &map->item[i];
		const char *at = pool_text(p->pool, "%s/%zu", pointer, i);
		if (!m->size.value)
			refuse(p, at, "a mapping of size 0");
		if ((uint64_t)m->container_id.value + m->size.value > UINT32_MAX ||
		    (uint64_t)m->host_id.value + m->size.value > UINT32_MAX)
			refuse(p, at, "a mapping beyond the last id");
		for (size_t k = 0; k < i; k++) {
			const struct id_mapping *o = &map->item[k];
			if (overlap(m->container_id.value, m->size.value, o->container_id.value,
				    o->size.value) ||
			    overlap(m->host_id.value, m->size.value, o->host_id.value,
				    o->size.value))
				refuse(p, at, "overlaps with mapping %zu", k);
		}
	}
}

/* What the kernel lets an unprivileged process write by itself: its own id, alone. */
static bool own_id_only(const struct id_mappings *map, uint32_t own)
{
	return map->count == 1 && map->item[0].size.value == 1 && map->item[0].host_id.value == own;
}

static bool needs_helper(const struct planner *p, const struct id_mappings *map, uint32_t own,
			 int capability)
{
	return !host_can(p->host, capability) && !own_id_only(map, own);
}

static void check_user_namespace(struct planner *p)
{
	const struct config_linux *l = linux_of(p);

	if (!ns_new(p, OCI_NS_USER)) {
		if (!p->ns[OCI_NS_USER] && (l->uid_mappings.count || l->gid_mappings.count))
			refuse(p,
			       l->uid_mappings.count ? "/linux/uidMappings" : "/linux/gidMappings",
			       "mappings without a user namespace");
		if (!p->ns[OCI_NS_USER] && !p->privileged)
			refuse(p, "/linux/namespaces",
			       "without privileges a container needs a user namespace (see spec "
			       "--rootless)");
		return;
	}
	check_map(p, &l->uid_mappings, "uidMappings");
	check_map(p, &l->gid_mappings, "gidMappings");
	if (needs_helper(p, &l->uid_mappings, p->host->uid.value, CAP_SETUID) &&
	    !p->host->newuidmap)
		refuse(p, "/linux/uidMappings",
		       "without privileges this mapping needs newuidmap (package uidmap)");
	if (needs_helper(p, &l->gid_mappings, p->host->gid.value, CAP_SETGID) &&
	    !p->host->newgidmap)
		refuse(p, "/linux/gidMappings",
		       "without privileges this mapping needs newgidmap (package uidmap)");
}

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* The namespace that owns a sysctl, or OCI_NS_COUNT: sysctl(5), namespaces(7). */
static enum oci_namespace sysctl_owner(const char *path)
{
	static const char *const ipc[] = { "kernel/msgmax", "kernel/msgmnb",
					   "kernel/msgmni", "kernel/sem",
					   "kernel/shmall", "kernel/shmmax",
					   "kernel/shmmni", "kernel/shm_rmid_forced" };

	for (size_t i = 0; i < sizeof ipc / sizeof *ipc; i++)
		if (!strcmp(path, ipc[i]))
			return OCI_NS_IPC;
	if (has_prefix(path, "fs/mqueue/"))
		return OCI_NS_IPC;
	if (has_prefix(path, "net/"))
		return OCI_NS_NETWORK;
	if (!strcmp(path, "kernel/domainname") || !strcmp(path, "kernel/hostname"))
		return OCI_NS_UTS;
	return OCI_NS_COUNT;
}

/* "net.ipv4.ip_forward" and "net/ipv4/ip_forward"; as in sysctl(8), whichever separator comes first
 * is the separator, and the other one is part of a name: net/ipv4/conf/eth0.1/forwarding. */
static const char *sysctl_path(struct planner *p, const char *key)
{
	char *path = pool_copy(p->pool, key, strlen(key));

	if (path[strcspn(path, "./")] == '.')
		for (char *c = path; *c; c++)
			*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
	return path;
}

/* Some engines write "" where others leave the member out. */
static bool is_given(const char *name)
{
	return name && *name;
}

/* The same thing asked for twice, and not the same: which one counts is nobody's to guess. */
static void check_same(struct planner *p, const char *pointer, const char *path, const char *value)
{
	const char *name = !strcmp(path, "kernel/hostname")	? p->config->hostname
			   : !strcmp(path, "kernel/domainname") ? p->config->domainname
								: NULL;

	if (is_given(name) && strcmp(name, value))
		refuse(p, pointer, "\"%s\" is not what /%s says: \"%s\"", value,
		       path + strlen("kernel/"), name);
}

static void check_sysctls(struct planner *p)
{
	const struct string_map *map = &linux_of(p)->sysctl;

	for (size_t i = 0; i < map->count; i++) {
		const char *pointer = json_pointer(p->pool, "/linux/sysctl", map->item[i].key);
		const char *path = sysctl_path(p, map->item[i].key);
		enum oci_namespace owner = sysctl_owner(path);
		if (owner == OCI_NS_COUNT || strstr(path, "..") || *path == '/')
			refuse(p, pointer, "it belongs to no namespace: it would change the host");
		else if (!p->ns[owner])
			refuse(p, pointer,
			       "it belongs to the host's %s namespace, which the container shares",
			       name_text(&namespace_names, (int)owner));
		check_same(p, pointer, path, map->item[i].value);
	}
}

static void check_time_offsets(struct planner *p)
{
	const struct time_offsets *offsets = linux_of(p)->time_offsets;

	if (!offsets)
		return;
	if (!ns_new(p, OCI_NS_TIME))
		refuse(p, "/linux/timeOffsets", "offsets are for a new time namespace");
	if (offsets->monotonic && offsets->monotonic->nanosecs.value > 999999999)
		refuse(p, "/linux/timeOffsets/monotonic/nanosecs", "%u is a second or more",
		       offsets->monotonic->nanosecs.value);
	if (offsets->boottime && offsets->boottime->nanosecs.value > 999999999)
		refuse(p, "/linux/timeOffsets/boottime/nanosecs", "%u is a second or more",
		       offsets->boottime->nanosecs.value);
}

/* Its mounts are then made in a namespace that others live in, by one who may mount there. */
static void check_shared_mounts(struct planner *p)
{
	if (ns_new(p, OCI_NS_MOUNT))
		return;
	if (p->ns[OCI_NS_USER] || !p->privileged)
		refuse(p, "/linux/namespaces",
		       "without a new mount namespace nothing can be mounted from within a user "
		       "namespace");
	else
		warn(p, "/linux/namespaces",
		     "without a new mount namespace the container's "
		     "mounts are made below its root for all to see, until it is deleted");
}

void check_namespaces(struct planner *p)
{
	read_namespaces(p);
	check_shared_mounts(p);
	check_user_namespace(p);
	if (is_given(p->config->hostname) && !p->ns[OCI_NS_UTS])
		refuse(p, "/hostname", "a host name without a uts namespace would be the host's");
	if (is_given(p->config->domainname) && !p->ns[OCI_NS_UTS])
		refuse(p, "/domainname",
		       "a domain name without a uts namespace would be the host's");
	check_time_offsets(p);
	check_sysctls(p);
}

/* --- steps --- */

/* What is set in a namespace that is joined: then it must not be the runtime's own, by another
 * name. NULL: nothing is. */
static const char *setting_in(struct planner *p, enum oci_namespace ns)
{
	const struct string_map *map = &linux_of(p)->sysctl;

	for (size_t i = 0; i < map->count; i++)
		if (sysctl_owner(sysctl_path(p, map->item[i].key)) == ns)
			return json_pointer(p->pool, "/linux/sysctl", map->item[i].key);
	if (ns == OCI_NS_UTS && is_given(p->config->hostname))
		return "/hostname";
	if (ns == OCI_NS_UTS && is_given(p->config->domainname))
		return "/domainname";
	if (ns == OCI_NS_NETWORK && linux_of(p)->net_devices.count)
		return json_pointer(p->pool, "/linux/netDevices",
				    linux_of(p)->net_devices.item[0].key);
	return NULL;
}

void add_namespace_opens(struct planner *p)
{
	for (int ns = 0; ns < OCI_NS_COUNT; ns++)
		if (ns_joined(p, ns))
			add(p, OP_OPEN, WHO_PARENT, "/linux/namespaces/%zu", p->ns_index[ns])
				->open = (struct step_open){ .kind = OPEN_NAMESPACE,
							     .path = p->ns[ns]->path,
							     .slot = SLOT_NS + ns,
							     .ns = ns,
							     .checked = !p->privileged,
							     .foreign = setting_in(p, ns) };
}

static void add_join(struct planner *p, enum oci_namespace ns, enum who who)
{
	if (ns_joined(p, ns))
		add(p, OP_JOIN, who, "/linux/namespaces/%zu", p->ns_index[ns])->join =
			(struct step_join){ .slot = SLOT_NS + (int)ns, .ns = ns };
}

/* With privileges the user namespace is joined last: then no owner matters. Without, first: there
 * are no rights to join the others before. */
static void add_joins(struct planner *p, enum who who)
{
	if (!p->privileged)
		add_join(p, OCI_NS_USER, who);
	for (int ns = 0; ns < OCI_NS_COUNT; ns++)
		if (ns != OCI_NS_USER)
			add_join(p, ns, who);
	if (p->privileged)
		add_join(p, OCI_NS_USER, who);
}

static bool needs_stager(const struct planner *p)
{
	if (ns_joined(p, OCI_NS_PID) || ns_joined(p, OCI_NS_USER))
		return true;
	for (int ns = 0; ns < OCI_NS_COUNT; ns++)
		if (ns_new(p, OCI_NS_USER) && ns_joined(p, ns))
			return true;
	return false;
}

static void add_idmap(struct planner *p)
{
	const struct config_linux *l = linux_of(p);

	if (!ns_new(p, OCI_NS_USER))
		return;
	bool gid_helper = needs_helper(p, &l->gid_mappings, p->host->gid.value, CAP_SETGID);
	add(p, OP_IDMAP, WHO_PARENT, "/linux/uidMappings")->idmap = (struct step_idmap){
		.uid_map = map_lines(p, &l->uid_mappings),
		.gid_map = map_lines(p, &l->gid_mappings),
		.uid_helper = needs_helper(p, &l->uid_mappings, p->host->uid.value, CAP_SETUID)
				      ? p->host->newuidmap
				      : NULL,
		.gid_helper = gid_helper ? p->host->newgidmap : NULL,
		.deny_setgroups = !gid_helper && !host_can(p->host, CAP_SETGID),
	};
}

/* time_namespaces(7): offsets are set before the first process is in the namespace; so it is not
 * made by the clone. */
static void add_time_offsets(struct planner *p)
{
	const struct time_offsets *offsets = linux_of(p)->time_offsets;

	if (!offsets)
		return;
	const struct time_offset none = { 0 }, *monotonic = offsets->monotonic,
				 *boottime = offsets->boottime;
	monotonic = monotonic ? monotonic : &none;
	boottime = boottime ? boottime : &none;
	add(p, OP_TIME, WHO_INIT, "/linux/timeOffsets")->text.text = pool_text(
		p->pool, "monotonic %" PRId64 " %" PRIu32 "\nboottime %" PRId64 " %" PRIu32 "\n",
		monotonic->secs.value, monotonic->nanosecs.value, boottime->secs.value,
		boottime->nanosecs.value);
}

/* Where we are root (of the machine, or of the user namespace that we are in), main() has hidden us
 * before anything else, and what is cloned is born hidden: its /proc files belong to us, so that it
 * can be mapped all the same. The others have to map first, and hide then; meanwhile it has no
 * neighbours but processes of the same user of the host. */
bool is_hidden(const struct planner *p)
{
	return !p->host->uid.value;
}

void add_clone(struct planner *p)
{
	bool stager = needs_stager(p);
	struct step_clone init = {
		.child = WHO_INIT,
	};

	for (int ns = 0; ns < OCI_NS_COUNT; ns++)
		if (ns_new(p, ns) && ns != OCI_NS_CGROUP &&
		    !(ns == OCI_NS_TIME && linux_of(p)->time_offsets))
			init.flags |= namespace_types[ns].flag;
	if (born_in(p) >= 0) {
		init.cgroup = SLOT_CGROUP + born_in(p);
		init.born = SLOT_BORN;
	}

	bool hidden = is_hidden(p);
	int rootfs = ns_new(p, OCI_NS_MOUNT) ? SLOT_ROOTFS : NO_SLOT;
	int there = ns_new(p, OCI_NS_MOUNT) ? SLOT_AT_ROOTFS : NO_SLOT;
	if (stager) {
		add(p, OP_CLONE, WHO_PARENT, "/linux/namespaces")->clone = (struct step_clone){
			.child = WHO_STAGER, .rootfs = rootfs, .there = there
		};
		/* Before it has the namespaces' inhabitants for neighbours. */
		if (!hidden && !ns_new(p, OCI_NS_USER))
			add(p, OP_DUMPABLE, WHO_STAGER, "/linux/namespaces");
		add_joins(p, WHO_STAGER);
	}
	init.rootfs = stager ? NO_SLOT : rootfs;
	init.there = stager ? NO_SLOT : there;
	add(p, OP_CLONE, stager ? WHO_STAGER : WHO_PARENT, "/linux/namespaces")->clone = init;
	add_idmap(p);
	add_raised_limits(p, WHO_PARENT);
	if (by_systemd(p)) {
		add_cgroup(p);
		add_cgroup_trees(p);
	}
	add_time_offsets(p);
	add_early_process(p, WHO_INIT);
	add_session(p);
	add_cgroup_entry(p);
	if (!stager)
		add_joins(p, WHO_INIT);
	add_root_ids(p, WHO_INIT);
	if (!hidden)
		add(p, OP_DUMPABLE, WHO_INIT, "/linux/namespaces");
}

uint64_t joinable_namespaces(const struct planner *p)
{
	uint64_t flags = 0;

	for (int ns = 0; ns < OCI_NS_COUNT; ns++)
		flags |= p->ns[ns] ? namespace_types[ns].flag : 0;
	return flags;
}

void add_root_ids(struct planner *p, enum who who)
{
	if (p->ns[OCI_NS_USER])
		add(p, OP_ROOT_IDS, who, "/linux/namespaces/%zu", p->ns_index[OCI_NS_USER])->ids =
			(struct step_ids){ .umask = -1,
					   .set_groups = !keeps_groups(p) &&
							 host_can(p->host, CAP_SETGID),
					   .groups_may_stay = groups_may_stay(p) };
}

void add_cgroup_namespace(struct planner *p)
{
	if (ns_new(p, OCI_NS_CGROUP))
		add(p, OP_UNSHARE, WHO_INIT, "/linux/namespaces/%zu", p->ns_index[OCI_NS_CGROUP])
			->unshare.flags = CLONE_NEWCGROUP;
}

void add_identity_of_host(struct planner *p)
{
	const struct string_map *sysctl = &linux_of(p)->sysctl;

	if (is_given(p->config->hostname))
		add(p, OP_HOSTNAME, WHO_INIT, "/hostname")->text.text = p->config->hostname;
	if (is_given(p->config->domainname))
		add(p, OP_DOMAINNAME, WHO_INIT, "/domainname")->text.text = p->config->domainname;
	if (ns_new(p, OCI_NS_NETWORK))
		add(p, OP_LOOPBACK, WHO_INIT, "/linux/namespaces/%zu", p->ns_index[OCI_NS_NETWORK]);
	for (size_t i = 0; i < sysctl->count; i++)
		add(p, OP_SYSCTL, WHO_INIT, "%s",
		    json_pointer(p->pool, "/linux/sysctl", sysctl->item[i].key))
			->sysctl = (struct step_sysctl){ sysctl_path(p, sysctl->item[i].key),
							 sysctl->item[i].value };
}
