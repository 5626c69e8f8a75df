/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an expression of nf_tables loads, in the words of nft(8). */
#include <net/if.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "base/str.h"
#include "observe/walk/rule_text.h"

struct name {
	unsigned key;
	const char *text;
	enum value_type type;
};

static const struct name metas[] = {
	{ NFT_META_LEN, "meta length", V_HOST_NUMBER },
	{ NFT_META_PROTOCOL, "meta protocol", V_ETHERTYPE },
	{ NFT_META_PRIORITY, "meta priority", V_MARK },
	{ NFT_META_MARK, "meta mark", V_MARK },
	{ NFT_META_IIF, "iif", V_HOST_NUMBER },
	{ NFT_META_OIF, "oif", V_HOST_NUMBER },
	{ NFT_META_IIFNAME, "iifname", V_NAME },
	{ NFT_META_OIFNAME, "oifname", V_NAME },
	{ NFT_META_IIFTYPE, "iiftype", V_HOST_NUMBER },
	{ NFT_META_OIFTYPE, "oiftype", V_HOST_NUMBER },
	{ NFT_META_SKUID, "meta skuid", V_HOST_NUMBER },
	{ NFT_META_SKGID, "meta skgid", V_HOST_NUMBER },
	{ NFT_META_NFPROTO, "meta nfproto", V_FAMILY },
	{ NFT_META_L4PROTO, "meta l4proto", V_PROTO },
	{ NFT_META_BRI_IIFNAME, "meta ibrname", V_NAME },
	{ NFT_META_BRI_OIFNAME, "meta obrname", V_NAME },
	{ NFT_META_PKTTYPE, "meta pkttype", V_PKTTYPE },
	{ NFT_META_CGROUP, "meta cgroup", V_HOST_NUMBER },
	{ NFT_META_IIFKIND, "meta iifkind", V_NAME },
	{ NFT_META_OIFKIND, "meta oifkind", V_NAME },
	{ NFT_META_IIFGROUP, "iifgroup", V_HOST_NUMBER },
	{ NFT_META_OIFGROUP, "oifgroup", V_HOST_NUMBER },
	{ NFT_META_NFTRACE, "meta nftrace", V_HOST_NUMBER },
	{ NFT_META_CPU, "meta cpu", V_HOST_NUMBER },
	{ NFT_META_TIME_HOUR, "meta hour", V_HOST_NUMBER },
	{ NFT_META_TIME_DAY, "meta day", V_HOST_NUMBER },
};

static const struct name cts[] = {
	{ NFT_CT_STATE, "ct state", V_STATE },
	{ NFT_CT_DIRECTION, "ct direction", V_DIRECTION },
	{ NFT_CT_STATUS, "ct status", V_STATUS },
	{ NFT_CT_MARK, "ct mark", V_MARK },
	{ NFT_CT_PROTOCOL, "ct protocol", V_PROTO },
	{ NFT_CT_L3PROTOCOL, "ct l3proto", V_FAMILY },
	{ NFT_CT_SRC, "ct saddr", V_HEX },
	{ NFT_CT_DST, "ct daddr", V_HEX },
	{ NFT_CT_SRC_IP, "ct ip saddr", V_IP4 },
	{ NFT_CT_DST_IP, "ct ip daddr", V_IP4 },
	{ NFT_CT_SRC_IP6, "ct ip6 saddr", V_IP6 },
	{ NFT_CT_DST_IP6, "ct ip6 daddr", V_IP6 },
	{ NFT_CT_PROTO_SRC, "ct proto-src", V_PORT },
	{ NFT_CT_PROTO_DST, "ct proto-dst", V_PORT },
	{ NFT_CT_HELPER, "ct helper", V_NAME },
	{ NFT_CT_ZONE, "ct zone", V_HOST_NUMBER },
	{ NFT_CT_LABELS, "ct label", V_HEX },
};

/* A field of a header; proto 0: the network's or the link's. */
struct field {
	unsigned base, proto, offset, len;
	const char *text;
	enum value_type type;
};

enum {
	LINK = NFT_PAYLOAD_LL_HEADER,
	NETWORK = NFT_PAYLOAD_NETWORK_HEADER,
	TRANSPORT = NFT_PAYLOAD_TRANSPORT_HEADER
};

