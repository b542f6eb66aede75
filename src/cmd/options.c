/* SPDX-License-Identifier: Apache-2.0 */
/* Options as users of runc, crun and podman write them: --name value, --name=value, -name value
 * (Go's flag package), -n value, -nvalue, several letters in one; "--" ends them. */
#include "cmd.h"

#include "base/error.h"
#include "libocispec/near.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool option_takes_value(const struct option *option)
{
	return option->kind != OPTION_FLAG && option->kind != OPTION_REFUSED &&
	       option->kind != OPTION_MAYBE;
}

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

static int unknown(const struct option *options, const char *word, size_t length)
{
	char name[64];
	struct nearest nearest = { .word = name };

	snprintf(name, sizeof name, "%.*s", (int)length, word + strspn(word, "-"));
	for (const struct option *o = options; o && o->name; o++)
		nearest_try(&nearest, o->name);
	static const struct {
		const char *word, *hint;
	} habits[] = {
		/* of docker and podman */
		{ "--rm", "run deletes the container by itself; --keep keeps it" },
		{ "-it",
		  "process.terminal in config.json decides: tare spec sets it, and --no-terminal "
		  "does not" },
		{ "-i", "the standard input is always passed on" },
	};

	(void)fail_as(CODE_OPTION, 0, NULL, "unknown option %s", word);
	for (size_t i = 0; i < sizeof habits / sizeof *habits; i++)
		if (!strcmp(habits[i].word, word))
			return hint("%s", habits[i].hint);
	if (options != global_options && find_name(global_options, name, strlen(name)))
		return hint("it is one of tare itself: tare --%s ... VERB", name);
	if (nearest.best)
		return hint("did you mean --%s?", nearest.best);
	for (const struct option *o = global_options; o->name; o++)
		nearest_try(&nearest, o->name);
	return nearest.best ? hint("did you mean --%s, before the verb?", nearest.best) : -EINVAL;
}

/* "text|json": is the value one of the words? A list of words that ends in "..." is open, and
 * other names of arguments stand for any value. */
static bool is_word(const char *words, const char *value)
{
	size_t length = strlen(value);

	if (!strchr(words, '|') || strstr(words, "...") ||
	    strpbrk(words, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		return true;
	for (const char *at = words; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
		if (!strncmp(at, value, length) && (!at[length] || at[length] == '|'))
			return true;
	return false;
}

static int wrong_word(const struct option *o, const char *value)
{
	char copy[256], words[300] = "", *save;
	struct nearest nearest = { .word = value };

	snprintf(copy, sizeof copy, "%s", o->argument);
	for (char *word = strtok_r(copy, "|", &save), *next; word; word = next) {
		size_t used = strlen(words);
		next = strtok_r(NULL, "|", &save);
		snprintf(words + used, sizeof words - used, "%s%s",
			 !used	? ""
			 : next ? ", "
				: " or ",
			 word);
		nearest_try(&nearest, word);
	}
	(void)fail_as(CODE_OPTION, 0, NULL, "--%s takes %s, not \"%s\"", o->name, words, value);
	return nearest.best ? hint("did you mean \"%s\"?", nearest.best) : -EINVAL;
}

static int store(const struct option *o, const char *value)
{
	char *end;

	if (o->kind == OPTION_REFUSED)
		return fail_as(CODE_OPTION, 0, NULL, "--%s %s", o->name, o->argument);
	if (o->kind == OPTION_FLAG) {
		bool off = value && (!strcmp(value, "false") || !strcmp(value, "0"));
		if (value && !off && strcmp(value, "true") && strcmp(value, "1"))
			return fail_as(CODE_OPTION, 0, NULL, "--%s takes true or false, not \"%s\"",
				       o->name, value);
		*(bool *)o->value = !off;
	} else if (o->kind == OPTION_MAYBE) {
		*(const char **)o->value = value ? value : "-";
	} else if (o->kind == OPTION_TEXT && !is_word(o->argument, value)) {
		return wrong_word(o, value);
	} else if (o->kind == OPTION_TEXT) {
		*(const char **)o->value = value;
	} else if (o->kind == OPTION_LIST) {
		struct option_list *list = o->value;
		if (list->count == LIST_MAX)
			return fail_as(CODE_OPTION, 0, NULL, "--%s is given more than %d times",
				       o->name, LIST_MAX);
		list->item[list->count++] = value;
	} else {
		errno = 0;
		unsigned long number = strtoul(value, &end, 10);
		if (*value < '0' || *value > '9' || *end || errno || number > 100000)
			return fail_as(CODE_OPTION, 0, NULL, "--%s takes a number, not \"%s\"",
				       o->name, value);
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
			if (!o && (*letter == 'h' || *letter == '?'))
				return OPTION_HELP;
			if (!o)
				return unknown(options, word, length);
			if (o->kind != OPTION_FLAG) {
				/* -fjson, and, as the manual says, -f=json */
				value = letter[1] ? letter + 1 + (letter[1] == '=') : NULL;
				break;
			}
			int err = store(o, NULL);
			if (err || !letter[1])
				return err ? err : 1;
		}
	}
	if (!o && ((length == 4 && !strncmp(name, "help", 4)) ||
		   (length == 5 && !strncmp(name, "usage", 5))))
		return OPTION_HELP;
	if (!o)
		return unknown(options, word, length);
	int words = 1;
	if (option_takes_value(o) && !value) {
		value = argv[1];
		words = 2;
		if (!value)
			return fail_as(CODE_OPTION, 0, NULL, "option --%s requires an argument",
				       o->name);
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

void help_row(const char *left, int indent, const char *text)
{
	enum { WIDTH = 80 };
	int at = printf("  %-*s", indent - 2, left);

	if (at > indent) {
		printf("\n%*s", indent, "");
		at = indent;
	}
	while (*text) {
		int length = (int)strcspn(text, " ");
		bool first = at <= indent;
		if (!first && at + 1 + length > WIDTH) {
			printf("\n%*s", indent, "");
			at = indent;
			first = true;
		}
		at += printf("%s%.*s", first ? "" : " ", length, text);
		text += length + (text[length] != '\0');
	}
	printf("\n");
}

void options_help(const struct option *options)
{
	enum { INDENT = 30 };

	for (const struct option *o = options; o && o->name; o++) {
		char left[128];
		bool argument = option_takes_value(o), maybe = o->kind == OPTION_MAYBE;
		snprintf(left, sizeof left, "%c%c%c --%s%s%s%s ", o->letter ? '-' : ' ',
			 o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
			 argument ? " "
			 : maybe  ? "[="
				  : "",
			 argument || maybe ? o->argument : "", maybe ? "]" : "");
		help_row(left, INDENT, o->help);
	}
}

int parse_id(const char *option, const char *text, size_t length, struct opt_u32 *id)
{
	uint64_t number = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9' || number > UINT32_MAX)
			return fail_as(CODE_OPTION, 0, NULL, "--%s takes numbers, not \"%s\"",
				       option, text);
		number = number * 10 + (unsigned)(text[i] - '0');
	}
	if (!length || number >= UINT32_MAX)
		return fail_as(CODE_OPTION, 0, NULL,
			       "--%s takes numbers below 4294967295, not \"%s\"", option, text);
	*id = (struct opt_u32){ (uint32_t)number, true };
	return 0;
}

int parse_user(const char *text, struct opt_u32 *uid, struct opt_u32 *gid)
{
	size_t length = strcspn(text, ":");
	int err = parse_id("user", text, length, uid);

	return err || !text[length]
		       ? err
		       : parse_id("user", text + length + 1, strlen(text + length + 1), gid);
}
