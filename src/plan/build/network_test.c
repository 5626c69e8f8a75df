/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "base/str.h"
#include "plan/build/build.h"
#include "plan/steps/trunk.h"
#include "plan/steps/veth.h"

/* A container on two networks, the first of which has both families. */
static struct address_fact web_at[] = { { "10.20.0.0/24", "10.20.0.1", "10.20.0.9", 24, true },
					{ "fd00:7::/64", "fd00:7::1", "fd00:7::9", 64, true } };
static struct address_fact db_at[] = { { "10.21.0.0/24", "10.21.0.1", "10.21.0.2", 24, false } };
static struct pass_fact web_pass[] = { { 2, "filter", "DOCKER-USER", true },
				       { 1, "wall", "forward", false } };
static struct network_fact networks[] = {
	{ "web", "1/web", "guise1", "guise network web", "02:42:0a:14:00:01", 0, "gvc0ffee00c0", "eth0",
	  "02:42:0a:14:00:09", web_at, 2, web_pass, 2 },
	{ "db", "1/db", "guise2", "guise network db", "02:42:0a:15:00:01", 1400, "gvc0ffee00c0.1", "eth1",
	  "02:42:0a:15:00:02", db_at, 1 },
};
static const struct facts facts = { .networks = networks, .n_networks = 2, .ipv6 = true };
static const struct spec spec = { .network.mode = NET_BRIDGE };

static char room[1 << 16];
static struct arena a;

static int setup(void **state)
{
	a = (struct arena)ARENA_INIT(room);
	return 0;
}

static const char *kinds(const struct plan *p)
{
	struct str out = { .arena = p->arena };

	for (size_t i = 0; i < p->count; i++)
		str_addf(&out, "%s%s", i ? " " : "", step_ops(p->steps[i].kind)->name);
	return str_get(&out);
}

/* Behind what lets packets through, and before anything is a container's. */
static void a_name_server_is_of_the_network(void **state)
{
	struct network_fact one = networks[0];
	const struct facts f = { .networks = &one, .n_networks = 1 };
	struct plan p = { .arena = &a };

	one.dns_server = true;
	one.where = "/run/guise/net/1/web";
	strv_push(&a, &one.forwards, "192.0.2.53");
	build_network_host(&p, &spec, &f);
	assert_string_equal(kinds(&p), "bridge nat pass pass forward forward dns-server lease lease");
	assert_string_equal(p.steps[6].dns_server.addresses.v[0], "10.20.0.1/24");
	assert_string_equal(p.steps[6].dns_server.addresses.v[1], "fd00:7::1/64");
	assert_string_equal(p.steps[6].dns_server.forwards.v[0], "192.0.2.53");
	assert_int_equal(step_ops(STEP_DNS_SERVER)->life, LIFE_SHARED);
}

static void each_network_has_its_steps(void **state)
{
	struct plan p = { .arena = &a };

	build_network_host(&p, &spec, &facts);
	assert_string_equal(kinds(&p),
			    "bridge nat pass pass forward forward lease lease bridge nat forward lease");
	assert_string_equal(p.steps[0].bridge.addresses.v[1], "fd00:7::1/64");
	assert_string_equal(p.steps[1].nat.subnets.v[1], "fd00:7::/64");
	assert_string_equal(p.steps[2].pass.chain, "DOCKER-USER");
	assert_string_equal(p.steps[3].pass.bridge, "guise1");
	assert_string_equal(p.steps[5].forward.name, "net/ipv6/conf/all/forwarding");
	assert_string_equal(p.steps[8].bridge.mark, "guise network db");
	assert_string_equal(p.steps[11].lease.network, "1/db");
}

