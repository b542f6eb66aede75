/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include "error.h"
#include "io.h"
#include "proc.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER = 32 * 1024, ADDRESSES = 256 };

/* --- messages --- */

struct request {
	struct nlmsghdr header;
	char body[1024];
};

static struct request begin(int type, int flags, const void *fixed, size_t size)
{
	struct request r = { .header = { .nlmsg_len = NLMSG_LENGTH((uint32_t)size),
					 .nlmsg_type = (uint16_t)type,
					 .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) } };

	memcpy(r.body, fixed, size);
	return r;
}

static void add(struct request *r, int type, const void *data, size_t size)
{
	struct rtattr *a = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->header.nlmsg_len));

	a->rta_type = (unsigned short)type;
	a->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(a), data, size);
	r->header.nlmsg_len = NLMSG_ALIGN(r->header.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

/* Calls `each` for every message of the answer. 0, or a negative errno from the kernel or from
 * `each`. */
static int ask(int socket, struct request *r, int (*each)(const struct nlmsghdr *, void *),
	       void *context)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER];

	if (send(socket, r, r->header.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		ssize_t n = recv(socket, answer, sizeof answer, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EPROTO;
		size_t left = (size_t)n;
		for (struct nlmsghdr *h = (struct nlmsghdr *)answer; NLMSG_OK(h, left);
		     h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return ((struct nlmsgerr *)NLMSG_DATA(h))->error;
			int err = each ? each(h, context) : 0;
			if (err)
				return err;
			if (!(h->nlmsg_flags & NLM_F_MULTI) && !(r->header.nlmsg_flags & NLM_F_ACK))
				return 0;
		}
	}
}

/* A socket belongs to the namespace in which it was made. */
static int open_socket(int namespace)
{
	auto_fd int own = namespace >= 0 ? proc_namespace("self/ns/net") : -1;

	if (namespace >= 0 && (own < 0 || setns(namespace, CLONE_NEWNET)))
		return own < 0 ? own : fail(errno, "setns", "the network namespace");
	auto_fd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int err = fd < 0 ? fail(errno, "socket", "rtnetlink") : 0;
	if (own >= 0 && setns(own, CLONE_NEWNET))
		return fail(errno, "setns", "back to the original network namespace");
	return err ? err : take(&fd);
}

/* --- links --- */

static int read_link(const struct nlmsghdr *h, void *context)
{
	struct link *link = context;
	const struct ifinfomsg *info = NLMSG_DATA(h);
	size_t left = IFLA_PAYLOAD(h), used = 0;

	if (h->nlmsg_type != RTM_NEWLINK)
		return 0;
	link->index = info->ifi_index;
	for (const struct rtattr *a = IFLA_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		const unsigned char *byte = RTA_DATA(a);
		if (a->rta_type != IFLA_ADDRESS)
			continue;
		for (size_t i = 0; i < RTA_PAYLOAD(a) && i < 32; i++)
			used += (size_t)snprintf(link->hardware + used, LINK_HARDWARE - used,
						 "%s%02x", i ? ":" : "", byte[i]);
	}
	return 0;
}

static int find(int socket, const char *name, struct link *link)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct request r = begin(RTM_GETLINK, 0, &info, sizeof info);

	*link = (struct link){ 0 };
	add(&r, IFLA_IFNAME, name, strlen(name) + 1);
	int err = ask(socket, &r, read_link, link);
	return err ? fail(-err, "rtnetlink", "network device %s", name) : 0;
}

int link_find_in(int namespace, const char *name, struct link *link)
{
	auto_fd int fd = open_socket(namespace);

	return fd < 0 ? fd : find(fd, name, link);
}

int link_find(const char *name, struct link *link)
{
	return link_find_in(-1, name, link);
}

/* --- addresses --- */

struct address {
	struct ifaddrmsg message;
	unsigned char local[16], address[16];
	bool has_local;
};

struct addresses {
	int index;
	size_t count;
	struct address item[ADDRESSES];
};

