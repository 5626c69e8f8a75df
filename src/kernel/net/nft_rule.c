/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/nft_rule.h"

#include <libmnl/libmnl.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <stddef.h>
#include <string.h>

#include "base/str.h"

/* A rule as libnftnl's text takes about 400 bytes, and up to five for each byte of user data. */
enum { TEXT_BYTES = 2048 };

struct nft_rule nft_rule_begin(const char *table, const char *chain)
{
	struct nft_rule r = { .rule = nftnl_rule_alloc() };

	r.failed = !r.rule;
	if (r.failed)
		return r;
	nftnl_rule_set_u32(r.rule, NFTNL_RULE_FAMILY, NFPROTO_INET);
	r.failed = nftnl_rule_set_str(r.rule, NFTNL_RULE_TABLE, table) < 0 ||
		   nftnl_rule_set_str(r.rule, NFTNL_RULE_CHAIN, chain) < 0;
	return r;
}

static void end(struct nft_rule *r)
{
	if (r->rule)
		nftnl_rule_free(r->rule);
	r->rule = NULL;
}

/* The library doesn't ask how much room a batch has. Six of the longest ones take a third of it. */
bool nft_rule_add(struct netlink_batch *b, struct nft_rule *r, const void *udata, uint32_t len)
{
	bool ok = !r->failed && nftnl_rule_set_data(r->rule, NFTNL_RULE_USERDATA, udata, len) == 0;
	struct nfgenmsg *nfg = netlink_add(b, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE,
					   NLM_F_CREATE | NLM_F_APPEND, sizeof(*nfg));

	nfg->nfgen_family = NFPROTO_INET;
	netlink_label(b, "nft-change", "add a rule to the firewall", "");
	if (ok)
		nftnl_rule_nlmsg_build_payload(b->msg, r->rule);
	end(r);
	return ok;
}

/* The same library text for both rules: it has no function that compares. What may differ is unset in, or
 * (user data, where unsetting leaves a dangling pointer in libnftnl 1.2.4) taken over from, the one there is. */
static bool same_text(struct nftnl_rule *want, struct nftnl_rule *have)
{
	char a[TEXT_BYTES] = "", b[TEXT_BYTES] = "";
	uint32_t len = 0;
	const void *udata = nftnl_rule_get_data(have, NFTNL_RULE_USERDATA, &len);

	if (udata && nftnl_rule_set_data(want, NFTNL_RULE_USERDATA, udata, len) < 0)
		return false;
	nftnl_rule_unset(have, NFTNL_RULE_HANDLE);
	nftnl_rule_unset(have, NFTNL_RULE_POSITION);
	nftnl_rule_snprintf(a, sizeof(a), want, NFTNL_OUTPUT_DEFAULT, 0);
	nftnl_rule_snprintf(b, sizeof(b), have, NFTNL_OUTPUT_DEFAULT, 0);
	return str_eq(a, b);
}

bool nft_rule_is(struct nft_rule *r, const struct nlmsghdr *msg)
{
	struct nftnl_rule *have = nftnl_rule_alloc();
	bool same = !r->failed && have && nftnl_rule_nlmsg_parse(msg, have) == 0 && same_text(r->rule, have);

	if (have)
		nftnl_rule_free(have);
	end(r);
	return same;
}

/* ---- expressions ---- */

static void begin(struct nft_rule *r, const char *name)
{
	r->expr = r->rule ? nftnl_expr_alloc(name) : NULL;
	if (r->expr)
		nftnl_rule_add_expr(r->rule, r->expr);
	else
		r->failed = true;
}

static void put(struct nft_rule *r, uint16_t type, const void *value, uint32_t len)
{
	if (!r->expr || nftnl_expr_set(r->expr, type, value, len) < 0)
		r->failed = true;
}

static void put_u32(struct nft_rule *r, uint16_t type, uint32_t value)
{
	put(r, type, &value, sizeof(value));
}

static void put_cmp(struct nft_rule *r, enum nft_cmp_ops op, const void *value, uint32_t len)
{
	begin(r, "cmp");
	put_u32(r, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	put_u32(r, NFTNL_EXPR_CMP_OP, op);
	put(r, NFTNL_EXPR_CMP_DATA, value, len);
}

void nft_put_meta(struct nft_rule *r, enum nft_meta_keys key, enum nft_registers to)
{
	begin(r, "meta");
	put_u32(r, NFTNL_EXPR_META_DREG, to);
	put_u32(r, NFTNL_EXPR_META_KEY, key);
}

void nft_put_saddr(struct nft_rule *r, uint8_t family)
{
	bool ipv6 = family == NFPROTO_IPV6;

	nft_put_meta(r, NFT_META_NFPROTO, NFT_REG_1);
	put_cmp(r, NFT_CMP_EQ, &family, sizeof(family));
	begin(r, "payload");
	put_u32(r, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
	put_u32(r, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	put_u32(r, NFTNL_EXPR_PAYLOAD_OFFSET,
		ipv6 ? offsetof(struct ipv6hdr, saddr) : offsetof(struct iphdr, saddr));
	put_u32(r, NFTNL_EXPR_PAYLOAD_LEN, ipv6 ? 16 : 4);
}

void nft_put_lookup(struct nft_rule *r, const char *set, bool absent)
{
	begin(r, "lookup");
	put_u32(r, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	put(r, NFTNL_EXPR_LOOKUP_SET, set, (uint32_t)strlen(set) + 1);
	put_u32(r, NFTNL_EXPR_LOOKUP_FLAGS, absent ? NFT_LOOKUP_F_INV : 0);
}

void nft_put_ct_state(struct nft_rule *r, uint32_t mask)
{
	uint32_t none = 0;

	begin(r, "ct");
	put_u32(r, NFTNL_EXPR_CT_DREG, NFT_REG_1);
	put_u32(r, NFTNL_EXPR_CT_KEY, NFT_CT_STATE);
	begin(r, "bitwise");
	put_u32(r, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	put_u32(r, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	put_u32(r, NFTNL_EXPR_BITWISE_LEN, sizeof(mask));
	put(r, NFTNL_EXPR_BITWISE_MASK, &mask, sizeof(mask));
	put_u32(r, NFTNL_EXPR_BITWISE_XOR, 0);
	put_cmp(r, NFT_CMP_NEQ, &none, sizeof(none));
}

void nft_put_verdict(struct nft_rule *r, uint32_t verdict)
{
	begin(r, "immediate");
	put_u32(r, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	put_u32(r, NFTNL_EXPR_IMM_VERDICT, verdict);
}

void nft_put_masquerade(struct nft_rule *r)
{
	begin(r, "masq");
}
