/* SPDX-License-Identifier: Apache-2.0 */
/* A container with a damaged state: what still belongs to it is found from what is left, and
 * removed. */
#include "cmd.h"

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "plan/record.h"
#include "seccomp/filter.h"
#include "stage/undo.h"

#include <errno.h>
#include <string.h>

bool is_broken(void)
{
	return error_last()->code == CODE_CONTAINER_BROKEN;
}

/* What any container has: enough for the planner to place its cgroups. */
static const char least_config[] =
	"{\"ociVersion\":\"" OCI_VERSION "\",\"root\":{\"path\":\"rootfs\"},"
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}]}}";

static void read_config(struct container *c, struct config *config)
{
	auto_free char *text = NULL;
	size_t length;

	if (container_read_file(c, "config.json", &text, &length) ||
	    parse_config(&c->pool, text, length, config))
		(void)parse_config(&c->pool, least_config, strlen(least_config), config);
	error_clear();
}

/* The record as create would make it: the planner is given what is left of its inputs. */
static int make_record(struct container *c, struct plan *plan)
{
	struct config config;
	struct kept kept = { 0 };
	struct host host;
	struct request request = { .id = c->id,
				   .bundle = "/",
				   .state = pool_text(&c->pool, "%s/%s", c->path, c->id),
				   .cgroup_manager = globals.systemd_cgroup
							     ? "systemd"
							     : globals.cgroup_manager,
				   .create = { true, true } };
	int err = host_probe(&c->pool, &host);

	if (err)
		return err;
	bool known = !kept_read(c, &kept, &config);
	if (!known)
		read_config(c, &config);
	struct filter filter;
	filter_make(&c->pool, &config, &filter);
	const struct inputs inputs = { .config = &config,
				       .request = known ? kept.request : &request,
				       .host = known ? kept.host : &host,
				       .filter = &filter };
	(void)plan_make(plan, &inputs);
	error_clear(); /* a refusal does not matter: nothing is created */
	if (!plan->record)
		return fail_as(CODE_CONTAINER_BROKEN, 0, NULL,
			       "nothing is known about its cgroups");
	/* It is not known which of the cgroups above it were created for it. */
	for (size_t i = 0; i < plan->record->cgroups.count; i++) {
		struct recorded_cgroup *g = &plan->record->cgroups.item[i];
		g->keep = (struct opt_u64){ strlen(g->path), true };
	}
	c->record = plan->record;
	return 0;
}

int delete_broken(struct container *c)
{
	auto_plan plan = { 0 };
	char line[2048];

	warning("container \"%s\" is removed, although its state is damaged: %s", c->id,
		error_line(error_last(), line, sizeof line));
	int err = container_lock(c, true);
	if (err && is_broken())
		c->status = (struct status){ .state = { .id = c->id, .bundle = "" } };
	else if (err)
		return err;
	error_clear();
	if (!container_record(c) && !is_broken())
		return -EINVAL;
	if (!c->record && make_record(c, &plan)) {
		warning("its cgroups may be left: %s", error_line(error_last(), line, sizeof line));
		error_clear();
		return container_remove(c);
	}
	return undo(c, UNDO_LIVING);
}
