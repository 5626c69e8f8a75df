/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule of xtables as iptables -S prints it. Of an extension that isn't here the name stands in brackets. */
#include <netinet/in.h>
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>

#include "base/utf8.h"
#include "observe/walk/xt.h"

enum { INV_IN = 1, INV_OUT = 2, INV_SRC = 8, INV_DST = 16, INV_PROTO = 64, IP4_GOTO = 2, IP6_GOTO = 4 };

/* ---- matches ---- */

static void ports(struct str *s, const char *option, const uint16_t p[2], bool invert)
{
	if (p[0] == 0 && p[1] == UINT16_MAX && !invert)
		return;
	str_addf(s, "%s --%s %u", invert ? " !" : "", option, p[0]);
	if (p[1] != p[0])
		str_addf(s, ":%u", p[1]);
}

static bool tcp(struct str *s, const struct world_xt_extension *x)
{
	struct xt_tcp i;

	if (!info_take(x, &i, sizeof(i)))
		return false;
	ports(s, "sport", i.spts, i.invflags & XT_TCP_INV_SRCPT);
	ports(s, "dport", i.dpts, i.invflags & XT_TCP_INV_DSTPT);
	if (i.flg_mask)
		str_addf(s, "%s --tcp-flags 0x%x 0x%x", i.invflags & XT_TCP_INV_FLAGS ? " !" : "", i.flg_mask,
			 i.flg_cmp);
	return true;
}

static bool udp(struct str *s, const struct world_xt_extension *x)
{
	struct xt_udp i;

	if (!info_take(x, &i, sizeof(i)))
		return false;
	ports(s, "sport", i.spts, i.invflags & XT_UDP_INV_SRCPT);
	ports(s, "dport", i.dpts, i.invflags & XT_UDP_INV_DSTPT);
	return true;
}

static bool icmp(struct str *s, const struct world_xt_extension *x)
{
	if (x->info.n < 4)
		return false;
	bool invert = x->info.v[3] & 1;

	str_addf(s, "%s --%s-type ", invert ? " !" : "", str_eq(x->name, "icmp6") ? "icmpv6" : "icmp");
	if (x->info.v[0] == 0xff)
		str_add(s, "any");
	else
		str_addf(s, x->info.v[1] == 0 && x->info.v[2] == 0xff ? "%u" : "%u/%u", x->info.v[0],
			 x->info.v[1]);
	return true;
}

static void add_list(struct str *s, const char *name, bool *first)
{
	str_addf(s, "%s%s", *first ? "" : ",", name);
	*first = false;
}

static void state_list(struct str *s, unsigned mask, unsigned untracked)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = { { 1, "INVALID" }, { 8, "NEW" }, { 4, "RELATED" }, { 2, "ESTABLISHED" } };
	bool first = true;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (mask & names[i].bit)
			add_list(s, names[i].name, &first);
	}
	if (mask & untracked)
		add_list(s, "UNTRACKED", &first);
}

static bool state(struct str *s, const struct world_xt_extension *x)
{
	struct xt_state_info i;

	if (!info_take(x, &i, sizeof(i)))
		return false;
	str_add(s, " --state ");
	state_list(s, i.statemask, XT_STATE_UNTRACKED);
	return true;
}

/* Those that firewalls use: state and DNAT's; others are only told to be there. */
static bool conntrack(struct str *s, const struct world_xt_extension *x)
{
	struct xt_conntrack_mtinfo2 i;
	const unsigned nat = XT_CONNTRACK_STATE_SNAT | XT_CONNTRACK_STATE_DNAT;

	if (x->revision < 2 || !info_take(x, &i, sizeof(i)))
		return false;
	if (i.match_flags & XT_CONNTRACK_STATE) {
		str_addf(s, "%s --%s ", i.invert_flags & XT_CONNTRACK_STATE ? " !" : "",
			 i.match_flags & XT_CONNTRACK_STATE_ALIAS ? "state" : "ctstate");
		state_list(s, i.state_mask, XT_CONNTRACK_STATE_UNTRACKED);
		if (i.state_mask & nat)
			str_addf(s, "%s%s", i.state_mask & ~nat ? "," : "",
				 i.state_mask & XT_CONNTRACK_STATE_DNAT ? "DNAT" : "SNAT");
	}
	if (i.match_flags & ~(XT_CONNTRACK_STATE | XT_CONNTRACK_STATE_ALIAS))
		str_add(s, " [...]");
	return true;
}

static void type_list(struct str *s, const char *option, unsigned mask, bool invert)
{
	static const char *const names[] = { "UNSPEC",   "UNICAST",   "LOCAL",     "BROADCAST",
					     "ANYCAST",  "MULTICAST", "BLACKHOLE", "UNREACHABLE",
					     "PROHIBIT", "THROW",     "NAT",       "XRESOLVE" };
	bool first = true;

	if (!mask)
		return;
	str_addf(s, "%s --%s ", invert ? " !" : "", option);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (mask & 1u << i)
			add_list(s, names[i], &first);
	}
}

