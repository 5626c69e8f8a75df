/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "observe/world/dump.h"
#include "observe/world/parts.h"

/* Addresses of links, of both families, and neighbours. */

/* Whatever the family, IFA_LOCAL is the address where both are there, and IFA_ADDRESS then the peer's. */
struct both {
	struct ip local, address;
	uint64_t flags;
};

static const struct attr_row addr_rows[] = {
	{ IFA_LOCAL, ATTR_IP, offsetof(struct both, local) },
	{ IFA_ADDRESS, ATTR_IP, offsetof(struct both, address) },
	{ IFA_FLAGS, ATTR_NUMBER, offsetof(struct both, flags) },
	{ 0 },
};

static void take_addr(const struct nlmsghdr *msg, void *arg)
{
	struct dump *d = arg;
	const struct ifaddrmsg *ifa = msg ? mnl_nlmsg_get_payload(msg) : NULL;
	struct both both = { 0 };
	struct world_addr addr = { 0 };

	if (!msg)
		d->ns->n_addrs = 0;
	if (!msg || msg->nlmsg_type != RTM_NEWADDR ||
	    (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6))
		return;
	attr_take_all(d->w->arena, addr_rows, msg, sizeof(*ifa), &both);
	addr.link = ifa->ifa_index;
	addr.scope = ifa->ifa_scope;
	addr.flags = both.flags;
	addr.ip = ip_is(both.local) ? both.local : both.address;
	if (ip_is(both.local) && !ip_same(both.local, both.address))
		addr.peer = both.address;
	/* the prefix is the peer's, where there is one */
	if (ip_is(addr.peer))
		addr.peer.len = ifa->ifa_prefixlen;
	else
		addr.ip.len = ifa->ifa_prefixlen;
	arena_push(d->w->arena, d->ns->addrs, d->ns->n_addrs, addr);
}

void world_read_addrs(struct world *w, struct world_netns *ns, struct netlink *nl)
{
	struct dump d = { w, ns, nl, 0 };
	struct netlink_batch b;

	netlink_start(&b);
	netlink_add_dump(&b, RTM_GETADDR, sizeof(struct ifaddrmsg));
	dump_run(&d, &b, take_addr, "addresses");
}

static const struct attr_row neigh_rows[] = {
	{ NDA_DST, ATTR_IP, offsetof(struct world_neigh, ip) },
	{ NDA_LLADDR, ATTR_MAC, offsetof(struct world_neigh, mac) },
	{ NDA_VLAN, ATTR_NUMBER, offsetof(struct world_neigh, vlan) },
	{ NDA_MASTER, ATTR_NUMBER, offsetof(struct world_neigh, master) },
	{ 0 },
};

/* Of a bridge's table only what it or its ports have; what each link has for itself (multicast) says nothing. */
static bool matters(const struct ndmsg *ndm, const struct world_neigh *n)
{
	if (ndm->ndm_family == AF_BRIDGE)
		return n->master || ip_is(n->ip);
	return ip_is(n->ip) && n->state != NUD_NOARP;
}

static void take_neigh(const struct nlmsghdr *msg, void *arg)
{
	struct dump *d = arg;
	const struct ndmsg *ndm = msg ? mnl_nlmsg_get_payload(msg) : NULL;
	struct world_neigh n = { 0 };

	if (!msg)
		d->ns->n_neighs = d->at;
	if (!msg || msg->nlmsg_type != RTM_NEWNEIGH)
		return;
	n.link = ndm->ndm_ifindex;
	n.state = ndm->ndm_state;
	n.flags = ndm->ndm_flags;
	attr_take_all(d->w->arena, neigh_rows, msg, sizeof(*ndm), &n);
	if (matters(ndm, &n))
		arena_push(d->w->arena, d->ns->neighs, d->ns->n_neighs, n);
}

static void read_family(struct dump *d, uint8_t family, const char *what)
{
	struct netlink_batch b;
	struct ndmsg *ndm;

	netlink_start(&b);
	ndm = netlink_add_dump(&b, RTM_GETNEIGH, sizeof(*ndm));
	ndm->ndm_family = family;
	d->at = d->ns->n_neighs;
	dump_run(d, &b, take_neigh, what);
}

static bool has_bridge(const struct world_netns *ns)
{
	for (size_t i = 0; i < ns->n_links; i++)
		if (str_eq(ns->links[i].kind, "bridge") || str_eq(ns->links[i].kind, "vxlan"))
			return true;
	return false;
}

void world_read_neighs(struct world *w, struct world_netns *ns, struct netlink *nl)
{
	struct dump d = { w, ns, nl, 0 };

	read_family(&d, AF_UNSPEC, "neighbours");
	if (has_bridge(ns))
		read_family(&d, AF_BRIDGE, "forwarding tables of bridges");
}
