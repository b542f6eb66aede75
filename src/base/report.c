/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing here allocates: an error can be reported when memory is what is missing. */
#include "report.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static struct error last = { .step = -1 };

/* errno in words. glibc's have capital letters, and strerror() may read a message catalogue. */
const char *error_words(int err)
{
	static const struct {
		int err;
		const char *words;
	} table[] = {
		{ EPERM, "operation not permitted" },
		{ ENOENT, "no such file or directory" },
		{ ESRCH, "no such process" },
		{ EINTR, "interrupted system call" },
		{ EIO, "input/output error" },
		{ ENXIO, "no such device or address" },
		{ E2BIG, "argument list too long" },
		{ ENOEXEC, "exec format error" },
		{ EBADF, "bad file descriptor" },
		{ ECHILD, "no child processes" },
		{ EAGAIN, "resource temporarily unavailable" },
		{ ENOMEM, "cannot allocate memory" },
		{ EACCES, "permission denied" },
		{ EFAULT, "bad address" },
		{ EBUSY, "device or resource busy" },
		{ EEXIST, "file exists" },
		{ EXDEV, "invalid cross-device link" },
		{ ENODEV, "no such device" },
		{ ENOTDIR, "not a directory" },
		{ EISDIR, "is a directory" },
		{ EINVAL, "invalid argument" },
		{ ENFILE, "too many open files in system" },
		{ EMFILE, "too many open files" },
		{ ENOTTY, "inappropriate ioctl for device" },
		{ ETXTBSY, "text file busy" },
		{ EFBIG, "file too large" },
		{ ENOSPC, "no space left on device" },
		{ ESPIPE, "illegal seek" },
		{ EROFS, "read-only file system" },
		{ EMLINK, "too many links" },
		{ EPIPE, "broken pipe" },
		{ ERANGE, "numerical result out of range" },
		{ EDOM, "numerical argument out of domain" },
		{ EDEADLK, "resource deadlock avoided" },
		{ ENAMETOOLONG, "file name too long" },
		{ ENOSYS, "function not implemented" },
		{ ENOTEMPTY, "directory not empty" },
		{ ELOOP, "too many levels of symbolic links" },
		{ EOVERFLOW, "value too large for defined data type" },
		{ ELIBBAD, "accessing a corrupted shared library" },
		{ EUSERS, "too many users" },
		{ ENOTSOCK, "socket operation on non-socket" },
		{ EPROTO, "protocol error" },
		{ EOPNOTSUPP, "operation not supported" },
		{ EADDRINUSE, "address already in use" },
		{ ENOBUFS, "no buffer space available" },
		{ ECONNREFUSED, "connection refused" },
		{ ECONNRESET, "connection reset by peer" },
		{ ETIMEDOUT, "connection timed out" },
		{ ESTALE, "stale file handle" },
		{ EDQUOT, "disk quota exceeded" },
		{ ENODATA, "no data available" },
		{ EOWNERDEAD, "owner died" },
		{ ENOKEY, "required key not available" },
		{ ECANCELED, "operation canceled" },
		{ ENOTCONN, "transport endpoint is not connected" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].err == err)
			return table[i].words;
	static char other[32];
	snprintf(other, sizeof other, "error %d", err);
	return other;
}

struct error *error_last(void)
{
	return &last;
}

void error_clear(void)
{
	last = (struct error){ .step = -1 };
}

static int code(void)
{
	return last.err ? -last.err : -EINVAL;
}

int fail(int err, const char *call, const char *format, ...)
{
	va_list arguments;

	error_clear();
	last.err = err;
	if (call)
		snprintf(last.call, sizeof last.call, "%s", call);
	va_start(arguments, format);
	vsnprintf(last.text, sizeof last.text, format, arguments);
	va_end(arguments);
	return code();
}

int also(const char *format, ...)
{
	char context[sizeof last.text], text[2 * sizeof last.text];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(context, sizeof context, format, arguments);
	va_end(arguments);
	/* The system call belongs to what it was called for, not to the context. */
	snprintf(text, sizeof text, "%s: %s%s%s", context, last.call, *last.call ? " " : "",
		 last.text);
	*last.call = '\0';
	snprintf(last.text, sizeof last.text, "%.*s", (int)sizeof last.text - 1, text);
	return code();
}

int from_elsewhere(const char *source)
{
	char call[sizeof last.call];

	memcpy(call, last.call, sizeof call);
	*last.pointer = *last.call = '\0';
	if (source && *call)
		return also("%s: %s", source, call);
	return source || *call ? also("%s", source ? source : call) : code();
}

int hint(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(last.hint, sizeof last.hint, format, arguments);
	va_end(arguments);
	return code();
}

