/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/endpoint.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <time.h>

#include "kernel/net/link.h"
#include "kernel/net/neigh.h"
#include "kernel/net/route.h"

enum { TURNS = 1000 }; /* five seconds */
enum { LOOPBACK = 1 }; /* lo's index in every network namespace (Linux 3.8: LOOPBACK_IFINDEX) */

static struct route_whole whole_of(const struct endpoint_route *route, int index)
{
	return (struct route_whole){ .family = route->to.family,
				     .type = RTN_UNICAST,
				     .scope = route->scoped	  ? route->scope :
					      ip_is(route->via) ? RT_SCOPE_UNIVERSE :
								  RT_SCOPE_LINK,
				     .protocol = RTPROT_BOOT,
				     .table = route->table ? route->table : RT_TABLE_MAIN,
				     .metric = route->metric,
				     .mtu = route->mtu,
				     .advmss = route->advmss,
				     .to = ip_network(route->to),
				     .via = route->via,
				     .index = index };
}

static int configure(struct netlink *nl, const struct endpoint *ep, struct err *e)
{
	struct netlink_batch b;
	struct link_info link;
	int r = link_get(nl, ep->link, &link, e);

	if (r < 0)
		return r;
	netlink_start(&b);
	link_put_up(&b, LOOPBACK, "lo", NULL);
	for (size_t i = 0; i < ep->n; i++)
		addr_put_add(&b, link.index, ep->link, ep->at[i].addr);
	link_put_up(&b, link.index, ep->link, NULL);
	for (size_t i = 0; i < ep->n; i++) {
		if (!ip_is(ep->at[i].gateway))
			continue;
		if (!ep->on_lan)
			neigh_put(&b, link.index, ep->link, ep->at[i].gateway, ep->gateway_mac);
		route_put_default(&b, link.index, ep->at[i].gateway);
	}
	for (size_t i = 0; !ep->on_lan && i < ep->n_known; i++)
		neigh_put(&b, link.index, ep->link, ep->known[i], ep->gateway_mac);
	for (size_t i = 0; i < ep->n_routes; i++) {
		struct route_whole route = whole_of(&ep->routes[i], link.index);

		route_put_whole(&b, true, &route, ep->link);
	}
	return netlink_run(nl, &b, NULL, NULL, e);
}

/* Upon a link of the host's (kernel/net/upper.h) no two have one MAC address, and of ipvlans no two one address. One that
 * has ours is that of a container which has just ended: the kernel takes it away in the background. */
static bool is_held(const struct endpoint *ep, int r)
{
	return ep->on_lan && (r == -EBUSY || r == -EADDRINUSE);
}

int endpoint_configure(const struct endpoint *ep, struct err *e)
{
	static const struct timespec moment = { .tv_nsec = 5000000 };
	struct netlink nl = NETLINK_CLOSED;
	int r = netlink_open(&nl, NETLINK_ROUTE, e);

	if (r == 0)
		r = configure(&nl, ep, e);
	for (int turn = 0; is_held(ep, r) && turn < TURNS; turn++) {
		nanosleep(&moment, NULL);
		*e = (struct err){ 0 };
		r = configure(&nl, ep, e);
	}
	if (is_held(ep, r))
		err_cause(e, "another link on its parent has its MAC address, or its address");
	netlink_close(&nl);
	return r;
}

static int different(struct err *e, const struct endpoint *ep, const char *cause, const char *want,
		     const char *have)
{
	err_set(e, "endpoint-different", ESTALE, "check link %s", ep->link);
	return err_cause(e, "%s %s%s%s", cause, want, have ? ", but " : "", have ? have : "");
}

static int check_address(struct netlink *nl, struct arena *a, const struct endpoint *ep, struct ip addr,
			 int index, struct err *e)
{
	char want[IP_TEXT], have[IP_TEXT];
	struct ip *addrs;
	size_t count;
	int r = addr_list(nl, a, addr.family, index, &addrs, &count, e);

	if (r < 0)
		return r;
	if (addr_listed(addrs, count, addr))
		return 0;
	return different(e, ep, "it should have the address", ip_net_text(addr, want),
			 count ? ip_net_text(addrs[0], have) : "none");
}

