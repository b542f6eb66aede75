/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a value in a text that was accepted as JSON, so its syntax is not checked again. */
#include "position.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	const char *at, *end;
};

static void skip_space(struct reader *r)
{
	while (r->at < r->end && strchr(" \t\r\n,:", *r->at))
		r->at++;
}

static void skip_string(struct reader *r)
{
	for (r->at++; r->at < r->end && *r->at != '"'; r->at++)
		r->at += *r->at == '\\';
	r->at++;
}

static void skip_value(struct reader *r)
{
	int depth = 0;

	do {
		skip_space(r);
		if (r->at >= r->end)
			return;
		if (*r->at == '"')
			skip_string(r);
		else if (strchr("{[", *r->at))
			depth++, r->at++;
		else if (strchr("}]", *r->at))
			depth--, r->at++;
		else
			r->at += strcspn(r->at, ",]} \t\r\n");
	} while (depth > 0);
}

/* Does the key, a JSON string as written, equal the token of a pointer? Escapes in keys are rare:
 * only those of '"' and '\\' are compared, others never match. */
static bool is_key(const char *key, const char *token, size_t length)
{
	const char *end = token + length;

	for (key++; *key != '"'; key++) {
		key += *key == '\\';
		char wanted = *token;
		if (token < end && *token == '~' && token + 1 < end)
			wanted = *++token == '1' ? '/' : '~';
		if (token >= end || *key != wanted)
			return false;
		token++;
	}
	return token == end;
}

/* Moves to the member or element that the token names; false, and no move, if there is none. The
 * position of a member is that of its key. */
static bool enter(struct reader *r, const char *token, size_t length, const char **shown)
{
	struct reader t = *r;
	bool object = *t.at == '{';
	unsigned long wanted = strtoul(token, NULL, 10), index = 0;

	if (!object && *t.at != '[')
		return false;
	for (t.at++;; index++) {
		skip_space(&t);
		if (t.at >= t.end || *t.at == '}' || *t.at == ']')
			return false;
		const char *key = t.at;
		if (object) {
			skip_string(&t);
			skip_space(&t);
		}
		if (object ? is_key(key, token, length) : index == wanted) {
			*r = t;
			*shown = key;
			return true;
		}
		skip_value(&t);
	}
}

void position_at(const char *text, size_t at, unsigned *line, unsigned *column)
{
	*line = *column = 1;
	for (const char *c = text; c < text + at; c++) {
		++*column;
		if (*c == '\n') {
			++*line;
			*column = 1;
		}
	}
}

void position_of(const char *text, size_t length, const char *pointer, unsigned *line,
		 unsigned *column)
{
	struct reader r = { text, text + length };

	skip_space(&r);
	const char *shown = r.at;
	while (*pointer == '/' && r.at < r.end) {
		size_t token = strcspn(pointer + 1, "/");
		if (!enter(&r, pointer + 1, token, &shown))
			break;
		pointer += 1 + token;
	}
	position_at(text, (size_t)(shown - text), line, column);
}
