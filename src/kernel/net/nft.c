/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/str.h"

/* How often a change is tried again because the ruleset changed while it was prepared. */
enum { CHANGE_TRIES = 64 };
/* What nft(8) keeps in the user data of an element: its comment (NFTNL_UDATA_SET_ELEM_COMMENT of libnftnl); of a set: the
 * order of its keys' bytes. */
enum { UDATA_COMMENT = 0, UDATA_KEYBYTEORDER = 0 };

static int unsupported(struct err *e, const char *what)
{
	err_set(e, "nft-unsupported", EOPNOTSUPP, "%s", what);
	err_cause(e, "this kernel has no nf_tables (CONFIG_NF_TABLES, module nf_tables)");
	return err_hint(e, "load the module with `modprobe nf_tables`, or use --network none");
}

/* Why changing failed, where looking didn't. */
static int explain_change(struct err *e, int r)
{
	if (r == -ENOENT) {
		err_cause(e, "this kernel lacks a part of nf_tables");
		err_hint(e, "load the modules nft_chain_nat, nft_masq and nft_ct, or use --network none");
	} else if (r == -EOPNOTSUPP || r == -EEXIST || r == -EBUSY) {
		err_cause(e, "what is in the table of that name, or overlaps with it, is not guise's (%s)",
			  strerror(-r));
		err_hint(e, "see `nft list ruleset`, and delete the table if it isn't guise's");
	}
	return r;
}

int nft_open(struct netlink *nl, struct err *e)
{
	int r = netlink_open(nl, NETLINK_NETFILTER, e);

	return r == -EPROTONOSUPPORT ? unsupported(e, "open a netfilter socket") : r;
}

int nft_ask(struct netlink *nl, struct netlink_batch *b, netlink_fn *fn, void *arg, struct err *e)
{
	int r = netlink_run(nl, b, fn, arg, e);

	/* the first message to a kernel without nf_tables gets one of these two */
	if (r == -EOPNOTSUPP || r == -EINVAL)
		return unsupported(e, "use nf_tables");
	if (r == -EPERM)
		err_hint(e, "this needs CAP_NET_ADMIN in the network namespace");
	return r;
}

int nft_kind(const struct nlmsghdr *msg)
{
	return NFNL_SUBSYS_ID(msg->nlmsg_type) == NFNL_SUBSYS_NFTABLES ? NFNL_MSG_TYPE(msg->nlmsg_type) : -1;
}

/* ---- transactions ---- */

static uint16_t type_of(uint16_t type)
{
	return NFNL_SUBSYS_NFTABLES << 8 | type;
}

static void take_generation(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *attr;

	if (!msg || nft_kind(msg) != NFT_MSG_NEWGEN)
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == NFTA_GEN_ID)
			*(uint32_t *)arg = ntohl(mnl_attr_get_u32(attr));
	}
}

int nft_generation(struct netlink *nl, uint32_t *id, struct err *e)
{
	struct netlink_batch b;

	netlink_start(&b);
	netlink_add_get(&b, type_of(NFT_MSG_GETGEN), sizeof(struct nfgenmsg));
	netlink_label(&b, "nft-list", "read the nf_tables generation", "");
	return nft_ask(nl, &b, take_generation, id, e);
}

/* What is between NFNL_MSG_BATCH_BEGIN and _END happens whole or not at all. */
static void put_border(struct netlink_batch *b, uint16_t type)
{
	struct nfgenmsg *nfg = netlink_add(b, type, 0, sizeof(*nfg));

	nfg->res_id = htons(NFNL_SUBSYS_NFTABLES);
	netlink_label(b, "nft-change", "change the firewall", "");
}

int nft_change(struct netlink *nl, nft_plan *plan, void *arg, struct err *e)
{
	struct netlink_batch b;
	uint32_t id = 0;

	for (int i = 0; i < CHANGE_TRIES; i++) {
		int r = nft_generation(nl, &id, e);

		if (r < 0)
			return r;
		netlink_start(&b);
		put_border(&b, NFNL_MSG_BATCH_BEGIN);
		netlink_put_be32(&b, NFNL_BATCH_GENID, id);
		r = plan(nl, &b, arg, e);
		if (r <= 0)
			return r;
		netlink_await(&b);
		put_border(&b, NFNL_MSG_BATCH_END);
		r = netlink_run(nl, &b, NULL, NULL, e);
		if (r != -ERESTART)
			return r < 0 ? explain_change(e, r) : 0;
	}
	err_set(e, "nft-busy", EBUSY, "change the firewall");
	return err_cause(e, "its ruleset changed during each of %d attempts", CHANGE_TRIES);
}

/* ---- tables and chains ---- */

