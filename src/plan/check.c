/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the document as a whole: its version, its root, and the annotations that this
 * version of tare can't honour. */
#include "planner.h"

#include <stdlib.h>
#include <string.h>

/* config.md, "Specification version": SemVer; all of 1.x is compatible, including versions
 * such as "1.0.2-dev". */
static void check_version(struct planner *p)
{
	char *end;
	const char *version = p->config->oci_version;
	long major = strtol(version, &end, 10);

	if (end == version || *end != '.' || end[1] < '0' || end[1] > '9')
		refuse(p, CODE_VERSION, "/ociVersion",
		       "\"%s\" is not a version of the form MAJOR.MINOR.PATCH", version);
	else if (major != 1)
		refuse(p, CODE_VERSION, "/ociVersion",
		       "version %s of the specification is not supported; 1.x is", version);
}

/* Linux 5.4 has the mount API and pidfds. For later system calls there are fallbacks. */
static void check_kernel(struct planner *p)
{
	if (p->host->kernel.value < 504)
		refuse(p, CODE_KERNEL, "", "tare needs Linux 5.4; this is %u.%u",
		       p->host->kernel.value / 100, p->host->kernel.value % 100);
}

static void check_root(struct planner *p)
{
	const struct root *root = p->config->root;

	if (!root)
		refuse(p, CODE_ROOT, "/root", "a container on Linux needs a root filesystem");
	else if (!*root->path)
		refuse(p, CODE_ROOT, "/root/path", "the path of the root filesystem is empty");
}

/* The specification allows a runtime to ignore labels that no security module can enforce, and
 * engines rely on that. */
static void check_labels(struct planner *p)
{
	const struct process *process = p->config->process;
	const struct {
		const char *pointer, *label, *module;
		bool on;
	} label[] = {
		{ "/process/apparmorProfile", process ? process->apparmor_profile : NULL,
		  "AppArmor", p->host->apparmor.value },
		{ "/process/selinuxLabel", process ? process->selinux_label : NULL, "SELinux",
		  p->host->selinux.value },
		{ "/linux/mountLabel", linux_of(p)->mount_label, "SELinux",
		  p->host->selinux.value },
	};

	const char *told = "";
	for (size_t i = 0; i < sizeof label / sizeof *label; i++) {
		if (!label[i].label || !*label[i].label || label[i].on)
			continue;
		/* One warning for one module. */
		void (*say)(struct planner *, enum code, const char *, const char *,
			    ...) = strcmp(told, label[i].module) ? warn : note;
		say(p, CODE_LABEL, label[i].pointer,
		    "%s is off on this machine: the label is not applied", label[i].module);
		told = label[i].module;
	}
}

/* With this annotation crun runs the container with a handler, such as a WebAssembly runtime.
 * Running it as a Linux program instead would be wrong. */
static void check_handler(struct planner *p)
{
	const char *handler = annotation(p, "run.oci.handler");

	if (handler && *handler)
		refuse(p, CODE_HANDLER, "/annotations/run.oci.handler",
		       "\"%s\": tare has no handlers, it only runs Linux programs", handler);
}

/* Warns of annotations that crun implements and tare does not, so that they are not ignored
 * silently. */
static void check_annotations(struct planner *p)
{
	static const char *const known[] = {
		"run.oci.handler",	    "run.oci.hooks.stderr",
		"run.oci.hooks.stdout",	    "run.oci.keep_original_groups",
		"run.oci.pidfd_receiver",   "run.oci.seccomp.receiver",
		"run.oci.seccomp_bpf_data", "run.oci.seccomp_fail_unknown_syscall",
		"run.oci.systemd.subgroup",
	};
	static const char *const others[] = { "run.oci.", "krun.", "module.wasm." };
	const struct string_map *map = &p->config->annotations;

	for (size_t i = 0; i < map->count; i++) {
		bool acts = false, theirs = false;
		for (size_t k = 0; k < sizeof known / sizeof *known; k++)
			acts |= !strcmp(map->item[i].key, known[k]);
		for (size_t k = 0; k < sizeof others / sizeof *others; k++)
			theirs |= !strncmp(map->item[i].key, others[k], strlen(others[k]));
		if (theirs && !acts)
			warn(p, CODE_ANNOTATION,
			     json_pointer(p->pool, "/annotations", map->item[i].key),
			     "tare does not support this annotation");
	}
}

void check_config(struct planner *p)
{
	check_kernel(p);
	check_version(p);
	check_root(p);
	check_handler(p);
	check_annotations(p);
	check_namespaces(p);
	check_labels(p);
	if (p->config->process) {
		check_process(p);
		check_capabilities(p);
	}
	check_attributes(p);
	check_terminal(p);
	read_mounts(p);
	check_mounts(p);
	check_devices(p);
	read_devices(p);
	check_resources(p);
	check_net_devices(p);
	check_rdt(p);
	check_hooks(p);
	check_seccomp(p);
}
