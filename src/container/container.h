/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container: the state directory ROOT/ID, what is known of a container between two commands.
 *
 *	status.json  what `state` prints, and how to recognise its process; replaced atomically
 *	config.json  the config as it was accepted by create
 *	made.json    the options and the facts of the host that its plan was made of, and the plan's
 *digest undo.json    what has to be undone: written before the first effect start.sock   where init
 *waits for start notify/      the container's NOTIFY_SOCKET, if there is one
 *
 * Writers hold an exclusive lock (flock) on the directory; readers take none. A directory whose
 *status is "creating" and that nobody locks was left by a create that was killed.
 *
 * Functions return 0 or a negative errno with the error filled, unless it says otherwise.
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
	struct opt_u64 start_time; /* of that pid: proc_stat() */
	struct opt_i32 creator;	   /* the process that creates it, and its start time */
	struct opt_u64 creator_start;
	struct opt_u32 version; /* STATE_VERSION */
};

struct record;

struct container {
	struct pool pool;      /* of what status points to */
	const char *id, *path; /* path: ROOT */
	int root, fd;	       /* descriptors of ROOT and ROOT/ID; -1 when not open */
	struct status status;
	const struct record *record; /* undo.json as container_record() has read it, or NULL */
};

/* 1 to 255 of [A-Za-z0-9_+.-], not "." and not "..". */
int container_check_id(const char *id);

/* One that is not there yet: nothing is touched. Then: makes ROOT where it is missing, and ROOT/ID,
 * locked. -EEXIST if there is such a container. */
int container_name(struct container *c, const char *root, const char *id);
bool container_exists(const struct container *c);
int container_create(struct container *c);

/* Opens ROOT/ID and reads its status. -ENOENT: "does not exist". */
int container_open(struct container *c, const char *root, const char *id);

/* Takes the writers' lock and reads the status again; without wait -EWOULDBLOCK, with the error
 * filled, if another command holds it; -ENOENT if another command has deleted the container
 * meanwhile. */
int container_lock(struct container *c, bool wait);
void container_unlock(struct container *c);

/* Writes status.json. */
int container_publish(struct container *c);

/* What the container is now: the status file corrected by whether its process lives. */
enum oci_status container_status(struct container *c);
bool container_process_lives(const struct status *status);

/* A pidfd of init, verified by its start time; -ESRCH if it has ended; another code if there are no
 * pidfds to be had. */
int container_pidfd(const struct status *status);

/* Files of the state directory, whole. */
int container_create_file(struct container *c, const char *name, const char *text, size_t length);
int container_read_file(struct container *c, const char *name, char **text, size_t *length);

/* notify/: what the container sees of the state directory, and the datagram socket in it:
 * sd_notify(3). */
int container_make_notify(struct container *c);
int container_bind_notify(struct container *c);

/* The socket at which init waits for start; listening, or connected to it. */
int container_listen(struct container *c);
int container_connect(struct container *c);

/* Removes ROOT/ID and all in it. */
int container_remove(struct container *c);
void container_close(struct container *c);

/* Calls the function with the id of each container below ROOT; a missing ROOT has none (-ENOENT,
 * error not filled). */
int container_each(const char *root, int (*each)(const char *id, void *context), void *context);

#define auto_container __attribute__((cleanup(container_close))) struct container
#define NO_CONTAINER                                                                               \
	{                                                                                          \
		.root = -1, .fd = -1                                                               \
	}

/* Of what a container's state directory is made: a version that is newer than ours is refused, an
 * older one is read. */
enum { STATE_VERSION = 1 };
int container_check_version(const struct container *c, uint32_t version);

/* The record of what is to be undone. NULL with the error filled: it is damaged. One that was not
 * written yet is empty. */
int container_write_record(struct container *c, struct record *record);
const struct record *container_record(struct container *c);

/* What it says: whether the container's processes end with the first one; whether the config has
 * poststop hooks; the class of service that was made for it, or NULL. */
bool container_has_own_pids(struct container *c);
bool container_has_poststop(struct container *c);
const char *container_class(struct container *c);

#endif
