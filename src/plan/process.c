/* SPDX-License-Identifier: Apache-2.0 */
/* Translates process into rlimits, ids, capabilities, environment and the execve(2): the part
 * of a plan that create and exec share. */
#include "planner.h"

#include "libocispec/near.h"
#include "libocispec/text.h"
#include "seccomp/filter.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* --- checks --- */

/* The runtime's own hard limit, or no limit if it is unknown. */
static uint64_t own_limit(const struct planner *p, enum oci_rlimit type)
{
	for (size_t i = 0; i < p->host->limits.count; i++)
		if (p->host->limits.item[i].type.value == (int)type)
			return p->host->limits.item[i].hard.value;
	return UINT64_MAX;
}

/* Raising a hard limit needs CAP_SYS_RESOURCE in the initial user namespace. */
static bool may_raise(const struct planner *p)
{
	return host_can(p->host, CAP_SYS_RESOURCE) && !p->host->user_namespace.value;
}

static void check_rlimits(struct planner *p)
{
	const struct process *process = p->config->process;
	bool seen[OCI_RLIMIT_COUNT] = { false };

	for (size_t i = 0; i < process->rlimits.count; i++) {
		const struct rlimit_entry *r = &process->rlimits.item[i];
		const char *pointer = pool_text(p->pool, "/process/rlimits/%zu", i);
		enum oci_rlimit type = (enum oci_rlimit)r->type.value;
		if (seen[type]) {
			refuse(p, CODE_RLIMIT, pointer, "a second limit for %s",
			       name_text(&rlimit_names, (int)type));
			cure(p, "remove one of the two");
		}
		if (r->soft.value > r->hard.value) {
			refuse(p, CODE_RLIMIT, pointer,
			       "the soft limit, %llu, is above the hard limit, %llu",
			       (unsigned long long)r->soft.value,
			       (unsigned long long)r->hard.value);
			cure(p, "lower soft, or raise hard");
		}
		if (r->hard.value > own_limit(p, type) && !may_raise(p))
			refuse(p, CODE_RLIMIT, pointer,
			       "the hard limit of %s here is %llu, and raising it to %llu needs "
			       "CAP_SYS_RESOURCE",
			       name_text(&rlimit_names, (int)type),
			       (unsigned long long)own_limit(p, type),
			       (unsigned long long)r->hard.value);
		if (type == OCI_RLIMIT_NOFILE && p->host->files.set &&
		    r->hard.value > p->host->files.value)
			refuse(p, CODE_RLIMIT, pointer, "%llu is above fs.nr_open, which is %llu",
			       (unsigned long long)r->hard.value,
			       (unsigned long long)p->host->files.value);
		seen[type] = true;
	}
}

/* execve(2) refuses longer arguments and variables, and would only fail after everything else
 * is done. */
void check_lengths(struct planner *p, const struct strings *list, const char *pointer)
{
	enum { LONGEST = 32 * 4096 }; /* MAX_ARG_STRLEN */

	for (size_t i = 0; i < list->count; i++)
		if (strlen(list->item[i]) >= LONGEST)
			refuse(p, CODE_SIZE, pool_text(p->pool, "%s/%zu", pointer, i),
			       "%zu bytes; no program can be given more than %d in one",
			       strlen(list->item[i]), LONGEST - 1);
}

/* execve(2): arguments and environment are limited to three quarters of 8 MiB, whatever the
 * stack limit. */
void check_total(struct planner *p, const struct strings *args, const struct strings *env,
		 const char *pointer)
{
	enum { ALL = 6 * 1024 * 1024 };
	size_t total = 0;

	for (size_t i = 0; i < args->count; i++)
		total += strlen(args->item[i]) + 1 + sizeof(char *);
	for (size_t i = 0; i < env->count; i++)
		total += strlen(env->item[i]) + 1 + sizeof(char *);
	if (total > ALL)
		refuse(p, CODE_SIZE, pointer,
		       "args and env have %zu bytes; no program can be given more than %d", total,
		       ALL);
}

