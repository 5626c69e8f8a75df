/* SPDX-License-Identifier: GPL-2.0-or-later */

/* arp_process() and arp_ignore() of net/ipv4/arp.c, ndisc_recv_ns() of net/ipv6/ndisc.c. */
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "observe/walk/input.h"
#include "observe/walk/neigh.h"

[[gnu::format(printf, 5, 6)]] static bool silent(struct way *y, const struct way_arrival *at,
						 struct way_drop *drop, const struct way_end *end,
						 const char *fmt, ...)
{
	struct walk_hop hop = {
		.netns = world_netns_title(y->w, at->ns),
		.netns_inode = at->ns->inode,
		.layer = "neighbour",
		.object = end->object,
		.decided = end->setting,
		.is_reply = y->is_reply,
		.verdict = WALK_BLOCKED,
	};
	va_list ap;

	va_start(ap, fmt);
	hop.text = arena_vprintf(y->a, fmt, ap);
	va_end(ap);
	*drop = (struct way_drop){ .end = *end, .verdict = WALK_BLOCKED, .ns = at->ns, .beyond = at->ns };
	drop->hops = arena_new(y->a, struct walk_hop);
	*drop->hops = hop;
	drop->n_hops = 1;
	return false;
}

static bool link_has(const struct world_netns *ns, int64_t link, struct ip ip, bool in_subnet_too,
		     struct ip from)
{
	for (size_t i = 0; i < ns->n_addrs; i++) {
		const struct world_addr *addr = &ns->addrs[i];

		if (addr->link == link && ip_same(addr->ip, ip) &&
		    !(addr->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)))
			return !in_subnet_too || ip_overlap(ip_network(addr->ip), from);
	}
	return false;
}

/* May it answer for an address of its own? */
static bool ignores(const struct way_arrival *at, struct ip target, int64_t mode)
{
	switch (mode) {
	case 0:
		return false;
	case 1:
		return !link_has(at->ns, at->link->index, target, false, target);
	case 2:
		return !link_has(at->ns, at->link->index, target, true, at->p.src);
	case 8:
		return true;
	default:
		return false;
	}
}

static bool proxies(const struct world_netns *ns, const struct way_arrival *at,
		    const struct route_answer *route, struct ip target)
{
	if (route->kind != ROUTE_OUT || route->oif == at->link->index)
		return false;
	if (way_conf_max(ns, at->link, "proxy_arp"))
		return true;
	for (size_t i = 0; i < ns->n_neighs; i++)
		if (ns->neighs[i].flags & NTF_PROXY && ip_same(ns->neighs[i].ip, target) &&
		    (ns->neighs[i].link == at->link->index || !ns->neighs[i].link))
			return true;
	return false;
}

bool neigh_is_deaf(const struct world_netns *ns, const struct world_link *link, struct ip target)
{
	for (size_t i = 0; i < ns->n_addrs; i++)
		if (ip_same(ns->addrs[i].ip, target))
			return false;
	for (size_t i = 0; i < ns->n_routes; i++)
		if (ns->routes[i].type == RTN_LOCAL && ip_overlap(ns->routes[i].dst, target))
			return false;
	for (size_t i = 0; i < ns->n_neighs; i++)
		if (ns->neighs[i].flags & NTF_PROXY)
			return false;
	return !way_conf_max(ns, link, "proxy_arp");
}

static bool answers_arp(struct way *y, const struct way_arrival *at, struct ip target, struct way_drop *drop)
{
	struct packet p = at->p;
	struct input_answer in;
	int64_t mode = way_conf_max(at->ns, at->link, "arp_ignore");
	bool owns = route_is_local(at->ns, target);

	p.mark = 0;
	p.proto = 0;
	if (ip_is(p.src))
		input_route(y, at->ns, at->link, &p, &in);
	else
		in = (struct input_answer){ .route.kind = owns ? ROUTE_LOCAL : ROUTE_NONE };
	if (in.is_unknown) {
		silent(y, at, drop, &(struct way_end){ .object = at->link->name }, "%s", in.text);
		drop->verdict = drop->hops->verdict = WALK_UNKNOWN;
		return false;
	}
	if (in.is_blocked)
		return owns && silent(y, at, drop, &in.end, "%s does not answer for %s: %s", at->link->name,
				      way_ip(y, target), in.text);
	if (in.route.kind != ROUTE_LOCAL)
		return proxies(at->ns, at, &in.route, target);
	if (!ignores(at, target, mode))
		return true;
	return silent(y, at, drop,
		      &(struct way_end){ .code = "arp-ignored",
					 .object = at->link->name,
					 .setting = arena_printf(y->a, "net.ipv4.conf.%s.arp_ignore=%ld",
								 at->link->name, (long)mode) },
		      "%s does not answer for %s", at->link->name, way_ip(y, target));
}

bool neigh_answers(struct way *y, const struct way_arrival *at, struct ip target, struct way_drop *drop)
{
	const struct world_link *link = at->link;

	if (link->flags & IFF_NOARP)
		return silent(
			y, at, drop,
			&(struct way_end){ .code = "arp-off", .object = link->name, .setting = "arp off" },
			"ARP is off at %s, which answers nobody", link->name);
	if (target.family == AF_INET)
		return answers_arp(y, at, target, drop);
	if (way_conf(at->ns, "ipv6", link->name, "disable_ipv6", 0))
		return silent(
			y, at, drop,
			&(struct way_end){ .code = "ipv6-off",
					   .object = link->name,
					   .setting = arena_printf(y->a, "net.ipv6.conf.%s.disable_ipv6=1",
								   link->name) },
			"IPv6 is off at %s", link->name);
	return link_has(at->ns, link->index, target, false, target);
}
