/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/findings/check.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

/* ---- who it is about ---- */

/* The kernel makes those of link scope by itself. */
static const struct world_addr *first_addr(const struct world_netns *ns, int64_t link, int family)
{
	for (size_t i = 0; i < ns->n_addrs; i++)
		if (ns->addrs[i].link == link && ns->addrs[i].ip.family == family &&
		    ns->addrs[i].scope == RT_SCOPE_UNIVERSE)
			return &ns->addrs[i];
	return NULL;
}

/* The best one of the main table that is of one way. */
static const struct world_route *default_route(const struct world_netns *ns, int family)
{
	const struct world_route *best = NULL;

	for (size_t i = 0; i < ns->n_routes; i++) {
		const struct world_route *r = &ns->routes[i];

		if (r->family == (uint64_t)family && r->table == RT_TABLE_MAIN && r->type == RTN_UNICAST &&
		    r->dst.len == 0 && (!best || r->priority < best->priority))
			best = r;
	}
	return best;
}

static bool has_ports(const struct world_netns *ns, const struct world_link *bridge)
{
	for (size_t i = 0; i < ns->n_links; i++)
		if (ns->links[i].master == bridge->index)
			return true;
	return false;
}

/* An address that the host knows no way to, a cable that ends in the air, and one bridge only that it could be meant for.
 * (One of a single address has a route at the host.) */
static const struct world_link *infer_only_bridge(const struct check *c, const struct end *end)
{
	const struct world_link *found = NULL;
	const struct world_route *r = end->addr ? check_route(end->at, end->addr->ip) : NULL;

	if (!end->addr || end->addr->ip.len == 8 * ip_size(end->addr->ip) || (r && r->dst.len))
		return NULL;
	for (size_t i = 0; i < end->at->n_links; i++) {
		const struct world_link *l = &end->at->links[i];

		if (!str_eq(l->kind, "bridge"))
			continue;
		if (found)
			return NULL;
		found = l;
	}
	return found && check_gateway(c, end->at, found, NULL) && has_ports(end->at, found) ? found : NULL;
}

/* The bridge of that namespace that has the subnet, or the address of the gateway. */
static const struct world_link *infer_bridge(const struct check *c, const struct world_netns *ns,
					     const struct subject *s, struct end *end)
{
	const struct world_link *found = NULL;

	if (first_addr(ns, end->peer->index, AF_INET) || first_addr(ns, end->peer->index, AF_INET6))
		return NULL; /* routed, without a bridge */
	for (size_t i = 0; i < ns->n_links; i++) {
		const struct world_link *l = &ns->links[i];
		const struct world_addr *has = end->addr ? check_gateway(c, ns, l, &end->addr->ip) : NULL;

		if (!str_eq(l->kind, "bridge"))
			continue;
		if (!has && s->out && ip_is(s->out->via) && s->out->oif == end->link->index)
			has = check_gateway(c, ns, l, &s->out->via);
		if (has && !found)
			found = l;
	}
	return found ?: infer_only_bridge(c, end) ?: check_remembered(ns, end->link, &(struct ip){ 0 });
}

static bool has_address(const struct world_netns *ns, const struct world_link *link)
{
	return first_addr(ns, link->index, AF_INET) || first_addr(ns, link->index, AF_INET6);
}

/* One without an address that a cable joins to one that has some is a part of that: plan/steps/trunk.c. */
static const struct world_link *first_bridge(const struct check *c, const struct world_netns *ns,
					     const struct world_link *bridge)
{
	for (size_t i = 0; !has_address(ns, bridge) && i < ns->n_links; i++) {
		const struct world_link *joined = ns->links[i].master == bridge->index ?
							  check_joined(c, ns, &ns->links[i]) :
							  NULL;

		if (joined && has_address(ns, joined))
			return joined;
	}
	return bridge;
}

