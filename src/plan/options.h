/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: the words of a mount's options (config.md, "Mounts"; mount(8)), sorted by what they act on: the
 * mount (attributes of mount_setattr(2)), all mounts below it, its propagation, or the filesystem (data).
 */
#ifndef TARE_PLAN_OPTIONS_H
#define TARE_PLAN_OPTIONS_H

#include "plan.h"

struct mount_options {
	struct attributes attributes, below;
	struct {
		unsigned long *item;
		size_t count;
	} propagation;
	struct {
		struct fs_option *item;
		size_t count;
	} data;
	bool recursive_bind, has_mode;
};

void options_read(struct pool *pool, const struct strings *words, struct mount_options *options);

/* A word of the specification, or of a peer, that this version can't honour. */
bool option_unsupported(const char *word);

/* The words that it can, for `features`; ends with NULL. */
const char *option_word(size_t index);

#endif
