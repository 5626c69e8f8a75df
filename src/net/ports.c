/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What all published ports share, and a network's part of it: see net/ports.h. */
#include "net/ports.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "base/str.h"
#include "net/bridge.h"
#include "net/rules_seen.h"

/* A network's subnets, and so many that shall go fit into one transaction. */
enum { WANTED_MAX = BRIDGE_SUBNETS, STALE_MAX = 12 };

struct view {
	const char *mark;
	struct nft_element wanted[WANTED_MAX];
	bool found[WANTED_MAX];
	unsigned n_wanted;
	/* seen */
	struct rules_seen rules;
	struct nft_element stale[STALE_MAX];
	unsigned n_stale;
	bool more; /* there are more of these */
};

static void want(struct view *v, const struct ports_network *net)
{
	*v = (struct view){ .mark = net->mark, .rules.part = &ports_part };
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

static void take_rules(const struct nlmsghdr *msg, void *arg)
{
	struct view *v = arg;

	if (msg)
		rules_see(&v->rules, msg);
	else
		rules_seen_none(&v->rules); /* all of them once more */
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

static int list_homes(struct netlink *nl, struct view *v, struct err *e)
{
	int r = 0;

	v->n_stale = 0;
	v->more = false;
	memset(v->found, 0, sizeof(v->found));
	for (enum ports_set set = PORTS_HOME; r == 0 && set <= PORTS_HOME6; set++) {
		struct sweep s = { v, &ports_part.sets[set] };

		r = nft_list_elements(nl, RULES_TABLE, s.set, find_element, &s, e);
	}
	return r;
}

static int look(struct netlink *nl, struct view *v, struct err *e)
{
	struct netlink_batch b;
	int r;

	rules_seen_none(&v->rules);
	netlink_start(&b);
	nft_ask_rules(&b, RULES_TABLE);
	r = nft_ask(nl, &b, take_rules, v, e);
	return r < 0 ? r : list_homes(nl, v, e);
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

	if (r < 0 || (rules_seen_all(&v->rules) && has_homes(v)))
		return r;
	if (!rules_put_part(b, &ports_part, true, !rules_seen_all(&v->rules)))
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
	if ((r = look(nl, &v, e)) < 0 || (rules_seen_all(&v.rules) && has_homes(&v)))
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

static int check_homes(const struct view *v, struct err *e)
{
	for (unsigned i = 0; i < v->n_wanted; i++)
		if (!v->found[i])
			return rules_missing(e, "nft set", v->wanted[i].set->name,
					     "it lacks an element of the network");
	return v->n_stale ? rules_different(e, "nft set", v->stale[0].set->name,
					    "it has a further element of the network") :
			    0;
}

int ports_check(struct netlink *nl, const struct ports_network *net, struct err *e)
{
	struct view v;
	int r;

	want(&v, net);
	v.rules.thorough = true;
	if ((r = look(nl, &v, e)) < 0 || (r = rules_seen_check(&v.rules, e)) < 0 ||
	    (r = check_homes(&v, e)) < 0)
		return r;
	return rules_check_chains(nl, &ports_part, e);
}
