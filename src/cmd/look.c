/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts of the config may cover what is in the root filesystem, so nothing is said about a path
 * below the destination of a mount. */
#include "look.h"

#include "base/error.h"
#include "base/io.h"
#include "base/program.h"
#include "base/root.h"
#include "plan/options.h"
#include "plan/step.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct looking {
	struct bundle *bundle;
	const struct config *config;
	struct findings *findings;
	int root;
};

static void add(struct looking *l, enum severity severity, enum code code, const char *pointer,
		const char *text)
{
	struct pool *pool = &l->bundle->pool;

	finding_add(pool, l->findings,
		    &(struct finding){ severity, code, pool_copy(pool, pointer, strlen(pointer)),
				       text, NULL });
}

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	while (length && directory[length - 1] == '/')
		length--;
	return length && !strncmp(path, directory, length) &&
	       (!path[length] || path[length] == '/');
}

static bool is_covered(const struct looking *l, const char *path)
{
	for (size_t i = 0; i < l->config->mounts.count; i++)
		if (is_below(path, l->config->mounts.item[i].destination))
			return true;
	return false;
}

/* --- the program --- */

/* Opens the program at a path below the root: a descriptor, -ENOENT, or -EACCES for what can't be
 * executed. */
static int open_program(struct looking *l, const char *path)
{
	struct stat st;
	auto_fd int fd = root_open(l->root, path, O_PATH, 0);

	error_clear();
	if (fd < 0)
		return fd == -ENOTDIR ? -ENOENT : fd;
	if (fstat(fd, &st))
		return -errno;
	return S_ISREG(st.st_mode) && st.st_mode & 0111 ? take(&fd)
	       : S_ISDIR(st.st_mode)			? -EISDIR
							: -EACCES;
}

/* Looks for a program in PATH: the path that has it; "" if a mount may have it; NULL: none has.
 * *unfit: one that can't be executed. */
static const char *search(struct looking *l, const char *name, const char **unfit)
{
	*unfit = NULL;
	for (const char *at = process_search_path(l->config->process); *at;) {
		size_t length = strcspn(at, ":");
		const char *path = pool_text(&l->bundle->pool, "%.*s/%s", (int)length, at, name);
		if (is_covered(l, path))
			return "";
		auto_fd int fd = open_program(l, path);
		if (fd >= 0)
			return path;
		if (fd == -EACCES)
			*unfit = path;
		at += length + (at[length] == ':');
	}
	return NULL;
}

