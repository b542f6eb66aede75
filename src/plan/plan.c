/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

uint32_t plan_goes_alone(const struct plan *plan)
{
	for (size_t i = plan->await; i < plan->steps; i++)
		if (plan->step[i].who == WHO_PARENT)
			return 0;
	return plan->await ? (uint32_t)plan->steps - 1 : 0; /* lint: init's last step */
}

void plan_free(struct plan *plan)
{
	pool_free(&plan->pool);
	*plan = (struct plan){ 0 };
}
