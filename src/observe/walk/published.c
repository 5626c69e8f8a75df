/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/walk/published.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "observe/walk/fib.h"
#include "observe/walk/filter.h"
#include "observe/walk/route.h"

/* A machine with more has somebody else to tell it. Each port is asked of all rules, of which there may be very many: so
 * the rules that are gone through are counted. */
enum { PORTS_MAX = 256, RANGE_MAX = 16, ADDRESSES_MAX = 4, RULES_MAX = 1000000 };

struct ports {
	uint16_t v[PORTS_MAX];
	size_t n;
};

static void add(struct ports *ports, uint16_t port)
{
	for (size_t i = 0; i < ports->n; i++)
		if (ports->v[i] == port)
			return;
	if (port && ports->n < PORTS_MAX)
		ports->v[ports->n++] = port;
}

static void add_range(struct ports *ports, uint16_t first, uint16_t last)
{
	for (unsigned port = first; port <= last && port - first < RANGE_MAX; port++)
		add(ports, (uint16_t)port);
}

/* ---- the ports that rules speak of ---- */

static uint16_t at(const struct world_bytes *b, size_t offset)
{
	uint16_t be = 0;

	if (offset + sizeof(be) <= b->n)
		memcpy(&be, b->v + offset, sizeof(be));
	return ntohs(be);
}

static void of_extension(struct ports *ports, const char *name, const struct world_bytes *info)
{
	struct xt_tcp tcp;
	struct xt_multiport_v1 multi;

	if ((str_eq(name, "tcp") || str_eq(name, "udp")) && info->n >= sizeof(struct xt_udp)) {
		memcpy(&tcp, info->v, sizeof(struct xt_udp)); /* which begins alike */
		if (tcp.dpts[1] != UINT16_MAX)
			add_range(ports, tcp.dpts[0], tcp.dpts[1]);
	} else if (str_eq(name, "multiport") && info->n >= sizeof(multi)) {
		memcpy(&multi, info->v, sizeof(multi));
		for (unsigned i = 0; i < multi.count && i < XT_MULTI_PORTS; i++)
			add(ports, multi.ports[i]);
	}
}

/* Compared with two bytes, or with a range of them: a port, or what is none and then leads nowhere. */
static void of_expression(struct ports *ports, const struct world_expr *x)
{
	if (str_eq(x->kind, "match"))
		of_extension(ports, x->name, &x->info);
	else if (x->data.n != sizeof(uint16_t))
		return;
	else if (str_eq(x->kind, "cmp"))
		add(ports, at(&x->data, 0));
	else if (str_eq(x->kind, "range"))
		add_range(ports, at(&x->data, 0), at(&x->data2, 0));
}

/* Of a concatenation each field of two bytes; each begins at four. */
static void of_set(struct ports *ports, const struct world_set *set)
{
	for (size_t i = 0; i < set->n_elements; i++) {
		const struct world_bytes *key = &set->elements[i].key;
		size_t offset = 0;

		if (!set->fields.n && set->key_len == sizeof(uint16_t))
			add(ports, at(key, 0));
		for (size_t k = 0; k < set->fields.n; k++) {
			if (set->fields.v[k] == sizeof(uint16_t))
				add(ports, at(key, offset));
			offset += (set->fields.v[k] + 3u) / 4 * 4;
		}
	}
}

static bool does_nat(const struct world_table *t)
{
	for (size_t i = 0; i < t->n_chains; i++)
		if (str_eq(t->chains[i].type, "nat") && t->chains[i].hook == NF_INET_PRE_ROUTING)
			return true;
	return false;
}

static void of_table(struct ports *ports, const struct world_table *t)
{
	for (size_t i = 0; i < t->n_chains; i++)
		for (size_t k = 0; k < t->chains[i].n_rules; k++)
			for (size_t x = 0; x < t->chains[i].rules[k].n_exprs; x++)
				of_expression(ports, &t->chains[i].rules[k].exprs[x]);
	for (size_t i = 0; i < t->n_sets; i++)
		of_set(ports, &t->sets[i]);
}

static void of_xt_table(struct ports *ports, const struct world_xt_table *t)
{
	for (size_t i = 0; i < t->n_chains; i++)
		for (size_t k = 0; k < t->chains[i].n_rules; k++)
			for (size_t x = 0; x < t->chains[i].rules[k].n_matches; x++)
				of_extension(ports, t->chains[i].rules[k].matches[x].name,
					     &t->chains[i].rules[k].matches[x].info);
}

static void find_ports(const struct world_netns *ns, struct ports *ports)
{
	for (size_t i = 0; i < ns->n_tables; i++)
		if (does_nat(&ns->tables[i]))
			of_table(ports, &ns->tables[i]);
	for (size_t i = 0; i < ns->n_xtables; i++)
		if (str_eq(ns->xtables[i].name, "nat"))
			of_xt_table(ports, &ns->xtables[i]);
}

/* ---- what becomes of a packet to one ---- */

/* From nobody of this machine, as test addresses for documentation are. */
static struct packet packet_to(const struct world_link *in, struct ip dst, uint8_t proto, uint16_t port,
			       struct packet_conn *conn)
{
	static const uint8_t somebody[4] = { 198, 18, 0, 1 };
	struct packet p = { .known = PACKET_MARK | PACKET_CT | PACKET_SPORT | PACKET_LENGTH | PACKET_TYPE,
			    .src = ip_of(AF_INET, somebody, sizeof(somebody)),
			    .dst = dst,
			    .proto = proto,
			    .sport = 40000,
			    .dport = port,
			    .length = 60,
			    .in = in,
			    .conn = conn };

