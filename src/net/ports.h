/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "kernel/net/ip.h"
#include "kernel/net/netlink.h"
#include "kernel/net/nft.h"
#include "net/rules_table.h"

/*
 * Ports of the host that lead to containers: what guise's table (net/rules.h) has for them, once the first is published.
 *
 *     table inet guise {
 *             map published    { type inet_proto . inet_service : ipv4_addr . inet_service;
 *                                elements = { tcp . 8080 comment "guise port of container 0123456789ab" : 10.10.0.2 . 80 } }
 *             map published_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
 *             map published6, published6_at
 *             set home         { type ipv4_addr . ifname; flags interval; elements = { 10.10.0.0/24 . "guise0" } }
 *             set home6        { type ipv6_addr . ifname; flags interval; }
 *             chain publish { ... dnat ip to meta l4proto . th dport map @published ... }
 *             chain publish_in    { nat, prerouting:  fib daddr type local jump publish }
 *             chain publish_out   { nat, output:      fib daddr type local jump publish }
 *             chain publish_back  { nat, postrouting: masquerade }
 *             chain publish_guard { raw, prerouting }
 *     }
 *
 * The rules are the same whatever ports there are; a port is an element of a map. So neither a packet nor a further port
 * costs more with their number, and only the first packet of a connection asks at all. The table goes with the last
 * network, and these with it.
 *
 * - publish_in is for what comes from other machines and from containers, publish_out for the host itself. The client's
 *   address arrives unchanged.
 * - But for two, whose answers would not come by the host: a container that reaches another of its own network by the
 *   host's address (`home`: a network's subnets, each with its bridge. What came in by which link postrouting does not know
 *   where bridged packets pass the rules, too: br_netfilter), and the host by 127.0.0.1. Those take the bridge's address.
 *   Where they do, they stay on the bridge, and what a container sends to itself leaves by the port that it came in by: that
 *   one is a hairpin.
 * - 127.0.0.1 on the host leads to a container only if the bridge's link may have packets of 127.0.0.0/8
 *   (net.ipv4.conf.BRIDGE.route_localnet: STEP_LOCALNET). publish_guard sees to it that no other machine and no container
 *   sends or gets any: it is there before that setting is.
 * - ::1 has nothing like it: the chain passes it over, and who tries is refused.
 *
 * That what was led to a container is let in is one of the rules of net/rules.h.
 */

enum ports_set { PORTS_ANY, PORTS_AT, PORTS_ANY6, PORTS_AT6, PORTS_HOME, PORTS_HOME6, PORTS_SETS };
extern const struct rules_part ports_part;

/* It, as nft(8) reads it: the lines within the table's braces. */
extern const char ports_text[];

/* ---- what all ports share, and a network's part of it ---- */

struct ports_network {
	const char *mark; /* whose elements they are: net/bridge.h */
	const char *bridge;
	const struct ip *subnets;
	size_t n_subnets;
};

/* See to it that the chains are there, and the network in its sets, exactly as described. The table is there (net/rules.h).
 * nl: nft_open(). */
int ports_ensure(struct netlink *nl, const struct ports_network *net, struct err *e);

/* 0 when all is as described, every expression compared; else -ENOENT ("nft-missing") or -ESTALE ("nft-different"). */
int ports_check(struct netlink *nl, const struct ports_network *net, struct err *e);

/* Delete the network's elements. Absent is fine. */
int ports_forget(struct netlink *nl, const char *mark, struct err *e);

/* ---- ports ---- */

struct ports_singles;

/* So many ports in a row. */
struct ports_range {
	int family;     /* AF_INET, AF_INET6 */
	struct ip at;   /* the address of the host; none: all of that family */
	uint8_t proto;  /* IPPROTO_* */
	unsigned first; /* port of the host, */
	unsigned count;
	struct ip to;     /* which leads there, */
	unsigned target;  /* to this port */
	const char *mark; /* whose they are */
};

/* What the mark of a container's port begins with; the first twelve digits of its id follow. */
#define PORTS_MARK "guise port of container "

/* Add those that are not there. -EADDRINUSE "port-taken" where another has one of them, or, of all addresses of the host
 * and one, the same port; those before it may have been added: whoever knows that none were there deletes them. */
int ports_add(struct netlink *nl, const struct ports_range *range, struct err *e);

/* 0 when all of them are there; else as ports_check(). */
int ports_check_range(struct netlink *nl, const struct ports_range *range, struct err *e);

/* Delete those with that mark. Absent, or another's, is fine. */
int ports_delete(struct netlink *nl, const struct ports_range *range, struct err *e);

/* The mark of whoever else has one of them, as for ports_add(), and which; "" for nobody, *port is 0 then. singles: for
 * several such questions, net/ports_singles.h. */
int ports_owner(struct netlink *nl, const struct ports_range *range, struct ports_singles *singles,
		char owner[static NFT_COMMENT], unsigned *port, struct err *e);
