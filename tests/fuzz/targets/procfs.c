/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel tells in texts that others can influence: mountinfo, stat, cgroup. */
#include "src/plan/host.c"
#include "tests/fuzz/fuzz.h"

#include "src/base/proc.c"

static void read_stat(const uint8_t *data, size_t size)
{
	static char directory[] = "/tmp/fuzz-XXXXXX";
	char state = 0;
	uint64_t start;

	if (verified < 0) {
		require(mkdtemp(directory));
		verified = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
		require(!mkdirat(verified, "1", 0700));
	}
	int fd = openat(verified, "1/stat", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	if (!proc_stat(1, &state, &start))
		require(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mountinfo m;
	struct mountinfo_entry e;
	auto_pool pool = { 0 };
	struct input in = { data, size };

	m = (struct mountinfo){ .fd = file_of(data, size) };
	for (int i = 0, more = 1; more > 0 && i < 100000; i++) {
		more = mountinfo_next(&m, &e);
		if (more > 0)
			require(e.root && e.point && e.options && e.type && e.super_options && strlen(e.point) < PATH_MAX);
	}
	mountinfo_close(&m);
	read_stat(data, size);
	const char *options = take_text(&pool, &in, 200);
	const char *cgroups = pool_copy(&pool, (const char *)in.at, in.left);
	const char *controllers = v1_controllers(&pool, options, cgroups);
	(void)own_cgroup(&pool, cgroups, controllers);
	(void)own_cgroup(&pool, cgroups, "");
	return 0;
}
