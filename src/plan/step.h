/* SPDX-License-Identifier: Apache-2.0 */
/*
 * step: the kinds of step, and what each of them says. See docs/design.md, section 1.
 *
 * A step names, it never holds: there is no descriptor and no pid in it. All texts and lists belong
 * to the plan's pool.
 */
#ifndef TARE_PLAN_STEP_H
#define TARE_PLAN_STEP_H

#include "base/mount.h"
#include "libocispec/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The types of namespaces: their clone flag, and their name in /proc/PID/ns. */
extern const struct namespace_type {
	uint64_t flag;
	const char *file;
} namespace_types[OCI_NS_COUNT];

/* Which process does it. */
enum who { WHO_PARENT, WHO_STAGER, WHO_INIT };

/*
 * The kinds of step, one row each. From these rows come the enum, the declarations of the
 *functions, the tables of step.c, ops/table.c, describe.c and digest.c, and the checks of lint.c:
 *whatever is missing does not compile or link.
 *
 *	symbol, name  OP_symbol; the printed name, and that of the two functions: op_name() performs
 *the step (ops/), describe_name() puts it into words (describe.c) data          the member of
 *struct step that it uses, described by MEMBERS(data, ...) in digest.c traits        enum op_trait
 *	order         enum op_order: which rules of lint.c bind its place
 *	undo          enum undo_part: what takes its effect back (stage/undo.c); every kind with
 *EFFECT has one uses, fills   the members of struct step with the slots that are to be filled
 *before, or are filled by it
 */
