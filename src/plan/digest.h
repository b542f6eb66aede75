/* SPDX-License-Identifier: Apache-2.0 */
/* digest: a table of the members of the structs in step.h, for plan_digest() and for the test
 * that checks that no member is missing. */
#ifndef TARE_PLAN_DIGEST_H
#define TARE_PLAN_DIGEST_H

#include "step.h"

enum member_kind {
	MEMBER_BYTES,	/* the member itself: a number, or a struct without pointers and holes */
	MEMBER_TEXT,	/* const char *, or NULL */
	MEMBER_VECTOR,	/* char *const *, with NULL at the end, or NULL */
	MEMBER_OPTIONS, /* struct fs_options */
	MEMBER_STRINGS, /* struct strings */
	MEMBER_LIST,	/* a pointer to items of `item` bytes; their number is at `count` */
	MEMBER_NODES,	/* like MEMBER_LIST, of struct step_node */
	MEMBER_TEXTS,	/* like MEMBER_LIST, of const char * */
	MEMBER_FILTER,	/* const struct step_seccomp *, or NULL */
	MEMBER_RUNTIME, /* not part of the digest: filled in by a step at run time, or of a plan
			   that no other command makes again */
};

struct member {
	const char *name;
	enum member_kind kind;
	size_t offset, size; /* in the struct */
	size_t item, count;  /* of a list */
};

/* The members of a kind's struct. size: that of the struct. */
const struct member *step_members(enum op_kind op, size_t *members, size_t *size);

#endif
