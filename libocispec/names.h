/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names: every enumerated name of the runtime specification, in both directions (name_value and
 * name_text). The values are those of this library: its users map them to kernel constants.
 */
/* clang-format off */
#ifndef LIBOCISPEC_NAMES_H
#define LIBOCISPEC_NAMES_H

#include "shape.h"

/* config-linux.md, "Namespaces" */
#define OCI_NAMESPACES(X) \
	X(OCI_NS_PID, "pid") \
	X(OCI_NS_NETWORK, "network") \
	X(OCI_NS_MOUNT, "mount") \
	X(OCI_NS_IPC, "ipc") \
	X(OCI_NS_UTS, "uts") \
	X(OCI_NS_USER, "user") \
	X(OCI_NS_CGROUP, "cgroup") \
	X(OCI_NS_TIME, "time")

/* config-linux.md, "Rootfs Mount Propagation" */
#define OCI_PROPAGATIONS(X) \
	X(OCI_PROPAGATION_PRIVATE, "private") \
	X(OCI_PROPAGATION_SHARED, "shared") \
	X(OCI_PROPAGATION_SLAVE, "slave") \
	X(OCI_PROPAGATION_UNBINDABLE, "unbindable") \
	X(OCI_PROPAGATION_RPRIVATE, "rprivate") \
	X(OCI_PROPAGATION_RSHARED, "rshared") \
	X(OCI_PROPAGATION_RSLAVE, "rslave") \
	X(OCI_PROPAGATION_RUNBINDABLE, "runbindable")

/* config.md, "Linux process"; capabilities(7). The values are the kernel's. */
#define OCI_CAPABILITIES(X) \
	X(OCI_CAP_CHOWN, "CAP_CHOWN") \
	X(OCI_CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE") \
	X(OCI_CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH") \
	X(OCI_CAP_FOWNER, "CAP_FOWNER") \
	X(OCI_CAP_FSETID, "CAP_FSETID") \
	X(OCI_CAP_KILL, "CAP_KILL") \
	X(OCI_CAP_SETGID, "CAP_SETGID") \
	X(OCI_CAP_SETUID, "CAP_SETUID") \
	X(OCI_CAP_SETPCAP, "CAP_SETPCAP") \
	X(OCI_CAP_LINUX_IMMUTABLE, "CAP_LINUX_IMMUTABLE") \
	X(OCI_CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE") \
	X(OCI_CAP_NET_BROADCAST, "CAP_NET_BROADCAST") \
	X(OCI_CAP_NET_ADMIN, "CAP_NET_ADMIN") \
	X(OCI_CAP_NET_RAW, "CAP_NET_RAW") \
	X(OCI_CAP_IPC_LOCK, "CAP_IPC_LOCK") \
	X(OCI_CAP_IPC_OWNER, "CAP_IPC_OWNER") \
	X(OCI_CAP_SYS_MODULE, "CAP_SYS_MODULE") \
	X(OCI_CAP_SYS_RAWIO, "CAP_SYS_RAWIO") \
	X(OCI_CAP_SYS_CHROOT, "CAP_SYS_CHROOT") \
	X(OCI_CAP_SYS_PTRACE, "CAP_SYS_PTRACE") \
	X(OCI_CAP_SYS_PACCT, "CAP_SYS_PACCT") \
	X(OCI_CAP_SYS_ADMIN, "CAP_SYS_ADMIN") \
	X(OCI_CAP_SYS_BOOT, "CAP_SYS_BOOT") \
	X(OCI_CAP_SYS_NICE, "CAP_SYS_NICE") \
	X(OCI_CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE") \
	X(OCI_CAP_SYS_TIME, "CAP_SYS_TIME") \
	X(OCI_CAP_SYS_TTY_CONFIG, "CAP_SYS_TTY_CONFIG") \
	X(OCI_CAP_MKNOD, "CAP_MKNOD") \
	X(OCI_CAP_LEASE, "CAP_LEASE") \
	X(OCI_CAP_AUDIT_WRITE, "CAP_AUDIT_WRITE") \
	X(OCI_CAP_AUDIT_CONTROL, "CAP_AUDIT_CONTROL") \
	X(OCI_CAP_SETFCAP, "CAP_SETFCAP") \
	X(OCI_CAP_MAC_OVERRIDE, "CAP_MAC_OVERRIDE") \
	X(OCI_CAP_MAC_ADMIN, "CAP_MAC_ADMIN") \
	X(OCI_CAP_SYSLOG, "CAP_SYSLOG") \
	X(OCI_CAP_WAKE_ALARM, "CAP_WAKE_ALARM") \
	X(OCI_CAP_BLOCK_SUSPEND, "CAP_BLOCK_SUSPEND") \
	X(OCI_CAP_AUDIT_READ, "CAP_AUDIT_READ") \
	X(OCI_CAP_PERFMON, "CAP_PERFMON") \
	X(OCI_CAP_BPF, "CAP_BPF") \
	X(OCI_CAP_CHECKPOINT_RESTORE, "CAP_CHECKPOINT_RESTORE")

