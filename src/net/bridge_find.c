/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/bridge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "kernel/net/route.h"
#include "net/bridge_whose.h"
#include "net/subnet.h"

static bool is_upon(const struct link_info *link)
{
	return str_eq(link->kind, "vlan");
}

static bool has_first_mac(const struct link_info *link, const char *mark)
{
	static const uint8_t subnets[] = { 0x02, 0x42 }; /* as subnet_mac() makes them */
	uint8_t upon[LINK_MAC];

	if (!is_upon(link))
		return str_after(link->name, "guise") && memcmp(link->mac, subnets, sizeof(subnets)) == 0;
	bridge_upon_mac(mark, upon);
	return memcmp(link->mac, upon, LINK_MAC) == 0;
}

/* See "Whose is it?" in the header. */
static enum bridge_whose judge(const struct link_info *link, const char *mark)
{
	if (!is_upon(link) && !str_eq(link->kind, "bridge"))
		return BRIDGE_STRANGE;
	if (str_eq(link->alias, mark))
		return BRIDGE_OURS;
	return !link->alias[0] && !(link->flags & IFF_UP) && has_first_mac(link, mark) ? BRIDGE_UNFINISHED :
											 BRIDGE_STRANGE;
}

int bridge_whose(struct netlink *nl, const char *name, const char *mark, enum bridge_whose *whose,
		 struct link_info *link, struct err *e)
{
	int r = link_get(nl, name, link, e);

	*whose = r == 0 ? judge(link, mark) : BRIDGE_ABSENT;
	return r == -ENODEV ? 0 : r;
}

int bridge_taken(struct err *e, const char *name, const struct link_info *link)
{
	const char *whose = str_after(link->alias, BRIDGE_MARK " ");

	err_set(e, "bridge-taken", EEXIST, "use bridge %s", name);
	if (whose && is_upon(link)) {
		err_cause(e, "in that VLAN the host's link is that of network %s", whose);
		return err_hint(e, "one network of a VLAN can be its gateway: choose another vlan, or set "
				   "isGateway to false");
	}
	if (whose && str_eq(link->kind, "bridge")) {
		err_cause(e, "it is the bridge of %s %s", *whose == '+' ? "networks with VLANs:" : "network", whose);
		return err_hint(e, "name another bridge: only networks with vlan or vlanTrunk share one");
	}
	err_cause(e, "a link of that name exists that is not guise's (%s)",
		  *link->kind ? link->kind : "hardware");
	return err_hint(e, "rename or remove it (`ip -d link show %s`), or use --network none", name);
}

static bool is_another_guises(const struct link_info *link)
{
	return str_eq(link->kind, "bridge") && strncmp(link->alias, BRIDGE_MARK, strlen(BRIDGE_MARK)) == 0;
}

/* fe80::/10: each link that speaks IPv6 has one. */
static bool is_link_local(struct ip addr)
{
	return addr.family == AF_INET6 && addr.bytes[0] == 0xfe && (addr.bytes[1] & 0xc0) == 0x80;
}

/* The subnets of ours; one without an address is to be made anew, by the same name. */
static int take_ours(struct netlink *nl, struct arena *a, const struct link_info *link,
		     struct bridge_place *place, struct err *e)
{
	struct ip *addrs;
	size_t count;
	int r = addr_list(nl, a, AF_UNSPEC, link->index, &addrs, &count, e);

	if (r < 0)
		return r;
	memcpy(place->name, link->name, sizeof(place->name));
	place->mtu = link->mtu;
	for (size_t i = 0; i < count && place->n_subnets < BRIDGE_SUBNETS; i++)
		if (!is_link_local(addrs[i])) {
			place->gateways[place->n_subnets] = addrs[i];
			place->subnets[place->n_subnets++] = ip_network(addrs[i]);
		}
	place->there = place->n_subnets > 0;
	return 0;
}

/* The one name that a person chose. */
static int find_named(struct netlink *nl, struct arena *a, const char *name, const char *mark,
		      struct bridge_place *place, struct err *e)
{
	struct link_info link;
	enum bridge_whose whose;
	int r = bridge_whose(nl, name, mark, &whose, &link, e);

