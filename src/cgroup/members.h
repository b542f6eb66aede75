/* SPDX-License-Identifier: Apache-2.0 */
/*
 * members: the processes of a container, found through the cgroups listed in its record, and
 * operations on all of them. A record that is NULL (it could not be read; the error is filled)
 * lists no cgroups.
 *
 * Functions return 0 or a negative errno with the error filled, unless stated otherwise.
 */
#ifndef TARE_CGROUP_MEMBERS_H
#define TARE_CGROUP_MEMBERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct record;

/* Whether the container has cgroups of its own; without them only its init process is known. */
bool members_known(const struct record *record);

/* Opens the directory of its cgroup in the hierarchy mounted at `mount`, or in the first one
 * where it has this file. A descriptor, or a negative number; the error is not filled. */
int members_cgroup(const struct record *record, const char *mount);
int members_cgroup_with(const struct record *record, const char *file);

/* The number for a key, from a file with lines "KEY NUMBER" in one of its cgroups, or the number in
 * a file that has no other (key NULL); 0: there is none; UINT64_MAX: "max". The error is not
 * filled. */
uint64_t members_number(const struct record *record, const char *file, const char *key);
/* How many of its processes the kernel has killed for lack of memory; its memory limit in bytes,
 * 0: none. */
bool members_tell_oom(const struct record *record);
uint64_t members_oom_kills(const struct record *record);
uint64_t members_memory_limit(const struct record *record);

/* Calls the function with the pid of each process, until it returns a non-zero value, which is
 * returned. */
int members_each(const struct record *record, int (*each)(pid_t pid, void *context), void *context);
bool members_exist(const struct record *record);
/* The same, of a container that was being created: in any of its cgroups. */
bool members_remain(const struct record *record);

/* Freezes or thaws all processes. */
int members_freeze(const struct record *record, bool frozen);
bool members_are_frozen(const struct record *record);
/* The first cgroup that may have one, or NULL; a look at it is enough to know. */
const struct recorded_cgroup *members_freezer(const struct record *record);
/* In cgroup v1, frozen processes do not die until they are thawed, nor those that are being frozen.
 */
bool members_are_undying(const struct record *record);

/* v1: thaws all processes in its cgroup and below it: frozen ones do not die of SIGKILL. */
void members_thaw(const struct record *record);

/* Kills all processes in its cgroups and below them, frozen or not. */
int members_kill(const struct record *record);

#endif
