/* SPDX-License-Identifier: Apache-2.0 */
/*
 * planner: the declarations that the files of the planner share. No file outside src/plan
 * includes this one.
 *
 * Each part has a check function, which refuses and warns before any step is added, and
 * functions that add steps. Only plan/make.c decides the order in which they are called.
 */
#ifndef TARE_PLAN_PLANNER_H
#define TARE_PLAN_PLANNER_H

#include "host.h"
#include "libocispec/json.h"
#include "plan.h"
#include "record.h"

enum { MAP_LINES = 340 }; /* user_namespaces(7) */

enum {
	TREES_AT_ONCE = 200
}; /* trees that the parent holds open: the soft limit of descriptors may be 1024 */

/* A requested tree: the parent takes it before the clone, or, if that is not possible, init
 * takes it immediately before attaching it. */
struct tree_request {
	struct step_tree tree; /* slot: where it goes */
	const char *pointer;
	bool late;
	struct step_idmap_mount *remap; /* NULL: no ID mapping */
};

struct planner {
	struct plan *plan;
	struct pool *pool;
	const struct inputs *inputs; /* and its members that most parts use: */
	const struct config *config;
	const struct request *request;
	const struct host *host;

	const struct namespace *ns[OCI_NS_COUNT]; /* NULL: that of the caller */
	size_t ns_index[OCI_NS_COUNT];		  /* in linux.namespaces */
	bool privileged; /* has CAP_SYS_ADMIN in its own user namespace: may clone mounts and
			    join namespaces */
	bool takes;	 /* the parent may take mounts for init: it is privileged, and the kernel
			    has detached mounts, or other processes share the mount namespace */
	bool user_namespace; /* the container's root is not the host's: the user namespace is
				new, joined, or the caller's own */
	bool has_cgroup;
	bool building; /* init's steps are the stager's for now: see builds_apart() */
	struct cgroup_place {
		const char *path;
		bool used;
	} cgroup[CGROUP_MAX];

	struct {
		struct tree_request *item;
		size_t count;
	} trees;
	struct {
		int item[CGROUP_MAX * 2];
		size_t count;
	} cgroup_trees;
	struct {
		struct planned_mount *item; /* mounts.h */
		size_t count;
	} mounts;
	struct {
		struct planned_node *item; /* devices.c */
		size_t count;
	} nodes;
	int notify_slot;
	const struct step_caps *caps;  /* of the process; NULL: not made yet */
	const struct current *current; /* of an update; NULL: the container is being made */
	char *home, *listen_pid;       /* space reserved in the environment of the process, or
					  NULL */
	char **env;		       /* of the process; NULL: not made yet */
	char *const *candidate;	       /* paths to try for its program */
	bool refused;		       /* at least once */
};

void begin_plan(struct planner *p, struct plan *plan, const struct inputs *inputs);

/* Adds a step and returns it for the caller to fill in. The pointer is a format string. */
struct step *add(struct planner *p, enum op_kind op, enum who who, const char *pointer, ...)
	__attribute__((format(printf, 4, 5)));

/* Each records a finding. Planning continues after a refusal, since it has no side effects, so
 * that `check` shows everything at once; create reports the first refusal.
 *	refuse  the container can't be made
 *	warn    a problem that the specification allows a runtime to ignore
 *	note    what has no effect here, and need not have one
 *	cure    what to do about the last finding, if that is not what its code says */
