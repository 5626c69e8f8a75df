/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains of xtables: ipt_do_table() and ebt_do_table() of the kernel. */
#include <netinet/in.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/x_tables.h>
#include <string.h>

#include "base/str.h"
#include "observe/walk/eval.h"

/* IPT_INV_* and IP6T_INV_* are the same; of the flags only GOTO and PROTO have a meaning here. */
enum { INV_IN = 1, INV_OUT = 2, INV_SRC = 8, INV_DST = 16, INV_FRAG = 32, INV_PROTO = 64 };
enum { IP4_FRAG = 1, IP4_GOTO = 2, IP6_PROTO = 1, IP6_GOTO = 4 };
/* EBT_NOPROTO and EBT_802_3 in the flags; the inverses (linux/netfilter_bridge/ebtables.h) */
enum { EBT_NOPROTO = 2, EBT_802_3 = 4 };
enum {
	EBT_INV_PROTO = 1,
	EBT_INV_IN = 2,
	EBT_INV_OUT = 4,
	EBT_INV_SRC = 8,
	EBT_INV_DST = 16,
	EBT_INV_LOGICAL_IN = 32,
	EBT_INV_LOGICAL_OUT = 64
};

static bool name_matches(const char *pattern, const struct world_link *link)
{
	const char *name = link && link->name ? link->name : "";
	size_t n = pattern ? strlen(pattern) : 0;

	if (!pattern)
		return true;
	if (n && pattern[n - 1] == '+')
		return strncmp(pattern, name, n - 1) == 0;
	return strcmp(pattern, name) == 0;
}

static bool ip_matches(struct ip ip, struct ip net, struct ip mask)
{
	if (net.family != ip.family)
		return !ip_is(net);
	for (size_t i = 0; i < ip_size(ip); i++) {
		if ((ip.bytes[i] & mask.bytes[i]) != net.bytes[i])
			return false;
	}
	return true;
}

static bool header_matches(const struct eval *ev, const struct world_xt_rule *r)
{
	const struct packet *p = ev->p;
	bool is6 = ev->family == NFPROTO_IPV6;

	if (ip_matches(p->src, r->src, r->src_mask) == !!(r->invflags & INV_SRC) ||
	    ip_matches(p->dst, r->dst, r->dst_mask) == !!(r->invflags & INV_DST) ||
	    name_matches(r->in, p->in) == !!(r->invflags & INV_IN) ||
	    name_matches(r->out, p->out) == !!(r->invflags & INV_OUT))
		return false;
	if (r->proto && (!is6 || (r->flags & IP6_PROTO)) &&
	    (r->proto == p->proto) == !!(r->invflags & INV_PROTO))
		return false;
	return is6 || !(r->flags & IP4_FRAG) || (r->invflags & INV_FRAG);
}

static enum truth mac_matches(struct eval *ev, const uint8_t *mac, const struct world_bytes *want,
			      const struct world_bytes *mask, bool invert)
{
	bool is = true;

	if (want->n < ETH_ALEN || mask->n < ETH_ALEN)
		return YES;
	if (!(ev->p->known & PACKET_MACS))
		return eval_maybe(ev, "it asks for a MAC address");
	for (int i = 0; i < ETH_ALEN; i++)
		is = is && ((mac[i] ^ want->v[i]) & mask->v[i]) == 0;
	return truth_of(is != invert);
}

static const struct world_link *bridge_of(const struct eval *ev, const struct world_link *port)
{
	for (size_t i = 0; port && i < ev->ns->n_links; i++) {
		if (ev->ns->links[i].index == port->master)
			return &ev->ns->links[i];
	}
	return NULL;
}

static enum truth bridge_header_matches(struct eval *ev, const struct world_xt_rule *r)
{
	const struct packet *p = ev->p;
	unsigned type = p->ethertype ? p->ethertype : p->src.family == AF_INET6 ? ETH_P_IPV6 : ETH_P_IP;
	enum truth t;

	if ((r->flags & EBT_802_3) ||
	    (!(r->flags & EBT_NOPROTO) && (r->proto == type) == !!(r->invflags & EBT_INV_PROTO)) ||
	    name_matches(r->in, p->in) == !!(r->invflags & EBT_INV_IN) ||
	    name_matches(r->out, p->out) == !!(r->invflags & EBT_INV_OUT) ||
	    name_matches(r->logical_in, bridge_of(ev, p->in)) == !!(r->invflags & EBT_INV_LOGICAL_IN) ||
	    name_matches(r->logical_out, bridge_of(ev, p->out)) == !!(r->invflags & EBT_INV_LOGICAL_OUT))
		return NO;
	t = mac_matches(ev, p->src_mac, &r->source_mac, &r->source_mask, r->invflags & EBT_INV_SRC);
	return truth_and(t,
			 mac_matches(ev, p->dst_mac, &r->dest_mac, &r->dest_mask, r->invflags & EBT_INV_DST));
}

