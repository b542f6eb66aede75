/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: the options of a mount (config.md, "Mounts"; mount(8)), sorted by what they apply
 * to: the mount (attributes of mount_setattr(2)), all its submounts, its propagation, or the
 * filesystem (data).
 */
#ifndef TARE_PLAN_OPTIONS_H
#define TARE_PLAN_OPTIONS_H

#include "plan.h"

/* Words that change how the mount is made. Those of crun: crun(1), "MOUNT OPTIONS". */
enum option_behaviour {
	OPTION_RBIND = 1,
	OPTION_IDMAP = 2,
	OPTION_RIDMAP = 4,
	OPTION_COPY_UP = 8,
	OPTION_COPY_SYMLINK = 16,
	OPTION_SRC_NOFOLLOW = 32,
	OPTION_DEST_NOFOLLOW = 64,
	OPTION_REMOUNT = 128,
};

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
	bool has_mode;
	unsigned behaviour;  /* enum option_behaviour */
	const char *mapping; /* of idmap=MAPPING: "uids=0-1000-1#1-2000-9;gids=..."; or NULL */
	bool super;	     /* there are superblock flags that only mount(2) can set:
				super_flags */
	unsigned long super_flags;
};

void options_read(struct pool *pool, const struct strings *words, struct mount_options *options);

/* Is the word among the options of the mount, and is it a bind mount? */
bool option_given(const struct mount *m, const char *word);
bool option_binds(const struct mount *m);

/* The known options, for `features`. Returns NULL past the last one. */
const char *option_word(size_t index);

#endif
