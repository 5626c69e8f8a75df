/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The way of its packets: link by link as they are cabled, then what a walk (observe/walk) to an address of the outside
 * says of it, with the rule that masquerades. Links, addresses, routes and rules of its own namespace; ports that its
 * engine says it published; nameservers.
 */
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>

#include "kernel/net/port.h"
#include "observe/report/explain.h"
#include "observe/walk/published.h"
#include "observe/walk/route.h"
#include "observe/walk/walk.h"

/* "ip", or how one types it in that namespace. */
static const char *ip_in(struct explanation *x, const struct world_netns *ns)
{
	if (ns->is_host)
		return "ip";
	if (ns->name)
		return explain_say(x, "ip -n %s", explain_word(x, ns->name));
	return explain_say(x, "nsenter -t %lld -n ip", (long long)ns->pid);
}

static void add_addresses(const struct world_netns *ns, int64_t link, struct str *out)
{
	char text[IP_TEXT];

	for (size_t i = 0; i < ns->n_addrs; i++)
		if (ns->addrs[i].link == link && ns->addrs[i].scope != RT_SCOPE_LINK)
			str_addf(out, " %s", ip_net_text(ns->addrs[i].ip, text));
}

/* ---- what its namespace has ---- */

static void add_link(struct explanation *x, const struct world_netns *ns, const struct world_link *l)
{
	struct str addresses = { .arena = x->arena };
	struct explain_answer *a;

	add_addresses(ns, l->index, &addresses);
	a = explain_add(x, EXPLAIN_NETWORK, l->name,
			explain_say(x, "%s%s, mtu %llu%s%s", l->kind ?: "link",
				    l->flags & IFF_UP ? "" : ", down", (unsigned long long)l->mtu,
				    addresses.len ? "," : "", str_get(&addresses)));
	explain_more(x, a, "kind", l->kind);
	explain_more(x, a, "state", l->flags & IFF_UP ? "up" : "down");
	explain_more(x, a, "mac", l->mac);
	explain_more(x, a, "addresses", addresses.len ? str_get(&addresses) + 1 : "");
	a->from = "rtnetlink: RTM_GETLINK, RTM_GETADDR";
	a->command = explain_say(x, "%s addr show dev %s", ip_in(x, ns), explain_word(x, l->name));
}

static void add_routes(struct explanation *x, const struct world_netns *ns)
{
	for (size_t i = 0; i < ns->n_routes; i++) {
		const struct world_route *r = &ns->routes[i];
		struct explain_answer *a;

		if (r->table == RT_TABLE_LOCAL || r->type != RTN_UNICAST ||
		    (r->dst.family == AF_INET6 && r->dst.bytes[0] >= 0xfe))
			continue;
		a = explain_add(x, EXPLAIN_NETWORK, "route", route_text(x->arena, ns, r));
		a->from = "rtnetlink: RTM_GETROUTE";
		a->command = explain_say(x, "%s route", ip_in(x, ns));
	}
}

/* ---- drawn ---- */

static const struct world_route *default_route(const struct world_netns *ns)
{
	for (size_t i = 0; ns && i < ns->n_routes; i++)
		if (!ip_is(ns->routes[i].dst) && ns->routes[i].type == RTN_UNICAST &&
		    ns->routes[i].table == RT_TABLE_MAIN)
			return &ns->routes[i];
	return NULL;
}

static const char *masquerade(const struct walk *way)
{
	for (size_t i = 0; i < way->n_hops; i++)
		if (str_eq(way->hops[i].layer, "nat") && !way->hops[i].is_reply)
			return way->hops[i].decided ?: "masquerade";
	return NULL;
}

/* ── eth0 10.10.0.2/24 ── gv1 ── guise0 10.10.0.1/24 ── masquerade ── ens3 192.0.2.5/24 ── 192.0.2.1 */
static void draw(struct explanation *x, const struct world_netns *ns, const struct world_link *l,
		 const struct walk *way)
{
	const struct world_netns *there = NULL;
	const struct world_link *peer = world_peer(x->world, ns, l, &there),
				*bridge = peer && peer->master ? world_link_at(there, peer->master) : NULL;
	const struct world_route *out = default_route(there);
	struct str line = { .arena = x->arena };
	char text[IP_TEXT];

	str_add(&line, l->name);
	add_addresses(ns, l->index, &line);
	if (peer) {
		str_addf(&line, " -- %s", peer->name);
		add_addresses(there, peer->index, &line);
		if (!there->is_host)
			str_addf(&line, " (%s)", world_netns_title(x->world, there));
	}
	if (bridge) {
		str_addf(&line, " -- %s", bridge->name);
		add_addresses(there, bridge->index, &line);
	}
	if (peer && masquerade(way))
		str_add(&line, " -- masquerade");
	if (peer && out && world_link_at(there, out->oif)) {
		str_addf(&line, " -- %s", world_link_at(there, out->oif)->name);
		add_addresses(there, out->oif, &line);
		if (ip_is(out->via))
			str_addf(&line, " -- %s", ip_text(out->via, text));
	}
	explain_add(x, EXPLAIN_NETWORK, "path", str_get(&line))->from = "rtnetlink";
}

