/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/nft_insert.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_conntrack.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "kernel/net/nft.h"

/* Of rules the comment is of type 0 (NFTNL_UDATA_RULE_COMMENT of libnftnl): type, length, value. */
enum { UDATA_COMMENT = 0, COMMENT_MAX = 128, PRIORITY_SRCNAT = 100 };

static void begin_in(struct netlink_batch *b, uint16_t type, uint16_t flags, uint8_t family,
		     const char *table)
{
	struct nfgenmsg *nfg = netlink_add(b, NFNL_SUBSYS_NFTABLES << 8 | type, flags, sizeof(*nfg));

	nfg->nfgen_family = family;
	netlink_label(b, "nft-change", "change table", table);
}

static void begin(struct netlink_batch *b, uint16_t type, uint16_t flags, const struct nft_insert *rule)
{
	begin_in(b, type, flags, rule->family, rule->table);
}

static void put_be64(struct netlink_batch *b, uint16_t type, uint64_t value)
{
	value = htobe64(value);
	netlink_put(b, type, &value, sizeof(value));
}

/* ---- expressions ---- */

struct expr {
	struct nlattr *elem, *data;
};

static struct expr expr_begin(struct netlink_batch *b, const char *name)
{
	struct expr x = { .elem = netlink_nest(b, NFTA_LIST_ELEM | NLA_F_NESTED) };

	netlink_put_str(b, NFTA_EXPR_NAME, name);
	x.data = netlink_nest(b, NFTA_EXPR_DATA | NLA_F_NESTED);
	return x;
}

static void expr_end(struct netlink_batch *b, struct expr x)
{
	netlink_nest_end(b, x.data);
	netlink_nest_end(b, x.elem);
}

static void put_value(struct netlink_batch *b, uint16_t type, const void *value, size_t len)
{
	struct nlattr *nest = netlink_nest(b, type | NLA_F_NESTED);

	netlink_put(b, NFTA_DATA_VALUE, value, len);
	netlink_nest_end(b, nest);
}

static void put_meta(struct netlink_batch *b, uint32_t key)
{
	struct expr x = expr_begin(b, "meta");

	netlink_put_be32(b, NFTA_META_DREG, NFT_REG_1);
	netlink_put_be32(b, NFTA_META_KEY, key);
	expr_end(b, x);
}

static void put_cmp(struct netlink_batch *b, uint32_t op, const void *value, size_t len)
{
	struct expr x = expr_begin(b, "cmp");

	netlink_put_be32(b, NFTA_CMP_SREG, NFT_REG_1);
	netlink_put_be32(b, NFTA_CMP_OP, op);
	put_value(b, NFTA_CMP_DATA, value, len);
	expr_end(b, x);
}

static void put_mask(struct netlink_batch *b, const void *mask, size_t len)
{
	static const uint8_t none[16];
	struct expr x = expr_begin(b, "bitwise");

	netlink_put_be32(b, NFTA_BITWISE_SREG, NFT_REG_1);
	netlink_put_be32(b, NFTA_BITWISE_DREG, NFT_REG_1);
	netlink_put_be32(b, NFTA_BITWISE_LEN, (uint32_t)len);
	put_value(b, NFTA_BITWISE_MASK, mask, len);
	put_value(b, NFTA_BITWISE_XOR, none, len);
	expr_end(b, x);
}

static void put_link(struct netlink_batch *b, uint32_t key, uint32_t op, const char *name, bool xtables)
{
	char whole[IFNAMSIZ] = "";

	if (!name)
		return;
	put_meta(b, key);
	memcpy(whole, name, strnlen(name, IFNAMSIZ - 1));
	/* nft(8) compares all of it, iptables-nft up to its end */
	put_cmp(b, op, whole, xtables ? strlen(whole) + 1 : sizeof(whole));
}

static void put_source(struct netlink_batch *b, struct ip source)
{
	size_t size = ip_size(source);
	uint8_t mask[16] = { 0 };
	struct ip net = ip_network(source);
	struct expr x;

	if (!ip_is(source))
		return;
	for (unsigned i = 0; i < source.len; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
	x = expr_begin(b, "payload");
	netlink_put_be32(b, NFTA_PAYLOAD_DREG, NFT_REG_1);
	netlink_put_be32(b, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	netlink_put_be32(b, NFTA_PAYLOAD_OFFSET,
			 size == 4 ? offsetof(struct iphdr, saddr) : offsetof(struct ipv6hdr, saddr));
	netlink_put_be32(b, NFTA_PAYLOAD_LEN, (uint32_t)size);
	expr_end(b, x);
	put_mask(b, mask, size);
	put_cmp(b, NFT_CMP_EQ, net.bytes, size);
}

static void put_replies(struct netlink_batch *b)
{
	uint32_t mask = NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED), none = 0;
	struct expr x = expr_begin(b, "ct");

	netlink_put_be32(b, NFTA_CT_DREG, NFT_REG_1);
	netlink_put_be32(b, NFTA_CT_KEY, NFT_CT_STATE);
	expr_end(b, x);
	put_mask(b, &mask, sizeof(mask));
	put_cmp(b, NFT_CMP_NEQ, &none, sizeof(none));
}

/* The same by the extension of xtables: `-m conntrack --ctstate RELATED,ESTABLISHED`. */
static void put_xt_replies(struct netlink_batch *b)
{
	struct xt_conntrack_mtinfo3 info = { .match_flags = XT_CONNTRACK_STATE,
					     .state_mask = XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED) |
							   XT_CONNTRACK_STATE_BIT(IP_CT_RELATED) };
	struct expr x = expr_begin(b, "match");

	netlink_put_str(b, NFTA_MATCH_NAME, "conntrack");
	netlink_put_be32(b, NFTA_MATCH_REV, 3);
	netlink_put(b, NFTA_MATCH_INFO, &info, sizeof(info));
	expr_end(b, x);
}

