/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <string.h>

/* How often a change is tried again because the ruleset changed while it was prepared. */
enum { CHANGE_TRIES = 64 };
/* Rules of one comment that are deleted in one transaction; a second one is somebody's copy already. */
enum { RULES_MAX = 3 };
/* In a rule's user data: type, length, value; comments are type 0 (libnftnl's NFTNL_UDATA_RULE_COMMENT). */
enum { UDATA_COMMENT = 0, COMMENT_MAX = 128 };

static int unsupported(struct err *e, const char *what)
{
	err_set(e, "nft-unsupported", EOPNOTSUPP, "%s", what);
	err_cause(e, "this kernel has no nf_tables (CONFIG_NF_TABLES, module nf_tables)");
	return err_hint(e, "load the module with `modprobe nf_tables`, or use --network none");
}

int nft_open(struct netlink *nl, struct err *e)
{
	int r = netlink_open(nl, NETLINK_NETFILTER, e);

	return r == -EPROTONOSUPPORT ? unsupported(e, "open a netfilter socket") : r;
}

static void set_nfgenmsg(struct nfgenmsg *nfg, uint8_t family, uint16_t res_id)
{
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(res_id);
}

static uint16_t nft_type(uint16_t type)
{
	return NFNL_SUBSYS_NFTABLES << 8 | type;
}

