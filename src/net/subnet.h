/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kernel/net/addr.h"

/*
 * The IPv4 plan of a bridge network, pure arithmetic. A network is a /24: .0 is the network, .1 the
 * gateway (the bridge itself), .2 to .254 are the containers', .255 is broadcast.
 */

enum { SUBNET_POOLS_MAX = 8 };

/* Choose the first /24 of the pools that overlaps with none of the prefixes in use (see addr_list() and
 * route_list()). A prefix shorter than /8 is a way out, such as the two halves of everything that a VPN routes to
 * itself, and no clash. n_pools 0: 10.10.0.0/16, then all that is private, 10.0.0.0/8, 172.16.0.0/12 and
 * 192.168.0.0/16. Code "no-free-subnet"; the cause names what covers what. */
int subnet_choose(const struct ip4net *pools, size_t n_pools, const struct ip4net *used, size_t count,
		  struct ip4net *subnet, struct err *e);

/* The gateway's address, with the network's length: 10.10.0.1/24. The subnet may be given by any address
 * within it. */
struct ip4net subnet_gateway(struct ip4net subnet);

/* The network itself: 10.10.0.0/24. */
struct ip4net subnet_network(struct ip4net subnet);

/* A MAC address for an IPv4 address: 02:42 and its four bytes. Bit 1 of the first byte says "locally
 * administered", bit 0 clear "not a group". One address on one bridge means one MAC, so neighbours' ARP
 * entries stay true when a container comes back with its address. */
void subnet_mac(uint32_t addr, uint8_t mac[static 6]);
