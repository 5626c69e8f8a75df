/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Faults of addresses: of IP, of MAC, and what neighbours believe of them. */
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "observe/findings/check.h"
#include "plan/build/repair.h"

enum { FREE_TRIES = 1024 };

/* ---- a free address ---- */

static bool is_taken(const struct check *c, const struct end *end, struct ip ip)
{
	for (size_t i = 0; i < end->at->n_addrs; i++)
		if (ip_same(end->at->addrs[i].ip, ip))
			return true;
	return check_holder(c, end, ip) != NULL;
}

/* An address of the bridge's subnet that nobody has; "" where none is found. */
static const char *free_address(struct check *c, const struct end *end, struct ip gateway)
{
	struct ip ip = ip_network(gateway), last = ip_last(gateway);

	for (unsigned i = 1; i < FREE_TRIES; i++) {
		struct ip next = ip_add(ip, i);

		if (ip_same(next, last) || !check_contains(gateway, next))
			break;
		if (!is_taken(c, end, next))
			return check_net(c, next);
	}
	return "";
}

/* Its address gives way to another one; the default route goes with it, and comes again. */
static void repair_address_of(struct check *c, struct finding *f, const struct subject *s,
			      const struct end *end, struct ip gateway, const char *address)
{
	bool had_out = s->out && s->out->oif == end->link->index;

	if (!*address) {
		f->advice = "the subnet has no free address";
		return;
	}
	if (had_out)
		repair_route(&f->repair, false,
			     (struct step_fix_route[]){ check_fix_route(c, s->ns, s->out) });
	if (end->addr)
		repair_address(&f->repair, false, check_path(c, s->ns), end->link->name,
			       check_net(c, end->addr->ip));
	repair_address(&f->repair, true, check_path(c, s->ns), end->link->name, address);
	if (had_out || (!s->out && check_wants_out(c, end)))
		repair_route(&f->repair, true,
			     (struct step_fix_route[]){ check_default(c, s, end, gateway) });
}

/* ---- one's own ---- */

/* Somebody on it asks for one by DHCP (port 68): then that is who doesn't get one. */
static bool waits_for_dhcp(const struct subject *s)
{
	for (size_t i = 0; i < s->ns->n_sockets; i++)
		if (s->ns->sockets[i].proto == IPPROTO_UDP && s->ns->sockets[i].port == 68)
			return true;
	return false;
}

static void look_for_missing(struct check *c, struct subject *s, struct end *end)
{
	const struct world_addr *gateway = check_gateway(c, end->at, end->bridge, NULL);
	struct finding *f;

	if (end->addr || !gateway)
		return;
	f = check_add_link(c, "address-missing", s, s->ns, end->link);
	check_evidence(c, f, "%s of %s has no address (ip address)", end->link->name, s->target);
	check_evidence(c, f, "its bridge %s has %s", end->bridge->name, check_net(c, gateway->ip));
	if (waits_for_dhcp(s))
		f->advice = "a DHCP client runs in it: look for the server";
	else
		repair_address_of(c, f, s, end, gateway->ip, free_address(c, end, gateway->ip));
	end->broken = true;
}

static bool has_address_in(const struct subject *s, const struct end *end, const struct world_addr *gateway)
{
	for (size_t i = 0; i < s->ns->n_addrs; i++) {
		const struct world_addr *a = &s->ns->addrs[i];

		if (a->link == end->link->index && a->ip.family == gateway->ip.family &&
		    check_contains(gateway->ip, a->ip) && check_contains(a->ip, gateway->ip))
			return true;
	}
	return false;
}

/* That of the other length is to be told, not only that of another network. One of a single address has its routes by
 * hand. */
