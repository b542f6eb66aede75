/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mountinfo: reads /proc/self/mountinfo line by line (proc_pid_mountinfo(5)). Nothing is
 * allocated, the file may have any length, and a path may contain any bytes: the kernel escapes
 * spaces, tabs, newlines and backslashes in octal (\040), and they are decoded here.
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
	const char *point;   /* mount point, relative to the root of the process */
	const char *options; /* of the mount: "rw,nosuid" */
	bool shared;	     /* propagation: in a peer group */
	const char *type, *super_options;
};

struct mountinfo {
	int fd;
	size_t from, to; /* what was read and not yet used */
	bool cut;	 /* the rest of the line is to be skipped */
	/* Large enough for the fields that matter, which come first: two paths of at most
	 * PATH_MAX bytes, each byte escaped to four characters at worst. */
	char bytes[64 * 1024];
};

/* 0, or a negative errno with the error filled. mountinfo_next: 1 and the next mount, 0 at the end,
 * or a negative errno. */
int mountinfo_open(struct mountinfo *m);
int mountinfo_open_of(struct mountinfo *m, int pid); /* the mounts that another process sees */
int mountinfo_next(struct mountinfo *m, struct mountinfo_entry *entry);
/* Whether mountinfo_next() has to ask the kernel: what it has read before is used up. */
bool mountinfo_is_used_up(const struct mountinfo *m);
void mountinfo_close(struct mountinfo *m);

/* Finds the mount with this ID. 1, 0 if there is none, or a negative errno with the error filled.
 */
int mountinfo_find(struct mountinfo *m, uint64_t id, struct mountinfo_entry *entry);

/* Finds the mount that is stacked on the one with this ID, at the same mount point. Returns the
 * same values. */
int mountinfo_find_stacked(struct mountinfo *m, uint64_t id, const char *point,
			   struct mountinfo_entry *entry);

enum { MOUNT_SET = 4096 };
struct mount_set {
	size_t count;
	uint64_t id[MOUNT_SET];
};
bool mount_set_has(const struct mount_set *set, uint64_t id);
int mount_set_add(struct mount_set *set, uint64_t id); /* 0, or -E2BIG with the error filled */

/* Collects the mount with this ID and all mounts below it. Since Linux 6.8 a mount may be listed
 * before its parent, so the file is read again until nothing new is found. 0, or a negative errno
 * with the error filled. */
int mountinfo_find_tree(struct mountinfo *m, uint64_t root, struct mount_set *tree);

#endif
