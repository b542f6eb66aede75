/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tare-systemd: talks to systemd for tare, which is linked statically and so can't load
 * libsystemd. It does one thing, writes a struct reply to its standard output, and ends:
 *
 *	tare-systemd SECONDS system|user start UNIT PID
 *	tare-systemd SECONDS system|user set UNIT
 *	tare-systemd SECONDS system|user owner UNIT DESCRIPTION
 *	tare-systemd SECONDS system|user stop UNIT DESCRIPTION
 */
#include "base/clock.h"
#include "base/error.h"
#include "bus.h"
#include "reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *read_input(size_t *length)
{
	char *text = NULL;
	ssize_t n = 1;

	for (*length = 0; n > 0; *length += n > 0 ? (size_t)n : 0) {
		char *larger = realloc(text, *length + 65536 + 1);
		if (!larger) {
			free(text);
			return NULL;
		}
		text = larger;
		n = read(STDIN_FILENO, text + *length, 65536);
	}
	text[*length] = '\0';
	return text;
}

/* The properties on standard input, each after its length: "LENGTH:PROPERTY". Until the end of the
 * program. */
static int read_properties(struct strings *list)
{
	size_t length, most = 1;
	char *text = read_input(&length), *next = text;

	for (size_t i = 0; text && i < length; i++)
		most += text[i] == ':';
	list->item = text ? calloc(most, sizeof *list->item) : NULL;
	if (!list->item)
		return fail(ENOMEM, NULL, "the properties for systemd");
	while (next < text + length) {
		char *after;
		size_t size = strtoul(next, &after, 10);
		if (*after != ':' || size > (size_t)(text + length - after - 1))
			return fail_as(CODE_INTERNAL, 0, NULL, "half a property for systemd");
		/* One byte to the left, where its length was, so that there is room for its end. */
		memmove(after, after + 1, size);
		after[size] = '\0';
		list->item[list->count++] = after;
		next = after + 1 + size;
	}
	return 0;
}

static int perform(int count, char **word)
{
	bool user = count > 2 && !strcmp(word[1], "user");
	const char *verb = count > 3 ? word[2] : "", *unit = count > 3 ? word[3] : "";
	struct strings properties = { 0 };
	int err = read_properties(&properties);

	if (err)
		return err;
	if (!strcmp(verb, "start") && count == 5)
		return bus_start_scope(user, unit, &properties, (pid_t)strtol(word[4], NULL, 10));
	if (!strcmp(verb, "set"))
		return bus_set_properties(user, unit, &properties);
	if (!strcmp(verb, "owner") && count == 5)
		return bus_owner(user, unit, word[4]);
	if (!strcmp(verb, "stop") && count == 5)
		return bus_stop_scope(user, unit, word[4]);
	return fail_as(CODE_INTERNAL, 0, NULL, "tare-systemd does not know \"%s\"", verb);
}

int main(int argc, char **argv)
{
	struct reply reply = { .begin = REPLY_MARK, .end = REPLY_MARK };

	bus_wait_until(time_now() + 1000 * (argc > 1 ? strtol(argv[1], NULL, 10) : 0));
	reply.result = perform(argc - 1, argv + 1);
	reply.error = *error_last();
	return write(STDOUT_FILENO, &reply, sizeof reply) != (ssize_t)sizeof reply;
}
