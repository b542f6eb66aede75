/* SPDX-License-Identifier: Apache-2.0 */
/* Overview of the runtime: the steps that make a container's process, for create and for
 * exec, in order. The reasons for the
 * order are the rules of lint.c. */
#include "planner.h"

#include <sys/mount.h>

static void add_readonly_root(struct planner *p)
{
	if (p->config->root->readonly.value)
		add(p, OP_SETATTR, WHO_INIT, "/root/readonly")->setattr =
			(struct step_setattr){ SLOT_ROOT, { .set = MOUNT_ATTR_RDONLY } };
}

/* An exec into a created container joins its init, which without privileges is only possible
 * while init is dumpable. Until start, the only other processes in the container are such
 * execs, with no more privileges than init. Before create says that all is done. */
static void set_dumpable(struct planner *p, bool dumpable)
{
	if (p->request->create.value && !p->privileged && ns_new(p, OCI_NS_PID) &&
	    ns_new(p, OCI_NS_USER))
		add(p, OP_DUMPABLE, WHO_INIT, "/")->dumpable.dumpable = dumpable;
}

/* Records what undo() needs and only the config as a whole determines. Everything else is
 * recorded where its steps are added. */
static void begin_record(struct planner *p)
{
	struct record *r = p->plan->record = pool_alloc(p->pool, sizeof *r);

	r->others_pids = (struct opt_bool){ !ns_new(p, OCI_NS_PID), true };
	r->poststop = (struct opt_bool){ has_hooks(p, OCI_HOOK_POSTSTOP), true };
}

/* From the first clone to where init is root of its namespaces. */
static void make_init(struct planner *p)
{
	bool stager = needs_stager(p), apart = builds_apart(p);

	if (stager) {
		add_stager(p);
		/* Before it joins namespaces in which other processes could access it. */
		if (!ns_new(p, OCI_NS_USER))
			add_nondumpable(p, WHO_STAGER);
		add_joins(p, WHO_STAGER);
	}
	p->building = apart;
	if (apart)
		add_new_namespaces(p);
	else
		add_init(p, stager ? WHO_STAGER : WHO_PARENT);
	add_idmap(p);
	add_raised_limits(p, WHO_PARENT);
	if (by_systemd(p)) /* there is a process for its scope */
		add_cgroup(p);
	add_time_namespace(p);
	add_early_process(p, WHO_INIT);
	add_session(p);
	add_cgroup_entry(p);
	if (!stager)
		add_joins(p, WHO_INIT);
	add_root_ids(p, WHO_INIT);
	add_nondumpable(p, WHO_INIT);
	add_cgroup_namespace(p);
	add_hostname_and_sysctls(p);
}

/* After the pivot, as far as the process can be prepared. */
static void make_ready(struct planner *p)
{
	/* A stager that joined another pid namespace is not in the /proc of that. */
	if (p->building && !p->plan->exec)
		add_labels(p);
	/* Before any path of the config is used: none may reach a descriptor of the host through
	 * /proc. */
	add_close(p);
	/* If this fails, it is tried again as the user: a directory may be inaccessible to root
	 * (NFS) or to the user. */
	add_chdir(p, MAY_FAIL);
	add_stdio(p);
	add_home(p);
	add_lookup(p);
}

/* What the process is: all of it is inherited by a clone. */
static void make_identity(struct planner *p)
{
	/* As late as possible, since they also apply to the runtime's own steps. */
	add_rlimits(p, false);
	if (!p->plan->exec)
		add_placement(p);
	add_attributes(p);
	if (!p->building)
		add_labels(p);
	add_bounding(p);
	add_user(p);
	add_chdir(p, 0);
	add_rlimits(p, true);
	/* Loading a filter needs no_new_privs or CAP_SYS_ADMIN. With the former, it is the last
	 * step before the execve(2); with the latter, it must come before the capabilities are
	 * dropped. */
	if (filters_late(p)) {
		add_dropped_caps(p);
		return;
	}
	if (!has_no_new_privs(p))
		add_seccomp(p);
	add_caps(p);
}

static void make_process(struct planner *p)
{
	if (has_no_new_privs(p)) {
		add_no_new_privs(p);
		add_seccomp(p);
	} else if (filters_late(p)) {
		add_seccomp(p);
		add_caps(p);
	}
	add_exec(p);
}

/* Where others may trace it, init appears with what its container's process will have. */
static void make_finished_init(struct planner *p)
{
	make_identity(p);
	add_finished_init(p);
	if (p->plan->exec) {
		/* Here rather than in the stager, which then does not count towards pids.max: one
		 * free pid is enough. */
		enter_cgroups(p, WHO_INIT);
		add_placement(p);
	} else {
		add_late_limits(p);
	}
	add_late_rlimits(p);
	add_late_session(p);
	if (has_listener(p) && !has_no_new_privs(p) && !filters_late(p))
		add_listener(p);
}

