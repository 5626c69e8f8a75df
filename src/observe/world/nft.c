/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ruleset of nf_tables: four dumps of tables, chains, sets and rules, and one of the elements of each set. */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/str.h"
#include "kernel/net/nft.h"
#include "observe/world/rules.h"

/* A set that has more elements (a list of bad addresses, of countries) would need more memory than a look is worth. */
enum { ELEMENTS_MAX = 1 << 16 };

struct reader {
	struct arena *a;
	struct world_netns *ns;
	struct netlink nl;
	struct err *e;
	size_t table, chain; /* where the last one was found: dumps come in the same order */
	struct world_set *set;
};

static struct world_table *table_of(struct reader *r, uint8_t family, const char *name)
{
	for (size_t i = 0; i < r->ns->n_tables; i++) {
		size_t at = (r->table + i) % r->ns->n_tables;
		struct world_table *t = &r->ns->tables[at];

		if (t->family == family && str_eq(t->name, name)) {
			r->chain = at == r->table ? r->chain : 0;
			r->table = at;
			return t;
		}
	}
	return NULL;
}

static struct world_chain *chain_of(struct reader *r, struct world_table *t, const char *name)
{
	for (size_t i = 0; i < t->n_chains; i++) {
		size_t at = (r->chain + i) % t->n_chains;

		if (str_eq(t->chains[at].name, name)) {
			r->chain = at;
			return &t->chains[at];
		}
	}
	return NULL;
}

static uint8_t family_of(const struct nlmsghdr *msg)
{
	return ((const struct nfgenmsg *)mnl_nlmsg_get_payload(msg))->nfgen_family;
}

static void take_table(const struct nlmsghdr *msg, void *arg)
{
	struct reader *r = arg;
	struct world_table t = { 0 };
	const struct nlattr *attr;

	if (!msg) {
		r->ns->n_tables = 0;
		return;
	}
	if (nft_kind(msg) != NFT_MSG_NEWTABLE)
		return;
	t.family = family_of(msg);
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == NFTA_TABLE_NAME)
			t.name = nft_text(r->a, attr);
		if (mnl_attr_get_type(attr) == NFTA_TABLE_FLAGS)
			t.flags = nft_number(attr);
	}
	arena_push(r->a, r->ns->tables, r->ns->n_tables, t);
}

static void take_hook(struct reader *r, struct world_chain *c, const struct nlattr *hook)
{
	const struct nlattr *attr, *dev;

	mnl_attr_for_each_nested(attr, hook)
	{
		switch (mnl_attr_get_type(attr)) {
		case NFTA_HOOK_HOOKNUM:
			c->hook = nft_number(attr);
			break;
		case NFTA_HOOK_PRIORITY:
			c->priority = (int32_t)nft_number(attr);
			break;
		case NFTA_HOOK_DEV: /* the same device is among NFTA_HOOK_DEVS */
			if (!c->devices.n)
				strv_push(r->a, &c->devices, nft_text(r->a, attr));
			break;
		case NFTA_HOOK_DEVS:
			c->devices.n = 0;
			mnl_attr_for_each_nested(dev, attr) strv_push(r->a, &c->devices, nft_text(r->a, dev));
		}
	}
}

static void take_chain(const struct nlmsghdr *msg, void *arg)
{
	struct reader *r = arg;
	struct world_chain c = { .policy = NF_ACCEPT };
	struct world_table *t = NULL;
	const struct nlattr *attr;

	for (size_t i = 0; !msg && i < r->ns->n_tables; i++)
		r->ns->tables[i].n_chains = 0;
	if (!msg || nft_kind(msg) != NFT_MSG_NEWCHAIN)
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		switch (mnl_attr_get_type(attr)) {
		case NFTA_CHAIN_TABLE:
			t = table_of(r, family_of(msg), mnl_attr_get_str(attr));
			break;
		case NFTA_CHAIN_NAME:
			c.name = nft_text(r->a, attr);
			break;
		case NFTA_CHAIN_HANDLE:
			c.handle = nft_number(attr);
			break;
		case NFTA_CHAIN_TYPE:
			c.type = nft_text(r->a, attr);
			break;
		case NFTA_CHAIN_POLICY:
			c.policy = (int32_t)nft_number(attr);
			break;
		case NFTA_CHAIN_HOOK:
			take_hook(r, &c, attr);
		}
	}
	if (t)
		arena_push(r->a, t->chains, t->n_chains, c);
}

