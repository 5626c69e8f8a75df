/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/net/addr.h"
#include "kernel/net/link.h"
#include "kernel/net/route.h"

#define NET(a, b, c, d, len_)                                                                                \
	((struct ip){ .family = AF_INET, .len = (len_), .bytes = { (a), (b), (c), (d) } })
#define IP(a, b, c, d) NET(a, b, c, d, 32)

static const uint8_t mac[LINK_MAC] = { 0x02, 0x42, 1, 2, 3, 4 };
static struct netlink nl;
static struct err e;

/* Each test in a network namespace of its own. */
static int setup(void **state)
{
	return unshare(CLONE_NEWNET) < 0 || netlink_open(&nl, NETLINK_ROUTE, &e) < 0;
}

static int teardown(void **state)
{
	netlink_close(&nl);
	return 0;
}

static int make_bridge(const char *name)
{
	int index = 0;

	assert_int_equal(link_add_bridge(&nl, name, mac, &index, &e), 0);
	assert_true(index > 1);
	return index;
}

static void set_up(int index, const char *name, const char *alias, struct ip addr)
{
	struct netlink_batch b;

	netlink_start(&b);
	addr_put_add(&b, index, name, addr);
	link_put_up(&b, index, name, alias);
	assert_int_equal(netlink_run(&nl, &b, NULL, NULL, &e), 0);
}

static void bridge_is_as_described(void **state)
{
	struct link_info link;
	int index = make_bridge("br");

	assert_int_equal(link_get(&nl, "br", &link, &e), 0);
	assert_int_equal(link.index, index);
	assert_string_equal(link.kind, "bridge");
	assert_string_equal(link.alias, "");
	assert_memory_equal(link.mac, mac, LINK_MAC);
	assert_int_equal(link.mtu, 1500);
	assert_false(link.flags & IFF_UP);

	set_up(index, "br", "a mark", NET(10, 1, 2, 3, 24));
	assert_int_equal(link_get(&nl, "br", &link, &e), 0);
	assert_string_equal(link.alias, "a mark");
	assert_true(link.flags & IFF_UP);
}

static void taken_name_changes_nothing(void **state)
{
	uint8_t other[LINK_MAC] = { 0x02, 9, 9, 9, 9, 9 };
	struct link_info link;
	int index;

	make_bridge("br");
	assert_int_equal(link_add_bridge(&nl, "br", other, &index, &e), -EEXIST);
	assert_string_equal(e.code, "bridge-add");
	assert_string_equal(e.what, "make bridge br");
	assert_int_equal(link_get(&nl, "br", &link, &e), 0);
	assert_memory_equal(link.mac, mac, LINK_MAC);
}

static void delete_is_idempotent(void **state)
{
	struct link_info link;
	int index = make_bridge("br");

	assert_int_equal(link_delete(&nl, "br", &e), 0);
	assert_int_equal(link_delete(&nl, "br", &e), 0);
	assert_int_equal(link_delete_index(&nl, index, "br", &e), 0);
	assert_int_equal(link_get(&nl, "br", &link, &e), -ENODEV);
}

/* The kernel's own words reach the error, and the right message is blamed. */
static void kernels_words(void **state)
{
	struct netlink_batch b;

	netlink_start(&b);
	link_put_up(&b, 1, "lo", NULL);
	route_put_default(&b, 1, IP(10, 99, 0, 1)); /* behind a link without any address */
	link_put_up(&b, 1, "lo", NULL);
	assert_int_equal(netlink_run(&nl, &b, NULL, NULL, &e), -ENETUNREACH);
	assert_int_equal(b.failed, 1);
	assert_string_equal(e.code, "route-set");
	assert_string_equal(e.what, "set the default route");
	assert_non_null(strstr(e.cause, "gateway"));
	assert_non_null(strstr(e.cause, "(Network is unreachable)"));
}

