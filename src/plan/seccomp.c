/* SPDX-License-Identifier: Apache-2.0 */
/* linux.seccomp: the checks, when the filter (an input of the plan) is loaded, and where its
 * listener is sent. */
#include "planner.h"

#include "libocispec/text.h"
#include "libocispec/write.h"
#include "seccomp/evaluate.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

static const unsigned filter_flag[] = {
	[OCI_FILTER_TSYNC] = SECCOMP_FILTER_FLAG_TSYNC,
	[OCI_FILTER_LOG] = SECCOMP_FILTER_FLAG_LOG,
	[OCI_FILTER_SPEC_ALLOW] = SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	[OCI_FILTER_WAIT_KILLABLE] = 1u
				     << 5, /* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19 */
};

/* --- checks --- */

static void check_errno(struct planner *p, int action, const struct opt_u32 *value,
			const char *pointer)
{
	if (value->set && action != OCI_ACT_ERRNO && action != OCI_ACT_TRACE)
		refuse(p, CODE_SECCOMP, pointer,
		       "only SCMP_ACT_ERRNO and SCMP_ACT_TRACE take a value");
	else if (value->set && value->value > 0xffff)
		refuse(p, CODE_SECCOMP, pointer, "%u is not an errno", value->value);
}

static void check_rule(struct planner *p, const struct syscall_rule *rule, const char *pointer)
{
	if (!rule->names.count)
		refuse(p, CODE_SECCOMP, pool_text(p->pool, "%s/names", pointer),
		       "a rule without names");
	check_errno(p, rule->action.value, &rule->errno_ret,
		    pool_text(p->pool, "%s/errnoRet", pointer));
	for (size_t i = 0; i < rule->args.count; i++) {
		const struct syscall_argument *a = &rule->args.item[i];
		if (a->index.value > 5)
			refuse(p, CODE_SECCOMP, pool_text(p->pool, "%s/args/%zu/index", pointer, i),
			       "%u is not from 0 to 5", a->index.value);
		if (a->op.value == OCI_CMP_MASKED_EQ && a->value_two.value & ~a->value.value)
			warn(p, CODE_SECCOMP,
			     pool_text(p->pool, "%s/args/%zu/valueTwo", pointer, i),
			     "it has bits that the mask, value, does not have: the comparison "
			     "never holds");
	}
}

/* crun(1): a precompiled filter, which replaces that of config.json. */
static void check_ready_made(struct planner *p)
{
	const struct filter *filter = p->inputs->filter;

	if (filter->failure)
		refuse(p, CODE_SECCOMP, "/annotations/run.oci.seccomp_bpf_data", "%s",
		       filter->failure);
	else if (filter->count > BPF_MAXINSNS)
		refuse(p, CODE_SECCOMP, "/annotations/run.oci.seccomp_bpf_data",
		       "%zu instructions; the kernel takes %d", filter->count, BPF_MAXINSNS);
}

static const char *receiver(const struct planner *p)
{
	const char *path = linux_of(p)->seccomp->listener_path;

	path = path && *path ? path : annotation(p, "run.oci.seccomp.receiver");
	return path && *path ? path : NULL;
}

static bool notifies(const struct seccomp *s)
{
	for (size_t i = 0; i < s->syscalls.count; i++)
		if (s->syscalls.item[i].action.value == OCI_ACT_NOTIFY)
			return true;
	return false;
}

static void check_listener(struct planner *p, const struct seccomp *s)
{
	const char *path = receiver(p);

	if (s->default_action.value == OCI_ACT_NOTIFY)
		refuse(p, CODE_SECCOMP, "/linux/seccomp/defaultAction",
		       "the process could not start");
	if (s->listener_metadata && *s->listener_metadata && !path)
		refuse(p, CODE_SECCOMP_LISTENER, "/linux/seccomp/listenerMetadata",
		       "metadata without a listenerPath");
	if (notifies(s) && !path)
		refuse(p, CODE_SECCOMP_LISTENER, "/linux/seccomp/listenerPath",
		       "a rule says SCMP_ACT_NOTIFY: a listenerPath is needed");
	if (path && *path != '/')
		refuse(p, CODE_SECCOMP_LISTENER, "/linux/seccomp/listenerPath",
		       "\"%s\" is not an absolute path", path);
	if (path && !notifies(s))
		warn(p, CODE_SECCOMP_LISTENER, "/linux/seccomp/listenerPath",
		     "no rule says SCMP_ACT_NOTIFY: "
		     "the listener is not used");
	if (notifies(s) && p->host->kernel.value < 506)
		refuse(p, CODE_SECCOMP_LISTENER, "/linux/seccomp/listenerPath",
		       "a listener needs Linux 5.6");
	if (notifies(s) && !p->privileged && ns_joined(p, OCI_NS_PID))
		refuse(p, CODE_SECCOMP_LISTENER, "/linux/seccomp/listenerPath",
		       "without privileges a listener can't be taken from a process that others "
		       "in its pid namespace must not see");
	for (size_t i = 0; i < s->flags.count; i++)
		if (s->flags.item[i] == OCI_FILTER_WAIT_KILLABLE && !notifies(s))
			refuse(p, CODE_SECCOMP_LISTENER,
			       pool_text(p->pool, "/linux/seccomp/flags/%zu", i),
			       "it needs a rule with SCMP_ACT_NOTIFY");
}

