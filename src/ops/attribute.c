/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of the process for the scheduler, the memory manager and the security modules. They
 * are preserved across the exec, or take effect at it. */
#include "op.h"

#include "base/error.h"
#include "base/proc.h"
#include "base/sys.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>

static int set_scheduler(const struct step_attribute *a)
{
	const struct scheduling *s = &a->scheduler;
	const struct sys_sched_attr attr = {
		.size = sizeof attr,
		.sched_policy = s->policy,
		.sched_flags = s->flags,
		.sched_nice = s->nice,
		.sched_priority = s->priority,
		.sched_runtime = s->runtime,
		.sched_deadline = s->deadline,
		.sched_period = s->period,
	};

	if (!sys_sched_setattr(&attr))
		return 0;
	(void)fail(errno, "sched_setattr", "%s", a->text);
	if (error_last()->err == EPERM)
		return hint(
			"it needs CAP_SYS_NICE in the initial user namespace, and for real time "
			"a share in the cgroup (cpu.rt_runtime_us)");
	return error_last()->err == EBUSY
		       ? hint("deadline admission control refused this runtime and period")
		       : -error_last()->err;
}

static int set_affinity(const struct step_attribute *a)
{
	cpu_set_t set[8] = { 0 }; /* 8192 processors */
	bool all = true;

	for (size_t i = 0; i < NODE_WORDS; i++)
		all &= !a->nodes[i];
	if (all)
		memset(set, 0xff, sizeof set);
	else
		memcpy(set, a->nodes, sizeof a->nodes);
	return sched_setaffinity(0, sizeof set, set)
		       ? fail(errno, "sched_setaffinity", "%s", a->text)
		       : 0;
}

int fail_no_profile(const char *profile)
{
	(void)fail_as(CODE_LABEL, ENOENT, NULL, "AppArmor profile %s", profile);
	return hint("is the profile %s loaded? (see aa-status)", profile);
}

/* Takes effect at the exec. The file under apparmor/ exists since Linux 5.8; the other one
 * belongs to whichever security module comes first. */
static int set_profile(const char *profile, bool stacked)
{
	char text[512];

	if ((size_t)snprintf(text, sizeof text, "%s %s", stacked ? "stack" : "exec", profile) >=
	    sizeof text)
		return fail(ENAMETOOLONG, NULL, "AppArmor profile %s", profile);
	int err = proc_write("self/attr/apparmor/exec", text);
	if (err == -ENOENT) {
		error_clear();
		err = proc_write("self/attr/exec", text);
	}
	if (err == -ENOENT)
		return fail_no_profile(profile);
	if (!err)
		return 0;
	if (err == -EACCES)
		(void)hint("the profile that the runtime is under does not permit it: "
			   "\"change_profile -> %s%s,\" would",
			   stacked ? "&" : "", profile);
	(void)coded(CODE_LABEL);
	return also("AppArmor profile %s", profile);
}

static int set_label(const char *label)
{
	int err = proc_write("self/attr/exec", label);

	if (err)
		(void)coded(CODE_LABEL);
	return err ? also("SELinux label %s", label) : 0;
}

int op_attribute(struct walker *w, const struct step *step)
{
	const struct step_attribute *a = &step->attribute;

	(void)w;
	switch (a->kind) {
	case ATTRIBUTE_AFFINITY:
		return set_affinity(a);
	case ATTRIBUTE_SCHEDULER:
		return set_scheduler(a);
	case ATTRIBUTE_IO_PRIORITY:
		return sys_ioprio_set((int)a->number) ? fail(errno, "ioprio_set", "%s", a->text)
						      : 0;
	case ATTRIBUTE_PERSONALITY:
		return personality(a->number) < 0 ? fail(errno, "personality", "%s", a->text) : 0;
	case ATTRIBUTE_APPARMOR:
		return set_profile(a->text, false);
	case ATTRIBUTE_APPARMOR_STACK:
		return set_profile(a->text, true);
	case ATTRIBUTE_SELINUX:
		return set_label(a->text);
	case ATTRIBUTE_MEMORY_POLICY:
		return sys_set_mempolicy((int)a->number, a->nodes, NODE_WORDS * 64 + 1)
			       ? fail(errno, "set_mempolicy", "%s", a->text)
			       : 0;
	}
	return 0;
}
