/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup/fs: cgroups as directories, for the cgroupfs driver. A cgroup is named by the mount point
 * of its hierarchy and a path below it that starts with '/'. The cgroup tree belongs to the host:
 * nobody below the rootfs can write to it (docs/design.md, section 5). cgroups(7).
 *
 * Functions return 0 or a negative errno with the error filled, unless it says otherwise.
 */
#ifndef TARE_CGROUP_FS_H
#define TARE_CGROUP_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* How many bytes of path name a cgroup that exists. 0: none but the root. Fails if the whole exists
 * and has processes (-EBUSY) or is frozen. */
int cgroup_check_empty(const char *mount, const char *path, size_t *exists);

/* Makes the directory and those above it; controllers ("+cpu +memory", may be "" or NULL) are
 * enabled in all above it as far as they can be; cpuset: v1's cpus and mems are inherited. */
int cgroup_make(const char *mount, const char *path, const char *controllers, bool cpuset);

/* Its directory, and the file through which a process enters it by writing "0": descriptors. */
int cgroup_directory(const char *mount, const char *path);
int cgroup_entry(const char *mount, const char *path, bool unified);

/* Writes a control file of the cgroup that a descriptor stands for. */
int cgroup_set(int directory, const char *file, const char *value);
/* The same in two parts, for several values to one file: v1's device rules. */
int cgroup_open(int directory, const char *file);
int cgroup_write(int fd, const char *file, const char *value);

/* The directory as cgroup_directory() gives it, or a negative errno; the error is not filled.
 * Whether it has a file. What the file says now, to be written when `value` is to be taken back; ""
 * where that is not known: of several lines the one for the device that `value` begins with. */
enum { CGROUP_VALUE = 4096 };
int cgroup_look(const char *mount, const char *path);
bool cgroup_has(int directory, const char *file);
ssize_t cgroup_read(int directory, const char *file, char *text, size_t size); /* as io_read() */
void cgroup_get(int directory, const char *file, const char *value, char old[CGROUP_VALUE]);

/* Attaches an eBPF device program (struct bpf_insn) to a cgroup2 directory, in the place of the one
 * that an earlier call has attached. */
int cgroup_attach_devices(int directory, const void *instruction, size_t count);

/* A cgroup2 directory and those of its files that a delegation is about
 * (/sys/kernel/cgroup/delegate) get an owner: cgroups(7), "Cgroups v2 delegation". */
int cgroup_give(int directory, uid_t uid);

/* The freezer: v1's, or cgroup2's (Linux 5.2). Freezing waits until all processes are, for 2 s at
 * most. */
bool cgroup_has_freezer(const char *mount, const char *path);
bool cgroup_is_frozen(const char *mount, const char *path);
int cgroup_freeze(const char *mount, const char *path, bool frozen);

/* Thaws it and all below it, as far as that can be done. */
void cgroup_thaw_all(const char *mount, const char *path);

/* Calls the function for each process in the cgroup and below it; stops and returns what is not 0.
 * A cgroup that does not exist has none. The error is not filled. */
int cgroup_each_process(const char *mount, const char *path, int (*each)(pid_t pid, void *context),
			void *context);

/* Kills all in it and below it: for v1 one by one, so a process that forks may escape. */
void cgroup_kill(const char *mount, const char *path, bool unified);

bool cgroup_has_processes(const char *mount, const char *path); /* or below it */

/* Removes it with all below it, waiting for the dying (2 s at most); then the directories above it,
 * down to the first `keep` bytes of path, if they are empty. What is left in it is killed; or else,
 * -EBUSY: it has processes, and stays. What is not there is removed. */
int cgroup_remove(const char *mount, const char *path, bool unified, bool kills, size_t keep);

#endif
