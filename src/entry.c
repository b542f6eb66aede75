/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first instructions of the program, before the C library's. Verbs that enter a container run
 * from a read-only view of the executable (base/self.h), and so execute themselves. Where that is
 * done here, the C library starts once only; its start takes longer than the rest of this. For all
 * verbs, the file is mapped at once.
 *
 * Nothing is relocated yet, and there is no thread-local storage: no library function, no pointer
 * in a table, no stack protector. main() verifies the result, and does it all if this could not.
 */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#define EARLY __attribute__((no_stack_protector))

extern const char __ehdr_start[] __attribute__((visibility("hidden"))); /* by the linker */
void tare_protect(const long *stack);

#ifdef __x86_64__
__asm__(".pushsection .text\n"
	".globl tare_entry\n"
	".type tare_entry, @function\n"
	"tare_entry:\n"
	"endbr64\n"
	"mov %rsp, %rbx\n"
	"mov %rdx, %r12\n"
	"mov %rsp, %rdi\n"
	"call tare_protect\n"
	"mov %rbx, %rsp\n"
	"mov %r12, %rdx\n"
	"jmp _start\n"
	".popsection\n");

EARLY static long early_call(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined __aarch64__
__asm__(".pushsection .text\n"
	".globl tare_entry\n"
	".type tare_entry, %function\n"
	"tare_entry:\n"
	"mov x19, sp\n"
	"mov x20, x0\n"
	"mov x0, sp\n"
	"bl tare_protect\n"
	"mov sp, x19\n"
	"mov x0, x20\n"
	"b _start\n"
	".popsection\n");

EARLY static long early_call(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}
#endif /* configure does not use this file for others */

EARLY static bool begins(const char *text, const char *word)
{
	while (*word && *text == *word)
		text++, word++;
	return !*word;
}

/* Some argument is the name of such a verb (or an option's value: then it is done in vain). */
EARLY static bool may_enter(const char *const *argv)
{
	for (size_t i = 1; argv[0] && argv[i]; i++)
		if ((begins(argv[i], "run") && !argv[i][3]) ||
		    (begins(argv[i], "create") && !argv[i][6]) ||
		    (begins(argv[i], "exec") && !argv[i][4]))
			return true;
	return false;
}

/* execveat(2) of a descriptor gives the program this name. */
EARLY static bool is_second(const long *auxiliary)
{
	for (; auxiliary[0]; auxiliary += 2)
		if (auxiliary[0] == AT_EXECFN)
			return begins((const char *)auxiliary[1], "/dev/fd/");
	return false;
}

EARLY static void execute_view(int self, const char *const *argv, const char *const *env)
{
	struct mount_attr attr;
	long tree = early_call(SYS_open_tree, self, (long)"",
			       AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0, 0);

	if (tree < 0)
		return;
	attr.attr_set = MOUNT_ATTR_RDONLY;
	attr.attr_clr = attr.propagation = attr.userns_fd = 0;
	if (!early_call(SYS_mount_setattr, tree, (long)"", AT_EMPTY_PATH, (long)&attr, sizeof attr))
		(void)early_call(SYS_execveat, tree, (long)"", (long)argv, (long)env,
				 AT_EMPTY_PATH);
	(void)early_call(SYS_close, tree, 0, 0, 0, 0);
}

EARLY static void execute_self(int proc, const char *const *argv, const char *const *env)
{
	struct statfs fs;

	if (early_call(SYS_fstatfs, proc, (long)&fs, 0, 0, 0) || fs.f_type != PROC_SUPER_MAGIC)
		return;
	long self = early_call(SYS_openat, proc, (long)"self/exe", O_RDONLY | O_CLOEXEC, 0, 0);
	if (self < 0)
		return;
	if (!early_call(SYS_fstatfs, self, (long)&fs, 0, 0, 0) && !(fs.f_flags & ST_RDONLY))
		execute_view((int)self, argv, env);
	(void)early_call(SYS_close, self, 0, 0, 0, 0);
}

/* Maps what is in the file at once, instead of by a page fault for each of the 24 pages that are
 * relocated and for every 64 KiB of the program: faults are dear in many virtual machines. Linux
 * 5.14; where it can't be done, there are the faults. */
EARLY static void populate(const long *auxiliary)
{
	const ElfW(Phdr) *header = NULL;
	size_t count = 0, page = 4096;

	for (; auxiliary[0]; auxiliary += 2) {
		if (auxiliary[0] == AT_PHDR)
			header = (const ElfW(Phdr) *)auxiliary[1];
		else if (auxiliary[0] == AT_PHNUM)
			count = (size_t)auxiliary[1];
		else if (auxiliary[0] == AT_PAGESZ)
			page = (size_t)auxiliary[1];
	}
	for (size_t i = 0; header && i < count; i++) {
		size_t before = header[i].p_vaddr & (page - 1);
		if (header[i].p_type == PT_LOAD)
			(void)early_call(
				SYS_madvise,
				(long)((size_t)__ehdr_start + header[i].p_vaddr - before),
				(long)((before + header[i].p_filesz + page - 1) & ~(page - 1)),
				header[i].p_flags & PF_W ? MADV_POPULATE_WRITE : MADV_POPULATE_READ,
				0, 0);
	}
}

EARLY static void protect(const long *auxiliary, const char *const *argv, const char *const *env)
{
	if (!may_enter(argv) || is_second(auxiliary))
		return;
	long proc = early_call(SYS_openat, AT_FDCWD, (long)"/proc",
			       O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0);
	if (proc < 0)
		return;
	execute_self((int)proc, argv, env);
	(void)early_call(SYS_close, proc, 0, 0, 0, 0);
}

/* stack: argc, the arguments, NULL, the environment, NULL, the auxiliary vector. */
EARLY __attribute__((used)) void tare_protect(const long *stack)
{
	const char *const *argv = (const char *const *)(stack + 1);
	const char *const *env = argv + stack[0] + 1;
	const char *const *end = env;

	while (*end)
		end++;
	protect((const long *)(end + 1), argv, env);
	populate((const long *)(end + 1));
}
