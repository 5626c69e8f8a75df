/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extensions of ebtables: some have the names of others of xtables, but not their structs. */
#include <netinet/in.h>
#include <linux/if_ether.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_bridge/ebt_among.h>
#include <linux/netfilter_bridge/ebt_arp.h>
#include <linux/netfilter_bridge/ebt_ip.h>
#include <linux/netfilter_bridge/ebt_ip6.h>
#include <linux/netfilter_bridge/ebt_mark_m.h>
#include <linux/netfilter_bridge/ebt_mark_t.h>
#include <linux/netfilter_bridge/ebt_pkttype.h>
#include <linux/netfilter_bridge/ebt_vlan.h>

#include "observe/walk/xt.h"

/* EBT_ACCEPT ... (linux/netfilter_bridge/ebtables.h, which doesn't go with the C library's headers) */
enum { ACCEPT = -1, DROP = -2, CONTINUE = -3 };

/* What ip and ip6 have in common, with the flags of EBT_IP_*, which are the same; ICMP of IPv6 has a bit of its own. */
struct l3 {
	const void *src, *dst, *src_mask, *dst_mask;
	uint8_t proto, flags, inverse, types[2], codes[2];
	uint16_t sport[2], dport[2];
};

static bool address_matches(struct ip ip, const uint8_t *addr, const uint8_t *mask)
{
	for (size_t i = 0; i < ip_size(ip); i++) {
		if ((ip.bytes[i] & mask[i]) != addr[i])
			return false;
	}
	return true;
}

static bool fails(const struct l3 *i, unsigned flag, bool is)
{
	return (i->flags & flag) && is == !!(i->inverse & flag);
}

static enum truth of_transport(struct eval *ev, const struct l3 *i, bool is6)
{
	const struct packet *p = ev->p;
	bool is_icmp = p->proto == (is6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	enum { ICMP = EBT_IP_ICMP };

	if (fails(i, EBT_IP_DPORT, p->dport >= i->dport[0] && p->dport <= i->dport[1]))
		return NO;
	if ((i->flags & EBT_IP_SPORT) && !(p->known & PACKET_SPORT))
		return eval_maybe(ev, "it asks for the source port");
	if (fails(i, EBT_IP_SPORT, p->sport >= i->sport[0] && p->sport <= i->sport[1]))
		return NO;
	if (!(i->flags & ICMP) || !is_icmp)
		return YES;
	if (!(p->known & PACKET_ICMP))
		return eval_maybe(ev, "it asks for the type of ICMP");
	return truth_of(!fails(i, ICMP,
			       p->icmp_type >= i->types[0] && p->icmp_type <= i->types[1] &&
				       p->icmp_code >= i->codes[0] && p->icmp_code <= i->codes[1]));
}

static enum truth l3_matches(struct eval *ev, const struct l3 *i, bool is6)
{
	const struct packet *p = ev->p;

	if (p->src.family != (is6 ? AF_INET6 : AF_INET) ||
	    fails(i, EBT_IP_SOURCE, address_matches(p->src, i->src, i->src_mask)) ||
	    fails(i, EBT_IP_DEST, address_matches(p->dst, i->dst, i->dst_mask)) ||
	    fails(i, EBT_IP_PROTO, p->proto == i->proto))
		return NO;
	if (i->flags & EBT_IP_TOS)
		return eval_maybe(ev, "it asks for the type of service");
	return i->flags & EBT_IP_PROTO ? of_transport(ev, i, is6) : YES;
}

static enum truth ip4(struct eval *ev, const struct world_xt_extension *x)
{
	struct ebt_ip_info i;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	struct l3 l3 = { &i.saddr,
			 &i.daddr,
			 &i.smsk,
			 &i.dmsk,
			 .proto = i.protocol,
			 .flags = i.bitmask,
			 .inverse = i.invflags };