static void add(struct netlink_batch *b, uint16_t type, uint16_t flags)
{
	set_nfgenmsg(netlink_add(b, nft_type(type), flags, sizeof(struct nfgenmsg)), NFPROTO_IPV4, 0);
	netlink_label(b, "nft-change", "change table ip " NFT_TABLE, "");
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

/* --- the rule, as a message ------------------------------------------------------------------- */

static void put_chain(struct netlink_batch *b)
{
	struct nlattr *hook;

	netlink_put_str(b, NFTA_CHAIN_TABLE, NFT_TABLE);
	netlink_put_str(b, NFTA_CHAIN_NAME, NFT_CHAIN);
	hook = netlink_nest(b, NFTA_CHAIN_HOOK);
	netlink_put_be32(b, NFTA_HOOK_HOOKNUM, NF_INET_POST_ROUTING);
	netlink_put_be32(b, NFTA_HOOK_PRIORITY, NF_IP_PRI_NAT_SRC);
	netlink_nest_end(b, hook);
	netlink_put_be32(b, NFTA_CHAIN_POLICY, NF_ACCEPT);
	netlink_put_str(b, NFTA_CHAIN_TYPE, "nat");
}

struct expr {
	struct nlattr *elem, *data;
};

static struct expr expr_begin(struct netlink_batch *b, const char *name)
{
	struct expr x = {.elem = netlink_nest(b, NFTA_LIST_ELEM)};

	netlink_put_str(b, NFTA_EXPR_NAME, name);
	x.data = netlink_nest(b, NFTA_EXPR_DATA);
	return x;
}

static void expr_end(struct netlink_batch *b, struct expr x)
{
	netlink_nest_end(b, x.data);
	netlink_nest_end(b, x.elem);
}

static void put_value(struct netlink_batch *b, uint16_t type, const void *value, size_t len)
{
	struct nlattr *data = netlink_nest(b, type);

	netlink_put(b, NFTA_DATA_VALUE, value, len);
	netlink_nest_end(b, data);
}

/* Compare register 1 with value: go on with the rule when op holds. */
static void put_cmp(struct netlink_batch *b, uint32_t op, const void *value, size_t len)
{
	struct expr x = expr_begin(b, "cmp");

	netlink_put_be32(b, NFTA_CMP_SREG, NFT_REG_1);
	netlink_put_be32(b, NFTA_CMP_OP, op);
	put_value(b, NFTA_CMP_DATA, value, len);
	expr_end(b, x);
}

/* ip saddr SUBNET. Encoded as nft(8) does it, which loads no more than the prefix where that ends with a
 * byte, so that a rule made by the command that is printed for a person is the same to check. */
static void put_saddr(struct netlink_batch *b, struct ip4net subnet)
{
	uint32_t mask = htonl(ip4net_mask(subnet.len)), net = htonl(subnet.addr) & mask, zero = 0;
	uint32_t len = subnet.len % 8 == 0 ? subnet.len / 8 : sizeof(net);
	struct expr x = expr_begin(b, "payload");

	netlink_put_be32(b, NFTA_PAYLOAD_DREG, NFT_REG_1);
	netlink_put_be32(b, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	netlink_put_be32(b, NFTA_PAYLOAD_OFFSET, offsetof(struct iphdr, saddr));
	netlink_put_be32(b, NFTA_PAYLOAD_LEN, len);
	expr_end(b, x);

	if (subnet.len % 8 != 0) {
		x = expr_begin(b, "bitwise");
		netlink_put_be32(b, NFTA_BITWISE_SREG, NFT_REG_1);
		netlink_put_be32(b, NFTA_BITWISE_DREG, NFT_REG_1);
		netlink_put_be32(b, NFTA_BITWISE_LEN, len);
		put_value(b, NFTA_BITWISE_MASK, &mask, len);
		put_value(b, NFTA_BITWISE_XOR, &zero, len);
		expr_end(b, x);
	}
	put_cmp(b, NFT_CMP_EQ, &net, len);
}

/* oifname != BRIDGE */
static void put_oifname_not(struct netlink_batch *b, const char *bridge)
{
	char name[IFNAMSIZ] = "";
	struct expr x = expr_begin(b, "meta");

	netlink_put_be32(b, NFTA_META_DREG, NFT_REG_1);
	netlink_put_be32(b, NFTA_META_KEY, NFT_META_OIFNAME);
	expr_end(b, x);
	strncpy(name, bridge, sizeof(name) - 1);
	put_cmp(b, NFT_CMP_NEQ, name, sizeof(name));
}

static void put_comment(struct netlink_batch *b, const char *comment)
{
	uint8_t udata[2 + COMMENT_MAX];
	size_t len = strnlen(comment, COMMENT_MAX - 1);

	udata[0] = UDATA_COMMENT;
	udata[1] = (uint8_t)(len + 1);
	memcpy(udata + 2, comment, len);
	udata[2 + len] = '\0';
	netlink_put(b, NFTA_RULE_USERDATA, udata, 2 + len + 1);
}

static void put_rule(struct netlink_batch *b, const struct nft_masquerade *nat)
{
	struct nlattr *list;

	netlink_put_str(b, NFTA_RULE_TABLE, NFT_TABLE);
	netlink_put_str(b, NFTA_RULE_CHAIN, NFT_CHAIN);
	list = netlink_nest(b, NFTA_RULE_EXPRESSIONS);
	put_saddr(b, nat->subnet);
	put_oifname_not(b, nat->bridge);
	expr_end(b, expr_begin(b, "masq"));
	netlink_nest_end(b, list);
	put_comment(b, nat->comment);
}

/* --- comparing it with what the kernel has ---------------------------------------------------- */

struct attrs {
	const void *data;
	size_t len;
};

static struct attrs attrs_nested(const struct nlattr *attr)
{
	return (struct attrs){mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr)};
}

static struct attrs attrs_of(const struct nlmsghdr *msg)
{
	return (struct attrs){mnl_nlmsg_get_payload_offset(msg, sizeof(struct nfgenmsg)),
			      mnl_nlmsg_get_payload_len(msg) - MNL_ALIGN(sizeof(struct nfgenmsg))};
}

/* The n-th attribute (from 0) of that type before end, or NULL; *count, which may be NULL, is how many
 * of the type there are before end. */
static const struct nlattr *attr_find(struct attrs in, uint16_t type, size_t n, const void *end,
				      size_t *count)
{
	const struct nlattr *attr, *found = NULL;
	size_t seen = 0;

	mnl_attr_for_each_payload(in.data, in.len)
	{
		if (end && (const void *)attr >= end)
			break;
		if (mnl_attr_get_type(attr) == type && seen++ == n)
			found = attr;
	}
	if (count)
		*count = seen;
	return found;
}

/* Whether have holds all that want does. The kernel may tell more (handles, flags), and in another
 * order; but of each attribute that is wanted there must be as many, so that lists have equal length,
 * and nothing at all where nothing is wanted: `masquerade` isn't `masquerade random`. */
static bool attrs_match(struct attrs want, struct attrs have)
{
	const struct nlattr *attr;

	if (want.len == 0)
		return have.len == 0;
	mnl_attr_for_each_payload(want.data, want.len)
	{
		uint16_t type = mnl_attr_get_type(attr);
		size_t nth, wanted, had;
		const struct nlattr *other;

		attr_find(want, type, 0, attr, &nth);
		attr_find(want, type, 0, NULL, &wanted);
		other = attr_find(have, type, nth, NULL, &had);
		if (!other || wanted != had)
			return false;
		if (attr->nla_type & NLA_F_NESTED) {
			if (!attrs_match(attrs_nested(attr), attrs_nested(other)))
				return false;
		} else if (attr->nla_len != other->nla_len ||
			   memcmp(mnl_attr_get_payload(attr), mnl_attr_get_payload(other),
				  mnl_attr_get_payload_len(attr)) != 0) {
			return false;
		}
	}
	return true;
}

/* --- looking ---------------------------------------------------------------------------------- */

/* What the table holds, seen with one network's eyes. */
struct view {
	const char *comment;
	struct netlink_batch *want; /* a batch whose first message is the wanted rule; NULL: any will do */
	unsigned rules;		    /* in the table */
	unsigned ours;		    /* ... with our comment */
	bool match;		    /* ... and the last one of these is as wanted */
	uint64_t handle[RULES_MAX]; /* of the first ones of ours */
};

static bool has_comment(struct attrs rule, const char *comment)
{
	const struct nlattr *attr = attr_find(rule, NFTA_RULE_USERDATA, 0, NULL, NULL);
	const uint8_t *p, *end;

	if (!attr)
		return false;
	p = mnl_attr_get_payload(attr);
	end = p + mnl_attr_get_payload_len(attr);
	for (; end - p >= 2 && end - p - 2 >= p[1]; p += 2 + p[1]) {
		if (p[0] == UDATA_COMMENT && p[1] == strlen(comment) + 1 && memcmp(p + 2, comment, p[1]) == 0)
			return true;
	}
	return false;
}

static void take_rule(const struct nlmsghdr *msg, void *arg)
{
	struct view *v = arg;
	const struct nlattr *handle;
	struct attrs rule;

	if (!msg) {
		*v = (struct view){.comment = v->comment, .want = v->want};
		return;
	}
	if (msg->nlmsg_type != nft_type(NFT_MSG_NEWRULE))
		return;
	v->rules++;
	rule = attrs_of(msg);
	handle = attr_find(rule, NFTA_RULE_HANDLE, 0, NULL, NULL);
	if (!handle || !has_comment(rule, v->comment))
		return;
	if (v->ours < RULES_MAX)
		memcpy(&v->handle[v->ours], mnl_attr_get_payload(handle), sizeof(uint64_t));
	v->ours++;
	v->match = v->want && attrs_match(attrs_of((const struct nlmsghdr *)v->want->buf), rule);
}

static int look(struct netlink *nl, struct view *v, struct err *e)
{
	struct netlink_batch b;
	int r;

	take_rule(NULL, v);
	netlink_start(&b);
	set_nfgenmsg(netlink_add_dump(&b, nft_type(NFT_MSG_GETRULE), sizeof(struct nfgenmsg)), NFPROTO_IPV4,
		     0);
	netlink_label(&b, "nft-list", "list table ip " NFT_TABLE, "");
	netlink_ignore(&b, ENOENT);
	netlink_put_str(&b, NFTA_RULE_TABLE, NFT_TABLE);
	r = netlink_run(nl, &b, take_rule, v, e);
	return explain_look(e, r);
}

/* --- changing --------------------------------------------------------------------------------- */

static void take_generation(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *id = msg ? attr_find(attrs_of(msg), NFTA_GEN_ID, 0, NULL, NULL) : NULL;

	if (id)
		*(uint32_t *)arg = ntohl(mnl_attr_get_u32(id));
}

/* The number of the ruleset's present state, all tables' together. */
static int generation(struct netlink *nl, uint32_t *id, struct err *e)
{
	struct netlink_batch b;

	netlink_start(&b);
	set_nfgenmsg(netlink_add_get(&b, nft_type(NFT_MSG_GETGEN), sizeof(struct nfgenmsg)), AF_UNSPEC, 0);
	netlink_label(&b, "nft-list", "read the nf_tables generation", "");
	return explain_look(e, netlink_run(nl, &b, take_generation, id, e));
}

/* A transaction: what is between the two happens whole or not at all, and only in generation id. */
static void begin(struct netlink_batch *b, uint32_t id)
{
	netlink_start(b);
	set_nfgenmsg(netlink_add(b, NFNL_MSG_BATCH_BEGIN, 0, sizeof(struct nfgenmsg)), AF_UNSPEC,
		     NFNL_SUBSYS_NFTABLES);
	netlink_label(b, "nft-change", "change table ip " NFT_TABLE, "");
	netlink_put_be32(b, NFNL_BATCH_GENID, id);
}

static void end(struct netlink_batch *b)
{
	set_nfgenmsg(netlink_add(b, NFNL_MSG_BATCH_END, 0, sizeof(struct nfgenmsg)), AF_UNSPEC,
		     NFNL_SUBSYS_NFTABLES);
}

static void delete_rules(struct netlink_batch *b, const struct view *v, uint16_t flags)
{
	for (unsigned i = 0; i < v->ours && i < RULES_MAX; i++) {
		add(b, NFT_MSG_DELRULE, flags);
		netlink_put_str(b, NFTA_RULE_TABLE, NFT_TABLE);
		netlink_put_str(b, NFTA_RULE_CHAIN, NFT_CHAIN);
		netlink_put(b, NFTA_RULE_HANDLE, &v->handle[i], sizeof(v->handle[i]));
	}
}

static void put_ensure(struct netlink_batch *b, const struct nft_masquerade *nat, const struct view *v)
{
	add(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	netlink_put_str(b, NFTA_TABLE_NAME, NFT_TABLE);
	add(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	put_chain(b);
	delete_rules(b, v, 0);
	add(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK);
	put_rule(b, nat);
}

static void put_delete(struct netlink_batch *b, const struct view *v)
{
	if (v->rules > v->ours) {
		delete_rules(b, v, NLM_F_ACK);
		return;
	}
	add(b, NFT_MSG_DELTABLE, NLM_F_ACK);
	netlink_ignore(b, ENOENT);
	netlink_put_str(b, NFTA_TABLE_NAME, NFT_TABLE);
}

/* Whether the rule is there exactly once as wanted; or, where none is wanted, others' rules only. (A
 * table without any rules is not good then: it shall go.) */
static bool as_wanted(const struct view *v)
{
	return v->want ? v->ours == 1 && v->match : v->ours == 0 && v->rules > 0;
}

/* Bring the table to what is wanted: nat's rule, or (nat NULL) no rule of v's comment. */
static int change(struct netlink *nl, struct view *v, const struct nft_masquerade *nat, struct err *e)
{
	struct netlink_batch b;
	uint32_t id = 0;
	int r;

	for (int i = 0; i < CHANGE_TRIES; i++) {
		r = generation(nl, &id, e);
		if (r == 0)
			r = look(nl, v, e);
		if (r < 0 || as_wanted(v))
			return r;
		begin(&b, id);
		if (nat)
			put_ensure(&b, nat, v);
		else
			put_delete(&b, v);
		end(&b);
		r = netlink_run(nl, &b, NULL, NULL, e);
		if (r < 0 && r != -ERESTART)
			return explain_change(e, r);
		if (r == 0 && v->ours <= RULES_MAX)
			return 0;
	}
	err_set(e, "nft-busy", EBUSY, "change table ip " NFT_TABLE);
	return err_cause(e, "the firewall's ruleset changed during each of %d attempts", CHANGE_TRIES);
}

/* The wanted rule as a batch of one message, to compare with; never sent. */
static void put_wanted(struct netlink_batch *want, const struct nft_masquerade *nat)
{
	netlink_start(want);
	add(want, NFT_MSG_NEWRULE, 0);
	put_rule(want, nat);
}

int nft_masquerade_ensure(struct netlink *nl, const struct nft_masquerade *nat, struct err *e)
{
	struct netlink_batch want;
	struct view v = {.comment = nat->comment, .want = &want};
	int r;

	put_wanted(&want, nat);
	r = look(nl, &v, e);
	if (r < 0 || as_wanted(&v))
		return r;
	return change(nl, &v, nat, e);
}

int nft_masquerade_delete(struct netlink *nl, const char *comment, struct err *e)
{
	struct view v = {.comment = comment};

	return change(nl, &v, NULL, e);
}

/* --- checking --------------------------------------------------------------------------------- */

static int different(struct err *e, const char *what, const char *name, const char *cause)
{
	err_set(e, "nft-different", ESTALE, "check %s %s", what, name);
	return err_cause(e, "%s", cause);
}

struct chain_view {
	struct netlink_batch *want;
	bool match;
};

static void take_chain(const struct nlmsghdr *msg, void *arg)
{
	struct chain_view *v = arg;

	v->match = msg && attrs_match(attrs_of((const struct nlmsghdr *)v->want->buf), attrs_of(msg));
}

static int check_chain(struct netlink *nl, struct err *e)
{
	struct netlink_batch want, b;
	struct chain_view v = {.want = &want};
	int r;

	netlink_start(&want);
	add(&want, NFT_MSG_NEWCHAIN, 0);
	put_chain(&want);

	netlink_start(&b);
	set_nfgenmsg(netlink_add_get(&b, nft_type(NFT_MSG_GETCHAIN), sizeof(struct nfgenmsg)), NFPROTO_IPV4,
		     0);
	netlink_label(&b, "nft-list", "look up chain ip " NFT_TABLE " " NFT_CHAIN, "");
	netlink_put_str(&b, NFTA_CHAIN_TABLE, NFT_TABLE);
	netlink_put_str(&b, NFTA_CHAIN_NAME, NFT_CHAIN);
	r = netlink_run(nl, &b, take_chain, &v, e);
	if (r == 0 && !v.match)
		return different(e, "chain", "ip " NFT_TABLE " " NFT_CHAIN,
				 "it is not of type nat, hook postrouting, priority srcnat, policy accept");
	return r;
}

int nft_masquerade_check(struct netlink *nl, const struct nft_masquerade *nat, struct err *e)
{
	struct netlink_batch want;
	struct view v = {.comment = nat->comment, .want = &want};
	int r;

	put_wanted(&want, nat);
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