static const struct user *user_of(const struct planner *p)
{
	static const struct user root;

	return p->config->process && p->config->process->user ? p->config->process->user : &root;
}

/* map: NULL where ids are not mapped. */
static void check_id(struct planner *p, const char *pointer, const char *what, uint32_t id,
		     const struct id_mappings *map)
{
	if (id == UINT32_MAX) {
		refuse(p, CODE_USER, pointer, "%u stands for \"no %s\", so it can't be used", id,
		       what);
		cure(p, "the largest id is %u", UINT32_MAX - 1);
	} else if (map && !id_mapped(map, id)) {
		refuse(p, CODE_USER, pointer, "%s %u is not mapped in the user namespace", what,
		       id);
	}
}

static void check_user(struct planner *p)
{
	const struct user *u = user_of(p);
	const struct config_linux *l = linux_of(p);
	bool mapped = ns_new(p, OCI_NS_USER);

	if (u->umask.value > 0777) {
		refuse(p, CODE_VALUE, "/process/user/umask", "%u (octal %o) is not a umask",
		       u->umask.value, u->umask.value);
		cure(p, "a umask is from 0 to 511 (octal 777), in decimal: 18 is octal 022");
	}
	check_id(p, "/process/user/uid", "uid", u->uid.value, mapped ? &l->uid_mappings : NULL);
	check_id(p, "/process/user/gid", "gid", u->gid.value, mapped ? &l->gid_mappings : NULL);
	for (size_t i = 0; i < u->additional_gids.count; i++) {
		const char *pointer = pool_text(p->pool, "/process/user/additionalGids/%zu", i);
		uint32_t gid = u->additional_gids.item[i];
		check_id(p, pointer, "gid", gid, mapped ? &l->gid_mappings : NULL);
		if (!host_can(p->host, CAP_SETGID) && !p->host->newgidmap) {
			refuse(p, CODE_GROUPS, pointer,
			       "setting groups needs privileges or newgidmap");
			cure(p, "remove additionalGids, or install newgidmap (package uidmap) and "
				"map a "
				"range that /etc/subgid gives this user");
		}
	}
}

bool keeps_groups(const struct planner *p)
{
	return annotation(p, "run.oci.keep_original_groups"); /* crun(1): with any value */
}

void check_process(struct planner *p)
{
	const struct process *process = p->config->process;

	check_lengths(p, &process->args, "/process/args");
	check_lengths(p, &process->env, "/process/env");
	check_total(p, &process->args, &process->env, "/process");
	if (!process->args.count)
		refuse(p, CODE_PROCESS, "/process/args",
		       "process args cannot be empty: there is no program to run");
	else if (!*process->args.item[0])
		refuse(p, CODE_PROCESS, "/process/args/0", "the name of the program is empty");
	if (*process->cwd != '/')
		refuse(p, CODE_PATH, "/process/cwd", "\"%s\" is not an absolute path",
		       process->cwd);
	if (process->oom_score_adj.value < -1000 || process->oom_score_adj.value > 1000)
		refuse(p, CODE_VALUE, "/process/oomScoreAdj", "%lld is not from -1000 to 1000",
		       (long long)process->oom_score_adj.value);
	if (keeps_groups(p) && user_of(p)->additional_gids.count)
		warn(p, CODE_IGNORED, "/process/user/additionalGids",
		     "run.oci.keep_original_groups: not "
		     "set");
	check_rlimits(p);
	check_user(p);
}

/* --- before the identity changes --- */

static void add_rlimit(struct planner *p, enum who who, size_t index, bool raise)
{
	const struct rlimit_entry *r = &p->config->process->rlimits.item[index];

	add(p, OP_RLIMIT, who, "/process/rlimits/%zu", index)->rlimit =
		(struct step_rlimit){ rlimit_resource((enum oci_rlimit)r->type.value),
				      r->soft.value, r->hard.value,
				      name_text(&rlimit_names, r->type.value), raise };
}

