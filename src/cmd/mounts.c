/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts that are added to a container while it runs, and removed. */
#include "cmd.h"

#include "base/error.h"
#include "libocispec/json.h"
#include "plan/record.h"
#include "stage/launch.h"
#include "stage/live.h"

#include <string.h>

struct mounts_document {
	struct {
		struct mount *item;
		size_t count;
	} mounts;
};
SHAPE(mounts_document, ROW_OBJECTS(mounts_document, "mounts", mounts, mount));

static int read_document(struct pool *pool, const char *path, struct mounts_document *document)
{
	int err = read_list(pool, path, "mounts", &shape_mounts_document, document);

	return err || document->mounts.count ? err
					     : fail_as(CODE_JSON_MISSING, 0, NULL,
						       "%s has no mounts", document_name(path));
}

int mounts_read(struct pool *pool, const char *path, struct config *config)
{
	struct mounts_document document = { 0 };
	int err = read_document(pool, path, &document);

	config->mounts.item = document.mounts.item;
	config->mounts.count = document.mounts.count;
	return err;
}

/* The new mounts do not come from config.json. */
static int name_the_document(struct pool *pool, const char *path, int err)
{
	const char *pointer = error_last()->pointer;

	if (err && !strncmp(pointer, "/mounts", 7))
		(void)from_elsewhere(pool_text(pool, "%s#%s", path, pointer));
	return err;
}

static int add_mounts(struct container *c, struct pool *pool, struct added *added,
		      const struct mounts_document *document, const char *path)
{
	auto_plan plan = { 0 };
	struct kept kept;
	struct config config;
	struct host host;

	int err = kept_read(c, &kept, &config);
	if (!err)
		err = host_probe(pool, &host);
	if (err)
		return err;
	config.mounts.item = document->mounts.item;
	config.mounts.count = document->mounts.count;
	const struct inputs inputs = {
		.config = &config, .request = kept.request, .host = &host, .added = added
	};
	err = plan_make_mounts(&plan, &inputs);
	for (size_t i = 0; i < plan.findings.count; i++)
		if (plan.findings.item[i].severity == SEVERITY_WARNING &&
		    !strncmp(plan.findings.item[i].pointer, "/mounts", 7))
			say_warning(path, &plan.findings.item[i]);
	if (!err) {
		struct launch l = { .plan = &plan, .container = c, .added = added };
		err = launch_live(&l);
	}
	return name_the_document(pool, path, err);
}

/* As the planner writes destinations: one slash before each component. */
static const char *clean_path(struct pool *pool, const char *path)
{
	char *clean = pool_alloc(pool, strlen(path) + 2), *to = clean;

	for (size_t length; *path; path += length) {
		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (!length || (length == 1 && *path == '.'))
			continue;
		*to++ = '/';
		memcpy(to, path, length);
		to += length;
	}
	*to = '\0';
	return clean;
}

static int remove_mounts(struct container *c, struct pool *pool, struct added *added,
			 const struct mounts_document *document, const char *path)
{
	for (size_t k = 0; k < document->mounts.count; k++) {
		const char *place = clean_path(pool, document->mounts.item[k].destination);
		size_t i = added->mounts.count;
		/* The one on top, which is not named yet. */
		while (i > 0 && (added->mounts.item[i - 1].begun.value ||
				 strcmp(added->mounts.item[i - 1].mount->path, place)))
			i--;
		if (!i) {
			(void)fail_as(CODE_MOUNT_TARGET, 0, NULL,
				      "%s#/mounts/%zu: nothing was added at %s", path, k, place);
			return hint("`tare mounts list %s` shows what can be removed", c->id);
		}
		added->mounts.item[i - 1].begun = (struct opt_bool){ true, true };
	}
	return live_take_off(c, added);
}

/* In the form in which add and remove take it. */
static int list_mounts(struct pool *pool, const struct added *added)
{
	struct mounts_document all = { 0 };

	all.mounts.item = pool_alloc(pool, (added->mounts.count + 1) * sizeof *all.mounts.item);
	for (size_t i = 0; i < added->mounts.count; i++)
		if (!added->mounts.item[i].begun.value)
			all.mounts.item[all.mounts.count++] = *added->mounts.item[i].entry;
	return print("%s", json_print(pool, &shape_mounts_document, &all, JSON_PRETTY));
}

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;
	auto_pool pool = { 0 };
	struct added added;
	struct mounts_document document = { 0 };
	const char *action = argv[0], *path = argc > 2 ? argv[2] : "-";
	const char *shown = document_name(path);
	bool adds = !strcmp(action, "add"), lists = !strcmp(action, "list");

	if (!adds && !lists && strcmp(action, "remove"))
		return fail_as(CODE_OPTION, 0, NULL, "mounts takes add, remove or list, not \"%s\"",
			       action);
	if (lists && argc > 2)
		return fail_as(CODE_OPTION, 0, NULL, "mounts list takes no file");
	int err = lists ? 0 : read_document(&pool, path, &document);
	if (!err)
		err = lists ? container_open(&c, state_root(), argv[1]) : open_locked(&c, argv[1]);
	if (!err)
		err = check_alive(&c);
	if (!err)
		err = lists ? container_read_added(&c, &added) : live_read(&c, &added);
	if (err)
		return err;
	if (lists)
		return list_mounts(&pool, &added);
	return adds ? add_mounts(&c, &pool, &added, &document, shown)
		    : remove_mounts(&c, &pool, &added, &document, shown);
}

const struct verb verb_mounts = {
	.name = "mounts",
	.arguments = "add|remove|list ID [FILE|-]",
	.summary = "add mounts to a running container, or remove them",
	.description =
		"Adds bind mounts to a container that is created, running or paused, or\n"
		"removes those that were added. FILE (default: -, standard input) has an\n"
		"array of mounts as in config.json, or an object with the member mounts. All\n"
		"options of bind mounts apply, and a mount point that is missing is made.\n"
		"Either all mounts are there in the end, or none.\n"
		"\n"
		"To remove, only the destinations count, and what is on top goes first. list\n"
		"prints what was added, as an object with the member mounts.",
	.examples = "  echo '[{\"source\": \"/srv\", \"destination\": \"/srv\",\n"
		    "    \"options\": [\"rbind\", \"ro\"]}]' | tare mounts add mine\n"
		    "  tare mounts list mine | tare mounts remove mine\n",
	.least = 2,
	.most = 3,
	.object = 1,
	.enters = true,
	.run = run,
};
