/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/gen.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>
#include <linux/ip.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4.h>
#include <net/if.h>
#include <string.h>

#include "base/str.h"

/* How often a change is tried again because the ruleset changed while it was prepared. */
enum { CHANGE_TRIES = 64 };
/* A rule of ours as libnftnl's text takes about 300 bytes, and up to five for each byte of user data. */
enum { TEXT_BYTES = 2048 };
/* The kinds of rules, and the chains that they are in. */
enum kind { MASQUERADE, GUARD, OTHERS, KINDS };
static const char *const chain_of[KINDS] = { "postrouting", "forward", "forward" };
/* In a rule's user data, behind the comment: what the rule was made from. nft(8) ignores types it doesn't
 * know, and drops them when it makes a rule; so where they are, the expressions are those guise made. */
enum { UDATA_SUBNET = 0xf0, UDATA_SUBNET_LEN, UDATA_BRIDGE };

static int unsupported(struct err *e, const char *what)
{
	err_set(e, "nft-unsupported", EOPNOTSUPP, "%s", what);
	err_cause(e, "this kernel has no nf_tables (CONFIG_NF_TABLES, module nf_tables)");
	return err_hint(e, "load the module with `modprobe nf_tables`, or use --network none");
}

/* Why looking failed: the first message to a kernel without nf_tables gets one of these two. */
static int explain_look(struct err *e, int r)
{
	if (r == -EOPNOTSUPP || r == -EINVAL)
		return unsupported(e, "use table ip " NFT_TABLE);
	if (r == -EPERM)
		err_hint(e, "this needs CAP_NET_ADMIN in the network namespace");
	return r;
}

/* Why changing failed, where looking didn't. */
static int explain_change(struct err *e, int r)
{
	if (r == -ENOENT) {
		err_cause(e, "this kernel lacks a part of nf_tables");
		err_hint(e, "load the modules nft_chain_nat, nft_masq and nft_ct, or use --network none");
	} else if (r == -EOPNOTSUPP || r == -EEXIST || r == -EBUSY) {
		err_cause(
			e,
			"chain postrouting or forward is there, but not of the type and hook that guise's have (%s)",
			strerror(-r));
		err_hint(e, "delete what isn't guise's with `nft delete table ip " NFT_TABLE "`");
	}
	return r;
}

int nft_open(struct netlink *nl, struct err *e)
{
	int r = netlink_open(nl, NETLINK_NETFILTER, e);

	return r == -EPROTONOSUPPORT ? unsupported(e, "open a netfilter socket") : r;
}

/* ---- the rule and the chain as they shall be ---- */

/* A rule being built. The library fails for lack of memory only; then `failed` stays set. */
struct building {
	struct nftnl_rule *rule;
	struct nftnl_expr *expr; /* begun last */
	bool failed;
};

static void expr_begin(struct building *b, const char *name)
{
	b->expr = nftnl_expr_alloc(name);
	if (b->expr)
		nftnl_rule_add_expr(b->rule, b->expr);
	else
		b->failed = true;
}

static void expr_put(struct building *b, uint16_t type, const void *value, uint32_t len)
{
	if (!b->expr || nftnl_expr_set(b->expr, type, value, len) < 0)
		b->failed = true;
}

static void expr_put_u32(struct building *b, uint16_t type, uint32_t value)
{
	expr_put(b, type, &value, sizeof(value));
}

