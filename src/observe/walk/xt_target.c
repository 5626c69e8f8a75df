/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets of xtables, but the standard one. */
#include <netinet/in.h>
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_mark.h>

#include "observe/walk/xt.h"

static enum end goes_on(struct eval *ev, const struct world_xt_extension *x)
{
	return END_NONE;
}

static enum end rejects(struct eval *ev, const struct world_xt_extension *x)
{
	return END_REJECT;
}

static enum end drops(struct eval *ev, const struct world_xt_extension *x)
{
	return END_DROP;
}

static enum end strange(struct eval *ev)
{
	ev->reason = "a target has a form that is not known";
	return END_OTHER;
}

static enum end elsewhere(struct eval *ev, const struct world_xt_extension *x)
{
	ev->reason = "it hands the packet to a program or a proxy";
	return END_OTHER;
}

static enum end mark(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_mark_tginfo2 i;

	if (x->revision != 2 || !info_take(x, &i, sizeof(i))) {
		ev->p->known &= ~PACKET_MARK;
		return END_NONE;
	}
	ev->p->mark = (ev->p->mark & ~i.mask) ^ i.mark;
	if (ev->perhaps)
		ev->p->known &= ~PACKET_MARK;
	else if (i.mask == UINT32_MAX)
		ev->p->known |= PACKET_MARK;
	return END_NONE;
}

static enum end connmark(struct eval *ev, const struct world_xt_extension *x)
{
	struct packet_conn *ct = packet_ct(ev) ? ev->p->conn : NULL;
	struct packet *p = ev->p;
	struct xt_connmark_tginfo1 i;

	if (!ct)
		return END_NONE;
	if (x->revision != 1 || !info_take(x, &i, sizeof(i)) || ev->perhaps) {
		p->known &= ~(PACKET_MARK | PACKET_CT_MARK);
		return END_NONE;
	}
	bool whole = i.mode == XT_CONNMARK_RESTORE ? i.nfmask == UINT32_MAX : i.ctmask == UINT32_MAX;
	unsigned from = i.mode == XT_CONNMARK_SAVE    ? PACKET_MARK :
			i.mode == XT_CONNMARK_RESTORE ? PACKET_CT_MARK :
							0;
	unsigned to = i.mode == XT_CONNMARK_RESTORE ? PACKET_MARK : PACKET_CT_MARK;

	if (i.mode == XT_CONNMARK_SET)
		ct->mark = (ct->mark & ~i.ctmask) ^ i.ctmark;
	else if (i.mode == XT_CONNMARK_SAVE)
		ct->mark = (ct->mark & ~i.ctmask) ^ (p->mark & i.nfmask);
	else
		p->mark = (p->mark & ~i.nfmask) ^ (ct->mark & i.ctmask);
	if ((p->known & from) != from)
		p->known &= ~to;
	else if (whole)
		p->known |= to;
	return END_NONE;
}

static enum end notrack(struct eval *ev, const struct world_xt_extension *x)
{
	if (ev->perhaps)
		ev->p->known &= ~PACKET_CT;
	else if (!ev->sees_ct)
		ev->p->is_untracked = true;
	return END_NONE;
}

static enum end ct(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_ct_target_info i;

	if (!info_take(x, &i, offsetof(struct xt_ct_target_info, ct)))
		return strange(ev);
	if (i.flags & XT_CT_NOTRACK)
		return notrack(ev, x);
	if (i.zone)
		ev->p->known &= ~PACKET_CT;
	return END_NONE;
}

static enum end ttl(struct eval *ev, const struct world_xt_extension *x)
{
	ev->p->known &= ~PACKET_TTL;
	return END_NONE;
}

static enum end tos(struct eval *ev, const struct world_xt_extension *x)
{
	ev->p->known &= ~PACKET_TOS;
	return END_NONE;
}

/* ---- NAT ---- */

static bool take_range(const struct eval *ev, const struct world_xt_extension *x, bool is_new,
		       struct nat_range *r)
{
	struct nf_nat_ipv4_multi_range_compat old;
	struct nf_nat_range i = { 0 };
	bool is6 = ev->p->src.family == AF_INET6;

