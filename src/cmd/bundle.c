/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle: its directory, and the documents in it. */
#include "cmd.h"

#include "base/error.h"
#include "base/io.h"
#include "libocispec/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <limits.h>

static const enum code flaw_code[] = {
	[JSON_SYNTAX] = CODE_JSON_SYNTAX,     [JSON_TYPE] = CODE_JSON_TYPE,
	[JSON_RANGE] = CODE_JSON_RANGE,	      [JSON_NAME] = CODE_JSON_NAME,
	[JSON_MISSING] = CODE_JSON_MISSING,   [JSON_MISSPELT] = CODE_MEMBER_MISSPELT,
	[JSON_UNKNOWN] = CODE_MEMBER_UNKNOWN,
};

struct finding json_finding(struct pool *pool, const struct json_error *error)
{
	return (struct finding){
		.severity = error->flaw == JSON_UNKNOWN	   ? SEVERITY_NOTE
			    : error->flaw == JSON_MISSPELT ? SEVERITY_WARNING
							   : SEVERITY_ERROR,
		.code = flaw_code[error->flaw],
		.pointer = pool_copy(pool, error->pointer, strlen(error->pointer)),
		.text = pool_copy(pool, error->text, strlen(error->text)),
		.cure = *error->hint ? pool_copy(pool, error->hint, strlen(error->hint)) : NULL,
	};
}

int json_fail(const char *source, const struct json_error *error)
{
	(void)fail_as(flaw_code[error->flaw], 0, NULL, "%s%s%s: %s (line %u, column %u)", source,
		      *error->pointer ? "#" : "", error->pointer, error->text, error->line,
		      error->column);
	return *error->hint ? hint("%s", error->hint) : -EINVAL;
}

static int config_fail(const struct json_error *error)
{
	(void)fail_as(flaw_code[error->flaw], 0, NULL, "%s (line %u, column %u)", error->text,
		      error->line, error->column);
	if (*error->hint)
		(void)hint("%s", error->hint);
	if (*error->pointer)
		snprintf(error_last()->pointer, sizeof error_last()->pointer, "%s", error->pointer);
	else
		(void)also("config.json");
	return -EINVAL;
}

int parse_config(struct pool *pool, const char *text, size_t length, struct config *config)
{
	struct json_error error;

	return json_parse(pool, &shape_config, text, length, config, &error) ? config_fail(&error)
									     : 0;
}

int bundle_read(struct bundle *bundle, const char *path, const char *config)
{
	char file[PATH_MAX];
	auto_free char *absolute = realpath(path, NULL);

	*bundle = (struct bundle){ 0 };
	if (!absolute)
		return fail_as(CODE_BUNDLE, errno, "open", "bundle %s", path);
	bundle->path = pool_copy(&bundle->pool, absolute, strlen(absolute));
	snprintf(file, sizeof file, "%s/config.json", bundle->path);
	bundle->file = config ? config : pool_copy(&bundle->pool, file, strlen(file));
	int err = io_slurp(AT_FDCWD, bundle->file, JSON_SIZE, &bundle->text, &bundle->length);
	return err ? coded_unless(config ? CODE_FILE : CODE_BUNDLE) : 0;
}

int bundle_open(struct bundle *bundle, const char *path, const char *config)
{
	struct json_problems problems;
	struct json_error error;
	int err = bundle_read(bundle, path, config);

	if (err)
		return err;
	if (json_examine(&bundle->pool, &shape_config, bundle->text, bundle->length,
			 &bundle->config, &error, false, &problems))
		err = config_fail(&error);
	const struct error first = *error_last();
	for (size_t i = 0; i < problems.count; i++) {
		struct finding finding = json_finding(&bundle->pool, &problems.item[i]);
		if (finding.severity == SEVERITY_WARNING)
			say_warning(pool_text(&bundle->pool, "config.json#%s", finding.pointer),
				    &finding);
	}
	*error_last() = first;
	return err;
}

void bundle_close(struct bundle *bundle)
{
	free(bundle->text);
	pool_free(&bundle->pool);
}

int process_read(struct pool *pool, const char *option, const char *file, struct process *process)
{
	struct json_error error;
	auto_free char *text = NULL;
	size_t length;
	int err = io_slurp(AT_FDCWD, file, JSON_SIZE, &text, &length);

	if (err)
		return also("%s", option);
	*process = (struct process){ 0 };
	if (json_parse(pool, &shape_process, text, length, process, &error))
		return json_fail(pool_text(pool, "%s %s", option, file), &error);
	return 0;
}

int read_host(struct pool *pool, const char *file, struct host *host)
{
	struct json_error error;
	auto_free char *text = NULL;
	size_t length;

	if (!file)
		return host_probe(pool, host);
	int err = io_slurp(AT_FDCWD, file, JSON_SIZE, &text, &length);
	if (err)
		return coded(CODE_FILE);
	return json_parse(pool, &shape_host, text, length, host, &error) ? json_fail(file, &error)
									 : 0;
}

struct request plan_request(struct pool *pool, const struct bundle *bundle)
{
	return (struct request){ .id = "ID",
				 .bundle = bundle->path,
				 .state = pool_text(pool, "%s/ID", state_root()),
				 .cgroup_manager = globals.systemd_cgroup ? "systemd"
									  : globals.cgroup_manager,
				 .relay = { true, true },
				 .create = { true, true } };
}

const char *absolute(struct pool *pool, const char *path)
{
	char cwd[PATH_MAX];

	if (!path || *path == '/')
		return path;
	/* The working directory may have been removed; then a relative name has to do. */
	return getcwd(cwd, sizeof cwd) ? pool_text(pool, "%s/%s", cwd, path)
				       : pool_text(pool, "./%s", path);
}

const char *document_name(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

int read_document_text(const char *path, char **text, size_t *length)
{
	enum { STDIN_MAX = 1024 * 1024 };

	if (strcmp(path, "-"))
		return io_slurp(AT_FDCWD, path, JSON_SIZE, text, length);
	auto_free char *read = malloc(STDIN_MAX);
	if (!read)
		return fail(ENOMEM, NULL, "the document");
	ssize_t size = io_read(STDIN_FILENO, read, STDIN_MAX);
	if (size < 0)
		return fail_as(CODE_FILE, (int)-size, "read", "standard input");
	*text = read;
	*length = (size_t)size;
	read = NULL;
	return 0;
}

int read_list(struct pool *pool, const char *path, const char *member, const struct shape *shape,
	      void *document)
{
	auto_free char *text = NULL;
	struct json_error error;
	size_t length;
	int err = read_document_text(path, &text, &length);

	if (err)
		return err;
	bool array = text[strspn(text, " \t\r\n")] == '[';
	/* The line break keeps the columns in errors right. */
	const char *whole = array ? pool_text(pool, "{\"%s\":\n%.*s}", member, (int)length, text)
				  : text;
	if (!json_parse(pool, shape, whole, array ? strlen(whole) : length, document, &error))
		return 0;
	error.line -= array && error.line > 1;
	return json_fail(document_name(path), &error);
}
