/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what create has stored for start, exec, update and delete: the config, the options and
 * the facts about the host. */
#include "cmd.h"

#include "base/error.h"
#include "base/io.h"
#include "libocispec/json.h"

SHAPE(kept, ROW(kept, "version", version), ROW_OBJECT(kept, "options", request, request),
      ROW_OBJECT(kept, "host", host, host), ROW_REQUIRED(kept, "digest", digest));

int kept_read(struct container *c, struct kept *kept, struct config *config)
{
	struct json_error error;
	auto_free char *made = NULL, *text = NULL;
	size_t length;
	int err = container_read_file(c, "made.json", &made, &length);

	if (err)
		return err;
	if (json_parse_own(&c->pool, &shape_kept, made, length, kept, &error) || !kept->request ||
	    !kept->host)
		return fail_as(CODE_CONTAINER_BROKEN, 0, NULL,
			       "the state of container \"%s\" is damaged: made.json: %s", c->id,
			       error.text);
	err = container_check_version(c, kept->version.value);
	if (!err)
		err = container_read_file(c, "config.json", &text, &length);
	if (err)
		return err;
	return parse_config(&c->pool, text, length, config);
}
