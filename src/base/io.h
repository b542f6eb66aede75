/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io: ownership of file descriptors, whole reads and writes.
 *
 *	auto_fd int fd = open(...);     closes at the end of the scope
 *	return take(&fd);               moves it out
 *
 * All descriptors opened here are close-on-exec. Functions that return int return 0 or a
 * descriptor, or a negative errno with the error filled (error.h), unless stated otherwise.
 */
#ifndef TARE_BASE_IO_H
#define TARE_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define auto_fd __attribute__((cleanup(io_close)))
#define auto_free __attribute__((cleanup(io_free)))

/* Whether a file is there, and permits the access. Taken to be so if that can't be found out (no
 * memory): using it then tells the reason. */
bool io_is_there(int directory, const char *path, int access);

void io_close(int *fd); /* ignores a negative descriptor; sets it to -1; preserves errno */
void io_free(void *pointer);
int take(int *fd);

/* Writes all bytes. 0, or a negative errno; the error is not filled, because only the caller
 * knows what was written. */
int io_write(int fd, const void *bytes, size_t length);

/* Reads to the end of the file, at most size - 1 bytes, and adds a NUL. Returns the length, or a
 * negative errno; -EFBIG if there is more. The error is not filled. */
ssize_t io_read(int fd, char *buffer, size_t size);

/* Reads the whole file, at most limit bytes (-EFBIG), into memory from malloc(3), followed by a
 * NUL. The caller frees *bytes. */
int io_slurp(int at, const char *path, size_t limit, char **bytes, size_t *length);

/* Replaces the file `name` in a directory atomically: readers see either the old or the new text.
 * If the new file cannot be written (disk full), it is removed. */
int io_replace(int directory, const char *name, const void *bytes, size_t length);

/* Makes the file `name`, which must not be there. */
int io_create(int directory, const char *name, const void *bytes, size_t length);

/* A file without a name, for reading and writing: in memory, and where memfd_create(2) is missing
 * in a temporary directory (*sealable is then false); executable: in one whose programs may be
 * executed. -1 and errno on failure. */
int io_anonymous(bool executable, bool *sealable);

/* Opens a log for appending, and creates it. A symbolic link as the last component is followed only
 * if it is root's or the caller's: in a directory that others may write to, theirs would choose
 * which file of ours is written to. -1 and errno on failure: ELOOP for such a link. */
int io_open_log(const char *path);

#endif
