/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/net/link.h"
#include "kernel/net/loopback.h"
#include "kernel/net/neigh.h"
#include "net/bridge.h"
#include "net/endpoint.h"
#include "net/subnet.h"

/* Strangers' links are made, and lists read, with ip(8). Each test has a network namespace of its own. */

#define NET(a, b, c, d, len_)                                                                                \
	{                                                                                                    \
		.family = AF_INET, .len = (len_), .bytes = {(a), (b), (c), (d) }                             \
	}
#define NAME "guise0"
#define MARK "guise network bridge"

static const struct bridge bridge = { NAME, MARK, { NET(10, 10, 0, 1, 24) }, 1, 0 };
static char room[65536];
static struct arena a;
static struct netlink nl;
static struct err e;

static int setup(void **state)
{
	a = (struct arena)ARENA_INIT(room);
	return unshare(CLONE_NEWNET) < 0 || netlink_open(&nl, NETLINK_ROUTE, &e) < 0;
}

static int teardown(void **state)
{
	netlink_close(&nl);
	arena_free(&a);
	return 0;
}

static void sh(const char *command)
{
	assert_int_equal(system(command), 0);
}

static int ensure(void)
{
	int index = 0;

	assert_int_equal(bridge_ensure(&nl, &bridge, &index, &e), 0);
	assert_true(index > 1);
	assert_int_equal(bridge_check(&nl, &a, &bridge, &e), 0);
	return index;
}

static void choose(struct bridge_place *place)
{
	struct ip *used;
	size_t n;

	assert_int_equal(bridge_used(&nl, &a, AF_INET, &used, &n, &e), 0);
	assert_int_equal(bridge_choose(NULL, 0, used, n, place, &e), 0);
}

static void assert_subnet(const char *want)
{
	char text[IP_TEXT];
	struct bridge_place place;

	assert_int_equal(bridge_find(&nl, &a, NULL, MARK, NULL, &place, &e), 0);
	assert_string_equal(place.name, NAME);
	if (!place.there)
		choose(&place);
	assert_string_equal(ip_net_text(place.subnets[0], text), want);
}

static void ensured_and_deleted_however_often(void **state)
{
	int index;

	assert_int_equal(bridge_check(&nl, &a, &bridge, &e), -ENODEV);
	assert_string_equal(e.code, "bridge-missing");
	index = ensure();
	assert_int_equal(ensure(), index);
	assert_int_equal(bridge_delete(&nl, NAME, MARK, &e), 0);
	assert_int_equal(bridge_delete(&nl, NAME, MARK, &e), 0);
	assert_int_equal(bridge_check(&nl, &a, &bridge, &e), -ENODEV);
}

static void a_strangers_is_left_alone(void **state)
{
	static const char *const strangers[] = {
		"ip link add guise0 type bridge",
		"ip link add guise0 type veth peer name other",
		"ip link add guise0 alias 'guise network bridge' type veth peer name other",
		"ip link add guise0 address 02:42:0a:0a:00:01 up type bridge",
		"ip link add guise0 address 02:42:0a:0a:00:01 type bridge; ip link set guise0 alias mine",
	};
	struct bridge_place place;
	int index;

	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
		sh(strangers[i]);
		assert_int_equal(bridge_ensure(&nl, &bridge, &index, &e), -EEXIST);
		assert_string_equal(e.code, "bridge-taken");
		assert_int_equal(bridge_find(&nl, &a, NULL, MARK, NULL, &place, &e), -EEXIST);
		assert_int_equal(bridge_check(&nl, &a, &bridge, &e), -EEXIST);
		assert_int_equal(bridge_delete(&nl, NAME, MARK, &e), 0);
		sh("ip link del guise0");
	}
}

