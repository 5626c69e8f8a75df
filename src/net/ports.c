/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What all published ports share, and a network's part of it: see net/ports.h. */
#include "net/ports.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <string.h>

#include "base/str.h"
#include "net/bridge.h"

/* A network's subnets, and so many that shall go fit into one transaction. */
enum { WANTED_MAX = BRIDGE_SUBNETS, STALE_MAX = 12, CHAINS_MAX = 8 };

struct view {
	const char *mark;
	bool thorough; /* don't believe user data, compare what it speaks of */
	struct nft_element wanted[WANTED_MAX];
	bool found[WANTED_MAX];
	unsigned n_wanted;
	/* seen */
	unsigned n_rules[CHAINS_MAX], n_same;
	struct nft_element stale[STALE_MAX];
	unsigned n_stale;
	bool more; /* there are more of these */
};

static void want(struct view *v, const struct ports_network *net)
{
	*v = (struct view){ .mark = net->mark };
	for (size_t i = 0; i < net->n_subnets && v->n_wanted < WANTED_MAX; i++) {
		struct ip first = ip_network(net->subnets[i]), last = ip_last(net->subnets[i]);
		struct nft_element *el = &v->wanted[v->n_wanted++];
		size_t size = ip_size(first);

		*el = (struct nft_element){
			.set = &ports_part.sets[first.family == AF_INET6 ? PORTS_HOME6 : PORTS_HOME],
			.comment = net->mark
		};
		memcpy(el->key, first.bytes, size);
		memcpy(el->end, last.bytes, size);
		strncpy((char *)el->key + size, net->bridge, IFNAMSIZ - 1);
		strncpy((char *)el->end + size, net->bridge, IFNAMSIZ - 1);
	}
}

/* ---- a look ---- */

static void take_rule(const struct nlmsghdr *msg, struct view *v)
{
	const struct nlattr *attr, *udata = NULL;
	const char *chain = "";

	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == NFTA_RULE_CHAIN)
			chain = mnl_attr_get_str(attr);
		if (mnl_attr_get_type(attr) == NFTA_RULE_USERDATA)
			udata = attr;
	}
	for (unsigned c = 0; c < ports_part.n_chains; c++) {
		unsigned rule;

		if (!str_eq(chain, ports_part.chains[c].name))
			continue;
		rule = rules_nth(&ports_part, chain, v->n_rules[c]++);
		v->n_same += rule != ports_part.n_rows &&
			     rules_rule_is(&ports_part, rule, msg, udata, v->thorough);
	}
}

static void take_rules(const struct nlmsghdr *msg, void *arg)
{
	struct view *v = arg;

	if (msg && nft_kind(msg) == NFT_MSG_NEWRULE)
		return take_rule(msg, v);
	if (msg)
		return;
	v->n_same = 0; /* all of them once more */
	memset(v->n_rules, 0, sizeof(v->n_rules));
}

struct sweep {
	struct view *v;
	const struct nft_set *set;
};

static void find_element(const struct nft_seen *seen, void *arg)
{
	const struct sweep *s = arg;
	struct view *v = s->v;
	struct nft_element *el;

	if (seen->len != s->set->len || !seen->last || !str_eq(seen->comment, v->mark))
		return;
	for (unsigned i = 0; i < v->n_wanted; i++) {
		if (v->wanted[i].set != s->set || memcmp(v->wanted[i].key, seen->key, seen->len) != 0 ||
		    memcmp(v->wanted[i].end, seen->last, seen->len) != 0)
			continue;
		v->found[i] = true;
		return;
	}
	v->more |= v->n_stale == STALE_MAX;
	if (v->n_stale == STALE_MAX)
		return;
	el = &v->stale[v->n_stale++];
	*el = (struct nft_element){ .set = s->set };
	memcpy(el->key, seen->key, seen->len);
	memcpy(el->end, seen->last, seen->len);
}

static void take_elements(const struct nlmsghdr *msg, void *arg)
{
	if (msg && nft_kind(msg) == NFT_MSG_NEWSETELEM)
		nft_read_elements(msg, find_element, arg);
}

/* (What is taken twice, because the table changed meanwhile, is refused with the transaction.) */
static int list_homes(struct netlink *nl, struct view *v, struct err *e)
{
	int r = 0;

	v->n_stale = 0;
	v->more = false;
	memset(v->found, 0, sizeof(v->found));
	for (enum ports_set set = PORTS_HOME; r == 0 && set <= PORTS_HOME6; set++) {
		struct sweep s = { v, &ports_part.sets[set] };
		struct netlink_batch b;

		netlink_start(&b);
		nft_ask_elements(&b, RULES_TABLE, s.set);
		r = nft_ask(nl, &b, take_elements, &s, e);
	}
	return r;
}

