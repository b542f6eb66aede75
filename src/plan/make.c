/* SPDX-License-Identifier: Apache-2.0 */
/* The table of contents of the runtime: what happens in the making of a container, in which order. The
 * reasons for the order are the rules of lint.c. */
#include "planner.h"

#include "base/report.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

struct step *add(struct planner *p, enum op_kind op, enum who who, const char *pointer, ...)
{
	struct plan *plan = p->plan;
	va_list arguments;

	plan->step = pool_grow(p->pool, plan->step, plan->steps, sizeof *plan->step);
	struct step *step = &plan->step[plan->steps++];
	va_start(arguments, pointer);
	*step = (struct step){ .op = op,
			       .who = who,
			       .pointer = pool_vtext(p->pool, pointer, arguments) };
	va_end(arguments);
	return step;
}

void refuse(struct planner *p, const char *pointer, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	if (p->refused)
		return;
	p->refused = true;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	(void)fail(0, NULL, "%s", text);
	snprintf(error_last()->pointer, sizeof error_last()->pointer, "%s", pointer);
}

void warn(struct planner *p, const char *format, ...)
{
	struct strings *w = &p->plan->warnings;
	va_list arguments;

	va_start(arguments, format);
	w->item = pool_grow(p->pool, w->item, w->count, sizeof *w->item);
	w->item[w->count++] = pool_vtext(p->pool, format, arguments);
	va_end(arguments);
}

const struct config_linux *linux_of(const struct planner *p)
{
	static const struct config_linux none;

	return p->config->linux_ ? p->config->linux_ : &none;
}

const char *annotation(const struct planner *p, const char *key)
{
	const struct string_map *map = &p->config->annotations;

	for (size_t i = 0; i < map->count; i++)
		if (!strcmp(map->item[i].key, key))
			return map->item[i].value;
	return NULL;
}

const char *in_bundle(struct planner *p, const char *path)
{
	return *path == '/' ? path : pool_text(p->pool, "%s/%s", p->options->bundle, path);
}

static const char *recorded_devices(struct planner *p)
{
	const char *text = "";

	for (size_t i = 0; i < p->plan->steps; i++)
		if (p->plan->step[i].op == OP_NETDEV)
			text = pool_text(p->pool, "%s%s{\"name\":%s,\"newName\":%s}", text,
					 *text ? "," : "",
					 json_quote(p->pool, p->plan->step[i].netdev.name),
					 json_quote(p->pool, p->plan->step[i].netdev.new_name));
	return text;
}

static const struct step_rdt *rdt_step(const struct planner *p)
{
	for (size_t i = 0; i < p->plan->steps; i++)
		if (p->plan->step[i].op == OP_RDT)
			return &p->plan->step[i].rdt;
	return NULL;
}

/* What delete and a failed create undo: the cgroups, the root if it is mounted where others see it, and last the
 * state directory with this record in it. New namespaces and the mounts in them end with init. */
static const char *undo_record(struct planner *p)
{
	const char *text = "{\"cgroups\":[", *comma = "";

	for (size_t i = 0; i < p->host->cgroups.count; i++) {
		if (!p->cgroup[i].used)
			continue;
		const struct hierarchy *h = &p->host->cgroups.item[i];
		bool shared = by_systemd(p) && by_systemd_too(h);
		text = pool_text(p->pool,
				 "%s%s{\"mount\":%s,\"path\":%s,\"unified\":%s,\"shared\":%s}",
				 text, comma, json_quote(p->pool, h->mount),
				 json_quote(p->pool, p->cgroup[i].path),
				 h->unified.value ? "true" : "false", shared ? "true" : "false");
		comma = ",";
	}
	if (!ns_new(p, OCI_NS_MOUNT))
		text = pool_text(p->pool, "%s],\"mount\":{\"path\":%s%s%s}", text,
				 json_quote(p->pool, in_bundle(p, p->config->root->path)),
				 ns_joined(p, OCI_NS_MOUNT) ? ",\"namespace\":" : "",
				 ns_joined(p, OCI_NS_MOUNT)
					 ? json_quote(p->pool, p->ns[OCI_NS_MOUNT]->path)
					 : "");
	else
		text = pool_text(p->pool, "%s]", text);
	if (ns_joined(p, OCI_NS_NETWORK) && linux_of(p)->net_devices.count)
		text = pool_text(p->pool, "%s,\"netDevices\":{\"namespace\":%s,\"device\":[%s]}",
				 text, json_quote(p->pool, p->ns[OCI_NS_NETWORK]->path),
				 recorded_devices(p));
	const struct step_rdt *rdt = rdt_step(p);
	if (rdt)
		text = pool_text(p->pool, "%s,\"class\":{\"path\":%s%s%s}", text,
				 json_quote(p->pool, rdt->path),
				 rdt->monitor ? ",\"monitor\":" : "",
				 rdt->monitor ? json_quote(p->pool, rdt->monitor) : "");
	return pool_text(p->pool, "%s%s%s,\"poststop\":%s}", text, recorded_scope(p),
			 ns_new(p, OCI_NS_PID) ? "" : ",\"othersPids\":true",
			 has_hooks(p, OCI_HOOK_POSTSTOP) ? "true" : "false");
}

static void seal_root(struct planner *p)
{
	if (p->config->root->readonly.value)
		add(p, OP_SEAL, WHO_INIT, "/root/readonly")->seal =
			(struct step_seal){ SLOT_ROOT, { .set = MOUNT_ATTR_RDONLY } };
}

