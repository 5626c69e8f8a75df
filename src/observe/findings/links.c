/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Faults of links: lo, both ends of a cable, and the bridge that the host's end should be on. */
#include <net/if.h>

#include "observe/findings/check.h"
#include "plan/build/repair.h"

static void look_at_loopback(struct check *c, struct subject *s)
{
	const struct world_link *lo = world_link_named(s->ns, "lo");
	struct finding *f;

	if (!lo || check_is_up(lo))
		return;
	f = check_add_link(c, "loopback-down", s, s->ns, lo);
	check_evidence(c, f, "lo of %s is down (ip link)", s->target);
	repair_link(&f->repair, check_path(c, s->ns), "lo", "state", "up", "down");
}

/* Routes go with a link that is set down. */
static void add_default_back(struct check *c, struct finding *f, const struct subject *s,
			     const struct end *end)
{
	const struct world_addr *gateway = end->bridge && end->addr ?
						   check_gateway(c, end->at, end->bridge, &end->addr->ip) :
						   NULL;

	if (s->out || !gateway || !check_wants_out(c, end))
		return;
	repair_route(&f->repair, true, (struct step_fix_route[]){ check_default(c, s, end, gateway->ip) });
}

static void tell_link_down(struct check *c, struct subject *s, struct end *end)
{
	struct finding *f = check_add_link(c, "link-down", s, s->ns, end->link);

	check_evidence(c, f, "%s of %s is down (ip link)", end->link->name, s->target);
	repair_link(&f->repair, check_path(c, s->ns), end->link->name, "state", "up", "down");
	add_default_back(c, f, s, end);
	end->broken = true;
}

static void tell_arp_off(struct check *c, struct subject *s, struct end *end)
{
	struct finding *f = check_add_link(c, "arp-off", s, s->ns, end->link);

	check_evidence(c, f, "%s of %s has the flag NOARP (ip link)", end->link->name, s->target);
	repair_link(&f->repair, check_path(c, s->ns), end->link->name, "arp", "on", "off");
	end->broken = true;
}

/* ---- the other end is elsewhere ---- */

/* The host's bridge of that subnet, or where the host knew it. */
static const struct world_link *bridge_for(const struct check *c, const struct end *end)
{
	struct ip ip;

	for (size_t i = 0; end->addr && i < c->host->n_links; i++)
		if (str_eq(c->host->links[i].kind, "bridge") &&
		    check_gateway(c, c->host, &c->host->links[i], &end->addr->ip))
			return &c->host->links[i];
	return check_remembered(c->host, end->link, &ip);
}

static void tell_remembered(struct check *c, struct finding *f, const struct world_netns *ns,
			    const struct end *end)
{
	struct ip ip;
	const struct world_link *bridge = check_remembered(ns, end->link, &ip);

	if (bridge)
		check_evidence(c, f, "%s remembers %s, its MAC address, by bridge %s at %s (ip neighbour)",
			       world_netns_title(c->w, ns), end->link->mac, bridge->name, check_ip(c, ip));
}

/* What is wrong with it where it does not belong doesn't matter. */
static void let_be(struct check *c, const struct world_link *stray)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->subjects[i].n_ends; k++)
			if (c->subjects[i].ends[k].link == stray)
				c->subjects[i].ends[k].broken = true;
}

/* A cable whose other end was pulled over to a namespace that has nothing to do with its subnet. */
static void look_for_stray(struct check *c, struct subject *s, struct end *end)
{
	const struct world_link *bridge = bridge_for(c, end);
	struct finding *f;

	if (!bridge || !end->peer || end->at == c->host || end->peer->master ||
	    check_gateway(c, end->at, end->peer, NULL))
		return;
	f = check_add_link(c, "veth-peer-missing", s, s->ns, end->link);
	if (end->addr && check_gateway(c, c->host, bridge, &end->addr->ip))
		check_evidence(c, f, "%s of %s has %s, of the subnet of the host's bridge %s",
			       end->link->name, s->target, check_net(c, end->addr->ip), bridge->name);
	else
		tell_remembered(c, f, c->host, end);
	check_evidence(c, f, "the other end of its cable, %s, is in %s, not on the host", end->peer->name,
		       world_netns_title(c->w, end->at));
	repair_link(&f->repair, check_path(c, end->at), end->peer->name, "netns", "", check_path(c, end->at));
	repair_link(&f->repair, "", end->peer->name, "master", bridge->name, "");
	repair_link(&f->repair, "", end->peer->name, "state", "up", "down");
	end->broken = true;
	let_be(c, end->peer);
}

/* The end of a cable of the host that is on a bridge, while the other end is on the host, too, and used for nothing. */
static const struct world_link *stray_inside(const struct check *c, const struct world_link **port)
{
	const struct world_link *found = NULL;

	for (size_t i = 0; i < c->host->n_links; i++) {
		const struct world_link *l = &c->host->links[i], *peer;
		const struct world_netns *at;

		if (!str_eq(l->kind, "veth") || !l->master)
			continue;
		peer = world_peer(c->w, c->host, l, &at);
		if (!peer || at != c->host || peer->master || check_gateway(c, at, peer, NULL))
			continue;
		if (found)
			return NULL; /* which of them it is can't be told */
		found = peer;
		*port = l;
	}
	return found;
}

static unsigned without_ends(const struct check *c)
{
	unsigned n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += !c->subjects[i].n_ends;
	return n;
}

