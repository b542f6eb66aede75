/* SPDX-License-Identifier: Apache-2.0 */
/* Turns init into the container's process: limits, session, working directory, program, ids,
 * capabilities, exec. After the pivot, paths are resolved in the container, and only a
 * descriptor that was left open could lead out of it. That is why `close` comes first, and why
 * magic links are not followed. */
#include "op.h"

#include "base/descriptors.h"
#include "base/interrupt.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/program.h"
#include "base/root.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PASSWD_MAX = 1024 * 1024 };

int op_rlimit(struct walker *w, const struct step *step)
{
	const struct step_rlimit *r = &step->rlimit;
	pid_t pid = w->me == WHO_PARENT ? w->parent->init : 0;
	struct rlimit now, limit = { r->soft, r->hard };

	if (r->raise) {
		if (prlimit(pid, (__rlimit_resource_t)r->resource, NULL, &now))
			return fail(errno, "prlimit", "%s", r->name);
		limit = (struct rlimit){ now.rlim_cur,
					 r->hard > now.rlim_max ? r->hard : now.rlim_max };
	} else if (r->resource == RLIMIT_NOFILE) {
		descriptors_forget_limit(); /* the configured limit replaces the original */
	}
	if (!prlimit(pid, (__rlimit_resource_t)r->resource, &limit, NULL))
		return 0;
	int err = fail(errno, "prlimit", "%s", r->name);
	if (err == -EPERM && !getrlimit((__rlimit_resource_t)r->resource, &now)) {
		if (r->resource == RLIMIT_NOFILE && r->hard > now.rlim_max)
			return hint("the hard limit here is %llu (see also fs.nr_open); raising it "
				    "takes CAP_SYS_RESOURCE",
				    (unsigned long long)now.rlim_max);
		return hint("the hard limit here is %llu; raising it takes CAP_SYS_RESOURCE",
			    (unsigned long long)now.rlim_max);
	}
	return err;
}

int op_oom(struct walker *w, const struct step *step)
{
	(void)w;
	int err = proc_write("self/oom_score_adj", step->text.text);
	return err == -EACCES || err == -EPERM ? hint("lowering it takes CAP_SYS_RESOURCE") : err;
}

int op_session(struct walker *w, const struct step *step)
{
	(void)w;
	(void)step;
	/* Detaches from the caller's terminal, so that no process in the container can push
	 * characters into it (TIOCSTI). EPERM: it is already a leader. */
	return setsid() < 0 && errno != EPERM ? fail(errno, "setsid", "a new session") : 0;
}

/* An anonymous session keyring, which no other process can have created before or can join:
 * session-keyring(7). */
int op_keyring(struct walker *w, const struct step *step)
{
	(void)w;
	(void)step;
	if (sys_join_session_keyring(NULL) >= 0)
		return 0;
	/* The kernel has no keyrings, or an inherited seccomp filter denies the call, and then
	 * applies to the container too. */
	if (errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM || errno == EACCES)
		return 0;
	(void)fail(errno, "keyctl", "a session keyring");
	return error_last()->err == EDQUOT ? hint("the limit kernel.keys.maxkeys is reached; with "
						  "--no-new-keyring the container uses "
						  "the caller's")
					   : -error_last()->err;
}

/* --- directory and program --- */

/* Checks that the working directory is below the root. If not, getcwd(2) returns a path that
 * starts with "(unreachable)". */
static int verify_cwd(const char *path)
{
	char cwd[PATH_MAX];

	if (!getcwd(cwd, sizeof cwd))
		return fail(errno, "getcwd", "%s", path);
	return *cwd == '/' ? 0 : fail(0, NULL, "%s is outside of the root filesystem", path);
}

int op_chdir(struct walker *w, const struct step *step)
{
	const struct step_chdir *c = &step->chdir;
	const char *path = c->path;

	if (w->slot[c->done] > 0)
		return 0; /* already done, as root */
	auto_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return fail(errno, "open", "/");
	unsigned traits = ROOT_DIRECTORY | (c->found ? ROOT_FOUND : 0);
	auto_fd int fd = root_make(root, path, traits, NULL);
	if (fd < 0)
		return fd;
	if (fchdir(fd))
		return fail(errno, "chdir", "%s", path);
	int err = verify_cwd(path);
	w->slot[c->done] = !err;
	return err;
}

