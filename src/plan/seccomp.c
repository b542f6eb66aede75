/* SPDX-License-Identifier: Apache-2.0 */
/* From linux.seccomp to a BPF program, by libseccomp. The one part of the planner besides host.c that makes
 * system calls: libseccomp asks the kernel what it can do, and before 2.6 it exports to a descriptor only. */
#include "planner.h"

#include "filter.h"
#include "program.h"
#include "libocispec/text.h"

#ifdef HAVE_SECCOMP
#include "base/io.h"
#include "base/report.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NONE = 0 };

/* libseccomp 2.5 does not know them all: those are 0. */
static const uint32_t architecture[] = {
	[OCI_ARCH_X86] = SCMP_ARCH_X86,
	[OCI_ARCH_X86_64] = SCMP_ARCH_X86_64,
	[OCI_ARCH_X32] = SCMP_ARCH_X32,
	[OCI_ARCH_ARM] = SCMP_ARCH_ARM,
	[OCI_ARCH_AARCH64] = SCMP_ARCH_AARCH64,
	[OCI_ARCH_MIPS] = SCMP_ARCH_MIPS,
	[OCI_ARCH_MIPS64] = SCMP_ARCH_MIPS64,
	[OCI_ARCH_MIPS64N32] = SCMP_ARCH_MIPS64N32,
	[OCI_ARCH_MIPSEL] = SCMP_ARCH_MIPSEL,
	[OCI_ARCH_MIPSEL64] = SCMP_ARCH_MIPSEL64,
	[OCI_ARCH_MIPSEL64N32] = SCMP_ARCH_MIPSEL64N32,
	[OCI_ARCH_PPC] = SCMP_ARCH_PPC,
	[OCI_ARCH_PPC64] = SCMP_ARCH_PPC64,
	[OCI_ARCH_PPC64LE] = SCMP_ARCH_PPC64LE,
	[OCI_ARCH_S390] = SCMP_ARCH_S390,
	[OCI_ARCH_S390X] = SCMP_ARCH_S390X,
	[OCI_ARCH_PARISC] = SCMP_ARCH_PARISC,
	[OCI_ARCH_PARISC64] = SCMP_ARCH_PARISC64,
	[OCI_ARCH_RISCV64] = SCMP_ARCH_RISCV64,
};