static void check_profile(struct planner *p, const struct seccomp *s)
{
	check_listener(p, s);
	check_errno(p, s->default_action.value, &s->default_errno_ret,
		    "/linux/seccomp/defaultErrnoRet");
	for (size_t i = 0; i < s->syscalls.count; i++)
		check_rule(p, &s->syscalls.item[i],
			   pool_text(p->pool, "/linux/seccomp/syscalls/%zu", i));
}

/* run.oci.seccomp_fail_unknown_syscall: crun(1) */
static void check_names(struct planner *p, const struct seccomp *s)
{
	for (size_t i = 0; i < s->syscalls.count; i++) {
		const struct strings *names = &s->syscalls.item[i].names;
		for (size_t k = 0; k < names->count; k++)
			if (!filter_knows_call(names->item[k]))
				refuse(p, CODE_SECCOMP_CALL,
				       pool_text(p->pool, "/linux/seccomp/syscalls/%zu/names/%zu",
						 i, k),
				       "unknown system call \"%s\", and "
				       "run.oci.seccomp_fail_unknown_syscall is set",
				       names->item[k]);
	}
}

/* The member that decides about a call: the rule that names it, or the default. */
static const char *deciding(struct planner *p, const char *call)
{
	const struct seccomp *s = linux_of(p)->seccomp;

	for (size_t i = 0; s && i < s->syscalls.count; i++)
		for (size_t k = 0; k < s->syscalls.item[i].names.count; k++)
			if (!strcmp(s->syscalls.item[i].names.item[k], call))
				return pool_text(p->pool, "/linux/seccomp/syscalls/%zu", i);
	return s ? "/linux/seccomp/defaultAction" : "/annotations/run.oci.seccomp_bpf_data";
}

/* Of a call that this architecture does not have: allowed. */
static uint32_t verdict_on(const struct planner *p, const char *call, char *verdict, size_t size)
{
	enum oci_architecture native = filter_native();
	const struct seccomp_data data = { .nr = filter_call_number(native, call),
					   .arch = filter_audit_architecture(native) };
	uint32_t result = data.arch && data.nr >= 0 ? filter_evaluate(p->inputs->filter, &data)
						    : SECCOMP_RET_ALLOW;

	(void)filter_verdict(result, verdict, size);
	return result;
}

static bool passes(uint32_t result)
{
	result &= SECCOMP_RET_ACTION_FULL;
	return result == SECCOMP_RET_ALLOW || result == SECCOMP_RET_LOG;
}

static bool denies(const struct planner *p, const char *call, char *verdict, size_t size)
{
	uint32_t result = verdict_on(p, call, verdict, size) & SECCOMP_RET_ACTION_FULL;

	return !passes(result) && result != SECCOMP_RET_USER_NOTIF && result != SECCOMP_RET_TRACE;
}

/* A filter that denies execve lets no program start. What a program calls first is up to it; these
 * calls are those of nearly all. */
static void check_start(struct planner *p)
{
	static const char *const first[] = { "brk", "mmap", "exit_group" };
	char verdict[64];

	if (!p->config->process || !p->inputs->filter || !p->inputs->filter->count)
		return;
	if (denies(p, "execve", verdict, sizeof verdict)) {
		refuse(p, CODE_EXEC_SECCOMP, deciding(p, "execve"),
		       "execve %s: no program can be started", verdict);
		return;
	}
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		if (denies(p, first[i], verdict, sizeof verdict)) {
			warn(p, CODE_EXEC_SECCOMP, deciding(p, first[i]),
			     "%s %s, which nearly every program calls first", first[i], verdict);
			cure(p, "allow %s in linux.seccomp", first[i]);
			return;
		}
}

/* A filter without no_new_privs is loaded with CAP_SYS_ADMIN, best by the stager, which clones init
 * then: others can trace init. These calls follow, under the names of every architecture: a bats
 * test has a filter that allows no others. */
