/* SPDX-License-Identifier: Apache-2.0 */
#include "bus.h"

#include "base/clock.h"
#include "base/error.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define SERVICE "org.freedesktop.systemd1"
#define MANAGER SERVICE ".Manager"
#define MANAGER_PATH "/org/freedesktop/systemd1"

static int64_t deadline; /* by the clock of time_now() */

void bus_wait_until(int64_t time)
{
	deadline = time;
}

/* --- the library --- */

/* clang-format off */
#define FUNCTIONS(X)                                                                               \
	X(sd_bus_open_system) X(sd_bus_open_user) X(sd_bus_close_unref) X(sd_bus_process)          \
	X(sd_bus_get_fd) X(sd_bus_get_events) X(sd_bus_get_timeout) X(sd_bus_call_async)           \
	X(sd_bus_match_signal_async) X(sd_bus_message_new_method_call) X(sd_bus_message_append)    \
	X(sd_bus_message_append_array) X(sd_bus_message_open_container)                            \
	X(sd_bus_message_close_container) X(sd_bus_message_read) X(sd_bus_message_enter_container) \
	X(sd_bus_message_get_error) X(sd_bus_message_unref)
/* clang-format on */

static struct {
	void *handle;
#define POINTER(name) typeof(name) *name;
	FUNCTIONS(POINTER)
#undef POINTER
} lib;

static int load(void)
{
	if (lib.handle)
		return 0;
	void *handle = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		(void)fail_as(CODE_SYSTEMD, 0, NULL,
			      "the systemd cgroup manager needs libsystemd: %s", dlerror());
		return hint("apt-get install libsystemd0, or --cgroup-manager cgroupfs");
	}