static const enum scmp_compare operator_of[] = {
	[OCI_CMP_NE] = SCMP_CMP_NE,
	[OCI_CMP_LT] = SCMP_CMP_LT,
	[OCI_CMP_LE] = SCMP_CMP_LE,
	[OCI_CMP_EQ] = SCMP_CMP_EQ,
	[OCI_CMP_GE] = SCMP_CMP_GE,
	[OCI_CMP_GT] = SCMP_CMP_GT,
	[OCI_CMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
};

static const unsigned filter_flag[] = {
	[OCI_FILTER_TSYNC] = SECCOMP_FILTER_FLAG_TSYNC,
	[OCI_FILTER_LOG] = SECCOMP_FILTER_FLAG_LOG,
	[OCI_FILTER_SPEC_ALLOW] = SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	[OCI_FILTER_WAIT_KILLABLE] = 1u
				     << 5, /* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19 */
};

bool seccomp_knows_architecture(enum oci_architecture a)
{
	return a < sizeof architecture / sizeof *architecture && architecture[a];
}

bool seccomp_knows_action(enum oci_seccomp_action action)
{
	(void)action;
	return true;
}

bool seccomp_knows_flag(enum oci_seccomp_flag flag)
{
	(void)flag;
	return true;
}

static uint32_t action_of(int action, const struct opt_u32 *errno_ret)
{
	uint32_t err = errno_ret->set ? errno_ret->value : EPERM;

	switch ((enum oci_seccomp_action)action) {
	case OCI_ACT_KILL:
	case OCI_ACT_KILL_THREAD:
		return SCMP_ACT_KILL_THREAD;
	case OCI_ACT_KILL_PROCESS:
		return SCMP_ACT_KILL_PROCESS;
	case OCI_ACT_TRAP:
		return SCMP_ACT_TRAP;
	case OCI_ACT_ERRNO:
		return SCMP_ACT_ERRNO(err);
	case OCI_ACT_TRACE:
		return SCMP_ACT_TRACE(err);
	case OCI_ACT_LOG:
		return SCMP_ACT_LOG;
	case OCI_ACT_NOTIFY:
		return SCMP_ACT_NOTIFY;
	case OCI_ACT_ALLOW:
		break;
	}
	return SCMP_ACT_ALLOW;
}

/* --- checks --- */

static void check_errno(struct planner *p, int action, const struct opt_u32 *value,
			const char *pointer)
{
	if (value->set && action != OCI_ACT_ERRNO && action != OCI_ACT_TRACE)
		refuse(p, pointer, "only SCMP_ACT_ERRNO and SCMP_ACT_TRACE have a value");
	else if (value->set && value->value > 0xffff)
		refuse(p, pointer, "%u is not an errno", value->value);
}

static void check_rule(struct planner *p, const struct syscall_rule *rule, const char *pointer)
{
	if (!rule->names.count)
		refuse(p, pool_text(p->pool, "%s/names", pointer), "a rule without names");
	check_errno(p, rule->action.value, &rule->errno_ret,
		    pool_text(p->pool, "%s/errnoRet", pointer));
	for (size_t i = 0; i < rule->args.count; i++)
		if (rule->args.item[i].index.value > 5)
			refuse(p, pool_text(p->pool, "%s/args/%zu/index", pointer, i),
			       "%u is not from 0 to 5", rule->args.item[i].index.value);
}

/* crun(1): instead of what config.json says. */
static void check_ready_made(struct planner *p)
{
	struct step_seccomp step = { 0 };

	if (!program_from_base64(p, annotation(p, "run.oci.seccomp_bpf_data"), &step))
		refuse(p, "/annotations/run.oci.seccomp_bpf_data",
		       "it is not base64 of a BPF program");
	else if (step.count > BPF_MAXINSNS)
		refuse(p, "/annotations/run.oci.seccomp_bpf_data",
		       "%zu instructions; the kernel takes %d", step.count, BPF_MAXINSNS);
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
		refuse(p, "/linux/seccomp/defaultAction", "no process could even begin");
	if (s->listener_metadata && *s->listener_metadata && !path)
		refuse(p, "/linux/seccomp/listenerMetadata", "metadata without a listenerPath");
	if (notifies(s) && !path)
		refuse(p, "/linux/seccomp/listenerPath",
		       "a rule says SCMP_ACT_NOTIFY: who is to be notified?");
	if (path && *path != '/')
		refuse(p, "/linux/seccomp/listenerPath", "\"%s\" is not an absolute path", path);
	if (path && !notifies(s))
		warn(p, "/linux/seccomp/listenerPath",
		     "no rule says SCMP_ACT_NOTIFY: "
		     "nobody is notified");
	if (notifies(s) && p->host->kernel.value < 506)
		refuse(p, "/linux/seccomp/listenerPath", "a listener needs Linux 5.6");
	if (notifies(s) && !p->privileged && ns_joined(p, OCI_NS_PID))
		refuse(p, "/linux/seccomp/listenerPath",
		       "without privileges a listener can't be taken from a process that others "
		       "of its pid namespace must not see");
	for (size_t i = 0; i < s->flags.count; i++)
		if (s->flags.item[i] == OCI_FILTER_WAIT_KILLABLE && !notifies(s))
			refuse(p, pool_text(p->pool, "/linux/seccomp/flags/%zu", i),
			       "it is for a filter that notifies");
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
			if (seccomp_syscall_resolve_name(names->item[k]) == __NR_SCMP_ERROR)
				refuse(p,
				       pool_text(p->pool, "/linux/seccomp/syscalls/%zu/names/%zu",
						 i, k),
				       "unknown system call \"%s\", and "
				       "run.oci.seccomp_fail_unknown_syscall is set",
				       names->item[k]);
	}
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
}

/* --- compiling --- */

static struct scmp_arg_cmp comparison(const struct syscall_argument *a)
{
	struct scmp_arg_cmp c = { .arg = a->index.value,
				  .op = operator_of[a->op.value],
				  .datum_a = a->value.value,
				  .datum_b = a->value_two.value };

	if (a->op.value == OCI_CMP_MASKED_EQ) /* value is the mask, valueTwo what is left */
		return c;
	c.datum_b = NONE;
	return c;
}

static bool repeats_index(const struct syscall_rule *rule)
{
	for (size_t i = 0; i < rule->args.count; i++)
		for (size_t k = 0; k < i; k++)
			if (rule->args.item[i].index.value == rule->args.item[k].index.value)
				return true;
	return false;
}

/* EEXIST: a rule before says what happens then. EDOM: not on this architecture. */
static bool is_fatal(int err)
{
	return err && err != -EEXIST && err != -EDOM;
}

/* All comparisons must hold; but libseccomp takes one an argument, and with two of one argument the peers
 * mean "one of them". */
static int add_rule(scmp_filter_ctx context, uint32_t action, int number,
		    const struct syscall_rule *rule)
{
	struct scmp_arg_cmp all[6];
	int err = 0;

	if (repeats_index(rule)) {
		for (size_t i = 0; i < rule->args.count && !is_fatal(err); i++) {
			struct scmp_arg_cmp one = comparison(&rule->args.item[i]);
			err = seccomp_rule_add_array(context, action, number, 1, &one);
		}
		return err;
	}
	for (size_t i = 0; i < rule->args.count; i++)
		all[i] = comparison(&rule->args.item[i]);
	return seccomp_rule_add_array(context, action, number, (unsigned)rule->args.count, all);
}

