/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/rules.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <string.h>

#include "base/str.h"
#include "net/rules_seen.h"

/* A network's elements: its bridge, within it, its subnets or that it is internal, that it is open or routed; and so many that
 * shall go fit into one transaction. */
enum { WANTED_MAX = 4 + RULES_SUBNETS, STALE_MAX = 12 };
/* In the user data of a bridge's element, behind the comment: that guise made it, and with which subnets; of one that is
 * open or routed, by another type. nft(8) ignores types it doesn't know. */
enum { UDATA_SUBNETS = 0xf0, UDATA_OPEN = 0xf1, UDATA_ROUTED = 0xf2 };

struct wanted {
	struct nft_element el;
	bool found;
	uint8_t end[NFT_KEY]; /* the smallest end behind it */
};

/* What is wanted, and what the table holds. */
struct view {
	const char *mark;
	struct wanted wanted[WANTED_MAX]; /* the bridge is the first; none: the network shall go */
	unsigned n_wanted;
	uint8_t made[NFT_MADE]; /* the user data of the first */
	/* seen */
	bool table;
	bool believed; /* the bridge is there, and all that belongs to it */
	struct rules_seen rules;
	unsigned strangers; /* bridges of other networks */
	struct nft_element stale[STALE_MAX];
	unsigned n_stale;
	bool more; /* there are more of these */
};

/* ---- what is wanted ---- */

static struct nft_element *want(struct view *v, enum rules_set set)
{
	struct nft_element *el = &v->wanted[v->n_wanted++].el;

	*el = (struct nft_element){ .set = &rules_sets[set], .comment = v->mark };
	return el;
}

static void want_subnet(struct view *v, struct ip subnet)
{
	struct nft_element *el = want(v, subnet.family == AF_INET6 ? RULES_SUBNETS6 : RULES_SUBNETS4);

	memcpy(el->key, ip_network(subnet).bytes, ip_size(subnet));
	memcpy(el->end, ip_add(ip_last(subnet), 1).bytes, ip_size(subnet));
}

/* Type, length, value: each subnet as it is in memory. */
static void describe_subnets(struct view *v, const struct rules_network *net)
{
	struct nft_element *bridge = &v->wanted[0].el;
	size_t size = sizeof(net->subnets[0]);

	v->made[0] = net->open ? UDATA_OPEN : net->routed ? UDATA_ROUTED : UDATA_SUBNETS;
	v->made[1] = (uint8_t)(net->internal ? 0 : net->n_subnets * size);
	for (size_t i = 0; i * size < v->made[1]; i++) {
		struct ip subnet = ip_network(net->subnets[i]);

		memcpy(v->made + 2 + i * size, &subnet, size);
	}
	bridge->made = v->made;
	bridge->made_len = 2u + v->made[1];
}

static void want_network(struct view *v, const struct rules_network *net)
{
	struct nft_element *el;

	*v = (struct view){ .mark = net->mark, .rules.part = &rules_base };
	strncpy((char *)want(v, RULES_BRIDGES)->key, net->bridge, IFNAMSIZ - 1);
	el = want(v, RULES_WITHIN);
	strncpy((char *)el->key, net->bridge, IFNAMSIZ - 1);
	strncpy((char *)el->key + IFNAMSIZ, net->bridge, IFNAMSIZ - 1);
	if (net->internal)
		strncpy((char *)want(v, RULES_INTERNAL)->key, net->bridge, IFNAMSIZ - 1);
	if (net->open)
		strncpy((char *)want(v, RULES_OPEN)->key, net->bridge, IFNAMSIZ - 1);
	if (net->routed)
		strncpy((char *)want(v, RULES_ROUTED)->key, net->bridge, IFNAMSIZ - 1);
	for (size_t i = 0; !net->internal && i < net->n_subnets; i++)
		want_subnet(v, net->subnets[i]);
	describe_subnets(v, net);
}

/* ---- a look: the rules, and the bridge's element ---- */

static bool is_key(const struct nft_element *el, const struct nft_seen *seen)
{
	return seen->len == el->set->len && memcmp(seen->key, el->key, seen->len) == 0;
}

