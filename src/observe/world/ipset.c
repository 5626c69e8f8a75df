/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of ipset(8) that rules name: by number, the kernel tells the name, and by name the elements. Rules that name one
 * have loaded the module already.
 */
#include "observe/world/ipset.h"

#include <netinet/in.h>
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_set.h>
#include <string.h>

#include "base/str.h"
#include "kernel/net/netlink.h"
#include "observe/world/rules.h"

enum { ELEMENTS_MAX = 1 << 16, SETS_MAX = 1024, PARTS_MAX = 128 };

struct reader {
	struct arena *a;
	struct world_netns *ns;
	struct netlink nl;
	struct err *e;
	uint16_t wanted[SETS_MAX];
	size_t n_wanted;
	/* the set that is being read */
	struct world_ipset set;
	unsigned netmask;
	const char *name;
};

/* ---- which ---- */

static void want(struct reader *r, uint16_t index)
{
	for (size_t i = 0; i < r->n_wanted; i++) {
		if (r->wanted[i] == index)
			return;
	}
	if (r->n_wanted < SETS_MAX)
		r->wanted[r->n_wanted++] = index;
}

static void want_of(struct reader *r, const char *name, uint64_t revision, const struct world_bytes *info)
{
	struct xt_set_info set;

	if (!str_eq(name, "set") || revision == 0 || info->n < sizeof(set))
		return;
	memcpy(&set, info->v, sizeof(set));
	want(r, set.index);
}

static void want_xtables(struct reader *r)
{
	for (size_t i = 0; i < r->ns->n_xtables; i++) {
		const struct world_xt_table *t = &r->ns->xtables[i];

		for (size_t j = 0; j < t->n_chains; j++) {
			for (size_t k = 0; k < t->chains[j].n_rules; k++) {
				const struct world_xt_rule *rule = &t->chains[j].rules[k];

				for (size_t m = 0; m < rule->n_matches; m++)
					want_of(r, rule->matches[m].name, rule->matches[m].revision,
						&rule->matches[m].info);
			}
		}
	}
}

static void want_nft(struct reader *r)
{
	for (size_t i = 0; i < r->ns->n_tables; i++) {
		const struct world_table *t = &r->ns->tables[i];

		for (size_t j = 0; j < t->n_chains; j++) {
			for (size_t k = 0; k < t->chains[j].n_rules; k++) {
				const struct world_nft_rule *rule = &t->chains[j].rules[k];

				for (size_t m = 0; m < rule->n_exprs; m++) {
					if (str_eq(rule->exprs[m].kind, "match"))
						want_of(r, rule->exprs[m].name, rule->exprs[m].revision,
							&rule->exprs[m].info);
				}
			}
		}
	}
}

/* ---- elements ---- */

/* One element's attributes, by number. */
struct element {
	const struct nlattr *at[IPSET_ATTR_ADT_MAX + 1];
	uint8_t out[PARTS_MAX];
	size_t n;
	size_t size;      /* of an address */
	unsigned n_addrs; /* how many there were already */
	unsigned netmask; /* of the whole set, or 0 */
};

static void put(struct element *el, const void *p, size_t n)
{
	if (n <= sizeof(el->out) - el->n) {
		memcpy(el->out + el->n, p, n);
		el->n += n;
	}
}

static unsigned number_of(const struct element *el, unsigned type, unsigned otherwise)
{
	return el->at[type] ? (unsigned)nft_number(el->at[type]) : otherwise;
}

/* The address in an attribute of attributes. */
static bool address_of(const struct element *el, unsigned type, uint8_t *out)
{
	const struct nlattr *attr;

	if (!el->at[type])
		return false;
	mnl_attr_for_each_nested(attr, el->at[type])
	{
		if (mnl_attr_get_payload_len(attr) != el->size)
			continue;
		memcpy(out, mnl_attr_get_payload(attr), el->size);
		return true;
	}
	return false;
}

static void set_host_bits(uint8_t *v, size_t size, unsigned prefix, bool to)
{
	for (size_t i = prefix; i < size * 8; i++) {
		if (to)
			v[i / 8] |= 0x80 >> i % 8;
		else
			v[i / 8] &= ~(0x80 >> i % 8);
	}
}

