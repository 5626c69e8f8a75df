/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "kernel/net/ip.h"
#include "kernel/net/netlink.h"

/*
 * One rule more in a ruleset that is not guise's, and its way out again: known by its comment, as nft(8) shows it.
 * By hand and not with libnftnl (kernel/net/nft.h has the reason); the expressions are those that nft(8) makes of
 * these words:
 *
 *     insert rule FAMILY TABLE CHAIN [handle BEFORE]
 *             [iifname IN] [oifname OUT] [ip saddr SOURCE] [oifname != NOT_OUT] [ct state established,related] accept
 */
struct nft_insert {
	uint8_t family; /* NFPROTO_* of the table */
	const char *table, *chain;
	uint64_t before; /* the handle of the rule that it goes before; 0: it is the chain's first */
	const char *in, *out, *not_out;
	bool each; /* two rules, with the same comment: what comes in by `in`, and what goes out by `out` */
	struct ip source; /* a network; none: any */
	bool replies;     /* only those of a connection that was let in before */
	bool masquerade;  /* not accept */
	bool xtables;     /* of a chain of iptables-nft, which does not understand all that nft(8) writes */
	const char *comment;
	/* The table and the chain, nat's postrouting, are made with it, and the table goes with it. */
	bool own_table;
};

/* nl: nft_open(), in the network namespace that it is about. One that is there already is fine. */
int nft_insert(struct netlink *nl, const struct nft_insert *rule, struct err *e);

/* Is it there, as far as the comment tells? 1, 0 or -errno. */
int nft_inserted(struct netlink *nl, const struct nft_insert *rule, struct err *e);

/* Take away those of the chain with that comment; none is fine. table NULL, family 0: of all chains there are. */
int nft_remove(struct netlink *nl, const struct nft_insert *rule, struct err *e);
