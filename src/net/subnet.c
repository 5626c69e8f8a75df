/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/subnet.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/str.h"

enum { SUBNET_LEN = 24, WAY_OUT_LEN = 8 };

#define NET(a, b, len_)                                                                                      \
	{                                                                                                    \
		.addr = (uint32_t)(a) << 24 | (uint32_t)(b) << 16, .len = (len_)                             \
	}
static const struct ip4net default_pools[] = { NET(10, 10, 16), NET(10, 0, 8), NET(172, 16, 12),
					       NET(192, 168, 16) };

/* Who is in the way of a subnet; NULL: nobody. */
static const struct ip4net *clash(struct ip4net subnet, const struct ip4net *used, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (used[i].len >= WAY_OUT_LEN && ip4net_overlap(subnet, used[i]))
			return &used[i];
	return NULL;
}

static uint64_t end_of(struct ip4net net)
{
	return (uint64_t)(net.addr & ip4net_mask(net.len)) + ((uint64_t)1 << (32 - net.len));
}

/* What is in the way is passed over in one leap. */
static bool choose_of(struct ip4net pool, const struct ip4net *used, size_t count, struct ip4net *subnet,
		      const struct ip4net **in_the_way)
{
	uint64_t at = pool.addr & ip4net_mask(pool.len), end = end_of(pool),
		 size = (uint64_t)1 << (32 - SUBNET_LEN);

	while (at + size <= end) {
		const struct ip4net *other;

		*subnet = (struct ip4net){ .addr = (uint32_t)at, .len = SUBNET_LEN };
		other = clash(*subnet, used, count);
		if (!other)
			return true;
		*in_the_way = other;
		at = (end_of(*other) + size - 1) / size * size;
	}
	return false;
}

static int none_free(const struct ip4net *pools, size_t n_pools, const struct ip4net *const *last,
		     struct err *e)
{
	char pool[IP4NET_TEXT], other[IP4NET_TEXT], text[256];
	size_t n = 0;

	err_set(e, "no-free-subnet", EADDRINUSE, "choose a subnet for the bridge");
	for (size_t i = 0; i < n_pools && n < sizeof(text); i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "%s%s by %s", i ? ", " : "", ip4net_text(pools[i], pool),
			last[i] ? ip4net_text(*last[i], other) : "nothing, but it is smaller than a /24");
	err_cause(e, "no free subnet: this host's addresses and routes cover %s (and perhaps others)", text);
	return err_hint(
		e,
		"see `ip address` and `ip route show table all`, name another pool with --default-pool, or use "
		"--network none");
}

int subnet_choose(const struct ip4net *pools, size_t n_pools, const struct ip4net *used, size_t count,
		  struct ip4net *subnet, struct err *e)
{
	const struct ip4net *last[SUBNET_POOLS_MAX] = { NULL };

	if (n_pools == 0) {
		pools = default_pools;
		n_pools = ARRAY_LEN(default_pools);
	}
	for (size_t i = 0; i < n_pools; i++)
		if (choose_of(pools[i], used, count, subnet, &last[i]))
			return 0;
	return none_free(pools, n_pools, last, e);
}

struct ip4net subnet_network(struct ip4net subnet)
{
	subnet.addr &= ip4net_mask(subnet.len);
	return subnet;
}

struct ip4net subnet_gateway(struct ip4net subnet)
{
	subnet = subnet_network(subnet);
	subnet.addr += 1;
	return subnet;
}

void subnet_mac(uint32_t addr, uint8_t mac[static 6])
{
	mac[0] = 0x02;
	mac[1] = 0x42;
	mac[2] = (uint8_t)(addr >> 24);
	mac[3] = (uint8_t)(addr >> 16);
	mac[4] = (uint8_t)(addr >> 8);
	mac[5] = (uint8_t)addr;
}
