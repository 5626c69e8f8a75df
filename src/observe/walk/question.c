/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/walk/question.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "observe/walk/route.h"

/* ---- the words ---- */

struct place {
	const char *name;
	struct ip ip; /* where the name is one */
	bool is_outside;
	uint8_t proto;
	uint16_t port;
};

static int bad(struct err *e, const char *text, const char *cause)
{
	return err_set(e, "bad-question", EINVAL, "%s", text), err_cause(e, "%s", cause);
}

/* Cut "/tcp" off. */
static uint8_t take_proto(char *text)
{
	static const struct {
		const char *name;
		uint8_t proto;
	} list[] = { { "/tcp", IPPROTO_TCP }, { "/udp", IPPROTO_UDP }, { "/icmp", IPPROTO_ICMP } };
	char *slash = strrchr(text, '/');

	for (size_t i = 0; slash && i < ARRAY_LEN(list); i++)
		if (strcmp(slash, list[i].name) == 0) {
			*slash = '\0';
			return list[i].proto;
		}
	return 0;
}

static bool parse_port(const char *text, uint16_t *port)
{
	size_t n = strspn(text, "0123456789");
	unsigned long v = n && n < 6 && !text[n] ? strtoul(text, NULL, 10) : 0;

	*port = (uint16_t)v;
	return v > 0 && v < 65536;
}

/* "pid:4711" and "netns:1" have no port. */
static bool is_kind(const char *text, const char *colon)
{
	size_t n = (size_t)(colon - text);

	return (n == 3 && strncmp(text, "pid", n) == 0) || (n == 5 && strncmp(text, "netns", n) == 0) ||
	       (n == 6 && strncmp(text, "cgroup", n) == 0);
}

static int take_port(char *text, struct place *p, struct err *e)
{
	char *colon = strrchr(text, ':'), *end = strchr(text, ']');

	p->name = text;
	if (*text == '[') {
		if (!end || (end[1] && end[1] != ':'))
			return bad(e, text, "the bracket of the address does not end");
		colon = end[1] ? end + 1 : NULL;
		*end = '\0';
		p->name = text + 1;
	} else if (ip_parse(text, &p->ip) == 0 || !colon || is_kind(text, colon)) {
		return 0;
	}
	if (!colon)
		return 0;
	/* a name may have a colon of its own: "oci:web" */
	if (!parse_port(colon + 1, &p->port))
		return *text == '[' ? bad(e, colon + 1, "not a port from 1 to 65535") : 0;
	*colon = '\0';
	return 0;
}

static int parse_place(struct arena *a, const char *text, bool with_port, struct place *p, struct err *e)
{
	char *copy = arena_strdup(a, text);
	int r;

	*p = (struct place){ .name = copy };
	if (with_port) {
		p->proto = take_proto(copy);
		if ((r = take_port(copy, p, e)) < 0)
			return r;
	}
	if (!*p->name)
		return bad(e, text, "there is no name");
	p->is_outside = strcmp(p->name, "outside") == 0;
	if (!ip_is(p->ip))
		ip_parse(p->name, &p->ip);
	if (!p->proto)
		p->proto = p->port ? IPPROTO_TCP : IPPROTO_ICMP;
	if (p->proto != IPPROTO_ICMP && !p->port)
		return bad(e, text, "TCP and UDP want a port, such as :80");
	if (p->proto == IPPROTO_ICMP && p->port)
		return bad(e, text, "ICMP has no ports");
	return 0;
}

/* ---- the outside ---- */

static const struct world_netns *owner_of(const struct world *w, struct ip ip)
{
	for (size_t i = 0; ip_is(ip) && i < w->n_netns; i++)
		for (size_t k = 0; k < w->netns[i].n_addrs; k++)
			if (ip_same(w->netns[i].addrs[k].ip, ip))
				return &w->netns[i];
	return NULL;
}

static struct ip outside_of(const struct world *w)
{
	const struct world_netns *host = world_host(w);
	const struct world_route *route = host ? route_way_out(host, AF_INET) : NULL;
	struct ip ip;

	if (route && owner_of(w, route->via))
		return route->via;
	ip_parse("1.1.1.1", &ip);
	return ip;
}

