/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes for the scheduler and the memory manager: process.scheduler, ioPriority,
 * execCPUAffinity; linux.personality, memoryPolicy. Shared by create and exec. */
#include "planner.h"

#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>

/* --- scheduler: sched_setattr(2) --- */

static const unsigned policy_number[] = {
	[OCI_SCHED_OTHER] = SCHED_NORMAL, [OCI_SCHED_FIFO] = SCHED_FIFO,
	[OCI_SCHED_RR] = SCHED_RR,	  [OCI_SCHED_BATCH] = SCHED_BATCH,
	[OCI_SCHED_IDLE] = SCHED_IDLE,	  [OCI_SCHED_DEADLINE] = SCHED_DEADLINE,
};

static const uint64_t scheduler_flag[] = {
	[OCI_SCHED_RESET_ON_FORK] = SCHED_FLAG_RESET_ON_FORK,
	[OCI_SCHED_RECLAIM] = SCHED_FLAG_RECLAIM,
	[OCI_SCHED_DL_OVERRUN] = SCHED_FLAG_DL_OVERRUN,
	[OCI_SCHED_KEEP_POLICY] = SCHED_FLAG_KEEP_POLICY,
	[OCI_SCHED_KEEP_PARAMS] = SCHED_FLAG_KEEP_PARAMS,
	[OCI_SCHED_UTIL_CLAMP_MIN] = SCHED_FLAG_UTIL_CLAMP_MIN,
	[OCI_SCHED_UTIL_CLAMP_MAX] = SCHED_FLAG_UTIL_CLAMP_MAX,
};

static void check_scheduler(struct planner *p, const struct scheduler *s)
{
	int policy = s->policy.value;
	bool realtime = policy == OCI_SCHED_FIFO || policy == OCI_SCHED_RR;
	bool deadline = policy == OCI_SCHED_DEADLINE;

	if (policy == OCI_SCHED_ISO)
		refuse(p, CODE_SCHEDULER, "/process/scheduler/policy", "Linux has no SCHED_ISO");
	if (s->nice.value < -20 || s->nice.value > 19)
		refuse(p, CODE_VALUE, "/process/scheduler/nice", "%d is not from -20 to 19",
		       s->nice.value);
	if (realtime && (s->priority.value < 1 || s->priority.value > 99))
		refuse(p, CODE_VALUE, "/process/scheduler/priority", "%d is not from 1 to 99",
		       s->priority.value);
	if (!realtime && s->priority.value) {
		refuse(p, CODE_SCHEDULER, "/process/scheduler/priority",
		       "a priority is only valid for SCHED_FIFO and SCHED_RR, and the policy is %s",
		       name_text(&sched_policy_names, s->policy.value));
		cure(p, "remove it, or set nice instead");
	}
	if (!deadline && (s->runtime.value || s->deadline.value || s->period.value))
		refuse(p, CODE_SCHEDULER, "/process/scheduler",
		       "runtime, deadline and period are only valid for SCHED_DEADLINE");
	if (deadline && (!s->runtime.value || s->runtime.value > s->deadline.value ||
			 (s->period.value && s->deadline.value > s->period.value))) {
		refuse(p, CODE_SCHEDULER, "/process/scheduler",
		       "SCHED_DEADLINE requires 0 < runtime <= deadline <= period; they are %llu, "
		       "%llu and %llu",
		       (unsigned long long)s->runtime.value, (unsigned long long)s->deadline.value,
		       (unsigned long long)s->period.value);
		cure(p, "set all three, in nanoseconds");
	}
}

static void add_scheduler(struct planner *p, const struct scheduler *s)
{
	struct step_attribute *a = &add(p, OP_ATTRIBUTE, WHO_INIT, "/process/scheduler")->attribute;
	uint64_t flags = 0;

	for (size_t i = 0; i < s->flags.count; i++)
		flags |= scheduler_flag[s->flags.item[i]];
	a->kind = ATTRIBUTE_SCHEDULER;
	a->scheduler = (struct scheduling){
		.policy = policy_number[s->policy.value],
		.flags = flags,
		.nice = s->nice.value,
		.priority = (unsigned)s->priority.value,
		.runtime = s->runtime.value,
		.deadline = s->deadline.value,
		.period = s->period.value,
	};
	a->text = pool_text(p->pool,
			    "%s nice %d priority %d runtime %llu deadline %llu period %llu flags "
			    "%llx",
			    name_text(&sched_policy_names, s->policy.value), s->nice.value,
			    s->priority.value, (unsigned long long)s->runtime.value,
			    (unsigned long long)s->deadline.value,
			    (unsigned long long)s->period.value, (unsigned long long)flags);
}

/* --- ioprio_set(2) --- */

