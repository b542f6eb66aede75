/* SPDX-License-Identifier: Apache-2.0 */
/* Runs another process in a container: the process of config.json as changed by the options, or
 * one that a JSON document describes. */
#include "cmd.h"
#include "ending.h"

#include "base/error.h"
#include "cgroup/members.h"
#include "base/log.h"
#include "stage/launch.h"
#include "plan/record.h"
#include "seccomp/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *escape;
static char escape_bytes[ESCAPE_MAX + 1];
static bool detach, terminal, no_new_privileges, ignore_paused, no_subreaper;
static const char *cwd, *user, *document, *apparmor, *label;
static const char *pid_file, *console_socket, *pidfd_socket;
static unsigned preserve_fds;
static struct option_list env, groups, capabilities, cgroups;

static const struct option options[] = {
	FLAG("detach", 'd', detach, "do not wait for the process"),
	FLAG("tty", 't', terminal, "allocate a terminal for the process"),
	TEXT("escape-keys", 0, escape, "KEYS",
	     "with a terminal: keys that kill the process, such as ctrl-] or ctrl-p,ctrl-q "
	     "(default: "
	     "none)"),
	LIST("env", 'e', env, "NAME=VALUE",
	     "add an environment variable; the last one of a name counts"),
	TEXT("cwd", 0, cwd, "DIR", "working directory of the process"),
	TEXT("user", 'u', user, "UID[:GID]", "numeric user and group id of the process"),
	LIST("additional-gids", 'g', groups, "GID", "add a supplementary group id"),
	TEXT("process", 'p', document, "FILE",
	     "read the process from FILE, a JSON object like process of config.json"),
	TEXT("pid-file", 0, pid_file, "FILE", "write the pid of the process to FILE"),
	TEXT("console-socket", 0, console_socket, "SOCKET",
	     "send the master of the terminal to SOCKET"),
	TEXT("pidfd-socket", 0, pidfd_socket, "SOCKET", "send the pidfd of the process to SOCKET"),
	NUMBER("preserve-fds", 0, preserve_fds, "N",
	       "pass N more descriptors to the process, from 3"),
	LIST("cap", 'c', capabilities, "CAP_NAME", "add a capability"),
	LIST("cgroup", 0, cgroups, "[CONTROLLER,...:]PATH",
	     "run in a cgroup below the container's; CONTROLLER is for cgroup v1"),
	TEXT("apparmor", 0, apparmor, "PROFILE", "AppArmor profile of the process"),
	TEXT("process-label", 0, label, "LABEL", "SELinux label of the process"),
	FLAG("no-new-privs", 0, no_new_privileges,
	     "set no_new_privs: the process cannot gain privileges"),
	FLAG("ignore-paused", 0, ignore_paused,
	     "allow a paused container; the process runs after resume"),
	FLAG("no-subreaper", 0, no_subreaper,
	     "accepted for compatibility with runc; exec is never a subreaper"),
	END_OF_OPTIONS,
};

static int merge_user(struct pool *pool, const struct process *own, struct process *p)
{
	struct user *u = pool_alloc(pool, sizeof *u);

	*u = p->user ? *p->user : (struct user){ 0 };
	if (own->user && !u->umask.set)
		u->umask = own->user->umask;
	p->user = u;
	int err = user ? parse_user(user, &u->uid, &u->gid) : 0;
	if (err)
		return err;
	struct numbers theirs = u->additional_gids;
	u->additional_gids.item = pool_alloc(pool,
					     (theirs.count + groups.count + 1) * sizeof(uint32_t));
	if (theirs.count)
		memcpy(u->additional_gids.item, theirs.item, theirs.count * sizeof(uint32_t));
	for (size_t i = 0; i < groups.count; i++) {
		struct opt_u32 gid;
		err = parse_id("additional-gids", groups.item[i], strlen(groups.item[i]), &gid);
		if (err)
			return err;
		u->additional_gids.item[u->additional_gids.count++] = gid.value;
	}
	return 0;
}

static struct strings joined(struct pool *pool, const struct strings *a, const char *const *b,
			     size_t count)
{
	struct strings list = { 0 };

	list.item = pool_alloc(pool, (a->count + count + 1) * sizeof *list.item);
	for (size_t i = 0; i < a->count; i++)
		list.item[list.count++] = a->item[i];
	for (size_t i = 0; i < count; i++)
		list.item[list.count++] = b[i];
	return list;
}

static bool contains(const struct strings *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->item[i], text))
			return true;
	return false;
}

/* Adds to the bounding, permitted and effective sets. Only an inheritable capability becomes
 * ambient, and no option makes one inheritable (CVE-2022-29162). */
static void merge_capabilities(struct pool *pool, struct process *p)
{
	struct capabilities *c = pool_alloc(pool, sizeof *c);

	*c = p->capabilities ? *p->capabilities : (struct capabilities){ 0 };
	p->capabilities = c;
	c->bounding = joined(pool, &c->bounding, capabilities.item, capabilities.count);
	c->permitted = joined(pool, &c->permitted, capabilities.item, capabilities.count);
	c->effective = joined(pool, &c->effective, capabilities.item, capabilities.count);
	for (size_t i = 0; i < capabilities.count; i++)
		if (contains(&c->inheritable, capabilities.item[i]))
			c->ambient = joined(pool, &c->ambient, &capabilities.item[i], 1);
}

