/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup/systemd: a container's scope, by systemd's D-Bus interface: org.freedesktop.systemd1(5),
 * systemd.scope(5).
 *
 * libsystemd is loaded when it is first needed. A function has 30 s (TARE_SYSTEMD_TIMEOUT: other
 * seconds); when they have passed without an answer, all that follow have none: a bus that does not
 * answer holds nobody up twice. Functions return 0 or a negative errno with the error filled.
 *
 * A property is a text "NAME TYPE VALUE": TYPE is one of D-Bus's b s t x u i as ay a(ss); a value
 * of type s goes to the end, elements of as and a(ss) are separated by blanks, ay is hexadecimal.
 */
#ifndef TARE_CGROUP_SYSTEMD_H
#define TARE_CGROUP_SYSTEMD_H

#include "libocispec/shape.h"

#include <stdbool.h>
#include <sys/types.h>

/* Puts a process into a new scope, and waits until systemd has done so. user: by the user's own
 * manager. */
int systemd_start_scope(bool user, const char *unit, const struct strings *properties, pid_t pid);

/* Until the next daemon-reload and after it, but not on disk. */
int systemd_set_properties(bool user, const char *unit, const struct strings *properties);

/* 0: a unit of this name is there and has another description, so it is somebody else's; 1: it is
 * ours, or there is none; negative: not known. */
int systemd_owner(bool user, const char *unit, const char *description);

/* Stops a scope if it has the description; one that is gone is stopped. */
int systemd_stop_scope(bool user, const char *unit, const char *description);

#endif
