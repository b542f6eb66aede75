/* SPDX-License-Identifier: Apache-2.0 */
/* What is done with a compiled filter: the stub before it, the cache of it, and a program that comes ready-made. The
 * cache is found by a number but trusted by its key: all bytes that influence the program are in the file, and are
 * compared. Who has no cache directory, or one that others may write to, compiles. */
#include "planner.h"

#include "program.h"
#include "libocispec/text.h"

#ifdef HAVE_SECCOMP
#include "base/io.h"
#include "base/report.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROGRAM_MAX = 1024 * 1024, PROGRAMS = 100, X32_BIT = 0x40000000 };

/* --- the stub --- */

/* A C library tries a new system call and falls back to an old one when it hears ENOSYS: EPERM, from a profile that is
 * older than the call, it takes for an answer. So what is newer than all that the profile knows of does not exist. */
void program_add_stub(struct planner *p, struct step_seccomp *step, const struct newest *newest,
		      size_t count)
{
	enum { PER_ARCHITECTURE = 6 };
	size_t length = 1 + count * PER_ARCHITECTURE, at = 0;
	struct sock_filter *program = pool_alloc(p->pool, (length + step->count) * sizeof *program);

	program[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						     offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < count; i++) {
		program[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							     newest[i].architecture, 0, 5);
		program[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							     offsetof(struct seccomp_data, nr));
		/* Numbers of x32 are for the filter. */
		program[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2,
							     0);
		program[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K,
							     (uint32_t)newest[i].number, 0, 1);
		program[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							     SECCOMP_RET_ERRNO | ENOSYS);
		program[at] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA,
							   (uint32_t)(length - at - 1), 0, 0);
		at++;
	}
	memcpy(program + length, step->program, step->count * sizeof *program);
	step->program = program;
	step->count += length;
}

/* --- the cache --- */

static const char *cache_directory(struct planner *p)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (!geteuid())
		return "/run/tare-seccomp";
	return runtime && *runtime ? pool_text(p->pool, "%s/tare-seccomp", runtime) : NULL;
}

static int open_directory(struct planner *p, bool make)
{
	const char *path = cache_directory(p);
	struct stat st;

	if (path && make)
		(void)mkdir(path, 0700);
	auto_fd int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	if (fd < 0 || fstat(fd, &st) || st.st_uid != geteuid() || st.st_mode & 022)
		return -1;
	return take(&fd);
}

static const char *file_name(struct planner *p, const char *key)
{
	return pool_text(p->pool, "%016llx", (unsigned long long)text_hash(key));
}

/* A file is the key with its NUL, the number of instructions, and these. */
bool program_from_cache(struct planner *p, const char *key, struct step_seccomp *step)
{
	auto_fd int directory = open_directory(p, false);
	auto_free char *text = NULL;
	size_t length, key_length = strlen(key) + 1;
	uint32_t count;

	if (directory < 0)
		return false;
	if (io_slurp(directory, file_name(p, key), PROGRAM_MAX, &text, &length)) {
		error_clear();
		return false;
	}
	if (length <= key_length + sizeof count || memcmp(text, key, key_length))
		return false;
	memcpy(&count, text + key_length, sizeof count);
	size_t rest = length - key_length - sizeof count;
	if (rest != count * sizeof(struct sock_filter))
		return false; /* a disk was full, or somebody was killed */
	step->count = count;
	step->program = pool_copy(p->pool, text + key_length + sizeof count, rest);
	return true;
}

/* One container's profile is usually another's; who makes a new one each time gets no advantage, and no pile either. */
static void prune(int directory)
{
	int copy = fcntl(directory, F_DUPFD_CLOEXEC, 0), count = 0;
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	while (dir && readdir(dir))
		count++;
	if (dir && count > PROGRAMS) {
		rewinddir(dir);
		for (struct dirent *e; (e = readdir(dir));)
			(void)unlinkat(directory, e->d_name, 0);
	}
	if (dir)
		closedir(dir);
}

void program_to_cache(struct planner *p, const char *key, const struct step_seccomp *step)
{
	auto_fd int directory = open_directory(p, true);
	size_t key_length = strlen(key) + 1, length = step->count * sizeof(struct sock_filter);
	uint32_t count = (uint32_t)step->count;
	size_t size = key_length + sizeof count + length;

	if (directory < 0 || size > PROGRAM_MAX)
		return;
	prune(directory);
	char *text = pool_alloc(p->pool, size);
	memcpy(text, key, key_length);
	memcpy(text + key_length, &count, sizeof count);
	memcpy(text + key_length + sizeof count, step->program, length);
	/* Others may be writing the same. It is only a cache: whatever fails, the next one compiles. */
	const char *name = file_name(p, key), *fresh = pool_text(p->pool, "%s.%d", name, getpid());
	if (!io_create(directory, fresh, text, size))
		(void)renameat(directory, fresh, directory, name);
	error_clear();
}

/* --- ready-made --- */

static int digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

bool program_from_base64(struct planner *p, const char *text, struct step_seccomp *step)
{
	size_t length = strlen(text), used = 0;
	unsigned char *bytes = pool_alloc(p->pool, length + 1);
	unsigned value = 0, bits = 0;

	while (length && text[length - 1] == '=')
		length--;
	for (size_t i = 0; i < length; i++) {
		int d = digit(text[i]);
		if (d < 0)
			return false;
		value = (value << 6 | (unsigned)d) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes[used++] = (unsigned char)(value >> bits);
		}
	}
	step->program = bytes;
	step->count = used / sizeof(struct sock_filter);
	return used && !(used % sizeof(struct sock_filter));
}
#endif