void refuse(struct planner *p, enum code code, const char *pointer, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void warn(struct planner *p, enum code code, const char *pointer, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void note(struct planner *p, enum code code, const char *pointer, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void cure(struct planner *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Called last: returns 0, or -EINVAL with the error set to the first refusal. */
int end_planning(struct planner *p);
/* Called if nothing was refused: makes the adjustments that depend on the complete list of
 * steps, runs the lint, and seals the plan. */
int seal_plan(struct planner *p);

static inline bool ns_new(const struct planner *p, enum oci_namespace ns)
{
	return p->ns[ns] && !(p->ns[ns]->path && *p->ns[ns]->path);
}

static inline bool ns_joined(const struct planner *p, enum oci_namespace ns)
{
	return p->ns[ns] && p->ns[ns]->path && *p->ns[ns]->path;
}

/* In a joined pid namespace a stager builds the container, and clones init at the end. */
static inline bool builds_apart(const struct planner *p)
{
	return p->plan->exec || ns_joined(p, OCI_NS_PID);
}

static inline bool has_no_new_privs(const struct planner *p)
{
	return p->config->process && p->config->process->no_new_privileges.value;
}

/* The config's linux object, or an empty one if the config has none. */
const struct config_linux *linux_of(const struct planner *p);
const struct process *process_of(const struct planner *p); /* likewise */

/* The value of an annotation, or NULL. */
const char *annotation(const struct planner *p, const char *key);

static inline bool filters(const struct planner *p)
{
	return linux_of(p)->seccomp || annotation(p, "run.oci.seccomp_bpf_data");
}

/* Returns an absolute path: unchanged if it already is one, otherwise below the bundle. */
const char *in_bundle(struct planner *p, const char *path);

/* Does the list contain the word? */
bool listed(const char *list, const char *word, char separator);
/* Parses a list such as "0-3,7" into a bit mask. Returns false if the list is malformed or a
 * number is too large. */
bool parse_list(const char *text, uint64_t *bits, size_t words);

/* The container's state as one line of JSON, up to and including "pid": */
const char *state_head(struct planner *p, enum oci_status status);

/* --- check.c --- */
void check_config(struct planner *p);

/* --- namespaces.c --- */
void check_namespaces(struct planner *p);
void read_namespaces(struct planner *p);
void add_namespace_opens(struct planner *p);
uint64_t joinable_namespaces(const struct planner *p); /* the container's namespaces, as clone
							  flags */
bool is_nondumpable(const struct planner *p);	       /* processes are created non-dumpable */
/* From here on WHO's steps can't be traced, if it was dumpable. */
void add_nondumpable(struct planner *p, enum who who);
bool needs_stager(const struct planner *p);
void add_stager(struct planner *p);
void add_joins(struct planner *p, enum who who);
void add_init(struct planner *p, enum who who); /* its clone, by WHO */
void add_new_namespaces(struct planner *p);
void add_late_join(struct planner *p);
void add_finished_init(struct planner *p);
void add_idmap(struct planner *p);
void add_time_namespace(struct planner *p);
void add_root_ids(struct planner *p, enum who who); /* root of its user namespace */
void add_cgroup_namespace(struct planner *p);
void add_hostname_and_sysctls(struct planner *p); /* hostname, domainname, loopback, sysctl */

/* --- ids.c --- */
/* Translates an id of the container to the parent user namespace. Returns false and leaves the
 * id unchanged if it is not mapped. */
bool id_to_parent(const struct id_mappings *map, uint32_t *id);
bool id_mapped(const struct id_mappings *map, uint32_t id);
const char *map_lines(struct planner *p,
		      const struct id_mappings *map); /* as for /proc/PID/uid_map */

/* --- cgroup.c --- */
void check_resources(struct planner *p);
void place_cgroups(struct planner *p);
void add_cgroup_look(struct planner *p);
void add_cgroup(struct planner *p);
int clone_cgroup(const struct planner *p);
void add_cgroup_entry(struct planner *p);
int device_hierarchy(const struct planner *p); /* where device rules go; -1: nowhere */

/* --- limits.c --- */
int find_controller(const struct planner *p, const char *controller); /* a hierarchy, or -1 */
void check_limits(struct planner *p, const struct resources *r);
void add_limits(struct planner *p, const struct resources *r);
bool on_v2(const struct planner *p, const char *controller);
/* Sets a limit in a file of v1 or v2 (NULL: there is no such file, and the limit is refused).
 * Returns the step, to which an alternative file may be added. */
struct step_limit *set_limit(struct planner *p, const char *controller, const char *v1_file,
			     const char *v2_file, const char *value, const char *pointer);

/* --- scope.c: the systemd cgroup manager --- */
bool by_systemd(const struct planner *p);
void check_scope(struct planner *p);
int scope_hierarchy(
	const struct planner *p); /* the hierarchy in which systemd tracks its units; -1: none */
bool in_scope(const struct planner *p,
	      const struct hierarchy *h); /* the container has a cgroup in it */
bool systemd_uses_hierarchy(
	const struct hierarchy *h); /* systemd also creates unit cgroups there */
const char *scope_place(struct planner *p, const struct hierarchy *h); /* the container's cgroup */
void add_scope(struct planner *p, const struct step_cgroup *cgroup);
void finish_scope(struct planner *p);	    /* sets the properties once all limits are known */
void add_new_properties(struct planner *p); /* of an update */

/* --- devices.c, device_bpf.c --- */
struct device_exception {
	char type;
	int64_t major, minor;
	unsigned access;
}; /* major, minor: -1 means any; access: DEVICE_READ | ... */
enum {
	DEVICE_MKNOD = 1,
	DEVICE_READ = 2,
	DEVICE_WRITE = 4,
	DEVICE_ALL = 7
}; /* as in linux/bpf.h */
void read_devices(struct planner *p);
void check_devices(struct planner *p);
void ask_device_trees(struct planner *p);
void add_device_look(struct planner *p);
/* Of a live plan: the devices of the config are to be added; the identities of their mounts go to
 * `added`, one for each. */
struct added_device;
bool makes_nodes(const struct planner *p);
void ask_added_devices(struct planner *p, struct added_device *added);
void add_added_devices(struct planner *p);
void add_devices(struct planner *p);
void add_device_rules(struct planner *p, int hierarchy);
/* Adds the rules of an update. Devices that are allowed before and after the update stay
 * allowed throughout. */
void add_new_device_rules(struct planner *p, int hierarchy, const struct resources *r);
void add_device_filter(struct planner *p, int hierarchy, bool allowed,
		       const struct device_exception *exception, size_t count);

/* --- image.c: checkpoint and restore --- */
void check_image(struct planner *p);
void add_image_opens(struct planner *p, bool make);
void add_rootfs_open(struct planner *p);
void add_criu(struct planner *p, bool restores);
void add_dump(struct planner *p);
void add_restore(struct planner *p); /* with the hooks that come in the middle of it */

/* --- mounts.c --- */
void read_mounts(struct planner *p);
void check_mounts(struct planner *p);
bool has_writable_cgroups(const struct planner *p); /* a writable cgroup mount at
						       /sys/fs/cgroup */
void ask_root_tree(struct planner *p);		    /* the first one */
void ask_mount_trees(struct planner *p);
void add_root(struct planner *p);
void add_mounts(struct planner *p);
void add_cgroup_trees(struct planner *p); /* cgroup_mounts.c */
void add_paths(struct planner *p);	  /* masked and read-only; paths.c */
void add_pivot(struct planner *p);

/* --- trees.c --- */
/* Returns the number of the request. The first is the root's. */
int ask_tree(struct planner *p, const struct step_tree *tree, const char *pointer);
/* Makes the tree a peer of its source, so that mounts propagate both ways (Kubernetes'
 * Bidirectional). A copy that init makes is a slave. */
void share_tree(struct planner *p, int request);
void remap_tree(struct planner *p, int request, const struct step_idmap_mount *remap);
void add_tree_looks(struct planner *p);
void add_taken_tree(struct planner *p, int request); /* after the other looks */
/* Adds the `tree` step of a late request; returns the slot. */
int add_late_tree(struct planner *p, int request);
int fresh_slot(struct planner *p); /* allocates a slot for a mount that a later step uses */

/* --- attributes.c --- */
void check_attributes(struct planner *p);
void add_affinity(struct planner *p, enum who who, const char *list, const char *pointer);
void add_placement(struct planner *p); /* after the cpuset: entering one changes it */
void add_attributes(struct planner *p);
void add_label_look(struct planner *p);
void add_labels(struct planner *p); /* of AppArmor or SELinux */

/* --- rdt.c --- */
void check_rdt(struct planner *p);
void add_rdt_look(struct planner *p);
void add_rdt(struct planner *p);

/* --- netdev.c --- */
void check_net_devices(struct planner *p);
void add_net_device_looks(struct planner *p);
void add_net_devices(struct planner *p);

/* --- notify.c --- */
const char *notify_variable(const struct planner *p); /* an environment variable, or NULL */
void add_notify_directory(struct planner *p);
void add_notify_mount(struct planner *p);
void add_notify_socket(struct planner *p); /* at start */

/* --- terminal.c --- */
void check_terminal(struct planner *p);
void add_socket_opens(struct planner *p); /* of console and pidfd */
void add_terminal(struct planner *p);
void add_late_session(struct planner *p); /* for an init that is cloned at the end */

/* --- hooks.c --- */
void check_hooks(struct planner *p);
bool has_hooks(const struct planner *p, enum oci_hook when);
void add_hook_logs(struct planner *p);
void add_hooks(struct planner *p, enum oci_hook when, enum who who);

/* --- seccomp.c --- */
void check_seccomp(struct planner *p);
bool has_listener(const struct planner *p); /* the filter notifies an agent */
void add_listener_look(struct planner *p);
void add_listener(struct planner *p);
void add_seccomp(struct planner *p);

/* --- process.c: shared by create and exec --- */
void check_process(struct planner *p);
void check_capabilities(struct planner *p); /* warns of those that the process does not get */
bool keeps_groups(const struct planner *p);
bool groups_may_stay(const struct planner *p); /* the user namespace may deny setgroups(2) */
void check_lengths(struct planner *p, const struct strings *list, const char *pointer);
void check_total(struct planner *p, const struct strings *args, const struct strings *env,
		 const char *pointer);
/* Adds the hard limits that a process in the container's user namespace could no longer raise,
 * to be set by a process that still can. */
void add_raised_limits(struct planner *p, enum who who);
/* oom_score_adj, which is set before the ids change */
void add_early_process(struct planner *p, enum who who);
void add_session(struct planner *p);
/* The environment of the process, as a hook gets it. */
char *const *hook_environment(struct planner *p);
void add_directory(struct planner *p); /* creates the working directory before the root becomes
					  read-only */
/* For exec with a filter that is loaded late: keeps CAP_SYS_ADMIN besides what the process will
 * have. */
void add_dropped_caps(struct planner *p);
bool filters_late(const struct planner *p);	/* only after init was cloned, with CAP_SYS_ADMIN */
bool may_trace(struct planner *p);		/* the container may have CAP_SYS_PTRACE */
bool limits_processes(const struct planner *p); /* RLIMIT_NPROC */
void add_late_limits(struct planner *p);
bool has_late_limits(const struct planner *p);
void add_close(struct planner *p);
void add_chdir(struct planner *p, unsigned allow);
void add_stdio(struct planner *p);
void add_home(struct planner *p);
void add_lookup(struct planner *p);
void add_rlimits(struct planner *p, bool files); /* RLIMIT_NOFILE, or all others */
void add_late_rlimits(struct planner *p);
void add_bounding(struct planner *p);
void add_user(struct planner *p);
void add_caps(struct planner *p);
void add_no_new_privs(struct planner *p);
void add_exec(struct planner *p);

/* --- exec.c --- */
void check_joining(struct planner *p);
void add_container_look(struct planner *p);
void find_cgroups(struct planner *p);
void enter_cgroups(struct planner *p, enum who who);
void add_exec_stager(struct planner *p);
void add_initial_affinity(struct planner *p);
void add_leaving_of_host(struct planner *p);
void add_joining(struct planner *p);
void add_exec_terminal(struct planner *p);
/* exec: the caller wants the pid, or the parent, to take the listener of the filter. */
static inline bool tells_pid(const struct planner *p)
{
	return p->request->pid_file || p->request->pidfd_socket || has_listener(p);
}
void add_exec_publish(struct planner *p);

#endif