/* config-linux.md, "Devices" */
#define OCI_DEVICE_TYPES(X) \
	X(OCI_DEVICE_CHAR, "c") \
	X(OCI_DEVICE_BLOCK, "b") \
	X(OCI_DEVICE_UNBUFFERED, "u") \
	X(OCI_DEVICE_FIFO, "p")

/* config-linux.md, "Personality" */
#define OCI_PERSONALITIES(X) \
	X(OCI_PERSONALITY_LINUX, "LINUX") \
	X(OCI_PERSONALITY_LINUX32, "LINUX32")

/* config-linux.md, "Memory policy" */
#define OCI_MEMORY_POLICIES(X) \
	X(OCI_MPOL_DEFAULT, "MPOL_DEFAULT") \
	X(OCI_MPOL_PREFERRED, "MPOL_PREFERRED") \
	X(OCI_MPOL_BIND, "MPOL_BIND") \
	X(OCI_MPOL_INTERLEAVE, "MPOL_INTERLEAVE") \
	X(OCI_MPOL_LOCAL, "MPOL_LOCAL") \
	X(OCI_MPOL_PREFERRED_MANY, "MPOL_PREFERRED_MANY") \
	X(OCI_MPOL_WEIGHTED_INTERLEAVE, "MPOL_WEIGHTED_INTERLEAVE")
#define OCI_MEMORY_POLICY_FLAGS(X) \
	X(OCI_MPOL_F_NUMA_BALANCING, "MPOL_F_NUMA_BALANCING") \
	X(OCI_MPOL_F_RELATIVE_NODES, "MPOL_F_RELATIVE_NODES") \
	X(OCI_MPOL_F_STATIC_NODES, "MPOL_F_STATIC_NODES")