/* clang-format off */
#define OPS(X) \
	X(OPEN, open, open, LOOKS, ANYWHERE, NOTHING, FILLS2(open.slot, open.pid)) \
	X(TREE, tree, tree, LOOKS, BELOW_ROOT, NOTHING, USES(tree.from) FILLS(tree.slot)) \
	X(NODES, nodes, nodes, LOOKS, ANYWHERE, NOTHING, USES(nodes.from) FILLS(nodes.slot)) \
	X(CHECK_EMPTY, check_empty, cgroup, LOOKS, ANYWHERE, NOTHING, NO_SLOTS) \
	X(FIND_CGROUP, find_cgroup, cgroup, LOOKS, ANYWHERE, NOTHING, \
	  FILLS2(cgroup.directory, cgroup.entry)) \
	X(FIND_NETDEV, find_netdev, netdev, LOOKS, ANYWHERE, NOTHING, NO_SLOTS) \
	X(FIND_RDT, find_rdt, rdt, LOOKS, ANYWHERE, NOTHING, NO_SLOTS) \
	X(RECORD, record, nothing, EFFECT, ANYWHERE, STATE, NO_SLOTS) \
	X(NOTIFY, notify, text, EFFECT, ANYWHERE, STATE, NO_SLOTS) \
	X(CGROUP, cgroup, cgroup, EFFECT, ANYWHERE, CGROUPS, \
	  FILLS2(cgroup.directory, cgroup.entry)) \
	X(LIMIT, limit, limit, EFFECT, ANYWHERE, CGROUPS, \
	  USES2(limit.cgroup, limit.again) FILLS(limit.keep)) \
	X(DEVICES, devices, devices, EFFECT, ANYWHERE, CGROUPS, USES(devices.cgroup)) \
	X(CHOWN, chown, owner, EFFECT, ANYWHERE, CGROUPS, USES(owner.cgroup)) \
	X(CLONE, clone, clone, EFFECT, ANYWHERE, PROCESS, \
	  USES2(clone.cgroup, clone.rootfs) FILLS2(clone.born, clone.there)) \
	X(IDMAP, idmap, idmap, EFFECT, ANYWHERE, PROCESS, NO_SLOTS) \
	X(SCOPE, scope, scope, EFFECT, OF_INIT, SCOPE, FILLS(scope.cgroup.directory)) \
	X(PROPERTIES, properties, scope, EFFECT, ANYWHERE, SCOPE, NO_SLOTS) \
	X(JOIN, join, join, INSIDE, JOINING, NOTHING, USES2(join.slot, join.pid)) \
	X(TIME, time, text, INSIDE, OWN_PROC, NOTHING, NO_SLOTS) \
	X(ROOT_IDS, root_ids, ids, INSIDE | IDENTITY, ANYWHERE, NOTHING, NO_SLOTS) \
	X(DUMPABLE, dumpable, dumpable, INSIDE, HIDING, NOTHING, NO_SLOTS) \
	X(ENTER, enter, enter, INSIDE, ENTERING, NOTHING, USES2(enter.entry, enter.born)) \
	X(UNSHARE, unshare, unshare, INSIDE, UNSHARING, NOTHING, NO_SLOTS) \
	X(RLIMIT, rlimit, rlimit, INSIDE, ANYWHERE, NOTHING, NO_SLOTS) \
	X(OOM, oom, text, INSIDE, OWN_PROC, NOTHING, NO_SLOTS) \
	X(SESSION, session, nothing, INSIDE, ANYWHERE, NOTHING, NO_SLOTS) \
	X(KEYRING, keyring, nothing, INSIDE, ANYWHERE, NOTHING, NO_SLOTS) \
	X(HOSTNAME, hostname, text, INSIDE, ANYWHERE, NOTHING, NO_SLOTS) \
	X(DOMAINNAME, domainname, text, INSIDE, ANYWHERE, NOTHING, NO_SLOTS) \
	X(LOOPBACK, loopback, nothing, INSIDE, ANYWHERE, NOTHING, NO_SLOTS) \
	X(SYSCTL, sysctl, sysctl, INSIDE, ANYWHERE, NOTHING, NO_SLOTS) \
	X(PROPAGATION, propagation, propagation, INSIDE, ANYWHERE, NOTHING, NO_SLOTS) \
	X(ROOT, root, root, INSIDE, ANYWHERE, ROOT, USES2(root.tree, root.rootfs)) \
	X(MOUNT, mount, mount, INSIDE, BELOW_ROOT, NOTHING, \
	  USES(mount.beside) FILLS2(mount.keep, mount.directory)) \
	X(IDMAP_MOUNT, idmap_mount, idmap_mount, LOOKS, REMAPPING, NOTHING, \
	  USES2(idmap_mount.tree, idmap_mount.ns) FILLS(idmap_mount.made)) \
	X(REMOUNT, remount, mount, INSIDE, BELOW_ROOT, NOTHING, NO_SLOTS) \
	X(MOVE, move, mount, INSIDE, BELOW_ROOT, NOTHING, \
	  USES2(mount.tree, mount.beside) FILLS(mount.directory)) \
	X(NODE, node, node, INSIDE, BELOW_ROOT, NOTHING, USES(node.beside) FILLS(node.directory)) \
	X(LINK, link, link, INSIDE, BELOW_ROOT, NOTHING, USES(link.beside) FILLS(link.directory)) \
	X(TTY, tty, tty, INSIDE, TERMINAL, NOTHING, USES(tty.socket)) \
	X(DIRECTORY, directory, text, INSIDE, BELOW_ROOT, NOTHING, NO_SLOTS) \
	X(SETATTR, setattr, setattr, INSIDE, ANYWHERE, NOTHING, USES(setattr.slot)) \
	X(READONLY, readonly, text, INSIDE, BELOW_ROOT, NOTHING, NO_SLOTS) \
	X(MASK, mask, mask, INSIDE, BELOW_ROOT, NOTHING, USES(mask.null) FILLS(mask.empty)) \
	X(NETDEV, netdev, netdev, EFFECT, OF_INIT, DEVICES, NO_SLOTS) \
	X(RDT, rdt, rdt, EFFECT, OF_INIT, CLASS, NO_SLOTS) \
	X(PUBLISH, publish, publish, EFFECT, ANYWHERE, STATE, FILLS(publish.written)) \
	X(HOOK, hook, hook, 0, ANYWHERE, NOTHING, NO_SLOTS) \
	X(PIVOT, pivot, pivot, INSIDE, ANYWHERE, NOTHING, USES(pivot.root)) \
	X(CHDIR, chdir, chdir, INSIDE, ANYWHERE, NOTHING, FILLS(chdir.done)) \
	X(STDIO, stdio, ids, INSIDE, ANYWHERE, NOTHING, NO_SLOTS) \
	X(HOME, home, home, INSIDE, ANYWHERE, NOTHING, NO_SLOTS) \
	X(LOOKUP, lookup, lookup, INSIDE, ANYWHERE, NOTHING, FILLS(lookup.found)) \
	X(CLOSE, close, close, INSIDE, ANYWHERE, NOTHING, NO_SLOTS) \
	X(AWAIT, await, nothing, INSIDE, ANYWHERE, NOTHING, NO_SLOTS) \
	X(ATTRIBUTE, attribute, attribute, INSIDE, ATTRIBUTING, NOTHING, NO_SLOTS) \
	X(DROP_CAPS, drop_caps, caps, INSIDE, DROPPING, NOTHING, NO_SLOTS) \
	X(BOUNDING, bounding, caps, INSIDE, BEFORE_USER, NOTHING, NO_SLOTS) \
	X(USER, user, ids, INSIDE | IDENTITY, ANYWHERE, NOTHING, NO_SLOTS) \
	X(CAPS, caps, caps, INSIDE, AFTER_USER, NOTHING, NO_SLOTS) \
	X(NNP, nnp, nothing, INSIDE, ANYWHERE, NOTHING, NO_SLOTS) \
	X(SECCOMP, seccomp, seccomp, INSIDE, FILTERING, NOTHING, NO_SLOTS) \
	X(LISTENER, listener, listener, EFFECT, LISTENING, PROCESS, NO_SLOTS) \
	X(EXEC, exec, exec, INSIDE, LAST, NOTHING, USES(exec.found))
