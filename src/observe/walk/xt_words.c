/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extensions of xtables as iptables -S prints them. One that isn't here is "-m NAME [...]". */
#include <net/if.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_LOG.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_physdev.h>
#include <linux/netfilter/xt_recent.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ipt_ttl.h>

#include "base/utf8.h"
#include "observe/walk/xt.h"

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

static bool log_prefix(struct str *s, const struct world_xt_extension *x)
{
	struct xt_log_info i;
	struct str text = { .arena = s->arena };

	if (!info_take(x, &i, sizeof(i)))
		return false;
	str_addn(&text, i.prefix, strnlen(i.prefix, sizeof(i.prefix)));
	if (text.len)
		str_addf(s, " --log-prefix \"%s\"", str_visible(s, str_get(&text)));
	return true;
}

static bool ttl(struct str *s, const struct world_xt_extension *x)
{
	static const char *const modes[] = { "eq", "ne", "lt", "gt" };
	const char *option = str_eq(x->name, "hl") ? "hl" : "ttl";
	struct ipt_ttl_info i;

	if (!info_take(x, &i, sizeof(i)) || i.mode >= ARRAY_LEN(modes))
		return false;
	if (i.mode == IPT_TTL_NE)
		str_addf(s, " ! --%s-eq %u", option, i.ttl);
	else
		str_addf(s, " --%s-%s %u", option, modes[i.mode], i.ttl);
	return true;
}

static bool recent(struct str *s, const struct world_xt_extension *x)
{
	struct xt_recent_mtinfo i;
	struct str name = { .arena = s->arena };

	if (!info_take(x, &i, sizeof(i)))
		return false;
	str_addn(&name, i.name, strnlen(i.name, sizeof(i.name)));
	str_addf(s, "%s --%s", i.invert ? " !" : "",
		 i.check_set & XT_RECENT_SET    ? "set" :
		 i.check_set & XT_RECENT_UPDATE ? "update" :
		 i.check_set & XT_RECENT_CHECK  ? "rcheck" :
						  "remove");
	if (i.seconds)
		str_addf(s, " --seconds %u", i.seconds);
	if (i.hit_count)
		str_addf(s, " --hitcount %u", i.hit_count);
	str_addf(s, " --name %s", str_visible(s, str_get(&name)));
	return true;
}

static void physdev_name(struct str *s, const char *option, const char *name, const char *mask, bool invert)
{
	char text[IFNAMSIZ + 1] = "";
	size_t n = 0;

	while (n < IFNAMSIZ && mask[n])
		n++;
	memcpy(text, name, n);
	str_addf(s, "%s --%s %s%s", invert ? " !" : "", option, str_visible(s, text),
		 strlen(text) < n ? "" : "+");
}

static bool physdev(struct str *s, const struct world_xt_extension *x)
{
	struct xt_physdev_info i;

	if (!info_take(x, &i, sizeof(i)))
		return false;
	if (i.bitmask & XT_PHYSDEV_OP_ISIN)
		str_addf(s, "%s --physdev-is-in", i.invert & XT_PHYSDEV_OP_ISIN ? " !" : "");
	if (i.bitmask & XT_PHYSDEV_OP_IN)
		physdev_name(s, "physdev-in", i.physindev, i.in_mask, i.invert & XT_PHYSDEV_OP_IN);
	if (i.bitmask & XT_PHYSDEV_OP_ISOUT)
		str_addf(s, "%s --physdev-is-out", i.invert & XT_PHYSDEV_OP_ISOUT ? " !" : "");
	if (i.bitmask & XT_PHYSDEV_OP_OUT)
		physdev_name(s, "physdev-out", i.physoutdev, i.out_mask, i.invert & XT_PHYSDEV_OP_OUT);
	if (i.bitmask & XT_PHYSDEV_OP_BRIDGED)
		str_addf(s, "%s --physdev-is-bridged", i.invert & XT_PHYSDEV_OP_BRIDGED ? " !" : "");
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
	{ "tcp", tcp },
	{ "udp", udp },
	{ "icmp", icmp },
	{ "icmp6", icmp },
	{ "state", state },
	{ "conntrack", conntrack },
	{ "addrtype", addrtype },
	{ "multiport", multiport },
	{ "mark", mark },
	{ "comment", comment },
	{ "SNAT", nat },
	{ "DNAT", nat },
	{ "MASQUERADE", nat },
	{ "REDIRECT", nat },
	{ "MARK", set_mark },
	{ "LOG", log_prefix },
	{ "hl", ttl },
	{ "ttl", ttl },
	{ "recent", recent },
	{ "physdev", physdev },
	{ "CHECKSUM", plain },
	{ "REJECT", plain },
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
