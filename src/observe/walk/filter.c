/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that runs at a hook, in order of priority: base chains of nf_tables, tables of xtables, and NAT's translation. At
 * the same priority the kernel runs first what was registered last (nf_hook_entries_grow()); a world has the order in
 * which tables and chains were made, which is nearly it.
 */
#include <netinet/in.h>
#include <limits.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter_ipv4.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/utf8.h"
#include "kernel/net/nft.h"
#include "observe/walk/eval.h"

struct entry {
	int64_t at, priority; /* at: where its hook of the kernel's is; NAT has one for all its chains */
	size_t order;
	const struct world_table *table;
	const struct world_chain *chain;
	const struct world_xt_table *xt_table;
	const struct world_xt_chain *xt_chain;
	bool is_nat;
};

struct entries {
	struct entry *v;
	size_t n;
};

/* NF_BR_PRI_*: the tables of ebtables; that of filter is another for what the host sends. */
enum { BR_NAT_DST = -300, BR_FILTER = -200, BR_NAT_DST_OTHER = 100, BR_FILTER_OTHER = 200, BR_NAT_SRC = 300 };

static bool is_source_hook(unsigned hook)
{
	return hook == NF_INET_LOCAL_IN || hook == NF_INET_POST_ROUTING;
}

static int64_t xt_priority(const struct world_xt_table *t, unsigned hook)
{
	bool out = hook == NF_INET_LOCAL_OUT;

	if (t->family == NFPROTO_BRIDGE) {
		if (str_eq(t->name, "nat"))
			return out ? BR_NAT_DST_OTHER : is_source_hook(hook) ? BR_NAT_SRC : BR_NAT_DST;
		return out ? BR_FILTER_OTHER : BR_FILTER;
	}
	if (str_eq(t->name, "raw"))
		return NF_IP_PRI_RAW;
	if (str_eq(t->name, "mangle"))
		return NF_IP_PRI_MANGLE;
	if (str_eq(t->name, "nat"))
		return is_source_hook(hook) ? NF_IP_PRI_NAT_SRC : NF_IP_PRI_NAT_DST;
	return str_eq(t->name, "security") ? NF_IP_PRI_SECURITY : NF_IP_PRI_FILTER;
}

static int64_t nat_priority(unsigned hook)
{
	return is_source_hook(hook) ? NF_IP_PRI_NAT_SRC : NF_IP_PRI_NAT_DST;
}

static void add_entry(struct arena *a, struct entries *list, unsigned hook, struct entry en)
{
	en.order = list->n;
	en.at = en.is_nat ? nat_priority(hook) : en.priority;
	arena_push(a, list->v, list->n, en);
}

/* Of a chain on links: is this packet's among them? */
static bool on_link(const struct world_chain *c, const struct world_link *link)
{
	for (size_t i = 0; link && i < c->devices.n; i++) {
		if (str_eq(c->devices.v[i], link->name))
			return true;
	}
	return false;
}

static bool runs_here(const struct world_table *t, const struct world_chain *c, unsigned family,
		      unsigned hook, const struct packet *p)
{
	if (!c->type)
		return false;
	if (family == NFPROTO_NETDEV) {
		enum { INGRESS, EGRESS }; /* NF_NETDEV_* */

		/* nft_do_chain_inet_ingress(): what is not of IP passes by */
		if (t->family == NFPROTO_INET)
			return p->ethertype != ETH_P_ARP && hook == INGRESS && c->hook == NF_INET_INGRESS &&
			       on_link(c, p->in);
		return t->family == family && c->hook == hook && on_link(c, hook == INGRESS ? p->in : p->out);
	}
	if (c->hook != hook)
		return false;
	return t->family == family ||
	       (t->family == NFPROTO_INET && (family == NFPROTO_IPV4 || family == NFPROTO_IPV6));
}

