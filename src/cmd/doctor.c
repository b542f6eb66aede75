/* SPDX-License-Identifier: Apache-2.0 */
/* Says what this host offers and lacks for containers of the calling user. It only reads, but for
 * one question to systemd. */
#include "cmd.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/io.h"
#include "base/mapping.h"
#include "base/mount.h"
#include "base/mountinfo.h"
#include "base/sys.h"
#include "cgroup/systemd.h"
#include "libocispec/text.h"
#include "seccomp/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool json, facts;

static const struct option options[] = {
	FLAG("json", 0, json, "print the findings as a JSON list"),
	FLAG("facts", 0, facts,
	     "print the facts that plans depend on, for `check --host` and `plan --host`"),
	END_OF_OPTIONS,
};

enum verdict { FINE, DEGRADED, MISSING };

struct doctor {
	struct pool pool;
	struct text out;
	struct host host;
	bool missing;
	size_t count;
};

static void tell(struct doctor *d, const char *area, enum verdict verdict, const char *what,
		 const char *cure)
{
	static const char *const name[] = { "ok", "degraded", "missing" };

	d->missing |= verdict == MISSING;
	if (json) {
		text_add(&d->out,
			 "%s\n{\"area\":\"%s\",\"verdict\":\"%s\",\"text\":%s,\"cure\":%s}",
			 d->count++ ? "," : "", area, name[verdict], json_quote(&d->pool, what),
			 json_quote(&d->pool, verdict == FINE ? "" : cure));
		return;
	}
	char *clean = pool_text(&d->pool, "%s", what); /* it may have the names of directories */
	text_clean(clean);
	static const enum colour colours[] = { COLOUR_GOOD, COLOUR_DOUBTFUL, COLOUR_BAD };
	text_add(&d->out, "%s%-8s%s  %-10s  %s\n", colour(colours[verdict]), name[verdict],
		 colour(COLOUR_OFF), area, clean);
	if (verdict != FINE)
		text_add(&d->out, "%22s%s\n", "", cure);
}

static bool has_line(const char *path, const char *beginning)
{
	auto_free char *text = NULL;
	size_t length;
	bool found = false;

	if (!io_slurp(AT_FDCWD, path, 1 << 20, &text, &length))
		for (char *line = text; line && !found; line = strchr(line, '\n'))
			found = !strncmp(line += *line == '\n', beginning, strlen(beginning));
	error_clear();
	return found;
}

static const char *in_path(struct doctor *d, const char *program)
{
	const char *path = getenv("PATH");

	for (path = path ? path : "/usr/sbin:/usr/bin:/sbin:/bin"; *path;) {
		size_t length = strcspn(path, ":");
		const char *file = pool_text(&d->pool, "%.*s/%s", (int)length, path, program);
		if (!access(file, X_OK))
			return file;
		path += length + (path[length] == ':');
	}
	return NULL;
}

/* --- the kernel --- */

static void look_at_kernel(struct doctor *d)
{
	static const struct {
		const char *name, *since, *instead;
		long number;
	} calls[] = {
		{ "fsopen", "5.2", "the older call mount; no mounts of joined namespaces",
		  SYS_fsopen },
		{ "open_tree", "5.2", "the older call mount; no idmapped mounts", SYS_open_tree },
		{ "openat2", "5.6", "a walk, one component at a time", SYS_openat2 },
		{ "clone3", "5.7", "clone, and entering the cgroup afterwards", SYS_clone3 },
		{ "pidfd_getfd", "5.6", "no seccomp listeners", SYS_pidfd_getfd },
		{ "close_range", "5.9", "closing descriptors one by one", SYS_close_range },
		{ "mount_setattr", "5.12", "remounts, no recursive attributes, no idmapped mounts",
		  SYS_mount_setattr },
	};
	unsigned version = d->host.kernel.value;

	tell(d, "kernel", version < 504 ? MISSING : FINE,
	     pool_text(&d->pool, "Linux %u.%u", version / 100, version % 100),
	     "tare needs Linux 5.4: update the kernel");
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		bool there = sys_has(calls[i].number);
		tell(d, "kernel", there ? FINE : DEGRADED,
		     there ? calls[i].name
			   : pool_text(&d->pool, "%s: instead, %s", calls[i].name,
				       calls[i].instead),
		     pool_text(&d->pool, "Linux %s has it, unless a seccomp filter denies it",
			       calls[i].since));
	}
}

