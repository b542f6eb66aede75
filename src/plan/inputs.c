/* SPDX-License-Identifier: Apache-2.0 */
#include "inputs.h"

SHAPE(options, ROW_REQUIRED(options, "id", id), ROW_REQUIRED(options, "bundle", bundle),
      ROW_REQUIRED(options, "state", state), ROW(options, "pidFile", pid_file),
      ROW(options, "cgroupManager", cgroup_manager), ROW(options, "noPivot", no_pivot),
      ROW(options, "noNewKeyring", no_new_keyring), ROW(options, "create", create),
      ROW(options, "preserveFds", preserve_fds), ROW(options, "listenFds", listen_fds),
      ROW(options, "listenNames", listen_names), ROW(options, "notifySocket", notify_socket),
      ROW(options, "consoleSocket", console_socket), ROW(options, "pidfdSocket", pidfd_socket),
      ROW(options, "relay", relay));
