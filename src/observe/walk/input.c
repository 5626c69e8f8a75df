/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/walk/input.h"

#include <linux/if.h>
#include <linux/rtnetlink.h>

struct route_ask input_ask(const struct packet *p, const struct world_link *in)
{
	return (struct route_ask){
		.dst = p->dst,
		.src = p->src,
		.mark = p->mark,
		.tos = p->tos,
		.proto = p->proto,
		.sport = p->sport,
		.dport = p->dport,
		.iif = in ? in->index : 0,
		.uid = p->known & PACKET_OWNER ? (int64_t)p->uid : -1,
	};
}

[[gnu::format(printf, 7, 8)]] static void block(const struct way *y, struct input_answer *r,
						const char *layer, const char *code, const char *object,
						const char *setting, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	r->is_blocked = true;
	r->layer = layer;
	r->end = (struct way_end){ .code = code, .object = object, .setting = setting };
	r->text = arena_vprintf(y->a, fmt, ap);
	va_end(ap);
}

/* ---- no route, or one that refuses ---- */

static bool has_address(const struct world_netns *ns, uint8_t family)
{
	for (size_t i = 0; i < ns->n_addrs; i++) {
		const struct world_link *link = world_link_at(ns, ns->addrs[i].link);

		if (ns->addrs[i].ip.family == family && link && !(link->flags & IFF_LOOPBACK))
			return true;
	}
	return false;
}

/* A link that would do if it were up, where none is. */
static const struct world_link *down_link(const struct world_netns *ns, size_t *n)
{
	const struct world_link *down = NULL;

	*n = 0;
	for (size_t i = 0; i < ns->n_links; i++) {
		const struct world_link *link = &ns->links[i];

		if (link->flags & IFF_LOOPBACK || link->master)
			continue;
		++*n;
		if (link->flags & IFF_UP)
			return NULL;
		down = link;
	}
	return down;
}

static void nowhere(const struct way *y, const struct world_netns *ns, const struct packet *p,
		    struct input_answer *r)
{
	size_t n_links;
	const struct world_link *down = down_link(ns, &n_links);
	const char *ip = way_ip(y, p->dst);

	if (down)
		block(y, r, "route", "link-down", down->name, NULL,
		      "%s is down, and so there is no route to %s", down->name, ip);
	else if (!n_links)
		block(y, r, "route", "link-missing", world_netns_title(y->w, ns), NULL,
		      "there is no link but lo, and so no route to %s", ip);
	else if (!has_address(ns, p->dst.family))
		block(y, r, "route", "address-missing", world_netns_title(y->w, ns), NULL,
		      "no link has an address, and so there is no route to %s", ip);
	else
		block(y, r, "route", "default-route-missing", world_netns_title(y->w, ns), NULL,
		      "no route to %s, and no default route", ip);
}

void input_no_route(const struct way *y, const struct world_netns *ns, const struct route_answer *route,
		    const struct packet *p, struct input_answer *r)
{
	const char *ip = way_ip(y, p->dst), *text;

	if (route->kind == ROUTE_NONE) {
		nowhere(y, ns, p, r);
	} else if (route->kind == ROUTE_REFUSED && route->route) {
		text = route_text(y->a, ns, route->route);
		block(y, r, "route", "route-blackhole",
		      arena_printf(y->a, "table %s", route_table_text(y->a, route->route->table)), NULL,
		      "the route to %s refuses it", ip);
		r->end.rule = text;
	} else if (route->kind == ROUTE_REFUSED) {
		block(y, r, "route", "rule-blocks", "ip rule", NULL, "a rule refuses the way to %s", ip);
		r->end.rule = route_rule_text(y->a, route->rule);
	} else {
		block(y, r, "route", "route-odd", "route", NULL, "%s is no address of a single machine", ip);
	}
}

/* ---- sources that are not believed ---- */

static bool is_loopback(struct ip ip)
{
	return ip.family == AF_INET && ip.bytes[0] == 127;
}

static bool is_odd_source(struct ip ip)
{
	if (ip.family == AF_INET6)
		return ip.bytes[0] == 0xff;
	return ip.bytes[0] == 0 || ip.bytes[0] >= 224;
}

static const char *setting_of(const struct way *y, const struct world_netns *ns,
			      const struct world_link *link, const char *name)
{
	int64_t all = way_conf(ns, "ipv4", "all", name, 0), own = way_conf(ns, "ipv4", link->name, name, 0);

	return arena_printf(y->a, "net.ipv4.conf.%s.%s=%ld", all > own ? "all" : link->name, name,
			    (long)(all > own ? all : own));
}

static bool has_custom_rules(const struct world_netns *ns, uint64_t family)
{
	for (size_t i = 0; i < ns->n_rules; i++) {
		uint64_t priority = ns->rules[i].priority;

		if (ns->rules[i].family == family && priority != 0 && priority != 32766 && priority != 32767)
			return true;
	}
	return false;
}

static bool link_is_way(const struct world_netns *ns, const struct route_answer *back,
			const struct world_link *in)
{
	if (back->oif == in->index)
		return true;
	for (size_t i = 0; back->route && i < back->route->n_nexthops; i++)
		if (back->route->nexthops[i].oif == in->index)
			return true;
	(void)ns;
	return false;
}

static void martian(const struct way *y, const struct world_link *in, const struct packet *p,
		    struct input_answer *r)
{
	block(y, r, "route", "martian-source", in->name, NULL,
	      "the source %s is an address of this namespace itself", way_ip(y, p->src));
}

