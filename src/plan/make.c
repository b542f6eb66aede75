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
	va_list arguments;

	if (p->refused)
		return;
	p->refused = true;
	va_start(arguments, format);
	p->refusal = pool_vtext(p->pool, format, arguments);
	va_end(arguments);
	p->refused_at = pool_copy(p->pool, pointer, strlen(pointer));
}

int end_planning(struct planner *p)
{
	if (!p->refused)
		return 0;
	/* Whatever failed and was got over since then has left its own words there. */
	(void)fail(0, NULL, "%s", p->refusal);
	snprintf(error_last()->pointer, sizeof error_last()->pointer, "%s", p->refused_at);
	return -EINVAL;
}

void warn(struct planner *p, const char *pointer, const char *format, ...)
{
	struct warning warning = { .pointer = pool_copy(p->pool, pointer, strlen(pointer)) };
	va_list arguments;

	va_start(arguments, format);
	warning.text = pool_vtext(p->pool, format, arguments);
	va_end(arguments);
	p->plan->warnings.item = pool_grow(p->pool, p->plan->warnings.item, p->plan->warnings.count,
					   sizeof warning);
	p->plan->warnings.item[p->plan->warnings.count++] = warning;
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

static void *item_of(struct planner *p, size_t size)
{
	return pool_alloc(p->pool, size);
}

static void record_cgroups(struct planner *p, struct record *r)
{
	r->cgroups.item = pool_alloc(p->pool, CGROUP_MAX * sizeof *r->cgroups.item);
	for (size_t i = 0; i < p->host->cgroups.count; i++) {
		const struct hierarchy *h = &p->host->cgroups.item[i];
		if (p->cgroup[i].used)
			r->cgroups.item[r->cgroups.count++] = (struct recorded_cgroup){
				.mount = h->mount,
				.path = p->cgroup[i].path,
				.unified = h->unified,
				.shared = { by_systemd(p) && by_systemd_too(h), true },
			};
	}
}

static void record_devices(struct planner *p, struct record *r)
{
	struct recorded_devices *d = item_of(p, sizeof *d);

	if (!ns_joined(p, OCI_NS_NETWORK) || !linux_of(p)->net_devices.count)
		return;
	d->namespace = p->ns[OCI_NS_NETWORK]->path;
	for (size_t i = 0; i < p->plan->steps; i++)
		if (p->plan->step[i].op == OP_NETDEV) {
			const struct step_netdev *n = &p->plan->step[i].netdev;
			d->device.item = pool_grow(p->pool, d->device.item, d->device.count,
						   sizeof *d->device.item);
			d->device.item[d->device.count++] = (struct recorded_device){
				.name = n->name, .new_name = n->new_name
			};
		}
	r->net_devices = d;
}

static void record_class(struct planner *p, struct record *r)
{
	for (size_t i = 0; i < p->plan->steps; i++)
		if (p->plan->step[i].op == OP_RDT) {
			const struct step_rdt *rdt = &p->plan->step[i].rdt;
			r->class = item_of(p, sizeof *r->class);
			*r->class = (struct recorded_class){ .path = rdt->path,
							     .monitor = rdt->monitor };
			return;
		}
}

/* What delete and a failed create undo: the cgroups, the root if it is mounted where others see it, and last the
 * state directory with this record in it. New namespaces and the mounts in them end with init. */
static struct record *make_record(struct planner *p)
{
	struct record *r = item_of(p, sizeof *r);

	record_cgroups(p, r);
	record_devices(p, r);
	record_class(p, r);
	if (!ns_new(p, OCI_NS_MOUNT)) {
		r->mount = item_of(p, sizeof *r->mount);
		r->mount->path = in_bundle(p, p->config->root->path);
		r->mount->namespace = ns_joined(p, OCI_NS_MOUNT) ? p->ns[OCI_NS_MOUNT]->path : NULL;
	}
	r->scope = recorded_scope(p);
	r->others_pids = (struct opt_bool){ !ns_new(p, OCI_NS_PID), true };
	r->poststop = (struct opt_bool){ has_hooks(p, OCI_HOOK_POSTSTOP), true };
	return r;
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
	add_device_look(p);

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
	add_directory(p);
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
		return end_planning(&p);
	make(&p);
	finish_scope(&p);
	if (p.refused)
		return end_planning(&p);
	note_used_cgroups(plan);
	plan->record = make_record(&p);
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
		return end_planning(&p);
	plan->sealed = true;
	return 0;
}
