/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of compiled filters. A file is named by a hash of the key and contains the key
 * itself, which has everything that influences the program and is compared. Without a cache
 * directory, or if others may write to it, each filter is compiled. */
#include "internal.h"

#include "base/error.h"
#include "base/io.h"
#include "libocispec/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROGRAM_MAX = 1024 * 1024, PROGRAMS = 100 };

static const char *cache_directory(struct pool *pool)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (!geteuid())
		return "/run/tare-seccomp";
	return runtime && *runtime ? pool_text(pool, "%s/tare-seccomp", runtime) : NULL;
}

static int open_directory(struct pool *pool, bool make)
{
	const char *path = cache_directory(pool);
	struct stat st;

	if (path && make)
		(void)mkdir(path, 0700);
	auto_fd int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	if (fd < 0 || fstat(fd, &st) || st.st_uid != geteuid() || st.st_mode & 022)
		return -1;
	return take(&fd);
}

static const char *file_name(struct pool *pool, const char *key)
{
	return pool_text(pool, "%016llx", (unsigned long long)text_hash(key));
}

/* A file is the key with its NUL, the number of instructions, and these. */
bool cache_read(struct pool *pool, const char *key, struct filter *filter)
{
	auto_fd int directory = open_directory(pool, false);
	auto_free char *text = NULL;
	size_t length, key_length = strlen(key) + 1;
	uint32_t count;

	if (directory < 0)
		return false;
	if (io_slurp(directory, file_name(pool, key), PROGRAM_MAX, &text, &length)) {
		error_clear();
		return false;
	}
	if (length <= key_length + sizeof count || memcmp(text, key, key_length))
		return false;
	memcpy(&count, text + key_length, sizeof count);
	size_t rest = length - key_length - sizeof count;
	if (rest != count * sizeof(struct sock_filter))
		return false; /* incomplete: the disk was full, or the writer was killed */
	filter->count = count;
	filter->program = pool_copy(pool, text + key_length + sizeof count, rest);
	return true;
}

/* NAME.PID is being written by that process, or was when it was killed. */
static bool is_abandoned(const char *name)
{
	const char *dot = strchr(name, '.');
	long writer = dot ? strtol(dot + 1, NULL, 10) : 0;

	return writer > 0 && kill((pid_t)writer, 0) && errno == ESRCH;
}

/* Containers usually share a few profiles. If each one has its own, the cache does not help, and
 * must not grow without limit: it is emptied when it is full. Returns how many files are removed.
 */
static unsigned prune(int directory, bool dry)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	unsigned count = 0, removed = 0;

	if (!dir) {
		io_close(&copy);
		return 0;
	}
	while (readdir(dir))
		count++;
	rewinddir(dir);
	for (struct dirent *e; (e = readdir(dir));)
		if (*e->d_name != '.' && (count > PROGRAMS || is_abandoned(e->d_name)))
			removed += dry || !unlinkat(directory, e->d_name, 0);
	closedir(dir);
	return removed;
}

unsigned filter_forget(bool dry)
{
	auto_pool pool = { 0 };
	auto_fd int directory = open_directory(&pool, false);

	return directory < 0 ? 0 : prune(directory, dry);
}

void filter_keep(const struct filter *filter)
{
	auto_pool pool = { 0 };
	const char *key = filter->key;

	if (!key)
		return;
	auto_fd int directory = open_directory(&pool, true);
	size_t key_length = strlen(key) + 1, length = filter->count * sizeof(struct sock_filter);
	uint32_t count = (uint32_t)filter->count;
	size_t size = key_length + sizeof count + length;
	if (directory < 0 || size > PROGRAM_MAX)
		return;
	(void)prune(directory, false);
	char *text = pool_alloc(&pool, size);
	memcpy(text, key, key_length);
	memcpy(text + key_length, &count, sizeof count);
	memcpy(text + key_length + sizeof count, filter->program, length);
	/* Others may be writing the same. */
	const char *name = file_name(&pool, key),
		   *fresh = pool_text(&pool, "%s.%d", name, getpid());
	if (!io_create(directory, fresh, text, size))
		(void)renameat(directory, fresh, directory, name);
	error_clear();
}