/* clang-format on */
#define USES(member) .uses = { offsetof(struct step, member), offsetof(struct step, none) },
#define USES2(first, second)                                                                       \
	.uses = { offsetof(struct step, first), offsetof(struct step, second) },
#define FILLS(member) .fills = { offsetof(struct step, member), offsetof(struct step, none) },
#define FILLS2(first, second)                                                                      \
	.fills = { offsetof(struct step, first), offsetof(struct step, second) },
#define NO_SLOTS

enum op_trait {
	LOOKS = 1,    /* has no effect that outlives the process */
	EFFECT = 2,   /* visible on the host; what it does has an undo */
	INSIDE = 4,   /* ends with the container's namespaces, or with its process */
	IDENTITY = 8, /* changes the ids of the process */
};

/* What binds the place of a step, besides the rules for its traits: the rules are in lint.c. */
enum op_order {
	ANYWHERE,
	BELOW_ROOT, /* names a path below the root */
	OWN_PROC,   /* writes to its own files in /proc */
	OF_INIT,    /* done to init */
	JOINING,    /* and so on: the kinds with rules of their own */
	REMAPPING,
	HIDING,
	ENTERING,
	UNSHARING,
	TERMINAL,
	ATTRIBUTING,
	DROPPING,
	BEFORE_USER,
	AFTER_USER,
	FILTERING,
	LISTENING,
	LAST,
};

/* What undo() takes back, in this order: symbol, name of the function in stage/undo.c. */
#define UNDO_PARTS(X)                                                                              \
	X(PROCESS, process)                                                                        \
	X(ROOT, root)                                                                              \
	X(DEVICES, devices)                                                                        \
	X(CLASS, class)                                                                            \
	X(SCOPE, scope)                                                                            \
	X(CGROUPS, cgroups)                                                                        \
	X(STATE, state)
