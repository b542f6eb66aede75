/* SPDX-License-Identifier: Apache-2.0 */
/* What is read back from the state directory, and what exec and update are given: any bytes are parsed as each of these documents; what is
 * accepted prints, and reads the same again. */
#include "tests/fuzz/fuzz.h"

#include "libocispec/config.h"
#include "libocispec/json.h"
#include "libocispec/write.h"
#include "plan/host.h"
#include "plan/inputs.h"
#include "plan/record.h"
#include "src/cmd/inspection.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct shape *const shapes[] = { &shape_record, &shape_kept, &shape_state, &shape_request,
						      &shape_host, &shape_process, &shape_resources, &shape_seccomp,
						      &shape_features, &shape_inspection, &shape_added };
	struct json_error error;

	if (!size)
		return 0;
	const struct shape *shape = shapes[*data++ % (sizeof shapes / sizeof *shapes)];
	size--;
	auto_pool pool = { 0 };
	void *first = pool_alloc(&pool, 16384), *second = pool_alloc(&pool, 16384);
	if (json_parse(&pool, shape, (const char *)data, size, first, &error))
		return 0;
	const char *text = json_print(&pool, shape, first, JSON_OWN);
	require(!json_parse(&pool, shape, text, strlen(text), second, &error));
	require(!strcmp(text, json_print(&pool, shape, second, JSON_OWN)));
	return 0;
}
