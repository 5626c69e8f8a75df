/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "observe/world/dump.h"
#include "observe/world/parts.h"

/* Links, without their counters, which a second dump has for less: those of IPv6 are added up over all processors. What
 * a link's sysctls are comes with it, too: see sysctls.c. */

static const char *const operstates[] = { [0] = "unknown", "notpresent", "down", "lowerlayerdown",
					  "testing",       "dormant",    "up" };

#define PORT(attr, how, member)                                                                              \
	{                                                                                                    \
		IFLA_BRPORT_##attr, how, offsetof(struct world_link, port.member)                            \
	}
static const struct attr_row port_rows[] = {
	PORT(STATE, ATTR_U32, state),
	PORT(ISOLATED, ATTR_FLAG, isolated),
	PORT(LEARNING, ATTR_FLAG, learning),
	PORT(UNICAST_FLOOD, ATTR_FLAG, flood),
	PORT(LOCKED, ATTR_FLAG, locked),
	PORT(MODE, ATTR_FLAG, hairpin),
	PORT(GUARD, ATTR_FLAG, guard),
	PORT(NEIGH_SUPPRESS, ATTR_FLAG, neigh_suppress),
	{ 0 },
};

#define LINK(attr, how, member)                                                                              \
	{                                                                                                    \
		IFLA_##attr, how, offsetof(struct world_link, member)                                        \
	}
static const struct attr_row bridge_rows[] = {
	LINK(BR_VLAN_FILTERING, ATTR_FLAG, vlan_filtering),
	LINK(BR_NF_CALL_IPTABLES, ATTR_FLAG, nf_call_ip),
	LINK(BR_NF_CALL_IP6TABLES, ATTR_FLAG, nf_call_ip6),
	{ 0 },
};

static const struct attr_row vlan_rows[] = {
	LINK(VLAN_ID, ATTR_NUMBER, vlan_id),
	{ 0 },
};

static const struct attr_row link_rows[] = {
	LINK(IFNAME, ATTR_TEXT, name),     LINK(IFALIAS, ATTR_TEXT, alias),
	LINK(ADDRESS, ATTR_MAC, mac),      LINK(MTU, ATTR_NUMBER, mtu),
	LINK(CARRIER, ATTR_FLAG, carrier), LINK(MASTER, ATTR_NUMBER, master),
	LINK(LINK, ATTR_NUMBER, peer),     { 0 },
};

static const char *macvlan_mode(uint64_t mode)
{
	switch (mode) {
	case MACVLAN_MODE_PRIVATE:
		return "private";
	case MACVLAN_MODE_VEPA:
		return "vepa";
	case MACVLAN_MODE_BRIDGE:
		return "bridge";
	case MACVLAN_MODE_PASSTHRU:
		return "passthru";
	case MACVLAN_MODE_SOURCE:
		return "source";
	}
	return NULL;
}

static const char *ipvlan_mode(uint64_t mode)
{
	static const char *const names[] = { "l2", "l3", "l3s" };

	return mode < ARRAY_LEN(names) ? names[mode] : NULL;
}

static void take_kind_data(struct arena *a, struct world_link *link, const struct nlattr *data)
{
	const struct nlattr *mode = NULL, *attr;

	if (str_eq(link->kind, "bridge"))
		mnl_attr_for_each_nested(attr, data) attr_take(a, bridge_rows, attr, link);
	else if (str_eq(link->kind, "vlan"))
		mnl_attr_for_each_nested(attr, data) attr_take(a, vlan_rows, attr, link);
	else if (str_eq(link->kind, "macvlan") || str_eq(link->kind, "macvtap"))
		link->mode = (mode = attr_within(data, IFLA_MACVLAN_MODE)) ? macvlan_mode(attr_number(mode)) :
									     NULL;
	else if (str_eq(link->kind, "ipvlan") || str_eq(link->kind, "ipvtap"))
		link->mode = (mode = attr_within(data, IFLA_IPVLAN_MODE)) ? ipvlan_mode(attr_number(mode)) :
									    NULL;
}

static void take_info(struct arena *a, struct world_link *link, const struct nlattr *info)
{
	const struct nlattr *kind = attr_within(info, IFLA_INFO_KIND),
			    *data = attr_within(info, IFLA_INFO_DATA);
	const struct nlattr *port = attr_within(info, IFLA_INFO_SLAVE_KIND);
	const struct nlattr *port_data = attr_within(info, IFLA_INFO_SLAVE_DATA), *attr;

	link->kind = kind ? attr_text(a, kind) : NULL;
	if (data)
		take_kind_data(a, link, data);
	link->is_port = port && str_eq(attr_text(a, port), "bridge");
	if (link->is_port && port_data)
		mnl_attr_for_each_nested(attr, port_data) attr_take(a, port_rows, attr, link);
}

