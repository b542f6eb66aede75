/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan: what is to be done, as one flat list of steps. See docs/design.md, section 1.
 *
 * A plan names, it never holds: there is no descriptor and no pid in it. What one step produces and another
 * uses is a slot, a small number that the walker (stage/walk.h) resolves. Plans are made by plan_make() from
 * the config, the options and the facts about the host, without a system call; they are read-only once
 * sealed. All memory belongs to plan.pool.
 */
#ifndef TARE_PLAN_PLAN_H
#define TARE_PLAN_PLAN_H

#include "libocispec/config.h"
#include "libocispec/pool.h"

#include <stdbool.h>
#include <stdint.h>

struct host;
struct record;

/* Which process does it. */
enum who { WHO_PARENT, WHO_STAGER, WHO_INIT };

/* clang-format off */
/* The kinds of step: symbol, printed name, traits (enum op_trait). The order is that of a usual plan. */
#define OPS(X)                                                                                     \
	X(OP_OPEN, "open", LOOKS)                                                                  \
	X(OP_TREE, "tree", LOOKS)                                                                  \
	X(OP_NODES, "nodes", LOOKS)                                                                \
	X(OP_VACANT, "vacant", LOOKS)                                                              \
	X(OP_SEEK, "seek", LOOKS)                                                                  \
	X(OP_RECORD, "record", EFFECT)                                                             \
	X(OP_NOTIFY, "notify", EFFECT)                                                             \
	X(OP_CGROUP, "cgroup", EFFECT)                                                             \
	X(OP_LIMIT, "limit", EFFECT)                                                               \
	X(OP_DEVICES, "devices", EFFECT)                                                           \
	X(OP_OWNER, "owner", EFFECT)                                                               \
	X(OP_CLONE, "clone", EFFECT)                                                               \
	X(OP_IDMAP, "idmap", EFFECT)                                                               \
	X(OP_SCOPE, "scope", EFFECT)                                                               \
	X(OP_PROPERTIES, "properties", EFFECT)                                                     \
	X(OP_JOIN, "join", INSIDE)                                                                 \
	X(OP_TIME, "time", INSIDE)                                                                 \
	X(OP_BECOME, "become", INSIDE | IDENTITY)                                                  \
	X(OP_HIDE, "hide", INSIDE)                                                                 \
	X(OP_ENTER, "enter", INSIDE)                                                               \
	X(OP_UNSHARE, "unshare", INSIDE)                                                           \
	X(OP_RLIMIT, "rlimit", INSIDE)                                                             \
	X(OP_OOM, "oom", INSIDE)                                                                   \
	X(OP_SESSION, "session", INSIDE)                                                           \
	X(OP_KEYRING, "keyring", INSIDE)                                                           \
	X(OP_HOSTNAME, "hostname", INSIDE)                                                         \
	X(OP_DOMAINNAME, "domainname", INSIDE)                                                     \
	X(OP_LOOPBACK, "loopback", INSIDE)                                                         \
	X(OP_SYSCTL, "sysctl", INSIDE)                                                             \
	X(OP_PROPAGATION, "propagation", INSIDE)                                                   \
	X(OP_ROOT, "root", INSIDE)                                                                 \
	X(OP_MOUNT, "mount", INSIDE)                                                               \
	X(OP_REMAP, "remap", LOOKS)                                                                \
	X(OP_REMOUNT, "remount", INSIDE)                                                           \
	X(OP_MOVE, "move", INSIDE)                                                                 \
	X(OP_NODE, "node", INSIDE)                                                                 \
	X(OP_LINK, "link", INSIDE)                                                                 \
	X(OP_TTY, "tty", INSIDE)                                                                   \
	X(OP_DIRECTORY, "directory", INSIDE)                                                       \
	X(OP_SEAL, "seal", INSIDE)                                                                 \
	X(OP_READONLY, "readonly", INSIDE)                                                         \
	X(OP_MASK, "mask", INSIDE)                                                                 \
	X(OP_NETDEV, "netdev", EFFECT)                                                             \
	X(OP_RDT, "rdt", EFFECT)                                                                   \
	X(OP_PUBLISH, "publish", EFFECT)                                                           \
	X(OP_HOOK, "hook", 0)                                                                      \
	X(OP_PIVOT, "pivot", INSIDE)                                                               \
	X(OP_CHDIR, "chdir", INSIDE)                                                               \
	X(OP_STDIO, "stdio", INSIDE)                                                               \
	X(OP_HOME, "home", INSIDE)                                                                 \
	X(OP_LOOKUP, "lookup", INSIDE)                                                             \
	X(OP_CLOSE, "close", INSIDE)                                                               \
	X(OP_AWAIT, "await", INSIDE)                                                               \
	X(OP_ATTRIBUTE, "attribute", INSIDE)                                                       \
	X(OP_LESSEN, "lessen", INSIDE)                                                             \
	X(OP_BOUNDING, "bounding", INSIDE)                                                         \
	X(OP_USER, "user", INSIDE | IDENTITY)                                                      \
	X(OP_CAPS, "caps", INSIDE)                                                                 \
	X(OP_NNP, "nnp", INSIDE)                                                                   \
	X(OP_SECCOMP, "seccomp", INSIDE)                                                           \
	X(OP_LISTENER, "listener", 0)                                                              \
	X(OP_EXEC, "exec", INSIDE)

