/* SPDX-License-Identifier: Apache-2.0 */
/* update: devices that are added to a container while it runs, node and rule together. */
#include "cmd.h"

#include "base/error.h"
#include "base/interrupt.h"
#include "libocispec/json.h"
#include "plan/record.h"
#include "stage/change.h"
#include "stage/launch.h"
#include "stage/live.h"

#include <errno.h>
#include <string.h>

struct devices_document {
	struct {
		struct device *item;
		size_t count;
	} devices;
};
SHAPE(devices_document, ROW_OBJECTS(devices_document, "devices", devices, device));

/* The config, with what may be changed of it. */
struct changed {
	struct config config;
	struct config_linux linux_;
	struct resources resources;
	struct kept kept;
};

static void make_changeable(struct changed *changed)
{
	static const struct config_linux no_linux;
	static const struct resources no_resources;

	changed->linux_ = changed->config.linux_ ? *changed->config.linux_ : no_linux;
	changed->resources = changed->linux_.resources ? *changed->linux_.resources : no_resources;
	changed->linux_.resources = &changed->resources;
	changed->config.linux_ = &changed->linux_;
}

/* The rules of the config, or of the last update, and those of devices that were added. */
static void rules_in_force(struct pool *pool, const struct added *added,
			   struct resources *resources)
{
	size_t from = added->ruled.value ? added->rules.count : resources->devices.count,
	       count = from;
	const struct device_rule *base = added->ruled.value ? added->rules.item
							    : resources->devices.item;
	struct device_rule *rule = pool_alloc(pool,
					      (from + added->devices.count + 1) * sizeof *rule);

	if (from)
		memcpy(rule, base, from * sizeof *rule);
	for (size_t i = 0; i < added->devices.count; i++) {
		const struct device *d = added->devices.item[i].entry;
		if (!added->devices.item[i].begun.value)
			rule[count++] = (struct device_rule){
				.allow = { true, true },
				.type = d->type.value == OCI_DEVICE_BLOCK ? "b" : "c",
				.major = d->major,
				.minor = d->minor,
				.access = "rwm",
			};
	}
	resources->devices.item = rule;
	resources->devices.count = count;
}

/* Replaces the rules that were in force with the first list by those of the second. */
static int change_rules(struct container *c, struct pool *pool, const struct changed *changed,
			const struct added *before, const struct added *after)
{
	auto_plan plan = { 0 };
	struct changed now = *changed;
	struct resources then = { .devices = changed->resources.devices };
	const struct current none = { -1, -1, -1, -1, -1 };

	now.linux_.resources = &now.resources;
	now.config.linux_ = &now.linux_;
	rules_in_force(pool, before, &now.resources);
	rules_in_force(pool, after, &then);
	const struct inputs inputs = { .config = &now.config,
				       .request = now.kept.request,
				       .host = now.kept.host,
				       .resources = &then,
				       .current = &none };
	int err = plan_make_update(&plan, &inputs);
	return err ? err : update(c, now.kept.host, &plan);
}

static int read_document(struct pool *pool, const char *path, struct devices_document *document)
{
	int err = read_list(pool, path, "devices", &shape_devices_document, document);

	return err || document->devices.count ? err
					      : fail_as(CODE_JSON_MISSING, 0, NULL,
							"%s has no devices", document_name(path));
}

static struct added_device *find_added(const struct added *added, const char *path)
{
	for (size_t i = 0; i < added->devices.count; i++)
		if (!strcmp(added->devices.item[i].entry->path, path))
			return &added->devices.item[i];
	return NULL;
}

static int check_new(const struct changed *changed, const struct added *added,
		     const struct devices_document *document, const char *name)
{
	for (size_t k = 0; k < document->devices.count; k++) {
		const char *path = document->devices.item[k].path;
		bool there = find_added(added, path);
		for (size_t i = 0; i < changed->linux_.devices.count; i++)
			there |= !strcmp(changed->linux_.devices.item[i].path, path);
		for (size_t i = 0; i < k; i++)
			there |= !strcmp(document->devices.item[i].path, path);
		if (there)
			return fail_as(CODE_DEVICE, EEXIST, NULL,
				       "%s#/devices/%zu: the container has %s already", name, k,
				       path);
	}
	return 0;
}

static int add(struct container *c, struct pool *pool, struct changed *changed, struct added *added,
	       const struct devices_document *document, const char *name)
{
	auto_plan plan = { 0 };
	struct host host;
	int err = check_new(changed, added, document, name);

	if (!err)
		err = host_probe(pool, &host);
	if (err)
		return err;
	struct changed with = *changed;
	with.linux_.devices.item = document->devices.item;
	with.linux_.devices.count = document->devices.count;
	with.config.linux_ = &with.linux_;
	const struct inputs inputs = {
		.config = &with.config, .request = with.kept.request, .host = &host, .added = added
	};
	err = plan_make_devices(&plan, &inputs);
	if (err)
		return err;
	struct launch l = { .plan = &plan, .container = c, .added = added };
	err = launch_live(&l);
	if (err)
		return err;
	err = change_rules(c, pool, changed, added, plan.added);
	if (err) {
		struct error first = *error_last();
		for (size_t i = added->devices.count; i < plan.added->devices.count; i++)
			plan.added->devices.item[i].begun = (struct opt_bool){ true, true };
		(void)live_take_off(c, plan.added);
		*error_last() = first;
	}
	return err;
}

static int take_away(struct container *c, struct pool *pool, const struct changed *changed,
		     struct added *added, const struct devices_document *document, const char *name)
{
	struct added before = *added;

	before.devices.item = pool_alloc(pool,
					 (added->devices.count + 1) * sizeof *before.devices.item);
	if (added->devices.count)
		memcpy(before.devices.item, added->devices.item,
		       added->devices.count * sizeof *before.devices.item);
	for (size_t k = 0; k < document->devices.count; k++) {
		const char *path = document->devices.item[k].path;
		struct added_device *d = find_added(added, path);
		if (!d)
			return fail_as(CODE_DEVICE, ENOENT, NULL,
				       "%s#/devices/%zu: %s was not added to the container", name,
				       k, path);
		d->begun = (struct opt_bool){ true, true };
	}
	int err = change_rules(c, pool, changed, &before, added);
	return err ? err : live_take_off(c, added);
}

int update_devices(struct container *c, struct pool *pool, const char *path, bool adds)
{
	struct changed changed;
	struct added added;
	struct devices_document document = { 0 };
	int err = read_document(pool, path, &document);

	if (!err)
		err = kept_read(c, &changed.kept, &changed.config);
	if (!err)
		err = live_read(c, &added);
	if (err)
		return err;
	make_changeable(&changed);
	interrupt_begin();
	return adds ? add(c, pool, &changed, &added, &document, document_name(path))
		    : take_away(c, pool, &changed, &added, &document, document_name(path));
}

int rules_begin(struct container *c, struct pool *pool, struct config *config, struct resources *r,
		struct added *added)
{
	struct changed *changed = pool_alloc(pool, sizeof *changed);

	if (!plan_changes_devices(r))
		return 0;
	int err = container_read_added(c, added);
	if (err)
		return err;
	changed->config = *config;
	make_changeable(changed);
	rules_in_force(pool, added, &changed->resources);
	*config = changed->config;
	added->ruled = (struct opt_bool){ true, true };
	added->rules.item = r->devices.item;
	added->rules.count = r->devices.count;
	rules_in_force(pool, added, r);
	return 0;
}
