/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>

#include "kernel/net/neigh.h"

static void copy_text(char *to, size_t size, const struct nlattr *attr)
{
	size_t len = strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));

	if (len >= size)
		len = size - 1;
	memcpy(to, mnl_attr_get_payload(attr), len);
	to[len] = '\0';
}

static void parse_port(struct link_info *link, const struct nlattr *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_BRPORT_LEARNING:
			link->learns = mnl_attr_get_u8(attr);
			break;
		case IFLA_BRPORT_UNICAST_FLOOD:
			link->floods = mnl_attr_get_u8(attr);
			break;
		case IFLA_BRPORT_MODE:
			link->reflects = mnl_attr_get_u8(attr);
			break;
		case IFLA_BRPORT_LOCKED:
			link->open = !mnl_attr_get_u8(attr);
			break;
		}
	}
}

/* IFLA_MACVLAN_MODE has four bytes, IFLA_IPVLAN_MODE and IFLA_VLAN_ID two. */
static void parse_mode(struct link_info *link, const struct nlattr *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		if (strcmp(link->kind, "macvlan") == 0 && mnl_attr_get_type(attr) == IFLA_MACVLAN_MODE)
			link->mode = (int)mnl_attr_get_u32(attr);
		if (strcmp(link->kind, "ipvlan") == 0 && mnl_attr_get_type(attr) == IFLA_IPVLAN_MODE)
			link->mode = mnl_attr_get_u16(attr);
		if (strcmp(link->kind, "vlan") == 0 && mnl_attr_get_type(attr) == IFLA_VLAN_ID)
			link->mode = mnl_attr_get_u16(attr);
		if (strcmp(link->kind, "bridge") == 0 && mnl_attr_get_type(attr) == IFLA_BR_VLAN_FILTERING)
			link->filters = mnl_attr_get_u8(attr);
	}
}

static void parse_linkinfo(struct link_info *link, const struct nlattr *linkinfo)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, linkinfo)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			copy_text(link->kind, sizeof(link->kind), attr);
		if (mnl_attr_get_type(attr) == IFLA_INFO_DATA) /* behind the kind */
			parse_mode(link, attr);
		if (mnl_attr_get_type(attr) == IFLA_INFO_SLAVE_DATA)
			parse_port(link, attr);
	}
}

static void parse_link(struct link_info *link, const struct nlmsghdr *msg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(msg);
	const struct nlattr *attr;

	*link = (struct link_info){ .index = ifi->ifi_index, .flags = ifi->ifi_flags };
	mnl_attr_for_each(attr, msg, sizeof(*ifi))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			copy_text(link->name, sizeof(link->name), attr);
			break;
		case IFLA_IFALIAS:
			copy_text(link->alias, sizeof(link->alias), attr);
			break;
		case IFLA_ADDRESS:
			if (mnl_attr_get_payload_len(attr) == LINK_MAC)
				memcpy(link->mac, mnl_attr_get_payload(attr), LINK_MAC);
			break;
		case IFLA_MTU:
			link->mtu = mnl_attr_get_u32(attr);
			break;
		case IFLA_LINK:
			link->lower = (int)mnl_attr_get_u32(attr);
			break;
		case IFLA_MASTER:
			link->master = (int)mnl_attr_get_u32(attr);
			break;
		case IFLA_LINKINFO:
			parse_linkinfo(link, attr);
			break;
		}
	}
}