/* A regular file with any execute bit; whether the user may execute it is left to the exec. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return S_ISREG(st.st_mode) && st.st_mode & 0111 ? 0 : -EACCES;
}

/* Returns the index of the first executable candidate, or a negative errno. */
static int search(char *const *candidate)
{
	int err = -ENOENT;

	for (int i = 0; candidate[i]; i++) {
		int found = executable(candidate[i]);
		if (!found)
			return i;
		if (found == -EACCES)
			err = found; /* "permission denied" tells more than "not found" */
	}
	return err;
}

/* What the kernel's errno would not tell. It is looked at now, because the seccomp filter may deny
 * it after a failed exec. What no handler of binfmt_misc can help is an error; anything else is
 * kept for a failure of the exec. A program that can't be read can still be executed. */
static int examine(struct walker *w, const struct step_lookup *l, const char *path)
{
	struct program program;
	char words[400];
	auto_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	w->slot[l->flaw] = CODE_NONE;
	if (root < 0 || fd < 0)
		return 0;
	program_examine(root, fd, &program);
	w->slot[l->flaw] = program.code;
	if (!program.certain)
		return 0;
	int err = program.code == CODE_EXEC_NOEXEC ? EACCES : ENOENT;
	return fail_as(program.code, err, NULL, "exec: \"%s\": %s", path,
		       program_words(&program, words, sizeof words));
}

/* Engines look for these exact messages and derive the exit statuses 126 and 127 from them. */
int op_lookup(struct walker *w, const struct step *step)
{
	const struct step_lookup *l = &step->lookup;

	if (!strchr(l->name, '/')) {
		int found = w->slot[l->found] = search(l->candidate);
		if (found == -ENOENT) {
			(void)fail_as(CODE_EXEC_NOT_FOUND, 0, NULL,
				      "exec: \"%s\": executable file not found in $PATH", l->name);
			return hint("no directory of process.env's PATH has it: correct args[0] or "
				    "PATH");
		}
		return found < 0 ? fail_as(CODE_EXEC_PERMISSION, -found, NULL, "exec: \"%s\"",
					   l->name)
				 : examine(w, l, l->candidate[found]);
	}
	int err = executable(l->name);
	w->slot[l->found] = 0;
	/* Some engines look for "is a directory", others for "permission denied". */
	if (err == -EISDIR) {
		(void)fail_as(CODE_EXEC_PERMISSION, EACCES, NULL, "exec: \"%s\": is a directory",
			      l->name);
		return hint("name a file in process.args");
	}
	if (err == -ENOENT || err == -ENOTDIR)
		return fail_as(CODE_EXEC_NOT_FOUND, -err, NULL, "exec: \"%s\": stat %s", l->name,
			       l->name);
	return err ? fail_as(CODE_EXEC_PERMISSION, -err, NULL, "exec: \"%s\"", l->name)
		   : examine(w, l, l->name);
}

/* Takes the home directory of a uid from a line "name:password:uid:gid:comment:home:shell". */
static bool home_in_line(char *line, uint32_t uid, char *home, size_t size)
{
	char *field[7] = { line }, *end;

	for (int i = 1; i < 7; i++) {
		char *colon = strchr(field[i - 1], ':');
		if (!colon)
			return false;
		*colon = '\0';
		field[i] = colon + 1;
	}
	/* Only digits are accepted: no sign, no space, no name that begins with a digit. */
	unsigned long long number = *field[2] >= '0' && *field[2] <= '9'
					    ? strtoull(field[2], &end, 10)
					    : ULLONG_MAX;
	if (number != uid || *end || *field[5] != '/')
		return false;
	return (size_t)snprintf(home, size, "HOME=%s", field[5]) < size;
}

