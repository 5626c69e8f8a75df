/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules are given to nft(8) and iptables(8), read from the kernel, and must be printed as they were typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/str.h"
#include "observe/walk/eval.h"
#include "observe/world/rules.h"

static const char *const nft_rules[] = {
	"tcp dport { 22, 80-90 } accept",
	"ct state vmap { invalid : drop, established : accept, related : accept }",
	"iifname \"lo\" accept",
	"iifname \"eth*\" oifname != \"docker0\" drop",
	"ip saddr @bad counter drop comment \"bad ones\"",
	"ip saddr 10.0.0.0/8 ip daddr != 10.9.1.0/24 tcp dport 443 jump sub",
	"ip saddr 10.9.0.0/28 goto sub",
	"meta mark & 0x000000ff == 0x00000012 reject",
	"tcp flags & (fin | syn | rst | ack) == syn limit rate 5/second accept",
	"ip6 saddr fe80::/10 icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept",
	"iifname . tcp dport { \"v0\" . 5, \"v1\" . 6 } accept",
	"ct state established,related accept",
	"fib daddr type local udp dport 53 accept",
	"fib saddr . iif oif missing drop",
	"icmp type echo-request accept",
	"ip protocol icmp accept",
	"meta l4proto udp drop",
	"meta nfproto ipv6 drop",
	"ip daddr { 10.0.0.0/8, 172.16.0.1-172.16.0.9, 192.168.1.5 } drop",
	"log prefix \"lost: \" reject with icmpx admin-prohibited",
	"ip6 daddr fd00::5 tcp dport != 80 drop",
	"meta mark set 0x00000012 ct mark set meta mark",
	"tcp sport 1024-65535 tcp dport >= 80 accept",
	"ip saddr 10.1.2.3 udp sport 53 counter accept",
	"meta skuid 0 accept",
	"ether saddr 02:00:00:00:00:01 accept",
	"ct status dnat accept",
	"ct original ip daddr 10.0.0.1 accept",
	"ip saddr . tcp dport vmap { 10.0.0.1 . 80 : accept, 10.0.0.2 . 443 : jump sub }",
	"update @seen { ip saddr limit rate 5/minute } accept",
	"meta pkttype broadcast drop",
	"th dport 53 accept",
	"return",
};

static const char *const nat_rules[] = {
	"fib daddr type local dnat ip to tcp dport map @dn",
	"tcp dport 81 dnat ip to 10.9.0.3:99",
	"ip6 daddr fd00::1 tcp dport 80 dnat ip6 to [fd00::2]:81",
	"udp dport 5-7 redirect to :53",
};

static const char *const xt_rules[] = {
	"-A FORWARD -i docker0 -j DROP",
	"-A FORWARD -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT",
	"-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
	"-A FORWARD ! -s 10.0.0.0/8 -i veth+ -g one",
	"-A FORWARD -p tcp -m multiport --dports 22,80:90 -m comment --comment \"a b\" -j one",
	"-A FORWARD -m addrtype --dst-type LOCAL -m mark --mark 0x1/0xff -j RETURN",
	"-A FORWARD -p icmp -m icmp --icmp-type 8 -j DROP",
	"-A FORWARD -m state --state INVALID",
	"-A FORWARD -m ttl --ttl-lt 5 -j LOG --log-prefix \"low \"",
	"-A FORWARD -m physdev --physdev-in veth+ --physdev-is-bridged -j ACCEPT",
};

static struct arena arena;
static struct world_netns ns;

static int setup(void **state)
{
	return unshare(CLONE_NEWNET | CLONE_NEWNS);
}

static bool feed(const char *program, const char *fmt, ...)
{
	FILE *f = popen(program, "we");
	va_list ap;

	assert_non_null(f);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	return pclose(f) == 0;
}

static void read_rules(void)
{
	autoclose int netfilter = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	autoclose int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	autoclose int names = open("/proc/thread-self/net/ip_tables_names", O_RDONLY | O_CLOEXEC);
	struct rules_from from = { netfilter, raw, -1, names, -1 };
	struct err e;

	assert_int_equal(rules_read_nft(&arena, &ns, &from, &e), 0);
	assert_int_equal(rules_read_xtables(&arena, &ns, &from, &e), 0);
}

static void check_nft(const char *type, const char *rule)
{
	assert_true(feed("nft -f -",
			 "flush ruleset\ntable inet t {\n"
			 "set bad { type ipv4_addr; flags interval; elements = { 10.1.0.0/16 }\n}\n"
			 "set seen { type ipv4_addr; flags dynamic; size 10;\n}\n"
			 "map dn { type inet_service : ipv4_addr . inet_service;\n}\n"
			 "chain sub {\n}\n"
			 "chain c { type %s hook prerouting priority 0;\n%s\n}\n}\n",
			 type, rule));
	read_rules();
	const struct world_chain *c = &ns.tables[0].chains[1];

	assert_int_equal(c->n_rules, 1);
	assert_string_equal(nft_rule_text(&arena, &ns.tables[0], &c->rules[0]), rule);
	arena_free(&arena);
	arena = (struct arena){ 0 };
}

static void nft_rules_are_printed_as_typed(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(nft_rules); i++)
		check_nft("filter", nft_rules[i]);
	for (size_t i = 0; i < ARRAY_LEN(nat_rules); i++)
		check_nft("nat", nat_rules[i]);
}

static void iptables_rules_are_printed_as_typed(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(xt_rules); i++) {
		assert_true(feed("iptables-legacy-restore", "*filter\n:one -\n%s\nCOMMIT\n", xt_rules[i]));
		read_rules();
		assert_int_equal(ns.n_xtables, 1);
		const struct world_xt_chain *c = &ns.xtables[0].chains[NF_INET_FORWARD - 1];

		assert_int_equal(c->n_rules, 1);
		assert_string_equal(xt_rule_text(&arena, NFPROTO_IPV4, c->name, &c->rules[0]), xt_rules[i]);
		arena_free(&arena);
		arena = (struct arena){ 0 };
	}
}

static void a_strangers_words_cannot_write_to_the_terminal(void **state)
{
	struct world_table t = { .family = NFPROTO_INET, .name = "t" };
	struct world_expr x[] = { { .kind = "log", .name = "\033[2J" },
				  { .kind = "immediate", .verdict = -3, .chain = "a\nb" },
				  { .kind = "match", .name = "\033]0;x" } };
	struct world_nft_rule rule = { .exprs = x, .n_exprs = ARRAY_LEN(x), .comment = "\r\033c" };

	const char *text = nft_rule_text(&arena, &t, &rule);

	for (const char *p = text; *p; p++)
		assert_true(*p >= ' ');
	assert_non_null(strstr(text, "\\x1b[2J"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nft_rules_are_printed_as_typed),
		cmocka_unit_test(iptables_rules_are_printed_as_typed),
		cmocka_unit_test(a_strangers_words_cannot_write_to_the_terminal),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
