/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The way of a packet through a small machine: net1 and net2 behind br0 of the host, which leads out by eth0. Each test
 * breaks it in one way. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "observe/walk/question.h"

static char buf[1 << 20];
static struct arena arena;

enum { UP = IFF_UP | IFF_RUNNING };

struct machine {
	struct world_link host_links[5], links[2][2];
	struct world_addr host_addrs[2], addrs[2][1];
	struct world_route host_routes[8], routes[2][4];
	struct world_setting host_sysctls[3], sysctls[2][2];
	struct world_rule rules[2];
	struct world_neigh neighs[1];
	struct world_socket sockets[1];
	struct world_netns netns[3];
	struct world w;
};
static struct machine m;

static struct ip ip(const char *text)
{
	struct ip out;

	assert_int_equal(ip_parse(text, &out), 0);
	return out;
}

static struct world_route route(uint64_t type, uint64_t table, const char *dst, const char *via, int64_t oif)
{
	struct world_route r = {
		.family = AF_INET, .type = type, .table = table, .dst = ip(dst), .oif = oif
	};

	if (via)
		r.via = ip(via);
	r.scope = type == RTN_LOCAL ? RT_SCOPE_HOST : via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
	return r;
}

static struct world_link port(int64_t index, const char *name, int64_t peer, uint64_t peer_netns,
			      const char *mac)
{
	return (struct world_link){
		.index = index,
		.name = name,
		.kind = "veth",
		.mac = mac,
		.mtu = 1500,
		.flags = UP,
		.carrier = true,
		.peer = peer,
		.peer_netns = peer_netns,
	};
}

static void make_net(unsigned i, const char *name, const char *address, const char *mac)
{
	struct world_netns *ns = &m.netns[1 + i];
	const char *slash = strchr(address, '/');

	m.links[i][0] =
		(struct world_link){ .index = 1, .name = "lo", .mtu = 65536, .flags = UP | IFF_LOOPBACK };
	m.links[i][1] = port(2, "eth0", 3 + i, 1, mac);
	m.addrs[i][0] = (struct world_addr){ .link = 2, .ip = ip(address) };
	m.routes[i][0] = route(RTN_LOCAL, RT_TABLE_LOCAL,
			       arena_strndup(&arena, address, (size_t)(slash - address)), NULL, 2);
	m.routes[i][1] = route(RTN_UNICAST, RT_TABLE_MAIN, "10.10.0.0/24", NULL, 2);
	m.routes[i][1].prefsrc = m.routes[i][0].dst;
	m.routes[i][2] = route(RTN_UNICAST, RT_TABLE_MAIN, "0.0.0.0/0", "10.10.0.1", 2);
	*ns = (struct world_netns){
		.inode = 2 + i,
		.name = name,
		.links = m.links[i],
		.n_links = 2,
		.addrs = m.addrs[i],
		.n_addrs = 1,
		.routes = m.routes[i],
		.n_routes = 3,
		.sysctls = m.sysctls[i],
	};
}

static void make_host(void)
{
	struct world_link *l = m.host_links;

	l[0] = (struct world_link){ .index = 1, .name = "lo", .mtu = 65536, .flags = UP | IFF_LOOPBACK };
	l[1] = (struct world_link){ .index = 2, .name = "br0", .kind = "bridge", .mac = "02:00:00:00:00:01" };
	l[1].flags = UP;
	l[1].mtu = 1500;
	for (unsigned i = 0; i < 2; i++) {
		l[2 + i] = port(3 + i, i ? "veth2" : "veth1", 2, 2 + i,
				i ? "02:00:00:00:01:02" : "02:00:00:00:01:01");
		l[2 + i].master = 2;
		l[2 + i].is_port = true;
		l[2 + i].port =
			(struct world_port){ .state = BR_STATE_FORWARDING, .learning = true, .flood = true };
	}
	l[4] = (struct world_link){
		.index = 5, .name = "eth0", .mac = "02:00:00:00:02:01", .mtu = 1500, .flags = UP
	};
	m.host_addrs[0] = (struct world_addr){ .link = 2, .ip = ip("10.10.0.1/24") };
	m.host_addrs[1] = (struct world_addr){ .link = 5, .ip = ip("192.0.2.2/24") };
	m.host_routes[0] = route(RTN_LOCAL, RT_TABLE_LOCAL, "10.10.0.1", NULL, 2);
	m.host_routes[1] = route(RTN_LOCAL, RT_TABLE_LOCAL, "192.0.2.2", NULL, 5);
	m.host_routes[2] = route(RTN_UNICAST, RT_TABLE_MAIN, "10.10.0.0/24", NULL, 2);
	m.host_routes[2].prefsrc = ip("10.10.0.1");
	m.host_routes[3] = route(RTN_UNICAST, RT_TABLE_MAIN, "192.0.2.0/24", NULL, 5);
	m.host_routes[3].prefsrc = ip("192.0.2.2");
	m.host_routes[4] = route(RTN_UNICAST, RT_TABLE_MAIN, "0.0.0.0/0", "192.0.2.1", 5);
	m.host_sysctls[0] = (struct world_setting){ "net.ipv4.ip_forward", "1" };
	m.netns[0] = (struct world_netns){
		.inode = 1,
		.is_host = true,
		.links = l,
		.n_links = 5,
		.addrs = m.host_addrs,
		.n_addrs = 2,
		.routes = m.host_routes,
		.n_routes = 5,
		.sysctls = m.host_sysctls,
		.n_sysctls = 1,
	};
}

