/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The headers of a packet as bytes, as far as they are known: what payload expressions and u32 look at. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>
#include <string.h>

#include "observe/walk/eval.h"

enum { LINK_BYTES = 14, ARP_BYTES = 28, IP4_BYTES = 20, IP6_BYTES = 40, TCP_BYTES = 20, UDP_BYTES = 8 };

static void put16(struct bits *b, size_t at, uint16_t n, bool known)
{
	uint16_t be = htons(n);

	bits_put(b, at, &be, sizeof(be), known);
}

static size_t link_header(const struct packet *p, struct bits *b)
{
	bool known = p->known & PACKET_MACS;
	uint16_t type = p->ethertype ? p->ethertype : p->src.family == AF_INET6 ? ETH_P_IPV6 : ETH_P_IP;

	bits_put(b, 0, p->dst_mac, ETH_ALEN, known);
	bits_put(b, ETH_ALEN, p->src_mac, ETH_ALEN, known);
	if (!p->vlan) {
		put16(b, 2 * ETH_ALEN, type, true);
		return LINK_BYTES;
	}
	/* nft_payload_copy_vlan() puts the tag back where it was */
	put16(b, 2 * ETH_ALEN, ETH_P_8021Q, true);
	put16(b, 2 * ETH_ALEN + 2, p->vlan, true);
	b->known[2 * ETH_ALEN + 2] = 0x0f; /* not the priority */
	put16(b, 2 * ETH_ALEN + 4, type, true);
	return LINK_BYTES + 4;
}

static size_t ip4_header(const struct packet *p, struct bits *b)
{
	bits_put(b, 0, &(uint8_t){ 0x45 }, 1, true);
	bits_put(b, 1, &p->tos, 1, p->known & PACKET_TOS);
	put16(b, 2, p->length, p->known & PACKET_LENGTH);
	put16(b, 4, 0, false); /* id */
	put16(b, 6, 0, true);
	b->known[6] = 0xbf; /* no fragment; whether it may become one is not known */
	bits_put(b, 8, &p->ttl, 1, p->known & PACKET_TTL);
	bits_put(b, 9, &p->proto, 1, true);
	put16(b, 10, 0, false); /* checksum */
	bits_put(b, 12, p->src.bytes, 4, true);
	bits_put(b, 16, p->dst.bytes, 4, true);
	return IP4_BYTES;
}

static size_t ip6_header(const struct packet *p, struct bits *b)
{
	bits_put(b, 0, (uint8_t[]){ 0x60 | p->tos >> 4, p->tos << 4 }, 2, p->known & PACKET_TOS);
	b->v[0] |= 0x60;
	b->known[0] |= 0xf0;
	b->known[1] &= 0xf0; /* not the label */
	put16(b, 2, 0, false);
	put16(b, 4, p->length - IP6_BYTES, p->known & PACKET_LENGTH);
	bits_put(b, 6, &p->proto, 1, true);
	bits_put(b, 7, &p->ttl, 1, p->known & PACKET_TTL);
	bits_put(b, 8, p->src.bytes, 16, true);
	bits_put(b, 24, p->dst.bytes, 16, true);
	return IP6_BYTES;
}

/* Of Ethernet and IPv4. A question goes to all, an answer to who asked: the walk's kernel sends no others. */
static size_t arp_header(const struct packet *p, struct bits *b)
{
	enum { REQUEST = 1, REPLY };
	bool asks = p->dst_mac[0] & 1;

	bits_put(b, 0, "\0\1\x08\0\6\4", 6, true);
	put16(b, 6, asks ? REQUEST : REPLY, p->known & PACKET_MACS);
	bits_put(b, 8, p->src_mac, ETH_ALEN, p->known & PACKET_MACS);
	bits_put(b, 14, p->src.bytes, 4, true);
	bits_put(b, 18, asks ? (const uint8_t[ETH_ALEN]){ 0 } : p->dst_mac, ETH_ALEN, p->known & PACKET_MACS);
	bits_put(b, 24, p->dst.bytes, 4, true);
	return ARP_BYTES;
}

static size_t transport_header(const struct packet *p, struct bits *b)
{
	switch (p->proto) {
	case IPPROTO_TCP:
		bits_put(b, 13, &p->tcp_flags, 1, p->known & PACKET_TCP_FLAGS);
		[[fallthrough]];
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		put16(b, 0, p->sport, p->known & PACKET_SPORT);
		put16(b, 2, p->dport, true);
		if (p->proto == IPPROTO_UDP)
			put16(b, 4, p->length - (p->src.family == AF_INET6 ? IP6_BYTES : IP4_BYTES),
			      p->known & PACKET_LENGTH);
		return p->proto == IPPROTO_TCP ? TCP_BYTES : UDP_BYTES;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		bits_put(b, 0, (uint8_t[]){ p->icmp_type, p->icmp_code }, 2, p->known & PACKET_ICMP);
		return UDP_BYTES;
	}
	return 0;
}

/* Is there a link's header here? Of what a socket of this namespace sends it is made behind the hooks of IP. */
static bool has_link_header(const struct eval *ev)
{
	return ev->family == NFPROTO_BRIDGE || ev->family == NFPROTO_NETDEV || ev->p->in != NULL;
}

enum truth packet_load(struct eval *ev, unsigned base, size_t offset, size_t len, struct bits *out, size_t at)
{
	struct bits b = { 0 };
	const struct packet *p = ev->p;
	size_t have = 0;

	if (at > BITS_MAX || len > BITS_MAX - at)
		return NO;
	if (base == NFT_PAYLOAD_LL_HEADER) {
		if (!has_link_header(ev))
			return NO;
		have = link_header(p, &b);
	} else if (base == NFT_PAYLOAD_NETWORK_HEADER) {
		have = p->ethertype == ETH_P_ARP ? arp_header(p, &b) :
		       p->src.family == AF_INET6 ? ip6_header(p, &b) :
		       p->src.family == AF_INET  ? ip4_header(p, &b) :
						   0;
	} else if (base == NFT_PAYLOAD_TRANSPORT_HEADER) {
		if (p->ethertype == ETH_P_ARP)
			return NO;
		have = transport_header(p, &b);
	}
	if (offset > BITS_MAX || len > BITS_MAX - offset || offset + len > have) {
		ev->reason = "it looks at bytes of the packet that are not known";
		bits_put(out, at, (uint8_t[BITS_MAX]){ 0 }, len, false);
		return YES;
	}
	memcpy(out->v + at, b.v + offset, len);
	memcpy(out->known + at, b.known + offset, len);
	if (!bits_known(out, at, len))
		ev->reason = "it looks at bytes of the packet that are not known";
	return YES;
}
