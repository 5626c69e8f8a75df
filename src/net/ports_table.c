/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The chains, maps and rules of published ports: see net/ports.h. */
#include "net/ports.h"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <net/if.h>

enum { PUBLISH, IN, OUT, BACK, GUARD, CHAINS };

/* Types beside each other: kernel/net/nft.h. */
#define BESIDE(a, b)     ((uint32_t)(a) << NFT_TYPE_BITS | (b))
#define PORT             BESIDE(NFT_TYPE_PROTO, NFT_TYPE_SERVICE)
#define PORT_AT(address) BESIDE(BESIDE(address, NFT_TYPE_PROTO), NFT_TYPE_SERVICE)
#define TARGET(address)  BESIDE(address, NFT_TYPE_SERVICE)

static const struct nft_set sets[PORTS_SETS] = {
	[PORTS_ANY] = { "published", 20, PORT, 8, .data_type = TARGET(NFT_TYPE_IPADDR), .data_len = 8 },
	[PORTS_AT] = { "published_at", 21, PORT_AT(NFT_TYPE_IPADDR), 12, .data_type = TARGET(NFT_TYPE_IPADDR),
		       .data_len = 8 },
	[PORTS_ANY6] = { "published6", 22, PORT, 8, .data_type = TARGET(NFT_TYPE_IP6ADDR), .data_len = 20 },
	[PORTS_AT6] = { "published6_at", 23, PORT_AT(NFT_TYPE_IP6ADDR), 24,
			.data_type = TARGET(NFT_TYPE_IP6ADDR), .data_len = 20 },
	[PORTS_HOME] = { "home", 24, BESIDE(NFT_TYPE_IPADDR, NFT_TYPE_IFNAME), 4 + IFNAMSIZ, true,
			 .fields = { 4, IFNAMSIZ } },
	[PORTS_HOME6] = { "home6", 25, BESIDE(NFT_TYPE_IP6ADDR, NFT_TYPE_IFNAME), 16 + IFNAMSIZ, true,
			  .fields = { 16, IFNAMSIZ } },
};

