/* SPDX-License-Identifier: Apache-2.0 */
/*
 * step: the kinds of step and their parameters. See docs/design.md, section 1.
 *
 * A step names its resources and never holds them: it contains no descriptor and no pid. All
 * strings and lists belong to the plan's pool.
 */
#ifndef TARE_PLAN_STEP_H
#define TARE_PLAN_STEP_H

#include "base/codes.h"
#include "base/mount.h"
#include "libocispec/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct criu_options; /* inputs.h */

/* The namespace types: the clone flag, and the name in /proc/PID/ns. */
extern const struct namespace_type {
	uint64_t flag;
	const char *file;
} namespace_types[OCI_NS_COUNT];

/* Which process performs a step. */
enum who { WHO_PARENT, WHO_STAGER, WHO_INIT };

/*
 * The kinds of step, one row each. The enum, the declarations of the functions, the tables of
 * step.c, ops/table.c, describe.c and digest.c, and the checks of lint.c are generated from these
 * rows, so that a missing part is a compile or link error.
 *
 *	symbol, name  OP_symbol, and the name that is printed and used for two functions:
 *	              op_name() performs the step (ops/), describe_name() describes it (describe.c)
 *	data          the member of struct step that it uses; see MEMBERS(data, ...) in digest.c
 *	traits        enum op_trait
 *	order         enum op_order: the rules of lint.c for its position
 *	undo          enum undo_part: which part of undo reverts it (stage/undo.c); required for
 *	              every kind with EFFECT
 *	code          the code of its failures, where the op does not know a better one
 *	uses, fills   the members of struct step with the slots that it reads, and that it fills;
 *	              not SLOT_ROOT, which all kinds of BELOW_ROOT read, nor slots that may be empty
 */
