/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options: each word ends up in one place, and what is set is not cleared. */
#include "tests/fuzz/fuzz.h"

#include "plan/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_pool pool = { 0 };
	struct input in = { data, size };
	struct strings words = { 0 };
	struct mount_options options = { 0 };
	size_t most = 0; /* a word may have several, between commas */

	while (in.left && words.count < 1000) {
		words.item = pool_grow(&pool, words.item, words.count, sizeof *words.item);
		words.item[words.count] = take_text(&pool, &in, 1000);
		for (const char *c = words.item[words.count++]; c; c = strchr(c, ','), c = c ? c + 1 : NULL)
			most++;
	}
	options_read(&pool, &words, &options);
	require(!(options.attributes.set & options.attributes.clear & ~(uint64_t)0x70));
	require(options.data.count <= most && options.propagation.count <= most);
	for (size_t i = 0; i < options.data.count; i++)
		require(options.data.item[i].key);
	return 0;
}
