/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "observe/world/dump.h"
#include "observe/world/parts.h"

/* Routes of all tables and the rules that choose among these (ip-rule(8)), of both families. */

#define ROUTE(attr, how, member)                                                                             \
	{                                                                                                    \
		RTA_##attr, how, offsetof(struct world_route, member)                                        \
	}
static const struct attr_row route_rows[] = {
	ROUTE(DST, ATTR_IP, dst),
	ROUTE(SRC, ATTR_IP, src),
	ROUTE(GATEWAY, ATTR_IP, via),
	ROUTE(PREFSRC, ATTR_IP, prefsrc),
	ROUTE(OIF, ATTR_NUMBER, oif),
	ROUTE(TABLE, ATTR_NUMBER, table), /* the header's has 8 bits only */
	ROUTE(PRIORITY, ATTR_NUMBER, priority),
	{ 0 },
};

/* A gateway of another family than the route's: struct rtvia. */
static struct ip take_via(const struct nlattr *attr)
{
	const struct rtvia *via = mnl_attr_get_payload(attr);
	size_t n = mnl_attr_get_payload_len(attr);

	return n > sizeof(*via) ? ip_of(via->rtvia_family, via->rtvia_addr, n - sizeof(*via)) :
				  (struct ip){ 0 };
}

static struct world_nexthop take_nexthop(const struct rtnexthop *hop)
{
	struct world_nexthop next = { .oif = hop->rtnh_ifindex,
				      .weight = hop->rtnh_hops + 1U,
				      .flags = hop->rtnh_flags };
	const struct nlattr *first = (const struct nlattr *)RTNH_DATA(hop), *attr;

	mnl_attr_for_each_payload(first, hop->rtnh_len - sizeof(*hop))
	{
		size_t n = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) == RTA_GATEWAY)
			next.via = ip_of(n == 4 ? AF_INET : AF_INET6, mnl_attr_get_payload(attr), n);
		if (mnl_attr_get_type(attr) == RTA_VIA)
			next.via = take_via(attr);
	}
	return next;
}

static void take_multipath(struct arena *a, struct world_route *route, const struct nlattr *attr)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(attr);
	int left = mnl_attr_get_payload_len(attr);

	while (RTNH_OK(hop, left)) {
		struct world_nexthop next = take_nexthop(hop);

		arena_push(a, route->nexthops, route->n_nexthops, next);
		left -= (int)RTNH_ALIGN(hop->rtnh_len);
		hop = RTNH_NEXT(hop);
	}
}

static void take_route(const struct nlmsghdr *msg, void *arg)
{
	struct dump *d = arg;
	const struct rtmsg *rtm = msg ? mnl_nlmsg_get_payload(msg) : NULL;
	struct world_route route = { 0 };
	const struct nlattr *attr, *mtu;

	if (!msg)
		d->ns->n_routes = 0;
	if (!msg || msg->nlmsg_type != RTM_NEWROUTE || rtm->rtm_flags & RTM_F_CLONED ||
	    (rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6))
		return;
	route.family = rtm->rtm_family;
	route.type = rtm->rtm_type;
	route.table = rtm->rtm_table;
	route.scope = rtm->rtm_scope;
	route.protocol = rtm->rtm_protocol;
	route.tos = rtm->rtm_tos;
	route.flags = rtm->rtm_flags;
	route.dst.len = rtm->rtm_dst_len;
	route.src.len = rtm->rtm_src_len;
	attr_take_all(d->w->arena, route_rows, msg, sizeof(*rtm), &route);
	mnl_attr_for_each(attr, msg, sizeof(*rtm))
	{
		if (mnl_attr_get_type(attr) == RTA_VIA)
			route.via = take_via(attr);
		if (mnl_attr_get_type(attr) == RTA_MULTIPATH)
			take_multipath(d->w->arena, &route, attr);
		if (mnl_attr_get_type(attr) == RTA_METRICS && (mtu = attr_within(attr, RTAX_MTU)))
			route.mtu = attr_number(mtu);
	}
	arena_push(d->w->arena, d->ns->routes, d->ns->n_routes, route);
}

