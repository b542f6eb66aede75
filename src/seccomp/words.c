/* SPDX-License-Identifier: Apache-2.0 */
/* What libseccomp knows: architectures, actions, system calls. */
#include "internal.h"

#ifdef HAVE_SECCOMP

#include "base/io.h"

#include <errno.h>
#include <seccomp.h>

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

bool filter_knows_architecture(enum oci_architecture a)
{
	return a < sizeof architecture / sizeof *architecture && architecture[a];
}

uint32_t filter_token(enum oci_architecture a)
{
	return architecture[a];
}

bool filter_knows_action(enum oci_seccomp_action action)
{
	(void)action;
	return true;
}

bool filter_knows_flag(enum oci_seccomp_flag flag)
{
	(void)flag;
	return true;
}

bool filter_knows_call(const char *name)
{
	return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}

int filter_call_number(enum oci_architecture a, const char *name)
{
	return filter_knows_architecture(a)
		       ? seccomp_syscall_resolve_name_arch(architecture[a], name)
		       : -1;
}

unsigned filter_audit_architecture(enum oci_architecture a)
{
	/* The kernel tells x32 from x86-64 by a bit in the number of the call. */
	return filter_knows_architecture(a) ? architecture[a == OCI_ARCH_X32 ? OCI_ARCH_X86_64 : a]
					    : 0;
}

enum oci_architecture filter_native(void)
{
	enum oci_architecture a = 0;

	while (a < OCI_ARCH_COUNT &&
	       (!filter_knows_architecture(a) || architecture[a] != seccomp_arch_native()))
		a++;
	return a;
}

const char *filter_call_name(struct pool *pool, int number)
{
	auto_free char *name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), number);

	return name ? pool_text(pool, "%s", name) : NULL;
}

const char *filter_library(struct pool *pool)
{
	const struct scmp_version *v = seccomp_version();

	return v ? pool_text(pool, "%u.%u.%u", v->major, v->minor, v->micro) : NULL;
}

uint32_t filter_action(int action, const struct opt_u32 *errno_ret)
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

bool filter_repeats_index(const struct syscall_rule *rule)
{
	for (size_t i = 0; i < rule->args.count; i++)
		for (size_t k = 0; k < i; k++)
			if (rule->args.item[i].index.value == rule->args.item[k].index.value)
				return true;
	return false;
}

#else

bool filter_knows_architecture(enum oci_architecture a)
{
	(void)a;
	return false;
}

bool filter_knows_action(enum oci_seccomp_action action)
{
	(void)action;
	return false;
}

bool filter_knows_flag(enum oci_seccomp_flag flag)
{
	(void)flag;
	return false;
}

int filter_call_number(enum oci_architecture a, const char *name)
{
	(void)a, (void)name;
	return -1;
}

unsigned filter_audit_architecture(enum oci_architecture a)
{
	(void)a;
	return 0;
}

enum oci_architecture filter_native(void)
{
	return OCI_ARCH_COUNT;
}

const char *filter_call_name(struct pool *pool, int number)
{
	(void)pool, (void)number;
	return NULL;
}

bool filter_knows_call(const char *name)
{
	(void)name;
	return false;
}

const char *filter_library(struct pool *pool)
{
	(void)pool;
	return NULL;
}

#endif
