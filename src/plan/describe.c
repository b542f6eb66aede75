/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions of the steps, as shown by `tare plan`, in errors and in the --debug log. In the
 * order of step.h. */
#include "inputs.h"

#include "base/error.h"

#include <inttypes.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

struct words {
	char *at;
	size_t room;
};

static void say(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct words *w, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(w->at, w->room, format, arguments);
	va_end(arguments);
	size_t used = length < 0 ? 0 : (size_t)length < w->room ? (size_t)length : w->room - 1;
	w->at += used;
	w->room -= used;
}

static void say_slot(struct words *w, int slot)
{
	static const char *const named[SLOT_NS] = {
		[SLOT_ROOT] = "root",  [SLOT_ROOTFS] = "rootfs",     [SLOT_NODES] = "nodes",
		[SLOT_NULL] = "null",  [SLOT_EMPTY] = "empty",	     [SLOT_CONSOLE] = "console",
		[SLOT_OUT] = "stdout", [SLOT_ERR] = "stderr",	     [SLOT_PIDFD] = "pidfd",
		[SLOT_INIT] = "init",  [SLOT_LISTENER] = "listener", [SLOT_IMAGES] = "images",
		[SLOT_WORK] = "work",  [SLOT_CRIU] = "criu",
	};

	if (slot < SLOT_NS)
		say(w, "@%s", named[slot]);
	else if (slot < SLOT_CGROUP)
		say(w, "@%s", name_text(&namespace_names, slot - SLOT_NS));
	else
		say(w, "@tree%d", slot - SLOT_TREE);
}

static void say_flags(struct words *w, uint64_t flags)
{
	/* In the order in which clone(2) makes them. */
	static const enum oci_namespace order[] = { OCI_NS_USER,    OCI_NS_MOUNT, OCI_NS_PID,
						    OCI_NS_NETWORK, OCI_NS_IPC,	  OCI_NS_UTS,
						    OCI_NS_CGROUP,  OCI_NS_TIME };

	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (flags & namespace_types[order[i]].flag)
			say(w, " %s", name_text(&namespace_names, (int)order[i]));
}

static void say_attributes(struct words *w, const struct attributes *a, const char *prefix)
{
	static const struct {
		uint64_t flag;
		const char *set, *clear;
	} table[] = {
		{ MOUNT_ATTR_RDONLY, "ro", "rw" },
		{ MOUNT_ATTR_NOSUID, "nosuid", "suid" },
		{ MOUNT_ATTR_NODEV, "nodev", "dev" },
		{ MOUNT_ATTR_NOEXEC, "noexec", "exec" },
		{ MOUNT_ATTR_NODIRATIME, "nodiratime", "diratime" },
		{ 0x200000, "nosymfollow", "symfollow" },
	};
	const uint64_t atime = 0x70;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (a->set & table[i].flag)
			say(w, " %s%s", prefix, table[i].set);
		else if (a->clear & table[i].flag)
			say(w, " %s%s", prefix, table[i].clear);
	}
	if (a->clear & atime)
		say(w, " %s%s", prefix,
		    a->set & MOUNT_ATTR_NOATIME	      ? "noatime"
		    : a->set & MOUNT_ATTR_STRICTATIME ? "strictatime"
						      : "relatime");
}

static void say_propagation(struct words *w, unsigned long flags)
{
	say(w, " %s%s", flags & MS_REC ? "r" : "",
	    flags & MS_SHARED	 ? "shared"
	    : flags & MS_SLAVE	 ? "slave"
	    : flags & MS_PRIVATE ? "private"
				 : "unbindable");
}

static void say_mount(struct words *w, const struct step_mount *m)
{
	if (m->type)
		say(w, "%s%s%s", m->type, m->source && strcmp(m->source, m->type) ? " " : "",
		    m->source && strcmp(m->source, m->type) ? m->source : "");
	else if (m->tree != NO_SLOT)
		say_slot(w, m->tree);
	say(w, " -> %s", m->target);
	say_attributes(w, &m->attributes, "");
	say_attributes(w, &m->below, "r");
	for (size_t i = 0; i < m->options.count; i++)
		say(w, " %s%s%s", m->options.item[i].key, m->options.item[i].value ? "=" : "",
		    m->options.item[i].value ? m->options.item[i].value : "");
	if (m->root)
		say(w, " (becomes @root)");
	if (m->cover_mode)
		say(w, " mode=(as covered)");
	for (size_t i = 0; i < m->propagation.count; i++)
		say_propagation(w, m->propagation.item[i]);
	if (m->super)
		say(w, " %s", m->super_flags & MS_I_VERSION ? "iversion" : "noiversion");
	if (m->copy_up)
		say(w, " (with a copy of what is there)");
	if (m->copy_link)
		say(w, " (or the link)");
	if (m->nofollow)
		say(w, " (the link itself)");
	if (m->strict)
		say(w, " (no symlinks)");
}