static int look(struct netlink *nl, struct view *v, struct err *e)
{
	struct netlink_batch b;
	int r;

	v->n_same = 0;
	memset(v->n_rules, 0, sizeof(v->n_rules));
	netlink_start(&b);
	nft_ask_rules(&b, RULES_TABLE);
	r = nft_ask(nl, &b, take_rules, v, e);
	return r < 0 ? r : list_homes(nl, v, e);
}

static bool has_rules(const struct view *v)
{
	unsigned n = 0;

	for (unsigned c = 0; c < ports_part.n_chains; c++)
		n += v->n_rules[c];
	return n == ports_part.n_rows && v->n_same == n;
}

static bool has_homes(const struct view *v)
{
	for (unsigned i = 0; i < v->n_wanted; i++)
		if (!v->found[i])
			return false;
	return v->n_stale == 0;
}

/* ---- changing ---- */

static int plan_ensure(struct netlink *nl, struct netlink_batch *b, void *arg, struct err *e)
{
	struct view *v = arg;
	int r = look(nl, v, e);

	if (r < 0 || (has_rules(v) && has_homes(v)))
		return r;
	if (!rules_put_part(b, &ports_part, true, !has_rules(v)))
		return err_set(e, "nft-memory", ENOMEM, "describe table inet " RULES_TABLE);
	for (unsigned i = 0; i < v->n_stale; i++)
		nft_delete_element(b, RULES_TABLE, &v->stale[i]);
	for (unsigned i = 0; i < v->n_wanted; i++)
		if (!v->found[i])
			nft_add_element(b, RULES_TABLE, &v->wanted[i]);
	return 1;
}

int ports_ensure(struct netlink *nl, const struct ports_network *net, struct err *e)
{
	struct view v;
	int r;

	want(&v, net);
	if ((r = look(nl, &v, e)) < 0 || (has_rules(&v) && has_homes(&v)))
		return r;
	do
		r = nft_change(nl, plan_ensure, &v, e);
	while (r == 0 && v.more);
	return r;
}

static int plan_forget(struct netlink *nl, struct netlink_batch *b, void *arg, struct err *e)
{
	struct view *v = arg;
	int r = list_homes(nl, v, e);

	for (unsigned i = 0; r == 0 && i < v->n_stale; i++)
		nft_delete_element(b, RULES_TABLE, &v->stale[i]);
	return r < 0 ? r : v->n_stale > 0;
}

int ports_forget(struct netlink *nl, const char *mark, struct err *e)
{
	struct view v = { .mark = mark };
	int r;

	do
		r = nft_change(nl, plan_forget, &v, e);
	while (r == 0 && v.more);
	return r;
}

/* ---- checking ---- */

static int missing(struct err *e, const char *what, const char *name, const char *cause)
{
	err_set(e, "nft-missing", ENOENT, "check %s %s", what, name);
	return err_cause(e, "%s", cause);
}

static int different(struct err *e, const char *what, const char *name, const char *cause)
{
	err_set(e, "nft-different", ESTALE, "check %s %s", what, name);
	return err_cause(e, "%s", cause);
}

int ports_check(struct netlink *nl, const struct ports_network *net, struct err *e)
{
	unsigned n = 0;
	struct view v;
	int r;

	want(&v, net);
	v.thorough = true;
	if ((r = look(nl, &v, e)) < 0)
		return r;
	for (unsigned c = 0; c < ports_part.n_chains; c++)
		n += v.n_rules[c];
	if (n < ports_part.n_rows)
		return missing(e, "nft table", RULES_TABLE, "it lacks a rule of published ports");
	if (!has_rules(&v))
		return different(e, "nft table", RULES_TABLE,
				 "its rules of published ports have been changed");
	for (unsigned i = 0; i < v.n_wanted; i++)
		if (!v.found[i])
			return missing(e, "nft set", v.wanted[i].set->name,
				       "it lacks an element of the network");
	if (v.n_stale)
		return different(e, "nft set", v.stale[0].set->name,
				 "it has a further element of the network");
	for (unsigned c = 0; r == 0 && c < ports_part.n_chains; c++) {
		r = nft_chain_is(nl, RULES_TABLE, &ports_part.chains[c], e);
		if (r >= 0)
			r = r ? 0 :
				different(e, "nft chain", ports_part.chains[c].name,
					  "it is not of the type, hook and priority that guise gave it");
	}
	return r;
}
