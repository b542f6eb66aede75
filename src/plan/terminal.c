/* SPDX-License-Identifier: Apache-2.0 */
/* Translates process.terminal and the socket options into the steps that create a pty and pass
 * it on. */
#include "planner.h"

#include <string.h>

void check_terminal(struct planner *p)
{
	const struct console_size *size = process_of(p)->console_size;
	bool terminal = process_of(p)->terminal.value;

	if (terminal && !p->request->console_socket && !p->request->relay.value)
		refuse(p, CODE_TERMINAL, "/process/terminal",
		       "a detached container needs --console-socket, "
		       "to which the terminal is sent");
	if (!terminal && p->request->console_socket)
		refuse(p, CODE_TERMINAL, "/process/terminal",
		       "--console-socket without a terminal: nothing would be sent to it");
	/* config.md: ignored without a terminal. */
	if (terminal && size &&
	    (size->height.value > UINT16_MAX || size->width.value > UINT16_MAX)) {
		refuse(p, CODE_TERMINAL, "/process/consoleSize",
		       "%llu rows and %llu columns: a terminal has 65535 rows and columns at most",
		       (unsigned long long)size->height.value,
		       (unsigned long long)size->width.value);
		cure(p, "give a smaller size, or remove it");
	}
}

static void open_socket(struct planner *p, const char *path, int slot, const char *pointer)
{
	if (path)
		add(p, OP_OPEN, WHO_PARENT, "%s", pointer)->open =
			(struct step_open){ .kind = OPEN_SOCKET, .path = path, .slot = slot };
}

void add_socket_opens(struct planner *p)
{
	if (process_of(p)->terminal.value && !p->request->console_socket)
		add(p, OP_OPEN, WHO_PARENT, "/process/terminal")->open = (struct step_open){
			.kind = OPEN_RELAY, .path = "relay", .slot = SLOT_CONSOLE
		};
	open_socket(p, p->request->console_socket, SLOT_CONSOLE, "/process/terminal");
	const char *receiver = p->plan->exec ? NULL : annotation(p, "run.oci.pidfd_receiver");
	if (p->request->pidfd_socket)
		open_socket(p, p->request->pidfd_socket, SLOT_PIDFD, "/");
	else
		open_socket(p, receiver, SLOT_PIDFD, "/annotations/run.oci.pidfd_receiver");
}

static bool mounts_console(const struct planner *p)
{
	for (size_t i = 0; i < p->config->mounts.count; i++)
		if (!strcmp(p->config->mounts.item[i].destination, "/dev/console"))
			return true;
	return false;
}

void add_terminal(struct planner *p)
{
	const struct process *process = process_of(p);
	const struct console_size *size = process->console_size;

	if (process->terminal.value)
		add(p, OP_TTY, WHO_INIT, "/process/terminal")->tty = (struct step_tty){
			.relay = !p->request->console_socket,
			.console = !p->plan->exec && !mounts_console(p),
			.control = !p->building,
			.rows = size ? (unsigned)size->height.value : 0,
			.columns = size ? (unsigned)size->width.value : 0,
			.uid = process->user ? process->user->uid.value : 0,
			.socket = SLOT_CONSOLE,
		};
}

void add_late_session(struct planner *p)
{
	add(p, OP_SESSION, WHO_INIT, "/process");
	if (process_of(p)->terminal.value)
		add(p, OP_CONTROL, WHO_INIT, "/process/terminal");
}