/* Members that are missing from the document are taken from the container's own process. */
static int read_document(struct pool *pool, const struct process *own, struct process *p)
{
	int err = process_read(pool, "--process", document, p);

	if (err)
		return err;
	if (!p->capabilities)
		p->capabilities = own->capabilities;
	if (!p->rlimits.count)
		p->rlimits = own->rlimits;
	if (!p->scheduler)
		p->scheduler = own->scheduler;
	if (!p->io_priority)
		p->io_priority = own->io_priority;
	if (!p->exec_cpu_affinity)
		p->exec_cpu_affinity = own->exec_cpu_affinity;
	if (!p->oom_score_adj.set)
		p->oom_score_adj = own->oom_score_adj;
	if (!p->no_new_privileges.set)
		p->no_new_privileges = own->no_new_privileges;
	if (!p->apparmor_profile)
		p->apparmor_profile = own->apparmor_profile;
	if (!p->selinux_label)
		p->selinux_label = own->selinux_label;
	return 0;
}

static int make_process(struct pool *pool, struct config *config, char **argv)
{
	static const struct process none = { .cwd = "/" };
	const struct process *own = config->process ? config->process : &none;
	struct process *p = pool_alloc(pool, sizeof *p);

	*p = (struct process){ 0 };
	if (document) {
		int err = read_document(pool, own, p);
		if (err)
			return err;
	} else {
		size_t count = 0;
		while (argv[count])
			count++;
		*p = *own;
		p->args = joined(pool, &(struct strings){ 0 }, (const char *const *)argv, count);
		p->terminal.value = false;
	}
	p->env = joined(pool, &p->env, env.item, env.count);
	p->terminal.value |= terminal;
	if (*escape_bytes && (detach || console_socket || !p->terminal.value))
		return escape_needs_terminal();
	p->no_new_privileges.value |= no_new_privileges;
	p->cwd = cwd ? cwd : p->cwd;
	p->apparmor_profile = apparmor ? apparmor : p->apparmor_profile;
	p->selinux_label = label ? label : p->selinux_label;
	if (capabilities.count)
		merge_capabilities(pool, p);
	config->process = p;
	return merge_user(pool, own, p);
}

static int read_cgroups(struct container *c, struct joining *joining)
{
	const struct record *record = container_record(c);

	for (size_t i = 0; record && i < record->cgroups.count && i < CGROUP_MAX; i++) {
		const struct recorded_cgroup *g = &record->cgroups.item[i];
		joining->cgroup[joining->cgroups++] = (struct joined_cgroup){ g->mount, g->path, "",
									      g->unified.value };
	}
	return record ? 0 : -EINVAL;
}

static int check_status(struct container *c)
{
	enum oci_status status = status_of(c);

	if (status == OCI_RUNNING || status == OCI_CREATED ||
	    (status == OCI_PAUSED && ignore_paused))
		return 0;
	if (status == OCI_PAUSED)
		return fail_as(
			CODE_CONTAINER_STATE, 0, NULL,
			"cannot exec in a paused container (use --ignore-paused to override)");
	return fail_as(CODE_CONTAINER_STATE, 0, NULL,
		       "cannot exec in a %s container: container not running",
		       name_text(&status_names, (int)status));
}

/* The source of a member of process, if it is not config.json: "--cwd", "--process FILE#/cwd".
 * NULL: config.json. */
static const char *source_of(struct pool *pool, const char *pointer)
{
	static const char common[] = "/process";
	const char *member = pointer + sizeof common - 1;

	if (strncmp(pointer, common, sizeof common - 1))
		return NULL;
	if (!strcmp(member, "/cwd") && cwd)
		return "--cwd";
	if (!strncmp(member, "/user", 5) && (user || groups.count))
		return "--user";
	if (!strncmp(member, "/capabilities", 13) && capabilities.count)
		return "--cap";
	if (!strncmp(member, "/env", 4) && env.count)
		return "--env";
	if (!strcmp(member, "/apparmorProfile") && apparmor)
		return "--apparmor";
	if (!strcmp(member, "/selinuxLabel") && label)
		return "--process-label";
	if (!strcmp(member, "/terminal") && (terminal || console_socket))
		return "--tty";
	return document ? pool_text(pool, "--process %s#%s", document, member) : NULL;
}

static int name_the_source(struct pool *pool, int err)
{
	const char *pointer = error_last()->pointer,
		   *source = err ? source_of(pool, pointer) : NULL;

	/* Neither the program to run nor the namespaces to join come from config.json. */
	if (source || (err && !strncmp(pointer, "/linux/namespaces", 17)) ||
	    (err && !strncmp(pointer, "/process/args", 13)))
		(void)from_elsewhere(source);
	return err;
}

