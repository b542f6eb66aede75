/* SPDX-License-Identifier: Apache-2.0 */
/* Functions for existing containers that several verbs use. */
#include "cmd.h"

#include "base/error.h"
#include "cgroup/fs.h"
#include "cgroup/members.h"
#include "stage/launch.h"
#include "stage/undo.h"

#include <string.h>

int open_locked(struct container *c, const char *id)
{
	int err = container_open(c, state_root(), id);

	return err ? err : container_lock(c, true);
}

enum oci_status status_of(struct container *c)
{
	enum oci_status status = container_status(c);
	bool alive = status == OCI_RUNNING || status == OCI_CREATED;

	int frozen = alive && c->status.freezer ? cgroup_is_frozen("", c->status.freezer) : -1;
	if (alive && (frozen < 0 ? members_are_frozen(container_record(c)) : frozen))
		return OCI_PAUSED;
	if (alive)
		error_clear(); /* a record that can't be read is reported by delete */
	return status;
}

int check_alive(struct container *c)
{
	enum oci_status status = status_of(c);

	return status == OCI_RUNNING || status == OCI_CREATED || status == OCI_PAUSED
		       ? 0
		       : fail_as(CODE_CONTAINER_STATE, 0, NULL, "container not running: it is %s",
				 name_text(&status_names, (int)status));
}

int delete_container(struct container *c)
{
	auto_plan poststop = { 0 };
	struct kept kept;
	struct config config;
	bool known = container_has_poststop(c) && !kept_read(c, &kept, &config);

	error_clear();
	enum oci_status status = container_status(c);
	enum undo_reason reason = c->status.state.status.value == OCI_CREATING ? UNDO_CREATE
				  : status == OCI_STOPPED		       ? UNDO_STOPPED
									       : UNDO_LIVING;
	int err = undo(c, reason);
	const struct inputs inputs = { .config = &config,
				       .request = kept.request,
				       .host = kept.host };
	if (!err && known && !plan_make_poststop(&poststop, &inputs))
		launch_poststop(&poststop);
	return err;
}