/* clang-format off */
#define OPS(X) \
	X(OPEN, open, open, LOOKS, ANYWHERE, NOTHING, FILE, FILLS2(open.slot, open.pid)) \
	X(TREE, tree, tree, LOOKS, BELOW_ROOT, NOTHING, MOUNT_SOURCE, \
	  USES(tree.from) FILLS(tree.slot)) \
	X(NODES, nodes, nodes, LOOKS, ANYWHERE, NOTHING, DEVICE, \
	  USES(nodes.from) FILLS(nodes.slot)) \
	X(CHECK_EMPTY, check_empty, cgroup, LOOKS, ANYWHERE, NOTHING, CGROUP, NO_SLOTS) \
	X(FIND_CGROUP, find_cgroup, cgroup, LOOKS, ANYWHERE, NOTHING, CGROUP, \
	  FILLS2(cgroup.directory, cgroup.entry)) \
	X(FIND_NETDEV, find_netdev, netdev, LOOKS, ANYWHERE, NOTHING, NET_DEVICE, NO_SLOTS) \
	X(FIND_RDT, find_rdt, rdt, LOOKS, ANYWHERE, NOTHING, RDT, NO_SLOTS) \
	X(FIND_LABEL, find_label, attribute, LOOKS, ANYWHERE, NOTHING, LABEL, NO_SLOTS) \
	X(RECORD, record, nothing, EFFECT, ANYWHERE, STATE, STATE_DIRECTORY, NO_SLOTS) \
	X(KEEP, keep, nothing, EFFECT, ANYWHERE, STATE, STATE_DIRECTORY, NO_SLOTS) \
	X(NOTIFY, notify, text, EFFECT, ANYWHERE, STATE, STATE_DIRECTORY, NO_SLOTS) \
	X(CGROUP, cgroup, cgroup, EFFECT, ANYWHERE, CGROUPS, CGROUP, \
	  FILLS2(cgroup.directory, cgroup.entry)) \
	X(LIMIT, limit, limit, EFFECT, ANYWHERE, CGROUPS, LIMIT, \
	  USES2(limit.cgroup, limit.again) FILLS(limit.keep)) \
	X(DEVICES, devices, devices, EFFECT, ANYWHERE, CGROUPS, DEVICE_RULES, \
	  USES(devices.cgroup)) \
	X(CHOWN, chown, owner, EFFECT, ANYWHERE, CGROUPS, CGROUP, USES(owner.cgroup)) \
	X(CLONE, clone, clone, EFFECT, ANYWHERE, PROCESS, NAMESPACE, \
	  USES2(clone.cgroup, clone.rootfs) FILLS2(clone.in_cgroup, clone.there)) \
	X(IDMAP, idmap, idmap, EFFECT, ANYWHERE, PROCESS, MAPPING, NO_SLOTS) \
	X(SCOPE, scope, scope, EFFECT, OF_INIT, SCOPE, SYSTEMD, FILLS(scope.cgroup.directory)) \
	X(PROPERTIES, properties, scope, EFFECT, ANYWHERE, SCOPE, SYSTEMD, NO_SLOTS) \
	X(JOIN, join, join, INSIDE, JOINING, NOTHING, NAMESPACE, USES2(join.slot, join.pid)) \
	X(TIME, time, text, INSIDE, OWN_PROC, NOTHING, NAMESPACE, NO_SLOTS) \
	X(ROOT_IDS, root_ids, ids, INSIDE | IDENTITY, ANYWHERE, NOTHING, MAPPING, NO_SLOTS) \
	X(DUMPABLE, dumpable, dumpable, INSIDE, SETTING_DUMPABLE, NOTHING, MACHINE, NO_SLOTS) \
	X(ENTER, enter, enter, INSIDE, ENTERING, NOTHING, CGROUP, \
	  USES2(enter.entry, enter.in_cgroup)) \
	X(UNSHARE, unshare, unshare, INSIDE, UNSHARING, NOTHING, NAMESPACE, NO_SLOTS) \
	X(RLIMIT, rlimit, rlimit, INSIDE, ANYWHERE, NOTHING, RLIMIT, NO_SLOTS) \
	X(OOM, oom, text, INSIDE, OWN_PROC, NOTHING, OOM_SCORE, NO_SLOTS) \
	X(SESSION, session, nothing, INSIDE, ANYWHERE, NOTHING, MACHINE, NO_SLOTS) \
	X(KEYRING, keyring, nothing, INSIDE, ANYWHERE, NOTHING, MACHINE, NO_SLOTS) \
	X(HOSTNAME, hostname, text, INSIDE, ANYWHERE, NOTHING, HOSTNAME, NO_SLOTS) \
	X(DOMAINNAME, domainname, text, INSIDE, ANYWHERE, NOTHING, HOSTNAME, NO_SLOTS) \
	X(LOOPBACK, loopback, nothing, INSIDE, ANYWHERE, NOTHING, NET_DEVICE, NO_SLOTS) \
	X(SYSCTL, sysctl, sysctl, INSIDE, ANYWHERE, NOTHING, SYSCTL, NO_SLOTS) \
	X(PROPAGATION, propagation, propagation, INSIDE, ANYWHERE, NOTHING, MOUNT, NO_SLOTS) \
	X(ROOT, root, root, INSIDE, ANYWHERE, ROOT, ROOT, USES2(root.tree, root.rootfs)) \
	X(MOUNT, mount, mount, INSIDE, BELOW_ROOT, NOTHING, MOUNT, \
	  USES(mount.beside) FILLS2(mount.keep, mount.directory)) \
	X(IDMAP_MOUNT, idmap_mount, idmap_mount, LOOKS, REMAPPING, NOTHING, MOUNT_IDMAP, \
	  USES2(idmap_mount.tree, idmap_mount.ns) FILLS(idmap_mount.made)) \
	X(REMOUNT, remount, mount, INSIDE, BELOW_ROOT, NOTHING, MOUNT, NO_SLOTS) \
	X(MOVE, move, mount, INSIDE, BELOW_ROOT, NOTHING, MOUNT, \
	  USES2(mount.tree, mount.beside) FILLS(mount.directory)) \
	X(NODE, node, node, INSIDE, BELOW_ROOT, NOTHING, DEVICE, \
	  USES(node.beside) FILLS(node.directory)) \
	X(LINK, link, link, INSIDE, BELOW_ROOT, NOTHING, DEVICE, \
	  USES(link.beside) FILLS(link.directory)) \
	X(TTY, tty, tty, INSIDE, TERMINAL, NOTHING, TERMINAL, USES(tty.socket)) \
	X(CONTROL, control, nothing, INSIDE, TERMINAL, NOTHING, TERMINAL, NO_SLOTS) \
	X(DIRECTORY, directory, text, INSIDE, BELOW_ROOT, NOTHING, CWD, NO_SLOTS) \
	X(SETATTR, setattr, setattr, INSIDE, ANYWHERE, NOTHING, ROOT, USES(setattr.slot)) \
	X(READONLY, readonly, text, INSIDE, BELOW_ROOT, NOTHING, MASK, NO_SLOTS) \
	X(MASK, mask, mask, INSIDE, BELOW_ROOT, NOTHING, MASK, \
	  USES(mask.null) FILLS(mask.empty)) \
	X(NETDEV, netdev, netdev, EFFECT, OF_INIT, DEVICES, NET_DEVICE, NO_SLOTS) \
	X(RDT, rdt, rdt, EFFECT, OF_INIT, CLASS, RDT, NO_SLOTS) \
	X(PUBLISH, publish, publish, EFFECT, ANYWHERE, STATE, STATE_DIRECTORY, \
	  FILLS(publish.written)) \
	X(HOOK, hook, hook, 0, ANYWHERE, NOTHING, HOOK, NO_SLOTS) \
	X(PIVOT, pivot, pivot, INSIDE, ANYWHERE, NOTHING, ROOT, USES(pivot.root)) \
	X(CHDIR, chdir, chdir, INSIDE, ANYWHERE, NOTHING, CWD, FILLS(chdir.done)) \
	X(STDIO, stdio, ids, INSIDE, ANYWHERE, NOTHING, MACHINE, NO_SLOTS) \
	X(HOME, home, home, INSIDE, ANYWHERE, NOTHING, MACHINE, NO_SLOTS) \
	X(LOOKUP, lookup, lookup, INSIDE, ANYWHERE, NOTHING, EXEC_NOT_FOUND, \
	  FILLS2(lookup.found, lookup.flaw)) \
	X(CLOSE, close, close, INSIDE, ANYWHERE, NOTHING, MACHINE, NO_SLOTS) \
	X(AWAIT, await, nothing, INSIDE, ANYWHERE, NOTHING, MACHINE, NO_SLOTS) \
	X(ATTRIBUTE, attribute, attribute, INSIDE, ATTRIBUTING, NOTHING, SCHEDULER, NO_SLOTS) \
	X(DROP_CAPS, drop_caps, caps, INSIDE, DROPPING, NOTHING, CAPABILITY, NO_SLOTS) \
	X(BOUNDING, bounding, caps, INSIDE, BEFORE_USER, NOTHING, CAPABILITY, NO_SLOTS) \
	X(USER, user, ids, INSIDE | IDENTITY, ANYWHERE, NOTHING, USER, NO_SLOTS) \
	X(CAPS, caps, caps, INSIDE, AFTER_USER, NOTHING, CAPABILITY, NO_SLOTS) \
	X(NNP, nnp, nothing, INSIDE, ANYWHERE, NOTHING, MACHINE, NO_SLOTS) \
	X(SECCOMP, seccomp, seccomp, INSIDE, FILTERING, NOTHING, SECCOMP, NO_SLOTS) \
	X(FETCH, fetch, fetch, LOOKS, LISTENING, NOTHING, SECCOMP_LISTENER, FILLS(fetch.slot)) \
	X(LISTENER, listener, listener, EFFECT, ANYWHERE, PROCESS, SECCOMP_LISTENER, \
	  USES(listener.slot)) \
	X(EXEC, exec, exec, INSIDE, LAST, NOTHING, EXEC, USES2(exec.found, exec.flaw)) \
	X(CRIU, criu, criu, EFFECT, ANYWHERE, PROCESS, CRIU, \
	  USES2(criu.rootfs, criu.images) FILLS(criu.socket)) \
	X(DUMP, dump, image, EFFECT, ANYWHERE, PROCESS, CRIU, \
	  USES2(image.socket, image.images)) \
	X(RESTORE, restore, image, EFFECT, ANYWHERE, PROCESS, CRIU, \
	  USES2(image.socket, image.images))
