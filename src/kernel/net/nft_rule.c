/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/nft_rule.h"

#include <libmnl/libmnl.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
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

static void put_payload(struct nft_rule *r, enum nft_payload_bases base, uint32_t offset, uint32_t len,
			enum nft_registers to)
{
	begin(r, "payload");
	put_u32(r, NFTNL_EXPR_PAYLOAD_DREG, to);
	put_u32(r, NFTNL_EXPR_PAYLOAD_BASE, base);
	put_u32(r, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	put_u32(r, NFTNL_EXPR_PAYLOAD_LEN, len);
}

static void put_family(struct nft_rule *r, uint8_t family)
{
	nft_put_meta(r, NFT_META_NFPROTO, NFT_REG_1);
	put_cmp(r, NFT_CMP_EQ, &family, sizeof(family));
}

static void put_address(struct nft_rule *r, uint8_t family, bool daddr)
{
	uint32_t in4 = daddr ? offsetof(struct iphdr, daddr) : offsetof(struct iphdr, saddr);
	uint32_t in6 = daddr ? offsetof(struct ipv6hdr, daddr) : offsetof(struct ipv6hdr, saddr);
	bool ipv6 = family == NFPROTO_IPV6;

	put_family(r, family);
	put_payload(r, NFT_PAYLOAD_NETWORK_HEADER, ipv6 ? in6 : in4, ipv6 ? 16 : 4, NFT_REG_1);
}

void nft_put_saddr(struct nft_rule *r, uint8_t family)
{
	put_address(r, family, false);
}

void nft_put_daddr(struct nft_rule *r, uint8_t family)
{
	put_address(r, family, true);
}

/* nft(8) looks at one byte, where the prefix ends with it. */
void nft_put_loopback(struct nft_rule *r, bool daddr)
{
	put_family(r, NFPROTO_IPV4);
	put_payload(r, NFT_PAYLOAD_NETWORK_HEADER,
		    daddr ? offsetof(struct iphdr, daddr) : offsetof(struct iphdr, saddr), 1, NFT_REG_1);
	put_cmp(r, NFT_CMP_EQ, (uint8_t[]){ 127 }, 1);
}

void nft_put_loopback6(struct nft_rule *r)
{
	static const uint8_t loopback[16] = { [15] = 1 };

	nft_put_daddr(r, NFPROTO_IPV6);
	put_cmp(r, NFT_CMP_EQ, loopback, sizeof(loopback));
}

void nft_put_not_lo(struct nft_rule *r, enum nft_meta_keys key)
{
	uint32_t lo = 1; /* of every network namespace */

	nft_put_meta(r, key, NFT_REG_1);
	put_cmp(r, NFT_CMP_NEQ, &lo, sizeof(lo));
}

void nft_put_in(struct nft_rule *r, const char *prefix)
{
	nft_put_meta(r, NFT_META_IIFNAME, NFT_REG_1);
	put_cmp(r, NFT_CMP_EQ, prefix, (uint32_t)strlen(prefix));
}

void nft_put_dport(struct nft_rule *r, enum nft_registers to)
{
	put_payload(r, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, to);
}

void nft_put_local(struct nft_rule *r)
{
	uint32_t local = RTN_LOCAL;

	begin(r, "fib");
	put_u32(r, NFTNL_EXPR_FIB_DREG, NFT_REG_1);
	put_u32(r, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	put_u32(r, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
	put_cmp(r, NFT_CMP_EQ, &local, sizeof(local));
}

static void put_lookup(struct nft_rule *r, const char *set, uint32_t flags)
{
	begin(r, "lookup");
	put_u32(r, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	put(r, NFTNL_EXPR_LOOKUP_SET, set, (uint32_t)strlen(set) + 1);
	put_u32(r, NFTNL_EXPR_LOOKUP_FLAGS, flags);
}

void nft_put_lookup(struct nft_rule *r, const char *set, bool absent)
{
	put_lookup(r, set, absent ? NFT_LOOKUP_F_INV : 0);
}

void nft_put_map(struct nft_rule *r, const char *map)
{
	put_lookup(r, map, 0);
	put_u32(r, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_1);
}

/* If any bit of the mask is set. */
static void put_ct(struct nft_rule *r, enum nft_ct_keys key, uint32_t mask)
{
	uint32_t none = 0;

	begin(r, "ct");
	put_u32(r, NFTNL_EXPR_CT_DREG, NFT_REG_1);
	put_u32(r, NFTNL_EXPR_CT_KEY, key);
	begin(r, "bitwise");
	put_u32(r, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	put_u32(r, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	put_u32(r, NFTNL_EXPR_BITWISE_LEN, sizeof(mask));
	put(r, NFTNL_EXPR_BITWISE_MASK, &mask, sizeof(mask));
	put_u32(r, NFTNL_EXPR_BITWISE_XOR, 0);
	put_cmp(r, NFT_CMP_NEQ, &none, sizeof(none));
}

void nft_put_ct_state(struct nft_rule *r, uint32_t mask)
{
	put_ct(r, NFT_CT_STATE, mask);
}

void nft_put_dnatted(struct nft_rule *r)
{
	put_ct(r, NFT_CT_STATUS, IPS_DST_NAT);
}

void nft_put_verdict(struct nft_rule *r, uint32_t verdict)
{
	begin(r, "immediate");
	put_u32(r, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	put_u32(r, NFTNL_EXPR_IMM_VERDICT, verdict);
}

void nft_put_return(struct nft_rule *r)
{
	nft_put_verdict(r, (uint32_t)NFT_RETURN);
}

void nft_put_jump(struct nft_rule *r, const char *chain)
{
	nft_put_verdict(r, (uint32_t)NFT_JUMP);
	put(r, NFTNL_EXPR_IMM_CHAIN, chain, (uint32_t)strlen(chain) + 1);
}

void nft_put_masquerade(struct nft_rule *r)
{
	begin(r, "masq");
}

void nft_put_notrack(struct nft_rule *r)
{
	begin(r, "notrack");
}

void nft_put_dnat(struct nft_rule *r, uint8_t family, enum nft_registers port)
{
	begin(r, "nat");
	put_u32(r, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
	put_u32(r, NFTNL_EXPR_NAT_FAMILY, family);
	put_u32(r, NFTNL_EXPR_NAT_REG_ADDR_MIN, NFT_REG_1);
	put_u32(r, NFTNL_EXPR_NAT_REG_ADDR_MAX, NFT_REG_1); /* as the kernel says it */
	put_u32(r, NFTNL_EXPR_NAT_REG_PROTO_MIN, port);
	put_u32(r, NFTNL_EXPR_NAT_REG_PROTO_MAX, port);
	put_u32(r, NFTNL_EXPR_NAT_FLAGS, NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED);
}