static void say_lines(struct words *w, const char *text)
{
	for (; *text; text++)
		if (*text != '\n')
			say(w, "%c", *text);
		else if (text[1])
			say(w, ",");
}

static void say_vector(struct words *w, char *const *argv)
{
	for (size_t i = 0; argv[i]; i++)
		say(w, "%s%s", i ? " " : "", argv[i]);
}

/* The table declares the functions, so that one that is missing or unused is a compile error. */
#define DECLARE(symbol, name, ...)                                                                 \
	static void describe_##name(struct words *w, const struct step *s);
OPS(DECLARE)
#undef DECLARE
#define SAME_AS(name, other)                                                                       \
	static void describe_##name(struct words *w, const struct step *s)                         \
	{                                                                                          \
		describe_##other(w, s);                                                            \
	}

static void describe_nothing(struct words *w, const struct step *s)
{
	(void)w;
	(void)s;
}

static void describe_open(struct words *w, const struct step *s)
{
	say(w, "%s ", s->open.path ? s->open.path : "init's root");
	if (s->open.kind == OPEN_NAMESPACE)
		say(w, "is a %s namespace", name_text(&namespace_names, (int)s->open.ns));
	else
		say(w, "%s",
		    s->open.kind == OPEN_ROOTFS	  ? "is a directory"
		    : s->open.kind == OPEN_NULL	  ? "is the null device, or the host's is"
		    : s->open.kind == OPEN_SOCKET ? "listens"
		    : s->open.kind == OPEN_AGENT  ? "is a socket"
		    : s->open.kind == OPEN_LOG	  ? "to append to"
		    : s->open.kind == OPEN_INIT	  ? "is alive"
		    : s->open.kind == OPEN_ROOT	  ? "is a directory"
		    : s->open.kind == OPEN_IMAGES
			    ? s->open.make ? "is a directory, or is made" : "is a directory"
			    : "by this command");
	if (s->open.slot == NO_SLOT)
		return;
	if (s->open.foreign)
		say(w, ", not the caller's own");
	say(w, " -> ");
	say_slot(w, s->open.slot);
}

static void describe_tree(struct words *w, const struct step *s)
{
	if (s->tree.by == TREE_ROOTFS)
		say(w, "%s", s->who == WHO_PARENT ? "@rootfs" : "the working directory");
	else if (s->tree.by == TREE_INSIDE)
		say(w, "@root/");
	else if (s->tree.by == TREE_NEW)
		say(w, "new ");
	if (s->tree.by != TREE_ROOTFS)
		say(w, "%s", s->tree.path);
	if (s->tree.by == TREE_NEW && s->tree.from != NO_SLOT) {
		say(w, " of ");
		say_slot(w, s->tree.from);
	}
	if (s->tree.by == TREE_DEVICE)
		say(w, " %s %u:%u", s->tree.format == S_IFBLK ? "block" : "char", s->tree.major,
		    s->tree.minor);
	if (s->tree.lacks)
		say(w, " (not%s%s%s%s)", s->tree.lacks & ST_RDONLY ? " ro" : "",
		    s->tree.lacks & ST_NOSUID ? " nosuid" : "",
		    s->tree.lacks & ST_NODEV ? " nodev" : "",
		    s->tree.lacks & ST_NOEXEC ? " noexec" : "");
	say(w, "%s%s%s%s", s->tree.procfs ? " (a procfs)" : "", s->tree.recursive ? " rec" : "",
	    s->tree.nofollow ? " nofollow" : "",
	    s->tree.slot ? s->tree.peer && s->who == WHO_PARENT ? " if shared -> " : " -> "
			 : " (look)");
	if (s->tree.slot)
		say_slot(w, s->tree.slot);
}

static void describe_nodes(struct words *w, const struct step *s)
{
	for (size_t i = 0; i < s->nodes.count; i++)
		say(w, "%s%s %s %u:%u %04o", i ? ", " : "", s->nodes.item[i].path,
		    name_text(&device_type_names, (int)s->nodes.item[i].type),
		    s->nodes.item[i].major, s->nodes.item[i].minor, s->nodes.item[i].mode);
	say(w, s->who == WHO_PARENT ? " -> @nodes" : " (from @nodes)");
}

