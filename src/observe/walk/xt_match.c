/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matches of xtables. Each is its struct in linux/netfilter/xt_*.h, and the function of the kernel's that looks at it. What
 * can't be told of one packet is MAYBE, with the reason.
 */
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/xt_dscp.h>
#include <linux/netfilter/xt_length.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_policy.h>
#include <linux/netfilter/xt_recent.h>
#include <linux/netfilter/xt_sctp.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv4/ipt_ttl.h>

#include "observe/walk/xt.h"

/* A struct that is shorter than its revision says, or a revision that isn't known. */
enum truth xt_strange(struct eval *ev)
{
	return eval_maybe(ev, "an extension has a form that is not known");
}

static enum truth always(struct eval *ev, const struct world_xt_extension *x)
{
	return YES;
}

static enum truth never(struct eval *ev, const struct world_xt_extension *x)
{
	return NO; /* it looks for a header that the packets of a walk don't have */
}

static enum truth limits(struct eval *ev, const struct world_xt_extension *x)
{
	return eval_maybe(ev, "it has a limit");
}

static enum truth varies(struct eval *ev, const struct world_xt_extension *x)
{
	return eval_maybe(ev, "it chooses among packets");
}

static enum truth looks_inside(struct eval *ev, const struct world_xt_extension *x)
{
	return eval_maybe(ev, "it looks at bytes of the packet that are not known");
}

static enum truth of_socket(struct eval *ev, const struct world_xt_extension *x)
{
	return packet_socket(ev);
}

static enum truth source_port_in(struct eval *ev, uint16_t from, uint16_t to)
{
	if (from == 0 && to == UINT16_MAX)
		return YES;
	if (!(ev->p->known & PACKET_SPORT))
		return eval_maybe(ev, "it asks for the source port");
	return truth_of(ev->p->sport >= from && ev->p->sport <= to);
}

static enum truth ports(struct eval *ev, const uint16_t s[2], const uint16_t d[2], bool not_s, bool not_d)
{
	bool dst = ev->p->dport >= d[0] && ev->p->dport <= d[1];
	enum truth src = truth_not(source_port_in(ev, s[0], s[1]), not_s);

	return truth_and(src, truth_of(dst != not_d));
}

static enum truth tcp(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_tcp i;
	enum truth t;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (ev->p->proto != IPPROTO_TCP)
		return NO;
	t = ports(ev, i.spts, i.dpts, i.invflags & XT_TCP_INV_SRCPT, i.invflags & XT_TCP_INV_DSTPT);
	if (t == NO)
		return NO;
	if (i.flg_mask && !(ev->p->known & PACKET_TCP_FLAGS))
		t = eval_maybe(ev, "it asks for the flags of TCP");
	else if (((ev->p->tcp_flags & i.flg_mask) == i.flg_cmp) == !!(i.invflags & XT_TCP_INV_FLAGS))
		return NO;
	return i.option ? truth_and(t, eval_maybe(ev, "it asks for options of TCP")) : t;
}

static enum truth udp(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_udp i;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (ev->p->proto != IPPROTO_UDP && ev->p->proto != IPPROTO_UDPLITE)
		return NO;
	return ports(ev, i.spts, i.dpts, i.invflags & XT_UDP_INV_SRCPT, i.invflags & XT_UDP_INV_DSTPT);
}

static enum truth sctp(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_sctp_info i;
	static const uint16_t any[2] = { 0, UINT16_MAX };
	enum truth t;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (ev->p->proto != IPPROTO_SCTP)
		return NO;
	t = ports(ev, i.flags & XT_SCTP_SRC_PORTS ? i.spts : any, i.flags & XT_SCTP_DEST_PORTS ? i.dpts : any,
		  i.invflags & XT_SCTP_SRC_PORTS, i.invflags & XT_SCTP_DEST_PORTS);
	return i.flags & XT_SCTP_CHUNK_TYPES ? truth_and(t, looks_inside(ev, x)) : t;
}

/* icmp and icmp6 have the same struct; only of IPv4 the type 255 is any. */
static enum truth icmp_type(struct eval *ev, const struct world_xt_extension *x, uint8_t proto, bool has_any)
{
	struct ipt_icmp i;
	bool is;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (ev->p->proto != proto)
		return NO;
	if (has_any && i.type == 0xff)
		return truth_of(!(i.invflags & IPT_ICMP_INV));
	if (!(ev->p->known & PACKET_ICMP))
		return eval_maybe(ev, "it asks for the type of ICMP");
	is = ev->p->icmp_type == i.type && ev->p->icmp_code >= i.code[0] && ev->p->icmp_code <= i.code[1];
	return truth_of(is != !!(i.invflags & IPT_ICMP_INV));
}

static enum truth icmp(struct eval *ev, const struct world_xt_extension *x)
{
	return icmp_type(ev, x, IPPROTO_ICMP, true);
}

static enum truth icmp6(struct eval *ev, const struct world_xt_extension *x)
{
	return icmp_type(ev, x, IPPROTO_ICMPV6, false);
}

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_DCCP;
}

