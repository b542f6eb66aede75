/* SPDX-License-Identifier: Apache-2.0 */
/* position: where something is in a text, as line and column, from 1; columns count bytes. */
#ifndef LIBOCISPEC_POSITION_H
#define LIBOCISPEC_POSITION_H

#include <stddef.h>

/* Of an offset in the text. */
void position_at(const char *text, size_t at, unsigned *line, unsigned *column);

/* Where the value that a JSON pointer names begins, or the nearest object around it that is there;
 * text: accepted by json_parse() or json_examine(). */
void position_of(const char *text, size_t length, const char *pointer, unsigned *line,
		 unsigned *column);

#endif
