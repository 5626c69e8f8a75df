/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/walk/host.h"

#include <linux/if.h>
#include <linux/netfilter.h>
#include <string.h>

#include "observe/walk/conntrack.h"
#include "observe/walk/input.h"
#include "observe/walk/link.h"
#include "observe/walk/neigh.h"

static unsigned family_of(const struct packet *p)
{
	return p->dst.family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
}

static bool hook(struct way *y, const struct world_netns *ns, unsigned number, struct packet *p,
		 const struct world_link *in, const struct world_link *out)
{
	p->in = in;
	p->out = out;
	return way_filter(y, ns, family_of(p), number, p);
}

static const struct world_link *loopback_of(const struct world_netns *ns)
{
	for (size_t i = 0; i < ns->n_links; i++)
		if (ns->links[i].flags & IFF_LOOPBACK)
			return &ns->links[i];
	return NULL;
}

/* ---- out by a link ---- */

static uint64_t mtu_of(const struct world_link *link, const struct route_answer *route)
{
	return route->route && route->route->mtu && route->route->mtu < link->mtu ? route->route->mtu :
										    link->mtu;
}

void host_choose(struct way *y, const struct world_netns *ns, const struct world_link *link, struct leg *leg)
{
	const struct way_arrival *at = y->n_arrivals ? &y->arrivals[0] : NULL;

	y->out->n_hops = y->base;
	for (size_t i = 1; i < y->n_arrivals; i++)
		if (at->leaves)
			at = &y->arrivals[i];
		else if (!y->arrivals[i].leaves &&
			 (y->arrivals[i].ns != at->ns || y->arrivals[i].link != at->link)) {
			way_unknown(y, ns, "link", link->name, "more than one link takes it");
			return;
		}
	if (at) {
		way_follow(y, at);
		*leg = (struct leg){ .ns = at->ns,
				     .in = at->link,
				     .p = at->p,
				     .was_bridged = at->was_bridged,
				     .outside = at->leaves };
		return;
	}
	for (size_t i = 0; i < y->n_drops; i++)
		if (!str_eq(y->drops[i].end.code, "neighbour-stale")) {
			way_stop_at(y, &y->drops[i]);
			return;
		}
	if (y->n_drops)
		way_stop_at(y, &y->drops[0]);
	else
		way_block(y, ns, "link", &(struct way_end){ .code = "link-nowhere", .object = link->name },
			  "%s leads nowhere", link->name);
}

static void transmit(struct way *y, const struct route_answer *route, struct leg *leg)
{
	const struct world_netns *ns = leg->ns;
	const struct world_link *link = world_link_at(ns, route->oif);
	/* a gateway that is an address of one's own says "on the link" (fib_check_nh()) */
	bool has_gateway = ip_is(route->via) && !route_is_local(ns, route->via);
	struct ip next = has_gateway ? route->via : leg->p.dst;
	struct way_end end;
	const char *text;

	if (!link) {
		way_unknown(y, ns, "route", NULL, "the route's link is not there");
		return;
	}
	if (!link_works(y, ns, link, &end, &text)) {
		way_block(y, ns, "link", &end, "%s", text);
		return;
	}
	if (!neigh_resolve(y, ns, link, next, has_gateway, &leg->p, leg->p.dst_mac))
		return;
	mac_parse(link->mac, leg->p.src_mac);
	leg->p.known |= PACKET_MACS;
	leg->p.vlan = 0;
	y->sender = ns;
	frames_begin(y);
	link_send(y, ns, link, leg->p);
	host_choose(y, ns, link, leg);
}

/* in: that it came by, which POST_ROUTING knows since Linux 5.7; NULL: from a socket. */
static void post_routing(struct way *y, const struct route_answer *route, struct leg *leg,
			 const struct world_link *in)
{
	const struct world_link *out = world_link_at(leg->ns, route->oif);

	if (!hook(y, leg->ns, NF_INET_POST_ROUTING, &leg->p, in, out))
		return;
	conntrack_confirm(y, leg->ns, &leg->p);
	transmit(y, route, leg);
}

/* ---- out of a socket ---- */

static void route_hop(struct way *y, const struct world_netns *ns, const struct route_answer *route,
		      const struct packet *p)
{
	const char *text = route->route ? route_text(y->a, ns, route->route) : NULL;
	const char *table = route->route ? arena_printf(y->a, "table %s",
							route_table_text(y->a, route->route->table)) :
					   "route";

	if (route->kind == ROUTE_LOCAL)
		way_hop(y, ns, "route", table, text, "%s is an address of this namespace", way_ip(y, p->dst));
	else
		way_hop(y, ns, "route", table, text, "%s goes out by %s", way_ip(y, p->dst),
			world_link_at(ns, route->oif) ? world_link_at(ns, route->oif)->name : "?");
}

