/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/addr.h"

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
	struct ip4net net = {0};

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
	struct listing l = {.arena = a, .index = index};
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
