/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/findings/check.h"

#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "observe/walk/filter.h"
#include "plan/build/repair.h"

/* ---- findings ---- */

struct finding *check_add(struct check *c, const char *code, const char *target, const char *object)
{
	const struct code *known = code_of(code);
	struct finding f = { .code = code,
			     .target = target,
			     .object = object,
			     .effect = known ? known->effect : NULL,
			     .repair.arena = c->a };

	arena_push(c->a, c->out->v, c->out->n, f);
	return &c->out->v[c->out->n - 1];
}

struct finding *check_add_link(struct check *c, const char *code, const struct subject *s,
			       const struct world_netns *ns, const struct world_link *link)
{
	struct finding *f = check_add(c, code, s->target, link->name);

	f->netns = ns->inode;
	f->link = link->name;
	return f;
}

void check_evidence(struct check *c, struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_push(c->a, &f->evidence, arena_vprintf(c->a, fmt, ap));
	va_end(ap);
}

void check_could_not(struct check *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_push(c->a, &c->out->could_not_look, arena_vprintf(c->a, fmt, ap));
	va_end(ap);
}

bool check_told(struct check *c, const char *code, const void *object)
{
	struct told told = { code, object };

	for (size_t i = 0; i < c->n_told; i++)
		if (c->told[i].object == object && str_eq(c->told[i].code, code))
			return true;
	arena_push(c->a, c->told, c->n_told, told);
	return false;
}

/* ---- questions ---- */

const char *check_path(const struct check *c, const struct world_netns *ns)
{
	return ns->is_host || !ns->path ? "" : ns->path;
}

bool check_is_up(const struct world_link *link)
{
	return link->flags & IFF_UP;
}

const char *check_ip(struct check *c, struct ip ip)
{
	char *buf = arena_alloc(c->a, IP_TEXT);

	return ip_text(ip, buf);
}

const char *check_net(struct check *c, struct ip ip)
{
	char *buf = arena_alloc(c->a, IP_TEXT);

	return ip_net_text(ip, buf);
}

bool check_contains(struct ip net, struct ip ip)
{
	if (net.family != ip.family)
		return false;
	ip.len = (uint8_t)(8 * ip_size(ip));
	return ip_overlap(net, ip);
}

const struct world_addr *check_gateway(const struct check *c, const struct world_netns *ns,
				       const struct world_link *link, const struct ip *ip)
{
	for (size_t i = 0; i < ns->n_addrs; i++) {
		const struct world_addr *a = &ns->addrs[i];

		if (a->link == link->index && a->scope == RT_SCOPE_UNIVERSE &&
		    (!ip || check_contains(a->ip, *ip)))
			return a;
	}
	return NULL;
}

static bool is_subject(const struct check *c, uint64_t netns)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->subjects[i].ns->inode == netns)
			return true;
	return false;
}

const struct world_link *check_joined(const struct check *c, const struct world_netns *ns,
				      const struct world_link *port)
{
	const struct world_netns *at;
	const struct world_link *peer = str_eq(port->kind, "veth") ? world_peer(c->w, ns, port, &at) : NULL;
	const struct world_link *bridge = peer && at == ns && peer->master ? world_link_at(ns, peer->master) : NULL;

	return bridge && bridge->index != port->master && str_eq(bridge->kind, "bridge") ? bridge : NULL;
}

bool check_has_foreign_port(const struct check *c, const struct world_netns *ns,
			    const struct world_link *bridge)
{
	for (size_t i = 0; i < ns->n_links; i++) {
		const struct world_link *l = &ns->links[i];

		if (l->master == bridge->index && !(l->peer_netns && is_subject(c, l->peer_netns)) &&
		    !check_joined(c, ns, l))
			return true;
	}
	return false;
}

const struct world_link *check_remembered(const struct world_netns *ns, const struct world_link *link,
					  struct ip *ip)
{
	for (size_t i = 0; link->mac && i < ns->n_neighs; i++) {
		const struct world_neigh *n = &ns->neighs[i];
		const struct world_link *by = ip_is(n->ip) && str_eq(n->mac, link->mac) ?
						      world_link_at(ns, n->link) :
						      NULL;

		*ip = n->ip;
		if (by && str_eq(by->kind, "bridge"))
			return by;
	}
	return NULL;
}

static bool has_address(const struct world_netns *ns, const struct world_link *link, struct ip ip)
{
	for (size_t i = 0; i < ns->n_addrs; i++)
		if (ns->addrs[i].link == link->index && ip_same(ns->addrs[i].ip, ip))
			return true;
	return false;
}

