/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container: the state directory ROOT/ID, which stores what is known about a container.
 *
 *	status.json  what `state` prints, and what identifies init; replaced atomically
 *	config.json  the config as accepted by create
 *	made.json    the options and host facts that the plan was made from; its digest
 *	undo.json    what has to be undone; written before the first change
 *	added.json  the mounts that were added since, if any
 *	start.sock   the socket at which init waits for start
 *	notify/      the directory of the container's NOTIFY_SOCKET, if there is one
 *
 * Writers hold an exclusive lock (flock(2)) on the directory; readers take none. A directory with
 * the status "creating" and no lock was left by a create that was killed.
 *
 * Functions return 0 or a negative errno with the error filled, unless stated otherwise.
 */
#ifndef TARE_CONTAINER_CONTAINER_H
#define TARE_CONTAINER_CONTAINER_H

#include "libocispec/names.h"
#include "libocispec/pool.h"
#include "libocispec/write.h"

#include <stdint.h>
#include <sys/types.h>

/* status.json: the state of runtime.md, and more. */
struct status {
	struct state state;	   /* pid: of init, 0 before the clone */
	struct opt_u64 start_time; /* of that pid: proc_stat(); unset: /proc hides it */
	/* Where /proc hides it or may come to: proc_pidfd_inode(), proc_boot_id(). */
	struct opt_u64 inode;
	const char *boot;
	struct opt_i32 creator; /* pid of the create command, and its start time */
	struct opt_u64 creator_start;
	struct opt_u32 version;	 /* STATE_VERSION */
	struct opt_u32 alone;	 /* plan_goes_alone(): what start has to know of the plan */
	struct opt_u64 recorded; /* size of undo.json */
	const char *freezer;	 /* the directory of the cgroup that tells whether it is paused; or
				    NULL: the record has to be asked */
};

struct record;
struct added;

struct container {
	struct pool pool;      /* of what status points to */
	const char *id, *path; /* path: ROOT */
	int root, fd;	       /* descriptors of ROOT and ROOT/ID; -1 when not open */
	struct status status;
	const struct record *record; /* undo.json as container_record() has read it, or NULL */
};

/* 1 to 255 of [A-Za-z0-9_+.-], not "." and not "..". */
int container_check_id(const char *id);

/* container_name() checks the ID and sets the names, without accessing the filesystem.
 * container_exists(): whether there is a ROOT/ID. container_create() creates ROOT, if it is
 * missing, and ROOT/ID, and locks it; -EINVAL, with the error filled, if ROOT/ID exists. */
int container_name(struct container *c, const char *root, const char *id);
bool container_exists(const struct container *c);
int container_create(struct container *c);

/* Opens ROOT/ID and reads its status. -ENOENT if there is no such container. */
int container_open(struct container *c, const char *root, const char *id);
/* The same for a descriptor of ROOT that container_each() has passed: c->root is not open, so it
 * can't be removed. */
int container_open_in(struct container *c, int directory, const char *root, const char *id);
/* The errors: there is none (-ENOENT); there is one already. */
int container_is_unknown(const struct container *c);
int container_is_taken(const struct container *c);

/* Takes the writers' lock and reads the status again; without wait -EWOULDBLOCK, with the error
 * filled, if another command holds it; -ENOENT if another command has deleted the container
 * meanwhile. */
int container_lock(struct container *c, bool wait);
/* The same, trying for so long. */
int container_lock_within(struct container *c, int milliseconds);
void container_unlock(struct container *c);

/* Writes status.json. */
int container_publish(struct container *c);

/* The current status: that of status.json, or stopped if the process has ended. */
enum oci_status container_status(struct container *c);
bool container_process_lives(const struct status *status);
/* It has begun to exit and waits for the other processes in its pid namespace; it has ended or
 * begun to, and nobody has waited for it. */
bool container_process_ends(const struct status *status);
bool container_process_has_ended(const struct status *status);

/* A pidfd of init, verified by what identifies it. -ESRCH if init has ended; another negative errno
 * if pidfd_open(2) fails. */
int container_pidfd(const struct status *status);
/* Sends init a signal, through a pidfd where there are pidfds. -ESRCH if it has ended. */
int container_signal(const struct status *status, int number);

/* How init has ended, in the members exitStatus, signal and finished of the status (not published).
 * status: 128 + the signal if that has killed it. container_learn_end(): from the status or, as
 * long as nobody has waited for it, from /proc; false: it is not known. container_wait(): waits
 * until it has ended; 1, 0: it is not known how, or a negative errno with the error filled. */
void container_set_end(struct container *c, int status, int signal);
bool container_learn_end(struct container *c);
int container_wait(struct container *c);

/* Waits until init, which has been killed, ends: 10 seconds at most. */
int container_await_end(struct container *c);

/* Create and read whole files of the state directory; the caller frees *text. */
int container_create_file(struct container *c, const char *name, const char *text, size_t length);
/* Whether create has come so far that none of its files may be missing. */
bool container_is_made(const struct container *c);
int container_read_file(struct container *c, const char *name, char **text, size_t *length);

/* notify/, the only part of the state directory that is visible in the container, and the
 * datagram socket in it: sd_notify(3). */
int container_make_notify(struct container *c);
int container_bind_notify(struct container *c);

/* start.sock, at which init waits for start: a listening socket, or one connected to it. */
int container_listen(struct container *c);
int container_connect(struct container *c);

/* Removes ROOT/ID and all in it. */
int container_remove(struct container *c);
void container_close(struct container *c);

/* Calls the function with ROOT, whose owner has been checked, and the ID of each container in it,
 * until it returns a non-zero value, which is returned. -ENOENT, with the error not filled, if
 * there is no ROOT; another negative errno if it can't be opened or belongs to another user. */
int container_each(const char *root, int (*each)(int directory, const char *id, void *context),
		   void *context);

#define auto_container __attribute__((cleanup(container_close))) struct container
#define NO_CONTAINER                                                                               \
	{                                                                                          \
		.root = -1, .fd = -1                                                               \
	}

/* The format version of the state directory. A version newer than this one is refused, an older
 * one is accepted. */
enum { STATE_VERSION = 1 };
int container_check_version(const struct container *c, uint32_t version);

/* undo.json, the record of what has to be undone. container_record() returns NULL, with the error
 * filled, if it cannot be read; the record is empty if it has not been written yet. */
int container_write_record(struct container *c, struct record *record);
const struct record *container_record(struct container *c);
/* The same question without reading it, where the status says how long it is. */
bool container_has_record(struct container *c);

/* added.json, the mounts that were added to the running container: none if there is no such
 * file. They belong to the pool of the container. An empty list removes the file. */
int container_write_added(struct container *c, struct added *added);
int container_read_added(struct container *c, struct added *added);

/* From the record: whether the container has its own pid namespace, so that its processes end
 * with init; whether the config has poststop hooks; the resctrl class of service that was created
 * for it, or NULL. */
bool container_has_own_pids(struct container *c);
bool container_has_poststop(struct container *c);
const char *container_class(struct container *c);

#endif
