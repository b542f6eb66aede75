/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the order of the steps. Each rule implements one ordering reason of docs/design.md,
 * section 1. They are checked for every plan, in production too, since a plan only has a few
 * dozen steps. */
#include "plan.h"

#include "base/error.h"
#include "base/io.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MAX = SLOT_TREE + 65536, LATE = 1024 };

struct lint {
	const struct plan *plan;
	size_t at;				/* the step being checked */
	size_t first[OP_COUNT], last[OP_COUNT]; /* of each kind; plan->steps: there is none */
	size_t builder;				/* the clone of the process that builds */
	bool late;				/* init is cloned when all is built */
	int *filled; /* per slot: 1 + the kind of step that fills it, and LATE if that is the
			parent's after the clone; 0: none so far */
	const char *broken;
};

static void index_kinds(struct lint *l)
{
	for (int op = 0; op < OP_COUNT; op++)
		l->first[op] = l->last[op] = l->plan->steps;
	for (size_t i = 0; i < l->plan->steps; i++) {
		enum op_kind op = l->plan->step[i].op;
		l->last[op] = i;
		if (l->first[op] == l->plan->steps)
			l->first[op] = i;
	}
	l->builder = l->last[OP_CLONE];
	for (size_t i = l->plan->steps; i-- > 0;)
		if (l->plan->step[i].op == OP_CLONE && l->plan->step[i].clone.builder)
			l->builder = i;
	l->late = l->builder != l->last[OP_CLONE];
}

static void require(struct lint *l, bool kept, const char *rule)
{
	if (!kept && !l->broken)
		l->broken = rule;
}

static bool is_missing(const struct lint *l, enum op_kind op)
{
	return l->first[op] == l->plan->steps;
}

/* Is the step before the first, or after the last, of that kind? Also true if there is none. */
static bool is_before(const struct lint *l, enum op_kind op)
{
	return is_missing(l, op) || l->at < l->first[op];
}

static bool is_after(const struct lint *l, enum op_kind op)
{
	return is_missing(l, op) || l->at > l->last[op];
}

static void slots_of(struct lint *l, const struct step *s)
{
	const struct op_row *row = op_row(s->op);

	for (size_t i = 0; i < 2; i++) {
		int uses = step_slot(s, row->uses[i]), fills = step_slot(s, row->fills[i]);
		bool sane = uses >= 0 && fills >= 0 && uses < l->plan->slots &&
			    fills < l->plan->slots;
		require(l, sane, "a slot number is less than the number of slots");
		if (!sane)
			return;
		require(l, uses == NO_SLOT || l->filled[uses],
			"a slot is filled before it is used");
		require(l, s->who == WHO_PARENT || uses == NO_SLOT || l->filled[uses] < LATE,
			"a process inherits only what its parent had before the clone");
	}
	for (size_t i = 0; i < 2; i++) {
		int fills = step_slot(s, row->fills[i]);
		/* A tree may be taken twice into its slot, by the parent and by init. */
		int by = 1 + (int)s->op, before = l->filled[fills];
		require(l, fills <= SLOT_TREE || !before || before % LATE == by,
			"a slot for a mount is filled by one kind of step");
		l->filled[fills] = s->who == WHO_PARENT && l->at > l->first[OP_CLONE] ? LATE + by
										      : by;
	}
}

/* Side effects that exec may have: those that end with its process. The pid file is the
 * caller's responsibility. */
static bool ends_with_process(const struct step *s)
{
	return op_row(s->op)->undo == UNDO_PROCESS || (s->op == OP_PUBLISH && s->publish.aside) ||
	       (s->op == OP_RDT && s->rdt.join);
}

/* Is it a hard limit that only the parent can still raise? */
static bool is_raised_limit(const struct lint *l, const struct step *s)
{
	return s->op == OP_RLIMIT && s->rlimit.raise && l->at > l->builder;
}

static bool is_of_live(enum op_kind op)
{
	return op == OP_DUMPABLE || op == OP_JOIN || op == OP_ROOT_IDS || op == OP_OPEN ||
	       op == OP_MOVE || op == OP_NODE;
}

static bool is_of_existing(const struct lint *l)
{
	return l->plan->exec || l->plan->live || (l->plan->criu && !l->plan->record);
}

