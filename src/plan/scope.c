/* SPDX-License-Identifier: Apache-2.0 */
/* The systemd cgroup manager: the name and cgroup of the container's scope, and its
 * properties. They come from the limits and from the annotations org.systemd.property.NAME,
 * whose values are in GVariant text format. */
#include "planner.h"

#include "libocispec/text.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROPERTY "org.systemd.property."

bool by_systemd(const struct planner *p)
{
	const char *manager = p->request->cgroup_manager;

	return manager && !strcmp(manager, "systemd");
}

/* Use the user's service manager? Only root in the initial user namespace uses the system's. */
static bool by_user(const struct planner *p)
{
	return p->host->uid.value || p->host->user_namespace.value;
}

/* slice:prefix:name */
struct scope_name {
	const char *slice, *unit;
};

static struct scope_name scope_name(struct planner *p)
{
	const char *path = linux_of(p)->cgroups_path;
	const char *usual = by_user(p) ? "user.slice" : "system.slice";

	if (!path || !*path) {
		struct text text = { .pool = p->pool };
		for (const char *c = p->request->id; *c; c++) /* the only character of an id
								 that a unit name can't contain */
			if (*c == '+')
				text_add(&text, "\\x2b");
			else
				text_add(&text, "%c", *c);
		const char *name = text.bytes ? text.bytes : "";
		/* unit names are limited to 255 bytes, too */
		bool fits = strlen(name) + strlen("tare-.scope") <= NAME_MAX;
		return (struct scope_name){
			usual, fits ? pool_text(p->pool, "tare-%s.scope", name)
				    : pool_text(p->pool, "tare-%.180s-%016" PRIx64 ".scope", name,
						text_hash(p->request->id))
		};
	}
	const char *first = strchr(path, ':'), *second = first ? strchr(first + 1, ':') : NULL;
	if (!second || strchr(path, '/') || !second[1] || strchr(second + 1, ':')) {
		refuse(p, CODE_CGROUP, "/linux/cgroupsPath",
		       "with the systemd cgroup manager it is slice:prefix:name, not \"%s\"", path);
		return (struct scope_name){ usual, "" };
	}
	size_t slice = (size_t)(first - path), prefix = (size_t)(second - first - 1);
	struct scope_name n = {
		slice ? pool_copy(p->pool, path, slice) : usual,
		pool_text(p->pool, "%.*s%s%s.scope", (int)prefix, first + 1, prefix ? "-" : "",
			  second + 1),
	};
	size_t length = strlen(n.slice);
	if (length > NAME_MAX || strlen(n.unit) > NAME_MAX) {
		refuse(p, CODE_CGROUP, "/linux/cgroupsPath",
		       "the name of a unit is limited to %d bytes", NAME_MAX);
		return (struct scope_name){ usual, "" };
	}
	if (strcmp(n.slice, "-") && (length < 7 || strcmp(n.slice + length - 6, ".slice")))
		refuse(p, CODE_CGROUP, "/linux/cgroupsPath", "\"%s\" is not the name of a slice",
		       n.slice);
	return n;
}

/* a-b.slice is /a.slice/a-b.slice: systemd.slice(5) */
static const char *slice_path(struct planner *p, const char *slice)
{
	struct text path = { .pool = p->pool };

	if (!strcmp(slice, "-") || !strcmp(slice, "-.slice"))
		return "";
	for (const char *end = slice; (end = strchr(end, '-')); end++)
		text_add(&path, "/%.*s.slice", (int)(end - slice), slice);
	text_add(&path, "/%s", slice);
	return path.bytes;
}

/* The cgroup of the user's service manager. */
static const char *manager_path(struct planner *p, const struct hierarchy *h)
{
	const char *at = strstr(h->own, "/user@");
	const char *end = at ? strstr(at, ".service") : NULL;

	if (!by_user(p))
		return "";
	return end ? pool_copy(p->pool, h->own, (size_t)(end - h->own) + strlen(".service"))
		   : pool_text(p->pool, "/user.slice/user-%u.slice/user@%u.service",
			       p->host->uid.value, p->host->uid.value);
}

