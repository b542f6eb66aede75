/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoint and restore: what criu(8) is asked. A checkpoint needs only what is not to be in its
 * image; a restore makes the container's cgroups, and names what is in place of the files, mounts
 * and namespaces that are not in the image. */
#include "mount_entry.h"
#include "paths.h"
#include "record.h"

#include <string.h>
#include <sys/mount.h>

static void check_mounts_of_image(struct planner *p)
{
	for (size_t i = 0; i < p->mounts.count; i++) {
		const struct planned_mount *m = &p->mounts.item[i];
		if (m->idmapped) {
			refuse(p, CODE_CRIU, m->pointer, "criu can't restore ID-mapped mounts");
			cure(p, "leave out the mapping");
		}
		/* criu puts it into a text of its own: "mnt[DESTINATION]:SOURCE". */
		if (strstr(m->path, "]:")) {
			refuse(p, CODE_CRIU, pool_text(p->pool, "%s/destination", m->pointer),
			       "\"%s\" can't be told to criu: it has \"]:\"", m->path);
			cure(p, "choose another destination");
		}
	}
}

static void check_namespaces_of_image(struct planner *p)
{
	if (!ns_new(p, OCI_NS_MOUNT)) {
		refuse(p, CODE_CRIU, "/linux/namespaces",
		       "a container without a mount namespace of its own can't be checkpointed");
		cure(p, "add {\"type\": \"mount\"} to linux.namespaces");
	}
	if (ns_joined(p, OCI_NS_CGROUP))
		refuse(p, CODE_CRIU, "/linux/namespaces",
		       "criu can't restore into a cgroup namespace that is joined");
	/* Init appears in the pid namespace with the rights of criu; see builds_apart(). */
	if (ns_joined(p, OCI_NS_PID) && !ns_new(p, OCI_NS_USER) &&
	    !p->inputs->criu->leave_running) {
		refuse(p, CODE_CRIU, "/linux/namespaces",
		       "a restore into a pid namespace that is joined could be taken over by the "
		       "processes there");
		cure(p, "save it with --leave-running, if it is not to be restored");
	}
}

void check_image(struct planner *p)
{
	const struct criu_options *o = p->inputs->criu;
	const struct added *added = p->inputs->added;

	if (!p->privileged || p->host->user_namespace.value || p->host->uid.value) {
		refuse(p, CODE_CRIU, "", "checkpoint and restore need root");
		cure(p, "criu can't do them for an ordinary user");
	}
	check_namespaces_of_image(p);
	check_mounts_of_image(p);
	if (linux_of(p)->devices.count && !makes_nodes(p)) {
		refuse(p, CODE_CRIU, "/linux/devices/0",
		       "in a user namespace criu can't restore devices");
		cure(p, "leave out the devices that not every container has");
	}
	if (o->parent && *o->parent == '/') {
		refuse(p, CODE_CRIU, "", "--parent-path %s is not relative to --image-path",
		       o->parent);
		cure(p, "with images beside each other: --parent-path ../OTHER");
	}
	if (added && (added->mounts.count || added->devices.count)) {
		refuse(p, CODE_CRIU, "",
		       "mounts or devices were added to the container, which are not in its "
		       "config");
		cure(p, "take them away first: tare mounts remove, tare update --remove-devices");
	}
}

/* The directory of the logs, which may be that of the images. */
static int work_slot(const struct criu_options *o)
{
	return strcmp(o->work, o->images) != 0 ? SLOT_WORK : SLOT_IMAGES;
}

void add_image_opens(struct planner *p, bool make)
{
	const struct criu_options *o = p->inputs->criu;
	uint32_t gid = 0;

	if (ns_new(p, OCI_NS_USER))
		(void)id_to_parent(&linux_of(p)->gid_mappings, &gid);
	add(p, OP_OPEN, WHO_PARENT, "/")->open = (struct step_open){ .kind = OPEN_IMAGES,
								     .path = o->images,
								     .slot = SLOT_IMAGES,
								     .make = make,
								     .gid = gid };
	if (work_slot(o) != SLOT_IMAGES)
		add(p, OP_OPEN, WHO_PARENT, "/")->open = (struct step_open){
			.kind = OPEN_IMAGES, .path = o->work, .slot = SLOT_WORK, .make = true
		};
}

void add_criu(struct planner *p, bool restores)
{
	const struct criu_options *o = p->inputs->criu;

	add(p, OP_CRIU, WHO_PARENT, "/")->criu = (struct step_criu){
		.options = o,
		.socket = SLOT_CRIU,
		.images = SLOT_IMAGES,
		.work = work_slot(o),
		.rootfs = restores ? SLOT_ROOTFS : NO_SLOT,
		.root = in_bundle(p, p->config->root->path),
		.stream = restores ? SLOT_STREAM : NO_SLOT,
		.tracks = !restores && (o->pre_dump || o->parent),
	};
}

/* --- what is the host's --- */

/* Is it in the root filesystem, rather than in another mount, whose contents the image has? */
static bool is_on_rootfs(const struct planner *p, const char *path)
{
	for (size_t i = 0; i < p->mounts.count; i++) {
		const struct planned_mount *m = &p->mounts.item[i];
		const char *rest = m->at_root ? NULL : path_below(path, m->path);
		if (rest && *rest)
			return false;
	}
	return true;
}

