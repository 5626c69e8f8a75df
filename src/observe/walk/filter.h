/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "observe/walk/packet.h"
#include "observe/walk/walk.h"

/*
 * What the rules of a namespace do with a packet at one hook: every base chain of nf_tables and every table of xtables
 * that is there, in the kernel's order of priority, with NAT where it is done. Pure.
 *
 * A rule that can't be decided makes the verdict unknown only if it matters: the chain is gone through as if it did not
 * match, and what it would have led to is kept in mind. An accept that is one either way is an accept.
 *
 *     family                             hook
 *     NFPROTO_IPV4, NFPROTO_IPV6         NF_INET_PRE_ROUTING ... NF_INET_POST_ROUTING: with those of inet
 *     NFPROTO_BRIDGE                     the same numbers (NF_BR_*)
 *     NFPROTO_NETDEV                     NF_NETDEV_INGRESS (p->in; with inet's ingress), NF_NETDEV_EGRESS (p->out)
 *
 * The packet is changed as the kernel would: marks, addresses and ports by NAT, p->conn, p->is_untracked. Connection
 * tracking itself is the walk's: p->conn is that of the packet as it will be found at priority -200 of PRE_ROUTING and
 * OUTPUT; what comes before does not see it.
 */
enum filter_verdict { FILTER_ACCEPT, FILTER_DROP, FILTER_REJECT, FILTER_UNKNOWN };

/* What one base chain, or a table of xtables, decided. */
struct filter_hop {
	const char *layer;   /* "filter", "nat", "bridge" */
	const char *object;  /* "nft inet filter forward", "iptables-legacy filter FORWARD" */
	const char *decided; /* the text of the rule, or "policy drop"; NULL: nothing matched, accepted */
	const char *text;    /* a sentence */
	enum filter_verdict verdict;
};

struct filter_result {
	enum filter_verdict verdict;
	/* of what decided a drop, a reject or unknown */
	const char *code;   /* "forward-policy-drop", "forward-rule-drop", "input-drop", "output-drop",
			     "bridge-rule-drop", "prerouting-drop", "postrouting-drop", "netdev-drop" */
	const char *object; /* as in the hop */
	const char *rule;   /* its text */
	struct walk_place place;
	bool by_policy;
	const char *reason; /* of unknown: "the rule asks for the owner of the socket" */
	/* what was done on the way */
	bool snat, dnat;      /* NAT was set up here: addresses and ports are in the packet already */
	const char *nat_rule; /* by this rule */
	const char *nat_object;
	struct filter_hop *hops;
	size_t n_hops;
};

void filter_hook(const struct world_netns *ns, unsigned family, unsigned hook, struct packet *p,
		 struct arena *a, struct filter_result *r);
