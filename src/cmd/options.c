/* SPDX-License-Identifier: Apache-2.0 */
/* Options as users of runc, crun and podman write them: --name value, --name=value, -name value
 * (Go's flag package), -n value, -nvalue, several letters in one; "--" ends them. */
#include "cmd.h"

#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option *find_name(const struct option *options, const char *name, size_t length)
{
	for (const struct option *o = options; o && o->name; o++)
		if (strlen(o->name) == length && !strncmp(o->name, name, length))
			return o;
	return NULL;
}

static const struct option *find_letter(const struct option *options, char letter)
{
	for (const struct option *o = options; o && o->name; o++)
		if (o->letter && o->letter == letter)
			return o;
	return NULL;
}

static int store(const struct option *o, const char *value)
{
	char *end;

	if (o->kind == OPTION_REFUSED)
		return fail(0, NULL, "--%s %s", o->name, o->argument);
	if (o->kind == OPTION_FLAG) {
		bool off = value && (!strcmp(value, "false") || !strcmp(value, "0"));
		if (value && !off && strcmp(value, "true") && strcmp(value, "1"))
			return fail(0, NULL, "--%s takes true or false, not \"%s\"", o->name,
				    value);
		*(bool *)o->value = !off;
	} else if (o->kind == OPTION_TEXT) {
		*(const char **)o->value = value;
	} else if (o->kind == OPTION_LIST) {
		struct option_list *list = o->value;
		if (list->count == LIST_MAX)
			return fail(0, NULL, "--%s is given more than %d times", o->name, LIST_MAX);
		list->item[list->count++] = value;
	} else {
		errno = 0;
		unsigned long number = strtoul(value, &end, 10);
		if (*value < '0' || *value > '9' || *end || errno || number > 100000)
			return fail(0, NULL, "--%s takes a number, not \"%s\"", o->name, value);
		*(unsigned *)o->value = (unsigned)number;
	}
	return 0;
}

/* Parses the option at *argv. Returns the number of words that it took, or a negative errno. */
static int parse_one(const struct option *options, char **argv)
{
	const char *word = argv[0], *name = word + 1 + (word[1] == '-');
	size_t length = strcspn(name, "=");
	const struct option *o = find_name(options, name, length);
	const char *value = name[length] ? name + length + 1 : NULL;

	if (!o && word[1] != '-') { /* letters */
		for (const char *letter = word + 1; *letter; letter++) {
			o = find_letter(options, *letter);
			if (!o && *letter == 'h')
				return OPTION_HELP;
			if (!o)
				return fail(0, NULL, "unknown option %s", word);
			if (o->kind != OPTION_FLAG) {
				value = letter[1] ? letter + 1 : NULL;
				break;
			}
			int err = store(o, NULL);
			if (err || !letter[1])
				return err ? err : 1;
		}
	}
	if (!o && length == 4 && !strncmp(name, "help", 4))
		return OPTION_HELP;
	if (!o)
		return fail(0, NULL, "unknown option %s", word);
	int words = 1;
	if (o->kind != OPTION_FLAG && o->kind != OPTION_REFUSED && !value) {
		value = argv[1];
		words = 2;
		if (!value)
			return fail(0, NULL, "option --%s requires an argument", o->name);
	}
	int err = store(o, value);
	return err ? err : words;
}

int options_parse(const struct option *options, char **argv, bool stop_early)
{
	int count = 0;
	char **from = argv;

	while (*from) {
		if (**from != '-' || !(*from)[1]) {
			if (stop_early)
				break;
			argv[count++] = *from++;
			continue;
		}
		if (!strcmp(*from, "--")) {
			from++;
			break;
		}
		int words = parse_one(options, from);
		if (words < 0)
			return words;
		from += words;
	}
	while (*from)
		argv[count++] = *from++;
	argv[count] = NULL;
	return count;
}

void options_help(const struct option *options)
{
	for (const struct option *o = options; o && o->name; o++) {
		char left[64];
		bool argument = o->kind != OPTION_FLAG && o->kind != OPTION_REFUSED;
		snprintf(left, sizeof left, "%c%c%c --%s%s%s", o->letter ? '-' : ' ',
			 o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
			 argument ? " " : "", argument ? o->argument : "");
		printf("  %-34s %s%s\n", left, o->help,
		       o->kind == OPTION_REFUSED ? " (not supported yet)" : "");
	}
}
