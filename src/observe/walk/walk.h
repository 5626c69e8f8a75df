/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/world/world.h"

/*
 * A walk: the way of one packet through a world, and of the reply back. Pure: (world, packet) → hops and a
 * verdict. What it can't decide (an expression that it doesn't know, a BPF program, what could not be read) is
 * `unknown` with the reason; a walk through it is a suspicion, never a finding.
 *
 * It does in order what the kernel does: walk/walk.c is the way from namespace to namespace, and each layer a
 * file of its own: route.c (ip-rule(8), tables), neigh.c, link.c (cable, bridge, VLAN, macvlan), filter.c (which
 * base chains run at a hook, in order of priority, of nf_tables and xtables), nft.c and xt.c (rules, evaluated
 * expression by expression), conntrack.c (state and NAT of this one connection), socket.c (who listens).
 */

struct walk_packet {
	uint64_t netns;  /* where its socket is; from outside: that of the host, and iif */
	const char *iif; /* it comes in by this link instead of from a socket; or NULL */
	struct ip src;   /* none: as the kernel chooses it */
	struct ip dst;
	uint8_t proto; /* IPPROTO_TCP, _UDP, _ICMP, _ICMPV6, _SCTP */
	uint16_t sport, dport;
	uint8_t icmp_type; /* echo request, where 0 */
	uint32_t size;     /* of the packet; 0: small */
	uint32_t mark;
	bool asks_anew; /* as if nobody had learned of neighbours yet: what is learned wrongly mends itself */
};

enum walk_verdict { WALK_ARRIVES, WALK_BLOCKED, WALK_UNKNOWN };

struct walk_hop {
	const char *netns; /* title of the namespace */
	uint64_t netns_inode;
	const char *
		layer; /* "socket", "route", "neighbour", "link", "bridge", "filter", "nat", "sysctl", "listener", "outside" */
	const char *object;  /* "br0", "nft inet filter forward", "table main" */
	const char *decided; /* the rule, route or setting, as its own tool prints it; or NULL */
	const char *text;    /* a sentence for a person */
	bool is_reply;
	enum walk_verdict verdict; /* of this hop: WALK_ARRIVES goes on */
};

/* A place among rules, by the kernel's own names: a rule, or the end of a base chain. */
struct walk_place {
	const char
		*tool; /* "nft", "iptables-legacy", "ip6tables-legacy", "ebtables-legacy"; NULL: it is none */
	uint64_t family; /* NFPROTO_* of the table */
	const char *table, *base;
	const char *
		chain; /* that the rule is in: not always the base chain. NULL: the end of that one, its policy */
	uint64_t handle; /* of the rule, in nf_tables; in xtables its number in the chain, from 1 */
};

struct walk {
	struct walk_hop *hops;
	size_t n_hops;
	enum walk_verdict verdict;
	/* of the hop that decided, where it is blocked or unknown */
	const char *
		code; /* why, in doctor's words where there is one: "forwarding-off", "forward-policy-drop" ... */
	const char *object, *rule,
		*setting; /* what decided: a rule (its text), or a setting ("net.ipv4.ip_forward=0") */
	struct walk_place place;
	uint64_t netns;     /* where */
	const char *reason; /* of unknown */
	struct ip src, dst; /* as it arrives, behind NAT; where it does not, dst is whom it was for */
	const char *out;    /* the link by which it left the machine; NULL: it arrived within */
};

void walk(const struct world *w, const struct walk_packet *p, struct arena *a, struct walk *out);

const char *walk_verdict_name(enum walk_verdict v); /* "arrives", "blocked", "unknown" */
