/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "kernel/net/link.h"

static void long_attribute_fails_once(void **state)
{
	static char text[NETLINK_BATCH_BYTES];
	struct netlink nl = NETLINK_CLOSED;
	struct netlink_batch b;
	struct nlattr *nest;
	struct err e;

	memset(text, 'x', sizeof(text) - 1);
	netlink_start(&b);
	netlink_add(&b, RTM_NEWLINK, 0, sizeof(struct ifinfomsg));
	netlink_put_str(&b, IFLA_IFNAME, text);
	netlink_put_u32(&b, IFLA_MTU, 1500);
	nest = netlink_nest(&b, IFLA_LINKINFO);
	netlink_nest_end(&b, nest);
	assert_int_equal(netlink_run(&nl, &b, NULL, NULL, &e), -EMSGSIZE);
	assert_string_equal(e.code, "netlink-too-long");
}

static void too_many_messages_stay_in_bounds(void **state)
{
	struct {
		struct netlink_batch b;
		char canary[64];
	} x;
	struct netlink nl = NETLINK_CLOSED;
	struct err e;

	memset(x.canary, 'c', sizeof(x.canary));
	netlink_start(&x.b);
	for (int i = 0; i < 200; i++) {
		link_put_up(&x.b, 1, "lo", "alias");
		netlink_put_u32(&x.b, IFLA_MTU, 1500);
		for (int n = 0; n < i; n++)
			netlink_nest(&x.b, IFLA_LINKINFO);
		netlink_put_header(&x.b, x.canary, sizeof(x.canary));
	}
	assert_int_equal(netlink_run(&nl, &x.b, NULL, NULL, &e), -EMSGSIZE);
	for (size_t i = 0; i < sizeof(x.canary); i++)
		assert_int_equal(x.canary[i], 'c');
}

static void questions_need_no_root(void **state)
{
	struct netlink nl;
	struct link_info link;
	struct err e;

	assert_int_equal(netlink_open(&nl, NETLINK_ROUTE, &e), 0);
	assert_int_equal(link_get(&nl, "lo", &link, &e), 0);
	assert_int_equal(link.index, 1);
	assert_string_equal(link.name, "lo");
	assert_string_equal(link.kind, "");
	assert_int_equal(link_get(&nl, "no-such-link", &link, &e), -ENODEV);
	assert_string_equal(e.what, "look up link no-such-link");
	netlink_close(&nl);
	assert_int_equal(nl.fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_attribute_fails_once),
		cmocka_unit_test(too_many_messages_stay_in_bounds),
		cmocka_unit_test(questions_need_no_root),
	};

	return cmocka_run_group_tests_name("kernel/net/netlink", tests, NULL, NULL);
}
