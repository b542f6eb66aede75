/* SPDX-License-Identifier: Apache-2.0 */
#include "criu.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const modes[] = { "", "soft", "ignore", "full", "strict" };
static const char *const locks[] = { "", "iptables", "nftables", "skip" };

/* The index of a word in a list, or a negative errno with the error filled. */
static int choose(const char *option, const char *word, const char *const *list, int count)
{
	for (int i = 0; i < count; i++)
		if (*word && !strcmp(word, list[i]))
			return i;
	return fail_as(CODE_OPTION, 0, NULL, "--%s: \"%s\" is none of its words", option, word);
}

static int read_page_server(struct pool *pool, const char *text, struct criu_options *o)
{
	const char *colon = strrchr(text, ':');
	char *end;
	long port = colon ? strtol(colon + 1, &end, 10) : 0;

	if (!colon || colon == text || port < 1 || port > 65535 || *end)
		return fail_as(CODE_OPTION, 0, NULL, "--page-server takes ADDRESS:PORT, not \"%s\"",
			       text);
	o->page_server = pool_copy(pool, text, (size_t)(colon - text));
	o->page_port = (int)port;
	return 0;
}

/* --criu, or the criu in PATH. */
static int find_criu(struct pool *pool, const char **path)
{
	const char *list = getenv("PATH"), *name = globals.criu ? globals.criu : "criu";

	if (strchr(name, '/')) {
		*path = absolute(pool, name);
		return 0;
	}
	for (list = list ? list : ""; *list; list += *list == ':') {
		size_t length = strcspn(list, ":");
		*path = pool_text(pool, "%.*s/%s", (int)length, list, name);
		if (*list == '/' && !access(*path, X_OK))
			return 0;
		list += length;
	}
	(void)fail_as(CODE_CRIU, 0, NULL, "there is no %s in PATH", name);
	return hint("install the package criu, or name it: tare --criu FILE");
}

/* As for runc and crun: a file that the annotation names, or one of these. (criu itself reads
 * /etc/criu/default.conf.) */
static const char *config_file(const struct config *config)
{
	static const char *const files[] = { "/etc/criu/tare.conf", "/etc/criu/runc.conf" };

	for (size_t i = 0; i < config->annotations.count; i++)
		if (!strcmp(config->annotations.item[i].key, "org.criu.config"))
			return config->annotations.item[i].value;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (!access(files[i], F_OK))
			return files[i];
	return NULL;
}

static int read_words(struct pool *pool, struct criu_flags *f)
{
	struct criu_options *o = &f->options;
	int mode = f->mode ? choose("manage-cgroups-mode", f->mode, modes, 5) : 0;
	int lock = mode >= 0 && f->lock ? choose("network-lock", f->lock, locks, 4) : 0;

	if (mode < 0 || lock < 0)
		return mode < 0 ? mode : lock;
	o->cgroups = (unsigned)mode;
	o->network_lock = (unsigned)lock;
	if (f->empty && strcmp(f->empty, "network"))
		return fail_as(CODE_OPTION, 0, NULL,
			       "--empty-ns: only network is possible, not \"%s\"", f->empty);
	o->empty_network = f->empty;
	if (f->status)
		o->status_fd = parse_output_fd("--status-fd", f->status, 0);
	if (f->status && o->status_fd < 0)
		return o->status_fd;
	return f->server ? read_page_server(pool, f->server, o) : 0;
}

int criu_complete(struct pool *pool, struct criu_flags *f, const struct config *config)
{
	struct criu_options *o = &f->options;

	o->status_fd = -1;
	o->images = absolute(pool, f->images ? f->images : "checkpoint");
	o->work = f->work ? absolute(pool, f->work) : o->images;
	o->config_file = config_file(config);
	int err = read_words(pool, f);
	return err ? err : find_criu(pool, &o->program);
}
