/* SPDX-License-Identifier: Apache-2.0 */
/* The help of tare and of each verb, and the same as man pages: docs/man/ is made by
 * contrib/generate. */
#include "cmd.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool man;

static const struct option options[] = {
	FLAG("man", 0, man, "print the page of the verb in the format of man(7)"),
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
	if (verb->options && verb->options->name)
		printf("\noptions:\n");
	options_help(verb->options);
	if (verb->examples)
		printf("\nexamples:\n%s", verb->examples);
}

/* --- man(7) --- */

/* A dash is written \-, a backslash \e; a line must not begin with a dot or a quote. */
void print_roff(const char *text)
{
	bool begins = true;

	for (; *text; text++) {
		if (begins && (*text == '.' || *text == '\''))
			printf("\\&");
		begins = *text == '\n';
		if (*text == '-')
			printf("\\-");
		else if (*text == '\\')
			printf("\\e");
		else
			putchar(*text);
	}
}

static void print_option(const struct option *o)
{
	printf(".TP\n.B ");
	if (o->letter)
		printf("\\-%c, ", o->letter);
	print_roff("--");
	print_roff(o->name);
	if (o->kind == OPTION_MAYBE) {
		printf("[=\\fI");
		print_roff(o->argument);
		printf("\\fP]");
	} else if (option_takes_value(o)) {
		printf(" \\fI");
		print_roff(o->argument);
		printf("\\fP");
	}
	printf("\n");
	print_roff(o->help);
	printf(".\n");
}

void man_head(const char *name, int section, const char *summary)
{
	char title[64];
	size_t i = 0;

	for (; name[i] && i + 1 < sizeof title; i++)
		title[i] = (char)toupper((unsigned char)name[i]);
	title[i] = '\0';
	printf(".\\\" SPDX-License-Identifier: Apache-2.0\n"
	       ".\\\" Made by contrib/generate from the tables of the source.\n.TH ");
	print_roff(title);
	printf(" %d \"November 2026\" \"tare " PACKAGE_VERSION "\" \"User Commands\"\n.SH NAME\n",
	       section);
	print_roff(name);
	printf(" \\- ");
	print_roff(summary);
	printf("\n");
}

static void man_page(const struct verb *verb)
{
	char name[64];

	snprintf(name, sizeof name, "tare-%s", verb->name);
	man_head(name, 1, verb->summary);
	printf(".SH SYNOPSIS\n.B tare %s\n", verb->name);
	print_roff(verb->arguments);
	printf("\n.SH DESCRIPTION\n");
	print_roff(verb->description ? verb->description : verb->summary);
	if (!verb->description)
		printf(".");
	printf("\n");
	if (verb->options && verb->options->name)
		printf(".SH OPTIONS\n");
	for (const struct option *o = verb->options; o && o->name; o++)
		print_option(o);
	printf(".SH EXIT STATUS\n");
	print_roff(verb->statuses ? verb->statuses
				  : "0 on success, 1 on failure, with one line on stderr.");
	printf("\n");
	if (verb->examples) {
		printf(".SH EXAMPLES\n.nf\n");
		print_roff(verb->examples);
		printf(".fi\n");
	}
	printf(".SH SEE ALSO\n.BR tare (1)\n");
}

static int run(int argc, char **argv)
{
	if (!argc) {
		help();
		return 0;
	}
	const struct verb *verb = verb_find(argv[0]);
	if (!verb)
		return verb_unknown(argv[0]);
	if (man)
		man_page(verb);
	else
		help_verb(verb);
	return 0;
}

const struct verb verb_help = {
	.name = "help",
	.arguments = "[OPTION...] [VERB]",
	.summary = "show the help of tare or of a verb",
	.options = options,
	.least = 0,
	.most = 1,
	.run = run,
};
