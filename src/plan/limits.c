/* SPDX-License-Identifier: Apache-2.0 */
/* The limits besides memory, processors and processes: blockIO, hugepageLimits, network, rdma, unified; with runc's
 * conversions from v1's numbers to v2's. */
#include "planner.h"

#include <inttypes.h>
#include <string.h>

#define BLOCK "/linux/resources/blockIO/"

/* --- checks --- */

static void check_block_io(struct planner *p, const struct block_io *b)
{
	if (b->weight.value && (b->weight.value < 10 || b->weight.value > 1000))
		refuse(p, BLOCK "weight", "%u is not from 10 to 1000", b->weight.value);
	if (b->leaf_weight.value && (b->leaf_weight.value < 10 || b->leaf_weight.value > 1000))
		refuse(p, BLOCK "leafWeight", "%u is not from 10 to 1000", b->leaf_weight.value);
	for (size_t i = 0; i < b->weight_device.count; i++) {
		const struct weight_device *d = &b->weight_device.item[i];
		const char *pointer = pool_text(p->pool, BLOCK "weightDevice/%zu", i);
		if (!d->weight.set && !d->leaf_weight.set)
			refuse(p, pointer, "neither weight nor leafWeight is given");
		if (d->weight.set && (d->weight.value < 10 || d->weight.value > 1000))
			refuse(p, pointer, "%u is not from 10 to 1000", d->weight.value);
	}
}

/* "2MB", as the kernel names its files. */
static bool is_page_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && *text != '0' && strchr("KMG", text[digits]) && text[digits] &&
	       !strcmp(text + digits + 1, "B");
}

static void check_unified(struct planner *p, const struct string_map *unified)
{
	for (size_t i = 0; i < unified->count; i++) {
		const char *key = unified->item[i].key;
		const char *pointer = json_pointer(p->pool, "/linux/resources/unified", key);
		if (!*key || strchr(key, '/') || !strchr(key, '.') || *key == '.')
			refuse(p, pointer, "it is not the name of a file of cgroup v2");
		else if (!strncmp(key, "cgroup.", 7))
			refuse(p, pointer,
			       "what makes a cgroup one is not for the config to change");
	}
}

void check_more_limits(struct planner *p, const struct resources *r)
{
	if (r->block_io)
		check_block_io(p, r->block_io);
	for (size_t i = 0; i < r->hugepage_limits.count; i++)
		if (!is_page_size(r->hugepage_limits.item[i].page_size))
			refuse(p,
			       pool_text(p->pool, "/linux/resources/hugepageLimits/%zu/pageSize",
					 i),
			       "\"%s\" is not a size like 2MB",
			       r->hugepage_limits.item[i].page_size);
	for (size_t i = 0; i < r->rdma.count; i++)
		if (!r->rdma.item[i].value.hca_handles.set &&
		    !r->rdma.item[i].value.hca_objects.set)
			refuse(p,
			       json_pointer(p->pool, "/linux/resources/rdma", r->rdma.item[i].key),
			       "neither hcaHandles nor hcaObjects is given");
	check_unified(p, &r->unified);
}

/* --- blockIO --- */

/* 10 to 1000 of v1's as 1 to 10000 of v2's. */
static const char *converted(struct planner *p, const char *device, unsigned weight)
{
	return pool_text(p->pool, "%s%u", device, 1 + (weight - 10) * 9999 / 990);
}

/* Of the two schedulers that know weights, BFQ has files of its own; on v2 it takes v1's numbers. */
static void add_weight(struct planner *p, const char *device, unsigned weight, const char *pointer)
{
	const char *plain = pool_text(p->pool, "%s%u", device, weight);
	bool v2 = on_v2(p, "io");
	struct step_limit *limit = v2 ? set_limit(p, "io", NULL, "io.bfq.weight", plain, pointer)
				      : set_limit(p, "blkio",
						  *device ? "blkio.weight_device" : "blkio.weight",
						  NULL, plain, pointer);

	limit->other_file = v2	      ? "io.weight"
			    : *device ? "blkio.bfq.weight_device"
				      : "blkio.bfq.weight";
	limit->other_value = v2 ? converted(p, device, weight) : plain;
}

static void add_throttles(struct planner *p, const struct throttle_devices *list,
			  const char *v1_file, const char *v2_word, const char *member)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct throttle_device *d = &list->item[i];
		const char *pointer = pool_text(p->pool, BLOCK "%s/%zu", member, i);
		const char *device = pool_text(p->pool, "%" PRId64 ":%" PRId64, d->major.value,
					       d->minor.value);
		if (on_v2(p, "io"))
			(void)set_limit(p, "io", NULL, "io.max",
					pool_text(p->pool, "%s %s=%" PRIu64, device, v2_word,
						  d->rate.value),
					pointer);
		else
			(void)set_limit(p, "blkio", v1_file, NULL,
					pool_text(p->pool, "%s %" PRIu64, device, d->rate.value),
					pointer);
	}
}

