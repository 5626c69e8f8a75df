/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matches of xtables. Each is its struct in linux/netfilter/xt_*.h, and the function of the kernel's that looks at it. What
 * can't be told of one packet is MAYBE, with the reason.
 */
#include <netinet/in.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_dscp.h>
#include <linux/netfilter/xt_iprange.h>
#include <linux/netfilter/xt_length.h>
#include <linux/netfilter/xt_mac.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_owner.h>
#include <linux/netfilter/xt_physdev.h>
#include <linux/netfilter/xt_pkttype.h>
#include <linux/netfilter/xt_recent.h>
#include <linux/netfilter/xt_rpfilter.h>
#include <linux/netfilter/xt_sctp.h>
#include <linux/netfilter/xt_set.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv4/ipt_ttl.h>
#include <linux/rtnetlink.h>

#include "observe/walk/xt.h"

/* A struct that is shorter than its revision says, or a revision that isn't known. */
static enum truth strange(struct eval *ev)
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
	return eval_maybe(ev, "it asks for the socket");
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
		return strange(ev);
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
		return strange(ev);
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
		return strange(ev);
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
		return strange(ev);
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
		return strange(ev);
	if (!has_ports(ev->p->proto))
		return NO;
	return truth_not(one_of(ev, &i), x->revision && i.invert);
}

static enum truth mark(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_mark_mtinfo1 i;

	if (x->revision != 1 || !info_take(x, &i, sizeof(i)))
		return strange(ev);
	if (!(ev->p->known & PACKET_MARK))
		return eval_maybe(ev, "it asks for the packet's mark");
	return truth_of(((ev->p->mark & i.mask) == i.mark) != i.invert);
}

/* Of IPv6 a type is one of the address itself, but for these three (match_type6()). */
static bool type6_is_plain(struct ip ip, unsigned mask, bool *is)
{
	bool is_many = ip.bytes[0] == 0xff;

	*is = !((mask & XT_ADDRTYPE_MULTICAST) && !is_many) && !((mask & XT_ADDRTYPE_UNICAST) && is_many);
	return !*is || !(mask & (XT_ADDRTYPE_LOCAL | XT_ADDRTYPE_ANYCAST | XT_ADDRTYPE_UNREACHABLE));
}

static enum truth type_in(struct eval *ev, struct ip ip, int64_t link, unsigned mask, bool invert)
{
	int type;
	bool is;

	if (ip.family == AF_INET6 && type6_is_plain(ip, mask, &is))
		return truth_of(is != invert);
	type = packet_addr_type(ev, ip, link);
	if (type < 0 || type > RTN_XRESOLVE)
		return eval_maybe(ev, "it asks for the type of an address");
	return truth_of(!!(mask & 1u << type) != invert);
}

static enum truth addrtype(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_addrtype_info_v1 i = { 0 };
	struct xt_addrtype_info old;
	const struct world_link *link = NULL;
	enum truth t = YES;

	if (x->revision == 0) {
		if (!info_take(x, &old, sizeof(old)))
			return strange(ev);
		i.source = old.source;
		i.dest = old.dest;
		i.flags = (old.invert_source ? XT_ADDRTYPE_INVERT_SOURCE : 0) |
			  (old.invert_dest ? XT_ADDRTYPE_INVERT_DEST : 0);
	} else if (!info_take(x, &i, sizeof(i))) {
		return strange(ev);
	}
	if (i.flags & (XT_ADDRTYPE_LIMIT_IFACE_IN | XT_ADDRTYPE_LIMIT_IFACE_OUT))
		link = i.flags & XT_ADDRTYPE_LIMIT_IFACE_IN ? ev->p->in : ev->p->out;
	if (i.source)
		t = type_in(ev, ev->p->src, link ? link->index : 0, i.source,
			    i.flags & XT_ADDRTYPE_INVERT_SOURCE);
	if (t != NO && i.dest)
		t = truth_and(t, type_in(ev, ev->p->dst, link ? link->index : 0, i.dest,
					 i.flags & XT_ADDRTYPE_INVERT_DEST));
	return t;
}

static bool in_range(struct ip ip, const void *from, const void *to)
{
	size_t n = ip_size(ip);

	return memcmp(ip.bytes, from, n) >= 0 && memcmp(ip.bytes, to, n) <= 0;
}

