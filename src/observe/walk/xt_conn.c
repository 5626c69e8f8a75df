/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Matches of xtables that look at the connection: conntrack_mt(), state_mt(), connmark_mt() of the kernel. */
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_state.h>

#include "observe/walk/xt.h"

static enum truth not_known(struct eval *ev)
{
	return eval_maybe(ev, "it asks for the connection, which is not known");
}

static enum truth state(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_state_info i;
	uint32_t is = packet_ct_state(ev);

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (!is)
		return not_known(ev);
	return truth_of(i.statemask & (is == PACKET_CT_UNTRACKED ? XT_STATE_UNTRACKED : is));
}

static bool state_matches(uint32_t is, const struct packet_conn *ct, unsigned mask)
{
	uint32_t bits = is == PACKET_CT_UNTRACKED ? XT_CONNTRACK_STATE_UNTRACKED : is;

	if (ct && (ct->status & IPS_SRC_NAT))
		bits |= XT_CONNTRACK_STATE_SNAT;
	if (ct && (ct->status & IPS_DST_NAT))
		bits |= XT_CONNTRACK_STATE_DNAT;
	return bits & mask;
}

static bool address_matches(struct ip ip, const union nf_inet_addr *addr, const union nf_inet_addr *mask)
{
	const uint8_t *a = (const uint8_t *)addr, *m = (const uint8_t *)mask;

	for (size_t i = 0; i < ip_size(ip); i++) {
		if ((ip.bytes[i] ^ a[i]) & m[i])
			return false;
	}
	return true;
}

static bool addresses_match(const struct packet_conn *ct, const struct xt_conntrack_mtinfo3 *i)
{
	const struct {
		unsigned flag;
		struct ip ip;
		const union nf_inet_addr *addr, *mask;
	} of[] = {
		{ XT_CONNTRACK_ORIGSRC, ct->orig.src, &i->origsrc_addr, &i->origsrc_mask },
		{ XT_CONNTRACK_ORIGDST, ct->orig.dst, &i->origdst_addr, &i->origdst_mask },
		{ XT_CONNTRACK_REPLSRC, ct->reply.src, &i->replsrc_addr, &i->replsrc_mask },
		{ XT_CONNTRACK_REPLDST, ct->reply.dst, &i->repldst_addr, &i->repldst_mask },
	};

	for (size_t n = 0; n < ARRAY_LEN(of); n++) {
		if ((i->match_flags & of[n].flag) &&
		    address_matches(of[n].ip, of[n].addr, of[n].mask) == !!(i->invert_flags & of[n].flag))
			return false;
	}
	return true;
}

/* Until revision 2 a port was one, in network order. */
static bool ports_match(const struct packet_conn *ct, const struct xt_conntrack_mtinfo3 *i, bool old)
{
	const struct {
		unsigned flag;
		uint16_t port, from, to;
	} of[] = {
		{ XT_CONNTRACK_ORIGSRC_PORT, ct->orig.sport, i->origsrc_port, i->origsrc_port_high },
		{ XT_CONNTRACK_ORIGDST_PORT, ct->orig.dport, i->origdst_port, i->origdst_port_high },
		{ XT_CONNTRACK_REPLSRC_PORT, ct->reply.sport, i->replsrc_port, i->replsrc_port_high },
		{ XT_CONNTRACK_REPLDST_PORT, ct->reply.dport, i->repldst_port, i->repldst_port_high },
	};

	for (size_t n = 0; n < ARRAY_LEN(of); n++) {
		uint16_t from = old ? ntohs(of[n].from) : of[n].from;
		uint16_t to = old ? from : of[n].to;

		if ((i->match_flags & of[n].flag) &&
		    (of[n].port >= from && of[n].port <= to) == !!(i->invert_flags & of[n].flag))
			return false;
	}
	return true;
}

