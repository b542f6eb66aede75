/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io: ownership of file descriptors, whole reads and writes.
 *
 *	auto_fd int fd = open(...);     closes at the end of the scope
 *	return take(&fd);               moves it out
 *
 * All descriptors made here are close-on-exec. Functions that return int give 0 or a descriptor, or
 *a negative errno with the error filled (error.h), unless it says otherwise.
 */
#ifndef TARE_BASE_IO_H
#define TARE_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define auto_fd __attribute__((cleanup(io_close)))
#define auto_free __attribute__((cleanup(io_free)))

void io_close(int *fd); /* a negative one is none; leaves -1 and errno as it was */
void io_free(void *pointer);
int take(int *fd);

/* All bytes, or a negative errno (the error is not filled: callers know what it was for). */
int io_write(int fd, const void *bytes, size_t length);

/* At most size - 1 bytes from the descriptor to its end, and a NUL. Returns the length or a
 * negative errno; -EFBIG if there was more. The error is not filled. */
ssize_t io_read(int fd, char *buffer, size_t size);

/* The whole file, at most limit bytes, in memory from malloc, with a NUL behind it. */
int io_slurp(int at, const char *path, size_t limit, char **bytes, size_t *length);

/* Replaces the file `name` in a directory in one instant; readers see the old or the new text. A
 * file that could not be written (full disk) is not left behind. */
int io_replace(int directory, const char *name, const void *bytes, size_t length);

/* Makes the file `name`, which must not be there. */
int io_create(int directory, const char *name, const void *bytes, size_t length);

#endif