/* clang-format on */
#define USES(member) .uses = { offsetof(struct step, member) },
#define USES2(first, second)                                                                       \
	.uses = { offsetof(struct step, first), offsetof(struct step, second) },
#define FILLS(member) .fills = { offsetof(struct step, member) },
#define FILLS2(first, second)                                                                      \
	.fills = { offsetof(struct step, first), offsetof(struct step, second) },
#define NO_SLOTS

enum op_trait {
	LOOKS = 1,    /* has no effect that outlives the process */
	EFFECT = 2,   /* visible on the host; must have an undo */
	INSIDE = 4,   /* disappears with the container's namespaces or its process */
	IDENTITY = 8, /* changes the ids of the process */
};

/* Which rules apply to the position of a step, in addition to those for its traits. The rules
 * are in lint.c. */
enum op_order {
	ANYWHERE,
	BELOW_ROOT, /* names a path below the root */
	OWN_PROC,   /* the process writes to its own /proc files */
	OF_INIT,    /* acts on init */
	JOINING,    /* from here on: kinds with rules of their own */
	REMAPPING,
	SETTING_DUMPABLE,
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
	MAY_MISS = 1,	/* the object may be missing: then there is nothing to do */
	MAY_FAIL = 2,	/* best effort: a failure is only logged in debug mode */
	MAY_BIND = 4,	/* if the filesystem may not be mounted, the host's is bind-mounted
			   instead */
	MAY_FOLLOW = 8, /* if the cgroup accepts no processes, that of the container's init is used
			   instead */
};