static const char *subgroup(const struct planner *p)
{
	return annotation(p, "run.oci.systemd.subgroup");
}

const char *scope_place(struct planner *p, const struct hierarchy *h)
{
	struct scope_name n = scope_name(p);
	const char *sub = subgroup(p);

	return pool_text(p->pool, "%s%s/%s%s%s", manager_path(p, h), slice_path(p, n.slice), n.unit,
			 sub && *sub ? "/" : "", sub && *sub ? sub : "");
}

int scope_hierarchy(const struct planner *p)
{
	int found = -1;

	for (size_t i = 0; i < p->host->cgroups.count; i++)
		if (p->host->cgroups.item[i].unified.value)
			return (int)i;
		else if (!strcmp(p->host->cgroups.item[i].controllers, "name=systemd"))
			found = (int)i;
	return found;
}

/* v1 controllers are only delegated to root in the initial user namespace. */
bool in_scope(const struct planner *p, const struct hierarchy *h)
{
	return !by_user(p) || h->unified.value || !strcmp(h->controllers, "name=systemd");
}

/* systemd.resource-control(5); systemd does not know the other controllers. */
bool systemd_uses_hierarchy(const struct hierarchy *h)
{
	static const char *const known[] = { "name=systemd", "cpu",	"cpuacct", "blkio",
					     "memory",	     "devices", "pids" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (listed(h->controllers, known[i], ','))
			return true;
	return h->unified.value;
}

void check_scope(struct planner *p)
{
	const char *sub = subgroup(p);

	if (!by_systemd(p)) {
		if (sub)
			warn(p, CODE_IGNORED, "/annotations/run.oci.systemd.subgroup",
			     "it only applies to the "
			     "systemd cgroup manager: ignored");
		return;
	}
	if (scope_hierarchy(p) < 0)
		refuse(p, CODE_SYSTEMD, "/linux/cgroupsPath",
		       "the systemd cgroup manager needs systemd's cgroup hierarchy, and none is "
		       "mounted: --cgroup-manager cgroupfs does not need it");
	if (sub && (strchr(sub, '/') || *sub == '.'))
		refuse(p, CODE_CGROUP, "/annotations/run.oci.systemd.subgroup",
		       "\"%s\" is not the name of a directory", sub);
}

/* --- properties --- */

/* Converts a list such as "0-2,7" into a hexadecimal bit mask, least significant byte first. */
static const char *mask_of(struct planner *p, const char *text)
{
	uint64_t bits[NODE_WORDS] = { 0 };
	const char *hex = "";
	size_t last = 0;

	if (!parse_list(text, bits, NODE_WORDS))
		return NULL;
	for (size_t i = 0; i < NODE_WORDS * 8; i++)
		if (bits[i / 8] >> (i % 8 * 8) & 0xff)
			last = i;
	for (size_t i = 0; i <= last; i++)
		hex = pool_text(p->pool, "%s%02x", hex,
				(unsigned)(bits[i / 8] >> (i % 8 * 8) & 0xff));
	return hex;
}

/* systemd only supports whole percentages of a CPU, so the quota is rounded up. */
static void add_quota(struct planner *p, struct strings *list, const char *value)
{
	const char *blank = strchr(value, ' ');
	uint64_t quota = strtoull(value, NULL, 10), period = blank ? strtoull(blank, NULL, 10) : 0;

	if (!strncmp(value, "max", 3)) {
		strings_add(p->pool, list,
			    pool_text(p->pool, "CPUQuotaPerSecUSec t %" PRIu64, UINT64_MAX));
	} else if (period) {
		uint64_t second = (quota * 1000000 / period + 9999) / 10000 * 10000;
		strings_add(p->pool, list,
			    pool_text(p->pool, "CPUQuotaPerSecUSec t %" PRIu64, second));
	}
	if (period)
		strings_add(p->pool, list,
			    pool_text(p->pool, "CPUQuotaPeriodUSec t %" PRIu64, period));
}

/* Can the value be passed over D-Bus? Values in `unified` may have a suffix, such as 64M.
 * systemd rejects 0, which the kernel accepts, except for the files below. */
static bool is_amount(const char *file, const char *value)
{
	bool zero = !strcmp(file, "memory.swap.max") || !strcmp(file, "memory.low") ||
		    !strcmp(file, "memory.min");

	return !strcmp(value, "max") || !strcmp(value, "-1") ||
	       (*value && !value[strspn(value, "0123456789")] && (zero || strcmp(value, "0")));
}

/* Sets the same limits as systemd properties, since systemd writes its own values again on
 * every daemon-reload. */
static void add_limit_properties(struct planner *p, struct strings *list)
{
	static const struct {
		const char *file, *property;
	} table[] = {
		{ "memory.max", "MemoryMax" },
		{ "memory.high", "MemoryHigh" },
		{ "memory.low", "MemoryLow" },
		{ "memory.min", "MemoryMin" },
		{ "memory.swap.max", "MemorySwapMax" },
		{ "cpu.weight", "CPUWeight" },
		{ "pids.max", "TasksMax" },
		/* v1 */
		{ "memory.limit_in_bytes", "MemoryLimit" },
		{ "cpu.shares", "CPUShares" },
		{ "blkio.weight", "BlockIOWeight" },
	};
	const char *quota = NULL, *period = NULL;
	bool given = false;

	for (size_t i = 0; i < p->plan->steps; i++) {
		const struct step *s = &p->plan->step[i];
		const char *file = s->limit.file, *value = s->limit.value;
		if (s->op != OP_LIMIT)
			continue;
		for (size_t k = 0; k < sizeof table / sizeof *table; k++)
			if (!strcmp(file, table[k].file) && is_amount(file, value))
				strings_add(p->pool, list,
					    strcmp(value, "max") && strcmp(value, "-1")
						    ? pool_text(p->pool, "%s t %s",
								table[k].property, value)
						    : pool_text(p->pool, "%s t %" PRIu64,
								table[k].property, UINT64_MAX));
		const char *mask = !strncmp(file, "cpuset.", 7) ? mask_of(p, value) : NULL;
		if (mask && !strcmp(file, "cpuset.cpus"))
			strings_add(p->pool, list, pool_text(p->pool, "AllowedCPUs ay %s", mask));
		else if (mask && !strcmp(file, "cpuset.mems"))
			strings_add(p->pool, list,
				    pool_text(p->pool, "AllowedMemoryNodes ay %s", mask));
		else if (!strcmp(file, "cpu.max"))
			add_quota(p, list, value);
		else if (!strcmp(file, "cpu.cfs_quota_us"))
			given = true, quota = strcmp(value, "-1") ? value : "max";
		else if (!strcmp(file, "cpu.cfs_period_us"))
			given = true, period = value;
	}
	/* v1 has a separate file for quota and period. A value that is not given keeps its
	 * current value, or the kernel's default. */
	const struct current *now = p->current;
	if (!quota)
		quota = now && now->quota > 0 ? pool_text(p->pool, "%" PRId64, now->quota) : "max";
	else if (!period && now && now->period > 0)
		period = pool_text(p->pool, "%" PRId64, now->period);
	if (given)
		add_quota(p, list, pool_text(p->pool, "%s %s", quota, period ? period : "100000"));
}

/* Converts "c 10:200 rw" of v1's devices.allow to systemd's form "/dev/char/10:200 rw".
 * Returns NULL if it has no equivalent. */
static const char *device_allowed(struct planner *p, const char *value)
{
	char type, major[16], minor[16], access[8];

	if (sscanf(value, "%c %15[0-9*]:%15[0-9*] %7s", &type, major, minor, access) != 4)
		return NULL;
	const char *kind = type == 'c' ? "char" : "block";
	if (*minor != '*')
		return *major == '*'
			       ? NULL
			       : pool_text(p->pool, "/dev/%s/%s:%s %s", kind, major, minor, access);
	return pool_text(p->pool, "%s-%s %s", kind, major, access);
}

/* v1: without these systemd allows all devices at the next daemon-reload. (On v2 it leaves our
 * program alone.) */
static void add_device_properties(struct planner *p, struct strings *list)
{
	bool strict = p->current != NULL; /* an update adds to the existing rules */
	struct text allowed = { .pool = p->pool };

	for (size_t i = 0; i < p->plan->steps; i++) {
		const struct step *s = &p->plan->step[i];
		bool allow = s->op == OP_LIMIT && !strcmp(s->limit.file, "devices.allow");
		bool deny = s->op == OP_LIMIT && !strcmp(s->limit.file, "devices.deny");
		if ((allow || deny) && *s->limit.value == 'a') {
			strict = deny;
			allowed = (struct text){ .pool = p->pool };
			continue;
		}
		const char *text = allow && strict ? device_allowed(p, s->limit.value) : NULL;
		if (text)
			text_add(&allowed, "%s%s", allowed.used ? " " : "", text);
		else if (deny || (allow && strict))
			warn(p, CODE_IGNORED, s->pointer,
			     "systemd has no equivalent of %s=%s: it is lost at a daemon-reload",
			     s->limit.file, s->limit.value);
	}
	if (strict && !p->current)
		strings_add(p->pool, list, "DevicePolicy s strict");
	if (allowed.used)
		strings_add(p->pool, list,
			    pool_text(p->pool, "DeviceAllow a(ss) %s", allowed.bytes));
}

/* Parses 'text' or "text" without escapes, and sets *end to what follows. Returns NULL if it
 * is malformed. */
static const char *quoted(struct planner *p, const char *text, const char **end)
{
	const char *close = *text == '\'' || *text == '"' ? strchr(text + 1, *text) : NULL;

	if (!close || memchr(text, '\\', (size_t)(close - text)))
		return NULL;
	*end = close + 1;
	return pool_copy(p->pool, text + 1, (size_t)(close - text - 1));
}

/* Converts ['one', 'two'] to "one two". */
static const char *string_list(struct planner *p, const char *text)
{
	struct text list = { .pool = p->pool };
	const char *item;

	text += 1 + strspn(text + 1, " ");
	while (*text != ']') {
		item = quoted(p, text, &text);
		if (!item || !*item || strchr(item, ' '))
			return NULL;
		text_add(&list, "%s%s", list.used ? " " : "", item);
		text += strspn(text, " ");
		if (*text == ',')
			text += 1 + strspn(text + 1, " ");
		else if (*text != ']')
			return NULL;
	}
	return text[1] ? NULL : text_of(&list);
}

static bool is_number(const char *text)
{
	char *end;

	errno = 0;
	(void)strtoll(text, &end, 10);
	return *text && !*end && (!errno || *text != '-');
}

/* Converts GVariant text to "TYPE VALUE"; returns NULL if it is malformed. */
static const char *typed(struct planner *p, const char *value)
{
	static const struct {
		const char *prefix, *type;
	} table[] = {
		{ "uint64 ", "t" }, { "int64 ", "x" }, { "uint32 ", "u" }, { "int32 ", "i" }
	};
	const char *end, *text;

	if (!strcmp(value, "true") || !strcmp(value, "false"))
		return pool_text(p->pool, "b %s", value);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		size_t length = strlen(table[i].prefix);
		if (!strncmp(value, table[i].prefix, length) && is_number(value + length))
			return pool_text(p->pool, "%s %s", table[i].type, value + length);
	}
	if (is_number(value))
		return pool_text(p->pool, "i %s", value);
	if (*value == '[')
		return (text = string_list(p, value)) ? pool_text(p->pool, "as %s", text) : NULL;
	text = quoted(p, value, &end);
	return text && !*end ? pool_text(p->pool, "s %s", text) : NULL;
}

