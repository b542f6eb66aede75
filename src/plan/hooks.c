/* SPDX-License-Identifier: Apache-2.0 */
/* config.md, "POSIX-platform Hooks". The state that a hook reads on its stdin is rendered here, but for the
 * pid, which nobody knows yet. */
#include "planner.h"

#include "libocispec/write.h"

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

/* crun(1). Hooks in the container can't open the host's files themselves. */
static const char *const output[] = { "run.oci.hooks.stdout", "run.oci.hooks.stderr" };

void check_hooks(struct planner *p)
{
	for (int i = 0; i < 2; i++)
		if (annotation(p, output[i]) && *annotation(p, output[i]) != '/')
			refuse(p, pool_text(p->pool, "/annotations/%s", output[i]),
			       "\"%s\" is not an absolute path", annotation(p, output[i]));
	for (int when = 0; when < OCI_HOOK_COUNT; when++) {
		const struct hook_list *list = hooks_of(p, (enum oci_hook)when);
		for (size_t i = 0; i < list->count; i++) {
			const struct hook *hook = &list->item[i];
			const char *pointer = pool_text(p->pool, "/hooks/%s/%zu",
							name_text(&hook_names, when), i);
			if (*hook->path != '/')
				refuse(p, pool_text(p->pool, "%s/path", pointer),
				       "\"%s\" is not an absolute path", hook->path);
			if (hook->timeout.set &&
			    (hook->timeout.value < 1 || hook->timeout.value > 2000000))
				refuse(p, pool_text(p->pool, "%s/timeout", pointer),
				       "a timeout is from 1 to 2000000 seconds");
		}
	}
}

/* runtime.md, "Lifecycle": step 2 is over when the first hooks run, so the container is "created". */
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
		if (annotation(p, output[i]) && (has_hooks(p, OCI_HOOK_CREATE_CONTAINER) ||
						 has_hooks(p, OCI_HOOK_START_CONTAINER)))
			add(p, OP_OPEN, WHO_PARENT, "/annotations/%s", output[i])->open =
				(struct step_open){ .kind = OPEN_LOG,
						    .path = annotation(p, output[i]),
						    .slot = SLOT_OUT + i };
}

const char *state_head(struct planner *p, enum oci_status status)
{
	struct state state = {
		.oci_version = OCI_VERSION,
		.id = p->options->id,
		.status = { (int)status, true },
		.bundle = p->options->bundle,
		.annotations = p->config->annotations,
	};
	char *head = json_print(p->pool, &shape_state, &state, JSON_LINE);

	head[strlen(head) - 1] = '\0'; /* the closing brace is the tail's */
	return pool_text(p->pool, "%s,\"pid\":", head);
}

void add_hooks(struct planner *p, enum oci_hook when, enum who who)
{
	const struct hook_list *list = hooks_of(p, when);

	for (size_t i = 0; i < list->count; i++) {
		const struct hook *hook = &list->item[i];
		add(p, OP_HOOK, who, "/hooks/%s/%zu", name_text(&hook_names, (int)when), i)
			->hook = (struct step_hook){
			.when = when,
			.path = hook->path,
			.argv = vector(p, &hook->args, hook->path),
			/* Without env a hook inherits nothing (config.md, "env"); in the container it sees what the
			 * process will see. */
			.env = vector(p,
				      when == OCI_HOOK_START_CONTAINER && !hook->env.item &&
						      p->config->process
					      ? &p->config->process->env
					      : &hook->env,
				      NULL),
			.timeout = (int)hook->timeout.value,
			/* config.md: poststart hooks run "after the user-specified process is executed". The exec is
			 * awaited; but a hook that is quicker than the program's loader would still see nothing. */
			.head_start = when == OCI_HOOK_POSTSTART && i == 0 ? HEAD_START : 0,
			.head = state_head(p, status_at(when)),
			.tail = "}",
			.out = { annotation(p, output[0]), annotation(p, output[1]) },
		};
	}
}