/* Adds only RLIMIT_NOFILE, or all limits except RLIMIT_NOFILE. */
void add_rlimits(struct planner *p, bool files)
{
	const struct process *process = p->config->process;

	for (size_t i = 0; process && i < process->rlimits.count; i++) {
		const struct rlimit_entry *r = &process->rlimits.item[i];
		if ((r->type.value == OCI_RLIMIT_NOFILE) == files)
			add_rlimit(p, WHO_INIT, i,
				   p->building && r->type.value == OCI_RLIMIT_NPROC);
	}
}

bool limits_processes(const struct planner *p)
{
	const struct process *process = process_of(p);
	bool limited = false;

	for (size_t i = 0; i < process->rlimits.count; i++)
		limited |= process->rlimits.item[i].type.value == OCI_RLIMIT_NPROC;
	return limited;
}

/* A stager that already is the container's user must still be allowed to clone init. */
void add_late_rlimits(struct planner *p)
{
	const struct process *process = p->config->process;

	for (size_t i = 0; process && i < process->rlimits.count; i++)
		if (process->rlimits.item[i].type.value == OCI_RLIMIT_NPROC)
			add_rlimit(p, WHO_INIT, i, false);
}

void add_raised_limits(struct planner *p, enum who who)
{
	const struct process *process = p->config->process;

	for (size_t i = 0; process && p->ns[OCI_NS_USER] && i < process->rlimits.count; i++) {
		const struct rlimit_entry *r = &process->rlimits.item[i];
		if (r->hard.value > own_limit(p, (enum oci_rlimit)r->type.value))
			add_rlimit(p, who, i, true);
	}
}

void add_early_process(struct planner *p, enum who who)
{
	const struct process *process = p->config->process;

	if (process && process->oom_score_adj.set)
		add(p, OP_OOM, who, "/process/oomScoreAdj")->text.text =
			pool_text(p->pool, "%lld", (long long)process->oom_score_adj.value);
}

/* A session is that of the process which makes it, a keyring is inherited. */
void add_session(struct planner *p)
{
	if (!p->building)
		add(p, OP_SESSION, WHO_INIT, "/process");
	if (!p->request->no_new_keyring.value)
		add(p, OP_KEYRING, WHO_INIT, "/process");
}

/* --- environment --- */

/* Of several variables with the same name, keeps the last, in the position of the first. */
static void drop_repeated(struct planner *p, const struct strings *list, const char **kept,
			  size_t *count)
{
	struct entry *e = pool_alloc(p->pool, (list->count + 1) * sizeof *e);

	for (size_t i = 0; i < list->count; i++)
		e[i] = (struct entry){
			pool_copy(p->pool, list->item[i], strcspn(list->item[i], "=")), i
		};
	entries_sort(e, list->count);
	*count = 0;
	for (size_t i = 0, first; i < list->count; i++) {
		first = e[i].index;
		while (i + 1 < list->count && !strcmp(e[i].text, e[i + 1].text))
			i++;
		if (*list->item[e[i].index])
			e[(*count)++] = (struct entry){ list->item[e[i].index], first };
	}
	entries_restore_order(e, *count);
	for (size_t i = 0; i < *count; i++)
		kept[i] = e[i].text;
}

static const char *variable(char *const *env, const char *name)
{
	size_t length = strlen(name);

	for (; *env; env++)
		if (!strncmp(*env, name, length) && (*env)[length] == '=')
			return *env + length + 1;
	return NULL;
}

/* If the config does not set HOME, init takes it from the container's /etc/passwd. */
static bool sets_home(char *const *env)
{
	const char *home = variable(env, "HOME");

	return !home || !*home;
}

static void drop_empty_home(char **env)
{
	for (; *env && strcmp(*env, "HOME=") != 0; env++)
		;
	for (; *env; env++)
		*env = env[1];
}

/* Reserves space for a variable whose value init fills in; all environments share it. */
static char *room_for(struct planner *p, char **room, size_t size, const char *text)
{
	if (!*room) {
		*room = pool_alloc(p->pool, size);
		strcpy(*room, text);
	}
	return *room;
}