	memcpy(l3.sport, i.sport, sizeof(l3.sport));
	memcpy(l3.dport, i.dport, sizeof(l3.dport));
	memcpy(l3.types, i.icmp_type, sizeof(l3.types));
	memcpy(l3.codes, i.icmp_code, sizeof(l3.codes));
	return i.bitmask & EBT_IP_IGMP ? xt_strange(ev) : l3_matches(ev, &l3, false);
}

static enum truth ip6(struct eval *ev, const struct world_xt_extension *x)
{
	struct ebt_ip6_info i;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	struct l3 l3 = { &i.saddr,
			 &i.daddr,
			 &i.smsk,
			 &i.dmsk,
			 .proto = i.protocol,
			 .flags = i.bitmask,
			 .inverse = i.invflags };

	memcpy(l3.sport, i.sport, sizeof(l3.sport));
	memcpy(l3.dport, i.dport, sizeof(l3.dport));
	memcpy(l3.types, i.icmpv6_type, sizeof(l3.types));
	memcpy(l3.codes, i.icmpv6_code, sizeof(l3.codes));
	return l3_matches(ev, &l3, true);
}

/* Bytes of a packet and of a rule, of which those of the mask count; NULL: all. */
static bool same(const uint8_t *v, const void *with, const void *mask, size_t n)
{
	const uint8_t *w = with, *m = mask;

	for (size_t i = 0; i < n; i++)
		if ((v[i] & (m ? m[i] : 0xff)) != w[i])
			return false;
	return true;
}

static bool arp_fails(const struct ebt_arp_info *i, unsigned flag, bool is)
{
	return (i->bitmask & flag) && is == !!(i->invflags & flag);
}

static enum truth arp(struct eval *ev, const struct world_xt_extension *x)
{
	struct ebt_arp_info i;
	struct bits b = { 0 };

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (ev->p->ethertype != ETH_P_ARP)
		return NO;
	if (!(ev->p->known & PACKET_MACS) || packet_load(ev, NFT_PAYLOAD_NETWORK_HEADER, 0, 28, &b, 0) != YES)
		return eval_maybe(ev, "it asks for MAC addresses");
	return truth_of(!arp_fails(&i, EBT_ARP_OPCODE, same(b.v + 6, &i.opcode, NULL, 2)) &&
			!arp_fails(&i, EBT_ARP_HTYPE, same(b.v, &i.htype, NULL, 2)) &&
			!arp_fails(&i, EBT_ARP_PTYPE, same(b.v + 2, &i.ptype, NULL, 2)) &&
			!arp_fails(&i, EBT_ARP_SRC_IP, same(b.v + 14, &i.saddr, &i.smsk, 4)) &&
			!arp_fails(&i, EBT_ARP_DST_IP, same(b.v + 24, &i.daddr, &i.dmsk, 4)) &&
			!arp_fails(&i, EBT_ARP_GRAT, same(b.v + 14, b.v + 24, NULL, 4)) &&
			!arp_fails(&i, EBT_ARP_SRC_MAC, same(b.v + 8, i.smaddr, i.smmsk, ETH_ALEN)) &&
			!arp_fails(&i, EBT_ARP_DST_MAC, same(b.v + 18, i.dmaddr, i.dmmsk, ETH_ALEN)));
}

static enum truth mark(struct eval *ev, const struct world_xt_extension *x)
{
	struct ebt_mark_m_info i;
	bool is;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (!(ev->p->known & PACKET_MARK))
		return eval_maybe(ev, "it asks for the packet's mark");
	is = i.bitmask & EBT_MARK_OR ? ev->p->mark & i.mask : (ev->p->mark & i.mask) == i.mark;
	return truth_of(is != i.invert);
}

static enum truth pkttype(struct eval *ev, const struct world_xt_extension *x)
{
	struct ebt_pkttype_info i;
	int type = packet_type(ev);

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	return type < 0 ? eval_maybe(ev, "it asks for the packet's type") :
			  truth_of((type == i.pkt_type) != i.invert);
}

static enum truth vlan(struct eval *ev, const struct world_xt_extension *x)
{
	struct ebt_vlan_info i;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (!ev->p->vlan)
		return NO;
	if ((i.bitmask & EBT_VLAN_ID) && (ev->p->vlan == i.id) == !!(i.invflags & EBT_VLAN_ID))
		return NO;
	return i.bitmask & ~EBT_VLAN_ID ? eval_maybe(ev, "it asks for a tag's priority or type") : YES;
}

/* Is it in the list at that offset: a table of the kernel's, and what it points into (ebt_mac_wormhash_contains())? */
static enum truth among_list(struct eval *ev, const struct world_xt_extension *x, int at,
			     const uint8_t mac[6], struct ip ip)
{
	struct ebt_mac_wormhash_tuple t;
	struct ebt_mac_wormhash head;
	size_t from = (size_t)at, room;

	if (at < (int)sizeof(struct ebt_among_info) || x->info.n < sizeof(head) ||
	    from > x->info.n - sizeof(head))
		return xt_strange(ev);
	memcpy(&head, x->info.v + from, sizeof(head));
	room = (x->info.n - sizeof(head) - from) / sizeof(t);
	if (head.poolsize < 0 || (size_t)head.poolsize > room)
		return xt_strange(ev);
	for (int i = 0; i < head.poolsize; i++) {
		memcpy(&t, x->info.v + from + sizeof(head) + (size_t)i * sizeof(t), sizeof(t));
		if (memcmp((const char *)t.cmp + 2, mac, 6) == 0 &&
		    (!t.ip || (ip.family == AF_INET && memcmp(&t.ip, ip.bytes, sizeof(t.ip)) == 0)))
			return YES;
	}
	return NO;
}

static enum truth among(struct eval *ev, const struct world_xt_extension *x)
{
	struct ebt_among_info i;
	const struct packet *p = ev->p;
	enum truth t = YES;