/* The length of the UTF-8 sequence at text (RFC 3629), if it may be shown; 0: it may not. */
static size_t shown(const unsigned char *text)
{
	size_t length = *text < 0x80	? 1
			: *text >= 0xf0 ? 4
			: *text >= 0xe0 ? 3
			: *text >= 0xc2 ? 2
					: 0;

	if (length == 1)
		return *text >= 0x20 && *text != 0x7f;
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	if ((*text == 0xc2 && text[1] < 0xa0) || (*text == 0xe0 && text[1] < 0xa0) ||
	    (*text == 0xed && text[1] > 0x9f) || (*text == 0xf0 && text[1] < 0x90) ||
	    (*text == 0xf4 && text[1] > 0x8f) || *text > 0xf4)
		return 0;
	return length;
}

void text_clean(char *text)
{
	while (*text) {
		size_t length = shown((const unsigned char *)text);
		if (!length)
			*text = '?';
		text += length ? length : 1;
	}
}

char *error_line(const struct error *error, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s%s%s%s%s%s%s%s%s%s%s", *error->pointer ? "config.json#" : "",
		 error->pointer, *error->pointer ? ": " : "", error->call, *error->call ? " " : "",
		 error->text, error->err ? ": " : "", error->err ? error_words(error->err) : "",
		 *error->hint ? " (" : "", error->hint, *error->hint ? ")" : "");
	text_clean(
		buffer); /* a path of the config may hold escape sequences for the reader's terminal */
	return buffer;
}

/* --- the log --- */

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
	if (!strncmp(path, "file:", 5))
		path += 5;
	/* At a high number: the low ones are the engine's to hand on (--preserve-fds). */
	auto_fd int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	sink.fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 100);
	if (sink.fd < 0)
		return fail(errno, "open", "--log %s", path);
	sink.to = TO_FILE;
	return 0;
}

void log_keep(void)
{
	if (sink.to == TO_STDERR && sink.fd < 0)
		sink.fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
}

void log_forget(void)
{
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

/* The text as the inside of a JSON string. Bytes above 0x7f are kept: paths in UTF-8 stay readable. */
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

/* The proleptic Gregorian calendar, in years that begin with March. gmtime_r() would read /etc/localtime. */
void time_format(char stamp[STAMP_SIZE], struct timespec now)
{
	unsigned second = (unsigned)(now.tv_sec % 86400);
	/* Days since 1 March of the year 0, cut into eras of 400 years. */
	unsigned days = (unsigned)(now.tv_sec / 86400) + 719468, era = days / 146097;
	unsigned day_of_era = days % 146097;
	unsigned year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	unsigned day = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned month = (5 * day + 2) / 153; /* 0: March */
	snprintf(stamp, STAMP_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%09ldZ",
		 era * 400 + year_of_era + (month >= 10), month < 10 ? month + 3 : month - 9,
		 day - (153 * month + 2) / 5 + 1, second / 3600, second / 60 % 60, second % 60,
		 now.tv_nsec);
}

long long time_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

void time_stamp(char stamp[STAMP_SIZE])
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	time_format(stamp, now);
}

static void format_line(char *out, size_t size, enum log_level level, const char *text)
{
	char stamp[STAMP_SIZE], escaped[3072];

	time_stamp(stamp);
	escape(text, escaped, sizeof escaped);
	if (sink.json)
		snprintf(out, size, "{\"level\":\"%s\",\"msg\":\"%s\",\"time\":\"%s\"}\n",
			 level_name[level], escaped, stamp);
	else if (sink.to == TO_FILE)
		snprintf(out, size, "time=\"%s\" level=%s msg=\"%s\"\n", stamp, level_name[level],
			 escaped);
	else
		snprintf(out, size, "tare: %s%s\n",
			 level == LOG_LEVEL_ERROR     ? ""
			 : level == LOG_LEVEL_WARNING ? "warning: "
						      : "",
			 text);
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
	(void)send(sink.fd, line, strlen(line), MSG_NOSIGNAL); /* a log that is gone stops nobody */
}

void log_line(enum log_level level, const char *format, ...)
{
	char text[2560], line[3200];
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
		format_line(line, sizeof line, level, text);
		(void)io_write(sink.to == TO_FILE ? sink.fd : complaints, line, strlen(line));
		if (sink.to != TO_FILE)
			return;
	}
	if (sink.to == TO_STDERR || level == LOG_LEVEL_ERROR) {
		snprintf(line, sizeof line, "tare: %s%s\n",
			 level == LOG_LEVEL_WARNING ? "warning: " : "", text);
		(void)io_write(complaints, line, strlen(line));
	}
}