static void add_nft(const struct world_netns *ns, unsigned family, unsigned hook, const struct packet *p,
		    struct arena *a, struct entries *list)
{
	enum { TABLE_DORMANT = 1 }; /* NFT_TABLE_F_DORMANT */

	for (size_t i = 0; i < ns->n_tables; i++) {
		const struct world_table *t = &ns->tables[i];

		for (size_t j = 0; j < t->n_chains && !(t->flags & TABLE_DORMANT); j++) {
			const struct world_chain *c = &t->chains[j];

			if (runs_here(t, c, family, hook, p))
				add_entry(a, list, hook,
					  (struct entry){ .priority = c->priority,
							  .table = t,
							  .chain = c,
							  .is_nat = str_eq(c->type, "nat") });
		}
	}
}

static void add_xt(const struct world_netns *ns, unsigned family, unsigned hook, struct arena *a,
		   struct entries *list)
{
	for (size_t i = 0; i < ns->n_xtables; i++) {
		const struct world_xt_table *t = &ns->xtables[i];

		if (t->family != family || str_eq(t->name, "broute"))
			continue;
		for (size_t j = 0; j < t->n_chains; j++) {
			if (!t->chains[j].is_base || t->chains[j].hook != hook)
				continue;
			add_entry(a, list, hook,
				  (struct entry){ .priority = xt_priority(t, hook),
						  .xt_table = t,
						  .xt_chain = &t->chains[j],
						  .is_nat = family != NFPROTO_BRIDGE &&
							    str_eq(t->name, "nat") });
		}
	}
}

static int by_priority(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return x->order < y->order ? 1 : -1;
}

/* ---- one base chain ---- */

void eval_perhaps(struct eval *ev, struct decision d)
{
	if (ev->possible[d.end].end == END_NONE)
		ev->possible[d.end] = d;
}

static const char *rule_text(const struct eval *ev, const struct decision *d)
{
	if (d->nft)
		return nft_rule_text(ev->a, d->table, d->nft);
	return d->xt ? xt_rule_text(ev->a, ev->family, d->chain, d->xt) : NULL;
}

/* The end of that chain. */
static struct walk_place place_of(const struct entry *en)
{
	uint64_t family = en->table ? en->table->family : en->xt_table->family;

	return (struct walk_place){
		.tool = en->table                ? "nft" :
			family == NFPROTO_BRIDGE ? "ebtables-legacy" :
			family == NFPROTO_IPV6   ? "ip6tables-legacy" :
						   "iptables-legacy",
		.family = family,
		.table = en->table ? en->table->name : en->xt_table->name,
		.base = en->table ? en->chain->name : en->xt_chain->name,
	};
}

static const char *object_of(struct arena *a, const struct entry *en)
{
	struct walk_place place = place_of(en);
	struct str s = { .arena = a };

	str_addf(&s, "%s ", place.tool);
	if (en->table)
		str_addf(&s, "%s ", nft_family_name(place.family));
	str_addf(&s, "%s %s", str_visible(&s, place.table), str_visible(&s, place.base));
	return str_get(&s);
}

static const char *code_of(const struct eval *ev, bool by_policy)
{
	if (ev->family == NFPROTO_BRIDGE)
		return "bridge-rule-drop";
	if (ev->family == NFPROTO_NETDEV)
		return "netdev-drop";
	if (ev->p->is_bridged)
		return "bridge-netfilter-drop";
	switch (ev->hook) {
	case NF_INET_FORWARD:
		return by_policy ? "forward-policy-drop" : "forward-rule-drop";
	case NF_INET_LOCAL_IN:
		return "input-drop";
	case NF_INET_LOCAL_OUT:
		return "output-drop";
	}
	return ev->hook == NF_INET_PRE_ROUTING ? "prerouting-drop" : "postrouting-drop";
}