static void look_at_namespaces(struct doctor *d)
{
	static const struct {
		const char *name, *file;
	} types[] = {
		{ "mount", "mnt" }, { "pid", "pid" },	{ "network", "net" },	{ "ipc", "ipc" },
		{ "uts", "uts" },   { "user", "user" }, { "cgroup", "cgroup" }, { "time", "time" },
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		const char *max = host_line(
			&d->pool,
			pool_text(&d->pool, "/proc/sys/user/max_%s_namespaces", types[i].file));
		bool there = !access(pool_text(&d->pool, "/proc/self/ns/%s", types[i].file), F_OK);
		bool none = max && !strcmp(max, "0");
		tell(d, "namespaces", !there || none ? MISSING : FINE,
		     pool_text(&d->pool, "%s%s%s", types[i].name, max ? ", at most " : "",
			       max ? max : ""),
		     none ? pool_text(&d->pool, "sysctl user.max_%s_namespaces=10000",
				      types[i].file)
			  : "a kernel with this type of namespace");
	}
	const char *debian = host_line(&d->pool, "/proc/sys/kernel/unprivileged_userns_clone");
	const char *ubuntu = host_line(&d->pool,
				       "/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
	if (debian && *debian == '0')
		tell(d, "namespaces", DEGRADED, "user namespaces are for root only",
		     "sysctl kernel.unprivileged_userns_clone=1");
	if (ubuntu && *ubuntu == '1')
		tell(d, "namespaces", DEGRADED, "AppArmor restricts user namespaces of users",
		     "a profile for tare with userns, or sysctl "
		     "kernel.apparmor_restrict_unprivileged_userns=0");
}

/* --- cgroups and systemd --- */

static void look_at_cgroups(struct doctor *d)
{
	bool writable = false;

	for (size_t i = 0; i < d->host.cgroups.count; i++) {
		const struct hierarchy *h = &d->host.cgroups.item[i];
		writable |= h->writable.value;
		tell(d, "cgroups", FINE,
		     pool_text(&d->pool, "%s: %s%s%s", h->mount, h->unified.value ? "v2 " : "v1 ",
			       *h->controllers ? h->controllers : "without controllers",
			       h->writable.value ? "" : " (not writable)"),
		     "");
	}
	if (!d->host.cgroups.count)
		tell(d, "cgroups", MISSING, "no hierarchy is mounted",
		     "mount -t cgroup2 none /sys/fs/cgroup");
	else if (!writable)
		tell(d, "cgroups", DEGRADED, "no cgroup is delegated to this user: no limits",
		     "systemd-run --user --scope -p Delegate=yes COMMAND");
}

static void look_at_systemd(struct doctor *d)
{
	long long began = time_microseconds();

	if (access("/run/systemd/system", F_OK)) {
		tell(d, "systemd", DEGRADED, "it does not run here",
		     "--cgroup-manager cgroupfs, the default, does not need it");
		return;
	}
	int answer = systemd_owner(geteuid() != 0, "tare-doctor.scope", "");
	tell(d, "systemd", answer < 0 ? DEGRADED : FINE,
	     answer < 0 ? pool_text(&d->pool, "no answer: %s", error_last()->text)
			: pool_text(&d->pool, "answers within %lld ms",
				    (time_microseconds() - began) / 1000),
	     "--cgroup-manager cgroupfs does not need it");
	error_clear();
}

/* --- security --- */

static void look_at_security(struct doctor *d)
{
	const char *actions = host_line(&d->pool, "/proc/sys/kernel/seccomp/actions_avail");
	const char *library = filter_library(&d->pool);

	tell(d, "seccomp", actions ? FINE : MISSING,
	     actions ? pool_text(&d->pool, "actions: %s", actions) : "the kernel has none",
	     "a kernel with CONFIG_SECCOMP_FILTER");
	tell(d, "seccomp", library ? FINE : DEGRADED,
	     library ? pool_text(&d->pool, "libseccomp %s", library)
		     : "this tare was built without it: linux.seccomp is refused",
	     "build with libseccomp-dev");
	tell(d, "lsm", d->host.apparmor.value || d->host.selinux.value ? FINE : DEGRADED,
	     d->host.apparmor.value  ? "AppArmor"
	     : d->host.selinux.value ? "SELinux"
				     : "neither AppArmor nor SELinux: labels are not applied",
	     "enable one at boot, for example lsm=apparmor");
}

/* --- the user --- */

static void look_at_user(struct doctor *d)
{
	const char *name = user_name(&d->pool, geteuid()), *runtime = getenv("XDG_RUNTIME_DIR");

	if (!d->host.uid.value && !d->host.user_namespace.value)
		return;
	for (int i = 0; i < 2; i++) {
		const char *helper = i ? d->host.newgidmap : d->host.newuidmap;
		const char *file = i ? "/etc/subgid" : "/etc/subuid";
		tell(d, "rootless", helper ? FINE : DEGRADED,
		     helper ? helper : pool_text(&d->pool, "no new%cidmap: one id only", "ug"[i]),
		     "apt-get install uidmap");
		bool has = has_line(file, pool_text(&d->pool, "%s:", name)) ||
			   has_line(file, pool_text(&d->pool, "%u:", geteuid()));
		tell(d, "rootless", has ? FINE : DEGRADED,
		     pool_text(&d->pool, "%s has %s range for %s", file, has ? "a" : "no", name),
		     pool_text(&d->pool, "usermod --add-sub%cids 100000-165535 %s", "ug"[i], name));
	}
	bool set = runtime && *runtime;
	tell(d, "rootless", set ? FINE : DEGRADED,
	     set ? pool_text(&d->pool, "XDG_RUNTIME_DIR is %s", runtime)
		 : "XDG_RUNTIME_DIR is not set",
	     "log in through systemd-logind or ssh, or use --root DIR");
	bool bus = set && !access(pool_text(&d->pool, "%s/bus", runtime), F_OK);
	tell(d, "rootless", bus ? FINE : DEGRADED,
	     bus ? "the user manager has a bus" : "no bus of a user manager",
	     "apt-get install dbus-user-session; needed by --cgroup-manager systemd only");
	bool lingers = !access(pool_text(&d->pool, "/var/lib/systemd/linger/%s", name), F_OK);
	tell(d, "rootless", lingers ? FINE : DEGRADED,
	     lingers ? "containers outlive the session (linger)"
		     : "containers may end with the session",
	     pool_text(&d->pool, "loginctl enable-linger %s", name));
}

/* --- directories --- */

/* Tries, with a detached copy of the mount that nobody sees. */
static bool supports_idmapping(const char *directory)
{
	static const char map[] = "0 100000 65536\n";
	auto_fd int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int copy = fd < 0 ? -1 : mount_copy(fd, false);
	auto_fd int ns = copy < 0 ? -1 : mapping_namespace(map, map);
	bool supports = ns >= 0 && !mount_idmap(copy, ns, false);

	error_clear();
	return supports;
}

/* The state directory, the storage of engines, and where the caller is. */
static void look_at_directory(struct doctor *d, const char *area, const char *path)
{
	bool state = !strcmp(area, "state"),
	     root = !d->host.uid.value && !d->host.user_namespace.value;
	struct statvfs fs;

	if (statvfs(path, &fs)) {
		if (state)
			tell(d, area, FINE,
			     pool_text(&d->pool, "%s is created when it is needed", path), "");
		return;
	}
	unsigned long long room = (unsigned long long)fs.f_bavail * fs.f_frsize >> 20;
	bool usable = !state || !access(path, W_OK);
	tell(d, area, usable && room && (!fs.f_files || fs.f_favail) ? FINE : MISSING,
	     pool_text(&d->pool, "%s: %llu MiB and %llu inodes free%s", path, room,
		       (unsigned long long)fs.f_favail, usable ? "" : ", not writable"),
	     "free some space, or choose another directory with --root");
	if (!state && fs.f_flag & ST_NOEXEC)
		tell(d, area, DEGRADED,
		     pool_text(
			     &d->pool,
			     "%s is mounted noexec: no program of a root filesystem there can run",
			     path),
		     pool_text(&d->pool,
			       "mount -o remount,exec %s, or keep root filesystems elsewhere",
			       path));
	if (!state && root) {
		bool idmapping = supports_idmapping(path);
		tell(d, area, idmapping ? FINE : DEGRADED,
		     pool_text(&d->pool, "%s %s idmapped mounts", path,
			       idmapping ? "supports" : "does not support"),
		     "another filesystem, such as ext4, xfs or btrfs, on Linux 5.12");
	}
}

static void look_at_directories(struct doctor *d)
{
	char here[PATH_MAX];

	look_at_directory(d, "state", state_root());
	if (getcwd(here, sizeof here))
		look_at_directory(d, "storage", here);
	look_at_directory(d, "storage", "/var/lib/containers");
	look_at_directory(d, "storage", "/var/lib/docker");
}

/* What the mounts of the host make impossible. */
static void look_at_mounts(struct doctor *d)
{
	static struct mountinfo info;
	struct mountinfo_entry e;
	bool shared = false, hidden = false;

	if (!mountinfo_open(&info))
		while (mountinfo_next(&info, &e) > 0) {
			if (!strcmp(e.point, "/"))
				shared = e.shared;
			if (!strcmp(e.point, "/proc"))
				hidden = strstr(e.super_options, "hidepid=") &&
					 !strstr(e.super_options, "hidepid=0") &&
					 !strstr(e.super_options, "hidepid=off");
		}
	mountinfo_close(&info);
	error_clear();
	tell(d, "mounts", shared ? FINE : DEGRADED,
	     shared ? "/ is shared: mounts of the host can reach running containers"
		    : "/ is private: mounts that the host makes later reach no running container",
	     "mount --make-rshared /");
	if (hidden)
		tell(d, "mounts", d->host.uid.value ? DEGRADED : FINE,
		     "/proc has hidepid: users do not see the processes of others",
		     "mount -o remount,hidepid=0 /proc, or gid= of a group of this user");
}

/* --- engines --- */

static void look_at_engines(struct doctor *d)
{
	static const struct {
		const char *program, *config, *cure;
	} engines[] = {
		{ "podman", "/etc/containers/containers.conf", "podman --runtime /path/to/tare" },
		{ "dockerd", "/etc/docker/daemon.json",
		  "dockerd --add-runtime tare=/path/to/tare" },
		{ "containerd", "/etc/containerd/config.toml", "see docs/engines.md" },
		{ "crio", "/etc/crio/crio.conf", "see docs/engines.md" },
	};

	for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
		auto_free char *text = NULL;
		size_t length;
		if (!in_path(d, engines[i].program))
			continue;
		bool knows = !io_slurp(AT_FDCWD, engines[i].config, 1 << 20, &text, &length) &&
			     strstr(text, "tare");
		error_clear();
		tell(d, "engines", knows ? FINE : DEGRADED,
		     pool_text(&d->pool, "%s %s tare", engines[i].program,
			       knows ? "knows" : "does not know"),
		     engines[i].cure);
	}
	if (in_path(d, "criu"))
		tell(d, "engines", FINE, "criu is there, for checkpoint and restore", "");
}

