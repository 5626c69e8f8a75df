/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/addr.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

/* Begin the message. flags: IFA_F_*. */
static void put_new(struct netlink_batch *b, int index, const char *link_name, struct ip addr, uint32_t flags)
{
	struct ifaddrmsg *ifa = netlink_add(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof(*ifa));

	netlink_label(b, "address-add", "add an address to", link_name);
	netlink_ignore(b, EEXIST);
	ifa->ifa_family = addr.family;
	ifa->ifa_prefixlen = addr.len;
	ifa->ifa_index = (unsigned)index;
	if (addr.family == AF_INET6)
		flags |= IFA_F_NODAD;
	if (flags) /* not the header's field, which has room for the first eight */
		netlink_put_u32(b, IFA_FLAGS, flags);
}

void addr_put_add(struct netlink_batch *b, int index, const char *link_name, struct ip addr)
{
	put_new(b, index, link_name, addr, 0);
	netlink_put_ip(b, IFA_LOCAL, addr);
	netlink_put_ip(b, IFA_ADDRESS, addr);
	/* As `ip address add ... broadcast +` does. */
	if (addr.family == AF_INET && addr.len < 31)
		netlink_put_ip(b, IFA_BROADCAST, ip_last(addr));
}

void addr_put_delete(struct netlink_batch *b, int index, const char *link_name, struct ip addr)
{
	struct ifaddrmsg *ifa = netlink_add(b, RTM_DELADDR, 0, sizeof(*ifa));

	netlink_label(b, "address-delete", "take an address from", link_name);
	netlink_ignore(b, EADDRNOTAVAIL);
	ifa->ifa_family = addr.family;
	ifa->ifa_prefixlen = addr.len;
	ifa->ifa_index = (unsigned)index;
	netlink_put_ip(b, IFA_LOCAL, addr);
}

static struct ip take_ip(const struct ifaddrmsg *ifa, const struct nlattr *attr)
{
	struct ip ip = ip_of(ifa->ifa_family, mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));

	ip.len = ifa->ifa_prefixlen;
	return ip;
}

static struct addr_whole parse(const struct nlmsghdr *msg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(msg);
	struct addr_whole addr = { .flags = ifa->ifa_flags };
	const struct nlattr *attr;

	mnl_attr_for_each(attr, msg, sizeof(*ifa))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFA_LOCAL:
			addr.local = take_ip(ifa, attr);
			break;
		case IFA_ADDRESS:
			addr.peer = take_ip(ifa, attr);
			break;
		case IFA_BROADCAST:
			addr.broadcast = take_ip(ifa, attr);
			break;
		case IFA_FLAGS:
			addr.flags = mnl_attr_get_u32(attr);
			break;
		}
	}
	return addr;
}

static int dump(struct netlink *nl, int family, netlink_fn *fn, void *arg, struct err *e)
{
	struct netlink_batch b;
	struct ifaddrmsg *ifa;

	netlink_start(&b);
	ifa = netlink_add_dump(&b, RTM_GETADDR, sizeof(*ifa));
	netlink_label(&b, "address-list", "list addresses", "");
	ifa->ifa_family = (uint8_t)family;
	return netlink_run(nl, &b, fn, arg, e);
}

static bool is_of(const struct nlmsghdr *msg, int index)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(msg);

	return msg->nlmsg_type == RTM_NEWADDR && (!index || ifa->ifa_index == (unsigned)index);
}

struct listing {
	struct arena *arena;
	int index;
	struct ip *list;
	size_t count;
};

static void list_address(const struct nlmsghdr *msg, void *arg)
{
	struct listing *l = arg;
	struct addr_whole addr;

	if (!msg) {
		l->count = 0;
		return;
	}
	if (!is_of(msg, l->index))
		return;
	addr = parse(msg);
	/* On a point-to-point link IFA_ADDRESS is the other end's. Else IPv6 has no IFA_LOCAL. */
	if (ip_is(addr.local))
		arena_push(l->arena, l->list, l->count, addr.local);
	else if (ip_is(addr.peer))
		arena_push(l->arena, l->list, l->count, addr.peer);
}

int addr_list(struct netlink *nl, struct arena *a, int family, int index, struct ip **list, size_t *count,
	      struct err *e)
{
	struct listing l = { .arena = a, .index = index };
	int r = dump(nl, family, list_address, &l, e);

	*list = l.list;
	*count = l.count;
	return r;
}

struct search {
	struct ip want;
	int index;
};

static void find_address(const struct nlmsghdr *msg, void *arg)
{
	struct search *s = arg;
	struct addr_whole addr;

	if (!msg)
		s->index = 0;
	if (!msg || !is_of(msg, 0))
		return;
	addr = parse(msg);
	if (ip_equal(ip_is(addr.local) ? addr.local : addr.peer, s->want))
		s->index = (int)((const struct ifaddrmsg *)mnl_nlmsg_get_payload(msg))->ifa_index;
}

int addr_find(struct netlink *nl, struct ip want, int *index, struct err *e)
{
	struct search s = { .want = want };
	int r = dump(nl, want.family, find_address, &s, e);

	*index = s.index;
	return r;
}

bool addr_listed(const struct ip *list, size_t count, struct ip want)
{
	for (size_t i = 0; i < count; i++)
		if (ip_equal(list[i], want))
			return true;
	return false;
}

/* ---- to be taken along */

struct listing_whole {
	struct arena *arena;
	int index;
	struct addr_whole *list;
	size_t count;
};

static void list_permanent(const struct nlmsghdr *msg, void *arg)
{
	struct listing_whole *l = arg;
	const struct ifaddrmsg *ifa;
	struct addr_whole addr;

	if (!msg) {
		l->count = 0;
		return;
	}
	ifa = mnl_nlmsg_get_payload(msg);
	if (!is_of(msg, l->index) || ifa->ifa_scope != RT_SCOPE_UNIVERSE)
		return;
	addr = parse(msg);
	if (addr.flags & IFA_F_PERMANENT && (ip_is(addr.local) || ip_is(addr.peer)))
		arena_push(l->arena, l->list, l->count, addr);
}

int addr_list_permanent(struct netlink *nl, struct arena *a, int index, struct addr_whole **list,
			size_t *count, struct err *e)
{
	struct listing_whole l = { .arena = a, .index = index };
	int r = dump(nl, AF_UNSPEC, list_permanent, &l, e);

	*list = l.list;
	*count = l.count;
	return r;
}

void addr_put_whole(struct netlink_batch *b, int index, const char *link_name, const struct addr_whole *addr)
{
	put_new(b, index, link_name, ip_is(addr->local) ? addr->local : addr->peer,
		addr->flags & (IFA_F_NOPREFIXROUTE | IFA_F_MANAGETEMPADDR | IFA_F_MCAUTOJOIN));
	if (ip_is(addr->local))
		netlink_put_ip(b, IFA_LOCAL, addr->local);
	if (ip_is(addr->peer))
		netlink_put_ip(b, IFA_ADDRESS, addr->peer);
	if (ip_is(addr->broadcast))
		netlink_put_ip(b, IFA_BROADCAST, addr->broadcast);
}