static int make(void **state)
{
	(void)state;
	arena = (struct arena)ARENA_INIT(buf);
	memset(buf, 0, sizeof(buf));
	m = (struct machine){ 0 };
	make_host();
	make_net(0, "net1", "10.10.0.2/24", "02:00:00:00:00:02");
	make_net(1, "net2", "10.10.0.3/24", "02:00:00:00:00:03");
	m.w = (struct world){ .arena = &arena, .netns = m.netns, .n_netns = 3 };
	return 0;
}

static struct walk ask(const char *from, const char *to)
{
	struct walk_packet p;
	struct walk out;
	struct err e = { 0 };

	assert_int_equal(walk_question(&m.w, from, to, &arena, &p, &e), 0);
	walk(&m.w, &p, &arena, &out);
	return out;
}

static void arrives(const char *from, const char *to)
{
	struct walk out = ask(from, to);

	if (out.verdict != WALK_ARRIVES)
		print_message("%s\n", out.hops[out.n_hops - 1].text);
	assert_int_equal(out.verdict, WALK_ARRIVES);
	assert_true(out.n_hops > 0 && out.hops[out.n_hops - 1].is_reply);
}

static void blocked(const char *from, const char *to, const char *code, const char *object)
{
	struct walk out = ask(from, to);

	assert_int_equal(out.verdict, WALK_BLOCKED);
	assert_string_equal(out.code, code);
	if (object)
		assert_string_equal(out.object, object);
	assert_int_equal(out.hops[out.n_hops - 1].verdict, WALK_BLOCKED);
}

static void a_healthy_network_is_walked_there_and_back(void **state)
{
	(void)state;
	arrives("netns:net1", "netns:net2");
	arrives("netns:net1", "10.10.0.1");
	arrives("host", "netns:net2");
	arrives("netns:net1", "netns:net1");
	arrives("host", "outside");
}

static void links_that_are_down_are_named(void **state)
{
	(void)state;
	m.host_links[3].flags = 0;
	blocked("netns:net1", "netns:net2", "veth-host-down", "veth2");
	m.host_links[3].flags = UP;
	m.links[1][1].flags = 0;
	blocked("netns:net1", "netns:net2", "link-down", "eth0");
	m.links[1][1].flags = UP;
	m.host_links[1].flags = 0;
	blocked("netns:net1", "netns:net2", "bridge-down", "br0");
	m.host_links[1].flags = UP;
	m.links[0][0].flags = IFF_LOOPBACK;
	blocked("netns:net1", "netns:net1", "loopback-down", "lo");
}

static void a_cable_that_is_on_no_bridge_is_named(void **state)
{
	(void)state;
	m.host_links[3].master = 0;
	m.host_links[3].is_port = false;
	blocked("netns:net1", "netns:net2", "veth-not-on-bridge", "veth2");
	blocked("netns:net2", "netns:net1", "veth-not-on-bridge", "veth2");
	blocked("netns:net2", "10.10.0.1", "veth-not-on-bridge", "veth2");
}

