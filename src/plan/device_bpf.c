/* SPDX-License-Identifier: Apache-2.0 */
/* Device rules on cgroup v2: an eBPF program that the kernel runs whenever a process in the
 * cgroup opens or creates a device (BPF_PROG_TYPE_CGROUP_DEVICE, Linux 4.15). Its input is the
 * type, the access, and the major and minor number; it returns 1 to allow. It consists of one
 * chain of comparisons for each exception from the default. */
#include "planner.h"

#include <linux/bpf.h>
#include <string.h>

enum { TYPE = 2, ACCESS = 3, MAJOR = 4, MINOR = 5, SCRATCH = 1, PER_EXCEPTION = 8 };

struct program {
	uint64_t *at;
	size_t count;
};

static void emit(struct program *program, uint8_t code, uint8_t destination, uint8_t source,
		 int16_t jump, int32_t value)
{
	struct bpf_insn i = { .code = code,
			      .dst_reg = destination & 0xf,
			      .src_reg = source & 0xf,
			      .off = jump,
			      .imm = value };

	memcpy(&program->at[program->count++], &i, sizeof i);
}

static void emit_return(struct program *program, int value)
{
	emit(program, BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, value);
	emit(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Jumps past the end of the exception; the distance is filled in later. */
static void emit_unless(struct program *program, uint8_t compare, uint8_t reg, int32_t value)
{
	emit(program, BPF_JMP | compare | BPF_K, reg, 0, 0, value);
}

static void emit_exception(struct program *program, const struct device_exception *e, bool allowed)
{
	size_t start = program->count;

	if (e->type == 'c' || e->type == 'b')
		emit_unless(program, BPF_JNE, TYPE,
			    e->type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK);
	if (e->major >= 0)
		emit_unless(program, BPF_JNE, MAJOR, (int32_t)e->major);
	if (e->minor >= 0)
		emit_unless(program, BPF_JNE, MINOR, (int32_t)e->minor);
	if (e->access != DEVICE_ALL) {
		emit(program, BPF_ALU | BPF_MOV | BPF_X, SCRATCH, ACCESS, 0, 0);
		/* If the default is to deny, all requested accesses must be allowed. If it is
		 * to allow, none may be denied. */
		emit(program, BPF_ALU | BPF_AND | BPF_K, SCRATCH, 0, 0,
		     (int32_t)(allowed ? e->access : DEVICE_ALL & ~e->access));
		emit_unless(program, allowed ? BPF_JEQ : BPF_JNE, SCRATCH, 0);
	}
	emit_return(program, allowed ? 0 : 1);
	for (size_t i = start; i < program->count; i++) {
		struct bpf_insn insn;
		memcpy(&insn, &program->at[i], sizeof insn);
		uint8_t operation = BPF_OP(insn.code);
		if (BPF_CLASS(insn.code) == BPF_JMP &&
		    (operation == BPF_JNE || operation == BPF_JEQ)) {
			insn.off = (int16_t)(program->count - i - 1);
			memcpy(&program->at[i], &insn, sizeof insn);
		}
	}
}

void add_device_filter(struct planner *p, int hierarchy, bool allowed,
		       const struct device_exception *exception, size_t count)
{
	struct program program = {
		pool_alloc(p->pool, (8 + count * PER_EXCEPTION) * sizeof(uint64_t)), 0
	};
	const int context = BPF_REG_1;

	/* struct bpf_cgroup_dev_ctx: access_type (access << 16 | type), major, minor */
	emit(&program, BPF_LDX | BPF_W | BPF_MEM, TYPE, context, 0, 0);
	emit(&program, BPF_ALU | BPF_MOV | BPF_X, ACCESS, TYPE, 0, 0);
	emit(&program, BPF_ALU | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
	emit(&program, BPF_ALU | BPF_RSH | BPF_K, ACCESS, 0, 0, 16);
	emit(&program, BPF_LDX | BPF_W | BPF_MEM, MAJOR, context, 4, 0);
	emit(&program, BPF_LDX | BPF_W | BPF_MEM, MINOR, context, 8, 0);
	for (size_t i = 0; i < count; i++)
		emit_exception(&program, &exception[i], allowed);
	emit_return(&program, allowed ? 1 : 0);

	add(p, OP_DEVICES, WHO_PARENT, "/linux/resources/devices")->devices =
		(struct step_devices){ SLOT_CGROUP + hierarchy, program.at, program.count };
}
