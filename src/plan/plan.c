/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as data: the tables of names, how a step is put into words, the digest. */
#include "plan.h"

#include "libocispec/text.h"

#include "base/report.h"

#include "libocispec/json.h"

#include <inttypes.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

SHAPE(options, ROW_REQUIRED(options, "id", id), ROW_REQUIRED(options, "bundle", bundle),
      ROW_REQUIRED(options, "state", state), ROW(options, "pidFile", pid_file),
      ROW(options, "cgroupManager", cgroup_manager), ROW(options, "noPivot", no_pivot),
      ROW(options, "noNewKeyring", no_new_keyring), ROW(options, "create", create),
      ROW(options, "preserveFds", preserve_fds), ROW(options, "listenFds", listen_fds),
      ROW(options, "listenNames", listen_names), ROW(options, "notifySocket", notify_socket),
      ROW(options, "consoleSocket", console_socket), ROW(options, "pidfdSocket", pidfd_socket),
      ROW(options, "relay", relay));

#define OP_NAME(symbol, text, traits) [symbol] = text,
#define OP_TRAITS(symbol, text, traits) [symbol] = (traits),
static const char *const names[] = { OPS(OP_NAME) };
static const unsigned traits_of[] = { OPS(OP_TRAITS) };

const char *op_name(enum op_kind op)
{
	return names[op];
}

unsigned op_traits(enum op_kind op)
{
	return traits_of[op];
}

const char *who_name(enum who who)
{
	static const char *const name[] = { "parent", "stager", "init" };

	return name[who];
}

void plan_free(struct plan *plan)
{
	pool_free(&plan->pool);
	*plan = (struct plan){ 0 };
}

/* --- steps in words --- */

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
	static const char *const named[] = { "@root",	 "@rootfs", "@nodes",  "@null",	 "@empty",
					     "@console", "@stdout", "@stderr", "@pidfd", "@init" };

	if (slot < SLOT_NS)
		say(w, "%s", named[slot]);
	else if (slot < SLOT_CGROUP)
		say(w, "@%s", name_text(&namespace_names, slot - SLOT_NS));
	else
		say(w, "@tree%d", slot - SLOT_TREE);
}

