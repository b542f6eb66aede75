/* SPDX-License-Identifier: Apache-2.0 */
/* Network devices into the container's namespace, and back out of one that outlives the container. */
#include "op.h"

#include "base/io.h"
#include "base/link.h"
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int op_netdev(struct walker *w, const struct step *step)
{
	const struct step_netdev *n = &step->netdev;
	char path[32];

	snprintf(path, sizeof path, "%d/ns/net", w->init);
	auto_fd int made = n->joined ? -1 : proc_namespace(path);
	int target = n->joined ? w->slot[SLOT_NS + OCI_NS_NETWORK] : made;
	return target < 0 ? target : link_move(-1, n->name, target, n->new_name);
}

void netdev_take_back(struct walker *w)
{
	char path[32];
	struct link link;

	snprintf(path, sizeof path, "%d/ns/net", w->init);
	for (size_t i = 0; i < w->plan->steps; i++) {
		const struct step_netdev *n = &w->plan->step[i].netdev;
		if (w->plan->step[i].op != OP_NETDEV || n->joined || w->init <= 0)
			continue;
		auto_fd int fd = proc_namespace(path);
		if (fd >= 0 && !link_find_in(fd, n->new_name, &link))
			(void)link_move(fd, n->new_name, -1, n->name);
	}
}

int netdev_return(const char *namespace, const char *new_name, const char *name,
		  const char *hardware)
{
	struct link link;
	auto_fd int fd = open(namespace, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0; /* the namespace is gone, and what was in it is the kernel's business */
	if (link_find_in(fd, new_name, &link) || strcmp(link.hardware, hardware)) {
		error_clear(); /* not there, or not ours */
		return 0;
	}
	return link_move(fd, new_name, -1, name);
}