#define UNDO_SYMBOL(symbol, name) UNDO_##symbol,
enum undo_part { UNDO_PARTS(UNDO_SYMBOL) UNDO_NOTHING };
#undef UNDO_SYMBOL

#define OP_SYMBOL(symbol, ...) OP_##symbol,
enum op_kind { OPS(OP_SYMBOL) OP_COUNT };
#undef OP_SYMBOL

/* The retreats that a step permits. */
enum allow {
	MAY_MISS = 1, /* what it is about may not exist: nothing to do */
	MAY_FAIL = 2, /* it does what it can: a failure is logged in debug mode only */
	MAY_BIND = 4, /* a filesystem that may not be mounted here: the host's, bound, instead */
	MAY_FOLLOW =
		8, /* a cgroup that takes no processes: that of the container's init, instead */
};

/*
 * Slots: what one step produces and a later one uses. A step says by number which it uses and which
 * it fills; a member that is left out is NO_SLOT. The first ones hold small values, the others
 * descriptors.
 */
enum {
	NO_SLOT,
	SLOT_PROGRAM,	/* which of the candidates is the program */
	SLOT_IN_CWD,	/* 1: init is in the working directory */
	SLOT_BORN,	/* 1: init was born in the cgroup of the clone step */
	SLOT_AT_ROOTFS, /* 1: init's working directory is the place of its root */
	SLOT_PID_FILE,	/* 1: the pid file was written */
	SLOT_INIT_PID,	/* exec: the pid of the container's init */
	SLOT_DESCRIPTORS,
	SLOT_ROOT = SLOT_DESCRIPTORS, /* the container's root: a tree, then the attached mount */
	SLOT_ROOTFS,  /* the directory that it stands in, in the mounts of the host */
	SLOT_NODES,   /* a filesystem with device nodes, for a container that can't make them */
	SLOT_NULL,    /* a null device, for masks */
	SLOT_EMPTY,   /* the read-only tmpfs that masked directories share */
	SLOT_CONSOLE, /* the socket that the terminal's master is sent through */
	SLOT_OUT, /* where hooks in the container say what they say: SLOT_OUT + 0 stdout, + 1 stderr
		   */
	SLOT_ERR,
	SLOT_PIDFD,  /* the socket that wants the pidfd of init */
	SLOT_LIMIT,  /* the file that the last `limit` has opened, where others go to the same */
	SLOT_PARENT, /* the directory in which the last step has made something */
	SLOT_INIT,   /* exec: the pidfd of the container's init */
	SLOT_NS,     /* namespace files: SLOT_NS + enum oci_namespace */
	SLOT_CGROUP = SLOT_NS + OCI_NS_COUNT, /* the container's directory in hierarchy i */
	CGROUP_MAX = 16,
	SLOT_ENTRY = SLOT_CGROUP + CGROUP_MAX, /* the file through which one enters it */
	SLOT_TREE = SLOT_ENTRY + CGROUP_MAX,
};

enum open_kind {
	OPEN_NAMESPACE, /* a namespace file of the type `ns` */
	OPEN_ROOTFS,	/* the directory of the root filesystem */
	OPEN_NULL,   /* a null device, verified by its number: the container's own, or that of the
			host */
	OPEN_SOCKET, /* a connection to a Unix socket */
	OPEN_LOG,    /* a file to be appended to */
	OPEN_AGENT,  /* a look only: it is a socket; fills no slot */
	OPEN_RELAY,  /* one end of a pair; our own command keeps the other, and copies what the
			terminal says */
	OPEN_INIT,   /* exec: the pidfd of the container's init */
	OPEN_ROOT,   /* exec: the container's root: init's (path NULL), or "/" of the namespace that
			we have joined */
};
struct step_open {
	enum open_kind kind;
	const char *path;
	int slot;
	int pid; /* OPEN_INIT: slot for the pid */
	enum oci_namespace ns;
	bool checked; /* OPEN_NAMESPACE: try now whether it can be joined (needs no user namespace
			 before) */
	const char *foreign; /* OPEN_NAMESPACE: what is set in it (a pointer), so that it may not be
				the caller's own */
};

