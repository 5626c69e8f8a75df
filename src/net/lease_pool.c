/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/lease_pool.h"

#include <errno.h>

/* The largest subnet that addresses are given from is a /16; of a larger one of IPv6, the beginning. */
enum { LEN_MIN = 16, LEN_MAX = 30, LEN6_MAX = 126, ADDRS_MAX = 1 << 16 };

int lease_check_pool(const struct lease_pool *pool, struct err *e)
{
	bool ipv6 = pool->subnet.family == AF_INET6;
	char text[IP_TEXT];

	if (ip_is(pool->subnet) && (ipv6 || pool->subnet.len >= LEN_MIN) &&
	    pool->subnet.len <= (ipv6 ? LEN6_MAX : LEN_MAX))
		return 0;
	err_set(e, "bad-subnet", EINVAL, "take an address of %s", ip_net_text(pool->subnet, text));
	return err_cause(e, "addresses are given from networks of /%d to /%d, or to /%d of IPv6", LEN_MIN,
			 LEN_MAX, LEN6_MAX);
}

struct ip lease_gateway(const struct lease_pool *pool)
{
	return ip_is(pool->gateway) ? pool->gateway : ip_add(ip_network(pool->subnet), 1);
}

struct lease_range lease_range(const struct lease_pool *pool)
{
	struct ip net = ip_network(pool->subnet), first = ip_add(net, 1), end = ip_last(net);
	struct ip part = ip_network(pool->range), behind = ip_add(ip_last(part), 1),
		  gateway = lease_gateway(pool);
	uint32_t count;

	if (ip_is(part) && ip_distance(first, part) != UINT32_MAX)
		first = part;
	if (ip_is(part) && ip_distance(behind, end) != UINT32_MAX)
		end = behind;
	if (ip_is(pool->first) && ip_distance(first, pool->first) != UINT32_MAX)
		first = pool->first;
	if (ip_is(pool->last) && ip_distance(ip_add(pool->last, 1), end) != UINT32_MAX)
		end = ip_add(pool->last, 1);
	if (ip_same(first, gateway))
		first = ip_add(first, 1);
	first.len = net.len;
	/* beyond all counting, or nothing */
	count = ip_distance(end, first) == UINT32_MAX ? ip_distance(first, end) : 0;
	return (struct lease_range){ first, count < ADDRS_MAX - 2 ? count : ADDRS_MAX - 2,
				     ip_distance(first, gateway) };
}

bool lease_can_be_had(const struct lease_pool *pool, struct ip wanted)
{
	struct ip net = ip_network(pool->subnet);

	wanted.len = net.len;
	return ip_overlap(net, wanted) && !ip_same(wanted, net) && !ip_same(wanted, ip_last(net)) &&
	       !ip_same(wanted, lease_gateway(pool));
}
