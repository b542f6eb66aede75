/* SPDX-License-Identifier: Apache-2.0 */
/* For a C library whose statx(2) is missing, or does not know STATX_MNT_ID (musl): the kernel's
 * own. */
#ifndef TARE_COMPAT_STAT_H
#define TARE_COMPAT_STAT_H

#define statx musl_statx
#define statx_timestamp musl_statx_timestamp
#include_next <sys/stat.h>
#undef statx
#undef statx_timestamp

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
#undef STATX_TYPE
#undef STATX_MODE
#undef STATX_NLINK
#undef STATX_UID
#undef STATX_GID
#undef STATX_ATIME
#undef STATX_MTIME
#undef STATX_CTIME
#undef STATX_INO
#undef STATX_SIZE
#undef STATX_BLOCKS
#undef STATX_BASIC_STATS
#undef STATX_BTIME
#undef STATX_ALL
#undef STATX_MNT_ID
#undef STATX_ATTR_COMPRESSED
#undef STATX_ATTR_IMMUTABLE
#undef STATX_ATTR_APPEND
#undef STATX_ATTR_NODUMP
#undef STATX_ATTR_ENCRYPTED
#undef STATX_ATTR_AUTOMOUNT
#undef STATX_ATTR_MOUNT_ROOT
#undef STATX_ATTR_VERITY
#undef STATX_ATTR_DAX
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int statx(int fd, const char *path, int flags, unsigned mask, struct statx *stx)
{
	return (int)syscall(SYS_statx, fd, path, flags, mask, stx);
}

#endif