/* ---- from ---- */

/* What no namespace of the world has, comes in by the host's way out. */
static int from_outside(const struct world *w, struct ip ip, struct walk_packet *p, struct err *e)
{
	const struct world_netns *host = world_host(w), *owner = owner_of(w, ip);
	const struct world_route *route = host ? route_way_out(host, ip.family) : NULL;
	const struct world_link *link = route ? world_link_at(host, route->oif) : NULL;

	p->src = ip;
	p->src.len = (uint8_t)(ip_size(ip) * 8);
	if (owner) {
		p->netns = owner->inode;
		return 0;
	}
	if (!link)
		return err_set(e, "no-outside", ENETUNREACH, "come from outside"),
		       err_cause(e, "the host has no default route");
	p->netns = host->inode;
	p->iif = link->name;
	return 0;
}

static int set_from(const struct world *w, const struct place *from, struct walk_packet *p, struct err *e)
{
	struct world_target t;
	int r;

	if (from->is_outside)
		return from_outside(w, outside_of(w), p, e);
	if (ip_is(from->ip))
		return from_outside(w, from->ip, p, e);
	r = world_target(w, from->name, &t, e);
	if (r < 0)
		return r;
	if (!t.netns)
		return err_set(e, "no-netns", ENOENT, "%s", from->name),
		       err_cause(e, "it has no network namespace that could be read");
	p->netns = t.netns->inode;
	return 0;
}

/* ---- to ---- */

static bool usable(const struct world_netns *ns, const struct world_addr *addr)
{
	const struct world_link *link = world_link_at(ns, addr->link);

	return link && !(link->flags & IFF_LOOPBACK) && addr->scope != RT_SCOPE_LINK && ip_is(addr->ip);
}

static bool is_near(const struct world_netns *from, struct ip ip)
{
	for (size_t i = 0; from && i < from->n_addrs; i++)
		if (usable(from, &from->addrs[i]) && ip_overlap(ip_network(from->addrs[i].ip), ip))
			return true;
	return false;
}

struct ip walk_address(const struct world_netns *from, const struct world_netns *to)
{
	struct ip first = { 0 };

	for (size_t i = 0; i < to->n_addrs; i++) {
		struct ip ip = to->addrs[i].ip;

		if (!usable(to, &to->addrs[i]))
			continue;
		ip.len = (uint8_t)(ip_size(ip) * 8);
		if (is_near(from, ip))
			return ip;
		if (!ip_is(first) || (first.family == AF_INET6 && ip.family == AF_INET))
			first = ip;
	}
	return first;
}

static int set_to(const struct world *w, const struct place *to, struct walk_packet *p, struct err *e)
{
	struct world_target t;
	int r;

	if (to->is_outside) {
		p->dst = outside_of(w);
		return 0;
	}
	if (ip_is(to->ip)) {
		p->dst = to->ip;
		return 0;
	}
	r = world_target(w, to->name, &t, e);
	if (r < 0)
		return r;
	if (t.netns)
		p->dst = walk_address(p->iif ? NULL : world_netns_of(w, p->netns), t.netns);
	if (!ip_is(p->dst))
		return err_set(e, "no-address", EADDRNOTAVAIL, "%s", to->name),
		       err_cause(e, "it has no address"), err_hint(e, "guise doctor %s says why", to->name);
	return 0;
}

int walk_question(const struct world *w, const char *from, const char *to, struct arena *a,
		  struct walk_packet *p, struct err *e)
{
	struct place whence, where;
	int r;

	*p = (struct walk_packet){ 0 };
	if ((r = parse_place(a, from, false, &whence, e)) < 0 ||
	    (r = parse_place(a, to, true, &where, e)) < 0 || (r = set_from(w, &whence, p, e)) < 0 ||
	    (r = set_to(w, &where, p, e)) < 0)
		return r;
	p->proto = where.proto;
	p->dport = where.port;
	if (p->proto == IPPROTO_ICMP && p->dst.family == AF_INET6)
		p->proto = IPPROTO_ICMPV6;
	if (ip_is(p->src) && p->src.family != p->dst.family)
		return bad(e, to, "one is an address of IPv4, the other of IPv6");
	return 0;
}