const struct end *check_holder(const struct check *c, const struct end *of, struct ip ip)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct subject *s = &c->subjects[i];

		for (size_t k = 0; k < s->n_ends; k++) {
			const struct end *end = &s->ends[k];

			if (end != of && end->bridge == of->bridge && end->addr &&
			    has_address(s->ns, end->link, ip))
				return end;
		}
	}
	return NULL;
}

const struct world_link *check_uplink(const struct world_netns *ns, int family,
				      const struct world_route **route)
{
	const struct world_route *best = NULL;

	for (size_t i = 0; i < ns->n_routes; i++) {
		const struct world_route *r = &ns->routes[i];

		if (r->family == (uint64_t)family && r->table == RT_TABLE_MAIN && r->type == RTN_UNICAST &&
		    r->dst.len == 0 && (!best || r->priority < best->priority))
			best = r;
	}
	*route = best;
	return !best ? NULL :
		       world_link_at(ns, best->oif        ? best->oif :
					 best->n_nexthops ? best->nexthops[0].oif :
							    0);
}

const struct world_route *check_route(const struct world_netns *ns, struct ip to)
{
	const struct world_route *best = NULL;

	for (size_t i = 0; i < ns->n_routes; i++) {
		const struct world_route *r = &ns->routes[i];

		if (r->table != RT_TABLE_MAIN || r->family != to.family ||
		    (ip_is(r->dst) && !check_contains(r->dst, to)))
			continue;
		if (!best || r->dst.len > best->dst.len ||
		    (r->dst.len == best->dst.len && r->priority < best->priority))
			best = r;
	}
	return best;
}

struct step_fix_route check_default(struct check *c, const struct subject *s, const struct end *end,
				    struct ip gateway)
{
	return (struct step_fix_route){ .netns = check_path(c, s->ns),
					.to = "",
					.via = check_ip(c, gateway),
					.link = end->link->name,
					.source = "",
					.family = gateway.family,
					.type = RTN_UNICAST,
					.table = RT_TABLE_MAIN,
					.protocol = RTPROT_BOOT };
}

struct step_fix_route check_fix_route(struct check *c, const struct world_netns *ns,
				      const struct world_route *route)
{
	const struct world_link *link = world_link_at(ns, route->oif);

	return (struct step_fix_route){ .netns = check_path(c, ns),
					.to = ip_is(route->dst) && route->dst.len ? check_net(c, route->dst) :
										    "",
					.via = check_ip(c, route->via),
					.link = link && route->type == RTN_UNICAST ? link->name : "",
					.source = check_ip(c, route->prefsrc),
					.family = route->family,
					.type = route->type,
					.table = route->table,
					.scope = route->scope,
					.protocol = route->protocol,
					.metric = route->priority };
}

struct end *check_way_out(const struct subject *s)
{
	for (size_t i = 0; i < s->n_ends; i++)
		if (s->out && s->ends[i].link->index == s->out->oif)
			return &s->ends[i];
	return NULL;
}

/* That of the 6to4 relays, which are no more (RFC 7526): public, and nobody's. */
struct ip check_somewhere(int family)
{
	static const uint8_t ipv4[4] = { 192, 88, 99, 1 }, ipv6[16] = { 0x20, 0x02, 192, 88, 99, 1 };

	return family == AF_INET ? ip_of(family, ipv4, sizeof(ipv4)) : ip_of(family, ipv6, sizeof(ipv6));
}

static int type_of(void *arg, const struct world_netns *ns, struct ip ip, int64_t link)
{
	for (size_t i = 0; i < ns->n_addrs; i++)
		if (ip_same(ns->addrs[i].ip, ip) && (!link || ns->addrs[i].link == link))
			return RTN_LOCAL;
	return link ? -1 : RTN_UNICAST;
}

struct packet check_packet(struct ip src, struct ip dst, uint8_t proto, uint16_t port,
			   struct packet_conn *conn)
{
	struct packet p = { .known = PACKET_MARK | PACKET_SPORT | PACKET_CT | PACKET_LENGTH,
			    .src = src,
			    .dst = dst,
			    .proto = proto,
			    .sport = 40000,
			    .dport = port,
			    .length = 60,
			    .fib.type = type_of,
			    .conn = conn };

	p.src.len = p.dst.len = (uint8_t)(8 * ip_size(src));
	*conn = (struct packet_conn){ .state = PACKET_CT_NEW,
				      .orig = { p.src, p.dst, p.sport, p.dport },
				      .reply = { p.dst, p.src, p.dport, p.sport } };
	return p;
}