static void put_change(struct netlink_batch *b, uint16_t type, uint16_t flags, const char *table)
{
	struct nfgenmsg *nfg = netlink_add(b, type_of(type), flags, sizeof(*nfg));

	nfg->nfgen_family = NFPROTO_INET;
	netlink_label(b, "nft-change", "change table inet", table);
}

static void put_question(struct netlink_batch *b, uint16_t type, const char *table)
{
	struct nfgenmsg *nfg = netlink_add_get(b, type_of(type), sizeof(*nfg));

	nfg->nfgen_family = NFPROTO_INET;
	netlink_label(b, "nft-list", "look into table inet", table);
	netlink_ignore(b, ENOENT);
}

static void put_listing(struct netlink_batch *b, uint16_t type, const char *table)
{
	struct nfgenmsg *nfg = netlink_add_dump(b, type_of(type), sizeof(*nfg));

	nfg->nfgen_family = NFPROTO_INET;
	netlink_label(b, "nft-list", "list table inet", table);
	netlink_ignore(b, ENOENT);
}

void nft_ask_table(struct netlink_batch *b, const char *table)
{
	put_question(b, NFT_MSG_GETTABLE, table);
	netlink_put_str(b, NFTA_TABLE_NAME, table);
}

void nft_add_table(struct netlink_batch *b, const char *table)
{
	put_change(b, NFT_MSG_NEWTABLE, NLM_F_CREATE, table);
	netlink_put_str(b, NFTA_TABLE_NAME, table);
}

void nft_delete_table(struct netlink_batch *b, const char *table)
{
	put_change(b, NFT_MSG_DELTABLE, 0, table);
	netlink_put_str(b, NFTA_TABLE_NAME, table);
}

void nft_add_chain(struct netlink_batch *b, const char *table, const struct nft_chain *chain)
{
	struct nlattr *hook;

	put_change(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE, table);
	netlink_put_str(b, NFTA_CHAIN_TABLE, table);
	netlink_put_str(b, NFTA_CHAIN_NAME, chain->name);
	if (!chain->type)
		return;
	hook = netlink_nest(b, NFTA_CHAIN_HOOK);
	netlink_put_be32(b, NFTA_HOOK_HOOKNUM, chain->hook);
	netlink_put_be32(b, NFTA_HOOK_PRIORITY, (uint32_t)chain->priority);
	netlink_nest_end(b, hook);
	netlink_put_be32(b, NFTA_CHAIN_POLICY, NF_ACCEPT);
	netlink_put_str(b, NFTA_CHAIN_TYPE, chain->type);
}

void nft_flush_chain(struct netlink_batch *b, const char *table, const char *chain)
{
	put_change(b, NFT_MSG_DELRULE, 0, table);
	netlink_put_str(b, NFTA_RULE_TABLE, table);
	netlink_put_str(b, NFTA_RULE_CHAIN, chain);
}

/* A chain as it shall be, and how many of its properties are so. */
struct chain_look {
	const struct nft_chain *want;
	unsigned same;
};
enum { CHAIN_PROPERTIES = 4 };

static void take_hook(const struct nlattr *hook, struct chain_look *look)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, hook)
	{
		if (mnl_attr_get_type(attr) == NFTA_HOOK_HOOKNUM)
			look->same += ntohl(mnl_attr_get_u32(attr)) == look->want->hook;
		if (mnl_attr_get_type(attr) == NFTA_HOOK_PRIORITY)
			look->same += (int32_t)ntohl(mnl_attr_get_u32(attr)) == look->want->priority;
	}
}

static void take_chain(const struct nlmsghdr *msg, void *arg)
{
	struct chain_look *look = arg;
	const struct nlattr *attr;

	if (!msg || nft_kind(msg) != NFT_MSG_NEWCHAIN)
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == NFTA_CHAIN_HOOK)
			take_hook(attr, look);
		if (mnl_attr_get_type(attr) == NFTA_CHAIN_TYPE)
			look->same += str_eq(mnl_attr_get_str(attr), look->want->type);
		if (mnl_attr_get_type(attr) == NFTA_CHAIN_POLICY)
			look->same += ntohl(mnl_attr_get_u32(attr)) == NF_ACCEPT;
	}
}

int nft_chain_is(struct netlink *nl, const char *table, const struct nft_chain *chain, struct err *e)
{
	struct chain_look look = { .want = chain };
	struct netlink_batch b;
	int r;

	netlink_start(&b);
	put_question(&b, NFT_MSG_GETCHAIN, table);
	netlink_ignore(&b, 0);
	netlink_put_str(&b, NFTA_CHAIN_TABLE, table);
	netlink_put_str(&b, NFTA_CHAIN_NAME, chain->name);
	r = nft_ask(nl, &b, take_chain, &look, e);
	return r < 0 ? r : look.same == (chain->type ? CHAIN_PROPERTIES : 0);
}

