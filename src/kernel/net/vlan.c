/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/vlan.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

/* A member, or with RTM_DELLINK no longer; flags: BRIDGE_VLAN_INFO_*. A port, or BRIDGE_FLAGS_SELF: the bridge itself. */
static void put_range(struct netlink_batch *b, uint16_t type, int index, const char *name, struct vlan_range range,
		      uint16_t flags, uint16_t whom)
{
	struct ifinfomsg *ifi = netlink_add(b, type, 0, sizeof(*ifi));
	struct bridge_vlan_info info = { .flags = flags, .vid = range.first };
	struct nlattr *spec;

	netlink_label(b, "vlan-set", "say which VLANs are those of", name);
	ifi->ifi_family = AF_BRIDGE;
	ifi->ifi_index = index;
	spec = netlink_nest(b, IFLA_AF_SPEC);
	netlink_put(b, IFLA_BRIDGE_FLAGS, &whom, sizeof(whom));
	if (range.last > range.first) {
		info.flags = flags | BRIDGE_VLAN_INFO_RANGE_BEGIN;
		netlink_put(b, IFLA_BRIDGE_VLAN_INFO, &info, sizeof(info));
		info = (struct bridge_vlan_info){ flags | BRIDGE_VLAN_INFO_RANGE_END, range.last };
	}
	netlink_put(b, IFLA_BRIDGE_VLAN_INFO, &info, sizeof(info));
	netlink_nest_end(b, spec);
}

static struct vlan_range only(uint16_t vlan)
{
	return (struct vlan_range){ vlan, vlan };
}

void vlan_put_port(struct netlink_batch *b, int index, const char *name, const struct vlan_port *port)
{
	if (port->own)
		put_range(b, RTM_SETLINK, index, name, only(port->own),
			  BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED, BRIDGE_FLAGS_MASTER);
	for (size_t i = 0; i < port->n_tagged; i++)
		put_range(b, RTM_SETLINK, index, name, port->tagged[i], 0, BRIDGE_FLAGS_MASTER);
	if (!port->no_default || port->own == VLAN_DEFAULT)
		return;
	put_range(b, RTM_DELLINK, index, name, only(VLAN_DEFAULT), 0, BRIDGE_FLAGS_MASTER);
	netlink_ignore(b, ENOENT);
}

void vlan_put_self(struct netlink_batch *b, int index, const char *name, uint16_t vlan)
{
	put_range(b, RTM_SETLINK, index, name, only(vlan), 0, BRIDGE_FLAGS_SELF);
}

/* ---- looking ---- */

/* The number of members of the range that were told with these flags (of PVID and UNTAGGED). */
struct search {
	struct vlan_range range;
	uint16_t flags;
	unsigned n;
};

static void take_entry(struct search *s, const struct nlattr *entry)
{
	const uint16_t mask = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
	const struct bridge_vlan_info *info = NULL;
	const struct nlattr *attr;
	unsigned last = 0;

	mnl_attr_for_each_nested(attr, entry)
	{
		if (mnl_attr_get_type(attr) == BRIDGE_VLANDB_ENTRY_INFO &&
		    mnl_attr_get_payload_len(attr) >= sizeof(*info))
			info = mnl_attr_get_payload(attr);
		if (mnl_attr_get_type(attr) == BRIDGE_VLANDB_ENTRY_RANGE)
			last = mnl_attr_get_u16(attr);
	}
	if (!info || (info->flags & mask) != s->flags)
		return;
	for (unsigned vlan = info->vid; vlan <= (last ? last : info->vid); vlan++)
		s->n += vlan >= s->range.first && vlan <= s->range.last;
}

static void take_vlans(const struct nlmsghdr *msg, void *arg)
{
	struct search *s = arg;
	const struct nlattr *attr;

	if (!msg)
		s->n = 0;
	if (!msg || msg->nlmsg_type != RTM_NEWVLAN)
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct br_vlan_msg))
	{
		if (mnl_attr_get_type(attr) == BRIDGE_VLANDB_ENTRY)
			take_entry(s, attr);
	}
}

static int is_member(struct netlink *nl, int index, struct vlan_range range, uint16_t flags, struct err *e)
{
	struct search s = { range, flags, 0 };
	struct netlink_batch b;
	struct br_vlan_msg *bvm;
	int r;

	netlink_start(&b);
	bvm = netlink_add_dump(&b, RTM_GETVLAN, sizeof(*bvm));
	netlink_label(&b, "vlan-get", "look up the VLANs of a port", "");
	bvm->family = AF_BRIDGE;
	bvm->ifindex = (uint32_t)index;
	r = netlink_run(nl, &b, take_vlans, &s, e);
	return r < 0 ? r : s.n == (unsigned)(range.last - range.first + 1);
}

int vlan_is_port(struct netlink *nl, int index, const struct vlan_port *port, struct err *e)
{
	const uint16_t flags = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
	int r = port->own ? is_member(nl, index, only(port->own), flags, e) : 1;

	for (size_t i = 0; r > 0 && i < port->n_tagged; i++)
		r = is_member(nl, index, port->tagged[i], 0, e);
	if (r <= 0 || !port->no_default || port->own == VLAN_DEFAULT)
		return r;
	r = is_member(nl, index, only(VLAN_DEFAULT), BRIDGE_VLAN_INFO_UNTAGGED, e);
	if (r == 0)
		r = is_member(nl, index, only(VLAN_DEFAULT), flags, e);
	return r < 0 ? r : !r;
}

int vlan_is_self(struct netlink *nl, int index, uint16_t vlan, struct err *e)
{
	return is_member(nl, index, only(vlan), 0, e);
}

/* ---- a link upon one ---- */

int vlan_add_link(struct netlink *nl, const char *name, int lower, uint16_t vlan, const uint8_t mac[static 6],
		  struct err *e)
{
	struct netlink_batch b;
	struct nlattr *info, *data;

	netlink_start(&b);
	netlink_add(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
	netlink_label(&b, "vlan-add", "make link", name);
	netlink_put_str(&b, IFLA_IFNAME, name);
	netlink_put_u32(&b, IFLA_LINK, (uint32_t)lower);
	netlink_put(&b, IFLA_ADDRESS, mac, 6);
	info = netlink_nest(&b, IFLA_LINKINFO);
	netlink_put_str(&b, IFLA_INFO_KIND, "vlan");
	data = netlink_nest(&b, IFLA_INFO_DATA);
	netlink_put(&b, IFLA_VLAN_ID, &vlan, sizeof(vlan));
	netlink_nest_end(&b, data);
	netlink_nest_end(&b, info);
	return netlink_run(nl, &b, NULL, NULL, e);
}

int vlan_none(const char *bridge, struct err *e)
{
	*e = (struct err){ 0 };
	err_set(e, "no-vlans", EOPNOTSUPP, "keep VLANs apart on bridge %s", bridge);
	err_cause(e, "this kernel's bridges know none (CONFIG_BRIDGE_VLAN_FILTERING)");
	return err_hint(e, "leave vlan and vlanTrunk out: a network has a bridge of its own");
}