	p.src.len = p.dst.len = 32;
	*conn = (struct packet_conn){ .state = PACKET_CT_NEW,
				      .orig = { p.src, p.dst, p.sport, p.dport },
				      .reply = { p.dst, p.src, p.dport, p.sport } };
	fib_answers(&p);
	return p;
}

static bool leads_on(const struct world_netns *ns, const struct world_link *in, struct ip dst, uint8_t proto,
		     uint16_t port, struct arena *a, struct published *out)
{
	struct packet_conn conn;
	struct packet p = packet_to(in, dst, proto, port, &conn);
	struct filter_result r = { 0 };

	filter_hook(ns, NFPROTO_IPV4, NF_INET_PRE_ROUTING, &p, a, &r);
	if (!r.dnat || ip_same(p.dst, dst) || route_is_local(ns, p.dst))
		return false;
	*out = (struct published){
		.port = { .ip = dst, .port = port, .target = p.dport, .proto = proto },
		.to = p.dst,
		.object = r.nat_object,
	};
	out->port.rule = arena_printf(a, "%s: %s", r.nat_object, r.nat_rule);
	return true;
}

/* The host's addresses by which others may come, that of its way out first. */
static size_t addresses_of(const struct world_netns *ns, struct ip v[ADDRESSES_MAX],
			   int64_t link[ADDRESSES_MAX])
{
	const struct world_route *route = route_way_out(ns, AF_INET);
	size_t n = 0;

	for (unsigned pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < ns->n_addrs && n < ADDRESSES_MAX; i++) {
			bool is_out = route && ns->addrs[i].link == route->oif;

			if (ns->addrs[i].ip.family != AF_INET || ns->addrs[i].scope != RT_SCOPE_UNIVERSE ||
			    is_out != (pass == 0))
				continue;
			v[n] = ns->addrs[i].ip;
			v[n].len = 32;
			link[n++] = ns->addrs[i].link;
		}
	return n;
}

/* By any address of the host, or by one only. asks: how many there may still be. */
static bool ask(const struct world_netns *ns, uint8_t proto, uint16_t port, struct arena *a, size_t *asks,
		struct published *out)
{
	struct ip v[ADDRESSES_MAX];
	int64_t links[ADDRESSES_MAX];
	size_t n = addresses_of(ns, v, links), hits = 0;

	for (size_t i = 0; i < n && hits < 2 && *asks; i++) {
		struct published now;

		--*asks;
		if (!leads_on(ns, world_link_at(ns, links[0]), v[i], proto, port, a, &now))
			continue;
		if (!hits++)
			*out = now;
	}
	if (hits > 1)
		out->port.ip = (struct ip){ 0 };
	return hits;
}

static size_t count_rules(const struct world_netns *ns)
{
	size_t n = 1;

	for (size_t i = 0; i < ns->n_tables; i++)
		for (size_t k = 0; k < ns->tables[i].n_chains; k++)
			n += ns->tables[i].chains[k].n_rules;
	for (size_t i = 0; i < ns->n_xtables; i++)
		for (size_t k = 0; k < ns->xtables[i].n_chains; k++)
			n += ns->xtables[i].chains[k].n_rules;
	return n;
}

size_t published_by_rules(const struct world *w, struct arena *a, struct published **out)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP };
	const struct world_netns *host = world_host(w);
	struct ports ports = { 0 };
	size_t n = 0, asks;

	*out = NULL;
	if (!host)
		return 0;
	find_ports(host, &ports);
	asks = RULES_MAX / count_rules(host);
	for (size_t i = 0; i < ports.n; i++)
		for (size_t k = 0; k < ARRAY_LEN(protos); k++) {
			struct published p;

			if (ask(host, protos[k], ports.v[i], a, &asks, &p))
				arena_push(a, *out, n, p);
		}
	return n;
}

/* ---- containers ---- */

static bool has_address(const struct world_netns *ns, struct ip ip)
{
	for (size_t i = 0; ns && i < ns->n_addrs; i++)
		if (ip_same(ns->addrs[i].ip, ip))
			return true;
	return false;
}

static bool is_listed(const struct world_container *c, const struct world_published *p)
{
	for (size_t i = 0; i < c->n_ports; i++)
		if (c->ports[i].port == p->port && c->ports[i].proto == p->proto)
			return true;
	return false;
}

/* A list that was read may have no room for another one. */
static void append(struct arena *a, struct world_container *c, const struct world_published *p)
{
	struct world_published *ports = arena_array(a, struct world_published, c->n_ports + 1);

	if (c->n_ports)
		memcpy(ports, c->ports, c->n_ports * sizeof(*ports));
	ports[c->n_ports++] = *p;
	c->ports = ports;
}

void published_complete(struct world *w)
{
	struct published *list;
	size_t n = published_by_rules(w, w->arena, &list);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < w->n_containers; k++) {
			struct world_container *c = &w->containers[k];

			if (!has_address(world_netns_of(w, c->netns), list[i].to) ||
			    is_listed(c, &list[i].port))
				continue;
			append(w->arena, c, &list[i].port);
			break;
		}
}
