/* SPDX-License-Identifier: Apache-2.0 */
/* The image's files that tare reads: programs (ELF, "#!"), /etc/passwd. */
#include "src/ops/process.c"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int root = -1;
	struct program program;
	char words[400], line[HOME_ROOM], home[HOME_ROOM];

	if (root < 0)
		root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int fd = file_of(data, size);
	program_examine(root, fd, &program);
	require(memchr(program.needs, 0, sizeof program.needs) && memchr(program.searched, 0, sizeof program.searched));
	(void)program_words(&program, words, sizeof words);
	snprintf(line, sizeof line, "%.*s", (int)size, (const char *)data);
	if (home_in_line(line, 1000, home, sizeof home))
		require(!strncmp(home, "HOME=/", 6) && memchr(home, 0, sizeof home));
	return 0;
}
