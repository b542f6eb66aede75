/* SPDX-License-Identifier: Apache-2.0 */
/* Prints to standard output, and logs warnings. */
#include "cmd.h"

#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool closed;

bool print_is_closed(void)
{
	return closed;
}

static int failed_to_print(void)
{
	closed = closed || errno == EPIPE;
	return errno == EPIPE ? 0 : fail_as(CODE_STDOUT, errno, "write", "standard output");
}

int print_part(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vprintf(format, arguments);
	va_end(arguments);
	return length < 0 ? failed_to_print() : 0;
}

int print_flush(void)
{
	return fflush(stdout) ? failed_to_print() : 0;
}

int print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vprintf(format, arguments);
	va_end(arguments);
	return length < 0 ? failed_to_print() : print_flush();
}

unsigned terminal_columns(void)
{
	struct winsize size;

	return isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? size.ws_col : 0;
}

bool terminal_has_colours(void)
{
	static int known = -1; /* each line of a table asks */
	const char *off = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (known < 0)
		known = isatty(STDOUT_FILENO) && !(off && *off) && terminal &&
			strcmp(terminal, "dumb");
	return known;
}

const char *colour(enum colour colour)
{
	static const char *const sequence[] = { "\033[0m", "\033[32m", "\033[33m", "\033[31m" };

	return terminal_has_colours() ? sequence[colour] : "";
}

void say_warning(const char *source, const struct finding *finding)
{
	const struct log_details details = { finding->code, finding->pointer, finding_cure(finding),
					     -1, 0 };

	log_record(LOG_LEVEL_WARNING, &details, "%s: %s (%s)", source, finding->text, details.hint);
}

void say_warnings(const struct plan *plan)
{
	char source[300];

	for (size_t i = 0; i < plan->findings.count; i++) {
		if (plan->findings.item[i].severity != SEVERITY_WARNING)
			continue;
		snprintf(source, sizeof source, "config.json#%s", plan->findings.item[i].pointer);
		say_warning(source, &plan->findings.item[i]);
	}
}
