/* SPDX-License-Identifier: Apache-2.0 */
#include "evaluate.h"

#include <linux/filter.h>
#include <stdio.h>
#include <string.h>

/* The operators of BPF_ALU that seccomp allows. */
static uint32_t calculate(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return b ? a / b : 0;
	case BPF_AND:
		return a & b;
	case BPF_OR:
		return a | b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return b < 32 ? a << b : 0;
	case BPF_RSH:
		return b < 32 ? a >> b : 0;
	default: /* BPF_NEG */
		return -a;
	}
}

static bool compare(uint16_t op, uint32_t a, uint32_t b)
{
	return op == BPF_JEQ   ? a == b
	       : op == BPF_JGT ? a > b
	       : op == BPF_JGE ? a >= b
			       : (a & b) != 0; /* BPF_JSET */
}

struct machine {
	const struct seccomp_data *data;
	uint32_t a, x, memory[BPF_MEMWORDS];
};

static uint32_t operand(const struct machine *m, const struct sock_filter *i)
{
	return BPF_SRC(i->code) == BPF_X ? m->x : i->k;
}

/* BPF_LD and BPF_LDX; false: seccomp does not allow it. */
static bool load(const struct machine *m, const struct sock_filter *i, uint32_t *value)
{
	switch (BPF_MODE(i->code)) {
	case BPF_ABS:
		if (i->k % 4 || i->k > sizeof *m->data - 4)
			return false;
		memcpy(value, (const char *)m->data + i->k, 4);
		return true;
	case BPF_LEN:
		*value = sizeof *m->data;
		return true;
	case BPF_IMM:
		*value = i->k;
		return true;
	case BPF_MEM:
		*value = m->memory[i->k % BPF_MEMWORDS];
		return true;
	default:
		return false;
	}
}

uint32_t filter_evaluate(const struct filter *filter, const struct seccomp_data *data)
{
	const struct sock_filter *program = filter->program;
	struct machine m = { .data = data };

	/* Jumps lead forward only, so it ends. */
	for (size_t at = 0; at < filter->count; at++) {
		const struct sock_filter *i = &program[at];
		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			if (!load(&m, i, &m.a))
				return SECCOMP_RET_KILL_PROCESS;
			break;
		case BPF_LDX:
			if (!load(&m, i, &m.x))
				return SECCOMP_RET_KILL_PROCESS;
			break;
		case BPF_ST:
			m.memory[i->k % BPF_MEMWORDS] = m.a;
			break;
		case BPF_STX:
			m.memory[i->k % BPF_MEMWORDS] = m.x;
			break;
		case BPF_ALU:
			m.a = calculate(BPF_OP(i->code), m.a, operand(&m, i));
			break;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_JA)
				at += i->k;
			else
				at += compare(BPF_OP(i->code), m.a, operand(&m, i)) ? i->jt : i->jf;
			break;
		case BPF_RET:
			return BPF_RVAL(i->code) == BPF_A ? m.a : i->k;
		default: /* BPF_MISC */
			if (BPF_MISCOP(i->code) == BPF_TAX)
				m.x = m.a;
			else
				m.a = m.x;
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}

const char *filter_verdict(uint32_t result, char *buffer, unsigned long size)
{
	unsigned value = result & SECCOMP_RET_DATA;

	switch (result & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		snprintf(buffer, size, "is allowed");
		break;
	case SECCOMP_RET_LOG:
		snprintf(buffer, size, "is allowed and logged");
		break;
	case SECCOMP_RET_TRACE:
		snprintf(buffer, size, "is handed to a tracer (value %u)", value);
		break;
	case SECCOMP_RET_USER_NOTIF:
		snprintf(buffer, size, "is decided by the listener");
		break;
	case SECCOMP_RET_ERRNO:
		snprintf(buffer, size, "fails with errno %u (%s)", value,
			 strerrorname_np((int)value) ? strerrorname_np((int)value) : "unknown");
		break;
	case SECCOMP_RET_TRAP:
		snprintf(buffer, size, "raises SIGSYS");
		break;
	case SECCOMP_RET_KILL_THREAD:
		snprintf(buffer, size, "kills the thread");
		break;
	default:
		snprintf(buffer, size, "kills the process");
	}
	return buffer;
}
