/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include "error.h"
#include "io.h"
#include "root.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { SHOWN = 256, HEADERS_MAX = 64 }; /* as BINPRM_BUF_SIZE of the kernel; program headers */

/* The machines of ELF files, and which of them this kernel runs. */
static const struct {
	uint16_t machine;
	const char *name;
	bool runs;
} machines[] = {
#ifdef __x86_64__
	{ EM_X86_64, "x86-64", true },	 { EM_386, "i386", true },
#else
	{ EM_X86_64, "x86-64", false },	  { EM_386, "i386", false },
#endif
#ifdef __aarch64__
	{ EM_AARCH64, "AArch64", true }, { EM_ARM, "ARM", true },
#else
	{ EM_AARCH64, "AArch64", false }, { EM_ARM, "ARM", false },
#endif
#ifdef __riscv
	{ EM_RISCV, "RISC-V", true },
#else
	{ EM_RISCV, "RISC-V", false },
#endif
#ifdef __powerpc64__
	{ EM_PPC64, "PowerPC64", true },
#else
	{ EM_PPC64, "PowerPC64", false },
#endif
#ifdef __s390x__
	{ EM_S390, "s390x", true },
#else
	{ EM_S390, "s390x", false },
#endif
	{ EM_MIPS, "MIPS", false },	 { 258 /* EM_LOONGARCH */, "LoongArch", false },
};

static bool is_there(int root, const char *path)
{
	const struct error before = *error_last();
	auto_fd int fd = root_open(root, path, O_PATH, 0);

	*error_last() = before;
	return fd >= 0;
}

static void found_missing(struct program *p, int root, enum code code, const char *path)
{
	snprintf(p->needs, sizeof p->needs, "%s", path);
	text_clean(p->needs);
	if (is_there(root, path))
		return;
	p->code = code;
	p->certain = true;
}

/* What env gets is one argument: the rest of the line, or with -S the words of it. Where options or
 * quoting would have to be understood, nothing is said. */
static void read_searched(char *rest, struct program *p)
{
	char *end = rest + strlen(rest);

	while (end > rest && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	rest += strspn(rest, " \t");
	if (!strncmp(rest, "-S", 2)) {
		rest += 2 + strspn(rest + 2, " \t");
		while (strchr(rest, '=') && strcspn(rest, "=") < strcspn(rest, " \t") &&
		       strncmp(rest, "PATH=", 5)) {
			rest += strcspn(rest, " \t");
			rest += strspn(rest, " \t");
		}
		rest[strcspn(rest, " \t")] = '\0';
	}
	if (*rest != '-' && !strpbrk(rest, "=\"'\\$")) {
		snprintf(p->searched, sizeof p->searched, "%s", rest);
		text_clean(p->searched);
	}
}

/* "#! /bin/sh -e": the kernel takes the first word. */
static void examine_script(int root, char *text, struct program *p)
{
	char *line = text + 2 + strspn(text + 2, " \t");
	size_t length = strcspn(line, "\n");
	bool carriage = length && line[length - 1] == '\r';

	line[length] = '\0';
	size_t first = strcspn(line, " \t");
	char *rest = line + first + (line[first] != '\0');
	line[first] = '\0';
	if (carriage && line[strlen(line) - 1] == '\r') {
		found_missing(p, root, CODE_EXEC_CRLF, line);
		return;
	}
	const char *name = strrchr(line, '/');
	bool env = name && !strcmp(name, "/env");
	if (env && carriage) { /* env would look for "sh\r" */
		snprintf(p->needs, sizeof p->needs, "%s", line);
		p->code = CODE_EXEC_CRLF;
		p->certain = true;
		return;
	}
	if (env)
		read_searched(rest, p);
	if (*line)
		found_missing(p, root, CODE_EXEC_INTERPRETER, line);
	else
		p->code = CODE_EXEC_FORMAT;
}

static void look_at_loader(int root, int fd, uint64_t offset, uint64_t size, struct program *p)
{
	char path[SHOWN] = "";
	size_t length = size < sizeof path ? (size_t)size : sizeof path - 1;

	if (pread(fd, path, length, (off_t)offset) == (ssize_t)length && *path == '/')
		found_missing(p, root, CODE_EXEC_LOADER, path);
}

/* The program header PT_INTERP of one class of ELF files. */
#define FIND_LOADER(bits)                                                                          \
	static void find_loader_##bits(int root, int fd, const char *text, struct program *p)      \
	{                                                                                          \
		Elf##bits##_Ehdr header;                                                           \
		Elf##bits##_Phdr segment[HEADERS_MAX];                                             \
                                                                                                   \
		memcpy(&header, text, sizeof header);                                              \
		size_t count = header.e_phnum < HEADERS_MAX ? header.e_phnum : HEADERS_MAX;        \
		ssize_t size = pread(fd, segment, count * sizeof *segment, (off_t)header.e_phoff); \
		for (size_t i = 0; size > 0 && i < (size_t)size / sizeof *segment; i++)            \
			if (segment[i].p_type == PT_INTERP) {                                      \
				look_at_loader(root, fd, segment[i].p_offset, segment[i].p_filesz, \
					       p);                                                 \
				return;                                                            \
			}                                                                          \
	}
FIND_LOADER(32)
FIND_LOADER(64)

static void examine_elf(int root, int fd, const char *text, struct program *p)
{
	uint16_t machine;

	memcpy(&machine, text + offsetof(Elf32_Ehdr, e_machine), sizeof machine);
	p->architecture = "another machine";
	for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
		if (machines[i].machine != machine)
			continue;
		p->architecture = machines[i].name;
		if (!machines[i].runs)
			break;
		if (text[EI_CLASS] == ELFCLASS64)
			find_loader_64(root, fd, text, p);
		else
			find_loader_32(root, fd, text, p);
		return;
	}
	p->code = CODE_EXEC_ARCHITECTURE;
}

void program_examine(int root, int fd, struct program *p)
{
	char text[SHOWN + 1] = "";
	struct statvfs fs;
	ssize_t length = pread(fd, text, SHOWN, 0);

	*p = (struct program){ 0 };
	if (!fstatvfs(fd, &fs) && fs.f_flag & ST_NOEXEC) {
		p->code = CODE_EXEC_NOEXEC;
		p->certain = true;
	} else if (length >= (ssize_t)sizeof(Elf64_Ehdr) && !memcmp(text, ELFMAG, SELFMAG)) {
		examine_elf(root, fd, text, p);
	} else if (length >= 2 && !memcmp(text, "#!", 2)) {
		examine_script(root, text, p);
	} else if (length >= 0) {
		p->code = CODE_EXEC_FORMAT;
	}
}

const char *program_words(const struct program *p, char *buffer, unsigned long size)
{
	*buffer = '\0';
	if (p->code == CODE_EXEC_NOEXEC)
		snprintf(buffer, size, "its filesystem is mounted noexec");
	else if (p->code == CODE_EXEC_CRLF)
		snprintf(buffer, size,
			 "its first line ends in a carriage return, so its interpreter is \"%s\"",
			 p->needs);
	else if (p->code == CODE_EXEC_INTERPRETER)
		snprintf(buffer, size, "its interpreter %s is not in the container", p->needs);
	else if (p->code == CODE_EXEC_LOADER)
		snprintf(buffer, size, "its dynamic loader %s is not in the container", p->needs);
	else if (p->code == CODE_EXEC_ARCHITECTURE)
		snprintf(buffer, size, "it is a program for %s", p->architecture);
	else if (p->code == CODE_EXEC_FORMAT)
		snprintf(buffer, size, "it is neither an ELF file nor a script with #!");
	return buffer;
}
