/* SPDX-License-Identifier: Apache-2.0 */
#include "descriptors.h"

#include "error.h"
#include "io.h"
#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static bool is_kept(int fd, const int *keep, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (keep[i] == fd)
			return true;
	return false;
}

/* Where there is no procfs: all numbers that a descriptor may have. */
static int each_number(unsigned first, const int *keep, size_t count, bool on_exec)
{
	const rlim_t most = 1 << 20; /* fs.nr_open of most machines */
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_max > most)
		return fail(EMFILE, "close_range",
			    "without it and /proc, descriptors up to the limit would have to be "
			    "closed");
	error_clear();
	for (int fd = (int)first; (rlim_t)fd < limit.rlim_max; fd++)
		if (on_exec)
			(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		else if (!is_kept(fd, keep, count))
			(void)close(fd);
	return 0;
}

static int one_by_one(unsigned first, const int *keep, size_t count, bool on_exec)
{
	_Alignas(struct dirent64) char entries[2048];
	auto_fd int directory = proc_open("self/fd", O_RDONLY | O_DIRECTORY);

	if (directory < 0)
		return each_number(first, keep, count, on_exec);
	/* Closing a descriptor removes it from the directory while it is read, so an entry may be
	 * skipped: repeat from the start until nothing more is found. */
	for (bool found = true; found;) {
		ssize_t n;
		found = false;
		if (lseek(directory, 0, SEEK_SET) < 0)
			return fail(errno, "lseek", "/proc/self/fd");
		while ((n = getdents64(directory, (void *)entries, sizeof entries)) > 0)
			for (ssize_t at = 0; at < n;) {
				struct dirent64 *e = (struct dirent64 *)(entries + at);
				int fd = *e->d_name == '.' ? -1 : atoi(e->d_name);
				at += e->d_reclen;
				if (fd < (int)first || fd == directory || is_kept(fd, keep, count))
					continue;
				if (on_exec)
					(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
				else
					found |= !close(fd);
			}
		if (n < 0)
			return fail(errno, "getdents64", "/proc/self/fd");
	}
	return 0;
}

int descriptors_close(unsigned first, const int *keep, size_t count)
{
	unsigned from = first;
	bool failed = false;

	for (size_t i = 0; i < count && !failed; i++) {
		if (keep[i] < (int)from)
			continue;
		failed = (unsigned)keep[i] > from && close_range(from, (unsigned)keep[i] - 1, 0);
		from = (unsigned)keep[i] + 1;
	}
	if (!failed && !close_range(from, ~0U, 0))
		return 0;
	return one_by_one(first, keep, count, false);
}

int descriptors_close_on_exec(unsigned first)
{
	return close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) ? one_by_one(first, NULL, 0, true) : 0;
}

static struct rlimit former;
static bool raised;

void descriptors_make_room(unsigned long needed)
{
	struct rlimit limit;

	if (raised || getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= needed)
		return;
	former = limit;
	limit.rlim_cur = needed < limit.rlim_max ? needed : limit.rlim_max;
	raised = !setrlimit(RLIMIT_NOFILE, &limit);
}

void descriptors_restore_limit(void)
{
	struct rlimit limit;

	/* The hard limit may have been lowered since, by prlimit(2). */
	if (!raised || getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = former.rlim_cur < limit.rlim_max ? former.rlim_cur : limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

void descriptors_forget_limit(void)
{
	raised = false;
}
