/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/str.h"
#include "kernel/net/vlan.h"
#include "net/bridge_whose.h"
#include "net/subnet.h"

const struct bridge_setting bridge_settings[] = {
	{ "ipv6", "disable_ipv6", "1" },     { "ipv6", "accept_ra", "0" },
	{ "ipv6", "autoconf", "0" },         { "ipv6", "accept_redirects", "0" },
	{ "ipv4", "accept_redirects", "0" }, { "ipv4", "accept_source_route", "0" },
	{ "ipv4", "arp_ignore", "1" },       { "ipv4", "arp_announce", "2" },
	{ "ipv4", "rp_filter", "1" },        { 0 },
};

static bool has_ipv6(const struct bridge *br)
{
	for (size_t i = 0; i < br->n_addrs; i++)
		if (br->addrs[i].family == AF_INET6)
			return true;
	return false;
}

const char *bridge_setting_value(const struct bridge *br, const struct bridge_setting *s)
{
	return str_eq(s->name, "disable_ipv6") && has_ipv6(br) ? "0" : s->value;
}

static void setting_path(const struct bridge_setting *s, const char *bridge, char path[static 128])
{
	snprintf(path, 128, "/proc/sys/net/%s/conf/%s/%s", s->family, bridge, s->name);
}

static int set(const struct bridge *br, struct err *e)
{
	char path[128];

	for (const struct bridge_setting *s = bridge_settings; s->name; s++) {
		const char *value = bridge_setting_value(br, s);
		int r;

		setting_path(s, br->name, path);
		r = io_write_small(AT_FDCWD, path, value);
		if (r < 0 && !(r == -ENOENT && str_eq(s->family, "ipv6")))
			return err_set(e, "bridge-set", -r, "write %s to %s", value, path);
	}
	return 0;
}

static int check_settings(const struct bridge *br, struct err *e)
{
	char path[128], now[16];

	for (const struct bridge_setting *s = bridge_settings; s->name; s++) {
		const char *value = bridge_setting_value(br, s);
		int r;

		setting_path(s, br->name, path);
		r = (int)io_read_small(AT_FDCWD, path, now, sizeof(now));
		if ((r == -ENOENT && str_eq(s->family, "ipv6")) || (r >= 0 && str_eq(now, value)))
			continue;
		err_set(e, "bridge-different", ESTALE, "check bridge %s", br->name);
		return err_cause(e, "its %s %s is %s, not %s", s->family, s->name,
				 r < 0 ? "not to be read" : now, value);
	}
	return 0;
}

/* Settings, and then address, mark and up: the second request. */
static int finish(struct netlink *nl, const struct bridge *br, int index, struct err *e)
{
	struct netlink_batch b;
	struct link_info lower;
	int r = set(br, e);

	if (r < 0 || (br->upon && (r = link_get(nl, br->upon, &lower, e)) < 0))
		return r;
	netlink_start(&b);
	for (size_t i = 0; i < br->n_addrs; i++)
		addr_put_add(&b, index, br->name, br->addrs[i]);
	if (br->mtu)
		link_put_mtu(&b, index, br->name, br->mtu);
	if (br->promiscuous)
		link_put_flags(&b, index, br->name, IFF_PROMISC, IFF_PROMISC);
	if (br->upon)
		link_put_mac(&b, index, br->name, lower.mac);
	if (br->filters)
		link_put_bridge(&b, index, br->name, IFLA_BR_VLAN_FILTERING, 1);
	link_put_up(&b, index, br->name, br->mark);
	r = netlink_run(nl, &b, NULL, NULL, e);
	return r == -EOPNOTSUPP && br->filters ? vlan_none(br->name, e) : r;
}