enum situation {
	ALWAYS,
	OF_CREATE,
	OF_EXEC,
	OF_BATON,
	OF_HOOKS,
	OF_OLD_HOOKS, /* before Linux 5.11, whose close_range(2) has CLOSE_RANGE_CLOEXEC:
			 /proc/self/fd is read */
	OF_TERMINAL,
	OF_NPROC,
	OF_MEMORY_POLICY,
	OF_ACTIVATION
};
static const struct {
	const char *call;
	enum situation when;
	bool spared; /* if it is not there or not permitted, there is another way */
} later[] = {
	{ "clone3", ALWAYS, true },
	{ "capset", ALWAYS, false },
	{ "clone", ALWAYS, false },
	{ "close", ALWAYS, false },
	{ "exit_group", ALWAYS, false },
	{ "prctl", ALWAYS, false },
	{ "rt_sigaction", ALWAYS, false },
	{ "rt_sigprocmask", ALWAYS, false },
	{ "setsid", ALWAYS, false },
	{ "accept4", OF_CREATE, false },
	{ "write", OF_EXEC, false },
	{ "sched_setaffinity", OF_EXEC, false },
	{ "recvmsg", OF_BATON, false },
	{ "sendmsg", OF_BATON, false },
	{ "close_range", OF_HOOKS, true },
	{ "dup3", OF_HOOKS, false },
	{ "fcntl", OF_HOOKS, false },
	{ "lseek", OF_HOOKS, false },
	{ "fcntl64", OF_HOOKS, false },
	{ "_llseek", OF_HOOKS, false },
	{ "ppoll_time64", OF_HOOKS, false },
	{ "openat2", OF_OLD_HOOKS, true }, /* of proc_open(), as fstatfs is */
	{ "openat", OF_OLD_HOOKS, false },
	{ "fstatfs", OF_OLD_HOOKS, false },
	{ "fstatfs64", OF_OLD_HOOKS, false },
	{ "getdents64", OF_OLD_HOOKS, false },
	{ "memfd_create", OF_HOOKS, true },
	{ "pidfd_open", OF_HOOKS, true },
	{ "pipe2", OF_HOOKS, false },
	{ "ppoll", OF_HOOKS, false },
	{ "read", OF_HOOKS, false },
	{ "setpgid", OF_HOOKS, false },
	{ "umask", OF_HOOKS, false },
	{ "wait4", OF_HOOKS, false },
	{ "write", OF_HOOKS, false },
	{ "ioctl", OF_TERMINAL, false },
	{ "prlimit64", OF_NPROC, false },
	{ "set_mempolicy", OF_MEMORY_POLICY, false },
	{ "getpid", OF_ACTIVATION, false },
};

static bool is_in(const struct planner *p, enum situation situation)
{
	const struct process *process = process_of(p);

	switch (situation) {
	case OF_CREATE:
		return p->request->create.value;
	case OF_EXEC:
		return p->plan->exec;
	case OF_BATON:
		return !p->plan->exec || tells_pid(p);
	case OF_HOOKS:
		return has_hooks(p, OCI_HOOK_START_CONTAINER);
	case OF_OLD_HOOKS:
		return has_hooks(p, OCI_HOOK_START_CONTAINER) && p->host->kernel.value < 511;
	case OF_TERMINAL:
		return process->terminal.value;
	case OF_NPROC:
		return limits_processes(p);
	case OF_MEMORY_POLICY:
		return p->plan->exec && linux_of(p)->memory_policy;
	case OF_ACTIVATION:
		return p->request->listen_fds.value;
	case ALWAYS:
	default:
		return true;
	}
}

/* The first call of the table that the filter does not let pass. */
static const char *call_in_the_way(const struct planner *p)
{
	char verdict[64];

	for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
		uint32_t result = verdict_on(p, later[i].call, verdict, sizeof verdict);
		bool missing = result == (SECCOMP_RET_ERRNO | ENOSYS) ||
			       result == (SECCOMP_RET_ERRNO | EPERM);
		if (is_in(p, later[i].when) && !passes(result) && !(later[i].spared && missing))
			return later[i].call;
	}
	return NULL;
}

bool filters_late(const struct planner *p)
{
	return builds_apart(p) && !has_no_new_privs(p) && filters(p) && p->inputs->filter &&
	       p->inputs->filter->count && call_in_the_way(p);
}

/* Until the filter is loaded, init would have CAP_SYS_ADMIN. In a pid namespace of the container's
 * own nobody can take it from an exec, unless the container itself may trace. */
static void check_late_filter(struct planner *p)
{
	if (!filters_late(p) || (ns_new(p, OCI_NS_PID) && !may_trace(p)))
		return;
	const char *call = call_in_the_way(p);
	char verdict[64];
	(void)verdict_on(p, call, verdict, sizeof verdict);
	refuse(p, CODE_SECCOMP, deciding(p, call),
	       "%s %s, but tare calls it after it has loaded the filter: loaded later, a process "
	       "with "
	       "CAP_SYS_PTRACE in the same pid namespace could take CAP_SYS_ADMIN from the new one",
	       call, verdict);
	cure(p, "allow %s in linux.seccomp, or set process.noNewPrivileges", call);
}

