/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule of xtables as iptables -S prints it. */
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/x_tables.h>

#include "base/utf8.h"
#include "observe/walk/eval.h"

enum { INV_IN = 1, INV_OUT = 2, INV_SRC = 8, INV_DST = 16, INV_PROTO = 64, IP4_GOTO = 2, IP6_GOTO = 4 };

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
