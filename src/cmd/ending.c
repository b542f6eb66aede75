/* SPDX-License-Identifier: Apache-2.0 */
#include "ending.h"

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "seccomp/filter.h"
#include "stats.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void tell(enum code code, const char *pointer, const char *text)
{
	const struct log_details details = { code, pointer, code_row(code)->cure, -1, 0 };

	log_record(LOG_LEVEL_WARNING, &details, "%s (%s)", text, details.hint);
}

static void tell_of_memory(struct container *c, bool itself)
{
	char text[300], of[64] = "";
	uint64_t limit = stats_number(c, "memory.max", NULL);

	limit = limit ? limit : stats_number(c, "memory.limit_in_bytes", NULL);
	error_clear();
	/* v1 shows no limit as the largest multiple of the page size. */
	bool limited = limit && limit < UINT64_MAX >> 2;
	if (limited)
		snprintf(of, sizeof of, "of %" PRIu64 " bytes", limit);
	snprintf(text, sizeof text,
		 "%s was killed by the kernel: %s %s was reached (out of memory)",
		 itself ? "the program" : "a process of the container",
		 limited ? "the container's memory limit"
			 : "the memory limit of a cgroup above, or of this machine,",
		 of);
	tell(CODE_ENDED_OOM, "/linux/resources/memory/limit", text);
}

/* The kernel logs each process that a filter kills (actions_logged of seccomp(2)): "audit:
 * type=1326 audit(...): ... pid=42 ... sig=31 ... syscall=83 ...". -1: not found. */
static int denied_call(pid_t pid)
{
	enum { RECORDS_MAX = 20000 };
	char record[1024], own[32];
	int call = -1;
	auto_fd int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	snprintf(own, sizeof own, " pid=%d ", pid);
	for (int i = 0; log >= 0 && i < RECORDS_MAX; i++) {
		ssize_t length = read(log, record, sizeof record - 1);
		if (length <= 0)
			break;
		record[length] = '\0';
		const char *syscall = strstr(record, " syscall=");
		if (strstr(record, "type=1326") && strstr(record, own) && syscall)
			call = (int)strtol(syscall + strlen(" syscall="), NULL, 10);
	}
	return call;
}

static void tell_of_filter(struct container *c, pid_t pid)
{
	char text[300];
	int call = denied_call(pid);
	const char *name = call >= 0 ? filter_call_name(&c->pool, call) : NULL;

	snprintf(text, sizeof text, "the program was killed by its seccomp filter (SIGSYS)%s%s",
		 name ? ": it called " : "", name ? name : "");
	tell(CODE_ENDED_SECCOMP, "/linux/seccomp", text);
}

void ending_explain(struct container *c, const struct child *child, int status, uint64_t kills)
{
	char text[300];
	int by = child->killed_by;

	/* A shell ends with 137 if its command was killed. */
	if ((by == SIGKILL || status == 128 + SIGKILL) && stats_oom_kills(c) > kills) {
		tell_of_memory(c, by == SIGKILL);
	} else if (by == SIGSYS) {
		tell_of_filter(c, child->pid);
	} else if (by && by != SIGTERM && by != SIGINT && by != SIGHUP && by != SIGQUIT &&
		   by != SIGPIPE) {
		snprintf(text, sizeof text, "the program was killed by SIG%s%s", sigabbrev_np(by),
			 by == SIGKILL ? ", which another process sent" : "");
		tell(CODE_ENDED_SIGNAL, NULL, text);
	}
}