/* iptables-nft counts by every rule. */
static void put_counter(struct netlink_batch *b)
{
	struct expr x = expr_begin(b, "counter");

	put_be64(b, NFTA_COUNTER_BYTES, 0);
	put_be64(b, NFTA_COUNTER_PACKETS, 0);
	expr_end(b, x);
}

static void put_accept(struct netlink_batch *b)
{
	struct expr x = expr_begin(b, "immediate");
	struct nlattr *data, *verdict;

	netlink_put_be32(b, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = netlink_nest(b, NFTA_IMMEDIATE_DATA | NLA_F_NESTED);
	verdict = netlink_nest(b, NFTA_DATA_VERDICT | NLA_F_NESTED);
	netlink_put_be32(b, NFTA_VERDICT_CODE, NF_ACCEPT);
	netlink_nest_end(b, verdict);
	netlink_nest_end(b, data);
	expr_end(b, x);
}

static void put_comment(struct netlink_batch *b, const char *comment)
{
	uint8_t data[2 + COMMENT_MAX] = { UDATA_COMMENT };
	size_t len = strnlen(comment, COMMENT_MAX - 1);

	data[1] = (uint8_t)(len + 1);
	memcpy(data + 2, comment, len);
	netlink_put(b, NFTA_RULE_USERDATA, data, 2 + len + 1);
}

static void put_rule(struct netlink_batch *b, const struct nft_insert *rule)
{
	struct nlattr *list;

	/* without NLM_F_APPEND: before that of the position, or all */
	begin(b, NFT_MSG_NEWRULE, NLM_F_CREATE, rule);
	netlink_put_str(b, NFTA_RULE_TABLE, rule->table);
	netlink_put_str(b, NFTA_RULE_CHAIN, rule->chain);
	if (rule->before)
		put_be64(b, NFTA_RULE_POSITION, rule->before);
	list = netlink_nest(b, NFTA_RULE_EXPRESSIONS | NLA_F_NESTED);
	put_link(b, NFT_META_IIFNAME, NFT_CMP_EQ, rule->in, rule->xtables);
	put_link(b, NFT_META_OIFNAME, NFT_CMP_EQ, rule->out, rule->xtables);
	put_source(b, rule->source);
	put_link(b, NFT_META_OIFNAME, NFT_CMP_NEQ, rule->not_out, rule->xtables);
	if (rule->replies && rule->xtables)
		put_xt_replies(b);
	else if (rule->replies)
		put_replies(b);
	if (rule->xtables)
		put_counter(b);
	if (rule->masquerade)
		expr_end(b, expr_begin(b, "masq"));
	else
		put_accept(b);
	netlink_nest_end(b, list);
	put_comment(b, rule->comment);
}

/* ---- what is there ---- */

/* As many as a batch has room for, with others in it. */
enum { MATCHES_MAX = NETLINK_BATCH_MESSAGES / 2 };

struct look {
	const char *comment;
	unsigned n;
	struct match {
		uint8_t family;
		char table[NFT_NAME_MAXLEN], chain[NFT_NAME_MAXLEN];
		uint64_t handle;
	} v[MATCHES_MAX];
};

static bool has_comment(const struct nlattr *udata, const char *comment)
{
	const uint8_t *data = mnl_attr_get_payload(udata);
	size_t len = mnl_attr_get_payload_len(udata), want = strnlen(comment, COMMENT_MAX - 1);

	return len >= 2 + want + 1 && data[0] == UDATA_COMMENT && data[1] == want + 1 &&
	       memcmp(data + 2, comment, want) == 0 && !data[2 + want];
}

static void copy_name(char to[NFT_NAME_MAXLEN], const struct nlattr *attr)
{
	snprintf(to, NFT_NAME_MAXLEN, "%s", mnl_attr_get_str(attr));
}

static void take_rule(const struct nlmsghdr *msg, void *arg)
{
	struct look *look = arg;
	const struct nlattr *attr;
	struct match m = { 0 };
	bool ours = false;

	if (!msg)
		look->n = 0;
	if (!msg || nft_kind(msg) != NFT_MSG_NEWRULE)
		return;
	m.family = ((const struct nfgenmsg *)mnl_nlmsg_get_payload(msg))->nfgen_family;
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		switch (mnl_attr_get_type(attr)) {
		case NFTA_RULE_TABLE:
			copy_name(m.table, attr);
			break;
		case NFTA_RULE_CHAIN:
			copy_name(m.chain, attr);
			break;
		case NFTA_RULE_HANDLE:
			m.handle = be64toh(mnl_attr_get_u64(attr));
			break;
		case NFTA_RULE_USERDATA:
			ours = has_comment(attr, look->comment);
			break;
		}
	}
	if (ours && look->n < MATCHES_MAX)
		look->v[look->n++] = m;
}

