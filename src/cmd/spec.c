/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a default config.json, with the members and values that `spec` of the peers writes. */
#include "cmd.h"

#include "base/error.h"
#include "base/io.h"
#include "libocispec/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *bundle = ".", *file = "config.json";
static const char *rootfs, *hostname, *user_text;
static struct option_list env, binds;
static bool rootless, no_terminal;

static const struct option options[] = {
	TEXT("bundle", 'b', bundle, "DIR", "where to write it (default: the current directory)"),
	TEXT("file", 'f', file, "FILE",
	     "name of the file (default: config.json); - is standard output"),
	FLAG("rootless", 0, rootless, "for a rootless container of the calling user"),
	TEXT("rootfs", 0, rootfs, "DIR", "the root filesystem (default: rootfs in the bundle)"),
	TEXT("hostname", 0, hostname, "NAME", "the container's host name (default: tare)"),
	LIST("env", 'e', env, "NAME=VALUE", "set an environment variable"),
	LIST("bind", 0, binds, "SRC:DST[:ro]",
	     "mount the host's file or directory SRC at DST; ro: read-only, including mounts below "
	     "it"),
	TEXT("user", 'u', user_text, "UID[:GID]", "numeric user and group id of the process"),
	FLAG("no-terminal", 0, no_terminal, "the process has no terminal"),
	END_OF_OPTIONS,
};

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define STRINGS(...)                                                                               \
	{                                                                                          \
		(const char *[]){ __VA_ARGS__ }, COUNT(((const char *[]){ __VA_ARGS__ }))          \
	}

static struct mount mounts[] = {
	{ .destination = "/proc", .type = "proc", .source = "proc" },
	{ .destination = "/dev",
	  .type = "tmpfs",
	  .source = "tmpfs",
	  .options = STRINGS("nosuid", "strictatime", "mode=755", "size=65536k") },
	{ .destination = "/dev/pts",
	  .type = "devpts",
	  .source = "devpts",
	  .options = STRINGS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620",
			     "gid=5") },
	{ .destination = "/dev/shm",
	  .type = "tmpfs",
	  .source = "shm",
	  .options = STRINGS("nosuid", "noexec", "nodev", "mode=1777", "size=65536k") },
	{ .destination = "/dev/mqueue",
	  .type = "mqueue",
	  .source = "mqueue",
	  .options = STRINGS("nosuid", "noexec", "nodev") },
	{ .destination = "/sys",
	  .type = "sysfs",
	  .source = "sysfs",
	  .options = STRINGS("nosuid", "noexec", "nodev", "ro") },
	{ .destination = "/sys/fs/cgroup",
	  .type = "cgroup",
	  .source = "cgroup",
	  .options = STRINGS("nosuid", "noexec", "nodev", "relatime", "ro") },
};

static struct namespace namespaces[] = {
	{ .type = { OCI_NS_PID, true } },   { .type = { OCI_NS_NETWORK, true } },
	{ .type = { OCI_NS_IPC, true } },   { .type = { OCI_NS_UTS, true } },
	{ .type = { OCI_NS_MOUNT, true } }, { .type = { OCI_NS_CGROUP, true } },
};

/* A user without privileges cannot have a useful network namespace (it would not be connected), a
 * new sysfs without one, a separate group for terminals, or cgroups. The host's /sys is bound
 * read-only with everything mounted below it, since there are cgroups that belong to the user. */
static void make_rootless(struct config *config, struct id_mapping *uid, struct id_mapping *gid)
{
	static const char *terminals[] = { "nosuid", "noexec", "newinstance", "ptmxmode=0666",
					   "mode=0620" };
	static const char *bound[] = { "rbind", "nosuid", "noexec", "nodev", "rro" };
	const struct mount sys = { .destination = "/sys",
				   .type = "none",
				   .source = "/sys",
				   .options = { bound, COUNT(bound) } };

	*uid = (struct id_mapping){ { 0, true }, { geteuid(), true }, { 1, true } };
	*gid = (struct id_mapping){ { 0, true }, { getegid(), true }, { 1, true } };
	config->linux_->uid_mappings = (struct id_mappings){ uid, 1 };
	config->linux_->gid_mappings = (struct id_mappings){ gid, 1 };
	config->linux_->resources = NULL;
	mounts[2].options = (struct strings){ terminals, COUNT(terminals) };
	mounts[5] = sys;
	config->mounts.count = 6;
	namespaces[1].type.value = OCI_NS_USER;
}

