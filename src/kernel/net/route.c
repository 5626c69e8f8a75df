/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

void route_put_default(struct netlink_batch *b, int index, struct ip gateway)
{
	struct rtmsg *rtm = netlink_add(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*rtm));

	netlink_label(b, "route-set", "set the default route", "");
	rtm->rtm_family = gateway.family;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_BOOT; /* as `ip route add` says */
	rtm->rtm_scope = RT_SCOPE_UNIVERSE;
	rtm->rtm_type = RTN_UNICAST;
	netlink_put_ip(b, RTA_GATEWAY, gateway);
	netlink_put_u32(b, RTA_OIF, (uint32_t)index);
}

static void put_metrics(struct netlink_batch *b, const struct route_whole *route)
{
	struct nlattr *nest;

	if (!route->mtu && !route->advmss)
		return;
	nest = netlink_nest(b, RTA_METRICS);
	if (route->mtu)
		netlink_put_u32(b, RTAX_MTU, route->mtu);
	if (route->advmss)
		netlink_put_u32(b, RTAX_ADVMSS, route->advmss);
	netlink_nest_end(b, nest);
}

void route_put_whole(struct netlink_batch *b, bool add, const struct route_whole *route, const char *text)
{
	struct rtmsg *rtm = netlink_add(b, add ? RTM_NEWROUTE : RTM_DELROUTE,
					add ? NLM_F_CREATE | NLM_F_EXCL : 0, sizeof(*rtm));

	netlink_label(b, add ? "route-add" : "route-delete", add ? "add route" : "delete route", text);
	netlink_ignore(b, add ? EEXIST : ESRCH);
	rtm->rtm_family = (uint8_t)route->family;
	rtm->rtm_dst_len = route->to.len;
	rtm->rtm_tos = route->tos;
	rtm->rtm_type = route->type;
	rtm->rtm_scope = route->scope;
	rtm->rtm_protocol = route->protocol;
	netlink_put_u32(b, RTA_TABLE, route->table);
	if (ip_is(route->to))
		netlink_put_ip(b, RTA_DST, route->to);
	if (ip_is(route->via))
		netlink_put_ip(b, RTA_GATEWAY, route->via);
	if (ip_is(route->source))
		netlink_put_ip(b, RTA_PREFSRC, route->source);
	if (route->index)
		netlink_put_u32(b, RTA_OIF, (uint32_t)route->index);
	if (route->metric)
		netlink_put_u32(b, RTA_PRIORITY, route->metric);
	put_metrics(b, route);
}

void route_put_policy(struct netlink_batch *b, bool add, const struct route_policy *policy, const char *text)
{
	struct fib_rule_hdr *hdr = netlink_add(b, add ? RTM_NEWRULE : RTM_DELRULE,
					       add ? NLM_F_CREATE | NLM_F_EXCL : 0, sizeof(*hdr));

	netlink_label(b, add ? "rule-add" : "rule-delete", add ? "add rule" : "delete rule", text);
	netlink_ignore(b, add ? EEXIST : ENOENT);
	hdr->family = (uint8_t)policy->family;
	hdr->src_len = policy->from.len;
	hdr->dst_len = policy->to.len;
	hdr->tos = policy->tos;
	hdr->action = policy->action;
	hdr->flags = policy->invert ? FIB_RULE_INVERT : 0;
	netlink_put_u32(b, FRA_PRIORITY, policy->priority);
	netlink_put_u32(b, FRA_TABLE, policy->table);
	if (ip_is(policy->from))
		netlink_put_ip(b, FRA_SRC, policy->from);
	if (ip_is(policy->to))
		netlink_put_ip(b, FRA_DST, policy->to);
	if (policy->iif)
		netlink_put_str(b, FRA_IIFNAME, policy->iif);
	if (policy->oif)
		netlink_put_str(b, FRA_OIFNAME, policy->oif);
	if (policy->mark) {
		netlink_put_u32(b, FRA_FWMARK, policy->mark);
		netlink_put_u32(b, FRA_FWMASK, policy->mask);
	}
}

/* One route out of a dump. */
struct route {
	struct ip to, gateway;
	uint32_t table, metric, mtu, advmss;
	int index;
	uint8_t type, protocol, scope; /* RTN_*, RTPROT_*, RT_SCOPE_* */
};

