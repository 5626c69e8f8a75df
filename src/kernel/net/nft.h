/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "kernel/net/ip.h"
#include "kernel/net/netlink.h"

/*
 * The firewall rules that guise adds: one nf_tables table of its own. Every bridge network has two rules in it, found
 * again by their comment, and one more says what else the machine forwards while guise has it forward:
 *
 *     table ip guise {
 *             chain postrouting {
 *                     type nat hook postrouting priority srcnat; policy accept;
 *                     ip saddr 10.10.0.0/24 oifname != "guise0" masquerade comment "guise bridge"
 *             }
 *             chain forward {
 *                     type filter hook forward priority filter; policy accept;
 *                     iifname != "guise0" oifname "guise0" ct state invalid,new,untracked drop comment "guise bridge"
 *                     iifname != "guise*" oifname != "guise*" drop comment "guise forwarding"
 *             }
 *     }
 *
 * A container may reach what is outside, and is answered; nobody outside of its bridge reaches it unasked. The last
 * rule is there only if the machine did not forward packets before guise came: then it still forwards none between
 * its other links. So the rule is also the word that forwarding is to be switched off again.
 *
 * Nothing outside of this table is read or changed, and the table goes with the last network. What other tables drop
 * stays dropped: an accept ends a table's chain, not the others'. Each change is one nf_tables transaction that the
 * kernel refuses if anyone's ruleset changed since it was looked at; it is then looked at again. So no lock is needed
 * between processes, and a rule never appears twice.
 *
 * Rules and chains are made and read with libnftnl. Behind the comment, a rule's user data also says which
 * subnet and bridge it was made for (`nft list` doesn't show that). So a start that finds its rules knows by
 * the user data alone that all is well, and touches no page of the library: in a fresh process the page
 * faults of that would cost more than the question to the kernel. A rule without it, as nft(8) makes them,
 * is compared expression by expression.
 * Source: linux/netfilter/nf_tables.h; generation check: Linux 4.10.
 */

#define NFT_TABLE      "guise"
#define NFT_FORWARDING "guise forwarding" /* the comment of the last rule */
#define NFT_BRIDGES    "guise*"           /* and the names of the links that it leaves alone */

struct nft_network {
	const char *comment; /* whose rules they are: unique in the table, at most 127 bytes */
	const char *bridge;  /* what leaves through another link than this one ... */
	struct ip subnet;    /* ... from these addresses, takes that link's address */
};

/* A NETLINK_NETFILTER socket; code "nft-unsupported" where the kernel has no netfilter. */
int nft_open(struct netlink *nl, struct err *e);

/* See to it that a network's rules are there, each exactly once and as described; table and chains are made as
 * needed. One question to the kernel where all is well; a rule of guise's own making is known by its user data, any
 * other is compared, and replaced if it differs. */
int nft_network_ensure(struct netlink *nl, const struct nft_network *net, struct err *e);

/* 0 when table, chains and rules are as described, every expression compared; otherwise e says what isn't: -ENOENT
 * when a rule isn't there (code "nft-missing"), -ESTALE when it, its chain, or the number of them differs
 * ("nft-different"). */
int nft_network_check(struct netlink *nl, const struct nft_network *net, struct err *e);

/* Delete the rules with that comment, and with the last network's the table. Absent is fine. */
int nft_network_delete(struct netlink *nl, const char *comment, struct err *e);

/* The same for the rule on what else is forwarded, which goes with the table. */
int nft_forwarding_ensure(struct netlink *nl, struct err *e);

/* Is that rule there, and are there no networks but the one with that comment? */
int nft_forwarding_ends(struct netlink *nl, const char *comment, bool *ends, struct err *e);
