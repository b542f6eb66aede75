/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <string.h>
#include <sys/mount.h>

#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif

enum action { SET, CLEAR, ATIME, PROPAGATE, FLAG, UNFLAG, SUPER, BEHAVIOUR, NOTHING };

/* A word with `below` also exists with the prefix "r", for the mount and all its submounts.
 * Sorted as `features` prints them. */
static const struct word {
	const char *text;
	enum action action;
	bool below;
	uint64_t value;
} words[] = {
	{ "async", UNFLAG, true, MS_SYNCHRONOUS },
	{ "atime", ATIME, true, MOUNT_ATTR_RELATIME },
	{ "bind", NOTHING, false, 0 },
	{ "copy-symlink", BEHAVIOUR, false, OPTION_COPY_SYMLINK },
	{ "defaults", NOTHING, false, 0 },
	{ "dest-nofollow", BEHAVIOUR, false, OPTION_DEST_NOFOLLOW },
	{ "dev", CLEAR, true, MOUNT_ATTR_NODEV },
	{ "diratime", CLEAR, true, MOUNT_ATTR_NODIRATIME },
	{ "dirsync", FLAG, true, MS_DIRSYNC },
	{ "exec", CLEAR, true, MOUNT_ATTR_NOEXEC },
	{ "idmap", BEHAVIOUR, false, OPTION_IDMAP },
	{ "iversion", SUPER, false, MS_I_VERSION },
	{ "lazytime", FLAG, false, MS_LAZYTIME },
	{ "loud", NOTHING, false, 0 },
	{ "mand", FLAG, true, MS_MANDLOCK },
	{ "noatime", ATIME, true, MOUNT_ATTR_NOATIME },
	{ "nodev", SET, true, MOUNT_ATTR_NODEV },
	{ "nodiratime", SET, true, MOUNT_ATTR_NODIRATIME },
	{ "noexec", SET, true, MOUNT_ATTR_NOEXEC },
	{ "noiversion", SUPER, false, 0 },
	{ "nolazytime", UNFLAG, false, MS_LAZYTIME },
	{ "nomand", UNFLAG, true, MS_MANDLOCK },
	{ "norelatime", ATIME, true, MOUNT_ATTR_STRICTATIME },
	{ "nostrictatime", ATIME, true, MOUNT_ATTR_RELATIME },
	{ "nosuid", SET, true, MOUNT_ATTR_NOSUID },
	{ "nosymfollow", SET, true, 0x200000 /* MOUNT_ATTR_NOSYMFOLLOW, Linux 5.14 */ },
	{ "private", PROPAGATE, true, MS_PRIVATE },
	{ "rbind", BEHAVIOUR, false, OPTION_RBIND },
	{ "relatime", ATIME, true, MOUNT_ATTR_RELATIME },
	{ "remount", BEHAVIOUR, false, OPTION_REMOUNT },
	{ "ridmap", BEHAVIOUR, false, OPTION_IDMAP | OPTION_RIDMAP },
	{ "ro", SET, true, MOUNT_ATTR_RDONLY },
	{ "rw", CLEAR, true, MOUNT_ATTR_RDONLY },
	{ "shared", PROPAGATE, true, MS_SHARED },
	{ "silent", NOTHING, false, 0 },
	{ "slave", PROPAGATE, true, MS_SLAVE },
	{ "src-nofollow", BEHAVIOUR, false, OPTION_SRC_NOFOLLOW },
	{ "strictatime", ATIME, true, MOUNT_ATTR_STRICTATIME },
	{ "suid", CLEAR, true, MOUNT_ATTR_NOSUID },
	{ "symfollow", CLEAR, true, 0x200000 },
	{ "sync", FLAG, true, MS_SYNCHRONOUS },
	{ "tmpcopyup", BEHAVIOUR, false, OPTION_COPY_UP },
	{ "unbindable", PROPAGATE, true, MS_UNBINDABLE },
};
enum { WORDS = sizeof words / sizeof *words };

static const struct word *find(const char *text, bool *below)
{
	*below = false;
	for (size_t i = 0; i < WORDS; i++)
		if (!strcmp(words[i].text, text))
			return &words[i];
	*below = true;
	for (size_t i = 0; i < WORDS && *text == 'r'; i++)
		if (words[i].below && !strcmp(words[i].text, text + 1))
			return &words[i];
	return NULL;
}

const char *option_word(size_t index)
{
	/* First the words, then their recursive forms. */
	static char recursive[WORDS][16];
	size_t seen = 0;

	for (size_t i = 0; i < 2 * WORDS; i++) {
		const struct word *word = &words[i % WORDS];
		if ((i >= WORDS && !word->below) || seen++ != index)
			continue;
		if (i < WORDS)
			return word->text;
		recursive[i - WORDS][0] = 'r';
		strcpy(recursive[i - WORDS] + 1, word->text);
		return recursive[i - WORDS];
	}
	return NULL;
}