/* What a process leaves that is killed between the two requests. */
static void an_unfinished_one_is_made_anew(void **state)
{
	static const char unfinished[] = "ip link add guise0 address 02:42:0a:0a:05:01 type bridge";
	struct link_info link;

	sh(unfinished);
	assert_int_equal(bridge_check(&nl, &a, &bridge, &e), -ESTALE);
	assert_subnet("10.10.0.0/24");
	ensure();
	assert_int_equal(link_get(&nl, NAME, &link, &e), 0);
	assert_memory_equal(link.mac, ((uint8_t[]){ 2, 0x42, 10, 10, 0, 1 }), 6);
	sh("ip link del guise0");

	sh(unfinished);
	assert_int_equal(bridge_delete(&nl, NAME, MARK, &e), 0);
	assert_int_equal(link_get(&nl, NAME, &link, &e), -ENODEV);
}

static void a_damaged_one(void **state)
{
	ensure();
	sh("ip link set guise0 down");
	assert_int_equal(bridge_check(&nl, &a, &bridge, &e), -ESTALE);
	assert_string_equal(e.cause, "it is down");
	ensure();
	sh("ip addr flush dev guise0");
	assert_int_equal(bridge_check(&nl, &a, &bridge, &e), -ESTALE);
	assert_string_equal(e.cause, "it lacks its address 10.10.0.1/24");
}

static void the_subnet_is_free(void **state)
{
	sh("ip link set lo up; ip link add u0 up type veth peer name u1; ip link set u1 up");
	assert_subnet("10.10.0.0/24");
	sh("ip addr add 10.10.0.77/24 dev u0"); /* an address */
	assert_subnet("10.10.1.0/24");
	sh("ip route add 10.10.1.128/25 dev u0 table 77"); /* a route, in a table of its own */
	assert_subnet("10.10.2.0/24");
	sh("ip route add blackhole 10.10.2.0/23");
	assert_subnet("10.10.4.0/24");
	sh("ip route add default dev u0"); /* overlaps with all, but is no clash */
	assert_subnet("10.10.4.0/24");
}

static void the_subnet_of_the_bridge_there_is(void **state)
{
	struct bridge other = bridge;
	int index;

	other.addrs[0] = (struct ip)NET(10, 10, 9, 1, 24);
	assert_int_equal(bridge_ensure(&nl, &other, &index, &e), 0);
	assert_subnet("10.10.9.0/24");
}

/* Each state directory has a mark, and a bridge, of its own. */
static void the_bridge_of_another_is_passed_over(void **state)
{
	static const struct bridge theirs = {
		"guise0", MARK " of /tmp/theirs", { NET(10, 10, 3, 1, 24) }, 1, 0
	};
	struct bridge ours = { "guise1", MARK, { NET(10, 10, 4, 1, 24) }, 1, 0 };
	struct bridge_place place;
	int index;

	assert_int_equal(bridge_ensure(&nl, &theirs, &index, &e), 0);
	assert_int_equal(bridge_find(&nl, &a, NULL, MARK, NULL, &place, &e), 0);
	assert_string_equal(place.name, "guise1");
	assert_false(place.there);
	assert_int_equal(bridge_ensure(&nl, &ours, &index, &e), 0);
	assert_int_equal(bridge_delete(&nl, "guise0", MARK, &e), 0);
	assert_int_equal(bridge_check(&nl, &a, &theirs, &e), 0);
	assert_int_equal(bridge_delete(&nl, "guise0", theirs.mark, &e), 0);
	assert_int_equal(bridge_find(&nl, &a, NULL, MARK, NULL, &place, &e), 0);
	assert_true(place.there);
	assert_string_equal(place.name, "guise1");
}