	if (r < 0)
		return r;
	if (whose == BRIDGE_OURS)
		return take_ours(nl, a, &link, place, e);
	if (whose == BRIDGE_STRANGE)
		return bridge_taken(e, name, &link);
	snprintf(place->name, sizeof(place->name), "%s", name);
	return 0;
}

static int find_any(struct netlink *nl, struct arena *a, const char *mark, const struct strv *about,
		    struct bridge_place *place, struct err *e)
{
	struct link_info link, stranger = { 0 };
	char name[IFNAMSIZ];
	enum bridge_whose whose;
	int r;

	for (int i = 0; i < BRIDGES_MAX; i++) {
		snprintf(name, sizeof(name), "guise%d", i);
		if ((r = bridge_whose(nl, name, mark, &whose, &link, e)) < 0)
			return r;
		if (whose == BRIDGE_OURS)
			return take_ours(nl, a, &link, place, e);
		if (whose != BRIDGE_STRANGE && !*place->name && !(about && strv_has(about, name)))
			memcpy(place->name, name, sizeof(name));
		if (whose == BRIDGE_STRANGE && i == 0 && !is_another_guises(&link))
			stranger = link;
	}
	if (*stranger.name)
		return bridge_taken(e, stranger.name, &stranger);
	if (*place->name)
		return 0;
	err_set(e, "bridge-taken", EEXIST, "make a bridge");
	err_cause(e, "all names from guise0 to guise%d are taken", BRIDGES_MAX - 1);
	return err_hint(e, "`ip -d link` shows whose they are");
}

int bridge_find(struct netlink *nl, struct arena *a, const char *name, const char *mark,
		const struct strv *about, struct bridge_place *place, struct err *e)
{
	*place = (struct bridge_place){ 0 };
	return name ? find_named(nl, a, name, mark, place, e) : find_any(nl, a, mark, about, place, e);
}

int bridge_find_marked(struct netlink *nl, const char *mark, struct bridge_place *place, struct err *e)
{
	struct link_info link;
	int r = link_get_alias(nl, "bridge", mark, &link, e);

	*place = (struct bridge_place){ 0 };
	if (r == 0)
		memcpy(place->name, link.name, sizeof(place->name));
	return r == -ENODEV ? 0 : r;
}

uint32_t bridge_mtu(struct netlink *nl)
{
	struct link_info link;
	struct err ignored;
	uint32_t mtu;
	int index;

	if ((route_out(nl, AF_INET, &index, &mtu, &ignored) < 0 &&
	     route_out(nl, AF_INET6, &index, &mtu, &ignored) < 0) ||
	    link_get_index(nl, index, &link, &ignored) < 0 || link.flags & IFF_LOOPBACK)
		return 0;
	return mtu && mtu < link.mtu ? mtu : link.mtu;
}

int bridge_used(struct netlink *nl, struct arena *a, int family, struct ip **used, size_t *n, struct err *e)
{
	struct ip *addrs, *routes;
	size_t n_addrs, n_routes;
	int r = addr_list(nl, a, family, 0, &addrs, &n_addrs, e);

	if (r == 0)
		r = route_list(nl, a, family, &routes, &n_routes, e);
	if (r < 0)
		return r;
	*n = n_addrs + n_routes;
	*used = arena_array(a, struct ip, *n);
	for (size_t i = 0; i < n_addrs; i++)
		(*used)[i] = addrs[i];
	for (size_t i = 0; i < n_routes; i++)
		(*used)[n_addrs + i] = routes[i];
	return 0;
}

int bridge_choose(const struct ip *pools, size_t n_pools, const struct ip *used, size_t n_used,
		  struct bridge_place *place, struct err *e)
{
	place->n_subnets = 1;
	int r = subnet_choose(pools, n_pools, used, n_used, &place->subnets[0], e);

	place->gateways[0] = subnet_gateway(place->subnets[0]);
	return r;
}

bool bridge_is_unfinished(const struct link_info *link, const char *mark)
{
	uint8_t mac[LINK_MAC];

	bridge_mac(&(struct bridge){ .mark = mark }, mac);
	return judge(link, mark) == BRIDGE_UNFINISHED && memcmp(link->mac, mac, LINK_MAC) == 0;
}