static void ports_of_a_bridge_keep_frames_back(void **state)
{
	(void)state;
	m.host_links[2].port.isolated = m.host_links[3].port.isolated = true;
	blocked("netns:net1", "netns:net2", "bridge-port-blocked", "veth2");
	arrives("netns:net1", "host");
	m.host_links[2].port.isolated = m.host_links[3].port.isolated = false;
	m.host_links[3].port.state = BR_STATE_BLOCKING;
	blocked("netns:net1", "netns:net2", "bridge-port-blocked", "veth2");
	m.host_links[3].port.state = BR_STATE_FORWARDING;
	m.host_links[3].port.locked = true;
	blocked("netns:net2", "netns:net1", "bridge-port-blocked", "veth2");
}

static void vlans_part_a_bridge(void **state)
{
	static struct world_vlan one = { .first = 1, .last = 1, .pvid = true, .untagged = true },
				 ten = { .first = 10, .last = 10, .pvid = true, .untagged = true };

	(void)state;
	m.host_links[1].vlan_filtering = true;
	for (unsigned i = 1; i < 4; i++) {
		m.host_links[i].vlans = &one;
		m.host_links[i].n_vlans = 1;
	}
	arrives("netns:net1", "netns:net2");
	m.host_links[3].vlans = &ten;
	blocked("netns:net1", "netns:net2", "bridge-port-blocked", "veth2");
	m.host_links[2].vlans = &ten;
	arrives("netns:net1", "netns:net2");
	blocked("netns:net1", "10.10.0.1", "bridge-port-blocked", "br0");
}

static void what_leaves_needs_forwarding_and_an_address_of_the_host(void **state)
{
	(void)state;
	blocked("netns:net1", "outside", "masquerade-missing", "eth0");
	m.host_sysctls[0].value = "0";
	blocked("netns:net1", "outside", "forwarding-off", "net.ipv4.ip_forward=0");
	m.host_sysctls[0].value = "1";
	m.host_addrs[0].ip = ip("8.8.4.1/24");
	blocked("netns:net1", "192.0.3.9", "masquerade-missing", "eth0");
}

static void routes_decide(void **state)
{
	(void)state;
	m.netns[1].n_routes = 2;
	blocked("netns:net1", "outside", "default-route-missing", NULL);
	m.netns[1].n_routes = 4;
	m.routes[0][3] = route(RTN_BLACKHOLE, RT_TABLE_MAIN, "10.10.0.3", NULL, 0);
	blocked("netns:net1", "netns:net2", "route-blackhole", "table main");
	m.routes[0][3].type = RTN_THROW;
	m.routes[0][3].table = RT_TABLE_LOCAL;
	arrives("netns:net1", "netns:net2");
}

static void rules_decide_before_tables(void **state)
{
	(void)state;
	m.rules[0] = (struct world_rule){ .family = AF_INET,
					  .priority = 10,
					  .action = FR_ACT_PROHIBIT,
					  .dst = ip("10.10.0.3"),
					  .suppress_prefix = -1 };
	m.rules[1] = (struct world_rule){ .family = AF_INET,
					  .priority = 20,
					  .action = FR_ACT_TO_TBL,
					  .table = RT_TABLE_MAIN,
					  .suppress_prefix = -1 };
	m.netns[1].rules = m.rules;
	m.netns[1].n_rules = 2;
	blocked("netns:net1", "netns:net2", "rule-blocks", NULL);
	m.rules[0].iif = "eth0";
	m.routes[0][0].table = RT_TABLE_MAIN;
	arrives("netns:net1", "netns:net2");
	/* all but the default route: suppressed, so there is none */
	m.rules[1].suppress_prefix = 0;
	blocked("netns:net1", "1.1.1.1", "default-route-missing", NULL);
}

static void a_source_must_be_reached_by_where_it_came_from(void **state)
{
	(void)state;
	m.host_sysctls[1] = (struct world_setting){ "net.ipv4.conf.br0.rp_filter", "1" };
	m.netns[0].n_sysctls = 2;
	m.host_routes[5] = route(RTN_UNICAST, RT_TABLE_MAIN, "10.10.0.2", "192.0.2.1", 5);
	m.netns[0].n_routes = 6;
	blocked("netns:net1", "192.0.2.2", "rp-filter", "br0");
	m.host_sysctls[1].value = "2";
	assert_string_not_equal(ask("netns:net1", "192.0.2.2").code, "rp-filter");
}

