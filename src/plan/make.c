/* SPDX-License-Identifier: Apache-2.0 */
/* Overview of the runtime: the steps of a container's creation, in order. The reasons for the
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
 * execs, with no more privileges than init. */
static void add_await(struct planner *p)
{
	bool visible = !p->privileged && ns_new(p, OCI_NS_PID) && ns_new(p, OCI_NS_USER);

	if (visible)
		add(p, OP_DUMPABLE, WHO_INIT, "/")->dumpable.dumpable = true;
	add(p, OP_AWAIT, WHO_INIT, "/");
	if (visible)
		add(p, OP_DUMPABLE, WHO_INIT, "/");
}

/* Records what undo() needs and only the config as a whole determines. Everything else is
 * recorded where its steps are added. */
static void begin_record(struct planner *p)
{
	struct record *r = p->plan->record = pool_alloc(p->pool, sizeof *r);

	r->others_pids = (struct opt_bool){ !ns_new(p, OCI_NS_PID), true };
	r->poststop = (struct opt_bool){ has_hooks(p, OCI_HOOK_POSTSTOP), true };
}

static void make(struct planner *p)
{
	/* Only looks. Their results complete the record. */
	begin_record(p);
	add_namespace_opens(p);
	add_socket_opens(p);
	add_listener_look(p);
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
	if (!by_systemd(p)) { /* otherwise after the clone, since a scope needs a process */
		add_cgroup(p);
		add_cgroup_trees(p);
	}

	/* The container's namespaces. From here on init is root in them. */
	add_clone(p);
	add_cgroup_namespace(p);
	add_hostname_and_sysctls(p);

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

	/* Prepare everything of the process that does not depend on start; then the container
	 * is created. */
	add_process_lookup(p);
	add(p, OP_PUBLISH, WHO_PARENT, "/")->publish = (struct step_publish){
		.status = p->options->create.value ? OCI_CREATED : OCI_RUNNING,
		.pid_file = p->options->pid_file,
		.written = p->options->pid_file ? SLOT_PID_FILE : NO_SLOT,
	};
	if (p->options->create.value)
		add_await(p);
	add_notify_socket(p);
	add_hooks(p, OCI_HOOK_START_CONTAINER, WHO_INIT);
	add_process_exec(p);
	add_hooks(p, OCI_HOOK_POSTSTART, WHO_PARENT);
}

int plan_make(struct plan *plan, const struct inputs *inputs)
{
	struct planner p;

	begin_plan(&p, plan, inputs);
	check_config(&p);
	if (p.refused)
		return end_planning(&p);
	make(&p);
	finish_scope(&p);
	if (p.refused)
		return end_planning(&p);
	return seal_plan(&p);
}

int plan_make_poststop(struct plan *plan, const struct inputs *inputs)
{
	struct planner p;

	begin_plan(&p, plan, inputs);
	add_hooks(&p, OCI_HOOK_POSTSTOP, WHO_PARENT);
	plan->sealed = true;
	return 0;
}
