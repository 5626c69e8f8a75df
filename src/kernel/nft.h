/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "kernel/addr.h"
#include "kernel/netlink.h"

/*
 * The firewall rules that guise adds: one nf_tables table of its own, `table ip guise`, with one chain
 * in which every bridge network has one masquerading rule, found again by its comment:
 *
 *     table ip guise {
 *             chain postrouting {
 *                     type nat hook postrouting priority srcnat; policy accept;
 *                     ip saddr 10.10.0.0/24 oifname != "guise0" masquerade comment "guise bridge"
 *             }
 *     }
 *
 * Nothing outside of this table is read or changed, no rule drops anything, and the table goes with the
 * last network's rule. Each change is one nf_tables transaction that the kernel refuses if anyone's
 * ruleset changed since it was looked at; it is then looked at again. So no lock is needed between
 * processes, and a rule never appears twice.
 *
 * Rules and chain are made and read with libnftnl. Behind the comment, a rule's user data also says which
 * subnet and bridge it was made for (`nft list` doesn't show that). So a start that finds its rule knows by
 * the user data alone that all is well, and touches no page of the library: in a fresh process the page
 * faults of that would cost more than the question to the kernel. A rule without it, as nft(8) makes them,
 * is compared expression by expression.
 * Source: linux/netfilter/nf_tables.h; generation check: Linux 4.10.
 */

#define NFT_TABLE "guise"
#define NFT_CHAIN "postrouting"

struct nft_masquerade {
	const char *comment;  /* who the rule is for: unique in the table, at most 127 bytes */
	const char *bridge;   /* what leaves through another link than this one ... */
	struct ip4net subnet; /* ... from these addresses, takes that link's address */
};

/* A NETLINK_NETFILTER socket; code "nft-unsupported" where the kernel has no netfilter. */
int nft_open(struct netlink *nl, struct err *e);

/* See to it that the rule is there exactly once and as described; table and chain are made as needed.
 * One question to the kernel where all is well; a rule of guise's own making is known by its user data, any
 * other is compared, and replaced if it differs. */
int nft_masquerade_ensure(struct netlink *nl, const struct nft_masquerade *nat, struct err *e);

/* 0 when table, chain and rule are as described, every expression compared; otherwise e says what isn't: -ENOENT when the rule isn't
 * there (code "nft-missing"), -ESTALE when it, its chain, or the number of them differs
 * ("nft-different"). */
int nft_masquerade_check(struct netlink *nl, const struct nft_masquerade *nat, struct err *e);

/* Delete the rule (or rules) with that comment, and with the last rule the table. Absent is fine. */
int nft_masquerade_delete(struct netlink *nl, const char *comment, struct err *e);