static void describe_check_empty(struct words *w, const struct step *s)
{
	say(w, "%s%s has no processes", s->cgroup.mount, s->cgroup.path);
}

static void describe_find_cgroup(struct words *w, const struct step *s)
{
	say(w, "%s%s", s->cgroup.mount, s->cgroup.path);
}

static void describe_find_netdev(struct words *w, const struct step *s)
{
	say(w, "%s", s->netdev.name);
}

static void describe_find_rdt(struct words *w, const struct step *s)
{
	say(w, "%s", s->rdt.path);
}

static void describe_record(struct words *w, const struct step *s)
{
	(void)s;
	say(w, "what is to be undone");
}

static void describe_keep(struct words *w, const struct step *s)
{
	(void)s;
	say(w, "what is to be taken off");
}

static void describe_text(struct words *w, const struct step *s)
{
	say(w, "%s", s->text.text);
}

SAME_AS(notify, text)

static void describe_cgroup(struct words *w, const struct step *s)
{
	say(w, "%s%s%s%s", s->cgroup.mount, s->cgroup.path,
	    s->cgroup.controllers && *s->cgroup.controllers ? " " : "",
	    s->cgroup.controllers ? s->cgroup.controllers : "");
	say(w, "%s", s->cgroup.adopt ? " (for init)" : "");
}

static void describe_limit(struct words *w, const struct step *s)
{
	say(w, "%s=%s", s->limit.file, s->limit.value);
	if (s->limit.other_file)
		say(w, " (or %s=%s)", s->limit.other_file, s->limit.other_value);
}

static void describe_devices(struct words *w, const struct step *s)
{
	say(w, "%zu instructions", s->devices.count);
}

static void describe_chown(struct words *w, const struct step *s)
{
	say(w, "of the cgroup: uid %u", s->owner.uid);
}

static void describe_clone(struct words *w, const struct step *s)
{
	say(w, "%s%s", who_name(s->clone.child), s->clone.flags ? ":" : "");
	say_flags(w, s->clone.flags);
	if (s->clone.cgroup)
		say(w, ", born in the cgroup");
	if (s->clone.rootfs)
		say(w, ", in @rootfs");
	if (s->clone.child == WHO_STAGER && s->clone.builder)
		say(w, " (prepares init)");
}

static void describe_idmap(struct words *w, const struct step *s)
{
	say(w, "uids ");
	say_lines(w, s->idmap.uid_map);
	say(w, " gids ");
	say_lines(w, s->idmap.gid_map);
	say(w, "%s%s", s->idmap.uid_helper || s->idmap.gid_helper ? " (by helper)" : "",
	    s->idmap.deny_setgroups ? " setgroups=deny" : "");
}

static void describe_criu(struct words *w, const struct step *s)
{
	say(w, "%s swrk", s->criu.options->program);
	if (s->criu.rootfs)
		say(w, ", with a mount at %s", s->criu.root);
}

static void describe_dump(struct words *w, const struct step *s)
{
	say(w, s->image.options->pre_dump ? "memory -> %s" : "%s", s->image.options->images);
}

static void describe_restore(struct words *w, const struct step *s)
{
	say(w, "%s", s->image.continues ? "goes on" : s->image.options->images);
	if (s->image.until)
		say(w, ", up to %s", s->image.until);
	for (size_t i = 0; !s->image.continues && i < s->image.mount.count; i++)
		say(w, "%s%s -> %s", i ? ", " : ": ", s->image.source.item[i],
		    s->image.mount.item[i]);
}

static void describe_scope(struct words *w, const struct step *s)
{
	say(w, "%s%s", s->scope.unit, s->scope.user ? " (user)" : "");
	for (size_t i = 0; i < s->scope.properties.count; i++)
		say(w, "%s %s", i ? "," : ":", s->scope.properties.item[i]);
}

SAME_AS(properties, scope)

static void describe_join(struct words *w, const struct step *s)
{
	if (!s->join.all)
		say(w, "%s ", name_text(&namespace_names, (int)s->join.ns));
	say_slot(w, s->join.slot);
	say(w, "%s", s->join.all ? ":" : "");
	say_flags(w, s->join.all);
}

static void describe_time(struct words *w, const struct step *s)
{
	say_lines(w, *s->text.text ? s->text.text : "no offsets");
}

