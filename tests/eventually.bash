# SPDX-License-Identifier: Apache-2.0
# eventually COMMAND...: polls until it succeeds, for changes made by another process without an event to wait for.
eventually() {
	local i
	for ((i = 0; i < 500; i++)); do
		"$@" && return 0
		read -rt 0.02 <> <(:) || :
	done
	return 1
}