static int set_env(struct pool *pool, struct process *process)
{
	size_t count = process->env.count;
	const char **all = pool_alloc(pool, (count + env.count) * sizeof *all);

	memcpy(all, process->env.item, count * sizeof *all);
	for (size_t i = 0; i < env.count; i++) {
		size_t name = strcspn(env.item[i], "="), at = 0;
		if (!name || !env.item[i][name])
			return fail_as(CODE_OPTION, 0, NULL, "--env takes NAME=VALUE, not \"%s\"",
				       env.item[i]);
		while (at < count && strncmp(all[at], env.item[i], name + 1))
			at++;
		all[at] = env.item[i];
		count += at == count;
	}
	process->env = (struct strings){ all, count };
	return 0;
}

/* "/srv/data:/data:ro" */
static int parse_bind(struct pool *pool, const char *text, struct mount *mount)
{
	static const char *writable[] = { "rbind" }, *readonly[] = { "rbind", "rro" };
	char *source = pool_text(pool, "%s", text), *target = strchr(source, ':');
	char *option = target ? strchr(target + 1, ':') : NULL;

	if (target)
		*target++ = '\0';
	if (option)
		*option++ = '\0';
	bool ro = option && !strcmp(option, "ro");
	if (!*source || !target || *target != '/' || (option && !ro && strcmp(option, "rw")))
		return fail_as(CODE_OPTION, 0, NULL, "--bind takes SRC:DST[:ro], not \"%s\"", text);
	*mount = (struct mount){ .destination = target,
				 .type = "bind",
				 .source = absolute(pool, source),
				 .options = { ro ? readonly : writable, ro ? 2 : 1 } };
	return 0;
}

static int add_binds(struct pool *pool, struct config *config)
{
	size_t count = config->mounts.count;
	struct mount *all = pool_alloc(pool, (count + binds.count) * sizeof *all);
	int err = 0;

	memcpy(all, config->mounts.item, count * sizeof *all);
	for (size_t i = 0; !err && i < binds.count; i++)
		err = parse_bind(pool, binds.item[i], &all[count++]);
	config->mounts.item = all;
	config->mounts.count = count;
	return err;
}