struct fs_option {
	const char *key, *value; /* value NULL: a flag */
	bool optional;		 /* left out where the filesystem refuses it */
};

/* What a look has found, for the step that opens the path once more, in another mount namespace.
 * Room in the plan, which the looking parent fills in, and whoever is cloned has a copy of. */
struct looked_at {
	uint64_t device, inode; /* 0, 0: nothing yet, or it can't be compared */
};

/* A detached copy of the mounts at a path of the host, private to us. */
struct step_tree {
	const char *path;
	enum {
		TREE_BY_PATH,
		TREE_ROOTFS, /* the root: `from`, or, in init, the working directory that it is born
				in */
		TREE_INSIDE, /* a path below `from`, which is the root */
		TREE_DEVICE, /* the node of a device, wherever the host has it */
		TREE_NEW,    /* a new filesystem, of a namespace that the container has and may not
				mount it of */
	} by;
	const char *type; /* TREE_NEW */
	int from; /* slot of the directory (see by); TREE_NEW: of the namespace, or NO_SLOT: the
		     caller's */
	struct fs_options {
		struct fs_option *item;
		size_t count;
	} options;		  /* TREE_NEW */
	struct looked_at *looked; /* TREE_BY_PATH: what init opens is what was looked at; or NULL */
	int slot;		  /* NO_SLOT: it is only looked at */
	bool identify;		  /* the record gets to know the mount */
	bool recursive;
	bool nofollow; /* a symbolic link itself */
	bool peer; /* a look takes it if the mount is shared: a copy made after the clone is no peer
		    */
	bool procfs;	     /* it has to be one: it covers /proc */
	unsigned long lacks; /* statvfs(3) flags that it may not have: a user namespace can't clear
				them */
	uint32_t format;     /* TREE_DEVICE: S_IFCHR or S_IFBLK */
	unsigned major, minor;
};

/* One directory of a cgroup hierarchy. */
struct step_cgroup {
	const char *mount, *path; /* mount point; path below it, starting with '/' */
	int directory;		  /* slot, where limits are set in it, or init is born in it */
	int entry;		  /* slot of the file by which it is entered */
	size_t recorded;	  /* check_empty: which of the record's cgroups it is */
	bool cpuset;		  /* v1: cpus and mems are to be inherited by hand */
	bool unified;		  /* cgroup2 */
	bool adopt;		  /* init, which is there already, is put into it */
	const char *controllers;  /* cgroup2: to be enabled in all above, "+memory +pids", or "" */
};

struct step_enter { /* by the process itself */
	const char *mount, *path;
	int entry;   /* slot of the file */
	int born;    /* slot that says that it is there already, or NO_SLOT */
	bool closes; /* the process has neighbours: the file is closed */
};

/* A scope of systemd's for init. */
struct step_scope {		   /* scope; properties: without cgroup */
	struct step_cgroup cgroup; /* what it will be */
	const char *unit;
	bool user;		   /* by the user's own manager */
	bool sub;		   /* the container is in a cgroup below the scope's */
	struct strings properties; /* cgroup/systemd.h */
};

struct step_limit {
	int cgroup; /* slot of the directory */
	int again;  /* slot of the file, which the step before has opened, or NO_SLOT */
	int keep;   /* slot that keeps the file for the step after, or NO_SLOT */
	const char *file, *value;
	const char *other_file, *other_value; /* where the kernel does not have the file; or NULL */
};

struct step_devices {
	int cgroup;		     /* slot of the directory */
	const uint64_t *instruction; /* eBPF, as struct bpf_insn */
	size_t count;
};

