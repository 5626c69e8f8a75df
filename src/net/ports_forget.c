/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/ports_forget.h"

#include <errno.h>
#include <linux/netlink.h>

#include "base/arena.h"
#include "kernel/net/addr.h"
#include "kernel/net/conntrack.h"
#include "kernel/net/nft.h"

struct own {
	const struct ports_range *range;
	enum ports_when when;
	const struct ip *host; /* its addresses */
	size_t n_host;
};

static bool is_host(const struct own *own, struct ip ip)
{
	for (size_t i = 0; i < own->n_host; i++)
		if (ip_same(own->host[i], ip))
			return true;
	return ip.family == AF_INET && ip.bytes[0] == 127;
}

static bool is_to_ports(const struct own *own, const struct conntrack *ct)
{
	const struct ports_range *r = own->range;

	return ct->proto == r->proto && ct->orig.dport >= r->first && ct->orig.dport < r->first + r->count &&
	       (ip_is(r->at) ? ip_same(ct->orig.dst, r->at) : is_host(own, ct->orig.dst));
}

/* Answers come from where it was led. */
static bool is_led(const struct ports_range *r, const struct conntrack *ct)
{
	return ip_same(ct->reply.src, r->to) && ct->reply.sport == r->target + ct->orig.dport - r->first;
}

static bool is_old(const struct conntrack *ct, void *arg)
{
	struct own *own = arg;
	bool here = is_to_ports(own, ct);

	switch (own->when) {
	case PORTS_BEGIN:
		return here;
	case PORTS_AGAIN:
		return here && !is_led(own->range, ct);
	case PORTS_END:
		return here && is_led(own->range, ct);
	}
	return false;
}

static int list_own(struct arena *a, struct own *own, struct err *e)
{
	struct netlink route = NETLINK_CLOSED;
	int r = netlink_open(&route, NETLINK_ROUTE, e);
	struct ip *list = NULL;

	if (r == 0)
		r = addr_list(&route, a, own->range->family, 0, &list, &own->n_host, e);
	own->host = list;
	netlink_close(&route);
	return r;
}

/* A socket of its own: the one that rules are made by may wait for the kernel when it is closed. Without
 * netfilter nothing is remembered. */
int ports_forget_those(int family, conntrack_fn *fn, void *arg, struct err *e)
{
	struct netlink nl = NETLINK_CLOSED;
	int r = nft_open(&nl, e);

	if (r == 0)
		r = conntrack_delete(&nl, family, fn, arg, e);
	netlink_close(&nl);
	if (r != -EOPNOTSUPP)
		return r;
	*e = (struct err){ 0 };
	return 0;
}

int ports_forget_connections(const struct ports_range *range, enum ports_when when, struct err *e)
{
	struct own own = { .range = range, .when = when };
	struct arena a = { 0 };
	int r = ip_is(range->at) ? 0 : list_own(&a, &own, e);

	if (r == 0)
		r = ports_forget_those(range->family, is_old, &own, e);
	arena_free(&a);
	return r;
}
