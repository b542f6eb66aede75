/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that all parts of the planner use: adding a step, refusing, warning, and simple
 * queries of the config. */
#include "planner.h"

#include "base/error.h"
#include "libocispec/json.h"
#include "libocispec/write.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void begin_plan(struct planner *p, struct plan *plan, const struct inputs *inputs)
{
	*plan = (struct plan){ .slots = SLOT_TREE };
	*p = (struct planner){ .plan = plan,
			       .pool = &plan->pool,
			       .inputs = inputs,
			       .config = inputs->config,
			       .request = inputs->request,
			       .host = inputs->host,
			       .privileged = host_can(inputs->host, CAP_SYS_ADMIN) };
	error_clear();
}

struct step *add(struct planner *p, enum op_kind op, enum who who, const char *pointer, ...)
{
	struct plan *plan = p->plan;
	va_list arguments;

	plan->step = pool_grow(p->pool, plan->step, plan->steps, sizeof *plan->step);
	struct step *step = &plan->step[plan->steps++];
	va_start(arguments, pointer);
	*step = (struct step){ .op = op,
			       .who = p->building && who == WHO_INIT ? WHO_STAGER : who,
			       .pointer = pool_vtext(p->pool, pointer, arguments) };
	va_end(arguments);
	return step;
}

__attribute__((format(printf, 5, 0))) static void find(struct planner *p, enum severity severity,
						       enum code code, const char *pointer,
						       const char *format, va_list arguments)
{
	const struct finding finding = { .severity = severity,
					 .code = code,
					 .pointer = pool_copy(p->pool, pointer, strlen(pointer)),
					 .text = pool_vtext(p->pool, format, arguments) };

	finding_add(p->pool, &p->plan->findings, &finding);
}

void refuse(struct planner *p, enum code code, const char *pointer, const char *format, ...)
{
	va_list arguments;

	p->refused = true;
	va_start(arguments, format);
	find(p, SEVERITY_ERROR, code, pointer, format, arguments);
	va_end(arguments);
}

void warn(struct planner *p, enum code code, const char *pointer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	find(p, SEVERITY_WARNING, code, pointer, format, arguments);
	va_end(arguments);
}

void note(struct planner *p, enum code code, const char *pointer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	find(p, SEVERITY_NOTE, code, pointer, format, arguments);
	va_end(arguments);
}

void cure(struct planner *p, const char *format, ...)
{
	struct findings *all = &p->plan->findings;
	va_list arguments;

	va_start(arguments, format);
	all->item[all->count - 1].cure = pool_vtext(p->pool, format, arguments);
	va_end(arguments);
}

const char *state_head(struct planner *p, enum oci_status status)
{
	struct state state = {
		.oci_version = OCI_VERSION,
		.id = p->request->id,
		.status = { (int)status, true },
		.bundle = p->request->bundle,
		.annotations = p->config->annotations,
	};
	char *head = json_print(p->pool, &shape_state, &state, JSON_LINE);

	head[strlen(head) - 1] = '\0'; /* the tail adds the closing brace */
	return pool_text(p->pool, "%s,\"pid\":", head);
}

const struct process *process_of(const struct planner *p)
{
	static const struct process none;

	return p->config->process ? p->config->process : &none;
}

const struct config_linux *linux_of(const struct planner *p)
{
	static const struct config_linux none;

	return p->config->linux_ ? p->config->linux_ : &none;
}

const char *annotation(const struct planner *p, const char *key)
{
	return config_annotation(p->config, key);
}

const char *in_bundle(struct planner *p, const char *path)
{
	return *path == '/' ? path : pool_text(p->pool, "%s/%s", p->request->bundle, path);
}

bool listed(const char *list, const char *word, char separator)
{
	size_t length = strlen(word);

	for (const char *at = list; at && *at;) {
		if (!strncmp(at, word, length) && (!at[length] || at[length] == separator))
			return true;
		at = strchr(at, separator);
		at = at ? at + 1 : NULL;
	}
	return false;
}

bool parse_list(const char *text, uint64_t *bits, size_t words)
{
	memset(bits, 0, words * sizeof *bits);
	while (*text) {
		char *end;
		if (*text < '0' || *text > '9')
			return false;
		unsigned long first = strtoul(text, &end, 10), last = first;
		if (*end == '-') {
			if (end[1] < '0' || end[1] > '9')
				return false;
			last = strtoul(end + 1, &end, 10);
		}
		if (last < first || last >= words * 64)
			return false;
		for (; first <= last; first++)
			bits[first / 64] |= (uint64_t)1 << first % 64;
		text = end + (*end == ',' && end[1]);
		if (text == end && *end)
			return false;
	}
	return true;
}

/* --- the end --- */

/* Keeping a descriptor open for every cgroup directory would take too many, so only those that
 * a step uses are kept. That is known once all steps have been added. */