/* Ask for the link of that name, without its traffic counters, which are most of what there is. */
static void put_get(struct netlink_batch *b, const char *name)
{
	netlink_add_get(b, RTM_GETLINK, sizeof(struct ifinfomsg));
	netlink_label(b, "link-get", "look up link", name);
	netlink_put_u32(b, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	netlink_put_str(b, IFLA_IFNAME, name);
}

static void take_link(const struct nlmsghdr *msg, void *link)
{
	if (msg && msg->nlmsg_type == RTM_NEWLINK)
		parse_link(link, msg);
}

int link_get(struct netlink *nl, const char *name, struct link_info *link, struct err *e)
{
	struct netlink_batch b;

	netlink_start(&b);
	put_get(&b, name);
	return netlink_run(nl, &b, take_link, link, e);
}

int link_get_index(struct netlink *nl, int index, struct link_info *link, struct err *e)
{
	struct netlink_batch b;
	struct ifinfomsg *ifi;

	netlink_start(&b);
	ifi = netlink_add_get(&b, RTM_GETLINK, sizeof(*ifi));
	netlink_label(&b, "link-get", "look up a link by its number", "");
	ifi->ifi_index = index;
	netlink_put_u32(&b, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return netlink_run(nl, &b, take_link, link, e);
}

/* All links, or those with that master. */
static int dump_links(struct netlink *nl, const char *what, const char *object, int master, netlink_fn *fn, void *arg,
		      struct err *e)
{
	struct netlink_batch b;

	netlink_start(&b);
	netlink_add_dump(&b, RTM_GETLINK, sizeof(struct ifinfomsg));
	netlink_label(&b, "link-get", what, object);
	netlink_put_u32(&b, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (master)
		netlink_put_u32(&b, IFLA_MASTER, (uint32_t)master);
	return netlink_run(nl, &b, fn, arg, e);
}

struct alias_search {
	const char *kind, *alias;
	struct link_info *found;
};

static void take_alias(const struct nlmsghdr *msg, void *arg)
{
	struct alias_search *s = arg;
	struct link_info link;

	if (!msg) {
		s->found->index = 0;
		return;
	}
	if (msg->nlmsg_type != RTM_NEWLINK || s->found->index)
		return;
	parse_link(&link, msg);
	if (strcmp(link.kind, s->kind) == 0 && strcmp(link.alias, s->alias) == 0)
		*s->found = link;
}

int link_get_alias(struct netlink *nl, const char *kind, const char *alias, struct link_info *link,
		   struct err *e)
{
	struct alias_search s = { kind, alias, link };
	int r;

	*link = (struct link_info){ 0 };
	r = dump_links(nl, "look for the link of", alias, 0, take_alias, &s, e);
	if (r < 0 || link->index)
		return r;
	return err_set(e, "link-get", ENODEV, "look for the link of %s", alias);
}

struct link_listing {
	struct arena *arena;
	const char *kind;
	struct link_info *list;
	size_t count;
};

static void list_link(const struct nlmsghdr *msg, void *arg)
{
	struct link_listing *l = arg;
	struct link_info link;

	if (!msg) {
		l->count = 0;
		return;
	}
	if (msg->nlmsg_type != RTM_NEWLINK)
		return;
	parse_link(&link, msg);
	if (strcmp(link.kind, l->kind) == 0)
		arena_push(l->arena, l->list, l->count, link);
}

int link_list(struct netlink *nl, struct arena *a, const char *kind, struct link_info **list, size_t *count,
	      struct err *e)
{
	struct link_listing l = { .arena = a, .kind = kind };
	int r = dump_links(nl, "list links of kind", kind, 0, list_link, &l, e);

	*list = l.list;
	*count = l.count;
	return r;
}

int link_add_bridge(struct netlink *nl, const char *name, const uint8_t mac[LINK_MAC], int *index,
		    struct err *e)
{
	struct link_info link = { 0 };
	struct netlink_batch b;
	struct nlattr *info;
	int r;

	netlink_start(&b);
	netlink_add(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
	netlink_label(&b, "bridge-add", "make bridge", name);
	netlink_put_str(&b, IFLA_IFNAME, name);
	netlink_put(&b, IFLA_ADDRESS, mac, LINK_MAC);
	info = netlink_nest(&b, IFLA_LINKINFO);
	netlink_put_str(&b, IFLA_INFO_KIND, "bridge");
	netlink_nest_end(&b, info);
	put_get(&b, name);
	r = netlink_run(nl, &b, take_link, &link, e);
	*index = link.index;
	return r;
}

static bool has_mac(const struct link_veth *veth)
{
	static const uint8_t no_mac[LINK_MAC];

	return memcmp(veth->peer_mac, no_mac, LINK_MAC) != 0;
}

/* The other end, as a link of its own: a struct ifinfomsg and attributes. */
static void put_peer(struct netlink_batch *b, const struct link_veth *veth)
{
	struct ifinfomsg ifi = { 0 }; /* IFF_UP here fails with ENOTCONN: the two aren't connected yet */
	struct nlattr *peer = netlink_nest(b, VETH_INFO_PEER);

	netlink_put_header(b, &ifi, sizeof(ifi));
	netlink_put_str(b, IFLA_IFNAME, veth->peer);
	if (has_mac(veth))
		netlink_put(b, IFLA_ADDRESS, veth->peer_mac, LINK_MAC);
	if (veth->mtu)
		netlink_put_u32(b, IFLA_MTU, veth->mtu);
	if (veth->netns >= 0)
		netlink_put_u32(b, IFLA_NET_NS_FD, (uint32_t)veth->netns);
	else if (veth->pid)
		netlink_put_u32(b, IFLA_NET_NS_PID, (uint32_t)veth->pid);
	netlink_nest_end(b, peer);
}

/* Down, so that nothing passes before it is guarded. */
static int make_veth(struct netlink *nl, const struct link_veth *veth, int *index, struct err *e)
{
	struct link_info link = { 0 };
	struct netlink_batch b;
	struct nlattr *info, *data;
	int r;

	netlink_start(&b);
	netlink_add(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
	netlink_label(&b, "veth-add", "make veth pair", veth->name);
	netlink_put_str(&b, IFLA_IFNAME, veth->name);
	if (veth->mtu)
		netlink_put_u32(&b, IFLA_MTU, veth->mtu);
	if (veth->master)
		netlink_put_u32(&b, IFLA_MASTER, (uint32_t)veth->master);
	info = netlink_nest(&b, IFLA_LINKINFO);
	netlink_put_str(&b, IFLA_INFO_KIND, "veth");
	data = netlink_nest(&b, IFLA_INFO_DATA);
	put_peer(&b, veth);
	netlink_nest_end(&b, data);
	netlink_nest_end(&b, info);
	put_get(&b, veth->name);
	r = netlink_run(nl, &b, take_link, &link, e);
	*index = link.index;
	return r;
}

/* No IPv6 address of its own. A kernel without IPv6 knows nothing of it. */
static void put_no_address(struct netlink_batch *b, int index, const char *name)
{
	struct ifinfomsg *ifi = netlink_add(b, RTM_SETLINK, 0, sizeof(*ifi));
	uint8_t none = IN6_ADDR_GEN_MODE_NONE;
	struct nlattr *spec, *inet6;

	netlink_label(b, "veth-guard", "keep IPv6 off link", name);
	netlink_ignore(b, EAFNOSUPPORT);
	ifi->ifi_index = index;
	spec = netlink_nest(b, IFLA_AF_SPEC);
	inet6 = netlink_nest(b, AF_INET6);
	netlink_put(b, IFLA_INET6_ADDR_GEN_MODE, &none, sizeof(none));
	netlink_nest_end(b, inet6);
	netlink_nest_end(b, spec);
}

/* By RTM_NEWLINK, which, for a link that is there, also changes what it is as a port. Attributes that a kernel does not
 * know are ignored. */
static void put_guard(struct netlink_batch *b, int index, const char *name, bool reflects)
{
	struct ifinfomsg *ifi = netlink_add(b, RTM_NEWLINK, 0, sizeof(*ifi));
	uint8_t on = 1, off = 0, mode = reflects;
	struct nlattr *info, *data;

	netlink_label(b, "veth-guard", "guard port", name);
	ifi->ifi_index = index;
	info = netlink_nest(b, IFLA_LINKINFO);
	netlink_put_str(b, IFLA_INFO_SLAVE_KIND, "bridge");
	data = netlink_nest(b, IFLA_INFO_SLAVE_DATA);
	netlink_put(b, IFLA_BRPORT_LEARNING, &off, sizeof(off));
	netlink_put(b, IFLA_BRPORT_UNICAST_FLOOD, &off, sizeof(off));
	netlink_put(b, IFLA_BRPORT_LOCKED, &on, sizeof(on));
	netlink_put(b, IFLA_BRPORT_MODE, &mode, sizeof(mode));
	netlink_nest_end(b, data);
	netlink_nest_end(b, info);
}

/* The entry is one of each VLAN that it is said of: of all that the port is a member of, where none is named. */
static void put_guarded(struct netlink_batch *b, int index, const struct link_veth *veth)
{
	put_guard(b, index, veth->name, veth->reflects);
	if (veth->vlans)
		vlan_put_port(b, index, veth->name, veth->vlans);
	neigh_put_port(b, index, veth->name, veth->peer_mac, veth->vlans ? veth->vlans->own : 0);
}

/* What a port is beside a link, and then it is up. */
static void put_port(struct netlink_batch *b, int index, const struct link_veth *veth)
{
	if (veth->master) {
		put_no_address(b, index, veth->name);
		if (has_mac(veth))
			put_guarded(b, index, veth);
		for (size_t i = 0; i < veth->n_peer_addrs; i++)
			neigh_put(b, veth->host ? veth->host : veth->master, veth->name, veth->peer_addrs[i],
				  veth->peer_mac);
	}
	link_put_up(b, index, veth->name, NULL);
}

int link_add_veth(struct netlink *nl, const struct link_veth *veth, struct err *e)
{
	struct netlink_batch b;
	int index, r = make_veth(nl, veth, &index, e);

	if (r < 0)
		return r;
	netlink_start(&b);
	put_port(&b, index, veth);
	r = netlink_run(nl, &b, NULL, NULL, e);
	if (r < 0)
		link_delete_index(nl, index, veth->name, &(struct err){ 0 });
	return r;
}

int link_restore_veth(struct netlink *nl, const struct link_veth *veth, struct err *e)
{
	struct netlink_batch b;
	struct link_info link;
	int r = link_get(nl, veth->name, &link, e);

	if (r < 0)
		return r;
	netlink_start(&b);
	if (link.master != veth->master) {
		/* down, so that nothing passes before it is guarded */
		link_put_flags(&b, link.index, veth->name, 0, IFF_UP);
		link_put_master(&b, link.index, veth->name, veth->master);
	}
	put_port(&b, link.index, veth);
	return netlink_run(nl, &b, NULL, NULL, e);
}

static bool is_trunk_end(const struct link_info *link, int master)
{
	return link->master == master && link->flags & IFF_UP;
}

static void put_trunk_end(struct netlink_batch *b, const struct link_info *link, int master)
{
	if (link->master != master)
		link_put_master(b, link->index, link->name, master);
	put_no_address(b, link->index, link->name);
	link_put_up(b, link->index, link->name, NULL);
}

static int join_trunk(struct netlink *nl, const struct link_trunk *t, struct err *e)
{
	struct link_info here, there;
	struct netlink_batch b;
	int r = link_get(nl, t->name, &here, e);

	if (r < 0 || (r = link_get(nl, t->peer, &there, e)) < 0)
		return r;
	if (is_trunk_end(&here, t->master) && is_trunk_end(&there, t->peer_master))
		return 0;
	netlink_start(&b);
	put_trunk_end(&b, &here, t->master);
	put_trunk_end(&b, &there, t->peer_master);
	return netlink_run(nl, &b, NULL, NULL, e);
}

int link_ensure_trunk(struct netlink *nl, const struct link_trunk *t, struct err *e)
{
	const struct link_veth veth = {
		.name = t->name, .master = t->master, .peer = t->peer, .netns = -1, .mtu = t->mtu
	};
	int index, r = make_veth(nl, &veth, &index, e);
	bool made = r == 0;

	if (r == 0 || r == -EEXIST)
		r = join_trunk(nl, t, e);
	if (r < 0 && made)
		link_delete_index(nl, index, t->name, &(struct err){ 0 });
	return r;
}

struct port_count {
	int master;
	unsigned n;
};

static void count_port(const struct nlmsghdr *msg, void *arg)
{
	struct port_count *count = arg;
	struct link_info link;

	if (!msg) {
		count->n = 0;
	} else if (msg->nlmsg_type == RTM_NEWLINK) {
		parse_link(&link, msg);
		count->n += link.master == count->master;
	}
}

int link_count_ports(struct netlink *nl, int master, unsigned *n, struct err *e)
{
	struct port_count count = { .master = master };
	int r = dump_links(nl, "count the ports of a bridge", "", master, count_port, &count, e);

	*n = count.n;
	return r;
}

int link_delete_index(struct netlink *nl, int index, const char *name, struct err *e)
{
	struct netlink_batch b;
	struct ifinfomsg *ifi;

	netlink_start(&b);
	ifi = netlink_add(&b, RTM_DELLINK, 0, sizeof(*ifi));
	netlink_label(&b, "link-delete", "delete link", name);
	netlink_ignore(&b, ENODEV);
	ifi->ifi_index = index;
	if (!index)
		netlink_put_str(&b, IFLA_IFNAME, name);
	return netlink_run(nl, &b, NULL, NULL, e);
}

int link_delete(struct netlink *nl, const char *name, struct err *e)
{
	return link_delete_index(nl, 0, name, e);
}

void link_put_mtu(struct netlink_batch *b, int index, const char *name, uint32_t mtu)
{
	struct ifinfomsg *ifi = netlink_add(b, RTM_SETLINK, 0, sizeof(*ifi));

	netlink_label(b, "link-mtu", "set the MTU of link", name);
	ifi->ifi_index = index;
	netlink_put_u32(b, IFLA_MTU, mtu);
}

/* A change of the link, of family AF_UNSPEC or AF_BRIDGE. */
static struct ifinfomsg *put_change(struct netlink_batch *b, uint16_t type, int index, const char *name)
{
	struct ifinfomsg *ifi = netlink_add(b, type, 0, sizeof(*ifi));

	netlink_label(b, "link-set", "change link", name);
	ifi->ifi_index = index;
	return ifi;
}

void link_put_flags(struct netlink_batch *b, int index, const char *name, unsigned flags, unsigned mask)
{
	struct ifinfomsg *ifi = put_change(b, RTM_NEWLINK, index, name);

	ifi->ifi_flags = flags;
	ifi->ifi_change = mask;
}

void link_put_master(struct netlink_batch *b, int index, const char *name, int master)
{
	put_change(b, RTM_NEWLINK, index, name);
	netlink_put_u32(b, IFLA_MASTER, (uint32_t)master);
}

void link_put_mac(struct netlink_batch *b, int index, const char *name, const uint8_t mac[LINK_MAC])
{
	put_change(b, RTM_NEWLINK, index, name);
	netlink_put(b, IFLA_ADDRESS, mac, LINK_MAC);
}

static void put_info(struct netlink_batch *b, uint16_t kind, uint16_t data, uint16_t attr, uint8_t value)
{
	struct nlattr *info = netlink_nest(b, IFLA_LINKINFO), *nest;

	netlink_put_str(b, kind, "bridge");
	nest = netlink_nest(b, data);
	netlink_put(b, attr, &value, sizeof(value));
	netlink_nest_end(b, nest);
	netlink_nest_end(b, info);
}

void link_put_port(struct netlink_batch *b, int index, const char *name, uint16_t attr, uint8_t value)
{
	put_change(b, RTM_NEWLINK, index, name);
	put_info(b, IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA, attr, value);
}

void link_put_bridge(struct netlink_batch *b, int index, const char *name, uint16_t attr, uint8_t value)
{
	put_change(b, RTM_NEWLINK, index, name);
	put_info(b, IFLA_INFO_KIND, IFLA_INFO_DATA, attr, value);
}

void link_put_vlan(struct netlink_batch *b, int index, const char *name, uint16_t vlan, bool is_member)
{
	struct bridge_vlan_info info = { .vid = vlan };
	struct nlattr *spec;

	if (is_member)
		info.flags = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
	put_change(b, is_member ? RTM_SETLINK : RTM_DELLINK, index, name)->ifi_family = AF_BRIDGE;
	spec = netlink_nest(b, IFLA_AF_SPEC);
	netlink_put(b, IFLA_BRIDGE_VLAN_INFO, &info, sizeof(info));
	netlink_nest_end(b, spec);
}

void link_put_up(struct netlink_batch *b, int index, const char *name, const char *alias)
{
	struct ifinfomsg *ifi = netlink_add(b, RTM_SETLINK, 0, sizeof(*ifi));

	netlink_label(b, "link-up", "set up link", name);
	ifi->ifi_index = index;
	ifi->ifi_flags = IFF_UP;
	ifi->ifi_change = IFF_UP;
	if (alias)
		netlink_put(b, IFLA_IFALIAS, alias,
			    strlen(alias)); /* not NUL-terminated, by the kernel's policy */
}

void link_put_move(struct netlink_batch *b, int index, const char *name, int netns, const char *new_name)
{
	struct ifinfomsg *ifi = netlink_add(b, RTM_NEWLINK, 0, sizeof(*ifi));

	netlink_label(b, "link-move", "move link", name);
	ifi->ifi_index = index;
	netlink_put_u32(b, IFLA_NET_NS_FD, (uint32_t)netns);
	netlink_put_str(b, IFLA_IFNAME, new_name);
}
