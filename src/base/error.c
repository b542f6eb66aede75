/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing here allocates, so that running out of memory can be reported too. */
#include "error.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdbool.h>
#include <string.h>

static struct error last = { .step = -1 };

/* The description of an errno. The strings of glibc's strerror() start with capital letters, and
 * it may read a message catalogue. */
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
	static char other[64];
	const char *words = strerrordesc_np(err); /* not translated */
	if (words) {
		snprintf(other, sizeof other, "%s", words);
		*other = (char)tolower(*other);
	} else {
		snprintf(other, sizeof other, "error %d", err);
	}
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

static int result(void)
{
	return last.err ? -last.err : -EINVAL;
}

__attribute__((format(printf, 4, 0))) static int fill(enum code code, int err, const char *call,
						      const char *format, va_list arguments)
{
	error_clear();
	last.code = code;
	last.err = err;
	if (call)
		snprintf(last.call, sizeof last.call, "%s", call);
	vsnprintf(last.text, sizeof last.text, format, arguments);
	return result();
}

int fail(int err, const char *call, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int failure = fill(CODE_NONE, err, call, format, arguments);
	va_end(arguments);
	return failure;
}

int fail_as(enum code code, int err, const char *call, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int failure = fill(code, err, call, format, arguments);
	va_end(arguments);
	return failure;
}

int also(const char *format, ...)
{
	char context[sizeof last.text], text[2 * sizeof last.text];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(context, sizeof context, format, arguments);
	va_end(arguments);
	/* The name of the system call stays next to its object, after the context. */
	snprintf(text, sizeof text, "%s: %s%s%s", context, last.call, *last.call ? " " : "",
		 last.text);
	*last.call = '\0';
	snprintf(last.text, sizeof last.text, "%.*s", (int)sizeof last.text - 1, text);
	return result();
}

int from_elsewhere(const char *source)
{
	char call[sizeof last.call];

	memcpy(call, last.call, sizeof call);
	*last.pointer = *last.call = '\0';
	if (source && *call)
		return also("%s: %s", source, call);
	return source || *call ? also("%s", source ? source : call) : result();
}

int hint(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(last.hint, sizeof last.hint, format, arguments);
	va_end(arguments);
	return result();
}

int coded(enum code code)
{
	last.code = code;
	return result();
}

int coded_unless(enum code code)
{
	/* These are the machine's, whatever was being done. */
	bool machine = last.err == EMFILE || last.err == ENFILE || last.err == ENOMEM;

	if (machine && last.err != ENOMEM && !*last.hint)
		(void)hint("raise the limit of open files: ulimit -n, or sysctl fs.file-max");
	return coded(last.code ? last.code : machine ? CODE_MACHINE : code);
}

const char *error_cure(const struct error *error)
{
	return *error->hint ? error->hint : code_row(error->code)->cure;
}

/* The length of the UTF-8 sequence at text (RFC 3629); 0 if it is invalid or a control character.
 */
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
	const char *cure = error_cure(error);

	snprintf(buffer, size, "%s%s%s%s%s%s%s%s%s%s%s", *error->pointer ? "config.json#" : "",
		 error->pointer, *error->pointer ? ": " : "", error->call, *error->call ? " " : "",
		 error->text, error->err ? ": " : "", error->err ? error_words(error->err) : "",
		 *cure ? " (" : "", cure, *cure ? ")" : "");
	text_clean(buffer); /* a path in the config may contain terminal escape sequences */
	return buffer;
}
