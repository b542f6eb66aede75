/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link: network devices, through rtnetlink(7): looks them up by name, and moves them between
 * network namespaces together with their global
 * addresses. 0, or a negative errno with the error filled.
 */
#ifndef TARE_BASE_LINK_H
#define TARE_BASE_LINK_H

#include <stddef.h>

enum { LINK_NAME = 16, LINK_HARDWARE = 3 * 32 };

struct link {
	int index;
	char hardware[LINK_HARDWARE]; /* link-layer address, "aa:bb:..."; "" if the device has
				       * none */
};

/* Finds a device in the network namespace of the calling process. -ENODEV if there is none. */
int link_find(const char *name, struct link *link);

/* Moves a device from one network namespace to another (descriptors; -1: that of the calling
 * process), renames it to new_name, brings it up and gives it the permanent addresses of global
 * scope that it had. On failure the device is moved back, if possible. */
int link_move(int from, const char *name, int to, const char *new_name);

/* Like link_find(), in the network namespace of a descriptor (-1: that of the caller). */
int link_find_in(int namespace, const char *name, struct link *link);

#endif
