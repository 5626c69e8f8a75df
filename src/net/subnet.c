/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/subnet.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/str.h"

enum { SUBNET_LEN = 24, SUBNET6_LEN = 64, WAY_OUT_LEN = 8 };

#define NET(a, b, len_)                                                                                      \
	{                                                                                                    \
		.family = AF_INET, .len = (len_), .bytes = {(a), (b) }                                       \
	}
static const struct ip default_pools[] = { NET(10, 10, 16), NET(10, 0, 8), NET(172, 16, 12),
					   NET(192, 168, 16) };

/* Who is in the way of a subnet; NULL: nobody. */
static const struct ip *clash(struct ip subnet, const struct ip *used, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (used[i].len >= WAY_OUT_LEN && ip_overlap(subnet, used[i]))
			return &used[i];
	return NULL;
}

/* The subnet behind both of them, where there is one below the end of the addresses. */
static bool go_behind(struct ip *subnet, struct ip other)
{
	struct ip last = ip_last(other.len < subnet->len ? other : *subnet), next = ip_add(last, 1);

	next.len = subnet->len;
	*subnet = next;
	return ip_distance(last, next) == 1;
}

/* What is in the way is passed over in one leap. */
static bool choose_of(struct ip pool, const struct ip *used, size_t count, struct ip *subnet,
		      const struct ip **in_the_way)
{
	uint8_t len = pool.family == AF_INET6 ? SUBNET6_LEN : SUBNET_LEN;
	const struct ip *other;

	*subnet = ip_network(pool);
	subnet->len = len;
	if (pool.len > len)
		return false;
	while ((other = clash(*subnet, used, count))) {
		*in_the_way = other;
		if (!go_behind(subnet, *other) || !ip_overlap(*subnet, pool))
			return false;
	}
	return true;
}

static int none_free(const struct ip *pools, size_t n_pools, const struct ip *const *last, struct err *e)
{
	char pool[IP_TEXT], other[IP_TEXT], text[256];
	size_t n = 0;

	err_set(e, "no-free-subnet", EADDRINUSE, "choose a subnet for the bridge");
	for (size_t i = 0; i < n_pools && n < sizeof(text); i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "%s%s by %s", i ? ", " : "", ip_net_text(pools[i], pool),
			last[i] ? ip_net_text(*last[i], other) : "nothing, but it is smaller than a subnet");
	err_cause(e, "no free subnet: this host's addresses and routes cover %s (and perhaps others)", text);
	return err_hint(
		e,
		"see `ip address` and `ip route show table all`, name another pool with --default-pool, or use "
		"--network none");
}

int subnet_choose(const struct ip *pools, size_t n_pools, const struct ip *used, size_t count,
		  struct ip *subnet, struct err *e)
{
	const struct ip *last[SUBNET_POOLS_MAX] = { NULL };

	if (n_pools == 0) {
		pools = default_pools;
		n_pools = ARRAY_LEN(default_pools);
	}
	for (size_t i = 0; i < n_pools; i++)
		if (choose_of(pools[i], used, count, subnet, &last[i]))
			return 0;
	return none_free(pools, n_pools, last, e);
}

struct ip subnet_gateway(struct ip subnet)
{
	return ip_add(ip_network(subnet), 1);
}

void subnet_mac(struct ip addr, uint8_t mac[static 6])
{
	size_t n = ip_size(addr);

	mac[0] = 0x02;
	mac[1] = 0x42;
	for (size_t i = 0; i < 4; i++)
		mac[2 + i] = n ? addr.bytes[n - 4 + i] : 0;
}