static void add_block_io(struct planner *p, const struct block_io *b)
{
	if (b->weight.value)
		add_weight(p, "", b->weight.value, BLOCK "weight");
	if (b->leaf_weight.value)
		(void)set_limit(p, on_v2(p, "io") ? "io" : "blkio", "blkio.leaf_weight", NULL,
				pool_text(p->pool, "%u", b->leaf_weight.value), BLOCK "leafWeight");
	for (size_t i = 0; i < b->weight_device.count; i++) {
		const struct weight_device *d = &b->weight_device.item[i];
		const char *pointer = pool_text(p->pool, BLOCK "weightDevice/%zu", i);
		const char *device = pool_text(p->pool, "%" PRId64 ":%" PRId64 " ", d->major.value,
					       d->minor.value);
		if (d->weight.value)
			add_weight(p, device, d->weight.value, pointer);
		if (d->leaf_weight.value)
			(void)set_limit(p, on_v2(p, "io") ? "io" : "blkio",
					"blkio.leaf_weight_device", NULL,
					pool_text(p->pool, "%s%u", device, d->leaf_weight.value),
					pointer);
	}
	add_throttles(p, &b->throttle_read_bps_device, "blkio.throttle.read_bps_device", "rbps",
		      "throttleReadBpsDevice");
	add_throttles(p, &b->throttle_write_bps_device, "blkio.throttle.write_bps_device", "wbps",
		      "throttleWriteBpsDevice");
	add_throttles(p, &b->throttle_read_iops_device, "blkio.throttle.read_iops_device", "riops",
		      "throttleReadIOPSDevice");
	add_throttles(p, &b->throttle_write_iops_device, "blkio.throttle.write_iops_device",
		      "wiops", "throttleWriteIOPSDevice");
}

/* --- the others --- */

static void add_hugepages(struct planner *p, const struct resources *r)
{
	for (size_t i = 0; i < r->hugepage_limits.count; i++) {
		const struct hugepage_limit *h = &r->hugepage_limits.item[i];
		const char *pointer = pool_text(p->pool, "/linux/resources/hugepageLimits/%zu", i);
		const char *value = pool_text(p->pool, "%" PRIu64, h->limit.value);
		const char *v1 = pool_text(p->pool, "hugetlb.%s.limit_in_bytes", h->page_size);
		const char *v2 = pool_text(p->pool, "hugetlb.%s.max", h->page_size);
		(void)set_limit(p, "hugetlb", v1, v2, value, pointer);
		/* Of reservations, too; Linux 5.7. Before, once more what is written already. */
		struct step_limit *limit = set_limit(
			p, "hugetlb",
			pool_text(p->pool, "hugetlb.%s.rsvd.limit_in_bytes", h->page_size),
			pool_text(p->pool, "hugetlb.%s.rsvd.max", h->page_size), value, pointer);
		limit->other_file = on_v2(p, "hugetlb") ? v2 : v1;
		limit->other_value = value;
	}
}

static void add_network(struct planner *p, const struct network *n)
{
	if (n->class_id.set)
		(void)set_limit(p, "net_cls", "net_cls.classid", NULL,
				pool_text(p->pool, "%u", n->class_id.value),
				"/linux/resources/network/classID");
	for (size_t i = 0; i < n->priorities.count; i++)
		(void)set_limit(p, "net_prio", "net_prio.ifpriomap", NULL,
				pool_text(p->pool, "%s %u", n->priorities.item[i].name,
					  n->priorities.item[i].priority.value),
				pool_text(p->pool, "/linux/resources/network/priorities/%zu", i));
}

static const char *or_all(struct planner *p, const struct opt_u32 *number)
{
	return number->set ? pool_text(p->pool, "%u", number->value) : "max";
}

static void add_rdma(struct planner *p, const struct resources *r)
{
	for (size_t i = 0; i < r->rdma.count; i++)
		(void)set_limit(
			p, "rdma", "rdma.max", "rdma.max",
			pool_text(p->pool, "%s hca_handle=%s hca_object=%s", r->rdma.item[i].key,
				  or_all(p, &r->rdma.item[i].value.hca_handles),
				  or_all(p, &r->rdma.item[i].value.hca_objects)),
			json_pointer(p->pool, "/linux/resources/rdma", r->rdma.item[i].key));
}

/* Files of v2 by name: the controller is what comes before the first dot. */
static void add_unified(struct planner *p, const struct string_map *unified)
{
	for (size_t i = 0; i < unified->count; i++) {
		const char *key = unified->item[i].key;
		const char *controller = pool_copy(p->pool, key, strcspn(key, "."));
		(void)set_limit(p, controller, NULL, key, unified->item[i].value,
				json_pointer(p->pool, "/linux/resources/unified", key));
	}
}

void add_more_limits(struct planner *p, const struct resources *r)
{
	if (r->block_io)
		add_block_io(p, r->block_io);
	add_hugepages(p, r);
	if (r->network)
		add_network(p, r->network);
	add_rdma(p, r);
	add_unified(p, &r->unified);
}
