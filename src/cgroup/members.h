/* SPDX-License-Identifier: Apache-2.0 */
/*
 * members: questions to the cgroups of one container, which its record names, and what is done to
 * all processes in them. A record that is NULL (it could not be read; the error is filled) names
 * none.
 *
 * Functions return 0 or a negative errno with the error filled, unless it says otherwise.
 */
#ifndef TARE_CGROUP_MEMBERS_H
#define TARE_CGROUP_MEMBERS_H

#include <stdbool.h>
#include <sys/types.h>

struct record;

/* Whether it has cgroups of its own: without, only its first process is known. */
bool members_known(const struct record *record);

/* The directory of its cgroup in the hierarchy mounted there, or in the one where it has a file of
 * this name: a descriptor, or -1; the error is not filled. */
int members_cgroup(const struct record *record, const char *mount);
int members_cgroup_with(const struct record *record, const char *file);

/* Calls the function with the pid of each process; stops and returns what is not 0. */
int members_each(const struct record *record, int (*each)(pid_t pid, void *context), void *context);
bool members_exist(const struct record *record);

/* Stops all processes where they are, or lets them go on. */
int members_freeze(const struct record *record, bool frozen);
bool members_are_frozen(const struct record *record);

/* Kills all processes in its cgroups and below them, frozen or not. */
int members_kill(const struct record *record);

#endif
