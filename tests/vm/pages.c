/* SPDX-License-Identifier: Apache-2.0 */
/* pages N [SECONDS]: uses N huge pages of 2 MB, says so, and stays. SIGBUS: there are too few, or the cgroup's limit is less. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIZE = 2 << 20 };

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	char *memory = mmap(NULL, count * SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	for (size_t i = 0; i < count; i++)
		memory[i * SIZE] = 1;
	printf("%zu pages\n", count);
	fflush(stdout);
	sleep(argc > 2 ? (unsigned)atoi(argv[2]) : 0);
	return 0;
}
