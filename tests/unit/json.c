/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON engine and the shapes: every property of the specification has a row of its type and
 * survives a parse and a print; what is malformed is refused with its place. */
#include "libocispec/config.h"
#include "libocispec/json.h"
#include "libocispec/write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <yajl/yajl_tree.h>

/* --- the properties of the specification --- */

struct property {
	char path[200], type[32];
	long long low;
	unsigned long long high;
	bool required;
};

static struct property property[400];
static size_t properties;

static int load_properties(void **state)
{
	char path[500], line[400];

	(void)state;
	snprintf(path, sizeof path, "%s/tests/unit/properties.txt",
		 getenv("SRCDIR") ? getenv("SRCDIR") : ".");
	FILE *file = fopen(path, "r");
	if (!file)
		return -1;
	while (fgets(line, sizeof line, file)) {
		struct property *p = &property[properties];
		char rest[200] = "";
		if (*line == '#' ||
		    sscanf(line, "%199s %31s %199[^\n]", p->path, p->type, rest) < 2)
			continue;
		if (!strcmp(p->type, "integer"))
			sscanf(rest, "%lld %llu", &p->low, &p->high);
		p->required = strstr(rest, "required");
		properties++;
	}
	fclose(file);
	return properties > 250 ? 0 : -1;
}

/* The row of a path, and of what kind its value is: an element where the path ends with one. */
static const struct row *row_of(const char *path, bool *element)
{
	const struct shape *shape = &shape_config;
	const struct row *row = NULL;
	char copy[200], *save;

	strcpy(copy, path);
	*element = false;
	for (char *word = strtok_r(copy, "/", &save); word; word = strtok_r(NULL, "/", &save)) {
		*element = !strcmp(word, "*") || !strcmp(word, "{}");
		if (*element) {
			assert_non_null(row);
			shape = row->shape;
			continue;
		}
		assert_non_null(shape);
		row = NULL;
		for (size_t i = 0; i < shape->rows; i++)
			if (!strcmp(shape->row[i].name, word))
				row = &shape->row[i];
		if (!row)
			return NULL;
		if (row->kind == KIND_OBJECT)
			shape = row->shape;
	}
	return row;
}

static bool kind_fits(const struct property *p, const struct row *row, bool element)
{
	switch (row->kind) {
	case KIND_STRING:
		return !strcmp(p->type, "string");
	case KIND_BOOL:
		return !strcmp(p->type, "boolean");
	case KIND_I64:
	case KIND_U64:
		return !strcmp(p->type, "integer") &&
		       (p->low < 0) == (row->kind == KIND_I64 && p->low != 1);
	case KIND_I32:
		return !strcmp(p->type, "integer") && p->low == INT32_MIN && p->high == INT32_MAX;
	case KIND_U32:
		return !strcmp(p->type, "integer") && p->low == 0 &&
		       (p->high == UINT32_MAX || p->high == 511);
	case KIND_U16:
		return !strcmp(p->type, "integer") && p->low == 0 && p->high == UINT16_MAX;
	case KIND_NAME:
		return !strcmp(p->type, "name") || !strcmp(p->type, "string");
	case KIND_STRINGS:
		return !strcmp(p->type, element ? "string" : "list");
	case KIND_NUMBERS:
		return !strcmp(p->type, element ? "integer" : "list");
	case KIND_NAME_LIST:
		return !strcmp(p->type, element ? "name" : "list");
	case KIND_STRING_MAP:
		return !strcmp(p->type, element ? "string" : "strings-map");
	case KIND_OBJECT:
		return !strcmp(p->type, "object");
	case KIND_OBJECTS:
		return !strcmp(p->type, element ? "object" : "list");
	case KIND_OBJECT_MAP:
		return !strcmp(p->type, element ? "object" : "map");
	}
	return false;
}

static void every_property_has_a_row_of_its_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < properties; i++) {
		bool element;
		const struct row *row = row_of(property[i].path, &element);
		if (!row || !kind_fits(&property[i], row, element))
			fail_msg("%s (%s): %s", property[i].path, property[i].type,
				 row ? "another kind" : "no row");
		if (!element && row->required != property[i].required)
			fail_msg("%s: required is %d in the table", property[i].path,
				 row->required);
	}
}

