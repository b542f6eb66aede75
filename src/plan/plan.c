/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

void plan_free(struct plan *plan)
{
	pool_free(&plan->pool);
	*plan = (struct plan){ 0 };
}
