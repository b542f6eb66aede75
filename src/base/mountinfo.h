/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mountinfo: /proc/self/mountinfo, line by line (proc_pid_mountinfo(5)). Nothing is allocated, and
 * neither the length of the file nor the bytes of a path are limited: the kernel writes blanks,
 * newlines and backslashes as \040 and the like, and they are turned back here.
 */
#ifndef TARE_BASE_MOUNTINFO_H
#define TARE_BASE_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One mount; the texts are good until the next call. */
struct mountinfo_entry {
	uint64_t id, parent;
	dev_t device;
	const char *root;    /* which part of the filesystem is mounted */
	const char *point;   /* where, below the root of the process */
	const char *options; /* of the mount: "rw,nosuid" */
	bool shared;	     /* propagation: it has peers */
	const char *type, *super_options;
};

struct mountinfo {
	int fd;
	size_t from, to; /* what was read and not yet used */
	bool cut;	 /* the rest of a line is to be left out */
	/* What is of use in a line is in front: two paths of at most PATH_MAX bytes, four letters
	 * each at worst. */
	char bytes[64 * 1024];
};

/* 0, or a negative errno with the error filled. mountinfo_next: 1 and the next mount, 0 at the end,
 * or a negative errno. */
int mountinfo_open(struct mountinfo *m);
int mountinfo_next(struct mountinfo *m, struct mountinfo_entry *entry);
void mountinfo_close(struct mountinfo *m);

/* The mount with this number: 1, 0 if there is none, or a negative errno with the error filled. */
int mountinfo_find(struct mountinfo *m, uint64_t id, struct mountinfo_entry *entry);

/* The mount that lies upon the one with this number, on the same place: likewise. */
int mountinfo_find_upon(struct mountinfo *m, uint64_t id, const char *point,
			struct mountinfo_entry *entry);

enum { MOUNT_SET = 4096 };
struct mount_set {
	size_t count;
	uint64_t id[MOUNT_SET];
};
bool mount_set_has(const struct mount_set *set, uint64_t id);
int mount_set_add(struct mount_set *set, uint64_t id); /* 0, or -E2BIG with the error filled */

/* The mount with this number and all below it. From Linux 6.8 on what was attached late may stand
 * before what it was attached to: so the table is read until nothing new is found. 0, or a negative
 * errno with the error filled. */
int mountinfo_find_tree(struct mountinfo *m, uint64_t root, struct mount_set *tree);

#endif
