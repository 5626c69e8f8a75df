/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of nf_tables as nft(8) prints them. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <netdb.h>
#include <string.h>

#include "base/utf8.h"
#include "observe/walk/rule_text.h"

struct symbol {
	uint32_t value;
	const char *name;
};

static const struct symbol states[] = { { 1, "invalid" }, { 8, "new" },        { 2, "established" },
					{ 4, "related" }, { 64, "untracked" }, { 0, NULL } };
static const struct symbol statuses[] = { { 1, "expected" },  { 2, "seen-reply" }, { 4, "assured" },
					  { 8, "confirmed" }, { 16, "snat" },      { 32, "dnat" },
					  { 512, "dying" },   { 0, NULL } };
static const struct symbol tcp_flags[] = { { 1, "fin" },  { 2, "syn" },   { 4, "rst" },
					   { 8, "psh" },  { 16, "ack" },  { 32, "urg" },
					   { 64, "ecn" }, { 128, "cwr" }, { 0, NULL } };
static const struct symbol protos[] = { { 1, "icmp" },   { 2, "igmp" },      { 6, "tcp" },
					{ 17, "udp" },   { 33, "dccp" },     { 47, "gre" },
					{ 50, "esp" },   { 51, "ah" },       { 58, "ipv6-icmp" },
					{ 132, "sctp" }, { 136, "udplite" }, { 0, NULL } };
static const struct symbol ethertypes[] = {
	{ 0x0800, "ip" }, { 0x0806, "arp" }, { 0x86dd, "ip6" }, { 0x8100, "8021q" }, { 0, NULL }
};
static const struct symbol families[] = { { NFPROTO_IPV4, "ipv4" }, { NFPROTO_IPV6, "ipv6" }, { 0, NULL } };
static const struct symbol icmp_types[] = { { 0, "echo-reply" },           { 3, "destination-unreachable" },
					    { 4, "source-quench" },        { 5, "redirect" },
					    { 8, "echo-request" },         { 9, "router-advertisement" },
					    { 10, "router-solicitation" }, { 11, "time-exceeded" },
					    { 12, "parameter-problem" },   { 13, "timestamp-request" },
					    { 14, "timestamp-reply" },     { 0, NULL } };
static const struct symbol icmp6_types[] = { { 1, "destination-unreachable" }, { 2, "packet-too-big" },
					     { 3, "time-exceeded" },           { 4, "parameter-problem" },
					     { 128, "echo-request" },          { 129, "echo-reply" },
					     { 130, "mld-listener-query" },    { 131, "mld-listener-report" },
					     { 132, "mld-listener-done" },     { 133, "nd-router-solicit" },
					     { 134, "nd-router-advert" },      { 135, "nd-neighbor-solicit" },
					     { 136, "nd-neighbor-advert" },    { 137, "nd-redirect" },
					     { 143, "mld2-listener-report" },  { 0, NULL } };
static const struct symbol addr_types[] = { { 0, "unspec" },    { 1, "unicast" },     { 2, "local" },
					    { 3, "broadcast" }, { 4, "anycast" },     { 5, "multicast" },
					    { 6, "blackhole" }, { 7, "unreachable" }, { 8, "prohibit" },
					    { 0, NULL } };
static const struct symbol packet_types[] = {
	{ 0, "host" }, { 1, "broadcast" }, { 2, "multicast" }, { 3, "other" }, { 0, NULL }
};
static const struct symbol existence[] = { { 0, "missing" }, { 1, "exists" }, { 0, NULL } };
static const struct symbol directions[] = { { 0, "original" }, { 1, "reply" }, { 0, NULL } };

static const char *symbol_of(const struct symbol *list, uint32_t value)
{
	for (; list->name; list++) {
		if (list->value == value)
			return list->name;
	}
	return NULL;
}

static void add_symbol(struct str *s, const struct symbol *list, uint32_t value)
{
	const char *name = symbol_of(list, value);

	if (name)
		str_add(s, name);
	else
		str_addf(s, "%u", value);
}