/* clang-format on */
enum op_trait {
	LOOKS = 1,    /* has no effect that outlives the process */
	EFFECT = 2,   /* visible on the host; the record has its undo */
	INSIDE = 4,   /* ends with the container's namespaces, or with its process */
	IDENTITY = 8, /* changes the ids of the process */
};

#define OP_SYMBOL(symbol, name, traits) symbol,
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

enum { NO_SLOT = -1 };

/* Slots with fixed numbers; those of trees follow. */
enum {
	SLOT_ROOT,    /* the container's root: a tree, then the attached mount */
	SLOT_ROOTFS,  /* the directory that it stands in, in the mounts of the host */
	SLOT_NODES,   /* a filesystem with device nodes, for a container that can't make them */
	SLOT_NULL,    /* a null device, for masks */
	SLOT_EMPTY,   /* the read-only tmpfs that masked directories share */
	SLOT_CONSOLE, /* the socket that the terminal's master is sent through */
	SLOT_OUT, /* where hooks in the container say what they say: SLOT_OUT + 0 stdout, + 1 stderr */
	SLOT_ERR,
	SLOT_PIDFD,			      /* the socket that wants the pidfd of init */
	SLOT_INIT,			      /* exec: the pidfd of the container's init */
	SLOT_NS,			      /* namespace files: SLOT_NS + enum oci_namespace */
	SLOT_CGROUP = SLOT_NS + OCI_NS_COUNT, /* the container's directory in hierarchy i */
	CGROUP_MAX = 16,
	SLOT_TASKS = SLOT_CGROUP + CGROUP_MAX, /* the file through which one enters it */
	SLOT_TREE = SLOT_TASKS + CGROUP_MAX,
};

enum open_kind {
	OPEN_NAMESPACE, /* a namespace file of the type `ns` */
	OPEN_ROOTFS,	/* the directory of the root filesystem */
	OPEN_NULL, /* a null device, verified by its number: the container's own, or that of the host */
	OPEN_SOCKET, /* a connection to a Unix socket */
	OPEN_LOG,    /* a file to be appended to */
	OPEN_AGENT,  /* a look only: it is a socket */
	OPEN_RELAY, /* one end of a pair; our own command keeps the other, and copies what the terminal says */
	OPEN_INIT, /* exec: the pidfd of the container's init */
	OPEN_ROOT, /* exec: the container's root: init's (path NULL), or "/" of the namespace that we have joined */
};
struct step_open {
	enum open_kind kind;
	const char *path;
	int slot;
	enum oci_namespace ns;
	bool checked; /* OPEN_NAMESPACE: try now whether it can be joined (needs no user namespace before) */
	const char *
		foreign; /* OPEN_NAMESPACE: what is set in it (a pointer), so that it may not be the caller's own */
};

struct fs_option {
	const char *key, *value; /* value NULL: a flag */
	bool optional;		 /* left out where the filesystem refuses it */
};

