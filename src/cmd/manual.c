/* SPDX-License-Identifier: Apache-2.0 */
/* The manual pages of tare and of each verb, from the tables of verbs and options: docs/man/ is
 * made by contrib/generate. */
#include "cmd.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* A dash is written \-, a backslash \e; a line must not begin with a dot or a quote. */
void print_roff(const char *text)
{
	bool begins = true;

	for (; *text; text++) {
		if (begins && *text == '\n') { /* an empty line: a new paragraph */
			printf(".PP\n");
			continue;
		}
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
	bool maybe = o->kind == OPTION_MAYBE;
	if (maybe || option_takes_value(o)) {
		printf(maybe ? "[=\\fI" : " \\fI");
		print_roff(o->argument);
		printf(maybe ? "\\fP]" : "\\fP");
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
	printf(" %d \"2026-11-28\" \"tare " PACKAGE_VERSION "\" \"User Commands\"\n.SH NAME\n",
	       section);
	print_roff(name);
	printf(" \\- ");
	print_roff(summary);
	printf("\n");
}

void manual_of(const struct verb *verb)
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
	printf(".SH SEE ALSO\n.BR tare (1),\n.BR tare\\-config (5),\n.BR tare\\-errors (7)\n");
}

static const char about[] =
	"tare is a low-level container runtime for Linux: it implements the OCI runtime\n"
	"specification 1.3.0. Container engines call it, and it can be used directly. A\n"
	"container is made from a bundle, a directory with a config.json (see\n"
	"tare-config(5)) and a root filesystem. Called as runc or crun, tare is a drop-in\n"
	"replacement.\n\n"
	"Options may be given before or after the id, with one dash or two, with a space or\n"
	"an equals sign (a value in brackets takes the equals sign). Those of tare itself come\n"
	"before the verb.";

static const struct entry_of_page {
	const char *term, *text;
} environment[] = {
	{ "LISTEN_FDS, LISTEN_FDNAMES, LISTEN_PID",
	  "The container gets these sockets, from descriptor 3, before those of\n"
	  "--preserve-fds, if LISTEN_PID is the pid of tare: see sd_listen_fds(3)." },
	{ "NOTIFY_SOCKET",
	  "The container gets a notify socket of its own at /run/notify/notify. start and\n"
	  "run --detach return when the container is ready. They pass its readiness on, with\n"
	  "MAINPID, and no other message: see sd_notify(3)." },
	{ "NO_COLOR", "If it is set and not empty, nothing is printed in colours." },
	{ "TARE_TIMINGS", "As the option --timings, for tare called by an engine: a file, a\n"
			  "directory that gets a file for each command, or - for stderr." },
	{ "XDG_RUNTIME_DIR",
	  "The directory below which the state is kept for users other than root." },
}, files[] = {
	{ "/run/tare/ID",
	  "status.json, config.json as it was accepted, made.json (the options and facts that\n"
	  "the plan was made from), undo.json (what has to be undone), added.json (what mounts\n"
	  "has added), start.sock and notify/.\n"
	  "The directory has to belong to the caller or to root, and must not be writable by\n"
	  "others; the state of a container has to belong to the caller. Users other than root\n"
	  "have $XDG_RUNTIME_DIR/tare." },
	{ "/run/tare-seccomp, $XDG_RUNTIME_DIR/tare-seccomp",
	  "A cache of compiled seccomp filters, which may be removed at any time." },
};

static void print_entries(const struct entry_of_page *entry, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		printf(".TP\n.B ");
		print_roff(entry[i].term);
		printf("\n");
		print_roff(entry[i].text);
		printf("\n");
	}
}

void manual(void)
{
	man_head("tare", 1, "run OCI containers");
	printf(".SH SYNOPSIS\n.B tare\n[OPTION...] VERB [ARGUMENT...]\n.SH DESCRIPTION\n");
	print_roff(about);
	printf("\n.SH VERBS\nEach has a page of its own: tare\\-VERB(1).\n");
	for (size_t i = 0; verbs[i]; i++) {
		printf(".TP\n.B %s\n", verbs[i]->name);
		print_roff(verbs[i]->summary);
		printf(".\n");
	}
	printf(".SH OPTIONS\n");
	for (const struct option *o = global_options; o->name; o++)
		print_option(o);
	printf(".SH EXIT STATUS\n0, or 1 after an error. run and exec exit with the status of "
	       "their\nprogram: see their pages.\n.SH ENVIRONMENT\n");
	print_entries(environment, sizeof environment / sizeof *environment);
	printf(".SH FILES\n");
	print_entries(files, sizeof files / sizeof *files);
	printf(".SH DIAGNOSTICS\nAn error is one line on stderr: the verb, the container, the "
	       "member of\nconfig.json, the system call, the cause, in parentheses what to do "
	       "about "
	       "it, and in\nbrackets its code, which tare explain and tare\\-errors(7) explain.\n"
	       ".SH SEE ALSO\n.BR tare\\-config (5),\n.BR tare\\-errors (7),\n"
	       ".BR pivot_root (2),\n.BR namespaces (7),\n.BR cgroups (7)\n");
}