static bool below(const char *path, const char *parent)
{
	size_t length = strlen(parent);
	return !strncmp(path, parent, length) && path[length] == '/';
}

/* Writes the value of property i, with all that belongs to it; returns the index after it. The
 * facts are in the order of a walk. `extreme`: the largest value of an integer, else the smallest.
 */
static size_t write_value(FILE *out, size_t i, bool extreme)
{
	const struct property *p = &property[i];
	bool element, first = true;
	const struct row *row = row_of(p->path, &element);

	if (row->names && !row->shape && (row->kind == KIND_NAME || element)) {
		fprintf(out, "\"%s\"", row->names->name[extreme ? row->names->count - 1 : 0]);
	} else if (!strcmp(p->type, "string")) {
		fprintf(out, "\"text of %s \\u00e9\\n\\\"\\\\\"", p->path);
	} else if (!strcmp(p->type, "boolean")) {
		fprintf(out, extreme ? "true" : "false");
	} else if (!strcmp(p->type, "integer")) {
		if (extreme)
			fprintf(out, "%llu", p->high);
		else
			fprintf(out, "%lld", p->low);
	} else if (!strcmp(p->type, "strings-map")) {
		fprintf(out, "{\"a/b~c\":\"1\",\"\":\"2\"}");
	} else {
		bool list = !strcmp(p->type, "list"), map = !strcmp(p->type, "map");
		fprintf(out, list ? "[" : "{");
		for (i++; i < properties && below(property[i].path, p->path); first = false) {
			fprintf(out, first ? "" : ",");
			if (map)
				fprintf(out, "\"some key\":");
			else if (!list)
				fprintf(out, "\"%s\":", strrchr(property[i].path, '/') + 1);
			i = write_value(out, i, extreme);
		}
		fprintf(out, list ? "]" : "}");
		return i;
	}
	return i + 1;
}

static char *whole_document(bool extreme)
{
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	fprintf(out, "{");
	for (size_t i = 0; i < properties;) {
		fprintf(out, "%s\"%s\":", i ? "," : "", property[i].path + 1);
		i = write_value(out, i, extreme);
	}
	fprintf(out, "}");
	fclose(out);
	return text;
}

static void same_tree(yajl_val a, yajl_val b, const char *path)
{
	char deeper[400];

	if (!a || !b || a->type != b->type)
		fail_msg("%s: lost or changed", path);
	if (YAJL_IS_STRING(a))
		assert_string_equal(YAJL_GET_STRING(a), YAJL_GET_STRING(b));
	if (YAJL_IS_NUMBER(a))
		assert_string_equal(YAJL_GET_NUMBER(a), YAJL_GET_NUMBER(b));
	if (YAJL_IS_ARRAY(a)) {
		assert_int_equal(a->u.array.len, b->u.array.len);
		for (size_t i = 0; i < a->u.array.len; i++) {
			snprintf(deeper, sizeof deeper, "%s/%zu", path, i);
			same_tree(a->u.array.values[i], b->u.array.values[i], deeper);
		}
	}
	if (YAJL_IS_OBJECT(a)) {
		assert_int_equal(a->u.object.len, b->u.object.len);
		for (size_t i = 0; i < a->u.object.len; i++) {
			const char *key[] = { a->u.object.keys[i], NULL };
			snprintf(deeper, sizeof deeper, "%s/%s", path, key[0]);
			same_tree(a->u.object.values[i], yajl_tree_get(b, key, yajl_t_any), deeper);
		}
	}
}

static void round_trip(bool extreme, enum json_style style)
{
	struct pool pool = { 0 };
	struct config config;
	struct json_error error;
	char *text = whole_document(extreme);

	if (json_parse(&pool, &shape_config, text, strlen(text), &config, &error))
		fail_msg("%s: %s", error.pointer, error.text);
	const char *printed = json_print(&pool, &shape_config, &config, style);
	yajl_val a = yajl_tree_parse(text, NULL, 0), b = yajl_tree_parse(printed, NULL, 0);
	same_tree(a, b, "");
	yajl_tree_free(a);
	yajl_tree_free(b);
	free(text);
	pool_free(&pool);
}

