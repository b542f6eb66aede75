/* SPDX-License-Identifier: Apache-2.0 */
/* Runs small containers on this host and says what they found. Their root filesystem is an empty
 * directory in which the host's programs are mounted read-only, so that nothing has to be there but
 * a shell. tests/security has the whole suite, with races; this is for a user's machine. */
#include "cmd.h"

#include "base/error.h"
#include "base/io.h"
#include "base/spawn.h"
#include "libocispec/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool security, json;

static const struct option options[] = {
	FLAG("security", 0, security, "attack the containers as well, as hostile images do"),
	FLAG("json", 0, json, "print the verdicts as a JSON list"),
	END_OF_OPTIONS,
};

enum verdict { SAFE, BAD, INAPPLICABLE };

/* A container, and how it shows that something is wrong. */
struct probe {
	const char *name;
	bool attack, root; /* of --security; needs root */
	const char *image; /* a script that prepares the image, in its root; NULL: nothing */
	const char *mounts, *process, *linux_; /* members that are added: JSON */
	const char *script;		       /* what its shell does */
	const char *refused; /* part of the error with which it has to fail; NULL: it runs */
	const char *good;    /* what its output has to have, and */
	const char *bad;     /* must not have; NULL: nothing */
};

/* HOST stands for a directory of the host that the image wants to reach. */
static const struct probe probes[] = {
	{ .name = "a container runs", .script = "echo RAN", .good = "RAN" },
	{ .name = "its processes are its own",
	  .script = "read -r a </proc/self/stat; ls -d /proc/[0-9]* | wc -l; echo RAN; "
		    "[ $$ = 1 ] && echo FIRST",
	  .good = "FIRST" },
	{ .name = "its network is its own",
	  .script = "grep -cv 'lo:\\||' /proc/net/dev; echo RAN",
	  .good = "0\nRAN" },
	{ .name = "limits of processes apply",
	  .root = true,
	  .linux_ = ",\"resources\":{\"pids\":{\"limit\":20}}",
	  .script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; "
		    "do sleep 3 & done; echo FORKED",
	  .good = "ork",
	  .bad = "FORKED" },
	{ .name = "a filter applies",
	  .linux_ = ",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":["
		    "\"mkdir\",\"mkdirat\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":95}]}",
	  .script = "mkdir /tmp/x || echo DENIED",
	  .good = "DENIED" },
	{ .name = "capabilities are those of the config",
	  .script = "grep Cap /proc/self/status; echo RAN",
	  .good = "CapPrm:\t0000000000000020\nCapEff:\t0000000000000020\nCapBnd:"
		  "\t0000000000000020" },

	{ .name = "mount on a link to the host",
	  .attack = true,
	  .image = "ln -s \"$HOST\" link",
	  .mounts = ",{\"destination\":\"/link/new\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}",
	  .script = "echo RAN",
	  .good = "" },
	{ .name = "mount on a link with dots",
	  .attack = true,
	  .image = "ln -s \"../../../../../../../../..$HOST\" link",
	  .mounts = ",{\"destination\":\"/link/new\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}",
	  .script = "echo RAN",
	  .good = "" },
	{ .name = "/proc is a link",
	  .attack = true,
	  .image = "rmdir proc; mkdir fake; ln -s fake proc",
	  .script = "echo RAN",
	  .refused = "symbolic link" },
	{ .name = "/proc is a volume",
	  .attack = true,
	  .mounts = ",{\"destination\":\"/proc\",\"type\":\"bind\",\"source\":\"HOST\","
		    "\"options\":[\"bind\"]}",
	  .script = "echo RAN",
	  .refused = "/proc" },
	{ .name = "/dev is a link",
	  .attack = true,
	  .root = true,
	  .image = "rmdir dev; ln -s \"$HOST\" dev",
	  .script = "echo RAN",
	  .refused = "" },
	{ .name = "working directory of the host",
	  .attack = true,
	  .process = ",\"cwd\":\"/proc/self/fd/8\"",
	  .script = "cat mark; echo RAN",
	  .refused = "" },
	{ .name = "inherited descriptors",
	  .attack = true,
	  .script = "for fd in 3 4 5 6 7 8 9 10 11 12; do cat /proc/self/fd/$fd/mark; done; "
		    "echo RAN",
	  .good = "RAN",
	  .bad = "MARK" },
	{ .name = "masked and read-only paths",
	  .attack = true,
	  .script =
		  "for f in /proc/keys /proc/kcore /proc/timer_list; do head -c 1 $f 2>/dev/null | "
		  "wc -c; "
		  "done; (echo 1 >/proc/sys/kernel/sysrq) && echo WROTE; (echo h "
		  ">/proc/sysrq-trigger) && echo WROTE; echo RAN",
	  .good = "0\n0\n0\n",
	  .bad = "WROTE" },
	{ .name = "an unmasked procfs in a new user namespace",
	  .attack = true,
	  .script = "unshare -mrpf sh -c 'mount -t proc none /proc && echo MOUNTED'; echo RAN",
	  .good = "RAN",
	  .bad = "MOUNTED" },
	{ .name = "the host's cgroups",
	  .attack = true,
	  .script = "find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs -writable | grep . && echo "
		    "WRITABLE; echo RAN",
	  .good = "RAN",
	  .bad = "WRITABLE" },
	{ .name = "devices that nobody allowed",
	  .attack = true,
	  .root = true,
	  .script = "mknod /tmp/m c 1 1 && head -c 1 /tmp/m && echo READ; echo RAN",
	  .good = "RAN",
	  .bad = "READ" },
	{ .name = "the runtime's own executable",
	  .attack = true,
	  .script = "for p in /proc/[0-9]*; do (echo x >>$p/exe) 2>/dev/null && echo WROTE; done; "
		    "echo RAN",
	  .good = "RAN",
	  .bad = "WROTE" },
	{ .name = "no new privileges",
	  .attack = true,
	  .script = "grep NoNewPrivs /proc/self/status",
	  .good = "NoNewPrivs:\t1" },
};