/*
 * Slots pass values from one step to a later one. A step refers to the slots that it uses and
 * fills by number; a member that is left out is NO_SLOT. The first slots hold small values,
 * the others descriptors.
 */
enum {
	NO_SLOT,
	SLOT_PROGRAM,	/* index of the program's path among the candidates */
	SLOT_IN_CWD,	/* 1: init is in the working directory */
	SLOT_IN_CGROUP, /* 1: init was born in the cgroup of the clone step */
	SLOT_AT_ROOTFS, /* 1: init's working directory is the mount point of its root */
	SLOT_PID_FILE,	/* 1: the pid file was written */
	SLOT_FLAW,	/* enum code: why an exec of the program would fail */
	SLOT_INIT_PID,	/* exec: the pid of the container's init */
	SLOT_DESCRIPTORS,
	SLOT_ROOT = SLOT_DESCRIPTORS, /* the container's root: a tree, then the attached mount */
	SLOT_ROOTFS,		      /* the directory on the host where it is mounted */
	SLOT_NODES,   /* a filesystem with device nodes, for a container that can't make them */
	SLOT_NULL,    /* a null device, for masks */
	SLOT_EMPTY,   /* the read-only tmpfs that covers all masked directories */
	SLOT_CONSOLE, /* the socket over which the pty master is sent */
	SLOT_OUT,     /* files for the output of hooks in the container: SLOT_OUT + 0 stdout, + 1
			 stderr */
	SLOT_ERR,
	SLOT_PIDFD,    /* the socket over which init's pidfd is sent */
	SLOT_LIMIT,    /* the file opened by the last `limit`, if the next one writes to it too */
	SLOT_PARENT,   /* the directory in which the last step created something */
	SLOT_INIT,     /* exec: the pidfd of the container's init */
	SLOT_LISTENER, /* the parent's duplicate of the seccomp listener */
	SLOT_IMAGES,   /* the directories of a checkpoint and of its logs */
	SLOT_WORK,
	SLOT_CRIU,   /* the socket whose other end criu has */
	SLOT_STREAM, /* restore: the standard streams, under numbers that criu can inherit */
	SLOT_NS = SLOT_STREAM + 3,	      /* namespace files: SLOT_NS + enum oci_namespace */
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
	OPEN_AGENT,  /* only verifies that the path is a socket; fills no slot */
	OPEN_RELAY,  /* one end of a socket pair; this command keeps the other end and relays
			the terminal */
	OPEN_INIT,   /* exec: the pidfd of the container's init */
	OPEN_IMAGES, /* a directory of a checkpoint; with `make`, a missing one is made */
	OPEN_ROOT,   /* exec: the container's root: init's (path NULL), or "/" in the joined
			namespace */
};
struct step_open {
	enum open_kind kind;
	const char *path;
	int slot;
	int pid; /* OPEN_INIT: slot for the pid */
	enum oci_namespace ns;
	bool checked; /* OPEN_NAMESPACE: test whether it can be joined (without joining a user
			 namespace first) */
	bool make;    /* OPEN_IMAGES */
	uint32_t gid; /* OPEN_IMAGES: the group of a container in a user namespace, which opens
			 the images; 0: it is not in one */
	const char *foreign; /* OPEN_NAMESPACE: pointer to a setting that is applied in it, so
				it must not be the caller's own; or NULL */
};

