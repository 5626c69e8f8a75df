/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/subnet.h"

#include <errno.h>
#include <stdbool.h>

#define FIRST_SUBNET 0x0a0a0000u /* 10.10.0.0 */
enum { SUBNETS = 256, SUBNET_LEN = 24 };

static bool is_free(struct ip4net subnet, const struct ip4net *used, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (ip4net_overlap(subnet, used[i]))
			return false;
	}
	return true;
}

int subnet_choose(const struct ip4net *used, size_t count, struct ip4net *subnet, struct err *e)
{
	for (uint32_t i = 0; i < SUBNETS; i++) {
		*subnet = (struct ip4net){.addr = FIRST_SUBNET + (i << 8), .len = SUBNET_LEN};
		if (is_free(*subnet, used, count))
			return 0;
	}
	err_set(e, "no-free-subnet", EADDRINUSE, "choose a subnet for the bridge");
	err_cause(e, "no free subnet: this host's addresses and routes overlap with all of 10.10.0.0/16");
	return err_hint(e, "see `ip address` and `ip route show table all`, or use --network none");
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