void bridge_mac(const struct bridge *br, uint8_t mac[static LINK_MAC])
{
	uint32_t hash = 2166136261u;

	if (br->n_addrs && !br->filters) {
		subnet_mac(br->addrs[0], mac);
		return;
	}
	for (const char *p = br->mark; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 16777619u;
	memcpy(mac, (uint8_t[]){ 0x02, 0x42, hash >> 24, hash >> 16 & 255, hash >> 8 & 255, hash & 255 },
	       LINK_MAC);
}

void bridge_upon_mac(const char *mark, uint8_t mac[static LINK_MAC])
{
	bridge_mac(&(struct bridge){ .mark = mark }, mac);
}

/* An older kernel that knows no VLANs ignores that it shall filter. */
static int check_filtering(struct netlink *nl, const struct bridge *br, struct err *e)
{
	struct link_info link;
	int r = br->filters ? link_get(nl, br->name, &link, e) : 0;

	return r < 0 || !br->filters || link.filters ? r : vlan_none(br->name, e);
}

/* The bridge itself is in the VLAN. */
static int join_vlan(struct netlink *nl, const struct bridge *br, struct link_info *bridge, struct err *e)
{
	struct netlink_batch b;
	int r = link_get(nl, br->upon, bridge, e);

	if (r < 0)
		return r;
	netlink_start(&b);
	vlan_put_self(&b, bridge->index, br->upon, br->vlan);
	return netlink_run(nl, &b, NULL, NULL, e);
}

static int add_upon(struct netlink *nl, const struct bridge *br, const uint8_t mac[static LINK_MAC], int *index,
		    struct err *e)
{
	struct link_info bridge, link;
	int r = join_vlan(nl, br, &bridge, e);

	if (r == 0)
		r = vlan_add_link(nl, br->name, bridge.index, br->vlan, mac, e);
	if (r == -EOPNOTSUPP)
		return vlan_none(br->upon, e);
	if (r < 0 || (r = link_get(nl, br->name, &link, e)) < 0)
		return r;
	*index = link.index;
	return 0;
}

static int make(struct netlink *nl, const struct bridge *br, int *index, struct err *e)
{
	uint8_t mac[LINK_MAC];
	struct err ignored;
	int r;

	if (br->upon)
		bridge_upon_mac(br->mark, mac);
	else
		bridge_mac(br, mac);
	r = br->upon ? add_upon(nl, br, mac, index, e) : link_add_bridge(nl, br->name, mac, index, e);
	if (r < 0)
		return err_hint_for(e, EPERM, "this needs CAP_NET_ADMIN in the network namespace");
	r = finish(nl, br, *index, e);
	if (r == 0)
		r = check_filtering(nl, br, e);
	if (r < 0)
		link_delete_index(nl, *index, br->name, &ignored);
	return r;
}

int bridge_ensure(struct netlink *nl, const struct bridge *br, int *index, struct err *e)
{
	struct link_info link;
	enum bridge_whose whose = BRIDGE_ABSENT;
	int r = bridge_whose(nl, br->name, br->mark, &whose, &link, e);

	if (r < 0)
		return r;
	switch (whose) {
	case BRIDGE_OURS:
		*index = link.index;
		if (link.flags & IFF_UP && (!br->filters || link.filters))
			return 0;
		r = finish(nl, br, *index, e);
		return r < 0 ? r : check_filtering(nl, br, e);
	case BRIDGE_STRANGE:
		return bridge_taken(e, br->name, &link);
	case BRIDGE_UNFINISHED:
		r = link_delete_index(nl, link.index, br->name, e);
		if (r < 0)
			return r;
		[[fallthrough]];
	case BRIDGE_ABSENT:
		return make(nl, br, index, e);
	}
	__builtin_unreachable();
}

int bridge_restore(struct netlink *nl, const struct bridge *br, struct err *e)
{
	struct link_info link, bridge;
	enum bridge_whose whose = BRIDGE_ABSENT;
	int index, r = bridge_whose(nl, br->name, br->mark, &whose, &link, e);

	if (r < 0 || (br->upon && (r = join_vlan(nl, br, &bridge, e)) < 0))
		return r;
	return whose == BRIDGE_OURS ? finish(nl, br, link.index, e) : bridge_ensure(nl, br, &index, e);
}

static int different(struct err *e, const struct bridge *br, const char *cause)
{
	err_set(e, "bridge-different", ESTALE, "check bridge %s", br->name);
	return err_cause(e, "%s", cause);
}

static int check_addresses(struct netlink *nl, struct arena *a, const struct bridge *br, int index,
			   struct err *e)
{
	char text[IP_TEXT];
	struct ip *addrs;
	size_t count;
	int r = addr_list(nl, a, AF_UNSPEC, index, &addrs, &count, e);

	for (size_t i = 0; r == 0 && i < br->n_addrs; i++) {
		if (addr_listed(addrs, count, br->addrs[i]))
			continue;
		different(e, br, "");
		r = err_cause(e, "it lacks its address %s", ip_net_text(br->addrs[i], text));
	}
	return r;
}

static int check_bridge(const struct bridge *br, const struct link_info *link, struct err *e)
{
	uint8_t mac[LINK_MAC];

	if (br->filters && !link->filters)
		return different(e, br, "it does not keep VLANs apart");
	bridge_mac(br, mac);
	return memcmp(link->mac, mac, LINK_MAC) == 0 ? 0 : different(e, br, "it has another MAC address");
}

static int check_upon(struct netlink *nl, const struct bridge *br, const struct link_info *link, struct err *e)
{
	struct link_info bridge;
	int r = link_get(nl, br->upon, &bridge, e);

	if (r < 0)
		return r;
	if (link->lower != bridge.index || link->mode != br->vlan)
		return different(e, br, "it is not upon its VLAN of its bridge");
	if (memcmp(link->mac, bridge.mac, LINK_MAC) != 0)
		return different(e, br, "it has another MAC address");
	r = vlan_is_self(nl, bridge.index, br->vlan, e);
	return r < 0 ? r : r ? 0 : different(e, br, "its bridge is no member of its VLAN");
}

int bridge_check(struct netlink *nl, struct arena *a, const struct bridge *br, struct err *e)
{
	struct link_info link;
	enum bridge_whose whose = BRIDGE_ABSENT;
	int r = bridge_whose(nl, br->name, br->mark, &whose, &link, e);

	if (r < 0)
		return r;
	switch (whose) {
	case BRIDGE_ABSENT:
		err_set(e, "bridge-missing", ENODEV, "check bridge %s", br->name);
		return err_cause(e, "there is no such link");
	case BRIDGE_STRANGE:
		return bridge_taken(e, br->name, &link);
	case BRIDGE_UNFINISHED:
		return different(e, br, "it was left unfinished");
	case BRIDGE_OURS:
		break;
	}
	if (!(link.flags & IFF_UP))
		return different(e, br, "it is down");
	if (br->promiscuous && !(link.flags & IFF_PROMISC))
		return different(e, br, "it is not promiscuous");
	r = br->upon ? check_upon(nl, br, &link, e) : check_bridge(br, &link, e);
	if (r == 0)
		r = check_addresses(nl, a, br, link.index, e);
	return r < 0 ? r : check_settings(br, e);
}

int bridge_delete(struct netlink *nl, const char *name, const char *mark, struct err *e)
{
	struct link_info link;
	enum bridge_whose whose = BRIDGE_ABSENT;
	int r = bridge_whose(nl, name, mark, &whose, &link, e);

	if (r < 0 || whose == BRIDGE_ABSENT || whose == BRIDGE_STRANGE)
		return r;
	return link_delete_index(nl, link.index, name, e);
}

int bridge_is_used(struct netlink *nl, struct arena *a, const char *name, struct err *e)
{
	struct link_info bridge, *links;
	size_t n;
	int r = link_get(nl, name, &bridge, e);

	if (r < 0)
		return r == -ENODEV ? 0 : r;
	if ((r = link_list(nl, a, "veth", &links, &n, e)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (links[i].master == bridge.index && str_after(links[i].name, BRIDGE_CABLE))
			return 1;
	if ((r = link_list(nl, a, "vlan", &links, &n, e)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (links[i].lower == bridge.index && str_after(links[i].alias, BRIDGE_MARK))
			return 1;
	return 0;
}