/* `ours`: add the variables that the runtime itself sets. */
static char **environment(struct planner *p, const struct strings *list, bool ours)
{
	char **env = pool_alloc(p->pool, (list->count + 6) * sizeof *env);
	const char **kept = pool_alloc(p->pool, (list->count + 1) * sizeof *kept);
	size_t count;

	drop_repeated(p, list, kept, &count);
	for (size_t i = 0; i < count; i++)
		env[1 + i] = pool_copy(p->pool, kept[i], strlen(kept[i]));
	count++;
	if (ours && notify_variable(p))
		env[count++] = pool_text(p->pool, "%s", notify_variable(p));
	if (ours && p->request->listen_fds.value) {
		env[count++] = pool_text(p->pool, "LISTEN_FDS=%u", p->request->listen_fds.value);
		env[count++] = room_for(p, &p->listen_pid, LISTEN_ROOM, "LISTEN_PID=");
		if (p->request->listen_names)
			env[count++] = pool_text(p->pool, "LISTEN_FDNAMES=%s",
						 p->request->listen_names);
	}
	if (!sets_home(env + 1))
		return env + 1;
	drop_empty_home(env + 1);
	env[0] = room_for(p, &p->home, HOME_ROOM, "HOME=/");
	return env;
}

static char **process_environment(struct planner *p)
{
	static const struct strings nothing;

	if (!p->env)
		p->env = environment(p, p->config->process ? &p->config->process->env : &nothing,
				     true);
	return p->env;
}

/* --- capabilities --- */

static uint64_t known_capabilities(const struct planner *p)
{
	/* A process in a new user namespace has all capabilities, whichever the runtime has
	 * outside. */
	uint64_t all = ((uint64_t)1 << (CAP_LAST_CAP + 1)) - 1;

	return p->ns[OCI_NS_USER] ? all : p->host->bounding.value;
}

_Static_assert(OCI_CAP_KILL == CAP_KILL && OCI_CAP_SETFCAP == CAP_SETFCAP &&
		       OCI_CAP_CHECKPOINT_RESTORE == CAP_CHECKPOINT_RESTORE,
	       "the table of capabilities is the kernel's");

/* The capabilities that the process does not get. Each is reported once, however many sets ask
 * for it. */
struct refused_caps {
	struct strings unknown;
	uint64_t told;
};

static uint64_t capability_set(struct planner *p, const struct strings *list, const char *set,
			       uint64_t limit, const char *limit_name, struct refused_caps *r)
{
	struct text dropped = { .pool = p->pool };
	uint64_t bits = 0;

	for (size_t i = 0; i < list->count; i++) {
		int number = name_value(&capability_names, list->item[i]);
		uint64_t bit = number < 0 ? 0 : (uint64_t)1 << number;
		if (number < 0) {
			r->unknown.item = pool_grow(p->pool, r->unknown.item, r->unknown.count,
						    sizeof *r->unknown.item);
			r->unknown.item[r->unknown.count++] = list->item[i];
		} else if (limit & bit) {
			bits |= bit;
		} else if (!(r->told & bit)) {
			text_add(&dropped, "%s%s", dropped.used ? ", " : "", list->item[i]);
			r->told |= bit;
		}
	}
	/* One warning for all, since some engines always ask for many capabilities that are
	 * unavailable. */
	if (dropped.used)
		warn(p, CODE_CAPABILITY, pool_text(p->pool, "/process/capabilities/%s", set),
		     "not in the %s set, so dropped: %s", limit_name, dropped.bytes);
	return bits;
}

static const char *nearest_capability(const char *word)
{
	struct nearest nearest = { .word = word };

	for (int i = 0; i < (int)OCI_CAP_COUNT; i++)
		nearest_try(&nearest, name_text(&capability_names, i));
	return nearest.best;
}

