/* SPDX-License-Identifier: Apache-2.0 */
/* For a C library without statx(2) (musl before 1.2.4). */
#ifndef TARE_COMPAT_STAT_H
#define TARE_COMPAT_STAT_H

#include_next <sys/stat.h>

#ifndef STATX_MNT_ID
#undef S_IFMT
#undef S_IFSOCK
#undef S_IFLNK
#undef S_IFREG
#undef S_IFBLK
#undef S_IFDIR
#undef S_IFCHR
#undef S_IFIFO
#undef S_ISUID
#undef S_ISGID
#undef S_ISVTX
#undef S_ISLNK
#undef S_ISREG
#undef S_ISDIR
#undef S_ISCHR
#undef S_ISBLK
#undef S_ISFIFO
#undef S_ISSOCK
#undef S_IRWXU
#undef S_IRUSR
#undef S_IWUSR
#undef S_IXUSR
#undef S_IRWXG
#undef S_IRGRP
#undef S_IWGRP
#undef S_IXGRP
#undef S_IRWXO
#undef S_IROTH
#undef S_IWOTH
#undef S_IXOTH
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int statx(int fd, const char *path, int flags, unsigned mask, struct statx *stx)
{
	return (int)syscall(SYS_statx, fd, path, flags, mask, stx);
}
#endif

#endif
