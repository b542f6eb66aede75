/* SPDX-License-Identifier: Apache-2.0 */
/* NOTIFY_SOCKET (sd_notify(3)): the service manager waits for a readiness message. The
 * container gets a socket of its own, in a directory of its state that is mounted at
 * /run/notify, and the process that starts the container forwards its messages. crun does the
 * same. */
#include "planner.h"

#include <string.h>
#include <sys/mount.h>

static bool notifies(const struct planner *p)
{
	const struct process *process = p->config->process;

	if (!p->request->notify_socket || !process)
		return false;
	for (size_t i = 0; i < process->env.count; i++)
		if (!strncmp(process->env.item[i], "NOTIFY_SOCKET=", 14))
			return false; /* the engine handles it itself */
	return true;
}

const char *notify_variable(const struct planner *p)
{
	return notifies(p) ? "NOTIFY_SOCKET=/run/notify/notify" : NULL;
}

void add_notify_directory(struct planner *p)
{
	if (!notifies(p))
		return;
	add(p, OP_NOTIFY, WHO_PARENT, "/process/env")->text.text = "directory";
	p->notify_slot = fresh_slot(p);
	if (p->takes)
		add(p, OP_TREE, WHO_PARENT, "/process/env")->tree = (struct step_tree){
			.path = pool_text(p->pool, "%s/notify", p->request->state),
			.slot = p->notify_slot
		};
}

void add_notify_mount(struct planner *p)
{
	static unsigned long private[] = { MS_PRIVATE };
	struct step_mount mount = {
		.target = "/run/notify",
		.tree = p->notify_slot,
		/* It is a directory of the host that only contains the socket, so nothing may
		 * be created in it. */
		.attributes = { .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				       MOUNT_ATTR_NOEXEC },
	};

	if (!notifies(p))
		return;
	if (!p->takes)
		add(p, OP_TREE, WHO_INIT, "/process/env")->tree = (struct step_tree){
			.path = pool_text(p->pool, "%s/notify", p->request->state),
			.slot = p->notify_slot
		};
	mount.propagation.item = private;
	mount.propagation.count = 1;
	add(p, OP_MOVE, WHO_INIT, "/process/env")->mount = mount;
}

void add_notify_socket(struct planner *p)
{
	if (notifies(p))
		add(p, OP_NOTIFY, WHO_PARENT, "/process/env")->text.text = "socket";
}
