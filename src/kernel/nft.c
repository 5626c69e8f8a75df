/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/gen.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <string.h>

#include "base/str.h"

/* How often a change is tried again because the ruleset changed while it was prepared. */
enum { CHANGE_TRIES = 64 };
/* A rule of ours as libnftnl's text takes about 300 bytes, and up to five for each byte of user data. */
enum { TEXT_BYTES = 2048 };
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
		err_hint(e, "load the modules nft_chain_nat and nft_masq, or use --network none");
	} else if (r == -EOPNOTSUPP || r == -EEXIST || r == -EBUSY) {
		err_cause(e, "chain " NFT_CHAIN " is there, but not of type nat, hook postrouting (%s)",
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
static void put_saddr(struct building *b, struct ip4net subnet)
{
	uint32_t mask = htonl(ip4net_mask(subnet.len)), net = htonl(subnet.addr) & mask;
	uint32_t len = subnet.len % 8 == 0 ? subnet.len / 8 : sizeof(net);

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
	put_cmp(b, NFT_CMP_EQ, &net, len);
}

/* oifname != BRIDGE */
static void put_oifname_not(struct building *b, const char *bridge)
{
	char name[IFNAMSIZ] = "";

	strncpy(name, bridge, sizeof(name) - 1);
	expr_begin(b, "meta");
	expr_put_u32(b, NFTNL_EXPR_META_DREG, NFT_REG_1);
	expr_put_u32(b, NFTNL_EXPR_META_KEY, NFT_META_OIFNAME);
	put_cmp(b, NFT_CMP_NEQ, name, sizeof(name));
}

/* The rule as nat describes it, without user data. The caller frees it. NULL: no memory. */
static struct nftnl_rule *rule_new(const struct nft_masquerade *nat)
{
	struct building b = {.rule = nftnl_rule_alloc()};

	if (!b.rule)
		return NULL;
	nftnl_rule_set_u32(b.rule, NFTNL_RULE_FAMILY, NFPROTO_IPV4);
	if (nftnl_rule_set_str(b.rule, NFTNL_RULE_TABLE, NFT_TABLE) < 0 ||
	    nftnl_rule_set_str(b.rule, NFTNL_RULE_CHAIN, NFT_CHAIN) < 0)
		b.failed = true;
	put_saddr(&b, nat->subnet);
	put_oifname_not(&b, nat->bridge);
	expr_begin(&b, "masq");
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

/* Whether the rule in msg is as nat describes it, user data aside. */
static bool rule_matches(const struct nlmsghdr *msg, const struct nft_masquerade *nat)
{
	struct nftnl_rule *want = rule_new(nat), *have = nftnl_rule_alloc();
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

static bool add_chain(struct netlink_batch *b)
{
	struct nftnl_chain *chain = nftnl_chain_alloc();
	bool ok;

	if (!chain)
		return false;
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, NF_INET_POST_ROUTING);
	nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, NF_IP_PRI_NAT_SRC);
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	ok = nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, NFT_TABLE) == 0 &&
	     nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, NFT_CHAIN) == 0 &&
	     nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "nat") == 0;
	if (ok)
		nftnl_chain_nlmsg_build_payload(add(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE), chain);
	nftnl_chain_free(chain);
	return ok;
}

/* ---- looking ---- */

/* What the table holds, seen with one network's eyes. */
struct view {
	const struct nft_masquerade *nat;  /* NULL: its rule shall go */
	bool thorough;			   /* don't believe a rule's user data, compare its expressions */
	uint8_t mark[NFT_USERDATA_MAXLEN]; /* the rule's user data ... */
	uint32_t mark_len, comment_len;	   /* ... of which the comment is the first part */
	unsigned rules;			   /* in the table */
	unsigned ours;			   /* ... with our comment */
	bool match;			   /* ... and the last one of these is as wanted */
	uint64_t handle;		   /* ... and has this number (big endian) */
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

static void view_start(struct view *v, const char *comment, const struct nft_masquerade *nat)
{
	char text[NFTNL_UDATA_COMMENT_MAXLEN] = "", bridge[IFNAMSIZ] = "";

	v->nat = nat;
	v->thorough = false;
	v->mark_len = 0;
	strncpy(text, comment, sizeof(text) - 1);
	mark_put(v, NFTNL_UDATA_RULE_COMMENT, text, strlen(text) + 1);
	v->comment_len = v->mark_len;
	if (!nat)
		return;
	strncpy(bridge, nat->bridge, sizeof(bridge) - 1);
	mark_put(v, UDATA_SUBNET, &nat->subnet.addr, sizeof(nat->subnet.addr));
	mark_put(v, UDATA_SUBNET_LEN, &nat->subnet.len, sizeof(nat->subnet.len));
	mark_put(v, UDATA_BRIDGE, bridge, sizeof(bridge));
}

/* Whether attr's value begins with (or is) the first len bytes of the mark. */
static bool has_mark(const struct nlattr *attr, const struct view *v, uint32_t len)
{
	return mnl_attr_get_payload_len(attr) >= len && memcmp(mnl_attr_get_payload(attr), v->mark, len) == 0;
}

static void take_rule(const struct nlmsghdr *msg, void *arg)
{
	struct view *v = arg;
	const struct nlattr *attr, *handle = NULL, *udata = NULL;

	if (!msg) {
		v->rules = v->ours = 0;
		return;
	}
	v->rules++;
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == NFTA_RULE_HANDLE)
			handle = attr;
		else if (mnl_attr_get_type(attr) == NFTA_RULE_USERDATA)
			udata = attr;
	}
	if (!handle || !udata || !has_mark(udata, v, v->comment_len))
		return;
	v->ours++;
	v->handle = mnl_attr_get_u64(handle);
	v->match = v->nat && ((!v->thorough && has_mark(udata, v, v->mark_len)) || rule_matches(msg, v->nat));
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

