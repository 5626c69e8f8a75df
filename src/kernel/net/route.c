/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

void route_put_default(struct netlink_batch *b, int index, uint32_t gateway)
{
	struct rtmsg *rtm = netlink_add(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*rtm));

	netlink_label(b, "route-set", "set the default route", "");
	rtm->rtm_family = AF_INET;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_BOOT; /* as `ip route add` says */
	rtm->rtm_scope = RT_SCOPE_UNIVERSE;
	rtm->rtm_type = RTN_UNICAST;
	netlink_put_be32(b, RTA_GATEWAY, gateway);
	netlink_put_u32(b, RTA_OIF, (uint32_t)index);
}

/* One route out of a dump. */
struct route {
	struct ip4net to;
	uint32_t gateway, table, metric;
	int index;
	uint8_t type; /* RTN_* */
};

static bool parse_route(struct route *route, const struct nlmsghdr *msg)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(msg);
	const struct nlattr *attr;

	if (msg->nlmsg_type != RTM_NEWROUTE || rtm->rtm_family != AF_INET || rtm->rtm_flags & RTM_F_CLONED)
		return false;
	*route = (struct route){ .to.len = rtm->rtm_dst_len, .table = rtm->rtm_table, .type = rtm->rtm_type };
	mnl_attr_for_each(attr, msg, sizeof(*rtm))
	{
		switch (mnl_attr_get_type(attr)) {
		case RTA_DST:
			route->to.addr = ntohl(mnl_attr_get_u32(attr));
			break;
		case RTA_GATEWAY:
			route->gateway = ntohl(mnl_attr_get_u32(attr));
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
		}
	}
	return true;
}

static int dump(struct netlink *nl, netlink_fn *fn, void *arg, struct err *e)
{
	struct netlink_batch b;
	struct rtmsg *rtm;

	netlink_start(&b);
	rtm = netlink_add_dump(&b, RTM_GETROUTE, sizeof(*rtm));
	netlink_label(&b, "route-list", "list routes", "");
	rtm->rtm_family = AF_INET;
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

int route_default(struct netlink *nl, uint32_t *gateway, int *index, struct err *e)
{
	struct best best = { 0 };
	int r = dump(nl, take_default, &best, e);

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

int route_out(struct netlink *nl, int *index, uint32_t *mtu, struct err *e)
{
	const uint32_t somewhere = 192U << 24 | 88 << 16 | 99 << 8 |
				   1; /* 192.88.99.1: public, and nobody's (RFC 7526) */
	struct netlink_batch b;
	struct out out = { 0 };
	struct rtmsg *rtm;
	int r;

	netlink_start(&b);
	rtm = netlink_add_get(&b, RTM_GETROUTE, sizeof(*rtm));
	netlink_label(&b, "route-out", "look up the way out", "");
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 32;
	netlink_put_be32(&b, RTA_DST, somewhere);
	r = netlink_run(nl, &b, take_out, &out, e);
	*index = out.index;
	*mtu = out.mtu;
	return r < 0 || out.index ? r : err_set(e, "route-out", ESRCH, "look up the way out");
}

struct listing {
	struct arena *arena;
	struct ip4net *list;
	size_t count;
};

static void take_destination(const struct nlmsghdr *msg, void *arg)
{
	struct listing *l = arg;
	struct route route;

	if (!msg)
		l->count = 0;
	else if (parse_route(&route, msg) && route.to.len > 0 && route.type != RTN_LOCAL &&
		 route.type != RTN_BROADCAST)
		arena_push(l->arena, l->list, l->count, route.to);
}

int route_list(struct netlink *nl, struct arena *a, struct ip4net **list, size_t *count, struct err *e)
{
	struct listing l = { .arena = a };
	int r = dump(nl, take_destination, &l, e);

	*list = l.list;
	*count = l.count;
	return r;
}
