/* SPDX-License-Identifier: Apache-2.0 */
/* The table of verbs, and the options that come before a verb. */
#include "cmd.h"

#include "base/error.h"
#include "libocispec/near.h"

#include <errno.h>
#include <string.h>

struct globals globals;

#define VERB_ENTRY(name) &verb_##name,
const struct verb *const verbs[] = { VERBS(VERB_ENTRY) NULL };

const struct option global_options[] = {
	TEXT("root", 0, globals.root, "DIR", "directory of the states of containers"),
	TEXT("log", 0, globals.log, "FILE",
	     "log to FILE, file:FILE, fd:N, journald:ID or syslog:ID instead of stderr"),
	TEXT("log-format", 0, globals.log_format, "text|json",
	     "format of the log; json: one object per line"),
	TEXT("log-level", 0, globals.log_level, "error|warning|warn|info|debug",
	     "least severe level to log"),
	FLAG("debug", 0, globals.debug, "log each step"),
	MAYBE("timings", 0, globals.timings, "FILE",
	      "show how long each step of create, start, run or exec took, on stderr, or in "
	      "FILE as JSON that Perfetto opens (TARE_TIMINGS)"),
	FLAG("systemd-cgroup", 0, globals.systemd_cgroup, "same as --cgroup-manager systemd"),
	TEXT("cgroup-manager", 0, globals.cgroup_manager, "cgroupfs|systemd|disabled",
	     "what manages cgroups (default: cgroupfs)"),
	TEXT("rootless", 0, globals.rootless, "WORD",
	     "accepted for compatibility with runc; tare detects it itself"),
	FLAG("no-pivot", 0, globals.no_pivot, "use --no-pivot in create and run"),
	TEXT("criu", 0, globals.criu, "FILE", "the criu to use (default: the one in PATH)"),
	FLAG("version", 'v', globals.version, "print the version"),
	FLAG("version", 'V', globals.version, "the same, as crun has it"),
	END_OF_OPTIONS,
};

const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; verbs[i]; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

int verb_unknown(const char *name)
{
	struct nearest nearest = { .word = name };

	for (size_t i = 0; verbs[i]; i++)
		nearest_try(&nearest, verbs[i]->name);
	(void)fail_as(CODE_VERB, 0, NULL, "unknown verb \"%s\": see tare --help", name);
	return nearest.best ? hint("did you mean \"%s\"?", nearest.best) : -EINVAL;
}