/* Apart from the compiling, which the cache may save. */
static void warn_of_unknown(struct planner *p, const struct seccomp *s)
{
	for (size_t i = 0; i < s->architectures.count; i++)
		if (!seccomp_knows_architecture((enum oci_architecture)s->architectures.item[i]))
			warn(p, pool_text(p->pool, "/linux/seccomp/architectures/%zu", i),
			     "libseccomp does not know %s: ignored",
			     name_text(&architecture_names, s->architectures.item[i]));
	struct text unknown = { .pool = p->pool };
	for (size_t i = 0; i < s->syscalls.count; i++) {
		const struct strings *names = &s->syscalls.item[i].names;
		for (size_t k = 0; k < names->count; k++) {
			if (seccomp_syscall_resolve_name(names->item[k]) != __NR_SCMP_ERROR)
				continue;
			text_add(&unknown, "%s%s", unknown.used ? ", " : "", names->item[k]);
		}
	}
	/* In one line: the profiles of engines are often newer than the library. */
	if (unknown.used)
		warn(p, "/linux/seccomp/syscalls", "unknown system calls are ignored: %s",
		     unknown.bytes);
}

static int add_rules(scmp_filter_ctx context, const struct seccomp *s, uint32_t otherwise)
{
	for (size_t i = 0; i < s->syscalls.count; i++) {
		const struct syscall_rule *rule = &s->syscalls.item[i];
		uint32_t action = action_of(rule->action.value, &rule->errno_ret);
		if (action == otherwise)
			continue; /* it says nothing, and libseccomp refuses it */
		for (size_t k = 0; k < rule->names.count; k++) {
			int number = seccomp_syscall_resolve_name(rule->names.item[k]);
			if (number == __NR_SCMP_ERROR)
				continue;
			int err = add_rule(context, action, number, rule);
			if (is_fatal(err))
				return fail(-err, "seccomp_rule_add", "%s", rule->names.item[k]);
		}
	}
	return 0;
}

static int add_architectures(scmp_filter_ctx context, const struct seccomp *s)
{
	for (size_t i = 0; i < s->architectures.count; i++) {
		int a = s->architectures.item[i];
		if (!seccomp_knows_architecture((enum oci_architecture)a))
			continue;
		int err = seccomp_arch_add(context, architecture[a]);
		if (err && err != -EEXIST)
			return fail(-err, "seccomp_arch_add", "%s",
				    name_text(&architecture_names, a));
	}
	return 0;
}

/* --- the stub --- */

static int newest_call(const struct seccomp *s, uint32_t token)
{
	int newest = -1;

	for (size_t i = 0; i < s->syscalls.count; i++) {
		const struct strings *names = &s->syscalls.item[i].names;
		for (size_t k = 0; k < names->count; k++) {
			int number = seccomp_syscall_resolve_name_arch(token, names->item[k]);
			newest = number > newest ? number : newest;
		}
	}
	return newest;
}

/* A profile that refuses what it does not list, with anything but ENOSYS. */
static bool wants_stub(const struct seccomp *s)
{
	return s->default_action.value == OCI_ACT_ERRNO &&
	       !(s->default_errno_ret.set && s->default_errno_ret.value == ENOSYS);
}

static void add_stub(struct planner *p, const struct seccomp *s, struct step_seccomp *step)
{
	struct newest newest[32];
	size_t count = 0;
	uint32_t native = seccomp_arch_native();

	newest[count++] = (struct newest){ native, newest_call(s, native) };
	for (size_t i = 0; i < s->architectures.count && count < 32; i++) {
		int a = s->architectures.item[i];
		uint32_t token = seccomp_knows_architecture((enum oci_architecture)a)
					 ? architecture[a]
					 : native;
		if (token != native && token != SCMP_ARCH_X32)
			newest[count++] = (struct newest){ token, newest_call(s, token) };
	}
	program_add_stub(p, step, newest, count);
}

static int export(struct planner *p, scmp_filter_ctx context, struct step_seccomp *step)
{
	struct stat st;
	auto_fd int fd = memfd_create("seccomp", MFD_CLOEXEC);

	if (fd < 0)
		return fail(errno, "memfd_create", "the seccomp filter");
	int err = seccomp_export_bpf(context, fd);
	if (err)
		return fail(-err, "seccomp_export_bpf", "the seccomp filter");
	if (fstat(fd, &st) || lseek(fd, 0, SEEK_SET))
		return fail(errno, "fstat", "the seccomp filter");
	char *program = pool_alloc(p->pool, (size_t)st.st_size + 1);
	if (io_read(fd, program, (size_t)st.st_size + 1) != st.st_size)
		return fail(EIO, "read", "the seccomp filter");
	step->program = program;
	step->count = (size_t)st.st_size / sizeof(struct sock_filter);
	return 0;
}