void nft_ask_rules(struct netlink_batch *b, const char *table)
{
	put_listing(b, NFT_MSG_GETRULE, table);
	netlink_put_str(b, NFTA_RULE_TABLE, table);
}

/* ---- sets ---- */

/* For nft(8), which would not know how to print the key: names and small numbers are in the machine's order. Type,
 * length, value (NFTNL_UDATA_SET_KEYBYTEORDER of libnftnl). */
static void put_byteorder(struct netlink_batch *b, const struct nft_set *set)
{
	enum { BYTEORDER_HOST = 1, BYTEORDER_NETWORK = 2 };
	bool address = set->type == NFT_TYPE_IPADDR || set->type == NFT_TYPE_IP6ADDR;
	uint32_t order = address ? BYTEORDER_NETWORK : BYTEORDER_HOST;
	uint8_t data[2 + sizeof(order)] = { UDATA_KEYBYTEORDER, sizeof(order) };

	if (set->type >> NFT_TYPE_BITS)
		return; /* of several parts */
	memcpy(data + 2, &order, sizeof(order));
	netlink_put(b, NFTA_SET_USERDATA, data, sizeof(data));
}

/* Of an interval's parts the kernel must know the lengths. */
static void put_fields(struct netlink_batch *b, const struct nft_set *set)
{
	struct nlattr *desc = netlink_nest(b, NFTA_SET_DESC | NLA_F_NESTED);
	struct nlattr *concat = netlink_nest(b, NFTA_SET_DESC_CONCAT | NLA_F_NESTED);

	for (int i = 0; i < NFT_FIELDS; i++) {
		struct nlattr *field = netlink_nest(b, NFTA_LIST_ELEM | NLA_F_NESTED);

		netlink_put_be32(b, NFTA_SET_FIELD_LEN, set->fields[i]);
		netlink_nest_end(b, field);
	}
	netlink_nest_end(b, concat);
	netlink_nest_end(b, desc);
}

static uint32_t flags_of(const struct nft_set *set)
{
	return (set->interval ? NFT_SET_INTERVAL : 0) | (set->fields[0] ? NFT_SET_CONCAT : 0) |
	       (set->data_len ? NFT_SET_MAP : 0);
}

void nft_add_set(struct netlink_batch *b, const char *table, const struct nft_set *set)
{
	put_change(b, NFT_MSG_NEWSET, NLM_F_CREATE, table);
	netlink_put_str(b, NFTA_SET_TABLE, table);
	netlink_put_str(b, NFTA_SET_NAME, set->name);
	netlink_put_be32(b, NFTA_SET_FLAGS, flags_of(set));
	netlink_put_be32(b, NFTA_SET_KEY_TYPE, set->type);
	netlink_put_be32(b, NFTA_SET_KEY_LEN, set->len);
	if (set->data_len) {
		netlink_put_be32(b, NFTA_SET_DATA_TYPE, set->data_type);
		netlink_put_be32(b, NFTA_SET_DATA_LEN, set->data_len);
	}
	if (set->fields[0])
		put_fields(b, set);
	netlink_put_be32(b, NFTA_SET_ID, set->id);
	put_byteorder(b, set);
}

static void put_value(struct netlink_batch *b, uint16_t type, const uint8_t *value, uint32_t len)
{
	struct nlattr *nest = netlink_nest(b, type | NLA_F_NESTED);

	netlink_put(b, NFTA_DATA_VALUE, value, len);
	netlink_nest_end(b, nest);
}

/* Comment: type, length, value, with its NUL. */
static void put_udata(struct netlink_batch *b, const struct nft_element *el)
{
	uint8_t data[2 + NFT_COMMENT + NFT_MADE] = { UDATA_COMMENT };
	size_t len = strnlen(el->comment, NFT_COMMENT - 1);

	data[1] = (uint8_t)(len + 1);
	memcpy(data + 2, el->comment, len);
	if (el->made)
		memcpy(data + 2 + len + 1, el->made, el->made_len);
	netlink_put(b, NFTA_SET_ELEM_USERDATA, data, 2 + len + 1 + el->made_len);
}

static bool has_end(const struct nft_element *el)
{
	static const uint8_t none[NFT_KEY];

	return el->set->interval && !el->set->fields[0] && memcmp(el->end, none, el->set->len) != 0;
}