static void the_mtu_is_that_of_the_way_out(void **state)
{
	struct bridge small = bridge;
	struct link_info link;
	int index;

	sh("ip link set lo up; ip link add u0 mtu 1420 up type veth peer name u1; ip link set u1 mtu 1420 up;"
	   "ip addr add 192.0.2.1/24 dev u0; ip route add default via 192.0.2.2");
	assert_int_equal(bridge_mtu(&nl), 1420);
	sh("ip route replace default via 192.0.2.2 mtu 1380");
	assert_int_equal(small.mtu = bridge_mtu(&nl), 1380);
	assert_int_equal(bridge_ensure(&nl, &small, &index, &e), 0);
	sh("ip link add p0 master guise0 mtu 1380 type veth peer name p1 && ip link del p0");
	assert_int_equal(link_get(&nl, NAME, &link, &e), 0);
	assert_int_equal(link.mtu, 1380);
	sh("ip route del default");
	assert_int_equal(bridge_mtu(&nl), 0);
	/* and where there is only IPv6 */
	sh("ip addr add fd00:9::1/64 dev u0 nodad; ip route add default via fd00:9::2");
	assert_int_equal(bridge_mtu(&nl), 1420);
}

/* --- a container's end ------------------------------------------------------------------------ */

#define GATEWAY_MAC                                                                                          \
	{                                                                                                    \
		0x02, 0x42, 10, 10, 0, 1                                                                     \
	}
static const struct endpoint endpoint = {
	"eth0", { { NET(10, 10, 0, 2, 24), NET(10, 10, 0, 1, 32) } }, 1, GATEWAY_MAC
};

/* What a container's first process does; the exit code says where it went wrong. */
static void inside(int ready, int made)
{
	static const char ping[] = "ping -c 1 -w 10 10.10.0.1 >/dev/null";
	struct netlink own;
	char c;

	if (unshare(CLONE_NEWNET) < 0 || write(ready, "x", 1) != 1 || read(made, &c, 1) != 1)
		_exit(2);
	if (endpoint_configure(&endpoint, &e) < 0 || endpoint_configure(&endpoint, &e) < 0)
		_exit(3);
	if (netlink_open(&own, NETLINK_ROUTE, &e) < 0 || endpoint_check(&own, &a, &endpoint, &e) < 0)
		_exit(4);
	if (system(ping) != 0 || system("ping -c 1 -w 10 127.0.0.1 >/dev/null") != 0)
		_exit(5);
	if (system("ip route del default") != 0 || endpoint_check(&own, &a, &endpoint, &e) != -ESTALE ||
	    !strstr(e.cause, "through 10.10.0.1, but there is none"))
		_exit(6);
	if (system("ip addr add 10.10.1.3/24 dev eth0; ip addr del 10.10.0.2/24 dev eth0") != 0 ||
	    endpoint_check(&own, &a, &endpoint, &e) != -ESTALE ||
	    !strstr(e.cause, "10.10.0.2/24, but 10.10.1.3/24"))
		_exit(7);
	if (system("ip link del eth0") != 0 || endpoint_check(&own, &a, &endpoint, &e) != -ENODEV)
		_exit(8);
	_exit(0);
}