static int check_route(struct netlink *nl, const struct endpoint *ep, struct ip want, int index,
		       struct err *e)
{
	char text[IP_TEXT], have[IP_TEXT];
	struct ip gateway;
	int oif, r = route_default(nl, want.family, &gateway, &oif, e);

	ip_text(want, text);
	if (r == -ESRCH)
		return different(e, ep, "the default route should go through", text, "there is none");
	if (r < 0)
		return r;
	if (!ip_same(gateway, want))
		return different(e, ep, "the default route should go through", text,
				 ip_is(gateway) ? ip_text(gateway, have) : "goes through none");
	if (oif != index)
		return different(e, ep, "the default route should use this link through", text,
				 "uses another");
	return 0;
}

static int check_neighbour(struct netlink *nl, const struct endpoint *ep, struct ip gateway, int index,
			   struct err *e)
{
	char text[IP_TEXT];
	int r = neigh_is(nl, index, gateway, ep->gateway_mac, e);

	return r ? r < 0 ? r : 0 :
		   different(e, ep, "it should know the MAC address of", ip_text(gateway, text),
			     "may be told another");
}

/* A default route without a gateway. */
static int check_way_out(struct netlink *nl, const struct endpoint *ep, struct ip to, int index,
			 struct err *e)
{
	struct ip gateway;
	int oif, r = route_default(nl, to.family, &gateway, &oif, e);

	if (r == -ESRCH)
		return different(e, ep, "there should be a default route", "through this link",
				 "there is none");
	return r < 0 || (oif == index && !ip_is(gateway)) ?
		       r :
		       different(e, ep, "the default route should go", "through this link alone",
				 "it does not");
}

/* Nothing is said of it but that it is a default route, without a gateway. */
static bool is_way_out(const struct endpoint_route *route)
{
	return route->to.len == 0 && !ip_is(route->via) && !route->table && !route->metric;
}

static int check_more(struct netlink *nl, const struct endpoint *ep, const struct endpoint_route *route, int index,
		      struct err *e)
{
	struct route_whole want = whole_of(route, index);
	char text[IP_TEXT];
	int r;

	if (is_way_out(route))
		return check_way_out(nl, ep, route->to, index, e);
	r = route_is(nl, &want, e);
	return r ? r < 0 ? r : 0 :
		   different(e, ep, "there should be, as it was made, a route to", ip_net_text(want.to, text), NULL);
}

static int check_at(struct netlink *nl, struct arena *a, const struct endpoint *ep,
		    const struct endpoint_address *at, int index, struct err *e)
{
	int r = check_address(nl, a, ep, at->addr, index, e);

	if (r < 0 || !ip_is(at->gateway))
		return r;
	r = check_route(nl, ep, at->gateway, index, e);
	return r < 0 || ep->on_lan ? r : check_neighbour(nl, ep, at->gateway, index, e);
}

int endpoint_check(struct netlink *nl, struct arena *a, const struct endpoint *ep, struct err *e)
{
	struct link_info link;
	int r = link_get(nl, ep->link, &link, e);

	if (r < 0)
		return r;
	if (!(link.flags & IFF_UP))
		return different(e, ep, "it should be", "up", "it is down");
	for (size_t i = 0; r == 0 && i < ep->n; i++)
		r = check_at(nl, a, ep, &ep->at[i], link.index, e);
	for (size_t i = 0; r == 0 && !ep->on_lan && i < ep->n_known; i++)
		r = check_neighbour(nl, ep, ep->known[i], link.index, e);
	for (size_t i = 0; r == 0 && i < ep->n_routes; i++)
		r = check_more(nl, ep, &ep->routes[i], link.index, e);
	return r;
}