static const struct nft_chain chains[CHAINS] = {
	[PUBLISH] = { "publish", NULL, 0, 0 },
	[IN] = { "publish_in", "nat", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST },
	[OUT] = { "publish_out", "nat", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST },
	[BACK] = { "publish_back", "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC },
	[GUARD] = { "publish_guard", "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW },
};

const char ports_text[] =
	"\tmap published { type inet_proto . inet_service : ipv4_addr . inet_service; }\n"
	"\tmap published_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }\n"
	"\tmap published6 { type inet_proto . inet_service : ipv6_addr . inet_service; }\n"
	"\tmap published6_at { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }\n"
	"\tset home { type ipv4_addr . ifname; flags interval; }\n"
	"\tset home6 { type ipv6_addr . ifname; flags interval; }\n"
	"\tchain publish {\n"
	"\t\tip6 daddr ::1 return comment \"guise no port\"\n"
	"\t\tdnat ip to ip daddr . meta l4proto . th dport map @published_at comment \"guise port\"\n"
	"\t\tdnat ip to meta l4proto . th dport map @published comment \"guise port\"\n"
	"\t\tdnat ip6 to ip6 daddr . meta l4proto . th dport map @published6_at comment \"guise port\"\n"
	"\t\tdnat ip6 to meta l4proto . th dport map @published6 comment \"guise port\"\n"
	"\t}\n"
	"\tchain publish_in {\n"
	"\t\ttype nat hook prerouting priority dstnat; policy accept;\n"
	"\t\tfib daddr type local jump publish comment \"guise here\"\n"
	"\t}\n"
	"\tchain publish_out {\n"
	"\t\ttype nat hook output priority -100; policy accept;\n"
	"\t\tfib daddr type local jump publish comment \"guise here\"\n"
	"\t}\n"
	"\tchain publish_back {\n"
	"\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
	"\t\tct status dnat ip saddr . oifname @home masquerade comment \"guise home\"\n"
	"\t\tct status dnat ip6 saddr . oifname @home6 masquerade comment \"guise home\"\n"
	"\t\tct status dnat ip saddr 127.0.0.0/8 oifname @bridges masquerade comment \"guise loopback\"\n"
	"\t}\n"
	"\tchain publish_guard {\n"
	"\t\ttype filter hook prerouting priority raw; policy accept;\n"
	"\t\tiif != \"lo\" ip daddr 127.0.0.0/8 drop comment \"guise guard\"\n"
	"\t\tiif != \"lo\" ip saddr 127.0.0.0/8 drop comment \"guise guard\"\n"
	"\t}\n";

enum {
	NO_PORT,
	LEAD_AT,
	LEAD,
	LEAD_AT6,
	LEAD6,
	HERE_IN,
	HERE_OUT,
	HOME,
	HOME6,
	LOOPBACK,
	GUARD_TO,
	GUARD_FROM,
	ROWS
};

static const struct rules_row rows[ROWS] = {
	[NO_PORT] = { PUBLISH, "guise no port" }, [LEAD_AT] = { PUBLISH, "guise port" },
	[LEAD] = { PUBLISH, "guise port" },       [LEAD_AT6] = { PUBLISH, "guise port" },
	[LEAD6] = { PUBLISH, "guise port" },      [HERE_IN] = { IN, "guise here" },
	[HERE_OUT] = { OUT, "guise here" },       [HOME] = { BACK, "guise home" },
	[HOME6] = { BACK, "guise home" },         [LOOPBACK] = { BACK, "guise loopback" },
	[GUARD_TO] = { GUARD, "guise guard" },    [GUARD_FROM] = { GUARD, "guise guard" },
};

/* An address takes one register of four bytes, or, of IPv6, four: a whole one. nft(8) names a register by its whole one,
 * where it begins with that. */
static enum nft_registers behind(uint8_t family)
{
	return family == NFPROTO_IPV6 ? NFT_REG_2 : NFT_REG32_01;
}

static void put_lead(struct nft_rule *r, uint8_t family, enum ports_set map)
{
	nft_put_meta(r, NFT_META_L4PROTO, NFT_REG_1);
	nft_put_dport(r, NFT_REG32_01);
	nft_put_map(r, sets[map].name);
	nft_put_dnat(r, family, behind(family));
}

static void put_lead_at(struct nft_rule *r, uint8_t family, enum ports_set map)
{
	nft_put_daddr(r, family);
	nft_put_meta(r, NFT_META_L4PROTO, behind(family));
	nft_put_dport(r, family == NFPROTO_IPV6 ? NFT_REG32_05 : NFT_REG32_02);
	nft_put_map(r, sets[map].name);
	nft_put_dnat(r, family, behind(family));
}

static void put_home(struct nft_rule *r, uint8_t family, enum ports_set home)
{
	nft_put_dnatted(r);
	nft_put_saddr(r, family);
	nft_put_meta(r, NFT_META_OIFNAME, behind(family));
	nft_put_lookup(r, sets[home].name, false);
	nft_put_masquerade(r);
}

static void put_loopback(struct nft_rule *r)
{
	nft_put_dnatted(r);
	nft_put_loopback(r, false);
	nft_put_meta(r, NFT_META_OIFNAME, NFT_REG_1);
	nft_put_lookup(r, rules_sets[RULES_BRIDGES].name, false);
	nft_put_masquerade(r);
}

static void put_guard(struct nft_rule *r, bool daddr)
{
	nft_put_not_lo(r, NFT_META_IIF);
	nft_put_loopback(r, daddr);
	nft_put_verdict(r, NF_DROP);
}

static void make(unsigned row, struct nft_rule *r)
{
	switch (row) {
	case NO_PORT:
		nft_put_loopback6(r);
		return nft_put_return(r);
	case LEAD_AT:
		return put_lead_at(r, NFPROTO_IPV4, PORTS_AT);
	case LEAD:
		return put_lead(r, NFPROTO_IPV4, PORTS_ANY);
	case LEAD_AT6:
		return put_lead_at(r, NFPROTO_IPV6, PORTS_AT6);
	case LEAD6:
		return put_lead(r, NFPROTO_IPV6, PORTS_ANY6);
	case HERE_IN:
	case HERE_OUT:
		nft_put_local(r);
		return nft_put_jump(r, chains[PUBLISH].name);
	case HOME:
		return put_home(r, NFPROTO_IPV4, PORTS_HOME);
	case HOME6:
		return put_home(r, NFPROTO_IPV6, PORTS_HOME6);
	case LOOPBACK:
		return put_loopback(r);
	case GUARD_TO:
	case GUARD_FROM:
		return put_guard(r, row == GUARD_TO);
	}
}

const struct rules_part ports_part = { sets, PORTS_SETS, chains, CHAINS,
				       rows, ROWS,       make,   " of published ports" };