/* Of several ports, and ranges of them, one. */
static enum truth one_of(struct eval *ev, const struct xt_multiport_v1 *i)
{
	enum truth t = NO;

	for (unsigned n = 0; n < i->count && n < XT_MULTI_PORTS && t != YES; n++) {
		uint16_t from = i->ports[n],
			 to = i->pflags[n] && n + 1 < XT_MULTI_PORTS ? i->ports[++n] : from;
		enum truth src = i->flags == XT_MULTIPORT_DESTINATION ? NO : source_port_in(ev, from, to);
		bool dst = i->flags != XT_MULTIPORT_SOURCE && ev->p->dport >= from && ev->p->dport <= to;

		t = dst || src == YES ? YES : src == MAYBE ? MAYBE : t;
	}
	return t;
}

static enum truth multiport(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_multiport_v1 i = { 0 };

	if (!info_take(x, &i, x->revision ? sizeof(i) : sizeof(struct xt_multiport)))
		return xt_strange(ev);
	if (!has_ports(ev->p->proto))
		return NO;
	return truth_not(one_of(ev, &i), x->revision && i.invert);
}

static enum truth mark(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_mark_mtinfo1 i;

	if (x->revision != 1 || !info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (!(ev->p->known & PACKET_MARK))
		return eval_maybe(ev, "it asks for the packet's mark");
	return truth_of(((ev->p->mark & i.mask) == i.mark) != i.invert);
}

static enum truth length(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_length_info i;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (!(ev->p->known & PACKET_LENGTH))
		return eval_maybe(ev, "it asks for the packet's length");
	return truth_of((ev->p->length >= i.min && ev->p->length <= i.max) != i.invert);
}

/* --set always adds, and so matches. */
static enum truth recent(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_recent_mtinfo i;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (i.check_set & XT_RECENT_SET)
		return truth_of(!i.invert);
	return eval_maybe(ev, "it asks who was seen lately");
}

static enum truth ttl(struct eval *ev, const struct world_xt_extension *x)
{
	struct ipt_ttl_info i;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (!(ev->p->known & PACKET_TTL))
		return eval_maybe(ev, "it asks how far the packet may go");
	switch (i.mode) {
	case IPT_TTL_EQ:
		return truth_of(ev->p->ttl == i.ttl);
	case IPT_TTL_NE:
		return truth_of(ev->p->ttl != i.ttl);
	case IPT_TTL_LT:
		return truth_of(ev->p->ttl < i.ttl);
	case IPT_TTL_GT:
		return truth_of(ev->p->ttl > i.ttl);
	}
	return xt_strange(ev);
}

static enum truth dscp(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_dscp_info i;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (!(ev->p->known & PACKET_TOS))
		return eval_maybe(ev, "it asks for the type of service");
	return truth_of((ev->p->tos >> 2 == i.dscp) != i.invert);
}

/* No packet of a walk has come by IPsec, or will leave by it: only "none" is so (match_policy_in() of xt_policy.c). */
static enum truth policy(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_policy_info i;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	return truth_of(i.flags & XT_POLICY_MATCH_NONE);
}

static const struct {
	const char *name;
	enum truth (*eval)(struct eval *ev, const struct world_xt_extension *x);
} matches[] = {
	{ "comment", always },
	{ "tcp", tcp },
	{ "udp", udp },
	{ "udplite", udp },
	{ "addrtype", xt_addrtype },
	{ "icmp", icmp },
	{ "icmp6", icmp6 },
	{ "sctp", sctp },
	{ "multiport", multiport },
	{ "mark", mark },
	{ "physdev", xt_physdev },
	{ "limit", limits },
	{ "hashlimit", limits },
	{ "connlimit", limits },
	{ "quota", limits },
	{ "set", xt_set },
	{ "iprange", xt_iprange },
	{ "mac", xt_mac },
	{ "owner", xt_owner },
	{ "pkttype", xt_pkttype },
	{ "length", length },
	{ "recent", recent },
	{ "rpfilter", xt_rpfilter },
	{ "cgroup", xt_cgroup },
	{ "statistic", varies },
	{ "cpu", varies },
	{ "time", xt_time },
	{ "string", xt_string },
	{ "u32", xt_u32 },
	{ "bpf", looks_inside },
	{ "tcpmss", looks_inside },
	{ "policy", policy },
	{ "socket", of_socket },
	{ "ttl", ttl },
	{ "hl", ttl },
	{ "dscp", dscp },
	{ "frag", never },
	{ "rt", never },
	{ "hbh", never },
	{ "dst", never },
	{ "mh", never },
	{ "srh", never },
	{ "ah", never },
	{ "esp", never },
};

enum truth xt_match(struct eval *ev, const struct world_xt_extension *x)
{
	enum truth t;

	if (ev->family == NFPROTO_BRIDGE && xt_bridge_match(ev, x, &t))
		return t;
	if (xt_conn_match(ev, x, &t))
		return t;
	for (size_t i = 0; i < ARRAY_LEN(matches); i++) {
		if (str_eq(matches[i].name, x->name))
			return matches[i].eval(ev, x);
	}
	return eval_maybe(ev, "it has an extension that is not known");
}
