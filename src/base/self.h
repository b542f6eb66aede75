/* SPDX-License-Identifier: Apache-2.0 */
/*
 * self: our own executable. While init is on its way into a container, its /proc/PID/exe is the
 * host's file: a program that is "#!/proc/self/exe", or a process that shares a namespace, could
 * open it and write to it (CVE-2019-5736). So what runs is not the file itself, but a view of it
 * that nobody can write through: a detached, read-only copy of its mount, or, without the right to
 * make one, a sealed copy in memory.
 */
#ifndef TARE_BASE_SELF_H
#define TARE_BASE_SELF_H

/* Executes the program once more, from such a view; returns 0 where it runs from one already (or
 * its file system is read-only). A negative errno with the error filled where that can't be had. */
int self_protect(char *const *argv);

#endif
