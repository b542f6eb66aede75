/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link: network devices, by rtnetlink(7): looked up by name, and moved between network namespaces
 * with their global addresses. 0, or a negative errno with the error filled.
 */
#ifndef TARE_BASE_LINK_H
#define TARE_BASE_LINK_H

#include <stddef.h>

enum { LINK_NAME = 16, LINK_HARDWARE = 3 * 32 };

struct link {
	int index;
	char hardware[LINK_HARDWARE]; /* its hardware address, "aa:bb:..."; "" for a device that has
					 none */
};

/* In the namespace of the calling process. -ENODEV: there is none. */
int link_find(const char *name, struct link *link);

/* From one network namespace to another (descriptors; -1: that of the calling process), under
 * another name there, up, with the addresses of global scope that it has. After a failure it is
 * where it was, as far as that can be. */
int link_move(int from, const char *name, int to, const char *new_name);

/* Like link_find, in a namespace. */
int link_find_in(int namespace, const char *name, struct link *link);

#endif