struct step_owner {   /* of a cgroup2 directory, and of the files that go with it */
	int cgroup;   /* slot of the directory */
	uint32_t uid; /* the machine's */
};

struct step_clone {
	enum who child;
	uint64_t flags;
	int cgroup; /* slot of the directory of the cgroup to be born in, or NO_SLOT */
	int born;   /* slot that tells whether it was */
	int rootfs; /* slot of its working directory, or NO_SLOT: a new mount namespace has that
		       place, too */
	int there;  /* slot that tells whether it is there */
};

struct step_idmap {
	const char *uid_map, *gid_map;	     /* lines as for /proc/PID/uid_map */
	const char *uid_helper, *gid_helper; /* newuidmap, newgidmap; NULL: written directly */
	bool deny_setgroups;
};

/* A tree's files belong to other ids: those of a mapping, or of a user namespace. In two steps
 * where the parent has to make the mapping and init the tree: a user namespace with the mapping is
 * made, and then used. */
struct step_idmap_mount {
	int tree; /* slot of the tree; NO_SLOT: the user namespace is only made */
	int ns;	  /* slot of the user namespace; NO_SLOT: one with the maps */
	int made; /* slot for the user namespace, or NO_SLOT */
	bool recursive;
	const char *uid_map, *gid_map;
};

struct step_join {
	int slot;
	int pid; /* all: slot of the pid, for kernels without setns(2) on a pidfd */
	enum oci_namespace ns;
	uint64_t all; /* SLOT_INIT: the namespaces of a process, at once (clone flags); 0: one, `ns`
		       */
};

struct step_rlimit {
	int resource;
	uint64_t soft, hard;
	const char *name;
	bool raise; /* the hard limit alone, and upwards alone, while there is a right to do so */
};

struct step_root {
	enum {
		ROOT_IN_CWD,	/* the working directory that init was born in */
		ROOT_IN_ROOTFS, /* SLOT_ROOTFS, in a mount namespace that is shared with the caller
				 */
		ROOT_BY_PATH,	/* in one that was joined */
	} where;
	bool hides; /* the host's /proc and /sys below it, which nothing can reach afterwards */
	int tree, rootfs; /* slots of the root, and of its place (NO_SLOT: by path) */
	const char *path;
};

struct step_text { /* notify, time, oom, hostname, domainname, directory, readonly */
	const char *text;
};

struct step_chdir {
	const char *path;
	bool found; /* it is there, and not made */
	int done;   /* slot that tells whether init is there */
};

struct step_mask {
	const char *path;
	int null;  /* slot of what covers a file */
	int empty; /* slot of what covers a directory; all masks share it, and the first one makes
		      it */
};

struct step_sysctl {
	const char *path, *value; /* below /proc/sys */
};

struct step_mount { /* mount: type, source, options; move: tree; remount: options */
	const char *type, *source, *target;
	struct fs_options options;
	int tree;
	struct attributes attributes, below;
	struct {
		unsigned long *item;
		size_t count;
	} propagation; /* MS_SHARED | MS_REC, ... in order */
	bool strict;   /* no symbolic link in the target */
	bool missing;  /* a directory, to be made in a filesystem that is new itself */
	int beside;    /* with `missing`: as for a node */
	int directory;
	bool nofollow;	/* the target may be a symbolic link, and is what is covered */
	bool copy_link; /* move: a tree that is a symbolic link is made again, not mounted */
	bool copy_up;	/* tmpfs: with a copy of what it covers */
	bool super; /* super_flags of mount(2), for which the mount API has no word, are set at last
		     */
	unsigned long super_flags;
	bool root;	 /* it covers the root, and becomes it */
	bool in_proc;	 /* its place may be below /proc */
	bool cover_mode; /* tmpfs: without a mode it takes that of what it covers, 1777 if that was
			    made */
	bool shared;	 /* in mounts that others see, too */
	int keep;	 /* slot that keeps the mount, or NO_SLOT */
};