/* A detached copy of the mounts at a path of the host, private to us. */
struct step_tree {
	const char *path;
	enum {
		TREE_BY_PATH,
		TREE_ROOTFS, /* the root: by SLOT_ROOTFS, in init by the working directory that it is born in */
		TREE_INSIDE, /* a path below SLOT_ROOT */
		TREE_DEVICE, /* the node of a device, wherever the host has it */
		TREE_NEW, /* a new filesystem, of a namespace that the container has and may not mount it of */
	} by;
	const char *type; /* TREE_NEW */
	int ns;		  /* TREE_NEW: the slot of the namespace, NO_SLOT: that of the caller */
	struct fs_options {
		struct fs_option *item;
		size_t count;
	} options; /* TREE_NEW */
	int slot;
	bool recursive;
	bool nofollow; /* a symbolic link itself */
	bool peer; /* a look takes it if the mount is shared: a copy made after the clone is no peer */
	bool procfs; /* it has to be one: it covers /proc */
	unsigned long
		lacks; /* statvfs(3) flags that it may not have: a user namespace can't clear them */
	uint32_t format; /* TREE_DEVICE: S_IFCHR or S_IFBLK */
	unsigned major, minor;
};

/* One directory of a cgroup hierarchy. */
struct step_cgroup {
	const char *mount, *path; /* mount point; path below it, starting with '/' */
	int hierarchy;		  /* fills SLOT_CGROUP + hierarchy, SLOT_TASKS + hierarchy */
	bool cpuset;		  /* v1: cpus and mems are to be inherited by hand */
	bool unified;		  /* cgroup2 */
	bool used;		  /* SLOT_CGROUP is: limits are set in it, or init is born in it */
	bool adopt;		  /* init, which is there already, is put into it */
	const char *controllers;  /* cgroup2: to be enabled in all above, "+memory +pids", or "" */
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
	int hierarchy;
	const char *file, *value;
	const char *other_file, *other_value; /* where the kernel does not have the file; or NULL */
};

struct step_devices {
	int hierarchy;
	const uint64_t *instruction; /* eBPF, as struct bpf_insn */
	size_t count;
};

struct step_owner { /* of a cgroup2 directory, and of the files that go with it */
	int hierarchy;
	uint32_t uid; /* the machine's */
};

struct step_clone {
	enum who child;
	uint64_t flags;
	int cgroup; /* hierarchy to be born in, or NO_SLOT */
	bool at_rootfs; /* its working directory is SLOT_ROOTFS: a new mount namespace has that place, too */
};

struct step_idmap {
	const char *uid_map, *gid_map;	     /* lines as for /proc/PID/uid_map */
	const char *uid_helper, *gid_helper; /* newuidmap, newgidmap; NULL: written directly */
	bool deny_setgroups;
};

/* A tree's files belong to other ids: those of a mapping, or of a user namespace that is joined. In two steps where the parent has to
 * make the mapping and init the tree: a user namespace with the mapping (tree: NO_SLOT) to a slot, and its use. */
struct step_remap {
	int tree, ns;
	bool recursive;
	const char *uid_map, *gid_map; /* NULL: as in SLOT_NS + OCI_NS_USER */
};

struct step_join {
	int slot;
	enum oci_namespace ns;
	uint64_t
		all; /* SLOT_INIT: the namespaces of a process, at once (clone flags); 0: one, `ns` */
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
		ROOT_IN_ROOTFS, /* SLOT_ROOTFS, in a mount namespace that is shared with the caller */
		ROOT_BY_PATH,	/* in one that was joined */
	} where;
	bool hides; /* the host's /proc and /sys below it, which nothing can reach afterwards */
	const char *path;
};

struct step_text { /* time, oom, hostname, domainname, directory, chdir, mask, readonly */
	const char *text;
	bool found; /* chdir: it is there, and not made */
};

struct step_sysctl {
	const char *path, *value; /* below /proc/sys */
};

/* mount_setattr(2): what to set and what to clear, on the mount and on all below it. */
struct attributes {
	uint64_t set, clear;
};

struct step_mount { /* mount: type, source, options; move: tree; remount: options */
	const char *type, *source, *target;
	struct fs_options options;
	int tree;
	struct attributes attributes, below;
	struct {
		unsigned long *item;
		size_t count;
	} propagation;	/* MS_SHARED | MS_REC, ... in order */
	bool strict;	/* no symbolic link in the target */
	bool missing;	/* a directory, to be made in a filesystem that is new itself */
	bool nofollow;	/* the target may be a symbolic link, and is what is covered */
	bool copy_link; /* move: a tree that is a symbolic link is made again, not mounted */
	bool copy_up;	/* tmpfs: with a copy of what it covers */
	bool super; /* super_flags of mount(2), for which the mount API has no word, are set at last */
	unsigned long super_flags;
	bool root;    /* it covers the root, and becomes it */
	bool in_proc; /* its place may be below /proc */
	bool cover_mode; /* tmpfs: without a mode it takes that of what it covers, 1777 if that was made */
	int keep;	 /* slot that keeps the mount, or NO_SLOT */
};

