/* SPDX-License-Identifier: Apache-2.0 */
#include "op.h"

#define OP_ENTRY(symbol, name, ...) [OP_##symbol] = op_##name,
op_run *const ops[OP_COUNT] = { OPS(OP_ENTRY) };
