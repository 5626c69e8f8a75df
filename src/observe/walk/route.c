/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/walk/route.h"

#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "observe/walk/way.h"

/* Does ip lie in net, which may be no address: then all do. */
static bool within(struct ip net, struct ip ip)
{
	return !ip_is(net) || (net.family == ip.family && net.len <= ip.len && ip_overlap(net, ip));
}

/* ---- tables ---- */

static bool link_usable(const struct world_netns *ns, int64_t oif, uint64_t flags, uint64_t family)
{
	const struct world_link *link = world_link_at(ns, oif);

	if (flags & RTNH_F_DEAD)
		return false;
	if (!(flags & RTNH_F_LINKDOWN) || !link)
		return true;
	return !way_conf(ns, family == AF_INET ? "ipv4" : "ipv6", link->name, "ignore_routes_with_linkdown",
			 0);
}

/* Is that way through it one that the question allows? */
static bool hop_fits(const struct world_netns *ns, const struct route_ask *q, uint64_t family, int64_t oif,
		     uint64_t flags)
{
	return (!q->oif || q->oif == oif) && link_usable(ns, oif, flags, family);
}

static bool is_out(uint64_t type)
{
	return type == RTN_UNICAST;
}

static bool route_fits(const struct world_netns *ns, const struct route_ask *q, const struct world_route *r)
{
	if (r->family != q->dst.family || !within(r->dst, q->dst))
		return false;
	if (ip_is(r->src) && (!ip_is(q->src) || !within(r->src, q->src)))
		return false;
	if (r->family == AF_INET && r->tos && (r->tos & 0xfc) != (q->tos & 0xfc))
		return false;
	if (r->type == RTN_MULTICAST || r->type == RTN_ANYCAST)
		return r->type == RTN_ANYCAST;
	if (!is_out(r->type))
		return true;
	if (!r->n_nexthops)
		return hop_fits(ns, q, r->family, r->oif, r->flags);
	for (size_t i = 0; i < r->n_nexthops; i++)
		if (hop_fits(ns, q, r->family, r->nexthops[i].oif, r->nexthops[i].flags))
			return true;
	return false;
}

/* Is a rather taken than b? Both fit. */
static bool better(const struct world_route *a, const struct world_route *b)
{
	if (a->dst.len != b->dst.len)
		return a->dst.len > b->dst.len;
	if (ip_is(a->src) != ip_is(b->src))
		return ip_is(a->src);
	if (a->tos != b->tos && a->family == AF_INET)
		return a->tos > b->tos;
	return a->priority < b->priority;
}

static const struct world_route *table_lookup(const struct world_netns *ns, uint64_t table,
					      const struct route_ask *q, bool *has_twin)
{
	const struct world_route *best = NULL;

	*has_twin = false;
	for (size_t i = 0; i < ns->n_routes; i++) {
		const struct world_route *r = &ns->routes[i];

		if (r->table != table || !route_fits(ns, q, r))
			continue;
		if (!best || better(r, best)) {
			best = r;
			*has_twin = false;
		} else if (!better(best, r) && r->family == AF_INET6) {
			/* nexthops of one route, which older readers have apart */
			*has_twin = r->oif != best->oif || !ip_same(r->via, best->via);
		}
	}
	return best;
}

/* ---- the answer of a route ---- */

static void take_nexthop(const struct world_netns *ns, const struct route_ask *q,
			 const struct world_route *route, struct route_answer *r)
{
	size_t n = 0;

	for (size_t i = 0; i < route->n_nexthops; i++) {
		const struct world_nexthop *hop = &route->nexthops[i];

		if (!hop_fits(ns, q, route->family, hop->oif, hop->flags))
			continue;
		if (n++ && (hop->oif != r->oif || !ip_same(hop->via, r->via))) {
			r->kind = ROUTE_UNKNOWN;
			r->reason = "the route has several ways, and which one is taken depends on a hash";
			return;
		}
		r->oif = hop->oif;
		r->via = hop->via;
		r->onlink = hop->flags & RTNH_F_ONLINK;
	}
}

static void take(const struct world_netns *ns, const struct route_ask *q, const struct world_rule *rule,
		 const struct world_route *route, bool has_twin, struct route_answer *r)
{
	*r = (struct route_answer){
		.kind = ROUTE_OUT,
		.route = route,
		.rule = rule,
		.type = route->type,
		.oif = route->oif,
		.via = route->via,
		.prefsrc = route->prefsrc,
		.onlink = route->flags & RTNH_F_ONLINK,
	};
	switch (route->type) {
	case RTN_LOCAL:
	case RTN_ANYCAST:
		r->kind = ROUTE_LOCAL;
		return;
	case RTN_BROADCAST:
		r->kind = ROUTE_BROADCAST;
		return;
	case RTN_BLACKHOLE:
	case RTN_UNREACHABLE:
	case RTN_PROHIBIT:
		r->kind = ROUTE_REFUSED;
		return;
	case RTN_UNICAST:
		break;
	default:
		r->kind = ROUTE_UNKNOWN;
		r->reason = "a route of a type that is not known";
		return;
	}
	take_nexthop(ns, q, route, r);
	if (has_twin && r->kind == ROUTE_OUT) {
		r->kind = ROUTE_UNKNOWN;
		r->reason = "two routes are equally good";
	}
}

/* ---- rules ---- */

static bool name_is(const char *name, const struct world_netns *ns, int64_t index, const char *otherwise)
{
	const struct world_link *link = index ? world_link_at(ns, index) : NULL;

	if (link)
		return strcmp(name, link->name) == 0;
	return otherwise && strcmp(name, otherwise) == 0;
}

