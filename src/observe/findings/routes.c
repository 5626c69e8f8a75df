/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Faults of routes: of the namespaces, and of the host that is their way out. */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "kernel/net/route.h"
#include "observe/findings/check.h"
#include "plan/build/repair.h"

static bool throws_away(uint64_t type)
{
	return type == RTN_BLACKHOLE || type == RTN_UNREACHABLE || type == RTN_PROHIBIT;
}

/* ---- blackholes ---- */

static bool tell_blackhole(struct check *c, const struct subject *s, const struct world_netns *ns,
			   struct ip to)
{
	const struct world_route *r = check_route(ns, to);
	const char *where;
	struct finding *f;

	if (!r || !throws_away(r->type))
		return false;
	if (check_told(c, "route-blackhole", r))
		return true;
	where = r->dst.len ? check_net(c, r->dst) : "default";
	f = check_add(c, "route-blackhole", s->target, where);
	f->netns = ns->inode;
	check_evidence(c, f, "%s has the route `%s %s` (ip route)", world_netns_title(c->w, ns),
		       route_type_name(r->type), where);
	check_evidence(c, f, "that is its way to %s", check_ip(c, to));
	repair_route(&f->repair, false, (struct step_fix_route[]){ check_fix_route(c, ns, r) });
	return true;
}

/* There and back, to the gateway and beyond. What leads nowhere on purpose, as a host's routes to what it has not given
 * away, leads to no address that is asked here. */
static bool look_for_blackholes(struct check *c, struct subject *s, struct end *end)
{
	const struct world_addr *gateway = check_gateway(c, end->at, end->bridge, NULL);
	bool found = gateway && tell_blackhole(c, s, s->ns, gateway->ip);

	for (size_t i = 0; !found && i < c->n; i++)
		for (size_t k = 0; !found && k < c->subjects[i].n_ends; k++)
			if (&c->subjects[i].ends[k] != end && c->subjects[i].ends[k].bridge == end->bridge &&
			    c->subjects[i].ends[k].addr)
				found = tell_blackhole(c, s, s->ns, c->subjects[i].ends[k].addr->ip);
	if (!found && end->addr)
		found = tell_blackhole(c, s, end->at, end->addr->ip);
	if (!found && end->addr && (s->out || check_wants_out(c, end)))
		found = tell_blackhole(c, s, s->ns, check_somewhere(end->addr->ip.family)) ||
			tell_blackhole(c, s, end->at, check_somewhere(end->addr->ip.family));
	return found;
}

/* Others than those that are asked: one that leads nowhere by hand may be meant, as against what nobody shall reach. Of
 * an aggregate, which has other routes in it, it is usual; and routing daemons have their own. */
static bool is_aggregate(const struct world_netns *ns, const struct world_route *r)
{
	for (size_t i = 0; i < ns->n_routes; i++)
		if (&ns->routes[i] != r && ns->routes[i].type == RTN_UNICAST &&
		    ns->routes[i].dst.len > r->dst.len && check_contains(r->dst, ns->routes[i].dst))
			return true;
	return false;
}

static void look_for_holes(struct check *c, struct subject *s)
{
	for (size_t i = 0; i < s->ns->n_routes; i++) {
		const struct world_route *r = &s->ns->routes[i];
		struct finding *f;

		if (!throws_away(r->type) || r->table != RT_TABLE_MAIN || !r->dst.len ||
		    r->protocol > RTPROT_STATIC || r->protocol == RTPROT_KERNEL || is_aggregate(s->ns, r) ||
		    check_told(c, "route-blackhole", r))
			continue;
		f = check_add(c, "route-blackhole", s->target, check_net(c, r->dst));
		f->netns = s->ns->inode;
		f->certainty = CERTAINTY_SUSPICION;
		check_evidence(c, f, "%s has the route `%s %s` (ip route)", world_netns_title(c->w, s->ns),
			       route_type_name(r->type), check_net(c, r->dst));
		repair_route(&f->repair, false, (struct step_fix_route[]){ check_fix_route(c, s->ns, r) });
	}
}

/* ---- rules ---- */

