/* SPDX-License-Identifier: Apache-2.0 */
/* config.md, "POSIX-platform Hooks". The state that a hook reads from stdin is rendered here,
 * except for the pid, which is not known yet. */
#include "planner.h"

#include <string.h>

enum { HEAD_START = 10 };

static const struct hook_list *hooks_of(const struct planner *p, enum oci_hook when)
{
	static const struct hook_list none;

	return p->config->hooks ? &p->config->hooks->list[when] : &none;
}

bool has_hooks(const struct planner *p, enum oci_hook when)
{
	return hooks_of(p, when)->count > 0;
}

/* crun(1). The parent opens these files, since a hook in the container can't reach them. */
static const char *const output[] = { "run.oci.hooks.stdout", "run.oci.hooks.stderr" };

static const char *output_of(const struct planner *p, int i)
{
	const char *path = annotation(p, output[i]);

	return path && *path ? path : NULL;
}

void check_hooks(struct planner *p)
{
	for (int i = 0; i < 2; i++)
		if (output_of(p, i) && *output_of(p, i) != '/')
			refuse(p, CODE_PATH, pool_text(p->pool, "/annotations/%s", output[i]),
			       "\"%s\" is not an absolute path", output_of(p, i));
	for (int when = 0; when < OCI_HOOK_COUNT; when++) {
		const struct hook_list *list = hooks_of(p, (enum oci_hook)when);
		for (size_t i = 0; i < list->count; i++) {
			const struct hook *hook = &list->item[i];
			const char *pointer = pool_text(p->pool, "/hooks/%s/%zu",
							name_text(&hook_names, when), i);
			if (*hook->path != '/')
				refuse(p, CODE_PATH, pool_text(p->pool, "%s/path", pointer),
				       "\"%s\" is not an absolute path", hook->path);
			if (hook->timeout.set &&
			    (hook->timeout.value < 1 || hook->timeout.value > 2000000))
				refuse(p, CODE_VALUE, pool_text(p->pool, "%s/timeout", pointer),
				       "a timeout is from 1 to 2000000 seconds");
			check_lengths(p, &hook->args, pool_text(p->pool, "%s/args", pointer));
			check_lengths(p, &hook->env, pool_text(p->pool, "%s/env", pointer));
			check_total(p, &hook->args, &hook->env, pointer);
		}
	}
}

/* runtime.md, "Lifecycle": step 2 is complete when the first hooks run, so the status is
 * "created". */
static enum oci_status status_at(enum oci_hook when)
{
	return when == OCI_HOOK_POSTSTART  ? OCI_RUNNING
	       : when == OCI_HOOK_POSTSTOP ? OCI_STOPPED
					   : OCI_CREATED;
}

static char **vector(struct planner *p, const struct strings *list, const char *otherwise)
{
	char **v = pool_alloc(p->pool, (list->count + 2) * sizeof *v);
	size_t count = 0;

	for (; count < list->count; count++)
		v[count] = pool_copy(p->pool, list->item[count], strlen(list->item[count]));
	if (!count && otherwise)
		v[0] = pool_copy(p->pool, otherwise, strlen(otherwise));
	return v;
}

void add_hook_logs(struct planner *p)
{
	for (int i = 0; i < 2; i++)
		if (output_of(p, i) && (has_hooks(p, OCI_HOOK_CREATE_CONTAINER) ||
					has_hooks(p, OCI_HOOK_START_CONTAINER)))
			add(p, OP_OPEN, WHO_PARENT, "/annotations/%s", output[i])->open =
				(struct step_open){ .kind = OPEN_LOG,
						    .path = output_of(p, i),
						    .slot = SLOT_OUT + i };
}

/* config.md, "env": without one, a hook inherits the environment of the runtime, as in other
 * runtimes; a hook in the container gets that of the process. An empty list means an empty
 * environment. */
static void set_environment(struct planner *p, struct step_hook *step, const struct hook *hook)
{
	if (hook->env.item)
		step->env = vector(p, &hook->env, NULL);
	else if (step->when == OCI_HOOK_START_CONTAINER && p->config->process)
		step->env = hook_environment(p);
}

void add_hooks(struct planner *p, enum oci_hook when, enum who who)
{
	const struct hook_list *list = hooks_of(p, when);
	const char *head = list->count ? state_head(p, status_at(when)) : NULL;
	const char *const out[] = { output_of(p, 0), output_of(p, 1) };

	for (size_t i = 0; i < list->count; i++) {
		const struct hook *hook = &list->item[i];
		struct step_hook step = {
			.when = when,
			.path = hook->path,
			.argv = vector(p, &hook->args, hook->path),
			.timeout = (int)hook->timeout.value,
			/* config.md: poststart hooks run "after the user-specified process is
			 * executed". The execve(2) has completed by then, but a hook could
			 * still run before the dynamic loader has started the program. */
			.head_start = when == OCI_HOOK_POSTSTART && i == 0 ? HEAD_START : 0,
			.head = head,
			.tail = "}",
			.out = { out[0], out[1] },
		};
		set_environment(p, &step, hook);
		add(p, OP_HOOK, who, "/hooks/%s/%zu", name_text(&hook_names, (int)when), i)->hook =
			step;
	}
}
