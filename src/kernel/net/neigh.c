/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/neigh.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

void neigh_put(struct netlink_batch *b, int index, const char *link_name, struct ip addr,
	       const uint8_t mac[NEIGH_MAC])
{
	neigh_put_state(b, index, link_name, addr, mac, NUD_PERMANENT);
}

void neigh_put_state(struct netlink_batch *b, int index, const char *link_name, struct ip addr,
		     const uint8_t mac[NEIGH_MAC], uint16_t state)
{
	struct ndmsg *ndm = netlink_add(b, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*ndm));

	netlink_label(b, "neighbour-add", "say a neighbour's MAC address on", link_name);
	ndm->ndm_family = addr.family;
	ndm->ndm_ifindex = index;
	ndm->ndm_state = state;
	netlink_put_ip(b, NDA_DST, addr);
	netlink_put(b, NDA_LLADDR, mac, NEIGH_MAC);
}

void neigh_put_delete(struct netlink_batch *b, int index, const char *link_name, struct ip addr)
{
	struct ndmsg *ndm = netlink_add(b, RTM_DELNEIGH, 0, sizeof(*ndm));

	netlink_label(b, "neighbour-delete", "forget a neighbour's MAC address on", link_name);
	netlink_ignore(b, ENOENT);
	ndm->ndm_family = addr.family;
	ndm->ndm_ifindex = index;
	netlink_put_ip(b, NDA_DST, addr);
}

void neigh_put_port(struct netlink_batch *b, int index, const char *link_name, const uint8_t mac[NEIGH_MAC],
		    uint16_t vlan)
{
	struct ndmsg *ndm = netlink_add(b, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*ndm));

	netlink_label(b, "port-address", "say the MAC address behind port", link_name);
	ndm->ndm_family = AF_BRIDGE;
	ndm->ndm_ifindex = index;
	ndm->ndm_flags = NTF_MASTER;
	ndm->ndm_state = NUD_NOARP; /* `bridge fdb add ... master static` */
	netlink_put(b, NDA_LLADDR, mac, NEIGH_MAC);
	if (vlan)
		netlink_put(b, NDA_VLAN, &vlan, sizeof(vlan));
}

struct found {
	uint8_t mac[NEIGH_MAC];
	int index;
	uint16_t state;
};

static void take_neighbour(const struct nlmsghdr *msg, void *arg)
{
	struct found *found = arg;
	const struct ndmsg *ndm;
	const struct nlattr *attr;

	if (!msg || msg->nlmsg_type != RTM_NEWNEIGH)
		return;
	ndm = mnl_nlmsg_get_payload(msg);
	*found = (struct found){ .index = ndm->ndm_ifindex, .state = ndm->ndm_state };
	mnl_attr_for_each(attr, msg, sizeof(*ndm))
	{
		if (mnl_attr_get_type(attr) == NDA_LLADDR && mnl_attr_get_payload_len(attr) == NEIGH_MAC)
			memcpy(found->mac, mnl_attr_get_payload(attr), NEIGH_MAC);
	}
}

static struct ndmsg *start_look(struct netlink_batch *b, int index, int family, const char *what)
{
	struct ndmsg *ndm;

	netlink_start(b);
	ndm = netlink_add_get(b, RTM_GETNEIGH, sizeof(*ndm));
	netlink_label(b, "neighbour-get", what, "");
	ndm->ndm_family = (uint8_t)family;
	ndm->ndm_ifindex = index;
	return ndm;
}

static int look(struct netlink *nl, struct netlink_batch *b, int index, const uint8_t mac[NEIGH_MAC], uint16_t state,
		struct err *e)
{
	struct found found = { 0 };
	int r = netlink_run(nl, b, take_neighbour, &found, e);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : found.index == index && found.state == state && memcmp(found.mac, mac, NEIGH_MAC) == 0;
}

int neigh_is_port(struct netlink *nl, int index, const uint8_t mac[NEIGH_MAC], uint16_t vlan, struct err *e)
{
	struct netlink_batch b;

	start_look(&b, index, AF_BRIDGE, "look up a port's MAC address")->ndm_flags = NTF_MASTER;
	netlink_put(&b, NDA_LLADDR, mac, NEIGH_MAC);
	if (vlan)
		netlink_put(&b, NDA_VLAN, &vlan, sizeof(vlan));
	return look(nl, &b, index, mac, NUD_NOARP, e);
}

int neigh_is(struct netlink *nl, int index, struct ip addr, const uint8_t mac[NEIGH_MAC], struct err *e)
{
	struct netlink_batch b;

	start_look(&b, index, addr.family, "look up a neighbour");
	netlink_put_ip(&b, NDA_DST, addr);
	return look(nl, &b, index, mac, NUD_PERMANENT, e);
}