static const int io_class[] = {
	[OCI_IOPRIO_RT] = IOPRIO_CLASS_RT,
	[OCI_IOPRIO_BE] = IOPRIO_CLASS_BE,
	[OCI_IOPRIO_IDLE] = IOPRIO_CLASS_IDLE,
};

static void add_io_priority(struct planner *p, const struct io_priority *io)
{
	struct step_attribute *a =
		&add(p, OP_ATTRIBUTE, WHO_INIT, "/process/ioPriority")->attribute;

	a->kind = ATTRIBUTE_IO_PRIORITY;
	a->number = (unsigned long)IOPRIO_PRIO_VALUE(io_class[io->class.value],
						     (unsigned)io->priority.value);
	a->text = pool_text(p->pool, "%s %d", name_text(&io_class_names, io->class.value),
			    io->priority.value);
}

/* --- personality(2) --- */

static void add_personality(struct planner *p, const struct personality *personality)
{
	struct step_attribute *a = &add(p, OP_ATTRIBUTE, WHO_INIT, "/linux/personality")->attribute;

	a->kind = ATTRIBUTE_PERSONALITY;
	a->number = personality->domain.value == OCI_PERSONALITY_LINUX32 ? PER_LINUX32 : PER_LINUX;
	a->text = name_text(&personality_names, personality->domain.value);
}

/* --- set_mempolicy(2) --- */

static const int memory_mode[] = {
	[OCI_MPOL_DEFAULT] = MPOL_DEFAULT,
	[OCI_MPOL_BIND] = MPOL_BIND,
	[OCI_MPOL_INTERLEAVE] = MPOL_INTERLEAVE,
	[OCI_MPOL_WEIGHTED_INTERLEAVE] = 6, /* MPOL_WEIGHTED_INTERLEAVE, Linux 6.9 */
	[OCI_MPOL_PREFERRED] = MPOL_PREFERRED,
	[OCI_MPOL_PREFERRED_MANY] = MPOL_PREFERRED_MANY,
	[OCI_MPOL_LOCAL] = MPOL_LOCAL,
};

static const unsigned memory_flag[] = {
	[OCI_MPOL_F_NUMA_BALANCING] = MPOL_F_NUMA_BALANCING,
	[OCI_MPOL_F_RELATIVE_NODES] = MPOL_F_RELATIVE_NODES,
	[OCI_MPOL_F_STATIC_NODES] = MPOL_F_STATIC_NODES,
};

static void check_memory_policy(struct planner *p, const struct memory_policy *m)
{
	uint64_t nodes[NODE_WORDS];
	bool nodeless = m->mode.value == OCI_MPOL_DEFAULT || m->mode.value == OCI_MPOL_LOCAL;
	bool given = m->nodes && *m->nodes;

	if (given && !parse_list(m->nodes, nodes, NODE_WORDS))
		refuse(p, CODE_VALUE, "/linux/memoryPolicy/nodes",
		       "\"%s\" is not a list of nodes like 0-3,7", m->nodes);
	if (given && nodeless)
		refuse(p, CODE_CONFLICT, "/linux/memoryPolicy/nodes", "%s takes no nodes",
		       name_text(&memory_policy_names, m->mode.value));
	if (!given && !nodeless && m->mode.value != OCI_MPOL_PREFERRED)
		refuse(p, CODE_CONFLICT, "/linux/memoryPolicy/nodes", "%s needs nodes",
		       name_text(&memory_policy_names, m->mode.value));
}

static void add_memory_policy(struct planner *p, const struct memory_policy *m)
{
	struct step_attribute *a =
		&add(p, OP_ATTRIBUTE, WHO_INIT, "/linux/memoryPolicy")->attribute;
	unsigned flags = 0;

	for (size_t i = 0; i < m->flags.count; i++)
		flags |= memory_flag[m->flags.item[i]];
	a->kind = ATTRIBUTE_MEMORY_POLICY;
	a->number = (unsigned)memory_mode[m->mode.value] | flags;
	(void)parse_list(m->nodes ? m->nodes : "", a->nodes, NODE_WORDS);
	a->text = pool_text(p->pool, "%s nodes %s flags %x",
			    name_text(&memory_policy_names, m->mode.value),
			    m->nodes && *m->nodes ? m->nodes : "none", flags);
}

/* --- all --- */

static void check_affinity(struct planner *p, const struct cpu_affinity *affinity)
{
	uint64_t cpus[NODE_WORDS];

	/* Only exec uses it, but create refuses a config that exec could not apply. */
	if (affinity->initial && !parse_list(affinity->initial, cpus, NODE_WORDS))
		refuse(p, CODE_VALUE, "/process/execCPUAffinity/initial",
		       "\"%s\" is not a list of processors like 0-3,7", affinity->initial);
	if (affinity->final && !parse_list(affinity->final, cpus, NODE_WORDS))
		refuse(p, CODE_VALUE, "/process/execCPUAffinity/final",
		       "\"%s\" is not a list of processors like 0-3,7", affinity->final);
}

