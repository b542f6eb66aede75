/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a BPF program from linux.seccomp, with libseccomp, or from a base64 annotation. */
#include "internal.h"

#include "base/error.h"
#include "base/io.h"
#include "libocispec/json.h"
#include "libocispec/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- ready-made --- */

static int digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool read_base64(struct pool *pool, const char *text, struct filter *filter)
{
	size_t length = strlen(text), used = 0;
	unsigned char *bytes = pool_alloc(pool, length + 1);
	unsigned value = 0, bits = 0;

	while (length && text[length - 1] == '=')
		length--;
	for (size_t i = 0; i < length; i++) {
		int d = digit(text[i]);
		if (d < 0)
			return false;
		value = (value << 6 | (unsigned)d) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes[used++] = (unsigned char)(value >> bits);
		}
	}
	filter->program = bytes;
	filter->count = used / sizeof(struct sock_filter);
	return used && !(used % sizeof(struct sock_filter));
}

static void take_ready_made(struct pool *pool, const char *text, struct filter *filter)
{
	if (!read_base64(pool, text, filter))
		*filter = (struct filter){ .failure = "it is not a BPF program in base64" };
}

#ifdef HAVE_SECCOMP
#include <seccomp.h>

enum { X32_BIT = 0x40000000 };
enum { NONE = 0 };

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { COMPILE_SECONDS = 1 };
#else
enum { COMPILE_SECONDS = 10 };
#endif

static const enum scmp_compare operator_of[] = {
	[OCI_CMP_NE] = SCMP_CMP_NE,
	[OCI_CMP_LT] = SCMP_CMP_LT,
	[OCI_CMP_LE] = SCMP_CMP_LE,
	[OCI_CMP_EQ] = SCMP_CMP_EQ,
	[OCI_CMP_GE] = SCMP_CMP_GE,
	[OCI_CMP_GT] = SCMP_CMP_GT,
	[OCI_CMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
};

/* --- rules --- */

static struct scmp_arg_cmp comparison(const struct syscall_argument *a)
{
	struct scmp_arg_cmp c = { .arg = a->index.value,
				  .op = operator_of[a->op.value],
				  .datum_a = a->value.value,
				  .datum_b = a->value_two.value };

	if (a->op.value == OCI_CMP_MASKED_EQ) /* value is the mask, valueTwo the masked value */
		return c;
	c.datum_b = NONE;
	return c;
}

/* libseccomp ignores bits of the value that the mask does not have, and so would match more than
 * was asked for: such a comparison never holds. */
static bool never_holds(const struct syscall_argument *a)
{
	return a->op.value == OCI_CMP_MASKED_EQ && a->value_two.value & ~a->value.value;
}

/* EEXIST: an earlier rule already applies. EDOM: not supported on this architecture. */
static bool is_fatal(int err)
{
	return err && err != -EEXIST && err != -EDOM;
}

/* All comparisons must hold. But libseccomp accepts one per argument; if a rule has several for
 * the same argument, any of them suffices, as in runc and crun. */
static int add_rule(scmp_filter_ctx context, uint32_t action, int number,
		    const struct syscall_rule *rule)
{
	struct scmp_arg_cmp all[FILTER_ARGUMENTS];
	int err = 0;

	if (filter_repeats_index(rule)) {
		for (size_t i = 0; i < rule->args.count && !is_fatal(err); i++) {
			struct scmp_arg_cmp one = comparison(&rule->args.item[i]);
			if (!never_holds(&rule->args.item[i]))
				err = seccomp_rule_add_array(context, action, number, 1, &one);
		}
		return err;
	}
	if (rule->args.count > FILTER_ARGUMENTS)
		return -EINVAL; /* one of them does not exist; the planner names it */
	for (size_t i = 0; i < rule->args.count; i++) {
		if (never_holds(&rule->args.item[i]))
			return 0;
		all[i] = comparison(&rule->args.item[i]);
	}
	return seccomp_rule_add_array(context, action, number, (unsigned)rule->args.count, all);
}

static int add_rules(scmp_filter_ctx context, const struct seccomp *s, uint32_t otherwise)
{
	for (size_t i = 0; i < s->syscalls.count; i++) {
		const struct syscall_rule *rule = &s->syscalls.item[i];
		uint32_t action = filter_action(rule->action.value, &rule->errno_ret);
		if (action == otherwise)
			continue; /* the rule has no effect, and libseccomp rejects it */
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
		if (!filter_knows_architecture((enum oci_architecture)a))
			continue;
		int err = seccomp_arch_add(context, filter_token((enum oci_architecture)a));
		/* EDOM: its byte order is another one, so no process here is of it. */
		if (err && err != -EEXIST && err != -EDOM)
			return fail(-err, "seccomp_arch_add", "%s",
				    name_text(&architecture_names, a));
	}
	return 0;
}

/* --- the stub --- */

/* The newest system call that a profile names, by architecture (AUDIT_ARCH_...). */
struct newest {
	uint32_t architecture;
	int number;
};

/* A C library tries a new system call and falls back to an older one on ENOSYS, but not on EPERM,
 * which a profile that does not know the call would return. So a system call that is newer than
 * all those the profile names fails with ENOSYS. */
static void put_before(struct pool *pool, struct filter *filter, const struct newest *newest,
		       size_t count)
{
	enum { PER_ARCHITECTURE = 6 };
	size_t length = 1 + count * PER_ARCHITECTURE, at = 0;
	struct sock_filter *program = pool_alloc(pool, (length + filter->count) * sizeof *program);

	program[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						     offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < count; i++) {
		program[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							     newest[i].architecture, 0, 5);
		program[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							     offsetof(struct seccomp_data, nr));
		/* x32 system calls are left to the filter. */
		program[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2,
							     0);
		program[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K,
							     (uint32_t)newest[i].number, 0, 1);
		program[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							     SECCOMP_RET_ERRNO | ENOSYS);
		program[at] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA,
							   (uint32_t)(length - at - 1), 0, 0);
		at++;
	}
	memcpy(program + length, filter->program, filter->count * sizeof *program);
	filter->program = program;
	filter->count += length;
}

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

