/* SPDX-License-Identifier: Apache-2.0 */
/* linux.netDevices: network devices to move from the caller's network namespace into the
 * container's. */
#include "planner.h"

#include "libocispec/text.h"

#include <ctype.h>
#include <linux/capability.h>
#include <linux/if.h>
#include <string.h>

/* A name that the kernel accepts (dev_valid_name), except for "%d", which it would replace
 * with a number. */
static bool is_name(const char *name)
{
	if (!*name || strlen(name) >= IFNAMSIZ || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (; *name; name++)
		if (*name == '/' || *name == ':' || *name == '%' || isspace((unsigned char)*name))
			return false;
	return true;
}

static const char *new_name(const struct config_linux *l, size_t i)
{
	const char *name = l->net_devices.item[i].value.name;

	return name && *name ? name : l->net_devices.item[i].key;
}

void check_net_devices(struct planner *p)
{
	const struct config_linux *l = linux_of(p);

	for (size_t i = 0; i < l->net_devices.count; i++) {
		const char *pointer = json_pointer(p->pool, "/linux/netDevices",
						   l->net_devices.item[i].key);
		if (!p->ns[OCI_NS_NETWORK])
			refuse(p, CODE_NET_DEVICE, pointer,
			       "the container shares the caller's network namespace");
		if (!host_can(p->host, CAP_NET_ADMIN) || p->host->user_namespace.value)
			refuse(p, CODE_NET_DEVICE, pointer,
			       "moving a network device needs CAP_NET_ADMIN over it");
		if (!is_name(l->net_devices.item[i].key)) {
			refuse(p, CODE_NET_DEVICE, pointer,
			       "\"%s\" is not the name of a network device",
			       l->net_devices.item[i].key);
			cure(p,
			     "a name has 1 to 15 characters, without slashes, colons and blanks");
		}
		if (!is_name(new_name(l, i))) {
			refuse(p, CODE_NET_DEVICE, pool_text(p->pool, "%s/name", pointer),
			       "\"%s\" is not a name for a network device", new_name(l, i));
			cure(p,
			     "a name has 1 to 15 characters, without slashes, colons and blanks");
		}
	}
	struct entry *e = pool_alloc(p->pool, (l->net_devices.count + 1) * sizeof *e);
	for (size_t i = 0; i < l->net_devices.count; i++)
		e[i] = (struct entry){ new_name(l, i), i };
	entries_sort(e, l->net_devices.count);
	for (size_t i = 1; i < l->net_devices.count; i++)
		if (!strcmp(e[i].text, e[i - 1].text))
			refuse(p, CODE_NET_DEVICE,
			       json_pointer(p->pool, "/linux/netDevices",
					    l->net_devices.item[e[i].index].key),
			       "another device is to be named %s, too", e[i].text);
}

static struct step_netdev device_step(const struct planner *p, size_t i)
{
	const struct config_linux *l = linux_of(p);

	return (struct step_netdev){ .name = l->net_devices.item[i].key,
				     .new_name = new_name(l, i),
				     .joined = ns_joined(p, OCI_NS_NETWORK),
				     .recorded = i };
}

/* If the namespace outlives the container, undo has to move the devices back. A new namespace
 * destroys them when it ends, so a failed create has to move them back before that. */
static void record_devices(struct planner *p, size_t count)
{
	const struct config_linux *l = linux_of(p);
	struct recorded_devices *d = pool_alloc(p->pool, sizeof *d);

	d->device.item = pool_alloc(p->pool, count * sizeof *d->device.item);
	for (size_t i = 0; i < count; i++) {
		d->device.item[i].name = l->net_devices.item[i].key;
		d->device.item[i].new_name = new_name(l, i);
	}
	d->device.count = count;
	if (ns_joined(p, OCI_NS_NETWORK)) {
		d->namespace = p->ns[OCI_NS_NETWORK]->path;
		p->plan->record->net_devices = d;
	} else {
		p->plan->net_devices = d;
	}
}

static void add_each(struct planner *p, enum op_kind op)
{
	const struct config_linux *l = linux_of(p);

	for (size_t i = 0; i < l->net_devices.count; i++)
		add(p, op, WHO_PARENT, "%s",
		    json_pointer(p->pool, "/linux/netDevices", l->net_devices.item[i].key))
			->netdev = device_step(p, i);
}

void add_net_device_looks(struct planner *p)
{
	size_t count = linux_of(p)->net_devices.count;

	if (count)
		record_devices(p, count);
	add_each(p, OP_FIND_NETDEV);
}

void add_net_devices(struct planner *p)
{
	add_each(p, OP_NETDEV);
}
