/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/upper.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

static void put_mode(struct netlink_batch *b, const struct link_upper *u)
{
	struct nlattr *info = netlink_nest(b, IFLA_LINKINFO), *data;
	uint16_t mode = (uint16_t)u->mode;

	netlink_put_str(b, IFLA_INFO_KIND, u->kind);
	data = netlink_nest(b, IFLA_INFO_DATA);
	if (strcmp(u->kind, "macvlan") == 0)
		netlink_put_u32(b, IFLA_MACVLAN_MODE, u->mode);
	else
		netlink_put(b, IFLA_IPVLAN_MODE, &mode, sizeof(mode));
	netlink_nest_end(b, data);
	netlink_nest_end(b, info);
}

/* The kernel says little of why. */
static int explain(const struct link_upper *u, int r, struct err *e)
{
	if (r == -EOPNOTSUPP) {
		err_set(e, "no-driver", EOPNOTSUPP, "make a link of kind %s on %s", u->kind, u->parent);
		err_cause(e, "this kernel has none");
		return err_hint(e, "load it (modprobe %s), or use another driver", u->kind);
	}
	if (r != -EBUSY && r != -EINVAL)
		return r;
	err_set(e, "parent-busy", -r, "make a link of kind %s on %s", u->kind, u->parent);
	err_cause(
		e,
		"%s cannot carry it: it is a port of a bridge or a bond, carries links of another kind or mode, or one that has it alone (passthru)",
		u->parent);
	return err_hint(e, "`ip -d link show %s` and `ip -d link` show what it is and carries", u->parent);
}

int link_add_upper(struct netlink *nl, const struct link_upper *u, struct err *e)
{
	static const uint8_t no_mac[LINK_MAC];
	struct netlink_batch b;

	netlink_start(&b);
	netlink_add(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
	netlink_label(&b, "link-add", "make link", u->name);
	netlink_put_str(&b, IFLA_IFNAME, u->name);
	netlink_put_u32(&b, IFLA_LINK, (uint32_t)u->lower);
	if (memcmp(u->mac, no_mac, LINK_MAC) != 0)
		netlink_put(&b, IFLA_ADDRESS, u->mac, LINK_MAC);
	if (u->mtu)
		netlink_put_u32(&b, IFLA_MTU, u->mtu);
	if (u->netns >= 0)
		netlink_put_u32(&b, IFLA_NET_NS_FD, (uint32_t)u->netns);
	else if (u->pid)
		netlink_put_u32(&b, IFLA_NET_NS_PID, (uint32_t)u->pid);
	put_mode(&b, u);
	return explain(u, netlink_run(nl, &b, NULL, NULL, e), e);
}