static void describe_root_ids(struct words *w, const struct step *s)
{
	say(w, "%u:%u", s->ids.uid, s->ids.gid);
	for (size_t i = 0; i < s->ids.group_count; i++)
		say(w, "%s%u", i ? "," : " +", s->ids.groups[i]);
	if (s->ids.umask >= 0)
		say(w, " umask %04o", (unsigned)s->ids.umask);
}

static void describe_dumpable(struct words *w, const struct step *s)
{
	say(w, "%s", s->dumpable.dumpable ? "yes" : "no");
}

static void describe_enter(struct words *w, const struct step *s)
{
	say(w, "%s%s", s->enter.mount, s->enter.path);
}

static void describe_unshare(struct words *w, const struct step *s)
{
	say_flags(w, s->unshare.flags);
}

static void describe_rlimit(struct words *w, const struct step *s)
{
	if (s->rlimit.raise)
		say(w, "%s up to %" PRIu64, s->rlimit.name, s->rlimit.hard);
	else
		say(w, "%s %" PRIu64 ":%" PRIu64, s->rlimit.name, s->rlimit.soft, s->rlimit.hard);
}

SAME_AS(oom, text)
SAME_AS(session, nothing)
SAME_AS(keyring, nothing)
SAME_AS(hostname, text)
SAME_AS(domainname, text)
SAME_AS(loopback, nothing)

static void describe_sysctl(struct words *w, const struct step *s)
{
	say(w, "%s=%s", s->sysctl.path, s->sysctl.value);
}

static void describe_propagation(struct words *w, const struct step *s)
{
	say(w, "/");
	say_propagation(w, s->propagation.flags);
}

static void describe_root(struct words *w, const struct step *s)
{
	say(w, "attach @root to %s", s->root.path);
}

static void describe_mount(struct words *w, const struct step *s)
{
	say_mount(w, &s->mount);
}

static void describe_idmap_mount(struct words *w, const struct step *s)
{
	const struct step_idmap_mount *m = &s->idmap_mount;

	if (m->tree) {
		say_slot(w, m->tree);
		say(w, "%s ", m->recursive ? " rec" : "");
	}
	if (m->ns) {
		say(w, "as in ");
		say_slot(w, m->ns);
		return;
	}
	say(w, "uids ");
	say_lines(w, m->uid_map);
	say(w, " gids ");
	say_lines(w, m->gid_map);
	if (m->made) {
		say(w, " -> ");
		say_slot(w, m->made);
	}
}

SAME_AS(remount, mount)
SAME_AS(move, mount)

static void describe_node(struct words *w, const struct step *s)
{
	say(w, "%s %s", s->node.path, name_text(&device_type_names, (int)s->node.type));
	if (s->node.type != OCI_DEVICE_FIFO)
		say(w, " %u:%u", s->node.major, s->node.minor);
	say(w, " %04o", s->node.mode);
	if (s->node.uid || s->node.gid)
		say(w, " %u:%u", s->node.uid, s->node.gid);
}

static void describe_link(struct words *w, const struct step *s)
{
	say(w, "%s -> %s", s->link.path, s->link.target);
}

static void describe_tty(struct words *w, const struct step *s)
{
	if (s->tty.rows || s->tty.columns)
		say(w, "%ux%u, ", s->tty.columns, s->tty.rows);
	say(w, "uid %u -> ", s->tty.uid);
	say_slot(w, s->tty.socket);
	say(w, "%s", s->tty.console ? ", /dev/console" : "");
}

SAME_AS(control, nothing)
SAME_AS(directory, text)

static void describe_setattr(struct words *w, const struct step *s)
{
	say_slot(w, s->setattr.slot);
	say_attributes(w, &s->setattr.attributes, "");
}

SAME_AS(readonly, text)

static void describe_mask(struct words *w, const struct step *s)
{
	say(w, "%s", s->mask.path);
}

static void describe_netdev(struct words *w, const struct step *s)
{
	say(w, "%s -> %s", s->netdev.name, s->netdev.new_name);
}

static void describe_rdt(struct words *w, const struct step *s)
{
	say(w, "%s%s ", s->rdt.path, s->rdt.existing ? " (exists)" : "");
	say_lines(w, s->rdt.schemata);
	if (s->rdt.monitor)
		say(w, " monitor %s", s->rdt.monitor);
}

