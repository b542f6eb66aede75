/* SPDX-License-Identifier: Apache-2.0 */
#include "mountinfo.h"

#include "error.h"
#include "io.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int open_file(struct mountinfo *m, const char *path)
{
	m->from = m->to = 0;
	m->cut = false;
	m->fd = proc_open(path, O_RDONLY);
	return m->fd < 0 ? m->fd : 0;
}

int mountinfo_open(struct mountinfo *m)
{
	return open_file(m, "self/mountinfo");
}

int mountinfo_open_of(struct mountinfo *m, int pid)
{
	char path[32];

	snprintf(path, sizeof path, "%d/mountinfo", pid);
	return open_file(m, path);
}

bool mountinfo_is_used_up(const struct mountinfo *m)
{
	return !memchr(m->bytes + m->from, '\n', m->to - m->from);
}

void mountinfo_close(struct mountinfo *m)
{
	io_close(&m->fd);
}

/* The next line without its newline, NULL at the end or after a failure (*err). */
static char *next_line(struct mountinfo *m, int *err)
{
	*err = 0;
	for (;;) {
		char *line = m->bytes + m->from, *end = memchr(line, '\n', m->to - m->from);
		if (!end && m->from == 0 && m->to == sizeof m->bytes) {
			/* The line is longer than the buffer (long filesystem options): return
			 * its beginning, then skip the rest. */
			if (!m->cut) {
				m->cut = true;
				m->from = m->to - 1; /* room for the NUL */
				m->bytes[m->from] = '\0';
				return line;
			}
			m->to = 0;
			continue;
		}
		if (end) {
			bool rest = m->cut;
			m->cut = false;
			*end = '\0';
			m->from = (size_t)(end + 1 - m->bytes);
			if (rest)
				continue;
			return line;
		}
		memmove(m->bytes, line, m->to - m->from);
		m->to -= m->from;
		m->from = 0;
		ssize_t n = read(m->fd, m->bytes + m->to, sizeof m->bytes - m->to);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			*err = fail(errno, "read", "/proc/self/mountinfo");
		if (n <= 0)
			return NULL;
		m->to += (size_t)n;
	}
}

static bool is_octal(const char *text)
{
	return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' &&
	       text[2] >= '0' && text[2] <= '7';
}

/* Decodes octal escapes such as "\040", in place. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '\\' && is_octal(text + 1)) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [FIELD...] - TYPE SOURCE SUPER */
static bool parse(char *line, struct mountinfo_entry *e)
{
	char *save, *field[6], *minor;

	for (int i = 0; i < 6; i++) {
		field[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!field[i])
			return false;
	}
	unsigned major = (unsigned)strtoul(field[2], &minor, 10);
	*e = (struct mountinfo_entry){ .id = strtoull(field[0], NULL, 10),
				       .parent = strtoull(field[1], NULL, 10),
				       .device = makedev(major, (unsigned)strtoul(minor + !!*minor,
										  NULL, 10)),
				       .root = field[3],
				       .point = field[4],
				       .options = field[5] };
	char *word = strtok_r(NULL, " ", &save);
	for (; word && strcmp(word, "-"); word = strtok_r(NULL, " ", &save))
		e->shared |= !strncmp(word, "shared:", 7);
	e->type = strtok_r(NULL, " ", &save);
	(void)strtok_r(NULL, " ", &save);
	e->super_options = strtok_r(NULL, " ", &save);
	unescape(field[3]);
	unescape(field[4]);
	if (!e->super_options)
		e->super_options = "";
	return e->type;
}

int mountinfo_next(struct mountinfo *m, struct mountinfo_entry *entry)
{
	int err;

	for (char *line; (line = next_line(m, &err));)
		if (parse(line, entry))
			return 1;
	return err;
}

int mountinfo_find(struct mountinfo *m, uint64_t id, struct mountinfo_entry *entry)
{
	int found = mountinfo_open(m);

	if (found)
		return found;
	while ((found = mountinfo_next(m, entry)) > 0 && entry->id != id)
		;
	mountinfo_close(m);
	return found;
}

int mountinfo_find_stacked(struct mountinfo *m, uint64_t id, const char *point,
			   struct mountinfo_entry *entry)
{
	int more = mountinfo_open(m);

	if (more)
		return more;
	while ((more = mountinfo_next(m, entry)) > 0 &&
	       (entry->parent != id || strcmp(entry->point, point) != 0))
		;
	mountinfo_close(m);
	return more;
}

bool mount_set_has(const struct mount_set *set, uint64_t id)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->id[i] == id)
			return true;
	return false;
}

int mount_set_add(struct mount_set *set, uint64_t id)
{
	if (set->count == MOUNT_SET)
		return fail(E2BIG, NULL, "more than %d mounts", MOUNT_SET);
	set->id[set->count++] = id;
	return 0;
}

int mountinfo_find_tree(struct mountinfo *m, uint64_t root, struct mount_set *tree)
{
	struct mountinfo_entry e;
	size_t before = 0;
	int err = 0;

	for (tree->count = 0; !err && (!tree->count || tree->count > before);) {
		before = tree->count;
		err = mountinfo_open(m);
		while (!err && (err = mountinfo_next(m, &e)) > 0)
			err = !mount_set_has(tree, e.id) &&
					      (e.id == root || mount_set_has(tree, e.parent))
				      ? mount_set_add(tree, e.id)
				      : 0;
		mountinfo_close(m);
		if (!err && !tree->count)
			return fail(ENOENT, NULL, "the mount is not in /proc/self/mountinfo");
	}
	return err;
}