static void look_for_lost(struct check *c, struct subject *s)
{
	const struct world_link *port, *stray;
	const char *bridge, *address;
	struct finding *f;

	if (s->n_ends)
		return;
	if (without_ends(c) == 1 && (stray = stray_inside(c, &port))) {
		f = check_add_link(c, "veth-peer-missing", s, c->host, port);
		check_evidence(c, f, "%s has no link but lo", s->target);
		check_evidence(c, f,
			       "%s is on a bridge, and the other end of its cable, %s, is on the host, too",
			       port->name, stray->name);
		repair_link(&f->repair, "", stray->name, "netns", check_path(c, s->ns), "");
		repair_link(&f->repair, check_path(c, s->ns), stray->name, "state", "up", "down");
		s->broken = true;
		return;
	}
	bridge = s->container ? world_setting(s->container->hints, s->container->n_hints, "bridge") : NULL;
	address = s->container ? world_setting(s->container->hints, s->container->n_hints, "address") : NULL;
	if (!bridge && !address)
		return;
	f = check_add(c, "veth-peer-missing", s->target, bridge ?: address);
	f->netns = s->ns->inode;
	check_evidence(c, f, "its engine recorded %s %s, and it has no link but lo",
		       bridge ? "bridge" : "address", bridge ?: address);
	f->advice = "restart the container: its engine makes the cable anew";
	s->broken = true;
}

/* ---- the host's end ---- */

static void tell_not_on_bridge(struct check *c, struct subject *s, struct end *end)
{
	struct finding *f = check_add_link(c, "veth-not-on-bridge", s, end->at, end->peer);

	if (end->addr)
		check_evidence(c, f, "%s of %s has %s", end->link->name, s->target,
			       check_net(c, end->addr->ip));
	else
		tell_remembered(c, f, end->at, end);
	check_evidence(
		c, f,
		"that belongs to bridge %s of %s, and the other end of the cable, %s, is a port of no bridge",
		end->bridge->name, world_netns_title(c->w, end->at), end->peer->name);
	repair_link(&f->repair, check_path(c, end->at), end->peer->name, "master", end->bridge->name, "");
	end->broken = true;
}

/* A cable that ends in the air, where there are bridges, and none of them has a subnet that would tell which. */
static void look_for_loose(struct check *c, struct subject *s, struct end *end)
{
	const struct world_route *r = end->addr ? check_route(end->at, end->addr->ip) : NULL;
	struct finding *f;
	bool bridges = false;

	for (size_t i = 0; i < end->at->n_links; i++)
		bridges |= str_eq(end->at->links[i].kind, "bridge");
	if (!bridges || end->bridge || end->peer->master || !end->addr || (r && r->dst.len) ||
	    end->addr->ip.len == 8 * ip_size(end->addr->ip) || check_gateway(c, end->at, end->peer, NULL))
		return;
	f = check_add_link(c, "veth-not-on-bridge", s, end->at, end->peer);
	f->certainty = CERTAINTY_SUSPICION;
	check_evidence(c, f, "%s of %s has %s", end->link->name, s->target, check_net(c, end->addr->ip));
	check_evidence(
		c, f,
		"the other end of the cable, %s, is a port of no bridge, and %s has no way to that address",
		end->peer->name, world_netns_title(c->w, end->at));
	f->advice = "put it on its bridge: ip link set PORT master BRIDGE";
}

/* A frame that is larger than the MTU of the end that it comes out of is dropped there. */
static void look_at_mtu(struct check *c, struct subject *s, struct end *end)
{
	bool ours = end->link->mtu < end->peer->mtu;
	const struct world_link *small = ours ? end->link : end->peer, *large = ours ? end->peer : end->link;
	const struct world_netns *ns = ours ? s->ns : end->at;
	struct finding *f;

	if (end->link->mtu == end->peer->mtu)
		return;
	f = check_add_link(c, "mtu-mismatch", s, ns, small);
	check_evidence(c, f, "%s has MTU %llu, and the other end of the cable, %s, %llu (ip link)",
		       small->name, (unsigned long long)small->mtu, large->name,
		       (unsigned long long)large->mtu);
	repair_link(&f->repair, check_path(c, ns), small->name, "mtu",
		    arena_printf(c->a, "%llu", (unsigned long long)large->mtu),
		    arena_printf(c->a, "%llu", (unsigned long long)small->mtu));
}

/* Without a bridge it may be the host's own way out: findings/routes.c. */
static void look_at_end(struct check *c, struct subject *s, struct end *end)
{
	if (end->broken)
		return;
	if (!check_is_up(end->link))
		tell_link_down(c, s, end);
	else if (end->peer && end->link->flags & IFF_NOARP)
		tell_arp_off(c, s, end);
	if (!end->peer)
		return;
	if (end->inferred)
		tell_not_on_bridge(c, s, end);
	look_for_loose(c, s, end);
	if (!check_is_up(end->peer) && end->bridge)
		check_tell_host_down(c, s, end);
	if (!end->broken)
		look_at_mtu(c, s, end);
}

void findings_links(struct check *c)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; c->subjects[i].asked && k < c->subjects[i].n_ends; k++)
			look_for_stray(c, &c->subjects[i], &c->subjects[i].ends[k]);
	for (size_t i = 0; i < c->n; i++) {
		struct subject *s = &c->subjects[i];

		if (!s->asked)
			continue;
		look_at_loopback(c, s);
		look_for_lost(c, s);
		for (size_t k = 0; k < s->n_ends; k++)
			look_at_end(c, s, &s->ends[k]);
	}
}
