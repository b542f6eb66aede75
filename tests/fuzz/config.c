/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes are parsed as a config.json; what is accepted must survive a print and a second parse,
 * and can be planned without a crash. */
#include "cmd/cmd.h"
#include "libocispec/json.h"
#include "plan/listing.h"
#include "seccomp/filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct globals globals;
const char *state_root(void)
{
	return "/nowhere";
}

static void make_plan(const struct config *config)
{
	static struct hierarchy hierarchy = { .mount = "/c", .controllers = "memory,pids,cpu,cpuset,devices", .own = "/" };
	static const struct host host = { .uid = { 0, true }, .capabilities = { UINT64_MAX, true },
					  .bounding = { UINT64_MAX, true }, .kernel = { 618, true },
					  .cgroups = { &hierarchy, 1 } };
	static const struct request options = { .id = "x", .bundle = "/b", .state = "/s" };
	auto_pool pool = { 0 };
	auto_plan plan = { 0 };
	struct filter filter;

	filter_make(&pool, config, &filter);
	const struct inputs inputs = { .config = config, .request = &options, .host = &host, .filter = &filter };
	if (plan_make(&plan, &inputs))
		return;
	struct listing listing = plan_listing(&pool, &plan);
	(void)listing_json(&pool, &listing);
	(void)listing_text(&pool, &listing, &(struct layout){ .width = 80 });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_pool pool = { 0 };
	struct config config, again;
	struct json_error error;
	struct json_problems problems;

	/* As check does: after errors too, with something neutral in their places. */
	(void)json_examine(&pool, &shape_config, (const char *)data, size, &config, &error, true, &problems);
	if (problems.usable)
		make_plan(&config);
	if (json_parse(&pool, &shape_config, (const char *)data, size, &config, &error))
		return 0;
	const char *text = json_print(&pool, &shape_config, &config, JSON_LINE);
	if (json_parse(&pool, &shape_config, text, strlen(text), &again, &error))
		abort();
	if (strcmp(text, json_print(&pool, &shape_config, &again, JSON_LINE)))
		abort();
	make_plan(&config);
	return 0;
}
