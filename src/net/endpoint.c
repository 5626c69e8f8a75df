/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/endpoint.h"

#include <errno.h>

#include "kernel/net/link.h"
#include "kernel/net/neigh.h"
#include "kernel/net/route.h"
#include "net/subnet.h"

enum { LOOPBACK = 1 }; /* lo's index in every network namespace (Linux 3.8: LOOPBACK_IFINDEX) */

static int configure(struct netlink *nl, const struct endpoint *ep, struct err *e)
{
	struct netlink_batch b;
	uint8_t mac[LINK_MAC];
	struct link_info link;
	int r = link_get(nl, ep->link, &link, e);

	if (r < 0)
		return r;
	subnet_mac(ep->gateway, mac);
	netlink_start(&b);
	link_put_up(&b, LOOPBACK, "lo", NULL);
	addr_put_add(&b, link.index, ep->link, ep->addr);
	link_put_up(&b, link.index, ep->link, NULL);
	neigh_put(&b, link.index, ep->link, ep->gateway, mac);
	route_put_default(&b, link.index, ep->gateway);
	return netlink_run(nl, &b, NULL, NULL, e);
}

int endpoint_configure(const struct endpoint *ep, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	int r = netlink_open(&nl, NETLINK_ROUTE, e);

	if (r == 0)
		r = configure(&nl, ep, e);
	netlink_close(&nl);
	return r;
}

static int different(struct err *e, const struct endpoint *ep, const char *cause, const char *want,
		     const char *have)
{
	err_set(e, "endpoint-different", ESTALE, "check link %s", ep->link);
	return err_cause(e, "%s %s%s%s", cause, want, have ? ", but " : "", have ? have : "");
}

static int check_address(struct netlink *nl, struct arena *a, const struct endpoint *ep, int index,
			 struct err *e)
{
	char want[IP4NET_TEXT], have[IP4NET_TEXT];
	struct ip4net *addrs;
	size_t count;
	int r = addr_list(nl, a, index, &addrs, &count, e);

	if (r < 0)
		return r;
	if (addr_listed(addrs, count, ep->addr))
		return 0;
	return different(e, ep, "it should have the address", ip4net_text(ep->addr, want),
			 count ? ip4net_text(addrs[0], have) : "none");
}

static int check_route(struct netlink *nl, const struct endpoint *ep, int index, struct err *e)
{
	char want[IP4NET_TEXT], have[IP4NET_TEXT];
	uint32_t gateway;
	int oif, r = route_default(nl, &gateway, &oif, e);

	ip4_text(ep->gateway, want);
	if (r == -ESRCH)
		return different(e, ep, "the default route should go through", want, "there is none");
	if (r < 0)
		return r;
	if (gateway != ep->gateway)
		return different(e, ep, "the default route should go through", want, ip4_text(gateway, have));
	if (oif != index)
		return different(e, ep, "the default route should use this link through", want,
				 "uses another");
	return 0;
}

static int check_neighbour(struct netlink *nl, const struct endpoint *ep, int index, struct err *e)
{
	char text[IP4NET_TEXT];
	uint8_t mac[LINK_MAC];
	int r;

	subnet_mac(ep->gateway, mac);
	r = neigh_is(nl, index, ep->gateway, mac, e);
	return r ? r < 0 ? r : 0 :
		   different(e, ep, "it should know the MAC address of", ip4_text(ep->gateway, text),
			     "may be told another");
}

int endpoint_check(struct netlink *nl, struct arena *a, const struct endpoint *ep, struct err *e)
{
	struct link_info link;
	int r = link_get(nl, ep->link, &link, e);

	if (r < 0)
		return r;
	if (!(link.flags & IFF_UP))
		return different(e, ep, "it should be", "up", "it is down");
	r = check_address(nl, a, ep, link.index, e);
	if (r == 0)
		r = check_route(nl, ep, link.index, e);
	return r < 0 ? r : check_neighbour(nl, ep, link.index, e);
}