/* All revisions begin alike; 1 has masks of one byte. */
static bool take_conntrack(const struct world_xt_extension *x, struct xt_conntrack_mtinfo3 *i)
{
	struct xt_conntrack_mtinfo1 one;

	memset(i, 0, sizeof(*i));
	if (x->revision == 3)
		return info_take(x, i, sizeof(*i));
	if (x->revision == 2)
		return info_take(x, i, sizeof(struct xt_conntrack_mtinfo2));
	if (x->revision != 1 || !info_take(x, &one, sizeof(one)))
		return false;
	memcpy(i, &one, offsetof(struct xt_conntrack_mtinfo1, state_mask));
	i->state_mask = one.state_mask;
	i->status_mask = one.status_mask;
	return true;
}

static enum truth conntrack(struct eval *ev, const struct world_xt_extension *x)
{
	const struct packet_conn *ct = packet_ct(ev);
	uint32_t is = packet_ct_state(ev);
	struct xt_conntrack_mtinfo3 i;

	if (!take_conntrack(x, &i))
		return xt_strange(ev);
	if (!is)
		return not_known(ev);
	if ((i.match_flags & XT_CONNTRACK_STATE) &&
	    state_matches(is, ct, i.state_mask) == !!(i.invert_flags & XT_CONNTRACK_STATE))
		return NO;
	if (!ct)
		return truth_of(i.match_flags & XT_CONNTRACK_STATE);
	if ((i.match_flags & XT_CONNTRACK_DIRECTION) &&
	    !ct->is_reply == !!(i.invert_flags & XT_CONNTRACK_DIRECTION))
		return NO;
	if (!addresses_match(ct, &i))
		return NO;
	if ((i.match_flags & XT_CONNTRACK_PROTO) &&
	    (ev->p->proto == i.l4proto) == !!(i.invert_flags & XT_CONNTRACK_PROTO))
		return NO;
	if ((i.match_flags & (XT_CONNTRACK_ORIGSRC_PORT | XT_CONNTRACK_REPLDST_PORT)) &&
	    !(ev->p->known & PACKET_SPORT))
		return eval_maybe(ev, "it asks for the source port");
	if (!ports_match(ct, &i, x->revision < 3))
		return NO;
	if ((i.match_flags & XT_CONNTRACK_STATUS) &&
	    !!(i.status_mask & ct->status) == !!(i.invert_flags & XT_CONNTRACK_STATUS))
		return NO;
	return i.match_flags & XT_CONNTRACK_EXPIRES ? eval_maybe(ev, "it asks how old a connection is") : YES;
}

static enum truth connmark(struct eval *ev, const struct world_xt_extension *x)
{
	const struct packet_conn *ct = packet_ct(ev);
	struct xt_connmark_mtinfo1 i;

	if (x->revision != 1 || !info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (!packet_ct_state(ev))
		return not_known(ev);
	if (!ct)
		return NO;
	if (!(ev->p->known & PACKET_CT_MARK))
		return eval_maybe(ev, "it asks for the connection's mark");
	return truth_of(((ct->mark & i.mask) == i.mark) != i.invert);
}

static enum truth carried(struct eval *ev, const struct world_xt_extension *x)
{
	return packet_ct_state(ev) && !packet_ct(ev) ?
		       NO :
		       eval_maybe(ev, "it asks what a connection has carried");
}

bool xt_conn_match(struct eval *ev, const struct world_xt_extension *x, enum truth *t)
{
	static const struct {
		const char *name;
		enum truth (*eval)(struct eval *ev, const struct world_xt_extension *x);
	} matches[] = {
		{ "conntrack", conntrack }, { "state", state },       { "connmark", connmark },
		{ "connbytes", carried },   { "connlabel", carried }, { "helper", carried },
	};

	for (size_t i = 0; i < ARRAY_LEN(matches); i++) {
		if (str_eq(matches[i].name, x->name)) {
			*t = matches[i].eval(ev, x);
			return true;
		}
	}
	return false;
}
