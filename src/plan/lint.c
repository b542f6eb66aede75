/* SPDX-License-Identifier: Apache-2.0 */
/* What must be true of the order of every plan. Each rule is one ordering reason of docs/design.md, section
 * 1, and they are checked on every plan, in production too: a plan is a few dozen steps. */
#include "plan.h"

#include "base/report.h"

#include <linux/sched.h>
#include <string.h>
#include <sys/mount.h>

struct lint {
	const struct plan *plan;
	size_t at;				/* the step under examination */
	size_t first[OP_COUNT], last[OP_COUNT]; /* of each kind; plan->steps: there is none */
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
}

static void require(struct lint *l, bool kept, const char *rule)
{
	if (!kept && !l->broken)
		l->broken = rule;
}

/* Slots are filled before they are used. */
static void slots(struct lint *l)
{
	const struct plan *plan = l->plan;
	bool filled[SLOT_TREE + 65536] = { false };

	for (l->at = 0; l->at < plan->steps && !l->broken; l->at++) {
		const struct step *s = &plan->step[l->at];
		int makes = NO_SLOT, uses = NO_SLOT;
		if (s->op == OP_OPEN)
			makes = s->open.slot;
		else if (s->op == OP_TREE) {
			makes = s->tree.slot;
			bool in_root = s->tree.by == TREE_INSIDE || s->tree.by == TREE_ROOTFS;
			uses = s->tree.by == TREE_NEW		 ? s->tree.ns
			       : in_root && s->who == WHO_PARENT ? SLOT_ROOTFS
			       : s->tree.by == TREE_INSIDE	 ? SLOT_ROOT
								 : NO_SLOT;
		} else if (s->op == OP_NODES && s->who == WHO_PARENT)
			makes = SLOT_NODES;
		else if (s->op == OP_NODES)
			uses = SLOT_NODES;
		else if (s->op == OP_CGROUP || s->op == OP_SEEK)
			makes = s->cgroup.used ? SLOT_CGROUP + s->cgroup.hierarchy : NO_SLOT;
		else if (s->op == OP_SCOPE)
			makes = s->scope.cgroup.used ? SLOT_CGROUP + s->scope.cgroup.hierarchy
						     : NO_SLOT;
		else if (s->op == OP_MOUNT)
			makes = s->mount.keep;
		else if (s->op == OP_JOIN)
			uses = s->join.slot;
		else if (s->op == OP_MOVE)
			uses = s->mount.tree;
		else if (s->op == OP_REMAP && s->remap.tree == NO_SLOT)
			makes = s->remap.ns;
		else if (s->op == OP_REMAP)
			uses = s->remap.ns == NO_SLOT ? s->remap.tree : s->remap.ns;
		else if (s->op == OP_SEAL)
			uses = s->seal.slot;
		else if (s->op == OP_ROOT)
			uses = SLOT_ROOT;
		else if (s->op == OP_MASK)
			uses = SLOT_NULL;
		else if (s->op == OP_TTY)
			uses = SLOT_CONSOLE;
		else if (s->op == OP_LIMIT)
			uses = SLOT_CGROUP + s->limit.hierarchy;
		else if (s->op == OP_ENTER)
			uses = SLOT_TASKS + s->cgroup.hierarchy;
		else if (s->op == OP_DEVICES)
			uses = SLOT_CGROUP + s->devices.hierarchy;
		else if (s->op == OP_OWNER)
			uses = SLOT_CGROUP + s->owner.hierarchy;
		else if (s->op == OP_CLONE && s->clone.cgroup >= 0)
			uses = SLOT_CGROUP + s->clone.cgroup;
		else if (s->op == OP_CLONE && s->clone.at_rootfs)
			uses = SLOT_ROOTFS;
		require(l, makes < plan->slots && uses < plan->slots,
			"a slot has a number below the plan's slots");
		if (l->broken)
			break;
		require(l, uses == NO_SLOT || filled[uses], "a slot is filled before it is used");
		if (makes != NO_SLOT)
			filled[makes] = true;
		if (s->op == OP_CGROUP || s->op == OP_SEEK)
			filled[SLOT_TASKS + s->cgroup.hierarchy] = true;
	}
}

