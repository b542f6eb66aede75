/* SPDX-License-Identifier: Apache-2.0 */
#include "ending.h"

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "seccomp/filter.h"
#include "cgroup/members.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ending {
	enum code code; /* CODE_NONE: it ended by itself */
	const char *pointer, *text;
};

static struct ending of_memory(struct container *c, bool itself)
{
	uint64_t limit = members_memory_limit(container_record(c));
	const char *what = limit ? pool_text(&c->pool,
					     "the container's memory limit of %" PRIu64 " bytes",
					     limit)
				 : "the memory limit of a cgroup above, or of this machine,";

	error_clear();
	return (struct ending){
		CODE_ENDED_OOM, "/linux/resources/memory/limit",
		pool_text(&c->pool, "%s was killed by the kernel: %s was reached (out of memory)",
			  itself ? "the program" : "a process of the container", what)
	};
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

static struct ending of_filter(struct container *c, pid_t pid)
{
	int call = denied_call(pid);
	const char *name = call >= 0 ? filter_call_name(&c->pool, call) : NULL;

	return (struct ending){
		CODE_ENDED_SECCOMP, "/linux/seccomp",
		pool_text(&c->pool, "the program was killed by its seccomp filter (SIGSYS)%s%s",
			  name ? ": it called " : "", name ? name : "")
	};
}

static struct ending ending_of(struct container *c, const struct child *child, int status,
			       uint64_t kills)
{
	int by = child->killed_by;

	if (child->escaped && by == SIGKILL)
		return (struct ending){ CODE_ENDED_SIGNAL, NULL,
					"the program was killed by the keys of --escape-keys" };
	/* A shell ends with 137 if its command was killed. */
	if ((by == SIGKILL || status == 128 + SIGKILL) &&
	    members_oom_kills(container_record(c)) > kills)
		return of_memory(c, by == SIGKILL);
	if (by == SIGSYS)
		return of_filter(c, child->pid);
	if (by && by != SIGTERM && by != SIGINT && by != SIGHUP && by != SIGQUIT && by != SIGPIPE)
		return (struct ending){
			CODE_ENDED_SIGNAL, NULL,
			pool_text(&c->pool, "the program was killed by SIG%s%s", sigabbrev_np(by),
				  by == SIGKILL ? ", which another process sent" : "")
		};
	return (struct ending){ 0 };
}

const char *ending_explain(struct container *c, const struct child *child, int status,
			   uint64_t kills)
{
	const struct ending ending = ending_of(c, child, status, kills);

	if (ending.code == CODE_NONE)
		return NULL;
	const struct log_details details = { ending.code, ending.pointer,
					     code_row(ending.code)->cure, -1, 0 };
	log_record(LOG_LEVEL_WARNING, &details, "%s (%s)", ending.text, details.hint);
	return ending.text;
}

const char *ending_known(struct container *c)
{
	if (c->status.state.ended || !container_record(c))
		return c->status.state.ended;
	return members_oom_kills(container_record(c)) ? of_memory(c, false).text : NULL;
}

void note_oom(struct container *c)
{
	struct opt_bool *oom = &c->status.state.oom_killed;

	if (!oom->set && members_tell_oom(container_record(c)))
		*oom = (struct opt_bool){ members_oom_kills(c->record) > 0, true };
	error_clear();
}