static void take_link(const struct nlmsghdr *msg, void *arg)
{
	struct dump *d = arg;
	const struct ifinfomsg *ifi = msg ? mnl_nlmsg_get_payload(msg) : NULL;
	struct world_link link = { 0 };
	const struct nlattr *attr;

	if (!msg) {
		d->ns->n_links = 0;
		d->ns->n_sysctls = d->at;
	}
	if (!msg || msg->nlmsg_type != RTM_NEWLINK)
		return;
	link.index = ifi->ifi_index;
	link.flags = ifi->ifi_flags;
	attr_take_all(d->w->arena, link_rows, msg, sizeof(*ifi), &link);
	mnl_attr_for_each(attr, msg, sizeof(*ifi))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_LINKINFO:
			take_info(d->w->arena, &link, attr);
			break;
		case IFLA_OPERSTATE:
			link.operstate = attr_number(attr) < ARRAY_LEN(operstates) ?
						 operstates[attr_number(attr)] :
						 NULL;
			break;
		case IFLA_LINK_NETNSID: /* until nsid.c knows which that is */
			link.peer_unknown = true;
			link.peer_netns = attr_number(attr);
			break;
		case IFLA_AF_SPEC:
			world_take_devconf(d->w, d->ns, link.name, attr);
		}
	}
	arena_push(d->w->arena, d->ns->links, d->ns->n_links, link);
}

/* ---- counters ---- */

/* The kernel has them in the order in which it had the links. */
static struct world_link *next_link(struct dump *d, int64_t index)
{
	for (size_t i = 0; i < d->ns->n_links; i++) {
		struct world_link *link = &d->ns->links[(d->at + i) % d->ns->n_links];

		if (link->index == index) {
			d->at += i + 1;
			return link;
		}
	}
	return NULL;
}

static void take_stats(const struct nlmsghdr *msg, void *arg)
{
	enum { NEEDED = offsetof(struct rtnl_link_stats64, multicast) };
	struct dump *d = arg;
	const struct if_stats_msg *head = msg ? mnl_nlmsg_get_payload(msg) : NULL;
	struct rtnl_link_stats64 s;
	const struct nlattr *attr;
	struct world_link *link;

	if (!msg || msg->nlmsg_type != RTM_NEWSTATS || !(link = next_link(d, head->ifindex)))
		return;
	mnl_attr_for_each(attr, msg, sizeof(*head))
	{
		if (mnl_attr_get_type(attr) != IFLA_STATS_LINK_64 || mnl_attr_get_payload_len(attr) < NEEDED)
			continue;
		memcpy(&s, mnl_attr_get_payload(attr), NEEDED);
		link->rx_dropped = s.rx_dropped;
		link->tx_dropped = s.tx_dropped;
		link->rx_errors = s.rx_errors;
		link->tx_errors = s.tx_errors;
	}
}

static void read_stats(struct dump *d)
{
	struct if_stats_msg *head;
	struct netlink_batch b;

	d->at = 0;
	netlink_start(&b);
	head = netlink_add_dump(&b, RTM_GETSTATS, sizeof(*head));
	head->filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
	dump_run(d, &b, take_stats, "counters of links");
}

/* ---- VLANs of bridges and their ports ---- */

static void take_vlan(struct dump *d, struct world_link *link, const struct nlattr *attr)
{
	const struct bridge_vlan_info *info = mnl_attr_get_payload(attr);
	struct world_vlan vlan;

	if (mnl_attr_get_payload_len(attr) < sizeof(*info))
		return;
	if (info->flags & BRIDGE_VLAN_INFO_RANGE_END && link->n_vlans) {
		link->vlans[link->n_vlans - 1].last = info->vid;
		return;
	}
	vlan = (struct world_vlan){
		.first = info->vid,
		.last = info->vid,
		.pvid = info->flags & BRIDGE_VLAN_INFO_PVID,
		.untagged = info->flags & BRIDGE_VLAN_INFO_UNTAGGED,
	};
	arena_push(d->w->arena, link->vlans, link->n_vlans, vlan);
}

static void take_vlans(const struct nlmsghdr *msg, void *arg)
{
	struct dump *d = arg;
	const struct ifinfomsg *ifi = msg ? mnl_nlmsg_get_payload(msg) : NULL;
	const struct nlattr *attr, *vlan;
	struct world_link *link;

	if (!msg || msg->nlmsg_type != RTM_NEWLINK || !(link = next_link(d, ifi->ifi_index)))
		return;
	link->n_vlans = 0;
	mnl_attr_for_each(attr, msg, sizeof(*ifi))
	{
		if (mnl_attr_get_type(attr) != IFLA_AF_SPEC)
			continue;
		mnl_attr_for_each_nested(vlan, attr) if (mnl_attr_get_type(vlan) == IFLA_BRIDGE_VLAN_INFO)
			take_vlan(d, link, vlan);
	}
}

static void read_vlans(struct dump *d)
{
	struct ifinfomsg *ifi;
	struct netlink_batch b;

	d->at = 0;
	netlink_start(&b);
	ifi = netlink_add_dump(&b, RTM_GETLINK, sizeof(*ifi));
	ifi->ifi_family = AF_BRIDGE;
	netlink_put_u32(&b, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN_COMPRESSED);
	dump_run(d, &b, take_vlans, "VLANs of bridges");
}

static bool has_vlans(const struct world_netns *ns)
{
	for (size_t i = 0; i < ns->n_links; i++)
		if (ns->links[i].vlan_filtering)
			return true;
	return false;
}

void world_read_links(struct world *w, struct world_netns *ns, struct netlink *nl)
{
	struct dump d = { w, ns, nl, ns->n_sysctls };
	struct netlink_batch b;

	netlink_start(&b);
	netlink_add_dump(&b, RTM_GETLINK, sizeof(struct ifinfomsg));
	netlink_put_u32(&b, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	dump_run(&d, &b, take_link, "links");
	read_stats(&d);
	if (has_vlans(ns))
		read_vlans(&d);
}
