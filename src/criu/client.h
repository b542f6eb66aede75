/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client: asks criu(8) for checkpoints and restores, by its RPC protocol (criu.org/RPC): one
 * message of protobuf in each packet of a socket whose other end a `criu swrk` has. While criu
 * works it sends notifications, each of which waits for an answer; a criu whose socket is closed
 * gives up, and lets go of what it has frozen.
 *
 * Functions return 0 or a negative errno with the error filled.
 */
#ifndef TARE_CRIU_CLIENT_H
#define TARE_CRIU_CLIENT_H

#include "libocispec/config.h"
#include "plan/inputs.h"

#include <stdbool.h>
#include <sys/types.h>

/* Of its answers to the first two questions. */
enum criu_feature { CRIU_TRACKS_MEMORY = 1, CRIU_LAZY_PAGES = 2 };
enum { CRIU_LEAST = 300 }; /* version 3.0 */

struct criu {
	int socket;
	int process; /* a pidfd, since a process that it has made may hold the socket too; -1:
		      * unknown
		      */
};

struct criu_request {
	enum { CRIU_DUMP, CRIU_PRE_DUMP, CRIU_RESTORE } kind;
	const struct criu_options *options;
	int cgroups;		      /* enum criu_cgroups, but not the default */
	const char *log;	      /* its name in `work` */
	int images, work;	      /* descriptors of directories, ours */
	pid_t pid;		      /* dump: of the container's init */
	const char *root;	      /* of the container, on the host */
	const char *freezer;	      /* dump: the cgroup directory to freeze; or NULL */
	struct strings external;      /* dump: what is not to be dumped: "net[4026531833]:KEY" */
	struct strings mount, source; /* external mounts: where they are; where that is on the host
				       */
	struct strings ns, ns_file;   /* restore: namespaces to join: "ipc", its file */
	struct strings controller, cgroup; /* restore: where the cgroups begin */
	struct strings inherited;	   /* restore: keys, as in the image, of descriptors */
	const int *descriptor;		   /* of criu's; one for each key */
};

/* What criu has to say: a notification, or the end. */
struct criu_event {
	char script[32]; /* the name of a notification; "": the request is done */
	pid_t pid;	 /* of the container's init in our pid namespace; 0: not said */
	int fd;		 /* that came with it, or -1; the caller closes it */
	int err;	 /* done, with this errno; 0: it has succeeded, -1: it does not say why */
	char text[256];	 /* what it says of a failure */
};

/* Reads the version of criu at the other end, and whether it has the features that are needed. */
int criu_check(const struct criu *criu, unsigned features);
int criu_send(const struct criu *criu, const struct criu_request *request);
int criu_next(const struct criu *criu, struct criu_event *event);
int criu_answer(const struct criu *criu, bool success);

#endif