static void look_for_mismatch(struct check *c, struct subject *s, struct end *end)
{
	const struct world_addr *gateway = NULL;
	const char *address;
	struct finding *f;

	for (size_t i = 0; i < end->at->n_addrs && !gateway; i++)
		if (end->at->addrs[i].link == end->bridge->index &&
		    end->at->addrs[i].ip.family == end->addr->ip.family &&
		    end->at->addrs[i].scope == RT_SCOPE_UNIVERSE)
			gateway = &end->at->addrs[i];
	if (!gateway || end->addr->ip.len == 8 * ip_size(end->addr->ip))
		return;
	for (size_t i = 0; i < end->at->n_addrs; i++)
		if (end->at->addrs[i].link == end->bridge->index &&
		    has_address_in(s, end, &end->at->addrs[i]) &&
		    end->at->addrs[i].ip.len == end->addr->ip.len)
			return;
	if (!check_contains(gateway->ip, end->addr->ip) && end->foreign)
		return; /* another network may be reached by the bridge */
	f = check_add_link(c, "subnet-mismatch", s, s->ns, end->link);
	check_evidence(c, f, "%s of %s has %s (ip address)", end->link->name, s->target,
		       check_net(c, end->addr->ip));
	check_evidence(c, f, "its bridge %s has %s", end->bridge->name, check_net(c, gateway->ip));
	if (check_contains(gateway->ip, end->addr->ip)) {
		struct ip ip = end->addr->ip;

		ip.len = gateway->ip.len;
		address = check_net(c, ip);
	} else {
		address = free_address(c, end, gateway->ip);
	}
	repair_address_of(c, f, s, end, gateway->ip, address);
	end->broken = true;
}

/* ---- two with the same ---- */

static const struct world_addr *bridge_has(const struct end *end, struct ip ip)
{
	for (size_t i = 0; i < end->at->n_addrs; i++)
		if (end->at->addrs[i].link == end->bridge->index && ip_same(end->at->addrs[i].ip, ip))
			return &end->at->addrs[i];
	return NULL;
}

static const struct subject *subject_of(const struct check *c, const struct end *end)
{
	for (size_t i = 0; i < c->n; i++)
		if (end >= c->subjects[i].ends && end < c->subjects[i].ends + c->subjects[i].n_ends)
			return &c->subjects[i];
	return NULL;
}

static void forget_in(struct check *c, struct finding *f, const struct world_netns *ns,
		      const struct world_link *link, struct ip ip)
{
	for (size_t i = 0; i < ns->n_neighs; i++) {
		const struct world_neigh *n = &ns->neighs[i];

		if (n->link == link->index && n->mac && ip_is(n->ip) && ip_same(n->ip, ip))
			repair_forget(&f->repair, check_path(c, ns), link->name, check_ip(c, ip), n->mac,
				      n->state);
	}
}

/* What all on the bridge have learned of that address is not true any more; they would believe it for a while. */
static void forget_everywhere(struct check *c, struct finding *f, const struct end *of, struct ip ip)
{
	forget_in(c, f, of->at, of->bridge, ip);
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->subjects[i].n_ends; k++)
			if (c->subjects[i].ends[k].bridge == of->bridge)
				forget_in(c, f, c->subjects[i].ns, c->subjects[i].ends[k].link, ip);
}

static void look_for_duplicate(struct check *c, struct subject *s, struct end *end)
{
	const struct end *other = check_holder(c, end, end->addr->ip);
	const struct world_addr *gateway;
	struct finding *f;

	/* the first of the two keeps it, and who has it beside another one gives it up (look_for_second()) */
	if (!bridge_has(end, end->addr->ip) &&
	    (!other || !ip_same(other->addr->ip, end->addr->ip) || subject_of(c, other) > s))
		return;
	f = check_add_link(c, "address-duplicate", s, s->ns, end->link);
	check_evidence(c, f, "%s of %s has %s, and so has %s", end->link->name, s->target,
		       check_ip(c, end->addr->ip), other ? subject_of(c, other)->target : end->bridge->name);
	gateway = check_gateway(c, end->at, end->bridge, &end->addr->ip);
	if (gateway) {
		const char *fresh = free_address(c, end, gateway->ip);
		struct ip ip;

		repair_address_of(c, f, s, end, gateway->ip, fresh);
		if (*fresh && ip_parse(fresh, &ip) == 0) /* who had it before is still believed to */
			forget_everywhere(c, f, end, ip);
	} else {
		f->advice = "give one of them another address";
	}
	forget_everywhere(c, f, end, end->addr->ip);
	end->broken = true;
}

/* An address beside its first one, which somebody else on the bridge has: it is given up. Where both have it beside
 * another, the first of the two keeps it. */