static void warn_of_unknown(struct planner *p, const struct strings *unknown)
{
	struct entry *e = pool_alloc(p->pool, (unknown->count + 1) * sizeof *e);
	struct text names = { .pool = p->pool };
	size_t distinct = 0;

	for (size_t i = 0; i < unknown->count; i++)
		e[i] = (struct entry){ unknown->item[i], i };
	entries_sort(e, unknown->count);
	for (size_t i = 0; i < unknown->count; i++)
		if (!i || strcmp(e[i].text, e[i - 1].text))
			text_add(&names, "%s\"%s\"", distinct++ ? ", " : "", e[i].text);
	if (!distinct)
		return;
	warn(p, CODE_CAPABILITY, "/process/capabilities", "unknown capability %s is ignored",
	     names.bytes);
	const char *near = distinct == 1 ? nearest_capability(e[0].text) : NULL;
	if (near)
		cure(p, "did you mean %s?", near);
}

static struct step_caps make_capabilities(struct planner *p)
{
	static const struct capabilities none;
	const struct capabilities *c = p->config->process && p->config->process->capabilities
					       ? p->config->process->capabilities
					       : &none;
	struct refused_caps r = { 0 };
	struct step_caps caps;

	caps.bounding = capability_set(p, &c->bounding, "bounding", known_capabilities(p),
				       "runtime's bounding", &r);
	caps.permitted = capability_set(p, &c->permitted, "permitted", caps.bounding, "bounding",
					&r);
	caps.effective = capability_set(p, &c->effective, "effective", caps.permitted, "permitted",
					&r);
	caps.inheritable = capability_set(p, &c->inheritable, "inheritable", caps.bounding,
					  "bounding", &r);
	caps.ambient = capability_set(p, &c->ambient, "ambient", caps.permitted & caps.inheritable,
				      "permitted and the inheritable", &r);
	warn_of_unknown(p, &r.unknown);
	return caps;
}

/* Computed only once, so that the warnings are not repeated. */
static struct step_caps capabilities(struct planner *p)
{
	if (!p->caps) {
		struct step_caps *caps = pool_alloc(p->pool, sizeof *caps);
		*caps = make_capabilities(p);
		p->caps = caps;
	}
	return *p->caps;
}

void check_capabilities(struct planner *p)
{
	(void)capabilities(p);
}

bool groups_may_stay(const struct planner *p)
{
	return ns_joined(p, OCI_NS_USER) || p->host->user_namespace.value;
}

static bool sets_groups(const struct planner *p)
{
	return !keeps_groups(p) &&
	       (host_can(p->host, CAP_SETGID) || (ns_new(p, OCI_NS_USER) && p->host->newgidmap &&
						  linux_of(p)->gid_mappings.count > 1));
}

/* What the process will have, and what loading a filter takes. */
void add_dropped_caps(struct planner *p)
{
	struct step_caps caps = capabilities(p);

	caps.permitted |= caps.inheritable | (uint64_t)1 << CAP_SYS_ADMIN;
	add(p, OP_DROP_CAPS, WHO_STAGER, "/process/capabilities")->caps = caps;
}

bool may_trace(struct planner *p)
{
	return capabilities(p).bounding >> CAP_SYS_PTRACE & 1;
}

/* --- steps --- */

void add_chdir(struct planner *p, unsigned allow)
{
	const char *cwd = p->config->process ? p->config->process->cwd : "/";

	if (!strcmp(cwd, "/"))
		return; /* already the working directory after the pivot */
	struct step *step = add(p, OP_CHDIR, WHO_INIT, "/process/cwd");
	step->chdir = (struct step_chdir){ cwd, p->plan->exec, SLOT_IN_CWD };
	step->allow = allow;
}

/* Creates the working directory while the root is still writable; `chdir` could no longer do
 * so. */
void add_directory(struct planner *p)
{
	const struct process *process = p->config->process;

	if (!process || !p->config->root->readonly.value || !strcmp(process->cwd, "/"))
		return;
	struct step *step = add(p, OP_DIRECTORY, WHO_INIT, "/process/cwd");
	step->text.text = process->cwd;
	step->allow = MAY_FAIL; /* `chdir` reports the error */
}