static void every_property_survives_a_round_trip(void **state)
{
	(void)state;
	round_trip(false, JSON_LINE);
	round_trip(true, JSON_PRETTY);
}

/* --- refusals --- */

#define V "\"ociVersion\":\"1.0.0\""

static const struct refusal {
	const char *text, *pointer;
	unsigned line, column; /* 0: not compared */
	const char *says;
} refusals[] = {
	{ "", "", 1, 1, "not JSON" },
	{ "{", "", 1, 2, "not JSON" },
	{ "[]", "", 1, 1, "expected an object, found a list" },
	{ "7", "", 1, 0, "expected an object, found 7" },
	{ "null", "", 1, 0, "expected an object, found null" },
	{ "{}", "", 1, 2, "the required member \"ociVersion\" is missing" },
	{ "{" V "} {", "", 1, 0, "not JSON" },
	{ "{" V ",}", "", 1, 0, "not JSON" },
	{ "{'a':1}", "", 1, 0, "not JSON" },
	{ "{" V " /* no */}", "", 1, 0, "not JSON" },
	{ "{\n  \"ociVersion\": 1\n}", "/ociVersion", 2, 17, "expected a string, found 1" },
	{ "{" V ",\n\"root\":{\"path\":\"/\",\n\"readonly\":\"yes\"}}", "/root/readonly", 3, 12,
	  "expected true or false, found the string" },
	{ "{" V ",\"root\":{}}", "/root", 0, 0, "the required member \"path\" is missing" },
	{ "{" V ",\"root\":{\"path\":null}}", "/root", 0, 0,
	  "the required member \"path\" is missing" },
	{ "{" V ",\"root\":[]}", "/root", 0, 0, "expected an object, found a list" },
	{ "{" V ",\"mounts\":{}}", "/mounts", 0, 0, "expected a list of objects, found an object" },
	{ "{" V ",\"mounts\":[{\"destination\":\"/\"},7]}", "/mounts/1", 0, 0,
	  "expected an object, found 7" },
	{ "{" V ",\"mounts\":[null]}", "/mounts/0", 0, 0, "found null" },
	{ "{" V ",\"process\":{\"cwd\":\"/\",\"args\":[\"a\",1]}}", "/process/args/1", 0, 0,
	  "expected a string, found 1" },
	{ "{" V ",\"process\":{\"cwd\":\"/\",\"args\":\"sh\"}}", "/process/args", 0, 0,
	  "expected a list of strings, found the string" },
	{ "{" V ",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":-1}}}", "/process/user/uid", 0, 0,
	  "expected an integer from 0 to 4294967295, found -1" },
	{ "{" V ",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":4294967296}}}", "/process/user/uid",
	  0, 0, "found 4294967296" },
	{ "{" V ",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":1.0}}}", "/process/user/uid", 0, 0,
	  "found 1.0" },
	{ "{" V ",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":1e3}}}", "/process/user/uid", 0, 0,
	  "found 1e3" },
	{ "{" V ",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":01}}}", "/process/user", 0, 0,
	  "not JSON" },
	{ "{" V ",\"process\":{\"cwd\":\"/\",\"user\":{\"additionalGids\":[0,-1]}}}",
	  "/process/user/additionalGids/1", 0, 0, "found -1" },
	{ "{" V ",\"process\":{\"cwd\":\"/\",\"oomScoreAdj\":9223372036854775808}}",
	  "/process/oomScoreAdj", 0, 0, "found 9223372036854775808" },
	{ "{" V ",\"linux\":{\"resources\":{\"memory\":{\"swappiness\":18446744073709551616}}}}",
	  "/linux/resources/memory/swappiness", 0, 0, "found 18446744073709551616" },
	{ "{" V ",\"linux\":{\"resources\":{\"memory\":{\"swappiness\":"
	  "99999999999999999999999999999999999999}}}}",
	  "/linux/resources/memory/swappiness", 0, 0, "a longer number" },
	{ "{" V ",\"linux\":{\"resources\":{\"blockIO\":{\"weight\":65536}}}}",
	  "/linux/resources/blockIO/weight", 0, 0, "from 0 to 65535" },
	{ "{" V ",\"process\":{\"cwd\":\"/"
	  "\",\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":-2147483649}}}",
	  "/process/ioPriority/priority", 0, 0, "from -2147483648 to 2147483647" },
	{ "{" V ",\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pidd\"}]}}",
	  "/linux/namespaces/1/type", 0, 0,
	  "unknown namespace type \"pidd\" (known: pid, network, mount" },
	{ "{" V ",\"linux\":{\"namespaces\":[{}]}}", "/linux/namespaces/0", 0, 0,
	  "the required member \"type\" is missing" },
	{ "{" V
	  ",\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"X\"]}}}",
	  "/linux/seccomp/flags/0", 0, 0, "unknown seccomp flag \"X\"" },
	{ "{" V ",\"annotations\":{\"a\":1}}", "/annotations/a", 0, 0,
	  "expected a string, found 1" },
	{ "{" V ",\"annotations\":{\"a\":{\"b\":{}}}}", "/annotations/a", 0, 0,
	  "expected a string, found an object" },
	{ "{" V ",\"annotations\":{\"a~/b\":[]}}", "/annotations/a~0~1b", 0, 0,
	  "expected a string, found a list" },
	{ "{" V ",\"linux\":{\"rdma\":1,\"resources\":{\"rdma\":{\"mlx\":7}}}}",
	  "/linux/resources/rdma/mlx", 0, 0, "expected an object, found 7" },
	{ "{" V ",\"root\":{\"path\":\"/\"},\n \"root\":{\"path\":\"/x\"}}", "/root", 2, 7,
	  "the key \"root\" is given twice" },
	{ "{" V ",\"annotations\":{\"k\":\"1\",\"l\":\"2\",\"k\":\"3\"}}", "/annotations/k", 0, 0,
	  "given twice" },
	{ "{" V ",\"unknown\":{\"k\":1,\"k\":2}}", "/unknown/k", 0, 0, "given twice" },
	{ "{" V ",\"hostname\":\"a\\u0000b\"}", "/hostname", 1, 36, "a NUL character" },
	{ "{" V ",\"hostname\":\"a\\ud800b\"}", "/hostname", 0, 0, "a lone surrogate" },
	{ "{" V ",\"hostname\":\"a\\udc00\"}", "/hostname", 0, 0, "a lone surrogate" },
	{ "{" V ",\"hostname\":\"\\ud800\\ud800\"}", "/hostname", 0, 0, "a lone surrogate" },
	{ "{" V ",\"hostname\":\"\xff\"}", "/hostname", 0, 0, "not UTF-8" },
	{ "{" V ",\"hostname\":\"\xc0\xaf\"}", "/hostname", 0, 0, "not UTF-8" },
	{ "{" V ",\"hostname\":\"\xed\xa0\x80\"}", "/hostname", 0, 0, "not UTF-8" },
	{ "{" V ",\"hostname\":\"\xf4\x90\x80\x80\"}", "/hostname", 0, 0, "not UTF-8" },
	{ "{" V ",\"annotations\":{\"\\u0000\":\"\"}}", "/annotations", 0, 0, "a NUL character" },
	{ "{" V ",\"hostname\":\"a\nb\"}", "/hostname", 0, 0, "not JSON" },
	{ "{" V ",\"hostname\":tru}", "/hostname", 0, 0, "not JSON" },
};