static void neighbours_decide(void **state)
{
	(void)state;
	m.neighs[0] = (struct world_neigh){
		.link = 2, .ip = ip("10.10.0.3"), .mac = "02:00:00:00:00:99", .state = NUD_PERMANENT
	};
	m.netns[1].neighs = m.neighs;
	m.netns[1].n_neighs = 1;
	blocked("netns:net1", "netns:net2", "neighbour-stale", NULL);
	m.neighs[0].mac = "02:00:00:00:00:03";
	arrives("netns:net1", "netns:net2");
	m.netns[1].n_neighs = 0;
	m.links[1][1].flags |= IFF_NOARP;
	blocked("netns:net1", "netns:net2", "arp-off", "eth0");
	blocked("netns:net1", "10.10.0.77", "neighbour-missing", "10.10.0.77");
}

static void somebody_must_listen(void **state)
{
	(void)state;
	blocked("netns:net1", "netns:net2:80", "port-no-listener", "80/tcp");
	m.sockets[0] =
		(struct world_socket){ .proto = IPPROTO_TCP, .state = 10, .port = 80, .ip = ip("127.0.0.1") };
	m.netns[2].sockets = m.sockets;
	m.netns[2].n_sockets = 1;
	blocked("netns:net1", "netns:net2:80", "port-loopback-only", "80/tcp");
	m.sockets[0].ip = ip("0.0.0.0");
	arrives("netns:net1", "netns:net2:80/tcp");
	blocked("netns:net1", "netns:net2:80/udp", "port-no-listener", "80/udp");
	m.sysctls[1][0] = (struct world_setting){ "net.ipv4.icmp_echo_ignore_all", "1" };
	m.netns[2].n_sysctls = 1;
	blocked("netns:net1", "netns:net2", "echo-ignored", NULL);
}

static void a_packet_must_fit(void **state)
{
	struct walk_packet p;
	struct walk out;
	struct err e = { 0 };

	(void)state;
	m.host_links[3].mtu = 1400;
	assert_int_equal(walk_question(&m.w, "netns:net1", "netns:net2", &arena, &p, &e), 0);
	p.size = 1500;
	walk(&m.w, &p, &arena, &out);
	assert_int_equal(out.verdict, WALK_BLOCKED);
	assert_string_equal(out.code, "mtu-mismatch");
	assert_string_equal(out.setting, "mtu 1400");
}

static void two_ways_are_one_too_many(void **state)
{
	static struct world_nexthop ways[2];

	(void)state;
	ways[0] = (struct world_nexthop){ .via = ip("10.10.0.1"), .oif = 2 };
	ways[1] = (struct world_nexthop){ .via = ip("10.10.0.3"), .oif = 2 };
	m.routes[0][2].nexthops = ways;
	m.routes[0][2].n_nexthops = 2;
	assert_int_equal(ask("netns:net1", "outside").verdict, WALK_UNKNOWN);
	ways[1].flags = RTNH_F_DEAD;
	blocked("netns:net1", "outside", "masquerade-missing", "eth0");
}

/* ---- rules ---- */

/* meta, ct or payload into a register, compared with a number of so many bytes. */
#define LOADS(...)                                                                                           \
	{                                                                                                    \
		.dreg = NFT_REG32_00, __VA_ARGS__                                                            \
	}
#define IS(...)                                                                                              \
	{                                                                                                    \
		.kind = "cmp", .op = NFT_CMP_EQ, .sreg = NFT_REG32_00, .data = {                             \
			(uint8_t[]){ __VA_ARGS__ },                                                          \
			sizeof((uint8_t[]){ __VA_ARGS__ })                                                   \
		}                                                                                            \
	}

static struct world_expr exprs[6];
static struct world_nft_rule rule;
static struct world_chain chain;
static struct world_table table;

static void add_rule(struct world_netns *ns, const char *type, unsigned hook, int64_t priority,
		     const struct world_expr *v, size_t n)
{
	memcpy(exprs, v, n * sizeof(*v));
	rule = (struct world_nft_rule){ .handle = 4, .exprs = exprs, .n_exprs = n };
	chain = (struct world_chain){ .name = "c",
				      .type = type,
				      .hook = hook,
				      .priority = priority,
				      .policy = NF_ACCEPT,
				      .rules = &rule,
				      .n_rules = 1 };
	table = (struct world_table){ .family = NFPROTO_IPV4, .name = "t", .chains = &chain, .n_chains = 1 };
	ns->tables = &table;
	ns->n_tables = 1;
}