struct fs_option {
	const char *key, *value; /* value NULL: a flag */
	bool optional;		 /* left out where the filesystem refuses it */
};

/* The identity of the file that a look found, for the step that opens the path again in
 * another mount namespace. It is reserved in the plan and filled in by the parent; processes
 * cloned later inherit a copy. */
struct looked_at {
	uint64_t device, inode; /* 0, 0: not filled in, or not comparable */
};

/* A detached private copy of the mounts at a path of the host. */
struct step_tree {
	const char *path;
	enum {
		TREE_BY_PATH,
		TREE_ROOTFS, /* the root: `from`, or in init, its initial working directory */
		TREE_INSIDE, /* a path below the root, which is `from` */
		TREE_DEVICE, /* a device node of the host */
		TREE_NEW,    /* a new filesystem that shows one of the container's namespaces,
				and that the container may not mount itself */
	} by;
	const char *type; /* TREE_NEW */
	int from;	  /* slot of the directory (see `by`). TREE_NEW: slot of the namespace;
			     NO_SLOT: the caller's */
	struct fs_options {
		struct fs_option *item;
		size_t count;
	} options;		  /* TREE_NEW */
	struct looked_at *looked; /* TREE_BY_PATH: init must open the file that the look found;
				     or NULL */
	int slot;		  /* NO_SLOT: the source is only verified */
	struct recorded_mount *identity; /* room in the record for that of the mount, or NULL */
	bool recursive;
	bool nofollow; /* don't follow a symbolic link */
	bool peer;     /* the look itself takes the tree if the mount is shared, because a copy
			  made after the clone would not be a peer */
	bool procfs;   /* must be a procfs, because it covers /proc */
	unsigned long lacks; /* statvfs(3) flags that must not be set, because a user namespace
				can't clear them */
	uint32_t format;     /* TREE_DEVICE: S_IFCHR or S_IFBLK */
	unsigned major, minor;
};

/* One directory of a cgroup hierarchy. */
struct step_cgroup {
	const char *mount, *path; /* mount point; path below it, starting with '/' */
	int directory;		  /* slot, where limits are set in it, or init is born in it */
	int entry;		  /* slot of the file by which it is entered */
	size_t recorded;	  /* check_empty: index in the record's cgroups */
	bool cpuset;		  /* v1: cpuset.cpus and cpuset.mems must be copied from the
				     parent */
	bool unified;		  /* cgroup2 */
	bool freezer;		  /* it can be frozen, and so can one above it be */
	bool adopt;		  /* init already exists and is moved into it */
	const char *controllers;  /* cgroup2: to enable in all ancestors: "+memory +pids", or
				     "" */
};

struct step_enter { /* by the process itself */
	const char *mount, *path;
	int entry;     /* slot of the file */
	int in_cgroup; /* slot that is 1 if the process is already in it, or NO_SLOT */
	bool closes;   /* close the file afterwards, since other processes of the container could
			  use it */
};

/* A systemd scope for init. */
struct step_scope {		   /* scope; properties: without cgroup */
	struct step_cgroup cgroup; /* the cgroup that systemd will create */
	const char *unit;
	bool user;		   /* by the user's own manager */
	bool sub;		   /* the container's cgroup is a child of the scope's */
	struct strings properties; /* cgroup/systemd.h */
};

