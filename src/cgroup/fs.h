/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup/fs: cgroups as directories, for the cgroupfs driver. A cgroup is named by the mount point
 * of its hierarchy and a path below it that starts with '/'. The cgroup tree belongs to the host,
 * not to the rootfs, so its paths can be trusted (docs/design.md, section 5). cgroups(7).
 *
 * Functions return 0 or a negative errno with the error filled, unless stated otherwise.
 */
#ifndef TARE_CGROUP_FS_H
#define TARE_CGROUP_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Sets *exists to the length of the longest prefix of path that is an existing cgroup; 0: only
 * the root exists. -EBUSY if path itself exists and is frozen, or if there are processes in it or
 * below it. */
int cgroup_check_empty(const char *mount, const char *path, size_t *exists);

/* Creates the directory and its missing parents; controllers ("+cpu +memory", may be "" or NULL)
 * are enabled in all cgroups above it, as far as possible; cpuset: this is a v1 cpuset hierarchy,
 * and cpus and mems are copied from the parent. */
int cgroup_make(const char *mount, const char *path, const char *controllers, bool cpuset);

/* Descriptors of its directory, and of the file to which a process writes "0" to join it. */
int cgroup_directory(const char *mount, const char *path);
int cgroup_entry(const char *mount, const char *path, bool unified);

/* Whether pids.max of the cgroup2 directory and of those above leaves room for so many more
 * processes. */
bool cgroup_has_room(int directory, unsigned processes);

/* Writes a value to a file of the cgroup, given a descriptor of its directory. */
int cgroup_set(int directory, const char *file, const char *value);
/* The same in two parts, for several values to one file: v1's device rules. */
int cgroup_open(int directory, const char *file);
int cgroup_write(int fd, const char *file, const char *value);

/* cgroup_look(): like cgroup_directory(), but the error is not filled. cgroup_has(): whether the
 * cgroup has this file. cgroup_get(): the value to write to undo a later write of `value`, that
 * is the current content of the file, or, if it has one line per device, the line of the device
 * that `value` begins with; "" if it is not known. */
enum { CGROUP_VALUE = 4096 };
int cgroup_look(const char *mount, const char *path);
bool cgroup_has(int directory, const char *file);
ssize_t cgroup_read(int directory, const char *file, char *text, size_t size); /* as io_read() */
void cgroup_get(int directory, const char *file, const char *value, char old[CGROUP_VALUE]);

/* Why the cgroup lacks a file of a controller (cgroup2), in words; NULL: it is not known. */
const char *cgroup_why_missing(int directory, const char *file, char *text, size_t size);

/* Attaches an eBPF device program (struct bpf_insn) to a cgroup2 directory, replacing the one
 * attached by an earlier call. */
int cgroup_attach_devices(int directory, const void *instruction, size_t count);

/* Delegates a cgroup2 directory to a user: changes the owner of the directory and of the files
 * listed in /sys/kernel/cgroup/delegate. cgroups(7), "Cgroups v2 delegation". */
int cgroup_delegate(int directory, uid_t uid);

/* The freezer of v1, or of cgroup2 (Linux 5.2). cgroup_freeze() waits until all processes are
 * frozen or thawed, for 2 s at most. */
int cgroup_has_freezer(const char *mount,
		       const char *path); /* 1, 0, or a negative errno, with the error filled */
int cgroup_is_frozen(const char *mount, const char *path); /* 1, 0; -1: it has no freezer */
/* Whether a process that enters it stops, in v1 and v2: it, or one above it, is frozen. */
bool cgroup_is_held(const char *mount, const char *path);
/* v1: frozen, or on the way there: a pause was killed. Processes in it do not die. */
bool cgroup_is_freezing(const char *mount, const char *path);
int cgroup_freeze(const char *mount, const char *path, bool frozen);

/* Thaws it and all cgroups below it; errors are ignored. */
void cgroup_thaw_all(const char *mount, const char *path);

/* Calls the function for each process in the cgroup and below it, until it returns a non-zero
 * value, which is returned. A cgroup that does not exist has no processes. The error is not
 * filled. */
int cgroup_each_process(const char *mount, const char *path, int (*each)(pid_t pid, void *context),
			void *context);

/* Kills all processes in it and below it; without cgroup.kill (v1, or Linux before 5.14) one by
 * one, so that a process that forks may escape. */
void cgroup_kill(const char *mount, const char *path, bool unified);

bool cgroup_has_processes(const char *mount, const char *path); /* or below it */

/* Removes it and all cgroups below it, waiting up to 2 s for exiting processes; then its parents,
 * if they are empty, except those named by the first `keep` bytes of path. kills: processes that
 * are left are killed; otherwise they cause -EBUSY. A cgroup that does not exist counts as
 * removed. */
int cgroup_remove(const char *mount, const char *path, bool unified, bool kills, size_t keep);

#endif