static void add_flags(struct str *s, const struct symbol *list, uint32_t value, const char *between)
{
	bool first = true;

	for (; list->name; list++) {
		if (!(value & list->value))
			continue;
		str_addf(s, "%s%s", first ? "" : between, list->name);
		value &= ~list->value;
		first = false;
	}
	if (value || first)
		str_addf(s, "%s0x%x", first ? "" : between, value);
}

static void add_hex(struct str *s, const uint8_t *v, size_t n)
{
	str_add(s, "0x");
	for (size_t i = 0; i < n; i++)
		str_addf(s, "%02x", v[i]);
}

/* Numbers as the host has them, or the network. */
static uint32_t number(const uint8_t *v, size_t n, bool is_network)
{
	uint32_t four = 0;
	uint16_t two;

	if (n == 1)
		return *v;
	if (n == 2) {
		memcpy(&two, v, 2);
		return is_network ? ntohs(two) : two;
	}
	memcpy(&four, v, n < 4 ? n : 4);
	return is_network ? ntohl(four) : four;
}

static void add_ip(struct str *s, int family, const uint8_t *v, size_t n)
{
	struct ip ip = { .family = family };
	char text[IP_TEXT];

	memcpy(ip.bytes, v, n < sizeof(ip.bytes) ? n : sizeof(ip.bytes));
	str_add(s, ip_text(ip, text));
}

static void add_name(struct str *s, const uint8_t *v, size_t n)
{
	char text[32] = "";

	memcpy(text, v, n < sizeof(text) - 1 ? n : sizeof(text) - 1);
	str_addf(s, "\"%s%s\"", str_visible(s, text), n < 16 && strnlen(text, n) == n ? "*" : "");
}

static void add_mac(struct str *s, const uint8_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		str_addf(s, "%s%02x", i ? ":" : "", v[i]);
}

void value_text(struct str *s, enum value_type type, const uint8_t *v, size_t n)
{
	static const struct symbol *const lists[] = {
		[V_STATE] = states,         [V_STATUS] = statuses,      [V_TCP_FLAGS] = tcp_flags,
		[V_PROTO] = protos,         [V_ETHERTYPE] = ethertypes, [V_FAMILY] = families,
		[V_ICMP] = icmp_types,      [V_ICMP6] = icmp6_types,    [V_ADDR_TYPE] = addr_types,
		[V_PKTTYPE] = packet_types, [V_DIRECTION] = directions, [V_EXISTS] = existence,
	};

	if (n == 0)
		return;
	switch (type) {
	case V_IP4:
		add_ip(s, AF_INET, v, n < 4 ? n : 4);
		break;
	case V_IP6:
		add_ip(s, AF_INET6, v, n);
		break;
	case V_PORT:
	case V_NUMBER:
		str_addf(s, "%u", number(v, n, true));
		break;
	case V_HOST_NUMBER:
		str_addf(s, "%u", number(v, n, false));
		break;
	case V_MARK:
		str_addf(s, "0x%08x", number(v, n, false));
		break;
	case V_NAME:
		add_name(s, v, n);
		break;
	case V_MAC:
		add_mac(s, v, n);
		break;
	case V_STATE:
	case V_STATUS:
		add_flags(s, lists[type], number(v, n, false), ",");
		break;
	case V_TCP_FLAGS:
		add_flags(s, lists[type], number(v, n, false), " | ");
		break;
	case V_PROTO:
	case V_ETHERTYPE:
	case V_FAMILY:
	case V_ICMP:
	case V_ICMP6:
	case V_ADDR_TYPE:
	case V_PKTTYPE:
	case V_DIRECTION:
	case V_EXISTS:
		add_symbol(s, lists[type], number(v, n, type == V_ETHERTYPE));
		break;
	case V_HEX:
		add_hex(s, v, n);
	}
}
