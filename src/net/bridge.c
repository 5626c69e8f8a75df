/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/str.h"
#include "kernel/net/route.h"
#include "net/subnet.h"

enum state { ABSENT, UNFINISHED, OURS, STRANGE };

/* See "Whose is it?" in the header. */
static enum state judge(const struct link_info *link, const char *mark)
{
	static const uint8_t mac[] = { 0x02, 0x42 }; /* as subnet_mac() makes them */

	if (!str_eq(link->kind, "bridge"))
		return STRANGE;
	if (str_eq(link->alias, mark))
		return OURS;
	if (!str_after(link->name, "guise") || link->alias[0] || link->flags & IFF_UP ||
	    memcmp(link->mac, mac, sizeof(mac)) != 0)
		return STRANGE;
	return UNFINISHED;
}

static int find(struct netlink *nl, const char *name, const char *mark, enum state *state,
		struct link_info *link, struct err *e)
{
	int r = link_get(nl, name, link, e);

	*state = r == 0 ? judge(link, mark) : ABSENT;
	return r == -ENODEV ? 0 : r;
}

static int taken(struct err *e, const char *name, const struct link_info *link)
{
	err_set(e, "bridge-taken", EEXIST, "use bridge %s", name);
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
	enum state state;
	int r = find(nl, name, mark, &state, &link, e);

	if (r < 0)
		return r;
	if (state == OURS)
		return take_ours(nl, a, &link, place, e);
	if (state == STRANGE)
		return taken(e, name, &link);
	snprintf(place->name, sizeof(place->name), "%s", name);
	return 0;
}

static int find_any(struct netlink *nl, struct arena *a, const char *mark, const struct strv *about,
		    struct bridge_place *place, struct err *e)
{
	struct link_info link, stranger = { 0 };
	char name[IFNAMSIZ];
	enum state state;
	int r;

	for (int i = 0; i < BRIDGES_MAX; i++) {
		snprintf(name, sizeof(name), "guise%d", i);
		if ((r = find(nl, name, mark, &state, &link, e)) < 0)
			return r;
		if (state == OURS)
			return take_ours(nl, a, &link, place, e);
		if (state != STRANGE && !*place->name && !(about && strv_has(about, name)))
			memcpy(place->name, name, sizeof(name));
		if (state == STRANGE && i == 0 && !is_another_guises(&link))
			stranger = link;
	}
	if (*stranger.name)
		return taken(e, stranger.name, &stranger);
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
	int r = set(br, e);

	if (r < 0)
		return r;
	netlink_start(&b);
	for (size_t i = 0; i < br->n_addrs; i++)
		addr_put_add(&b, index, br->name, br->addrs[i]);
	if (br->mtu)
		link_put_mtu(&b, index, br->name, br->mtu);
	if (br->promiscuous)
		link_put_flags(&b, index, br->name, IFF_PROMISC, IFF_PROMISC);
	link_put_up(&b, index, br->name, br->mark);
	return netlink_run(nl, &b, NULL, NULL, e);
}

void bridge_mac(const struct bridge *br, uint8_t mac[static LINK_MAC])
{
	uint32_t hash = 2166136261u;

	if (br->n_addrs) {
		subnet_mac(br->addrs[0], mac);
		return;
	}
	for (const char *p = br->mark; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 16777619u;
	memcpy(mac, (uint8_t[]){ 0x02, 0x42, hash >> 24, hash >> 16 & 255, hash >> 8 & 255, hash & 255 },
	       LINK_MAC);
}

bool bridge_is_unfinished(const struct link_info *link, const char *mark)
{
	uint8_t mac[LINK_MAC];

	bridge_mac(&(struct bridge){ .mark = mark }, mac);
	return judge(link, mark) == UNFINISHED && memcmp(link->mac, mac, LINK_MAC) == 0;
}

static int make(struct netlink *nl, const struct bridge *br, int *index, struct err *e)
{
	uint8_t mac[LINK_MAC];
	struct err ignored;
	int r;

	bridge_mac(br, mac);
	r = link_add_bridge(nl, br->name, mac, index, e);
	if (r < 0)
		return err_hint_for(e, EPERM, "this needs CAP_NET_ADMIN in the network namespace");
	r = finish(nl, br, *index, e);
	if (r < 0)
		link_delete_index(nl, *index, br->name, &ignored);
	return r;
}

int bridge_ensure(struct netlink *nl, const struct bridge *br, int *index, struct err *e)
{
	struct link_info link;
	enum state state = ABSENT;
	int r = find(nl, br->name, br->mark, &state, &link, e);

	if (r < 0)
		return r;
	switch (state) {
	case OURS:
		*index = link.index;
		return link.flags & IFF_UP ? 0 : finish(nl, br, *index, e);
	case STRANGE:
		return taken(e, br->name, &link);
	case UNFINISHED:
		r = link_delete_index(nl, link.index, br->name, e);
		if (r < 0)
			return r;
		[[fallthrough]];
	case ABSENT:
		return make(nl, br, index, e);
	}
	__builtin_unreachable();
}

int bridge_restore(struct netlink *nl, const struct bridge *br, struct err *e)
{
	struct link_info link;
	enum state state = ABSENT;
	int index, r = find(nl, br->name, br->mark, &state, &link, e);

	if (r < 0)
		return r;
	return state == OURS ? finish(nl, br, link.index, e) : bridge_ensure(nl, br, &index, e);
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

int bridge_check(struct netlink *nl, struct arena *a, const struct bridge *br, struct err *e)
{
	uint8_t mac[LINK_MAC];
	struct link_info link;
	enum state state = ABSENT;
	int r = find(nl, br->name, br->mark, &state, &link, e);

	if (r < 0)
		return r;
	switch (state) {
	case ABSENT:
		err_set(e, "bridge-missing", ENODEV, "check bridge %s", br->name);
		return err_cause(e, "there is no such link");
	case STRANGE:
		return taken(e, br->name, &link);
	case UNFINISHED:
		return different(e, br, "it was left unfinished");
	case OURS:
		break;
	}
	if (!(link.flags & IFF_UP))
		return different(e, br, "it is down");
	if (br->promiscuous && !(link.flags & IFF_PROMISC))
		return different(e, br, "it is not promiscuous");
	bridge_mac(br, mac);
	if (memcmp(link.mac, mac, LINK_MAC) != 0)
		return different(e, br, "it has another MAC address");
	r = check_addresses(nl, a, br, link.index, e);
	return r < 0 ? r : check_settings(br, e);
}

int bridge_delete(struct netlink *nl, const char *name, const char *mark, struct err *e)
{
	struct link_info link;
	enum state state = ABSENT;
	int r = find(nl, name, mark, &state, &link, e);

	if (r < 0 || state == ABSENT || state == STRANGE)
		return r;
	return link_delete_index(nl, link.index, name, e);
}