/* What a hook does with the first packet of a connection to the outside; false: there is no way out. */
static bool ask_hook(struct check *c, const struct world_netns *ns, const struct world_link *in,
		     struct ip src, unsigned hook, struct filter_result *r)
{
	const struct world_route *route;
	struct packet_conn conn;
	struct packet p = check_packet(src, check_somewhere(src.family), IPPROTO_TCP, 443, &conn);

	*r = (struct filter_result){ 0 };
	p.in = in;
	p.out = check_uplink(ns, src.family, &route);
	if (!p.out)
		return false;
	filter_hook(ns, src.family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6, hook, &p, c->a, r);
	return true;
}

bool check_is_masqueraded(struct check *c, const struct world_netns *ns, struct ip src)
{
	struct filter_result r;

	return ask_hook(c, ns, NULL, src, NF_INET_POST_ROUTING, &r) && r.snat;
}

/* The table with that chain alone in the way of what is forwarded. */
static struct world_table only_chain(struct check *c, const struct world_table *t, size_t chain)
{
	struct world_table one = *t;

	one.chains = arena_array(c->a, struct world_chain, t->n_chains);
	for (size_t i = 0; i < t->n_chains; i++) {
		one.chains[i] = t->chains[i];
		one.chains[i].type = i == chain ? "filter" : NULL;
	}
	one.chains[chain].hook = NF_INET_FORWARD;
	one.chains[chain].policy = NF_ACCEPT;
	return one;
}

bool check_is_internal(struct check *c, const struct end *end)
{
	struct filter_result r;
	struct world_netns only;

	if (!end->bridge || !end->addr || !end->at)
		return false;
	only = *end->at;
	for (size_t i = 0; i < end->at->n_tables; i++) {
		const struct world_table *t = &end->at->tables[i];

		for (size_t k = 0; k < t->n_chains; k++) {
			if (!str_eq(t->chains[k].name, "DOCKER-ISOLATION-STAGE-1") &&
			    !str_eq(t->chains[k].name, "DOCKER-INTERNAL"))
				continue;
			struct world_table one = only_chain(c, t, k);

			only.tables = &one;
			only.n_tables = 1;
			only.n_xtables = 0;
			if (ask_hook(c, &only, end->bridge, end->addr->ip, NF_INET_FORWARD, &r) && r.code)
				return true;
		}
	}
	return false;
}

const struct subject *check_owner(const struct check *c, struct ip ip)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->subjects[i].n_ends; k++)
			if (c->subjects[i].ends[k].addr && ip_same(c->subjects[i].ends[k].addr->ip, ip))
				return &c->subjects[i];
	return NULL;
}

static bool neighbour_has_way_out(const struct check *c, const struct end *but)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->subjects[i].n_ends; k++) {
			const struct end *end = &c->subjects[i].ends[k];

			if (end != but && end->bridge == but->bridge && c->subjects[i].out &&
			    c->subjects[i].out->oif == end->link->index)
				return true;
		}
	return false;
}

bool check_wants_out(struct check *c, const struct end *end)
{
	const struct world_addr *gateway = end->bridge ? check_gateway(c, end->at, end->bridge, NULL) : NULL;

	return gateway && (neighbour_has_way_out(c, end) ||
			   check_is_masqueraded(c, end->at, ip_add(ip_network(gateway->ip), 2)));
}

void check_tell_host_down(struct check *c, const struct subject *s, struct end *end)
{
	struct finding *f = check_add_link(c, "veth-host-down", s, end->at, end->peer);

	check_evidence(c, f, "%s of %s, the other end of %s, is down (ip link)", end->peer->name,
		       world_netns_title(c->w, end->at), end->link->name);
	repair_link(&f->repair, check_path(c, end->at), end->peer->name, "state", "up", "down");
	end->broken = true;
}

/* What a walk says may be in its own memory. */
static void keep(struct check *c, const char **text)
{
	*text = *text ? arena_strdup(c->a, *text) : NULL;
}

void check_walk(struct check *c, const struct walk_packet *p, struct walk *w)
{
	struct arena once = { 0 };

	walk(c->w, p, &once, w);
	w->hops = NULL;
	w->n_hops = 0;
	keep(c, &w->code);
	keep(c, &w->object);
	keep(c, &w->rule);
	keep(c, &w->setting);
	keep(c, &w->place.table);
	keep(c, &w->place.base);
	keep(c, &w->place.chain);
	keep(c, &w->reason);
	keep(c, &w->out);
	arena_free(&once);
}