static const struct field fields[] = {
	{ LINK, 0, 0, 6, "ether daddr", V_MAC },
	{ LINK, 0, 6, 6, "ether saddr", V_MAC },
	{ LINK, 0, 12, 2, "ether type", V_ETHERTYPE },
	{ LINK, 0, 16, 2, "vlan type", V_ETHERTYPE },
	{ NETWORK, NFPROTO_IPV4, 1, 1, "ip dscp", V_HOST_NUMBER },
	{ NETWORK, NFPROTO_IPV4, 2, 2, "ip length", V_NUMBER },
	{ NETWORK, NFPROTO_IPV4, 6, 2, "ip frag-off", V_NUMBER },
	{ NETWORK, NFPROTO_IPV4, 8, 1, "ip ttl", V_NUMBER },
	{ NETWORK, NFPROTO_IPV4, 9, 1, "ip protocol", V_PROTO },
	{ NETWORK, NFPROTO_IPV4, 12, 4, "ip saddr", V_IP4 },
	{ NETWORK, NFPROTO_IPV4, 16, 4, "ip daddr", V_IP4 },
	{ NETWORK, NFPROTO_IPV6, 4, 2, "ip6 length", V_NUMBER },
	{ NETWORK, NFPROTO_IPV6, 6, 1, "ip6 nexthdr", V_PROTO },
	{ NETWORK, NFPROTO_IPV6, 7, 1, "ip6 hoplimit", V_NUMBER },
	{ NETWORK, NFPROTO_IPV6, 8, 16, "ip6 saddr", V_IP6 },
	{ NETWORK, NFPROTO_IPV6, 24, 16, "ip6 daddr", V_IP6 },
	{ TRANSPORT, IPPROTO_TCP, 0, 2, "tcp sport", V_PORT },
	{ TRANSPORT, IPPROTO_TCP, 2, 2, "tcp dport", V_PORT },
	{ TRANSPORT, IPPROTO_TCP, 13, 1, "tcp flags", V_TCP_FLAGS },
	{ TRANSPORT, IPPROTO_UDP, 0, 2, "udp sport", V_PORT },
	{ TRANSPORT, IPPROTO_UDP, 2, 2, "udp dport", V_PORT },
	{ TRANSPORT, IPPROTO_UDP, 4, 2, "udp length", V_NUMBER },
	{ TRANSPORT, IPPROTO_SCTP, 0, 2, "sctp sport", V_PORT },
	{ TRANSPORT, IPPROTO_SCTP, 2, 2, "sctp dport", V_PORT },
	{ TRANSPORT, IPPROTO_ICMP, 0, 1, "icmp type", V_ICMP },
	{ TRANSPORT, IPPROTO_ICMP, 1, 1, "icmp code", V_NUMBER },
	{ TRANSPORT, IPPROTO_ICMPV6, 0, 1, "icmpv6 type", V_ICMP6 },
	{ TRANSPORT, IPPROTO_ICMPV6, 1, 1, "icmpv6 code", V_NUMBER },
	{ TRANSPORT, 0, 0, 2, "th sport", V_PORT },
	{ TRANSPORT, 0, 2, 2, "th dport", V_PORT },
};

/* Of an address, less than all of it is a prefix. */
static bool is_field(const struct field *f, const struct world_expr *x, uint64_t family, unsigned proto)
{
	bool is_ip = f->type == V_IP4 || f->type == V_IP6;

	if (f->base != x->base || f->offset != x->offset || (f->len != x->len && !(is_ip && x->len < f->len)))
		return false;
	if (f->base == NETWORK)
		return f->proto == family;
	return !f->proto || f->proto == proto;
}

static struct slot payload_slot(struct arena *a, const struct world_expr *x, uint64_t family, unsigned proto)
{
	static const char *const bases[] = { "ll", "nh", "th", "ih" };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (is_field(&fields[i], x, family, proto))
			return (struct slot){ .text = fields[i].text, .type = fields[i].type };
	}
	return (struct slot){ .text = arena_printf(a, "@%s,%u,%u", x->base < 4 ? bases[x->base] : "?",
						   (unsigned)x->offset * 8, (unsigned)x->len * 8) };
}

static struct slot named(struct arena *a, const struct name *list, size_t n, const struct world_expr *x)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].key == x->key)
			return (struct slot){ .text = list[i].text, .type = list[i].type };
	}
	return (struct slot){ .text = arena_printf(a, "[%s %u]", x->kind, (unsigned)x->key) };
}

static struct slot fib_slot(struct arena *a, const struct world_expr *x)
{
	static const struct {
		unsigned flag;
		const char *text;
	} of[] = { { NFTA_FIB_F_SADDR, "saddr" },
		   { NFTA_FIB_F_DADDR, "daddr" },
		   { NFTA_FIB_F_MARK, "mark" },
		   { NFTA_FIB_F_IIF, "iif" },
		   { NFTA_FIB_F_OIF, "oif" } };
	struct str s = { .arena = a };
	bool is_type = x->key == NFT_FIB_RESULT_ADDRTYPE, is_name = x->key == NFT_FIB_RESULT_OIFNAME;

	str_add(&s, "fib ");
	for (size_t i = 0, n = 0; i < ARRAY_LEN(of); i++) {
		if (x->flags & of[i].flag)
			str_addf(&s, "%s%s", n++ ? " . " : "", of[i].text);
	}
	if (x->flags & NFTA_FIB_F_PRESENT) {
		str_add(&s, " oif");
		return (struct slot){ .text = str_get(&s), .type = V_EXISTS };
	}
	str_add(&s, is_type ? " type" : is_name ? " oifname" : " oif");
	return (struct slot){ .text = str_get(&s),
			      .type = is_type ? V_ADDR_TYPE :
				      is_name ? V_NAME :
						V_HOST_NUMBER };
}

struct slot slot_of(struct arena *a, const struct world_expr *x, uint64_t family, unsigned proto)
{
	struct slot slot;

	if (str_eq(x->kind, "payload")) {
		slot = payload_slot(a, x, family, proto);
		slot.len = x->len;
		return slot;
	}
	if (str_eq(x->kind, "meta")) {
		slot = named(a, metas, ARRAY_LEN(metas), x);
		slot.len = slot.type == V_NAME ? IFNAMSIZ : 4;
		return slot;
	}
	if (str_eq(x->kind, "ct")) {
		slot = named(a, cts, ARRAY_LEN(cts), x);
		if (x->key >= NFT_CT_L3PROTOCOL && x->key != NFT_CT_LABELS && x->key != NFT_CT_ZONE &&
		    strncmp(slot.text, "ct ", 3) == 0)
			slot.text = arena_printf(a, "ct %s %s", x->dir ? "reply" : "original", slot.text + 3);
		return slot;
	}
	if (str_eq(x->kind, "fib"))
		return fib_slot(a, x);
	return (struct slot){ .text = arena_printf(a, "[%s]", x->kind ? x->kind : "?") };
}
