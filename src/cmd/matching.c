/* SPDX-License-Identifier: Apache-2.0 */
/* -r, --regex: applies a verb to several containers. */
#include "cmd.h"

#include "base/error.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>

struct matching {
	regex_t regex;
	int (*each)(const char *id);
	bool matched;
	int err; /* the first error; the other containers are processed all the same */
	struct error first;
};

static int match_one(int directory, const char *id, void *context)
{
	struct matching *m = context;

	(void)directory;
	if (regexec(&m->regex, id, 0, NULL, 0))
		return 0;
	m->matched = true;
	int err = m->each(id);
	if (err < 0 && !m->err) {
		m->err = err;
		(void)also("%s", id);
		m->first = *error_last();
	}
	return 0;
}

int each_matching(const char *expression, int (*each)(const char *id))
{
	struct matching m = { .each = each };

	if (regcomp(&m.regex, expression, REG_EXTENDED))
		return fail_as(CODE_OPTION, 0, NULL, "\"%s\" is not a regular expression",
			       expression);
	int err = container_each(state_root(), match_one, &m);
	regfree(&m.regex);
	if (err && err != -ENOENT)
		return err;
	if (!m.matched)
		return fail_as(CODE_CONTAINER_UNKNOWN, 0, NULL,
			       "no container has a name that matches \"%s\"", expression);
	*error_last() = m.first;
	return m.err;
}
