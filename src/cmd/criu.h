/* SPDX-License-Identifier: Apache-2.0 */
/* criu: the options that checkpoint and restore have in common. */
#ifndef TARE_CMD_CRIU_H
#define TARE_CMD_CRIU_H

#include "cmd.h"
#include "plan/inputs.h"

struct criu_flags {
	struct criu_options options;
	const char *images, *work, *mode, *lock, *empty, *server, *status;
};

/* The rows of both tables of options. */
#define CRIU_OPTIONS(flags)                                                                        \
	TEXT("image-path", 0, flags.images, "DIR", "the images (default: ./checkpoint)"),          \
		TEXT("work-path", 0, flags.work, "DIR",                                            \
		     "criu's logs and temporary files (default: the directory of the images)"),    \
		FLAG("tcp-established", 0, flags.options.tcp_established,                          \
		     "with open TCP connections"),                                                 \
		FLAG("tcp-close", 0, flags.options.tcp_close,                                      \
		     "close TCP connections that were open"),                                      \
		FLAG("ext-unix-sk", 0, flags.options.ext_unix_sk,                                  \
		     "with Unix sockets whose other end is outside of the container"),             \
		FLAG("shell-job", 0, flags.options.shell_job,                                      \
		     "with a session or terminal of the caller's"),                                \
		FLAG("file-locks", 0, flags.options.file_locks, "with file locks"),                \
		FLAG("link-remap", 0, flags.options.link_remap,                                    \
		     "with files that are open and have no name any more"),                        \
		TEXT("manage-cgroups-mode", 0, flags.mode, "soft|full|strict|ignore",              \
		     "how criu restores cgroups below the container's (default: soft, and ignore " \
		     "where "                                                                      \
		     "cgroup2 is mounted, whose options criu would take away)"),                   \
		TEXT("empty-ns", 0, flags.empty, "network",                                        \
		     "save or make a network namespace without its devices"),                      \
		FLAG("auto-dedup", 0, flags.options.auto_dedup,                                    \
		     "remove from the images what was read, or is in a newer one"),                \
		TEXT("network-lock", 0, flags.lock, "iptables|nftables|skip",                      \
		     "how connections are held meanwhile (default: criu's)")

/* Completes the options: paths, criu itself, words that are numbers for it. */
int criu_complete(struct pool *pool, struct criu_flags *flags, const struct config *config);

#endif