struct step_node {
	const char *path;
	enum oci_device_type type;
	uint32_t mode, uid, gid;
	unsigned major, minor;
};

/* SLOT_NODES: made by the parent, in a filesystem that is nowhere else; put into their places by init. */
struct step_nodes {
	const struct step_node *item;
	const char *const *pointer; /* what asked for each */
	size_t count;
};

struct step_link {
	const char *target, *path;
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
	union {
		struct scheduling scheduler;
		uint64_t nodes
			[NODE_WORDS]; /* memory policy: nodes; affinity: processors, none is all */
	};
};

struct step_tty {
	bool relay; /* our command is its other end: lines end as they are written, the size is the caller's */
	bool console;		/* bound to /dev/console */
	unsigned rows, columns; /* 0: as it is */
	uint32_t uid;		/* its owner */
};

struct step_seal {
	int slot;
	struct attributes attributes;
};

struct step_pivot {
	enum {
		PIVOT_ROOT,
		PIVOT_MOVE,  /* --no-pivot, for a root in an initramfs */
		PIVOT_CHROOT /* the mount namespace is others' too */
	} how;
};

struct step_netdev {
	const char *name, *new_name;
	bool joined; /* into a namespace that outlives the container */
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
};

struct step_close {
	int preserve; /* descriptors 3 .. 3 + preserve - 1 stay open */
	bool early;   /* before the container is joined: what that needs stays, too */
};

struct step_publish {
	enum oci_status status;
	const char *pid_file; /* absolute, or NULL */
	bool aside;	      /* exec: the state of the container is not touched */
};

struct step_ids {
	uint32_t uid, gid;
	const uint32_t *groups;
	size_t group_count;
	bool set_groups;
	bool groups_may_stay; /* the user namespace may deny setgroups(2): nobody can drop them then */
	int umask;	      /* -1: as it is */
};

struct step_caps {
	uint64_t bounding, effective, permitted, inheritable, ambient;
};

struct step_seccomp {
	const void *program; /* struct sock_filter */
	size_t count;
	unsigned flags; /* SECCOMP_FILTER_FLAG_... */
	bool visible; /* with a listener: the parent has no privileges to take it from a hidden process */
};

/* The seccomp agent gets the listener, and the state of the container's process: head PID middle PID tail. */
struct step_listener {
	const char *path, *head, *middle, *tail;
};

struct step_exec {
	char *const *argv;
	char **env; /* NULL at the end; env[0] is for HOME where `home` was asked for */
	int listen; /* which of env is for LISTEN_PID; -1: none */
};

struct step_hook {
	enum oci_hook when;
	const char *path;
	char *const *argv;
	char **env;	/* NULL: the runtime's */
	bool home;	/* env[0] is for HOME */
	int timeout;	/* seconds, 0: none */
	int head_start; /* milliseconds that init may run before, if it does not end sooner */
	const char *head, *tail; /* the state's JSON around the pid */
	const char *out[2];	 /* files to which stdout and stderr are appended too, or NULL */
};

struct step {
	enum op_kind op;
	enum who who;
	unsigned allow;
	const char *pointer;
	union {
		struct step_open open;
		struct step_tree tree;
		struct step_cgroup cgroup; /* vacant, seek, cgroup, enter */
		struct step_scope scope;   /* scope, properties */
		struct step_limit limit;
		struct step_devices devices;
		struct step_owner owner;
		struct step_clone clone;
		struct step_idmap idmap;
		struct step_remap remap;
		struct step_join join;
		struct step_rlimit rlimit;
		struct step_text text;
		struct step_root root;
		struct step_nodes nodes;
		struct step_sysctl sysctl;
		unsigned long propagation;
		uint64_t unshare;
		struct step_mount mount; /* mount, move */
		struct step_node node;
		struct step_link link;
		struct step_attribute attribute;
		struct step_tty tty;
		struct step_seal seal;
		struct step_pivot pivot;
		struct step_netdev netdev;
		struct step_rdt rdt;
		struct step_lookup lookup;
		struct step_publish publish;
		struct step_ids ids;   /* user, stdio, home */
		struct step_caps caps; /* lessen, bounding, caps */
		struct step_seccomp seccomp;
		struct step_listener listener;
		struct step_exec exec;
		struct step_hook hook;
		struct step_close close;
		bool visible; /* hide: not any more */
	};
};