/* The end that the chain may have instead of `end`, or NULL. Dropped and rejected are both lost. */
static const struct decision *other_end(const struct eval *ev, enum end end)
{
	bool lost = end == END_DROP || end == END_REJECT;

	for (int i = END_ACCEPT; i < END_COUNT; i++) {
		bool same = i == (int)end || (lost && (i == END_DROP || i == END_REJECT));

		if (ev->possible[i].end != END_NONE && (!same || i == END_OTHER))
			return &ev->possible[i];
	}
	return NULL;
}

static void put_decision(struct filter_result *r, const struct eval *ev, const struct entry *en,
			 const struct decision *d, bool by_policy)
{
	r->code = code_of(ev, by_policy);
	r->object = object_of(ev->a, en);
	r->place = place_of(en);
	if (!by_policy) {
		r->place.chain = d->chain ?: r->place.base;
		r->place.handle = d->nft ? d->nft->handle : d->number;
	}
	r->rule = by_policy ? "policy drop" : rule_text(ev, d);
	r->by_policy = by_policy;
}

static const char *sentence(struct eval *ev, enum filter_verdict v, bool by_policy, const char *reason)
{
	switch (v) {
	case FILTER_DROP:
		return by_policy ? "no rule accepts it, and the chain's policy is to drop" :
				   "a rule drops it";
	case FILTER_REJECT:
		return "a rule rejects it";
	case FILTER_UNKNOWN:
		return arena_printf(ev->a, "what becomes of it is not known: %s", reason);
	case FILTER_ACCEPT:
		break;
	}
	return ev->dnat ? "its destination is translated" :
	       ev->snat ? "its source is translated" :
			  "it may pass";
}

/* Is it worth a line? Chains without rules are everywhere, and those of NAT that translate nothing. */
static bool says_something(const struct eval *ev, const struct entry *en, enum filter_verdict v)
{
	if (en->is_nat && v == FILTER_ACCEPT)
		return ev->snat || ev->dnat;
	return en->table ? en->chain->n_rules || en->chain->policy != NF_ACCEPT :
			   en->xt_chain->n_rules || en->xt_chain->policy != NF_ACCEPT;
}

static void add_hop(struct filter_result *r, struct eval *ev, const struct entry *en,
		    const struct decision *d, enum filter_verdict v, bool by_policy, const char *reason)
{
	struct filter_hop hop = { .verdict = v, .object = object_of(ev->a, en) };

	hop.layer = en->is_nat ? "nat" : ev->family == NFPROTO_BRIDGE ? "bridge" : "filter";
	hop.decided = by_policy ? "policy drop" : rule_text(ev, d);
	hop.text = sentence(ev, v, by_policy, reason);
	arena_push(ev->a, r->hops, r->n_hops, hop);
}

/* What a base chain comes to, policy included. */
static void run_entry(struct eval *ev, const struct entry *en, struct filter_result *r)
{
	struct decision d;
	const struct decision *other;
	enum filter_verdict v;
	bool by_policy;

	for (int i = 0; i < END_COUNT; i++)
		ev->possible[i] = (struct decision){ 0 };
	ev->reason = NULL;
	ev->snat = ev->dnat = false;
	ev->perhaps = 0;
	ev->is_nat = en->is_nat;
	ev->nfproto = ev->family;
	if (en->table && en->table->family == NFPROTO_INET)
		ev->nfproto = ev->p->src.family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	d = en->table ? nft_run(ev, en->table, en->chain) : xt_run(ev, en->xt_table, en->xt_chain);
	by_policy = d.end == END_NONE && (en->table ? en->chain->policy : en->xt_chain->policy) == NF_DROP;
	if (d.end == END_NONE)
		d.end = by_policy ? END_DROP : END_ACCEPT;

	other = d.end == END_OTHER ? &d : other_end(ev, d.end);
	v = other               ? FILTER_UNKNOWN :
	    d.end == END_DROP   ? FILTER_DROP :
	    d.end == END_REJECT ? FILTER_REJECT :
				  FILTER_ACCEPT;
	const char *reason = other && other->reason ? other->reason : "it has what is not known";

	if (other)
		d = *other;
	if (v != FILTER_ACCEPT && (v != FILTER_UNKNOWN || r->verdict != FILTER_UNKNOWN)) {
		put_decision(r, ev, en, &d, by_policy && !other);
		r->verdict = v;
		r->reason = other ? reason : NULL;
	}
	if (ev->snat || ev->dnat) {
		r->nat_rule = rule_text(ev, &d);
		r->nat_object = object_of(ev->a, en);
		r->snat |= ev->snat;
		r->dnat |= ev->dnat;
	}
	if (says_something(ev, en, v))
		add_hop(r, ev, en, &d, v, by_policy && !other, reason);
}