static void malformed_documents_are_refused_with_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		const struct refusal *r = &refusals[i];
		struct pool pool = { 0 };
		struct config config;
		struct json_error error;
		if (!json_parse(&pool, &shape_config, r->text, strlen(r->text), &config, &error))
			fail_msg("accepted: %s", r->text);
		/* Where there is no JSON, the pointer is that of the last thing that was read. */
		bool syntax = !strcmp(r->says, "not JSON");
		if ((!syntax && strcmp(error.pointer, r->pointer)) || !strstr(error.text, r->says))
			fail_msg("%s\n  is refused at \"%s\": %s", r->text, error.pointer,
				 error.text);
		if ((r->line && error.line != r->line) || (r->column && error.column != r->column))
			fail_msg("%s\n  is refused at line %u, column %u", r->text, error.line,
				 error.column);
		pool_free(&pool);
	}
}

static int parse(const char *text, size_t length, struct json_error *error)
{
	struct pool pool = { 0 };
	struct config config;
	int result = json_parse(&pool, &shape_config, text, length, &config, error);

	pool_free(&pool);
	return result;
}

/* No prefix of a document is a document; and none is read beyond its end (ASan looks). */
static void truncated_documents_are_refused(void **state)
{
	struct json_error error;
	char *text = whole_document(true);
	size_t length = strlen(text);

	(void)state;
	assert_int_equal(parse(text, length, &error), 0);
	for (size_t cut = 0; cut < length; cut += 1 + cut / 500) {
		char *prefix = malloc(cut + 1);
		memcpy(prefix, text, cut);
		assert_int_equal(parse(prefix, cut, &error), -1);
		free(prefix);
	}
	free(text);
}

