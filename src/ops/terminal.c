/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal: a pseudoterminal of the container's own devpts. Files opened below the root are
 * verified by device number and filesystem before they are used. The slave is obtained from the
 * master (TIOCGPTPEER), so that no path is resolved. */
#include "op.h"

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/socket.h"
#include "base/proc.h"
#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

static bool is_multiplexer(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2);
}

static int open_master(int root)
{
	static const char *const name[] = { "dev/pts/ptmx", "dev/ptmx" };
	auto_fd int fd = -1;

	for (int i = 0; i < 2 && fd < 0; i++) {
		fd = root_open(root, name[i], O_PATH, 0);
		if (fd >= 0 && is_multiplexer(fd)) {
			/* The mode of /dev/pts/ptmx may be 000; /dev/ptmx is tried next, which
			 * belongs to the caller's devpts if /dev is the caller's. */
			auto_fd int master = proc_reopen(fd, O_RDWR | O_NOCTTY);
			if (master >= 0) {
				error_clear();
				return take(&master);
			}
			if (master == -ENOSPC)
				return hint(
					"no pseudoterminal is free: see kernel.pty.max, "
					"kernel.pty.nr, and the option max= of the devpts mount");
			if (master == -EMFILE || master == -ENFILE || master == -ENOMEM)
				return master;
		}
		io_close(&fd);
	}
	(void)fail(ENXIO, "open", "/dev/ptmx");
	return hint("a terminal needs a mount of type devpts at /dev/pts");
}

static int open_slave(int master)
{
	struct statfs fs;
	int locked = 0;

	if (ioctl(master, TIOCSPTLCK, &locked))
		return fail(errno, "ioctl", "TIOCSPTLCK of the terminal");
	auto_fd int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0 || fstatfs(slave, &fs))
		return fail(errno, "ioctl", "TIOCGPTPEER of the terminal");
	return fs.f_type == DEVPTS_SUPER_MAGIC
		       ? take(&slave)
		       : fail(0, NULL, "the terminal is not in a devpts filesystem");
}

static int bind_console(struct walker *w, int slave)
{
	auto_fd int target = root_make(w->slot[SLOT_ROOT], "dev/console",
				       ROOT_FILE | ROOT_NO_SYMLINKS, NULL);

	if (target < 0)
		return target;
	auto_fd int copy = mount_copy(slave, false);
	return copy < 0 ? fail(errno, "open_tree", "the terminal")
			: mount_attach(copy, target, "", "/dev/console");
}

/* Done before anything is written to the terminal, and while our stdio is still the caller's. */
static int set_up(int master, const struct step_tty *t)
{
	struct winsize size = { .ws_row = (unsigned short)t->rows,
				.ws_col = (unsigned short)t->columns };
	struct termios modes;
	bool sized = t->rows || t->columns;

	if (t->relay && !sized)
		sized = !ioctl(STDIN_FILENO, TIOCGWINSZ, &size) ||
			!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	if (sized && ioctl(master, TIOCSWINSZ, &size))
		return fail(errno, "ioctl", "TIOCSWINSZ of the terminal");
	if (!t->relay || tcgetattr(master, &modes))
		return 0;
	modes.c_oflag &= ~(tcflag_t)ONLCR;
	return tcsetattr(master, TCSANOW, &modes) ? fail(errno, "tcsetattr", "the terminal") : 0;
}

int terminal_send(struct walker *w, int slot, int master)
{
	static const char name[] = "/dev/ptmx"; /* as runc sends it; receivers at most print it */
	int err = socket_send(w->slot[slot], name, sizeof name - 1, &master, 1);

	if (err)
		return fail(-err, "sendmsg", "the terminal to the console socket");
	io_close(&w->slot[slot]);
	return 0;
}

int op_tty(struct walker *w, const struct step *step)
{
	const struct step_tty *t = &step->tty;
	auto_fd int master = open_master(w->slot[SLOT_ROOT]);

	if (master < 0)
		return master;
	auto_fd int slave = open_slave(master);
	if (slave < 0)
		return slave;
	int err = set_up(master, t);
	if (err)
		return err;
	if (t->uid && fchown(slave, t->uid, (gid_t)-1))
		return fail(errno, "fchown", "the terminal");
	err = t->console ? bind_console(w, slave) : 0;
	if (err)
		return err;
	err = terminal_send(w, t->socket, master);
	if (err)
		return err;
	if (t->control && ioctl(slave, TIOCSCTTY, 0))
		return fail(errno, "ioctl", "TIOCSCTTY of the terminal");
	log_keep();
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			return fail(errno, "dup2", "the terminal");
	return 0;
}

/* `session` has made us the leader of a new session, without a terminal so far. */
int op_control(struct walker *w, const struct step *step)
{
	(void)w;
	(void)step;
	return ioctl(STDIN_FILENO, TIOCSCTTY, 0) ? fail(errno, "ioctl", "TIOCSCTTY of the terminal")
						 : 0;
}