static void rp_fails(const struct way *y, const struct world_netns *ns, const struct world_link *in,
		     const struct packet *p, struct input_answer *r)
{
	block(y, r, "route", "rp-filter", in->name, setting_of(y, ns, in, "rp_filter"),
	      "the way back to %s does not lead over %s, by which it came", way_ip(y, p->src), in->name);
}

/* As __fib_validate_source(). */
static void check_source(const struct way *y, const struct world_netns *ns, const struct world_link *in,
			 const struct packet *p, int64_t oif, struct input_answer *r)
{
	int64_t rpf = way_conf_max(ns, in, "rp_filter");
	bool accept_local = way_conf(ns, "ipv4", in->name, "accept_local", 0) ||
			    way_conf(ns, "ipv4", "all", "accept_local", 0);
	struct route_ask q = {
		.dst = p->src,
		.src = p->dst,
		.tos = p->tos,
		.proto = p->proto,
		.sport = p->dport,
		.dport = p->sport,
		.iif = oif,
		.uid = -1,
	};
	struct route_answer back;

	if (!rpf && !has_custom_rules(ns, AF_INET)) {
		if (!accept_local && route_is_local(ns, p->src))
			martian(y, in, p, r);
		return;
	}
	if (way_conf(ns, "ipv4", in->name, "src_valid_mark", 0) ||
	    way_conf(ns, "ipv4", "all", "src_valid_mark", 0))
		q.mark = p->mark;
	route_lookup(ns, &q, &back);
	if (back.kind == ROUTE_UNKNOWN && !(back.route && link_is_way(ns, &back, in))) {
		r->is_unknown = rpf == 1;
		r->text = back.reason;
		return;
	}
	if (back.kind == ROUTE_NONE || back.kind == ROUTE_REFUSED) {
		if (rpf)
			rp_fails(y, ns, in, p, r);
		return;
	}
	if (back.kind != ROUTE_OUT && back.kind != ROUTE_UNKNOWN &&
	    !(back.kind == ROUTE_LOCAL && accept_local))
		martian(y, in, p, r);
	else if (!link_is_way(ns, &back, in) && rpf == 1)
		rp_fails(y, ns, in, p, r);
}

/* ---- in ---- */

static bool addresses_odd(const struct way *y, const struct world_netns *ns, const struct world_link *in,
			  const struct packet *p, struct input_answer *r)
{
	bool localnet = way_conf(ns, "ipv4", in->name, "route_localnet", 0) ||
			way_conf(ns, "ipv4", "all", "route_localnet", 0);

	if (is_odd_source(p->src)) {
		block(y, r, "route", "martian-source", in->name, NULL,
		      "the source %s is none that a packet may have", way_ip(y, p->src));
		return true;
	}
	if ((is_loopback(p->src) || is_loopback(p->dst)) && !localnet) {
		block(y, r, "route", "martian-loopback", in->name,
		      arena_printf(y->a, "net.ipv4.conf.%s.route_localnet=0", in->name),
		      "%s is an address of lo, and came by %s",
		      way_ip(y, is_loopback(p->src) ? p->src : p->dst), in->name);
		return true;
	}
	return false;
}

bool input_forwards(const struct world_netns *ns, const struct world_link *in, const struct packet *p)
{
	if (p->dst.family == AF_INET6)
		return way_conf(ns, "ipv6", "all", "forwarding", 0) ||
		       way_conf(ns, "ipv6", in->name, "force_forwarding", 0);
	return way_conf(ns, "ipv4", in->name, "forwarding", world_sysctl(ns, "net.ipv4.ip_forward", 0));
}

static void check_forwarding(const struct way *y, const struct world_netns *ns, const struct world_link *in,
			     const struct packet *p, struct input_answer *r)
{
	const char *setting;

	if (input_forwards(ns, in, p))
		return;
	if (p->dst.family == AF_INET6)
		setting = "net.ipv6.conf.all.forwarding=0";
	else if (world_sysctl(ns, "net.ipv4.ip_forward", 0))
		setting = arena_printf(y->a, "net.ipv4.conf.%s.forwarding=0", in->name);
	else
		setting = "net.ipv4.ip_forward=0";
	block(y, r, "sysctl", "forwarding-off", setting, setting,
	      "%s is not for this namespace, which does not forward", way_ip(y, p->dst));
}

void input_route(const struct way *y, const struct world_netns *ns, const struct world_link *in,
		 const struct packet *p, struct input_answer *r)
{
	struct route_ask q = input_ask(p, in);
	bool is_ipv4 = p->dst.family == AF_INET;

	*r = (struct input_answer){ .layer = "route" };
	if (is_ipv4 && addresses_odd(y, ns, in, p, r))
		return;
	route_lookup(ns, &q, &r->route);
	if (r->route.kind == ROUTE_UNKNOWN) {
		r->is_unknown = true;
		r->text = r->route.reason;
		return;
	}
	if (r->route.kind == ROUTE_LOCAL || r->route.kind == ROUTE_BROADCAST) {
		if (is_ipv4)
			check_source(y, ns, in, p, 0, r);
		return;
	}
	check_forwarding(y, ns, in, p, r);
	if (r->is_blocked)
		return;
	if (r->route.kind != ROUTE_OUT)
		input_no_route(y, ns, &r->route, p, r);
	else if (is_ipv4)
		check_source(y, ns, in, p, r->route.oif, r);
}
