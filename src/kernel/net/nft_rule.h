/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/net/netlink.h"

/*
 * Rules of nf_tables, expression by expression, with libnftnl. Each function does what nft(8) does for the same words, so
 * that a rule made by the command that is printed for a person is the same to compare.
 *
 *     struct nft_rule r = nft_rule_begin("guise", "forward");
 *     nft_put_ifname(&r, NFT_META_OIFNAME, NFT_REG_1);
 *     nft_put_lookup(&r, "bridges", false);
 *     nft_put_verdict(&r, NF_DROP);
 *     ok = nft_rule_add(&b, &r, udata, len);
 */
struct nft_rule {
	struct nftnl_rule *rule;
	struct nftnl_expr *expr; /* begun last */
	bool failed;             /* no memory, the only way in which the library fails */
};

/* Always followed by one of the other two, which frees it. */
struct nft_rule nft_rule_begin(const char *table, const char *chain);

/* Put it at the end of its chain. udata is for the owner: nft(8) keeps comments there. False: no memory. */
bool nft_rule_add(struct netlink_batch *b, struct nft_rule *r, const void *udata, uint32_t len);

/* Is the rule in msg (NFT_MSG_NEWRULE) the same, user data aside? */
bool nft_rule_is(struct nft_rule *r, const struct nlmsghdr *msg);

/* ---- expressions ---- */

/* Load: NFT_META_IIFNAME or _OIFNAME; NFT_META_NFPROTO. */
void nft_put_meta(struct nft_rule *r, enum nft_meta_keys key, enum nft_registers to);

/* meta nfproto FAMILY, and load the source address of that, or the destination's: NFPROTO_IPV4 or _IPV6. */
void nft_put_saddr(struct nft_rule *r, uint8_t family);
void nft_put_daddr(struct nft_rule *r, uint8_t family);

/* ip saddr 127.0.0.0/8, or ip daddr. */
void nft_put_loopback(struct nft_rule *r, bool daddr);

/* ip6 daddr ::1 */
void nft_put_loopback6(struct nft_rule *r);

/* iif != lo, or oif: NFT_META_IIF, NFT_META_OIF */
void nft_put_not_lo(struct nft_rule *r, enum nft_meta_keys key);

/* iifname "PREFIX*" */
void nft_put_in(struct nft_rule *r, const char *prefix);

/* Load: th dport. */
void nft_put_dport(struct nft_rule *r, enum nft_registers to);

/* fib daddr type local */
void nft_put_local(struct nft_rule *r);

/* Go on with the rule if what is in register 1 (and those behind it) is in the set; `absent`: if it isn't. */
void nft_put_lookup(struct nft_rule *r, const char *set, bool absent);

/* Go on if what is in register 1, and those behind it, is in the map, and load there what it leads to. */
void nft_put_map(struct nft_rule *r, const char *map);

/* ct status dnat */
void nft_put_dnatted(struct nft_rule *r);

/* ct state: if it is one of those of the mask, NF_CT_STATE_BIT()s. */
void nft_put_ct_state(struct nft_rule *r, uint32_t mask);

void nft_put_verdict(struct nft_rule *r, uint32_t verdict); /* NF_ACCEPT, NF_DROP */
void nft_put_return(struct nft_rule *r);
void nft_put_jump(struct nft_rule *r, const char *chain);
void nft_put_masquerade(struct nft_rule *r);
void nft_put_notrack(struct nft_rule *r);

/* dnat to the address in register 1, and the port in that one. */
void nft_put_dnat(struct nft_rule *r, uint8_t family, enum nft_registers port);