#define FIND(name)                                                                                 \
	if (!(lib.name = (typeof(name) *)dlsym(handle, #name)))                                    \
		return fail_as(CODE_SYSTEMD, 0, NULL, "libsystemd is too old: it has no %s", #name);
	FUNCTIONS(FIND)
#undef FIND
	lib.handle = handle;
	return 0;
}

/* --- the bus --- */

struct talk {
	sd_bus *bus;

	bool answered;
	char error[128], message[512]; /* of the last reply; "": it was not an error */
	char text[PATH_MAX + 64];      /* first string or object path of the reply */

	const char *unit;
	bool removed; /* the job of our unit has ended */
	char result[64];
};

static void bus_disconnect(struct talk *t)
{
	if (t->bus)
		lib.sd_bus_close_unref(t->bus);
}

static int await(struct talk *t, const bool *done)
{
	while (!*done) {
		int result = lib.sd_bus_process(t->bus, NULL);
		if (result < 0)
			return fail_as(CODE_SYSTEMD, -result, "sd_bus_process",
				       "the connection to systemd");
		if (result > 0)
			continue;
		int64_t wait = deadline - time_now();
		uint64_t until = UINT64_MAX;
		if (wait <= 0) {
			(void)fail_as(CODE_SYSTEMD, ETIMEDOUT, NULL, "systemd does not answer");
			return hint("--cgroup-manager cgroupfs does not need it");
		}
		if (lib.sd_bus_get_timeout(t->bus, &until) >= 0 && until != UINT64_MAX &&
		    (int64_t)(until / 1000) - time_now() < wait)
			wait = (int64_t)(until / 1000) - time_now() + 1;
		struct pollfd fd = { lib.sd_bus_get_fd(t->bus),
				     (short)lib.sd_bus_get_events(t->bus), 0 };
		wait = wait < 0 ? 0 : wait;
		(void)poll(&fd, 1, (int)wait);
	}
	return 0;
}

static int on_answer(sd_bus_message *m, void *context, sd_bus_error *unused)
{
	struct talk *t = context;
	const sd_bus_error *error = lib.sd_bus_message_get_error(m);
	const char *text = "";

	(void)unused;
	t->answered = true;
	snprintf(t->error, sizeof t->error, "%s", error && error->name ? error->name : "");
	snprintf(t->message, sizeof t->message, "%s",
		 error && error->message ? error->message : "");
	if (!error && lib.sd_bus_message_enter_container(m, 'v', "s") >= 0)
		(void)lib.sd_bus_message_read(m, "s", &text);
	else if (!error && lib.sd_bus_message_read(m, "o", &text) < 0)
		text = "";
	snprintf(t->text, sizeof t->text, "%s", text ? text : "");
	return 1;
}

static int on_removed(sd_bus_message *m, void *context, sd_bus_error *unused)
{
	struct talk *t = context;
	const char *job, *unit, *result;
	uint32_t id;

	(void)unused;
	/* 0: it has no arguments. */
	if (lib.sd_bus_message_read(m, "uoss", &id, &job, &unit, &result) > 0 &&
	    !strcmp(unit, t->unit) && t->answered && !strcmp(job, t->text)) {
		snprintf(t->result, sizeof t->result, "%s", result);
		t->removed = true;
	}
	return 0;
}

/* Sends the message, frees it, and waits for the reply. -EREMOTEIO if the reply is an error.
 * `made` is the result of appending the arguments: if it is negative, nothing is sent. */
static int call(struct talk *t, sd_bus_message *m, const char *method, int made)
{
	t->answered = false;
	/* No timeout in the library (25 s by default), because await() has its own. */
	int err = made < 0 ? made
			   : lib.sd_bus_call_async(t->bus, NULL, m, on_answer, t, UINT64_MAX);

	lib.sd_bus_message_unref(m);
	if (err < 0)
		return fail_as(CODE_SYSTEMD, -err,
			       made < 0 ? "sd_bus_message_append" : "sd_bus_call_async", "%s %s",
			       method, t->unit);
	err = await(t, &t->answered);
	if (err)
		return also("%s %s", method, t->unit);
	return *t->error ? fail_as(CODE_SYSTEMD, EREMOTEIO, NULL, "systemd refuses %s %s: %s",
				   method, t->unit, *t->message ? t->message : t->error)
			 : 0;
}

static int begin_call(struct talk *t, const char *path, const char *interface, const char *method,
		      sd_bus_message **m)
{
	int err = lib.sd_bus_message_new_method_call(t->bus, m, SERVICE, path, interface, method);

	return err < 0 ? fail_as(CODE_SYSTEMD, -err, "sd_bus_message_new_method_call", "%s", method)
		       : 0;
}

/* A call of the manager with strings as arguments. */
static int call_simple(struct talk *t, const char *method, const char *types, const char *one,
		       const char *two)
{
	sd_bus_message *m;
	int err = begin_call(t, MANAGER_PATH, MANAGER, method, &m);

	if (err)
		return err;
	err = *types ? lib.sd_bus_message_append(m, types, one, two) : 0;
	return call(t, m, method, err);
}

static int bus_connect(struct talk *t, bool user, const char *unit, bool jobs)
{
	*t = (struct talk){ .unit = unit };
	int err = load();

	if (err)
		return err;
	err = user ? lib.sd_bus_open_user(&t->bus) : lib.sd_bus_open_system(&t->bus);
	if (err < 0) {
		/* Engines take "no such file or directory" for a missing program. */
		(void)fail_as(CODE_SYSTEMD, err == -ENOENT ? ECONNREFUSED : -err,
			      user ? "sd_bus_open_user" : "sd_bus_open_system",
			      "the bus of systemd's %s manager", user ? "user" : "system");
		return hint(user ? "is there a user session? XDG_RUNTIME_DIR and "
				   "DBUS_SESSION_BUS_ADDRESS name its bus"
				 : "--cgroup-manager cgroupfs does not need systemd");
	}
	if (!jobs)
		return 0;
	err = lib.sd_bus_match_signal_async(t->bus, NULL, SERVICE, MANAGER_PATH, MANAGER,
					    "JobRemoved", on_removed, NULL, t);
	if (err < 0)
		return fail_as(CODE_SYSTEMD, -err, "sd_bus_match_signal_async", "JobRemoved");
	return call_simple(t, "Subscribe", "", NULL, NULL);
}

/* --- properties --- */

static int append_bytes(sd_bus_message *m, const char *hex)
{
	uint8_t byte[1024];
	size_t count = 0;

	for (; *hex && hex[1] && count < sizeof byte; hex += 2) {
		char two[3] = { hex[0], hex[1], '\0' };
		byte[count++] = (uint8_t)strtoul(two, NULL, 16);
	}
	return lib.sd_bus_message_append_array(m, 'y', byte, count);
}

static int append_strings(sd_bus_message *m, const char *list)
{
	char copy[4096], *save;
	int err = lib.sd_bus_message_open_container(m, 'a', "s");

	snprintf(copy, sizeof copy, "%s", list);
	for (char *word = strtok_r(copy, " ", &save); word && err >= 0;
	     word = strtok_r(NULL, " ", &save))
		err = lib.sd_bus_message_append(m, "s", word);
	return err < 0 ? err : lib.sd_bus_message_close_container(m);
}

/* "char-* m /dev/char/1:3 rw": pairs */
static int append_pairs(sd_bus_message *m, const char *list)
{
	int err = lib.sd_bus_message_open_container(m, 'a', "(ss)"), used = 0;
	char first[128], second[128];

	for (; err >= 0 && sscanf(list, "%127s %127s%n", first, second, &used) == 2; list += used)
		err = lib.sd_bus_message_append(m, "(ss)", first, second);
	return err < 0 ? err : lib.sd_bus_message_close_container(m);
}

static int append_value(sd_bus_message *m, const char *type, const char *value)
{
	switch (*type) {
	case 'b':
		return lib.sd_bus_message_append(m, "b", !strcmp(value, "true"));
	case 't':
		return lib.sd_bus_message_append(m, "t", (uint64_t)strtoull(value, NULL, 10));
	case 'x':
		return lib.sd_bus_message_append(m, "x", (int64_t)strtoll(value, NULL, 10));
	case 'u':
		return lib.sd_bus_message_append(m, "u", (uint32_t)strtoul(value, NULL, 10));
	case 'i':
		return lib.sd_bus_message_append(m, "i", (int32_t)strtol(value, NULL, 10));
	case 'a':
		return type[1] == 'y'	? append_bytes(m, value)
		       : type[1] == '(' ? append_pairs(m, value)
					: append_strings(m, value);
	default:
		return lib.sd_bus_message_append(m, "s", value);
	}
}

static int append_property(sd_bus_message *m, const char *property)
{
	char name[128], type[8];
	int length = 0;

	if (sscanf(property, "%127s %7s %n", name, type, &length) < 2 || !length)
		return -EINVAL;
	int err = lib.sd_bus_message_open_container(m, 'r', "sv");
	err = err < 0 ? err : lib.sd_bus_message_append(m, "s", name);
	err = err < 0 ? err : lib.sd_bus_message_open_container(m, 'v', type);
	err = err < 0 ? err : append_value(m, type, property + length);
	err = err < 0 ? err : lib.sd_bus_message_close_container(m);
	return err < 0 ? err : lib.sd_bus_message_close_container(m);
}

static int append_properties(sd_bus_message *m, const struct strings *properties, pid_t pid)
{
	int err = lib.sd_bus_message_open_container(m, 'a', "(sv)");

	for (size_t i = 0; i < properties->count && err >= 0; i++)
		err = append_property(m, properties->item[i]);
	if (pid && err >= 0)
		err = lib.sd_bus_message_append(m, "(sv)", "PIDs", "au", 1, (uint32_t)pid);
	return err < 0 ? err : lib.sd_bus_message_close_container(m);
}

/* --- units --- */

static int start(struct talk *t, const struct strings *properties, pid_t pid)
{
	sd_bus_message *m;
	int err = begin_call(t, MANAGER_PATH, MANAGER, "StartTransientUnit", &m);

	if (err)
		return err;
	err = lib.sd_bus_message_append(m, "ss", t->unit, "fail");
	err = err < 0 ? err : append_properties(m, properties, pid);
	err = err < 0 ? err : lib.sd_bus_message_append(m, "a(sa(sv))", 0);
	t->removed = false;
	return call(t, m, "StartTransientUnit", err);
}

int bus_start_scope(bool user, const char *unit, const struct strings *properties, pid_t pid)
{
	__attribute__((cleanup(bus_disconnect))) struct talk t;
	int err = bus_connect(&t, user, unit, true);

	if (!err)
		err = start(&t, properties, pid);
	if (err == -EREMOTEIO && !strcmp(t.error, SERVICE ".UnitExists")) {
		/* A failed unit of this name is still loaded: reset it. */
		err = call_simple(&t, "ResetFailedUnit", "s", unit, NULL);
		if (!err)
			err = start(&t, properties, pid);
	}
	if (!err)
		err = await(&t, &t.removed);
	if (!err && strcmp(t.result, "done"))
		return fail_as(CODE_SYSTEMD, EREMOTEIO, NULL,
			       "systemd's job for %s ended with result \"%s\"", unit, t.result);
	return err;
}

int bus_set_properties(bool user, const char *unit, const struct strings *properties)
{
	__attribute__((cleanup(bus_disconnect))) struct talk t;
	sd_bus_message *m;
	int err = bus_connect(&t, user, unit, false);

	if (!err)
		err = begin_call(&t, MANAGER_PATH, MANAGER, "SetUnitProperties", &m);
	if (err)
		return err;
	err = lib.sd_bus_message_append(m, "sb", unit, true);
	err = err < 0 ? err : append_properties(m, properties, 0);
	return call(&t, m, "SetUnitProperties", err);
}

/* A property of the unit whose object path `path` is: into t->text. */
static int get_property(struct talk *t, const char *path, const char *name)
{
	sd_bus_message *m;
	int err = begin_call(t, path, "org.freedesktop.DBus.Properties", "Get", &m);

	if (err)
		return err;
	err = lib.sd_bus_message_append(m, "ss", SERVICE ".Unit", name);
	return call(t, m, "Get", err);
}

/* Whether the unit is this container's, another's, or gone. The description contains the path of
 * the state directory, so it identifies the container. A unit may end at any moment, and a
 * question about one that has ended makes systemd load an empty unit of its name, described by
 * that name. So it is not asked whether the unit is there (GetUnit), but what was loaded. */
enum owner { GONE, ANOTHER, OURS };

static int find_owner(struct talk *t, const char *description)
{
	char path[sizeof t->text];
	int err = call_simple(t, "LoadUnit", "s", t->unit, NULL);

	if (err)
		return err;
	snprintf(path, sizeof path, "%s", t->text);
	err = get_property(t, path, "Description");
	if (err || !strcmp(t->text, description))
		return err ? err : OURS;
	err = get_property(t, path, "LoadState");
	return err ? err : strcmp(t->text, "not-found") ? ANOTHER : GONE;
}

int bus_owner(bool user, const char *unit, const char *description)
{
	__attribute__((cleanup(bus_disconnect))) struct talk t;
	int err = bus_connect(&t, user, unit, false);

	if (!err)
		err = find_owner(&t, description);
	return err < 0 ? err : err != ANOTHER;
}

int bus_stop_scope(bool user, const char *unit, const char *description)
{
	__attribute__((cleanup(bus_disconnect))) struct talk t;
	int err = bus_connect(&t, user, unit, true);

	if (!err)
		err = find_owner(&t, description);
	if (err != OURS)
		return err < 0 ? err : 0;
	t.removed = false;
	err = call_simple(&t, "StopUnit", "ss", unit, "replace");
	if (!err)
		return await(&t, &t.removed);
	if (err != -EREMOTEIO || strcmp(t.error, SERVICE ".NoSuchUnit"))
		return err;
	/* systemd stops an empty scope by itself, perhaps meanwhile. */
	error_clear();
	return 0;
}
