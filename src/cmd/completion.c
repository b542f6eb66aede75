/* SPDX-License-Identifier: Apache-2.0 */
/* Completions for shells, made from the tables of verbs and options: contrib/completions/ is made
 * by contrib/generate. */
#include "cmd.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* "text|json", but not "DIR" or "PATH|CONTROLLER:PATH". */
static bool has_words(const struct option *o)
{
	return option_takes_value(o) && strchr(o->argument, '|') &&
	       !strpbrk(o->argument, "ABCDEFGHIJKLMNOPQRSTUVWXYZ.");
}

static void print_words(const char *words)
{
	for (; *words; words++)
		putchar(*words == '|' ? ' ' : *words);
}

static bool takes_id(const struct verb *verb)
{
	return strstr(verb->arguments, "ID") && strcmp(verb->name, "create") &&
	       strcmp(verb->name, "run");
}

/* --- bash --- */

static void bash_options(const struct option *options)
{
	for (const struct option *o = options; o && o->name; o++)
		printf(" --%s", o->name);
	printf(" --help");
}

static void bash_values(const struct option *options)
{
	for (const struct option *o = options; o && o->name; o++) {
		if (!option_takes_value(o))
			continue;
		printf("\t--%s)", o->name);
		if (has_words(o)) {
			printf(" COMPREPLY=($(compgen -W \"");
			print_words(o->argument);
			printf("\" -- \"$word\"));");
		} else {
			printf(" COMPREPLY=($(compgen -f -- \"$word\"));");
		}
		printf(" return ;;\n");
	}
}

static void bash(void)
{
	printf("# SPDX-License-Identifier: Apache-2.0\n"
	       "# bash completion for tare, made by `tare completion bash`\n"
	       "_tare() {\n"
	       "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb= "
	       "i\n"
	       "\tlocal verbs=\"");
	for (size_t i = 0; verbs[i]; i++)
		printf("%s%s", i ? " " : "", verbs[i]->name);
	printf("\"\n\tfor ((i = 1; i < COMP_CWORD; i++)); do\n\t\tcase ${COMP_WORDS[i]} in\n\t\t");
	bool first = true;
	for (const struct option *o = global_options; o->name; o++)
		if (option_takes_value(o)) {
			printf("%s--%s", first ? "" : " | ", o->name);
			first = false;
		}
	printf(") i=$((i + 1)) ;;\n\t\t-*) ;;\n\t\t*) verb=${COMP_WORDS[i]} && break ;;\n"
	       "\t\tesac\n\tdone\n\tcase $verb:$before in\n");
	printf("\t:-*) case $before in\n");
	bash_values(global_options);
	printf("\tesac ;;\n");
	for (size_t i = 0; verbs[i]; i++) {
		printf("\t%s:-*) case $before in\n", verbs[i]->name);
		bash_values(verbs[i]->options);
		printf("\tesac ;;\n");
	}
	printf("\tesac\n\tcase $verb in\n\t'') COMPREPLY=($(compgen -W \"$verbs");
	bash_options(global_options);
	printf("\" -- \"$word\")) ;;\n");
	for (size_t i = 0; verbs[i]; i++) {
		printf("\t%s) COMPREPLY=($(compgen -W \"", verbs[i]->name);
		bash_options(verbs[i]->options);
		printf("%s%s\" -- \"$word\")%s) ;;\n",
		       takes_id(verbs[i]) ? " $(tare list -q 2>/dev/null)" : "",
		       !strcmp(verbs[i]->name, "help") ? " $verbs" : "",
		       strstr(verbs[i]->arguments, "BUNDLE") ? " $(compgen -d -- \"$word\")" : "");
	}
	printf("\tesac\n}\ncomplete -F _tare tare\n");
}

/* --- zsh and fish --- */

/* In single quotes, without what zsh takes for a description's end. */
static void quoted(const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			printf("'\\''");
		else if (*text == '[' || *text == ']' || *text == ':')
			printf("\\%c", *text);
		else
			putchar(*text);
}