static void rules_of_traits(struct lint *l, const struct step *s)
{
	unsigned traits = op_row(s->op)->traits;
	size_t clone = l->last[OP_CLONE];

	require(l, s->pointer, "every step has the pointer of the member that requires it");
	require(l, l->at >= l->first[OP_RECORD] || traits & LOOKS || is_of_existing(l),
		"a step before the record has no effect");
	require(l, !l->plan->exec || traits & (LOOKS | INSIDE) || ends_with_process(s),
		"an exec has no effect that must be undone");
	require(l, !(traits & INSIDE) || s->who != WHO_PARENT || is_raised_limit(l, s),
		"the parent does nothing inside the container");
	require(l, !l->plan->criu || s->who == WHO_PARENT,
		"criu does all that is not the parent's");
	require(l, s->who == WHO_PARENT || l->at > l->first[OP_CLONE],
		"a process performs no step before it is cloned");
	require(l, !l->plan->live || !(traits & INSIDE) || l->at > l->first[OP_KEEP],
		"what is attached was written down before");
	require(l, !l->plan->live || s->who == WHO_PARENT || is_of_live(s->op),
		"in a container that runs nothing is done but to attach what the parent has");
	require(l, s->who != WHO_STAGER || l->at <= clone || l->plan->live,
		"a stager's last step is the clone of init");
	require(l,
		s->op != OP_CLONE || !s->clone.finished ||
			(l->at > l->first[OP_USER] &&
			 (l->at > l->first[OP_CAPS] || l->at > l->first[OP_DROP_CAPS])),
		"where others could trace it, init is born with the rights of its process");
	require(l, !(traits & IDENTITY) || is_after(l, OP_IDMAP),
		"ids are mapped before a process in a new user namespace takes one");
}

/* What entering a cpuset would change: an exec enters last. */
static bool is_of_cpuset(const struct step *s)
{
	return s->attribute.kind == ATTRIBUTE_AFFINITY ||
	       s->attribute.kind == ATTRIBUTE_MEMORY_POLICY;
}

static bool before_identity(const struct lint *l)
{
	return l->at < l->first[OP_USER] && is_before(l, OP_ROOT_IDS);
}

static void rules_of_exec(struct lint *l)
{
	require(l, l->at == l->last[OP_EXEC] && l->at == l->first[OP_EXEC], "there is one exec");
	for (size_t i = l->at + 1; i < l->plan->steps; i++)
		require(l, l->plan->step[i].who == WHO_PARENT, "exec is init's last step");
}

static void rules_of_terminal(struct lint *l, const struct step *s)
{
	bool early = l->plan->exec || l->at < l->first[OP_PIVOT];

	require(l, s->op == OP_CONTROL || (early && l->at < l->first[OP_USER]),
		"the terminal is opened below the root, and its owner changed by root");
	require(l, l->first[OP_SESSION] < l->at || (s->op == OP_TTY && !s->tty.control),
		"only the leader of a session can take a terminal");
}

static void rules_of_dumpable(struct lint *l, const struct step *s)
{
	require(l, is_after(l, OP_IDMAP), "a process is hidden after its ids were mapped");
	require(l, s->who == WHO_STAGER || is_after(l, OP_OOM),
		"a process is hidden after it wrote to its own /proc files");
	require(l, !s->dumpable.dumpable || l->at < l->last[OP_PUBLISH],
		"create tells of a container when nothing of it can fail any more");
}

/* The rules for the steps up to the pivot. */
static void rules_of_setup(struct lint *l, const struct step *s, enum op_order order)
{
	size_t clone = l->last[OP_CLONE];
	bool by_stager = s->who == WHO_STAGER, exec = l->plan->exec;

	switch (order) {
	case ANYWHERE:
		break;
	case BELOW_ROOT:
		require(l, s->who != WHO_INIT || s->op == OP_TREE || l->filled[SLOT_ROOT],
			"the root exists before a path below it is used");
		require(l, l->at < l->first[OP_PIVOT], "no host path is used after the pivot");
		break;
	case OWN_PROC:
		require(l,
			before_identity(l) && (by_stager || is_missing(l, OP_DUMPABLE) ||
					       l->at < l->last[OP_DUMPABLE]),
			"a process writes to its own /proc files before its identity changes");
		break;
	case OF_INIT:
		require(l, exec || l->at > (l->plan->criu ? l->first[OP_CRIU] : l->builder),
			"a step that acts on init follows its clone");
		break;
	case JOINING:
		/* Nobody can trace a process that only mounts, and it executes nothing. */
		require(l,
			!s->join.all || l->plan->live ||
				(s[-1].op == OP_CLOSE && s[-1].who == s->who),
			"a process closes the host's descriptors before it joins a container");
		require(l, is_before(l, OP_ROOT_IDS),
			"namespaces that outsiders own are joined before the ids change");
		break;
	case REMAPPING:
		require(l, s->who == WHO_PARENT ? l->at < clone : s[-1].op == OP_TREE,
			"a tree gets other owners before it is attached");
		break;
	case SETTING_DUMPABLE:
		rules_of_dumpable(l, s);
		break;
	case ENTERING:
		require(l, exec || is_before(l, OP_ROOT_IDS),
			"a cgroup is entered before the ids change");
		break;
	case TERMINAL:
		rules_of_terminal(l, s);
		break;
	case UNSHARING:
	case ATTRIBUTING:
	case DROPPING:
	case BEFORE_USER:
	case AFTER_USER:
	case FILTERING:
	case LISTENING:
	case LAST:
	default:
		break;
	}
}

