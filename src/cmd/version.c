/* SPDX-License-Identifier: Apache-2.0 */
/* If tare is called by the name of a peer, the version has the form that callers of the peer
 * parse, and names the version of the peer whose behaviour tare follows. */
#include "cmd.h"

#include <string.h>

#define RUNC "1.3.2"
#define CRUN "1.29"
#ifdef WITH_SYSTEMD
#define SYSTEMD "+SYSTEMD "
#else
#define SYSTEMD
#endif
#ifdef HAVE_SECCOMP
#define SECCOMP "+SECCOMP "
#else
#define SECCOMP
#endif
#define FEATURES SYSTEMD "+SELINUX +APPARMOR +CAP " SECCOMP "+EBPF +YAJL"

static int run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (globals.name && !strcmp(globals.name, "runc"))
		return print("runc version %s+tare-%s\ncommit: %s\nspec: 1.3.0\n", RUNC,
			     PACKAGE_VERSION, TARE_COMMIT);
	if (globals.name && !strcmp(globals.name, "crun"))
		return print("crun version %s+tare-%s\ncommit: %s\nrundir: %s\nspec: 1.3.0\n%s\n",
			     CRUN, PACKAGE_VERSION, TARE_COMMIT, state_root(), FEATURES);
	return print("tare version %s\ncommit: %s\nspec: 1.3.0\nlibraries: %s\n", PACKAGE_VERSION,
		     TARE_COMMIT, TARE_LIBRARIES);
}

const struct verb verb_version = {
	.name = "version",
	.arguments = "",
	.summary = "print the version",
	.description =
		"Prints the version of tare, the commit that it was built from, the\n"
		"version of the specification, and whether libseccomp and the other libraries\n"
		"are a part of the program (static) or the system's (shared).",
	.examples = "  tare version\n",
	.run = run,
};