static void zsh_options(const struct option *options)
{
	for (const struct option *o = options; o && o->name; o++) {
		printf(" \\\n\t\t'--%s[", o->name);
		quoted(o->help);
		printf("]");
		if (has_words(o)) {
			printf(":value:(");
			print_words(o->argument);
			printf(")");
		} else if (option_takes_value(o)) {
			printf(":value:_files");
		}
		printf("'");
	}
}

static void zsh(void)
{
	printf("#compdef tare\n# SPDX-License-Identifier: Apache-2.0\n"
	       "# zsh completion for tare, made by `tare completion zsh`\n"
	       "_tare_ids() { compadd -- ${(f)\"$(tare list -q 2>/dev/null)\"} }\n"
	       "_tare() {\n\tlocal -a verbs=(");
	for (size_t i = 0; verbs[i]; i++) {
		printf("\n\t\t'%s:", verbs[i]->name);
		quoted(verbs[i]->summary);
		printf("'");
	}
	printf("\n\t)\n\tlocal state\n\t_arguments -C");
	zsh_options(global_options);
	printf(" \\\n\t\t'1: :->verb' '*:: :->rest'\n"
	       "\tcase $state in\n\tverb) _describe verb verbs ;;\n\trest) case $words[1] in\n");
	for (size_t i = 0; verbs[i]; i++) {
		printf("\t%s) _arguments", verbs[i]->name);
		zsh_options(verbs[i]->options);
		printf(" '*: :%s' ;;\n", takes_id(verbs[i]) ? "_tare_ids" : "_files");
	}
	printf("\tesac ;;\n\tesac\n}\n_tare \"$@\"\n");
}

static void print_fish(const char *text)
{
	for (; *text; text++)
		printf(*text == '\'' ? "\\'" : "%c", *text);
}

static void fish_options(const struct option *options, const char *verb)
{
	for (const struct option *o = options; o && o->name; o++) {
		printf("complete -c tare -n '%s%s' -l %s",
		       verb ? "__fish_seen_subcommand_from " : "",
		       verb ? verb : "__fish_use_subcommand", o->name);
		if (o->letter)
			printf(" -s %c", o->letter);
		if (has_words(o)) {
			printf(" -xa '");
			print_words(o->argument);
			printf("'");
		} else if (option_takes_value(o)) {
			printf(" -r");
		}
		printf(" -d '");
		print_fish(o->help);
		printf("'\n");
	}
}

static void fish(void)
{
	printf("# SPDX-License-Identifier: Apache-2.0\n"
	       "# fish completion for tare, made by `tare completion fish`\n");
	fish_options(global_options, NULL);
	for (size_t i = 0; verbs[i]; i++) {
		printf("complete -c tare -n __fish_use_subcommand -xa %s -d '", verbs[i]->name);
		print_fish(verbs[i]->summary);
		printf("'\n");
		fish_options(verbs[i]->options, verbs[i]->name);
		if (takes_id(verbs[i]))
			printf("complete -c tare -n '__fish_seen_subcommand_from %s' "
			       "-xa '(tare list -q 2>/dev/null)'\n",
			       verbs[i]->name);
	}
}

static int run(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

	(void)argc;
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (!strcmp(argv[0], shells[i].name)) {
			shells[i].print();
			return print("%s", "");
		}
	return fail_as(CODE_ARGUMENT, 0, NULL, "completions are for bash, zsh and fish, not \"%s\"",
		       argv[0]);
}

const struct verb verb_completion = {
	.name = "completion",
	.arguments = "bash|zsh|fish",
	.summary = "print the completions for a shell",
	.description =
		"Prints a script that completes verbs, options, their values and the ids of\n"
		"containers. It is made from the same tables as the help, so it knows what\n"
		"this tare knows.",
	.examples = "  source <(tare completion bash)\n"
		    "  tare completion zsh >\"${fpath[1]}/_tare\"\n"
		    "  tare completion fish >~/.config/fish/completions/tare.fish\n",
	.least = 1,
	.most = 1,
	.run = run,
};