struct selftest {
	struct pool pool;
	const char *directory; /* bundle, state and host are in it */
	struct text out;
	size_t count;
	bool bad;
};

/* Runs a script in the directory. The exit status, and the output; or a negative errno. */
static int shell(struct selftest *t, const char *script, char *output, size_t size)
{
	int status;
	char *argv[] = { "/bin/sh", "-c",
			 pool_text(&t->pool, "set -e; cd '%s'; HOST='%s/host'; %s", t->directory,
				   t->directory, script),
			 NULL };
	const struct spawn spawn = { .path = argv[0],
				     .argv = argv,
				     .directory = -1,
				     .timeout = 20000,
				     .output = output,
				     .output_size = size };

	*output = '\0';
	int err = spawn_run(&spawn, &status);
	return err ? err : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int prepare(struct selftest *t, const char *script)
{
	char output[4096];
	int status = shell(t, script, output, sizeof output);

	return status ? fail_as(CODE_FILE, 0, NULL, "%s: %s", t->directory, output) : 0;
}

/* The host's programs, as far as there are. */
static const char *programs(struct pool *pool)
{
	static const char *const paths[] = { "/bin",   "/sbin", "/lib", "/lib32",
					     "/lib64", "/usr",	"/nix", "/gnu" };
	struct text all = { .pool = pool };

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (!access(paths[i], F_OK))
			text_add(&all,
				 ",{\"destination\":\"%s\",\"type\":\"bind\",\"source\":\"%s\","
				 "\"options\":[\"rbind\",\"ro\"]}",
				 paths[i], paths[i]);
	return all.used ? all.bytes : "";
}

static const char *with_host(struct selftest *t, const char *text)
{
	const char *at = text ? strstr(text, "HOST") : NULL;

	return at ? pool_text(&t->pool, "%.*s%s/host%s", (int)(at - text), text, t->directory,
			      at + 4)
		  : (text ? text : "");
}

static const char *config_of(struct selftest *t, const struct probe *p)
{
	bool user = geteuid() != 0;
	const char *caps = "[\"CAP_KILL\"]";

	return pool_text(
		&t->pool,
		"{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"rootfs\"},\"mounts\":["
		"{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"}%s,"
		"{\"destination\":\"/tmp\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}%s],"
		"\"process\":{\"args\":[\"/bin/sh\",\"-c\",%s],\"env\":[\"PATH=" DEFAULT_PATH
		"\"],\"user\":{\"uid\":0,\"gid\":0},\"noNewPrivileges\":true,\"capabilities\":{"
		"\"bounding\":%s,\"permitted\":%s,\"effective\":%s}%s},"
		"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":"
		"\"network\"},"
		"{\"type\":\"ipc\"},{\"type\":\"uts\"}%s],%s\"maskedPaths\":[\"/proc/keys\",\"/"
		"proc/kcore\","
		"\"/proc/timer_list\"],\"readonlyPaths\":[\"/proc/sys\",\"/proc/"
		"sysrq-trigger\"]%s}}",
		programs(&t->pool), with_host(t, p->mounts), json_quote(&t->pool, p->script), caps,
		caps, caps, p->process ? p->process : ",\"cwd\":\"/\"",
		user ? ",{\"type\":\"user\"}" : "",
		user ? pool_text(&t->pool,
				 "\"uidMappings\":[{\"containerID\":0,\"hostID\":%u,\"size\":1}],"
				 "\"gidMappings\":[{\"containerID\":0,\"hostID\":%u,\"size\":1}],",
				 geteuid(), getegid())
		     : "",
		p->linux_ ? p->linux_ : "");
}

static int write_config(struct selftest *t, const char *text)
{
	auto_fd int bundle = open(pool_text(&t->pool, "%s/bundle", t->directory),
				  O_PATH | O_DIRECTORY | O_CLOEXEC);
	int err = bundle < 0 ? -errno : io_replace(bundle, "config.json", text, strlen(text));

	return err ? fail_as(CODE_FILE, -err, "write", "%s/bundle/config.json", t->directory) : 0;
}

