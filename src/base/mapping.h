/* SPDX-License-Identifier: Apache-2.0 */
/* mapping: user namespaces that are only needed for their id mappings; why one can't be made. */
#ifndef TARE_BASE_MAPPING_H
#define TARE_BASE_MAPPING_H

/* Creates a user namespace with this mapping (user_namespaces(7): "0 100000 65536\n") and without
 * processes: mount_setattr(2) takes the mapping of an idmapped mount from a user namespace.
 * Returns its descriptor, or a negative errno with the error filled. */
int mapping_namespace(const char *uid_map, const char *gid_map);

/* Says of -EPERM and -EACCES, of a call whose error is filled, who may have denied a user
 * namespace. Returns err. */
int explain_user_namespace(int err);

#endif
