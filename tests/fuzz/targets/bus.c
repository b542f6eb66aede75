/* SPDX-License-Identifier: Apache-2.0 */
/* The replies and signals of systemd, by a library that answers what the input says. */
#include "src/systemd/bus.c"
#include "tests/fuzz/fuzz.h"

#include <sys/eventfd.h>

static struct input in;
static struct pool texts;
static sd_bus_message_handler_t answer, signal_;
static void *answered, *signalled;

static int result(void)
{
	unsigned n = take_byte(&in);

	return n < 200 ? (int)(n & 1) : -(int)(n - 199);
}

static int fake_open(sd_bus **bus)
{
	int err = result();
	*bus = err < 0 ? NULL : (sd_bus *)&in;
	return err;
}
static sd_bus *fake_close(sd_bus *bus)
{
	(void)bus;
	answer = signal_ = NULL;
	return NULL;
}
static int fake_process(sd_bus *bus, sd_bus_message **m)
{
	(void)bus;
	(void)m;
	if (!in.left)
		return -ECONNRESET;
	unsigned n = take_byte(&in);
	if (n & 1 && answer)
		(void)answer((sd_bus_message *)&in, answered, NULL);
	if (n & 2 && signal_)
		(void)signal_((sd_bus_message *)&in, signalled, NULL);
	return n > 250 ? -EIO : (int)(n & 4);
}
static int fake_fd(sd_bus *bus)
{
	static int fd = -1;

	(void)bus;
	if (fd < 0)
		fd = eventfd(1, EFD_CLOEXEC);
	return fd;
}
static int fake_events(sd_bus *bus)
{
	(void)bus;
	return POLLIN;
}
static int fake_timeout(sd_bus *bus, uint64_t *usec)
{
	(void)bus;
	*usec = 0;
	return 1;
}
static int fake_call(sd_bus *bus, sd_bus_slot **slot, sd_bus_message *m, sd_bus_message_handler_t callback, void *context, uint64_t usec)
{
	(void)bus;
	(void)slot;
	(void)m;
	(void)usec;
	answer = callback;
	answered = context;
	return result();
}
static int fake_match(sd_bus *bus, sd_bus_slot **slot, const char *sender, const char *path, const char *interface, const char *member,
		      sd_bus_message_handler_t callback, sd_bus_message_handler_t installed, void *context)
{
	(void)bus;
	(void)slot;
	(void)sender;
	(void)path;
	(void)interface;
	(void)member;
	(void)installed;
	signal_ = callback;
	signalled = context;
	return result();
}
static int fake_new(sd_bus *bus, sd_bus_message **m, const char *a, const char *b, const char *c, const char *d)
{
	(void)bus;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	*m = (sd_bus_message *)&in;
	return result();
}
static int fake_append(sd_bus_message *m, const char *types, ...)
{
	(void)m;
	(void)types;
	return result();
}
static int fake_array(sd_bus_message *m, char type, const void *bytes, size_t size)
{
	(void)m;
	(void)type;
	(void)bytes;
	(void)size;
	return result();
}
static int fake_container(sd_bus_message *m, char type, const char *contents)
{
	(void)m;
	(void)type;
	(void)contents;
	return result();
}
static int fake_end(sd_bus_message *m)
{
	(void)m;
	return result();
}
static int fake_read(sd_bus_message *m, const char *types, ...)
{
	va_list list;

	(void)m;
	int err = result();
	if (err <= 0)
		return err;
	va_start(list, types);
	for (; *types; types++) {
		void *to = va_arg(list, void *);
		if (!to)
			continue;
		if (strchr("sog", *types))
			*(const char **)to = take_text(&texts, &in, 5000);
		else if (strchr("ub", *types))
			*(uint32_t *)to = (uint32_t)take_number(&in);
		else
			*(uint64_t *)to = take_number(&in);
	}
	va_end(list);
	return err;
}
static const sd_bus_error *fake_error(sd_bus_message *m)
{
	static sd_bus_error error;

	(void)m;
	if (result() <= 0)
		return NULL;
	error.name = take_text(&texts, &in, 5000);
	error.message = take_byte(&in) & 1 ? take_text(&texts, &in, 5000) : NULL;
	return &error;
}
static sd_bus_message *fake_unref(sd_bus_message *m)
{
	(void)m;
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *words[] = { "Description s x y", "MemoryMax t 5", "DeviceAllow a(ss) /dev/null rwm", "AllowedCPUs ay ff01", "CPUWeight t 10" };
	struct strings properties = { words, 5 };

	in = (struct input){ data, size };
	answer = signal_ = NULL;
	bus_wait_until(time_now() + 30000);
	lib = (typeof(lib)){ .handle = &in, .sd_bus_open_system = fake_open, .sd_bus_open_user = fake_open, .sd_bus_close_unref = fake_close,
			     .sd_bus_process = fake_process, .sd_bus_get_fd = fake_fd, .sd_bus_get_events = fake_events,
			     .sd_bus_get_timeout = fake_timeout, .sd_bus_call_async = fake_call, .sd_bus_match_signal_async = fake_match,
			     .sd_bus_message_new_method_call = fake_new, .sd_bus_message_append = fake_append,
			     .sd_bus_message_append_array = fake_array, .sd_bus_message_open_container = fake_container,
			     .sd_bus_message_close_container = fake_end, .sd_bus_message_read = fake_read,
			     .sd_bus_message_enter_container = fake_container, .sd_bus_message_get_error = fake_error,
			     .sd_bus_message_unref = fake_unref };
	unsigned what = take_byte(&in);
	if (what & 1)
		(void)bus_start_scope(what & 16, "x.scope", &properties, 1);
	if (what & 2)
		(void)bus_set_properties(what & 16, "x.scope", &properties);
	if (what & 4)
		(void)bus_owner(what & 16, "x.scope", "x");
	if (what & 8)
		(void)bus_stop_scope(what & 16, "x.scope", "x");
	pool_free(&texts);
	return 0;
}