/* Whether the profile denies unlisted system calls with an error other than ENOSYS. */
static bool wants_stub(const struct seccomp *s)
{
	return s->default_action.value == OCI_ACT_ERRNO &&
	       !(s->default_errno_ret.set && s->default_errno_ret.value == ENOSYS);
}

static void add_stub(struct pool *pool, const struct seccomp *s, struct filter *filter)
{
	struct newest newest[32];
	size_t count = 0;
	uint32_t native = seccomp_arch_native();

	newest[count++] = (struct newest){ native, newest_call(s, native) };
	for (size_t i = 0; i < s->architectures.count && count < 32; i++) {
		int a = s->architectures.item[i];
		uint32_t token = filter_knows_architecture((enum oci_architecture)a)
					 ? filter_token((enum oci_architecture)a)
					 : native;
		if (token != native && token != SCMP_ARCH_X32)
			newest[count++] = (struct newest){ token, newest_call(s, token) };
	}
	put_before(pool, filter, newest, count);
}

/* libseccomp asks the kernel which actions it has, with a system call each, and refuses rules with
 * others. Whether this machine has them is said by its facts (or, at last, by the kernel), and a
 * plan may be for another one. */
static void allow_all_actions(void)
{
	enum { NEWEST = 7 }; /* libseccomp 2.6 */

	for (unsigned level = NEWEST; level && seccomp_api_set(level); level--)
		;
}

/* Writes the program to a descriptor. */
static int build(const struct seccomp *s, int out)
{
	allow_all_actions();
	uint32_t otherwise = filter_action(s->default_action.value, &s->default_errno_ret);
	scmp_filter_ctx context = seccomp_init(otherwise);

	if (!context)
		return fail(ENOMEM, "seccomp_init", "the seccomp filter");
	/* A binary tree instead of a list: each system call of the container passes fewer
	 * comparisons. */
	if (s->syscalls.count > 0)
		(void)seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	int err = add_architectures(context, s);
	if (!err)
		err = add_rules(context, s, otherwise);
	int exported = err ? 0 : seccomp_export_bpf(context, out);
	seccomp_release(context);
	return exported ? fail(-exported, "seccomp_export_bpf", "the seccomp filter") : err;
}

/* --- the helper process --- */

/* libseccomp 2.5.4 does not end with some profiles (two rules for one call: a0 >= X and a3 != 0;
 * a0 >= X and a3 != Y). So it runs in a child process, which SIGALRM ends. */
