/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/world/read.h"

/*
 * Which way a packet goes out of a namespace: the rules of ip-rule(8) in the order of their priority, the table that
 * each names, there the longest prefix, then TOS and metric. As net/core/fib_rules.c, net/ipv4/fib_trie.c and
 * net/ipv6/route.c do. Pure.
 */
struct route_ask {
	struct ip dst, src; /* src: none, where it is still to be chosen */
	uint32_t mark;
	uint8_t tos, proto;
	uint16_t sport, dport;
	int64_t iif; /* index of the link that it came by; 0: from a socket here */
	int64_t oif; /* the socket or the question is bound to it; 0: none */
	int64_t uid; /* -1: not known */
};

enum route_kind {
	ROUTE_NONE, /* no route: neither rules nor tables have one */
	ROUTE_OUT,  /* RTN_UNICAST: by link `oif`, to `via` or, without, to the address itself */
	ROUTE_LOCAL,
	ROUTE_BROADCAST,
	ROUTE_REFUSED, /* blackhole, unreachable, prohibit: of a route or, where that is NULL, of a rule */
	ROUTE_UNKNOWN, /* it can't be said: reason */
};

struct route_answer {
	enum route_kind kind;
	const struct world_route *route;
	const struct world_rule *rule; /* NULL: namespaces whose rules are the kernel's three */
	uint64_t type;                 /* RTN_* */
	int64_t oif;
	struct ip via, prefsrc;
	bool onlink;
	const char *reason;
};

void route_lookup(const struct world_netns *ns, const struct route_ask *q, struct route_answer *r);

/* As ip-route(8) and ip-rule(8) print them. */
const char *route_text(struct arena *a, const struct world_netns *ns, const struct world_route *route);
const char *route_rule_text(struct arena *a, const struct world_rule *rule);
const char *route_table_text(struct arena *a, uint64_t table);

/* The source that the kernel chooses for a packet that goes this way; none: there is no address. */
struct ip route_source(const struct world_netns *ns, const struct route_answer *r, struct ip dst);

/* As inet_select_addr(): an address of the link, in the subnet of dst if there is one. */
struct ip route_address(const struct world_netns *ns, int64_t link, struct ip dst, uint64_t scope);

/* The default route of table main with the least metric; NULL: there is none. */
const struct world_route *route_way_out(const struct world_netns *ns, uint8_t family);

/* Is it an address of this namespace (RTN_LOCAL of the local table)? */
bool route_is_local(const struct world_netns *ns, struct ip ip);
