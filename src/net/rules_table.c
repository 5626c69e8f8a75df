/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/rules_table.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <net/if.h>
#include <string.h>

#include "base/str.h"

/* User data: type, length, value. The first one is nft(8)'s comment (NFTNL_UDATA_RULE_COMMENT of libnftnl); types that it
 * doesn't know it ignores, and drops when it makes a rule. So where ours is, the expressions are those guise made. The
 * number changes with them. */
enum { UDATA_COMMENT = 0, UDATA_MADE = 0xf0, MADE = 4, UDATA_BYTES = 64 };

const struct nft_set rules_sets[RULES_SETS] = {
	[RULES_BRIDGES] = { "bridges", 1, NFT_TYPE_IFNAME, IFNAMSIZ, false },
	[RULES_WITHIN] = { "within", 2, NFT_TYPE_IFNAME << NFT_TYPE_BITS | NFT_TYPE_IFNAME, 2 * IFNAMSIZ,
			   false },
	[RULES_INTERNAL] = { "internal", 6, NFT_TYPE_IFNAME, IFNAMSIZ, false },
	[RULES_OPEN] = { "open", 7, NFT_TYPE_IFNAME, IFNAMSIZ, false },
	[RULES_ROUTED] = { "routed", 8, NFT_TYPE_IFNAME, IFNAMSIZ, false },
	[RULES_SUBNETS4] = { "subnets", 3, NFT_TYPE_IPADDR, 4, true },
	[RULES_SUBNETS6] = { "subnets6", 4, NFT_TYPE_IP6ADDR, 16, true },
	[RULES_FORWARDING] = { "forwarding", 5, NFT_TYPE_NFPROTO, 1, false },
};

