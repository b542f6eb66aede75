/* SPDX-License-Identifier: Apache-2.0 */
/* Paths below an untrusted root, with openat2 and without; errors; whole files; options. */
#include "base/clock.h"
#include "base/error.h"
#include "base/io.h"
#include "base/socket.h"
#include "base/root.h"
#include "base/sys.h"
#include "cmd/cmd.h"
#include "stage/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#undef fail /* ours is the function */

const char *state_root(void)
{
	return "/nowhere";
}

static char directory[] = "/tmp/tare-unit-XXXXXX";
static int root = -1;

/* host/secret is what must not be reached; root/ is the root. */
static int make_tree(void **state)
{
	(void)state;
	if (!mkdtemp(directory) || chdir(directory))
		return -1;
	mkdir("host", 0755);
	close(open("host/secret", O_CREAT | O_WRONLY, 0600));
	mkdir("root", 0755);
	mkdir("root/a", 0755);
	mkdir("root/a/b", 0755);
	mkdir("root/target", 0755);
	close(open("root/file", O_CREAT | O_WRONLY, 0600));
	(void)!symlink("../../../../../..", "root/up");
	(void)!symlink("/host", "root/absolute");
	(void)!symlink("../host", "root/relative");
	(void)!symlink("/a", "root/link");
	(void)!symlink("/missing/deep", "root/dangling");
	(void)!symlink("loop", "root/loop");
	(void)!symlink("/proc/self/fd/0", "root/magic");
	root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0;
}

static int remove_tree(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return system(command);
}

static void same(int fd, const char *path)
{
	struct stat a, b;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(lstat(path, &b), 0);
	assert_true(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	close(fd);
}

static void check_paths(void)
{
	bool made;

	same(root_open(root, "/a/b", O_PATH, 0), "root/a/b");
	same(root_open(root, "a//./b/", O_PATH, ROOT_DIRECTORY), "root/a/b");
	same(root_open(root, "/", O_PATH, 0), "root");
	same(root_open(root, "/../../..", O_PATH, 0), "root");
	same(root_open(root, "/a/../../../a", O_PATH, 0), "root/a");
	same(root_open(root, "/up", O_PATH, 0), "root");
	same(root_open(root, "/up/a", O_PATH, 0), "root/a");
	same(root_open(root, "/link/b", O_PATH, 0), "root/a/b");
	assert_int_equal(root_open(root, "/absolute/secret", O_PATH, 0), -ENOENT);
	assert_int_equal(root_open(root, "/relative/secret", O_PATH, 0), -ENOENT);
	assert_int_equal(root_open(root, "/loop", O_PATH, 0), -ELOOP);
	assert_int_equal(root_open(root, "/link/b", O_PATH, ROOT_NO_SYMLINKS), -ELOOP);
	assert_int_equal(root_open(root, "/file", O_PATH, ROOT_DIRECTORY), -ENOTDIR);
	assert_int_equal(root_open(root, "/file/x", O_PATH, 0), -ENOTDIR);
	assert_true(root_open(root, "/magic", O_PATH, 0) < 0);

	/* What is missing is made inside, wherever the links say. */
	same(root_make(root, "/n1/n2", ROOT_DIRECTORY, &made), "root/n1/n2");
	assert_true(made);
	same(root_make(root, "/n1/n2", ROOT_DIRECTORY, &made), "root/n1/n2");
	assert_false(made);
	same(root_make(root, "/n1/f", ROOT_FILE, &made), "root/n1/f");
	same(root_make(root, "/dangling/x", ROOT_DIRECTORY, &made), "root/missing/deep/x");
	same(root_make(root, "/absolute/new", ROOT_DIRECTORY, &made), "root/host/new");
	same(root_make(root, "/relative/other", ROOT_FILE, &made), "root/host/other");
	same(root_make(root, "/up/n3", ROOT_DIRECTORY, &made), "root/n3");
	assert_int_not_equal(access("host/new", F_OK), 0);
	assert_int_equal(root_make(root, "/link/n4", ROOT_DIRECTORY | ROOT_NO_SYMLINKS, NULL),
			 -ELOOP);
	assert_int_equal(root_make(root, "/n9", ROOT_DIRECTORY | ROOT_FOUND, NULL), -ENOENT);
	assert_int_equal(root_make(root, "/a", ROOT_FILE, NULL), -EISDIR);
	assert_int_equal(root_make(root, "/file", ROOT_DIRECTORY, NULL), -ENOTDIR);
	assert_int_equal(root_make(root, "/loop/x", ROOT_DIRECTORY, NULL), -ELOOP);

	const char *leaf;
	same(root_parent(root, "/dev/pts/x", 0, &leaf), "root/dev/pts");
	assert_string_equal(leaf, "x");
	same(root_parent(root, "top", 0, &leaf), "root");
	assert_int_equal(root_parent(root, "/a/..", 0, &leaf), -EINVAL);
	assert_int_equal(root_parent(root, "/", 0, &leaf), -EINVAL);
	(void)!system("rm -rf root/n1 root/n3 root/missing root/host root/dev");
}

static void paths_stay_below_the_root(void **state)
{
	(void)state;
	check_paths();
}

/* Calls the function in a process without this system call. */
static void without(unsigned call, void (*checks)(void))
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };
	int status;

	pid_t pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
			_exit(99);
		checks();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
		skip(); /* qemu-user has no seccomp filters */
	assert_int_equal(status, 0);
}