struct step_limit {
	int cgroup; /* slot of the directory */
	int again;  /* slot of the file, opened by the previous step, or NO_SLOT */
	int keep;   /* slot that keeps the file for the step after, or NO_SLOT */
	const char *file, *value;
	const char *other_file, *other_value; /* where the kernel does not have the file; or NULL */
};

struct step_devices {
	int cgroup;		     /* slot of the directory */
	const uint64_t *instruction; /* eBPF, as struct bpf_insn */
	size_t count;
};

struct step_owner {   /* of a cgroup2 directory and of its delegated files */
	int cgroup;   /* slot of the directory */
	uint32_t uid; /* on the host */
};

struct step_clone {
	enum who child;
	bool builder;  /* it builds the container: mapped, hooked, moved into cgroups as init */
	bool finished; /* init is born with all that it is to have, and keeps it */
	uint64_t flags;
	int cgroup;    /* slot of the cgroup directory for CLONE_INTO_CGROUP, or NO_SLOT */
	int in_cgroup; /* slot that is set to 1 if that succeeded (a stager that clones a finished
			  init needs room for two in the cgroup) */
	int rootfs;    /* slot of its initial working directory, which a new mount namespace
			  contains as well; or NO_SLOT */
	int there;     /* slot that is set to 1 if it starts there */
};

struct step_idmap {
	const char *uid_map, *gid_map;	     /* lines as for /proc/PID/uid_map */
	const char *uid_helper, *gid_helper; /* newuidmap, newgidmap; NULL: written directly */
	bool deny_setgroups;
};

/* An ID-mapped mount: with its own mapping, or with that of a user namespace. It takes two
 * steps if the parent must create the mapping but init takes the tree: one creates a user
 * namespace with the mapping, the other uses it. */
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
	bool keep;    /* the descriptor stays open */
	uint64_t all; /* with SLOT_INIT: clone flags of the namespaces to join at once; 0: only
			 `ns` */
};

struct step_rlimit {
	int resource;
	uint64_t soft, hard;
	const char *name;
	bool raise; /* only raise the hard limit, while the process is privileged to do so */
};

struct step_root {
	enum {
		ROOT_IN_CWD,	/* init's initial working directory */
		ROOT_IN_ROOTFS, /* SLOT_ROOTFS, in a mount namespace that is shared with the caller
				 */
		ROOT_BY_PATH,	/* in a joined mount namespace */
	} where;
	bool hides;	  /* hide the host's /proc and /sys, which would stay mounted beneath it */
	int tree, rootfs; /* slots of the root and of its mount point (NO_SLOT: by path) */
	const char *path;
};

struct step_text { /* notify, time, oom, hostname, domainname, directory, readonly */
	const char *text;
};

struct step_chdir {
	const char *path;
	bool found; /* it must exist; don't create it */
	int done;   /* slot that is set to 1 once init is in it */
};

struct step_mask {
	const char *path;
	int null;  /* slot of the file that covers a masked file */
	int empty; /* slot of the directory that covers a masked directory; created by the
		      first mask, then shared */
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
	bool strict;   /* the target must not contain a symbolic link */
	bool missing;  /* the target is a directory that must be created, in a filesystem that
			  was just mounted */
	int beside;    /* with `missing`: as in struct step_node */
	int directory;
	bool nofollow;	/* if the target is a symbolic link, cover the link itself */
	bool copy_link; /* move: if the tree is a symbolic link, create the same link instead
			   of mounting it */
	bool copy_up;	/* tmpfs: copy the covered files into it */
	bool super;	/* set super_flags with mount(2) at the end, since the mount API can't
			   express them */
	unsigned long super_flags;
	bool root;	 /* it covers the root and becomes the new root */
	bool in_proc;	 /* the target may be below /proc */
	bool cover_mode; /* tmpfs: take the mode from the covered directory, or 1777 if that
			    was just created */
	bool shared;	 /* in a mount namespace that other processes share */
	int keep;	 /* slot that keeps the mount, or NO_SLOT */
};

