/* SPDX-License-Identifier: Apache-2.0 */
/* Translates linux.namespaces into open, clone, idmap, join and unshare steps, and adds what
 * is set in the namespaces: host name, loopback, sysctls.
 *
 * Usually the parent clones init into all new namespaces, and init joins the others. A stager
 * is needed in between if that is not possible: a joined pid namespace only applies to
 * children; a joined user namespace must be entered before the namespaces that it is to own
 * are created; and namespaces with other owners must be joined before entering a new user
 * namespace takes away the right to do so.
 *
 * In a joined pid namespace other processes can trace init if they have CAP_SYS_PTRACE. There the
 * stager, which they can't see, builds the whole container, takes the identity and the capabilities
 * of its process, and clones init as the last thing. */
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
			refuse(p, CODE_CONFLICT, pointer,
			       "a second %s namespace (the first is number %zu)",
			       name_text(&namespace_names, type), p->ns_index[type]);
		if (ns->path && *ns->path && *ns->path != '/')
			refuse(p, CODE_PATH, pool_text(p->pool, "%s/path", pointer),
			       "\"%s\" is not an absolute path", ns->path);
		p->ns[type] = ns;
		p->ns_index[type] = i;
	}
	p->user_namespace = p->ns[OCI_NS_USER] || p->host->user_namespace.value;
	p->takes = p->privileged && (!p->host->mount_api.set || p->host->mount_api.value ||
				     !ns_new(p, OCI_NS_MOUNT));
}

static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a < (uint64_t)b + b_size && b < (uint64_t)a + a_size;
}

static unsigned long long last_id(uint32_t first, const struct id_mapping *m)
{
	return (unsigned long long)first + m->size.value - 1;
}

static void check_map(struct planner *p, const struct id_mappings *map, const char *name)
{
	const char *pointer = pool_text(p->pool, "/linux/%s", name);

	if (!map->count)
		refuse(p, CODE_MAPPING, pointer, "a new user namespace needs a mapping");
	if (map->count > MAP_LINES) {
		refuse(p, CODE_MAPPING, pointer, "%zu mappings; the kernel takes %d", map->count,
		       MAP_LINES);
		return;
	}
	if (map->count && !id_mapped(map, 0)) {
		refuse(p, CODE_MAPPING, pointer,
		       "id 0 of the container is not mapped: it is set up by its own root");
		cure(p, "add a mapping with \"containerID\": 0");
	}
	for (size_t i = 0; i < map->count && !p->refused; i++) {
		const struct id_mapping *m = &map->item[i];
		const char *at = pool_text(p->pool, "%s/%zu", pointer, i);
		if (!m->size.value)
			refuse(p, CODE_MAPPING, at, "a mapping of size 0");
		if ((uint64_t)m->container_id.value + m->size.value > UINT32_MAX ||
		    (uint64_t)m->host_id.value + m->size.value > UINT32_MAX)
			refuse(p, CODE_MAPPING, at, "a mapping beyond the last id");
		for (size_t k = 0; k < i; k++) {
			const struct id_mapping *o = &map->item[k];
			if (overlap(m->container_id.value, m->size.value, o->container_id.value,
				    o->size.value) ||
			    overlap(m->host_id.value, m->size.value, o->host_id.value,
				    o->size.value))
				refuse(p, CODE_MAPPING, at,
				       "ids %u-%llu (on the host %u-%llu) overlap with those of "
				       "mapping %zu, %u-%llu (%u-%llu)",
				       m->container_id.value, last_id(m->container_id.value, m),
				       m->host_id.value, last_id(m->host_id.value, m), k,
				       o->container_id.value, last_id(o->container_id.value, o),
				       o->host_id.value, last_id(o->host_id.value, o));
		}
	}
}

/* The only mapping that an unprivileged process may write itself: a single one of its own id. */
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
		if (!p->ns[OCI_NS_USER] && (l->uid_mappings.count || l->gid_mappings.count)) {
			refuse(p, CODE_CONFLICT,
			       l->uid_mappings.count ? "/linux/uidMappings" : "/linux/gidMappings",
			       "mappings without a user namespace");
			cure(p, "add {\"type\": \"user\"} to linux.namespaces, or remove "
				"uidMappings and "
				"gidMappings");
		}
		if (!p->ns[OCI_NS_USER] && !p->privileged)
			refuse(p, CODE_NAMESPACE_USER, "/linux/namespaces",
			       "without privileges a container needs a user namespace");
		return;
	}
	check_map(p, &l->uid_mappings, "uidMappings");
	check_map(p, &l->gid_mappings, "gidMappings");
	if (needs_helper(p, &l->uid_mappings, p->host->uid.value, CAP_SETUID) &&
	    !p->host->newuidmap)
		refuse(p, CODE_MAPPING, "/linux/uidMappings",
		       "without privileges this mapping needs newuidmap (package uidmap)");
	if (needs_helper(p, &l->gid_mappings, p->host->gid.value, CAP_SETGID) &&
	    !p->host->newgidmap)
		refuse(p, CODE_MAPPING, "/linux/gidMappings",
		       "without privileges this mapping needs newgidmap (package uidmap)");
}

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* The namespace to which a sysctl belongs, or OCI_NS_COUNT: sysctl(5), namespaces(7). */
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