static void name_mounts(struct planner *p, struct step_image *image)
{
	struct external e = { 0 };

	for (size_t i = 0; i < p->mounts.count; i++) {
		const struct planned_mount *m = &p->mounts.item[i];
		if (m->kind == MOUNT_REMOUNT || m->at_root)
			continue;
		if (m->kind == MOUNT_BIND)
			add_external(p, &e, m->path, in_bundle(p, m->entry->source),
				     (struct image_flags){ m->options.attributes.set,
							   m->options.below.set });
		else if (m->kind == MOUNT_CGROUP)
			name_cgroup_mounts(p, m, &e);
		if (is_on_rootfs(p, m->path))
			strings_add(p->pool, &image->point, m->path);
	}
	name_device_mounts(p, &e);
	/* Files are masked by a null device, which may have been one of those. */
	for (size_t i = 0; i < linux_of(p)->masked_paths.count; i++)
		add_external(p, &e, normal_path(p, linux_of(p)->masked_paths.item[i]), "/dev/null",
			     (struct image_flags){ MOUNT_ATTR_RDONLY, 0 });
	image->mount = e.point;
	image->source = e.source;
	image->flags = e.flags;
	image->flag_count = e.point.count;
}

/* criu mounts the hierarchies to restore cgroups below the container's, and to mount cgroup2
 * without its options takes these (nsdelegate) away from the host. */
static enum criu_cgroups cgroups_mode(const struct planner *p)
{
	enum criu_cgroups mode = p->inputs->criu->cgroups;

	for (size_t i = 0; mode == CRIU_CGROUPS_DEFAULT && i < p->host->cgroups.count; i++)
		if (p->host->cgroups.item[i].unified.value)
			mode = CRIU_CGROUPS_IGNORE;
	return mode == CRIU_CGROUPS_DEFAULT ? CRIU_CGROUPS_SOFT : mode;
}

static struct step_image image_of(struct planner *p)
{
	struct step_image image = {
		.socket = SLOT_CRIU,
		.images = SLOT_IMAGES,
		.work = work_slot(p->inputs->criu),
		.options = p->inputs->criu,
		.cgroups = cgroups_mode(p),
		.root = in_bundle(p, p->config->root->path),
	};

	/* criu saves the contents of other namespaces that are not its own. */
	for (int ns = 0; ns < OCI_NS_COUNT; ns++)
		if ((ns == OCI_NS_NETWORK || ns == OCI_NS_PID) && ns_joined(p, ns))
			image.foreign |= namespace_types[ns].flag;
	name_mounts(p, &image);
	return image;
}

void add_dump(struct planner *p)
{
	add(p, OP_DUMP, WHO_PARENT, "/")->image = image_of(p);
}

/* --- restore --- */

/* criu pivots to it. */
void add_rootfs_open(struct planner *p)
{
	add(p, OP_OPEN, WHO_PARENT, "/root/path")->open =
		(struct step_open){ .kind = OPEN_ROOTFS,
				    .path = in_bundle(p, p->config->root->path),
				    .slot = SLOT_ROOTFS };
}

static void name_namespaces(struct planner *p, struct step_image *image)
{
	for (int ns = 0; ns < OCI_NS_COUNT; ns++) {
		if (!ns_joined(p, ns) || image->foreign & namespace_types[ns].flag)
			continue;
		strings_add(p->pool, &image->ns, namespace_types[ns].file);
		image->joined |= namespace_types[ns].flag;
	}
}

/* criu moves the processes to cgroups below these; where cgroups are left alone they stay in those
 * of criu. */
static void name_cgroups(struct planner *p, struct step_image *image)
{
	for (size_t i = 0; i < p->host->cgroups.count; i++) {
		const struct hierarchy *h = &p->host->cgroups.item[i];
		if (!p->cgroup[i].used)
			continue;
		strings_add(p->pool, &image->controller, h->unified.value ? "" : h->controllers);
		strings_add(p->pool, &image->cgroup, p->cgroup[i].path);
	}
}

static void add_part(struct planner *p, struct step_image *image, const char *until)
{
	image->until = until;
	add(p, OP_RESTORE, WHO_PARENT, "/")->image = *image;
	image->continues = true;
}

void add_restore(struct planner *p)
{
	struct step_image image = image_of(p);

	image.restores = true;
	image.stream = SLOT_STREAM;
	image.console = process_of(p)->terminal.value ? SLOT_CONSOLE : NO_SLOT;
	name_namespaces(p, &image);
	name_cgroups(p, &image);
	if (has_hooks(p, OCI_HOOK_PRESTART) || has_hooks(p, OCI_HOOK_CREATE_RUNTIME)) {
		add_part(p, &image, "setup-namespaces");
		add(p, OP_PUBLISH, WHO_PARENT, "/hooks")->publish =
			(struct step_publish){ .status = OCI_CREATING };
		add_hooks(p, OCI_HOOK_PRESTART, WHO_PARENT);
		add_hooks(p, OCI_HOOK_CREATE_RUNTIME, WHO_PARENT);
	}
	if (has_late_limits(p)) {
		add_part(p, &image, "post-restore");
		add_late_limits(p);
	}
	add_part(p, &image, NULL);
}