static struct ip take_ip(const struct rtmsg *rtm, const struct nlattr *attr)
{
	return ip_of(rtm->rtm_family, mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
}

static void take_metrics(struct route *route, const struct nlattr *attr)
{
	const struct nlattr *metric;

	mnl_attr_for_each_nested(metric, attr)
	{
		if (mnl_attr_get_type(metric) == RTAX_MTU)
			route->mtu = mnl_attr_get_u32(metric);
		if (mnl_attr_get_type(metric) == RTAX_ADVMSS)
			route->advmss = mnl_attr_get_u32(metric);
	}
}

static bool parse_route(struct route *route, const struct nlmsghdr *msg)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(msg);
	const struct nlattr *attr;

	if (msg->nlmsg_type != RTM_NEWROUTE || rtm->rtm_flags & RTM_F_CLONED)
		return false;
	*route = (struct route){ .to.family = rtm->rtm_family,
				 .table = rtm->rtm_table,
				 .type = rtm->rtm_type,
				 .scope = rtm->rtm_scope,
				 .protocol = rtm->rtm_protocol };
	mnl_attr_for_each(attr, msg, sizeof(*rtm))
	{
		switch (mnl_attr_get_type(attr)) {
		case RTA_DST:
			route->to = take_ip(rtm, attr);
			break;
		case RTA_GATEWAY:
			route->gateway = take_ip(rtm, attr);
			break;
		case RTA_TABLE: /* the header's field holds 8 bits only */
			route->table = mnl_attr_get_u32(attr);
			break;
		case RTA_PRIORITY:
			route->metric = mnl_attr_get_u32(attr);
			break;
		case RTA_OIF:
			route->index = (int)mnl_attr_get_u32(attr);
			break;
		case RTA_METRICS:
			take_metrics(route, attr);
			break;
		}
	}
	route->to.len = rtm->rtm_dst_len;
	return true;
}

static int dump(struct netlink *nl, int family, netlink_fn *fn, void *arg, struct err *e)
{
	struct netlink_batch b;
	struct rtmsg *rtm;

	netlink_start(&b);
	rtm = netlink_add_dump(&b, RTM_GETROUTE, sizeof(*rtm));
	netlink_label(&b, "route-list", "list routes", "");
	rtm->rtm_family = (uint8_t)family;
	return netlink_run(nl, &b, fn, arg, e);
}

struct best {
	bool found;
	struct route route;
};

static void take_default(const struct nlmsghdr *msg, void *arg)
{
	struct best *best = arg;
	struct route route;

	if (!msg)
		best->found = false;
	else if (parse_route(&route, msg) && route.to.len == 0 && route.table == RT_TABLE_MAIN &&
		 route.type == RTN_UNICAST && (!best->found || route.metric < best->route.metric))
		*best = (struct best){ .found = true, .route = route };
}

int route_default(struct netlink *nl, int family, struct ip *gateway, int *index, struct err *e)
{
	struct best best = { 0 };
	int r = dump(nl, family, take_default, &best, e);

	if (r < 0)
		return r;
	if (!best.found)
		return err_set(e, "route-missing", ESRCH, "look up the default route"),
		       err_cause(e, "there is none");
	*gateway = best.route.gateway;
	*index = best.route.index;
	return 0;
}

struct out {
	int index;
	uint32_t mtu;
};

static void take_out(const struct nlmsghdr *msg, void *arg)
{
	struct out *out = arg;
	const struct nlattr *attr, *metric;

	if (!msg || msg->nlmsg_type != RTM_NEWROUTE)
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct rtmsg))
	{
		if (mnl_attr_get_type(attr) == RTA_OIF)
			out->index = (int)mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) != RTA_METRICS)
			continue;
		mnl_attr_for_each_nested(metric, attr) if (mnl_attr_get_type(metric) == RTAX_MTU)
			out->mtu = mnl_attr_get_u32(metric);
	}
}

/* An address that is public, and nobody's any more: that of the 6to4 relays (RFC 7526). */
static struct ip somewhere(int family)
{
	static const uint8_t ipv4[4] = { 192, 88, 99, 1 }, ipv6[16] = { 0x20, 0x02, 192, 88, 99, 1 };

	return family == AF_INET ? ip_of(family, ipv4, sizeof(ipv4)) : ip_of(family, ipv6, sizeof(ipv6));
}

int route_out(struct netlink *nl, int family, int *index, uint32_t *mtu, struct err *e)
{
	struct netlink_batch b;
	struct out out = { 0 };
	struct rtmsg *rtm;
	int r;

	netlink_start(&b);
	rtm = netlink_add_get(&b, RTM_GETROUTE, sizeof(*rtm));
	netlink_label(&b, "route-out", "look up the way out", "");
	rtm->rtm_family = (uint8_t)family;
	rtm->rtm_dst_len = somewhere(family).len;
	netlink_put_ip(&b, RTA_DST, somewhere(family));
	r = netlink_run(nl, &b, take_out, &out, e);
	*index = out.index;
	*mtu = out.mtu;
	return r < 0 || out.index ? r : err_set(e, "route-out", ESRCH, "look up the way out");
}