static void look_for_second(struct check *c, struct subject *s, struct end *end)
{
	for (size_t i = 0; i < s->ns->n_addrs; i++) {
		const struct world_addr *a = &s->ns->addrs[i];
		const struct end *other;
		struct finding *f;

		if (a->link != end->link->index || a == end->addr || a->scope != RT_SCOPE_UNIVERSE)
			continue;
		other = check_holder(c, end, a->ip);
		if (!bridge_has(end, a->ip) &&
		    (!other || (!ip_same(other->addr->ip, a->ip) && subject_of(c, other) > s)))
			continue;
		f = check_add_link(c, "address-duplicate", s, s->ns, end->link);
		check_evidence(c, f, "%s of %s has %s beside %s, and so has %s", end->link->name, s->target,
			       check_ip(c, a->ip), check_ip(c, end->addr->ip),
			       other ? subject_of(c, other)->target : end->bridge->name);
		repair_address(&f->repair, false, check_path(c, s->ns), end->link->name, check_net(c, a->ip));
		forget_everywhere(c, f, end, a->ip);
		end->broken = true;
	}
}

static const struct end *same_mac(const struct check *c, const struct end *but)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->subjects[i].n_ends; k++) {
			const struct end *end = &c->subjects[i].ends[k];

			if (end == but)
				return NULL; /* the first one keeps it */
			if (end->bridge == but->bridge && str_eq(end->link->mac, but->link->mac))
				return end;
		}
	return NULL;
}

/* A locally administered one, made of its address as docker makes them. */
static const char *fresh_mac(struct check *c, const struct end *end)
{
	const uint8_t *b = end->addr->ip.bytes;
	size_t n = ip_size(end->addr->ip);

	return arena_printf(c->a, "02:67:%02x:%02x:%02x:%02x", b[n - 4], b[n - 3], b[n - 2], b[n - 1]);
}

static void look_for_same_mac(struct check *c, struct subject *s, struct end *end)
{
	bool as_bridge = str_eq(end->link->mac, end->bridge->mac);
	const struct end *other = same_mac(c, end);
	struct finding *f;

	if (!end->link->mac || (!other && !as_bridge))
		return;
	f = check_add_link(c, "mac-duplicate", s, s->ns, end->link);
	check_evidence(c, f, "%s of %s has the MAC address %s, and so has %s (ip link)", end->link->name,
		       s->target, end->link->mac, other ? subject_of(c, other)->target : end->bridge->name);
	repair_link(&f->repair, check_path(c, s->ns), end->link->name, "address", fresh_mac(c, end),
		    end->link->mac);
	forget_everywhere(c, f, end, end->addr->ip);
	end->broken = true;
}

/* ---- what is believed of others ---- */

/* Whose address that is on the bridge, as its MAC address; NULL: nobody's that we know. */
static const char *mac_of(const struct check *c, const struct end *end, struct ip ip)
{
	const struct end *holder = check_holder(c, end, ip);

	if (bridge_has(end, ip))
		return end->bridge->mac;
	return holder ? holder->link->mac : NULL;
}

/* One that was learned is asked for again by itself: so it does not hide what else is broken. */
static void tell_stale(struct check *c, const struct subject *s, struct end *end,
		       const struct world_netns *ns, const struct world_link *link,
		       const struct world_neigh *n, const char *mac)
{
	struct finding *f = check_add_link(c, "neighbour-stale", s, ns, link);

	f->certainty = n->state & (NUD_PERMANENT | NUD_NOARP) ? CERTAINTY_FAULT : CERTAINTY_SUSPICION;
	end->broken |= f->certainty == CERTAINTY_FAULT;
	check_evidence(c, f, "%s has %s at %s, and it is at %s (ip neighbour)", world_netns_title(c->w, ns),
		       check_ip(c, n->ip), n->mac, mac);
	repair_forget(&f->repair, check_path(c, ns), link->name, check_ip(c, n->ip), n->mac, n->state);
}

static bool is_wrong(const struct world_neigh *n, const struct world_link *link, const char *mac)
{
	return n->link == link->index && ip_is(n->ip) && n->mac && mac && !str_eq(n->mac, mac) &&
	       n->state & (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE);
}

