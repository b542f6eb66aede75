/* SPDX-License-Identifier: Apache-2.0 */
#include "op.h"

op_run *const ops[OP_COUNT] = {
	[OP_OPEN] = op_open,	     [OP_TREE] = op_tree,	  [OP_VACANT] = op_vacant,
	[OP_RECORD] = op_record,     [OP_CGROUP] = op_cgroup,	  [OP_LIMIT] = op_limit,
	[OP_DEVICES] = op_devices,   [OP_CLONE] = op_clone,	  [OP_IDMAP] = op_idmap,
	[OP_JOIN] = op_join,	     [OP_TIME] = op_time,	  [OP_BECOME] = op_become,
	[OP_HIDE] = op_hide,	     [OP_ENTER] = op_enter,	  [OP_UNSHARE] = op_unshare,
	[OP_RLIMIT] = op_rlimit,     [OP_OOM] = op_oom,		  [OP_SESSION] = op_session,
	[OP_KEYRING] = op_keyring,   [OP_HOSTNAME] = op_hostname, [OP_DOMAINNAME] = op_domainname,
	[OP_LOOPBACK] = op_loopback, [OP_SYSCTL] = op_sysctl,	  [OP_PROPAGATION] = op_propagation,
	[OP_ROOT] = op_root,	     [OP_MOUNT] = op_mount,	  [OP_REMAP] = op_remap,
	[OP_REMOUNT] = op_remount,   [OP_MOVE] = op_move,	  [OP_NODE] = op_node,
	[OP_LINK] = op_link,	     [OP_TTY] = op_tty,		  [OP_SEAL] = op_seal,
	[OP_READONLY] = op_readonly, [OP_MASK] = op_mask,	  [OP_PUBLISH] = op_publish,
	[OP_HOOK] = op_hook,	     [OP_PIVOT] = op_pivot,	  [OP_CHDIR] = op_chdir,
	[OP_STDIO] = op_stdio,	     [OP_HOME] = op_home,	  [OP_LOOKUP] = op_lookup,
	[OP_CLOSE] = op_close,	     [OP_AWAIT] = op_await,	  [OP_ATTRIBUTE] = op_attribute,
	[OP_BOUNDING] = op_bounding, [OP_USER] = op_user,	  [OP_CAPS] = op_caps,
	[OP_NNP] = op_nnp,	     [OP_SECCOMP] = op_seccomp,	  [OP_EXEC] = op_exec,
};
_Static_assert(sizeof ops / sizeof *ops == OP_COUNT, "every kind of step has its op");