/* A process in a network namespace of its own; returns its pid once it is there. */
static pid_t start_neighbour(void)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNET) < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static void stop_neighbour(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int netns_of(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void assert_peer(pid_t pid, const char *name, uint32_t mtu)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there = netns_of(pid);
	struct netlink inside;
	struct link_info link;

	assert_int_equal(setns(there, CLONE_NEWNET), 0);
	assert_int_equal(netlink_open(&inside, NETLINK_ROUTE, &e), 0);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	assert_int_equal(link_get(&inside, name, &link, &e), 0);
	assert_string_equal(link.kind, "veth");
	assert_memory_equal(link.mac, mac, LINK_MAC);
	assert_int_equal(link.mtu, mtu);
	netlink_close(&inside);
	close(home);
	close(there);
}

static void veth_by_pid_and_by_descriptor(void **state)
{
	int bridge = make_bridge("br");
	pid_t pid = start_neighbour();
	int netns = netns_of(pid);
	struct link_veth veth = { .name = "v0", .master = bridge, .peer = "eth0", .netns = -1, .pid = pid };
	struct link_info link;

	memcpy(veth.peer_mac, mac, LINK_MAC);
	assert_int_equal(link_add_veth(&nl, &veth, &e), 0);
	assert_peer(pid, "eth0", 1500);
	assert_int_equal(link_get(&nl, "v0", &link, &e), 0);
	assert_int_equal(link.master, bridge);
	assert_true(link.flags & IFF_UP);
	assert_int_equal(link_get(&nl, "eth0", &link, &e), -ENODEV);

	veth.name = "v1";
	assert_int_equal(link_add_veth(&nl, &veth, &e), -EEXIST); /* eth0 is taken there */
	assert_int_equal(link_get(&nl, "v1", &link, &e), -ENODEV);
	veth.netns = netns;
	veth.peer = "eth1";
	veth.mtu = 1400;
	assert_int_equal(link_add_veth(&nl, &veth, &e), 0);
	assert_peer(pid, "eth1", 1400);

	assert_int_equal(link_get(&nl, "v1", &link, &e), 0);
	assert_int_equal(link.master, bridge);
	close(netns);
	stop_neighbour(pid);
}

static void address_and_route_lists(void **state)
{
	static char room[8192];
	struct arena a = ARENA_INIT(room);
	int index = make_bridge("br"), oif;
	struct netlink_batch b;
	struct ip *list;
	size_t count;
	struct ip gateway;

	set_up(1, "lo", NULL, NET(127, 9, 9, 9, 32));
	set_up(index, "br", NULL, NET(10, 1, 2, 3, 20));
	set_up(index, "br", NULL, NET(10, 1, 2, 3, 20)); /* again: fine */
	assert_int_equal(addr_list(&nl, &a, AF_INET, index, &list, &count, &e), 0);
	assert_int_equal(count, 1);
	assert_true(ip_equal(list[0], NET(10, 1, 2, 3, 20)));
	assert_int_equal(addr_list(&nl, &a, AF_INET, 0, &list, &count, &e), 0);
	assert_int_equal(count, 3); /* and 127.0.0.1/8 */

	assert_int_equal(route_default(&nl, AF_INET, &gateway, &oif, &e), -ESRCH);
	netlink_start(&b);
	route_put_default(&b, index, IP(10, 1, 0, 1));
	route_put_default(&b, index, IP(10, 1, 0, 2)); /* replaces the other */
	assert_int_equal(netlink_run(&nl, &b, NULL, NULL, &e), 0);
	assert_int_equal(route_default(&nl, AF_INET, &gateway, &oif, &e), 0);
	assert_true(ip_same(gateway, IP(10, 1, 0, 2)));
	assert_int_equal(oif, index);

	/* neither default route nor the kernel's local ones are in use for a subnet */
	assert_int_equal(route_list(&nl, &a, AF_INET, &list, &count, &e), 0);
	assert_int_equal(count, 1);
	assert_true(ip_equal(list[0], NET(10, 1, 0, 0, 20)));

	netlink_start(&b);
	route_put_default(&b, index, IP(172, 16, 0, 1));
	assert_int_equal(netlink_run(&nl, &b, NULL, NULL, &e), -ENETUNREACH);
	assert_non_null(strstr(e.cause, "gateway"));
	arena_free(&a);
}

static void many_addresses_in_one_dump(void **state)
{
	static char room[65536];
	struct arena a = ARENA_INIT(room);
	int index = make_bridge("br");
	struct ip *list;
	size_t count;

	for (uint8_t i = 1; i <= 100; i++)
		set_up(index, "br", NULL, NET(10, 1, 2, i, 32));
	assert_int_equal(addr_list(&nl, &a, AF_INET, index, &list, &count, &e), 0);
	assert_int_equal(count, 100);
	arena_free(&a);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(bridge_is_as_described),        test(taken_name_changes_nothing),
		test(delete_is_idempotent),          test(kernels_words),
		test(veth_by_pid_and_by_descriptor), test(address_and_route_lists),
		test(many_addresses_in_one_dump),
	};

	return cmocka_run_group_tests_name("kernel/net/link, addr, route", tests, NULL, NULL);
}
