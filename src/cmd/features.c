/* SPDX-License-Identifier: Apache-2.0 */
/* features.md: what this runtime supports, whether or not this machine supports it too. */
#include "cmd.h"

#include "libocispec/json.h"
#include "libocispec/write.h"
#include "seccomp/filter.h"
#include "plan/options.h"

#include <stdlib.h>
#include <string.h>

static struct pool pool;

static struct name_list all_of(const struct names *names)
{
	struct name_list list = { pool_alloc(&pool, names->count * sizeof(int)), names->count };

	for (size_t i = 0; i < names->count; i++)
		list.item[i] = (int)i;
	return list;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names that this build supports. */
#define KNOWN(names, knows, type)                                                                  \
	({                                                                                         \
		struct name_list known = all_of(&names);                                           \
		known.count = 0;                                                                   \
		for (size_t i = 0; i < names.count; i++)                                           \
			if (knows((type)i))                                                        \
				known.item[known.count++] = (int)i;                                \
		known;                                                                             \
	})

static struct strings mount_options(void)
{
	struct strings list = { 0 };

	for (const char *word; (word = option_word(list.count));) {
		list.item = pool_grow(&pool, list.item, list.count, sizeof *list.item);
		list.item[list.count++] = word;
	}
	qsort(list.item, list.count, sizeof *list.item, by_text);
	return list;
}

static struct strings capabilities(void)
{
	struct strings list = { 0 };

	for (int i = 0; i < (int)OCI_CAP_COUNT; i++) {
		list.item = pool_grow(&pool, list.item, list.count, sizeof *list.item);
		list.item[list.count++] = name_text(&capability_names, i);
	}
	return list;
}

#ifdef WITH_SYSTEMD
enum { SYSTEMD = true };
#else
enum { SYSTEMD = false };
#endif

static int run(int argc, char **argv)
{
	static struct enabled yes = { { true, true } };
	static struct features_cgroup cgroup = { .v1 = { true, true },
						 .v2 = { true, true },
						 .systemd = { SYSTEMD, true },
						 .systemd_user = { SYSTEMD, true },
						 .rdma = { true, true } };
	struct features_seccomp seccomp = {
		.actions = KNOWN(seccomp_action_names, filter_knows_action,
				 enum oci_seccomp_action),
		.operators = all_of(&seccomp_operator_names),
		.archs = KNOWN(architecture_names, filter_knows_architecture,
			       enum oci_architecture),
		.known_flags = KNOWN(seccomp_flag_names, filter_knows_flag, enum oci_seccomp_flag),
		.supported_flags = KNOWN(seccomp_flag_names, filter_knows_flag,
					 enum oci_seccomp_flag),
	};
	seccomp.enabled = (struct opt_bool){ seccomp.actions.count > 0, true };
	static struct features_mounts mounts = { .idmap = &yes };
	struct features_linux linux_features = {
		.namespaces = all_of(&namespace_names),
		.capabilities = capabilities(),
		.cgroup = &cgroup,
		.seccomp = &seccomp,
		.apparmor = &yes,
		.selinux = &yes,
		.intel_rdt = &yes,
		.mount_extensions = &mounts,
		.net_devices = &yes,
	};
	struct string_pair annotation[] = {
		{ "tare.version", PACKAGE_VERSION },
		{ "tare.commit", TARE_COMMIT },
		{ "tare.libraries", TARE_LIBRARIES },
		{ "io.github.seccomp.libseccomp.version", filter_library(&pool) },
	};
	/* These annotations take effect on the host. A name that ends with a dot is a prefix. */
	static const char *unsafe[] = { "org.systemd.property.", "run.oci." };
	struct features features = {
		.annotations = { annotation, annotation[3].value ? 4 : 3 },
		.potentially_unsafe_config_annotations = { unsafe, sizeof unsafe / sizeof *unsafe },
		.oci_version_min = "1.0.0",
		.oci_version_max = OCI_VERSION,
		.hooks = all_of(&hook_names),
		.mount_options = mount_options(),
		.linux_ = &linux_features,
	};

	(void)argc;
	(void)argv;
	int err = print("%s", json_print(&pool, &shape_features, &features, JSON_PRETTY));
	pool_free(&pool);
	return err;
}

const struct verb verb_features = {
	.name = "features",
	.arguments = "",
	.summary = "print the features that tare supports, as JSON",
	.description =
		"Prints what this build of tare supports, as JSON: namespaces,\n"
		"capabilities, mount options, hooks, seccomp, cgroups. Engines read it. The\n"
		"format is that of features.md of the specification.",
	.examples = "  tare features | jq .linux.seccomp\n",
	.least = 0,
	.most = 0,
	.run = run,
};
