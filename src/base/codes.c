/* SPDX-License-Identifier: Apache-2.0 */
#include "codes.h"

#include <strings.h>

const struct code_row *code_row(enum code code)
{
	static const struct code_row row[CODE_COUNT] = { [CODE_NONE] = { "", "", "" },
#define ROW(symbol, meaning, cause, cure) [CODE_##symbol] = { meaning, cause, cure },
							 CODES(ROW)
#undef ROW
	};

	return &row[code < CODE_COUNT ? code : CODE_NONE];
}

/* The names that users see have dashes where the symbols have underscores. */
const char *code_name(enum code code)
{
	static char name[CODE_COUNT][40] = { [CODE_NONE] = "",
#define NAME(symbol, meaning, cause, cure) [CODE_##symbol] = "TARE-" #symbol,
					     CODES(NAME)
#undef NAME
	};
	char *found = name[code < CODE_COUNT ? code : CODE_NONE];

	for (char *c = found; *c; c++)
		if (*c == '_')
			*c = '-';
	return found;
}

enum code code_find(const char *name)
{
	for (enum code code = CODE_NONE + 1; code < CODE_COUNT; code++)
		if (!strcasecmp(name, code_name(code)) ||
		    !strcasecmp(name, code_name(code) + sizeof "TARE-" - 1))
			return code;
	return CODE_NONE;
}