/* ---- the hook ---- */

/* Does the first packet of a connection come by here for the first time? */
static bool sets_up_nat(const struct packet *p, bool is_dst)
{
	const struct packet_conn *ct = p->conn;

	return ct && !p->is_untracked && ct->state == PACKET_CT_NEW && !ct->is_reply &&
	       !(ct->status & (is_dst ? IPS_DST_NAT_DONE : IPS_SRC_NAT_DONE));
}

/* What is left to do for NAT when all its chains of a hook were asked. */
static void end_nat(struct packet *p, bool is_dst)
{
	if (sets_up_nat(p, is_dst))
		p->conn->status |= is_dst ? IPS_DST_NAT_DONE : IPS_SRC_NAT_DONE;
	nat_translate(p, is_dst);
}

static bool is_ip(unsigned family)
{
	return family == NFPROTO_IPV4 || family == NFPROTO_IPV6;
}

static struct entries entries_of(const struct world_netns *ns, unsigned family, unsigned hook,
				 const struct packet *p, struct arena *a)
{
	struct entries list = { 0 };

	add_xt(ns, family, hook, a, &list);
	add_nft(ns, family, hook, p, a, &list);
	if (list.n)
		qsort(list.v, list.n, sizeof(*list.v), by_priority);
	return list;
}

static bool does_nat(unsigned family, unsigned hook)
{
	return is_ip(family) && hook != NF_INET_FORWARD && hook < NF_INET_NUMHOOKS;
}

void filter_hook(const struct world_netns *ns, unsigned family, unsigned hook, struct packet *p,
		 struct arena *a, struct filter_result *r)
{
	struct eval ev = { .ns = ns, .family = family, .hook = hook, .p = p, .a = a, .budget = EVAL_BUDGET };
	struct entries list = entries_of(ns, family, hook, p, a);
	bool is_dst = !is_source_hook(hook), first = sets_up_nat(p, is_dst);
	/* what comes by lo is tracked since OUTPUT */
	bool is_back = p->in && p->in->flags & IFF_LOOPBACK;
	bool begins = (hook == NF_INET_PRE_ROUTING && !is_back) || hook == NF_INET_LOCAL_OUT;
	bool nat_due = does_nat(family, hook);

	*r = (struct filter_result){ 0 };
	for (size_t i = 0; i < list.n && (r->verdict == FILTER_ACCEPT || r->verdict == FILTER_UNKNOWN); i++) {
		const struct entry *en = &list.v[i];

		if (nat_due && en->at > nat_priority(hook)) {
			end_nat(p, is_dst);
			nat_due = false;
		}
		if (en->is_nat && (!first || r->snat || r->dnat))
			continue;
		ev.sees_ct = family != NFPROTO_NETDEV && (!begins || en->priority > NF_IP_PRI_CONNTRACK);
		run_entry(&ev, en, r);
	}
	if (nat_due)
		end_nat(p, is_dst);
	if (ns->rules_unread && r->verdict == FILTER_ACCEPT) {
		r->verdict = FILTER_UNKNOWN;
		r->object = "rules";
		r->reason = "there may be rules that could not be read";
	}
}
