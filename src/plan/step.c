/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"

#include <linux/sched.h>

const struct namespace_type namespace_types[OCI_NS_COUNT] = {
	[OCI_NS_PID] = { CLONE_NEWPID, "pid" },
	[OCI_NS_NETWORK] = { CLONE_NEWNET, "net" },
	[OCI_NS_MOUNT] = { CLONE_NEWNS, "mnt" },
	[OCI_NS_IPC] = { CLONE_NEWIPC, "ipc" },
	[OCI_NS_UTS] = { CLONE_NEWUTS, "uts" },
	[OCI_NS_USER] = { CLONE_NEWUSER, "user" },
	[OCI_NS_CGROUP] = { CLONE_NEWCGROUP, "cgroup" },
	[OCI_NS_TIME] = { 0x80, "time" }, /* CLONE_NEWTIME, Linux 5.6 */
};

#define KIND_ROW(symbol, name_, data, traits_, order_, undo_, code_, slots)                        \
	[OP_##symbol] = { .name = #name_,                                                          \
			  .traits = (traits_),                                                     \
			  .order = order_,                                                         \
			  .undo = UNDO_##undo_,                                                    \
			  .code = CODE_##code_,                                                    \
			  slots },
static const struct op_row rows[OP_COUNT] = { OPS(KIND_ROW) };

#define HAS_UNDO(symbol, name, data, traits, order, undo, code, slots)                             \
	_Static_assert(!((traits)&EFFECT) || UNDO_##undo != UNDO_NOTHING,                          \
		       #name ": a step with an effect on the host needs an undo");
OPS(HAS_UNDO)

const struct op_row *op_row(enum op_kind op)
{
	return &rows[op];
}

const char *op_name(enum op_kind op)
{
	return rows[op].name;
}

const char *who_name(enum who who)
{
	static const char *const name[] = { "parent", "stager", "init" };

	return name[who];
}

int step_slot(const struct step *step, size_t offset)
{
	return offset ? *(const int *)(const void *)((const char *)step + offset) : NO_SLOT;
}