struct step_node {
	const char *path;
	enum oci_device_type type;
	uint32_t mode, uid, gid;
	unsigned major, minor;
	int beside;    /* slot of the directory in which it is made: that of the step before, or
			  NO_SLOT */
	int directory; /* slot that keeps the directory for the step after, or NO_SLOT */
};

/* Made by the parent, in a filesystem that is nowhere else; put into their places by init. */
struct step_nodes {
	const struct step_node *item;
	const char *const *pointer; /* what asked for each */
	size_t count;
	int slot; /* they are made, in a filesystem that is kept there */
	int from; /* or they are put into their places */
};

struct step_link {
	const char *target, *path;
	int beside, directory; /* as for a node */
};

enum { NODE_WORDS = 16 }; /* 1024 NUMA nodes */

/* sched_setattr(2) */
struct scheduling {
	unsigned policy, priority;
	int nice;
	uint64_t flags, runtime, deadline, period;
};

/* One attribute of the process that will run; text says it to people. */
struct step_attribute {
	enum {
		ATTRIBUTE_AFFINITY,
		ATTRIBUTE_SCHEDULER,
		ATTRIBUTE_IO_PRIORITY,
		ATTRIBUTE_PERSONALITY,
		ATTRIBUTE_MEMORY_POLICY,
		ATTRIBUTE_APPARMOR, /* text: the profile, for the exec */
		ATTRIBUTE_SELINUX,  /* text: the label, for the exec */
	} kind;
	const char *text;
	unsigned long number; /* ioprio_set(2), personality(2), set_mempolicy(2) */
	struct scheduling scheduler;
	uint64_t nodes[NODE_WORDS]; /* memory policy: nodes; affinity: processors, none is all */
};

struct step_tty {
	bool relay; /* our command is its other end: lines end as they are written, the size is the
		       caller's */
	bool console;		/* bound to /dev/console */
	unsigned rows, columns; /* 0: as it is */
	uint32_t uid;		/* its owner */
	int socket;		/* slot of the socket that its master is sent through */
};

struct step_dumpable { /* PR_SET_DUMPABLE */
	bool dumpable;
};

struct step_unshare {
	uint64_t flags;
};

struct step_propagation {
	unsigned long flags; /* of / */
};

struct step_nothing {
	char unused;
};

struct step_setattr { /* mount_setattr(2), when all other mounts have their places */
	int slot;
	struct attributes attributes;
};

struct step_pivot {
	enum {
		PIVOT_ROOT,
		PIVOT_MOVE,  /* --no-pivot, for a root in an initramfs */
		PIVOT_CHROOT /* the mount namespace is others' too */
	} how;
	int root; /* slot */
};

struct step_netdev {
	const char *name, *new_name;
	bool joined;	 /* into a namespace that outlives the container */
	size_t recorded; /* find_netdev: which of the record's devices it is; joined alone */
};

struct step_rdt {
	const char *path;     /* the class of service */
	const char *schemata; /* a line each; "" : none */
	const char *monitor;  /* its monitoring group of the container, or NULL */
	bool existing;	      /* the class must be there */
	bool join;	      /* exec: it is there, and the process goes into it */
};

struct step_lookup {
	const char *name, *path; /* argv[0]; the value of PATH */
	char *const *candidate;	 /* where it may be, in order; NULL at the end */
	int found;		 /* slot: the number of the candidate that it is */
};

struct step_home {
	uint32_t uid;
	char *variable; /* HOME_ROOM bytes of the environment; init fills in its copy */
};
enum { HOME_ROOM = 1024 };

struct step_close {
	int preserve; /* descriptors 3 .. 3 + preserve - 1 stay open */
	bool early;   /* before the container is joined: what that needs stays, too */
};

struct step_publish {
	enum oci_status status;
	const char *pid_file; /* absolute, or NULL */
	bool aside;	      /* exec: the state of the container is not touched */
	int written;	      /* slot that tells whether there is a pid file */
};

