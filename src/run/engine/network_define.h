/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/net/netlink.h"
#include "spec/network.h"
#include "state/state.h"

/*
 * Defining a network: what a person left open is chosen, and what clashes with this machine is refused. Subnets come from
 * the pools of net/subnet.h in /24s, and of the machine's own prefix (networks_prefix()) in /64s; none that the host's addresses or
 * routes cover, or that another network is defined with.
 */

/* What of a family is in use: addresses and routes of the host, and of networks that are defined, but `but` (NULL: of
 * all). */
int define_used(struct state *st, struct arena *a, struct netlink *nl, int family, const char *but,
		struct ip **used, size_t *n, struct err *e);

/* Complete n, in which nothing that was given is changed: its id, time, and subnets, one of IPv4 unless there is one
 * already or `ipv4` is false, and likewise of IPv6. Upon a link of the host's: run/engine/network_upon.h. 0, or -EADDRINUSE "subnet-taken", which names what is in the way;
 * "interface-taken". */
int define_network(struct state *st, struct arena *a, struct netlink *nl, struct network *n, bool ipv4,
		   bool ipv6, struct err *e);