static int read_address(const struct nlmsghdr *h, void *context)
{
	struct addresses *all = context;
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	size_t left = IFA_PAYLOAD(h);
	uint32_t flags = m->ifa_flags;
	struct address a = { .message = *m };

	/* Addresses that the network assigns again (from router advertisements, temporary ones)
	 * are not moved: only permanent ones are. */
	if (h->nlmsg_type != RTM_NEWADDR || (int)m->ifa_index != all->index ||
	    m->ifa_scope != RT_SCOPE_UNIVERSE)
		return 0;
	for (const struct rtattr *t = IFA_RTA(m); RTA_OK(t, left); t = RTA_NEXT(t, left)) {
		size_t size = RTA_PAYLOAD(t) < 16 ? RTA_PAYLOAD(t) : 16;
		if (t->rta_type == IFA_LOCAL) {
			memcpy(a.local, RTA_DATA(t), size);
			a.has_local = true;
		} else if (t->rta_type == IFA_ADDRESS) {
			memcpy(a.address, RTA_DATA(t), size);
		} else if (t->rta_type == IFA_FLAGS) {
			memcpy(&flags, RTA_DATA(t), sizeof flags);
		}
	}
	if (flags & IFA_F_PERMANENT && all->count < ADDRESSES)
		all->item[all->count++] = a;
	return 0;
}

static int list_addresses(int socket, int index, struct addresses *all)
{
	const struct ifaddrmsg message = { .ifa_family = AF_UNSPEC };
	struct request r = begin(RTM_GETADDR, NLM_F_DUMP, &message, sizeof message);

	all->index = index;
	all->count = 0;
	return ask(socket, &r, read_address, all);
}

static int add_address(int socket, int index, const struct address *a)
{
	struct ifaddrmsg message = { .ifa_family = a->message.ifa_family,
				     .ifa_prefixlen = a->message.ifa_prefixlen,
				     .ifa_flags = IFA_F_NODAD,
				     .ifa_index = (unsigned)index };
	struct request r = begin(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, &message,
				 sizeof message);
	size_t size = message.ifa_family == AF_INET ? 4 : 16;

	if (message.ifa_family == AF_INET)
		message.ifa_flags = 0;
	memcpy(r.body, &message, sizeof message);
	add(&r, IFA_LOCAL, a->has_local ? a->local : a->address, size);
	add(&r, IFA_ADDRESS, a->address, size);
	int err = ask(socket, &r, NULL, NULL);
	return err == -EEXIST ? 0 : err;
}

/* --- moving --- */

static int change(int socket, int index, bool up, int namespace, const char *name)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC,
					.ifi_index = index,
					.ifi_flags = up ? IFF_UP : 0,
					.ifi_change = up ? IFF_UP : 0 };
	struct request r = begin(RTM_NEWLINK, NLM_F_ACK, &info, sizeof info);
	uint32_t fd = (uint32_t) namespace;

	if (namespace >= 0)
		add(&r, IFLA_NET_NS_FD, &fd, sizeof fd);
	if (name)
		add(&r, IFLA_IFNAME, name, strlen(name) + 1);
	return ask(socket, &r, NULL, NULL);
}

static int settle(int socket, const char *name, const struct addresses *addresses)
{
	struct link link;
	int err = find(socket, name, &link);

	for (size_t i = 0; !err && i < addresses->count; i++)
		err = add_address(socket, link.index, &addresses->item[i]);
	if (!err)
		err = change(socket, link.index, true, -1, NULL);
	return err;
}

/* The kernel may have moved the device before it reported an error, so look for it under both
 * names. */
static void put_back(int there, const char *name, const char *new_name, const struct link *old,
		     int here, int home, const struct addresses *addresses)
{
	const char *names[] = { new_name, name };
	struct link link;

	for (int i = 0; i < 2; i++)
		if (!find(there, names[i], &link) && !strcmp(link.hardware, old->hardware) &&
		    !change(there, link.index, false, home, name)) {
			(void)settle(here, name, addresses);
			return;
		}
}

int link_move(int from, const char *name, int to, const char *new_name)
{
	static struct addresses addresses;
	struct link link, other;
	auto_fd int own = proc_namespace("self/ns/net");
	auto_fd int here = own < 0 ? own : open_socket(from);
	auto_fd int there = here < 0 ? here : open_socket(to);

	if (there < 0)
		return there;
	int err = find(here, name, &link);
	if (err)
		return err;
	if (!find(there, new_name, &other))
		return fail(EEXIST, "rtnetlink", "network device %s in the other namespace",
			    new_name);
	error_clear();
	err = list_addresses(here, link.index, &addresses);
	if (!err)
		err = change(here, link.index, false, to < 0 ? own : to, new_name);
	if (!err)
		err = settle(there, new_name, &addresses);
	if (!err)
		return 0;
	put_back(there, name, new_name, &link, here, from < 0 ? own : from, &addresses);
	return fail(-err, "rtnetlink", "network device %s as %s in the other namespace", name,
		    new_name);
}