/* ---- the way out ---- */

static void add_way(struct explanation *x, const struct walk *way, const char *dst)
{
	const char *target = x->target->text ?: "pid:1", *nat = masquerade(way);
	struct explain_answer *a;

	a = explain_add(x, EXPLAIN_NETWORK, "outside",
			explain_say(x, "%s%s%s", walk_verdict_name(way->verdict), way->reason ? ": " : "",
				    way->reason ?: ""));
	explain_more(x, a, "verdict", walk_verdict_name(way->verdict));
	explain_more(x, a, "object", way->object);
	explain_more(x, a, "rule", way->rule);
	explain_more(x, a, "setting", way->setting);
	if (way->verdict == WALK_BLOCKED && (way->object || way->rule || way->setting))
		a->value = explain_say(x, "blocked at %s%s%s", way->object ?: "", way->object ? ": " : "",
				       way->rule            ?:
					       way->setting ?:
					       way->code    ?:
							      "");
	a->from = "a walk through what was read";
	a->command = explain_say(x, "guise trace %s %s", explain_word(x, target), dst);
	if (nat) {
		a = explain_add(x, EXPLAIN_NETWORK, "masquerade", nat);
		a->from = "nf_tables, or iptables";
		a->command = "nft list ruleset; iptables-legacy -t nat -S";
	}
}

static void add_path(struct explanation *x, const struct world_netns *ns)
{
	/* of the documentation's addresses (RFC 5737): nobody's route but the default one leads there */
	static const char dst[] = "192.0.2.123";
	struct walk_packet p = { .netns = ns->inode, .proto = IPPROTO_ICMP };
	struct walk way = { 0 };

	ip_parse(dst, &p.dst);
	walk(x->world, &p, x->arena, &way);
	for (size_t i = 0; i < ns->n_links; i++)
		if (!(ns->links[i].flags & IFF_LOOPBACK) && ns->links[i].peer)
			draw(x, ns, &ns->links[i], &way);
	add_way(x, &way, dst);
}

/* ---- of the container ---- */

static void add_port(struct explanation *x, const struct world_published *p, const char *from)
{
	char text[IP_TEXT];
	struct explain_answer *a = explain_add(
		x, EXPLAIN_NETWORK, "published",
		explain_say(x, "%s:%llu -> %llu/%s", ip_is(p->ip) ? ip_text(p->ip, text) : "any address",
			    (unsigned long long)p->port, (unsigned long long)p->target,
			    port_proto(p->proto)));

	a->from = from;
	a->command = explain_say(x, "ss -lnp sport = :%llu", (unsigned long long)p->port);
	if (p->rule)
		a->command = "nft list ruleset; iptables -t nat -S";
}

/* Of its engine's files, or by the rules, whoever made them. */
static void add_ports(struct explanation *x, const struct world_container *c, const struct world_netns *ns)
{
	struct published *list;
	size_t n = c ? 0 : published_by_rules(x->world, x->arena, &list);

	for (size_t i = 0; c && i < c->n_ports; i++)
		add_port(x, &c->ports[i], c->ports[i].rule ?: explain_say(x, "%s's state files", c->engine));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ns->n_addrs; k++)
			if (ip_same(ns->addrs[k].ip, list[i].to))
				add_port(x, &list[i].port, list[i].port.rule);
}

static void add_resolvers(struct explanation *x)
{
	const struct world_container *c = x->target->container;
	const struct world_process *p = x->target->process;
	struct str out = { .arena = x->arena };
	struct explain_answer *a;

	for (size_t i = 0; c && i < c->resolvers.n; i++)
		str_addf(&out, "%s%s", i ? " " : "", c->resolvers.v[i]);
	if (!out.len || !p)
		return;
	a = explain_add(x, EXPLAIN_NETWORK, "nameservers", str_get(&out));
	a->from = explain_say(x, "/proc/%lld/root/etc/resolv.conf", (long long)p->pid);
	a->command = explain_say(x, "nsenter -t %lld -m cat /etc/resolv.conf", (long long)p->pid);
}

void explain_network(struct explanation *x)
{
	const struct world_netns *ns = x->target->netns;

	if (!ns)
		return;
	if (ns->is_host)
		explain_add(x, EXPLAIN_NETWORK, "namespace",
			    "the host's own: all its links, addresses and ports");
	for (size_t i = 0; i < ns->n_links; i++)
		add_link(x, ns, &ns->links[i]);
	add_routes(x, ns);
	add_path(x, ns);
	add_ports(x, x->target->container, ns);
	add_resolvers(x);
}