/* First and last address: of one, a range, or a network. */
static void put_addresses(struct element *el)
{
	bool second = el->n_addrs++ > 0;
	unsigned from_type = second ? IPSET_ATTR_IP2 : IPSET_ATTR_IP;
	unsigned to_type = second ? IPSET_ATTR_IP2_TO : IPSET_ATTR_IP_TO;
	uint8_t from[16] = { 0 }, to[16] = { 0 };
	unsigned bits = el->size * 8;
	unsigned prefix = number_of(el, second ? IPSET_ATTR_CIDR2 : IPSET_ATTR_CIDR,
				    el->netmask ? el->netmask : bits);

	address_of(el, from_type, from);
	if (!address_of(el, to_type, to)) {
		memcpy(to, from, sizeof(to));
		set_host_bits(from, el->size, prefix, false);
		set_host_bits(to, el->size, prefix, true);
	}
	put(el, from, el->size);
	put(el, to, el->size);
}

static void put_port(struct element *el)
{
	uint8_t proto = number_of(el, IPSET_ATTR_PROTO, 0);
	uint16_t from = htons(number_of(el, IPSET_ATTR_PORT, 0));
	uint16_t to = htons(number_of(el, IPSET_ATTR_PORT_TO, ntohs(from)));

	put(el, &proto, sizeof(proto));
	put(el, &from, sizeof(from));
	put(el, &to, sizeof(to));
}

static void put_bytes(struct element *el, unsigned type, size_t n)
{
	uint8_t v[IPSET_MAXNAMELEN] = { 0 };
	size_t have = el->at[type] ? mnl_attr_get_payload_len(el->at[type]) : 0;

	if (have)
		memcpy(v, mnl_attr_get_payload(el->at[type]), have < n ? have : n);
	put(el, v, n);
}

static void put_part(struct element *el, const char *word)
{
	if (strncmp(word, "ip", 2) == 0 || strncmp(word, "net", 3) == 0)
		put_addresses(el);
	else if (strncmp(word, "port", 4) == 0)
		put_port(el);
	else if (strncmp(word, "mac", 3) == 0)
		put_bytes(el, IPSET_ATTR_ETHER, 6);
	else if (strncmp(word, "iface", 5) == 0)
		put_bytes(el, IPSET_ATTR_IFACE, IPSET_IFACE);
	else if (strncmp(word, "set", 3) == 0 && el->at[IPSET_ATTR_NAME])
		put(el, mnl_attr_get_payload(el->at[IPSET_ATTR_NAME]),
		    strnlen(mnl_attr_get_payload(el->at[IPSET_ATTR_NAME]),
			    mnl_attr_get_payload_len(el->at[IPSET_ATTR_NAME])));
}

static void take_element(struct reader *r, const struct nlattr *data)
{
	struct element el = { .n = 1, .size = r->set.family == NFPROTO_IPV6 ? 16 : 4, .netmask = r->netmask };
	const struct nlattr *attr;

	if (r->set.n_elements >= ELEMENTS_MAX || !r->set.type)
		return;
	mnl_attr_for_each_nested(attr, data)
	{
		if (mnl_attr_get_type(attr) <= IPSET_ATTR_ADT_MAX)
			el.at[mnl_attr_get_type(attr)] = attr;
	}
	if (number_of(&el, IPSET_ATTR_CADT_FLAGS, 0) & IPSET_FLAG_NOMATCH)
		el.out[0] = IPSET_NOMATCH;
	for (const char *w = strchr(r->set.type, ':'); w; w = strchr(w, ','))
		put_part(&el, ++w);

	uint8_t *v = arena_alloc(r->a, el.n);

	memcpy(v, el.out, el.n);
	arena_push(r->a, r->set.elements, r->set.n_elements, ((struct world_bytes){ v, el.n }));
}

/* ---- messages ---- */

