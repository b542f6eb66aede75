/* SPDX-License-Identifier: Apache-2.0 */
/* The help of tare and of each verb. */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

static bool man;

static const struct option options[] = {
	FLAG("man", 0, man, "print the page of tare or of the verb in the format of man(7)"),
	END_OF_OPTIONS,
};

void help(void)
{
	printf("usage: tare [OPTION...] VERB [ARGUMENT...]\n\nverbs:\n");
	for (size_t i = 0; verbs[i]; i++)
		help_row(verbs[i]->name, 14, verbs[i]->summary);
	printf("\noptions:\n");
	options_help(global_options);
	printf("\nRun \"tare VERB --help\" for help on a verb.\n");
}

void help_verb(const struct verb *verb)
{
	printf("usage: tare %s %s\n\n", verb->name, verb->arguments);
	help_row("", 2, verb->summary);
	if (verb->description)
		printf("\n%s\n", verb->description);
	if (verb->options && verb->options->name)
		printf("\noptions:\n");
	options_help(verb->options);
	if (verb->statuses)
		printf("\nexit status:\n%s\n", verb->statuses);
	if (verb->examples)
		printf("\nexamples:\n%s", verb->examples);
}

static int run(int argc, char **argv)
{
	if (!argc) {
		man ? manual() : help();
		return 0;
	}
	const struct verb *verb = verb_find(argv[0]);
	if (!verb)
		return verb_unknown(argv[0]);
	if (man)
		manual_of(verb);
	else
		help_verb(verb);
	return 0;
}

const struct verb verb_help = {
	.name = "help",
	.arguments = "[OPTION...] [VERB]",
	.summary = "show the help of tare or of a verb",
	.description = "Shows the help of tare, or that of a verb, as --help does.",
	.examples = "  tare help run\n"
		    "  tare help --man run | man -l -\n",
	.options = options,
	.least = 0,
	.most = 1,
	.run = run,
};