static enum truth rule_matches(struct eval *ev, const struct world_xt_rule *r)
{
	enum truth t = ev->family == NFPROTO_BRIDGE ? bridge_header_matches(ev, r) :
						      truth_of(header_matches(ev, r));

	for (size_t i = 0; i < r->n_matches && t != NO; i++)
		t = truth_and(t, xt_match(ev, &r->matches[i]));
	return t;
}

static const struct world_xt_chain *chain_named(const struct world_xt_table *t, const char *name)
{
	for (size_t i = 0; name && i < t->n_chains; i++) {
		if (str_eq(t->chains[i].name, name))
			return &t->chains[i];
	}
	return NULL;
}

static struct decision decision_of(const struct eval *ev, const struct world_xt_chain *c,
				   const struct world_xt_rule *r, enum end end)
{
	return (struct decision){ .end = end,
				  .chain = c->name,
				  .xt = r,
				  .number = (size_t)(r - c->rules) + 1,
				  .reason = ev->reason };
}

static struct decision run_chain(struct eval *ev, const struct world_xt_table *t,
				 const struct world_xt_chain *c, unsigned depth);

static bool is_goto(const struct eval *ev, const struct world_xt_rule *r)
{
	return ev->family == NFPROTO_IPV4 ? r->flags & IP4_GOTO :
	       ev->family == NFPROTO_IPV6 ? r->flags & IP6_GOTO :
					    false;
}

/* What a rule that matches does. *returns: the chain ends, without a verdict. */
static struct decision rule_ends(struct eval *ev, const struct world_xt_table *t,
				 const struct world_xt_chain *c, const struct world_xt_rule *r,
				 unsigned depth, bool *returns)
{
	const struct world_xt_chain *to;
	struct decision d;

	*returns = false;
	if (r->target.name)
		return decision_of(ev, c, r, xt_target(ev, &r->target));
	if (r->chain) {
		to = chain_named(t, r->chain);
		if (!to || depth >= EVAL_XT_DEPTH) {
			ev->reason = to ? "its jumps are too deep" :
					  "it jumps to a chain that could not be read";
			return decision_of(ev, c, r, END_OTHER);
		}
		d = run_chain(ev, t, to, depth + 1);
		*returns = d.end == END_NONE && is_goto(ev, r);
		return d;
	}
	*returns = r->verdict == XT_RETURN;
	return decision_of(ev, c, r,
			   r->verdict == -NF_ACCEPT - 1               ? END_ACCEPT :
			   r->verdict == -NF_DROP - 1                 ? END_DROP :
			   r->verdict == 0 || r->verdict == XT_RETURN ? END_NONE :
									END_OTHER);
}

/* One rule of a chain; true: the chain ends here. *rest: what follows runs only perhaps. */
static bool run_rule(struct eval *ev, const struct world_xt_table *t, const struct world_xt_chain *c,
		     const struct world_xt_rule *r, unsigned depth, struct decision *d, bool *rest)
{
	enum truth is = rule_matches(ev, r);
	const char *reason = ev->reason;
	bool returns;

	*d = (struct decision){ 0 };
	if (is == NO)
		return false;
	if (is == YES) {
		*d = rule_ends(ev, t, c, r, depth, &returns);
		return d->end != END_NONE || returns;
	}
	ev->perhaps++;
	struct decision maybe = rule_ends(ev, t, c, r, depth, &returns);

	ev->perhaps--;
	if (maybe.end != END_NONE) {
		maybe.reason = reason;
		eval_perhaps(ev, maybe);
	}
	*rest = *rest || returns;
	return false;
}

static struct decision run_chain(struct eval *ev, const struct world_xt_table *t,
				 const struct world_xt_chain *c, unsigned depth)
{
	struct decision d = { 0 };
	bool perhaps = false, rest = false, ends = false;

	for (size_t i = 0; i < c->n_rules && !ends; i++) {
		if (!eval_pay(ev, EVAL_RULE_COST)) {
			ev->reason = "there are too many rules to go through";
			d = decision_of(ev, c, &c->rules[i], END_OTHER);
			ends = true;
			break;
		}
		ends = run_rule(ev, t, c, &c->rules[i], depth, &d, &rest);
		if (rest && !perhaps) {
			perhaps = true;
			ev->perhaps++;
		}
	}
	if (!ends)
		d = (struct decision){ 0 };
	if (!perhaps)
		return d;
	ev->perhaps--;
	if (d.end != END_NONE)
		eval_perhaps(ev, d);
	return (struct decision){ 0 };
}

struct decision xt_run(struct eval *ev, const struct world_xt_table *t, const struct world_xt_chain *c)
{
	return run_chain(ev, t, c, 0);
}
