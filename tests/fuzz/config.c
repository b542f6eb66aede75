/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: any bytes are parsed as a config.json; what is accepted must survive a print and a second parse,
 * and can be planned without a crash. */
#include "cmd/cmd.h"
#include "libocispec/json.h"
#include "seccomp/filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct globals globals;
const char *state_root(void)
{
	return "/nowhere";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hierarchy hierarchy = { .mount = "/c", .controllers = "memory,pids,cpu,cpuset,devices", .own = "/" };
	static const struct host host = { .uid = { 0, true }, .capabilities = { UINT64_MAX, true },
					  .bounding = { UINT64_MAX, true }, .kernel = { 618, true },
					  .cgroups = { &hierarchy, 1 } };
	static const struct request options = { .id = "x", .bundle = "/b", .state = "/s" };
	auto_pool pool = { 0 };
	struct config config, again;
	struct json_error error;
	auto_plan plan = { 0 };

	if (json_parse(&pool, &shape_config, (const char *)data, size, &config, &error))
		return 0;
	const char *text = json_print(&pool, &shape_config, &config, JSON_LINE);
	if (json_parse(&pool, &shape_config, text, strlen(text), &again, &error))
		abort();
	if (strcmp(text, json_print(&pool, &shape_config, &again, JSON_LINE)))
		abort();
	struct filter filter;
	filter_make(&pool, &config, &filter);
	const struct inputs inputs = {
		.config = &config, .request = &options, .host = &host, .filter = &filter
	};
	if (!plan_make(&plan, &inputs))
		(void)plan_print(&plan, true);
	return 0;
}
