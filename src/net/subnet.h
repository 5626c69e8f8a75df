/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kernel/net/ip.h"

/*
 * The addresses of a network, pure arithmetic. A subnet is a /24, or a /64 of IPv6: its first address is
 * the network's, the next the gateway's (the bridge itself), the others are the containers', but the last
 * one, which is for broadcasts.
 */

enum { SUBNET_POOLS_MAX = 8 };

/* Choose the first /24 (of a pool of IPv6: /64) of the pools that overlaps with none of the prefixes in
 * use (see addr_list() and route_list()). A prefix shorter than /8 is a way out, such as the two halves of
 * everything that a VPN routes to itself, and no clash. n_pools 0: 10.10.0.0/16, then all that is private,
 * 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16. Code "no-free-subnet"; the cause names what covers what. */
int subnet_choose(const struct ip *pools, size_t n_pools, const struct ip *used, size_t count,
		  struct ip *subnet, struct err *e);

/* The gateway's address, with the network's length: 10.10.0.1/24. The subnet may be given by any address
 * within it. */
struct ip subnet_gateway(struct ip subnet);

/* A MAC address for an address: 02:42 and its last four bytes. Bit 1 of the first byte says "locally
 * administered", bit 0 clear "not a group". One address on one bridge means one MAC, so neighbours' ARP
 * entries stay true when a container comes back with its address. */
void subnet_mac(struct ip addr, uint8_t mac[static 6]);