struct listing {
	struct arena *arena;
	struct ip *list;
	size_t count;
};

/* Somebody made it, of a part of all addresses. */
static bool is_made(const struct route *route)
{
	return route->to.len > 0 && route->type != RTN_LOCAL && route->type != RTN_BROADCAST &&
	       route->type != RTN_ANYCAST && route->type != RTN_MULTICAST;
}

static void take_destination(const struct nlmsghdr *msg, void *arg)
{
	struct listing *l = arg;
	struct route route;

	if (!msg)
		l->count = 0;
	else if (parse_route(&route, msg) && is_made(&route))
		arena_push(l->arena, l->list, l->count, route.to);
}

int route_list(struct netlink *nl, struct arena *a, int family, struct ip **list, size_t *count,
	       struct err *e)
{
	struct listing l = { .arena = a };
	int r = dump(nl, family, take_destination, &l, e);

	*list = l.list;
	*count = l.count;
	return r;
}

struct defaults {
	struct arena *arena;
	uint8_t protocol;
	int *links;
	size_t count;
};

static void take_default_link(const struct nlmsghdr *msg, void *arg)
{
	struct defaults *d = arg;
	struct route route;

	if (!msg)
		d->count = 0;
	else if (parse_route(&route, msg) && route.to.len == 0 && route.table == RT_TABLE_MAIN &&
		 route.protocol == d->protocol && route.index)
		arena_push(d->arena, d->links, d->count, route.index);
}

int route_default_links(struct netlink *nl, struct arena *a, int family, uint8_t protocol, int **links,
			size_t *count, struct err *e)
{
	struct defaults d = { .arena = a, .protocol = protocol };
	int r = dump(nl, family, take_default_link, &d, e);

	*links = d.links;
	*count = d.count;
	return r;
}

struct search {
	struct ip to;
	struct route_place place;
};

static void find_destination(const struct nlmsghdr *msg, void *arg)
{
	struct search *s = arg;
	struct route route;

	if (!msg)
		s->place.found = false;
	else if (!s->place.found && parse_route(&route, msg) && is_made(&route) && ip_equal(route.to, s->to))
		s->place = (struct route_place){ true, route.index, route.table, route.type };
}

int route_find(struct netlink *nl, struct ip to, struct route_place *place, struct err *e)
{
	struct search s = { .to = to };
	int r = dump(nl, to.family, find_destination, &s, e);

	*place = s.place;
	return r;
}

struct comparison {
	const struct route_whole *want;
	bool found;
};

/* IPv6 knows no scopes: its routes are all of the one that is 0. */
static bool is_wanted(const struct route_whole *want, const struct route *route)
{
	bool to = want->to.len ? ip_equal(route->to, want->to) : route->to.len == 0;

	return to && route->type == want->type && route->index == want->index && route->table == want->table &&
	       ip_is(route->gateway) == ip_is(want->via) &&
	       (!ip_is(want->via) || ip_same(route->gateway, want->via)) &&
	       (want->family == AF_INET6 || route->scope == want->scope) &&
	       (!want->metric || route->metric == want->metric) && (!want->mtu || route->mtu == want->mtu) &&
	       (!want->advmss || route->advmss == want->advmss);
}

static void find_wanted(const struct nlmsghdr *msg, void *arg)
{
	struct comparison *c = arg;
	struct route route;

	if (!msg)
		c->found = false;
	else if (parse_route(&route, msg))
		c->found |= is_wanted(c->want, &route);
}

int route_is(struct netlink *nl, const struct route_whole *want, struct err *e)
{
	struct comparison c = { .want = want };
	int r = dump(nl, want->family, find_wanted, &c, e);

	return r < 0 ? r : c.found;
}

const char *route_type_name(uint64_t type)
{
	switch (type) {
	case RTN_LOCAL:
		return "local";
	case RTN_BROADCAST:
		return "broadcast";
	case RTN_ANYCAST:
		return "anycast";
	case RTN_MULTICAST:
		return "multicast";
	case RTN_BLACKHOLE:
		return "blackhole";
	case RTN_UNREACHABLE:
		return "unreachable";
	case RTN_PROHIBIT:
		return "prohibit";
	case RTN_THROW:
		return "throw";
	}
	return "";
}
