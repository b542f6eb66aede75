/* SPDX-License-Identifier: Apache-2.0 */
/* Moves network devices into the container's network namespace, and back out of one that
 * outlives the container. */
#include "op.h"

#include "container/container.h"
#include "plan/record.h"

#include "base/error.h"
#include "base/io.h"
#include "base/link.h"
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int op_find_netdev(struct walker *w, const struct step *step)
{
	const struct step_netdev *n = &step->netdev;
	struct record *r = w->plan->record;
	struct link link;
	int err = link_find(n->name, &link);

	if (!err && r->net_devices)
		r->net_devices->device.item[n->recorded].hardware = pool_copy(
			&w->parent->container->pool, link.hardware, strlen(link.hardware));
	return err;
}

int op_netdev(struct walker *w, const struct step *step)
{
	const struct step_netdev *n = &step->netdev;
	int *namespace = &w->slot[SLOT_NS + OCI_NS_NETWORK]; /* already open if it is joined */
	char path[32];

	/* The descriptor is kept, so that the namespace does not end with init before the device
	 * has been moved back. */
	snprintf(path, sizeof path, "%d/ns/net", w->parent->init);
	if (*namespace < 0)
		*namespace = proc_namespace(path);
	return *namespace < 0 ? *namespace : link_move(-1, n->name, *namespace, n->new_name);
}

void netdev_move_back(struct walker *w)
{
	int namespace = w->slot[SLOT_NS + OCI_NS_NETWORK];
	const struct recorded_devices *devices = w->plan->net_devices;
	struct link link;

	for (size_t i = 0; devices && i < devices->device.count && namespace >= 0; i++) {
		const struct recorded_device *n = &devices->device.item[i];
		if (!link_find_in(namespace, n->new_name, &link))
			(void)link_move(namespace, n->new_name, -1, n->name);
	}
}

int netdev_return(const char *namespace, const char *new_name, const char *name,
		  const char *hardware)
{
	struct link link;
	auto_fd int fd = open(namespace, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0; /* the namespace is gone, and the kernel has dealt with its devices */
	if (link_find_in(fd, new_name, &link) || strcmp(link.hardware, hardware)) {
		error_clear(); /* not there, or not ours */
		return 0;
	}
	return link_move(fd, new_name, -1, name);
}