	if (!info_take(x, &i, sizeof(i)))
		return xt_strange(ev);
	if (!(p->known & PACKET_MACS))
		return eval_maybe(ev, "it asks for MAC addresses");
	if (i.wh_src_ofs)
		t = truth_not(among_list(ev, x, i.wh_src_ofs, p->src_mac, p->src),
			      i.bitmask & EBT_AMONG_SRC_NEG);
	if (i.wh_dst_ofs)
		t = truth_and(t, truth_not(among_list(ev, x, i.wh_dst_ofs, p->dst_mac, p->dst),
					   i.bitmask & EBT_AMONG_DST_NEG));
	return t;
}

bool xt_bridge_match(struct eval *ev, const struct world_xt_extension *x, enum truth *t)
{
	static const struct {
		const char *name;
		enum truth (*eval)(struct eval *ev, const struct world_xt_extension *x);
	} matches[] = {
		{ "ip", ip4 },          { "ip6", ip6 },   { "arp", arp },     { "mark_m", mark },
		{ "pkttype", pkttype }, { "vlan", vlan }, { "among", among },
	};

	for (size_t i = 0; i < ARRAY_LEN(matches); i++) {
		if (str_eq(matches[i].name, x->name)) {
			*t = matches[i].eval(ev, x);
			return true;
		}
	}
	return false;
}

/* mark: what becomes of the packet is in the last bits, and what of its mark in the others. */
enum end xt_bridge_mark(struct eval *ev, const struct world_xt_extension *x)
{
	struct ebt_mark_t_info i;

	ev->p->known &= ~PACKET_MARK;
	ev->reason = "it goes on in a way that is not known";
	if (!info_take(x, &i, sizeof(i)))
		return END_OTHER;
	switch (i.target | ~15) {
	case ACCEPT:
		return END_ACCEPT;
	case DROP:
		return END_DROP;
	case CONTINUE:
		return END_NONE;
	}
	return END_OTHER;
}