/* What a set was made with: only a netmask matters. */
static void take_header(struct reader *r, const struct nlattr *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, data)
	{
		if (mnl_attr_get_type(attr) == IPSET_ATTR_NETMASK)
			r->netmask = nft_number(attr);
	}
}

static void take_set(const struct nlmsghdr *msg, void *arg)
{
	struct reader *r = arg;
	const struct nlattr *attr, *el;

	if (!msg) {
		r->set.n_elements = 0;
		return;
	}
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		switch (mnl_attr_get_type(attr)) {
		case IPSET_ATTR_TYPENAME:
			r->set.type = nft_text(r->a, attr);
			break;
		case IPSET_ATTR_FAMILY:
			r->set.family = nft_number(attr);
			break;
		case IPSET_ATTR_DATA:
			take_header(r, attr);
			break;
		case IPSET_ATTR_ADT:
			mnl_attr_for_each_nested(el, attr) take_element(r, el);
		}
	}
}

static void take_name(const struct nlmsghdr *msg, void *arg)
{
	struct reader *r = arg;
	const struct nlattr *attr;

	if (!msg)
		return;
	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == IPSET_ATTR_SETNAME)
			r->name = nft_text(r->a, attr);
	}
}

static void begin(struct netlink_batch *b, unsigned command, bool dump)
{
	uint16_t type = NFNL_SUBSYS_IPSET << 8 | command;

	netlink_start(b);
	if (dump)
		netlink_add_dump(b, type, sizeof(struct nfgenmsg));
	else
		netlink_add_get(b, type, sizeof(struct nfgenmsg));
	netlink_label(b, "ipset-read", "read a set of ipset", "");
	netlink_put(b, IPSET_ATTR_PROTOCOL, &(uint8_t){ IPSET_PROTOCOL }, 1);
}

static int read_set(struct reader *r, uint16_t index, const char *name)
{
	struct netlink_batch b;
	int n;

	r->set = (struct world_ipset){ .name = name, .index = index };
	r->netmask = 0;
	begin(&b, IPSET_CMD_LIST, true);
	netlink_put_str(&b, IPSET_ATTR_SETNAME, name);
	n = netlink_run(&r->nl, &b, take_set, r, r->e);
	/* one that is longer isn't there at all: what it lacks would be taken for no match */
	if (n == 0 && r->set.n_elements < ELEMENTS_MAX)
		arena_push(r->a, r->ns->ipsets, r->ns->n_ipsets, r->set);
	return n;
}

static int read_indexed(struct reader *r, uint16_t index)
{
	struct netlink_batch b;
	uint16_t be = htons(index);
	int n;

	r->name = NULL;
	begin(&b, IPSET_CMD_GET_BYINDEX, false);
	netlink_put(&b, IPSET_ATTR_INDEX, &be, sizeof(be));
	n = netlink_run(&r->nl, &b, take_name, r, r->e);
	return n < 0 || !r->name ? n : read_set(r, index, r->name);
}

/* Those that a list:set has, which no rule names: their number is not known, and 65535 is none. */
static int read_members(struct reader *r, size_t n_sets)
{
	int n = 0;

	for (size_t i = 0; i < n_sets; i++) {
		const struct world_ipset list = r->ns->ipsets[i];

		for (size_t j = 0;
		     str_eq(list.type, "list:set") && j < list.n_elements && j < SETS_MAX && n == 0; j++)
			n = read_set(r, UINT16_MAX,
				     arena_strndup(r->a, (const char *)list.elements[j].v + 1,
						   list.elements[j].n - 1));
	}
	return n;
}

int rules_read_ipsets(struct arena *a, struct world_netns *ns, const struct rules_from *from, struct err *e)
{
	struct reader r = { .a = a, .ns = ns, .nl = { .fd = from->netfilter }, .e = e };
	int n = 0;

	ns->ipsets = NULL;
	ns->n_ipsets = 0;
	want_xtables(&r);
	want_nft(&r);
	for (size_t i = 0; i < r.n_wanted && n == 0; i++)
		n = read_indexed(&r, r.wanted[i]);
	return n < 0 ? n : read_members(&r, ns->n_ipsets);
}