static void each_has_an_interface_and_one_the_way_out(void **state)
{
	struct plan p = { .arena = &a };
	struct plan_endpoint ep;
	size_t at = 0;

	build_network_link(&p, &spec, &facts);
	build_network_inside(&p, &spec, &facts);
	assert_string_equal(kinds(&p), "veth veth address address");
	assert_true(plan_next_endpoint(&p, &at, &ep));
	assert_true(str_eq(ep.network, "web") && str_eq(ep.link, "eth0") &&
		    str_eq(ep.mac, "02:42:0a:14:00:09"));
	assert_string_equal(ep.addresses.v[1], "fd00:7::9/64");
	assert_string_equal(ep.gateways.v[1], "fd00:7::1");
	assert_true(plan_next_endpoint(&p, &at, &ep));
	assert_true(str_eq(ep.network, "db") && str_eq(ep.link, "eth1"));
	assert_string_equal(ep.addresses.v[0], "10.21.0.2/24");
	assert_string_equal(ep.gateways.v[0], "");
	assert_false(plan_next_endpoint(&p, &at, &ep));
}

/* IPv6 is off only where a network has none. */
static void what_neighbours_say(void **state)
{
	struct plan p = { .arena = &a };
	struct str names = { .arena = &a };

	build_network_guard(&p, &spec, &facts);
	for (size_t i = 0; i < p.count; i++)
		str_addf(&names, "%s=%s ", p.steps[i].sysctl.name, p.steps[i].sysctl.value);
	assert_string_equal(str_get(&names), "net.ipv4.conf.all.accept_redirects=0 "
					     "net.ipv4.conf.eth0.accept_redirects=0 "
					     "net.ipv4.conf.eth1.accept_redirects=0 "
					     "net.ipv6.conf.eth0.accept_ra=0 "
					     "net.ipv6.conf.eth0.accept_redirects=0 "
					     "net.ipv6.conf.eth1.accept_ra=0 "
					     "net.ipv6.conf.eth1.disable_ipv6=1 ");
}

/* The first bridge keeps what is the network's; the cable is on the further one, and its neighbours are the first's. */
static void a_further_bridge(void **state)
{
	struct network_fact n = networks[1];
	struct pass_fact pass[] = { { 2, "filter", "DOCKER-USER", true } };
	const struct facts f = { .networks = &n, .n_networks = 1 };
	struct plan p = { .arena = &a };

	n.pass = pass;
	n.n_pass = 1;
	n.further = "guise5";
	n.further_mark = "guise network db+1";
	n.internal = true;
	build_network_host(&p, &spec, &f);
	build_network_link(&p, &spec, &f);
	assert_string_equal(kinds(&p), "bridge nat pass bridge nat trunk pass lease veth");
	assert_string_equal(p.steps[3].bridge.name, "guise5");
	assert_int_equal(p.steps[3].bridge.addresses.n, 0);
	assert_int_equal(p.steps[4].nat.subnets.n, 0);
	assert_string_equal(p.steps[4].nat.mark, "guise network db+1");
	assert_true(p.steps[4].nat.internal);
	assert_string_equal(p.steps[5].trunk.bridge, "guise2");
	assert_string_equal(p.steps[5].trunk.mark, "guise network db+1");
	assert_string_equal(p.steps[6].pass.bridge, "guise5");
	assert_string_equal(p.steps[8].veth.bridge, "guise5");
	assert_string_equal(p.steps[8].veth.first, "guise2");
	assert_string_equal(plan_further(&p, "1/db"), "guise5");
	assert_null(plan_further(&p, "1/web"));
}

/* The bridge has no address: the host's link in the VLAN has, and is what the rules and the neighbours are of. */
static void in_a_vlan(void **state)
{
	struct network_fact n = networks[1];
	const struct facts f = { .networks = &n, .n_networks = 1 };
	struct plan p = { .arena = &a };

	n.vlan = 7;
	n.vlan_link = "guise2.7";
	n.bridge_mark = "guise network +guise2";
	n.no_default_vlan = true;
	build_network_host(&p, &spec, &f);
	build_network_link(&p, &spec, &f);
	assert_string_equal(kinds(&p), "bridge vlan nat forward lease veth");
	assert_true(p.steps[0].bridge.filters && !p.steps[0].bridge.addresses.n);
	assert_string_equal(p.steps[0].bridge.mark, "guise network +guise2");
	assert_string_equal(p.steps[1].vlan.bridge, "guise2");
	assert_string_equal(p.steps[1].vlan.mark, "guise network db");
	assert_string_equal(p.steps[1].vlan.addresses.v[0], "10.21.0.1/24");
	assert_string_equal(p.steps[2].nat.bridge, "guise2.7");
	assert_string_equal(p.steps[5].veth.bridge, "guise2");
	assert_string_equal(p.steps[5].veth.first, "guise2.7");
	assert_true(p.steps[5].veth.vlan == 7 && p.steps[5].veth.no_default_vlan);
}