static _Noreturn void compile_and_tell(const struct seccomp *s, int out)
{
	sigset_t alarm_only;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)sigemptyset(&alarm_only);
	(void)sigaddset(&alarm_only, SIGALRM);
	(void)signal(SIGALRM, SIG_DFL);
	(void)sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
	(void)alarm(COMPILE_SECONDS);
	error_clear();
	/* An error comes after a possibly incomplete program, and is known by the exit status. */
	if (!build(s, out))
		_exit(0);
	(void)io_write(out, error_last(), sizeof *error_last());
	_exit(1);
}

/* From the end of what the child has written. */
static int failed_to_compile(const char *bytes, size_t length)
{
	if (length >= sizeof *error_last())
		memcpy(error_last(), bytes + length - sizeof *error_last(), sizeof *error_last());
	else
		(void)fail(ECHILD, "seccomp_export_bpf",
			   "the process that compiles the filter was killed");
	return -error_last()->err;
}

static int compile(struct pool *pool, const struct seccomp *s, struct filter *filter)
{
	enum { PROGRAM_MAX = 1024 * 1024 }; /* thirty times what the kernel takes */
	static char bytes[PROGRAM_MAX];	    /* too large for the stack */
	int pair[2], status = 0;

	if (pipe2(pair, O_CLOEXEC))
		return fail(errno, "pipe2", "the seccomp filter");
	auto_fd int from = pair[0], to = pair[1];
	pid_t pid = fork();
	if (pid < 0)
		return fail(errno, "fork", "a process that compiles the seccomp filter");
	if (pid == 0)
		compile_and_tell(s, to);
	io_close(&to);
	ssize_t length = io_read(from, bytes, PROGRAM_MAX);
	io_close(&from);
	pid_t ended;
	while ((ended = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	if (ended < 0)
		return fail(errno, "waitpid", "the process that compiles the seccomp filter");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return fail(ETIME, "seccomp_rule_add",
			    "libseccomp has not ended after %d seconds: several rules compare "
			    "arguments "
			    "of one call; write fewer",
			    COMPILE_SECONDS);
	if (length < 0)
		return fail((int)-length, "read", "the seccomp filter");
	if (status)
		return failed_to_compile(bytes, WIFEXITED(status) ? (size_t)length : 0);
	char *program = pool_alloc(pool, (size_t)length + 1);
	memcpy(program, bytes, (size_t)length);
	filter->program = program;
	filter->count = (size_t)length / sizeof(struct sock_filter);
	if (wants_stub(s))
		add_stub(pool, s, filter);
	return 0;
}

/* All that influences the program. */
static const char *cache_key(struct pool *pool, const struct seccomp *s)
{
	const struct scmp_version *v = seccomp_version();

	return pool_text(pool, "tare %s, verified, libseccomp %u.%u.%u, architecture %x\n%s",
			 PACKAGE_VERSION, v->major, v->minor, v->micro, seccomp_arch_native(),
			 json_print(pool, &shape_seccomp, s, JSON_LINE));
}

void filter_make(struct pool *pool, const struct config *config, struct filter *filter)
{
	const char *ready = config_annotation(config, "run.oci.seccomp_bpf_data");
	const struct seccomp *s = config->linux_ ? config->linux_->seccomp : NULL;

	*filter = (struct filter){ 0 };
	if (ready)
		take_ready_made(pool, ready, filter);
	if (ready || !s)
		return;
	const char *key = cache_key(pool, s);
	if (cache_read(pool, key, filter))
		return;
	if (compile(pool, s, filter)) {
		const struct error *e = error_last();
		*filter = (struct filter){ .failure = pool_text(pool, "%s %s: %s", e->call, e->text,
								error_words(e->err)) };
		error_clear();
		return;
	}
	const char *contradiction = filter_contradiction(pool, s, filter);
	if (contradiction)
		*filter = (struct filter){ .failure = contradiction };
	else
		filter->key = key;
}

#else

void filter_make(struct pool *pool, const struct config *config, struct filter *filter)
{
	const char *ready = config_annotation(config, "run.oci.seccomp_bpf_data");

	*filter = (struct filter){ 0 };
	if (ready)
		take_ready_made(pool, ready, filter);
	else if (config->linux_ && config->linux_->seccomp)
		filter->failure = "this tare was built without seccomp";
}

#endif