/* Is what it says of the network so? nft(8) makes it without a word. */
static bool says_so(const struct nft_element *el, const struct nft_seen *seen)
{
	return seen->made_len == el->made_len && memcmp(seen->made, el->made, el->made_len) == 0;
}

static void believe(const struct nft_seen *seen, void *arg)
{
	struct view *v = arg;
	const struct nft_element *el = &v->wanted[0].el;

	v->believed = v->n_wanted && is_key(el, seen) && str_eq(seen->comment, v->mark) && says_so(el, seen);
}

static void forget(struct view *v)
{
	v->believed = false;
	rules_seen_none(&v->rules);
}

static void take_look(const struct nlmsghdr *msg, void *arg)
{
	struct view *v = arg;

	if (!msg)
		forget(v);
	else if (nft_kind(msg) == NFT_MSG_NEWSETELEM)
		nft_read_elements(msg, believe, v);
	else
		rules_see(&v->rules, msg);
}

static int look(struct netlink *nl, struct view *v, struct err *e)
{
	struct netlink_batch b;

	forget(v);
	netlink_start(&b);
	if (v->n_wanted)
		nft_ask_element(&b, RULES_TABLE, &v->wanted[0].el);
	nft_ask_rules(&b, RULES_TABLE);
	return nft_ask(nl, &b, take_look, v, e);
}

/* ---- all of it: what is there of the network, and what shall go ---- */

struct sweep {
	struct view *v;
	const struct nft_set *set;
	bool ends; /* now the ends of intervals are looked for */
};

/* The smallest end behind the beginning of an interval is its own. */
static void take_end(const struct nft_seen *seen, const uint8_t *key, uint8_t *end)
{
	static const uint8_t none[NFT_KEY];

	if (memcmp(seen->key, key, seen->len) > 0 &&
	    (memcmp(end, none, seen->len) == 0 || memcmp(seen->key, end, seen->len) < 0))
		memcpy(end, seen->key, seen->len);
}

static void find_ends(const struct sweep *s, const struct nft_seen *seen)
{
	for (unsigned i = 0; i < s->v->n_stale; i++)
		if (s->v->stale[i].set == s->set)
			take_end(seen, s->v->stale[i].key, s->v->stale[i].end);
	for (unsigned i = 0; i < s->v->n_wanted; i++)
		if (s->v->wanted[i].el.set == s->set)
			take_end(seen, s->v->wanted[i].el.key, s->v->wanted[i].end);
}

static void add_stale(struct view *v, const struct nft_set *set, const uint8_t *key, const uint8_t *end)
{
	struct nft_element *el = &v->stale[v->n_stale];

	v->more |= v->n_stale == STALE_MAX;
	if (v->n_stale == STALE_MAX)
		return;
	v->n_stale++;
	*el = (struct nft_element){ .set = set };
	memcpy(el->key, key, set->len);
	if (end)
		memcpy(el->end, end, set->len);
}

/* An element is as wanted, or ours and in nobody's way any more, or another's who is in the way, or
 * another's. */
static void find_element(const struct nft_seen *seen, void *arg)
{
	const struct sweep *s = arg;
	struct view *v = s->v;
	bool ours = str_eq(seen->comment, v->mark);

	if (seen->len != s->set->len)
		return;
	if (s->ends || seen->end) {
		if (s->ends && seen->end)
			find_ends(s, seen);
		return;
	}
	if (!ours && s->set == &rules_sets[RULES_BRIDGES])
		v->strangers++;
	for (unsigned i = 0; i < v->n_wanted; i++) {
		if (v->wanted[i].el.set != s->set || !is_key(&v->wanted[i].el, seen))
			continue;
		v->wanted[i].found = ours && (!seen->made_len || says_so(&v->wanted[i].el, seen));
		if (v->wanted[i].found)
			return;
		ours = true;
	}
	if (ours)
		add_stale(v, s->set, seen->key, NULL);
}

static int list_set(struct netlink *nl, struct sweep *s, struct err *e)
{
	int r = nft_list_elements(nl, RULES_TABLE, s->set, find_element, s, e);

	if (r < 0 || s->ends || !s->set->interval)
		return r;
	s->ends = true;
	return list_set(nl, s, e);
}

