/* SPDX-License-Identifier: Apache-2.0 */
/*
 * op: how each kind of step is done. One constant table, `ops`, with one function per kind. An op
 * looks at its step and at the walker, never at the config; it decides how to get what the step
 * says on this kernel, never what. It returns 0 or a negative errno with the error filled, and
 * cleans up after itself when it fails half-way; what it had completed is undone by the record
 * (stage/undo.h).
 */
#ifndef TARE_OPS_OP_H
#define TARE_OPS_OP_H

#include "base/error.h"
#include "plan/plan.h"

#include <limits.h>
#include <stdatomic.h>
#include <sys/types.h>

struct container;

/* A page that all processes of a creation share. It carries what must be told without a system
 * call: where each of them is, and why one failed. The other side may have been killed while it
 * wrote: readers check. */
struct shared {
	atomic_int position[3]; /* by enum who: the step that it performs; -1 before the first */
	atomic_int
		init; /* the pid of init in the parent's pid namespace, when a stager cloned it */
	atomic_int failed;   /* the error below is complete */
	atomic_int listener; /* init's descriptor of the seccomp listener, plus 1; 0: there is none
				yet */
	atomic_int taken;    /* 1: the agent has it; -1: it will not */
	struct error error;
};

/* What only the parent has. */
struct parent {
	struct container *container;
	pid_t init, stager;	   /* 0: not there */
	int pidfd;		   /* of init */
	bool waits;		   /* init is to wait for start */
	int notify;		   /* the container's notify socket; -1 */
	int relay;		   /* the command's end of OPEN_RELAY's pair; -1 */
	const char *config, *made; /* texts for the state directory */
	size_t config_length;
};

/* Who walks the plan. The only mutable state while acting; see stage/walk.h for the walking. What
 * one step leaves for another is in a slot: there is no other state of init's. */
struct walker {
	const struct plan *plan;
	enum who me;
	int *slot;	      /* plan->slots values and descriptors, -1: empty */
	int baton, other_end; /* the socket; before the clone also the child's end of it */
	int listener;	      /* where init waits for start; -1 */
	int page_fd;
	struct shared *page;
	struct parent *parent; /* NULL in the others */
};

/* One function a kind. */
typedef int op_run(struct walker *w, const struct step *step);
#define OP_DECLARE(symbol, name, ...) op_run op_##name;
OPS(OP_DECLARE)
#undef OP_DECLARE
extern op_run *const ops[OP_COUNT];

/* A new, detached filesystem. */
int mount_new(const struct step_mount *m, const char *extra_key, const char *extra_value);

/* Copies what is in one directory into another, with owners, modes and times; and the directory's
 * own, if so asked. */
int copy_up(int from, int to, bool itself);

/* How a mount is to be known again when it may have ended, and to be taken off, wherever it is: in
 * the mount namespace that the record names, or in ours. One that is not the recorded one is let
 * be. */
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
/* A device that was moved into a network namespace (a file) comes back under its old name, if the
 * one that is there now has its hardware address. */
int netdev_return(const char *namespace, const char *new_name, const char *name,
		  const char *hardware);

#endif