struct step_ids {
	uint32_t uid, gid;
	const uint32_t *groups;
	size_t group_count;
	bool set_groups;
	bool groups_may_stay; /* the user namespace may deny setgroups(2): nobody can drop them then
			       */
	int umask;	      /* -1: as it is */
};

struct step_caps {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

struct step_seccomp {
	const void *program; /* struct sock_filter */
	size_t count;
	unsigned flags; /* SECCOMP_FILTER_FLAG_... */
	bool visible;	/* with a listener: the parent has no privileges to take it from a hidden
			   process */
};

/* The seccomp agent gets the listener, and the state of the container's process: head PID middle
 * PID tail. */
struct step_listener {
	const char *path, *head, *middle, *tail;
};

struct step_exec {
	char *const *candidate; /* as in the lookup; */
	int found;		/* slot: which of them */
	char *const *argv;
	char *const *env;
	char *listen_pid; /* LISTEN_ROOM bytes of env for LISTEN_PID=, or NULL; init fills in its
			     copy */
};
enum { LISTEN_ROOM = 32 };

struct step_hook {
	enum oci_hook when;
	const char *path;
	char *const *argv;
	char *const *env;		   /* NULL: the runtime's */
	const struct step_seccomp *filter; /* it runs behind it; or NULL */
	int timeout;			   /* seconds, 0: none */
	int head_start; /* milliseconds that init may run before, if it does not end sooner */
	const char *head, *tail; /* the state's JSON around the pid */
	const char *out[2];	 /* files to which stdout and stderr are appended too, or NULL */
};

struct step {
	enum op_kind op;
	enum who who;
	unsigned allow;
	const char *pointer; /* JSON pointer of the member of the config that asked for it */
	int none;	     /* NO_SLOT */
	union {
		struct step_open open;
		struct step_tree tree;
		struct step_cgroup cgroup; /* check_empty, find_cgroup, cgroup */
		struct step_enter enter;
		struct step_scope scope; /* scope, properties */
		struct step_limit limit;
		struct step_devices devices;
		struct step_owner owner;
		struct step_clone clone;
		struct step_idmap idmap;
		struct step_idmap_mount idmap_mount;
		struct step_join join;
		struct step_rlimit rlimit;
		struct step_text text;
		struct step_root root;
		struct step_nodes nodes;
		struct step_sysctl sysctl;
		struct step_propagation propagation;
		struct step_unshare unshare;
		struct step_chdir chdir;
		struct step_mask mask;
		struct step_home home;
		struct step_dumpable dumpable;
		struct step_nothing nothing; /* the kind says it all */
		struct step_mount mount;     /* mount, move */
		struct step_node node;
		struct step_link link;
		struct step_attribute attribute;
		struct step_tty tty;
		struct step_setattr setattr;
		struct step_pivot pivot;
		struct step_netdev netdev;
		struct step_rdt rdt;
		struct step_lookup lookup;
		struct step_publish publish;
		struct step_ids ids;   /* user, root_ids, stdio */
		struct step_caps caps; /* drop_caps, bounding, caps */
		struct step_seccomp seccomp;
		struct step_listener listener;
		struct step_exec exec;
		struct step_hook hook;
		struct step_close close;
	};
};

/* The row of a kind. uses, fills: offsets of the members of struct step; that of `none` where there
 * are fewer. */
struct op_row {
	const char *name;
	unsigned traits;
	enum op_order order;
	enum undo_part undo;
	size_t uses[2], fills[2];
};
const struct op_row *op_row(enum op_kind op);

const char *op_name(enum op_kind op);
const char *who_name(enum who who);

/* The number of the slot at one of these offsets. */
int step_slot(const struct step *step, size_t offset);

/* What a step is about, without its number and its columns: "proc -> /proc nosuid,noexec,nodev". */
void step_describe(const struct step *step, char *buffer, size_t size);

#endif