static enum truth iprange(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_iprange_mtinfo i;

	if (!info_take(x, &i, sizeof(i)))
		return strange(ev);
	if ((i.flags & IPRANGE_SRC) &&
	    in_range(ev->p->src, &i.src_min, &i.src_max) == !!(i.flags & IPRANGE_SRC_INV))
		return NO;
	if ((i.flags & IPRANGE_DST) &&
	    in_range(ev->p->dst, &i.dst_min, &i.dst_max) == !!(i.flags & IPRANGE_DST_INV))
		return NO;
	return YES;
}

static bool link_named(const struct world_link *link, const char *name, const char *mask)
{
	char have[IFNAMSIZ] = "";

	strncpy(have, link->name ? link->name : "", sizeof(have) - 1);
	for (size_t i = 0; i < IFNAMSIZ; i++) {
		if ((have[i] ^ name[i]) & mask[i])
			return false;
	}
	return true;
}

/* physdev_mt(): of a packet that no bridge handed to IP only what is inverted holds. */
static enum truth physdev(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_physdev_info i;
	const struct world_link *in = ev->p->phys_in, *out = ev->p->phys_out;
	bool bridged = ev->p->is_bridged && out;

	if (!info_take(x, &i, sizeof(i)))
		return strange(ev);
	if (!in && !out)
		return truth_of(!(i.bitmask & ~i.invert));
	if (((i.bitmask & XT_PHYSDEV_OP_BRIDGED) && bridged == !!(i.invert & XT_PHYSDEV_OP_BRIDGED)) ||
	    ((i.bitmask & XT_PHYSDEV_OP_ISIN) && !in == !(i.invert & XT_PHYSDEV_OP_ISIN)) ||
	    ((i.bitmask & XT_PHYSDEV_OP_ISOUT) && !out == !(i.invert & XT_PHYSDEV_OP_ISOUT)))
		return NO;
	if ((i.bitmask & XT_PHYSDEV_OP_IN) && in &&
	    link_named(in, i.physindev, i.in_mask) == !!(i.invert & XT_PHYSDEV_OP_IN))
		return NO;
	if (!(i.bitmask & XT_PHYSDEV_OP_OUT))
		return YES;
	return truth_of(out && link_named(out, i.physoutdev, i.out_mask) != !!(i.invert & XT_PHYSDEV_OP_OUT));
}

static enum truth mac(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_mac_info i;

	if (!info_take(x, &i, sizeof(i)))
		return strange(ev);
	if (!ev->p->in)
		return NO;
	if (!(ev->p->known & PACKET_MACS))
		return eval_maybe(ev, "it asks for a MAC address");
	return truth_of((memcmp(i.srcaddr, ev->p->src_mac, sizeof(i.srcaddr)) == 0) != !!i.invert);
}

static enum truth owner(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_owner_match_info i;
	const struct packet *p = ev->p;
	enum truth t = YES;

	if (x->revision != 1 || !info_take(x, &i, sizeof(i)))
		return strange(ev);
	if (!p->is_local)
		return truth_of(i.match == i.invert);
	if (!(p->known & PACKET_OWNER) || (i.match & XT_OWNER_SUPPL_GROUPS))
		return eval_maybe(ev, "it asks for the owner of the socket");
	if (i.match & XT_OWNER_SOCKET)
		t = truth_of(!(i.invert & XT_OWNER_SOCKET));
	if ((i.match & XT_OWNER_UID) &&
	    (p->uid >= i.uid_min && p->uid <= i.uid_max) == !!(i.invert & XT_OWNER_UID))
		return NO;
	if ((i.match & XT_OWNER_GID) &&
	    (p->gid >= i.gid_min && p->gid <= i.gid_max) == !!(i.invert & XT_OWNER_GID))
		return NO;
	return t;
}

static enum truth cgroup(struct eval *ev, const struct world_xt_extension *x)
{
	return ev->p->is_local ? eval_maybe(ev, "it asks for the cgroup of the socket") : NO;
}

static enum truth pkttype(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_pkttype_info i;

	if (!info_take(x, &i, sizeof(i)))
		return strange(ev);
	if (!(ev->p->known & PACKET_TYPE))
		return eval_maybe(ev, "it asks for the packet's type");
	return truth_of((ev->p->type == i.pkttype) != !!i.invert);
}

