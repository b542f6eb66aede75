/* SPDX-License-Identifier: Apache-2.0 */
/* The options of every verb, and the words that they take: users, namespaces, keys. */
#include "tests/fuzz/fuzz.h"

#include "base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pool kept; /* what the verbs' variables point to */
	struct input in = { data, size };
	size_t count = 0;
	char *argv[34];
	struct opt_u32 uid = { 0 }, gid = { 0 };

	while (verbs[count])
		count++;
	const struct verb *verb = verbs[take_byte(&in) % count];
	pool_free(&kept);
	argv[0] = (char *)take_text(&kept, &in, 4096);
	size_t argc = 1;
	while (in.left && argc < 33)
		argv[argc++] = (char *)take_text(&kept, &in, 4096);
	argv[argc] = NULL;
	if (!parse_user(argv[0], &uid, &gid)) {
		require(uid.set && uid.value != UINT32_MAX);
		require(!gid.set || gid.value != UINT32_MAX);
		/* Digits only, as written. */
		require(strspn(argv[0], "0123456789:") == strlen(argv[0]));
	}
	int left = options_parse(verb->options, argv, verb->most == ANOTHERS);
	require(left <= (int)argc);
	return 0;
}