static void look_at_neighbours(struct check *c, struct subject *s, struct end *end)
{
	for (size_t i = 0; i < s->ns->n_neighs; i++) {
		const struct world_neigh *n = &s->ns->neighs[i];

		if (n->link != end->link->index || !ip_is(n->ip) ||
		    !is_wrong(n, end->link, mac_of(c, end, n->ip)))
			continue;
		tell_stale(c, s, end, s->ns, end->link, n, mac_of(c, end, n->ip));
	}
}

/* What the host itself believes of this one. */
static void look_at_hosts_neighbours(struct check *c, struct subject *s, struct end *end)
{
	for (size_t i = 0; i < end->at->n_neighs; i++) {
		const struct world_neigh *n = &end->at->neighs[i];

		if (!ip_same(n->ip, end->addr->ip) || !is_wrong(n, end->bridge, end->link->mac))
			continue;
		tell_stale(c, s, end, end->at, end->bridge, n, end->link->mac);
	}
}

/* ---- the bridge's ---- */

/* All of a network have their default route to an address that none on the bridge has. */
static void look_for_gateway(struct check *c, struct subject *s, struct end *end)
{
	bool uses = s->out && s->out->oif == end->link->index && ip_is(s->out->via);
	struct ip via = uses ? s->out->via : (struct ip){ 0 };
	struct finding *f;

	if (!uses || !end->addr || !check_contains(end->addr->ip, via) ||
	    check_gateway(c, end->at, end->bridge, &end->addr->ip) || check_holder(c, end, via) ||
	    end->foreign)
		return;
	end->broken = true;
	if (check_told(c, "gateway-address-missing", end->bridge))
		return;
	via.len = end->addr->ip.len;
	f = check_add_link(c, "gateway-address-missing", s, end->at, end->bridge);
	check_evidence(c, f, "the default route of %s leads to %s (ip route)", s->target, check_ip(c, via));
	check_evidence(c, f, "its bridge %s has no address of that subnet, and nobody else has it",
		       end->bridge->name);
	repair_address(&f->repair, true, check_path(c, end->at), end->bridge->name, check_net(c, via));
}

/* Another way to the subnet that is at least as precise. */
static void look_for_overlap(struct check *c, struct subject *s, struct end *end)
{
	const struct world_addr *gateway = end->addr ?
						   check_gateway(c, end->at, end->bridge, &end->addr->ip) :
						   NULL;

	for (size_t i = 0; gateway && i < end->at->n_routes; i++) {
		const struct world_route *r = &end->at->routes[i];
		const struct world_link *link = world_link_at(end->at, r->oif);
		struct finding *f;

		if (r->table != RT_TABLE_MAIN || r->type != RTN_UNICAST || r->dst.len < gateway->ip.len ||
		    !link || link == end->bridge || !ip_overlap(r->dst, gateway->ip))
			continue;
		if (check_told(c, "subnet-overlap", link))
			continue;
		f = check_add_link(c, "subnet-overlap", s, end->at, link);
		check_evidence(c, f, "bridge %s has %s, and a route of %s leads to %s by %s",
			       end->bridge->name, check_net(c, gateway->ip), world_netns_title(c->w, end->at),
			       check_net(c, r->dst), link->name);
		f->advice = "give one of the two networks another subnet";
	}
}

static void look_at(struct check *c, struct subject *s, struct end *end)
{
	look_for_gateway(c, s, end);
	look_for_missing(c, s, end);
	if (!end->broken && end->addr)
		look_for_mismatch(c, s, end);
	if (!end->broken && end->addr)
		look_for_duplicate(c, s, end);
	if (!end->broken && end->addr)
		look_for_second(c, s, end);
	if (!end->broken && end->addr)
		look_for_same_mac(c, s, end);
	if (!end->broken)
		look_at_neighbours(c, s, end);
	if (!end->broken && end->addr)
		look_at_hosts_neighbours(c, s, end);
	look_for_overlap(c, s, end);
}

void findings_addresses(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct subject *s = &c->subjects[i];

		for (size_t k = 0; s->asked && k < s->n_ends; k++)
			if (s->ends[k].bridge && !s->ends[k].broken)
				look_at(c, s, &s->ends[k]);
	}
}