/* pasta is told of them in its words. */
static void ports_of_pasta(void **state)
{
	struct port_fact ports[] = { { .at = "", .first = 8080, .count = 1, .target = 80, .proto = IPPROTO_TCP },
				     { "127.0.0.1", 5300, 2, 53, IPPROTO_UDP } };
	const struct facts f = { .state = "/s", .ports = ports, .n_ports = 2 };
	struct plan p = { .arena = &a };

	build_network_link(&p, &(struct spec){ .network.mode = NET_PASTA }, &f);
	assert_string_equal(kinds(&p), "pasta");
	assert_int_equal(p.steps[0].pasta.tcp.n + p.steps[0].pasta.udp.n, 2);
	assert_string_equal(p.steps[0].pasta.tcp.v[0], "8080:80");
	assert_string_equal(p.steps[0].pasta.udp.v[0], "127.0.0.1/5300-5301:53-54");
}

/* Upon a link of the host's: neither bridge nor rules, and nobody's MAC address is known for the gateway's. */
static struct network_fact upper = { .name = "lan",
				     .dir = "1/lan",
				     .link = "eth0",
				     .mac = "02:42:0a:15:00:02",
				     .at = db_at,
				     .n_at = 1,
				     .driver = "macvlan",
				     .mode = "vepa",
				     .parent = "up0" };

static void upon_a_link(void **state)
{
	struct network_fact mine = upper;
	struct facts f = { .networks = &mine, .n_networks = 1, .ipv6 = true };
	struct plan p = { .arena = &a };
	struct plan_endpoint ep;
	size_t at = 0;

	db_at[0].way_out = true;
	build_network_host(&p, &spec, &f);
	build_network_link(&p, &spec, &f);
	build_network_guard(&p, &spec, &f);
	build_network_inside(&p, &spec, &f);
	assert_string_equal(kinds(&p), "lease upper sysctl sysctl sysctl sysctl sysctl address");
	assert_string_equal(p.steps[1].upper.mode, "vepa");
	assert_string_equal(p.steps[6].sysctl.name, "net.ipv4.conf.eth0.arp_notify");
	assert_null(p.steps[7].address.gateway_mac);
	assert_string_equal(p.steps[7].address.gateways.v[0], "10.21.0.1");
	assert_true(plan_next_endpoint(&p, &at, &ep));
	assert_true(str_eq(ep.network, "lan") && str_eq(ep.mac, "02:42:0a:15:00:02"));
}

/* The parent's host routes what leaves: no gateway is asked for, and no neighbour told. */
static void upon_a_link_routed(void **state)
{
	struct network_fact mine = upper;
	struct facts f = { .networks = &mine, .n_networks = 1 };
	struct plan p = { .arena = &a };

	mine.driver = "ipvlan";
	mine.mode = "l3";
	db_at[0].way_out = true;
	build_network_guard(&p, &spec, &f);
	build_network_inside(&p, &spec, &f);
	assert_string_equal(kinds(&p), "sysctl sysctl address");
	assert_string_equal(p.steps[2].address.gateways.v[0], "");
	assert_string_equal(p.steps[2].address.routes.v[0], "0.0.0.0/0");
}

#define test(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(each_network_has_its_steps),
		test(a_name_server_is_of_the_network),
		test(a_further_bridge), test(in_a_vlan), test(ports_of_pasta), test(each_has_an_interface_and_one_the_way_out),
		test(what_neighbours_say),        test(upon_a_link),
		test(upon_a_link_routed),
	};

	return cmocka_run_group_tests_name("plan/build/network", tests, NULL, NULL);
}
