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

void neigh_put_port(struct netlink_batch *b, int index, const char *link_name, const uint8_t mac[NEIGH_MAC])
{
	struct ndmsg *ndm = netlink_add(b, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*ndm));

	netlink_label(b, "port-address", "say the MAC address behind port", link_name);
	ndm->ndm_family = AF_BRIDGE;
	ndm->ndm_ifindex = index;
	ndm->ndm_flags = NTF_MASTER;
	ndm->ndm_state = NUD_NOARP; /* `bridge fdb add ... master static` */
	netlink_put(b, NDA_LLADDR, mac, NEIGH_MAC);
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

int neigh_is(struct netlink *nl, int index, struct ip addr, const uint8_t mac[NEIGH_MAC], struct err *e)
{
	bool port = !ip_is(addr);
	struct found found = { 0 };
	struct netlink_batch b;
	struct ndmsg *ndm;
	int r;

	netlink_start(&b);
	ndm = netlink_add_get(&b, RTM_GETNEIGH, sizeof(*ndm));
	netlink_label(&b, "neighbour-get", port ? "look up a port's MAC address" : "look up a neighbour", "");
	ndm->ndm_family = port ? AF_BRIDGE : addr.family;
	ndm->ndm_ifindex = index;
	ndm->ndm_flags = port ? NTF_MASTER : 0;
	if (port)
		netlink_put(&b, NDA_LLADDR, mac, NEIGH_MAC);
	else
		netlink_put_ip(&b, NDA_DST, addr);
	r = netlink_run(nl, &b, take_neighbour, &found, e);
	if (r == -ENOENT)
		return 0;
	return r < 0 ? r :
		       found.index == index && found.state == (port ? NUD_NOARP : NUD_PERMANENT) &&
			       memcmp(found.mac, mac, NEIGH_MAC) == 0;
}