/* Go on with the rule when register 1 and value compare so. */
static void put_cmp(struct building *b, enum nft_cmp_ops op, const void *value, uint32_t len)
{
	expr_begin(b, "cmp");
	expr_put_u32(b, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	expr_put_u32(b, NFTNL_EXPR_CMP_OP, op);
	expr_put(b, NFTNL_EXPR_CMP_DATA, value, len);
}

/* ip saddr SUBNET. As nft(8) does it, which loads no more than the prefix where that ends with a byte, so
 * that a rule made by the command that is printed for a person is the same to check. */
static void put_saddr(struct building *b, struct ip subnet)
{
	uint32_t mask = htonl(subnet.len ? UINT32_MAX << (32 - subnet.len) : 0);
	uint32_t len = subnet.len % 8 == 0 ? subnet.len / 8 : ip_size(subnet);

	expr_begin(b, "payload");
	expr_put_u32(b, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
	expr_put_u32(b, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	expr_put_u32(b, NFTNL_EXPR_PAYLOAD_OFFSET, offsetof(struct iphdr, saddr));
	expr_put_u32(b, NFTNL_EXPR_PAYLOAD_LEN, len);
	if (subnet.len % 8 != 0) {
		expr_begin(b, "bitwise");
		expr_put_u32(b, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
		expr_put_u32(b, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
		expr_put_u32(b, NFTNL_EXPR_BITWISE_LEN, len);
		expr_put(b, NFTNL_EXPR_BITWISE_MASK, &mask, len);
		expr_put_u32(b, NFTNL_EXPR_BITWISE_XOR, 0);
	}
	put_cmp(b, NFT_CMP_EQ, ip_network(subnet).bytes, len);
}

/* iifname or oifname; a NAME that ends in * is compared up to there. As nft(8) does it. */
static void put_name(struct building *b, enum nft_meta_keys key, enum nft_cmp_ops op, const char *name)
{
	char text[IFNAMSIZ] = "";
	size_t star = strcspn(name, "*");

	strncpy(text, name, sizeof(text) - 1);
	expr_begin(b, "meta");
	expr_put_u32(b, NFTNL_EXPR_META_DREG, NFT_REG_1);
	expr_put_u32(b, NFTNL_EXPR_META_KEY, key);
	put_cmp(b, op, text, name[star] ? (uint32_t)star : sizeof(text));
}

/* ct state invalid,new,untracked: what nobody inside asked for. */
static void put_unasked(struct building *b)
{
	enum {
		INVALID = 1,
		NEW = 8,
		UNTRACKED = 64
	}; /* NF_CT_STATE_BIT() of linux/netfilter/nf_conntrack_common.h */
	uint32_t mask = INVALID | NEW | UNTRACKED, none = 0;

	expr_begin(b, "ct");
	expr_put_u32(b, NFTNL_EXPR_CT_DREG, NFT_REG_1);
	expr_put_u32(b, NFTNL_EXPR_CT_KEY, NFT_CT_STATE);
	expr_begin(b, "bitwise");
	expr_put_u32(b, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	expr_put_u32(b, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	expr_put_u32(b, NFTNL_EXPR_BITWISE_LEN, sizeof(mask));
	expr_put(b, NFTNL_EXPR_BITWISE_MASK, &mask, sizeof(mask));
	expr_put_u32(b, NFTNL_EXPR_BITWISE_XOR, 0);
	put_cmp(b, NFT_CMP_NEQ, &none, sizeof(none));
}

static void put_drop(struct building *b)
{
	expr_begin(b, "immediate");
	expr_put_u32(b, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	expr_put_u32(b, NFTNL_EXPR_IMM_VERDICT, NF_DROP);
}

static void put_rule(struct building *b, enum kind kind, const struct nft_network *net)
{
	switch (kind) {
	case MASQUERADE:
		put_saddr(b, net->subnet);
		put_name(b, NFT_META_OIFNAME, NFT_CMP_NEQ, net->bridge);
		expr_begin(b, "masq");
		break;
	case GUARD:
		put_name(b, NFT_META_IIFNAME, NFT_CMP_NEQ, net->bridge);
		put_name(b, NFT_META_OIFNAME, NFT_CMP_EQ, net->bridge);
		put_unasked(b);
		put_drop(b);
		break;
	case OTHERS:
		put_name(b, NFT_META_IIFNAME, NFT_CMP_NEQ, NFT_BRIDGES);
		put_name(b, NFT_META_OIFNAME, NFT_CMP_NEQ, NFT_BRIDGES);
		put_drop(b);
		break;
	case KINDS:
		break;
	}
}

/* A rule without user data. The caller frees it. NULL: no memory. */
static struct nftnl_rule *rule_new(enum kind kind, const struct nft_network *net)
{
	struct building b = { .rule = nftnl_rule_alloc() };

	if (!b.rule)
		return NULL;
	nftnl_rule_set_u32(b.rule, NFTNL_RULE_FAMILY, NFPROTO_IPV4);
	if (nftnl_rule_set_str(b.rule, NFTNL_RULE_TABLE, NFT_TABLE) < 0 ||
	    nftnl_rule_set_str(b.rule, NFTNL_RULE_CHAIN, chain_of[kind]) < 0)
		b.failed = true;
	put_rule(&b, kind, net);
	if (!b.failed)
		return b.rule;
	nftnl_rule_free(b.rule);
	return NULL;
}

/* The same library text for both rules: it has no function that compares. What may differ is unset in, or
 * (user data, where unsetting leaves a dangling pointer in libnftnl 1.2.4) taken over from, the one there is.
 */
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

/* Whether the rule in msg is as it shall be, user data aside. */
static bool rule_matches(const struct nlmsghdr *msg, enum kind kind, const struct nft_network *net)
{
	struct nftnl_rule *want = rule_new(kind, net), *have = nftnl_rule_alloc();
	bool match = want && have && nftnl_rule_nlmsg_parse(msg, have) == 0 && same_text(want, have);

	if (want)
		nftnl_rule_free(want);
	if (have)
		nftnl_rule_free(have);
	return match;
}

/* ---- messages ---- */

static uint16_t nft_type(uint16_t type)
{
	return NFNL_SUBSYS_NFTABLES << 8 | type;
}

/* A change of the table. The library doesn't ask how much room a batch has; the longest one here takes
 * half of it. */
static struct nlmsghdr *add(struct netlink_batch *b, uint16_t type, uint16_t flags)
{
	struct nfgenmsg *nfg = netlink_add(b, nft_type(type), flags, sizeof(*nfg));

	nfg->nfgen_family = NFPROTO_IPV4;
	netlink_label(b, "nft-change", "change table ip " NFT_TABLE, "");
	return b->msg;
}

/* What is between NFNL_MSG_BATCH_BEGIN and _END happens whole or not at all. */
static void add_batch(struct netlink_batch *b, uint16_t type)
{
	struct nfgenmsg *nfg = netlink_add(b, type, 0, sizeof(*nfg));

	nfg->res_id = htons(NFNL_SUBSYS_NFTABLES);
	netlink_label(b, "nft-change", "change table ip " NFT_TABLE, "");
}

static bool add_chain(struct netlink_batch *b, const char *name, const char *type, uint32_t hook,
		      int32_t priority)
{
	struct nftnl_chain *chain = nftnl_chain_alloc();
	bool ok;

	if (!chain)
		return false;
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, hook);
	nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, priority);
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	ok = nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, NFT_TABLE) == 0 &&
	     nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, name) == 0 &&
	     nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, type) == 0;
	if (ok)
		nftnl_chain_nlmsg_build_payload(add(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE), chain);
	nftnl_chain_free(chain);
	return ok;
}

static bool add_chains(struct netlink_batch *b)
{
	return add_chain(b, chain_of[MASQUERADE], "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC) &&
	       add_chain(b, chain_of[GUARD], "filter", NF_INET_FORWARD, NF_IP_PRI_FILTER);
}

/* ---- looking ---- */

enum want { WANT_ANY, WANT_ONE, WANT_NONE };

/* What the table holds, seen with one network's eyes. */
struct view {
	const struct nft_network *net;
	bool thorough;                     /* don't believe a rule's user data, compare its expressions */
	uint8_t mark[NFT_USERDATA_MAXLEN]; /* the user data of the network's rules ... */
	uint32_t mark_len, comment_len;    /* ... of which the comment is the first part */
	unsigned strangers;                /* rules of others, that is, of other networks */
	struct {
		enum want want;
		unsigned count;  /* how many there are */
		bool match;      /* ... and the last one of these is as wanted */
		uint64_t handle; /* ... and has this number (big endian) */
	} of[KINDS];
};

/* One item of user data: type, length, value. Not by way of libnftnl, so that a start which finds all well
 * touches no page of the library: those page faults cost more than all else here. */
static void mark_put(struct view *v, uint8_t type, const void *value, size_t len)
{
	v->mark[v->mark_len] = type;
	v->mark[v->mark_len + 1] = (uint8_t)len;
	memcpy(v->mark + v->mark_len + 2, value, len);
	v->mark_len += 2 + len;
}

static void put_comment(struct view *v, const char *comment)
{
	char text[NFTNL_UDATA_COMMENT_MAXLEN] = "";

	strncpy(text, comment, sizeof(text) - 1);
	mark_put(v, NFTNL_UDATA_RULE_COMMENT, text, strlen(text) + 1);
	v->comment_len = v->mark_len;
}

static void view_start(struct view *v, const char *comment, enum want network, enum want others)
{
	v->net = NULL;
	v->thorough = false;
	v->mark_len = 0;
	v->of[MASQUERADE].want = v->of[GUARD].want = network;
	v->of[OTHERS].want = others;
	put_comment(v, comment);
}

static void view_start_network(struct view *v, const struct nft_network *net)
{
	char bridge[IFNAMSIZ] = "";

	view_start(v, net->comment, WANT_ONE, WANT_ANY);
	v->net = net;
	strncpy(bridge, net->bridge, sizeof(bridge) - 1);
	mark_put(v, UDATA_SUBNET, net->subnet.bytes, ip_size(net->subnet));
	mark_put(v, UDATA_SUBNET_LEN, &net->subnet.len, sizeof(net->subnet.len));
	mark_put(v, UDATA_BRIDGE, bridge, sizeof(bridge));
}

static bool begins_with(const struct nlattr *attr, const void *what, uint32_t len)
{
	return mnl_attr_get_payload_len(attr) >= len && memcmp(mnl_attr_get_payload(attr), what, len) == 0;
}

/* Which rule it is; KINDS: a stranger's. */
static enum kind kind_of(const struct view *v, const struct nlattr *chain, const struct nlattr *udata)
{
	static const char others[] = "\0\x11" NFT_FORWARDING; /* NFTNL_UDATA_RULE_COMMENT, and its length */
	bool nat = chain && str_eq(mnl_attr_get_str(chain), chain_of[MASQUERADE]);

	_Static_assert(sizeof(NFT_FORWARDING) == 0x11, "the length in it");
	if (!udata)
		return KINDS;
	if (!nat && begins_with(udata, others, sizeof(others)))
		return OTHERS;
	return !begins_with(udata, v->mark, v->comment_len) ? KINDS : nat ? MASQUERADE : GUARD;
}

static bool is_as_wanted(const struct view *v, enum kind kind, const struct nlmsghdr *msg,
			 const struct nlattr *udata)
{
	if (kind != OTHERS && !v->net)
		return false;
	if (!v->thorough && (kind == OTHERS || begins_with(udata, v->mark, v->mark_len)))
		return true;
	return rule_matches(msg, kind, v->net);
}

static void take_rule(const struct nlmsghdr *msg, void *arg)
{
	struct view *v = arg;
	const struct nlattr *attr, *of[NFTA_RULE_MAX + 1] = { 0 };
	enum kind kind;

	if (!msg) {
		v->strangers = 0;
		for (kind = 0; kind < KINDS; kind++)
			v->of[kind].count = 0;
		return;
	}
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) <= NFTA_RULE_MAX)
			of[mnl_attr_get_type(attr)] = attr;
	}
	kind = kind_of(v, of[NFTA_RULE_CHAIN], of[NFTA_RULE_USERDATA]);
	if (kind == KINDS || !of[NFTA_RULE_HANDLE]) {
		v->strangers++;
		return;
	}
	v->of[kind].count++;
	v->of[kind].handle = mnl_attr_get_u64(of[NFTA_RULE_HANDLE]);
	v->of[kind].match = is_as_wanted(v, kind, msg, of[NFTA_RULE_USERDATA]);
}

static int look(struct netlink *nl, struct view *v, struct err *e)
{
	struct netlink_batch b;
	struct nfgenmsg *nfg;

	take_rule(NULL, v);
	netlink_start(&b);
	nfg = netlink_add_dump(&b, nft_type(NFT_MSG_GETRULE), sizeof(*nfg));
	nfg->nfgen_family = NFPROTO_IPV4;
	netlink_label(&b, "nft-list", "list table ip " NFT_TABLE, "");
	netlink_ignore(&b, ENOENT);
	netlink_put_str(&b, NFTA_RULE_TABLE, NFT_TABLE);
	return explain_look(e, netlink_run(nl, &b, take_rule, v, e));
}

/* Whether each rule is there as often as wanted, and as wanted. (A table without any network's rules is not good: it
 * shall go.) */
static bool as_wanted(const struct view *v)
{
	bool none = false;

	for (enum kind kind = 0; kind < KINDS; kind++) {
		none |= v->of[kind].want == WANT_NONE;
		if ((v->of[kind].want == WANT_ONE && (v->of[kind].count != 1 || !v->of[kind].match)) ||
		    (v->of[kind].want == WANT_NONE && v->of[kind].count > 0))
			return false;
	}
	return !none || v->strangers > 0;
}

/* ---- changing ---- */

static void take_generation(const struct nlmsghdr *msg, void *arg)
{
	struct nftnl_gen *gen = msg ? nftnl_gen_alloc() : NULL;

	if (!gen)
		return;
	if (nftnl_gen_nlmsg_parse(msg, gen) == 0)
		*(uint32_t *)arg = nftnl_gen_get_u32(gen, NFTNL_GEN_ID);
	nftnl_gen_free(gen);
}

/* The number of the ruleset's present state, all tables' together. */
static int generation(struct netlink *nl, uint32_t *id, struct err *e)
{
	struct netlink_batch b;

	netlink_start(&b);
	netlink_add_get(&b, nft_type(NFT_MSG_GETGEN), sizeof(struct nfgenmsg));
	netlink_label(&b, "nft-list", "read the nf_tables generation", "");
	return explain_look(e, netlink_run(nl, &b, take_generation, id, e));
}

static void add_rule_delete(struct netlink_batch *b, enum kind kind, uint64_t handle)
{
	add(b, NFT_MSG_DELRULE, 0);
	netlink_put_str(b, NFTA_RULE_TABLE, NFT_TABLE);
	netlink_put_str(b, NFTA_RULE_CHAIN, chain_of[kind]);
	netlink_put(b, NFTA_RULE_HANDLE, &handle, sizeof(handle));
}

static bool add_rule(struct netlink_batch *b, enum kind kind, const struct view *v)
{
	struct nftnl_rule *rule = rule_new(kind, v->net);
	bool ok = rule && nftnl_rule_set_data(rule, NFTNL_RULE_USERDATA, v->mark, v->mark_len) == 0;

	add(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	if (ok)
		nftnl_rule_nlmsg_build_payload(b->msg, rule);
	if (rule)
		nftnl_rule_free(rule);
	return ok;
}

static void add_table(struct netlink_batch *b, uint16_t type, uint16_t flags)
{
	add(b, type, flags);
	netlink_put_str(b, NFTA_TABLE_NAME, NFT_TABLE);
}

/* One step towards what is wanted: of each kind a rule less, and one that is right. False: no memory. */
static bool add_change(struct netlink_batch *b, const struct view *v)
{
	bool none = v->of[GUARD].want == WANT_NONE;

	if (none && v->strangers == 0) {
		add_table(b, NFT_MSG_DELTABLE, 0);
		netlink_ignore(b, ENOENT);
		return true;
	}
	if (!none) {
		add_table(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
		if (!add_chains(b))
			return false;
	}
	for (enum kind kind = 0; kind < KINDS; kind++) {
		bool good = v->of[kind].count == 1 && v->of[kind].match;

		if (v->of[kind].want == WANT_ANY || (v->of[kind].want == WANT_ONE && good))
			continue;
		if (v->of[kind].count)
			add_rule_delete(b, kind, v->of[kind].handle);
		if (v->of[kind].want == WANT_ONE && v->of[kind].count <= 1 && !add_rule(b, kind, v))
			return false;
	}
	return true;
}

/* Whether one step was all that it took. */
static bool is_last_step(const struct view *v)
{
	bool table = v->of[GUARD].want == WANT_NONE && v->strangers == 0;

	for (enum kind kind = 0; kind < KINDS; kind++)
		if (v->of[kind].want != WANT_ANY && v->of[kind].count > 1 && !table)
			return false;
	return true;
}

static int change(struct netlink *nl, struct view *v, struct err *e)
{
	struct netlink_batch b;
	uint32_t id = 0;

	for (int i = 0; i < CHANGE_TRIES; i++) {
		int r = generation(nl, &id, e);

		if (r == 0)
			r = look(nl, v, e);
		if (r < 0 || as_wanted(v))
			return r;
		netlink_start(&b);
		add_batch(&b, NFNL_MSG_BATCH_BEGIN);
		netlink_put_be32(&b, NFNL_BATCH_GENID, id);
		if (!add_change(&b, v))
			return err_set(e, "nft-memory", ENOMEM, "describe table ip " NFT_TABLE);
		netlink_await(&b);
		add_batch(&b, NFNL_MSG_BATCH_END);
		r = netlink_run(nl, &b, NULL, NULL, e);
		if (r < 0 && r != -ERESTART)
			return explain_change(e, r);
		if (r == 0 && is_last_step(v))
			return 0;
	}
	err_set(e, "nft-busy", EBUSY, "change table ip " NFT_TABLE);
	return err_cause(e, "the firewall's ruleset changed during each of %d attempts", CHANGE_TRIES);
}

static int ensure(struct netlink *nl, struct view *v, struct err *e)
{
	int r = look(nl, v, e);

	return r < 0 || as_wanted(v) ? r : change(nl, v, e);
}

int nft_network_ensure(struct netlink *nl, const struct nft_network *net, struct err *e)
{
	struct view v;

	view_start_network(&v, net);
	return ensure(nl, &v, e);
}

int nft_network_delete(struct netlink *nl, const char *comment, struct err *e)
{
	struct view v;

	view_start(&v, comment, WANT_NONE, WANT_ANY);
	return change(nl, &v, e);
}

int nft_forwarding_ensure(struct netlink *nl, struct err *e)
{
	struct view v;

	view_start(&v, NFT_FORWARDING, WANT_ANY, WANT_ONE);
	return ensure(nl, &v, e);
}

int nft_forwarding_ends(struct netlink *nl, const char *comment, bool *ends, struct err *e)
{
	struct view v;
	int r;

	view_start(&v, comment, WANT_ANY, WANT_ANY);
	r = look(nl, &v, e);
	*ends = r == 0 && v.of[OTHERS].count > 0 && v.strangers == 0;
	return r;
}

/* ---- checking ---- */

static int different(struct err *e, const char *what, const char *name, const char *cause)
{
	err_set(e, "nft-different", ESTALE, "check %s %s", what, name);
	return err_cause(e, "%s", cause);
}

/* A chain as it shall be, and whether it is. */
struct look_chain {
	const char *type;
	uint32_t hook;
	int32_t priority;
	bool match;
};

static void take_chain(const struct nlmsghdr *msg, void *arg)
{
	struct nftnl_chain *chain = msg ? nftnl_chain_alloc() : NULL;
	struct look_chain *want = arg;

	if (!chain)
		return;
	want->match = nftnl_chain_nlmsg_parse(msg, chain) == 0 &&
		      str_eq(nftnl_chain_get_str(chain, NFTNL_CHAIN_TYPE), want->type) &&
		      nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM) == want->hook &&
		      nftnl_chain_get_s32(chain, NFTNL_CHAIN_PRIO) == want->priority &&
		      nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY) == NF_ACCEPT;
	nftnl_chain_free(chain);
}

static int check_chain(struct netlink *nl, enum kind kind, struct err *e)
{
	struct look_chain want =
		kind == MASQUERADE ?
			(struct look_chain){ "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC, false } :
			(struct look_chain){ "filter", NF_INET_FORWARD, NF_IP_PRI_FILTER, false };
	struct netlink_batch b;
	struct nfgenmsg *nfg;
	int r;

	netlink_start(&b);
	nfg = netlink_add_get(&b, nft_type(NFT_MSG_GETCHAIN), sizeof(*nfg));
	nfg->nfgen_family = NFPROTO_IPV4;
	netlink_label(&b, "nft-list", "look up chain", chain_of[kind]);
	netlink_put_str(&b, NFTA_CHAIN_TABLE, NFT_TABLE);
	netlink_put_str(&b, NFTA_CHAIN_NAME, chain_of[kind]);
	r = netlink_run(nl, &b, take_chain, &want, e);
	if (r == 0 && !want.match)
		return different(e, "nft chain", chain_of[kind],
				 "it is not of the type, hook, priority and policy that guise gave it");
	return r;
}

static int check_rule(const struct view *v, enum kind kind, struct err *e)
{
	const char *comment = v->net->comment;

	if (v->of[kind].count == 0) {
		err_set(e, "nft-missing", ENOENT, "check nft rule %s", comment);
		return err_cause(e, "chain %s of table ip " NFT_TABLE " has no rule with that comment",
				 chain_of[kind]);
	}
	if (v->of[kind].count > 1)
		return different(e, "nft rule", comment, "it is there more than once");
	return v->of[kind].match ? 0 : different(e, "nft rule", comment, "it has been changed");
}

int nft_network_check(struct netlink *nl, const struct nft_network *net, struct err *e)
{
	struct view v;
	int r;

	view_start_network(&v, net);
	v.thorough = true;
	r = look(nl, &v, e);
	for (enum kind kind = MASQUERADE; r == 0 && kind <= GUARD; kind++)
		r = check_rule(&v, kind, e);
	for (enum kind kind = MASQUERADE; r == 0 && kind <= GUARD; kind++)
		r = check_chain(nl, kind, e);
	return r;
}