/* Accepts "net.ipv4.ip_forward" and "net/ipv4/ip_forward". As in sysctl(8), whichever of '.'
 * and '/' comes first is the separator, and the other one is part of a name:
 * net/ipv4/conf/eth0.1/forwarding. */
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

/* Refuses contradictory values for the same setting, since it is not clear which one applies. */
static void check_same(struct planner *p, const char *pointer, const char *path, const char *value)
{
	const char *name = !strcmp(path, "kernel/hostname")	? p->config->hostname
			   : !strcmp(path, "kernel/domainname") ? p->config->domainname
								: NULL;

	if (is_given(name) && strcmp(name, value))
		refuse(p, CODE_SYSCTL, pointer, "\"%s\" is not what /%s says: \"%s\"", value,
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
			refuse(p, CODE_SYSCTL, pointer,
			       "it belongs to no namespace: it would change the host");
		else if (!p->ns[owner])
			refuse(p, CODE_SYSCTL, pointer,
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
		refuse(p, CODE_NAMESPACE_NEEDED, "/linux/timeOffsets",
		       "offsets need a new time namespace");
	if (offsets->monotonic && offsets->monotonic->nanosecs.value > 999999999)
		refuse(p, CODE_CONFLICT, "/linux/timeOffsets/monotonic/nanosecs",
		       "%u is a second or more", offsets->monotonic->nanosecs.value);
	if (offsets->boottime && offsets->boottime->nanosecs.value > 999999999)
		refuse(p, CODE_CONFLICT, "/linux/timeOffsets/boottime/nanosecs",
		       "%u is a second or more", offsets->boottime->nanosecs.value);
}

/* Without a new mount namespace, the container's mounts are made in one that other processes
 * share, and by a process that is allowed to mount there. */
static void check_shared_mounts(struct planner *p)
{
	if (ns_new(p, OCI_NS_MOUNT))
		return;
	if (p->ns[OCI_NS_USER] || !p->privileged)
		refuse(p, CODE_MOUNT_SHARED, "/linux/namespaces",
		       "without a new mount namespace nothing can be mounted from within a user "
		       "namespace");
	else
		warn(p, CODE_MOUNT_SHARED, "/linux/namespaces",
		     "without a new mount namespace the container's "
		     "mounts below its root are visible to other processes until it is deleted");
}

void check_namespaces(struct planner *p)
{
	read_namespaces(p);
	check_shared_mounts(p);
	check_user_namespace(p);
	if (is_given(p->config->hostname) && !p->ns[OCI_NS_UTS])
		refuse(p, CODE_NAMESPACE_NEEDED, "/hostname",
		       "a host name without a uts namespace would be the host's");
	if (is_given(p->config->domainname) && !p->ns[OCI_NS_UTS])
		refuse(p, CODE_NAMESPACE_NEEDED, "/domainname",
		       "a domain name without a uts namespace would be the host's");
	check_time_offsets(p);
	check_sysctls(p);
}

/* --- steps --- */

/* The pointer of a setting that is applied in a joined namespace, or NULL. Such a namespace
 * must not turn out to be the runtime's own. */
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

/* All children of a process that has joined a pid namespace are in it, hooks too. In a user
 * namespace the right to join may be gone later on, and a child has no rights outside of it. */
static bool joins_pids_late(const struct planner *p)
{
	return !p->ns[OCI_NS_USER];
}

static void add_join(struct planner *p, enum oci_namespace ns, enum who who)
{
	if (ns_joined(p, ns))
		add(p, OP_JOIN, who, "/linux/namespaces/%zu", p->ns_index[ns])->join =
			(struct step_join){ .slot = SLOT_NS + (int)ns,
					    .ns = ns,
					    .keep = ns == OCI_NS_PID && !joins_pids_late(p) };
}

void add_late_join(struct planner *p)
{
	if (builds_apart(p) && joins_pids_late(p))
		add_join(p, OCI_NS_PID, WHO_STAGER);
}

/* With privileges the user namespace is joined last, so that it does not matter which one owns
 * the others. Without privileges it is joined first, since only then may the others be joined. */
void add_joins(struct planner *p, enum who who)
{
	if (!p->privileged)
		add_join(p, OCI_NS_USER, who);
	for (int ns = 0; ns < OCI_NS_COUNT; ns++)
		if (ns != OCI_NS_USER && !(ns == OCI_NS_PID && joins_pids_late(p)))
			add_join(p, ns, who);
	if (p->privileged)
		add_join(p, OCI_NS_USER, who);
}

bool needs_stager(const struct planner *p)
{
	if (ns_joined(p, OCI_NS_PID) || ns_joined(p, OCI_NS_USER))
		return true;
	for (int ns = 0; ns < OCI_NS_COUNT; ns++)
		if (ns_new(p, OCI_NS_USER) && ns_joined(p, ns))
			return true;
	return false;
}

void add_idmap(struct planner *p)
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

/* time_namespaces(7): offsets must be set before a process enters the namespace, and only clone3(2)
 * could create it, so init does both. */
void add_time_namespace(struct planner *p)
{
	const struct time_offsets *offsets = linux_of(p)->time_offsets;
	const struct time_offset none = { 0 };

	if (!ns_new(p, OCI_NS_TIME))
		return;
	if (!offsets) {
		add(p, OP_TIME, WHO_INIT, "/linux/namespaces/%zu", p->ns_index[OCI_NS_TIME])
			->text.text = "";
		return;
	}
	const struct time_offset *monotonic = offsets->monotonic ? offsets->monotonic : &none,
				 *boottime = offsets->boottime ? offsets->boottime : &none;
	add(p, OP_TIME, WHO_INIT, "/linux/timeOffsets")->text.text = pool_text(
		p->pool, "monotonic %" PRId64 " %" PRIu32 "\nboottime %" PRId64 " %" PRIu32 "\n",
		monotonic->secs.value, monotonic->nanosecs.value, boottime->secs.value,
		boottime->nanosecs.value);
}

/* If the runtime is root (on the host or in its user namespace), main() has already made it
 * non-dumpable, which cloned processes inherit; since root owns their /proc files, their ids
 * can still be mapped. Otherwise the ids must be mapped first and the process made
 * non-dumpable after that. Until then, only processes of the same host user can access it. */
bool is_nondumpable(const struct planner *p)
{
	return !p->host->uid.value;
}

void add_nondumpable(struct planner *p, enum who who)
{
	if (!is_nondumpable(p))
		add(p, OP_DUMPABLE, who, p->plan->exec ? "/" : "/linux/namespaces");
}

/* A new mount namespace is a copy: the place of the root is where the clone's working directory is.
 */
static void start_in_rootfs(const struct planner *p, struct step_clone *clone)
{
	if (ns_new(p, OCI_NS_MOUNT)) {
		clone->rootfs = SLOT_ROOTFS;
		clone->there = SLOT_AT_ROOTFS;
	}
}

static uint64_t new_namespaces(const struct planner *p)
{
	uint64_t flags = 0;

	for (int ns = 0; ns < OCI_NS_COUNT; ns++)
		if (ns_new(p, ns) && ns != OCI_NS_CGROUP && ns != OCI_NS_TIME)
			flags |= namespace_types[ns].flag;
	return flags;
}

static void start_in_cgroup(const struct planner *p, struct step_clone *clone)
{
	if (clone_cgroup(p) >= 0) {
		clone->cgroup = SLOT_CGROUP + clone_cgroup(p);
		clone->in_cgroup = SLOT_IN_CGROUP;
	}
}

void add_stager(struct planner *p)
{
	struct step_clone clone = { .child = WHO_STAGER, .builder = builds_apart(p) };

	start_in_rootfs(p, &clone);
	if (clone.builder)
		start_in_cgroup(p, &clone);
	add(p, OP_CLONE, WHO_PARENT, "/linux/namespaces")->clone = clone;
}

void add_new_namespaces(struct planner *p)
{
	if (new_namespaces(p))
		add(p, OP_UNSHARE, WHO_STAGER, "/linux/namespaces")->unshare.flags =
			new_namespaces(p);
}

void add_init(struct planner *p, enum who who)
{
	struct step_clone clone = { .child = WHO_INIT,
				    .builder = true,
				    .flags = new_namespaces(p) };

	start_in_cgroup(p, &clone);
	if (who == WHO_PARENT)
		start_in_rootfs(p, &clone);
	add(p, OP_CLONE, who, "/linux/namespaces")->clone = clone;
}

void add_finished_init(struct planner *p)
{
	const struct step_clone clone = { .child = WHO_INIT, .finished = true };

	p->building = false;
	if (p->plan->exec)
		add(p, OP_CLONE, WHO_STAGER, "/")->clone = clone;
	else
		add(p, OP_CLONE, WHO_STAGER, "/linux/namespaces/%zu", p->ns_index[OCI_NS_PID])
			->clone = clone;
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

void add_hostname_and_sysctls(struct planner *p)
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
