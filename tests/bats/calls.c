/* SPDX-License-Identifier: Apache-2.0 */
/* calls [i386:]NUMBER[,ARGUMENT]...: makes system calls (i386: by the kernel's 32-bit entry) and prints for each "value" or "errno N", or "signal N" for one that
 * kills the process that makes it. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Arguments that are addresses have to be in the first 4 GiB: this program is static and has no PIE. */
static long call_i386(const long *a)
{
	long result = a[0];

#ifdef __x86_64__
	__asm__ volatile("int $0x80" : "+a"(result) : "b"(a[1]), "c"(a[2]), "d"(a[3]), "S"(a[4]), "D"(a[5]) : "r8", "r9", "r10", "r11", "memory");
#else
	result = -ENOSYS;
#endif
	errno = result < 0 && result > -4096 ? (int)-result : 0;
	return errno ? -1 : result;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int status, out[2];
		long a[7] = { 0 }, n = 0;
		bool other = !strncmp(argv[i], "i386:", 5);
		if (other)
			argv[i] += 5;
		for (char *word = strtok(argv[i], ","); word && n < 7; word = strtok(NULL, ","))
			a[n++] = (long)strtoull(word, NULL, 0);
		if (pipe(out))
			return 1;
		pid_t pid = fork();
		if (!pid) {
			long result[2] = { other ? call_i386(a) : syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]), 0 };
			result[1] = errno;
			(void)!write(out[1], result, sizeof result);
			_exit(0);
		}
		close(out[1]);
		long result[2];
		ssize_t got = read(out[0], result, sizeof result);
		close(out[0]);
		waitpid(pid, &status, 0);
		if (WIFSIGNALED(status))
			printf("signal %d\n", WTERMSIG(status));
		else if (got != sizeof result)
			printf("nothing\n");
		else if (result[0] == -1)
			printf("errno %ld\n", result[1]);
		else
			printf("value\n");
	}
	return 0;
}
