/* SPDX-License-Identifier: Apache-2.0 */
/* The resctrl filesystem: a class of service is a directory, and a process joins it by writing
 * its pid to the file `tasks`. */
#include "op.h"

#include "plan/record.h"

#include "base/error.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Adds the kernel's description of the last failure, such as "Invalid mask", from
 * info/last_cmd_status. */
static int fail_status(int err, const char *path, const char *file)
{
	char status[PATH_MAX], text[256] = "";
	const char *slash = strrchr(path, '/');

	snprintf(status, sizeof status, "%.*s/info/last_cmd_status", (int)(slash - path), path);
	auto_fd int fd = open(status, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && io_read(fd, text, sizeof text) > 0)
		text[strcspn(text, "\n")] = '\0';
	return fail(err, "write", "%s/%s%s%s", path, file, *text ? ": " : "", text);
}

static int write_file(const char *path, const char *file, const char *text)
{
	char full[PATH_MAX];

	snprintf(full, sizeof full, "%s/%s", path, file);
	auto_fd int fd = open(full, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail(errno, "open", "%s", full);
	return write(fd, text, strlen(text)) < 0 ? fail_status(errno, path, file) : 0;
}

/* An existing class is not changed: it must already have the requested schemata. */
static int compare_schemata(const char *path, const char *wanted)
{
	char full[PATH_MAX], text[16384];

	snprintf(full, sizeof full, "%s/schemata", path);
	auto_fd int fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_read(fd, text, sizeof text) < 0)
		return fail(errno, "read", "%s", full);
	while (*wanted) {
		size_t length = strcspn(wanted, "\n");
		bool found = false;
		for (const char *line = text; *line && !found; line += strcspn(line, "\n") + 1) {
			const char *from = line + strspn(line, " ");
			found = strcspn(from, "\n") == length && !strncmp(from, wanted, length);
			if (!line[strcspn(line, "\n")])
				break;
		}
		if (!found)
			return fail(EINVAL, NULL, "the class %s exists, but lacks the schema %.*s",
				    path, (int)length, wanted);
		wanted += length + (wanted[length] == '\n');
	}
	return 0;
}

int op_find_rdt(struct walker *w, const struct step *step)
{
	w->plan->record->class->foreign = (struct opt_bool){ !access(step->rdt.path, F_OK), true };
	return 0;
}

int op_rdt(struct walker *w, const struct step *step)
{
	const struct step_rdt *r = &step->rdt;
	char pid[16];
	int err = 0;

	/* Child processes inherit the class. */
	snprintf(pid, sizeof pid, "%d", r->join ? getpid() : w->parent->init);
	if (r->join) {
		err = write_file(r->path, "tasks", pid);
		return !err && r->monitor ? write_file(r->monitor, "tasks", pid) : err;
	}
	if (r->existing && access(r->path, F_OK))
		return fail(errno, "access", "the class %s, which must exist if no schema is given",
			    r->path);
	if (!mkdir(r->path, 0755))
		err = *r->schemata ? write_file(r->path, "schemata", r->schemata) : 0;
	else if (errno == EEXIST)
		err = compare_schemata(r->path, r->schemata);
	else if (errno == ENOSPC)
		err = fail(ENOSPC, "mkdir", "%s: the machine has no class of service left",
			   r->path);
	else
		err = fail(errno, "mkdir", "%s", r->path);
	if (!err && r->monitor && mkdir(r->monitor, 0755) && errno != EEXIST)
		err = fail(errno, "mkdir", "%s", r->monitor);
	/* The class comes first, since joining it removes the process from all monitoring
	 * groups. */
	if (!err)
		err = write_file(r->path, "tasks", pid);
	if (!err && r->monitor)
		err = write_file(r->monitor, "tasks", pid);
	return err;
}

int rdt_write(const char *path, const char *schemata)
{
	return write_file(path, "schemata", schemata);
}

int rdt_remove(const char *path)
{
	static const char *const file[] = { "tasks", "schemata", "mon_groups" };
	char full[PATH_MAX];

	if (!rmdir(path) || errno == ENOENT)
		return 0;
	/* This is the directory of a test: in resctrl, rmdir(2) removes a directory with its
	 * files. */
	for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
		snprintf(full, sizeof full, "%s/%s", path, file[i]);
		(void)unlink(full);
		(void)rmdir(full);
	}
	return rmdir(path) && errno != ENOENT ? fail(errno, "rmdir", "%s", path) : 0;
}
