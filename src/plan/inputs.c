/* SPDX-License-Identifier: Apache-2.0 */
#include "inputs.h"

SHAPE(request, ROW_REQUIRED(request, "id", id), ROW_REQUIRED(request, "bundle", bundle),
      ROW_REQUIRED(request, "state", state), ROW(request, "pidFile", pid_file),
      ROW(request, "cgroupManager", cgroup_manager), ROW(request, "noPivot", no_pivot),
      ROW(request, "noNewKeyring", no_new_keyring), ROW(request, "create", create),
      ROW(request, "preserveFds", preserve_fds), ROW(request, "listenFds", listen_fds),
      ROW(request, "listenNames", listen_names), ROW(request, "notifySocket", notify_socket),
      ROW(request, "consoleSocket", console_socket), ROW(request, "pidfdSocket", pidfd_socket),
      ROW(request, "relay", relay));