static void make_create(struct planner *p)
{
	/* Only looks. Their results complete the record. */
	begin_record(p);
	add_namespace_opens(p);
	add_socket_opens(p);
	add_listener_look(p);
	add_label_look(p);
	add_cgroup_look(p);
	ask_mount_trees(p);
	ask_device_trees(p);
	add_tree_looks(p);
	add_device_look(p);
	add_net_device_looks(p);
	add_rdt_look(p);

	/* The first effect is the record of how to undo all effects. */
	add(p, OP_RECORD, WHO_PARENT, "/");
	add_notify_directory(p);
	add_hook_logs(p);
	if (!by_systemd(p)) /* otherwise after the clone, since a scope needs a process */
		add_cgroup(p);
	add_cgroup_trees(p);

	/* The container's namespaces. From here on init is root in them. */
	make_init(p);

	/* Its root filesystem, attached but not yet "/". */
	add_root(p);
	add_mounts(p);
	add_notify_mount(p);
	add_devices(p);
	add_terminal(p);
	add_directory(p);
	add_paths(p);

	add_net_devices(p);
	add_rdt(p);

	/* Hooks that run after the runtime environment is created and before the root is
	 * changed. */
	if (has_hooks(p, OCI_HOOK_PRESTART) || has_hooks(p, OCI_HOOK_CREATE_RUNTIME)) {
		add(p, OP_PUBLISH, WHO_PARENT, "/hooks")->publish =
			(struct step_publish){ .status = OCI_CREATING };
		add_hooks(p, OCI_HOOK_PRESTART, WHO_PARENT);
		add_hooks(p, OCI_HOOK_CREATE_RUNTIME, WHO_PARENT);
	}
	add_hooks(p, OCI_HOOK_CREATE_CONTAINER, WHO_INIT);
	add_readonly_root(p);
	add_pivot(p);
	add_late_join(p);

	/* Prepare everything of the process that does not depend on start; then the container
	 * is created. */
	make_ready(p);
	if (builds_apart(p))
		make_finished_init(p);
	set_dumpable(p, true);
	add(p, OP_PUBLISH, WHO_PARENT, "/")->publish = (struct step_publish){
		.status = p->request->create.value ? OCI_CREATED : OCI_RUNNING,
		.pid_file = p->request->pid_file,
		.written = p->request->pid_file ? SLOT_PID_FILE : NO_SLOT,
	};
	if (p->request->create.value)
		add(p, OP_AWAIT, WHO_INIT, "/");
	set_dumpable(p, false);
	add_notify_socket(p);
	add_hooks(p, OCI_HOOK_START_CONTAINER, WHO_INIT);
	if (!builds_apart(p))
		make_identity(p);
	make_process(p);
	add_hooks(p, OCI_HOOK_POSTSTART, WHO_PARENT);
}

static void make_exec(struct planner *p)
{
	/* Looking only. */
	add_container_look(p);
	add_socket_opens(p);
	add_listener_look(p);
	find_cgroups(p);

	/* The stager drops the host's resources, joins the container, and takes the identity of the
	 * process. */
	add_exec_stager(p);
	add_initial_affinity(p);
	enter_cgroups(p, WHO_STAGER);
	add_rdt(p);
	add_raised_limits(p, WHO_STAGER);
	add_early_process(p, WHO_STAGER);
	p->building = true;
	add_labels(p);
	add_nondumpable(p, WHO_STAGER);
	add_leaving_of_host(p);
	add_joining(p);
	add_root_ids(p, WHO_STAGER);
	add_session(p);
	add_exec_terminal(p);
	make_ready(p);
	make_finished_init(p);
	add_exec_publish(p);
	make_process(p);
}

int plan_make_exec(struct plan *plan, const struct inputs *inputs)
{
	struct planner p;

	begin_plan(&p, plan, inputs);
	plan->exec = true;
	read_namespaces(&p);
	check_process(&p);
	check_attributes(&p);
	check_terminal(&p);
	check_seccomp(&p);
	check_joining(&p);
	if (!p.refused)
		make_exec(&p);
	return p.refused ? end_planning(&p) : seal_plan(&p);
}

int plan_make(struct plan *plan, const struct inputs *inputs)
{
	struct planner p;

	begin_plan(&p, plan, inputs);
	check_config(&p);
	if (p.refused)
		return end_planning(&p);
	make_create(&p);
	finish_scope(&p);
	if (p.refused)
		return end_planning(&p);
	return seal_plan(&p);
}

int plan_make_checkpoint(struct plan *plan, const struct inputs *inputs)
{
	struct planner p;

	begin_plan(&p, plan, inputs);
	plan->criu = true;
	read_namespaces(&p);
	read_mounts(&p);
	read_devices(&p);
	place_cgroups(&p);
	check_image(&p);
	if (p.refused)
		return end_planning(&p);
	add_image_opens(&p, true);
	add_criu(&p, false);
	add_dump(&p);
	return p.refused ? end_planning(&p) : seal_plan(&p);
}

static void make_restore(struct planner *p)
{
	begin_record(p);
	add_namespace_opens(p);
	add_socket_opens(p);
	add_image_opens(p, false);
	add_rootfs_open(p);
	add_cgroup_look(p);
	add_rdt_look(p);

	/* criu waits in the cgroups of the container, in which the restored processes are born. */
	add(p, OP_RECORD, WHO_PARENT, "/");
	add_hook_logs(p);
	add_criu(p, true);
	add_cgroup(p);
	add_rdt(p);

	add_restore(p);
	add(p, OP_PUBLISH, WHO_PARENT, "/")->publish = (struct step_publish){
		.status = OCI_RUNNING,
		.pid_file = p->request->pid_file,
		.written = p->request->pid_file ? SLOT_PID_FILE : NO_SLOT,
	};
	add_hooks(p, OCI_HOOK_POSTSTART, WHO_PARENT);
}

int plan_make_restore(struct plan *plan, const struct inputs *inputs)
{
	struct planner p;

	begin_plan(&p, plan, inputs);
	plan->criu = true;
	check_config(&p);
	check_image(&p);
	if (p.refused)
		return end_planning(&p);
	make_restore(&p);
	finish_scope(&p);
	return p.refused ? end_planning(&p) : seal_plan(&p);
}

int plan_make_poststop(struct plan *plan, const struct inputs *inputs)
{
	struct planner p;

	begin_plan(&p, plan, inputs);
	add_hooks(&p, OCI_HOOK_POSTSTOP, WHO_PARENT);
	plan->sealed = true;
	return 0;
}
