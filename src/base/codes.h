/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codes: every kind of failure that tare reports, with its meaning, its usual cause, and its cure.
 * A code is stable: programs may depend on it. It is printed at the end of a message, is a member
 * of a JSON log record, and is explained by `tare explain CODE`, docs/errors.md and
 * tare-errors(7), which are made from this table. tests/understood provokes every one.
 *
 *	symbol   CODE_symbol in the source, TARE-symbol (with dashes) for users
 *	meaning  what has happened, in a few words
 *	cause    why that usually happens
 *	cure     what to do about it: a short sentence without a full stop, which is also printed
 *	         with an error that has no hint of its own
 */
#ifndef TARE_BASE_CODES_H
#define TARE_BASE_CODES_H

/* clang-format off */
#define CODES(X) \
	/* --- the command line --- */ \
	X(VERB, "there is no such verb", \
	  "The first word of the command line is not one of tare's verbs.", \
	  "`tare --help` lists the verbs") \
	X(OPTION, "an option is unknown, lacks its value, or has a wrong one", \
	  "The verb does not have this option, or the option does not take this value.", \
	  "`tare help VERB` lists the options of a verb") \
	X(ARGUMENT, "an argument is missing, superfluous or wrong", \
	  "The verb takes other arguments.", \
	  "`tare help VERB` shows the arguments") \
	X(FILE, "a file that the command line names can't be read or written", \
	  "It is not there, is of another kind, or this user may not use it.", \
	  "check the path and its permissions") \
	X(STDOUT, "the output can't be written", \
	  "Standard output is closed, or the disk is full.", \
	  "write to another file") \
	/* --- the document --- */ \
	X(BUNDLE, "there is no bundle here", \
	  "A bundle is a directory with a config.json; this directory is not there or has none.", \
	  "`tare spec` writes a config.json; --bundle names the directory") \
	X(JSON_SYNTAX, "the file is not JSON", \
	  "A comma, bracket or quote is missing or superfluous, or a string has invalid bytes.", \
	  "correct the file at the line and column that are given") \
	X(JSON_TYPE, "a member has a value of another type than the specification gives it", \
	  "For example a string where a number belongs: numbers have no quotes and no units.", \
	  "write the value as the expected type") \
	X(JSON_RANGE, "a number does not fit into its member", \
	  "The specification gives every number a type with a range.", \
	  "use a number in the range that is given") \
	X(JSON_NAME, "a word is not one of those that this member can have", \
	  "It is misspelt, or from another version of the specification.", \
	  "use one of the words that are listed") \
	X(JSON_MISSING, "a required member is missing", \
	  "The specification requires it in this object.", \
	  "add the member") \
	X(MEMBER_MISSPELT, "a member is unknown, and nearly has the name of a known one", \
	  "The specification lets unknown members pass, so that what the member asks for " \
	  "is not done.", \
	  "correct the name") \
	X(MEMBER_UNKNOWN, "a member is unknown, so it has no effect", \
	  "It is an extension of another program, or from a later version of the specification.", \
	  "remove it, unless another program reads it") \
	X(VERSION, "the config is for another version of the specification", \
	  "ociVersion is not 1.x.", \
	  "set ociVersion to \"1.3.0\"") \
	/* --- the root filesystem --- */ \
	X(ROOT, "the root filesystem is missing or can't be used", \
	  "root.path is not given, or names something that is not a directory.", \
	  "root.path has to name a directory, relative to the bundle or absolute") \
	/* --- the process --- */ \
	X(PROCESS, "there is no program to run", \
	  "The config has no process, or its args are empty.", \
	  "give the program and its arguments in process.args") \
	X(SIZE, "arguments or environment are too long", \
	  "The kernel limits the length of one string and of all together.", \
	  "pass long data in a file") \
	X(PATH, "a path is not absolute, or not one that can be used here", \
	  "The path would be resolved relative to an unknown directory, or leads out of " \
	  "its place.", \
	  "write the path from the root, beginning with a slash") \
	X(VALUE, "a value is out of range or malformed", \
	  "The kernel, or the specification, allows other values only.", \
	  "write a value that the message allows") \
	X(CONFLICT, "two members contradict each other, or one needs another", \
	  "Each is valid by itself, but not the combination.", \
	  "change or remove one of the two") \
	X(USER, "a user or group id can't be used", \
	  "The id is outside of the mapping of the user namespace, or is no id at all.", \
	  "use a mapped id, or extend uidMappings and gidMappings") \
	X(GROUPS, "supplementary groups can't be set", \
	  "Without privileges that takes a mapping made by newgidmap.", \
	  "install newgidmap (package uidmap), or remove additionalGids") \
	X(CWD, "the working directory can't be used", \
	  "It can't be created or entered, or is outside of the root filesystem.", \
	  "process.cwd has to name a directory of the container") \
	X(CAPABILITY, "a capability is unknown, or can't be had", \
	  "It is misspelt, from a newer kernel, or not in the runtime's own sets.", \
	  "correct its name, remove it, or run tare with more capabilities") \
	X(RLIMIT, "a resource limit can't be set", \
	  "The hard limit of the runtime is lower, and only CAP_SYS_RESOURCE may raise it.", \
	  "ask for less, or raise the limit of the program that starts tare") \
	X(OOM_SCORE, "the OOM score adjustment can't be set", \
	  "Lowering it takes CAP_SYS_RESOURCE.", \
	  "use a value that is not lower than the caller's") \
	X(SCHEDULER, "the scheduling policy or priority can't be set", \
	  "A real-time policy takes CAP_SYS_NICE and, with cgroup v1, processor time for " \
	  "real-time tasks; SCHED_DEADLINE takes a process that may run on all processors.", \
	  "grant CAP_SYS_NICE, or use SCHED_OTHER") \
	X(PROCESSORS, "the host lacks these processors or memory nodes", \
	  "The list names processors or nodes that the host, or the cgroup above, does not have.", \
	  "name those that `cat /sys/fs/cgroup/cpuset.cpus.effective` or /proc/self/status lists") \
	X(LABEL, "a security label is not applied", \
	  "The security module is off on this host, or does not know the label.", \
	  "remove the label, or enable the module on the host") \
	X(TERMINAL, "the terminal can't be set up", \
	  "A terminal needs somebody to receive it, and /dev/pts in the container.", \
	  "use --console-socket when detached, or set process.terminal to false") \
	/* --- the program --- */ \
	X(EXEC_NOT_FOUND, "the program is not in the container", \
	  "args[0] is misspelt, or in no directory of PATH of process.env.", \
	  "check args[0] and PATH against the files in the root filesystem") \
	X(EXEC_PERMISSION, "the user may not execute the program", \
	  "The file has no execute bit for this user, is not a regular file, or a " \
	  "directory above can't be entered.", \
	  "chmod +x the file in the root filesystem, or choose another user") \
	X(EXEC_NOEXEC, "the program is on a filesystem that is mounted noexec", \
	  "The option noexec is that of a mount of the config, or of the host's filesystem " \
	  "below it.", \
	  "remove noexec from the options of that mount, or keep programs elsewhere") \
	X(EXEC_INTERPRETER, "the interpreter of a script is missing", \
	  "The first line of the script (#!) names a program that is not in the container.", \
	  "install the interpreter in the image, or correct the first line") \
	X(EXEC_CRLF, "the script has Windows line ends", \
	  "The first line (#!) ends in a carriage return, which becomes part of the " \
	  "interpreter's name.", \
	  "convert the script: sed -i 's/\\r$//' FILE") \
	X(EXEC_LOADER, "the dynamic loader of the program is missing", \
	  "The program is linked against another C library (glibc or musl) than the image has.", \
	  "add the loader and its libraries to the image, or link the program statically") \
	X(EXEC_ARCHITECTURE, "the program is for another processor architecture", \
	  "The image was built for another kind of machine.", \
	  "use an image for this machine, or register qemu-user with binfmt_misc") \
	X(EXEC_FORMAT, "the file is not a program", \
	  "It is neither ELF nor a script that begins with #!.", \
	  "begin the script with #!/bin/sh, or run it as an argument of a shell") \
	X(EXEC_SECCOMP, "the seccomp filter denies what starting the program takes", \
	  "The filter denies execve, or a call that every program makes first.", \
	  "allow the call: `tare seccomp explain execve` shows the rule that decides") \
	X(EXEC, "the program can't be executed", \
	  "The kernel refuses it.", \
	  "run it on the host, with strace if need be, to see what it lacks") \
	/* --- mounts --- */ \
	X(MOUNT, "a mount can't be made", \
	  "The kernel, or the filesystem, refuses these options.", \
	  "check the options of the mount against mount(8) and the filesystem's manual") \
	X(MOUNT_ENTRY, "a mount is incomplete or not possible as written", \
	  "The source, type or destination is missing, or an option belongs to another " \
	  "kind of mount.", \
	  "see tare-config(5), mounts") \
	X(MOUNT_SOURCE, "the source of a mount can't be used", \
	  "It is not there, or this user may not open it.", \
	  "create the source on the host, or correct its path") \
	X(MOUNT_TARGET, "the place of a mount in the container can't be used", \
	  "The destination, or a directory above it, is a file, a link that leads nowhere, " \
	  "or can't be created.", \
	  "correct the destination, or the files of the image there") \
	X(MOUNT_KIND, "a directory would be mounted onto a file, or a file onto a directory", \
	  "Source and destination have to be of the same kind.", \
	  "name a destination of the same kind as the source") \
	X(MOUNT_LINK, "the place of a special filesystem is a symbolic link", \
	  "The image has a link at /proc, /sys or another place where the container's own " \
	  "filesystem belongs; following it could lead elsewhere.", \
	  "replace the link in the image by an empty directory") \
	X(MOUNT_PROTECTED, "nothing may be mounted here", \
	  "A mount over parts of /proc would hide or fake what the kernel says.", \
	  "choose a destination outside of /proc") \
	X(MOUNT_FILESYSTEM, "the kernel has no such filesystem", \
	  "The type is misspelt, or its module is not loaded.", \
	  "cat /proc/filesystems lists the types; modprobe loads one") \
	X(MOUNT_OPTION, "a word among the options of a mount is not applied, or unknown", \
	  "It is misspelt, a word of another tool, or has no effect on a bind mount.", \
	  "use the words of mount(8), such as ro for read-only") \
	X(MOUNT_DENIED, "this mount is not permitted", \
	  "It takes CAP_SYS_ADMIN in the user namespace that owns the mounts, or the " \
	  "filesystem does not allow it from a user namespace.", \
	  "bind-mount a directory of the host instead, or run as root") \
	X(MOUNT_IDMAP, "a mount can't be idmapped", \
	  "It takes root, Linux 5.12, a filesystem that supports it, and a complete mapping.", \
	  "give uidMappings and gidMappings of a bind mount, as root; `tare doctor` lists " \
	  "filesystems") \
	X(MOUNT_SHARED, \
	  "without a mount namespace of its own the container's mounts are the host's", \
	  "linux.namespaces has no mount namespace.", \
	  "add {\"type\": \"mount\"} to linux.namespaces") \
	X(MASK, "a path can't be masked or made read-only", \
	  "The path is not one that can be covered.", \
	  "correct maskedPaths and readonlyPaths") \
	/* --- namespaces --- */ \
	X(NAMESPACE, "a namespace can't be created or joined", \
	  "The kernel or a limit of the host forbids it, or the path names no namespace of " \
	  "this type.", \
	  "check the path; `tare doctor` shows which namespaces this user may create") \
	X(NAMESPACE_LIMIT, "a limit on namespaces is reached", \
	  "The sysctl user.max_*_namespaces bounds how many a user may have.", \
	  "raise the limit: sysctl user.max_user_namespaces and its kin") \
	X(NAMESPACE_NEEDED, "a setting needs a namespace that the container does not have", \
	  "Without it the setting would change the host.", \
	  "add the namespace to linux.namespaces, or remove the setting") \
	X(NAMESPACE_USER, "without privileges a container needs a user namespace", \
	  "Only root may create the other namespaces without one.", \
	  "`tare spec --rootless` writes such a config; or run as root") \
	X(MAPPING, "the id mapping of the user namespace is wrong or not permitted", \
	  "Mappings must not overlap, must contain id 0, and without privileges have to be " \
	  "in /etc/subuid and /etc/subgid.", \
	  "check uidMappings and gidMappings; `tare doctor` shows the ranges of this user") \
	X(SYSCTL, "a sysctl can't be set", \
	  "It does not exist, is the host's, or the value is not valid.", \
	  "only sysctls of the container's own ipc, network and uts namespaces can be set") \
	X(HOSTNAME, "the host name or domain name can't be set", \
	  "It is too long, or the container shares the host's uts namespace.", \
	  "use at most 64 bytes, and a uts namespace") \
	X(NET_DEVICE, "a network device can't be moved into the container", \
	  "The device is not there, its name is taken, or it is not this user's to move.", \
	  "`ip link` lists the devices; moving takes root and a network namespace") \
	/* --- cgroups --- */ \
	X(CGROUP, "the container's cgroup can't be created or used", \
	  "The path is not valid, exists with processes in it, or cgroups can't be used here.", \
	  "choose another linux.cgroupsPath, or leave it out") \
	X(CGROUP_DELEGATION, "this part of the cgroup tree is not delegated to this user", \
	  "Without privileges only a cgroup that was handed over can be divided.", \
	  "systemd-run --user --scope -p Delegate=yes tare ..., or remove the limits") \
	X(CONTROLLER, "a cgroup controller is not available", \
	  "The kernel lacks it, it is disabled, or it is not enabled in the cgroups above.", \
	  "`tare doctor` lists the controllers; remove the limit, or enable the controller") \
	X(LIMIT, "the kernel refuses a resource limit", \
	  "The value is out of the range of the file, or contradicts another limit.", \
	  "see the kernel's documentation of the file that is named") \
	X(MEMORY_IN_USE, "the memory limit is below what the container uses", \
	  "The kernel can't reclaim enough memory.", \
	  "choose a limit above the use, or --memory-reservation") \
	X(MEMORY_START, "the container reached its memory limit before its program ran", \
	  "Setting up a container counts against its limit, too.", \
	  "raise linux.resources.memory.limit; a few megabytes are the least") \
	X(DEVICE, "a device is not described correctly, or can't be made", \
	  "Type, numbers or path are not valid, or something else is at its path.", \
	  "a device needs path, type, major and minor; see tare-config(5)") \
	X(DEVICE_RULES, "device rules are not enforced", \
	  "The container has no cgroup, or no hierarchy that can enforce them.", \
	  "give the container a cgroup, as root") \
	X(RDT, "the resctrl class of service can't be used", \
	  "No resctrl filesystem is mounted, or the schemata are not valid.", \
	  "mount -t resctrl resctrl /sys/fs/resctrl, on hardware that has it") \
	X(CRIU, "criu can't checkpoint or restore the container", \
	  "It is not there, is too old, or meets something that it can't save or make again.", \
	  "the lines of criu's log in the message say what; criu.org/What_cannot_be_checkpointed") \
	X(SYSTEMD, "systemd does not manage the container's cgroup", \
	  "It does not answer, refuses the request, or is not there.", \
	  "--cgroup-manager cgroupfs does not need systemd") \
	X(FREEZE, "the container can't be frozen or thawed", \
	  "Its cgroup has no freezer, or a process can't be stopped at the moment.", \
	  "try again; `tare ps` shows the processes") \
	/* --- seccomp --- */ \
	X(SECCOMP, "the seccomp filter is not valid", \
	  "A rule is malformed, or the filter is too large for the kernel.", \
	  "correct the rule that is named; see tare-config(5), linux.seccomp") \
	X(SECCOMP_CALL, "a system call of the seccomp profile is unknown", \
	  "It is misspelt, or newer than libseccomp.", \
	  "correct the name, or update libseccomp") \
	X(SECCOMP_LISTENER, "the seccomp listener can't be used", \
	  "The agent's socket is not there, or no rule notifies it.", \
	  "start the agent before the container, and give listenerPath") \
	/* --- hooks --- */ \
	X(HOOK, "a hook failed", \
	  "The hook ended with a status other than 0, or could not be executed.", \
	  "run the hook by hand, with the state on its stdin; its output is in the message") \
	X(HOOK_TIMEOUT, "a hook took longer than its timeout", \
	  "The hook waits for something, or its timeout is too short.", \
	  "raise the hook's timeout, or find out what it waits for") \
	/* --- what has no effect --- */ \
	X(ANNOTATION, "an annotation has no effect", \
	  "It is one of another runtime, which tare does not act on.", \
	  "remove it, or use the runtime that acts on it") \
	X(HANDLER, "the config asks for another kind of runtime", \
	  "The annotation run.oci.handler is for WebAssembly or virtual machines; tare " \
	  "runs Linux programs.", \
	  "use a runtime that has this handler") \
	X(IGNORED, "a setting has no effect here", \
	  "This kernel, or this container, has nothing that it could apply to.", \
	  "remove the setting") \
	/* --- containers --- */ \
	X(CONTAINER_ID, "this can't be the name of a container", \
	  "Ids have 1 to 255 letters, digits and _ + . -.", \
	  "choose another id") \
	X(CONTAINER_EXISTS, "a container of this name exists", \
	  "It was not deleted after it had stopped, or another one uses the name.", \
	  "`tare delete ID` removes it once it has stopped") \
	X(CONTAINER_UNKNOWN, "there is no container of this name", \
	  "It was deleted, or was created with another --root or by another user.", \
	  "`tare list` shows the containers; --root names another state directory") \
	X(CONTAINER_STATE, "the container is in another state than the command needs", \
	  "For example it has stopped already, or was not started yet.", \
	  "`tare state ID` shows the status") \
	X(CONTAINER_RUNNING, "the container is not stopped, so it can't be deleted", \
	  "Its first process still runs.", \
	  "`tare kill ID KILL`, or `tare delete --force ID`") \
	X(CONTAINER_BROKEN, "the state of the container is damaged", \
	  "A file in the state directory was changed, truncated or lost.", \
	  "`tare delete --force ID` removes what is left") \
	X(CONTAINER_NEWER, "the container was made by a newer tare", \
	  "An older version does not know what the newer one has recorded.", \
	  "use the version that created it") \
	X(CONTAINER_BUSY, "another command is at work on the container", \
	  "create, start or delete of the same container has not finished.", \
	  "wait for it, or `tare delete --force ID`") \
	X(STATE_DIRECTORY, "the state directory can't be used", \
	  "It can't be created, belongs to another user, or can be written by others.", \
	  "choose another directory with --root") \
	X(PROCESS_ENDED, "the container's first process ended before its program ran", \
	  "Another process killed it, or a limit was reached.", \
	  "see the kernel's log (dmesg) for the reason") \
	/* --- how a program ended: run and exec in the foreground --- */ \
	X(ENDED_OOM, "the program was killed because of a memory limit", \
	  "The container, or a cgroup above it, reached its limit of memory.", \
	  "raise linux.resources.memory.limit, or let the program use less") \
	X(ENDED_SECCOMP, "the program was killed by its seccomp filter", \
	  "It made a system call that the profile answers with SCMP_ACT_KILL.", \
	  "allow the call in linux.seccomp; `tare seccomp explain CALL` shows the rule") \
	X(ENDED_SIGNAL, "the program was killed by a signal", \
	  "Another process sent it, or the program crashed.", \
	  "after a crash look for a core dump in the place that core_pattern names") \
	/* --- this host --- */ \
	X(KERNEL, "the kernel is too old", \
	  "tare needs the mount API and pidfds of Linux 5.4.", \
	  "update the kernel") \
	X(INTERRUPTED, "a signal interrupted the command", \
	  "Somebody sent SIGINT, SIGTERM or SIGHUP.", \
	  "everything that was begun has been undone; run it again") \
	X(MACHINE, "a resource of this machine is exhausted, or a system call fails", \
	  "Too many files, processes or too little memory; or a filter around tare denies " \
	  "the call.", \
	  "`tare doctor` shows what this host offers") \
	X(INTERNAL, "an error of tare itself", \
	  "A rule that tare checks itself by is broken.", \
	  "report it, with the config and the output of `tare --debug`")
/* clang-format on */

enum code {
	CODE_NONE,
#define CODE_SYMBOL(symbol, meaning, cause, cure) CODE_##symbol,
	CODES(CODE_SYMBOL)
#undef CODE_SYMBOL
		CODE_COUNT
};

struct code_row {
	const char *meaning, *cause, *cure;
};

/* The row of a code; CODE_NONE, and any number that is no code, has one with empty strings. */
const struct code_row *code_row(enum code code);

/* "TARE-MOUNT-TARGET"; "" for CODE_NONE. */
const char *code_name(enum code code);

/* The code of this name, with or without "TARE-", in any case; CODE_NONE: there is none. */
enum code code_find(const char *name);

#endif