static void a_container_reaches_the_gateway(void **state)
{
	struct link_veth veth = { .name = "v0", .peer = "eth0", .netns = -1 };
	int ready[2], made[2], status;
	char c;

	assert_int_equal(pipe2(ready, O_CLOEXEC) | pipe2(made, O_CLOEXEC), 0);
	veth.master = ensure();
	veth.pid = fork();
	if (veth.pid == 0)
		inside(ready[1], made[0]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	subnet_mac(endpoint.at[0].addr, veth.peer_mac);
	assert_int_equal(link_add_veth(&nl, &veth, &e), 0);
	assert_int_equal(write(made[1], "x", 1), 1);
	assert_int_equal(waitpid(veth.pid, &status, 0), veth.pid);
	assert_int_equal(status, 0);
	for (int i = 0; i < 2; i++)
		close(ready[i]), close(made[i]);
}

#define NET6(last)                                                                                           \
	{                                                                                                    \
		.family = AF_INET6, .len = 64, .bytes = { 0xfd, [15] = (last) }                              \
	}

/* An address of IPv6 can be used at once, on both sides. */
static void inside_both(int ready, int made)
{
	static const struct endpoint both = { "eth0",
					      { { NET(10, 10, 0, 2, 24), NET(10, 10, 0, 1, 32) },
						{ NET6(2), NET6(1) } },
					      2,
					      GATEWAY_MAC };
	struct netlink own;
	char c;

	if (unshare(CLONE_NEWNET) < 0 || write(ready, "x", 1) != 1 || read(made, &c, 1) != 1)
		_exit(2);
	if (endpoint_configure(&both, &e) < 0 || endpoint_configure(&both, &e) < 0)
		_exit(3);
	if (system("ip -6 -o address show dev eth0 | grep -q tentative.*fd00") == 0)
		_exit(4);
	if (netlink_open(&own, NETLINK_ROUTE, &e) < 0 || endpoint_check(&own, &a, &both, &e) < 0)
		_exit(5);
	if (system("ping -c 1 -w 10 10.10.0.1 >/dev/null && ping -c 1 -w 10 fd00::1 >/dev/null") != 0)
		_exit(6);
	if (system("ip -6 route del default") != 0 || endpoint_check(&own, &a, &both, &e) != -ESTALE ||
	    !strstr(e.cause, "through fd00::1, but there is none"))
		_exit(7);
	_exit(0);
}

static void both_families(void **state)
{
	static const struct bridge both = { NAME, MARK, { NET(10, 10, 0, 1, 24), NET6(1) }, 2, 0 };
	static const struct ip addrs[] = { NET(10, 10, 0, 2, 24), NET6(2) };
	struct link_veth veth = {
		.name = "v0", .peer = "eth0", .netns = -1, .peer_addrs = addrs, .n_peer_addrs = 2
	};
	struct bridge_place place;
	int ready[2], made[2], status;
	char c, text[IP_TEXT];

	assert_int_equal(pipe2(ready, O_CLOEXEC) | pipe2(made, O_CLOEXEC), 0);
	assert_int_equal(bridge_ensure(&nl, &both, &veth.master, &e), 0);
	assert_int_equal(bridge_check(&nl, &a, &both, &e), 0);
	assert_int_equal(bridge_find(&nl, &a, NULL, MARK, NULL, &place, &e), 0);
	assert_int_equal(place.n_subnets, 2);
	assert_string_equal(ip_net_text(place.subnets[1], text), "fd00::/64");
	veth.pid = fork();
	if (veth.pid == 0)
		inside_both(ready[1], made[0]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	subnet_mac(addrs[0], veth.peer_mac);
	assert_int_equal(link_add_veth(&nl, &veth, &e), 0);
	assert_int_equal(neigh_is(&nl, veth.master, addrs[1], veth.peer_mac, &e), 1);
	assert_int_equal(write(made[1], "x", 1), 1);
	assert_int_equal(waitpid(veth.pid, &status, 0), veth.pid);
	assert_int_equal(status, 0);
	for (int i = 0; i < 2; i++)
		close(ready[i]), close(made[i]);
	sh("ip -6 address del fd00::1/64 dev guise0");
	assert_int_equal(bridge_check(&nl, &a, &both, &e), -ESTALE);
	assert_string_equal(e.cause, "it lacks its address fd00::1/64");
}

static void loopback_only(void **state)
{
	assert_int_equal(loopback_up(), 0);
	sh("ping -c 1 -w 10 127.0.0.1 >/dev/null");
	assert_int_equal(endpoint_configure(&endpoint, &e), -ENODEV);
	assert_string_equal(e.what, "look up link eth0");
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(ensured_and_deleted_however_often),
		test(a_strangers_is_left_alone),
		test(an_unfinished_one_is_made_anew),
		test(a_damaged_one),
		test(the_subnet_is_free),
		test(the_subnet_of_the_bridge_there_is),
		test(the_bridge_of_another_is_passed_over),
		test(the_mtu_is_that_of_the_way_out),
		test(a_container_reaches_the_gateway),
		test(both_families),
		test(loopback_only),
	};

	return cmocka_run_group_tests_name("net/bridge, endpoint", tests, NULL, NULL);
}
