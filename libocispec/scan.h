/* SPDX-License-Identifier: Apache-2.0 */
/* scan: a first pass over a JSON text, for the parser in json.c. */
#ifndef LIBOCISPEC_SCAN_H
#define LIBOCISPEC_SCAN_H

#include <stddef.h>

/* The offset of the first flaw that yajl would not see, with *flaw in words; length: none. */
size_t json_scan(const char *text, size_t length, const char **flaw);

#endif
