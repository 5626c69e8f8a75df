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
enum { UDATA_COMMENT = 0, UDATA_MADE = 0xf0, MADE = 7, UDATA_BYTES = 64 };

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
	"\t\tip saddr @subnets oif != \"lo\" oifname != @bridges masquerade comment \"guise outside\"\n"
	"\t\tip6 saddr @subnets6 oif != \"lo\" oifname != @bridges masquerade comment \"guise outside\"\n"
	"\t}\n"
	"\tchain forward {\n"
	"\t\ttype filter hook forward priority filter; policy accept;\n"
	"\t\tmeta nfproto @forwarding iifname != @bridges oifname != @bridges drop comment \"guise forwarding\"\n"
	"\t\tct state established iifname != @internal accept comment \"guise known\"\n"
	"\t\tiifname . oifname @within accept comment \"guise inside\"\n"
	"\t\tiifname @open oifname @open accept comment \"guise open\"\n"
	"\t\tiifname @internal drop comment \"guise internal\"\n"
	"\t\toifname @routed accept comment \"guise routed\"\n"
	"\t\toifname @bridges ct status dnat accept comment \"guise published\"\n"
	"\t\toifname @bridges ct state invalid,new,untracked drop comment \"guise unasked\"\n"
	"\t}\n"
	"}\n";

static const struct rules_row rules[RULES_RULES] = {
	[RULES_MASQUERADE] = { RULES_POSTROUTING, "guise outside" },
	[RULES_MASQUERADE6] = { RULES_POSTROUTING, "guise outside" },
	[RULES_OTHERS] = { RULES_FORWARD, "guise forwarding" },
	[RULES_KNOWN] = { RULES_FORWARD, "guise known" },
	[RULES_INSIDE] = { RULES_FORWARD, "guise inside" },
	[RULES_AMONG] = { RULES_FORWARD, "guise open" },
	[RULES_SHUT] = { RULES_FORWARD, "guise internal" },
	[RULES_PASS] = { RULES_FORWARD, "guise routed" },
	[RULES_PUBLISHED] = { RULES_FORWARD, "guise published" },
	[RULES_GUARD] = { RULES_FORWARD, "guise unasked" },
};

/* What the host sends to a gateway's address, which is its own, stays as it is. */
static void put_masquerade(struct nft_rule *r, uint8_t family, enum rules_set subnets)
{
	nft_put_saddr(r, family);
	nft_put_lookup(r, rules_sets[subnets].name, false);
	nft_put_not_lo(r, NFT_META_OIF);
	nft_put_meta(r, NFT_META_OIFNAME, NFT_REG_1);
	nft_put_lookup(r, rules_sets[RULES_BRIDGES].name, true);
	nft_put_masquerade(r);
}

/* NF_CT_STATE_BIT() of nf_conntrack_common.h */
enum { INVALID = 1, ESTABLISHED = 2, NEW = 8, UNTRACKED = 64 };

/* Nearly all packets: none of what follows would drop them, but for those of an internal network. */
static void put_known(struct nft_rule *r)
{
	nft_put_ct_state(r, ESTABLISHED);
	nft_put_meta(r, NFT_META_IIFNAME, NFT_REG_1);
	nft_put_lookup(r, rules_sets[RULES_INTERNAL].name, true);
	nft_put_verdict(r, NF_ACCEPT);
}

/* What nobody inside asked for. */
static void put_guard(struct nft_rule *r)
{
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

/* What was led there by a published port: see net/ports.h. */
static void put_published(struct nft_rule *r)
{
	nft_put_meta(r, NFT_META_OIFNAME, NFT_REG_1);
	nft_put_lookup(r, rules_sets[RULES_BRIDGES].name, false);
	nft_put_dnatted(r);
	nft_put_verdict(r, NF_ACCEPT);
}

static void make(unsigned rule, struct nft_rule *r)
{
	switch ((enum rules_rule)rule) {
	case RULES_MASQUERADE:
		return put_masquerade(r, NFPROTO_IPV4, RULES_SUBNETS4);
	case RULES_MASQUERADE6:
		return put_masquerade(r, NFPROTO_IPV6, RULES_SUBNETS6);
	case RULES_KNOWN:
		return put_known(r);
	case RULES_INSIDE:
		return put_inside(r);
	case RULES_AMONG:
		return put_among(r);
	case RULES_SHUT:
		return put_shut(r);
	case RULES_PASS:
		return put_pass(r);
	case RULES_PUBLISHED:
		return put_published(r);
	case RULES_GUARD:
		return put_guard(r);
	case RULES_OTHERS:
		return put_others(r);
	case RULES_RULES:
		break;
	}
}

const struct rules_part rules_base = { rules_sets, RULES_SETS,  rules_chains, RULES_CHAINS,
				       rules,      RULES_RULES, make,         "" };

static struct nft_rule make_row(const struct rules_part *part, unsigned row)
{
	struct nft_rule r = nft_rule_begin(RULES_TABLE, part->chains[part->rows[row].chain].name);

	part->make(row, &r);
	return r;
}

/* The user data: comment, and that guise made it. */
static uint32_t udata_of(const char *comment, uint8_t data[static UDATA_BYTES])
{
	size_t len = strlen(comment) + 1;

	data[0] = UDATA_COMMENT;
	data[1] = (uint8_t)len;
	memcpy(data + 2, comment, len);
	memcpy(data + 2 + len, (uint8_t[]){ UDATA_MADE, 1, MADE }, 3);
	return (uint32_t)len + 5;
}

bool rules_put_part(struct netlink_batch *b, const struct rules_part *part, bool there, bool with_rules)
{
	uint8_t udata[UDATA_BYTES];
	bool ok = true;

	nft_add_table(b, RULES_TABLE);
	for (unsigned s = 0; s < part->n_sets; s++)
		nft_add_set(b, RULES_TABLE, &part->sets[s]);
	for (unsigned c = 0; c < part->n_chains; c++) {
		nft_add_chain(b, RULES_TABLE, &part->chains[c]);
		if (there && with_rules)
			nft_flush_chain(b, RULES_TABLE, part->chains[c].name);
	}
	for (unsigned i = 0; with_rules && i < part->n_rows; i++) {
		struct nft_rule r = make_row(part, i);

		ok &= nft_rule_add(b, &r, udata, udata_of(part->rows[i].comment, udata));
	}
	return ok;
}

unsigned rules_nth(const struct rules_part *part, const char *chain, unsigned nth)
{
	for (unsigned i = 0; i < part->n_rows; i++)
		if (str_eq(part->chains[part->rows[i].chain].name, chain) && nth-- == 0)
			return i;
	return part->n_rows;
}

bool rules_rule_is(const struct rules_part *part, unsigned row, const struct nlmsghdr *msg,
		   const struct nlattr *udata, bool thorough)
{
	uint8_t ours[UDATA_BYTES];
	uint32_t len = udata_of(part->rows[row].comment, ours);
	struct nft_rule r;

	if (!thorough && udata && mnl_attr_get_payload_len(udata) == len &&
	    memcmp(mnl_attr_get_payload(udata), ours, len) == 0)
		return true;
	r = make_row(part, row);
	return nft_rule_is(&r, msg);
}