static void examine(struct looking *l, const char *path)
{
	struct pool *pool = &l->bundle->pool;
	struct program program;
	char words[400];
	const char *unfit;
	auto_fd int fd = root_open(l->root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	error_clear();
	if (fd < 0)
		return;
	program_examine(l->root, fd, &program);
	if (program.code != CODE_NONE && !(*program.needs && is_covered(l, program.needs)))
		add(l, program.certain ? SEVERITY_ERROR : SEVERITY_WARNING, program.code,
		    "/process/args/0",
		    pool_text(pool, "%s: %s", path, program_words(&program, words, sizeof words)));
	else if (*program.searched && !strchr(program.searched, '/') &&
		 !search(l, program.searched, &unfit))
		add(l, SEVERITY_ERROR, CODE_EXEC_INTERPRETER, "/process/args/0",
		    pool_text(pool,
			      "%s: its first line runs \"%s\", which is in no directory of PATH",
			      path, program.searched));
}

static void look_at_path(struct looking *l, const char *name, const char *path)
{
	struct pool *pool = &l->bundle->pool;
	auto_fd int fd = open_program(l, path);

	if (fd >= 0)
		examine(l, path);
	else if (fd == -EACCES || fd == -EISDIR)
		add(l, SEVERITY_ERROR, CODE_EXEC_PERMISSION, "/process/args/0",
		    pool_text(pool, "%s %s", path,
			      fd == -EISDIR ? "is a directory" : "has no execute bit"));
	else
		add(l, SEVERITY_ERROR, CODE_EXEC_NOT_FOUND, "/process/args/0",
		    pool_text(pool, "%s is not in the root filesystem", name));
}

static void look_at_program(struct looking *l)
{
	struct pool *pool = &l->bundle->pool;
	const struct process *process = l->config->process;
	const char *name = process && process->args.count ? process->args.item[0] : "", *unfit;

	if (!*name)
		return;
	if (strchr(name, '/')) {
		const char *path = *name == '/' ? name
						: pool_text(pool, "%s/%s", process->cwd, name);
		if (!is_covered(l, path))
			look_at_path(l, name, path);
		return;
	}
	const char *found = search(l, name, &unfit);
	if (found && *found)
		examine(l, found);
	else if (!found && unfit)
		look_at_path(l, name, unfit);
	else if (!found)
		add(l, SEVERITY_ERROR, CODE_EXEC_NOT_FOUND, "/process/args/0",
		    pool_text(pool, "\"%s\" is in no directory of PATH, which is %s", name,
			      process_search_path(process)));
}

/* --- the user --- */

/* Is the uid in the image's /etc/passwd? That is not required, but programs may look it up. */
static bool has_user(struct looking *l, uint32_t uid)
{
	char line[1024], own[16];
	auto_fd int fd = root_open(l->root, "etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;
	bool found = false;

	error_clear();
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return true; /* an image without names */
	snprintf(own, sizeof own, "%u", uid);
	FILE *file = fdopen(take(&fd), "r");
	for (int i = 0; file && !found && i < 100000 && fgets(line, sizeof line, file); i++) {
		char *third = strchr(line, ':');
		third = third ? strchr(third + 1, ':') : NULL;
		size_t length = third ? strcspn(third + 1, ":\n") : 0;
		found = third && length == strlen(own) && !strncmp(third + 1, own, length);
	}
	if (file)
		fclose(file);
	return found;
}

static void look_at_user(struct looking *l)
{
	struct pool *pool = &l->bundle->pool;
	const struct process *process = l->config->process;
	struct stat st;

	if (!process)
		return;
	uint32_t uid = process->user ? process->user->uid.value : 0;
	if (uid && !is_covered(l, "/etc/passwd") && !has_user(l, uid))
		add(l, SEVERITY_NOTE, CODE_USER, "/process/user/uid",
		    pool_text(pool, "uid %u has no name in /etc/passwd of the root filesystem",
			      uid));
	if (*process->cwd != '/' || is_covered(l, process->cwd))
		return;
	auto_fd int fd = root_open(l->root, process->cwd, O_PATH, 0);
	error_clear();
	if (fd < 0)
		add(l, SEVERITY_NOTE, CODE_CWD, "/process/cwd",
		    pool_text(pool, "%s is not there: it is created", process->cwd));
	else if (!fstat(fd, &st) && !S_ISDIR(st.st_mode))
		add(l, SEVERITY_ERROR, CODE_CWD, "/process/cwd",
		    pool_text(pool, "%s is not a directory", process->cwd));
}

/* --- mounts --- */

static const char *kind_of(const struct stat *st)
{
	return S_ISDIR(st->st_mode) ? "a directory" : "a file";
}

static void look_at_mount(struct looking *l, size_t i)
{
	struct pool *pool = &l->bundle->pool;
	const struct mount *m = &l->config->mounts.item[i];
	const char *pointer = pool_text(pool, "/mounts/%zu", i);
	bool binds = option_binds(m);
	struct stat from = { .st_mode = S_IFDIR }, to;

	if (binds && m->source && *m->source) {
		const char *source = *m->source == '/'
					     ? m->source
					     : pool_text(pool, "%s/%s", l->bundle->path, m->source);
		if (stat(source, &from)) {
			add(l, SEVERITY_ERROR, CODE_MOUNT_SOURCE, pointer,
			    pool_text(pool, "%s: %s", source, error_words(errno)));
			return;
		}
	}
	for (size_t k = 0; k < i; k++)
		if (is_below(m->destination, l->config->mounts.item[k].destination))
			return; /* in an earlier mount */
	auto_fd int fd = root_open(l->root, m->destination, O_PATH, 0);
	bool found = fd >= 0 && !fstat(fd, &to);
	error_clear();
	if (found && S_ISDIR(from.st_mode) != S_ISDIR(to.st_mode))
		add(l, SEVERITY_ERROR, CODE_MOUNT_KIND, pointer,
		    pool_text(pool, "%s%s%s%s can't be mounted on %s, which is %s",
			      binds ? m->source : kind_of(&from), binds ? ", " : "",
			      binds ? kind_of(&from) : "", binds ? "," : "", m->destination,
			      kind_of(&to)));
}

/* --- what is to be joined, or talked to --- */

static void look_at_namespaces(struct looking *l)
{
	struct pool *pool = &l->bundle->pool;
	const struct config_linux *linux_config = l->config->linux_;

	for (size_t i = 0; linux_config && i < linux_config->namespaces.count; i++) {
		const struct namespace *n = &linux_config->namespaces.item[i];
		const char *wrong = NULL;
		if (!n->path || !*n->path)
			continue;
		auto_fd int fd = open(n->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		int type = fd < 0 ? -1 : ioctl(fd, NS_GET_NSTYPE);
		if (fd < 0 && errno != EACCES) /* which create may have the right to */
			wrong = pool_text(pool, "%s: %s", n->path, error_words(errno));
		else if (fd >= 0 && type < 0)
			wrong = pool_text(pool, "%s is not a namespace", n->path);
		else if (fd >= 0 && type != (int)namespace_types[n->type.value].flag)
			wrong = pool_text(pool, "%s is not a namespace of the type %s", n->path,
					  name_text(&namespace_names, n->type.value));
		if (wrong)
			add(l, SEVERITY_ERROR, CODE_NAMESPACE,
			    pool_text(pool, "/linux/namespaces/%zu", i), wrong);
	}
}

static void look_at_listener(struct looking *l)
{
	const struct config_linux *linux_config = l->config->linux_;
	const char *path = linux_config && linux_config->seccomp
				   ? linux_config->seccomp->listener_path
				   : NULL;
	struct stat st;

	if (!path || !*path)
		return;
	bool there = !stat(path, &st);
	if ((!there && errno != EACCES) || (there && !S_ISSOCK(st.st_mode)))
		add(l, SEVERITY_ERROR, CODE_SECCOMP_LISTENER, "/linux/seccomp/listenerPath",
		    pool_text(&l->bundle->pool, "%s%s", path,
			      there ? " is not a socket" : ": no such file or directory"));
}

/* All but those of startContainer are programs of the host. */
static void look_at_hooks(struct looking *l)
{
	for (int kind = 0; l->config->hooks && kind < OCI_HOOK_COUNT; kind++) {
		const struct hook_list *list = &l->config->hooks->list[kind];
		for (size_t i = 0; kind != OCI_HOOK_START_CONTAINER && i < list->count; i++)
			if (access(list->item[i].path, X_OK) && errno != EACCES)
				add(l,
				    kind == OCI_HOOK_POSTSTOP ? SEVERITY_WARNING : SEVERITY_ERROR,
				    CODE_HOOK,
				    pool_text(&l->bundle->pool, "/hooks/%s/%zu",
					      name_text(&hook_names, kind), i),
				    pool_text(&l->bundle->pool, "%s: %s", list->item[i].path,
					      error_words(errno)));
	}
}

void look(struct bundle *bundle, struct findings *findings)
{
	struct pool *pool = &bundle->pool;
	struct looking l = { .bundle = bundle, .config = &bundle->config, .findings = findings };

	look_at_namespaces(&l);
	look_at_listener(&l);
	look_at_hooks(&l);
	if (!l.config->root || !*l.config->root->path)
		return;
	const char *path = *l.config->root->path == '/'
				   ? l.config->root->path
				   : pool_text(pool, "%s/%s", bundle->path, l.config->root->path);
	auto_fd int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	l.root = root;
	if (root < 0) {
		add(&l, SEVERITY_ERROR, CODE_ROOT, "/root/path",
		    pool_text(pool, "%s: %s", path, error_words(errno)));
		return;
	}
	look_at_program(&l);
	look_at_user(&l);
	for (size_t i = 0; i < l.config->mounts.count; i++)
		look_at_mount(&l, i);
}