static char *nested(const char *open, const char *close, size_t depth)
{
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	fprintf(out, "{" V ",\"x\":");
	for (size_t i = 0; i < depth; i++)
		fputs(open, out);
	fputs("1", out);
	for (size_t i = 0; i < depth; i++)
		fputs(close, out);
	fprintf(out, "}");
	fclose(out);
	return text;
}

static void depth_is_limited(void **state)
{
	struct json_error error;
	char *text = nested("[", "]", 63);

	(void)state;
	assert_int_equal(parse(text, strlen(text), &error), 0);
	free(text);
	text = nested("[", "]", 64);
	assert_int_equal(parse(text, strlen(text), &error), -1);
	assert_non_null(strstr(error.text, "more than 64 levels"));
	free(text);
	text = nested("{\"a\":", "}", 10000);
	assert_int_equal(parse(text, strlen(text), &error), -1);
	assert_non_null(strstr(error.text, "more than 64 levels"));
	free(text);
}

static void size_is_limited(void **state)
{
	struct json_error error;
	size_t length = JSON_SIZE + 1;
	char *text = malloc(length);

	(void)state;
	memset(text, ' ', length);
	memcpy(text, "{" V "}", strlen("{" V "}"));
	assert_int_equal(parse(text, JSON_SIZE, &error), 0);
	assert_int_equal(parse(text, length, &error), -1);
	assert_non_null(strstr(error.text, "more than"));
	free(text);
}

/* Unknown members, vm and windows among them, are skipped, whatever is in them. */
static void unknown_members_are_skipped(void **state)
{
	struct json_error error;
	const char *text =
		"{" V
		",\"windows\":{\"a\":[1,2,{\"b\":null}]},\"vm\":null,\"x\":[[],{},\"y\",1e9,true]}";

	(void)state;
	assert_int_equal(parse(text, strlen(text), &error), 0);
}

static void strings_keep_their_bytes(void **state)
{
	struct pool pool = { 0 };
	struct config config;
	struct json_error error;
	const char *text = "{" V
			   ",\"hostname\":\"\\ud83d\\ude00\\t\\/\xc3\xa9\",\"annotations\":{}}";

	(void)state;
	assert_int_equal(json_parse(&pool, &shape_config, text, strlen(text), &config, &error), 0);
	assert_string_equal(config.hostname, "\xf0\x9f\x98\x80\t/\xc3\xa9");
	assert_non_null(config.annotations.item);
	assert_int_equal(config.annotations.count, 0);
	assert_null(config.process);
	pool_free(&pool);
}

static void quoted_text_is_json_always(void **state)
{
	struct pool pool = { 0 };

	(void)state;
	assert_string_equal(json_quote(&pool, "a\"\\\n\x01\xff\xc3\xa9"),
			    "\"a\\\"\\\\\\n\\u0001\\ufffd\xc3\xa9\"");
	assert_string_equal(json_pointer(&pool, "/a", "b/c~d"), "/a/b~1c~0d");
	pool_free(&pool);
}