void world_read_routes(struct world *w, struct world_netns *ns, struct netlink *nl)
{
	struct dump d = { w, ns, nl, 0 };
	struct netlink_batch b;

	netlink_start(&b);
	netlink_add_dump(&b, RTM_GETROUTE, sizeof(struct rtmsg));
	dump_run(&d, &b, take_route, "routes");
}

#define RULE(attr, how, member)                                                                              \
	{                                                                                                    \
		FRA_##attr, how, offsetof(struct world_rule, member)                                         \
	}
static const struct attr_row rule_rows[] = {
	RULE(DST, ATTR_IP, dst),         RULE(SRC, ATTR_IP, src),
	RULE(IIFNAME, ATTR_TEXT, iif),   RULE(OIFNAME, ATTR_TEXT, oif),
	RULE(GOTO, ATTR_NUMBER, target), RULE(PRIORITY, ATTR_NUMBER, priority),
	RULE(FWMARK, ATTR_NUMBER, mark), RULE(FWMASK, ATTR_NUMBER, mask),
	RULE(TABLE, ATTR_NUMBER, table), RULE(IP_PROTO, ATTR_NUMBER, ipproto),
	RULE(L3MDEV, ATTR_FLAG, l3mdev), { 0 },
};

static void take_ports(const struct nlattr *attr, uint64_t *first, uint64_t *last)
{
	const struct fib_rule_port_range *range = mnl_attr_get_payload(attr);

	if (mnl_attr_get_payload_len(attr) != sizeof(*range))
		return;
	*first = range->start;
	*last = range->end;
}

static void take_special(struct world_rule *rule, const struct nlattr *attr)
{
	const struct fib_rule_uid_range *uids = mnl_attr_get_payload(attr);

	switch (mnl_attr_get_type(attr)) {
	case FRA_SPORT_RANGE:
		return take_ports(attr, &rule->sport_first, &rule->sport_last);
	case FRA_DPORT_RANGE:
		return take_ports(attr, &rule->dport_first, &rule->dport_last);
	case FRA_UID_RANGE:
		rule->has_uids = mnl_attr_get_payload_len(attr) == sizeof(*uids);
		if (rule->has_uids) {
			rule->uid_first = uids->start;
			rule->uid_last = uids->end;
		}
		break;
	case FRA_SUPPRESS_PREFIXLEN:
		rule->suppress_prefix = (int32_t)attr_number(attr);
	}
}

static void take_rule(const struct nlmsghdr *msg, void *arg)
{
	struct dump *d = arg;
	const struct fib_rule_hdr *head = msg ? mnl_nlmsg_get_payload(msg) : NULL;
	struct world_rule rule = { .suppress_prefix = -1 };
	const struct nlattr *attr;

	if (!msg)
		d->ns->n_rules = 0;
	if (!msg || msg->nlmsg_type != RTM_NEWRULE || (head->family != AF_INET && head->family != AF_INET6))
		return;
	rule.family = head->family;
	rule.action = head->action;
	rule.table = head->table;
	rule.tos = head->tos;
	rule.invert = head->flags & FIB_RULE_INVERT;
	rule.src.len = head->src_len;
	rule.dst.len = head->dst_len;
	attr_take_all(d->w->arena, rule_rows, msg, sizeof(*head), &rule);
	mnl_attr_for_each(attr, msg, sizeof(*head)) take_special(&rule, attr);
	arena_push(d->w->arena, d->ns->rules, d->ns->n_rules, rule);
}

void world_read_policy(struct world *w, struct world_netns *ns, struct netlink *nl)
{
	struct dump d = { w, ns, nl, 0 };
	struct netlink_batch b;

	netlink_start(&b);
	netlink_add_dump(&b, RTM_GETRULE, sizeof(struct fib_rule_hdr));
	dump_run(&d, &b, take_rule, "routing rules");
}