static struct step_fix_policy fix_policy(struct check *c, const struct world_netns *ns,
					 const struct world_rule *r)
{
	return (struct step_fix_policy){ .netns = check_path(c, ns),
					 .from = ip_is(r->src) ? check_net(c, r->src) : "",
					 .to = ip_is(r->dst) ? check_net(c, r->dst) : "",
					 .iif = r->iif ?: "",
					 .oif = r->oif ?: "",
					 .family = r->family,
					 .action = r->action,
					 .table = r->table,
					 .priority = r->priority,
					 .mark = r->mark,
					 .mask = r->mask,
					 .invert = r->invert };
}

static bool is_empty(const struct world_netns *ns, const struct world_rule *rule)
{
	for (size_t i = 0; i < ns->n_routes; i++)
		if (ns->routes[i].table == rule->table && ns->routes[i].family == rule->family)
			return false;
	return true;
}

static bool table_throws_away(const struct world_netns *ns, const struct world_rule *rule, struct ip to)
{
	const struct world_route *best = NULL;

	for (size_t i = 0; i < ns->n_routes; i++) {
		const struct world_route *r = &ns->routes[i];

		if (r->table == rule->table && r->family == to.family &&
		    (!ip_is(r->dst) || check_contains(r->dst, to)) && (!best || r->dst.len > best->dst.len))
			best = r;
	}
	return best && throws_away(best->type);
}

/* Which of the rules decide before the main table, and lead nowhere? One that depends on what a packet has beside its
 * addresses is left to the walk. */
static bool is_in_the_way(const struct world_netns *ns, const struct world_rule *r, const char *iif,
			  struct ip from, struct ip to)
{
	if (r->priority >= 32766 || r->family != from.family || r->mark || r->ipproto || r->has_uids ||
	    r->l3mdev || r->oif || r->tos || r->dport_first || r->sport_first ||
	    (r->iif && !str_eq(r->iif, iif)))
		return false;
	if (r->invert || (ip_is(r->src) && !check_contains(r->src, from)) ||
	    (ip_is(r->dst) && !check_contains(r->dst, to)))
		return false;
	if (r->action == FR_ACT_TO_TBL)
		return r->table != RT_TABLE_LOCAL && r->table != RT_TABLE_MAIN && !is_empty(ns, r) &&
		       table_throws_away(ns, r, to);
	return r->action == FR_ACT_BLACKHOLE || r->action == FR_ACT_UNREACHABLE ||
	       r->action == FR_ACT_PROHIBIT;
}

static bool tell_rule(struct check *c, const struct subject *s, const struct world_netns *ns, const char *iif,
		      struct ip from, struct ip to)
{
	for (size_t i = 0; i < ns->n_rules; i++) {
		const struct world_rule *r = &ns->rules[i];
		struct finding *f;

		if (!is_in_the_way(ns, r, iif, from, to))
			continue;
		if (check_told(c, "rule-blocks", r))
			return true;
		f = check_add(c, "rule-blocks", s->target,
			      arena_printf(c->a, "rule %llu", (unsigned long long)r->priority));
		f->netns = ns->inode;
		check_evidence(c, f,
			       "%s has the rule of priority %llu%s%s%s%s, which leads nowhere (ip rule)",
			       world_netns_title(c->w, ns), (unsigned long long)r->priority,
			       ip_is(r->src) ? " from " : "", ip_is(r->src) ? check_net(c, r->src) : "",
			       ip_is(r->dst) ? " to " : "", ip_is(r->dst) ? check_net(c, r->dst) : "");
		check_evidence(c, f, "it decides before the main table about the way from %s to %s",
			       check_ip(c, from), check_ip(c, to));
		repair_policy(&f->repair, false, (struct step_fix_policy[]){ fix_policy(c, ns, r) });
		return true;
	}
	return false;
}

/* Against one destination: it may be meant, too. */
static void look_for_bans(struct check *c, struct subject *s)
{
	for (size_t i = 0; i < s->ns->n_rules; i++) {
		const struct world_rule *r = &s->ns->rules[i];
		struct finding *f;

		if (!ip_is(r->dst) || !r->dst.len || r->invert || r->priority >= 32766 ||
		    (r->action != FR_ACT_BLACKHOLE && r->action != FR_ACT_UNREACHABLE &&
		     r->action != FR_ACT_PROHIBIT) ||
		    check_told(c, "rule-blocks", r))
			continue;
		f = check_add(c, "rule-blocks", s->target,
			      arena_printf(c->a, "rule %llu", (unsigned long long)r->priority));
		f->netns = s->ns->inode;
		f->certainty = CERTAINTY_SUSPICION;
		check_evidence(c, f, "%s has a rule of priority %llu that refuses what is for %s (ip rule)",
			       world_netns_title(c->w, s->ns), (unsigned long long)r->priority,
			       check_net(c, r->dst));
		repair_policy(&f->repair, false, (struct step_fix_policy[]){ fix_policy(c, s->ns, r) });
	}
}