/* Prepares the image anew, runs the container, and judges. */
static int attempt(struct selftest *t, const struct probe *p, enum verdict *verdict,
		   const char **why)
{
	static char output[65536];
	int err = prepare(t, pool_text(&t->pool,
				       "rm -rf bundle/rootfs; mkdir -p bundle/rootfs; cd "
				       "bundle/rootfs; mkdir proc dev sys tmp etc; %s",
				       p->image ? p->image : ""));

	if (!err)
		err = write_config(t, config_of(t, p));
	if (err)
		return err;
	/* Descriptor 8 is what an engine has left open. */
	int status = shell(t,
			   pool_text(&t->pool,
				     "exec 8<host; exec \"$TARE_SELF\" --root state run --bundle "
				     "bundle selftest-%d-%zu",
				     getpid(), t->count),
			   output, sizeof output);
	if (status < 0)
		return status;
	*verdict = SAFE;
	*why = "";
	struct stat st;
	bool changed = !stat(pool_text(&t->pool, "%s/host/new", t->directory), &st) ||
		       !stat(pool_text(&t->pool, "%s/host/null", t->directory), &st);
	bool ran = strstr(output, "RAN") != NULL;
	if (changed) {
		*verdict = BAD;
		*why = "something was made in a directory of the host";
	} else if (p->refused && status && strstr(output, p->refused) && !ran) {
		*why = "refused";
	} else if (p->refused || (p->good && !strstr(output, p->good)) ||
		   (p->bad && strstr(output, p->bad))) {
		*verdict = BAD;
		text_clean(output);
		*why = pool_text(&t->pool, "%sstatus %d: %.300s", p->refused ? "not refused: " : "",
				 status, output);
	}
	return 0;
}

static void say(struct selftest *t, const struct probe *p, enum verdict verdict, const char *why)
{
	static const char *const words[][3] = { { "ok", "FAILED", "skipped" },
						{ "safe", "VULNERABLE", "skipped" } };
	static const enum colour colours[] = { COLOUR_GOOD, COLOUR_BAD, COLOUR_DOUBTFUL };
	const char *word = words[p->attack][verdict];

	t->bad |= verdict == BAD;
	if (json)
		text_add(&t->out, "%s\n{\"probe\":%s,\"verdict\":\"%s\",\"text\":%s}",
			 t->count ? "," : "", json_quote(&t->pool, p->name), word,
			 json_quote(&t->pool, why));
	else
		text_add(&t->out, "%s%-11s%s %s%s%s\n", colour(colours[verdict]), word,
			 colour(COLOUR_OFF), p->name, *why ? ": " : "", why);
	t->count++;
}

static int run(int argc, char **argv)
{
	struct selftest t = { .out = { .pool = &t.pool } };
	char directory[] = "/tmp/tare-selftest-XXXXXX", own[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
	int err = 0;

	(void)argc;
	(void)argv;
	own[length > 0 ? length : 0] = '\0';
	if (setenv("TARE_SELF", own, 1)) /* for the scripts, whatever its path has in it */
		return fail(errno, "setenv", "TARE_SELF");
	if (!mkdtemp(directory))
		return fail_as(CODE_FILE, errno, "mkdtemp", "%s", directory);
	t.directory = directory;
	if (chmod(directory, 0755))
		err = fail_as(CODE_FILE, errno, "chmod", "%s", directory);
	if (!err)
		err = prepare(&t, "mkdir -p host bundle; echo MARK >host/mark");
	for (size_t i = 0; !err && i < sizeof probes / sizeof *probes; i++) {
		const struct probe *p = &probes[i];
		enum verdict verdict = INAPPLICABLE;
		const char *why = "needs root";
		if (p->attack && !security)
			continue;
		if (!p->root || geteuid() == 0)
			err = attempt(&t, p, &verdict, &why);
		if (!err)
			say(&t, p, verdict, why);
	}
	/* Whatever has failed, nothing of it stays. */
	struct error first = *error_last();
	if (prepare(&t,
		    pool_text(&t.pool,
			      "for s in state/*; do [ ! -d \"$s\" ] || \"$TARE_SELF\" --root state "
			      "delete --force \"${s#state/}\" || :; done; cd /; rm -rf '%s'",
			      directory)) &&
	    !err)
		err = -EINVAL;
	else
		*error_last() = first;
	if (!err)
		err = json ? print("[%s\n]\n", t.out.bytes) : print("%s", t.out.bytes);
	pool_free(&t.pool);
	return err ? err : t.bad;
}

const struct verb verb_selftest = {
	.name = "selftest",
	.arguments = "[OPTION...]",
	.summary = "run small containers, and say whether this host keeps what tare promises",
	.description =
		"Runs containers from the host's own programs, in a directory below /tmp that\n"
		"is removed at the end, and says of each probe ok or FAILED. With --security\n"
		"images and processes that attack, and safe or VULNERABLE. As root and as a\n"
		"user, which are different tests. It takes a few seconds.",
	.statuses = "0, or 1 if a probe failed.",
	.examples = "  tare selftest\n  tare selftest --security\n",
	.options = options,
	.least = 0,
	.most = 0,
	.run = run,
};
