/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "ending.h"

#include "base/error.h"
#include "libocispec/json.h"

static int run(int argc, char **argv)
{
	auto_container c = NO_CONTAINER;

	(void)argc;
	int err = container_open(&c, state_root(), argv[0]);
	if (err)
		return err;
	struct state state = c.status.state;
	state.status.value = (int)status_of(&c);
	state.pid = (struct opt_i32){ state.status.value == OCI_STOPPED ? 0 : state.pid.value,
				      true };
	if (state.status.value == OCI_STOPPED) {
		(void)container_learn_end(&c);
		note_oom(&c);
		state.exit_status = c.status.state.exit_status;
		state.signal = c.status.state.signal;
		state.oom_killed = c.status.state.oom_killed;
		state.finished = c.status.state.finished;
		state.ended = ending_known(&c);
	}
	error_clear();
	return print("%s", json_print(&c.pool, &shape_state, &state, JSON_PRETTY));
}

const struct verb verb_state = {
	.name = "state",
	.arguments = "ID",
	.summary = "print the state of a container as JSON",
	.description =
		"Prints the state of a container as JSON: id, status (creating, created,\n"
		"running, paused, stopped), pid, bundle, root filesystem, time of creation,\n"
		"owner, annotations. `ended` says why the program died, where that is known\n"
		"and was not its own choice. Of a stopped container there are exitStatus\n"
		"(128 + the signal that killed it), signal, oomKilled and finished (the\n"
		"time), where known: see tare-wait(1).",
	.examples = "  tare state mine | jq -r .status\n",
	.least = 1,
	.most = 1,
	.run = run,
};