int op_home(struct walker *w, const struct step *step)
{
	const struct step_home *h = &step->home;
	struct stat st;
	char text[4096], line[HOME_ROOM];
	size_t used = 0, total = 0;
	bool overlong = false;
	auto_fd int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	(void)w;
	/* The file comes from the image: it may be a FIFO without a writer, a device, or
	 * endless. */
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return 0;
	for (ssize_t n = 1; n > 0 && total < PASSWD_MAX; total += (size_t)n) {
		n = read(fd, text, sizeof text - 1);
		/* The last line may lack its newline. */
		if (n == 0 && used)
			text[0] = '\n';
		for (char *c = text; c < text + (n > 0 ? n : n == 0 && used); c++) {
			if (*c != '\n') {
				overlong |= used + 2 >= sizeof line;
				line[used] = *c;
				used += !overlong;
				continue;
			}
			line[used] = '\0';
			if (!overlong && home_in_line(line, h->uid, h->variable, HOME_ROOM))
				return 0;
			used = 0;
			overlong = false;
		}
	}
	return 0;
}

/* --- descriptors --- */

int op_stdio(struct walker *w, const struct step *step)
{
	struct stat st;

	(void)w;
	/* Lets the user reopen /dev/stderr. This applies to pipes and sockets only, which the
	 * engine made for this container; a terminal, a device or a file of the host keeps its
	 * owner. */
	for (int fd = 0; fd < 3; fd++)
		if (!fstat(fd, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) &&
		    st.st_uid != step->ids.uid)
			(void)!fchown(fd, step->ids.uid,
				      step->ids.gid); /* an id may not be mapped */
	return 0;
}

