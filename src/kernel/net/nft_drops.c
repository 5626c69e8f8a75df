/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/nft_drops.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/str.h"
#include "kernel/net/nft.h"

/* ---- chains ---- */

struct chain {
	uint8_t family;
	const char *table, *name;
	bool forwards, drops; /* on the hook; by its policy */
};

struct listing {
	struct arena *arena;
	struct chain *v;
	size_t n;
};

static bool is_forward(const struct nlattr *hook)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, hook) if (mnl_attr_get_type(attr) == NFTA_HOOK_HOOKNUM) return ntohl(
		mnl_attr_get_u32(attr)) == NF_INET_FORWARD;
	return false;
}

static void take_chain(const struct nlmsghdr *msg, void *arg)
{
	struct listing *l = arg;
	const struct nlattr *attr;
	struct chain c = { .table = "", .name = "" };

	if (!msg)
		l->n = 0;
	if (!msg || nft_kind(msg) != NFT_MSG_NEWCHAIN)
		return;
	c.family = ((const struct nfgenmsg *)mnl_nlmsg_get_payload(msg))->nfgen_family;
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		switch (mnl_attr_get_type(attr)) {
		case NFTA_CHAIN_TABLE:
			c.table = arena_strdup(l->arena, mnl_attr_get_str(attr));
			break;
		case NFTA_CHAIN_NAME:
			c.name = arena_strdup(l->arena, mnl_attr_get_str(attr));
			break;
		case NFTA_CHAIN_HOOK:
			c.forwards = is_forward(attr);
			break;
		case NFTA_CHAIN_POLICY:
			c.drops = ntohl(mnl_attr_get_u32(attr)) == NF_DROP;
			break;
		}
	}
	if (c.family == NFPROTO_IPV4 || c.family == NFPROTO_IPV6 || c.family == NFPROTO_INET)
		arena_push(l->arena, l->v, l->n, c);
}

static int list_chains(struct netlink *nl, struct listing *l, struct err *e)
{
	struct netlink_batch b;

	netlink_start(&b);
	netlink_add_dump(&b, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN, sizeof(struct nfgenmsg));
	netlink_label(&b, "nft-list", "list the chains of the firewall", "");
	return nft_ask(nl, &b, take_chain, l, e);
}

/* Where docker and ufw say that rules of one's own belong. */
static const char *own_chain(const struct listing *l, const struct chain *of)
{
	static const char *const names[] = { "DOCKER-USER", "ufw-user-forward", "ufw6-user-forward" };

	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < ARRAY_LEN(names); k++)
			if (l->v[i].family == of->family && str_eq(l->v[i].table, of->table) &&
			    str_eq(l->v[i].name, names[k]))
				return l->v[i].name;
	return NULL;
}

/* ---- rules ---- */

struct rules {
	struct nft_drop *drop;
	bool by_policy;
	const char *link;
};

static bool is_drop(const struct nlattr *data)
{
	const struct nlattr *value, *verdict, *code;

	mnl_attr_for_each_nested(value, data)
	{
		if (mnl_attr_get_type(value) != NFTA_IMMEDIATE_DATA)
			continue;
		mnl_attr_for_each_nested(verdict, value) mnl_attr_for_each_nested(
			code, verdict) if (mnl_attr_get_type(code) ==
					   NFTA_VERDICT_CODE) return ntohl(mnl_attr_get_u32(code)) == NF_DROP;
	}
	return false;
}

/* Its first expression, but for a counter, drops or rejects. */
static bool is_without_condition(const struct nlattr *expressions)
{
	const struct nlattr *elem, *attr, *data;
	const char *name;

	mnl_attr_for_each_nested(elem, expressions)
	{
		name = "";
		data = NULL;
		mnl_attr_for_each_nested(attr, elem)
		{
			if (mnl_attr_get_type(attr) == NFTA_EXPR_NAME)
				name = mnl_attr_get_str(attr);
			if (mnl_attr_get_type(attr) == NFTA_EXPR_DATA)
				data = attr;
		}
		if (!str_eq(name, "counter"))
			return str_eq(name, "reject") || (str_eq(name, "immediate") && data && is_drop(data));
	}
	return false;
}

/* Names are compared as they are in memory, up to their end. */
static void take_rule(const struct nlmsghdr *msg, void *arg)
{
	struct rules *r = arg;
	const struct nlattr *attr;
	const char *chain = "";

	if (!msg) {
		r->drop->names_link = false;
		r->drop->drops = r->by_policy;
	}
	if (!msg || nft_kind(msg) != NFT_MSG_NEWRULE)
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == NFTA_RULE_CHAIN)
			chain = mnl_attr_get_str(attr);
		if (mnl_attr_get_type(attr) != NFTA_RULE_EXPRESSIONS)
			continue;
		r->drop->names_link |= memmem(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr),
					      r->link, strlen(r->link) + 1) != NULL;
		r->drop->drops |= str_eq(chain, r->drop->chain) && is_without_condition(attr);
	}
}

static int look_at_rules(struct netlink *nl, struct rules *r, struct err *e)
{
	struct netlink_batch b;
	struct nfgenmsg *nfg;

	netlink_start(&b);
	nfg = netlink_add_dump(&b, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, sizeof(*nfg));
	nfg->nfgen_family = r->drop->family;
	netlink_label(&b, "nft-list", "list the rules of table", r->drop->table);
	netlink_put_str(&b, NFTA_RULE_TABLE, r->drop->table);
	return nft_ask(nl, &b, take_rule, r, e);
}

int nft_forward_drops(struct netlink *nl, struct arena *a, const char *but, const char *link,
		      struct nft_drop **list, size_t *n, struct err *e)
{
	struct listing l = { .arena = a };
	int r = list_chains(nl, &l, e);

	*list = NULL;
	*n = 0;
	for (size_t i = 0; r == 0 && i < l.n; i++) {
		const struct chain *c = &l.v[i];
		struct nft_drop drop = { c->family, c->table, c->name, own_chain(&l, c), false, c->drops };
		struct rules rules = { &drop, c->drops, link };

		if (!c->forwards || (c->family == NFPROTO_INET && str_eq(c->table, but)))
			continue;
		if ((r = look_at_rules(nl, &rules, e)) == 0 && drop.drops)
			arena_push(a, *list, *n, drop);
	}
	return r;
}
