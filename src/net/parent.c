/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/parent.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "kernel/net/addr.h"
#include "kernel/net/route.h"

int parent_default(struct netlink *nl, struct link_info *parent, struct err *e)
{
	struct err ignored;
	uint32_t mtu;
	int index;

	if ((route_out(nl, AF_INET, &index, &mtu, &ignored) == 0 ||
	     route_out(nl, AF_INET6, &index, &mtu, &ignored) == 0) &&
	    link_get_index(nl, index, parent, &ignored) == 0 && !(parent->flags & IFF_LOOPBACK))
		return 0;
	err_set(e, "no-parent", ESRCH, "choose the parent of the network");
	err_cause(e, "this host has no default route, whose link it would be");
	return err_hint(e, "name a link of `ip link` with --parent");
}

/* Why it can't be one; NULL: it can. */
static const char *unfit(const struct link_info *link, const char *kind)
{
	static const uint8_t no_mac[LINK_MAC];

	if (link->flags & IFF_LOOPBACK)
		return "it is the loopback, which leads nowhere";
	if (memcmp(link->mac, no_mac, LINK_MAC) == 0)
		return "it has no MAC address, so it is no Ethernet";
	if (link->master)
		return "it is a port of a bridge or a bond, which takes all that comes; name that one instead";
	if (strcmp(link->kind, "ipvlan") == 0 ||
	    (strcmp(link->kind, "macvlan") == 0 && strcmp(kind, "ipvlan") == 0))
		return "it is upon another link itself; name that one instead";
	return NULL;
}

int parent_find(struct netlink *nl, const char *name, const char *kind, struct link_info *parent,
		struct err *e)
{
	const char *why;
	int r = link_get(nl, name, parent, e);

	if (r == -ENODEV) {
		err_set(e, "no-parent", ENODEV, "use link %s as the parent of the network", name);
		err_cause(e, "there is none of that name");
		return err_hint(
			e,
			"`ip link` lists them; one of a VLAN is made with: ip link add link eth0 name %s type vlan id ID",
			name);
	}
	if (r < 0 || !(why = unfit(parent, kind)))
		return r;
	err_set(e, "bad-parent", EINVAL, "use link %s as the parent of the network", name);
	return err_cause(e, "%s", why);
}

int parent_ready(struct netlink *nl, const char *name, const char *kind, unsigned mtu,
		 struct link_info *parent, struct err *e)
{
	int r = parent_find(nl, name, kind, parent, e);

	if (r < 0)
		return r;
	if (!(parent->flags & IFF_UP)) {
		err_set(e, "parent-down", ENETDOWN, "use link %s as the parent of the network", name);
		err_cause(e, "it is down");
		return err_hint(e, "set it up: ip link set %s up", name);
	}
	if (mtu <= parent->mtu)
		return 0;
	err_set(e, "bad-mtu", EINVAL, "give a link upon %s the MTU %u", name, mtu);
	return err_cause(e, "%s has %u itself", name, parent->mtu);
}

const char *parent_networks(struct netlink *nl, struct arena *a, const struct link_info *parent)
{
	struct str out = { .arena = a };
	struct addr_whole *list;
	char text[IP_TEXT];
	struct err ignored;
	size_t n = 0;

	if (addr_list_permanent(nl, a, parent->index, &list, &n, &ignored) < 0)
		return "";
	for (size_t i = 0; i < n; i++) {
		struct ip own = ip_is(list[i].local) ? list[i].local : list[i].peer;

		str_addf(&out, "%s%s", i ? ", " : "", ip_net_text(ip_network(own), text));
	}
	return str_get(&out);
}

struct ip parent_gateway(struct netlink *nl, const struct link_info *parent, struct ip subnet)
{
	struct ip gateway, none = { 0 };
	struct err ignored;
	int index;

	if (route_default(nl, subnet.family, &gateway, &index, &ignored) < 0 || index != parent->index ||
	    !ip_is(gateway) || !ip_overlap(gateway, subnet))
		return none;
	return gateway;
}
