/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json: parses JSON into structs and prints structs as JSON, driven by shapes, with yajl's
 * event-driven parser (RFC 8259; pointers: RFC 6901).
 *
 * Rejected, with the JSON pointer, line and column of the error: anything that is not JSON;
 * missing required members; wrong types; integers out of the member's range (and numbers with a
 * fraction or an exponent, where an integer is wanted); unknown names in an enumeration; duplicate
 * keys; NUL in strings and keys; bytes that are not UTF-8; lone surrogates; more than JSON_DEPTH
 * levels; more than JSON_SIZE bytes. Unknown members are skipped, as the OCI specification demands
 * ("Extensibility"). A null is an absent value.
 *
 * Time and memory are linear in the length of the text.
 */
#ifndef LIBOCISPEC_JSON_H
#define LIBOCISPEC_JSON_H

#include "pool.h"
#include "shape.h"

/* JSON_OWN_SIZE: for documents that tare wrote: an accepted document grows when it is printed
 * with more escapes. */
enum { JSON_DEPTH = 64, JSON_SIZE = 16 * 1024 * 1024, JSON_OWN_SIZE = 8 * JSON_SIZE };

enum json_flaw {
	JSON_SYNTAX,
	JSON_TYPE,
	JSON_RANGE,
	JSON_NAME,
	JSON_MISSING,
	JSON_MISSPELT, /* from here on not an error: an unknown member with nearly a known name */
	JSON_UNKNOWN,  /* an unknown member */
};

struct json_error {
	enum json_flaw flaw;
	char pointer[512];     /* "": the whole document; truncated at the left if longer */
	unsigned line, column; /* from 1; the column counts bytes */
	char text[256];	       /* "expected a string, found an integer" */
	char hint[128];	       /* what to write instead; "": unknown */
	bool filled; /* a placeholder was stored; findings about its object may be consequences */
};

/* Fills out, which is one struct of the shape, from text. Strings and lists live in the pool.
 * Returns 0, or -1 with the error filled and out undefined. */
int json_parse(struct pool *pool, const struct shape *shape, const char *text, size_t length,
	       void *out, struct json_error *error);

/* The same, with what else is noticed. The first JSON_PROBLEMS are kept.
 *	all  go on after an error, and note unknown members too; else only misspelt members are
 *	     noted, and the first error ends the parsing */
enum { JSON_PROBLEMS = 200 };
struct json_problems {
	struct json_error *item;
	size_t count;
	bool usable; /* out can be read: an erroneous optional member is absent, and something
			neutral ("", 0) stands for a required one; not after a syntax error */
};
int json_examine(struct pool *pool, const struct shape *shape, const char *text, size_t length,
		 void *out, struct json_error *error, bool all, struct json_problems *problems);

/* The same for a text that was printed in JSON_OWN style. */
int json_parse_own(struct pool *pool, const struct shape *shape, const char *text, size_t length,
		   void *out, struct json_error *error);

/* JSON_OWN is a single line, for documents that only tare reads: strings that are not UTF-8 (a
 * path may contain any bytes) are preserved. Each byte that is not UTF-8 is printed as one of the
 * last private-use code points (U+10FF00 plus the byte). */
enum json_style { JSON_LINE, JSON_PRETTY, JSON_OWN };

/* The struct as JSON text, NUL-terminated, in the pool; absent members are left out. JSON_PRETTY
 * ends with a newline, the others do not. */
char *json_print(struct pool *pool, const struct shape *shape, const void *in,
		 enum json_style style);

/* Prints a string as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so
 * that the result is always valid JSON. */
char *json_quote(struct pool *pool, const char *text);

/* Appends "/token", escaped, to a pointer. */
char *json_pointer(struct pool *pool, const char *pointer, const char *token);

#endif