static bool addrtype(struct str *s, const struct world_xt_extension *x)
{
	struct xt_addrtype_info_v1 i;

	if (x->revision != 1 || !info_take(x, &i, sizeof(i)))
		return false;
	type_list(s, "src-type", i.source, i.flags & XT_ADDRTYPE_INVERT_SOURCE);
	type_list(s, "dst-type", i.dest, i.flags & XT_ADDRTYPE_INVERT_DEST);
	if (i.flags & XT_ADDRTYPE_LIMIT_IFACE_IN)
		str_add(s, " --limit-iface-in");
	if (i.flags & XT_ADDRTYPE_LIMIT_IFACE_OUT)
		str_add(s, " --limit-iface-out");
	return true;
}

static bool multiport(struct str *s, const struct world_xt_extension *x)
{
	static const char *const options[] = { "sports", "dports", "ports" };
	struct xt_multiport_v1 i;

	if (x->revision != 1 || !info_take(x, &i, sizeof(i)) || i.flags >= ARRAY_LEN(options))
		return false;
	str_addf(s, "%s --%s ", i.invert ? " !" : "", options[i.flags]);
	for (unsigned n = 0; n < i.count && n < XT_MULTI_PORTS; n++)
		str_addf(s, "%s%u", n == 0 ? "" : i.pflags[n - 1] ? ":" : ",", i.ports[n]);
	return true;
}

static bool mark(struct str *s, const struct world_xt_extension *x)
{
	struct xt_mark_mtinfo1 i;

	if (x->revision != 1 || !info_take(x, &i, sizeof(i)))
		return false;
	str_addf(s, "%s --mark 0x%x", i.invert ? " !" : "", i.mark);
	if (i.mask != UINT32_MAX)
		str_addf(s, "/0x%x", i.mask);
	return true;
}

static bool comment(struct str *s, const struct world_xt_extension *x)
{
	struct str text = { .arena = s->arena };

	if (!x->info.n)
		return false;
	str_addn(&text, (const char *)x->info.v, strnlen((const char *)x->info.v, x->info.n));
	str_addf(s, " --comment \"%s\"", str_visible(s, str_get(&text)));
	return true;
}

/* ---- targets ---- */

static void address_range(struct str *s, int family, const void *min, const void *max, bool bracket)
{
	struct ip a = ip_of(family, min, family == AF_INET6 ? 16 : 4);
	struct ip b = ip_of(family, max, family == AF_INET6 ? 16 : 4);
	char text[IP_TEXT];

	str_addf(s, "%s%s%s", bracket ? "[" : "", ip_text(a, text), bracket ? "]" : "");
	if (!ip_same(a, b))
		str_addf(s, "-%s", ip_text(b, text));
}

/* The family isn't in it: an IPv6 address has something behind the first four bytes. */
static void nat_range(struct str *s, const char *option, const struct nf_nat_range *r)
{
	static const uint8_t zeros[12];
	int family = memcmp((const uint8_t *)&r->min_addr + 4, zeros, sizeof(zeros)) ? AF_INET6 : AF_INET;
	bool has_port = r->flags & NF_NAT_RANGE_PROTO_SPECIFIED;

	if (!(r->flags & (NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED)))
		return;
	str_addf(s, " --%s ", option);
	if (r->flags & NF_NAT_RANGE_MAP_IPS)
		address_range(s, family, &r->min_addr, &r->max_addr, family == AF_INET6 && has_port);
	if (has_port)
		str_addf(s, "%s%u", r->flags & NF_NAT_RANGE_MAP_IPS ? ":" : "", ntohs(r->min_proto.all));
	if (has_port && r->max_proto.all != r->min_proto.all)
		str_addf(s, "-%u", ntohs(r->max_proto.all));
}

static bool nat(struct str *s, const struct world_xt_extension *x)
{
	bool is_snat = str_eq(x->name, "SNAT"), is_dnat = str_eq(x->name, "DNAT");
	const char *option = is_snat ? "to-source" : is_dnat ? "to-destination" : "to-ports";
	struct nf_nat_ipv4_multi_range_compat old;
	struct nf_nat_range r = { 0 };

	if (x->info.n >= sizeof(r)) {
		info_take(x, &r, sizeof(r));
	} else if (info_take(x, &old, sizeof(old))) {
		r.flags = old.range[0].flags;
		memcpy(&r.min_addr, &old.range[0].min_ip, 4);
		memcpy(&r.max_addr, &old.range[0].max_ip, 4);
		r.min_proto = old.range[0].min;
		r.max_proto = old.range[0].max;
	}
	nat_range(s, option, &r);
	return true;
}