struct step_node {
	const char *path;
	enum oci_device_type type;
	uint32_t mode, uid, gid;
	unsigned major, minor;
	bool fresh;    /* there must be nothing yet, since it may have to be removed */
	int beside;    /* slot of the directory in which it is created, kept by the previous
			  step, or NO_SLOT */
	int directory; /* slot that keeps the directory for the step after, or NO_SLOT */
};

/* The parent creates them in a detached filesystem; init bind-mounts them into place. */
struct step_nodes {
	const struct step_node *item;
	const char *const *pointer; /* the pointer of each */
	size_t count;
	int slot; /* parent: slot that keeps the filesystem; or NO_SLOT */
	int from; /* init: slot of that filesystem; or NO_SLOT */
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

/* One attribute of the container's process; `text` is its human-readable form. */
struct step_attribute {
	enum {
		ATTRIBUTE_AFFINITY,
		ATTRIBUTE_SCHEDULER,
		ATTRIBUTE_IO_PRIORITY,
		ATTRIBUTE_PERSONALITY,
		ATTRIBUTE_MEMORY_POLICY,
		ATTRIBUTE_APPARMOR,	  /* text: the profile, for the exec */
		ATTRIBUTE_SELINUX,	  /* text: the label, for the exec */
		ATTRIBUTE_APPARMOR_STACK, /* as APPARMOR, beside the profile that tare is under */
	} kind;
	const char *text;
	unsigned long number; /* ioprio_set(2), personality(2), set_mempolicy(2) */
	struct scheduling scheduler;
	uint64_t nodes[NODE_WORDS]; /* memory policy: the nodes; affinity: the CPUs, all if
				       empty */
};

struct step_tty {
	bool relay;   /* this command relays it: output newlines are not translated, and the size
			 is the caller's */
	bool console; /* bound to /dev/console */
	bool control; /* becomes the controlling terminal: of init, in its session */
	unsigned rows, columns; /* 0: leave unchanged */
	uint32_t uid;		/* its owner */
	int socket;		/* slot of the socket over which the master is sent */
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

struct step_setattr { /* mount_setattr(2), after all other mounts are in place */
	int slot;
	struct attributes attributes;
};

struct step_pivot {
	enum {
		PIVOT_ROOT,
		PIVOT_MOVE,  /* --no-pivot, for a root in an initramfs */
		PIVOT_CHROOT /* for a mount namespace that is shared */
	} how;
	int root; /* slot */
};

struct step_netdev {
	const char *name, *new_name;
	bool joined;	 /* into a namespace that outlives the container */
	size_t recorded; /* find_netdev: index in the record's devices; only if `joined` */
};

struct step_rdt {
	const char *path;     /* the class of service */
	const char *schemata; /* one per line; "": none */
	const char *monitor;  /* the container's monitoring group in it, or NULL */
	bool existing;	      /* the class must already exist */
	bool join;	      /* exec: the class exists, and the process joins it */
};

struct step_lookup {
	const char *name, *path; /* argv[0]; the value of PATH */
	char *const *candidate;	 /* paths to try, in order; NULL-terminated */
	int found;		 /* slot for the index of the candidate that was found */
	int flaw;		 /* slot for the code of what is wrong with it */
};

struct step_home {
	uint32_t uid;
	char *variable; /* HOME_ROOM bytes of the environment; init fills in its copy */
};
enum { HOME_ROOM = 1024 };

struct step_close {
	int preserve; /* descriptors 3 .. 3 + preserve - 1 stay open */
	bool early;   /* before joining the container: also keep the descriptors that joining
			 needs */
	bool entries; /* keep the files through which the process enters its cgroups */
};

struct step_publish {
	enum oci_status status;
	const char *pid_file; /* absolute, or NULL */
	bool aside;	      /* exec: don't change the container's state */
	int written;	      /* slot that is set to 1 once the pid file is written */
};

struct step_ids {
	uint32_t uid, gid;
	const uint32_t *groups;
	size_t group_count;
	bool set_groups;
	bool groups_may_stay; /* the user namespace may deny setgroups(2): then the groups
				 can't be dropped */
	int umask;	      /* -1: leave unchanged */
};

struct step_caps {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

struct step_seccomp {
	const void *program; /* struct sock_filter */
	size_t count;
	unsigned flags; /* SECCOMP_FILTER_FLAG_... */
	bool visible;	/* with a listener: make the process dumpable, since an unprivileged
			   parent could not take the listener otherwise */
	bool closes;	/* with a listener: init, cloned later, must not inherit it */
};

/* The parent duplicates the listener of the process that has loaded the filter. */
struct step_fetch {
	int slot;
	bool releases; /* that process goes on at once, rather than when the agent has it */
};

/* The seccomp agent gets the listener, and the state of the container's process: head PID middle
 * PID tail. */
struct step_listener {
	int slot;
	const char *path, *head, *middle, *tail;
};

struct step_exec {
	char *const *candidate; /* as in the lookup; */
	int found;		/* slot: which of them */
	int flaw;		/* slot: what is wrong with it, as far as the lookup could see */
	bool filtered;		/* a seccomp filter is in force */
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
	const struct step_seccomp *filter; /* seccomp filter for the hook, or NULL */
	int timeout;			   /* seconds, 0: none */
	int head_start; /* run the hook after this many milliseconds, or as soon as init ends */
	const char *head, *tail; /* the state's JSON before and after the pid */
	const char *out[2];	 /* files to which stdout and stderr are appended too, or NULL */
};

/* criu, which waits for requests. For a restore it is in a mount namespace in which the rootfs is
 * a mount, as it wants it. */
struct step_criu {
	const struct criu_options *options;
	int socket, images, work; /* slots */
	int rootfs;		  /* restore: slot of the root filesystem's directory, or NO_SLOT */
	const char *root;	  /* its path */
	int stream;		  /* restore: slots for the standard streams, or NO_SLOT */
	bool tracks;		  /* it has to know which memory has changed */
};

struct image_flags {
	uint64_t set, below; /* MOUNT_ATTR_..., of the mount, and of those below it */
};

struct step_image {
	int socket, images, work; /* slots */
	const struct criu_options *options;
	const char *root;		 /* path of the root filesystem */
	struct strings mount, source;	 /* restore: external mounts: in the container, and on the
					    host */
	const struct image_flags *flags; /* of each of these mounts; criu loses some */
	size_t flag_count;
	struct strings point;		   /* restore: mount points that have to be there */
	struct strings ns;		   /* restore: namespaces to join */
	uint64_t joined;		   /* their clone flags */
	struct strings controller, cgroup; /* restore: the cgroups that are in place of those in
					      the image */
	int cgroups;			   /* enum criu_cgroups */
	uint64_t foreign;		   /* clone flags of namespaces that are not in the image */
	int stream, console;		   /* restore: slots; console may be NO_SLOT */
	const char *until; /* restore: the notification of criu at which the step ends; NULL: it is
			      done */
	bool restores;	   /* restore */
	bool continues;	   /* restore: the request was sent by the step before */
};

struct step {
	enum op_kind op;
	enum who who;
	unsigned allow;
	const char *pointer; /* JSON pointer of the config member that requires the step */
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
		struct step_nothing nothing; /* no parameters */
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
		struct step_fetch fetch;
		struct step_listener listener;
		struct step_exec exec;
		struct step_hook hook;
		struct step_close close;
		struct step_criu criu;
		struct step_image image; /* dump, restore */
	};
};

/* The row of a kind. uses, fills: offsets in struct step; 0: none. */
struct op_row {
	const char *name;
	unsigned traits;
	enum op_order order;
	enum undo_part undo;
	enum code code;
	size_t uses[2], fills[2];
};
const struct op_row *op_row(enum op_kind op);

const char *op_name(enum op_kind op);
const char *who_name(enum who who);

/* The slot number stored at one of these offsets; NO_SLOT for the offset 0. */
int step_slot(const struct step *step, size_t offset);

/* Describes a step, without its number and other columns: "proc -> /proc nosuid,noexec,nodev". */
void step_describe(const struct step *step, char *buffer, size_t size);

#endif
