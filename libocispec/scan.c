/* SPDX-License-Identifier: Apache-2.0 */
/* What yajl does not report: lone surrogates and NUL characters in strings, and, in strings that
 * are skipped, bytes that are not UTF-8. */
#include "scan.h"

#include <stdbool.h>
#include <string.h>

static int hex4(const char *text, const char *end)
{
	int value = 0;
	if (end - text < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef", *d = strchr(digits, text[i] | 0x20);
		if (!text[i] || !d)
			return -1;
		value = value * 16 + (int)(d - digits);
	}
	return value;
}

/* The length of the UTF-8 sequence at text (RFC 3629: shortest form, no surrogates), or 0. */
static int utf8(const unsigned char *text, const unsigned char *end)
{
	static const struct {
		unsigned char first, last, low, high;
		int length;
	} form[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	if (*text < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof form / sizeof *form; i++) {
		if (*text < form[i].first || *text > form[i].last)
			continue;
		if (end - text < form[i].length || text[1] < form[i].low || text[1] > form[i].high)
			return 0;
		for (int k = 2; k < form[i].length; k++)
			if (text[k] < 0x80 || text[k] > 0xbf)
				return 0;
		return form[i].length;
	}
	return 0;
}

/* The length of the escape at text[0] == '\\', or 0 with the flaw. Malformed ones are left to yajl.
 */
static int escape(const char *text, const char *end, const char **flaw)
{
	if (end - text < 2 || text[1] != 'u')
		return 2;
	int unit = hex4(text + 2, end);
	if (unit == 0)
		*flaw = "a NUL character in a string";
	else if (unit >= 0xdc00 && unit <= 0xdfff)
		*flaw = "a lone surrogate in a string";
	else if (unit >= 0xd800 && unit <= 0xdbff) {
		int low = end - text >= 12 && text[6] == '\\' && text[7] == 'u'
				  ? hex4(text + 8, end)
				  : -1;
		if (low >= 0xdc00 && low <= 0xdfff)
			return 12;
		*flaw = "a lone surrogate in a string";
	} else {
		return 2;
	}
	return 0;
}

size_t json_scan(const char *text, size_t length, const char **flaw)
{
	const char *end = text + length;
	bool in_string = false;

	for (const char *at = text; at < end;) {
		int step = 1;
		if (*at == '"') {
			in_string = !in_string;
		} else if (in_string && *at == '\\') {
			step = escape(at, end, flaw);
		} else if (*at & 0x80) {
			step = utf8((const unsigned char *)at, (const unsigned char *)end);
			if (!step)
				*flaw = "bytes that are not UTF-8";
		}
		if (!step)
			return (size_t)(at - text);
		at += step;
	}
	return length;
}