static bool port_in(uint64_t first, uint64_t last, uint16_t port)
{
	return !first || (port >= first && port <= (last ? last : first));
}

/* 1, 0, or -1: it asks for what is not known. */
static int rule_matches(const struct world_netns *ns, const struct world_rule *rule,
			const struct route_ask *q)
{
	bool yes = (!rule->iif || name_is(rule->iif, ns, q->iif, "lo")) &&
		   (!rule->oif || name_is(rule->oif, ns, q->oif, NULL)) &&
		   (rule->mark & rule->mask) == (q->mark & rule->mask) &&
		   (!ip_is(rule->dst) || within(rule->dst, q->dst)) &&
		   (!ip_is(rule->src) || rule->src.len == 0 ||
		    (ip_is(q->src) && within(rule->src, q->src))) &&
		   (!rule->tos || rule->tos == (q->tos & 0xfc)) &&
		   (!rule->ipproto || rule->ipproto == q->proto) &&
		   port_in(rule->sport_first, rule->sport_last, q->sport) &&
		   port_in(rule->dport_first, rule->dport_last, q->dport) && !rule->l3mdev;

	if (yes && rule->has_uids) {
		if (q->iif)
			yes = rule->uid_first == 0;
		else if (q->uid < 0)
			return -1;
		else
			yes = (uint64_t)q->uid >= rule->uid_first && (uint64_t)q->uid <= rule->uid_last;
	}
	return yes != rule->invert;
}

/* Has the rule decided? Else the next one is asked. */
static bool rule_decides(const struct world_netns *ns, const struct world_rule *rule,
			 const struct route_ask *q, struct route_answer *r)
{
	const struct world_route *route;
	bool has_twin;

	switch (rule->action) {
	case FR_ACT_TO_TBL:
		break;
	case FR_ACT_BLACKHOLE:
	case FR_ACT_UNREACHABLE:
	case FR_ACT_PROHIBIT:
		*r = (struct route_answer){ .kind = ROUTE_REFUSED, .rule = rule };
		r->type = rule->action == FR_ACT_BLACKHOLE   ? RTN_BLACKHOLE :
			  rule->action == FR_ACT_UNREACHABLE ? RTN_UNREACHABLE :
							       RTN_PROHIBIT;
		return true;
	case FR_ACT_NOP:
		return false;
	default:
		*r = (struct route_answer){ .kind = ROUTE_UNKNOWN, .rule = rule };
		r->reason = "a rule of ip-rule(8) whose action is not known";
		return true;
	}
	route = table_lookup(ns, rule->table, q, &has_twin);
	if (!route || route->type == RTN_THROW)
		return false;
	if (rule->suppress_prefix >= 0 && route->dst.len <= rule->suppress_prefix &&
	    (is_out(route->type) || route->type == RTN_LOCAL || route->type == RTN_BROADCAST))
		return false;
	take(ns, q, rule, route, has_twin, r);
	return true;
}

static void default_rules(const struct world_netns *ns, const struct route_ask *q, struct route_answer *r)
{
	static const struct world_rule list[] = {
		{ .action = FR_ACT_TO_TBL, .table = RT_TABLE_LOCAL, .suppress_prefix = -1 },
		{ .action = FR_ACT_TO_TBL, .table = RT_TABLE_MAIN, .suppress_prefix = -1 },
		{ .action = FR_ACT_TO_TBL, .table = RT_TABLE_DEFAULT, .suppress_prefix = -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (rule_decides(ns, &list[i], q, r)) {
			r->rule = NULL;
			return;
		}
}

/* A match leads to where it goes on: the least priority, or UINT64_MAX where that is the answer. */
static uint64_t try_rule(const struct world_netns *ns, const struct world_rule *rule,
			 const struct route_ask *q, struct route_answer *r)
{
	int match = rule_matches(ns, rule, q);

	if (match < 0) {
		*r = (struct route_answer){ .kind = ROUTE_UNKNOWN, .rule = rule };
		r->reason = "a rule of ip-rule(8) asks for the user of the socket";
		return UINT64_MAX;
	}
	/* a goto leads forward only */
	if (match && rule->action == FR_ACT_GOTO)
		return rule->target > rule->priority ? rule->target : 0;
	return match && rule_decides(ns, rule, q, r) ? UINT64_MAX : 0;
}

void route_lookup(const struct world_netns *ns, const struct route_ask *q, struct route_answer *r)
{
	uint64_t least = 0;
	bool has_rules = false;

	*r = (struct route_answer){ .kind = ROUTE_NONE };
	/* the kernel has them, and tells them, in the order of their priority */
	for (size_t i = 0; i < ns->n_rules && least != UINT64_MAX; i++) {
		const struct world_rule *rule = &ns->rules[i];

		has_rules |= rule->family == q->dst.family;
		if (rule->family == q->dst.family && rule->priority >= least)
			least = try_rule(ns, rule, q, r);
	}
	if (!has_rules)
		default_rules(ns, q, r);
}

const struct world_route *route_way_out(const struct world_netns *ns, uint8_t family)
{
	const struct world_route *best = NULL;

	for (size_t i = 0; i < ns->n_routes; i++) {
		const struct world_route *r = &ns->routes[i];

		if (r->family == family && r->dst.len == 0 && is_out(r->type) && r->table == RT_TABLE_MAIN &&
		    (!best || r->priority < best->priority))
			best = r;
	}
	return best;
}