static bool route_ok(struct way *y, const struct world_netns *ns, const struct route_answer *route,
		     const struct packet *p)
{
	struct input_answer no = { 0 };

	if (route->kind == ROUTE_OUT || route->kind == ROUTE_LOCAL)
		return true;
	if (route->kind == ROUTE_UNKNOWN) {
		way_unknown(y, ns, "route", "route", "%s", route->reason);
		return false;
	}
	input_no_route(y, ns, route, p, &no);
	way_block(y, ns, no.layer, &no.end, "%s", no.text);
	return false;
}

static bool choose_source(struct way *y, const struct world_netns *ns, const struct route_answer *route,
			  struct packet *p)
{
	if (ip_is(p->src)) {
		if (route_is_local(ns, p->src))
			return true;
		way_block(y, ns, "socket",
			  &(struct way_end){ .code = "address-missing", .object = way_ip(y, p->src) },
			  "%s is no address of this namespace", way_ip(y, p->src));
		return false;
	}
	p->src = route_source(ns, route, p->dst);
	p->src.len = (uint8_t)(ip_size(p->src) * 8);
	if (ip_is(p->src))
		return true;
	way_block(y, ns, "route",
		  &(struct way_end){ .code = "address-missing", .object = world_netns_title(y->w, ns) },
		  "there is no address to send from");
	return false;
}

/* Does a changed mark lead to another route: by a chain of the type route, or by iptables' table mangle? */
static bool mark_reroutes(const struct world_netns *ns, unsigned family)
{
	for (size_t i = 0; i < ns->n_tables; i++)
		for (size_t k = 0; k < ns->tables[i].n_chains; k++)
			if (str_eq(ns->tables[i].chains[k].type, "route"))
				return true;
	for (size_t i = 0; i < ns->n_xtables; i++)
		if (ns->xtables[i].family == family && str_eq(ns->xtables[i].name, "mangle"))
			return true;
	return false;
}

/* ip_route_me_harder() */
static bool reroute(struct way *y, const struct world_netns *ns, const struct packet *before,
		    struct packet *p, struct route_answer *route)
{
	struct route_ask q = input_ask(p, NULL);

	if (ip_same(before->dst, p->dst) && (before->mark == p->mark || !mark_reroutes(ns, family_of(p))))
		return true;
	route_lookup(ns, &q, route);
	if (!route_ok(y, ns, route, p))
		return false;
	route_hop(y, ns, route, p);
	return true;
}

static void to_itself(struct way *y, struct leg *leg)
{
	const struct world_link *lo = loopback_of(leg->ns);

	if (!lo || !(lo->flags & IFF_UP)) {
		way_block(y, leg->ns, "link", &(struct way_end){ .code = "loopback-down", .object = "lo" },
			  "lo is down, over which a namespace speaks to itself");
		return;
	}
	if (!hook(y, leg->ns, NF_INET_POST_ROUTING, &leg->p, NULL, lo))
		return;
	conntrack_confirm(y, leg->ns, &leg->p);
	leg->p.is_local = false;
	if (!hook(y, leg->ns, NF_INET_PRE_ROUTING, &leg->p, lo, NULL))
		return;
	leg->in = lo;
	leg->at_end = true;
}

/* Fragments are as long as the link takes. */
static void fragment(struct way *y, const struct world_netns *ns, const struct route_answer *route,
		     struct packet *p)
{
	const struct world_link *link = world_link_at(ns, route->oif);

	if (!link || p->length <= mtu_of(link, route))
		return;
	way_hop(y, ns, "link", link->name, arena_printf(y->a, "mtu %lu", (unsigned long)mtu_of(link, route)),
		"%u bytes go in fragments", p->length);
	p->length = (uint32_t)mtu_of(link, route);
}

static void send_local(struct way *y, struct leg *leg)
{
	struct route_ask q = input_ask(&leg->p, NULL);
	struct route_answer route;
	struct packet before;
	const struct world_link *out;

	route_lookup(leg->ns, &q, &route);
	if (!route_ok(y, leg->ns, &route, &leg->p) || !choose_source(y, leg->ns, &route, &leg->p))
		return;
	/* ip_route_connect() looks once more, now that the source is known; IPv6 does not */
	if (!ip_is(q.src) && leg->p.dst.family == AF_INET) {
		q.src = leg->p.src;
		route_lookup(leg->ns, &q, &route);
		if (!route_ok(y, leg->ns, &route, &leg->p))
			return;
	}
	way_hop(y, leg->ns, "socket", way_ip(y, leg->p.src), NULL, "from %s", way_ip(y, leg->p.src));
	route_hop(y, leg->ns, &route, &leg->p);
	leg->p.is_local = true;
	conntrack_find(y, leg->ns, &leg->p);
	before = leg->p;
	out = route.kind == ROUTE_LOCAL ? loopback_of(leg->ns) : world_link_at(leg->ns, route.oif);
	if (!hook(y, leg->ns, NF_INET_LOCAL_OUT, &leg->p, NULL, out) ||
	    !reroute(y, leg->ns, &before, &leg->p, &route))
		return;
	if (route.kind == ROUTE_LOCAL) {
		to_itself(y, leg);
		return;
	}
	fragment(y, leg->ns, &route, &leg->p);
	post_routing(y, &route, leg, NULL);
}