/* An exec into a created container joins its init, and without privileges can do so only if init is visible. Its only
 * neighbours are such processes then, with no more rights than init has. */
static void add_await(struct planner *p)
{
	bool visible = !p->privileged && ns_new(p, OCI_NS_PID) && ns_new(p, OCI_NS_USER);

	if (visible)
		add(p, OP_HIDE, WHO_INIT, "/")->visible = true;
	add(p, OP_AWAIT, WHO_INIT, "/");
	if (visible)
		add(p, OP_HIDE, WHO_INIT, "/");
}

static void make(struct planner *p)
{
	/* Looking only. */
	add_namespace_opens(p);
	add_socket_opens(p);
	add_listener_look(p);
	add_cgroup_look(p);
	ask_mount_trees(p);
	ask_device_trees(p);
	add_tree_looks(p);

	/* The first effect is the record of how to undo all effects. */
	add(p, OP_RECORD, WHO_PARENT, "/");
	add_notify_directory(p);
	add_hook_logs(p);
	if (!by_systemd(p)) { /* else when there is a process for its scope */
		add_cgroup(p);
		add_cgroup_trees(p);
	}

	/* The container's namespaces; init is root in them from here on. */
	add_clone(p);
	add_cgroup_namespace(p);
	add_identity_of_host(p);

	/* Its root filesystem, attached but not yet "/". */
	add_root(p);
	add_mounts(p);
	add_notify_mount(p);
	add_devices(p);
	add_terminal(p);
	add_paths(p);

	add_net_devices(p);
	add_rdt(p);

	/* Hooks between "the environment is there" and "the root is changed". */
	if (has_hooks(p, OCI_HOOK_PRESTART) || has_hooks(p, OCI_HOOK_CREATE_RUNTIME)) {
		add(p, OP_PUBLISH, WHO_PARENT, "/hooks")->publish =
			(struct step_publish){ .status = OCI_CREATING };
		add_hooks(p, OCI_HOOK_PRESTART, WHO_PARENT);
		add_hooks(p, OCI_HOOK_CREATE_RUNTIME, WHO_PARENT);
	}
	add_hooks(p, OCI_HOOK_CREATE_CONTAINER, WHO_INIT);
	seal_root(p);
	add_pivot(p);

	/* The process, as far as it can be prepared; then the container is created. */
	add_process_lookup(p);
	add(p, OP_PUBLISH, WHO_PARENT, "/")->publish = (struct step_publish){
		.status = p->options->create.value ? OCI_CREATED : OCI_RUNNING,
		.pid_file = p->options->pid_file
	};
	if (p->options->create.value)
		add_await(p);
	add_notify_socket(p);
	add_hooks(p, OCI_HOOK_START_CONTAINER, WHO_INIT);
	add_process_exec(p);
	add_hooks(p, OCI_HOOK_POSTSTART, WHO_PARENT);
}

/* Only now it is known which directories of cgroups are used: a descriptor for each would be one too many. */
static void note_used_cgroups(struct plan *plan)
{
	bool used[CGROUP_MAX] = { false };

	for (size_t i = plan->steps; i-- > 0;) {
		struct step *s = &plan->step[i];
		if (s->op == OP_LIMIT)
			used[s->limit.hierarchy] = true;
		else if (s->op == OP_DEVICES)
			used[s->devices.hierarchy] = true;
		else if (s->op == OP_OWNER)
			used[s->owner.hierarchy] = true;
		else if (s->op == OP_CLONE && s->clone.cgroup != NO_SLOT)
			used[s->clone.cgroup] = true;
		else if (s->op == OP_CGROUP)
			s->cgroup.used = used[s->cgroup.hierarchy];
		else if (s->op == OP_SCOPE)
			s->scope.cgroup.used = used[s->scope.cgroup.hierarchy];
	}
}

void begin_plan(struct planner *p, struct plan *plan, const struct config *config,
		const struct options *options, const struct host *host)
{
	*plan = (struct plan){ .slots = SLOT_TREE };
	*p = (struct planner){ .plan = plan,
			       .pool = &plan->pool,
			       .config = config,
			       .options = options,
			       .host = host,
			       .privileged = host_can(host, CAP_SYS_ADMIN) };
	error_clear();
}

int plan_make(struct plan *plan, const struct config *config, const struct options *options,
	      const struct host *host)
{
	struct planner p;

	begin_plan(&p, plan, config, options, host);
	check_config(&p);
	if (p.refused)
		return -EINVAL;
	make(&p);
	finish_scope(&p);
	if (p.refused)
		return -EINVAL;
	note_used_cgroups(plan);
	plan->undo = undo_record(&p);
	int err = plan_lint(plan);
	plan->sealed = !err;
	return err;
}

int plan_make_poststop(struct plan *plan, const struct config *config,
		       const struct options *options, const struct host *host)
{
	struct planner p;

	begin_plan(&p, plan, config, options, host);
	add_hooks(&p, OCI_HOOK_POSTSTOP, WHO_PARENT);
	plan->sealed = true;
	return 0;
}

int plan_make_update(struct plan *plan, const struct config *config, const struct options *options,
		     const struct host *host, const struct resources *resources,
		     const struct current *current)
{
	struct planner p;

	begin_plan(&p, plan, config, options, host);
	p.current = current;
	add_new_limits(&p, resources);
	if (p.refused)
		return -EINVAL;
	plan->sealed = true;
	return 0;
}