/* Only warnings of what the command line or the document says; create has given those of
 * config.json. */
static void say_new_warnings(struct pool *pool, const struct plan *plan)
{
	for (size_t i = 0; i < plan->findings.count; i++) {
		const struct finding *f = &plan->findings.item[i];
		const char *source = source_of(pool, f->pointer);
		if (source && f->severity == SEVERITY_WARNING)
			say_warning(source, f);
	}
}

static int launch_process(struct container *c, struct pool *pool, unsigned listened, char **argv,
			  struct child *child)
{
	auto_plan plan = { 0 };
	struct kept kept;
	struct config config;
	struct host host;
	struct joining joining = { .below = joined(pool, &(struct strings){ 0 }, cgroups.item,
						   cgroups.count) };

	int err = kept_read(c, &kept, &config);
	if (!err)
		err = make_process(pool, &config, argv);
	if (!err)
		err = host_probe(pool, &host);
	if (!err)
		err = read_cgroups(c, &joining);
	if (err)
		return err;
	host_probe_limits(pool, &host, config.process);
	for (size_t i = 0; i < joining.cgroups; i++)
		if (!joining.cgroup[i].unified)
			joining.cgroup[i].controllers = host_controllers(kept.host,
									 joining.cgroup[i].mount);
	struct request exec = {
		.id = kept.request->id,
		.bundle = kept.request->bundle,
		.state = kept.request->state,
		.no_new_keyring = kept.request->no_new_keyring,
		.pid_file = absolute(pool, pid_file),
		.console_socket = absolute(pool, console_socket),
		.pidfd_socket = absolute(pool, pidfd_socket),
		.relay = { !detach && !console_socket, true },
		.preserve_fds = { preserve_fds + listened, preserve_fds + listened > 0 },
		.listen_fds = { listened, listened > 0 },
		.listen_names = listened ? getenv("LISTEN_FDNAMES") : NULL,
	};
	struct filter filter;
	filter_make(pool, &config, &filter);
	const struct inputs inputs = { .config = &config,
				       .request = &exec,
				       .host = &host,
				       .filter = &filter,
				       .joining = &joining };
	err = plan_make_exec(&plan, &inputs);
	say_new_warnings(pool, &plan);
	if (err)
		return name_the_source(pool, err);
	struct launch l = { .plan = &plan, .container = c, .timed = globals.timings };
	err = launch_exec(&l);
	report_timings("exec", c->id, &plan, l.timing, 0);
	if (!err) {
		*child = (struct child){ .pid = l.pid,
					 .pidfd = l.pidfd,
					 .relay = l.relay,
					 .notify = -1,
					 .escape = escape_bytes };
		filter_keep(&filter);
	}
	return name_the_source(pool, err);
}

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;
	auto_pool pool = { 0 };
	struct child child = { .pidfd = -1, .relay = -1, .notify = -1 };
	char **words = argv + 1;

	(void)argc;
	if (*words && !strcmp(*words, "--"))
		words++;
	if (!*words && !document) {
		(void)fail_as(CODE_PROCESS, 0, NULL,
			      "process args cannot be empty: there is no program to run");
		return hint("tare exec ID PROGRAM...; for a shell: tare exec --tty ID sh");
	}
	if (escape && parse_escape(escape, escape_bytes))
		return -EINVAL;
	/* This must come before we open anything. */
	unsigned listened = listen_fds();
	int err = guard_descriptors(preserve_fds + listened);
	if (!err)
		err = container_open(&c, state_root(), argv[0]);
	if (!err)
		err = check_status(&c);
	if (err)
		return err;
	if (!detach)
		attend_begin(false);
	uint64_t kills = detach ? 0 : members_oom_kills(container_record(&c));
	err = launch_process(&c, &pool, listened, words, &child);
	int status = err || detach ? err : attend(&child);
	if (!err && status > 0)
		ending_explain(&c, &child, status, kills);
	child_close(&child);
	pool_free(&pool);
	return status;
}

const struct verb verb_exec = {
	.name = "exec",
	.arguments = "[OPTION...] ID PROGRAM [ARGUMENT...]",
	.summary = "run another process in a container",
	.description =
		"Runs another process in a container that is running or created. It is the\n"
		"process of config.json, with the program of the command line and the\n"
		"changes that the options make; or that of --process. exec waits for it,\n"
		"forwards signals to it, and relays its terminal if it has one.\n"
		"\n"
		"Options end at the id, so that the program may have options of its own; --\n"
		"may come before it. The process joins all namespaces and the cgroup of the\n"
		"container, and passes its seccomp filter.",
	.examples = "  tare exec mine ps\n"
		    "  tare exec --tty mine sh\n"
		    "  tare exec --user 1000:1000 --cwd /tmp --env A=b mine env\n",
	.statuses = "the status of the process, or 128 + the signal that killed it; 255 if it\n"
		    "could not be run.",
	.options = options,
	.least = 1,
	.most = ANOTHERS,
	.run = run,
	.enters = true,
	.failure = 255,
};