/* The lengths of a concatenation's fields. */
static void take_desc(struct reader *r, struct world_set *s, const struct nlattr *desc)
{
	const struct nlattr *concat, *field, *len;
	uint8_t *v = arena_alloc(r->a, NFT_REG32_COUNT);

	mnl_attr_for_each_nested(concat, desc)
	{
		if (mnl_attr_get_type(concat) != NFTA_SET_DESC_CONCAT)
			continue;
		mnl_attr_for_each_nested(field, concat)
		{
			mnl_attr_for_each_nested(len, field)
			{
				if (s->fields.n < NFT_REG32_COUNT)
					v[s->fields.n++] = nft_number(len);
			}
		}
	}
	s->fields.v = v;
}

static void take_set(const struct nlmsghdr *msg, void *arg)
{
	struct reader *r = arg;
	struct world_set s = { 0 };
	struct world_table *t = NULL;
	const struct nlattr *attr;

	for (size_t i = 0; !msg && i < r->ns->n_tables; i++)
		r->ns->tables[i].n_sets = 0;
	if (!msg || nft_kind(msg) != NFT_MSG_NEWSET)
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		switch (mnl_attr_get_type(attr)) {
		case NFTA_SET_TABLE:
			t = table_of(r, family_of(msg), mnl_attr_get_str(attr));
			break;
		case NFTA_SET_NAME:
			s.name = nft_text(r->a, attr);
			break;
		case NFTA_SET_FLAGS:
			s.flags = nft_number(attr);
			break;
		case NFTA_SET_KEY_TYPE:
			s.key_type = nft_number(attr);
			break;
		case NFTA_SET_KEY_LEN:
			s.key_len = nft_number(attr);
			break;
		case NFTA_SET_DATA_TYPE:
			s.data_type = nft_number(attr);
			break;
		case NFTA_SET_DATA_LEN:
			s.data_len = nft_number(attr);
			break;
		case NFTA_SET_DESC:
			take_desc(r, &s, attr);
		}
	}
	if (t)
		arena_push(r->a, t->sets, t->n_sets, s);
}

static void take_element(struct reader *r, const struct nlattr *elem)
{
	struct world_element el = { 0 };
	struct world_set *s = r->set;
	const struct nlattr *attr;
	int64_t none;
	const char *nowhere;

	if (s->n_elements >= ELEMENTS_MAX) {
		s->is_partial = true;
		return;
	}
	mnl_attr_for_each_nested(attr, elem)
	{
		switch (mnl_attr_get_type(attr)) {
		case NFTA_SET_ELEM_KEY:
			nft_data(r->a, attr, &el.key, &none, &nowhere);
			break;
		case NFTA_SET_ELEM_KEY_END:
			nft_data(r->a, attr, &el.key_end, &none, &nowhere);
			break;
		case NFTA_SET_ELEM_DATA:
			nft_data(r->a, attr, &el.data, &el.verdict, &el.chain);
			break;
		case NFTA_SET_ELEM_FLAGS:
			el.flags = nft_number(attr);
			break;
		case NFTA_SET_ELEM_USERDATA:
			el.comment = nft_comment(r->a, attr);
		}
	}
	arena_push(r->a, s->elements, s->n_elements, el);
}

static void take_elements(const struct nlmsghdr *msg, void *arg)
{
	struct reader *r = arg;
	const struct nlattr *attr, *elem;

	if (!msg)
		r->set->n_elements = 0;
	if (!msg || nft_kind(msg) != NFT_MSG_NEWSETELEM)
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		mnl_attr_for_each_nested(elem, attr) take_element(r, elem);
	}
}