static void take_table(const struct nlmsghdr *msg, void *arg)
{
	if (msg && nft_kind(msg) == NFT_MSG_NEWTABLE)
		((struct view *)arg)->table = true;
}

static int look_at_all(struct netlink *nl, struct view *v, struct err *e)
{
	struct netlink_batch b;
	int r;

	v->n_stale = v->strangers = 0;
	v->table = v->more = false;
	netlink_start(&b);
	nft_ask_table(&b, RULES_TABLE);
	r = nft_ask(nl, &b, take_table, v, e);
	for (unsigned i = 0; i < v->n_wanted; i++) {
		v->wanted[i].found = false;
		memset(v->wanted[i].end, 0, sizeof(v->wanted[i].end));
	}
	for (enum rules_set i = 0; r == 0 && v->table && i <= RULES_SUBNETS6; i++)
		r = list_set(nl, &(struct sweep){ .v = v, .set = &rules_sets[i] }, e);
	for (unsigned i = 0; i < v->n_wanted; i++) {
		struct wanted *w = &v->wanted[i];

		if (!w->found || memcmp(w->end, w->el.end, w->el.set->len) == 0)
			continue;
		w->found = false;
		add_stale(v, w->el.set, w->el.key, w->end);
	}
	return r;
}

static bool is_as_wanted(const struct view *v)
{
	for (unsigned i = 0; i < v->n_wanted; i++)
		if (!v->wanted[i].found)
			return false;
	return rules_seen_all(&v->rules) && v->n_stale == 0;
}

/* ---- changing ---- */

static int put_table(struct netlink_batch *b, const struct view *v, struct err *e)
{
	if (rules_put_part(b, &rules_base, v->table, !rules_seen_all(&v->rules)))
		return 0;
	return err_set(e, "nft-memory", ENOMEM, "describe table inet " RULES_TABLE);
}

static void put_stale(struct netlink_batch *b, const struct view *v)
{
	for (unsigned i = 0; i < v->n_stale; i++)
		nft_delete_element(b, RULES_TABLE, &v->stale[i]);
}

static int plan_ensure(struct netlink *nl, struct netlink_batch *b, void *arg, struct err *e)
{
	struct view *v = arg;
	int r = look(nl, v, e);

	if (r < 0 || (r = look_at_all(nl, v, e)) < 0 || is_as_wanted(v) || (r = put_table(b, v, e)) < 0)
		return r;
	put_stale(b, v);
	for (unsigned i = 0; i < v->n_wanted; i++)
		if (!v->wanted[i].found)
			nft_add_element(b, RULES_TABLE, &v->wanted[i].el);
	return 1;
}

static int restore(struct netlink *nl, struct view *v, struct err *e)
{
	int r;

	do
		r = nft_change(nl, plan_ensure, v, e);
	while (r == 0 && v->more);
	return r;
}

int rules_ensure(struct netlink *nl, const struct rules_network *net, struct err *e)
{
	struct view v;
	int r;

	want_network(&v, net);
	r = look(nl, &v, e);
	return r < 0 || (v.believed && rules_seen_all(&v.rules)) ? r : restore(nl, &v, e);
}

int rules_restore(struct netlink *nl, const struct rules_network *net, struct err *e)
{
	struct view v;

	want_network(&v, net);
	return restore(nl, &v, e);
}

static int plan_delete(struct netlink *nl, struct netlink_batch *b, void *arg, struct err *e)
{
	struct view *v = arg;
	int r = look_at_all(nl, v, e);

	if (r < 0 || !v->table)
		return r;
	if (!v->strangers) {
		v->more = false;
		nft_delete_table(b, RULES_TABLE);
		return 1;
	}
	put_stale(b, v);
	return v->n_stale > 0;
}

int rules_delete(struct netlink *nl, const char *mark, struct err *e)
{
	struct view v = { .mark = mark, .rules.part = &rules_base };
	int r;

	do
		r = nft_change(nl, plan_delete, &v, e);
	while (r == 0 && v.more);
	return r;
}

/* ---- what bridges there are ---- */