void check_seccomp(struct planner *p)
{
	const struct seccomp *s = linux_of(p)->seccomp;

	if (annotation(p, "run.oci.seccomp_bpf_data"))
		check_ready_made(p);
	else if (s)
		check_profile(p, s);
	if (s && annotation(p, "run.oci.seccomp_fail_unknown_syscall"))
		check_names(p, s);
	check_start(p);
	check_late_filter(p);
}

static void warn_of_unknown(struct planner *p, const struct seccomp *s)
{
	for (size_t i = 0; i < s->architectures.count; i++)
		if (!filter_knows_architecture((enum oci_architecture)s->architectures.item[i]))
			warn(p, CODE_SECCOMP,
			     pool_text(p->pool, "/linux/seccomp/architectures/%zu", i),
			     "libseccomp does not know %s: ignored",
			     name_text(&architecture_names, s->architectures.item[i]));
	struct text unknown = { .pool = p->pool };
	for (size_t i = 0; i < s->syscalls.count; i++) {
		const struct strings *names = &s->syscalls.item[i].names;
		for (size_t k = 0; k < names->count; k++) {
			if (filter_knows_call(names->item[k]))
				continue;
			text_add(&unknown, "%s%s", unknown.used ? ", " : "", names->item[k]);
		}
	}
	/* One warning for all, since engines' profiles are often newer than libseccomp. */
	if (unknown.used)
		warn(p, CODE_SECCOMP_CALL, "/linux/seccomp/syscalls",
		     "unknown system calls are ignored: %s", unknown.bytes);
}

/* config-linux.md, "The Container Process State". */
void add_listener(struct planner *p)
{
	const struct seccomp *s = linux_of(p)->seccomp;
	const char *metadata = s->listener_metadata && *s->listener_metadata
				       ? pool_text(p->pool, "\"metadata\":%s,",
						   json_quote(p->pool, s->listener_metadata))
				       : "";

	add(p, OP_LISTENER, WHO_PARENT, "/linux/seccomp/listenerPath")->listener =
		(struct step_listener){
			.slot = SLOT_LISTENER,
			.path = receiver(p),
			.head = pool_text(p->pool,
					  "{\"ociVersion\":\"%s\",\"fds\":[\"seccompFd\"],%s"
					  "\"state\":%s",
					  OCI_VERSION, metadata, state_head(p, OCI_CREATED)),
			.middle = "},\"pid\":",
			.tail = "}",
		};
}

bool has_listener(const struct planner *p)
{
	const struct seccomp *s = linux_of(p)->seccomp;

	return s && notifies(s) && !annotation(p, "run.oci.seccomp_bpf_data");
}

void add_listener_look(struct planner *p)
{
	if (has_listener(p))
		add(p, OP_OPEN, WHO_PARENT, "/linux/seccomp/listenerPath")->open =
			(struct step_open){
				.kind = OPEN_AGENT,
				.path = receiver(p),
			};
}

void add_seccomp(struct planner *p)
{
	const struct seccomp *s = linux_of(p)->seccomp;
	const struct filter *filter = p->inputs->filter;
	bool ready = annotation(p, "run.oci.seccomp_bpf_data") != NULL;
	struct step_seccomp step = { .program = filter->program, .count = filter->count };

	if (!s && !ready)
		return;
	if (filter->failure)
		refuse(p, CODE_SECCOMP, "/linux/seccomp", "%s", filter->failure);
	else if (filter->count > BPF_MAXINSNS)
		refuse(p, CODE_SECCOMP, "/linux/seccomp",
		       "the filter has %zu instructions; the kernel takes %d", filter->count,
		       BPF_MAXINSNS);
	for (size_t i = 0; s && i < s->flags.count; i++)
		step.flags |= filter_flag[s->flags.item[i]];
	if (!ready)
		warn_of_unknown(p, s);
	if (!ready && notifies(s)) {
		/* TSYNC has no effect on a single thread, and the kernel does not allow it
		 * together with a listener. */
		step.flags &= ~(unsigned)SECCOMP_FILTER_FLAG_TSYNC;
		step.flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
		step.visible = !p->privileged;
		step.closes = p->building;
	}
	add(p, OP_SECCOMP, WHO_INIT, "/linux/seccomp")->seccomp = step;
	if (step.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) {
		add(p, OP_FETCH, WHO_PARENT, "/linux/seccomp/listenerPath")->fetch =
			(struct step_fetch){ SLOT_LISTENER, p->building };
		if (!p->building) /* otherwise once init is there: its pid is part of the message */
			add_listener(p);
	}
}