static void take_rule(const struct nlmsghdr *msg, void *arg)
{
	struct reader *r = arg;
	struct world_nft_rule rule = { 0 };
	struct world_table *t = NULL;
	struct world_chain *c = NULL;
	const struct nlattr *attr;

	for (size_t i = 0; !msg && i < r->ns->n_tables; i++) {
		for (size_t j = 0; j < r->ns->tables[i].n_chains; j++)
			r->ns->tables[i].chains[j].n_rules = 0;
	}
	if (!msg || nft_kind(msg) != NFT_MSG_NEWRULE)
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		switch (mnl_attr_get_type(attr)) {
		case NFTA_RULE_TABLE:
			t = table_of(r, family_of(msg), mnl_attr_get_str(attr));
			break;
		case NFTA_RULE_CHAIN: /* behind its table */
			c = t ? chain_of(r, t, mnl_attr_get_str(attr)) : NULL;
			break;
		case NFTA_RULE_HANDLE:
			rule.handle = nft_number(attr);
			break;
		case NFTA_RULE_EXPRESSIONS:
			rule.exprs = nft_exprs(r->a, attr, &rule.n_exprs);
			break;
		case NFTA_RULE_USERDATA:
			rule.comment = nft_comment(r->a, attr);
		}
	}
	if (c)
		arena_push(r->a, c->rules, c->n_rules, rule);
}

static void begin_dump(struct netlink_batch *b, uint16_t what, uint8_t family)
{
	struct nfgenmsg *g;

	netlink_start(b);
	g = netlink_add_dump(b, NFNL_SUBSYS_NFTABLES << 8 | what, sizeof(*g));
	g->nfgen_family = family;
	netlink_label(b, "nft-read", "read the rules of nf_tables", "");
}

static int dump(struct reader *r, uint16_t what, netlink_fn *fn)
{
	struct netlink_batch b;

	begin_dump(&b, what, NFPROTO_UNSPEC);
	r->table = r->chain = 0;
	return netlink_run(&r->nl, &b, fn, r, r->e);
}

static int dump_elements(struct reader *r)
{
	struct netlink_batch b;

	for (size_t i = 0; i < r->ns->n_tables; i++) {
		struct world_table *t = &r->ns->tables[i];

		for (size_t j = 0; j < t->n_sets; j++) {
			r->set = &t->sets[j];
			begin_dump(&b, NFT_MSG_GETSETELEM, t->family);
			netlink_put_str(&b, NFTA_SET_ELEM_LIST_TABLE, t->name);
			netlink_put_str(&b, NFTA_SET_ELEM_LIST_SET, r->set->name);

			int n = netlink_run(&r->nl, &b, take_elements, r, r->e);

			if (n == -ENOENT) /* it went away meanwhile */
				r->set->is_partial = true;
			else if (n < 0)
				return n;
		}
	}
	return 0;
}

int rules_read_nft(struct arena *a, struct world_netns *ns, const struct rules_from *from, struct err *e)
{
	struct reader r = { .a = a, .ns = ns, .nl = { .fd = from->netfilter }, .e = e };

	ns->tables = NULL;
	ns->n_tables = 0;
	if (from->netfilter < 0)
		return 0;
	int n = dump(&r, NFT_MSG_GETTABLE, take_table);

	if (n == -EOPNOTSUPP || n == -EINVAL)
		return 0; /* no nf_tables in this kernel */
	if (n < 0 || ns->n_tables == 0)
		return n;
	n = dump(&r, NFT_MSG_GETCHAIN, take_chain);
	n = n < 0 ? n : dump(&r, NFT_MSG_GETSET, take_set);
	n = n < 0 ? n : dump_elements(&r);
	return n < 0 ? n : dump(&r, NFT_MSG_GETRULE, take_rule);
}