	if (is_new || is6) {
		if (!info_take(x, &i, sizeof(i)))
			return false;
	} else {
		if (!info_take(x, &old, sizeof(old)) || old.rangesize != 1)
			return false;
		i.flags = old.range[0].flags;
		memcpy(&i.min_addr, &old.range[0].min_ip, 4);
		memcpy(&i.max_addr, &old.range[0].max_ip, 4);
		i.min_proto = old.range[0].min;
		i.max_proto = old.range[0].max;
	}
	r->has_addr = i.flags & NF_NAT_RANGE_MAP_IPS;
	r->min = ip_of(ev->p->src.family, &i.min_addr, is6 ? 16 : 4);
	r->max = ip_of(ev->p->src.family, &i.max_addr, is6 ? 16 : 4);
	r->has_port = i.flags & NF_NAT_RANGE_PROTO_SPECIFIED;
	r->port_min = ntohs(i.min_proto.all);
	r->port_max = ntohs(i.max_proto.all);
	r->is_random = i.flags & (NF_NAT_RANGE_PROTO_RANDOM | NF_NAT_RANGE_PROTO_RANDOM_FULLY);
	return true;
}

static enum end do_nat(struct eval *ev, const struct world_xt_extension *x, bool is_dst, bool is_new,
		       struct nat_range r)
{
	if (!take_range(ev, x, is_new, &r))
		return strange(ev);
	return nat_set_up(ev, is_dst, &r) == YES ? END_ACCEPT : END_OTHER;
}

static enum end snat(struct eval *ev, const struct world_xt_extension *x)
{
	return do_nat(ev, x, false, x->revision > 0, (struct nat_range){ 0 });
}

static enum end dnat(struct eval *ev, const struct world_xt_extension *x)
{
	return do_nat(ev, x, true, x->revision > 0, (struct nat_range){ 0 });
}

static enum end masquerade(struct eval *ev, const struct world_xt_extension *x)
{
	return do_nat(ev, x, false, false, (struct nat_range){ .is_masquerade = true });
}

static enum end redirect(struct eval *ev, const struct world_xt_extension *x)
{
	return do_nat(ev, x, true, false, (struct nat_range){ .is_redirect = true });
}

static enum end netmap(struct eval *ev, const struct world_xt_extension *x)
{
	return do_nat(ev, x, ev->hook == NF_INET_PRE_ROUTING || ev->hook == NF_INET_LOCAL_OUT, false,
		      (struct nat_range){ .is_netmap = true });
}

static const struct {
	const char *name;
	enum end (*eval)(struct eval *ev, const struct world_xt_extension *x);
} targets[] = {
	{ "MASQUERADE", masquerade },
	{ "SNAT", snat },
	{ "DNAT", dnat },
	{ "REDIRECT", redirect },
	{ "NETMAP", netmap },
	{ "REJECT", rejects },
	{ "ERROR", drops },
	{ "MARK", mark },
	{ "CONNMARK", connmark },
	{ "CT", ct },
	{ "NOTRACK", notrack },
	{ "TTL", ttl },
	{ "HL", ttl },
	{ "TOS", tos },
	{ "DSCP", tos },
	{ "ECN", tos },
	/* what these do decides nothing */
	{ "LOG", goes_on },
	{ "NFLOG", goes_on },
	{ "ULOG", goes_on },
	{ "TCPMSS", goes_on },
	{ "CHECKSUM", goes_on },
	{ "CLASSIFY", goes_on },
	{ "TRACE", goes_on },
	{ "SET", goes_on },
	{ "AUDIT", goes_on },
	{ "SECMARK", goes_on },
	{ "CONNSECMARK", goes_on },
	{ "TCPOPTSTRIP", goes_on },
	{ "IDLETIMER", goes_on },
	{ "LED", goes_on },
	{ "RATEEST", goes_on },
	{ "TEE", goes_on },
	{ "mark", xt_bridge_mark },
	{ "log", goes_on },
	{ "nflog", goes_on },
	{ "NFQUEUE", elsewhere },
	{ "TPROXY", elsewhere },
	{ "SYNPROXY", elsewhere },
};

enum end xt_target(struct eval *ev, const struct world_xt_extension *x)
{
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		if (str_eq(targets[i].name, x->name))
			return targets[i].eval(ev, x);
	}
	ev->reason = "it has a target that is not known";
	return END_OTHER;
}