static void say_flags(struct words *w, uint64_t flags)
{
	static const struct {
		uint64_t flag;
		const char *name;
	} table[] = {
		{ CLONE_NEWUSER, "user" },     { CLONE_NEWNS, "mount" }, { CLONE_NEWPID, "pid" },
		{ CLONE_NEWNET, "network" },   { CLONE_NEWIPC, "ipc" },	 { CLONE_NEWUTS, "uts" },
		{ CLONE_NEWCGROUP, "cgroup" }, { 0x80, "time" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (flags & table[i].flag)
			say(w, " %s", table[i].name);
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

void step_describe(const struct step *s, char *buffer, size_t size)
{
	struct words words = { buffer, size }, *w = &words;

	*buffer = '\0';
	switch (s->op) {
	case OP_OPEN:
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
							  : "by this command");
		if (s->open.slot == NO_SLOT)
			break;
		if (s->open.foreign)
			say(w, ", and not ours");
		say(w, " -> ");
		say_slot(w, s->open.slot);
		break;
	case OP_TREE:
		if (s->tree.by == TREE_ROOTFS)
			say(w, "%s", s->who == WHO_PARENT ? "@rootfs" : "the working directory");
		else if (s->tree.by == TREE_INSIDE)
			say(w, "@root/");
		else if (s->tree.by == TREE_NEW)
			say(w, "new ");
		if (s->tree.by != TREE_ROOTFS)
			say(w, "%s", s->tree.path);
		if (s->tree.by == TREE_NEW && s->tree.ns != NO_SLOT) {
			say(w, " of ");
			say_slot(w, s->tree.ns);
		}
		if (s->tree.by == TREE_DEVICE)
			say(w, " %s %u:%u", s->tree.format == S_IFBLK ? "block" : "char",
			    s->tree.major, s->tree.minor);
		if (s->tree.lacks)
			say(w, " (not%s%s%s%s)", s->tree.lacks & ST_RDONLY ? " ro" : "",
			    s->tree.lacks & ST_NOSUID ? " nosuid" : "",
			    s->tree.lacks & ST_NODEV ? " nodev" : "",
			    s->tree.lacks & ST_NOEXEC ? " noexec" : "");
		say(w, "%s%s%s%s", s->tree.procfs ? " (a procfs)" : "",
		    s->tree.recursive ? " rec" : "", s->tree.nofollow ? " nofollow" : "",
		    s->tree.slot >= 0
			    ? s->tree.peer && s->who == WHO_PARENT ? " if shared -> " : " -> "
			    : " (look)");
		if (s->tree.slot >= 0)
			say_slot(w, s->tree.slot);
		break;
	case OP_VACANT:
		say(w, "%s%s has no processes", s->cgroup.mount, s->cgroup.path);
		break;
	case OP_CGROUP:
		say(w, "%s%s%s%s", s->cgroup.mount, s->cgroup.path,
		    s->cgroup.controllers && *s->cgroup.controllers ? " " : "",
		    s->cgroup.controllers ? s->cgroup.controllers : "");
		say(w, "%s", s->cgroup.adopt ? " (for init)" : "");
		break;
	case OP_SCOPE:
	case OP_PROPERTIES:
		say(w, "%s%s", s->scope.unit, s->scope.user ? " (user)" : "");
		for (size_t i = 0; i < s->scope.properties.count; i++)
			say(w, "%s %s", i ? "," : ":", s->scope.properties.item[i]);
		break;
	case OP_LIMIT:
		say(w, "%s=%s", s->limit.file, s->limit.value);
		if (s->limit.other_file)
			say(w, " (or %s=%s)", s->limit.other_file, s->limit.other_value);
		break;
	case OP_DEVICES:
		say(w, "%zu instructions", s->devices.count);
		break;
	case OP_OWNER:
		say(w, "of the cgroup: uid %u", s->owner.uid);
		break;
	case OP_CLONE:
		say(w, "%s:", who_name(s->clone.child));
		say_flags(w, s->clone.flags);
		if (s->clone.cgroup >= 0)
			say(w, ", born in the cgroup");
		if (s->clone.at_rootfs)
			say(w, ", in @rootfs");
		break;
	case OP_IDMAP:
		say(w, "uids ");
		say_lines(w, s->idmap.uid_map);
		say(w, " gids ");
		say_lines(w, s->idmap.gid_map);
		say(w, "%s%s", s->idmap.uid_helper || s->idmap.gid_helper ? " (by helper)" : "",
		    s->idmap.deny_setgroups ? " setgroups=deny" : "");
		break;
	case OP_JOIN:
		if (!s->join.all)
			say(w, "%s ", name_text(&namespace_names, (int)s->join.ns));
		say_slot(w, s->join.slot);
		say(w, "%s", s->join.all ? ":" : "");
		say_flags(w, s->join.all);
		break;
	case OP_UNSHARE:
		say_flags(w, s->unshare);
		break;
	case OP_RLIMIT:
		if (s->rlimit.raise)
			say(w, "%s up to %" PRIu64, s->rlimit.name, s->rlimit.hard);
		else
			say(w, "%s %" PRIu64 ":%" PRIu64, s->rlimit.name, s->rlimit.soft,
			    s->rlimit.hard);
		break;
	case OP_ATTRIBUTE:
		say(w, "%s%s",
		    s->attribute.kind == ATTRIBUTE_APPARMOR  ? "AppArmor "
		    : s->attribute.kind == ATTRIBUTE_SELINUX ? "SELinux "
							     : "",
		    s->attribute.text);
		break;
	case OP_TIME:
		say_lines(w, s->text.text);
		break;
	case OP_NOTIFY:
	case OP_OOM:
	case OP_HOSTNAME:
	case OP_DOMAINNAME:
	case OP_CHDIR:
	case OP_DIRECTORY:
	case OP_MASK:
	case OP_READONLY:
		say(w, "%s", s->text.text);
		break;
	case OP_SYSCTL:
		say(w, "%s=%s", s->sysctl.path, s->sysctl.value);
		break;
	case OP_PROPAGATION:
		say(w, "/");
		say_propagation(w, s->propagation);
		break;
	case OP_ROOT:
		say(w, "attach @root to %s", s->root.path);
		break;
	case OP_REMAP:
		if (s->remap.tree != NO_SLOT) {
			say_slot(w, s->remap.tree);
			say(w, "%s ", s->remap.recursive ? " rec" : "");
		}
		if (s->remap.tree != NO_SLOT && s->remap.ns != NO_SLOT) {
			say(w, "as in ");
			say_slot(w, s->remap.ns);
			break;
		}
		if (!s->remap.uid_map) {
			say(w, "as in ");
			say_slot(w, SLOT_NS + OCI_NS_USER);
			break;
		}
		say(w, "uids ");
		say_lines(w, s->remap.uid_map);
		say(w, " gids ");
		say_lines(w, s->remap.gid_map);
		if (s->remap.tree == NO_SLOT) {
			say(w, " -> ");
			say_slot(w, s->remap.ns);
		}
		break;
	case OP_REMOUNT:
	case OP_MOUNT:
	case OP_MOVE:
		say_mount(w, &s->mount);
		break;
	case OP_NODE:
		say(w, "%s %s", s->node.path, name_text(&device_type_names, (int)s->node.type));
		if (s->node.type != OCI_DEVICE_FIFO)
			say(w, " %u:%u", s->node.major, s->node.minor);
		say(w, " %04o", s->node.mode);
		if (s->node.uid || s->node.gid)
			say(w, " %u:%u", s->node.uid, s->node.gid);
		break;
	case OP_NODES:
		for (size_t i = 0; i < s->nodes.count; i++)
			say(w, "%s%s %s %u:%u %04o", i ? ", " : "", s->nodes.item[i].path,
			    name_text(&device_type_names, (int)s->nodes.item[i].type),
			    s->nodes.item[i].major, s->nodes.item[i].minor, s->nodes.item[i].mode);
		say(w, s->who == WHO_PARENT ? " -> @nodes" : " (from @nodes)");
		break;
	case OP_LINK:
		say(w, "%s -> %s", s->link.path, s->link.target);
		break;
	case OP_TTY:
		if (s->tty.rows || s->tty.columns)
			say(w, "%ux%u, ", s->tty.columns, s->tty.rows);
		say(w, "uid %u -> ", s->tty.uid);
		say_slot(w, SLOT_CONSOLE);
		say(w, "%s", s->tty.console ? ", /dev/console" : "");
		break;
	case OP_SEAL:
		say_slot(w, s->seal.slot);
		say_attributes(w, &s->seal.attributes, "");
		break;
	case OP_NETDEV:
		say(w, "%s -> %s", s->netdev.name, s->netdev.new_name);
		break;
	case OP_RDT:
		say(w, "%s%s ", s->rdt.path, s->rdt.existing ? " (exists)" : "");
		say_lines(w, s->rdt.schemata);
		if (s->rdt.monitor)
			say(w, " monitor %s", s->rdt.monitor);
		break;
	case OP_PUBLISH:
		say(w, "%s%s%s%s", s->publish.aside ? "" : "status ",
		    s->publish.aside ? "" : name_text(&status_names, (int)s->publish.status),
		    !s->publish.pid_file ? ""
		    : s->publish.aside	 ? "pid to "
					 : ", pid to ",
		    s->publish.pid_file ? s->publish.pid_file : "");
		break;
	case OP_HOOK:
		say(w, "%s %s", name_text(&hook_names, (int)s->hook.when), s->hook.path);
		break;
	case OP_PIVOT:
		say(w, "@root%s",
		    s->pivot.how == PIVOT_ROOT	 ? ""
		    : s->pivot.how == PIVOT_MOVE ? ", by moving it over /"
						 : ", by chroot");
		break;
	case OP_STDIO:
	case OP_HOME:
		say(w, "uid %u", s->ids.uid);
		break;
	case OP_LOOKUP:
		say(w, "%s%s%s", s->lookup.name, strchr(s->lookup.name, '/') ? "" : " in ",
		    strchr(s->lookup.name, '/') ? "" : s->lookup.path);
		break;
	case OP_CLOSE:
		say(w, "all but stdio");
		if (s->close.preserve)
			say(w, " and %d more", s->close.preserve);
		if (s->close.early)
			say(w, " and what joining needs");
		break;
	case OP_AWAIT:
		say(w, "start");
		break;
	case OP_LESSEN:
		say(w, "bounding %" PRIx64 " permitted %" PRIx64, s->caps.bounding,
		    s->caps.permitted);
		break;
	case OP_BOUNDING:
		say(w, "%016" PRIx64, s->caps.bounding);
		break;
	case OP_BECOME:
	case OP_USER:
		say(w, "%u:%u", s->ids.uid, s->ids.gid);
		for (size_t i = 0; i < s->ids.group_count; i++)
			say(w, "%s%u", i ? "," : " +", s->ids.groups[i]);
		if (s->ids.umask >= 0)
			say(w, " umask %04o", (unsigned)s->ids.umask);
		break;
	case OP_CAPS:
		say(w,
		    "effective %" PRIx64 " permitted %" PRIx64 " inheritable %" PRIx64
		    " ambient %" PRIx64,
		    s->caps.effective, s->caps.permitted, s->caps.inheritable, s->caps.ambient);
		break;
	case OP_SECCOMP:
		say(w, "%zu instructions", s->seccomp.count);
		if (s->seccomp.flags)
			say(w, " flags %x", s->seccomp.flags);
		break;
	case OP_LISTENER:
		say(w, "to %s", s->listener.path);
		break;
	case OP_EXEC:
		say_vector(w, s->exec.argv);
		break;
	case OP_SEEK:
	case OP_ENTER:
		say(w, "%s%s", s->cgroup.mount, s->cgroup.path);
		break;
	case OP_RECORD:
		say(w, "what is to be undone");
		break;
	case OP_HIDE:
		say(w, "%s", s->visible ? "not any more" : "");
		break;
	case OP_SESSION:
	case OP_KEYRING:
	case OP_LOOPBACK:
	case OP_NNP:
	case OP_COUNT:
		break;
	}
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

/* --- the whole --- */

const char *plan_print(struct plan *plan, bool json)
{
	struct text t = { .pool = &plan->pool };
	char detail[4096];

	text_add(&t, "%s",
		 json ? "["
		      : "   #  who     step         detail                                       "
			"          from\n");
	for (size_t i = 0; i < plan->steps; i++) {
		const struct step *s = &plan->step[i];
		step_describe(s, detail, sizeof detail);
		const char *line;
		if (json)
			line = pool_text(t.pool,
					 "%s\n{\"step\":%zu,\"who\":\"%s\",\"op\":\"%s\","
					 "\"detail\":%s,\"from\":%s}",
					 i ? "," : "", i, who_name(s->who), op_name(s->op),
					 json_quote(t.pool, detail),
					 json_quote(t.pool, s->pointer));
		else {
			char *row = pool_text(t.pool, "%4zu  %-6s  %-11s  %-53s  %s", i,
					      who_name(s->who), op_name(s->op), detail, s->pointer);
			text_clean(row);
			text_append(&t, row, strlen(row));
			line = "\n";
		}
		text_append(&t, line, strlen(line));
	}
	if (json)
		text_add(&t, "\n]\n");
	return t.bytes;
}

uint64_t plan_digest(struct plan *plan)
{
	return text_hash(plan_print(plan, false));
}
