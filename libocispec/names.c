/* SPDX-License-Identifier: Apache-2.0 */
/* The tables behind names.h. */
#include "names.h"

#include <string.h>

#define NAME(symbol, text) [symbol] = text,
#define TABLE(table, words, list)                                                                  \
	static const char *const table##_text[] = { list(NAME) };                                  \
	const struct names table = { words, table##_text,                                          \
				     sizeof table##_text / sizeof *table##_text }

TABLE(namespace_names, "namespace type", OCI_NAMESPACES);
TABLE(propagation_names, "mount propagation", OCI_PROPAGATIONS);
TABLE(capability_names, "capability", OCI_CAPABILITIES);
TABLE(device_type_names, "device type", OCI_DEVICE_TYPES);
TABLE(personality_names, "execution domain", OCI_PERSONALITIES);
TABLE(memory_policy_names, "memory policy mode", OCI_MEMORY_POLICIES);
TABLE(memory_policy_flag_names, "memory policy flag", OCI_MEMORY_POLICY_FLAGS);
TABLE(rlimit_names, "resource limit", OCI_RLIMITS);
TABLE(io_class_names, "I/O scheduling class", OCI_IO_CLASSES);
TABLE(sched_policy_names, "scheduling policy", OCI_SCHED_POLICIES);
TABLE(sched_flag_names, "scheduling flag", OCI_SCHED_FLAGS);
TABLE(seccomp_action_names, "seccomp action", OCI_SECCOMP_ACTIONS);
TABLE(seccomp_flag_names, "seccomp flag", OCI_SECCOMP_FLAGS);
TABLE(seccomp_operator_names, "seccomp operator", OCI_SECCOMP_OPERATORS);
TABLE(architecture_names, "architecture", OCI_ARCHITECTURES);
TABLE(status_names, "container status", OCI_STATUSES);
TABLE(hook_names, "hook", OCI_HOOKS);

int name_value(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->name[i] && !strcmp(names->name[i], name))
			return (int)i;
	return -1;
}

const char *name_text(const struct names *names, int value)
{
	return value >= 0 && (size_t)value < names->count ? names->name[value] : NULL;
}
