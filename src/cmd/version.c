/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

static int run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return print("tare version %s\ncommit: %s\nspec: 1.3.0\n", PACKAGE_VERSION, TARE_COMMIT);
}

const struct verb verb_version = { "version", "", "print the version", NULL, 0, 0, run, false };