static bool look_for_rules(struct check *c, struct subject *s, struct end *end)
{
	const struct world_addr *gateway = check_gateway(c, end->at, end->bridge, &end->addr->ip);
	struct ip out = check_somewhere(end->addr->ip.family);

	return (gateway && tell_rule(c, s, s->ns, NULL, end->addr->ip, gateway->ip)) ||
	       (s->out && tell_rule(c, s, s->ns, NULL, end->addr->ip, out)) ||
	       (gateway && tell_rule(c, s, end->at, NULL, gateway->ip, end->addr->ip)) ||
	       (s->out && tell_rule(c, s, end->at, end->bridge->name, end->addr->ip, out)) ||
	       (s->out && tell_rule(c, s, end->at, NULL, out, end->addr->ip));
}

/* ---- the default route ---- */

static bool has_default_anywhere(const struct world_netns *ns)
{
	for (size_t i = 0; i < ns->n_routes; i++)
		if (ns->routes[i].type == RTN_UNICAST && ns->routes[i].dst.len == 0)
			return true;
	return false;
}

static void look_for_default(struct check *c, struct subject *s, struct end *end)
{
	const struct world_addr *gateway = check_gateway(c, end->at, end->bridge, &end->addr->ip);
	struct finding *f;

	if (has_default_anywhere(s->ns) || !gateway || !check_wants_out(c, end))
		return;
	f = check_add_link(c, "default-route-missing", s, s->ns, end->link);
	check_evidence(c, f, "%s has no default route (ip route)", s->target);
	check_evidence(c, f, "its bridge %s has %s, by which others, or the rules of NAT, lead out",
		       end->bridge->name, check_net(c, gateway->ip));
	repair_route(&f->repair, true, (struct step_fix_route[]){ check_default(c, s, end, gateway->ip) });
	end->broken = true;
}

static void look_at_gateway(struct check *c, struct subject *s, struct end *end)
{
	const struct world_addr *gateway = check_gateway(c, end->at, end->bridge, &end->addr->ip);
	struct finding *f;

	if (!s->out || s->out->oif != end->link->index || !ip_is(s->out->via) || !gateway ||
	    s->out->via.family != gateway->ip.family || check_holder(c, end, s->out->via) || end->foreign)
		return;
	for (size_t i = 0; i < end->at->n_addrs; i++) /* of whichever link: the kernel answers for all */
		if (ip_same(end->at->addrs[i].ip, s->out->via))
			return;
	f = check_add_link(c, "gateway-wrong", s, s->ns, end->link);
	check_evidence(c, f, "the default route of %s leads to %s (ip route)", s->target,
		       check_ip(c, s->out->via));
	check_evidence(c, f, "nobody on bridge %s has that address; the bridge has %s", end->bridge->name,
		       check_net(c, gateway->ip));
	repair_route(&f->repair, false, (struct step_fix_route[]){ check_fix_route(c, s->ns, s->out) });
	repair_route(&f->repair, true, (struct step_fix_route[]){ check_default(c, s, end, gateway->ip) });
	end->broken = true;
}

static void look_at(struct check *c, struct subject *s, struct end *end)
{
	if (look_for_blackholes(c, s, end) || (end->addr && look_for_rules(c, s, end))) {
		end->broken = true;
		return;
	}
	if (!end->addr)
		return;
	look_for_default(c, s, end);
	look_at_gateway(c, s, end);
}

/* ---- the host's own way out ---- */

/* A link that is down, and has an address: perhaps the way out. */
static const struct world_link *link_that_is_down(const struct check *c, const struct world_netns *ns)
{
	for (size_t i = 0; i < ns->n_links; i++) {
		const struct world_link *l = &ns->links[i];

		if (!check_is_up(l) && !l->master && !str_eq(l->kind, "bridge") &&
		    check_gateway(c, ns, l, NULL))
			return l;
	}
	return NULL;
}

