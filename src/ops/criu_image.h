/* SPDX-License-Identifier: Apache-2.0 */
/* criu_image: what of a container is not in its image: files, mounts and namespaces that belong to
 * the host. At a checkpoint they are found and named; at a restore there are others in their
 * place. */
#ifndef TARE_OPS_CRIU_IMAGE_H
#define TARE_OPS_CRIU_IMAGE_H

#include "criu/client.h"
#include "libocispec/pool.h"
#include "op.h"

/* Adds to the request of a dump what is external, and writes the names of that to the images. */
int image_describe(struct pool *pool, int images, const struct step_image *s,
		   struct criu_request *request);

/* Adds to the request of a restore the root, and the descriptors that criu has inherited. */
int image_inherit(struct pool *pool, struct walker *w, const struct step_image *s,
		  struct criu_request *request);

/* The external mounts of a restore. */
struct image_mounts {
	struct image_flags *flags; /* of each mount of the request */
	bool *saved;		   /* the image has it */
};
/* Adds them to the request; their mount points are made where they are missing. */
int image_name_mounts(struct pool *pool, struct walker *w, const struct step_image *s,
		      struct criu_request *request, struct image_mounts *mounts);

/* Before the restored processes go on: gives the external mounts the flags that criu may have lost
 * (4.2 forgets that a bind-mounted file is read-only). */
int image_protect_mounts(struct pool *pool, pid_t init, const struct criu_request *request,
			 const struct image_mounts *mounts);

#endif
