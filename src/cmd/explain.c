/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include "base/error.h"
#include "libocispec/near.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool markdown, man;

static const struct option options[] = {
	FLAG("markdown", 0, markdown, "print all codes as docs/errors.md has them"),
	FLAG("man", 0, man, "print all codes as tare-errors(7)"),
	END_OF_OPTIONS,
};

static int explain(enum code code)
{
	const struct code_row *row = code_row(code);

	return print("%s: %s\n\ncause: %s\ncure:  %s.\n", code_name(code), row->meaning, row->cause,
		     row->cure);
}

static int print_page(void)
{
	man_head("tare-errors", 7, "the codes of tare's errors and warnings");
	printf(".SH DESCRIPTION\nA code stands at the end of a message, and is the member code of "
	       "a "
	       "JSON log\nrecord. It does not change from version to version.\n.SH CODES\n");
	for (enum code code = CODE_NONE + 1; code < CODE_COUNT; code++) {
		const struct code_row *row = code_row(code);
		printf(".TP\n.B ");
		print_roff(code_name(code));
		printf("\n%c", toupper((unsigned char)*row->meaning));
		print_roff(row->meaning + 1);
		printf(".\n");
		print_roff(row->cause);
		printf("\nCure:\n");
		print_roff(row->cure);
		printf(".\n");
	}
	return print(".SH SEE ALSO\n.BR tare (1)\n");
}

static int list_all(void)
{
	int err = markdown ? print("# Errors and warnings\n\n"
				   "Made by `tare explain --markdown` from src/base/codes.h.\n\n"
				   "| code | meaning | cause | cure |\n|---|---|---|---|\n")
			   : 0;

	for (enum code code = CODE_NONE + 1; !err && code < CODE_COUNT; code++) {
		const struct code_row *row = code_row(code);
		err = markdown ? print("| `%s` | %s | %s | %s |\n", code_name(code), row->meaning,
				       row->cause, row->cure)
			       : print("%-24s %s\n", code_name(code), row->meaning);
	}
	return err;
}

static int run(int argc, char **argv)
{
	if (man)
		return print_page();
	if (!argc || markdown)
		return list_all();
	enum code code = code_find(argv[0]);
	if (code != CODE_NONE)
		return explain(code);
	struct nearest nearest = { .word = argv[0] };
	for (code = CODE_NONE + 1; code < CODE_COUNT; code++) {
		nearest_try(&nearest, code_name(code));
		nearest_try(&nearest, code_name(code) + sizeof "TARE-" - 1);
	}
	(void)fail_as(CODE_ARGUMENT, 0, NULL, "there is no code \"%s\"", argv[0]);
	return nearest.best ? hint("did you mean %s?", nearest.best)
			    : hint("`tare explain` lists the codes");
}

const struct verb verb_explain = {
	.name = "explain",
	.arguments = "[CODE]",
	.summary = "explain the code of an error, its cause and its cure",
	.description = "Explains a code as it stands in brackets at the end of a message: what it\n"
		       "means, its cause, and what to do. The name may be given without TARE- and\n"
		       "in any case. Without a code it lists all of them; tare-errors(7) has the\n"
		       "same text.",
	.examples = "  tare explain TARE-MOUNT-SOURCE\n"
		    "  tare explain mount-source\n",
	.options = options,
	.least = 0,
	.most = 1,
	.run = run,
};