static void paths_stay_below_the_root_without_openat2(void **state)
{
	(void)state;
	without(SYS_openat2, check_paths);
}

static void check_clone(void)
{
	/* qemu-user stores the tid in the child's copy of the memory, so it is shared. */
	int *told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			 0);
	int status, pidfd = -1;

	assert_ptr_not_equal(told, MAP_FAILED);
	pid_t pid = sys_clone(0, SIGCHLD, -1, &pidfd, told);

	if (pid == 0)
		_exit(7);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 7 << 8);
	assert_int_equal(*told, pid);
	assert_true(pidfd >= 0);
	close(pidfd);
	munmap(told, sizeof *told);
}

/* qemu-user has no clone3(2), and the order of clone(2)'s arguments is not the same everywhere. */
static void processes_are_cloned(void **state)
{
	(void)state;
	check_clone();
}

static void processes_are_cloned_without_clone3(void **state)
{
	(void)state;
	without(SYS_clone3, check_clone);
}

static void errors_are_one_line(void **state)
{
	char line[2048];

	(void)state;
	assert_int_equal(fail(ENOENT, "openat2", "%s", "/x"), -ENOENT);
	assert_string_equal(error_line(error_last(), line, sizeof line),
			    "openat2 /x: no such file or directory");
	assert_int_equal(also("mount %d", 3), -ENOENT);
	assert_string_equal(error_line(error_last(), line, sizeof line),
			    "mount 3: openat2 /x: no such file or directory");
	assert_int_equal(hint("make it"), -ENOENT);
	strcpy(error_last()->pointer, "/mounts/3");
	assert_string_equal(
		error_line(error_last(), line, sizeof line),
		"config.json#/mounts/3: mount 3: openat2 /x: no such file or directory (make it)");
	assert_int_equal(fail(0, NULL, "a\nb\033[31m"), -EINVAL);
	assert_string_equal(error_line(error_last(), line, sizeof line), "a?b?[31m");
	assert_string_equal(error_words(EACCES), "permission denied");
	assert_string_equal(error_words(4000), "error 4000");
	error_clear();
}

static void dates_are_those_of_the_c_library(void **state)
{
	char ours[STAMP_SIZE], theirs[STAMP_SIZE];
	struct tm t;

	(void)state;
	for (time_t at = 0; at < 8000000000; at += 40007) { /* to the year 2223 */
		time_format(ours, (struct timespec){ .tv_sec = at, .tv_nsec = 7 });
		gmtime_r(&at, &t);
		strftime(theirs, sizeof theirs, "%Y-%m-%dT%H:%M:%S.000000007Z", &t);
		assert_string_equal(ours, theirs);
	}
}