struct plan {
	struct pool pool;
	struct step *step;
	size_t steps;
	int slots;
	bool sealed;
	bool exec; /* of a process in a container that exists: no record, no root */
	struct {
		struct warning {
			const char *pointer, *text; /* a sentence about that member */
		} * item;
		size_t count;
	} warnings;		     /* what the specification lets us go on with */
	const struct record *record; /* what delete and a failed create have to undo (record.h) */
};

/* What the command line asked for. Kept by create for start: hence a shape. */
struct options {
	const char *id, *bundle;		   /* bundle: absolute */
	const char *state;			   /* the container's state directory, absolute */
	const char *pid_file;			   /* absolute, or NULL */
	const char *cgroup_manager;		   /* "cgroupfs", "systemd", "disabled" */
	const char *console_socket, *pidfd_socket; /* absolute, or NULL */
	struct opt_bool relay; /* the command stays, and is the terminal's other end */
	struct opt_bool no_pivot, no_new_keyring;
	struct opt_bool create;	     /* stop at await */
	bool dry;		     /* `plan`: nothing is written, not even into a cache */
	struct opt_u32 preserve_fds; /* with those of LISTEN_FDS */
	const char *notify_socket;   /* of the caller: sd_notify(3); or NULL */
	struct opt_u32 listen_fds;   /* sd_listen_fds(3) */
	const char *listen_names;
};
extern const struct shape shape_options;

/* Makes, lints and seals the plan. 0, or a negative errno with the error filled (its pointer names the
 * member that was refused). */
int plan_make(struct plan *plan, const struct config *config, const struct options *options,
	      const struct host *host);

/* The poststop hooks, which delete runs when nothing else of the container is left. */
int plan_make_poststop(struct plan *plan, const struct config *config,
		       const struct options *options, const struct host *host);

/* What an update has to know of the cgroup as it is, where two numbers share a file: -1 is no limit. */
struct current {
	int64_t memory; /* the limit of memory, bytes */
	int64_t swap;	/* v1: the limit of memory and swap together, bytes */
	int64_t usage;	/* of memory, bytes */
	int64_t quota;	/* of processor time, microseconds */
	int64_t period; /* v2: microseconds; -1: not known */
};

/* New limits for a container that exists: `limit` and `devices` steps only. Zero and absent members are left as they
 * are. */
int plan_make_update(struct plan *plan, const struct config *config, const struct options *options,
		     const struct host *host, const struct resources *resources,
		     const struct current *current);

/* What exec has to know of the container that it joins. */
struct joining {
	struct joined_cgroup {
		const char *mount, *path,
			*controllers; /* controllers: of v1, separated by commas */
		bool unified;
	} cgroup[CGROUP_MAX];
	size_t cgroups;
	struct strings below; /* --cgroup: "PATH" or "CONTROLLER,...:PATH", below the container's */
};

/* A process in the container that was made of the config; config->process is the new process. No undo is needed:
 * what exec makes ends with the process. */
int plan_make_exec(struct plan *plan, const struct config *config, const struct options *options,
		   const struct host *host, const struct joining *joining);

void plan_free(struct plan *plan);

/* The plan as a table for people, or as a JSON list; text in the plan's pool. */
const char *plan_print(struct plan *plan, bool json);
/* What a step is about, without its number and its columns: "proc -> /proc nosuid,noexec,nodev". */
void step_describe(const struct step *step, char *buffer, size_t size);

/* A number for the whole printed plan: two plans with the same number are the same (FNV-1a, 64 bits). */
uint64_t plan_digest(struct plan *plan);

/* The rules of docs/design.md, section 1. -EINVAL with the error filled: a defect of the planner. */
int plan_lint(const struct plan *plan);

const char *op_name(enum op_kind op);
unsigned op_traits(enum op_kind op);
const char *who_name(enum who who);

#endif