static enum truth length(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_length_info i;

	if (!info_take(x, &i, sizeof(i)))
		return strange(ev);
	if (!(ev->p->known & PACKET_LENGTH))
		return eval_maybe(ev, "it asks for the packet's length");
	return truth_of((ev->p->length >= i.min && ev->p->length <= i.max) != i.invert);
}

/* --set always adds, and so matches. */
static enum truth recent(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_recent_mtinfo i;

	if (!info_take(x, &i, sizeof(i)))
		return strange(ev);
	if (i.check_set & XT_RECENT_SET)
		return truth_of(!i.invert);
	return eval_maybe(ev, "it asks who was seen lately");
}

static enum truth rpfilter(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_rpfilter_info i;
	const struct packet *p = ev->p;
	unsigned type;
	int64_t link;
	bool is;

	if (!info_take(x, &i, sizeof(i)))
		return strange(ev);
	bool invert = i.flags & XT_RPFILTER_INVERT;

	if (p->in && (p->in->flags & IFF_LOOPBACK))
		return truth_of(!invert);
	if ((i.flags & XT_RPFILTER_VALID_MARK) && !(p->known & PACKET_MARK))
		return eval_maybe(ev, "it asks for the packet's mark");
	link = packet_reverse(ev, i.flags & XT_RPFILTER_VALID_MARK, &type);
	if (link < 0)
		return eval_maybe(ev, "it asks for a route that is not known");
	is = link > 0 &&
	     (type == RTN_UNICAST || (type == RTN_LOCAL && (i.flags & XT_RPFILTER_ACCEPT_LOCAL))) &&
	     ((i.flags & XT_RPFILTER_LOOSE) || (p->in && p->in->index == link));
	return truth_of(is != invert);
}

static enum truth set(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_set_info i;
	enum { INVERT = 1 };

	if (x->revision == 0 || !info_take(x, &i, sizeof(i)))
		return strange(ev);
	for (size_t n = 0; n < ev->ns->n_ipsets; n++) {
		if (ev->ns->ipsets[n].index == i.index)
			return truth_not(ipset_match(ev, &ev->ns->ipsets[n], i.dim, i.flags),
					 i.flags & INVERT);
	}
	return eval_maybe(ev, "it looks into a set that could not be read");
}

static enum truth ttl(struct eval *ev, const struct world_xt_extension *x)
{
	struct ipt_ttl_info i;

	if (!info_take(x, &i, sizeof(i)))
		return strange(ev);
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
	return strange(ev);
}

static enum truth dscp(struct eval *ev, const struct world_xt_extension *x)
{
	struct xt_dscp_info i;

	if (!info_take(x, &i, sizeof(i)))
		return strange(ev);
	if (!(ev->p->known & PACKET_TOS))
		return eval_maybe(ev, "it asks for the type of service");
	return truth_of((ev->p->tos >> 2 == i.dscp) != i.invert);
}

static const struct {
	const char *name;
	enum truth (*eval)(struct eval *ev, const struct world_xt_extension *x);
} matches[] = {
	{ "comment", always },
	{ "tcp", tcp },
	{ "udp", udp },
	{ "udplite", udp },
	{ "addrtype", addrtype },
	{ "icmp", icmp },
	{ "icmp6", icmp6 },
	{ "sctp", sctp },
	{ "multiport", multiport },
	{ "mark", mark },
	{ "physdev", physdev },
	{ "limit", limits },
	{ "hashlimit", limits },
	{ "connlimit", limits },
	{ "quota", limits },
	{ "set", set },
	{ "iprange", iprange },
	{ "mac", mac },
	{ "owner", owner },
	{ "pkttype", pkttype },
	{ "length", length },
	{ "recent", recent },
	{ "rpfilter", rpfilter },
	{ "cgroup", cgroup },
	{ "statistic", varies },
	{ "cpu", varies },
	{ "time", varies },
	{ "string", looks_inside },
	{ "u32", looks_inside },
	{ "bpf", looks_inside },
	{ "tcpmss", looks_inside },
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

	if (xt_conn_match(ev, x, &t))
		return t;
	for (size_t i = 0; i < ARRAY_LEN(matches); i++) {
		if (str_eq(matches[i].name, x->name))
			return matches[i].eval(ev, x);
	}
	return eval_maybe(ev, "it has an extension that is not known");
}