/* The rules for the steps that set up the process. */
static void rules_of_process(struct lint *l, const struct step *s, enum op_order order)
{
	const struct plan *plan = l->plan;
	size_t user = l->first[OP_USER], clone = l->last[OP_CLONE];

	switch (order) {
	case UNSHARING:
		require(l,
			!(s->unshare.flags & CLONE_NEWCGROUP) ||
				(is_after(l, OP_ENTER) && is_after(l, OP_SCOPE)),
			"the cgroup is entered before the cgroup namespace is made");
		break;
	case ATTRIBUTING:
		require(l, s->who == WHO_STAGER || is_after(l, OP_ENTER),
			"attributes are set after the process enters its cgroup");
		require(l, is_before(l, OP_CAPS) || (l->plan->exec && is_of_cpuset(s)),
			"attributes are set before capabilities are dropped");
		break;
	case DROPPING:
		require(l, (plan->exec || l->late) && l->at < clone && is_after(l, OP_JOIN),
			"capabilities are dropped after joining and before the process is cloned");
		break;
	case BEFORE_USER:
		require(l, l->at < user, "the bounding set is dropped before the uid changes");
		break;
	case AFTER_USER:
		require(l, l->at > user, "the effective set comes after the uid");
		break;
	case FILTERING:
		require(l, l->first[OP_NNP] < l->at || l->first[OP_CAPS] > l->at,
			"a filter is loaded with no_new_privs or before capabilities are dropped");
		require(l, l->at > user, "a filter is loaded after the preparations");
		break;
	case LISTENING:
		require(l, s[-1].op == OP_SECCOMP, "the listener is taken as soon as it exists");
		break;
	case LAST:
		rules_of_exec(l);
		break;
	case ANYWHERE:
	case BELOW_ROOT:
	case OWN_PROC:
	case OF_INIT:
	case JOINING:
	case REMAPPING:
	case SETTING_DUMPABLE:
	case ENTERING:
	case TERMINAL:
	default:
		break;
	}
}

int plan_lint(const struct plan *plan)
{
	size_t slots = plan->slots > SLOT_TREE ? (size_t)plan->slots : SLOT_TREE;
	auto_free int *filled = calloc(slots, sizeof *filled);
	struct lint l = { .plan = plan, .filled = filled };

	if (!filled)
		return fail(ENOMEM, NULL, "the slots of the plan");
	index_kinds(&l);
	require(&l, plan->live || plan->criu || !is_missing(&l, OP_EXEC), "there is one exec");
	require(&l, is_of_existing(&l) || (!is_missing(&l, OP_RECORD) && plan->record),
		"there is a record");
	require(&l, is_of_existing(&l) || plan->criu || !is_missing(&l, OP_PIVOT),
		"there is a pivot");
	require(&l, !plan->live || !is_missing(&l, OP_KEEP), "what is added is written down");
	require(&l, plan->slots <= SLOTS_MAX, "the number of slots is within the limit");
	for (l.at = 0; l.at < plan->steps && !l.broken; l.at++) {
		slots_of(&l, &plan->step[l.at]);
		rules_of_traits(&l, &plan->step[l.at]);
		rules_of_setup(&l, &plan->step[l.at], op_row(plan->step[l.at].op)->order);
		rules_of_process(&l, &plan->step[l.at], op_row(plan->step[l.at].op)->order);
	}
	if (!l.broken)
		return 0;
	size_t at = l.at ? l.at - 1 : 0;
	return fail_as(CODE_INTERNAL, 0, NULL, "a bug in tare's planner: step %zu (%s): %s", at,
		       at < plan->steps ? op_name(plan->step[at].op) : "none", l.broken);
}