static int run(int argc, char **argv)
{
	struct doctor d = { .out = { .pool = &d.pool } };

	(void)argc;
	(void)argv;
	int err = host_probe(&d.pool, &d.host);
	if (err)
		return err;
	if (facts)
		return print("%s", json_print(&d.pool, &shape_host, &d.host, JSON_PRETTY));
	look_at_kernel(&d);
	look_at_namespaces(&d);
	look_at_cgroups(&d);
	look_at_systemd(&d);
	look_at_security(&d);
	look_at_user(&d);
	look_at_directories(&d);
	look_at_mounts(&d);
	look_at_engines(&d);
	err = json ? print("[%s\n]\n", d.out.bytes) : print("%s", d.out.bytes);
	pool_free(&d.pool);
	return err ? err : d.missing;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.arguments = "[OPTION...]",
	.summary = "say what this host offers and lacks for containers",
	.description = "Each line says ok, degraded (tare does it in another way, or without) or\n"
		       "missing, with the cure. It concerns the calling user: run it as the one\n"
		       "who runs containers.",
	.statuses = "0, or 1 if something is missing.",
	.examples = "  tare doctor\n  tare doctor --facts >host.json; tare check --host host.json "
		    "box/\n",
	.options = options,
	.least = 0,
	.most = 0,
	.run = run,
};