static void add_annotated(struct planner *p, struct strings *list)
{
	const struct string_map *map = &p->config->annotations;

	for (size_t i = 0; i < map->count; i++) {
		const char *key = map->item[i].key, *value = map->item[i].value;
		if (strncmp(key, PROPERTY, strlen(PROPERTY)))
			continue;
		const char *name = key + strlen(PROPERTY), *text = typed(p, value);
		size_t length = strlen(name);
		bool seconds = length > 3 && !strcmp(name + length - 3, "Sec") &&
			       (length < 4 || name[length - 4] != 'U');
		const char *number = text && strchr("txui", *text) ? text + 2 : NULL;
		if (!length || strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					    "0123456789") != length)
			refuse(p, CODE_SYSTEMD, json_pointer(p->pool, "/annotations", key),
			       "\"%s\" is not the name of a property", name);
		else if (!text || (seconds && !number))
			refuse(p, CODE_SYSTEMD, json_pointer(p->pool, "/annotations", key),
			       "\"%s\" is not a value in GVariant's text format", value);
		else if (seconds) /* on D-Bus, TimeoutStopSec is TimeoutStopUSec */
			strings_add(p->pool, list,
				    pool_text(p->pool, "%.*sUSec t %" PRIu64, (int)length - 3, name,
					      (uint64_t)strtoull(number, NULL, 10) * 1000000));
		else
			strings_add(p->pool, list, pool_text(p->pool, "%s %s", name, text));
	}
}