static void describe_publish(struct words *w, const struct step *s)
{
	say(w, "%s%s%s%s", s->publish.aside ? "" : "status ",
	    s->publish.aside ? "" : name_text(&status_names, (int)s->publish.status),
	    !s->publish.pid_file ? ""
	    : s->publish.aside	 ? "pid to "
				 : ", pid to ",
	    s->publish.pid_file ? s->publish.pid_file : "");
}

static void describe_hook(struct words *w, const struct step *s)
{
	say(w, "%s %s", name_text(&hook_names, (int)s->hook.when), s->hook.path);
}

static void describe_pivot(struct words *w, const struct step *s)
{
	say(w, "@root%s",
	    s->pivot.how == PIVOT_ROOT	 ? ""
	    : s->pivot.how == PIVOT_MOVE ? ", by moving it over /"
					 : ", by chroot");
}

static void describe_chdir(struct words *w, const struct step *s)
{
	say(w, "%s", s->chdir.path);
}

static void describe_stdio(struct words *w, const struct step *s)
{
	say(w, "uid %u", s->ids.uid);
}

static void describe_home(struct words *w, const struct step *s)
{
	say(w, "uid %u", s->home.uid);
}

static void describe_lookup(struct words *w, const struct step *s)
{
	say(w, "%s%s%s", s->lookup.name, strchr(s->lookup.name, '/') ? "" : " in ",
	    strchr(s->lookup.name, '/') ? "" : s->lookup.path);
}

static void describe_close(struct words *w, const struct step *s)
{
	say(w, "all but stdio");
	if (s->close.preserve)
		say(w, " and %d more", s->close.preserve);
	if (s->close.early)
		say(w, " and what joining needs");
	if (s->close.entries)
		say(w, " and the entries of cgroups");
}

static void describe_await(struct words *w, const struct step *s)
{
	(void)s;
	say(w, "start");
}

static const char *module(const struct step_attribute *a)
{
	return a->kind == ATTRIBUTE_APPARMOR	     ? "AppArmor "
	       : a->kind == ATTRIBUTE_APPARMOR_STACK ? "AppArmor, beside the runtime's: "
	       : a->kind == ATTRIBUTE_SELINUX	     ? "SELinux "
						     : "";
}

static void describe_attribute(struct words *w, const struct step *s)
{
	say(w, "%s%s", module(&s->attribute), s->attribute.text);
}

static void describe_find_label(struct words *w, const struct step *s)
{
	say(w, "%s%s is known", module(&s->attribute), s->attribute.text);
}

static void describe_drop_caps(struct words *w, const struct step *s)
{
	say(w, "bounding %" PRIx64 " permitted %" PRIx64, s->caps.bounding, s->caps.permitted);
}

static void describe_bounding(struct words *w, const struct step *s)
{
	say(w, "%016" PRIx64, s->caps.bounding);
}

SAME_AS(user, root_ids)

static void describe_caps(struct words *w, const struct step *s)
{
	say(w,
	    "effective %" PRIx64 " permitted %" PRIx64 " inheritable %" PRIx64 " ambient %" PRIx64,
	    s->caps.effective, s->caps.permitted, s->caps.inheritable, s->caps.ambient);
}

SAME_AS(nnp, nothing)

static void describe_seccomp(struct words *w, const struct step *s)
{
	say(w, "%zu instructions", s->seccomp.count);
	if (s->seccomp.flags)
		say(w, " flags %x", s->seccomp.flags);
}

static void describe_fetch(struct words *w, const struct step *s)
{
	say(w, "the listener of the filter%s",
	    s->fetch.releases ? "" : ", which waits for the agent");
}

static void describe_listener(struct words *w, const struct step *s)
{
	say(w, "to %s", s->listener.path);
}

static void describe_exec(struct words *w, const struct step *s)
{
	say_vector(w, s->exec.argv);
}

typedef void describe(struct words *w, const struct step *s);
#define DESCRIBE(symbol, name, ...) [OP_##symbol] = describe_##name,
static describe *const descriptions[OP_COUNT] = { OPS(DESCRIBE) };

void step_describe(const struct step *s, char *buffer, size_t size)
{
	struct words words = { buffer, size }, *w = &words;

	*buffer = '\0';
	descriptions[s->op](w, s);
	if (s->allow & MAY_FOLLOW)
		say(w, " (or where init is)");
	if (s->allow & MAY_MISS)
		say(w, " (may miss)");
	if (s->allow & MAY_FAIL)
		say(w, " (may fail)");
	if (s->allow & MAY_BIND)
		say(w, " (or bound)");
	text_clean(buffer);
}