struct bridge_listing {
	rules_bridge_fn *fn;
	void *arg;
};

static void tell_bridge(const struct nft_seen *seen, void *arg)
{
	const struct bridge_listing *l = arg;
	char name[IFNAMSIZ] = "";

	if (seen->len != IFNAMSIZ)
		return;
	memcpy(name, seen->key, IFNAMSIZ - 1);
	l->fn(name, seen->comment, l->arg);
}

int rules_list_bridges(struct netlink *nl, rules_bridge_fn *fn, void *arg, struct err *e)
{
	return nft_list_elements(nl, RULES_TABLE, &rules_sets[RULES_BRIDGES], tell_bridge,
				 &(struct bridge_listing){ fn, arg }, e);
}

/* ---- forwarding ---- */

/* That it is there says the element itself. */
struct forwarding {
	struct nft_element el;
	bool found;
	struct view v; /* nobody's */
};

static void want_forwarding(struct forwarding *f, int family)
{
	*f = (struct forwarding){ .el.set = &rules_sets[RULES_FORWARDING],
				  .v = { .mark = "", .rules.part = &rules_base } };
	f->el.key[0] = family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
}

static void find_forwarding(const struct nft_seen *seen, void *arg)
{
	struct forwarding *f = arg;

	f->found |= is_key(&f->el, seen);
}

static int look_at_forwarding(struct netlink *nl, struct forwarding *f, struct err *e)
{
	f->found = false;
	return nft_find_element(nl, RULES_TABLE, &f->el, find_forwarding, f, e);
}

static int plan_forwarding(struct netlink *nl, struct netlink_batch *b, void *arg, struct err *e)
{
	struct forwarding *f = arg;
	int r = look_at_forwarding(nl, f, e);

	if (r < 0 || (r = look(nl, &f->v, e)) < 0 || (f->found && rules_seen_all(&f->v.rules)) ||
	    (r = put_table(b, &f->v, e)) < 0)
		return r;
	nft_add_element(b, RULES_TABLE, &f->el);
	return 1;
}

int rules_forwarding_ensure(struct netlink *nl, int family, struct err *e)
{
	struct forwarding f;

	want_forwarding(&f, family);
	f.v.table = true; /* what is in it may be replaced */
	return nft_change(nl, plan_forwarding, &f, e);
}

int rules_forwarding_is(struct netlink *nl, int family, bool *is, struct err *e)
{
	struct forwarding f;
	int r;

	want_forwarding(&f, family);
	r = look_at_forwarding(nl, &f, e);
	*is = f.found;
	return r;
}

int rules_forwarding_ends(struct netlink *nl, int family, const char *mark, bool *ends, struct err *e)
{
	struct forwarding f;
	int r;

	*ends = false;
	want_forwarding(&f, family);
	f.v.mark = mark;
	if ((r = look_at_forwarding(nl, &f, e)) < 0 || !f.found)
		return r;
	r = look_at_all(nl, &f.v, e);
	*ends = r == 0 && !f.v.strangers;
	return r;
}

/* ---- checking ---- */

static int check_elements(const struct view *v, struct err *e)
{
	for (unsigned i = 0; i < v->n_wanted; i++) {
		if (v->wanted[i].found)
			continue;
		rules_missing(e, "nft set", v->wanted[i].el.set->name, "");
		return err_cause(e, "it lacks the element of %s", v->mark);
	}
	return v->n_stale ? rules_different(e, "nft set", v->stale[0].set->name,
					    "it has a further element of the network") :
			    0;
}

int rules_check(struct netlink *nl, const struct rules_network *net, struct err *e)
{
	struct view v;
	int r;

	want_network(&v, net);
	v.rules.thorough = true;
	if ((r = look(nl, &v, e)) < 0 || (r = look_at_all(nl, &v, e)) < 0)
		return r;
	if (!v.table)
		return rules_missing(e, "nft table", RULES_TABLE, "there is none of that name");
	if ((r = rules_seen_check(&v.rules, e)) < 0 || (r = check_elements(&v, e)) < 0)
		return r;
	return rules_check_chains(nl, &rules_base, e);
}