static bool set_mark(struct str *s, const struct world_xt_extension *x)
{
	struct xt_mark_tginfo2 i;

	if (x->revision != 2 || !info_take(x, &i, sizeof(i)))
		return false;
	str_addf(s, " --set-xmark 0x%x/0x%x", i.mark, i.mask);
	return true;
}

static bool plain(struct str *s, const struct world_xt_extension *x)
{
	return true;
}

static const struct {
	const char *name;
	bool (*write)(struct str *s, const struct world_xt_extension *x);
} extensions[] = {
	{ "tcp", tcp },           { "udp", udp },
	{ "icmp", icmp },         { "icmp6", icmp },
	{ "state", state },       { "conntrack", conntrack },
	{ "addrtype", addrtype }, { "multiport", multiport },
	{ "mark", mark },         { "comment", comment },
	{ "SNAT", nat },          { "DNAT", nat },
	{ "MASQUERADE", nat },    { "REDIRECT", nat },
	{ "MARK", set_mark },     { "REJECT", plain },
	{ "NOTRACK", plain },
};

static void extension_text(struct str *s, const struct world_xt_extension *x)
{
	for (size_t i = 0; i < ARRAY_LEN(extensions); i++) {
		if (str_eq(extensions[i].name, x->name) && extensions[i].write(s, x))
			return;
	}
	str_add(s, " [...]");
}

void xt_match_text(struct str *s, const struct world_xt_extension *x)
{
	struct xt_conntrack_mtinfo2 i;
	bool is_alias = str_eq(x->name, "conntrack") && x->revision >= 2 && info_take(x, &i, sizeof(i)) &&
			(i.match_flags & XT_CONNTRACK_STATE_ALIAS);

	/* -m state has been conntrack's since Linux 2.6.35 */
	str_addf(s, "-m %s", is_alias ? "state" : str_visible(s, x->name ? x->name : "?"));
	extension_text(s, x);
}

void xt_target_text(struct str *s, const struct world_xt_extension *x)
{
	str_addf(s, "-j %s", str_visible(s, x->name ? x->name : "?"));
	extension_text(s, x);
}

/* ---- rules ---- */

static unsigned mask_len(struct ip mask)
{
	unsigned n = 0;

	while (n < ip_size(mask) * 8 && (mask.bytes[n / 8] & 0x80 >> n % 8))
		n++;
	return n;
}

static void address(struct str *s, const char *option, struct ip ip, struct ip mask, bool invert)
{
	char text[IP_TEXT];

	if (ip_is(ip) && mask_len(mask))
		str_addf(s, "%s %s %s/%u", invert ? " !" : "", option, ip_text(ip, text), mask_len(mask));
}

static void link_name(struct str *s, const char *option, const char *name, bool invert)
{
	if (name)
		str_addf(s, "%s %s %s", invert ? " !" : "", option, str_visible(s, name));
}

static const char *proto_name(unsigned proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "ipv6-icmp";
	case IPPROTO_SCTP:
		return "sctp";
	}
	return NULL;
}

static void header_text(struct str *s, unsigned family, const struct world_xt_rule *r)
{
	bool is_bridge = family == NFPROTO_BRIDGE;
	const char *name = is_bridge ? NULL : proto_name(r->proto);
	unsigned inv = is_bridge ? 0 : r->invflags;

	address(s, "-s", r->src, r->src_mask, inv & INV_SRC);
	address(s, "-d", r->dst, r->dst_mask, inv & INV_DST);
	link_name(s, "-i", r->in, inv & INV_IN);
	link_name(s, "-o", r->out, inv & INV_OUT);
	if (name)
		str_addf(s, "%s -p %s", inv & INV_PROTO ? " !" : "", name);
	else if (r->proto)
		str_addf(s, is_bridge ? " -p 0x%04x" : " -p %u", (unsigned)r->proto);
}

const char *xt_rule_text(struct arena *a, unsigned family, const char *chain, const struct world_xt_rule *r)
{
	struct str s = { .arena = a };
	bool is_goto = family == NFPROTO_IPV4 ? r->flags & IP4_GOTO :
		       family == NFPROTO_IPV6 ? r->flags & IP6_GOTO :
						false;

	str_addf(&s, "-A %s", str_visible(&s, chain ? chain : "?"));
	header_text(&s, family, r);
	for (size_t i = 0; i < r->n_matches; i++) {
		str_add(&s, " ");
		xt_match_text(&s, &r->matches[i]);
	}
	if (r->target.name) {
		str_add(&s, " ");
		xt_target_text(&s, &r->target);
	} else if (r->chain) {
		str_addf(&s, " -%c %s", is_goto ? 'g' : 'j', str_visible(&s, r->chain));
	} else if (r->verdict) {
		str_addf(&s, " -j %s",
			 r->verdict == -NF_ACCEPT - 1 ? "ACCEPT" :
			 r->verdict == -NF_DROP - 1   ? "DROP" :
			 r->verdict == XT_RETURN      ? "RETURN" :
							"QUEUE");
	}
	return str_get(&s);
}