/* config.md, "POSIX process": rlimits, the I/O priority, the scheduler */
#define OCI_RLIMITS(X) \
	X(OCI_RLIMIT_AS, "RLIMIT_AS") \
	X(OCI_RLIMIT_CORE, "RLIMIT_CORE") \
	X(OCI_RLIMIT_CPU, "RLIMIT_CPU") \
	X(                       \
		OCI_RLIMIT_DATA, "RLIMIT_DATA") \
	X(OCI_RLIMIT_FSIZE, "RLIMIT_FSIZE") \
	X(OCI_RLIMIT_LOCKS, "RLIMIT_LOCKS") \
	X(OCI_RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK") \
	X(     \
			OCI_RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE") \
	X(OCI_RLIMIT_NICE, "RLIMIT_NICE") \
	X(OCI_RLIMIT_NOFILE, "RLIMIT_NOFILE") \
	X(OCI_RLIMIT_NPROC, "RLIMIT_NPROC") \
	X(OCI_RLIMIT_RSS, "RLIMIT_RSS") \
	X(OCI_RLIMIT_RTPRIO, "RLIMIT_RTPRIO") \
	X(OCI_RLIMIT_RTTIME, \
										"RLIMIT_RTTIME") \
	X(OCI_RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING") \
	X(OCI_RLIMIT_STACK, "RLIMIT_STACK")
#define OCI_IO_CLASSES(X) \
	X(OCI_IOPRIO_RT, "IOPRIO_CLASS_RT") \
	X(OCI_IOPRIO_BE, "IOPRIO_CLASS_BE") \
	X(OCI_IOPRIO_IDLE, "IOPRIO_CLASS_IDLE")
#define OCI_SCHED_POLICIES(X) \
	X(OCI_SCHED_OTHER, "SCHED_OTHER") \
	X(OCI_SCHED_FIFO, "SCHED_FIFO") \
	X(OCI_SCHED_RR, "SCHED_RR") \
	X(OCI_SCHED_BATCH, "SCHED_BATCH") \
	X(OCI_SCHED_ISO, "SCHED_ISO") \
	X(OCI_SCHED_IDLE, "SCHED_IDLE") \
	X(OCI_SCHED_DEADLINE, "SCHED_DEADLINE")
#define OCI_SCHED_FLAGS(X) \
	X(OCI_SCHED_RESET_ON_FORK, "SCHED_FLAG_RESET_ON_FORK") \
	X(OCI_SCHED_RECLAIM, "SCHED_FLAG_RECLAIM") \
	X(OCI_SCHED_DL_OVERRUN, "SCHED_FLAG_DL_OVERRUN") \
	X(OCI_SCHED_KEEP_POLICY, "SCHED_FLAG_KEEP_POLICY") \
	X(OCI_SCHED_KEEP_PARAMS, "SCHED_FLAG_KEEP_PARAMS") \
	X(OCI_SCHED_UTIL_CLAMP_MIN, "SCHED_FLAG_UTIL_CLAMP_MIN") \
	X(OCI_SCHED_UTIL_CLAMP_MAX, "SCHED_FLAG_UTIL_CLAMP_MAX")

/* config-linux.md, "Seccomp" */
#define OCI_SECCOMP_ACTIONS(X) \
	X(OCI_ACT_KILL, "SCMP_ACT_KILL") \
	X(OCI_ACT_KILL_PROCESS, "SCMP_ACT_KILL_PROCESS") \
	X(OCI_ACT_KILL_THREAD, "SCMP_ACT_KILL_THREAD") \
	X(OCI_ACT_TRAP, "SCMP_ACT_TRAP") \
	X(OCI_ACT_ERRNO, "SCMP_ACT_ERRNO") \
	X(OCI_ACT_TRACE, "SCMP_ACT_TRACE") \
	X(OCI_ACT_ALLOW, "SCMP_ACT_ALLOW") \
	X(OCI_ACT_LOG, "SCMP_ACT_LOG") \
	X(OCI_ACT_NOTIFY, "SCMP_ACT_NOTIFY")
#define OCI_SECCOMP_FLAGS(X) \
	X(OCI_FILTER_TSYNC, "SECCOMP_FILTER_FLAG_TSYNC") \
	X(OCI_FILTER_LOG, "SECCOMP_FILTER_FLAG_LOG") \
	X(OCI_FILTER_SPEC_ALLOW, "SECCOMP_FILTER_FLAG_SPEC_ALLOW") \
	X(OCI_FILTER_WAIT_KILLABLE, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")
#define OCI_SECCOMP_OPERATORS(X) \
	X(OCI_CMP_NE, "SCMP_CMP_NE") \
	X(OCI_CMP_LT, "SCMP_CMP_LT") \
	X(OCI_CMP_LE, "SCMP_CMP_LE") \
	X(OCI_CMP_EQ, "SCMP_CMP_EQ") \
	X(OCI_CMP_GE, "SCMP_CMP_GE") \
	X(OCI_CMP_GT, "SCMP_CMP_GT") \
	X(OCI_CMP_MASKED_EQ, "SCMP_CMP_MASKED_EQ")
#define OCI_ARCHITECTURES(X) \
	X(OCI_ARCH_X86, "SCMP_ARCH_X86") \
	X(OCI_ARCH_X86_64, "SCMP_ARCH_X86_64") \
	X(OCI_ARCH_X32, "SCMP_ARCH_X32") \
	X(                 \
		OCI_ARCH_ARM, "SCMP_ARCH_ARM") \
	X(OCI_ARCH_AARCH64,                                 \
						 "SCMP_ARCH_AARCH64") \
	X(OCI_ARCH_LOONGARCH64,      \
									"SCMP_ARCH_LOONGARCH64") \
	X(OCI_ARCH_M68K, "SCMP_ARCH_M68K") \
	X(OCI_ARCH_MIPS, "SCMP_ARCH_MIPS") \
	X(           \
			OCI_ARCH_MIPS64, "SCMP_ARCH_MIPS64") \
	X(OCI_ARCH_MIPS64N32,                 \
							       "SCMP_ARCH_MIPS64N32") \
	X(OCI_ARCH_MIPSEL,                                                         \
			  "SCMP_ARCH_MIPSEL") \
	X(OCI_ARCH_MIPSEL64,                                 \
						"SCMP_ARCH_MIPSEL64") \
	X(OCI_ARCH_MIPSEL64N32,      \
									"SCMP_ARCH_MIPSEL64N32") \
	X(OCI_ARCH_PPC, "SCMP_ARCH_PPC") \
	X(                                \
					OCI_ARCH_PPC64, "SCMP_ARCH_PPC64") \
	X(OCI_ARCH_PPC64LE,     \
									     "SCMP_ARCH_PPC64LE") \
	X(OCI_ARCH_S390, "SCMP_ARCH_S390") \
	X(OCI_ARCH_S390X,       \
									     "SCMP_ARCH_S390X") \
	X(OCI_ARCH_SH, "SCMP_ARCH_SH") \
	X(OCI_ARCH_SHEB,    \
										 "SCMP_ARCH_SHEB") \
	X(OCI_ARCH_PARISC, "SCMP_ARCH_PARISC") \
	X(OCI_ARCH_PARISC64,               \
								  "SCMP_ARCH_PARISC64") \
	X(OCI_ARCH_RISCV64,        \
									  "SCMP_ARCH_RISCV64")

/* runtime.md, "State"; `paused` is an extension, as in runc and crun */
#define OCI_STATUSES(X) \
	X(OCI_CREATING, "creating") \
	X(OCI_CREATED, "created") \
	X(OCI_RUNNING, "running") \
	X(OCI_PAUSED, "paused") \
	X(OCI_STOPPED, "stopped")

/* config.md, "POSIX-platform Hooks", in the order in which they run */
#define OCI_HOOKS(X) \
	X(OCI_HOOK_PRESTART, "prestart") \
	X(OCI_HOOK_CREATE_RUNTIME, "createRuntime") \
	X(OCI_HOOK_CREATE_CONTAINER, "createContainer") \
	X(OCI_HOOK_START_CONTAINER, "startContainer") \
	X(OCI_HOOK_POSTSTART, "poststart") \
	X(OCI_HOOK_POSTSTOP, "poststop")

#define OCI_ENUM(symbol, text) symbol,
enum oci_namespace { OCI_NAMESPACES(OCI_ENUM) OCI_NS_COUNT };
enum oci_propagation { OCI_PROPAGATIONS(OCI_ENUM) };
enum oci_capability { OCI_CAPABILITIES(OCI_ENUM) OCI_CAP_COUNT };
enum oci_device_type { OCI_DEVICE_TYPES(OCI_ENUM) };
enum oci_personality { OCI_PERSONALITIES(OCI_ENUM) };
enum oci_memory_policy { OCI_MEMORY_POLICIES(OCI_ENUM) };
enum oci_memory_policy_flag { OCI_MEMORY_POLICY_FLAGS(OCI_ENUM) };
enum oci_rlimit { OCI_RLIMITS(OCI_ENUM) OCI_RLIMIT_COUNT };
enum oci_io_class { OCI_IO_CLASSES(OCI_ENUM) };
enum oci_sched_policy { OCI_SCHED_POLICIES(OCI_ENUM) };
enum oci_sched_flag { OCI_SCHED_FLAGS(OCI_ENUM) };
enum oci_seccomp_action { OCI_SECCOMP_ACTIONS(OCI_ENUM) };
enum oci_seccomp_flag { OCI_SECCOMP_FLAGS(OCI_ENUM) };
enum oci_seccomp_operator { OCI_SECCOMP_OPERATORS(OCI_ENUM) };
enum oci_architecture { OCI_ARCHITECTURES(OCI_ENUM) OCI_ARCH_COUNT };
enum oci_status { OCI_STATUSES(OCI_ENUM) };
enum oci_hook { OCI_HOOKS(OCI_ENUM) OCI_HOOK_COUNT };
#undef OCI_ENUM

extern const struct names namespace_names, propagation_names, capability_names, device_type_names,
	personality_names,
	memory_policy_names, memory_policy_flag_names, rlimit_names, io_class_names,
	sched_policy_names, sched_flag_names, seccomp_action_names, seccomp_flag_names,
	seccomp_operator_names, architecture_names, status_names, hook_names;

/* The value of a name, or -1; the name of a value, or NULL. */
int name_value(const struct names *names, const char *name);
const char *name_text(const struct names *names, int value);

#endif
