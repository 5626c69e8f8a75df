/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "kernel/net/ip.h"
#include "kernel/net/netlink.h"

/*
 * The firewall rules that guise adds: one nf_tables table of its own, for all networks of all state
 * directories.
 *
 *     table inet guise {
 *             set bridges    { type ifname;          elements = { "guise0" comment "guise network bridge" } }
 *             set within     { type ifname . ifname; elements = { "guise0" . "guise0" comment ... } }
 *             set internal   { type ifname; }
 *             set open       { type ifname; }
 *             set routed     { type ifname; }
 *             set subnets    { type ipv4_addr; flags interval; elements = { 10.10.0.0/24 comment ... } }
 *             set subnets6   { type ipv6_addr; flags interval; }
 *             set forwarding { type nf_proto; elements = { ipv4 } }
 *             chain postrouting {
 *                     type nat hook postrouting priority srcnat; policy accept;
 *                     ip saddr @subnets oif != "lo" oifname != @bridges masquerade
 *                     ip6 saddr @subnets6 oif != "lo" oifname != @bridges masquerade
 *             }
 *             chain forward {
 *                     type filter hook forward priority filter; policy accept;
 *                     meta nfproto @forwarding iifname != @bridges oifname != @bridges drop
 *                     ct state established iifname != @internal accept
 *                     iifname . oifname @within accept
 *                     iifname @open oifname @open accept
 *                     iifname @internal drop
 *                     oifname @routed accept
 *                     oifname @bridges ct status dnat accept
 *                     oifname @bridges ct state invalid,new,untracked drop
 *             }
 *     }
 *
 * The rules are always the same; what networks there are say the sets. So neither a packet nor a further
 * network costs more with their number. (But for subnets, which are a tree.) Whose an element is says its
 * comment.
 *
 * A container may reach what is outside, and is answered, unless its network is internal; nobody outside
 * of its bridge reaches it unasked, but for the containers of another network, where both are `open`, and unless
 * it is `routed`: then everybody does who has a route (no network is both). A family is in `forwarding` only if the machine did not forward its
 * packets before guise came: then it still forwards none between its other links. So the element is also the word that forwarding is to be switched off again. It belongs to all
 * networks together, and to the network namespace, as the bridges do.
 *
 * What is known to conntrack has passed the rules with its first packet, and is not looked up in all sets again: a turn
 * through NAT takes 6 % less.
 *
 * What a port of the host was led to a container for is let in (net/ports.h, whose chains are in the table, too); so is what
 * others' rules of NAT lead there, by whoever's order they were made.
 *
 * Nothing outside of this table is read or changed, and the table goes with the last network. What other
 * tables drop stays dropped: an accept ends a table's chain, not the others'. Everything is made of what
 * the caller describes, and can be put back at any time; what is there already stays as it is.
 *
 * The user data of a rule and of a bridge's element says, behind the comment, that guise made it, and of
 * which subnets (`nft list` doesn't show that). So a start knows by that alone that all is as it shall be.
 * A rule without it, as nft(8) makes them, is compared expression by expression.
 */
enum { RULES_SUBNETS = 4 };

struct rules_network {
	const char *mark;         /* whose elements they are: net/bridge.h */
	const char *bridge;       /* what leaves through no bridge ... */
	const struct ip *subnets; /* ... from these addresses, takes the link's address */
	size_t n_subnets;         /* RULES_SUBNETS at most */
	bool internal;            /* nothing leaves the bridge: no subnets then */
	bool open;                /* other networks that are open reach it, and it them */
	bool routed;              /* everybody reaches it who has a route */
};

/* See to it that the table is there, and the network in it exactly once and as described. One question to
 * the kernel where all is well: the rules are there, and the network's bridge. nl: nft_open(). */
int rules_ensure(struct netlink *nl, const struct rules_network *net, struct err *e);

/* The same, but everything is looked at: also what a stranger took out of a single set is put back. */
int rules_restore(struct netlink *nl, const struct rules_network *net, struct err *e);

/* 0 when the table and the network in it are as described, every expression compared; otherwise e says
 * what isn't: -ENOENT when something isn't there (code "nft-missing"), -ESTALE when it differs
 * ("nft-different"). */
int rules_check(struct netlink *nl, const struct rules_network *net, struct err *e);

/* Delete the elements with that mark, and with the last network's the table. Absent is fine. */
int rules_delete(struct netlink *nl, const char *mark, struct err *e);

/* All bridges that have elements, and their marks, both only for the call. */
typedef void rules_bridge_fn(const char *bridge, const char *mark, void *arg);
int rules_list_bridges(struct netlink *nl, rules_bridge_fn *fn, void *arg, struct err *e);

/* Nothing else of that family (AF_INET, AF_INET6) is forwarded, until the table goes. */
int rules_forwarding_ensure(struct netlink *nl, int family, struct err *e);

/* Is that so? */
int rules_forwarding_is(struct netlink *nl, int family, bool *is, struct err *e);

/* Is that so, and are there no networks but the one with that mark? */
int rules_forwarding_ends(struct netlink *nl, int family, const char *mark, bool *ends, struct err *e);
