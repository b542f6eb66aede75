/* SPDX-License-Identifier: Apache-2.0 */
/* The page that a process in the container shares with tare, with any bytes in it, and the baton's messages. */
#include "src/stage/walk.c"
#include "tests/fuzz/fuzz.h"

#include <sys/socket.h>

#include "container/container.h"
#include "plan/host.h"
#include "plan/inputs.h"
#include "seccomp/filter.h"

static const struct plan *some_plan(void)
{
	static struct string_pointers { const char *args[1]; } words = { { "x" } };
	static struct namespace ns[] = { { .type = { OCI_NS_MOUNT, true } }, { .type = { OCI_NS_PID, true } } };
	static struct process process = { .cwd = "/", .args = { words.args, 1 } };
	static struct root root = { .path = "r" };
	static struct config_linux linux_ = { .namespaces = { ns, 2 } };
	static struct config config = { .oci_version = "1.0.0", .root = &root, .process = &process, .linux_ = &linux_ };
	static const struct host host = { .capabilities = { UINT64_MAX, true }, .bounding = { UINT64_MAX, true }, .kernel = { 618, true } };
	static const struct request request = { .id = "x", .bundle = "/b", .state = "/s" };
	static struct filter filter;
	static struct plan plan;
	const struct inputs inputs = { .config = &config, .request = &request, .host = &host, .filter = &filter };

	if (!plan.steps)
		require(!plan_make(&plan, &inputs));
	return &plan;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct shared page;
	struct parent parent = { .pidfd = -1 };
	struct walker w = { .plan = some_plan(), .me = WHO_PARENT, .parent = &parent, .page = &page, .other_end = -1 };
	struct input in = { data, size };
	char line[2048];
	int pair[2];

	/* Our own pid would be waited for; no child has another one. */
	unsigned how = take_byte(&in);
	require(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	memset(&page, 0, sizeof page);
	memcpy(&page, in.at, in.left < sizeof page ? in.left : sizeof page);
	if (how & 1)
		(void)!send(pair[1], in.at, in.left < 200 ? in.left : 200, MSG_NOSIGNAL);
	close(pair[1]);
	w.baton = pair[0];
	parent.stager = how & 2 ? 0x7ffffff0 : 0;
	parent.init = how & 4 ? 0x7ffffff1 : 0;
	int err = how & 8 ? walk_await_exec(&w) : receive_baton(&w);
	require(err <= 0);
	if (err) {
		struct error *e = error_last();
		require(memchr(e->text, 0, sizeof e->text) && memchr(e->pointer, 0, sizeof e->pointer) &&
			memchr(e->hint, 0, sizeof e->hint) && memchr(e->call, 0, sizeof e->call));
		(void)error_line(e, line, sizeof line);
	}
	io_close(&parent.pidfd);
	close(pair[0]);
	return 0;
}
