/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/if_link.h>
#include <sched.h>
#include <string.h>

#include "kernel/net/upper.h"

static const uint8_t mac[LINK_MAC] = { 0x02, 0x42, 1, 2, 3, 4 };
static struct netlink nl;
static struct err e;
static struct link_info parent;

/* Each test in a network namespace of its own, with a cable's end as the parent. */
static int setup(void **state)
{
	struct link_veth veth = { .name = "up0", .peer = "lan0", .netns = -1 };

	return unshare(CLONE_NEWNET) < 0 || netlink_open(&nl, NETLINK_ROUTE, &e) < 0 ||
	       link_add_veth(&nl, &veth, &e) < 0 || link_get(&nl, "up0", &parent, &e) < 0;
}

static int teardown(void **state)
{
	netlink_close(&nl);
	return 0;
}

static struct link_upper macvlan(uint32_t mode)
{
	struct link_upper u = { .name = "mv0",
				.kind = "macvlan",
				.parent = "up0",
				.lower = parent.index,
				.mode = mode,
				.netns = -1 };

	memcpy(u.mac, mac, LINK_MAC);
	return u;
}

static void made_as_described(void **state)
{
	struct link_upper u = macvlan(MACVLAN_MODE_VEPA);
	struct link_info link;
	int r;

	u.mtu = 1400;
	r = link_add_upper(&nl, &u, &e);
	if (r == -EOPNOTSUPP)
		skip();
	assert_int_equal(r, 0);
	assert_int_equal(link_get(&nl, "mv0", &link, &e), 0);
	assert_string_equal(link.kind, "macvlan");
	assert_int_equal(link.mode, MACVLAN_MODE_VEPA);
	assert_int_equal(link.lower, parent.index);
	assert_int_equal(link.mtu, 1400);
	assert_memory_equal(link.mac, mac, LINK_MAC);
	assert_false(link.flags & IFF_UP);
	assert_int_equal(link_add_upper(&nl, &u, &e), -EEXIST);
}

static void what_the_parent_cannot(void **state)
{
	struct link_upper u = macvlan(MACVLAN_MODE_BRIDGE), second = macvlan(MACVLAN_MODE_PASSTHRU);
	int r = link_add_upper(&nl, &u, &e);

	if (r == -EOPNOTSUPP)
		skip();
	assert_int_equal(r, 0);
	second.name = "mv1";
	assert_true(link_add_upper(&nl, &second, &e) < 0);
	assert_string_equal(e.code, "parent-busy");
	u.name = "mv2";
	u.kind = "nosuchkind";
	assert_int_equal(link_add_upper(&nl, &u, &e), -EOPNOTSUPP);
	assert_string_equal(e.code, "no-driver");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(made_as_described, setup, teardown),
		cmocka_unit_test_setup_teardown(what_the_parent_cannot, setup, teardown),
	};

	return cmocka_run_group_tests_name("kernel/net/upper", tests, NULL, NULL);
}
