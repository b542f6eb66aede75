/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing here allocates, so that running out of memory can be logged too. */
#include "log.h"

#include "clock.h"
#include "error.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { TO_STDERR, TO_FILE, TO_SYSLOG, TO_JOURNAL };

static struct {
	int fd, to;
	bool json, silent;
	enum log_level level;
	char identifier[64];
} sink = { .fd = -1, .level = LOG_LEVEL_WARNING };

static const char *const level_name[] = { "error", "warning", "info", "debug" };

static int datagram(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
		return fail(errno, "connect", "%s", path);
	return take(&fd);
}

/* "fd:3": a descriptor of the caller's, which the container does not get. */
static int adopt(const char *path)
{
	char *end;
	long number = strtol(path + 3, &end, 10);

	if (end == path + 3 || *end || number <= STDERR_FILENO || number > INT_MAX)
		return fail_as(CODE_ARGUMENT, 0, NULL, "--log %s: \"fd:\" and a number above 2",
			       path);
	sink.fd = fcntl((int)number, F_DUPFD_CLOEXEC, 100);
	if (sink.fd < 0)
		return fail(errno, "fcntl", "--log %s", path);
	sink.to = TO_FILE;
	close((int)number);
	return 0;
}

int log_open(const char *path, bool json)
{
	static const struct {
		const char *prefix, *socket;
		int to;
	} special[] = {
		{ "journald:", "/run/systemd/journal/socket", TO_JOURNAL },
		{ "syslog:", "/dev/log", TO_SYSLOG },
	};

	sink.json = json;
	if (!path)
		return 0;
	for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
		if (strncmp(path, special[i].prefix, strlen(special[i].prefix)))
			continue;
		snprintf(sink.identifier, sizeof sink.identifier, "%s",
			 path + strlen(special[i].prefix));
		text_clean(sink.identifier);
		sink.fd = datagram(special[i].socket);
		sink.to = special[i].to;
		return sink.fd < 0 ? also("--log %s", path) : 0;
	}
	if (!strncmp(path, "fd:", 3))
		return adopt(path);
	if (!strncmp(path, "file:", 5))
		path += 5;
	/* Use a high number: the low ones may be descriptors that the engine passes to the
	 * container (--preserve-fds). */
	auto_fd int fd = io_open_log(path);
	sink.fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 100);
	if (sink.fd < 0) {
		(void)fail(errno, "open", "--log %s", path);
		return error_last()->err == ELOOP
			       ? hint("a symbolic link of another user is not followed")
			       : -error_last()->err;
	}
	sink.to = TO_FILE;
	return 0;
}

void log_keep(void)
{
	if (sink.to == TO_STDERR && sink.fd < 0)
		sink.fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
}

int log_descriptor(void)
{
	return log_wanted(LOG_LEVEL_DEBUG) ? sink.fd : -1;
}

void log_forget(void)
{
	if (log_wanted(LOG_LEVEL_DEBUG))
		return;
	io_close(&sink.fd);
	sink.silent = true;
}

void log_detach(void)
{
	if (sink.to != TO_STDERR)
		return;
	io_close(&sink.fd);
	sink.silent = true;
}

void log_level(enum log_level level)
{
	sink.level = level;
}

bool log_wanted(enum log_level level)
{
	return level <= sink.level && !sink.silent;
}

/* The text as the inside of a JSON string. Bytes above 0x7f are kept: paths in UTF-8 stay readable.
 */
static void escape(const char *text, char *out, size_t size)
{
	size_t used = 0;

	for (; *text && used + 7 < size; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			used += (size_t)snprintf(out + used, size - used, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			used += (size_t)snprintf(out + used, size - used, "\\u%04x", c);
		else
			out[used++] = (char)c;
	}
	out[used] = '\0';
}

/* The details as further members of a JSON object. */
static void json_details(char *out, size_t size, const struct log_details *d)
{
	char pointer[600], hint[1200];
	size_t used = 0;

	*out = '\0';
	if (!d)
		return;
	escape(d->pointer ? d->pointer : "", pointer, sizeof pointer);
	escape(d->hint ? d->hint : "", hint, sizeof hint);
#define MEMBER(wanted, ...)                                                                        \
	if (wanted)                                                                                \
		used += (size_t)snprintf(out + used, size - used, __VA_ARGS__);
	MEMBER(d->code, ",\"code\":\"%s\"", code_name(d->code))
	MEMBER(*pointer, ",\"pointer\":\"%s\"", pointer)
	MEMBER(d->step >= 0, ",\"step\":%d", d->step)
	MEMBER(d->err, ",\"errno\":%d", d->err)
	MEMBER(*hint, ",\"hint\":\"%s\"", hint)
#undef MEMBER
}

static const char *prefix(enum log_level level)
{
	return level == LOG_LEVEL_WARNING ? "warning: " : "";
}

static void format_line(char *out, size_t size, enum log_level level, const char *text,
			const struct log_details *d)
{
	char stamp[STAMP_SIZE], escaped[3072], details[2200];
	const char *code = code_name(d ? d->code : CODE_NONE);

	time_stamp(stamp);
	escape(text, escaped, sizeof escaped);
	json_details(details, sizeof details, d);
	if (sink.json)
		snprintf(out, size, "{\"level\":\"%s\",\"msg\":\"%s\",\"time\":\"%s\"%s}\n",
			 level_name[level], escaped, stamp, details);
	else
		snprintf(out, size, "time=\"%s\" level=%s msg=\"%s\"%s%s\n", stamp,
			 level_name[level], escaped, *code ? " code=" : "", code);
}

/* For a person: the seconds since the first record come with messages for debugging. */
static void plain_line(char *out, size_t size, enum log_level level, const char *text,
		       const struct log_details *d)
{
	static int64_t first;
	int64_t now = time_microseconds();
	const char *code = code_name(d ? d->code : CODE_NONE);
	char time[32] = "";

	if (!first)
		first = now;
	if (level == LOG_LEVEL_DEBUG)
		snprintf(time, sizeof time, "%9.6f ", (double)(now - first) / 1e6);
	snprintf(out, size, "tare: %s%s%s%s%s%s\n", time, prefix(level), text, *code ? " [" : "",
		 code, *code ? "]" : "");
}

static void send_line(enum log_level level, const char *text)
{
	static const int priority[] = { 3, 4, 6, 7 };
	char line[3200];

	if (sink.to == TO_JOURNAL)
		snprintf(line, sizeof line, "MESSAGE=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=%s\n", text,
			 priority[level], sink.identifier);
	else
		snprintf(line, sizeof line, "<%d>%s: %s", 3 * 8 + priority[level], sink.identifier,
			 text);
	(void)send(sink.fd, line, strlen(line), MSG_NOSIGNAL); /* losing the log is not an error */
}

void log_record(enum log_level level, const struct log_details *d, const char *format, ...)
{
	char text[2560], line[6000];
	va_list arguments;

	if (!log_wanted(level))
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	text_clean(text);
	int complaints = sink.to == TO_STDERR && sink.fd >= 0 ? sink.fd : STDERR_FILENO;
	if (sink.to == TO_SYSLOG || sink.to == TO_JOURNAL) {
		send_line(level, text);
	} else if (sink.to == TO_FILE || sink.json) {
		format_line(line, sizeof line, level, text, d);
		(void)io_write(sink.to == TO_FILE ? sink.fd : complaints, line, strlen(line));
		if (sink.to != TO_FILE)
			return;
	}
	if (sink.to == TO_STDERR || level == LOG_LEVEL_ERROR) {
		plain_line(line, sizeof line, level, text, d);
		(void)io_write(complaints, line, strlen(line));
	}
}
