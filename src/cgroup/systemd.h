/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup/systemd: a container's scope unit, managed through systemd's D-Bus
 * interface: org.freedesktop.systemd1(5),
 * systemd.scope(5).
 *
 * A program of its own (src/systemd) loads libsystemd, since tare is linked statically. A call
 * times out after 30 s (in test builds after TARE_SYSTEMD_TIMEOUT seconds). After a timeout, all
 * further calls fail without waiting, so that a bus that does not answer delays a command only
 * once. A signal ends a wait as described in base/interrupt.h. Functions return 0 or a negative
 * errno with the error filled.
 *
 * A property is a string "NAME TYPE VALUE". TYPE is one of the D-Bus types b s t x u i as ay
 * a(ss). A value of type s extends to the end of the string, the elements of as and a(ss) are
 * separated by spaces, and ay is in hexadecimal.
 */
#ifndef TARE_CGROUP_SYSTEMD_H
#define TARE_CGROUP_SYSTEMD_H

#include "libocispec/shape.h"

#include <stdbool.h>
#include <sys/types.h>

/* Starts a scope that contains this process, and waits until systemd has done so. user: through
 * the user's manager (systemd --user). */
int systemd_start_scope(bool user, const char *unit, const struct strings *properties, pid_t pid);

/* Sets properties of a unit at run time only: they survive a daemon-reload, but are not written
 * to disk. */
int systemd_set_properties(bool user, const char *unit, const struct strings *properties);

/* 0: a unit with this name exists, but its description differs, so it does not belong to this
 * container; 1: it does, or there is no such unit; a negative errno: unknown. */
int systemd_owner(bool user, const char *unit, const char *description);

/* Stops a scope if it has this description. A scope that no longer exists is not an error. */
int systemd_stop_scope(bool user, const char *unit, const char *description);

#endif
