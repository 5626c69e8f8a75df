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

/* meta nfproto FAMILY, and load the source address of that: NFPROTO_IPV4 or _IPV6. */
void nft_put_saddr(struct nft_rule *r, uint8_t family);

/* Go on with the rule if what is in register 1 (and those behind it) is in the set; `absent`: if it isn't. */
void nft_put_lookup(struct nft_rule *r, const char *set, bool absent);

/* ct state: if it is one of those of the mask, NF_CT_STATE_BIT()s. */
void nft_put_ct_state(struct nft_rule *r, uint32_t mask);

void nft_put_verdict(struct nft_rule *r, uint32_t verdict); /* NF_ACCEPT, NF_DROP */
void nft_put_masquerade(struct nft_rule *r);