/* Whether the rule is there exactly once as wanted; or, where none is wanted, others' rules only. (A
 * table without any rules is not good then: it shall go.) */
static bool as_wanted(const struct view *v)
{
	return v->nat ? v->ours == 1 && v->match : v->ours == 0 && v->rules > 0;
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

static void add_rule_delete(struct netlink_batch *b, uint64_t handle, uint16_t flags)
{
	add(b, NFT_MSG_DELRULE, flags);
	netlink_put_str(b, NFTA_RULE_TABLE, NFT_TABLE);
	netlink_put_str(b, NFTA_RULE_CHAIN, NFT_CHAIN);
	netlink_put(b, NFTA_RULE_HANDLE, &handle, sizeof(handle));
}

static bool add_rule(struct netlink_batch *b, const struct view *v)
{
	struct nftnl_rule *rule = rule_new(v->nat);
	bool ok = rule && nftnl_rule_set_data(rule, NFTNL_RULE_USERDATA, v->mark, v->mark_len) == 0;

	add(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK);
	if (ok)
		nftnl_rule_nlmsg_build_payload(b->msg, rule);
	if (rule)
		nftnl_rule_free(rule);
	return ok;
}

/* One step towards what is wanted. False: no memory. */
static bool add_change(struct netlink_batch *b, const struct view *v)
{
	if (v->ours > 1 || (!v->nat && v->rules > 1)) {
		add_rule_delete(b, v->handle, NLM_F_ACK);
		return true;
	}
	add(b, v->nat ? NFT_MSG_NEWTABLE : NFT_MSG_DELTABLE, v->nat ? NLM_F_CREATE : NLM_F_ACK);
	netlink_put_str(b, NFTA_TABLE_NAME, NFT_TABLE);
	if (!v->nat) {
		netlink_ignore(b, ENOENT);
		return true;
	}
	if (!add_chain(b))
		return false;
	if (v->ours)
		add_rule_delete(b, v->handle, 0);
	return add_rule(b, v);
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
			return err_set(e, "nft-memory", ENOMEM, "describe chain " NFT_CHAIN);
		add_batch(&b, NFNL_MSG_BATCH_END);
		r = netlink_run(nl, &b, NULL, NULL, e);
		if (r < 0 && r != -ERESTART)
			return explain_change(e, r);
		if (r == 0 && v->ours <= 1)
			return 0;
	}
	err_set(e, "nft-busy", EBUSY, "change table ip " NFT_TABLE);
	return err_cause(e, "the firewall's ruleset changed during each of %d attempts", CHANGE_TRIES);
}

int nft_masquerade_ensure(struct netlink *nl, const struct nft_masquerade *nat, struct err *e)
{
	struct view v;
	int r;

	view_start(&v, nat->comment, nat);
	r = look(nl, &v, e);
	return r < 0 || as_wanted(&v) ? r : change(nl, &v, e);
}

int nft_masquerade_delete(struct netlink *nl, const char *comment, struct err *e)
{
	struct view v;

	view_start(&v, comment, NULL);
	return change(nl, &v, e);
}

/* ---- checking ---- */

static int different(struct err *e, const char *what, const char *name, const char *cause)
{
	err_set(e, "nft-different", ESTALE, "check %s %s", what, name);
	return err_cause(e, "%s", cause);
}

static void take_chain(const struct nlmsghdr *msg, void *arg)
{
	struct nftnl_chain *chain = msg ? nftnl_chain_alloc() : NULL;

	if (!chain)
		return;
	*(bool *)arg = nftnl_chain_nlmsg_parse(msg, chain) == 0 &&
		       str_eq(nftnl_chain_get_str(chain, NFTNL_CHAIN_TYPE), "nat") &&
		       nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM) == NF_INET_POST_ROUTING &&
		       nftnl_chain_get_s32(chain, NFTNL_CHAIN_PRIO) == NF_IP_PRI_NAT_SRC &&
		       nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY) == NF_ACCEPT;
	nftnl_chain_free(chain);
}

static int check_chain(struct netlink *nl, struct err *e)
{
	struct netlink_batch b;
	struct nfgenmsg *nfg;
	bool match = false;
	int r;

	netlink_start(&b);
	nfg = netlink_add_get(&b, nft_type(NFT_MSG_GETCHAIN), sizeof(*nfg));
	nfg->nfgen_family = NFPROTO_IPV4;
	netlink_label(&b, "nft-list", "look up chain ip " NFT_TABLE " " NFT_CHAIN, "");
	netlink_put_str(&b, NFTA_CHAIN_TABLE, NFT_TABLE);
	netlink_put_str(&b, NFTA_CHAIN_NAME, NFT_CHAIN);
	r = netlink_run(nl, &b, take_chain, &match, e);
	if (r == 0 && !match)
		return different(e, "chain", "ip " NFT_TABLE " " NFT_CHAIN,
				 "it is not of type nat, hook postrouting, priority srcnat, policy accept");
	return r;
}

int nft_masquerade_check(struct netlink *nl, const struct nft_masquerade *nat, struct err *e)
{
	struct view v;
	int r;

	view_start(&v, nat->comment, nat);
	v.thorough = true;
	r = look(nl, &v, e);
	if (r < 0)
		return r;
	if (v.ours == 0) {
		err_set(e, "nft-missing", ENOENT, "check nft rule %s", nat->comment);
		return err_cause(e, "table ip " NFT_TABLE " has no rule with that comment");
	}
	if (v.ours > 1)
		return different(e, "nft rule", nat->comment, "it is there more than once");
	if (!v.match)
		return different(e, "nft rule", nat->comment, "it has been changed");
	return check_chain(nl, e);
}