/* What is visible on the host, and goes with the process: there is nothing to be undone. The pid file is the caller's. */
static bool ends_with_process(enum op_kind op)
{
	return op == OP_CLONE || op == OP_PUBLISH || op == OP_LISTENER || op == OP_RDT;
}

static void rules_of_step(struct lint *l, const struct step *s)
{
	const struct plan *plan = l->plan;
	size_t record = l->first[OP_RECORD], clone = l->last[OP_CLONE], pivot = l->first[OP_PIVOT];
	size_t user = l->first[OP_USER], become = l->first[OP_BECOME], idmap = l->first[OP_IDMAP];
	unsigned traits = op_traits(s->op);
	size_t at = l->at;

	require(l, s->pointer, "every step knows what asked for it");
	require(l, at >= record || traits & LOOKS || plan->exec,
		"only looking before the record of what is to be undone");
	require(l, !plan->exec || traits & (LOOKS | INSIDE) || ends_with_process(s->op),
		"an exec leaves nothing behind that is to be undone");
	require(l,
		!(traits & INSIDE) || s->who != WHO_PARENT ||
			(s->op == OP_RLIMIT && s->rlimit.raise && at > clone),
		"the parent does nothing inside the container");
	require(l, s->who == WHO_PARENT || at > l->first[OP_CLONE],
		"nobody acts before he is cloned");
	require(l, s->who != WHO_STAGER || at <= clone,
		"a stager's last step is the clone of init");
	require(l, !(traits & IDENTITY) || idmap == plan->steps || at > idmap,
		"ids are mapped before a process in a new user namespace takes one");

	switch (s->op) {
	case OP_JOIN:
		require(l, !s->join.all || (s[-1].op == OP_CLOSE && s[-1].who == s->who),
			"who joins a container brings nothing of the host along");
		require(l, become == plan->steps || at < become,
			"what outsiders own is joined before the user namespace's root is become");
		break;
	case OP_REMAP:
		require(l, s->who == WHO_PARENT ? at < clone : l->plan->step[at - 1].op == OP_TREE,
			"a tree gets other owners while nobody sees it");
		break;
	case OP_TREE:
	case OP_REMOUNT:
	case OP_MOUNT:
	case OP_MOVE:
	case OP_NODE:
	case OP_LINK:
	case OP_MASK:
	case OP_READONLY:
	case OP_DIRECTORY:
		require(l, at < pivot, "no path of the host after the pivot");
		break;
	case OP_TTY:
		require(l, (plan->exec || at < pivot) && at < user,
			"the terminal is opened below the root, and its owner changed by root");
		require(l, l->first[OP_SESSION] < at,
			"only the leader of a session can take a terminal");
		break;
	case OP_OOM:
		require(l, at < user && (become == plan->steps || at < become),
			"a process writes to its own /proc files before its identity changes");
		break;
	case OP_ENTER:
		require(l, plan->exec || become == plan->steps || at < become,
			"a cgroup is entered before the identity changes");
		break;
	case OP_UNSHARE:
		require(l,
			!(s->unshare & CLONE_NEWCGROUP) ||
				((l->last[OP_ENTER] == plan->steps || at > l->last[OP_ENTER]) &&
				 (l->last[OP_SCOPE] == plan->steps || at > l->last[OP_SCOPE])),
			"the cgroup is entered before the cgroup namespace is made");
		break;
	case OP_TIME:
		require(l,
			at < user && (become == plan->steps || at < become) &&
				(l->last[OP_HIDE] == plan->steps || at < l->last[OP_HIDE]),
			"a process writes to its own /proc files before its identity changes");
		break;
	case OP_ATTRIBUTE:
		require(l,
			s->who == WHO_STAGER || l->last[OP_ENTER] == plan->steps ||
				at > l->last[OP_ENTER],
			"attributes are judged by the cgroup in which the process is");
		require(l, l->first[OP_CAPS] == plan->steps || at < l->first[OP_CAPS],
			"attributes are set while there are capabilities for it");
		break;
	case OP_HIDE:
		require(l, idmap == plan->steps || at > idmap,
			"a process is hidden after its ids were mapped");
		require(l,
			s->who == WHO_STAGER || l->first[OP_OOM] == plan->steps ||
				at > l->first[OP_OOM],
			"a process is hidden after it wrote to its own /proc files");
		break;
	case OP_LESSEN:
		require(l,
			plan->exec && at < clone &&
				(l->last[OP_JOIN] == plan->steps || at > l->last[OP_JOIN]),
			"rights are lessened after joining, and before the process is there");
		break;
	case OP_BOUNDING:
		require(l, at < user, "the bounding set is dropped before the uid changes");
		break;
	case OP_CAPS:
		require(l, at > user, "the effective set comes after the uid");
		break;
	case OP_SECCOMP:
		require(l, l->first[OP_NNP] < at || l->first[OP_CAPS] > at,
			"a filter is loaded with no_new_privs or before the capabilities go");
		require(l, at > user, "a filter does not see the preparations");
		break;
	case OP_SCOPE:
	case OP_NETDEV:
	case OP_RDT:
		require(l, plan->exec || at > l->last[OP_CLONE],
			"init is there before it is put into a class");
		break;
	case OP_LISTENER:
		require(l, s[-1].op == OP_SECCOMP, "the listener is taken as soon as it exists");
		break;
	case OP_EXEC:
		require(l, at == l->last[OP_EXEC] && l->first[OP_EXEC] == at, "there is one exec");
		for (size_t i = at + 1; i < plan->steps; i++)
			require(l, plan->step[i].who == WHO_PARENT, "exec is init's last step");
		break;
	case OP_OPEN:
	case OP_NODES:
	case OP_VACANT:
	case OP_SEEK:
	case OP_PROPERTIES:
	case OP_RECORD:
	case OP_NOTIFY:
	case OP_CGROUP:
	case OP_LIMIT:
	case OP_DEVICES:
	case OP_OWNER:
	case OP_CLONE:
	case OP_IDMAP:
	case OP_BECOME:
	case OP_RLIMIT:
	case OP_SESSION:
	case OP_KEYRING:
	case OP_HOSTNAME:
	case OP_DOMAINNAME:
	case OP_LOOPBACK:
	case OP_SYSCTL:
	case OP_PROPAGATION:
	case OP_ROOT:
	case OP_SEAL:
	case OP_PUBLISH:
	case OP_HOOK:
	case OP_PIVOT:
	case OP_CHDIR:
	case OP_STDIO:
	case OP_HOME:
	case OP_LOOKUP:
	case OP_CLOSE:
	case OP_AWAIT:
	case OP_USER:
	case OP_NNP:
	case OP_COUNT:
		break;
	}
}

int plan_lint(const struct plan *plan)
{
	struct lint l = { .plan = plan };

	index_kinds(&l);
	require(&l, l.first[OP_EXEC] < plan->steps, "there is one exec");
	require(&l, plan->exec || (l.first[OP_RECORD] < plan->steps && plan->record),
		"there is a record");
	require(&l, plan->exec || l.first[OP_PIVOT] < plan->steps, "there is a pivot");
	require(&l, plan->slots <= SLOT_TREE + 65536, "the number of slots is sane");
	if (!l.broken)
		slots(&l);
	for (l.at = 0; l.at < plan->steps && !l.broken; l.at++)
		rules_of_step(&l, &plan->step[l.at]);
	if (!l.broken)
		return 0;
	size_t at = l.at ? l.at - 1 : 0;
	return fail(0, NULL, "a defect of tare's planner: step %zu (%s): %s", at,
		    at < plan->steps ? op_name(plan->step[at].op) : "none", l.broken);
}