const struct nft_chain rules_chains[RULES_CHAINS] = {
	[RULES_POSTROUTING] = { "postrouting", "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC },
	[RULES_FORWARD] = { "forward", "filter", NF_INET_FORWARD, NF_IP_PRI_FILTER },
};

const char rules_text[] =
	"table inet " RULES_TABLE " {\n"
	"\tset bridges { type ifname; }\n"
	"\tset within { type ifname . ifname; }\n"
	"\tset internal { type ifname; }\n"
	"\tset open { type ifname; }\n"
	"\tset routed { type ifname; }\n"
	"\tset subnets { type ipv4_addr; flags interval; }\n"
	"\tset subnets6 { type ipv6_addr; flags interval; }\n"
	"\tset forwarding { type nf_proto; }\n"
	"\tchain postrouting {\n"
	"\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
	"\t\tip saddr @subnets oifname != @bridges masquerade comment \"guise outside\"\n"
	"\t\tip6 saddr @subnets6 oifname != @bridges masquerade comment \"guise outside\"\n"
	"\t}\n"
	"\tchain forward {\n"
	"\t\ttype filter hook forward priority filter; policy accept;\n"
	"\t\tiifname . oifname @within accept comment \"guise inside\"\n"
	"\t\tiifname @open oifname @open accept comment \"guise open\"\n"
	"\t\tiifname @internal drop comment \"guise internal\"\n"
	"\t\toifname @routed accept comment \"guise routed\"\n"
	"\t\toifname @bridges ct state invalid,new,untracked drop comment \"guise unasked\"\n"
	"\t\tmeta nfproto @forwarding iifname != @bridges oifname != @bridges drop comment \"guise forwarding\"\n"
	"\t}\n"
	"}\n";

static const struct {
	enum rules_chain chain;
	const char *comment;
} rules[RULES_RULES] = {
	[RULES_MASQUERADE] = { RULES_POSTROUTING, "guise outside" },
	[RULES_MASQUERADE6] = { RULES_POSTROUTING, "guise outside" },
	[RULES_INSIDE] = { RULES_FORWARD, "guise inside" },
	[RULES_AMONG] = { RULES_FORWARD, "guise open" },
	[RULES_SHUT] = { RULES_FORWARD, "guise internal" },
	[RULES_PASS] = { RULES_FORWARD, "guise routed" },
	[RULES_GUARD] = { RULES_FORWARD, "guise unasked" },
	[RULES_OTHERS] = { RULES_FORWARD, "guise forwarding" },
};

static void put_masquerade(struct nft_rule *r, uint8_t family, enum rules_set subnets)
{
	nft_put_saddr(r, family);
	nft_put_lookup(r, rules_sets[subnets].name, false);
	nft_put_meta(r, NFT_META_OIFNAME, NFT_REG_1);
	nft_put_lookup(r, rules_sets[RULES_BRIDGES].name, true);
	nft_put_masquerade(r);
}

/* What nobody inside asked for. */
static void put_guard(struct nft_rule *r)
{
	enum { INVALID = 1, NEW = 8, UNTRACKED = 64 }; /* NF_CT_STATE_BIT() of nf_conntrack_common.h */

	nft_put_meta(r, NFT_META_OIFNAME, NFT_REG_1);
	nft_put_lookup(r, rules_sets[RULES_BRIDGES].name, false);
	nft_put_ct_state(r, INVALID | NEW | UNTRACKED);
	nft_put_verdict(r, NF_DROP);
}

static void put_inside(struct nft_rule *r)
{
	nft_put_meta(r, NFT_META_IIFNAME, NFT_REG_1);
	nft_put_meta(r, NFT_META_OIFNAME, NFT_REG_2);
	nft_put_lookup(r, rules_sets[RULES_WITHIN].name, false);
	nft_put_verdict(r, NF_ACCEPT);
}

static void put_among(struct nft_rule *r)
{
	nft_put_meta(r, NFT_META_IIFNAME, NFT_REG_1);
	nft_put_lookup(r, rules_sets[RULES_OPEN].name, false);
	nft_put_meta(r, NFT_META_OIFNAME, NFT_REG_1);
	nft_put_lookup(r, rules_sets[RULES_OPEN].name, false);
	nft_put_verdict(r, NF_ACCEPT);
}

static void put_pass(struct nft_rule *r)
{
	nft_put_meta(r, NFT_META_OIFNAME, NFT_REG_1);
	nft_put_lookup(r, rules_sets[RULES_ROUTED].name, false);
	nft_put_verdict(r, NF_ACCEPT);
}

static void put_shut(struct nft_rule *r)
{
	nft_put_meta(r, NFT_META_IIFNAME, NFT_REG_1);
	nft_put_lookup(r, rules_sets[RULES_INTERNAL].name, false);
	nft_put_verdict(r, NF_DROP);
}

static void put_others(struct nft_rule *r)
{
	nft_put_meta(r, NFT_META_NFPROTO, NFT_REG_1);
	nft_put_lookup(r, rules_sets[RULES_FORWARDING].name, false);
	nft_put_meta(r, NFT_META_IIFNAME, NFT_REG_1);
	nft_put_lookup(r, rules_sets[RULES_BRIDGES].name, true);
	nft_put_meta(r, NFT_META_OIFNAME, NFT_REG_1);
	nft_put_lookup(r, rules_sets[RULES_BRIDGES].name, true);
	nft_put_verdict(r, NF_DROP);
}

static struct nft_rule make(enum rules_rule rule)
{
	struct nft_rule r = nft_rule_begin(RULES_TABLE, rules_chains[rules[rule].chain].name);

	switch (rule) {
	case RULES_MASQUERADE:
		put_masquerade(&r, NFPROTO_IPV4, RULES_SUBNETS4);
		break;
	case RULES_MASQUERADE6:
		put_masquerade(&r, NFPROTO_IPV6, RULES_SUBNETS6);
		break;
	case RULES_INSIDE:
		put_inside(&r);
		break;
	case RULES_AMONG:
		put_among(&r);
		break;
	case RULES_SHUT:
		put_shut(&r);
		break;
	case RULES_PASS:
		put_pass(&r);
		break;
	case RULES_GUARD:
		put_guard(&r);
		break;
	case RULES_OTHERS:
		put_others(&r);
		break;
	case RULES_RULES:
		break;
	}
	return r;
}

/* The user data: comment, and that guise made it. */
static uint32_t udata_of(enum rules_rule rule, uint8_t data[static UDATA_BYTES])
{
	size_t len = strlen(rules[rule].comment) + 1;

	data[0] = UDATA_COMMENT;
	data[1] = (uint8_t)len;
	memcpy(data + 2, rules[rule].comment, len);
	memcpy(data + 2 + len, (uint8_t[]){ UDATA_MADE, 1, MADE }, 3);
	return (uint32_t)len + 5;
}

bool rules_put_table(struct netlink_batch *b, bool there, bool with_rules)
{
	uint8_t udata[UDATA_BYTES];
	bool ok = true;

	nft_add_table(b, RULES_TABLE);
	for (enum rules_set s = 0; s < RULES_SETS; s++)
		nft_add_set(b, RULES_TABLE, &rules_sets[s]);
	for (enum rules_chain c = 0; c < RULES_CHAINS; c++) {
		nft_add_chain(b, RULES_TABLE, &rules_chains[c]);
		if (there && with_rules)
			nft_flush_chain(b, RULES_TABLE, rules_chains[c].name);
	}
	for (enum rules_rule i = 0; with_rules && i < RULES_RULES; i++) {
		struct nft_rule r = make(i);

		ok &= nft_rule_add(b, &r, udata, udata_of(i, udata));
	}
	return ok;
}

enum rules_rule rules_nth(const char *chain, unsigned nth)
{
	for (enum rules_rule i = 0; i < RULES_RULES; i++)
		if (str_eq(rules_chains[rules[i].chain].name, chain) && nth-- == 0)
			return i;
	return RULES_RULES;
}

bool rules_rule_is(enum rules_rule rule, const struct nlmsghdr *msg, const struct nlattr *udata,
		   bool thorough)
{
	uint8_t ours[UDATA_BYTES];
	uint32_t len = udata_of(rule, ours);
	struct nft_rule r;

	if (!thorough && udata && mnl_attr_get_payload_len(udata) == len &&
	    memcmp(mnl_attr_get_payload(udata), ours, len) == 0)
		return true;
	r = make(rule);
	return nft_rule_is(&r, msg);
}