void check_attributes(struct planner *p)
{
	const struct process *process = p->config->process;
	const struct config_linux *l = linux_of(p);

	if (process && process->scheduler)
		check_scheduler(p, process->scheduler);
	if (process && process->io_priority &&
	    (process->io_priority->priority.value < 0 || process->io_priority->priority.value > 7))
		refuse(p, CODE_VALUE, "/process/ioPriority/priority", "%d is not from 0 to 7",
		       process->io_priority->priority.value);
	if (process && process->exec_cpu_affinity)
		check_affinity(p, process->exec_cpu_affinity);
	if (l->personality && l->personality->flags.count)
		refuse(p, CODE_VALUE, "/linux/personality/flags",
		       "the specification defines no flag so far: \"%s\"",
		       l->personality->flags.item[0]);
	if (l->memory_policy)
		check_memory_policy(p, l->memory_policy);
}

/* If the security module is off, check_labels() has already warned. */
static bool is_given(const char *label)
{
	return label && *label;
}

static void add_label(struct planner *p, enum op_kind op, int kind, const char *text,
		      const char *pointer)
{
	if (!is_given(text))
		return;
	enum who who = op == OP_FIND_LABEL ? WHO_PARENT : WHO_INIT;
	struct step_attribute *a = &add(p, op, who, "%s", pointer)->attribute;
	a->kind = kind;
	a->text = text;
}

void add_affinity(struct planner *p, enum who who, const char *list, const char *pointer)
{
	struct step_attribute *a = &add(p, OP_ATTRIBUTE, who, "%s", pointer)->attribute;

	a->kind = ATTRIBUTE_AFFINITY;
	a->text = list && *list ? pool_text(p->pool, "processors %s", list)
				: "all processors of the cpuset";
	(void)parse_list(list ? list : "", a->nodes, NODE_WORDS); /* validated by
								     check_affinity() */
}

void add_placement(struct planner *p)
{
	const struct process *process = p->config->process;
	const struct config_linux *l = linux_of(p);
	const struct cpu_affinity *affinity = process ? process->exec_cpu_affinity : NULL;

	/* The caller's own affinity must not limit the container; only its cpuset does. */
	if (p->plan->exec && affinity)
		add_affinity(p, WHO_INIT, affinity->final, "/process/execCPUAffinity/final");
	else
		add_affinity(p, WHO_INIT, NULL, "/linux/resources/cpu/cpus");
	if (l->memory_policy)
		add_memory_policy(p, l->memory_policy);
}

void add_attributes(struct planner *p)
{
	const struct process *process = p->config->process;
	const struct config_linux *l = linux_of(p);

	if (process && process->scheduler)
		add_scheduler(p, process->scheduler);
	if (process && process->io_priority)
		add_io_priority(p, process->io_priority);
	if (l->personality)
		add_personality(p, l->personality);
}

/* With no_new_privs the kernel lets a process under a profile change to a narrower one only: both
 * together are that. */
static bool stacks_profile(const struct planner *p, const struct process *process)
{
	return p->host->apparmor_confined.value && process &&
	       (process->no_new_privileges.value || p->host->no_new_privs.value);
}

static void add_for_labels(struct planner *p, enum op_kind op)
{
	const struct process *process = p->config->process;
	bool stacked = op == OP_ATTRIBUTE && stacks_profile(p, process);

	if (process && p->host->apparmor.value)
		add_label(p, op, stacked ? ATTRIBUTE_APPARMOR_STACK : ATTRIBUTE_APPARMOR,
			  process->apparmor_profile, "/process/apparmorProfile");
	if (process && p->host->selinux.value)
		add_label(p, op, ATTRIBUTE_SELINUX, process->selinux_label,
			  "/process/selinuxLabel");
}

void add_label_look(struct planner *p)
{
	/* Such a hook may load it. */
	if (has_hooks(p, OCI_HOOK_PRESTART) || has_hooks(p, OCI_HOOK_CREATE_RUNTIME) ||
	    has_hooks(p, OCI_HOOK_CREATE_CONTAINER))
		return;
	add_for_labels(p, OP_FIND_LABEL);
	if (p->host->selinux.value)
		add_label(p, OP_FIND_LABEL, ATTRIBUTE_SELINUX, linux_of(p)->mount_label,
			  "/linux/mountLabel");
}

void add_labels(struct planner *p)
{
	add_for_labels(p, OP_ATTRIBUTE);
}