/* A cable that was pulled over to another namespace than the bridge's: the host is asked, too. */
static void find_bridge(const struct check *c, const struct subject *s, struct end *end)
{
	if (!end->peer)
		return;
	end->bridge = end->peer->master ? world_link_at(end->at, end->peer->master) : NULL;
	if (end->bridge && !str_eq(end->bridge->kind, "bridge"))
		end->bridge = NULL;
	if (end->bridge)
		end->bridge = first_bridge(c, end->at, end->bridge);
	if (end->bridge || end->peer->master)
		return;
	end->bridge = infer_bridge(c, end->at, s, end);
	end->inferred = end->bridge;
}

static void add_end(struct check *c, struct subject *s, const struct world_link *link)
{
	struct end end = { .link = link };

	end.addr = first_addr(s->ns, link->index, AF_INET) ?: first_addr(s->ns, link->index, AF_INET6);
	if (str_eq(link->kind, "veth"))
		end.peer = world_peer(c->w, s->ns, link, &end.at);
	if (!end.peer)
		end.at = NULL;
	find_bridge(c, s, &end);
	arena_push(c->a, s->ends, s->n_ends, end);
}

/* One without a name is looked at where it is asked for. */
static void add_subject(struct check *c, const struct world_netns *ns, const struct world_target *target)
{
	struct subject s = { .ns = ns, .container = world_container_in(c->w, ns->inode) };
	bool asked = target && target->netns == ns;

	if (ns->is_host || (!s.container && !ns->name && !asked))
		return;
	s.target = s.container ? (s.container->name ?: s.container->id) :
		   ns->name    ? arena_printf(c->a, "netns:%s", ns->name) :
				 target->text;
	s.out = default_route(ns, AF_INET) ?: default_route(ns, AF_INET6);
	for (size_t i = 0; i < ns->n_links; i++)
		if (!(ns->links[i].flags & IFF_LOOPBACK) && !str_eq(ns->links[i].kind, "bridge"))
			add_end(c, &s, &ns->links[i]);
	arena_push(c->a, c->subjects, c->n, s);
}

/* ---- who else is on a bridge ---- */

/* Once a bridge: the first end on it has asked for all. */
static const struct end *first_on(const struct check *c, const struct world_link *bridge)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->subjects[i].n_ends; k++)
			if (c->subjects[i].ends[k].bridge == bridge)
				return &c->subjects[i].ends[k];
	return NULL;
}

static void find_foreign(struct check *c)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->subjects[i].n_ends; k++) {
			struct end *end = &c->subjects[i].ends[k];
			const struct end *first = end->bridge ? first_on(c, end->bridge) : end;

			end->foreign = first == end ? end->bridge && check_has_foreign_port(c, end->at,
											    end->bridge) :
						      first->foreign;
		}
}

static void find_subjects(struct check *c, const struct world_target *target)
{
	for (size_t i = 0; i < c->w->n_netns; i++)
		add_subject(c, &c->w->netns[i], target);
	for (size_t i = 0; i < c->n; i++)
		c->subjects[i].asked = !target || !target->netns || target->netns == c->subjects[i].ns;
	find_foreign(c);
}

/* Who is kept in on purpose has no way out, whatever its routes say. */
static void find_internal(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct end *way = check_way_out(&c->subjects[i]);

		if (way && check_is_internal(c, way))
			c->subjects[i].out = NULL;
	}
}

/* ---- the order ---- */

static void (*const families[])(struct check *c) = {
	findings_links,   findings_bridge,    findings_addresses, findings_routes,
	findings_forward, findings_nat,       findings_names,     findings_ports,
	findings_limits,  findings_leftovers, findings_own,
};

void findings(const struct world *w, const struct world_target *target, struct arena *a, struct findings *out)
{
	struct check c = { .w = w, .target = target, .a = a, .out = out, .host = world_host(w) };

	*out = (struct findings){ 0 };
	if (!c.host) {
		check_could_not(&c, "the host's network: it could not be read");
		return;
	}
	find_subjects(&c, target);
	find_internal(&c);
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		families[i](&c);
}
