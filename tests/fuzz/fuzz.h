/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzzers share: taking values from the input, and what cmd/ expects of main.c. */
#ifndef TARE_FUZZ_H
#define TARE_FUZZ_H

#include "cmd/cmd.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *at;
	size_t left;
};

static inline unsigned take_byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static inline uint64_t take_number(struct input *in)
{
	uint64_t n = 0;

	/* Small, large, or near the ends of the types. */
	for (unsigned i = take_byte(in) % 9; i; i--)
		n = n << 8 | take_byte(in);
	return n;
}

/* A text as far as the next NUL, or newline. */
static inline const char *take_text(struct pool *pool, struct input *in, size_t most)
{
	size_t length = 0;

	while (length < in->left && length < most && in->at[length] && in->at[length] != '\n')
		length++;
	const char *text = pool_copy(pool, (const char *)in->at, length);
	length += length < in->left;
	in->at += length;
	in->left -= length;
	return text;
}

/* A file with these bytes, at its beginning. */
static inline int file_of(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
		abort();
	return fd;
}

#define require(condition)               \
	do {                             \
		if (!(condition))        \
			abort();         \
	} while (0)

#endif
