/* SPDX-License-Identifier: Apache-2.0 */
/* mapping: user namespaces that are only needed for their id mappings. */
#ifndef TARE_BASE_MAPPING_H
#define TARE_BASE_MAPPING_H

/* Creates a user namespace with this mapping (user_namespaces(7): "0 100000 65536\n") and without
 * processes: mount_setattr(2) takes the mapping of an idmapped mount from a user namespace.
 * Returns its descriptor, or a negative errno with the error filled. */
int mapping_namespace(const char *uid_map, const char *gid_map);

/* Reports that CALL could not make a user namespace, with what to do where err says why. Returns
 * -err. */
int mapping_fail(int err, const char *call, const char *object);

#endif
