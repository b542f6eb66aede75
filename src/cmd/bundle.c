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

int parse_config(struct pool *pool, const char *text, size_t length, struct config *config)
{
	struct json_error error;

	if (!json_parse(pool, &shape_config, text, length, config, &error))
		return 0;
	(void)fail(0, NULL, "%s (line %u, column %u)", error.text, error.line, error.column);
	if (*error.pointer)
		snprintf(error_last()->pointer, sizeof error_last()->pointer, "%s", error.pointer);
	else
		(void)also("config.json");
	return -EINVAL;
}

int bundle_open(struct bundle *bundle, const char *path, const char *config)
{
	char file[PATH_MAX];
	auto_free char *absolute = realpath(path, NULL);

	*bundle = (struct bundle){ 0 };
	if (!absolute)
		return fail(errno, "open", "bundle %s", path);
	bundle->path = pool_copy(&bundle->pool, absolute, strlen(absolute));
	snprintf(file, sizeof file, "%s/config.json", bundle->path);
	int err = io_slurp(AT_FDCWD, config ? config : file, JSON_SIZE, &bundle->text,
			   &bundle->length);
	if (err)
		return err == -ENOENT && !config
			       ? hint("a bundle is a directory with a config.json; `tare "
				      "spec` writes one")
			       : err;
	return parse_config(&bundle->pool, bundle->text, bundle->length, &bundle->config);
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
		return fail(0, NULL, "%s %s%s%s: %s (line %u, column %u)", option, file,
			    *error.pointer ? "#" : "", error.pointer, error.text, error.line,
			    error.column);
	return 0;
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