static void set(struct attributes *a, uint64_t value)
{
	a->set |= value;
	a->clear &= ~value;
}

static void clear(struct attributes *a, uint64_t value)
{
	a->clear |= value;
	a->set &= ~value;
}

/* The access time mode is one field with three values, so setting it includes clearing the
 * field. */
static void set_atime(struct attributes *a, uint64_t value)
{
	const uint64_t field = 0x70; /* MOUNT_ATTR__ATIME */

	a->set = (a->set & ~field) | value;
	a->clear |= field;
}

/* mount(8): a value with commas is quoted; the quotes are not part of it. */
static const char *unquoted(struct pool *pool, const char *value, size_t length)
{
	if (length >= 2 && *value == '"' && value[length - 1] == '"')
		return pool_copy(pool, value + 1, length - 2);
	return pool_copy(pool, value, length);
}

static void add_data(struct pool *pool, struct mount_options *o, const char *text)
{
	size_t key = strcspn(text, "=");
	struct fs_option option = { .key = text };

	if (text[key])
		option = (struct fs_option){ .key = pool_copy(pool, text, key),
					     .value = unquoted(pool, text + key + 1,
							       strlen(text + key + 1)) };
	o->has_mode |= !strcmp(option.key, "mode");
	o->data.item = pool_grow(pool, o->data.item, o->data.count, sizeof option);
	o->data.item[o->data.count++] = option;
}

static void apply(struct pool *pool, struct mount_options *o, const struct word *word, bool below)
{
	struct attributes *a = below ? &o->below : &o->attributes;

	switch (word->action) {
	case SET:
		set(a, word->value);
		break;
	case CLEAR:
		clear(a, word->value);
		break;
	case ATIME:
		set_atime(a, word->value);
		break;
	case PROPAGATE:
		o->propagation.item = pool_grow(pool, o->propagation.item, o->propagation.count,
						sizeof(unsigned long));
		o->propagation.item[o->propagation.count++] = word->value | (below ? MS_REC : 0);
		break;
	case FLAG:
		o->super_flags |= word->value;
		add_data(pool, o, word->text);
		break;
	case UNFLAG:
		o->super_flags &= ~word->value;
		add_data(pool, o, word->text);
		break;
	case SUPER:
		o->super = true;
		o->super_flags = (o->super_flags & ~(unsigned long)MS_I_VERSION) | word->value;
		break;
	case BEHAVIOUR:
		o->behaviour |= (unsigned)word->value;
		break;
	case NOTHING:
		break;
	}
}

static void read_word(struct pool *pool, struct mount_options *o, const char *text)
{
	bool below;
	const struct word *word = find(text, &below);

	if (word) {
		apply(pool, o, word, below);
	} else if (!strncmp(text, "idmap=", 6)) {
		o->behaviour |= OPTION_IDMAP;
		o->mapping = text + 6;
	} else if (!strncmp(text, "ridmap=", 7)) {
		o->behaviour |= OPTION_IDMAP | OPTION_RIDMAP;
		o->mapping = text + 7;
	} else if (*text) {
		add_data(pool, o, text);
	}
}

/* Length up to the next comma that is neither quoted nor escaped with a backslash
 * (overlayfs.rst). */
static size_t word_length(const char *text)
{
	bool quoted = false;
	size_t i = 0;

	for (; text[i] && (quoted || text[i] != ','); i++) {
		quoted ^= text[i] == '"';
		i += text[i] == '\\' && text[i + 1];
	}
	return i;
}

void options_read(struct pool *pool, const struct strings *list, struct mount_options *o)
{
	*o = (struct mount_options){ 0 };
	for (size_t i = 0; i < list->count; i++)
		/* mount(8) and mount(2) accept several options in one string, and some
		 * engines' volumes contain such strings. */
		for (const char *at = list->item[i]; *at;) {
			size_t length = word_length(at);
			read_word(pool, o, at[length] ? pool_copy(pool, at, length) : at);
			at += length + (at[length] == ',');
		}
}

bool option_given(const struct mount *m, const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i < m->options.count; i++)
		for (const char *at = m->options.item[i]; *at;
		     at += strcspn(at, ","), at += *at == ',')
			if (strcspn(at, ",") == length && !strncmp(at, word, length))
				return true;
	return false;
}

bool option_binds(const struct mount *m)
{
	return (m->type && !strcmp(m->type, "bind")) || option_given(m, "bind") ||
	       option_given(m, "rbind");
}