/* `whole`: with its data and user data, if it is new, and, of an interval, its end. */
static void put_elements(struct netlink_batch *b, const char *table, const struct nft_element *el, bool whole)
{
	struct nlattr *list, *nest;

	netlink_put_str(b, NFTA_SET_ELEM_LIST_TABLE, table);
	netlink_put_str(b, NFTA_SET_ELEM_LIST_SET, el->set->name);
	list = netlink_nest(b, NFTA_SET_ELEM_LIST_ELEMENTS | NLA_F_NESTED);
	nest = netlink_nest(b, NFTA_LIST_ELEM | NLA_F_NESTED);
	put_value(b, NFTA_SET_ELEM_KEY, el->key, el->set->len);
	if (whole && el->set->fields[0])
		put_value(b, NFTA_SET_ELEM_KEY_END, el->end, el->set->len);
	if (whole && el->set->data_len)
		put_value(b, NFTA_SET_ELEM_DATA, el->data, el->set->data_len);
	if (whole && el->comment)
		put_udata(b, el);
	netlink_nest_end(b, nest);
	if (whole && has_end(el)) {
		nest = netlink_nest(b, NFTA_LIST_ELEM | NLA_F_NESTED);
		put_value(b, NFTA_SET_ELEM_KEY, el->end, el->set->len);
		netlink_put_be32(b, NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
		netlink_nest_end(b, nest);
	}
	netlink_nest_end(b, list);
}

void nft_add_element(struct netlink_batch *b, const char *table, const struct nft_element *el)
{
	put_change(b, NFT_MSG_NEWSETELEM, NLM_F_CREATE, table);
	put_elements(b, table, el, true);
}

void nft_delete_element(struct netlink_batch *b, const char *table, const struct nft_element *el)
{
	put_change(b, NFT_MSG_DELSETELEM, 0, table);
	put_elements(b, table, el, true);
}

void nft_ask_element(struct netlink_batch *b, const char *table, const struct nft_element *el)
{
	put_question(b, NFT_MSG_GETSETELEM, table);
	put_elements(b, table, el, false);
}

void nft_ask_elements(struct netlink_batch *b, const char *table, const struct nft_set *set)
{
	put_listing(b, NFT_MSG_GETSETELEM, table);
	netlink_put_str(b, NFTA_SET_ELEM_LIST_TABLE, table);
	netlink_put_str(b, NFTA_SET_ELEM_LIST_SET, set->name);
}

/* The comment, where it is the first item of an element's user data, and the rest. */
static void read_udata(const struct nlattr *udata, struct nft_seen *seen)
{
	const uint8_t *data = mnl_attr_get_payload(udata);
	size_t len = mnl_attr_get_payload_len(udata);

	if (len < 2 || data[0] != UDATA_COMMENT || data[1] > len - 2 || data[1] > NFT_COMMENT)
		return;
	memcpy(seen->comment, data + 2, data[1]);
	seen->comment[NFT_COMMENT - 1] = '\0';
	seen->made = data + 2 + data[1];
	seen->made_len = len - 2 - data[1];
}

static const uint8_t *value_of(const struct nlattr *attr, size_t *len)
{
	const struct nlattr *inner;
	const uint8_t *value = NULL;

	mnl_attr_for_each_nested(inner, attr)
	{
		if (mnl_attr_get_type(inner) != NFTA_DATA_VALUE)
			continue;
		value = mnl_attr_get_payload(inner);
		*len = mnl_attr_get_payload_len(inner);
	}
	return value;
}

static void read_element(const struct nlattr *el, nft_element_fn *fn, void *arg)
{
	const struct nlattr *attr;
	struct nft_seen seen = { 0 };
	size_t last = 0;

	mnl_attr_for_each_nested(attr, el)
	{
		if (mnl_attr_get_type(attr) == NFTA_SET_ELEM_FLAGS)
			seen.end = ntohl(mnl_attr_get_u32(attr)) & NFT_SET_ELEM_INTERVAL_END;
		if (mnl_attr_get_type(attr) == NFTA_SET_ELEM_USERDATA)
			read_udata(attr, &seen);
		if (mnl_attr_get_type(attr) == NFTA_SET_ELEM_KEY)
			seen.key = value_of(attr, &seen.len);
		if (mnl_attr_get_type(attr) == NFTA_SET_ELEM_KEY_END)
			seen.last = value_of(attr, &last);
		if (mnl_attr_get_type(attr) == NFTA_SET_ELEM_DATA)
			seen.data = value_of(attr, &seen.data_len);
	}
	if (last != seen.len)
		seen.last = NULL;
	if (seen.key)
		fn(&seen, arg);
}

void nft_read_elements(const struct nlmsghdr *msg, nft_element_fn *fn, void *arg)
{
	const struct nlattr *attr, *el;

	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		mnl_attr_for_each_nested(el, attr) read_element(el, fn, arg);
	}
}

const char *nft_family_name(uint64_t family)
{
	switch (family) {
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_ARP:
		return "arp";
	case NFPROTO_BRIDGE:
		return "bridge";
	case NFPROTO_NETDEV:
		return "netdev";
	}
	return "?";
}