/* A list that grows far beyond one block, and elements that are objects while it grows. */
static void long_lists_are_whole(void **state)
{
	struct pool pool = { 0 };
	struct config config;
	struct json_error error;
	char *text, expected[32];
	size_t length, count = 100000;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	fprintf(out, "{" V ",\"mounts\":[");
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s{\"destination\":\"/%zu\",\"options\":[\"a\",\"b\",\"c\"]}",
			i ? "," : "", i);
	fprintf(out, "]}");
	fclose(out);
	assert_int_equal(json_parse(&pool, &shape_config, text, length, &config, &error), 0);
	assert_int_equal(config.mounts.count, count);
	for (size_t i = 0; i < count; i++) {
		snprintf(expected, sizeof expected, "/%zu", i);
		assert_string_equal(config.mounts.item[i].destination, expected);
		assert_int_equal(config.mounts.item[i].options.count, 3);
	}
	free(text);
	pool_free(&pool);
}

/* What check relies on: all that is wrong, and no holes in what is read. */
static void examine_goes_on_and_leaves_no_holes(void **state)
{
	static const char text[] =
		"{\"ociVersion\":\"1.3.0\",\"root\":{},\"hostname\":5,\"mounts\":[7,{"
		"\"destination\":8}],"
		"\"process\":{\"cwd\":\"/"
		"\",\"args\":[\"a\",9],\"user\":3,\"rlimits\":[{\"type\":\"x\",\"soft\":1}]}}";
	struct pool pool = { 0 };
	struct config config;
	struct json_error error;
	struct json_problems problems;

	(void)state;
	assert_int_equal(json_examine(&pool, &shape_config, text, sizeof text - 1, &config, &error,
				      true, &problems),
			 -1);
	assert_true(problems.usable);
	assert_int_equal(problems.count, 8);
	assert_string_equal(config.root->path, "");
	assert_null(config.hostname);
	assert_string_equal(config.mounts.item[0].destination, "");
	assert_string_equal(config.mounts.item[1].destination, "");
	assert_string_equal(config.process->args.item[1], "");
	assert_true(config.process->rlimits.item[0].type.set);
	/* After a syntax error, however early or late, nothing can be relied on. */
	static const char *const broken[] = {
		"", "5", "[", "{\"root\":{}", "{\"hostname\":5,\"x\":y}", "{\"hostname\":5}}"
	};
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		assert_int_equal(json_examine(&pool, &shape_config, broken[i], strlen(broken[i]),
					      &config, &error, true, &problems),
				 -1);
		assert_false(problems.usable);
	}
	pool_free(&pool);
}

static void names_go_both_ways(void **state)
{
	const struct names *tables[] = { &namespace_names,	  &propagation_names,
					 &device_type_names,	  &personality_names,
					 &memory_policy_names,	  &memory_policy_flag_names,
					 &rlimit_names,		  &io_class_names,
					 &sched_policy_names,	  &sched_flag_names,
					 &seccomp_action_names,	  &seccomp_flag_names,
					 &seccomp_operator_names, &architecture_names,
					 &status_names,		  &hook_names };

	(void)state;
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (size_t i = 0; i < tables[t]->count; i++)
			assert_int_equal(name_value(tables[t], name_text(tables[t], (int)i)), i);
	assert_int_equal(name_value(&hook_names, "postStart"), -1);
	assert_null(name_text(&hook_names, 99));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_property_has_a_row_of_its_type),
		cmocka_unit_test(every_property_survives_a_round_trip),
		cmocka_unit_test(malformed_documents_are_refused_with_their_place),
		cmocka_unit_test(truncated_documents_are_refused),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(size_is_limited),
		cmocka_unit_test(unknown_members_are_skipped),
		cmocka_unit_test(strings_keep_their_bytes),
		cmocka_unit_test(quoted_text_is_json_always),
		cmocka_unit_test(long_lists_are_whole),
		cmocka_unit_test(examine_goes_on_and_leaves_no_holes),
		cmocka_unit_test(names_go_both_ways),
	};

	return cmocka_run_group_tests_name("json", tests, load_properties, NULL);
}