static int build(struct planner *p, const struct seccomp *s, struct step_seccomp *step)
{
	uint32_t otherwise = action_of(s->default_action.value, &s->default_errno_ret);
	scmp_filter_ctx context = seccomp_init(otherwise);

	if (!context)
		return fail(ENOMEM, "seccomp_init", "the seccomp filter");
	/* A tree, not a list, for each system call of the container to walk through. */
	if (s->syscalls.count > 0)
		(void)seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	int err = add_architectures(context, s);
	if (!err)
		err = add_rules(context, s, otherwise);
	if (!err)
		err = export(p, context, step);
	seccomp_release(context);
	if (!err && wants_stub(s))
		add_stub(p, s, step);
	return err;
}

/* All that influences the program. */
static const char *cache_key(struct planner *p, const struct seccomp *s)
{
	const struct scmp_version *v = seccomp_version();

	return pool_text(p->pool, "tare %s, libseccomp %u.%u.%u, api %u, architecture %x\n%s",
			 PACKAGE_VERSION, v->major, v->minor, v->micro, seccomp_api_get(),
			 seccomp_arch_native(), json_print(p->pool, &shape_seccomp, s, JSON_LINE));
}

static int compile(struct planner *p, const struct seccomp *s, struct step_seccomp *step)
{
	const char *ready = annotation(p, "run.oci.seccomp_bpf_data");

	for (size_t i = 0; s && i < s->flags.count; i++)
		step->flags |= filter_flag[s->flags.item[i]];
	if (ready)
		return program_from_base64(p, ready, step) ? 0 : -EINVAL;
	warn_of_unknown(p, s);
	if (notifies(s)) {
		/* One thread has nobody to synchronise with, and the kernel wants no both. */
		step->flags &= ~(unsigned)SECCOMP_FILTER_FLAG_TSYNC;
		step->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
		step->visible = !p->privileged;
	}
	const char *key = cache_key(p, s);
	if (program_from_cache(p, key, step))
		return 0;
	int err = build(p, s, step);
	if (!err && !p->options->dry)
		program_to_cache(p, key, step);
	return err;
}

/* config-linux.md, "The Container Process State". */
static void add_listener(struct planner *p, const struct seccomp *s)
{
	const char *metadata = s->listener_metadata && *s->listener_metadata
				       ? pool_text(p->pool, "\"metadata\":%s,",
						   json_quote(p->pool, s->listener_metadata))
				       : "";

	add(p, OP_LISTENER, WHO_PARENT, "/linux/seccomp/listenerPath")->listener =
		(struct step_listener){
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
			(struct step_open){ .kind = OPEN_AGENT,
					    .path = receiver(p),
					    .slot = NO_SLOT };
}

void add_seccomp(struct planner *p)
{
	const struct seccomp *s = linux_of(p)->seccomp;
	struct step_seccomp step = { 0 };

	if (!s && !annotation(p, "run.oci.seccomp_bpf_data"))
		return;
	if (compile(p, s, &step)) {
		struct error e = *error_last();
		refuse(p, "/linux/seccomp", "%s %s: %s", e.call, e.text, error_words(e.err));
		return;
	}
	if (step.count > BPF_MAXINSNS)
		refuse(p, "/linux/seccomp", "the filter has %zu instructions; the kernel takes %d",
		       step.count, BPF_MAXINSNS);
	add(p, OP_SECCOMP, WHO_INIT, "/linux/seccomp")->seccomp = step;
	if (step.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		add_listener(p, s);
}

const char *seccomp_library(struct pool *pool)
{
	const struct scmp_version *v = seccomp_version();

	return v ? pool_text(pool, "%u.%u.%u", v->major, v->minor, v->micro) : NULL;
}

#else

const char *seccomp_library(struct pool *pool)
{
	(void)pool;
	return NULL;
}

void check_seccomp(struct planner *p)
{
	if (linux_of(p)->seccomp)
		refuse(p, "/linux/seccomp", "this tare was built without seccomp");
}

void add_seccomp(struct planner *p)
{
	(void)p;
}

void add_listener_look(struct planner *p)
{
	(void)p;
}

bool has_listener(const struct planner *p)
{
	(void)p;
	return false;
}

bool seccomp_knows_architecture(enum oci_architecture a)
{
	(void)a;
	return false;
}

bool seccomp_knows_action(enum oci_seccomp_action action)
{
	(void)action;
	return false;
}

bool seccomp_knows_flag(enum oci_seccomp_flag flag)
{
	(void)flag;
	return false;
}

#endif