static bool is_directory(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

/* Changes the config as the command line says. Names of files are relative to the caller's
 * directory. */
static int apply_options(struct pool *pool, struct config *config, int argc, char **argv)
{
	struct process *process = config->process;

	if (rootfs)
		config->root->path = strcmp(bundle, ".") ? absolute(pool, rootfs) : rootfs;
	if (hostname)
		config->hostname = hostname;
	if (no_terminal)
		process->terminal.value = false;
	if (argc && is_directory(argv[0]))
		return fail_as(
			CODE_ARGUMENT, 0, NULL,
			"%s is a directory: name a bundle by --bundle, or a program after --",
			argv[0]);
	if (argc)
		process->args = (struct strings){ (const char **)argv, (size_t)argc };
	int err = user_text ? parse_user(user_text, &process->user->uid, &process->user->gid) : 0;
	if (!err)
		err = set_env(pool, process);
	return err ? err : add_binds(pool, config);
}

/* The failure to write the file. */
static int cannot_write(int err, const char *call)
{
	(void)fail_as(CODE_FILE, err, call, "%s/%s", bundle, file);
	return err == EEXIST ? hint("remove it first, or choose another name with --file") : -err;
}

static int write_new(const char *text)
{
	auto_fd int directory = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		return fail_as(CODE_FILE, errno, "open", "%s", bundle);
	auto_fd int fd = openat(directory, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return cannot_write(errno, "open");
	int err = io_write(fd, text, strlen(text));
	return err ? cannot_write(-err, "write") : 0;
}

/* The processors' counters of overheating tell what else the machine does. Engines mask those of
 * the processors that there are. */
static void mask_processors(struct pool *pool, struct strings *masked)
{
	enum { PROCESSORS = 4096 };
	const struct strings fixed = *masked;

	*masked = (struct strings){ 0 };
	for (size_t i = 0; i < fixed.count; i++)
		strings_add(pool, masked, fixed.item[i]);
	for (int i = 0; i < PROCESSORS; i++) {
		const char *cpu = pool_text(pool, "/sys/devices/system/cpu/cpu%d", i);
		const char *path = pool_text(pool, "%s/thermal_throttle", cpu);
		if (access(cpu, F_OK))
			break;
		if (access(path, F_OK))
			continue;
		strings_add(pool, masked, path);
	}
}

static int run(int argc, char **argv)
{
	const struct strings caps = STRINGS("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE");
	struct capabilities capabilities = { .bounding = caps,
					     .permitted = caps,
					     .effective = caps };
	struct rlimit_entry nofile = { { OCI_RLIMIT_NOFILE, true },
				       { 1024, true },
				       { 1024, true } };
	struct user user = { .uid = { 0, true }, .gid = { 0, true } };
	struct process process = {
		.terminal = { true, true },
		.user = &user,
		.cwd = "/",
		.capabilities = &capabilities,
		.args = STRINGS("sh"),
		.env = STRINGS("PATH=" DEFAULT_PATH, "TERM=xterm"),
		.rlimits = { &nofile, 1 },
		.no_new_privileges = { true, true },
	};
	struct root root = { "rootfs", { true, true } };
	struct device_rule deny = { .allow = { false, true }, .access = "rwm" };
	struct resources resources = { .devices = { &deny, 1 } };
	struct config_linux linux_config = {
		.namespaces = { namespaces, COUNT(namespaces) },
		.resources = &resources,
		.masked_paths = STRINGS("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys",
					"/proc/latency_stats", "/proc/timer_list",
					"/proc/timer_stats", "/proc/sched_debug", "/sys/firmware",
					"/proc/scsi", "/proc/interrupts",
					"/sys/devices/virtual/powercap"),
		.readonly_paths = STRINGS("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
					  "/proc/sysrq-trigger"),
	};
	struct config config = {
		.oci_version = OCI_VERSION,
		.process = &process,
		.root = &root,
		.hostname = "tare",
		.mounts = { mounts, COUNT(mounts) },
		.linux_ = &linux_config,
	};
	auto_pool pool = { 0 };
	struct id_mapping uid, gid;

	if (rootless)
		make_rootless(&config, &uid, &gid);
	else if (access("/sys/fs/cgroup/cgroup.controllers", F_OK))
		linux_config.namespaces
			.count--; /* v1: engines and images expect to see the real paths */
	mask_processors(&pool, &linux_config.masked_paths);
	int err = apply_options(&pool, &config, argc, argv);
	if (err)
		return err;
	const char *text = json_print(&pool, &shape_config, &config, JSON_PRETTY);
	return strcmp(file, "-") ? write_new(text) : print("%s", text);
}

const struct verb verb_spec = {
	.name = "spec",
	.arguments = "[OPTION...] [-- PROGRAM [ARGUMENT...]]",
	.summary = "write a default config.json, or one for a program",
	.description =
		"Writes a config.json to begin with: a read-only root filesystem in rootfs,\n"
		"a terminal, a few capabilities, and new namespaces. The options and a\n"
		"program after -- change what people most often change by hand. Paths are\n"
		"relative to the current directory. An existing file is never overwritten.",
	.examples =
		"  tare spec --bundle box\n"
		"  tare spec --bundle box --no-terminal --bind /srv:/data:ro -- sh -c 'ls /data'\n"
		"  tare spec --rootless --bundle box\n"
		"  tare spec --file - | jq '.hostname = \"box\"' >box/config.json\n",
	.options = options,
	.least = 0,
	.most = ANOTHERS,
	.run = run,
};
