/* SPDX-License-Identifier: Apache-2.0 */
/*
 * op: the implementation of each kind of step. The constant table `ops` has one function per
 * kind. An op reads its step and the walker, never the config: the step says what to do, and the
 * op only decides how to do it on the running kernel. It returns 0, or a negative errno with the
 * error filled in, and cleans up after itself when it fails half-way. Effects that were already
 * complete are undone from the record (stage/undo.h).
 */
#ifndef TARE_OPS_OP_H
#define TARE_OPS_OP_H

#include "base/error.h"
#include "plan/plan.h"

#include <limits.h>
#include <stdatomic.h>
#include <sys/types.h>

struct container;

/* A page shared by all processes that take part in creating a container. It carries what must be
 * passed on without a system call: which step each process is at, and why one of them failed. A
 * writer may be killed in the middle of a write, so readers check what they find. */
/* What start says to init: that it is about to publish the container as running; then to go, or
 * that it has failed. */
enum { START_SOON = 'r', START_GO = 'g', START_NOT = 'n' };

struct shared {
	/* Aligned, since the timings follow it. */
	_Alignas(long long)
		atomic_int position[3]; /* by enum who: the step being performed; -1: none yet */
	atomic_int init;     /* the pid of init, as seen from the parent's pid namespace */
	atomic_int failed;   /* the error below is complete */
	atomic_int listener; /* init's descriptor of the seccomp listener, plus 1; 0: there is none
				yet */
	atomic_int taken;    /* 1: the agent has the listener; -1: sending it failed */
	struct error error;
};

/* State of the parent only. */
struct parent {
	struct container *container;
	pid_t init, stager;	   /* 0: none */
	int pidfd;		   /* of init */
	bool waits;		   /* init waits for the start command */
	int notify;		   /* the container's notify socket; -1 */
	int relay;		   /* the command's end of the OPEN_RELAY socket pair; -1 */
	const char *config, *kept; /* contents of files in the state directory */
	size_t config_length;
	const struct plan *(*plan_again)(void *context); /* or NULL: stage/launch.h */
	void *context;
};

/* A process that walks the plan (stage/walk.h), and the only mutable state during the walk. A
 * step passes results to later steps in slots; init has no other state. */
struct walker {
	const struct plan *plan;
	enum who me;
	int *slot;	      /* plan->slots values and descriptors, -1: empty */
	int baton, other_end; /* the socket, and, until the clone, the child's end of it */
	int listener;	      /* the socket on which init waits for start; -1 */
	int page_fd;
	struct shared *page;
	size_t page_size;      /* size of the mapping, including the timings */
	struct timing *timing; /* of each step (stage/timing.h); NULL: not wanted */
	struct parent *parent; /* NULL in the other processes */
};

/* One function per kind. */
typedef int op_run(struct walker *w, const struct step *step);
#define OP_DECLARE(symbol, name, ...) op_run op_##name;
OPS(OP_DECLARE)
#undef OP_DECLARE
extern op_run *const ops[OP_COUNT];

/* An AppArmor profile that is not loaded. */
int fail_no_profile(const char *profile);

/* Says of -ENOSYS that this can't be done without the mount API; returns err. */
int explain_mount_api(int err);
/* A new, detached filesystem. */
int mount_new(const struct step_mount *m, const char *extra_key, const char *extra_value);
/* The same, from a context of fsopen(2). */
int mount_configured(int context, const struct step_mount *m, const char *extra_key,
		     const char *extra_value);
/* One that shows the joined namespace in the slot t->from. */
int mount_in_namespace(struct walker *w, const struct step_tree *t);

/* Copies the contents of one directory into another, with owners, modes and times. With
 * `itself`, the owner and mode of the directory itself are copied too. */
int copy_up(int from, int to, bool itself);

/* mount_identify() records what identifies a mount; mount_detach() finds that mount again, if it
 * still exists, and unmounts it in the mount namespace that the record names, or in ours. Any
 * other mount is left alone. */
struct recorded_mount;
int mount_identify(int mount, struct recorded_mount *record);
enum { MOUNT_IS_GONE = 1 };
int mount_detach(const struct recorded_mount *record);
/* Calls the function in the mount namespace of that path, in a process of its own: 0 to 100 as it
 * returns; MOUNT_IS_GONE if the namespace is; or a negative errno with the error filled. */
int run_in_mounts(const char *namespace, int (*function)(const void *), const void *argument);
/* Removes a node that was made in that mount namespace, if it still is that device. */
struct device;
int device_unlink(const char *namespace, const struct device *device);

/* Changes init's working directory to the place of its root, unless the clone has put it
 * there. */
int enter_rootfs(struct walker *w, const char *path);

/* Sends the master of the container's terminal over the socket in a slot, and closes that. */
int terminal_send(struct walker *w, int slot, int master);

/* The file type of a device node, as for mknod(2). */
mode_t device_file_type(enum oci_device_type type);
/* Finds the node of a device, at the path or elsewhere in the host's /dev. Returns an O_PATH
 * descriptor. */
int device_find(const char *path, mode_t format, dev_t device);

/* What the kernel means by refusing a value for a file of the cgroup: sets code and hint of the
 * error, and returns err. */
int limit_explain(int directory, const char *file, int err);

/* Writes to the schemata of a class of service. */
int rdt_write(const char *path, const char *schemata);
/* Removes a class of service, or a monitoring group. */
int rdt_remove(const char *path);

/* After a failure: moves the network devices out of the new namespace, so that they are not
 * destroyed with it. */
void netdev_move_back(struct walker *w);
/* Moves a device back from a network namespace (given as a file), under its old name, if the
 * device that is there now has the same hardware address. */
int netdev_return(const char *namespace, const char *new_name, const char *name,
		  const char *hardware);

#endif