/* execvp(3): a name without a slash is searched for in PATH, where an empty entry means the
 * working directory. */
static char *const *candidates(struct planner *p, const char *name, const char *path)
{
	bool searches = !strchr(name, '/');
	size_t count = 1, used = 0;

	for (const char *c = path; searches && *c; c++)
		count += *c == ':';
	char **candidate = pool_alloc(p->pool, (count + 1) * sizeof *candidate);
	if (!searches)
		candidate[used++] = pool_copy(p->pool, name, strlen(name));
	while (used < count) {
		size_t length = strcspn(path, ":");
		candidate[used++] = pool_text(p->pool, "%.*s%s%s", (int)length, path,
					      length ? "/" : "./", name);
		path += length + 1;
	}
	return candidate;
}

void add_lookup(struct planner *p)
{
	const struct process *process = p->config->process;

	if (!process)
		return;
	const char *name = process->args.item[0];
	const char *path = variable(process_environment(p), "PATH");
	if (!path)
		path = DEFAULT_PATH;
	p->candidate = candidates(p, name, path);
	add(p, OP_LOOKUP, WHO_INIT, "/process/args/0")->lookup =
		(struct step_lookup){ name, path, p->candidate, SLOT_PROGRAM, SLOT_FLAW };
}

void add_close(struct planner *p)
{
	add(p, OP_CLOSE, WHO_INIT, "/")->close = (struct step_close){
		.preserve = (int)p->request->preserve_fds.value, .entries = p->plan->exec
	};
}

void add_stdio(struct planner *p)
{
	if (p->config->process)
		add(p, OP_STDIO, WHO_INIT, "/process/user")->ids = (struct step_ids){
			.uid = user_of(p)->uid.value, .gid = user_of(p)->gid.value
		};
}

void add_home(struct planner *p)
{
	char **env = process_environment(p);

	if (p->config->process && env[0] == p->home)
		add(p, OP_HOME, WHO_INIT, "/process/env")->home =
			(struct step_home){ user_of(p)->uid.value, p->home };
}

void add_bounding(struct planner *p)
{
	add(p, OP_BOUNDING, WHO_INIT, "/process/capabilities/bounding")->caps = capabilities(p);
}

void add_user(struct planner *p)
{
	const struct user *u = user_of(p);

	add(p, OP_USER, WHO_INIT, "/process/user")->ids = (struct step_ids){
		.uid = u->uid.value,
		.gid = u->gid.value,
		.groups = u->additional_gids.item,
		.group_count = u->additional_gids.count,
		.set_groups = sets_groups(p),
		.groups_may_stay = groups_may_stay(p),
		.umask = u->umask.set ? (int)u->umask.value : 022,
	};
}

void add_no_new_privs(struct planner *p)
{
	add(p, OP_NNP, WHO_INIT, "/process/noNewPrivileges");
}

void add_caps(struct planner *p)
{
	add(p, OP_CAPS, WHO_INIT, "/process/capabilities")->caps = capabilities(p);
}

void add_exec(struct planner *p)
{
	const struct process *process = p->config->process;
	char **argv = pool_alloc(p->pool, ((process ? process->args.count : 0) + 1) * sizeof *argv);

	for (size_t i = 0; process && i < process->args.count; i++)
		argv[i] = pool_copy(p->pool, process->args.item[i], strlen(process->args.item[i]));
	add(p, OP_EXEC, WHO_INIT, "/process/args")->exec = (struct step_exec){
		.candidate = p->candidate,
		.found = process ? SLOT_PROGRAM : NO_SLOT,
		.flaw = process ? SLOT_FLAW : NO_SLOT,
		.filtered = p->inputs->filter && p->inputs->filter->count,
		.argv = argv,
		.env = process_environment(p),
		.listen_pid = p->listen_pid,
	};
}

char *const *hook_environment(struct planner *p)
{
	return environment(p, &p->config->process->env, false);
}