static void files_are_replaced_whole(void **state)
{
	char text[16];
	char *bytes;
	size_t length;
	int at = open(directory, O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_int_equal(io_replace(at, "f", "one", 3), 0);
	assert_int_equal(io_replace(at, "f", "second", 6), 0);
	assert_int_equal(io_slurp(at, "f", 100, &bytes, &length), 0);
	assert_int_equal(length, 6);
	assert_string_equal(bytes, "second");
	free(bytes);
	assert_int_equal(io_slurp(at, "f", 5, &bytes, &length), -EFBIG);
	assert_int_equal(io_slurp(at, "none", 5, &bytes, &length), -ENOENT);
	assert_int_equal(io_slurp(at, "root", 5, &bytes, &length), -EISDIR);
	int fd = openat(at, "f", O_RDONLY);
	assert_int_equal(io_read(fd, text, sizeof text), 6);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(io_read(fd, text, 6), -EFBIG);
	close(fd);
	close(at);
}

static void descriptors_pass_through_sockets(void **state)
{
	int pair[2], sent[2], got[2];
	char byte = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	sent[0] = open("/dev/null", O_RDONLY);
	sent[1] = open("/dev/zero", O_RDONLY);
	assert_int_equal(socket_tell(pair[0], 'x', sent, 2), 0);
	assert_int_equal(socket_receive(pair[1], &byte, got, 2), 1);
	assert_int_equal(byte, 'x');
	assert_true(got[0] >= 0 && got[1] >= 0 && fcntl(got[0], F_GETFD) == FD_CLOEXEC);
	assert_int_equal(socket_tell(pair[0], 'y', NULL, 0), 0);
	assert_int_equal(socket_receive(pair[1], &byte, got, 1), 1);
	assert_int_equal(got[0], -1);
	close(pair[0]);
	assert_int_equal(socket_receive(pair[1], &byte, NULL, 0), 0);
	close(pair[1]);
}

static void options_are_those_of_the_peers(void **state)
{
	bool flag = false, other = false;
	const char *text = NULL;
	unsigned number = 0;
	const struct option options[] = {
		FLAG("flag", 'f', flag, ""),
		FLAG("other", 'o', other, ""),
		TEXT("text", 't', text, "X", ""),
		NUMBER("number", 0, number, "N", ""),
		REFUSED("socket", ""),
		END_OF_OPTIONS,
	};
	char *words[] = { "id", "-fo", "--text=a", "-number", "7", "x", "--", "-f", NULL };

	(void)state;
	assert_int_equal(options_parse(options, words, false), 3);
	assert_string_equal(words[0], "id");
	assert_string_equal(words[1], "x");
	assert_string_equal(words[2], "-f");
	assert_true(flag && other);
	assert_string_equal(text, "a");
	assert_int_equal(number, 7);

	char *early[] = { "-ta", "run", "-f", NULL };
	flag = false;
	assert_int_equal(options_parse(options, early, true), 2);
	assert_string_equal(early[0], "run");
	assert_false(flag);

	char *off[] = { "--flag=false", NULL };
	flag = true;
	assert_int_equal(options_parse(options, off, false), 0);
	assert_false(flag);

	static const struct {
		const char *word, *says;
	} wrong[] = {
		{ "--nope", "unknown option --nope" },
		{ "-x", "unknown option -x" },
		{ "--text", "option --text requires an argument" },
		{ "--number=a", "takes a number" },
		{ "--number=-1", "takes a number" },
		{ "--flag=maybe", "takes true or false" },
		{ "--socket=x", "--socket is not supported" },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char *line[] = { (char *)(uintptr_t)wrong[i].word, NULL };
		assert_int_equal(options_parse(options, line, false), -EINVAL);
		assert_non_null(strstr(error_last()->text, wrong[i].says));
	}
	char *help[] = { "-h", NULL };
	assert_int_equal(options_parse(options, help, false), OPTION_HELP);
}

/* start gets the page from a process that may have been taken over. */
static void the_shared_page_is_verified(void **state)
{
	static struct step step;
	const struct plan plan = { .step = &step, .steps = 1 };
	struct walker w = { .plan = &plan };
	const off_t size = 1 << 16;

	(void)state;
	int plain = memfd_create("test", MFD_CLOEXEC),
	    small = memfd_create("test", MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(plain, size), 0);
	assert_int_equal(fcntl(small, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	assert_true(walk_map_page(&w, plain) < 0);
	assert_true(walk_map_page(&w, small) < 0);
	assert_true(walk_map_page(&w, root) < 0); /* a directory */
	close(plain);
	close(small);
	for (int timed = 0; timed < 2; timed++) {
		assert_int_equal(walk_new_page(&w, timed), 0);
		assert_int_equal(w.timing != NULL, timed);
		assert_int_equal(ftruncate(w.page_fd, 0), -1);
		munmap(w.page, w.page_size);
		close(w.page_fd);
	}
	error_clear();
}

static void ids_are_checked(void **state)
{
	char longest[257];

	(void)state;
	memset(longest, 'a', 256);
	longest[256] = '\0';
	assert_int_not_equal(container_check_id(longest), 0);
	longest[255] = '\0';
	assert_int_equal(container_check_id(longest), 0);
	static const char *const good[] = { "a", "A-b_c+d.9", "..a", "-x" };
	static const char *const bad[] = { "", ".", "..", "a/b", "a b", "a\n", "\xc3\xa9", "a:b" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_int_equal(container_check_id(good[i]), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_not_equal(container_check_id(bad[i]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_stay_below_the_root),
		cmocka_unit_test(paths_stay_below_the_root_without_openat2),
		cmocka_unit_test(processes_are_cloned),
		cmocka_unit_test(processes_are_cloned_without_clone3),
		cmocka_unit_test(errors_are_one_line),
		cmocka_unit_test(dates_are_those_of_the_c_library),
		cmocka_unit_test(files_are_replaced_whole),
		cmocka_unit_test(descriptors_pass_through_sockets),
		cmocka_unit_test(options_are_those_of_the_peers),
		cmocka_unit_test(the_shared_page_is_verified),
		cmocka_unit_test(ids_are_checked),
	};

	return cmocka_run_group_tests_name("base", tests, make_tree, remove_tree);
}
