/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/*
 * op: how each kind of step is done. One constant table, `ops`, with one function per kind. An op looks at
 * its step and at the walker, never at the config; it decides how to get what the step says on this kernel,
 * never what. It returns 0 or a negative errno with the error filled, and cleans up after itself when it
 * fails half-way; what it had completed is undone by the record (stage/undo.h).
 */
#ifndef TARE_OPS_OP_H
#define TARE_OPS_OP_H

#include "base/report.h"
#include "plan/plan.h"

#include <limits.h>
#include <stdatomic.h>
#include <sys/types.h>

struct container;

/* A page that all processes of a creation share. It carries what must be told without a system call: where
 * each of them is, and why one failed. The other side may have been killed while it wrote: readers check. */
struct shared {
	atomic_int position[3]; /* by enum who: the step that it performs; -1 before the first */
	atomic_int
		init; /* the pid of init in the parent's pid namespace, when a stager cloned it */
	atomic_int failed; /* the error below is complete */
	atomic_int listener; /* init's descriptor of the seccomp listener, plus 1; 0: there is none yet */
	atomic_int taken;    /* 1: the agent has it; -1: it will not */
	atomic_int born;   /* init was born in the cgroup of the clone step */
	struct error error;
};

/* Who walks the plan. The only mutable state while acting; see stage/walk.h for the walking. */
struct walker {
	const struct plan *plan;
	enum who me;
	int *slot;	      /* plan->slots descriptors, -1: empty */
	int baton, other_end; /* the socket; before the clone also the child's end of it */
	int listener;	      /* where init waits for start; -1 */
	int limit;               /* the file that the last `limit` wrote to; -1 */
	int parent;              /* the directory in which the last step made something; -1 */
	const char *parent_path; /* its path: the length bytes here */
	size_t parent_length;
	bool at_rootfs;	  /* init was born with the root filesystem as its working directory */
	bool shared_root; /* the container's mounts are in a namespace of others */
	int notify; /* the container's notify socket; -1 */
	int relay; /* the command's end of OPEN_RELAY's pair; -1 */
	int page_fd;
	struct shared *page;

	/* the parent's */
	struct container *container;
	pid_t init, stager;		/* 0: not there */
	int pidfd;			/* of init */
	bool waits;			/* init is to wait for start */
	bool published;			/* the pid file was written */
	size_t cgroup_keep[CGROUP_MAX]; /* how much of a cgroup's path existed before */
	const char *config, *made;	/* texts for the record */
	size_t config_length;

	/* init's scratch: it allocates nothing */
	bool in_cwd;
	char program[PATH_MAX];
	char home[PATH_MAX];
	char listen[32]; /* LISTEN_PID */
};

typedef int op_run(struct walker *w, const struct step *step);
extern op_run *const ops[OP_COUNT];

/* ops/namespace.c */
op_run op_open, op_clone, op_join, op_time, op_become, op_hide, op_unshare, op_hostname,
	op_domainname, op_loopback, op_sysctl;
/* ops/cgroup.c */
op_run op_vacant, op_seek, op_cgroup, op_scope, op_properties, op_limit, op_devices, op_owner, op_enter;
/* ops/mount.c, ops/path.c */
op_run op_mount, op_move, op_remount, op_seal;
op_run op_node, op_link, op_mask, op_readonly, op_directory;
/* ops/tree.c */
op_run op_tree;
/* ops/root.c */
op_run op_propagation, op_root, op_pivot;
/* ops/device.c */
op_run op_nodes;
/* ops/idmap.c */
op_run op_idmap, op_remap;
/* ops/netdev.c */
op_run op_netdev;
/* ops/rdt.c */
op_run op_rdt;
/* ops/attribute.c */
op_run op_attribute;
/* ops/terminal.c */
op_run op_tty;
/* ops/process.c */
op_run op_rlimit, op_oom, op_session, op_keyring, op_chdir, op_stdio, op_home, op_lookup, op_close,
	op_lessen, op_bounding, op_user, op_caps, op_nnp, op_exec;
/* ops/host.c */
op_run op_record, op_notify, op_publish, op_hook, op_await;
/* ops/seccomp.c */
op_run op_seccomp, op_listener;

/* The directory in which the last component of path is to be made, as root_parent() gives it, kept by the
 * walker: several steps in a row that make something in one directory look it up once. Not to be closed. */
int parent_of(struct walker *w, const struct step *step, const char *path, unsigned traits, const char **leaf);

/* Shared by mount.c and path.c: attributes of a mount by its descriptor, attached or not. below: of all
 * mounts below it too. -ENOSYS with the error filled where the kernel has no mount_setattr (before 5.12). */
int mount_attributes(int mount, const struct attributes *attributes, unsigned long propagation,
		     bool below);
/* The same for an attached mount, with mount(2) where that is all there is. */
int mount_attributes_attached(int mount, const struct attributes *attributes,
			      unsigned long propagation, bool below);
/* Whether mount_attributes() has failed in a way that may be the call's, and not that of what was asked for. */
bool mount_has_retreat(int err);
/* The files of a detached mount get the owners that a user namespace gives them. */
int mount_remap(int mount, int user_namespace, bool below);
/* A detached copy of what a descriptor stands for. */
int mount_copy(int fd, bool recursive);
/* To the file that target is; or to the one with a name in the directory that target is, never through a link. */
int mount_attach(int mount, int target, const char *leaf, const char *path);
/* A detached copy of what has a name in a directory. */
int mount_copy_at(int directory, const char *name);
/* A detached mount is attached for a while, in a new mount namespace, in a place where no path leads to; and taken off. */
int mount_aside(int mount);
int mount_take_off(int mount);
int mount_take_off_after(int mount, int err); /* and keeps the error of what was done meanwhile, if it is one */
/* A new, detached filesystem. */
int mount_new(const struct step_mount *m, const char *extra_key, const char *extra_value);

/* Copies what is in one directory into another, with owners, modes and times; and the directory's own, if so asked. */
int copy_up(int from, int to, bool itself);

/* The number of the mount that a descriptor is on: no other has it while there is this one; 0: unknown. */
uint64_t mount_id(int mount);
/* How a mount is to be known again when it may have ended, and to be taken off, wherever it is: in the mount namespace that the
 * record names, or in ours. One that is not the recorded one is let be. */
struct recorded_mount;
/* init goes to where its root is to be, if it was not born there. */
int enter_rootfs(struct walker *w, const char *path);
void mount_identify(int mount, struct recorded_mount *record);
int mount_detach(const struct recorded_mount *record);

/* Of which format a node is: mknod(2). */
mode_t device_format(enum oci_device_type type);
/* The node of a device, at the path or elsewhere in the host's /dev: O_PATH. */
int device_find(const char *path, mode_t format, dev_t device);

/* Writes to the schemata of a class of service. */
int rdt_write(const char *path, const char *schemata);
/* Removes a class of service, or a monitoring group. */
int rdt_remove(const char *path);

/* Out of a new namespace, which would take them along into its end: after a failure. */
void netdev_take_back(struct walker *w);
/* A device that was moved into a network namespace (a file) comes back under its old name, if the one that is there now
 * has its hardware address. */
int netdev_return(const char *namespace, const char *new_name, const char *name,
		  const char *hardware);

#endif
