/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

void addr_put_add(struct netlink_batch *b, int index, const char *link_name, struct ip4net addr)
{
	struct ifaddrmsg *ifa = netlink_add(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*ifa));

	netlink_label(b, "address-add", "add an address to", link_name);
	netlink_ignore(b, EEXIST);
	ifa->ifa_family = AF_INET;
	ifa->ifa_prefixlen = addr.len;
	ifa->ifa_index = (unsigned)index;
	netlink_put_be32(b, IFA_LOCAL, addr.addr);
	netlink_put_be32(b, IFA_ADDRESS, addr.addr);
	/* As `ip address add ... broadcast +` does. */
	if (addr.len < 31)
		netlink_put_be32(b, IFA_BROADCAST, addr.addr | ~ip4net_mask(addr.len));
}

struct listing {
	struct arena *arena;
	int index;
	struct ip4net *list;
	size_t count;
};

static void list_address(const struct nlmsghdr *msg, void *arg)
{
	struct listing *l = arg;
	const struct ifaddrmsg *ifa;
	const struct nlattr *attr;
	struct ip4net net = { 0 };

	if (!msg) {
		l->count = 0;
		return;
	}
	ifa = mnl_nlmsg_get_payload(msg);
	if (msg->nlmsg_type != RTM_NEWADDR || ifa->ifa_family != AF_INET ||
	    (l->index && ifa->ifa_index != (unsigned)l->index))
		return;
	/* IFA_LOCAL is the address; IFA_ADDRESS is the other end's on a point-to-point link. */
	mnl_attr_for_each(attr, msg, sizeof(*ifa))
	{
		if (mnl_attr_get_type(attr) == IFA_LOCAL)
			net.addr = ntohl(mnl_attr_get_u32(attr));
	}
	net.len = ifa->ifa_prefixlen;
	arena_push(l->arena, l->list, l->count, net);
}

int addr_list(struct netlink *nl, struct arena *a, int index, struct ip4net **list, size_t *count,
	      struct err *e)
{
	struct listing l = { .arena = a, .index = index };
	struct netlink_batch b;
	struct ifaddrmsg *ifa;
	int r;

	netlink_start(&b);
	ifa = netlink_add_dump(&b, RTM_GETADDR, sizeof(*ifa));
	netlink_label(&b, "address-list", "list addresses", "");
	ifa->ifa_family = AF_INET;
	r = netlink_run(nl, &b, list_address, &l, e);
	*list = l.list;
	*count = l.count;
	return r;
}

bool addr_listed(const struct ip4net *list, size_t count, struct ip4net want)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].addr == want.addr && list[i].len == want.len)
			return true;
	return false;
}

/* ---- any family */

struct listing_any {
	struct arena *arena;
	int index;
	struct addr_any *list;
	size_t count;
};

static bool take_bytes(struct addr_any *addr, const struct nlattr *attr, uint8_t to[16])
{
	size_t n = mnl_attr_get_payload_len(attr);

	if (n > 16)
		return false;
	memcpy(to, mnl_attr_get_payload(attr), n);
	addr->size = (uint8_t)n;
	return true;
}

static struct addr_any parse_any(const struct nlmsghdr *msg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(msg);
	struct addr_any addr = { .family = ifa->ifa_family,
				 .len = ifa->ifa_prefixlen,
				 .flags = ifa->ifa_flags };
	const struct nlattr *attr;

	mnl_attr_for_each(attr, msg, sizeof(*ifa))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFA_LOCAL:
			addr.has_local = take_bytes(&addr, attr, addr.local);
			break;
		case IFA_ADDRESS:
			addr.has_peer = take_bytes(&addr, attr, addr.peer);
			break;
		case IFA_BROADCAST:
			addr.has_broadcast = take_bytes(&addr, attr, addr.broadcast);
			break;
		case IFA_FLAGS: /* the header has room for the first eight */
			addr.flags = mnl_attr_get_u32(attr);
			break;
		}
	}
	return addr;
}

static void list_permanent(const struct nlmsghdr *msg, void *arg)
{
	struct listing_any *l = arg;
	const struct ifaddrmsg *ifa;
	struct addr_any addr;

	if (!msg) {
		l->count = 0;
		return;
	}
	ifa = mnl_nlmsg_get_payload(msg);
	if (msg->nlmsg_type != RTM_NEWADDR || ifa->ifa_index != (unsigned)l->index ||
	    ifa->ifa_scope != RT_SCOPE_UNIVERSE)
		return;
	addr = parse_any(msg);
	if (addr.flags & IFA_F_PERMANENT)
		arena_push(l->arena, l->list, l->count, addr);
}

int addr_list_permanent(struct netlink *nl, struct arena *a, int index, struct addr_any **list, size_t *count,
			struct err *e)
{
	struct listing_any l = { .arena = a, .index = index };
	struct netlink_batch b;
	int r;

	netlink_start(&b);
	netlink_add_dump(&b, RTM_GETADDR, sizeof(struct ifaddrmsg));
	netlink_label(&b, "address-list", "list addresses", "");
	r = netlink_run(nl, &b, list_permanent, &l, e);
	*list = l.list;
	*count = l.count;
	return r;
}

void addr_put_any(struct netlink_batch *b, int index, const char *link_name, const struct addr_any *addr)
{
	struct ifaddrmsg *ifa = netlink_add(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*ifa));
	uint32_t flags = addr->flags & (IFA_F_NOPREFIXROUTE | IFA_F_MANAGETEMPADDR | IFA_F_MCAUTOJOIN);

	netlink_label(b, "address-add", "add an address to", link_name);
	netlink_ignore(b, EEXIST);
	ifa->ifa_family = addr->family;
	ifa->ifa_prefixlen = addr->len;
	ifa->ifa_index = (unsigned)index;
	netlink_put_u32(b, IFA_FLAGS, addr->family == AF_INET6 ? flags | IFA_F_NODAD : flags);
	if (addr->has_local)
		netlink_put(b, IFA_LOCAL, addr->local, addr->size);
	if (addr->has_peer)
		netlink_put(b, IFA_ADDRESS, addr->peer, addr->size);
	if (addr->has_broadcast)
		netlink_put(b, IFA_BROADCAST, addr->broadcast, addr->size);
}
