/* SPDX-License-Identifier: Apache-2.0 */
/* Prints to standard output, and logs warnings. */
#include "cmd.h"

#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vprintf(format, arguments);
	va_end(arguments);
	if (length < 0 || fflush(stdout))
		return fail(errno, "write", "standard output");
	return 0;
}

void say_warnings(const struct plan *plan)
{
	for (size_t i = 0; i < plan->warnings.count; i++)
		warning("config.json#%s: %s", plan->warnings.item[i].pointer,
			plan->warnings.item[i].text);
}
