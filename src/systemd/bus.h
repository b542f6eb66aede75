/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd/bus: units of systemd through its D-Bus interface, org.freedesktop.systemd1(5), with
 * libsystemd, which is loaded when a function is called for the first time.
 *
 * The functions are those of cgroup/systemd.h, which documents them; the names differ in the
 * prefix only. They wait at most until the time given to bus_wait_until().
 */
#ifndef TARE_SYSTEMD_BUS_H
#define TARE_SYSTEMD_BUS_H

#include "libocispec/shape.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* By the clock of time_now(), in milliseconds. */
void bus_wait_until(int64_t time);

int bus_start_scope(bool user, const char *unit, const struct strings *properties, pid_t pid);
int bus_set_properties(bool user, const char *unit, const struct strings *properties);
int bus_owner(bool user, const char *unit, const char *description);
int bus_stop_scope(bool user, const char *unit, const char *description);

#endif
