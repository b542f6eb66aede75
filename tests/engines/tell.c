/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify(3) from within: sends its argument to NOTIFY_SOCKET. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (argc < 2 || !path || fd < 0)
		return 1;
	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	return sendto(fd, argv[1], strlen(argv[1]), 0, (struct sockaddr *)&to, sizeof to) < 0;
}