/* The unit's description, by which undo recognises the container's scope. */
static const char *description(struct planner *p)
{
	return pool_text(p->pool, "tare container %s", p->request->state);
}

static struct recorded_scope *recorded_scope(struct planner *p)
{
	struct recorded_scope *s = pool_alloc(p->pool, sizeof *s);

	*s = (struct recorded_scope){ .unit = scope_name(p).unit,
				      .description = description(p),
				      .user = { by_user(p), true } };
	return s;
}

void add_scope(struct planner *p, const struct step_cgroup *cgroup)
{
	struct scope_name n = scope_name(p);
	struct step_scope *scope = &add(p, OP_SCOPE, WHO_PARENT, "/linux/cgroupsPath")->scope;

	p->plan->record->scope = recorded_scope(p);
	*scope = (struct step_scope){ .cgroup = *cgroup, .user = by_user(p), .unit = n.unit };
	const char *sub = subgroup(p);
	scope->sub = sub && *sub;
}

void finish_scope(struct planner *p)
{
	struct strings list = { 0 };
	struct step_scope *scope = NULL;

	for (size_t i = 0; i < p->plan->steps; i++)
		if (p->plan->step[i].op == OP_SCOPE)
			scope = &p->plan->step[i].scope;
	if (!scope)
		return;
	struct scope_name n = scope_name(p);
	strings_add(p->pool, &list, pool_text(p->pool, "Description s %s", description(p)));
	strings_add(p->pool, &list,
		    pool_text(p->pool, "Slice s %s", strcmp(n.slice, "-") ? n.slice : "-.slice"));
	strings_add(p->pool, &list, "Delegate b true");
	strings_add(p->pool, &list, "DefaultDependencies b false");
	/* Otherwise systemd would keep a scope that was OOM-killed as failed. */
	strings_add(p->pool, &list, "CollectMode s inactive-or-failed");
	add_limit_properties(p, &list);
	add_device_properties(p, &list);
	add_annotated(p, &list);
	scope->properties = list;
}

void add_new_properties(struct planner *p)
{
	struct strings list = { 0 };

	if (!by_systemd(p))
		return;
	add_limit_properties(p, &list);
	add_device_properties(p, &list);
	if (list.count)
		add(p, OP_PROPERTIES, WHO_PARENT, "/linux/resources")->scope = (struct step_scope){
			.user = by_user(p), .unit = scope_name(p).unit, .properties = list
		};
}
