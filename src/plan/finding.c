/* SPDX-License-Identifier: Apache-2.0 */
#include "finding.h"

void finding_add(struct pool *pool, struct findings *findings, const struct finding *finding)
{
	findings->item = pool_grow(pool, findings->item, findings->count, sizeof *findings->item);
	findings->item[findings->count++] = *finding;
}

const char *severity_name(enum severity severity)
{
	static const char *const name[] = { "error", "warning", "note" };

	return name[severity];
}

const char *finding_cure(const struct finding *finding)
{
	return finding->cure ? finding->cure : code_row(finding->code)->cure;
}