static void drop_unused_cgroups(struct plan *plan)
{
	bool used[SLOT_TREE] = { false };

	for (size_t i = plan->steps; i-- > 0;) {
		struct step *s = &plan->step[i];
		struct step_cgroup *c = s->op == OP_CGROUP  ? &s->cgroup
					: s->op == OP_SCOPE ? &s->scope.cgroup
							    : NULL;
		for (size_t k = 0; k < 2; k++)
			if (step_slot(s, op_row(s->op)->uses[k]) < SLOT_TREE)
				used[step_slot(s, op_row(s->op)->uses[k])] = true;
		if (c && !used[c->directory])
			c->directory = NO_SLOT;
	}
}

/* Consecutive limits that are written to the same file, such as device rules, open it only
 * once. */
static void share_limit_files(struct plan *plan)
{
	for (size_t i = 1; i < plan->steps; i++) {
		struct step *before = &plan->step[i - 1], *now = &plan->step[i];
		if (before->op == OP_LIMIT && now->op == OP_LIMIT &&
		    before->limit.cgroup == now->limit.cgroup &&
		    !strcmp(before->limit.file, now->limit.file))
			before->limit.keep = now->limit.again = SLOT_LIMIT;
	}
}

/* The path that a step creates without covering an existing file, or NULL. */
static const char *made_by(struct step *s, int **beside, int **directory)
{
	if (s->op == OP_NODE) {
		*beside = &s->node.beside;
		*directory = &s->node.directory;
		return s->node.path;
	}
	if (s->op == OP_LINK) {
		*beside = &s->link.beside;
		*directory = &s->link.directory;
		return s->link.path;
	}
	if ((s->op != OP_MOUNT && s->op != OP_MOVE) || !s->mount.missing)
		return NULL;
	*beside = &s->mount.beside;
	*directory = &s->mount.directory;
	return s->mount.target;
}

static bool in_same_directory(const char *a, const char *b)
{
	const char *end_a = strrchr(a, '/'), *end_b = strrchr(b, '/');
	size_t length_a = end_a ? (size_t)(end_a - a) : 0;
	size_t length_b = end_b ? (size_t)(end_b - b) : 0;

	return length_a == length_b && !strncmp(a, b, length_a);
}

/* Consecutive steps that create something in the same directory look it up only once. */
static void share_directories(struct plan *plan)
{
	const char *last = NULL;
	int *beside, *directory, *kept = NULL;

	for (size_t i = 0; i < plan->steps; i++) {
		struct step *s = &plan->step[i];
		const char *path = made_by(s, &beside, &directory);
		if (!path && s->op == OP_TREE)
			continue; /* it only reads */
		if (path && last && in_same_directory(last, path))
			*kept = *beside = SLOT_PARENT;
		kept = path ? directory : NULL;
		last = path;
	}
}

/* Without a new mount namespace, the mounts are visible to other processes. */
static void mark_shared_mounts(struct planner *p)
{
	for (size_t i = 0; i < p->plan->steps && !ns_new(p, OCI_NS_MOUNT); i++)
		if (p->plan->step[i].op == OP_MOUNT || p->plan->step[i].op == OP_MOVE)
			p->plan->step[i].mount.shared = true;
}

/* startContainer hooks run under the container's seccomp filter. */
static void bind_hooks(struct plan *plan)
{
	const struct step_seccomp *filter = NULL;

	for (size_t i = plan->steps; i-- > 0;) {
		struct step *s = &plan->step[i];
		if (s->op == OP_SECCOMP)
			filter = &s->seccomp;
		else if (s->op == OP_HOOK && s->hook.when == OCI_HOOK_START_CONTAINER)
			s->hook.filter = filter;
	}
}

static void note_places(struct plan *plan)
{
	plan->clone = plan->await = plan->steps;
	for (size_t i = plan->steps; i-- > 0;) {
		const struct step *s = &plan->step[i];
		if (s->op == OP_CLONE)
			plan->clone = i;
		else if (s->op == OP_AWAIT)
			plan->await = i;
		else if (s->op == OP_PUBLISH && s->publish.pid_file)
			plan->pid_file = s->publish.pid_file;
	}
}

int seal_plan(struct planner *p)
{
	struct plan *plan = p->plan;

	drop_unused_cgroups(plan);
	share_limit_files(plan);
	share_directories(plan);
	bind_hooks(plan);
	mark_shared_mounts(p);
	note_places(plan);
	int err = plan_lint(plan);
	plan->sealed = !err;
	return err;
}

int end_planning(struct planner *p)
{
	const struct findings *all = &p->plan->findings;
	size_t i = 0;

	if (!p->refused)
		return 0;
	while (all->item[i].severity != SEVERITY_ERROR)
		i++;
	/* An error that was handled since the refusal may have overwritten the message. */
	(void)fail(0, NULL, "%s", all->item[i].text);
	snprintf(error_last()->pointer, sizeof error_last()->pointer, "%s", all->item[i].pointer);
	if (all->item[i].cure)
		(void)hint("%s", all->item[i].cure);
	return coded(all->item[i].code);
}
