/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program: why execve(2) would fail, in more detail than its errno. A program file comes from the
 * image: what is read of it is bounded, and nothing of it is believed beyond the message.
 */
#ifndef TARE_BASE_PROGRAM_H
#define TARE_BASE_PROGRAM_H

#include "codes.h"

#include <stdbool.h>

struct program {
	enum code code;	    /* CODE_NONE: nothing wrong was found */
	bool certain;	    /* no handler of binfmt_misc could run it all the same */
	char needs[256];    /* the interpreter or loader that is missing */
	char searched[128]; /* "#!/usr/bin/env NAME": what env will look for in PATH; else "" */
	const char *architecture; /* of an ELF file that is for another machine */
};

/* Examines an executable file, which is open for reading. root: descriptor of the root directory
 * that the program will have; its interpreter is looked for below it. The error of the process is
 * not changed. */
void program_examine(int root, int fd, struct program *program);

/* What is wrong, as a sentence about the program; "" for CODE_NONE. */
const char *program_words(const struct program *program, char *buffer, unsigned long size);

#endif
