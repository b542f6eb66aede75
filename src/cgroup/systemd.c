/* SPDX-License-Identifier: Apache-2.0 */
/* The program tare-systemd (src/systemd) is a part of this one, and is executed from memory: there
 * is no file to look for, to mistake or to replace. */
#include "systemd.h"

#include "base/error.h"

#include <errno.h>

#ifndef WITH_SYSTEMD

static int missing(void)
{
	(void)fail_as(CODE_SYSTEMD, ENOTSUP, NULL,
		      "this tare was built without the systemd cgroup manager");
	return hint("use --cgroup-manager cgroupfs instead");
}

int systemd_start_scope(bool user, const char *unit, const struct strings *properties, pid_t pid)
{
	(void)user, (void)unit, (void)properties, (void)pid;
	return missing();
}

int systemd_set_properties(bool user, const char *unit, const struct strings *properties)
{
	(void)user, (void)unit, (void)properties;
	return missing();
}

int systemd_owner(bool user, const char *unit, const char *description)
{
	(void)user, (void)unit, (void)description;
	return missing();
}

int systemd_stop_scope(bool user, const char *unit, const char *description)
{
	(void)user, (void)unit, (void)description;
	return missing();
}

#else

#include "base/io.h"
#include "base/self.h"
#include "base/spawn.h"
#include "libocispec/text.h"
#include "systemd/reply.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* clang-format off */
__asm__(".pushsection .rodata\n"
	".globl tare_systemd_begin, tare_systemd_end\n"
	".hidden tare_systemd_begin, tare_systemd_end\n"
	"tare_systemd_begin:\n"
	".incbin \"" TARE_SYSTEMD "\"\n"
	"tare_systemd_end:\n"
	".popsection\n");
/* clang-format on */
extern const char tare_systemd_begin[], tare_systemd_end[];

/* Seconds for one call; tests set fewer (tests/fault/). */
static long patience(void)
{
#ifdef TARE_FAULTS
	const char *text = getenv("TARE_SYSTEMD_TIMEOUT");

	if (text)
		return strtol(text, NULL, 10);
#endif
	return 30;
}

struct program {
	int fd;
	char *const *argv;
	pid_t parent;
};

/* It must not outlive us: what it asks systemd for would come after the undoing. */
static int execute(void *context)
{
	const struct program *p = context;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != p->parent)
		return -1;
	errno = -self_execute(p->fd, p->argv);
	return -1;
}

static int late(void)
{
	(void)fail_as(CODE_SYSTEMD, ETIMEDOUT, NULL, "systemd does not answer");
	return hint("--cgroup-manager cgroupfs does not need it");
}

static int has_failed(int err)
{
	if (error_last()->code == CODE_HOOK_TIMEOUT)
		return late();
	/* Engines take "no such file or directory" for a missing program of the container. */
	if (err == -ENOENT) {
		(void)fail_as(CODE_SYSTEMD, 0, NULL,
			      "the systemd cgroup manager needs the dynamic loader of glibc");
		return hint("apt-get install libsystemd0, or --cgroup-manager cgroupfs");
	}
	return also("the program that talks to systemd");
}

static int spawn_program(int fd, char *const *argv, const char *input, struct reply *reply)
{
	enum { MORE_PATIENCE = 5 }; /* the program has its own */
	union {
		struct reply reply;
		char text[sizeof(struct reply) + 1];
	} output = { 0 };
	int status = 0;
	struct program program = { fd, argv, getpid() };
	const struct spawn spawn = { .path = *argv,
				     .argv = argv,
				     .directory = -1,
				     .input = { input },
				     .timeout = (int)(patience() + MORE_PATIENCE) * 1000,
				     .output = output.text,
				     .output_size = sizeof output.text,
				     .before_exec = execute,
				     .context = &program };
	int err = spawn_run(&spawn, &status);

	if (err)
		return has_failed(err);
	*reply = output.reply;
	if (memcmp(reply->begin, REPLY_MARK, sizeof reply->begin) ||
	    memcmp(reply->end, REPLY_MARK, sizeof reply->end))
		return fail_as(CODE_SYSTEMD, 0, NULL,
			       "the program that talks to systemd ended with status %#x: %s",
			       (unsigned)status, output.text);
	return 0;
}

enum { WORDS = 6 };

/* Runs the program with these words (the last may be NULL), and the properties as its input, each
 * after its length: there may be more than arguments may have. */
static int ask(const char *const words[WORDS], const struct strings *properties)
{
	static bool is_late; /* then the cleanup does not wait for systemd a second time */
	auto_pool pool = { 0 };
	struct text input = { .pool = &pool };
	struct reply reply;
	char seconds[24];
	const char *argv[WORDS + 3] = { "tare-systemd", seconds };

	if (is_late)
		return late();
	snprintf(seconds, sizeof seconds, "%ld", patience());
	for (int i = 0; i < WORDS; i++)
		argv[2 + i] = words[i];
	for (size_t i = 0; properties && i < properties->count; i++)
		text_add(&input, "%zu:%s", strlen(properties->item[i]), properties->item[i]);
	/* Two symbols of one object, which the compiler takes for two objects. */
	size_t size = (uintptr_t)tare_systemd_end - (uintptr_t)tare_systemd_begin;
	auto_fd int fd = self_program(tare_systemd_begin, size);
	/* execve(2) changes no argument. */
	int err = fd < 0 ? fd
			 : spawn_program(fd, (char *const *)(uintptr_t)argv, text_of(&input),
					 &reply);
	if (!err && reply.result < 0)
		*error_last() = reply.error;
	err = err ? err : reply.result;
	is_late = err == -ETIMEDOUT;
	return err;
}

static const char *manager(bool user)
{
	return user ? "user" : "system";
}

int systemd_start_scope(bool user, const char *unit, const struct strings *properties, pid_t pid)
{
	char number[16];
	const char *const words[WORDS] = { manager(user), "start", unit, number };

	snprintf(number, sizeof number, "%d", pid);
	return ask(words, properties);
}

int systemd_set_properties(bool user, const char *unit, const struct strings *properties)
{
	const char *const words[WORDS] = { manager(user), "set", unit };

	return ask(words, properties);
}

int systemd_owner(bool user, const char *unit, const char *description)
{
	const char *const words[WORDS] = { manager(user), "owner", unit, description };

	return ask(words, NULL);
}

int systemd_stop_scope(bool user, const char *unit, const char *description)
{
	const char *const words[WORDS] = { manager(user), "stop", unit, description };

	return ask(words, NULL);
}

#endif
