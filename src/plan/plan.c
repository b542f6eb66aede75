/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include "base/error.h"
#include "libocispec/json.h"
#include "libocispec/text.h"

#include <string.h>

void plan_free(struct plan *plan)
{
	pool_free(&plan->pool);
	*plan = (struct plan){ 0 };
}

const char *plan_print(struct plan *plan, bool json)
{
	struct text t = { .pool = &plan->pool };
	char detail[4096];

	text_add(&t, "%s",
		 json ? "["
		      : "   #  who     step         detail                                       "
			"          from\n");
	for (size_t i = 0; i < plan->steps; i++) {
		const struct step *s = &plan->step[i];
		step_describe(s, detail, sizeof detail);
		const char *line;
		if (json)
			line = pool_text(t.pool,
					 "%s\n{\"step\":%zu,\"who\":\"%s\",\"op\":\"%s\","
					 "\"detail\":%s,\"from\":%s}",
					 i ? "," : "", i, who_name(s->who), op_name(s->op),
					 json_quote(t.pool, detail),
					 json_quote(t.pool, s->pointer));
		else {
			char *row = pool_text(t.pool, "%4zu  %-6s  %-11s  %-53s  %s", i,
					      who_name(s->who), op_name(s->op), detail, s->pointer);
			text_clean(row);
			text_append(&t, row, strlen(row));
			line = "\n";
		}
		text_append(&t, line, strlen(line));
	}
	if (json)
		text_add(&t, "\n]\n");
	return t.bytes;
}