/* A table that is not there has none. */
static int look_for(struct netlink *nl, const struct nft_insert *rule, struct look *look, struct err *e)
{
	struct netlink_batch b;
	struct nfgenmsg *nfg;
	int r;

	look->comment = rule->comment;
	look->n = 0;
	netlink_start(&b);
	nfg = netlink_add_dump(&b, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, sizeof(*nfg));
	nfg->nfgen_family = rule->family;
	netlink_label(&b, "nft-list", "list the rules of table", rule->table ?: "");
	if (rule->table) {
		netlink_put_str(&b, NFTA_RULE_TABLE, rule->table);
		netlink_put_str(&b, NFTA_RULE_CHAIN, rule->chain);
	}
	r = nft_ask(nl, &b, take_rule, look, e);
	if (r != -ENOENT)
		return r;
	*e = (struct err){ 0 };
	return 0;
}

static void put_removal(struct netlink_batch *b, const struct look *look)
{
	for (unsigned i = 0; i < look->n; i++) {
		const struct match *m = &look->v[i];

		begin_in(b, NFT_MSG_DELRULE, 0, m->family, m->table);
		netlink_put_str(b, NFTA_RULE_TABLE, m->table);
		netlink_put_str(b, NFTA_RULE_CHAIN, m->chain);
		put_be64(b, NFTA_RULE_HANDLE, m->handle);
	}
}

static void put_own_table(struct netlink_batch *b, const struct nft_insert *rule)
{
	struct nlattr *hook;

	begin(b, NFT_MSG_NEWTABLE, NLM_F_CREATE, rule);
	netlink_put_str(b, NFTA_TABLE_NAME, rule->table);
	begin(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE, rule);
	netlink_put_str(b, NFTA_CHAIN_TABLE, rule->table);
	netlink_put_str(b, NFTA_CHAIN_NAME, rule->chain);
	hook = netlink_nest(b, NFTA_CHAIN_HOOK | NLA_F_NESTED);
	netlink_put_be32(b, NFTA_HOOK_HOOKNUM, NF_INET_POST_ROUTING);
	netlink_put_be32(b, NFTA_HOOK_PRIORITY, PRIORITY_SRCNAT);
	netlink_nest_end(b, hook);
	netlink_put_str(b, NFTA_CHAIN_TYPE, "nat");
}

static bool is_whole(const struct nft_insert *rule, const struct look *look)
{
	return look->n >= (rule->each ? 2 : 1);
}

/* What a plan works on: the look outlives the batch, whose errors name its tables. */
struct change {
	const struct nft_insert *rule;
	struct look look;
};

static int plan_insert(struct netlink *nl, struct netlink_batch *b, void *arg, struct err *e)
{
	struct change *c = arg;
	struct nft_insert one = *c->rule, other = *c->rule;
	int r = look_for(nl, c->rule, &c->look, e);

	if (r < 0 || is_whole(c->rule, &c->look))
		return r;
	put_removal(b, &c->look);
	if (one.own_table)
		put_own_table(b, &one);
	if (one.each) {
		one.out = other.in = NULL;
		put_rule(b, &other);
	}
	put_rule(b, &one);
	return 1;
}

int nft_insert(struct netlink *nl, const struct nft_insert *rule, struct err *e)
{
	struct change c = { .rule = rule };

	return nft_change(nl, plan_insert, &c, e);
}

int nft_inserted(struct netlink *nl, const struct nft_insert *rule, struct err *e)
{
	struct look look;
	int r = look_for(nl, rule, &look, e);

	return r < 0 ? r : is_whole(rule, &look);
}

static int plan_remove(struct netlink *nl, struct netlink_batch *b, void *arg, struct err *e)
{
	struct change *c = arg;
	int r = look_for(nl, c->rule, &c->look, e);

	if (r < 0 || !c->look.n)
		return r;
	if (c->rule->own_table) {
		begin(b, NFT_MSG_DELTABLE, 0, c->rule);
		netlink_put_str(b, NFTA_TABLE_NAME, c->rule->table);
		return 1;
	}
	put_removal(b, &c->look);
	return 1;
}

int nft_remove(struct netlink *nl, const struct nft_insert *rule, struct err *e)
{
	struct change c = { .rule = rule };

	return nft_change(nl, plan_remove, &c, e);
}