static int ascending(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Closes all descriptors inherited from the host and the engine, except those that the container
 * is to get and those that the remaining steps need. */
int op_close(struct walker *w, const struct step *step)
{
	enum { ENDS = 10 };
	const struct step_close *c = &step->close;
	int keep[ENDS + CGROUP_MAX] = { w->baton,
					w->listener,
					w->listener >= 0 ? w->page_fd : -1, /* for start */
					w->slot[SLOT_OUT],
					w->slot[SLOT_ERR],
					c->early ? w->slot[SLOT_INIT] : -1,
					c->early ? w->slot[SLOT_CONSOLE] : -1,
					log_descriptor(),
					-1,
					-1 };

	/* The files through which the process enters its own cgroups; they give no access to
	 * other cgroups. */
	for (int i = 0; i < CGROUP_MAX; i++)
		keep[ENDS + i] = c->entries ? w->slot[SLOT_ENTRY + i] : -1;
	/* A stager that joined another pid namespace is not in the /proc of that. */
	if (c->early)
		proc_descriptors(&keep[ENDS - 2]);
	else if (prctl(PR_SET_PDEATHSIG, 0)) /* init outlives the command from here on */
		return fail(errno, "prctl", "PR_SET_PDEATHSIG");
	enum { KEPT = sizeof keep / sizeof *keep };
	qsort(keep, KEPT, sizeof *keep, ascending);
	int err = descriptors_close(3 + (unsigned)c->preserve, keep, KEPT);
	if (err)
		return err;
	if (!c->early)
		proc_lost();
	log_forget();
	for (int i = SLOT_DESCRIPTORS; i < w->plan->slots; i++)
		if (i != SLOT_OUT && i != SLOT_ERR &&
		    !(c->early && (i == SLOT_INIT || i == SLOT_CONSOLE)) &&
		    !(c->entries && i >= SLOT_ENTRY && i < SLOT_ENTRY + CGROUP_MAX))
			w->slot[i] = -1;
	return 0;
}

/* --- identity --- */

int op_bounding(struct walker *w, const struct step *step)
{
	(void)w;
	for (int i = 0; i < 64; i++) {
		if (step->caps.bounding >> i & 1 || !prctl(PR_CAPBSET_DROP, i))
			continue;
		if (errno == EINVAL)
			break; /* beyond the last capability */
		return fail(errno, "prctl", "PR_CAPBSET_DROP %d", i);
	}
	return 0;
}

/* The process cloned next keeps only the capabilities that it needs, since processes in the
 * container may be allowed to trace it (CAP_SYS_PTRACE). */
int op_drop_caps(struct walker *w, const struct step *step)
{
	int err = op_bounding(w, step);

	if (!err && sys_capset(step->caps.permitted, step->caps.permitted, 0))
		err = fail(errno, "capset", "the capabilities needed until the exec");
	return err;
}

int op_user(struct walker *w, const struct step *step)
{
	const struct step_ids *u = &step->ids;
	bool hidden = prctl(PR_GET_DUMPABLE) != 1;

	(void)w;
	/* Keeps the permitted set across the change of uid, for the step `caps`; the exec clears
	 * the flag. */
	if (u->uid && prctl(PR_SET_KEEPCAPS, 1))
		return fail(errno, "prctl", "PR_SET_KEEPCAPS");
	/* A user namespace may deny setgroups(2); the caller's groups are then kept, since they
	 * can't be dropped. */
	if (u->set_groups && sys_setgroups(u->group_count, u->groups) &&
	    !(errno == EPERM && !u->group_count && u->groups_may_stay))
		return fail(errno, "setgroups", "%zu additional groups", u->group_count);
	if (sys_setresgid(u->gid))
		return fail(errno, "setresgid", "%u", u->gid);
	if (sys_setresuid(u->uid))
		return fail(errno, "setresuid", "%u", u->uid);
	umask((mode_t)u->umask);
	/* A change of ids resets the "dumpable" attribute to the value of
	 * /proc/sys/fs/suid_dumpable. */
	if (hidden && prctl(PR_SET_DUMPABLE, 0))
		return fail(errno, "prctl", "PR_SET_DUMPABLE");
	descriptors_restore_limit(); /* before the seccomp filter, which may deny it */
	if (!u->uid)
		return 0;
	/* The change of uid has cleared the effective set, which the steps until `caps` need. */
	uint64_t effective, permitted, inheritable;
	if (sys_capget(&effective, &permitted, &inheritable) ||
	    sys_capset(permitted, permitted, inheritable))
		return fail(errno, "capset", "keeping capabilities");
	return 0;
}

int op_caps(struct walker *w, const struct step *step)
{
	const struct step_caps *c = &step->caps;

	(void)w;
	if (sys_capset(c->effective, c->permitted, c->inheritable))
		return fail(errno, "capset", "the capabilities");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) && errno != EINVAL)
		return fail(errno, "prctl", "PR_CAP_AMBIENT_CLEAR_ALL");
	for (unsigned long i = 0; i < 64; i++)
		if (c->ambient >> i & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0))
			return fail(errno, "prctl", "PR_CAP_AMBIENT_RAISE %lu", i);
	return 0;
}

int op_nnp(struct walker *w, const struct step *step)
{
	(void)w;
	(void)step;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? fail(errno, "prctl", "PR_SET_NO_NEW_PRIVS")
						      : 0;
}

int op_exec(struct walker *w, const struct step *step)
{
	const struct step_exec *e = &step->exec;

	if (!e->argv[0])
		return fail_as(CODE_PROCESS, 0, NULL, "config.json has no process");
	if (e->listen_pid)
		snprintf(e->listen_pid, LISTEN_ROOM, "LISTEN_PID=%d", getpid());
	int found = w->slot[e->found];
	if (found < 0)
		return fail(0, NULL, "the program was not looked up");
	const char *program = e->candidate[found];
	signals_reset();
	execve(program, e->argv, e->env);
	enum code flaw = (enum code)w->slot[e->flaw];
	return fail_as(errno == ENOEXEC && flaw > CODE_NONE ? flaw
		       : errno == EACCES		    ? CODE_EXEC_PERMISSION
		       : errno == E2BIG			    ? CODE_SIZE
		       : e->filtered && errno != ENOENT	    ? CODE_EXEC_SECCOMP
							    : CODE_EXEC,
		       errno, "exec", "%s", program);
}
