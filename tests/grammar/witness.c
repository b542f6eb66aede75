/* SPDX-License-Identifier: Apache-2.0 */
/* witness CALL[,ARGUMENT]...: what a process finds itself to be, as "NAME VALUE" lines; each CALL is made, and its errno told; "!" waits. Linked
 * statically, for a container with nothing else in it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char **environ;

static void copy_lines(const char *name, const char *path)
{
	char line[8192];
	FILE *file = fopen(path, "re");

	while (file && fgets(line, sizeof line, file))
		printf("%s %s", name, line);
	if (file)
		fclose(file);
}

static void tell_path(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		printf("path %s missing %d\n", path, errno);
	else
		printf("path %s %o %u:%u %u:%u %s\n", path, st.st_mode, st.st_uid, st.st_gid, major(st.st_rdev), minor(st.st_rdev),
		       access(path, W_OK) && errno == EROFS ? "ro" : "rw");
}

int main(int argc, char **argv)
{
	static const char *const spaces[] = { "mnt", "pid", "net", "ipc", "uts", "user", "cgroup", "time" };
	struct utsname names;
	gid_t groups[256];
	char text[4096];
	mode_t mask;

	/* First of all, since a filter may deny the rest. */
	printf("uid %d %d\n", getuid(), geteuid());
	printf("gid %d %d\n", getgid(), getegid());
	int count = getgroups(256, groups);
	for (int i = 0; i < count; i++)
		printf("group %u\n", groups[i]);
	mask = umask(0);
	printf("umask %o\n", mask);
	printf("cwd %s\n", getcwd(text, sizeof text) ? text : "-");
	uname(&names);
	printf("hostname %s\ndomainname %s\n", names.nodename, names.domainname);
	printf("personality %x\n", (unsigned)personality(0xffffffff));
	printf("leader %d\n", getsid(0) == getpid());
	for (int i = 0; i < 16; i++) {
		struct rlimit limit;
		if (!getrlimit(i, &limit))
			printf("rlimit %d %llu %llu\n", i, (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
	}
	for (char **e = environ; *e; e++)
		printf("env %s\n", *e);
	copy_lines("status", "/proc/self/status");
	copy_lines("mount", "/proc/self/mountinfo");
	copy_lines("oom", "/proc/self/oom_score_adj");
	copy_lines("cgroup", "/proc/self/cgroup");
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
		char path[64];
		snprintf(path, sizeof path, "/proc/self/ns/%s", spaces[i]);
		ssize_t n = readlink(path, text, sizeof text - 1);
		text[n > 0 ? n : 0] = '\0';
		printf("namespace %s %s\n", spaces[i], text);
	}
	for (int i = 3; i < 20; i++)
		if (fcntl(i, F_GETFD) >= 0)
			printf("descriptor %d\n", i);
	for (int i = 1; i < argc; i++) {
		if (*argv[i] == '!') {
			fflush(stdout);
			pause();
		} else if (*argv[i] == '/') {
			tell_path(argv[i]);
		} else if (*argv[i] == '<') {
			text[0] = '\0';
			int fd = open(argv[i] + 1, O_RDONLY | O_CLOEXEC);
			ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
			text[n > 0 ? n : 0] = '\0';
			printf("file %s %s\n", argv[i] + 1, n > 0 ? strtok(text, "\n") : "");
		} else {
			long a[7] = { 0 }, n = 0;
			char *copy = strdup(argv[i]);
			for (char *word = strtok(copy, ","); word && n < 7; word = strtok(NULL, ","))
				a[n++] = (long)strtoull(word, NULL, 0);
			long result = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
			printf("call %s %d\n", argv[i], result < 0 ? errno : 0);
		}
	}
	printf("end\n");
	return 0;
}