static void listen_in_net2(void)
{
	m.sockets[0] =
		(struct world_socket){ .proto = IPPROTO_TCP, .state = 10, .port = 80, .ip = ip("0.0.0.0") };
	m.netns[2].sockets = m.sockets;
	m.netns[2].n_sockets = 1;
}

/* A SYN passes and so does its answer, but then nothing does. */
static void a_handshake_alone_is_no_connection(void **state)
{
	const struct world_expr established[] = { LOADS(.kind = "ct", .key = NFT_CT_STATE),
						  IS(2, 0, 0, 0),
						  { .kind = "immediate", .verdict = NF_DROP } };
	const struct world_expr ack[] = { LOADS(.kind = "payload", .base = NFT_PAYLOAD_TRANSPORT_HEADER,
						.offset = 13, .len = 1),
					  IS(TH_ACK),
					  { .kind = "immediate", .verdict = NF_DROP } };

	(void)state;
	listen_in_net2();
	add_rule(&m.netns[1], "filter", NF_INET_LOCAL_OUT, 0, established, ARRAY_LEN(established));
	blocked("netns:net1", "netns:net2:80", "output-drop", NULL);
	arrives("netns:net1", "netns:net2");
	add_rule(&m.netns[2], "filter", NF_INET_LOCAL_OUT, 0, ack, ARRAY_LEN(ack));
	m.netns[1].n_tables = 0;
	blocked("netns:net1", "netns:net2:80", "output-drop", NULL);
	m.netns[2].n_tables = 0;
	arrives("netns:net1", "netns:net2:80");
}

/* What a bridge's rules translate to another of its ports goes there only if its host forwards. */
static void dnat_in_a_bridge_needs_forwarding(void **state)
{
	const struct ip to = ip("10.10.0.3");
	const struct world_expr dnat[] = {
		{ .kind = "immediate", .dreg = NFT_REG32_00, .data = { (uint8_t *)to.bytes, 4 } },
		{ .kind = "nat", .type = NFT_NAT_DNAT, .family = NFPROTO_IPV4, .sreg = NFT_REG32_00 },
	};

	(void)state;
	listen_in_net2();
	add_rule(&m.netns[0], "nat", NF_INET_PRE_ROUTING, -100, dnat, ARRAY_LEN(dnat));
	m.host_sysctls[1] = (struct world_setting){ "net.bridge.bridge-nf-call-iptables", "1" };
	m.netns[0].n_sysctls = 2;
	arrives("netns:net1", "198.51.100.1:80");
	m.host_sysctls[0].value = "0";
	blocked("netns:net1", "198.51.100.1:80", "forwarding-off", "net.ipv4.ip_forward=0");
}

static void bad_questions_are_refused(void **state)
{
	static const char *const list[] = {
		"netns:net2/tcp", "netns:net2:80/icmp", "netns:none", "[fd00::1", "[fd00::1]:0", "", ":80"
	};
	struct walk_packet p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		struct err e = { 0 };

		assert_true(walk_question(&m.w, "host", list[i], &arena, &p, &e) < 0);
		assert_true(*e.code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_healthy_network_is_walked_there_and_back, make),
		cmocka_unit_test_setup(links_that_are_down_are_named, make),
		cmocka_unit_test_setup(a_cable_that_is_on_no_bridge_is_named, make),
		cmocka_unit_test_setup(ports_of_a_bridge_keep_frames_back, make),
		cmocka_unit_test_setup(vlans_part_a_bridge, make),
		cmocka_unit_test_setup(what_leaves_needs_forwarding_and_an_address_of_the_host, make),
		cmocka_unit_test_setup(routes_decide, make),
		cmocka_unit_test_setup(rules_decide_before_tables, make),
		cmocka_unit_test_setup(a_source_must_be_reached_by_where_it_came_from, make),
		cmocka_unit_test_setup(neighbours_decide, make),
		cmocka_unit_test_setup(somebody_must_listen, make),
		cmocka_unit_test_setup(a_packet_must_fit, make),
		cmocka_unit_test_setup(two_ways_are_one_too_many, make),
		cmocka_unit_test_setup(a_handshake_alone_is_no_connection, make),
		cmocka_unit_test_setup(dnat_in_a_bridge_needs_forwarding, make),
		cmocka_unit_test_setup(bad_questions_are_refused, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
