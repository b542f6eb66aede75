/* SPDX-License-Identifier: Apache-2.0 */
/* A process in an existing container. A stager gives up all resources of the host, joins the
 * container's namespaces with one call, takes the identity and the capabilities of the process,
 * and clones it as the last thing, as a create in a joined pid namespace does (make.c). The stager
 * itself stays outside of the pid namespace. Other processes of the container can therefore take
 * nothing from the new one that it will not have, except for the files through which it enters its
 * cgroups. */
#include "paths.h"
#include "planner.h"

#include <string.h>

/* "cpu,memory:sub" applies to those controllers, "sub" to all. Returns the path, or NULL if
 * the text does not apply to this cgroup. */
static const char *below_of(struct planner *p, const struct joined_cgroup *c, const char *text)
{
	size_t length = strcspn(text, ":");

	if (!text[length])
		return text;
	for (const char *word = text; word < text + length; word += strcspn(word, ",:") + 1)
		if (listed(c->controllers, pool_copy(p->pool, word, strcspn(word, ",:")), ','))
			return text + length + 1;
	return NULL;
}

void check_joining(struct planner *p)
{
	const struct joining *joining = p->inputs->joining;

	for (size_t i = 0; i < joining->below.count; i++) {
		const char *text = joining->below.item[i];
		bool known = !strchr(text, ':');
		for (size_t k = 0; k < joining->cgroups; k++)
			known |= !joining->cgroup[k].unified &&
				 below_of(p, &joining->cgroup[k], text) != NULL;
		const char *colon = strchr(text, ':');
		if (has_parent_reference(colon ? colon + 1 : text))
			refuse(p, CODE_CGROUP, "", "--cgroup %s has a component \"..\"", text);
		else if (!joining->cgroups)
			refuse(p, CODE_CGROUP, "",
			       "--cgroup %s: the container has no cgroup of its own", text);
		else if (!known)
			refuse(p, CODE_CGROUP, "",
			       "--cgroup %s: the container has no v1 controller of this name",
			       text);
	}
}

static const char *initial_affinity(const struct planner *p)
{
	const struct cpu_affinity *affinity = p->config->process->exec_cpu_affinity;

	return affinity && affinity->initial && *affinity->initial ? affinity->initial : NULL;
}

/* To enter cgroup2 takes 10 ms (design.md, 7), to be born in it nothing. The affinity that is asked
 * for the time before may have processors that the cgroup does not have. */
static bool is_birthplace(const struct planner *p, bool unified)
{
	return unified && p->host->kernel.value >= 507 && !initial_affinity(p);
}

/* The files through which the process enters the container's cgroups, or the child cgroups
 * that were requested; and the directory in which it is born, if there is one. */
void find_cgroups(struct planner *p)
{
	const struct joining *joining = p->inputs->joining;

	for (size_t i = 0; i < joining->cgroups; i++) {
		const struct joined_cgroup *c = &joining->cgroup[i];
		const char *below = NULL;
		for (size_t k = 0; k < joining->below.count; k++) {
			const char *text = below_of(p, c, joining->below.item[k]);
			below = text ? text : below;
		}
		struct step *step = add(p, OP_FIND_CGROUP, WHO_PARENT, "/");
		below = below ? below + strspn(below, "/") : NULL;
		step->cgroup = (struct step_cgroup){
			.directory = is_birthplace(p, c->unified) ? SLOT_CGROUP : NO_SLOT,
			.mount = c->mount,
			.path = below && *below ? pool_text(p->pool, "%s/%s", c->path, below)
						: c->path,
			.entry = SLOT_ENTRY + (int)i,
			.unified = c->unified,
		};
		step->allow = c->unified && !below ? MAY_FOLLOW : 0;
	}
}

/* Before Linux 5.16 the permissions of the process that writes to the file are checked, not of the
 * one that opened it: those of the container's process are not enough. v1 also wants the user of
 * both to be the same, unless it is root that has opened it. */
static enum who enters(const struct planner *p, const struct step_cgroup *c)
{
	return p->host->kernel.value < 516 || (!c->unified && p->host->uid.value) ? WHO_STAGER
										  : WHO_INIT;
}

void enter_cgroups(struct planner *p, enum who who)
{
	for (size_t i = 0, finds = p->plan->steps; i < finds; i++)
		if (p->plan->step[i].op == OP_FIND_CGROUP &&
		    enters(p, &p->plan->step[i].cgroup) == who) {
			const struct step_cgroup c = p->plan->step[i].cgroup;
			add(p, OP_ENTER, who, "/")->enter =
				(struct step_enter){ c.mount, c.path, c.entry,
						     c.directory ? SLOT_IN_CGROUP : NO_SLOT, true };
		}
}

static void add_open(struct planner *p, enum who who, enum open_kind kind, const char *path,
		     int slot)
{
	add(p, OP_OPEN, who, "/")->open =
		(struct step_open){ .kind = kind, .path = path, .slot = slot };
}

void add_container_look(struct planner *p)
{
	add(p, OP_OPEN, WHO_PARENT, "/")->open = (struct step_open){ .kind = OPEN_INIT,
								     .path = "the container's init",
								     .slot = SLOT_INIT,
								     .pid = SLOT_INIT_PID };
	if (!p->ns[OCI_NS_MOUNT])
		add_open(p, WHO_PARENT, OPEN_ROOT, NULL, SLOT_ROOT);
}

void add_exec_stager(struct planner *p)
{
	struct step_clone clone = { .child = WHO_STAGER, .builder = true };

	for (size_t i = 0; i < p->inputs->joining->cgroups; i++)
		if (is_birthplace(p, p->inputs->joining->cgroup[i].unified)) {
			clone.cgroup = SLOT_CGROUP;
			clone.in_cgroup = SLOT_IN_CGROUP;
		}
	add(p, OP_CLONE, WHO_PARENT, "/")->clone = clone;
}

void add_initial_affinity(struct planner *p)
{
	if (initial_affinity(p))
		add_affinity(p, WHO_STAGER, initial_affinity(p),
			     "/process/execCPUAffinity/initial");
}

/* Without a mount namespace of its own the container differs from the host by its root only. */
void add_leaving_of_host(struct planner *p)
{
	if (!p->ns[OCI_NS_MOUNT])
		add(p, OP_PIVOT, WHO_STAGER, "/root")->pivot = (struct step_pivot){ PIVOT_CHROOT,
										    SLOT_ROOT };
	add(p, OP_CLOSE, WHO_STAGER, "/")->close =
		(struct step_close){ (int)p->request->preserve_fds.value, true, true };
}

void add_joining(struct planner *p)
{
	uint64_t all = joinable_namespaces(p);

	if (all)
		add(p, OP_JOIN, WHO_STAGER, "/")->join =
			(struct step_join){ .slot = SLOT_INIT, .pid = SLOT_INIT_PID, .all = all };
}

void add_exec_terminal(struct planner *p)
{
	if (!p->config->process->terminal.value)
		return;
	add_open(p, WHO_INIT, OPEN_ROOT, "/", SLOT_ROOT);
	add_terminal(p);
}

void add_exec_publish(struct planner *p)
{
	const char *pid_file = p->request->pid_file;

	if (tells_pid(p))
		add(p, OP_PUBLISH, WHO_PARENT, "/")->publish =
			(struct step_publish){ .pid_file = pid_file,
					       .aside = true,
					       .written = pid_file ? SLOT_PID_FILE : NO_SLOT };
}
