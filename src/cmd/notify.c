/* SPDX-License-Identifier: Apache-2.0 */
#include "notify.h"

#include "container/container.h"

#include "base/io.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { MESSAGE = 8192 };

/* Only the readiness of the container is passed on, as by all peers: a process in it must not be
 * able to name the main process of our service, to put descriptors into the service manager's
 * store, or to end the service. */
static bool says_ready(const char *text)
{
	const char *at = text;

	while (at && strncmp(at, "READY=1", 7))
		at = (at = strchr(at, '\n')) ? at + 1 : NULL;
	return at && (at[7] == '\n' || !at[7]);
}

static void deliver(const char *text, size_t length)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t size = path ? strlen(path) : 0;

	if (!size || size >= sizeof address.sun_path)
		return;
	memcpy(address.sun_path, path, size);
	if (*path == '@')
		address.sun_path[0] = '\0'; /* an abstract name */
	auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		(void)sendto(fd, text, length, MSG_NOSIGNAL, (struct sockaddr *)&address,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
}

bool notify_pass(int socket, pid_t pid)
{
	char text[MESSAGE + 1];
	ssize_t length = recv(socket, text, MESSAGE, MSG_DONTWAIT);

	if (length <= 0)
		return false;
	text[length] = '\0';
	if (!says_ready(text))
		return false;
	int size = snprintf(text, sizeof text, "READY=1\nMAINPID=%d", pid);
	deliver(text, (size_t)size);
	return true;
}

void notify_await_ready(int socket, int pidfd, const struct status *status)
{
	struct pollfd fd[] = { { socket, POLLIN, 0 }, { pidfd, POLLIN, 0 } };
	const int patience = pidfd < 0 ? 500 : -1; /* milliseconds */

	while (socket >= 0) {
		bool ended = pidfd < 0 && !container_process_lives(status);
		if (poll(fd, 2, ended ? 0 : patience) < 0 && errno != EINTR)
			return;
		if (fd[0].revents & POLLIN && notify_pass(socket, status->state.pid.value))
			return;
		if ((ended || fd[1].revents) && !(fd[0].revents & POLLIN))
			return;
	}
}
