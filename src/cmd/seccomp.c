/* SPDX-License-Identifier: Apache-2.0 */
/* Which rule of linux.seccomp decides about a system call, and what the verdict is. */
#include "cmd.h"

#include "base/error.h"
#include "libocispec/names.h"
#include "seccomp/evaluate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *bundle_path;

static const struct option options[] = {
	TEXT("bundle", 'b', bundle_path, "DIR", "the bundle (default: the current directory)"),
	END_OF_OPTIONS,
};

/* The rules that name the call, with their conditions, as an answer to "which". */
static int print_rules(const struct seccomp *s, const char *call)
{
	int err = 0;
	bool named = false;

	for (size_t i = 0; i < s->syscalls.count && !err; i++) {
		const struct syscall_rule *rule = &s->syscalls.item[i];
		bool names = false;
		for (size_t k = 0; k < rule->names.count; k++)
			names |= !strcmp(rule->names.item[k], call);
		if (!names)
			continue;
		named = true;
		err = print("  /linux/seccomp/syscalls/%zu says %s", i,
			    name_text(&seccomp_action_names, rule->action.value));
		for (size_t k = 0; k < rule->args.count && !err; k++)
			err = print("%s argument %u %s %llu", k ? " and" : " if",
				    rule->args.item[k].index.value,
				    name_text(&seccomp_operator_names, rule->args.item[k].op.value),
				    (unsigned long long)rule->args.item[k].value.value);
		err = err ? err : print("\n");
	}
	return err || named ? err
			    : print("  no rule names it: /linux/seccomp/defaultAction says %s\n",
				    name_text(&seccomp_action_names, s->default_action.value));
}

static int read_arguments(int argc, char **argv, struct seccomp_data *data)
{
	for (int i = 0; i < argc; i++) {
		char *end;
		errno = 0;
		data->args[i] = strtoull(argv[i], &end, 0);
		if (errno || *end || end == argv[i])
			return fail_as(CODE_ARGUMENT, 0, NULL,
				       "an argument of a system call is a number, not \"%s\"",
				       argv[i]);
	}
	return 0;
}

static int print_verdict(const struct filter *filter, enum oci_architecture a, const char *call,
			 struct seccomp_data data)
{
	char verdict[64];

	data.arch = filter_audit_architecture(a);
	data.nr = filter_call_number(a, call);
	if (!data.arch || data.nr < 0)
		return print("%s: there is no %s\n", name_text(&architecture_names, (int)a), call);
	return print("%s: %s %s\n", name_text(&architecture_names, (int)a), call,
		     filter_verdict(filter_evaluate(filter, &data), verdict, sizeof verdict));
}

static int explain(const struct bundle *bundle, const struct filter *filter, const char *call,
		   const struct seccomp_data *data)
{
	const struct seccomp *s = bundle->config.linux_ ? bundle->config.linux_->seccomp : NULL;
	enum oci_architecture native = filter_native();

	if (filter->failure)
		return fail_as(CODE_SECCOMP, 0, NULL, "%s", filter->failure);
	if (!filter->count)
		return print("the config has no filter: %s is allowed\n", call);
	if (!filter_knows_call(call))
		return fail_as(CODE_SECCOMP_CALL, 0, NULL, "libseccomp does not know a call \"%s\"",
			       call);
	int err = print_verdict(filter, native, call, *data);
	for (size_t i = 0; s && i < s->architectures.count && !err; i++)
		if (s->architectures.item[i] != (int)native)
			err = print_verdict(filter, (enum oci_architecture)s->architectures.item[i],
					    call, *data);
	return err || !s ? err : print_rules(s, call);
}

static int run(int argc, char **argv)
{
	auto_bundle bundle = { 0 };
	struct filter filter;
	struct seccomp_data data = { 0 };

	if (strcmp(argv[0], "explain"))
		return fail_as(CODE_ARGUMENT, 0, NULL,
			       "seccomp has the command explain, not \"%s\"", argv[0]);
	if (argc < 2 || argc > 8)
		return fail_as(CODE_ARGUMENT, 0, NULL,
			       "seccomp explain takes a system call and up to six arguments");
	int err = read_arguments(argc - 2, argv + 2, &data);
	if (!err)
		err = bundle_open(&bundle, bundle_path ? bundle_path : ".", NULL);
	if (err)
		return err;
	filter_make(&bundle.pool, &bundle.config, &filter);
	return explain(&bundle, &filter, argv[1], &data);
}

const struct verb verb_seccomp = {
	.name = "seccomp",
	.arguments = "explain [OPTION...] SYSCALL [ARGUMENT...]",
	.summary = "say which rule of the seccomp profile decides about a system call",
	.description =
		"Says what the filter of a config.json does with a system call, for each of\n"
		"its architectures, and which rule decides. Arguments of the call may be\n"
		"given as numbers; where the answer depends on arguments that are not\n"
		"given, it says so.",
	.examples = "  tare seccomp explain --bundle box mount\n"
		    "  tare seccomp explain --bundle box socket 16\n",
	.options = options,
	.least = 1,
	.most = 8,
	.run = run,
};
