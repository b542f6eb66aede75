/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inputs: what the planner is given besides the config and the facts in plan/host.h: the
 * command line, and for exec and update, the facts about the existing container.
 */
#ifndef TARE_PLAN_INPUTS_H
#define TARE_PLAN_INPUTS_H

#include "libocispec/shape.h"
#include "step.h"

struct filter;
struct host;
struct added;

/* The options of the command line. create saves them for start, so they have a shape. */
struct request {
	const char *id, *bundle;		   /* bundle: absolute */
	const char *state;			   /* the container's state directory, absolute */
	const char *pid_file;			   /* absolute, or NULL */
	const char *cgroup_manager;		   /* "cgroupfs", "systemd", "disabled" */
	const char *console_socket, *pidfd_socket; /* absolute, or NULL */
	struct opt_bool relay; /* the command stays attached and relays the terminal */
	struct opt_bool no_pivot, no_new_keyring;
	struct opt_bool create;	     /* create only: wait at the `await` step */
	struct opt_u32 preserve_fds; /* with those of LISTEN_FDS */
	const char *notify_socket;   /* the caller's, or NULL: sd_notify(3) */
	struct opt_u32 listen_fds;   /* sd_listen_fds(3) */
	const char *listen_names;
};
extern const struct shape shape_request;

/* Current values of the cgroup, which an update needs where one file or two related files hold
 * two values. -1: no limit. */
struct current {
	int64_t memory; /* the limit of memory, bytes */
	int64_t swap;	/* v1: limit on memory plus swap, bytes */
	int64_t usage;	/* of memory, bytes */
	int64_t quota;	/* of processor time, microseconds */
	int64_t period; /* v2: microseconds; -1: not known */
};

/* What exec needs to know about the container that the process joins. */
struct joining {
	struct joined_cgroup {
		const char *mount, *path,
			*controllers; /* controllers: of v1, separated by commas */
		bool unified;
	} cgroup[CGROUP_MAX];
	size_t cgroups;
	struct strings below; /* --cgroup: "PATH" or "CONTROLLER,...:PATH", below the container's */
};

/* The options of checkpoint and restore. */
struct criu_options {
	const char *program;	   /* criu, absolute */
	const char *images, *work; /* directories, absolute */
	const char *parent;	   /* images of a pre-dump, relative to images; or NULL */
	bool leave_running, pre_dump, lazy_pages, auto_dedup;
	bool tcp_established, tcp_skip_in_flight, tcp_close;
	bool ext_unix_sk, shell_job, file_locks, link_remap, empty_network;
	enum criu_cgroups {
		CRIU_CGROUPS_DEFAULT, /* ignore where cgroup2 is mounted, else soft */
		CRIU_CGROUPS_SOFT,
		CRIU_CGROUPS_IGNORE,
		CRIU_CGROUPS_FULL,
		CRIU_CGROUPS_STRICT
	} cgroups;
	enum {
		CRIU_LOCK_DEFAULT,
		CRIU_LOCK_IPTABLES,
		CRIU_LOCK_NFTABLES,
		CRIU_LOCK_SKIP
	} network_lock;
	const char *page_server; /* its address, or NULL */
	int page_port;
	int status_fd;						   /* -1: none */
	const char *config_file, *lsm_profile, *lsm_mount_context; /* or NULL */
};

/* Everything that a plan is made from. The objects must outlive the plan. */
struct inputs {
	const struct config *config;
	const struct request *request;
	const struct host *host;
	const struct filter *filter;   /* of plan_make() and plan_make_exec(): seccomp/filter.h */
	const struct joining *joining; /* of plan_make_exec() */
	const struct resources *resources; /* of plan_make_update(): the new limits */
	const struct current *current;	   /* of plan_make_update() */
	const struct added *added;	   /* of a live plan: by earlier commands */
	const struct criu_options *criu;   /* of plan_make_checkpoint(), plan_make_restore() */
};

#endif