/* Who is at the other end of its cable, if this machine has it. */
static const struct world_addr *beyond(const struct check *c, const struct world_netns *ns,
				       const struct world_link *link)
{
	const struct world_addr *own = check_gateway(c, ns, link, NULL);
	const struct world_netns *at;
	const struct world_link *peer = str_eq(link->kind, "veth") ? world_peer(c->w, ns, link, &at) : NULL;

	return peer && own ? check_gateway(c, at, peer, &own->ip) : NULL;
}

static void tell_offline(struct check *c, const struct subject *s, const struct world_netns *ns,
			 const struct world_link *link, bool has_route)
{
	const struct world_addr *gateway = link ? beyond(c, ns, link) : NULL;
	struct finding *f = link ? check_add_link(c, "host-offline", s, ns, link) :
				   check_add(c, "host-offline", s->target, "default route");

	f->netns = ns->inode;
	if (!has_route)
		check_evidence(c, f, "%s has no default route (ip route)", world_netns_title(c->w, ns));
	if (link && !check_is_up(link))
		check_evidence(c, f, "%s, which has an address, is down (ip link)", link->name);
	else if (link && !link->carrier)
		check_evidence(c, f, "%s has no carrier (ip link)", link->name);
	if (link && !check_is_up(link))
		repair_link(&f->repair, check_path(c, ns), link->name, "state", "up", "down");
	if (!has_route && gateway)
		repair_route(&f->repair, true,
			     &(struct step_fix_route){ .netns = check_path(c, ns),
						       .to = "",
						       .via = check_ip(c, gateway->ip),
						       .link = link->name,
						       .source = "",
						       .family = gateway->ip.family,
						       .type = RTN_UNICAST,
						       .table = RT_TABLE_MAIN,
						       .protocol = RTPROT_BOOT });
	else if (!has_route || !f->repair.count)
		f->advice =
			"give the host its default route back (ip route add default via ROUTER), or plug its cable in";
}

/* Where the host has a link that isn't a container's, but with no route by it, that is the one that is meant. */
static const struct world_link *idle_link(const struct check *c, const struct world_netns *ns)
{
	for (size_t i = 0; i < ns->n_links; i++) {
		const struct world_link *l = &ns->links[i];

		if (!l->master && !str_eq(l->kind, "bridge") && check_gateway(c, ns, l, NULL) &&
		    beyond(c, ns, l))
			return l;
	}
	return NULL;
}

static void look_at_host(struct check *c, const struct subject *s, const struct end *end)
{
	const struct world_route *route;
	const struct world_link *up = check_uplink(end->at, s->out->family, &route);

	if (route && up && check_is_up(up) && (up->carrier || up->kind))
		return;
	if (check_told(c, "host-offline", end->at))
		return;
	if (!route)
		up = link_that_is_down(c, end->at) ?: idle_link(c, end->at);
	tell_offline(c, s, end->at, up, route != NULL);
	check_told(c, "veth-host-down", up);
}

/* Cables without a bridge: but those by which the host itself would get out, which was told already. */
static void look_at_cables(struct check *c, struct subject *s)
{
	for (size_t k = 0; s->asked && k < s->n_ends; k++) {
		struct end *end = &s->ends[k];

		if (end->peer && !end->bridge && !end->broken && !check_is_up(end->peer) &&
		    check_is_up(end->link) && !check_told(c, "veth-host-down", end->peer))
			check_tell_host_down(c, s, end);
	}
}

void findings_routes(struct check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct subject *s = &c->subjects[i];
		struct end *out;

		for (size_t k = 0; s->asked && k < s->n_ends; k++)
			if (s->ends[k].bridge && !s->ends[k].broken)
				look_at(c, s, &s->ends[k]);
		out = check_way_out(s);
		if (s->asked && out && out->bridge && !out->broken)
			look_at_host(c, s, out);
		if (s->asked && s->n_ends) {
			look_for_holes(c, s);
			look_for_bans(c, s);
		}
	}
	for (size_t i = 0; i < c->n; i++)
		look_at_cables(c, &c->subjects[i]);
}