/* ---- in by a link ---- */

/* The kernel lets answers to an echo be fragmented on their way (icmp_init()); IPv6 has no such thing. */
static bool may_be_fragmented(const struct way *y, const struct packet *p)
{
	return y->is_reply && p->proto == IPPROTO_ICMP;
}

static bool forward_fits(struct way *y, struct leg *leg, const struct route_answer *route)
{
	const struct world_link *out = world_link_at(leg->ns, route->oif);

	if (leg->p.ttl <= 1) {
		way_block(y, leg->ns, "route", &(struct way_end){ .code = "ttl-exceeded", .object = "ttl" },
			  "it has gone over too many machines: a loop of routes");
		return false;
	}
	if (may_be_fragmented(y, &leg->p))
		fragment(y, leg->ns, route, &leg->p);
	if (out && leg->p.length > mtu_of(out, route)) {
		way_block(y, leg->ns, "link",
			  &(struct way_end){ .code = "mtu-mismatch",
					     .object = out->name,
					     .setting = arena_printf(y->a, "mtu %lu",
								     (unsigned long)mtu_of(out, route)) },
			  "%u bytes are more than %s takes", leg->p.length, out->name);
		return false;
	}
	return true;
}

/* A packet that leaves by the link that it came by makes its sender ask for the nearer way (ip_rt_send_redirect(),
 * __ip_do_redirect()): so the next machine may know where the sender is, even if that would not have answered it. */
static void redirect(struct way *y, const struct packet *before, const struct leg *there)
{
	if (y->is_reply || y->ended || before->dst.family != AF_INET || there->outside ||
	    !route_is_local(y->origin, before->src))
		return;
	neigh_perhaps(y, there->ns, there->in, before->src);
}

static bool is_way_out(const struct world_netns *host, int64_t oif, const struct packet *p)
{
	const struct world_route *route = route_way_out(host, p->dst.family);

	return route && route->oif == oif;
}

static void forward(struct way *y, struct leg *leg, const struct route_answer *route)
{
	struct packet before = leg->p;
	bool is_detour = leg->in->index == route->oif;

	if (!forward_fits(y, leg, route))
		return;
	leg->p.ttl--;
	route_hop(y, leg->ns, route, &leg->p);
	if (!hook(y, leg->ns, NF_INET_FORWARD, &leg->p, leg->in, world_link_at(leg->ns, route->oif)))
		return;
	y->left_by_default |= leg->ns->is_host && !y->is_reply && is_way_out(leg->ns, route->oif, &leg->p);
	post_routing(y, route, leg, leg->in);
	if (is_detour)
		redirect(y, &before, leg);
}

static bool ip_is_on(struct way *y, const struct leg *leg)
{
	const char *setting;

	if (leg->p.dst.family != AF_INET6 || !way_conf(leg->ns, "ipv6", leg->in->name, "disable_ipv6", 0))
		return true;
	setting = arena_printf(y->a, "net.ipv6.conf.%s.disable_ipv6=1", leg->in->name);
	way_block(y, leg->ns, "sysctl",
		  &(struct way_end){ .code = "ipv6-off", .object = leg->in->name, .setting = setting },
		  "IPv6 is off at %s", leg->in->name);
	return false;
}

static void receive(struct way *y, struct leg *leg)
{
	struct input_answer in;

	if (!ip_is_on(y, leg))
		return;
	leg->p.is_local = false;
	if (!leg->was_bridged) {
		conntrack_find(y, leg->ns, &leg->p);
		if (!hook(y, leg->ns, NF_INET_PRE_ROUTING, &leg->p, leg->in, NULL))
			return;
	}
	input_route(y, leg->ns, leg->in, &leg->p, &in);
	if (in.is_unknown) {
		way_unknown(y, leg->ns, in.layer, leg->in->name, "%s", in.text);
	} else if (in.is_blocked) {
		way_block(y, leg->ns, in.layer, &in.end, "%s", in.text);
	} else if (in.route.kind == ROUTE_OUT) {
		forward(y, leg, &in.route);
	} else {
		route_hop(y, leg->ns, &in.route, &leg->p);
		leg->at_end = true;
	}
}

void host_go(struct way *y, struct leg *leg)
{
	bool from_socket = !leg->in;

	while (!y->ended && !leg->at_end && !leg->outside) {
		if (from_socket)
			send_local(y, leg);
		else
			receive(y, leg);
		from_socket = false;
	}
	if (y->ended || leg->outside)
		return;
	if (hook(y, leg->ns, NF_INET_LOCAL_IN, &leg->p, leg->in, NULL))
		conntrack_confirm(y, leg->ns, &leg->p);
}
